"""Run on JAX or PyTorch: prints how far the layers are, in float64, from lmkit.by_hand."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

from lmkit import by_hand
from lmkit.layers import GRU, LSTM, RNN, Bidirectional, SimpleRNN

N, T, D, H = 3, 5, 4, 6
BACKEND = keras.backend.backend()
MASK = np.array([[1, 1, 0, 1, 1], [0, 1, 1, 0, 0], [1, 1, 1, 1, 1]], bool)
HAND: list[Any] = [
    (SimpleRNN, by_hand.rnn_sequence, by_hand.rnn_sequence_backward, 1),
    (LSTM, by_hand.lstm_sequence, by_hand.lstm_sequence_backward, 2),
    (GRU, by_hand.gru_sequence, by_hand.gru_sequence_backward, 1),
]
OPTIONS: dict[str, dict[str, Any]] = {
    "plain": {},
    "backwards, dropped": {"go_backwards": True, "weight_drop": 0.4, "dropout": 0.3, "seed": 3},
    "recurrent dropout": {"recurrent_dropout": 0.4, "seed": 3},
    "zoneout": {"zoneout": 0.2, "seed": 3},
}


def values_and_gradients(layer: Any, dh: Any, arrays: Sequence[Any], **options: Any) -> list[Any]:
    """h, and what dL/dh = dh makes of x, the states and the weights."""

    def outputs(weights: Any, x: Any, *states: Any) -> Any:
        others = [v.value for v in layer.non_trainable_variables]
        given = {"initial_state": list(states), **options} if states else options
        out, _ = layer.stateless_call(weights, others, x, training=True, **given)
        return out[0] if isinstance(out, (tuple, list)) else out

    weights = [v.value for v in layer.trainable_variables]
    if BACKEND == "jax":
        import jax

        def loss(weights: Any, *arrays: Any) -> Any:
            h = outputs(weights, *arrays)
            return (h * dh).sum(), h

        wanted = tuple(range(1 + len(arrays)))
        (of_weights, *of_arrays), h = jax.grad(loss, wanted, has_aux=True)(weights, *arrays)
        return [np.asarray(a) for a in (h, *of_arrays, *of_weights)]
    import torch

    arrays = [torch.tensor(a, requires_grad=True) for a in arrays]
    h = outputs(weights, *arrays)
    gradients = torch.autograd.grad((h * torch.tensor(dh)).sum(), [*arrays, *weights])
    return [a.detach().numpy() for a in (h, *gradients)]


def off(got: Sequence[Any], want: Sequence[Any]) -> float:
    """The largest difference; infinite if the shapes are not the same."""
    if [a.shape for a in got] != [b.shape for b in want]:
        return float("inf")
    return max(float(abs(a - b).max()) for a, b in zip(got, want, strict=True))


def built(make: Callable[..., Any], rng: Any, inputs: int = D, **options: Any) -> Any:
    layer = make(H, return_sequences=True, dtype="float64", **options)
    layer.build((N, T, inputs))
    for w in layer.trainable_variables:
        w.assign(rng.standard_normal(w.shape))
    return layer


def by_hand_too(found: dict[str, Any]) -> None:
    """Forward and backward against NumPy."""
    for make, forward, backward, states in HAND:
        for use_cudnn in ("auto", True) if make is LSTM else ("auto",):
            rng = np.random.default_rng(1)
            layer = built(make, rng, use_cudnn=use_cudnn)
            arrays = [rng.standard_normal((N, T, D))]
            arrays += [rng.standard_normal((N, H)) for _ in range(states)]
            dh = rng.standard_normal((N, T, H))
            got = values_and_gradients(layer, dh, arrays)
            weights = map(keras.ops.convert_to_numpy, layer.trainable_variables)
            everything = [*arrays, *weights]
            h = forward(*everything)
            want = [h[0] if isinstance(h, tuple) else h, *backward(dh, *everything)]
            name = f"{make.__name__}, use_cudnn={use_cudnn}"
            found[name] = {"off": off(got, want), "path": layer.path}


def in_keras_too(found: dict[str, Any]) -> None:
    """Keras's layer with our weights against the general path, with all that goes with it."""
    makes: dict[str, Callable[..., Any]] = {
        "LSTM": LSTM,
        "GRU": lambda H, **options: GRU(H, reset_after=True, **options),
        "stack": lambda H, **options: RNN([LSTM(5).cell, LSTM(H).cell], **options),
    }
    for name, make in makes.items():
        several = {**OPTIONS, "mask": {}} if make is LSTM else {"plain": {}}
        for said, options in several.items():
            both = []
            for how in ({"use_cudnn": True}, {"unroll": True}):
                rng = np.random.default_rng(2)
                layer = built(make, rng, **options, **how)
                x, dh = rng.standard_normal((N, T, D)), rng.standard_normal((N, T, H))
                more = {"mask": keras.ops.convert_to_tensor(MASK)} if said == "mask" else {}
                both.append(values_and_gradients(layer, dh, [x], **more))
                found.setdefault(f"{name}, {said}", {"path": layer.path})
            found[f"{name}, {said}"]["off"] = off(*both)


def main() -> None:
    if BACKEND == "jax":
        import jax

        jax.config.update("jax_enable_x64", True)
    keras.config.set_floatx("float64")
    found: dict[str, Any] = {}

    def both(H: int, **options: Any) -> Any:
        return Bidirectional(LSTM(H, **options), dtype="float64")

    by_hand_too(found)
    in_keras_too(found)
    both_ways = [
        built(both, np.random.default_rng(3), **how)
        for how in ({"use_cudnn": True}, {"unroll": True})
    ]
    x = np.random.default_rng(4).standard_normal((N, T, D))
    y = [keras.ops.convert_to_numpy(layer(x)) for layer in both_ways]
    found["both ways"] = {"off": off(y[:1], y[1:]), "path": both_ways[0].path}
    json.dump({"backend": BACKEND, "layers": found}, sys.stdout)


if __name__ == "__main__":
    main()
