"""The simple RNN, forward and one step backward, against Keras and hand arithmetic."""

from __future__ import annotations

import numpy as np
import pytest
from keras_oracle import RNN, draw, keras_sequence, keras_step, keras_step_gradients

from lmkit.by_hand import gradient_check, rnn_sequence, rnn_step, rnn_step_backward


def test_step_by_hand() -> None:
    # Column 1: 2 * 1 + 3 * 4 - 1 * 2 + 0 * 1 + 0.5 = 12.5;
    # column 2: 2 * (-1) + 3 * 0.5 - 1 * (-3) + 0 * 2 - 2 = 0.5.
    # W_h transposed would give -1 * 2 + 0 * (-3) and -1 * 1 + 0 * 2: column 2 would be -3.5.
    h = rnn_step(
        x=np.array([[2.0, 3.0]]),
        h_prev=np.array([[-1.0, 0.0]]),
        W_x=np.array([[1.0, -1.0], [4.0, 0.5]]),
        W_h=np.array([[2.0, -3.0], [1.0, 2.0]]),
        b=np.array([0.5, -2.0]),
    )
    np.testing.assert_allclose(h, np.tanh([[12.5, 0.5]]), rtol=1e-15)


def test_two_steps_by_hand() -> None:
    # h_1 = tanh(1 * 0.5 - 2 * 0.25 + 0) = tanh(0) = 0, so that h_2 = tanh(1 * 2 - 2 * 0) = tanh 2.
    h = rnn_sequence(
        x=np.array([[[0.5], [2.0]]]),
        h0=np.array([[0.25]]),
        W_x=np.array([[1.0]]),
        W_h=np.array([[-2.0]]),
        b=np.array([0.0]),
    )
    np.testing.assert_allclose(h, [[[0.0], [0.9640275800758169]]], atol=1e-15)


@pytest.mark.parametrize("seed", [0, 1])
def test_step_is_keras_cell(seed: int) -> None:
    batch = draw(RNN, seed)
    (expected,) = keras_step(RNN, batch.x[:, 0], batch.states, batch.weights)
    h = rnn_step(batch.x[:, 0], *batch.states, *batch.weights)
    np.testing.assert_allclose(h, expected, rtol=0, atol=1e-10)


@pytest.mark.parametrize("T", [1, 5])
def test_sequence_is_keras_layer(T: int) -> None:
    batch = draw(RNN, seed=2, T=T)
    expected, _ = keras_sequence(RNN, batch.x, batch.states, batch.weights)
    h = rnn_sequence(batch.x, *batch.states, *batch.weights)
    np.testing.assert_allclose(h, expected, rtol=0, atol=1e-10)


def test_step_backward_is_automatic_differentiation() -> None:
    batch = draw(RNN, seed=3)
    dh, x = batch.dh[:, 0], batch.x[:, 0]
    expected = keras_step_gradients(RNN, [dh], x, batch.states, batch.weights)
    gradients = rnn_step_backward(dh, x, *batch.states, *batch.weights)
    for ours, theirs in zip(gradients, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-10)


def test_step_backward_is_finite_differences() -> None:
    # Small weights and a seed without tiny gradients: the quotient is off by the rounding of the
    # loss, about 1e-16 / epsilon = 1e-11, which is more than 1e-7 of an entry below 1e-4.
    batch = draw(RNN, seed=4, scale=0.3)
    dh, x = batch.dh[:, 0], batch.x[:, 0].copy()
    arguments = (x, *batch.states, *batch.weights)

    def loss() -> float:
        return float((dh * rnn_step(*arguments)).sum())

    for parameter, gradient in zip(arguments, rnn_step_backward(dh, *arguments), strict=True):
        assert gradient_check(loss, parameter, gradient).relative_error < 1e-7
