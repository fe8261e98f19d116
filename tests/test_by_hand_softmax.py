"""Softmax and cross entropy: properties, hand arithmetic, TensorFlow."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from lmkit.by_hand import (
    cross_entropy,
    cross_entropy_backward,
    gradient_check,
    log_softmax,
    softmax,
)
from lmkit.by_hand.types import Array, IntArray

SCORES = arrays(
    np.float64,
    array_shapes(min_dims=1, max_dims=3, max_side=7),
    elements=st.floats(-1e4, 1e4),
)


def draw(seed: int) -> tuple[Array, IntArray]:
    """Random logits (3, 4, 6) and targets (3, 4)."""
    rng = np.random.default_rng(seed)
    return 2 * rng.standard_normal((3, 4, 6)), rng.integers(0, 6, size=(3, 4))


@settings(deadline=None)
@given(SCORES)
def test_rows_are_distributions(logits: Array) -> None:
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        y_hat = softmax(logits)
    assert y_hat.shape == logits.shape
    assert (y_hat >= 0).all()
    np.testing.assert_allclose(y_hat.sum(axis=-1), 1.0, rtol=1e-12)


@settings(deadline=None)
@given(SCORES, st.floats(-1e4, 1e4))
def test_a_shift_of_all_scores_changes_nothing(logits: Array, shift: float) -> None:
    # 1e-10: the sum logits + shift, up to 2e4, is itself rounded by up to 2e-12.
    np.testing.assert_allclose(softmax(logits + shift), softmax(logits), rtol=1e-10, atol=1e-300)
    np.testing.assert_allclose(log_softmax(logits + shift), log_softmax(logits), atol=1e-10)


@settings(deadline=None)
@given(SCORES)
def test_log_softmax_is_finite_and_the_log_of_softmax(logits: Array) -> None:
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        log_y_hat = log_softmax(logits)
    assert np.isfinite(log_y_hat).all()
    np.testing.assert_allclose(np.exp(log_y_hat), softmax(logits), atol=1e-11)


def test_softmax_by_hand() -> None:
    # exp of log 1, log 2, log 5 is 1, 2, 5: eighths.
    logits = np.log([[1.0, 2.0, 5.0], [5.0, 5.0, 30.0]])
    expected = [[0.125, 0.25, 0.625], [0.125, 0.125, 0.75]]
    np.testing.assert_allclose(softmax(logits), expected, rtol=1e-14)
    np.testing.assert_allclose(log_softmax(logits), np.log(expected), rtol=1e-14)


def test_log_softmax_where_the_probability_underflows() -> None:
    # exp(-1e4) is 0 in float64; the log probability is still -1e4.
    np.testing.assert_array_equal(log_softmax(np.array([1e4, 0.0])), [0.0, -1e4])


def test_cross_entropy_by_hand() -> None:
    # Tokens 1 and 2 came, with probabilities 1/4 and 3/4: J = -(log 1/4 + log 3/4) / 2.
    # dJ/ds = (y_hat - y) / 2, row by row.
    logits = np.log([[[1.0, 2.0, 5.0], [5.0, 5.0, 30.0]]])
    targets = np.array([[1, 2]])
    assert cross_entropy(logits, targets) == pytest.approx(0.8369882168, abs=1e-10)
    np.testing.assert_allclose(
        cross_entropy_backward(logits, targets),
        [[[0.0625, -0.375, 0.3125], [0.0625, 0.0625, -0.125]]],
        rtol=1e-14,
    )


@pytest.mark.parametrize("V", [2, 7, 50])
def test_equal_scores_cost_log_V(V: int) -> None:
    logits = np.full((2, 3, V), 4.2)
    targets = np.random.default_rng(V).integers(0, V, size=(2, 3))
    assert cross_entropy(logits, targets) == pytest.approx(np.log(V), rel=1e-14)


@pytest.mark.parametrize("seed", [0, 1])
def test_loss_and_gradient_are_tensorflows(seed: int) -> None:
    logits, targets = draw(seed)
    scores = tf.constant(logits)
    with tf.GradientTape() as tape:
        tape.watch(scores)
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(targets, scores))
    np.testing.assert_allclose(softmax(logits), tf.nn.softmax(scores), rtol=0, atol=1e-10)
    np.testing.assert_allclose(log_softmax(logits), tf.nn.log_softmax(scores), rtol=0, atol=1e-10)
    assert cross_entropy(logits, targets) == pytest.approx(float(loss), abs=1e-10)
    expected = tape.gradient(loss, scores)
    gradient = cross_entropy_backward(logits, targets)
    np.testing.assert_allclose(gradient, expected, rtol=0, atol=1e-10)


def test_gradient_is_finite_differences() -> None:
    # Scores near 0, so that no probability is tiny: the quotient is off by the rounding of the
    # loss, about 1e-11, which is more than 1e-7 of a gradient below 1e-4.
    logits, targets = draw(2)
    logits /= 8
    gradient = cross_entropy_backward(logits, targets)
    check = gradient_check(lambda: cross_entropy(logits, targets), logits, gradient)
    assert check.relative_error < 1e-7, str(check)
