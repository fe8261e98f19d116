"""A text as batches that go on where the last one stopped, and a model that reads them.

    the text    a b c d e f g h i j k l m          N = 2, T = 3

    x   a b c | d e f        y   b c d | e f g     y_t is the character after x_t
        g h i | j k l            h i j | k l m

Source: deck 3 and deck 5, "Truncated backpropagation through time": carry hidden states forward.
"""

from __future__ import annotations

import numpy as np

from lmkit.by_hand.char_lstm import char_lstm
from lmkit.by_hand.softmax import cross_entropy
from lmkit.by_hand.types import Array, IntArray


def batch_stream(ids: IntArray, N: int, T: int) -> tuple[IntArray, IntArray]:
    """Row n of a batch goes on where row n of the batch before has stopped.

    Args:
        ids: the text, (length,).
        N: rows that are read side by side.
        T: characters of a row in one batch.

    Returns:
        Inputs and targets, (B, N, T) each; what fills no whole batch at a row's end is left out.
    """
    L = (len(ids) - 1) // N
    B = L // T
    rows = [ids[n * L : n * L + B * T + 1] for n in range(N)]
    x = np.stack([row[:-1].reshape(B, T) for row in rows], axis=1)
    y = np.stack([row[1:].reshape(B, T) for row in rows], axis=1)
    return x, y


def stream_losses(
    x: IntArray,
    y: IntArray,
    E: Array,
    kernel: Array,
    recurrent_kernel: Array,
    bias: Array,
    W_y: Array,
    b_y: Array,
) -> tuple[Array, Array, Array]:
    """The loss of every batch, read in order, with the state carried from one to the next.

    Args:
        x: inputs as `batch_stream` makes them, (B, N, T).
        y: targets, (B, N, T).
        E: embedding, (V, D).
        kernel: as in `char_lstm`, (D, 4H).
        recurrent_kernel: (H, 4H).
        bias: (4H,).
        W_y: (H, V).
        b_y: (V,).

    Returns:
        Nats per character of each batch (B,), and h and c behind the last, (N, H) each.
    """
    h = c = np.zeros((x.shape[1], len(recurrent_kernel)))
    losses = []
    for x_b, y_b in zip(x, y, strict=True):
        logits, h, c = char_lstm(x_b, h, c, E, kernel, recurrent_kernel, bias, W_y, b_y)
        losses.append(cross_entropy(logits, y_b))
    return np.array(losses), h, c
