"""Is a gradient right? Central differences, entry by entry.

Source: deck 5, "Backpropagation through time" gives the formula; this measures it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lmkit.by_hand.types import Array


@dataclass(frozen=True)
class GradientCheck:
    """What came of comparing an analytic gradient with a numerical one.

    Attributes:
        numeric: the gradient by central differences, of the parameter's shape.
        relative_error: the largest |analytic - numeric| / max(|analytic|, |numeric|, 1e-8)
            (the floor keeps entries that are zero in both from dividing zero by zero).
        worst: the index of the entry where that is.
    """

    numeric: Array
    relative_error: float
    worst: tuple[int, ...]

    def __str__(self) -> str:
        return f"relative error {self.relative_error:.1e}, worst at {self.worst}"


def gradient_check(
    loss: Callable[[], float], parameter: Array, analytic: Array, epsilon: float = 1e-5
) -> GradientCheck:
    """Compare dL/dp with (L(p + epsilon) - L(p - epsilon)) / (2 epsilon).

    Args:
        loss: computes L from the current values in `parameter`; called twice per entry.
        parameter: the array p, any shape, float64. Changed in place while measuring, and left
            as it was, also when `loss` fails.
        analytic: the gradient to be checked, of the same shape.
        epsilon: half the distance between the two points.

    Returns:
        The numerical gradient, the largest relative error and where it is.

    Raises:
        ValueError: if the shapes differ or `parameter` is not float64.
    """
    if parameter.shape != analytic.shape:
        raise ValueError(
            f"the gradient has shape {analytic.shape}, its parameter {parameter.shape}: "
            "a gradient has one entry for each entry of its parameter"
        )
    if parameter.dtype != np.float64:
        raise ValueError(f"the parameter is {parameter.dtype}: differences need float64")
    numeric = np.empty_like(parameter)
    for index in np.ndindex(parameter.shape):
        value = parameter[index]
        try:
            parameter[index] = value + epsilon
            above = loss()
            parameter[index] = value - epsilon
            below = loss()
        finally:
            parameter[index] = value
        numeric[index] = (above - below) / (2 * epsilon)
    scale = np.maximum(np.maximum(np.abs(analytic), np.abs(numeric)), 1e-8)
    error = np.abs(analytic - numeric) / scale
    worst = tuple(int(i) for i in np.unravel_index(np.argmax(error), error.shape))
    return GradientCheck(numeric, float(error[worst]), worst)
