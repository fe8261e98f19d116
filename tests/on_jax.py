"""Run by test_layers_backends.py: prints how far layers on JAX are from the general path."""

from __future__ import annotations

import json
import sys
from typing import Any

import jax
import keras
import numpy as np

from lmkit.cells import MUT1Cell, RHNCell
from lmkit.layers import GRU, LSTM, RNN

N, T, D, H = 3, 5, 4, 6
LAYERS: dict[str, Any] = {
    "LSTM": lambda **o: LSTM(H, **o),
    "GRU": lambda **o: GRU(H, **o),
    "GRU, reset after": lambda **o: GRU(H, reset_after=True, **o),
    "MUT1": lambda **o: RNN(MUT1Cell(H), **o),
    "highway": lambda **o: RNN(RHNCell(H, depth=2), **o),
    "zoneout": lambda **o: LSTM(H, zoneout=0.1, **o),
}


def outputs_and_gradients(layer: Any, weights: Any, x: Any) -> Any:
    """Of a fixed random sum of the outputs, for the weights and x, inside jit."""
    layer.build(x.shape)
    layer.set_weights(weights)
    upstream = np.random.default_rng(2).standard_normal((N, T, H)).astype("float32")

    def loss(trainable: Any, x: Any) -> Any:
        y, _ = layer.stateless_call(trainable, layer.non_trainable_variables, x, training=True)
        return (y * upstream).sum(), y

    step = jax.jit(jax.value_and_grad(loss, argnums=(0, 1), has_aux=True))
    return step([w.value for w in layer.trainable_variables], x)


def main() -> None:
    rng = np.random.default_rng(1)
    x = rng.standard_normal((N, T, D)).astype("float32")
    found = {}
    for name, make in LAYERS.items():
        options = {"return_sequences": True, "recurrent_dropout": 0.3, "seed": 3}
        fast, general = make(**options), make(unroll=True, **options)
        fast.build(x.shape)
        weights = [rng.standard_normal(w.shape) for w in fast.weights if w.dtype == "float32"]
        weights += [w.numpy() for w in fast.weights if w.dtype != "float32"]
        pairs = zip(
            *(jax.tree.leaves(outputs_and_gradients(w, weights, x)) for w in (fast, general)),
            strict=True,
        )
        found[name] = {
            "off": max(float(abs(a - b).max() / (1 + abs(b).max())) for a, b in pairs),
            "path": fast.path,
        }
    json.dump({"backend": keras.backend.backend(), "layers": found}, sys.stdout)


if __name__ == "__main__":
    main()
