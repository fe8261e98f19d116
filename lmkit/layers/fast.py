"""The fast path: which recurrences have one, and where it cannot be taken."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import keras
from keras import ops

from lmkit.cells import Cell, GRUCell, LSTMCell, SimpleRNNCell
from lmkit.layers import bptt
from lmkit.layers.autodiff import AnyCell
from lmkit.layers.general import Ran
from lmkit.layers.recurrence import Recurrence

Tensor = Any
ENGINES = ("tensorflow", "jax")


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
    return ""


def how(cell: Cell) -> str:
    """What the fast path is for this cell."""
    by = "its equations' own backpropagation" if _equations(cell) else "autodiff of one step"
    return f"fast: {by}, dW in one product"


def run(
    cell: Cell,
    x: Tensor,
    states: list[Tensor],
    weights: tuple[Tensor, ...],
    drop: Tensor | None,
) -> Ran:
    """Run a cell over x (N, T, ...); what it returns is as `general.run` has it."""
    engine = import_module(f"lmkit.layers.engines.{keras.backend.backend()}")

    def over_time(x: Tensor, *rest: Tensor) -> tuple[Tensor, list[Tensor]]:
        a = cell.project(ops.swapaxes(x, 0, 1))
        steps = _equations(cell) or _by_autodiff(cell, engine.pullback, isinstance(a, tuple))
        a = a if isinstance(a, tuple) else (a,)
        before = tuple(ops.cast(s, a[0].dtype) for s in rest[: len(states)])
        h, last = engine.run(steps, a, before, weights, rest[len(states) :])
        return ops.swapaxes(h, 0, 1), last

    # A batch's sequences have nothing to do with one another: its pieces are run side by side.
    masks = () if drop is None else (drop,)
    h, last = _joined([over_time(*piece) for piece in engine.pieces(x, *states, *masks)])
    return last[0], h, list(last)


def _joined(pieces: list[Any]) -> Any:
    if len(pieces) == 1:
        return pieces[0]
    return keras.tree.map_structure(lambda *parts: ops.concatenate(parts, axis=0), *pieces)


def _equations(cell: Cell) -> Recurrence | None:
    if type(cell) is LSTMCell and not cell.ablated:
        return _LSTM
    if type(cell) is GRUCell:
        return _GRU_RESET_AFTER if cell.reset_after else _GRU
    if type(cell) is SimpleRNNCell and cell.activation is keras.activations.tanh:
        return _RNN
    return None


_RNN, _LSTM = bptt.SimpleRNN(), bptt.LSTM()
_GRU, _GRU_RESET_AFTER = bptt.GRU(), bptt.GRUResetAfter()


def _by_autodiff(cell: Cell, pullback: Any, several: bool) -> Recurrence:
    """With the cell, what was compiled for it lives and goes; Keras shall not track it."""
    kept: Any = vars(cell)
    if "_lmkit_steps" not in kept:
        kept["_lmkit_steps"] = AnyCell(cell, pullback, one=not several)
    steps: Recurrence = kept["_lmkit_steps"]
    return steps
