"""Inverted dropout: the mask by hand, the mean over all masks, and the way back."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import tensorflow as tf

from lmkit.by_hand import dropout, dropout_backward


def test_by_hand() -> None:
    # p = 1/4: what stays is multiplied by 4/3; u = p stays.
    x = np.array([[3.0, 6.0, -9.0], [12.0, 15.0, 18.0]])
    u = np.array([[0.1, 0.25, 0.9], [0.24, 0.5, 0.0]])
    np.testing.assert_allclose(dropout(x, u, 0.25, True), [[0, 8, -12], [0, 20, 0]])
    np.testing.assert_allclose(dropout_backward(x, u, 0.25), [[0, 8, -12], [0, 20, 0]])


def test_the_mean_over_all_masks_is_deck_two_s_test_time_and_ours() -> None:
    # Every one of the 2^4 masks, each with its probability p^dropped (1 - p)^kept.
    rng = np.random.default_rng(0)
    x, w, p = rng.standard_normal((1, 4)), rng.standard_normal(4), 0.3
    inverted = plain = total = 0.0
    for mask in product([0.0, 1.0], repeat=4):
        kept = int(sum(mask))
        weight = p ** (4 - kept) * (1 - p) ** kept
        u = np.array([mask])  # u = 0 is below p and dropped, u = 1 is kept
        inverted += weight * float((dropout(x, u, p, True) @ w)[0])
        plain += weight * float(((x * mask) @ w)[0])
        total += weight
    assert total == pytest.approx(1)
    test = dropout(x, u, p, False)
    assert inverted == pytest.approx(float((test @ w)[0]))  # ours: nothing is done at test time
    assert plain == pytest.approx(float(((1 - p) * x @ w)[0]))  # deck 2: times 1 - p at test time


def test_half_of_many_are_dropped_and_the_mean_stays() -> None:
    rng = np.random.default_rng(1)
    y = dropout(np.ones((400, 500)), rng.random((400, 500)), 0.4, True)
    # sigma of the share is sqrt(0.4 * 0.6 / 200000) = 0.0011, and of the mean 0.0018
    assert np.mean(y == 0) == pytest.approx(0.4, abs=0.006)
    assert y.mean() == pytest.approx(1, abs=0.01)


def test_neither_p_zero_nor_a_test_changes_anything() -> None:
    rng = np.random.default_rng(2)
    x = rng.standard_normal((3, 4))
    np.testing.assert_array_equal(dropout(x, rng.random((3, 4)), 0.9, False), x)
    np.testing.assert_array_equal(dropout(x, rng.random((3, 4)), 0.0, True), x)


def test_backward_is_automatic_differentiation() -> None:
    rng = np.random.default_rng(3)
    x, u, dy = (rng.random((3, 5)) for _ in range(3))
    variable = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(variable)
        y = tf.where(u < 0.6, tf.zeros_like(variable), variable / 0.4)
    expected = tape.gradient(y, variable, output_gradients=tf.constant(dy))
    np.testing.assert_allclose(dropout(x, u, 0.6, True), y)
    np.testing.assert_allclose(dropout_backward(dy, u, 0.6), expected)
