"""The cells of the lectures: one step each, the equations and little else.

Every cell is a Keras cell: it runs in `lmkit.layers.RNN`, fast, and in `keras.layers.RNN` too.
"""

from __future__ import annotations

from lmkit.cells.base import Cell
from lmkit.cells.gru import GRUCell
from lmkit.cells.highway import RHNCell
from lmkit.cells.lstm import LSTMCell
from lmkit.cells.mutants import MUT1Cell, MUT2Cell, MUT3Cell
from lmkit.cells.rnn import SimpleRNNCell

__all__ = [
    "Cell",
    "GRUCell",
    "LSTMCell",
    "MUT1Cell",
    "MUT2Cell",
    "MUT3Cell",
    "RHNCell",
    "SimpleRNNCell",
]
