"""Layers that run a cell over time: on TensorFlow, JAX and PyTorch, through Keras.

`LSTM(200, return_sequences=True)` is used like `keras.layers.LSTM`, has the lectures' conventions,
and says by `layer.path` how it ran.
"""

from __future__ import annotations

from lmkit.layers.exchange import from_keras, to_keras
from lmkit.layers.named import GRU, LSTM, Bidirectional, SimpleRNN
from lmkit.layers.rnn import RNN

__all__ = ["GRU", "LSTM", "RNN", "Bidirectional", "SimpleRNN", "from_keras", "to_keras"]
