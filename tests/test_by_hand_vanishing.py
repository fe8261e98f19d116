"""The lectures' toy RNN and the linear case: products of derivatives, and eigenvalues."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from lmkit.by_hand import gradient_norms, rnn_sequence, toy_rnn


def test_toy_rnn_by_hand() -> None:
    # Deck 3: w_hh = 3, w_xh = 2, b = 1. From h_0 = 0:
    #   x_1 = -1/2: h_1 = tanh(-1 + 0 + 1) = 0,        dh_1/dh_0 = 3 (1 - 0)  = 3
    #   x_2 = -1/2: h_2 = tanh(-1 + 0 + 1) = 0,        dh_2/dh_0 = 3 * 3      = 9
    #   x_3 = 0:    h_3 = tanh(0 + 0 + 1) = 0.7615942, dh_3/dh_0 = 27 (1 - 0.5800257) = 11.3393074
    h, dh_dh0 = toy_rnn(np.array([-0.5, -0.5, 0.0]), h0=0.0, w_xh=2.0, w_hh=3.0, b=1.0)
    np.testing.assert_allclose(h, [0.0, 0.0, 0.7615941560], atol=1e-10)
    np.testing.assert_allclose(dh_dh0, [3.0, 9.0, 11.3393073], atol=1e-6)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_toy_rnn_is_automatic_differentiation(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(5)
    h0, w_xh, w_hh, b = rng.uniform(-1.5, 1.5, 4)
    start = tf.constant(h0, dtype=tf.float64)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(start)
        state, states = start, []
        for x_t in x:
            state = tf.tanh(w_xh * x_t + w_hh * state + b)
            states.append(state)
    expected = [float(tape.gradient(state, start)) for state in states]
    h, dh_dh0 = toy_rnn(x, h0, w_xh, w_hh, b)
    np.testing.assert_allclose(h, [float(state) for state in states], rtol=0, atol=1e-10)
    np.testing.assert_allclose(dh_dh0, expected, rtol=0, atol=1e-10)


def test_toy_rnn_is_an_rnn_of_one_unit() -> None:
    x = np.random.default_rng(3).standard_normal(6)
    h, _ = toy_rnn(x, h0=0.3, w_xh=2.0, w_hh=-0.7, b=0.4)
    full = rnn_sequence(
        x[None, :, None],
        np.array([[0.3]]),
        np.array([[2.0]]),
        np.array([[-0.7]]),
        np.array([0.4]),
    )
    np.testing.assert_allclose(h, full[0, :, 0], rtol=1e-14)


def test_toy_rnn_saturates_and_forgets() -> None:
    # Inputs of ordinary size drive tanh to its end, where the factor 3 (1 - h^2) is below 1/100.
    _, dh_dh0 = toy_rnn(np.ones(10), h0=0.0, w_xh=2.0, w_hh=3.0, b=1.0)
    assert (np.abs(dh_dh0[1:]) < 0.01 * np.abs(dh_dh0[:-1])).all()


def test_norms_by_hand() -> None:
    # (3, 4) W_h^T with W_h = [[0, 1/2], [2, 0]]: W_h^T = [[0, 2], [1/2, 0]].
    #   l = 0: (3, 4), norm 5;  l = 1: (4/2, 3 * 2) = (2, 6), norm sqrt 40 (with W_h in place of
    #   W_h^T it would be (8, 1.5));  l = 2: (6/2, 2 * 2) = (3, 4), norm 5 again.
    norms = gradient_norms(np.array([3.0, 4.0]), np.array([[0.0, 0.5], [2.0, 0.0]]), steps=2)
    np.testing.assert_allclose(norms, [5.0, np.sqrt(40.0), 5.0], rtol=1e-14)


def test_norms_are_automatic_differentiation() -> None:
    rng = np.random.default_rng(4)
    H, steps = 5, 4
    W_h, dh = rng.standard_normal((H, H)), rng.standard_normal(H)
    h = [tf.constant(rng.standard_normal((1, H)))]
    with tf.GradientTape() as tape:
        tape.watch(h[0])
        for _ in range(steps):
            h.append(h[-1] @ W_h)
        loss = tf.reduce_sum(h[-1] * dh)
    gradients = tape.gradient(loss, h[::-1])
    expected = [float(tf.norm(g)) for g in gradients]
    np.testing.assert_allclose(gradient_norms(dh, W_h, steps), expected, rtol=1e-10)


@pytest.mark.parametrize("radius", [0.5, 1.0, 2.0])
def test_an_eigenvalue_decides(radius: float) -> None:
    # radius times a rotation: every eigenvalue has modulus `radius`, every step back scales by it.
    orthogonal, _ = np.linalg.qr(np.random.default_rng(5).standard_normal((4, 4)))
    dh = np.array([1.0, -2.0, 0.5, 3.0])
    norms = gradient_norms(dh, radius * orthogonal, steps=8)
    np.testing.assert_allclose(norms, np.linalg.norm(dh) * radius ** np.arange(9), rtol=1e-12)


def test_no_step_back_is_the_gradient_itself() -> None:
    dh = np.array([3.0, -4.0])
    np.testing.assert_allclose(gradient_norms(dh, np.eye(2) * 9.0, steps=0), [5.0])
    np.testing.assert_array_equal(dh, [3.0, -4.0])
