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
from lmkit.files import write_atomically
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
        CheckpointError: if a file is missing, damaged, or does not fit the others.
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
        raise checkpoints.CheckpointError(
            f"{error.filename} is not there: `lmkit train RECIPE TEXT --out {folder}` makes it"
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise checkpoints.CheckpointError(
            f"{folder} holds no whole model ({error}): train it again"
        ) from None
    best = folder / "best.npz"
    if not best.exists():
        raise checkpoints.CheckpointError(
            f"{best} is not there: the first epoch has not ended; run `lmkit train` again to go on"
        )
    kinds, _ = checkpoints.load(best)
    checkpoints.restore(model.variables, kinds["weights"], "weights")
    return model


def size_of(model: LanguageModel) -> int:
    """How many numbers are learned."""
    return sum(int(np.prod(v.shape)) for v in model.trainable_variables)
