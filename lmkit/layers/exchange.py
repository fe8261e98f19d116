"""Weights between our layers and Keras's: `to_keras(layer)`, `from_keras(layer)`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from lmkit.layers import gate_order
from lmkit.layers.named import GRU, LSTM, Bidirectional, SimpleRNN

_COMMON = ("return_sequences", "return_state", "go_backwards", "stateful", "unroll", "name")
_NOISE = ("dropout", "recurrent_dropout", "seed")


def to_keras(layer: Any) -> Any:
    """The Keras layer with the same equations and, once `layer` is built, the same weights.

    Args:
        layer: a SimpleRNN, LSTM, GRU, or Bidirectional of them.

    Raises:
        ValueError: if Keras has no such equations (gates left out, coupled, peepholes, zoneout) or
            no such noise (weight drop, dropout that is new each step).
        TypeError: if it is another kind of layer.
    """
    if isinstance(layer, Bidirectional):
        return _both_ways(layer, keras.layers.Bidirectional, to_keras)
    make = {SimpleRNN: _keras_rnn, LSTM: _keras_lstm, GRU: _keras_gru}.get(type(layer))
    if make is None:
        raise TypeError(f"Keras has no layer for {type(layer).__name__}: SimpleRNN, LSTM, GRU only")
    noise = layer.noise
    alone = [name for name in ("weight_drop", "zoneout") if getattr(noise, name)]
    if noise.dropout and not noise.locked:
        alone.append("locked=False")
    if alone:
        raise ValueError(f"Keras's layers have no {' or '.join(alone)}")
    made = make(layer, {**_options(layer), **{n: getattr(noise, n) for n in _NOISE[:2]}})
    return _filled(made, layer, to=True)


def from_keras(layer: Any) -> Any:
    """Our layer with the same equations and, once `layer` is built, the same weights.

    Args:
        layer: a keras.layers.SimpleRNN, LSTM, GRU, or Bidirectional of them.

    Raises:
        ValueError: if it has other activations, or no bias.
        TypeError: if it is another kind of layer.
    """
    if isinstance(layer, keras.layers.Bidirectional):
        return _both_ways(layer, Bidirectional, from_keras)
    kinds = {"SimpleRNN": SimpleRNN, "LSTM": LSTM, "GRU": GRU}
    kind = next((n for n in kinds if type(layer) is getattr(keras.layers, n)), None)
    if kind is None:
        raise TypeError(f"{type(layer).__name__} is not keras.layers' SimpleRNN, LSTM or GRU")
    if not layer.use_bias:
        raise ValueError(f"{layer.name} has use_bias=False, and our cells always have a bias")
    own: dict[str, Any] = {n: getattr(layer, n) for n in _NOISE[:2]}
    if kind == "SimpleRNN":
        own["activation"] = layer.activation
    else:
        own["use_cudnn"] = _may(layer)
        _expect(layer, "activation", "tanh")
        _expect(layer, "recurrent_activation", "sigmoid")
    if kind == "LSTM":
        own["forget_bias"] = 1.0 if layer.unit_forget_bias else 0.0
    if kind == "GRU":
        own["reset_after"] = layer.reset_after
    made = kinds[kind](layer.units, **_options(layer), **own)
    return _filled(made, layer, to=False)


def _options(layer: Any) -> dict[str, Any]:
    kept = {name: getattr(layer, name) for name in _COMMON}
    kept["zero_output_for_mask"] = layer.zero_output_for_mask
    return {**kept, "dtype": layer.dtype_policy}


def _expect(layer: Any, argument: str, name: str) -> None:
    given = keras.activations.serialize(getattr(layer, argument))
    if given != name:
        raise ValueError(f"{layer.name} has {argument}={given!r}; our cell has {name}")


def _keras_rnn(layer: Any, options: dict[str, Any]) -> Any:
    return keras.layers.SimpleRNN(layer.units, activation=layer.cell.activation, **options)


def _keras_lstm(layer: Any, options: dict[str, Any]) -> Any:
    if layer.cell.ablated:
        raise ValueError("Keras's LSTM has all its gates, and neither coupling nor peepholes")
    return keras.layers.LSTM(layer.units, use_cudnn=_may(layer), **options)


def _keras_gru(layer: Any, options: dict[str, Any]) -> Any:
    after = layer.cell.reset_after
    return keras.layers.GRU(layer.units, reset_after=after, use_cudnn=_may(layer), **options)


def _may(layer: Any) -> bool | str:
    """Keras's True is an error where there is no cuDNN, and ours is not."""
    return "auto" if layer.use_cudnn else False


def _both_ways(layer: Any, kind: Any, convert: Callable[[Any], Any]) -> Any:
    made = kind(
        convert(layer.forward_layer),
        backward_layer=convert(layer.backward_layer),
        merge_mode=layer.merge_mode,
        name=layer.name,
        dtype=layer.dtype_policy,
    )
    if layer.built:
        made.build(layer._build_shapes_dict["sequences_shape"])
        for ours, theirs in (
            (made.forward_layer, layer.forward_layer),
            (made.backward_layer, layer.backward_layer),
        ):
            ours.set_weights(convert(theirs).get_weights())
    return made


def _filled(made: Any, like: Any, to: bool) -> Any:
    if like.built:
        matrix = like.get_weights()[0]
        made.build((None, None, matrix.shape[0]))
        kind = type(like).__name__
        convert = gate_order.to_keras if to else gate_order.from_keras
        made.set_weights(convert(kind, like.get_weights()))
    return made
