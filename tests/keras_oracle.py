"""Keras and TensorFlow as a second opinion: weights go in, and gradients come out, in our order.

Everything is float64. Gradients are TensorFlow's automatic differentiation, so that no formula
of ours is used to check a formula of ours.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import keras
import tensorflow as tf

from lmkit.by_hand.types import Array


@dataclass(frozen=True)
class Architecture:
    """What has to be known of a Keras layer to compare it with ours.

    Attributes:
        name: "rnn", "lstm" or "gru".
        states: how many states it carries: 2 for the LSTM (h and c), else 1.
        blocks: for each of Keras's gate blocks, which of ours it is and with which sign.
        cell: makes the Keras cell from the number of hidden units.
        layer: makes the Keras layer, which returns all h_t and then its last states.
    """

    name: str
    states: int
    blocks: tuple[tuple[int, float], ...]
    cell: Callable[..., Any]
    layer: Callable[..., Any]

    @property
    def gates(self) -> int:
        """How many blocks of H columns stand side by side in a weight matrix."""
        return len(self.blocks)

    def reorder(self, array: Array) -> Array:
        """From our gate order to Keras's, or back: for these three it is its own inverse.

        A gradient changes its sign when its weight does, so this serves for gradients too.
        """
        ours = np.split(np.asarray(array), self.gates, axis=-1)
        return np.concatenate([sign * ours[gate] for gate, sign in self.blocks], axis=-1)


_layer_options = {"return_sequences": True, "return_state": True, "dtype": "float64"}
RNN = Architecture(
    "rnn",
    1,
    ((0, 1.0),),
    partial(keras.layers.SimpleRNNCell, dtype="float64"),
    partial(keras.layers.SimpleRNN, **_layer_options),
)
# Keras: i, f, c, o, where c is our g. cuDNN is off, for the same arithmetic with and without GPU.
LSTM = Architecture(
    "lstm",
    2,
    ((0, 1.0), (1, 1.0), (3, 1.0), (2, 1.0)),
    partial(keras.layers.LSTMCell, dtype="float64"),
    partial(keras.layers.LSTM, use_cudnn=False, **_layer_options),
)
# Keras: z, r, h~ with h_t = z * h_{t-1} + (1 - z) * h~. Its z is our 1 - z = sigma(-a).
GRU = Architecture(
    "gru",
    1,
    ((0, -1.0), (1, 1.0), (2, 1.0)),
    partial(keras.layers.GRUCell, reset_after=False, dtype="float64"),
    partial(keras.layers.GRU, reset_after=False, **_layer_options),
)


@dataclass(frozen=True)
class Batch:
    """Random inputs, states and weights in our order, and random gradients from above.

    Attributes:
        x: (N, T, D).
        states: h0, and c0 for the LSTM, each (N, H).
        weights: W_x, W_h, b.
        dh: dL/dh_t for every t, (N, T, H).
    """

    x: Array
    states: tuple[Array, ...]
    weights: tuple[Array, ...]
    dh: Array

    @property
    def arrays(self) -> tuple[Array, ...]:
        """All of it, in the order in which the sequences' backward functions take it."""
        return (self.dh, self.x, *self.states, *self.weights)


def draw(
    kind: Architecture,
    seed: int,
    N: int = 3,
    T: int = 5,
    D: int = 4,
    H: int = 6,
    scale: float = 1.0,
) -> Batch:
    """No two sizes are equal and nothing is constant, so that no swap and no transpose hides."""
    rng = np.random.default_rng(seed)
    columns = kind.gates * H
    return Batch(
        x=rng.standard_normal((N, T, D)),
        states=tuple(rng.standard_normal((N, H)) for _ in range(kind.states)),
        weights=(
            scale * rng.standard_normal((D, columns)),
            scale * rng.standard_normal((H, columns)),
            scale * rng.standard_normal(columns),
        ),
        dh=rng.standard_normal((N, T, H)),
    )


def keras_step(
    kind: Architecture, x: Array, states: Sequence[Array], weights: Sequence[Array]
) -> tuple[Array, ...]:
    """The new states after one step of the Keras cell; x is (N, D)."""
    _, new = _loaded(kind, kind.cell, x, weights)(x, list(states))
    return tuple(s.numpy() for s in new)


def keras_sequence(
    kind: Architecture, x: Array, states: Sequence[Array], weights: Sequence[Array]
) -> tuple[Array, ...]:
    """h_1 ... h_T (N, T, H), then the last states, from the Keras layer; x is (N, T, D)."""
    outputs = _loaded(kind, kind.layer, x, weights)(x, initial_state=list(states))
    return tuple(value.numpy() for value in outputs)


def keras_step_gradients(
    kind: Architecture,
    dstates: Sequence[Array],
    x: Array,
    states: Sequence[Array],
    weights: Sequence[Array],
) -> tuple[Array, ...]:
    """dx, the gradient of each state before the step, dW_x, dW_h, db of one step of the cell."""
    cell = _loaded(kind, kind.cell, x, weights)
    return _gradients(kind, cell, lambda x, s: cell(x, s)[1], dstates, x, states)


def keras_sequence_gradients(kind: Architecture, batch: Batch) -> tuple[Array, ...]:
    """dx, the gradient of each initial state, dW_x, dW_h, db: through the whole Keras layer."""
    layer = _loaded(kind, kind.layer, batch.x, batch.weights)
    return _gradients(
        kind,
        layer,
        lambda x, s: [layer(x, initial_state=s)[0]],
        [batch.dh],
        batch.x,
        batch.states,
    )


def truncated_gradients(kind: Architecture, batch: Batch, k: int) -> tuple[Array, ...]:
    """The same with tf.stop_gradient on every state that crosses a border between chunks."""
    cell = _loaded(kind, kind.cell, batch.x[:, 0], batch.weights)

    def hidden_states(x: tf.Tensor, states: list[tf.Tensor]) -> list[tf.Tensor]:
        h = []
        for t in range(x.shape[1]):
            if t > 0 and t % k == 0:
                states = [tf.stop_gradient(s) for s in states]
            _, states = cell(x[:, t], states)
            h.append(states[0])
        return [tf.stack(h, axis=1)]

    return _gradients(kind, cell, hidden_states, [batch.dh], batch.x, batch.states)


def _loaded(
    kind: Architecture, make: Callable[..., Any], x: Array, weights: Sequence[Array]
) -> Any:
    """A Keras cell or layer that holds our weights."""
    made = make(weights[1].shape[0])
    made.build(x.shape)
    made.set_weights([kind.reorder(w) for w in weights])
    return made


def _gradients(
    kind: Architecture,
    layer: Any,
    run: Callable[[tf.Tensor, list[tf.Tensor]], list[tf.Tensor]],
    upstream: Sequence[Array],
    x: Array,
    states: Sequence[Array],
) -> tuple[Array, ...]:
    """Differentiate `run` with respect to x, the states and the layer's weights."""
    x = tf.constant(x)
    states = [tf.constant(s) for s in states]
    weights = [variable.value for variable in layer.trainable_variables]
    with tf.GradientTape() as tape:
        tape.watch([x, *states])
        outputs = run(x, states)
    dx, *rest = tape.gradient(
        outputs, [x, *states, *weights], output_gradients=[tf.constant(d) for d in upstream]
    )
    dstates, dweights = rest[: len(states)], rest[len(states) :]
    return tuple(
        [dx.numpy(), *(d.numpy() for d in dstates), *(kind.reorder(d.numpy()) for d in dweights)]
    )
