"""Xavier initialisation: the variance of the weights, and of what passes through them."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from lmkit.by_hand import xavier_normal, xavier_uniform
from lmkit.by_hand.types import Array


def draw_normal(rng: np.random.Generator, n_in: int, n_out: int) -> Array:
    return xavier_normal(rng.standard_normal((n_in, n_out)))


def draw_uniform(rng: np.random.Generator, n_in: int, n_out: int) -> Array:
    return xavier_uniform(rng.random((n_in, n_out)))


BOTH = pytest.mark.parametrize("draw", [draw_normal, draw_uniform])


@BOTH
@pytest.mark.parametrize(("n_in", "n_out"), [(300, 100), (100, 300)])
def test_mean_and_variance(draw, n_in: int, n_out: int) -> None:  # type: ignore[no-untyped-def]
    W = draw(np.random.default_rng(0), n_in, n_out)
    # 30,000 numbers: the variance is known to sqrt(2 / 30000) = 0.8 %, the mean to 0.0004.
    assert W.var() == pytest.approx(2 / 400, rel=0.03)
    assert W.mean() == pytest.approx(0, abs=0.0016)


def test_uniform_weights_reach_to_keras_s_bound_and_no_further() -> None:
    rng = np.random.default_rng(1)
    ours = draw_uniform(rng, 70, 30)
    theirs = keras.ops.convert_to_numpy(keras.initializers.GlorotUniform(seed=1)((70, 30)))
    bound = np.sqrt(6 / 100)
    for W in (ours, theirs):
        assert 0.99 * bound < np.abs(W).max() <= bound
        assert W.min() < 0 < W.max()


def test_the_first_and_the_last_random_number() -> None:
    # n_in + n_out = 6, so a = 1: u = 0 is -1, u = 1/2 is 0, u = 3/4 is 1/2.
    u = np.array([[0.0, 0.5], [0.75, 0.25], [0.0, 0.0], [0.5, 0.5]])
    np.testing.assert_allclose(xavier_uniform(u)[:2], [[-1.0, 0.0], [0.5, -0.5]], atol=1e-15)
    # Var = 2 / 8 for (4, 4): half of z.
    z = np.arange(16.0).reshape(4, 4)
    np.testing.assert_allclose(xavier_normal(z), z / 2)


@BOTH
def test_a_signal_keeps_its_size_through_ten_layers(draw) -> None:  # type: ignore[no-untyped-def]
    rng = np.random.default_rng(2)
    x = rng.standard_normal((200, 100))
    kept, small = x, x
    for _ in range(10):
        W = draw(rng, 100, 100)
        kept, small = kept @ W, small @ (0.5 * W)
    assert 0.5 < kept.std() < 2
    # Half as large in each of ten layers: 2^-10.
    assert small.std() < 0.002
