"""The loss beside lmkit.by_hand, and its written-out gradient beside TensorFlow's own."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from lmkit import by_hand
from lmkit.losses import cross_entropy, log_likelihood

N, T, V = 3, 4, 7


def some(seed: int, scale: float = 2.0) -> tuple[np.ndarray, np.ndarray]:
    """Logits (N, T, V) in float64, and targets (N, T)."""
    random = np.random.default_rng(seed)
    return scale * random.standard_normal((N, T, V)), random.integers(V, size=(N, T))


def test_log_likelihood_is_that_of_the_lecture() -> None:
    logits, targets = some(1)
    log_p = np.asarray(log_likelihood(tf.constant(logits), targets))
    every = by_hand.log_softmax(logits)
    expected = [[every[n, t, targets[n, t]] for t in range(T)] for n in range(N)]
    np.testing.assert_allclose(log_p, expected, rtol=1e-12)
    np.testing.assert_allclose(np.asarray(cross_entropy(targets, logits)), -log_p, rtol=1e-6)


@pytest.mark.parametrize("compiled", ["eagerly", "in a graph", "by XLA"])
def test_gradient_is_the_one_written_out_and_that_of_autodiff(compiled: str) -> None:
    logits, targets = some(2)
    z, weights = tf.constant(logits), tf.constant(np.random.default_rng(3).random((N, T)))

    def gradients() -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(z)
            J = -tf.reduce_mean(log_likelihood(z, targets))
            ours = -tf.reduce_sum(weights * log_likelihood(z, targets))
            theirs = tf.reduce_sum(
                weights * tf.nn.sparse_softmax_cross_entropy_with_logits(targets, z)
            )
        return tape.gradient(J, z), tape.gradient(ours, z), tape.gradient(theirs, z)

    run = {
        "eagerly": gradients,
        "in a graph": tf.function(gradients),
        "by XLA": tf.function(gradients, jit_compile=True),
    }[compiled]
    dJ, ours, theirs = (np.asarray(g) for g in run())
    np.testing.assert_allclose(dJ, by_hand.cross_entropy_backward(logits, targets), atol=1e-14)
    np.testing.assert_allclose(ours, theirs, atol=1e-14)


def test_great_and_hopeless_scores_stay_finite() -> None:
    # exp(800) is beyond float64. log p = -1600 for the word that came in the first row, 0 in the
    # second: there its gradient is exactly 0.
    z = tf.constant([[[800.0, -800.0], [800.0, -800.0]]])
    with tf.GradientTape() as tape:
        tape.watch(z)
        log_p = log_likelihood(z, [[1, 0]])
    np.testing.assert_array_equal(log_p, [[-1600.0, 0.0]])
    np.testing.assert_array_equal(tape.gradient(log_p, z), [[[-1.0, 1.0], [0.0, 0.0]]])


def test_half_precision_is_summed_in_single() -> None:
    # 5,000 equal words: a sum of ones in float16 stays at 2,048.
    log_p = log_likelihood(tf.zeros((1, 1, 5000), tf.float16), [[7]])
    assert keras.backend.standardize_dtype(log_p.dtype) == "float32"
    np.testing.assert_allclose(np.asarray(log_p), [[-np.log(5000)]], rtol=1e-6)


def test_sizes_may_be_known_later() -> None:
    logits, targets = some(4)
    later = tf.function(
        log_likelihood,
        input_signature=[
            tf.TensorSpec((None, None, V), tf.float64),
            tf.TensorSpec((None, None), tf.int64),
        ],
    )
    for n, t in ((N, T), (1, 2)):
        piece = later(logits[:n, :t], targets[:n, :t])
        np.testing.assert_allclose(piece, log_likelihood(logits[:n, :t], targets[:n, :t]))
