"""Distributions to draw from."""

from __future__ import annotations

from autograder.problems.draws import Rng, distinct_sizes
from lmkit.by_hand.types import Array


def distribution(rng: Rng, low: int = 7, high: int = 14) -> Array:
    """Probabilities of V characters, (V,), no two alike, a few of them large."""
    (V,) = distinct_sizes(rng, 1, low=low, high=high)
    p: Array = rng.dirichlet([0.7] * V) + 0.01
    p /= p.sum()
    return p
