"""Inputs of gated cells: one step or a sequence, forward or backward."""

from __future__ import annotations

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


def step_inputs(rng: Rng, *, gates: int, states: int, N: int | None = None) -> tuple[Array, ...]:
    """x (N, D), the states before the step, each (N, H), then W_x, W_h and b."""
    random_N, D, H = distinct_sizes(rng, 3)
    N = random_N if N is None else N
    before = [normal(rng, N, H) for _ in range(states)]
    return normal(rng, N, D), *before, *cell_weights(rng, D, H, gates)


def sequence_inputs(
    rng: Rng, *, gates: int, states: int, T: int | None = None, high: int = 9
) -> tuple[Array, ...]:
    """x (N, T, D), the states before the first step, each (N, H), then W_x, W_h and b."""
    N, random_T, D, H = distinct_sizes(rng, 4, high=high)
    T = random_T if T is None else T
    before = [normal(rng, N, H) for _ in range(states)]
    return normal(rng, N, T, D), *before, *cell_weights(rng, D, H, gates)


def lstm_step_backward_inputs(rng: Rng, *, N: int | None = None) -> tuple[Array, ...]:
    """dh and dc, each (N, H), then what the step itself took."""
    x, h_prev, c_prev, *weights = step_inputs(rng, gates=4, states=2, N=N)
    dh, dc = (normal(rng, *state.shape, scale=UPSTREAM) for state in (h_prev, c_prev))
    return dh, dc, x, h_prev, c_prev, *weights


def lstm_sequence_backward_inputs(rng: Rng, *, T: int | None = None) -> tuple[Array, ...]:
    """dh (N, T, H), then what the sequence itself took."""
    x, h0, *rest = sequence_inputs(rng, gates=4, states=2, T=T)
    N, H = h0.shape
    return normal(rng, N, x.shape[1], H, scale=UPSTREAM), x, h0, *rest


def faint_step_backward_inputs(rng: Rng) -> tuple[Array, ...]:
    """A step's, with all but c_prev and b close to zero, and large dh and dc."""
    dh, dc, x, h_prev, c_prev, W_x, W_h, b = lstm_step_backward_inputs(rng)
    return STEEP * dh, STEEP * dc, FAINT * x, FAINT * h_prev, c_prev, FAINT * W_x, FAINT * W_h, b


def faint_sequence_backward_inputs(rng: Rng) -> tuple[Array, ...]:
    """A sequence's, with x and W_x close to zero, and a large dh.

    Not W_h, too: nothing would go back through h.
    """
    dh, x, h0, c0, W_x, *rest = lstm_sequence_backward_inputs(rng)
    return STEEP * dh, FAINT * x, h0, c0, FAINT * W_x, *rest
