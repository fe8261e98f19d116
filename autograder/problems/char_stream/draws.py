"""Inputs of a character model: ids, states, and the weights of a small one."""

from __future__ import annotations

from typing import Any

from autograder.problems.draws import Rng, cell_weights, distinct_sizes, normal
from lmkit.by_hand.types import Array

Arguments = tuple[Any, ...]


def model_weights(rng: Rng, V: int, D: int, H: int) -> tuple[Array, ...]:
    """E, kernel, recurrent_kernel, bias, W_y, b_y."""
    return normal(rng, V, D), *cell_weights(rng, D, H, gates=4), normal(rng, H, V), normal(rng, V)


def reading(rng: Rng, *, T: int | None = None) -> Arguments:
    """ids (N, T), h0, c0, and the weights."""
    N, random_T, D, H, V = distinct_sizes(rng, 5, low=3)
    ids = rng.integers(V, size=(N, random_T if T is None else T))
    return ids, normal(rng, N, H), normal(rng, N, H), *model_weights(rng, V, D, H)


def batches(rng: Rng, *, B: int | None = None) -> Arguments:
    """x and y (B, N, T), y the character after x, and the weights."""
    random_B, N, T, D, H, V = distinct_sizes(rng, 6, low=3)
    B = random_B if B is None else B
    rows = rng.integers(V, size=(N, B * T + 1))
    x, y = (part.reshape(N, B, T).swapaxes(0, 1) for part in (rows[:, :-1], rows[:, 1:]))
    return x.copy(), y.copy(), *model_weights(rng, V, D, H)
