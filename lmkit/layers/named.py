"""`SimpleRNN`, `LSTM`, `GRU`: `RNN` with its cell made on the spot."""

from __future__ import annotations

import inspect
from typing import Any, ClassVar

import keras

from lmkit.cells import Cell, GRUCell, LSTMCell, SimpleRNNCell
from lmkit.layers.rnn import RNN


class _Named(RNN):
    """A layer of one kind of cell: takes that cell's arguments and `RNN`'s."""

    makes: ClassVar[type[Cell]]

    def __init__(self, units: int, **options: Any) -> None:
        own = {name: options.pop(name) for name in _arguments(self.makes) & set(options)}
        dtype = {"dtype": options["dtype"]} if "dtype" in options else {}
        super().__init__(self.makes(units, **own, **dtype), **options)

    @property
    def units(self) -> int:
        """H, how many hidden units."""
        return int(self.cell.units)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make the same layer again."""
        config = super().get_config()
        config.pop("cell")
        cell = self.cell.get_config()
        return {**{name: cell[name] for name in _arguments(self.makes)}, **config}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """The layer that `get_config` describes."""
        return cls(**config)


def _arguments(cell: type[Cell]) -> set[str]:
    """What a cell's class takes by name, Keras's own arguments aside."""
    kinds = [c for c in cell.__mro__ if issubclass(c, Cell) and "__init__" in vars(c)]
    found = {p for kind in kinds for p in inspect.signature(kind.__init__).parameters}
    return found - {"self", "kwargs"}


@keras.saving.register_keras_serializable(package="lmkit")
class SimpleRNN(_Named):
    """h_t = tanh(x_t W_x + h_{t-1} W_h + b) over time; see `SimpleRNNCell` and `RNN`."""

    makes = SimpleRNNCell


@keras.saving.register_keras_serializable(package="lmkit")
class LSTM(_Named):
    """The LSTM over time, gates in the order i, f, o, g; see `LSTMCell` and `RNN`.

    >>> layer = LSTM(200, return_sequences=True, dropout=0.5, locked=False, forget_bias=0.0)
    """

    makes = LSTMCell


@keras.saving.register_keras_serializable(package="lmkit")
class GRU(_Named):
    """The GRU over time, h_t = (1 - z) * h_{t-1} + z * h~; see `GRUCell` and `RNN`."""

    makes = GRUCell


@keras.saving.register_keras_serializable(package="lmkit")
class Bidirectional(keras.layers.Bidirectional):  # type: ignore[misc]
    """A layer forwards and its copy backwards, as `keras.layers.Bidirectional` has it.

    Args:
        layer: an lmkit or Keras recurrent layer.
        **kwargs: merge_mode ("concat"), weights, backward_layer.
    """

    @property
    def path(self) -> str:
        """How the forward layer was run the last time, and why so."""
        return str(self.forward_layer.path)
