"""What each kind of noise does to a layer, seen from outside."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from lmkit.cells import GRUCell, LSTMCell
from lmkit.layers import GRU, LSTM, RNN, SimpleRNN

N, T, D, H = 3, 7, 50, 60
ONES = np.ones((N, T, D), "float32")


@keras.saving.register_keras_serializable(package="test")
class Echo(keras.layers.Layer):  # type: ignore[misc]
    """Gives back its input, and counts in its state."""

    state_size = D

    def call(self, x: Any, states: Any) -> Any:
        return x, [states[0] + 1]


def test_locked_dropout_is_one_mask_for_all_steps_and_a_sequence_has_its_own() -> None:
    out = np.asarray(RNN(Echo(), return_sequences=True, dropout=0.4)(ONES, training=True))
    assert set(np.unique(out)) == {0, np.float32(1 / 0.6)}
    assert (out == out[:, :1]).all()
    assert not (out[0] == out[1]).all()
    assert abs(out.mean() - 1) < 0.25


def test_dropout_that_is_not_locked_is_new_at_every_step() -> None:
    layer = RNN(Echo(), return_sequences=True, dropout=0.4, locked=False)
    out = np.asarray(layer(ONES, training=True))
    assert not (out[:, 0] == out[:, 1]).all()
    assert abs(out.mean() - 1) < 0.1


def test_a_new_mask_each_call_and_none_at_test() -> None:
    layer = RNN(Echo(), dropout=0.4)
    first, second = (np.asarray(layer(ONES, training=True)) for _ in range(2))
    assert not (first == second).all()
    assert (np.asarray(layer(ONES)) == 1).all()


def test_zoneout_keeps_single_units_and_in_expectation_at_test() -> None:
    layer = RNN(Echo(), return_state=True, zoneout=0.25)
    _, counted = layer(ONES, training=True)
    counted = np.asarray(counted)
    assert set(np.unique(counted)) <= set(range(T + 1))
    assert abs(counted.mean() - 0.75 * T) < 0.5
    _, expected = layer(ONES)
    np.testing.assert_allclose(np.asarray(expected), 0.75 * T, rtol=1e-6)


def test_zoneout_for_each_state_alone() -> None:
    layer = LSTM(H, return_state=True, return_sequences=True, zoneout=(0.0, 0.9))
    x = np.random.default_rng(0).standard_normal((N, 1, D))
    _, _, c = layer(x, training=True)
    share = (np.asarray(c) == 0).mean()
    assert 0.8 < share < 0.97  # c starts with 0, and nine in ten stay there


@pytest.mark.parametrize("make", [SimpleRNN, LSTM, GRU])
def test_recurrent_dropout_is_a_mask_on_h_where_it_meets_the_matrix(make: Any) -> None:
    """With W_x = 0 and b = 0 one step depends on h W_h alone, so a mask can be read."""
    layer = make(H, recurrent_dropout=0.5)
    layer.build((N, 1, D))
    W_x, W_h, b, *_ = layer.get_weights()
    layer.set_weights([0 * W_x, W_h, 0 * b])
    h = np.random.default_rng(1).standard_normal((N, H)).astype("float32")
    states = [h, np.zeros_like(h)] if make is LSTM else [h]
    out = np.asarray(layer(ONES[:, :1], initial_state=states, training=True))
    plain = np.asarray(layer(ONES[:, :1], initial_state=states))
    assert not np.allclose(out, plain)
    if make is SimpleRNN:
        masked = np.linalg.solve(W_h.T.astype(float), np.arctanh(out.astype(float)).T).T
        ratio = masked / h
        assert np.minimum(abs(ratio), abs(ratio - 2)).max() < 0.05
        assert 0.3 < (ratio > 1).mean() < 0.7


def test_weight_drop_drops_entries_of_the_recurrent_matrix_for_the_whole_batch() -> None:
    layer = SimpleRNN(H, weight_drop=0.5)
    layer.build((N, 1, D))
    W_x, W_h, b = layer.get_weights()
    layer.set_weights([0 * W_x, 0 * W_h + 0.01, b])
    out = np.asarray(layer(ONES[:, :1], initial_state=[np.ones((N, H))], training=True))
    np.testing.assert_array_equal(out[0], out[1])
    assert len(np.unique(out)) > 5
    np.testing.assert_allclose(np.arctanh(out).mean(), 0.01 * H, rtol=0.1)


def test_noise_is_seeded() -> None:
    def out(seed: Any) -> Any:
        layer = LSTM(H, dropout=0.2, recurrent_dropout=0.2, weight_drop=0.2, zoneout=0.2, seed=seed)
        layer.build((N, T, D))
        rng = np.random.default_rng(0)
        layer.set_weights([rng.standard_normal(w.shape) for w in layer.weights])
        return np.asarray(layer(ONES, training=True))

    np.testing.assert_array_equal(out(3), out(3))
    assert not np.allclose(out(3), out(4))


def test_in_a_stack_every_cells_input_is_dropped() -> None:
    cells = [LSTMCell(H), GRUCell(H)]
    noisy = RNN(cells, dropout=0.5, return_sequences=True)
    plain = RNN(cells, return_sequences=True)
    x = np.zeros((N, T, D), "float32")  # dropout on zeros does nothing: what differs is cell 2's
    cells[0].build((N, D))
    cells[1].build((N, H))
    rng = np.random.default_rng(0)
    for cell in cells:
        cell.set_weights([rng.standard_normal(w.shape) for w in cell.weights])
    assert not np.allclose(noisy(x, training=True), plain(x))
