"""The fixed-window language model against Keras, automatic differentiation and hand arithmetic."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from lmkit.by_hand import (
    embed,
    embed_backward,
    gradient_check,
    ngrams,
    window_backward,
    window_forward,
    window_loss,
    windows,
    xavier_uniform,
)
from lmkit.by_hand.types import Array, IntArray

Weights = tuple[Array, ...]


def draw(seed: int, words: int = 3, V: int = 6, D: int = 4, H: int = 5) -> Weights:
    """E, W, b_1, U, b_2 of sizes that all differ."""
    rng = np.random.default_rng(seed)
    shapes = [(V, D), (words * D, H), (H,), (H, V), (V,)]
    return tuple(rng.standard_normal(shape) for shape in shapes)


def draw_text(seed: int, N: int = 7, words: int = 3, V: int = 6) -> tuple[IntArray, IntArray]:
    """Contexts and targets. N * words > V: some words come twice."""
    rng = np.random.default_rng(seed)
    return rng.integers(V, size=(N, words)), rng.integers(V, size=N)


def test_windows_of_two_sentences_by_hand() -> None:
    # <s> is 9 and </s> is 8; n = 3, so two words are read.
    contexts, targets = windows([[4, 5], [6]], n=3, start=9, end=8)
    assert contexts.tolist() == [[9, 9], [9, 4], [4, 5], [9, 9], [9, 6]]
    assert targets.tolist() == [4, 5, 8, 6, 8]


@pytest.mark.parametrize("n", [2, 3, 5])
def test_windows_are_the_n_grams_of_homework_one(n: int) -> None:
    rng = np.random.default_rng(n)
    sentences = [rng.integers(2, 30, size=T).tolist() for T in (1, 4, 9)]
    contexts, targets = windows(sentences, n, start=0, end=1)
    names = {0: "<s>", 1: "</s>", **{i: str(i) for i in range(2, 30)}}
    expected = [g for s in sentences for g in ngrams([names[w] for w in s], n)]
    rows = np.column_stack([contexts, targets]).tolist()
    assert [tuple(names[w] for w in row) for row in rows] == expected


def test_embeddings_stand_side_by_side_in_the_order_of_the_text() -> None:
    E = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    e = embed(np.array([[2, 0, 2], [1, 2, 0]]), E)
    np.testing.assert_array_equal(e, [[5, 6, 1, 2, 5, 6], [3, 4, 5, 6, 1, 2]])


@pytest.mark.parametrize("seed", [0, 1])
def test_forward_is_a_keras_model(seed: int) -> None:
    E, W, b_1, U, b_2 = draw(seed)
    contexts, _ = draw_text(seed)
    model = tf.keras.Sequential(
        [
            tf.keras.Input((3,), dtype="int32"),
            tf.keras.layers.Embedding(6, 4, dtype="float64"),
            tf.keras.layers.Flatten(dtype="float64"),
            tf.keras.layers.Dense(5, activation="tanh", dtype="float64"),
            tf.keras.layers.Dense(6, activation="softmax", dtype="float64"),
        ]
    )
    model.set_weights([E, W, b_1, U, b_2])
    _, y_hat = window_forward(contexts, E, W, b_1, U, b_2)
    np.testing.assert_allclose(y_hat, model(contexts).numpy(), rtol=0, atol=1e-12)


def test_scores_of_a_thousand_do_not_overflow() -> None:
    E, W, b_1, U, b_2 = draw(2)
    contexts, _ = draw_text(2)
    _, y_hat = window_forward(contexts, E, W, b_1, U, b_2)
    _, moved = window_forward(contexts, E, W, b_1, U, b_2 + 1000)
    np.testing.assert_allclose(moved, y_hat, rtol=1e-9)


@pytest.mark.parametrize("seed", [3, 4])
def test_loss_and_gradients_are_automatic_differentiation(seed: int) -> None:
    weights = draw(seed)
    contexts, targets = draw_text(seed)
    variables = [tf.constant(w) for w in weights]
    E, W, b_1, U, b_2 = variables
    with tf.GradientTape() as tape:
        tape.watch(variables)
        e = tf.concat([tf.gather(E, contexts[:, i]) for i in range(3)], axis=1)
        s = tf.tanh(e @ W + b_1) @ U + b_2
        J = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(targets, s))
    assert window_loss(contexts, targets, *weights) == pytest.approx(float(J), abs=1e-12)
    ours = window_backward(contexts, targets, *weights)
    for mine, theirs in zip(ours, tape.gradient(J, variables), strict=True):
        np.testing.assert_allclose(mine, tf.convert_to_tensor(theirs), rtol=0, atol=1e-12)


def test_gradients_are_finite_differences() -> None:
    weights = tuple(0.5 * w for w in draw(5))
    contexts, targets = draw_text(5)
    gradients = window_backward(contexts, targets, *weights)
    for parameter, gradient in zip(weights, gradients, strict=True):
        check = gradient_check(
            lambda: window_loss(contexts, targets, *weights), parameter, gradient
        )
        assert check.relative_error < 1e-6, str(check)


def test_a_word_that_comes_twice_collects_twice() -> None:
    # Word 1 stands first and last in the first window: 1 + 5 and 2 + 6; word 3 nowhere.
    de = np.array([[1.0, 2, 3, 4, 5, 6], [7.0, 8, 9, 10, 11, 12]])
    dE = embed_backward(de, np.array([[1, 0, 1], [2, 0, 2]]), V=4)
    np.testing.assert_array_equal(dE, [[3 + 9, 4 + 10], [6, 8], [7 + 11, 8 + 12], [0, 0]])


def test_a_model_without_weights_has_perplexity_v() -> None:
    contexts, targets = draw_text(6)
    nothing = tuple(np.zeros_like(w) for w in draw(6))
    assert np.exp(window_loss(contexts, targets, *nothing)) == pytest.approx(6, rel=1e-14)


def test_a_few_steps_downhill_lower_the_loss() -> None:
    rng = np.random.default_rng(7)
    weights = [xavier_uniform(rng.uniform(size=w.shape)) if w.ndim == 2 else w for w in draw(7)]
    contexts, targets = draw_text(7)
    losses = []
    for _ in range(5):
        losses.append(window_loss(contexts, targets, *weights))
        gradients = window_backward(contexts, targets, *weights)
        weights = [w - 0.1 * g for w, g in zip(weights, gradients, strict=True)]
    assert losses == sorted(losses, reverse=True)
