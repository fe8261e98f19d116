"""The LSTM, forward and one step backward, against Keras and hand arithmetic."""

from __future__ import annotations

import numpy as np
import pytest
from keras_oracle import LSTM, draw, keras_sequence, keras_step, keras_step_gradients

from lmkit.by_hand import (
    gradient_check,
    lstm_gates,
    lstm_sequence,
    lstm_step,
    lstm_step_backward,
    sigmoid,
)
from lmkit.by_hand.blocks import blocks
from lmkit.by_hand.types import Array


def logit(p: float) -> float:
    """The score a with sigma(a) = p."""
    return float(np.log(p / (1 - p)))


def toy_weights() -> tuple[Array, Array, Array]:
    """D = H = 1. With x = 1 and h_prev = 1 the gates come out as i 1/2, f 3/4, o 1/5, g 3/5.

    Each score is parted differently among W_x, W_h and b: no share can be lost unseen.
    """
    scores = np.array([logit(0.5), logit(0.75), logit(0.2), np.arctanh(0.6)])
    W_x = np.array([[0.3, -0.2, 0.7, 0.1]])
    W_h = np.array([[-0.1, 0.5, 0.4, -0.6]])
    return W_x, W_h, scores - W_x[0] - W_h[0]


@pytest.mark.parametrize("a", [-10.0, -1.0, 0.0, 0.3, 2.0, 10.0])
def test_sigmoid_is_its_definition(a: float) -> None:
    assert sigmoid(np.array(a)) == pytest.approx(1 / (1 + np.exp(-a)), abs=1e-15)


def test_sigmoid_does_not_overflow() -> None:
    with np.errstate(all="raise"):
        np.testing.assert_array_equal(sigmoid(np.array([-1e4, 1e4])), [0.0, 1.0])


def test_gates_by_hand() -> None:
    one = np.ones((1, 1))
    gates = np.concatenate(lstm_gates(one, one, *toy_weights()), axis=-1)
    np.testing.assert_allclose(gates, [[0.5, 0.75, 0.2, 0.6]], rtol=1e-14)


def test_step_by_hand() -> None:
    # c = f c_prev + i g = 0.75 * 2 + 0.5 * 0.6 = 1.8; h = o tanh(c) = 0.2 * 0.946806... = 0.189361
    one = np.ones((1, 1))
    h, c = lstm_step(one, one, 2 * one, *toy_weights())
    assert c.item() == pytest.approx(1.8, abs=1e-14)
    assert h.item() == pytest.approx(0.1893612026, abs=1e-9)


def test_open_forget_gate_keeps_the_cell_for_ever() -> None:
    # Deck 3: if f = 1 and i = 0, the information of the cell is kept indefinitely.
    batch = draw(LSTM, seed=0, T=50)
    h0, c0 = batch.states
    H = c0.shape[1]
    W_x, W_h, b = (w.copy() for w in batch.weights)
    W_x[:, : 2 * H], W_h[:, : 2 * H] = 0.0, 0.0
    b[:H], b[H : 2 * H] = -1e3, 1e3
    _, c = lstm_sequence(batch.x, h0, c0, W_x, W_h, b)
    np.testing.assert_array_equal(c[:, -1], c0)


@pytest.mark.parametrize("seed", [1, 2])
def test_step_is_keras_cell(seed: int) -> None:
    batch = draw(LSTM, seed)
    expected = keras_step(LSTM, batch.x[:, 0], batch.states, batch.weights)
    states = lstm_step(batch.x[:, 0], *batch.states, *batch.weights)
    for ours, theirs in zip(states, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-10)


@pytest.mark.parametrize("T", [1, 5])
def test_sequence_is_keras_layer(T: int) -> None:
    batch = draw(LSTM, seed=3, T=T)
    h, c = lstm_sequence(batch.x, *batch.states, *batch.weights)
    expected, _, _ = keras_sequence(LSTM, batch.x, batch.states, batch.weights)
    np.testing.assert_allclose(h, expected, rtol=0, atol=1e-10)
    for t in range(T):  # Keras tells the cell state of the last step alone
        _, _, c_t = keras_sequence(LSTM, batch.x[:, : t + 1], batch.states, batch.weights)
        np.testing.assert_allclose(c[:, t], c_t, rtol=0, atol=1e-10)


def test_step_backward_is_automatic_differentiation() -> None:
    batch = draw(LSTM, seed=4)
    dh, dc, x = batch.dh[:, 0], batch.dh[:, 1], batch.x[:, 0]
    expected = keras_step_gradients(LSTM, [dh, dc], x, batch.states, batch.weights)
    gradients = lstm_step_backward(dh, dc, x, *batch.states, *batch.weights)
    for ours, theirs in zip(gradients, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-10)


def test_cell_gradient_by_hand() -> None:
    # With dh = 0 only c_{t+1} asks for anything; from c_t to c_{t-1} there is f alone: 4 * 0.75.
    one = np.ones((1, 1))
    _, _, dc_prev, *_ = lstm_step_backward(0 * one, 4 * one, one, one, 2 * one, *toy_weights())
    assert dc_prev.item() == pytest.approx(3.0, abs=1e-14)


def test_step_backward_is_finite_differences() -> None:
    # Small weights and a seed without tiny gradients: the quotient is off by the rounding of the
    # loss, about 1e-16 / epsilon = 1e-11, which is more than 1e-7 of an entry below 1e-4.
    batch = draw(LSTM, seed=12, scale=0.3)
    dh, dc = batch.dh[:, 0], batch.dh[:, 1]
    arguments = (batch.x[:, 0].copy(), *batch.states, *batch.weights)

    def loss() -> float:
        h, c = lstm_step(*arguments)
        return float((dh * h).sum() + (dc * c).sum())

    gradients = lstm_step_backward(dh, dc, *arguments)
    for parameter, gradient in zip(arguments, gradients, strict=True):
        assert gradient_check(loss, parameter, gradient).relative_error < 1e-7


@pytest.mark.parametrize("shape", [(12,), (3, 8), (2, 5, 4)])
def test_blocks_are_what_numpy_splits(shape: tuple[int, ...]) -> None:
    a = np.random.default_rng(3).normal(size=shape)
    for mine, theirs in zip(blocks(a, 4), np.split(a, 4, axis=-1), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_blocks_of_unequal_width_are_refused() -> None:
    with pytest.raises(ValueError, match="10 columns are no 4 blocks"):
        blocks(np.zeros((2, 10)), 4)
