"""cuDNN, by way of Keras: where it can run a cell, and the Keras layer that then runs it.

Keras has cuDNN in `keras.layers.LSTM` and `GRU`, and chooses it on a GPU (read in Keras 3.15:
`keras/src/backend/*/rnn.py`). Our weights are handed to such a layer in Keras's order of gates; the
noise on inputs and on weights is put on before. What reaches into the loop over time, cuDNN has
not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import keras

from lmkit.cells import Cell, GRUCell, LSTMCell
from lmkit.layers import gate_order
from lmkit.layers.general import Ran
from lmkit.layers.noise import Noise

Tensor = Any

KINDS = {"tensorflow": ("LSTM", "GRU"), "jax": ("LSTM",), "torch": ("LSTM", "GRU")}
"""What Keras runs by cuDNN."""
SINCE = {"tensorflow": (3, 0), "jax": (3, 15), "torch": (3, 15)}
"""Keras's version; before, PyTorch's had no gradient for the weights."""
DTYPES = {
    "tensorflow": ("float16", "float32", "float64"),
    "jax": ("float32",),
    "torch": ("float16", "float32", "float64"),
}


@dataclass(frozen=True)
class Call:
    """All that decides whether cuDNN runs a cell.

    Attributes:
        equations: "LSTM" or "GRU" if they are cuDNN's; else empty.
        inside: the noise that reaches into the loop over time.
        unroll: whether a step after step was asked for.
        dtype: of the computation.
        backend: of Keras.
        devices: as `keras.distribution.list_devices` has them, "GPU:0" or "cuda:0" for instance.
        version: of Keras, the first two numbers.
        mask: whether there is one.
        compiled: whether XLA compiles the step as a whole, on TensorFlow.
    """

    equations: str
    inside: tuple[str, ...]
    unroll: bool
    dtype: str
    backend: str
    devices: tuple[str, ...]
    version: tuple[int, ...]
    mask: bool = False
    compiled: bool = False


def why_not(call: Call, use_cudnn: bool | str = "auto") -> str:
    """What stands against cuDNN; empty if nothing does.

    Args:
        call: what is to be run, and where.
        use_cudnn: "auto"; False for never; True for Keras's layer on any device, where the same
            equations are run by Keras's own loop if not by cuDNN.
    """
    if not use_cudnn:
        return "use_cudnn=False was asked for"
    if not call.equations:
        return "its equations are others"
    if call.inside:
        return f"there is {' and '.join(call.inside)}"
    if call.mask:
        return "there is a mask"
    if call.unroll:
        return "unroll=True was asked for"
    if call.compiled and _on_gpu(call.devices):
        return "XLA compiles the whole step"
    return "" if use_cudnn is True else _not_here(call)


def _not_here(call: Call) -> str:
    if not _on_gpu(call.devices):
        return "there is no GPU"
    if call.equations not in KINDS.get(call.backend, ()):
        return f"Keras has none for a {call.equations} on {call.backend}"
    if call.version < SINCE[call.backend]:
        wanted = ".".join(map(str, SINCE[call.backend]))
        return f"on {call.backend} it takes Keras {wanted}"
    if call.dtype not in DTYPES[call.backend]:
        return f"it does not compute in {call.dtype} on {call.backend}"
    return ""


def _on_gpu(devices: Sequence[str]) -> bool:
    return any(device.lower().startswith(("gpu", "cuda")) for device in devices)


def call_of(
    cell: Any, noise: Noise, unroll: bool, training: bool = False, mask: Tensor | None = None
) -> Call:
    """A call of a layer, here and now."""
    backend = keras.backend.backend()
    return Call(
        equations(cell),
        tuple(noise.over_time(training)),
        unroll,
        keras.backend.standardize_dtype(cell.compute_dtype) if isinstance(cell, Cell) else "",
        backend,
        _devices(backend),
        tuple(int(number) for number in keras.version().split(".")[:2]),
        mask is not None,
        backend == "tensorflow" and import_module("lmkit.layers.engines.tensorflow").in_xla(),
    )


def _devices(backend: str) -> tuple[str, ...]:
    if backend == "torch":  # for which Keras lists none
        torch = import_module("torch")
        return ("cuda:0",) if torch.cuda.is_available() else ("cpu:0",)
    return tuple(keras.distribution.list_devices())


def runs(call: Call, use_cudnn: bool | str) -> bool:
    """Whether it is cuDNN that runs it, not Keras's own loop."""
    return not (why_not(call, use_cudnn) or _not_here(call))


def how(call: Call) -> str:
    """What Keras's layer does with it."""
    reason = _not_here(call)
    if reason:
        return f"keras.layers.{call.equations}: use_cudnn=True was asked for, though {reason}"
    return f"cuDNN: keras.layers.{call.equations} has these equations, and there is a GPU"


def equations(cell: Any) -> str:
    """ "LSTM" or "GRU" if a cell's equations are those of cuDNN; else empty."""
    if type(cell) is LSTMCell and not cell.ablated:
        return "LSTM"
    return "GRU" if type(cell) is GRUCell and cell.reset_after else ""


def keras_layer(cell: Cell) -> Any:
    """The Keras layer that can run the cell, built; the weights in it are never used."""
    kind = getattr(keras.layers, equations(cell))
    layer = kind(
        cell.units,
        kernel_initializer="zeros",
        recurrent_initializer="zeros",
        return_sequences=True,
        return_state=True,
        dtype=cell.dtype_policy,
        name=f"{cell.name}_in_keras",
    )
    layer.build((None, None, cell.W_x.shape[0]))
    return layer


def run(
    layer: Any, cell: Any, x: Tensor, states: Sequence[Tensor], weights: Sequence[Tensor]
) -> Ran:
    """Run a cell over x (N, T, D) by Keras's layer; what it returns is as `general.run` has it.

    Args:
        layer: from `keras_layer`.
        cell: the cell.
        x: the inputs.
        states: those before the first step, (N, H) each.
        weights: the cell's recurrent weights, with their noise.
    """
    kind = equations(cell)
    ours = [*map(keras.ops.convert_to_tensor, (cell.W_x, weights[0], cell.b)), *weights[1:]]
    given = gate_order.to_keras(kind, ours)
    others = [variable.value for variable in layer.non_trainable_variables]
    (h, *last), _ = layer.stateless_call(given, others, x, initial_state=list(states))
    return last[0], h, last
