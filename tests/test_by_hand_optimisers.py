"""Each optimiser's updates, five in a row, against Keras's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest

from lmkit.by_hand import (
    adagrad_update,
    adam_update,
    adamw_update,
    momentum_update,
    rmsprop_update,
    sgd_update,
)
from lmkit.by_hand.types import Array

SHAPE = (3, 5)
TINY = 1e-13
"""Keras adds epsilon elsewhere; so small, it makes no difference that can be measured here."""


def gradients() -> list[Array]:
    rng = np.random.default_rng(0)
    return [rng.standard_normal(SHAPE) for _ in range(5)]


def weights() -> Array:
    return np.random.default_rng(1).standard_normal(SHAPE)


def by_keras(optimiser: Any) -> list[Array]:
    """The weights after each update."""
    variable = keras.Variable(weights(), dtype="float64")
    path = []
    for g in gradients():
        optimiser.apply([keras.ops.convert_to_tensor(g, dtype="float64")], [variable])
        path.append(np.array(keras.ops.convert_to_numpy(variable)))
    return path


def by_hand(update: Callable[..., Any], memories: int, *settings: float) -> list[Array]:
    """Likewise; an update takes w, its memories, g and, for Adam, t."""
    w, memory, path = weights(), [np.zeros(SHAPE)] * memories, []
    for t, g in enumerate(gradients(), start=1):
        number = (t,) if update in (adam_update, adamw_update) else ()
        result = update(w, *memory, g, *number, *settings)
        w, *memory = result if memories else (result,)
        path.append(w)
    return path


@pytest.fixture(autouse=True, scope="module")
def in_float64() -> Any:
    before = keras.config.floatx()
    keras.config.set_floatx("float64")
    yield
    keras.config.set_floatx(before)


@pytest.mark.parametrize(
    ("optimiser", "update", "memories", "settings"),
    [
        (lambda k: k.SGD(0.3), sgd_update, 0, (0.3,)),
        (lambda k: k.SGD(0.3, momentum=0.8), momentum_update, 1, (0.3, 0.8)),
        (
            lambda k: k.Adagrad(0.3, initial_accumulator_value=0.0, epsilon=TINY),
            adagrad_update,
            1,
            (0.3, TINY),
        ),
        (lambda k: k.RMSprop(0.3, rho=0.8, epsilon=TINY), rmsprop_update, 1, (0.3, 0.8, TINY)),
        (
            lambda k: k.Adam(0.3, beta_1=0.8, beta_2=0.95, epsilon=TINY),
            adam_update,
            2,
            (0.3, 0.8, 0.95, TINY),
        ),
        (
            lambda k: k.AdamW(0.3, weight_decay=0.1, beta_1=0.8, beta_2=0.95, epsilon=TINY),
            adamw_update,
            2,
            (0.3, 0.8, 0.95, TINY, 0.1),
        ),
    ],
    ids=["sgd", "momentum", "adagrad", "rmsprop", "adam", "adamw"],
)
def test_five_updates_are_keras_s(
    optimiser: Any, update: Any, memories: int, settings: tuple[float, ...]
) -> None:
    ours = by_hand(update, memories, *settings)
    for mine, theirs in zip(ours, by_keras(optimiser(keras.optimizers)), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=0, atol=1e-6)


def test_adam_s_first_step_is_the_rate_whatever_the_gradient() -> None:
    # m_hat = g and s_hat = g^2, so the step is rate g / (|g| + epsilon).
    zero = np.zeros(3)
    w, m, s = adam_update(zero, zero, zero, np.array([1e-3, -5.0, 200.0]), 1, 0.1, 0.9, 0.99, 1e-9)
    np.testing.assert_allclose(w, [-0.1, 0.1, -0.1], rtol=1e-5)
    np.testing.assert_allclose(m, [1e-4, -0.5, 20.0])
    np.testing.assert_allclose(s, [1e-8, 0.25, 400.0])


def test_epsilon_stands_behind_the_root() -> None:
    # s = 4 after the update, so the step is 2 / (2 + 6) of the rate.
    four, two, zero = np.array([4.0]), np.array([2.0]), np.zeros(1)
    w, s = adagrad_update(zero, zero, two, 1.0, 6.0)
    np.testing.assert_allclose((w, s), ([-0.25], [4.0]))
    w, s = rmsprop_update(zero, four, two, 1.0, 0.5, 6.0)
    np.testing.assert_allclose((w, s), ([-0.25], [4.0]))
    w, *_ = adam_update(zero, zero, zero, two, 1, 1.0, 0.5, 0.5, 6.0)
    np.testing.assert_allclose(w, [-0.25])


def test_adagrad_stalls_and_rmsprop_does_not() -> None:
    # Under the same gradient again and again: Adagrad's steps are rate / sqrt(t), RMSprop's rate.
    g, zero = np.ones(1), np.zeros(1)
    ada, rms = (zero, zero), (zero, zero)
    for _ in range(400):
        before = ada[0], rms[0]
        ada = adagrad_update(*ada, g, 0.1, 1e-12)
        rms = rmsprop_update(*rms, g, 0.1, 0.9, 1e-12)
    assert float(before[0][0] - ada[0][0]) == pytest.approx(0.1 / 20)
    assert float(before[1][0] - rms[0][0]) == pytest.approx(0.1)


def test_adamw_s_decay_takes_the_same_share_of_every_weight() -> None:
    # With no gradient Adam stands still, and w shrinks by 1 - rate decay.
    w, zero = np.array([1.0, -20.0, 0.3]), np.zeros(3)
    shrunk, m, s = adamw_update(w, zero, zero, zero, 1, 0.5, 0.9, 0.99, 1e-8, 0.2)
    np.testing.assert_allclose(shrunk, 0.9 * w)
    assert not m.any() and not s.any()
