"""Where a run stands, in one file that is whole or not there.

The file holds every number that the next step depends on: weights, the noise's seeds, the
optimizer's moments, running means, the state carried through the text, and the place in it.
So a run that was killed at any moment goes on from its last checkpoint to the same result.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from lmkit.files import replacing

FORMAT = "lmkit checkpoint 1"
Arrays = Sequence[NDArray[Any]]


class CheckpointError(Exception):
    """One line that says what is wrong with a file and what to do."""


def save(path: Path, kinds: Mapping[str, Arrays], facts: Mapping[str, Any]) -> None:
    """Write a checkpoint; the old one stands until the new one is whole.

    Args:
        path: the file, .npz.
        kinds: arrays by kind: "weights", "state", ...
        facts: anything else, as JSON takes it.
    """
    named: dict[str, Any] = {
        f"{kind}/{i}": a for kind, arrays in kinds.items() for i, a in enumerate(arrays)
    }
    text = json.dumps({"format": FORMAT, **facts})
    with replacing(path) as part, part.open("wb") as file:
        np.savez(file, facts=np.array(text), **named)


def load(path: Path) -> tuple[dict[str, list[NDArray[Any]]], dict[str, Any]]:
    """The kinds of arrays and the facts that `save` wrote.

    Raises:
        CheckpointError: if the file is something else, or cut off.
    """
    kinds: dict[str, list[NDArray[Any]]] = {}
    try:
        with np.load(path) as file:
            facts = json.loads(str(file["facts"]))
            if facts.pop("format") != FORMAT:
                raise ValueError("another format")
            for name in file.files:
                if name != "facts":
                    kinds.setdefault(name.split("/")[0], []).append(file[name])
    except (ValueError, KeyError, OSError, EOFError, BadZipFile):
        raise CheckpointError(
            f"{path} is no checkpoint, or was cut off: delete it, and training begins anew"
        ) from None
    return kinds, facts


def restore(variables: Sequence[Any], arrays: Arrays, what: str) -> None:
    """Put arrays into variables.

    Raises:
        CheckpointError: if there are more or fewer, or a shape differs.
    """
    if [tuple(v.shape) for v in variables] != [a.shape for a in arrays]:
        raise CheckpointError(
            f"the checkpoint's {what} are not of this model: give the settings it was begun with, "
            "or another folder"
        )
    for variable, array in zip(variables, arrays, strict=True):
        variable.assign(array)
