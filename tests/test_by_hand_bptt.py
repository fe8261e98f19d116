"""Backpropagation through time, whole and truncated: by hand, and for RNN, LSTM and GRU."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from keras_oracle import (
    GRU,
    LSTM,
    RNN,
    Architecture,
    draw,
    keras_sequence_gradients,
    truncated_gradients,
)

from lmkit import by_hand
from lmkit.by_hand.bptt import backward_through_time, unroll
from lmkit.by_hand.types import Array

KINDS = pytest.mark.parametrize("kind", [RNN, LSTM, GRU], ids=lambda kind: kind.name)


def function(kind: Architecture, name: str) -> Callable[..., Any]:
    """by_hand's function of that name for this architecture: "sequence" -> rnn_sequence."""
    found: Callable[..., Any] = getattr(by_hand, f"{kind.name}_{name}")
    return found


def linear_step(x: Array, h: Array, u: Array, w: Array) -> Array:
    """h_t = u x_t + w h_{t-1}."""
    return u * x + w * h


def linear_step_backward(dh: Array, x: Array, h: Array, u: Array, w: Array) -> tuple[Array, ...]:
    """dx, dh_prev, du, dw."""
    return u * dh, w * dh, (x * dh).sum(axis=0), (h * dh).sum(axis=0)


X = np.array([[[1.0], [2.0], [4.0]]])
H0, U, W = np.array([[5.0]]), np.array([3.0]), np.array([2.0])
DH = np.array([[[1.0], [10.0], [100.0]]])
# h_1 = 3 * 1 + 2 * 5 = 13; h_2 = 3 * 2 + 2 * 13 = 32; h_3 = 3 * 4 + 2 * 32 = 76.
H_HISTORY = np.array([[[13.0], [32.0], [76.0]]])


def test_unroll_by_hand() -> None:
    (h,) = unroll(linear_step, X, (H0,), (U, W))
    np.testing.assert_array_equal(h, H_HISTORY)


# What arrives at h_1, h_2, h_3 (own + 2 * what arrives at the next, unless a border is between):
#   whole: 100, 10 + 2 * 100 = 210, 1 + 2 * 210 = 421
#   k = 2: border between 2 and 3: 100, 10, 1 + 2 * 10 = 21
#   k = 1: 100, 10, 1
# dx_t = 3 times that; dh0 = 2 * the first; du = sum x_t that_t; dw = sum h_{t-1} that_t:
#   whole: du = 421 + 2 * 210 + 4 * 100 = 1241; dw = 5 * 421 + 13 * 210 + 32 * 100 = 8035
#   k = 2: du = 21 + 2 * 10 + 4 * 100 = 441;    dw = 5 * 21 + 13 * 10 + 32 * 100 = 3435
#   k = 1: du = 1 + 2 * 10 + 4 * 100 = 421;     dw = 5 * 1 + 13 * 10 + 32 * 100 = 3335
@pytest.mark.parametrize(
    ("k", "dx", "dh0", "du", "dw"),
    [
        (None, [1263.0, 630.0, 300.0], 842.0, 1241.0, 8035.0),
        (3, [1263.0, 630.0, 300.0], 842.0, 1241.0, 8035.0),
        (2, [63.0, 30.0, 300.0], 42.0, 441.0, 3435.0),
        (1, [3.0, 30.0, 300.0], 2.0, 421.0, 3335.0),
    ],
)
def test_backward_by_hand(k: int | None, dx: list[float], dh0: float, du: float, dw: float) -> None:
    gradients = backward_through_time(linear_step_backward, DH, X, (H0,), (H_HISTORY,), (U, W), k)
    for ours, expected in zip(gradients, (dx, dh0, du, dw), strict=True):
        np.testing.assert_array_equal(ours.ravel(), expected)


@KINDS
@pytest.mark.parametrize("T", [1, 5])
def test_sequence_backward_is_automatic_differentiation(kind: Architecture, T: int) -> None:
    batch = draw(kind, seed=T, T=T)
    expected = keras_sequence_gradients(kind, batch)
    gradients = function(kind, "sequence_backward")(*batch.arrays)
    for ours, theirs in zip(gradients, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-10)


@KINDS
def test_sequence_backward_is_finite_differences(kind: Architecture) -> None:
    # Small weights, few steps and a seed without tiny gradients: the quotient is off by the
    # rounding of the loss, about 1e-16 / epsilon, which must be below 1e-7 of every entry.
    batch = draw(kind, seed=0, N=2, T=3, D=4, H=5, scale=0.3)
    parameters = batch.arrays[1:]
    forward = function(kind, "sequence")

    def loss() -> float:
        h = forward(*parameters)
        return float((batch.dh * (h[0] if kind.states == 2 else h)).sum())

    gradients = function(kind, "sequence_backward")(batch.dh, *parameters)
    for parameter, gradient in zip(parameters, gradients, strict=True):
        check = by_hand.gradient_check(loss, parameter, gradient, epsilon=3e-5)
        assert check.relative_error < 1e-7, str(check)


@KINDS
@pytest.mark.parametrize("k", [1, 2, 3, 4, 5])  # T = 6: 1, 2, 3 divide it, 4 and 5 do not
def test_truncation_is_stop_gradient_at_the_borders(kind: Architecture, k: int) -> None:
    batch = draw(kind, seed=k, T=6)
    expected = truncated_gradients(kind, batch, k)
    gradients = function(kind, "truncated_backward")(*batch.arrays, k=k)
    for ours, theirs in zip(gradients, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-10)


@KINDS
@pytest.mark.parametrize("k", [6, 7, 100])
def test_a_chunk_as_long_as_the_sequence_is_no_truncation(kind: Architecture, k: int) -> None:
    batch = draw(kind, seed=6, T=6)
    whole = function(kind, "sequence_backward")(*batch.arrays)
    truncated = function(kind, "truncated_backward")(*batch.arrays, k=k)
    for ours, expected in zip(truncated, whole, strict=True):
        np.testing.assert_array_equal(ours, expected)


@KINDS
def test_gradients_of_a_chunk_do_not_see_later_outputs(kind: Architecture) -> None:
    # T = 5, k = 2: chunks 0-1, 2-3, 4. What is asked of h at 2, 3 and 4 reaches neither dx at
    # 0 and 1 nor the initial states.
    batch = draw(kind, seed=7, T=5)
    backward = function(kind, "truncated_backward")
    dx, *dstates = backward(*batch.arrays, k=2)[: 1 + kind.states]
    later = batch.dh.copy()
    later[:, 2:] *= -3.0
    dx_later, *dstates_later = backward(later, *batch.arrays[1:], k=2)[: 1 + kind.states]
    np.testing.assert_array_equal(dx[:, :2], dx_later[:, :2])
    np.testing.assert_array_equal(dstates, dstates_later)
    assert (dx[:, 2:] != dx_later[:, 2:]).all()


@KINDS
def test_backward_leaves_its_arguments_alone(kind: Architecture) -> None:
    batch = draw(kind, seed=8)
    before = [array.copy() for array in batch.arrays]
    function(kind, "sequence_backward")(*batch.arrays)
    function(kind, "truncated_backward")(*batch.arrays, k=2)
    for after, kept in zip(batch.arrays, before, strict=True):
        np.testing.assert_array_equal(after, kept)


@KINDS
@pytest.mark.parametrize("k", [0, -1])
def test_chunks_without_steps_are_refused(kind: Architecture, k: int) -> None:
    with pytest.raises(ValueError, match=f"k = {k}: a chunk has at least one step"):
        function(kind, "truncated_backward")(*draw(kind, seed=0).arrays, k=k)
