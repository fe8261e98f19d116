"""Activations, random numbers, and the share that is dropped."""

from __future__ import annotations

from typing import Any

from autograder.problem import Draw
from autograder.problems.draws import Rng, distinct_sizes, normal


def with_share(low: float, high: float) -> Draw:
    """x or dy (N, H), u (N, H), and p between low and high; in each column one is dropped.

    One of the random numbers is p itself: that unit stays.
    """

    def draw(rng: Rng) -> tuple[Any, ...]:
        N, H = distinct_sizes(rng, 2, low=6, high=12)
        p = float(rng.uniform(low, high))
        while True:
            u = rng.uniform(size=(N, H))
            u[int(rng.integers(N)), int(rng.integers(H))] = p
            if p == 0 or (u < p).any(axis=0).all():
                return normal(rng, N, H), u, p

    return draw


def for_training(draw: Draw, training: bool) -> Draw:
    """The same arguments, and whether this is training."""

    def with_flag(rng: Rng) -> tuple[Any, ...]:
        return *draw(rng), training

    return with_flag
