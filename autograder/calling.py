"""Calling a student's function, and saying plainly what came of it.

Used on both sides: in a student's own notebook by `check`, and in the kernel that a submission
runs in. It holds no expected value.
"""

from __future__ import annotations

import copy
import linecache
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

LONGEST_MESSAGE = 500

NO_ANSWER = "NoAnswer"
"""The type of a StudentError for a respondent that is gone, or that took too long."""


@dataclass(frozen=True)
class StudentError:
    """An exception that a student's function raised.

    Attributes:
        type: its class: "ValueError".
        message: what it said, cut to a sensible length.
        where: the student's own line that it passed last: "line 3: `h = x @ W`"; "" if unknown.
    """

    type: str
    message: str
    where: str = ""

    def __str__(self) -> str:
        text = ": ".join(part for part in (self.type, self.message) if part not in ("", NO_ANSWER))
        return f"{text} ({self.where})" if self.where else text


@dataclass(frozen=True)
class Answer:
    """What came back from one call.

    Attributes:
        value: what the function returned; None when it raised.
        changed: positions of the arguments that it changed in place.
        error: what it raised.
    """

    value: Any = None
    changed: tuple[int, ...] = ()
    error: StudentError | None = None


def call(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Answer:
    """Call a function on copies of its arguments and catch whatever it raises."""
    given = copy.deepcopy(arguments)
    try:
        value = function(*given)
    except BaseException as error:
        return Answer(error=describe(error))
    changed = tuple(
        position
        for position, (before, after) in enumerate(zip(arguments, given, strict=True))
        if not _same(before, after)
    )
    return Answer(value, changed)


def _same(before: Any, after: Any) -> bool:
    if type(before) is not type(after):
        return False
    if isinstance(before, (list, tuple)):
        return len(before) == len(after) and all(map(_same, before, after))
    if isinstance(before, dict):
        return before.keys() == after.keys() and all(_same(v, after[k]) for k, v in before.items())
    if isinstance(before, np.ndarray):
        nan = before.dtype.kind == "f"
        return before.dtype == after.dtype and np.array_equal(before, after, equal_nan=nan)
    return bool(before == after)


def describe(error: BaseException) -> StudentError:
    """What was raised, and at which of the student's own lines."""
    where = ""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        # IPython compiles a cell under a name like <ipython-input-3-...> or a file in /tmp.
        if "ipykernel_" in frame.filename or "ipython-input" in frame.filename:
            line = (frame.line or linecache.getline(frame.filename, frame.lineno or 0)).strip()
            where = f"in {frame.name}, line {frame.lineno}: `{line[:120]}`"
            break
    try:
        message = str(error)[:LONGEST_MESSAGE]
    except Exception:  # a student's own class of exceptions
        message = ""
    return StudentError(type(error).__name__[:LONGEST_MESSAGE], message, where)
