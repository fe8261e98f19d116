"""The fast path: which recurrences have one, and where it cannot be taken."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import keras
from keras import ops

from lmkit.cells import Cell, GRUCell, LSTMCell, SimpleRNNCell
from lmkit.layers import bptt
from lmkit.layers.general import Ran

Tensor = Any
ENGINES = ("tensorflow",)


def why_not(mask: Tensor | None, keeps: list[Tensor], unroll: bool, cell: Any) -> str:
    """What stands against the fast path; empty if nothing does."""
    if not isinstance(cell, Cell):
        return f"{type(cell).__name__} is not an lmkit.cells.Cell"
    if keras.backend.backend() not in ENGINES:
        return f"there is no fast path on {keras.backend.backend()}"
    if mask is not None:
        return "there is a mask"
    if keeps:
        return "there is zoneout"
    if unroll:
        return "unroll=True was asked for"
    if _bptt(cell) is None:
        return f"{type(cell).__name__} has no backpropagation of its own"
    return ""


def run(
    cell: Cell,
    x: Tensor,
    states: list[Tensor],
    weights: tuple[Tensor, ...],
    drop: Tensor | None,
) -> Ran:
    """Run a cell over x (N, T, ...); what it returns is as `general.run` has it."""
    engine = import_module(f"lmkit.layers.engines.{keras.backend.backend()}")
    found = _bptt(cell)
    a = cell.project(ops.swapaxes(x, 0, 1))
    a = a if isinstance(a, tuple) else (a,)
    dtype = a[0].dtype
    h, last = engine.run(found, a, tuple(ops.cast(s, dtype) for s in states), weights, drop)
    return last[0], ops.swapaxes(h, 0, 1), list(last)


def _bptt(cell: Cell) -> bptt.Bptt | None:
    if type(cell) is LSTMCell and not cell.ablated:
        return _LSTM
    if type(cell) is GRUCell:
        return _GRU_RESET_AFTER if cell.reset_after else _GRU
    if type(cell) is SimpleRNNCell and cell.activation is keras.activations.tanh:
        return _RNN
    return None


_RNN, _LSTM, _GRU, _GRU_RESET_AFTER = (
    bptt.SimpleRNN(),
    bptt.LSTM(),
    bptt.GRU(),
    bptt.GRUResetAfter(),
)
