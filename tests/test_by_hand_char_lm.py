"""The character model whole: its loss and every gradient."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from keras_oracle import RNN, keras_sequence

from lmkit.by_hand import char_lm_gradients, gradient_check
from lmkit.by_hand.types import Array, IntArray

Weights = tuple[Array, Array, Array, Array, Array, Array]


def draw(
    seed: int, N: int = 2, T: int = 7, H: int = 4, V: int = 5, scale: float = 1.0
) -> tuple[IntArray, IntArray, Weights]:
    """Inputs, targets and h0, W_x, W_h, b, W_y, b_y. N T > V: some characters come twice."""
    rng = np.random.default_rng(seed)
    text = rng.integers(0, V, size=(N, T + 1))
    shapes = [(N, H), (V, H), (H, H), (H,), (H, V), (V,)]
    h0, W_x, W_h, b, W_y, b_y = (scale * rng.standard_normal(shape) for shape in shapes)
    return text[:, :-1], text[:, 1:], (h0, W_x, W_h, b, W_y, b_y)


@pytest.mark.parametrize("seed", [0, 1])
def test_loss_and_gradients_are_automatic_differentiation(seed: int) -> None:
    # The input goes in as ids, by tf.gather: the oracle has no one-hot vectors to get wrong.
    inputs, targets, (h0, *weights) = draw(seed)
    variables = [tf.constant(w) for w in weights]
    W_x, W_h, b, W_y, b_y = variables
    losses = []
    with tf.GradientTape() as tape:
        tape.watch(variables)
        h = tf.constant(h0)
        for t in range(inputs.shape[1]):
            h = tf.tanh(tf.gather(W_x, inputs[:, t]) + h @ W_h + b)
            losses.append(
                tf.nn.sparse_softmax_cross_entropy_with_logits(targets[:, t], h @ W_y + b_y)
            )
        mean = tf.reduce_mean(losses)
    loss, *gradients = char_lm_gradients(inputs, targets, h0, *weights)
    assert loss == pytest.approx(float(mean), abs=1e-10)
    for ours, theirs in zip(gradients, tape.gradient(mean, variables), strict=True):
        np.testing.assert_allclose(ours, tf.convert_to_tensor(theirs), rtol=0, atol=1e-10)


def test_loss_is_that_of_keras_layers() -> None:
    inputs, targets, (h0, W_x, W_h, b, W_y, b_y) = draw(2)
    h, _ = keras_sequence(RNN, np.eye(W_x.shape[0])[inputs], [h0], (W_x, W_h, b))
    expected = tf.keras.losses.sparse_categorical_crossentropy(
        targets, h @ W_y + b_y, from_logits=True
    )
    loss, *_ = char_lm_gradients(inputs, targets, h0, W_x, W_h, b, W_y, b_y)
    assert loss == pytest.approx(float(np.mean(expected)), abs=1e-10)


def test_gradients_are_finite_differences() -> None:
    # Small weights and a seed without tiny gradients: the quotient is off by the rounding of the
    # loss, about 1e-16 / epsilon = 1e-11, which is more than 1e-7 of an entry below 1e-4.
    inputs, targets, (h0, *weights) = draw(3, scale=0.5)
    _, *gradients = char_lm_gradients(inputs, targets, h0, *weights)
    for parameter, gradient in zip(weights, gradients, strict=True):
        check = gradient_check(
            lambda: char_lm_gradients(inputs, targets, h0, *weights)[0], parameter, gradient
        )
        assert check.relative_error < 1e-7, str(check)


def test_hello_before_any_training() -> None:
    # "hell" -> "ello" with h, e, l, o = 0, 1, 2, 3 and all weights zero: every character gets 1/4,
    # so J = log 4. db_y: the 1/4 that each gets, minus its share among the targets e, l, l, o:
    # (1/4 - 0, 1/4 - 1/4, 1/4 - 2/4, 1/4 - 1/4). Nothing else moves: h = 0 and W_y = 0.
    loss, dW_x, dW_h, db, dW_y, db_y = char_lm_gradients(
        np.array([[0, 1, 2, 2]]),
        np.array([[1, 2, 2, 3]]),
        np.zeros((1, 3)),
        np.zeros((4, 3)),
        np.zeros((3, 3)),
        np.zeros(3),
        np.zeros((3, 4)),
        np.zeros(4),
    )
    assert loss == pytest.approx(np.log(4), rel=1e-14)
    np.testing.assert_allclose(db_y, [0.25, 0.0, -0.25, 0.0], atol=1e-15)
    for untouched in (dW_x, dW_h, db, dW_y):
        np.testing.assert_array_equal(untouched, np.zeros_like(untouched))


def test_characters_that_are_not_read_get_no_gradient() -> None:
    inputs, targets, weights = draw(4)
    read = np.unique(inputs[inputs < 3])
    inputs = np.where(inputs < 3, inputs, read[0])
    _, dW_x, *_ = char_lm_gradients(inputs, targets, *weights)
    seen = np.isin(np.arange(5), inputs)
    assert seen.any() and not seen.all()
    np.testing.assert_array_equal(dW_x.any(axis=1), seen)
