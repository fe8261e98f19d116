"""Random, asymmetric inputs: sizes that all differ, weights with no symmetry to hide behind."""

from __future__ import annotations

import numpy as np

from lmkit.by_hand.types import Array

Rng = np.random.Generator


def distinct_sizes(rng: Rng, count: int, low: int = 2, high: int = 9) -> list[int]:
    """`count` sizes in low ... high, no two of them equal, so that no transpose goes unseen."""
    return [int(n) for n in rng.choice(np.arange(low, high + 1), size=count, replace=False)]


def normal(rng: Rng, *shape: int, scale: float = 1.0) -> Array:
    """Normally distributed numbers, mean 0."""
    return scale * rng.standard_normal(shape)


def cell_weights(rng: Rng, D: int, H: int, gates: int) -> tuple[Array, Array, Array]:
    """W_x (D, gates H), W_h (H, gates H), b (gates H,), large enough to leave the linear range."""
    return normal(rng, D, gates * H), normal(rng, H, gates * H), normal(rng, gates * H)


def one_far_below(rng: Rng, scores: Array) -> Array:
    """The scores, but in each row one so far below the others that exp overflows wherever another
    number than the row's largest is taken off. In the first row that is the first.
    """
    rows = scores.reshape(-1, scores.shape[-1]).copy()
    places = rng.integers(rows.shape[1], size=len(rows))
    places[0] = 0
    rows[np.arange(len(rows)), places] -= 10_000.0
    return rows.reshape(scores.shape)
