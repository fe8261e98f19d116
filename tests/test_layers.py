"""Layers against keras.layers and lmkit.by_hand in float64: forward and gradients."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from keras_oracle import GRU as KERAS_GRU  # first: it picks the backend
from keras_oracle import LSTM as KERAS_LSTM
from keras_oracle import RNN as KERAS_RNN
from keras_oracle import draw, keras_sequence, keras_sequence_gradients

# isort: split
import keras
import numpy as np
import pytest
import tensorflow as tf

from lmkit import by_hand
from lmkit.cells import GRUCell, LSTMCell, MUT1Cell, SimpleRNNCell
from lmkit.layers import GRU, LSTM, RNN, Bidirectional, SimpleRNN, from_keras, to_keras

KINDS = [
    (KERAS_RNN, SimpleRNN, by_hand.rnn_sequence),
    (KERAS_LSTM, LSTM, by_hand.lstm_sequence),
    (KERAS_GRU, GRU, by_hand.gru_sequence),
]
N, T, D, H = 3, 5, 4, 6


def close(got: Any, want: Any, atol: Any = 1e-10) -> None:
    np.testing.assert_allclose(np.asarray(got), np.asarray(want), rtol=0, atol=atol)


def x_like(*shape: Any, seed: Any = 0) -> Any:
    return np.random.default_rng(seed).standard_normal(shape)


def random_weights(layer: Any, seed: Any = 5) -> Any:
    rng = np.random.default_rng(seed)
    layer.set_weights([rng.standard_normal(w.shape) for w in layer.weights])
    return layer


def built(layer: Any, inputs: Any = D) -> Any:
    layer.build((None, None, inputs))
    return random_weights(layer)


def gradients(layer: Any, x: Any, states: Any = None, mask: Any = None) -> Any:
    """The outputs' and the gradients of a fixed random sum of them, for x, states and weights."""
    x = tf.constant(x)
    states = [tf.constant(s) for s in states or []]
    with tf.GradientTape() as tape:
        tape.watch([x, *states])
        outputs = layer(x, initial_state=states or None, mask=mask)
        outputs = outputs if isinstance(outputs, (tuple, list)) else [outputs]
        flat = keras.tree.flatten(outputs)
        loss = sum(tf.reduce_sum(o * x_like(*o.shape, seed=9 + k)) for k, o in enumerate(flat))
    wanted = [x, *states, *(w.value for w in layer.trainable_variables)]
    return [*flat, *tape.gradient(loss, wanted)]


@pytest.mark.parametrize(("kind", "layer", "sequence"), KINDS, ids=["rnn", "lstm", "gru"])
def test_forward_and_gradients_are_kerass_and_by_hand(kind: Any, layer: Any, sequence: Any) -> None:
    batch = draw(kind, seed=2, N=N, T=T, D=D, H=H)
    ours = layer(H, return_sequences=True, return_state=True, dtype="float64")
    ours.build(batch.x.shape)
    ours.set_weights(batch.weights)
    got = ours(batch.x, initial_state=list(batch.states))
    for mine, theirs in zip(
        got, keras_sequence(kind, batch.x, batch.states, batch.weights), strict=True
    ):
        close(mine, theirs)
    hand = sequence(batch.x, *batch.states, *batch.weights)
    close(got[0], hand[0] if isinstance(hand, tuple) else hand)

    x, states = tf.constant(batch.x), [tf.constant(s) for s in batch.states]
    with tf.GradientTape() as tape:
        tape.watch([x, *states])
        outputs = ours(x, initial_state=states)[0]
    wanted = [x, *states, *(w.value for w in ours.trainable_variables)]
    mine = tape.gradient(outputs, wanted, output_gradients=tf.constant(batch.dh))
    for a, b in zip(mine, keras_sequence_gradients(kind, batch), strict=True):
        close(a, b, 1e-8)


MASK = np.array([[1, 1, 0, 1, 1], [0, 1, 1, 0, 0], [1, 1, 1, 1, 1]], bool)
OPTIONS = [
    {},
    {"return_sequences": True},
    {"go_backwards": True, "return_sequences": True, "return_state": True},
    {"unroll": True, "return_state": True},
    {"zero_output_for_mask": True, "return_sequences": True},
]


@pytest.mark.parametrize("mask", [None, MASK], ids=["whole", "masked"])
@pytest.mark.parametrize("options", OPTIONS, ids=lambda o: "-".join(o) or "last")
@pytest.mark.parametrize("make", [SimpleRNN, LSTM, GRU, "after"], ids=lambda m: str(m)[-6:])
def test_every_option_does_what_kerass_does(make: Any, options: Any, mask: Any) -> None:
    options = {**options, "dtype": "float64"}
    ours = built(GRU(H, reset_after=True, **options) if make == "after" else make(H, **options))
    theirs = to_keras(ours)
    x = x_like(N, T, D)
    states = [x_like(N, H, seed=3 + k) for k in range(2 if make is LSTM else 1)]
    mine = gradients(ours, x, states, mask)
    his = gradients(theirs, x, states, mask)
    outputs = len(mine) - 1 - len(states) - len(ours.weights)
    for a, b in zip(mine[: outputs + 1 + len(states)], his, strict=False):
        close(a, b, 1e-8)


@pytest.mark.parametrize("make", [SimpleRNN, LSTM, GRU])
def test_weights_go_to_keras_and_come_back(make: Any) -> None:
    ours = built(make(H, return_sequences=True, dropout=0.1, dtype="float64"))
    x = x_like(N, T, D)
    theirs = to_keras(ours)
    assert theirs.dropout == 0.1
    close(theirs(x), ours(x))
    back = from_keras(theirs)
    for a, b in zip(back.get_weights(), ours.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    close(back(x), ours(x), 0)


@pytest.mark.parametrize("reset_after", [False, True])
def test_a_keras_gru_becomes_ours(reset_after: Any) -> None:
    theirs = built(keras.layers.GRU(H, reset_after=reset_after, dtype="float64"))
    x = x_like(N, T, D)
    close(from_keras(theirs)(x), theirs(x))


def test_bidirectional_goes_to_keras_and_comes_back() -> None:
    ours = Bidirectional(LSTM(H, return_sequences=True, dtype="float64"), dtype="float64")
    ours.build((N, T, D))
    random_weights(ours)
    x = x_like(N, T, D)
    theirs = to_keras(ours)
    assert type(theirs) is keras.layers.Bidirectional
    assert theirs(x).shape == (N, T, 2 * H)
    close(theirs(x, mask=MASK), ours(x, mask=MASK))
    close(from_keras(theirs)(x), ours(x))


@pytest.mark.parametrize(
    ("layer", "error", "says"),
    [
        (lambda: to_keras(LSTM(4, forget_gate=False)), ValueError, "all its gates"),
        (lambda: to_keras(LSTM(4, zoneout=0.1)), ValueError, "no zoneout"),
        (lambda: to_keras(GRU(4, dropout=0.1, locked=False)), ValueError, "locked=False"),
        (lambda: to_keras(RNN(MUT1Cell(4))), TypeError, "no layer for RNN"),
        (lambda: from_keras(keras.layers.LSTM(4, use_bias=False)), ValueError, "use_bias"),
        (lambda: from_keras(keras.layers.GRU(4, activation="relu")), ValueError, "'relu'"),
        (lambda: from_keras(keras.layers.Dense(4)), TypeError, "Dense is not"),
        (lambda: LSTM(4, dropout=1.0), ValueError, "dropout is a rate"),
        (lambda: LSTM(4, zoneout=(0.1, -0.1)), ValueError, "zoneout is a rate"),
        (lambda: RNN(keras.layers.GRUCell(4), weight_drop=0.5), ValueError, "GRUCell is not an"),
    ],
)
def test_what_cannot_be_done_says_why(layer: Any, error: Any, says: Any) -> None:
    with pytest.raises(error, match=says):
        layer()


def test_as_many_zoneout_rates_as_states() -> None:
    with pytest.raises(ValueError, match="3 rates, and the cell 2 states"):
        LSTM(4, zoneout=(0.1, 0.2, 0.3))(x_like(N, T, D))


def test_a_stack_is_its_cells_one_after_the_other() -> None:
    stack = RNN(
        [LSTMCell(6, dtype="float64"), GRUCell(5, dtype="float64")],
        return_sequences=True,
        return_state=True,
        go_backwards=True,
        dtype="float64",
    )
    stack.build((N, T, D))
    random_weights(stack)
    x = x_like(N, T, D)
    theirs = keras.layers.RNN(
        stack.cell, return_sequences=True, return_state=True, go_backwards=True, dtype="float64"
    )
    mine, his = (keras.tree.flatten(layer(x, mask=MASK)) for layer in (stack, theirs))
    assert len(mine) == 4
    for a, b in zip(mine, his, strict=True):
        close(a, b)


def test_stateful_goes_on_where_it_stopped() -> None:
    whole = built(LSTM(H, return_sequences=True, dtype="float64"))
    parts = LSTM(H, return_sequences=True, stateful=True, dtype="float64")
    parts.build((N, T, D))
    parts.set_weights(whole.get_weights())
    x = x_like(N, 2 * T, D)
    close(np.concatenate([parts(x[:, :T]), parts(x[:, T:])], axis=1), whole(x))
    parts.reset_state()
    close(parts(x[:, :T]), whole(x[:, :T]))


@keras.saving.register_keras_serializable(package="test")
class MinimalCell(keras.layers.Layer):  # type: ignore[misc]
    """A student's: the output is not the state."""

    def __init__(self, units: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = self.state_size = units

    def build(self, shape: Any) -> None:
        self.w = self.add_weight((shape[-1], self.units), name="w")
        self.u = self.add_weight((self.units, self.units), name="u")

    def call(self, x: Any, states: Any) -> Any:
        h = keras.ops.tanh(x @ self.w + states[0] @ self.u)
        return 2 * h, h

    def get_config(self) -> Any:
        return {**super().get_config(), "units": self.units}


def test_a_cell_of_ones_own_runs_as_in_keras() -> None:
    cell = MinimalCell(H, dtype="float64")
    ours = RNN(cell, return_sequences=True, return_state=True, dtype="float64")
    theirs = keras.layers.RNN(cell, return_sequences=True, return_state=True, dtype="float64")
    x = x_like(N, T, D)
    for a, b in zip(gradients(ours, x), gradients(theirs, x), strict=True):
        close(a, b)
    assert "MinimalCell is not an lmkit.cells.Cell" in ours.path


def test_keras_cells_with_their_own_dropout_run() -> None:
    layer = RNN(keras.layers.LSTMCell(H, dropout=0.5, recurrent_dropout=0.5))
    assert not np.allclose(layer(np.ones((N, T, D)), training=True), layer(np.ones((N, T, D))))


LAYERS = [
    SimpleRNN(H, activation="relu", return_sequences=True),
    LSTM(H, forget_bias=0.0, peepholes=True, dropout=0.2, weight_drop=0.5, zoneout=(0.1, 0.2)),
    GRU(H, reset_after=True, go_backwards=True, locked=False, dropout=0.3, seed=4),
    RNN([MUT1Cell(5), SimpleRNNCell(H)], return_sequences=True),
    RNN(MinimalCell(H)),
    Bidirectional(GRU(H, recurrent_dropout=0.1), merge_mode="sum"),
]


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.name)
def test_config_and_keras_file_bring_the_same_layer_back(layer: Any, tmp_path: Path) -> None:
    again = type(layer).from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    model = keras.Sequential([keras.Input((T, D)), layer, keras.layers.Dense(2)])
    model.save(tmp_path / "model.keras")
    x = x_like(N, T, D)
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded.predict(x, verbose=0), model.predict(x, verbose=0))


def test_mixed_precision() -> None:
    layer = LSTM(H, return_sequences=True, return_state=True, dtype="mixed_float16")
    outputs = layer(x_like(N, T, D))
    assert [o.dtype for o in outputs] == ["float16"] * 3
    assert {w.dtype for w in layer.weights} == {"float32"}


def test_any_length_of_sequence() -> None:
    model = keras.Sequential([keras.Input((None, D)), built(GRU(H, return_sequences=True))])
    x = x_like(N, 9, D).astype("float32")
    close(model.predict(x, verbose=0)[:, :T], model.predict(x[:, :T], verbose=0), 1e-6)


def test_fit_learns() -> None:
    keras.utils.set_random_seed(1)
    x = x_like(64, T, D).astype("float32")
    y = x.cumsum(1)[..., :1]
    model = keras.Sequential(
        [LSTM(16, return_sequences=True, weight_drop=0.1, zoneout=0.05), keras.layers.Dense(1)]
    )
    model.compile(keras.optimizers.Adam(0.02), "mse")
    losses = model.fit(x, y, epochs=15, verbose=0).history["loss"]
    assert losses[-1] < 0.2 * losses[0]
