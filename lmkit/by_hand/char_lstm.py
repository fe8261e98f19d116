"""A language model of characters with an LSTM, as Keras has its weights.

e_t = E[x_t],  h_t, c_t = LSTM(e_t, h_{t-1}, c_{t-1}),  logits_t = h_t W_y + b_y

Source: deck 3, "Character-level language model", with deck 3's LSTM in its RNN's place.
"""

from __future__ import annotations

import numpy as np

from lmkit.by_hand.lstm import lstm_sequence
from lmkit.by_hand.types import Array, IntArray


def char_lstm(
    ids: IntArray,
    h0: Array,
    c0: Array,
    E: Array,
    kernel: Array,
    recurrent_kernel: Array,
    bias: Array,
    W_y: Array,
    b_y: Array,
) -> tuple[Array, Array, Array]:
    """Logits of the next character at every place, and the states behind the last one.

    Args:
        ids: what is read, (N, T).
        h0: hidden state before it, (N, H).
        c0: cell state before it, (N, H).
        E: embedding, (V, D): row v stands for character v.
        kernel: input weights, (D, 4H), in the order of keras.layers.LSTM: i, f, g, o.
        recurrent_kernel: recurrent weights, (H, 4H).
        bias: (4H,).
        W_y: output weights, (H, V).
        b_y: output bias, (V,).

    Returns:
        logits (N, T, V), h_T (N, H) and c_T (N, H).
    """
    W_x, W_h, b = (_lectures_order(w) for w in (kernel, recurrent_kernel, bias))
    h, c = lstm_sequence(E[ids], h0, c0, W_x, W_h, b)
    return h @ W_y + b_y, h[:, -1], c[:, -1]


def _lectures_order(weights: Array) -> Array:
    """From i, f, g, o to i, f, o, g."""
    i, f, g, o = np.split(weights, 4, axis=-1)
    return np.concatenate([i, f, o, g], axis=-1)
