"""The fast path against the general one and keras.layers, wherever it may be called from."""

from __future__ import annotations

from typing import Any

from keras_oracle import LSTM as KERAS_LSTM  # noqa: F401  first: it picks the backend

# isort: split
import keras
import numpy as np
import pytest
import tensorflow as tf

from lmkit.cells import Cell, MUT1Cell, RHNCell
from lmkit.layers import GRU, LSTM, RNN, SimpleRNN

N, T, D, H = 3, 5, 4, 6


def mut1(units: Any, **options: Any) -> Any:
    return RNN(MUT1Cell(units, dtype=options["dtype"]), **options)


def highway(units: Any, **options: Any) -> Any:
    return RNN(RHNCell(units, depth=3, dtype=options["dtype"]), **options)


@keras.saving.register_keras_serializable(package="test")
class TwiceCell(Cell):
    """A student's: one matrix, met twice in a step, and a vector."""

    def build(self, input_shape: Any) -> None:
        self.W_x = self.kernel("W_x", input_shape[-1], self.units)
        self.W_h = self.recurrent("W_h", self.units)
        self.p = self.bias("p", self.units)

    def project(self, x: Any) -> Any:
        return keras.ops.matmul(x, self.W_x)

    def recurrent_weights(self) -> Any:
        return tuple(keras.ops.convert_to_tensor(w) for w in (self.W_h, self.p))

    def step(self, a: Any, states: Any, W_h: Any, p: Any) -> Any:
        return (keras.ops.tanh(a + W_h(p * keras.ops.tanh(W_h(states[0])))),)


def twice(units: Any, **options: Any) -> Any:
    return RNN(TwiceCell(units, dtype=options["dtype"]), **options)


LAYERS: Any = [
    (SimpleRNN, {}),
    (SimpleRNN, {"activation": "relu"}),
    (LSTM, {}),
    (LSTM, {"peepholes": True, "coupled": True}),
    (LSTM, {"forget_gate": False}),
    (GRU, {}),
    (GRU, {"reset_after": True}),
    (mut1, {}),
    (highway, {}),
    (twice, {}),
]
NOISE = {"dropout": 0.3, "recurrent_dropout": 0.4, "weight_drop": 0.5, "seed": 7}


def x_like(*shape: Any, seed: Any = 0) -> Any:
    return np.random.default_rng(seed).standard_normal(shape)


def built(make: Any, inputs: Any = D, **options: Any) -> Any:
    layer = make(H, return_sequences=True, return_state=True, **{"dtype": "float64", **options})
    layer.build((None, None, inputs))
    rng = np.random.default_rng(5)
    layer.set_weights([rng.standard_normal(w.shape) for w in layer.weights])
    return layer


def gradients(layer: Any, x: Any, training: Any = False) -> Any:
    """The outputs, and gradients of a random sum of them for x, the states and the weights."""
    x = tf.convert_to_tensor(x)
    sizes = [s.shape[-1] for s in layer.cell.get_initial_state(1)]
    states = [tf.cast(x_like(N, size, seed=3 + k), x.dtype) for k, size in enumerate(sizes)]
    with tf.GradientTape() as tape:
        tape.watch([x, *states])
        outputs = layer(x, initial_state=states, training=training)
        loss = sum(
            tf.reduce_sum(
                o
                * tf.cast(
                    x_like(N, T, H, seed=9 + k)[:, : o.shape[-2]]
                    if o.shape.rank == 3
                    else x_like(N, H, seed=9 + k),
                    o.dtype,
                )
            )
            for k, o in enumerate(outputs)
        )
    wanted = [x, *states, *(w.value for w in layer.trainable_variables)]
    return [*outputs, *tape.gradient(loss, wanted)]


def close(got: Any, want: Any, atol: Any = 1e-8) -> None:
    assert len(got) == len(want)
    for a, b in zip(got, want, strict=True):
        np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol=0, atol=atol)


@pytest.mark.parametrize(("make", "options"), LAYERS)
@pytest.mark.parametrize("noise", [{}, NOISE], ids=["plain", "noisy"])
def test_the_same_as_the_general_path(make: Any, options: Any, noise: Any) -> None:
    quick = built(make, **options, **noise)
    general = built(make, **options, **noise, unroll=True)
    x = x_like(N, T, D)
    got, want = (gradients(layer, x, training=True) for layer in (quick, general))
    assert quick.path.startswith("fast")
    assert general.path == "general: unroll=True was asked for"
    close(got[:2], want[:2], 1e-10)
    close(got, want)


@pytest.mark.parametrize(
    "jit", [False, pytest.param(True, marks=pytest.mark.slow)], ids=["graph", "jit"]
)
@pytest.mark.parametrize(("make", "options"), LAYERS)
def test_inside_a_compiled_step_and_with_sizes_not_known_before(
    make: Any, options: Any, jit: Any
) -> None:
    layer = built(make, **options)
    unknown = tf.TensorSpec((N, T, D) if jit else (None, None, D), tf.float64)
    step = tf.function(lambda x: gradients(layer, x), jit_compile=jit, input_signature=[unknown])
    x = x_like(N, T, D)
    close(step(x), gradients(layer, x))


@pytest.mark.parametrize(("make", "options"), [(LSTM, {}), (mut1, {})])
def test_any_sizes_one_after_the_other(make: Any, options: Any) -> None:
    for units, batch, steps in [(3, 2, 4), (3, 5, 1), (8, 5, 6)]:
        layer = make(units, return_sequences=True, dtype="float64", **options)
        general = make(units, return_sequences=True, dtype="float64", unroll=True, **options)
        x = x_like(batch, steps, D)
        general.build(x.shape)
        layer.build(x.shape)
        general.set_weights(layer.get_weights())
        close([layer(x)], [general(x)], 1e-12)


@pytest.mark.parametrize("jit", [False, True], ids=["graph", "jit"])
@pytest.mark.parametrize(("make", "options"), [(LSTM, {}), (mut1, {})])
@pytest.mark.parametrize("known", ["states", "inputs"])
def test_a_batch_of_one_that_is_known_of_the_one_and_not_of_the_other(
    make: Any, options: Any, known: Any, jit: Any
) -> None:
    # TensorFlow takes (?, H) + (3, H) for (3, H), but (?, H) + (1, H) for (?, H).
    layer = built(make, **options)
    x = x_like(1, T, D)
    states = [x_like(1, s.shape[-1], seed=k) for k, s in enumerate(layer.cell.get_initial_state(1))]

    def step(x: Any, states: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch([x, *states])
            y, *_ = layer(x, initial_state=states)
            loss = tf.reduce_sum(y * y)
        return [y, *tape.gradient(loss, [x, *states])]

    n, m = (None, 1) if known == "states" else (1, None)
    signature = [
        tf.TensorSpec((n, T, D), tf.float64),
        [tf.TensorSpec((m, s.shape[-1]), tf.float64) for s in states],
    ]
    traced = tf.function(step, input_signature=signature, jit_compile=jit)
    arguments = tf.constant(x), [tf.constant(s) for s in states]
    close(traced(*arguments), step(*arguments))


@pytest.mark.parametrize(("make", "options"), [(LSTM, {}), (mut1, {})])
def test_pieces_of_a_batch_give_what_the_whole_gives(make: Any, options: Any) -> None:
    layer = make(H, return_sequences=True, recurrent_dropout=0.5, dtype="float64", **options)
    x = tf.constant(x_like(33, T, D))
    layer(x)
    wanted = [w.value for w in layer.trainable_variables]

    def gradient(x: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x)
            loss = tf.reduce_sum(y * y)
        return [y, *tape.gradient(loss, [x, *wanted])]

    pieces = tf.function(gradient, input_signature=[tf.TensorSpec((None, T, D), tf.float64)])
    close(pieces(x), gradient(x))
    close(pieces(x[:1]), gradient(x[:1]))
