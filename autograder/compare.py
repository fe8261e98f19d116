"""Is this the value that was expected, and if not, how does it differ?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Comparison:
    """What came of comparing one output.

    Attributes:
        expected: the shape that is right, as text.
        got: the shape that came, as text.
        said: how they differ; "" when they agree.
    """

    expected: str
    got: str
    said: str = ""


def compare(expected: Any, got: Any, rtol: float, atol: float) -> Comparison:
    """Compare a number, an array or a list of arrays with what is right.

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
    right = np.asarray(expected)
    if got is None:
        return Comparison(_shape(right), "None", "None came back: is a `return` missing?")
    if isinstance(got, (list, tuple, dict, str)):
        kind = type(got).__name__
        return Comparison(_shape(right), f"a {kind}", f"a {kind} came back, not an array")
    try:
        value = np.asarray(got)
    except Exception:  # whatever a student's own class may raise
        kind = type(got).__name__
        return Comparison(_shape(right), f"a {kind}", f"a {kind} came back, not an array")
    if right.ndim == 0 and value.size == 1:
        value = value.reshape(())
    shapes = _shape(right), _shape(value)
    if value.dtype.kind not in "biuf":
        return Comparison(*shapes, f"dtype {value.dtype}: numbers were expected")
    if value.shape != right.shape:
        hint = ", transposed" if value.ndim == 2 and value.shape == right.shape[::-1] else ""
        return Comparison(*shapes, f"shape {shapes[0]} expected, got {shapes[1]}{hint}")
    return Comparison(*shapes, _difference(right, value, rtol, atol))


def _compare_lists(expected: Any, got: Any, rtol: float, atol: float) -> Comparison:
    shapes = f"{len(expected)} arrays"
    if not isinstance(got, (list, tuple)):
        kind = "None" if got is None else f"a {type(got).__name__}"
        return Comparison(shapes, kind, f"{len(expected)} arrays expected, {kind} came back")
    got = list(got)
    if len(got) != len(expected):
        said = f"{len(expected)} arrays expected, {len(got)} came back"
        return Comparison(shapes, f"{len(got)} arrays", said)
    for position, (right, value) in enumerate(zip(expected, got, strict=True)):
        said = compare(right, value, rtol, atol).said
        if said:
            return Comparison(shapes, shapes, f"array {position}: {said}")
    return Comparison(shapes, shapes)


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
