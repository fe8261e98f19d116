"""The character model of deck 3 ("hello"), whole: one-hot input, RNN, softmax, and its gradients.

h_t = tanh(x_t W_x + h_{t-1} W_h + b)
logits_t = h_t W_y + b_y
"""

from __future__ import annotations

import numpy as np

from lmkit.by_hand.rnn import rnn_sequence, rnn_sequence_backward
from lmkit.by_hand.softmax import cross_entropy, cross_entropy_backward
from lmkit.by_hand.types import Array, IntArray


def char_lm_gradients(
    inputs: IntArray,
    targets: IntArray,
    h0: Array,
    W_x: Array,
    W_h: Array,
    b: Array,
    W_y: Array,
    b_y: Array,
) -> tuple[float, Array, Array, Array, Array, Array]:
    """The loss of the whole model and its gradient with respect to every weight.

    Args:
        inputs: ids of the characters that are read, (N, T).
        targets: ids of the characters that follow them, (N, T).
        h0: hidden state before the first character, (N, H).
        W_x: input weights, (V, H): row v is what character v adds.
        W_h: recurrent weights, (H, H).
        b: hidden bias, (H,).
        W_y: output weights, (H, V).
        b_y: output bias, (V,).

    Returns:
        The mean cross entropy in nats per character, then dW_x (V, H), dW_h (H, H), db (H,),
        dW_y (H, V), db_y (V,).
    """
    x = np.eye(W_x.shape[0])[inputs]
    h = rnn_sequence(x, h0, W_x, W_h, b)
    logits = h @ W_y + b_y
    loss = cross_entropy(logits, targets)

    dlogits = cross_entropy_backward(logits, targets)
    dW_y = np.einsum("nth,ntv->hv", h, dlogits)
    db_y = dlogits.sum(axis=(0, 1))
    dh = dlogits @ W_y.T
    _, _, dW_x, dW_h, db = rnn_sequence_backward(dh, x, h0, W_x, W_h, b)
    return loss, dW_x, dW_h, db, dW_y, db_y
