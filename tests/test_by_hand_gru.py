"""The GRU, forward and one step backward, against Keras and hand arithmetic."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras_oracle import GRU, draw, keras_sequence, keras_step, keras_step_gradients

from lmkit.by_hand import (
    gradient_check,
    gru_from_keras,
    gru_gates,
    gru_sequence,
    gru_step,
    gru_step_backward,
)
from lmkit.by_hand.types import Array


def toy_weights() -> tuple[Array, Array, Array]:
    """D = H = 1. With x = 1 and h_prev = 2 the gates come out as z 3/4, r 1/4, h~ tanh(-0.6).

    z: 0.1 + 2 * 0.2 + (log 3 - 0.5) = log 3, and sigma(log 3) = 3 / (3 + 1).
    r: 0.3 - 2 * 0.4 + (0.5 - log 3) = -log 3, and sigma(-log 3) = 1 / (1 + 3).
    h~: 0.5 + (0.25 * 2) * (-2) - 0.1 = -0.6.
    """
    log_3 = np.log(3.0)
    return (
        np.array([[0.1, 0.3, 0.5]]),
        np.array([[0.2, -0.4, -2.0]]),
        np.array([log_3 - 0.5, 0.5 - log_3, -0.1]),
    )


def test_gates_by_hand() -> None:
    gates = gru_gates(np.array([[1.0]]), np.array([[2.0]]), *toy_weights())
    expected = [[0.75, 0.25, -0.5370495669980353]]
    np.testing.assert_allclose(np.concatenate(gates, axis=-1), expected, rtol=1e-14)


def test_step_by_hand() -> None:
    # (1 - 0.75) * 2 + 0.75 * (-0.537049567) = 0.5 - 0.402787175 = 0.097212825
    h = gru_step(np.array([[1.0]]), np.array([[2.0]]), *toy_weights())
    assert h.item() == pytest.approx(0.097212825, abs=1e-9)


def test_reset_gate_comes_before_the_product() -> None:
    # H = 2, r = (1, 0), W_hh = [[0, 1], [1, 0]], h_prev = (0.3, 0.5), and z = 1 lets h~ in whole.
    # Before it: (r * h) W_hh = (0.3, 0) W_hh = (0, 0.3).
    # After it, Keras's reset_after: r * (h W_hh) = r * (0.5, 0.3) = (0.5, 0).
    W_h = np.zeros((2, 6))
    W_h[:, 4:] = [[0.0, 1.0], [1.0, 0.0]]
    h = gru_step(
        x=np.zeros((1, 1)),
        h_prev=np.array([[0.3, 0.5]]),
        W_x=np.zeros((1, 6)),
        W_h=W_h,
        b=np.array([1e3, 1e3, 1e3, -1e3, 0.0, 0.0]),
    )
    np.testing.assert_allclose(h, [[0.0, np.tanh(0.3)]], atol=1e-15)


def test_closed_update_gate_keeps_the_state_for_ever() -> None:
    batch = draw(GRU, seed=0, T=50)
    (h0,) = batch.states
    H = h0.shape[1]
    W_x, W_h, b = (w.copy() for w in batch.weights)
    W_x[:, :H], W_h[:, :H], b[:H] = 0.0, 0.0, -1e3
    h = gru_sequence(batch.x, h0, W_x, W_h, b)
    np.testing.assert_array_equal(h[:, -1], h0)


@pytest.mark.parametrize("seed", [1, 2])
def test_step_is_keras_cell(seed: int) -> None:
    batch = draw(GRU, seed)
    (expected,) = keras_step(GRU, batch.x[:, 0], batch.states, batch.weights)
    h = gru_step(batch.x[:, 0], *batch.states, *batch.weights)
    np.testing.assert_allclose(h, expected, rtol=0, atol=1e-10)


@pytest.mark.parametrize("T", [1, 5])
def test_sequence_is_keras_layer(T: int) -> None:
    batch = draw(GRU, seed=3, T=T)
    expected, _ = keras_sequence(GRU, batch.x, batch.states, batch.weights)
    h = gru_sequence(batch.x, *batch.states, *batch.weights)
    np.testing.assert_allclose(h, expected, rtol=0, atol=1e-10)


def test_weights_from_keras_do_what_keras_does() -> None:
    x, (h0,) = draw(GRU, seed=4).x, draw(GRU, seed=5).states
    layer = keras.layers.GRU(
        h0.shape[1],
        reset_after=False,
        return_sequences=True,
        dtype="float64",
        bias_initializer=keras.initializers.RandomNormal(stddev=1.0, seed=6),
    )
    expected = layer(x, initial_state=[h0]).numpy()
    keras_weights = layer.get_weights()
    kept = [w.copy() for w in keras_weights]
    h = gru_sequence(x, h0, *gru_from_keras(*keras_weights))
    np.testing.assert_allclose(h, expected, rtol=0, atol=1e-10)
    for after, before in zip(keras_weights, kept, strict=True):
        np.testing.assert_array_equal(after, before)


def test_step_backward_is_automatic_differentiation() -> None:
    batch = draw(GRU, seed=7)
    dh, x = batch.dh[:, 0], batch.x[:, 0]
    expected = keras_step_gradients(GRU, [dh], x, batch.states, batch.weights)
    gradients = gru_step_backward(dh, x, *batch.states, *batch.weights)
    for ours, theirs in zip(gradients, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-10)


def test_step_backward_is_finite_differences() -> None:
    # Small weights and a seed without tiny gradients: the quotient is off by the rounding of the
    # loss, about 1e-16 / epsilon = 1e-11, which is more than 1e-7 of an entry below 1e-4.
    batch = draw(GRU, seed=9, scale=0.3)
    dh = batch.dh[:, 0]
    arguments = (batch.x[:, 0].copy(), *batch.states, *batch.weights)

    def loss() -> float:
        return float((dh * gru_step(*arguments)).sum())

    for parameter, gradient in zip(arguments, gru_step_backward(dh, *arguments), strict=True):
        assert gradient_check(loss, parameter, gradient).relative_error < 1e-7
