"""Inputs of layers: a sequence, and the weights of one cell or two."""

from __future__ import annotations

from typing import Any

from autograder.problems.cell_draws import sequence_inputs
from autograder.problems.draws import Rng, cell_weights, distinct_sizes, normal

Arguments = tuple[Any, ...]

HIGH = 6
"""The largest size, steps among them: Keras takes milliseconds for each."""


def draw_lstm(rng: Rng, *, T: int | None = None) -> Arguments:
    """x, h0, c0, W_x, W_h, b of an LSTM."""
    return sequence_inputs(rng, gates=4, states=2, T=T, high=HIGH)


def draw_without_states(rng: Rng, *, T: int | None = None) -> Arguments:
    """x, None and None for h0 and c0, W_x, W_h, b of an LSTM."""
    x, _, _, *weights = draw_lstm(rng, T=T)
    return x, None, None, *weights


def two_ways(rng: Rng, *, T: int | None = None) -> Arguments:
    """x, the weights of a forward LSTM, and those of a backward one."""
    N, random_T, D, H = distinct_sizes(rng, 4, high=HIGH)
    x = normal(rng, N, random_T if T is None else T, D)
    return x, *cell_weights(rng, D, H, gates=4), *cell_weights(rng, D, H, gates=4)


def two_storeys(rng: Rng, *, T: int | None = None, equal: bool = False) -> Arguments:
    """x, the weights of an LSTM with H units, and those of one with U above it; U = H if equal."""
    N, random_T, D, H, U = distinct_sizes(rng, 5, high=HIGH)
    U = H if equal else U
    x = normal(rng, N, random_T if T is None else T, D)
    return x, *cell_weights(rng, D, H, gates=4), *cell_weights(rng, H, U, gates=4)


def mut1_inputs(rng: Rng, *, T: int | None = None) -> Arguments:
    """x, h0, W_in, W_xz, W_xr, W_hr, W_hh, b_z, b_r, b_h."""
    N, random_T, D, H = distinct_sizes(rng, 4, high=HIGH)
    T = random_T if T is None else T
    from_input = [normal(rng, D, H) for _ in range(3)]
    from_state = [normal(rng, H, H) for _ in range(2)]
    biases = [normal(rng, H) for _ in range(3)]
    return normal(rng, N, T, D), normal(rng, N, H), *from_input, *from_state, *biases
