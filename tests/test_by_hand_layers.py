"""What layers compute, in NumPy, against Keras's layers and lmkit's cells."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from keras_oracle import LSTM as KERAS_LSTM

from lmkit.by_hand import (
    bidirectional_lstm,
    count_parameters,
    lstm_cell,
    lstm_weights,
    mut1_cell,
    mut1_step,
    stacked_lstm,
)
from lmkit.by_hand.types import Array
from lmkit.cells import MUT1Cell
from lmkit.layers import RNN

N, T, D, H, U = 3, 5, 4, 6, 2


def weights(rng: np.random.Generator, inputs: int, units: int) -> tuple[Array, ...]:
    shapes = ((inputs, 4 * units), (units, 4 * units), (4 * units,))
    return tuple(rng.standard_normal(shape) for shape in shapes)


def in_keras_order(arrays: tuple[Array, ...]) -> list[Array]:
    return [KERAS_LSTM.reorder(array) for array in arrays]


def keras_lstm(units: int, **options: Any) -> Any:
    return keras.layers.LSTM(units, return_sequences=True, dtype="float64", **options)


@pytest.mark.parametrize("given", [True, False])
def test_a_cell_over_time_is_keras_lstm(given: bool) -> None:
    rng = np.random.default_rng(0)
    x, arrays = rng.standard_normal((N, T, D)), weights(rng, D, H)
    h0, c0 = rng.standard_normal((2, N, H))
    layer = keras_lstm(H, return_state=True)
    layer.build(x.shape)
    layer.set_weights(in_keras_order(arrays))
    right = layer(x, initial_state=[h0, c0]) if given else layer(x)
    h, c = lstm_cell(x, h0, c0, *arrays) if given else lstm_cell(x, None, None, *arrays)
    np.testing.assert_allclose(h, right[0], atol=1e-12)
    np.testing.assert_allclose(c, right[2], atol=1e-12)


def test_both_ways_is_keras_bidirectional() -> None:
    rng = np.random.default_rng(1)
    x, there, back = rng.standard_normal((N, T, D)), weights(rng, D, H), weights(rng, D, H)
    layer = keras.layers.Bidirectional(keras_lstm(H), dtype="float64")
    layer.build(x.shape)
    layer.set_weights([*in_keras_order(there), *in_keras_order(back)])
    np.testing.assert_allclose(bidirectional_lstm(x, *there, *back), layer(x), atol=1e-12)


def test_a_stack_is_keras_layers_one_after_the_other() -> None:
    rng = np.random.default_rng(2)
    x, low, up = rng.standard_normal((N, T, D)), weights(rng, D, H), weights(rng, H, U)
    model = keras.Sequential([keras.Input((T, D)), keras_lstm(H), keras_lstm(U)])
    model.set_weights([*in_keras_order(low), *in_keras_order(up)])
    np.testing.assert_allclose(stacked_lstm(x, *low, *up), model(x), atol=1e-6)


def test_mut1_is_the_cell_that_layers_run() -> None:
    rng = np.random.default_rng(3)
    x, h0 = rng.standard_normal((N, T, D)), rng.standard_normal((N, H))
    arrays = {name: rng.standard_normal((D, H)) for name in ("W_in", "W_xz", "W_xr")}
    arrays |= {name: rng.standard_normal((H, H)) for name in ("W_hr", "W_hh")}
    arrays |= {name: rng.standard_normal(H) for name in ("b_z", "b_r", "b_h")}
    cell = MUT1Cell(H, dtype="float64")
    layer = RNN(cell, return_sequences=True, dtype="float64")
    layer.build(x.shape)
    for name, array in arrays.items():
        getattr(cell, name).assign(array)
    np.testing.assert_allclose(mut1_cell(x, h0, **arrays), layer(x, initial_state=h0), atol=1e-12)


def test_mut1_by_hand() -> None:
    # z = sigma(0) = 1/2 and r = sigma(0) = 1/2, so the candidate is
    # tanh(1/2 * 2 * 0.3 + tanh(0) + 0.2) = tanh(0.5), and h = tanh(0.5) / 2 + 2 / 2.
    zero, one = np.zeros((1, 1)), np.ones((1, 1))
    h = mut1_step(zero, 2 * one, one, one, one, zero, 0.3 * one, *np.array([[0.0], [0.0], [0.2]]))
    assert h.item() == pytest.approx(np.tanh(0.5) / 2 + 1, abs=1e-14)


@pytest.mark.parametrize(("inputs", "units"), [(3, 5), (100, 100)])
def test_parameters_are_as_many_as_keras_counts(inputs: int, units: int) -> None:
    kinds = keras.layers
    layers: list[Any] = [
        kinds.SimpleRNN(units),
        kinds.LSTM(units),
        kinds.GRU(units, reset_after=False),
        kinds.Bidirectional(kinds.LSTM(units)),
        kinds.RNN([kinds.LSTMCell(units), kinds.LSTMCell(units)]),
    ]
    for layer in layers:
        layer.build((N, T, inputs))
    assert count_parameters(inputs, units) == tuple(layer.count_params() for layer in layers)


def test_deck_4_counts_the_matrix_alone() -> None:
    # W is 4h x 2h: with h = 100 that is 400 x 200; the biases add 400.
    assert count_parameters(100, 100)[1] == 400 * 200 + 400


def test_first_weights_have_glorots_limits_and_a_forget_bias() -> None:
    W_x, W_h, b = lstm_weights(50, 30)
    assert (W_x.shape, W_h.shape) == ((50, 120), (30, 120))
    # sqrt(6 / (50 + 120)) = 0.1879 and sqrt(6 / (30 + 120)) = 0.2: reached, and not passed.
    assert 0.185 < np.abs(W_x).max() <= 0.18787
    assert 0.196 < np.abs(W_h).max() <= 0.2
    assert abs(W_x.mean()) < 0.01
    np.testing.assert_array_equal(b[30:60], 1)
    assert np.count_nonzero(b) == 30
    assert not np.array_equal(W_x, lstm_weights(50, 30)[0])
