"""A model in a folder: what it is, its words, and its weights, in three files.

model.json         the class and its arguments
vocabulary.json    the words
best.npz           the weights, in the order of `model.variables`
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from lmkit import models
from lmkit.files import DamagedFileError, write_atomically
from lmkit.models.language_model import LanguageModel
from lmkit.vocabulary import Vocabulary

FORMAT = "lmkit language model 1"


def describe(model: LanguageModel, folder: Path) -> None:
    """Write what the model is, and its words; its weights come from training.

    Raises:
        ValueError: if it has no vocabulary.
    """
    if model.vocabulary is None:
        raise ValueError("a model that is kept in a folder needs a Vocabulary, not only a size")
    config = {name: getattr(model, name) for name in model.arguments}
    content = {"format": FORMAT, "class": type(model).__name__, "arguments": config}
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / "model.json", json.dumps(content, indent=2) + "\n")
    model.vocabulary.save(folder / "vocabulary.json")


def load(folder: Path) -> Any:
    """The model that was trained in a folder, with its best weights.

    Raises:
        DamagedFileError: if a file is missing, damaged, or does not fit the others.
    """
    from lmkit.training import checkpoints

    try:
        content = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        if content["format"] != FORMAT:
            raise KeyError(content["format"])
        kind = getattr(models, content["class"])
        vocabulary = Vocabulary.load(folder / "vocabulary.json")
        model = kind(vocabulary, **content["arguments"])
    except FileNotFoundError as error:
        raise DamagedFileError(
            f"{error.filename} is not there: `lmkit train RECIPE TEXT --out {folder}` makes it"
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedFileError(f"{folder} holds no whole model ({error}): train it again") from None
    best = folder / "best.npz"
    if not best.exists():
        raise DamagedFileError(
            f"{best} is not there: the first epoch has not ended; run `lmkit train` again to go on"
        )
    weights = checkpoints.load(best)[0].get("weights", [])
    try:
        checkpoints.restore(model.variables, weights, "weights")
    except DamagedFileError:
        raise DamagedFileError(
            f"{best} does not fit model.json and vocabulary.json beside it: they are of different "
            "runs; train into a folder of its own"
        ) from None
    return model


def save_weights(model: LanguageModel, folder: Path) -> None:
    """Write the weights as they are: `load` finds them."""
    from lmkit.training import checkpoints

    checkpoints.save(folder / "best.npz", {"weights": checkpoints.copies(model.variables)}, {})


def copy_weights(given: LanguageModel, model: LanguageModel) -> None:
    """Give a model the trained weights of another one; the noise's seeds stay its own.

    Raises:
        DamagedFileError: if they are not of one shape.
    """
    from lmkit.training import checkpoints

    arrays = checkpoints.copies(given.trainable_variables)
    checkpoints.restore(model.trainable_variables, arrays, "weights")


def size_of(model: LanguageModel) -> int:
    """How many numbers are learned."""
    return sum(int(np.prod(v.shape)) for v in model.trainable_variables)
