"""A small recurrent model and texts, for the tests of what adapts at test time."""

from typing import Any

import keras
import numpy as np

from lmkit.models import RecurrentLanguageModel
from lmkit.vocabulary import Vocabulary

WORDS = ("a", "b", "c", "d", "e")
END = 1


def make_model(units: Any = (4,)) -> Any:
    keras.utils.set_random_seed(3)
    return RecurrentLanguageModel(Vocabulary(WORDS), cell="rnn", units=units, init=1.0)


def make_text(length: int, seed: int = 0) -> Any:
    """</s>, and words with </s> now and then."""
    drawn = np.random.default_rng(seed).choice([1, 2, 3, 4, 5, 6, 7], size=length)
    return np.concatenate([[END], drawn]).astype(np.int32)
