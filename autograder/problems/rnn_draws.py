"""Inputs of the simple RNN: one step or a sequence, forward or backward."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.problem import Draw
from autograder.problems.draws import (
    FAINT,
    STEEP,
    UPSTREAM,
    Rng,
    cell_weights,
    distinct_sizes,
    normal,
)
from lmkit.by_hand.types import Array

Arguments = tuple[Any, ...]


def weights(rng: Rng, D: int, H: int) -> tuple[Array, Array, Array]:
    """W_x, W_h, b that leave tanh's linear range, but not so far that its slope is all but zero.

    1 - h^2 has few right digits in float32 where h is nearly 1, and the gradients as few.
    """
    W_x, W_h, b = cell_weights(rng, D, H, gates=1)
    scale = 1.5 / np.sqrt(D + H)
    return scale * W_x, scale * W_h, b / 2


def step_arguments(rng: Rng, N: int, D: int, H: int) -> Arguments:
    """x, h_prev, W_x, W_h, b of these sizes."""
    return normal(rng, N, D), normal(rng, N, H), *weights(rng, D, H)


def draw_step(rng: Rng) -> Arguments:
    """A random batch."""
    N, D, H = distinct_sizes(rng, 3)
    return step_arguments(rng, N, D, H)


def draw_step_of_one(rng: Rng) -> Arguments:
    """N = 1."""
    D, H = distinct_sizes(rng, 2)
    return step_arguments(rng, 1, D, H)


def draw_square_step(rng: Rng) -> Arguments:
    """D = H, the only sizes in which W_x and W_h fit into each other's place."""
    N, H = distinct_sizes(rng, 2)
    return step_arguments(rng, N, H, H)


def sequence_arguments(rng: Rng, N: int, T: int, D: int, H: int) -> Arguments:
    """x, h0, W_x, W_h, b of these sizes."""
    return normal(rng, N, T, D), normal(rng, N, H), *weights(rng, D, H)


def draw_sequence(rng: Rng) -> Arguments:
    """A random batch of sequences."""
    N, T, D, H = distinct_sizes(rng, 4, low=3)
    return sequence_arguments(rng, N, T, D, H)


def draw_one_step(rng: Rng) -> Arguments:
    """T = 1."""
    N, D, H = distinct_sizes(rng, 3)
    return sequence_arguments(rng, N, 1, D, H)


def draw_one_sequence(rng: Rng) -> Arguments:
    """N = 1."""
    T, D, H = distinct_sizes(rng, 3, low=3)
    return sequence_arguments(rng, 1, T, D, H)


def draw_long_sequence(rng: Rng) -> Arguments:
    """T = 30, and ||W_h|| < 1: a chaotic RNN would blow rounding errors up, step by step."""
    N, D, H = distinct_sizes(rng, 3, low=3)
    x, h0, W_x, W_h, b = sequence_arguments(rng, N, 30, D, H)
    return x, h0, W_x, 0.9 * W_h / np.linalg.norm(W_h, ord=2), b


def with_upstream(draw: Draw) -> Draw:
    """The same inputs with the gradient that arrives at the hidden states, dh, before them."""

    def draw_with_dh(rng: Rng) -> Arguments:
        x, h, *rest = draw(rng)
        return normal(rng, *x.shape[:-1], h.shape[-1], scale=UPSTREAM), x, h, *rest

    return draw_with_dh


def draw_faint_step(rng: Rng) -> Arguments:
    """A step and its dh, with all but b close to zero, and a large gradient that arrives."""
    dh, *rest, b = with_upstream(draw_step)(rng)
    return STEEP * dh, *(FAINT * array for array in rest), b


def draw_faint_sequence(rng: Rng) -> Arguments:
    """A sequence and its dh, with x and W_x close to zero, and a large gradient that arrives.

    Not W_h, too: nothing would go back through time.
    """
    dh, x, h0, W_x, *rest = with_upstream(draw_sequence)(rng)
    return STEEP * dh, FAINT * x, h0, FAINT * W_x, *rest
