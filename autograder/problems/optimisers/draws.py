"""Weights, gradients, what an optimiser remembers, and its settings, large enough to be seen."""

from __future__ import annotations

from typing import Any

from autograder.problems.draws import Rng, distinct_sizes, normal
from lmkit.by_hand.types import Array

Shape = tuple[int, ...]


def a_shape(rng: Rng, ndim: int) -> Shape:
    """Of a matrix or a bias."""
    return tuple(distinct_sizes(rng, ndim, low=3))


def squares(rng: Rng, shape: Shape) -> Array:
    """Something like a mean of squared gradients."""
    return normal(rng, *shape) ** 2 + 0.1


def rate(rng: Rng) -> float:
    """A learning rate."""
    return float(rng.uniform(0.05, 0.5))


def epsilon(rng: Rng) -> float:
    """Far larger than in practice (1e-8): where it is added has to show."""
    return float(rng.uniform(0.02, 0.05))


def kept(rng: Rng, low: float = 0.6) -> float:
    """A beta or rho: what is kept of a mean."""
    return float(rng.uniform(low, 0.85))


def adam_memory(rng: Rng, shape: Shape, t: int) -> tuple[Any, ...]:
    """w, m, s, g and t."""
    memory = normal(rng, *shape), squares(rng, shape)
    if t == 1:
        memory = 0 * memory[0], 0 * memory[1]
    return normal(rng, *shape), *memory, normal(rng, *shape), t


def adam_settings(rng: Rng) -> tuple[float, float, float, float]:
    """rate, beta_1, beta_2 and epsilon."""
    return rate(rng), kept(rng), kept(rng, low=0.75) + 0.1, epsilon(rng)
