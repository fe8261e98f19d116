"""Random, asymmetric inputs: sizes that all differ, weights with no symmetry to hide behind."""

from __future__ import annotations

import numpy as np

from lmkit.by_hand.types import Array

Rng = np.random.Generator

FLOAT32 = 1e-4
"""A relative tolerance for what is computed with seven digits, in Keras or by habit. In 1,500 draws
each a right Keras layer came within 1e-6, most of the time; after 30 steps up to 1e-5 off."""

UPSTREAM = 30.0
"""About how large the gradients are that arrive from above: whoever clips what is handed back to
-5 ... 5, as min-char-rnn does with its gradients, has to be found wrong."""

FAINT, STEEP = 1e-9, 1e9
"""By what usual inputs and weights are multiplied, and the gradients that arrive from above.

The gradients are of usual size then, under a loss of about 1e11. Derived they are right to the last
digit. Measured by a difference quotient they drown in the rounding of the loss: 1e-5 of it, divided
by a step of 1e-5.
"""

FAINT_CASE = "small numbers, a steep loss: gradients that are measured drown in rounding"


def distinct_sizes(rng: Rng, count: int, low: int = 2, high: int = 9) -> list[int]:
    """`count` sizes in low ... high, no two of them equal, so that no transpose goes unseen."""
    return [int(n) for n in rng.choice(np.arange(low, high + 1), size=count, replace=False)]


def normal(rng: Rng, *shape: int, scale: float = 1.0) -> Array:
    """Normally distributed numbers, mean 0."""
    return scale * rng.standard_normal(shape)


def cell_weights(rng: Rng, D: int, H: int, gates: int) -> tuple[Array, Array, Array]:
    """W_x (D, gates H), W_h (H, gates H), b (gates H,), large enough to leave the linear range."""
    return normal(rng, D, gates * H), normal(rng, H, gates * H), normal(rng, gates * H)


def in_float32(numbers: Array) -> Array:
    """The nearest numbers that float32 holds: whoever computes in it loses nothing to begin with.

    A score of 9,000 has only three digits behind the point there, and its softmax as few.
    """
    return numbers.astype(np.float32).astype(np.float64)
