"""Each cell's step against its paper's equations in NumPy, written out again here."""

from __future__ import annotations

from typing import Any

from keras_oracle import GRU, LSTM, RNN, draw, keras_step  # first: it picks the backend

# isort: split
import keras
import numpy as np
import pytest

from lmkit.by_hand import gru_step, lstm_step, rnn_step, sigmoid
from lmkit.cells import (
    Cell,
    GRUCell,
    LSTMCell,
    MUT1Cell,
    MUT2Cell,
    MUT3Cell,
    RHNCell,
    SimpleRNNCell,
)

N, D, H = 3, 4, 6


def filled(cell: Any, inputs: Any = D, seed: Any = 0) -> Any:
    """The cell in float64, its weights drawn at random, and a dictionary of them by name."""
    cell.build((None, inputs))
    rng = np.random.default_rng(seed)
    cell.set_weights([rng.standard_normal(w.shape) for w in cell.weights])
    return cell, {w.name: w.numpy() for w in cell.weights}


def stepped(cell: Any, x: Any, *states: Any) -> Any:
    output, new = cell(keras.ops.convert_to_tensor(x), list(states))
    np.testing.assert_array_equal(output, new[0])
    return [np.asarray(s) for s in new]


def arrays(states: Any, inputs: Any = D, seed: Any = 1) -> Any:
    rng = np.random.default_rng(seed)
    return rng.standard_normal((N, inputs)), *(rng.standard_normal((N, H)) for _ in range(states))


def close(got: Any, want: Any) -> None:
    np.testing.assert_allclose(got, want, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("kind", "cell", "by_hand"),
    [(RNN, SimpleRNNCell, rnn_step), (LSTM, LSTMCell, lstm_step), (GRU, GRUCell, gru_step)],
)
def test_the_three_are_keras_and_by_hand(kind: Any, cell: Any, by_hand: Any) -> None:
    batch = draw(kind, seed=3, N=N, D=D, H=H)
    x = batch.x[:, 0]
    ours = cell(H, dtype="float64")
    ours.build(x.shape)
    ours.set_weights(batch.weights)
    got = stepped(ours, x, *batch.states)
    hand = by_hand(x, *batch.states, *batch.weights)
    for mine, his, theirs in zip(
        got,
        hand if isinstance(hand, tuple) else (hand,),
        keras_step(kind, x, batch.states, batch.weights),
        strict=True,
    ):
        close(mine, his)
        close(mine, theirs)


def test_gru_with_the_reset_after_is_kerass_default() -> None:
    cell, w = filled(GRUCell(H, reset_after=True, dtype="float64"))
    x, h = arrays(1)
    theirs = keras.layers.GRUCell(H, dtype="float64")
    theirs.build((None, D))
    flip = np.repeat([-1.0, 1.0, 1.0], H)
    bias = np.stack([w["b"] * flip, np.concatenate([np.zeros(2 * H), w["b_hh"]])])
    theirs.set_weights([w["W_x"] * flip, w["W_h"] * flip, bias])
    close(stepped(cell, x, h)[0], theirs(x, [h])[0])


@pytest.mark.parametrize("without", ["input_gate", "forget_gate", "output_gate"])
def test_an_lstm_without_a_gate_has_one_in_its_place(without: Any) -> None:
    cell, w = filled(LSTMCell(H, dtype="float64", **{without: False}))
    x, h, c = arrays(2)
    gates = [gate for gate in "ifog" if gate != without[0]]
    a = dict(zip(gates, np.split(x @ w["W_x"] + h @ w["W_h"] + w["b"], 3, axis=1), strict=True))
    i, f, o = (sigmoid(a[gate]) if gate in a else 1.0 for gate in "ifo")
    c = f * c + i * np.tanh(a["g"])
    got = stepped(cell, x, h, arrays(2)[2])
    close(got[0], o * np.tanh(c))
    close(got[1], c)


def test_coupled_gates() -> None:
    cell, w = filled(LSTMCell(H, coupled=True, dtype="float64"))
    x, h, c = arrays(2)
    f, o, g = np.split(x @ w["W_x"] + h @ w["W_h"] + w["b"], 3, axis=1)
    new = sigmoid(f) * c + (1 - sigmoid(f)) * np.tanh(g)
    got = stepped(cell, x, h, c)
    close(got[0], sigmoid(o) * np.tanh(new))
    close(got[1], new)


def test_peepholes_see_the_cell_before_and_o_the_new_one() -> None:
    cell, w = filled(LSTMCell(H, peepholes=True, dtype="float64"))
    x, h, c = arrays(2)
    i, f, o, g = np.split(x @ w["W_x"] + h @ w["W_h"] + w["b"], 4, axis=1)
    new = sigmoid(f + w["p_f"] * c) * c + sigmoid(i + w["p_i"] * c) * np.tanh(g)
    got = stepped(cell, x, h, c)
    close(got[0], sigmoid(o + w["p_o"] * new) * np.tanh(new))
    close(got[1], new)


@pytest.mark.parametrize("inputs", [D, H])  # with D = H there is no W_in: the paper's own case
def test_mut1(inputs: Any) -> None:
    cell, w = filled(MUT1Cell(H, dtype="float64"), inputs)
    x, h = arrays(1, inputs)
    wide = x @ w["W_in"] if inputs != H else x
    z = sigmoid(x @ w["W_xz"] + w["b_z"])
    r = sigmoid(x @ w["W_xr"] + h @ w["W_hr"] + w["b_r"])
    want = np.tanh((r * h) @ w["W_hh"] + np.tanh(wide) + w["b_h"]) * z + h * (1 - z)
    close(stepped(cell, x, h)[0], want)
    assert ("W_in" in w) == (inputs != H)


@pytest.mark.parametrize("inputs", [D, H])
def test_mut2(inputs: Any) -> None:
    cell, w = filled(MUT2Cell(H, dtype="float64"), inputs)
    x, h = arrays(1, inputs)
    wide = x @ w["W_in"] if inputs != H else x
    z = sigmoid(x @ w["W_xz"] + h @ w["W_hz"] + w["b_z"])
    r = sigmoid(wide + h @ w["W_hr"] + w["b_r"])
    want = np.tanh((r * h) @ w["W_hh"] + x @ w["W_xh"] + w["b_h"]) * z + h * (1 - z)
    close(stepped(cell, x, h)[0], want)


def test_mut3() -> None:
    cell, w = filled(MUT3Cell(H, dtype="float64"))
    x, h = arrays(1)
    z = sigmoid(x @ w["W_xz"] + np.tanh(h) @ w["W_hz"] + w["b_z"])
    r = sigmoid(x @ w["W_xr"] + h @ w["W_hr"] + w["b_r"])
    want = np.tanh((r * h) @ w["W_hh"] + x @ w["W_xh"] + w["b_h"]) * z + h * (1 - z)
    close(stepped(cell, x, h)[0], want)


def test_recurrent_highway() -> None:
    cell, w = filled(RHNCell(H, depth=3, dtype="float64"))
    x, s = arrays(1)
    h = s
    for level in (1, 2, 3):
        a = s @ w[f"R_{level}"] + w[f"b_{level}"] + (x @ w["W_x"] if level == 1 else 0)
        t = sigmoid(a[:, H:])
        s = np.tanh(a[:, :H]) * t + s * (1 - t)
    close(stepped(cell, x, h)[0], s)


def test_first_biases() -> None:
    def bias(cell: Any) -> Any:
        cell.build((None, D))
        return {w.name: w.numpy() for w in cell.weights if w.name.startswith("b")}

    want = np.repeat([0.0, 1.0, 0.0, 0.0], H)
    np.testing.assert_array_equal(bias(LSTMCell(H))["b"], want)
    np.testing.assert_array_equal(bias(LSTMCell(H, forget_bias=0.0))["b"], 0 * want)
    np.testing.assert_array_equal(bias(LSTMCell(H, input_gate=False))["b"], want[H:])
    rhn = bias(RHNCell(H, depth=2, transform_bias=-3.0))
    np.testing.assert_array_equal(rhn["b_2"], np.repeat([0.0, -3.0], H))


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: GRUCell(0), "at least 1; not 0"),
        (lambda: GRUCell(2.5), "at least 1; not 2.5"),  # type: ignore[arg-type]
        (lambda: RHNCell(4, depth=0), "depth is how many layers"),
        (lambda: LSTMCell(4, coupled=True, forget_gate=False), "leave input_gate"),
    ],
)
def test_what_cannot_be_made_says_why(make: Any, says: Any) -> None:
    with pytest.raises(ValueError, match=says):
        make()


@pytest.mark.parametrize(
    "cell",
    [
        SimpleRNNCell(5, activation="relu"),
        LSTMCell(5, forget_bias=0.5, peepholes=True, output_gate=False),
        GRUCell(5, reset_after=True, kernel_initializer="he_normal"),
        MUT1Cell(5),
        MUT2Cell(5),
        MUT3Cell(5),
        RHNCell(5, depth=2, transform_bias=-1.0),
    ],
    ids=lambda cell: type(cell).__name__,
)
def test_a_config_makes_the_same_cell_and_it_runs_in_kerass_rnn(cell: Any) -> None:
    again = type(cell).from_config(cell.get_config())
    assert again.get_config() == cell.get_config()
    assert isinstance(again, Cell)
    layer = keras.layers.RNN(again, return_sequences=True)
    assert layer(np.ones((2, 3, 4), "float32")).shape == (2, 3, 5)
