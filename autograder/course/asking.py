"""What a submission's process replies to a call, and what it may ask back: taken with doubt."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from autograder import wire
from autograder.calling import NO_ANSWER, Answer, StudentError
from autograder.course.plain import printable

LARGEST_QUESTION = 10_000
"""Numbers that a question back may hold. The right functions run on the trusted side, and the
product of two long vectors would fill its memory. The judge's own inputs hold up to 4,000."""

LARGEST_INTEGER = 1_000
"""In a question back: an order, a size, a count. A right function may take a loop or memory of that
length for each number that it is given. The judge's own integers are at most 60."""


def no_answer(said: str) -> Answer:
    """That there is none, and why."""
    return Answer(error=StudentError(NO_ANSWER, said))


def answer_of(reply: dict[str, Any], arguments: int) -> Answer:
    """The answer in a reply.

    Args:
        reply: what came back.
        arguments: how many the call had.

    Raises:
        wire.WireError: if there is none in it.
    """
    error, changed = reply.get("error", ["", "", ""]), reply.get("changed", [])
    if not isinstance(error, list) or len(error) != 3 or not isinstance(changed, list):
        raise wire.WireError("not an answer")
    if "error" in reply:
        return Answer(error=StudentError(*(printable(str(part)[:500]) for part in error)))
    positions = tuple(p for p in range(arguments) if p in changed)
    return Answer(reply.get("value"), positions)


def right_answer(
    reply: dict[str, Any], substitutes: Mapping[str, Callable[..., Any]]
) -> dict[str, Any]:
    """What a right helper function answers to a student's sequence function.

    Raises:
        wire.WireError: if this helper was not allowed, or was not asked in this way.
    """
    name = str(reply.get("ask"))
    arguments, named = reply.get("arguments"), reply.get("named")
    if name not in substitutes or not isinstance(arguments, tuple) or not isinstance(named, dict):
        raise wire.WireError("a question that was not allowed")
    try:
        if _size([arguments, named]) > LARGEST_QUESTION:
            raise ValueError("the arguments are larger than any that this exercise needs")
        return {"value": substitutes[name](*arguments, **named)}
    except Exception as error:
        return {"error": f"{name}: {error}"}


def _size(value: Any) -> int:
    """Numbers in a value. An axis of length 0 counts as 1: a loop may run over another.

    An integer that could be a length of its own counts for more than any question may hold.
    """
    if isinstance(value, np.ndarray) and value.ndim == 0 and value.dtype.kind in "iu":
        return _size(int(value))
    if isinstance(value, np.ndarray):
        return math.prod(max(n, 1) for n in value.shape)
    if isinstance(value, dict):
        return _size(list(value.values()))
    if isinstance(value, (list, tuple)):
        return sum(map(_size, value))
    if isinstance(value, int) and abs(value) > LARGEST_INTEGER:
        return LARGEST_QUESTION + 1
    return 1
