"""Is this the value that was expected, and if not, how does it differ?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.problem import Bounds


@dataclass(frozen=True)
class Comparison:
    """What came of comparing one output.

    Attributes:
        expected: the shape that is right, as text.
        got: the shape that came, as text.
        said: how they differ; "" when they agree.
        part: of a number that is not low enough, the share that it earns all the same.
    """

    expected: str
    got: str
    said: str = ""
    part: float = 0.0


def compare(expected: Any, got: Any, rtol: float, atol: float) -> Comparison:
    """Compare a number, an array, a text, or a list or dict of such with what is right.

    A list (of lists) of numbers is as good as an array, and the other way round. An n-gram is a
    tuple and nothing else: a list of words cannot be a dictionary's key.
    Values agree when they differ by at most atol + rtol times the largest expected entry: an
    entry that is nearly zero beside large ones need not be right to the last digit.

    Args:
        expected: from the reference.
        got: from the student.
        rtol: relative tolerance.
        atol: absolute tolerance.

    Returns:
        The two shapes and, in words, the first difference found. No expected value is named.
    """
    if isinstance(expected, (list, tuple)):
        return _compare_lists(expected, got, rtol, atol)
    if isinstance(expected, dict):
        return _compare_dicts(expected, got, rtol, atol)
    if isinstance(expected, str):
        return _compare_texts(expected, got)
    right = np.asarray(expected)
    if got is None:
        return Comparison(_shape(right), "None", "None came back: is a `return` missing?")
    try:
        value = None if isinstance(got, (dict, str)) else np.asarray(got)
    except Exception:  # rows of different lengths; whatever a student's own class may raise
        value = None
    if value is not None and right.ndim == 0 and value.size == 1:
        value = value.reshape(())
    if value is None or (isinstance(got, (list, tuple)) and value.shape != right.shape):
        said = f"{_kind(got)} came back, not an array"
        return Comparison(_shape(right), _kind(got), said)
    shapes = _shape(right), _shape(value)
    if value.dtype.kind not in "biuf":
        return Comparison(*shapes, f"dtype {value.dtype}: numbers were expected")
    if value.shape != right.shape:
        hint = ", transposed" if value.ndim == 2 and value.shape == right.shape[::-1] else ""
        return Comparison(*shapes, f"shape {shapes[0]} expected, got {shapes[1]}{hint}")
    return Comparison(*shapes, _difference(right, value, rtol, atol))


def compare_with_bounds(bounds: Bounds, measured: float) -> Comparison:
    """Is a measured number low enough, and if not, what is it worth?

    Returns:
        What is asked and what was measured, in the place of shapes; both bounds are named.
    """
    expected, got = f"at most {bounds.full:g}", f"{measured:.4g}"
    credit = bounds.credit(measured)
    if credit == 1:
        return Comparison(expected, got)
    said = f"{got}: full marks up to {bounds.full:g}, none from {bounds.none:g} on"
    return Comparison(expected, got, said, credit)


def alike(mine: Any, student: Any, rtol: float, atol: float) -> bool:
    """Is the student's value this one? None is like itself alone."""
    if mine is None or student is None:
        return mine is student
    return not compare(mine, student, rtol, atol).said


def _compare_lists(expected: Any, got: Any, rtol: float, atol: float) -> Comparison:
    one = _entry(expected)
    shapes = f"{len(expected)} {one}s"
    if not isinstance(got, (list, tuple)) and not (isinstance(got, np.ndarray) and got.ndim):
        return Comparison(shapes, _kind(got), f"{shapes} expected, {_kind(got)} came back")
    if isinstance(expected, tuple) and one == "text" and not isinstance(got, tuple):
        return Comparison(shapes, _kind(got), f"a tuple expected, {_kind(got)} came back")
    got = list(got)
    if len(got) != len(expected):
        said = f"{shapes} expected, {len(got)} came back"
        return Comparison(shapes, f"{len(got)} {one}s", said)
    for position, (right, value) in enumerate(zip(expected, got, strict=True)):
        said = compare(right, value, rtol, atol).said
        if said:
            return Comparison(shapes, shapes, f"{one} {position}: {said}")
    return Comparison(shapes, shapes)


def _compare_dicts(expected: Any, got: Any, rtol: float, atol: float) -> Comparison:
    shape = f"{len(expected)} keys"
    if not isinstance(got, dict):
        return Comparison(shape, _kind(got), f"a dict expected, {_kind(got)} came back")
    got = dict(got)
    shapes = shape, f"{len(got)} keys"
    types = [{type(key).__name__ for key in keys} for keys in (expected, got)]
    if types[0].isdisjoint(types[1]) and all(types):
        right, came = (" or ".join(sorted(names)) for names in types)
        return Comparison(*shapes, f"the keys are of type {came}, not {right}")
    missing = sum(key not in got for key in expected)
    more = sum(key not in expected for key in got)
    if missing or more:
        parts = [f"{missing} missing"] * bool(missing) + [f"{more} too many"] * bool(more)
        return Comparison(*shapes, f"keys: {' and '.join(parts)}")
    wrong = [
        (key, said)
        for key, right in expected.items()
        if (said := compare(right, got[key], rtol, atol).said)
    ]
    if not wrong:
        return Comparison(*shapes)
    key, said = wrong[0]
    return Comparison(*shapes, f"{len(wrong)} of {len(expected)} entries wrong; {key!r}: {said}")


def _compare_texts(expected: str, got: Any) -> Comparison:
    if not isinstance(got, str):
        return Comparison("a text", _kind(got), f"a text expected, {_kind(got)} came back")
    # str: a class of a student's own may claim to be equal to everything
    said = "" if str.__eq__(expected, str.__str__(got)) is True else "another text was expected"
    return Comparison("a text", "a text", said)


def _entry(expected: Any) -> str:
    """What a list holds, in a word."""
    if expected and all(isinstance(entry, str) for entry in expected):
        return "text"
    if expected and all(isinstance(entry, tuple) for entry in expected):
        return "tuple"
    return "array"


def _kind(got: Any) -> str:
    return "None" if got is None else f"a {type(got).__name__}"


def _difference(right: Any, value: Any, rtol: float, atol: float) -> str:
    right, value = right.astype(np.float64), value.astype(np.float64)
    finite = np.isfinite(right)
    nan = np.isnan(value) & ~np.isnan(right)
    if nan.any():
        return f"{_count(nan)} not a number (NaN)"
    infinite = np.isinf(value) & finite
    if infinite.any():
        return f"{_count(infinite)} infinite"
    largest = float(np.abs(right[finite]).max(initial=0.0))
    with np.errstate(all="ignore"):
        both_nan = np.isnan(right) & np.isnan(value)  # a known mistake may give NaN
        error = np.where((right == value) | both_nan, 0.0, np.abs(right - value))
    wrong = ~(error <= atol + rtol * largest)
    if not wrong.any():
        return ""
    worst = float(error[wrong].max())
    return (
        f"{_count(wrong)} wrong, by up to {worst:.2g}" if right.size > 1 else "the value is wrong"
    )


def _count(mask: Any) -> str:
    if mask.size == 1:
        return "the value is"
    return f"{int(mask.sum())} of {mask.size} entries"


def _shape(array: Any) -> str:
    return str(array.shape) if array.ndim else "a number"
