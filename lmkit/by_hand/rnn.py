"""The simple RNN, forward and backward through time, in NumPy float64.

    h_t = tanh(x_t W_x + h_{t-1} W_h + b)

Letters: N sequences, T time steps, D inputs, H hidden units. Vectors are rows, so the
lectures' W h is h W here. Source: deck 3, "How to calculate the hidden state of RNNs";
deck 5, "Backpropagation through time".
"""

from __future__ import annotations

import numpy as np

from lmkit.by_hand.bptt import backward_through_time, unroll
from lmkit.by_hand.types import Array

StepGradients = tuple[Array, Array, Array, Array, Array]


def rnn_step(x: Array, h_prev: Array, W_x: Array, W_h: Array, b: Array) -> Array:
    """One step: h_t = tanh(x_t W_x + h_{t-1} W_h + b).

    Args:
        x: input x_t, (N, D).
        h_prev: hidden state h_{t-1}, (N, H).
        W_x: input weights, (D, H).
        W_h: recurrent weights, (H, H).
        b: bias, (H,).

    Returns:
        The hidden state h_t, (N, H).
    """
    return np.tanh(x @ W_x + h_prev @ W_h + b)


def rnn_sequence(x: Array, h0: Array, W_x: Array, W_h: Array, b: Array) -> Array:
    """The same step, with the same weights, at every time: h_1 ... h_T.

    Args:
        x: inputs x_1 ... x_T, (N, T, D).
        h0: hidden state before the first input, (N, H).
        W_x: input weights, (D, H).
        W_h: recurrent weights, (H, H).
        b: bias, (H,).

    Returns:
        The hidden states h_1 ... h_T, (N, T, H).
    """
    (h,) = unroll(rnn_step, x, (h0,), (W_x, W_h, b))
    return h


def rnn_step_backward(
    dh: Array, x: Array, h_prev: Array, W_x: Array, W_h: Array, b: Array
) -> StepGradients:
    """Gradients of one step, given the gradient dL/dh_t that arrives from above and after.

    With a = x W_x + h_{t-1} W_h + b and h = tanh(a): da = dh * (1 - h^2).

    Args:
        dh: dL/dh_t, (N, H).
        x: input x_t, (N, D).
        h_prev: hidden state h_{t-1}, (N, H).
        W_x: input weights, (D, H).
        W_h: recurrent weights, (H, H).
        b: bias, (H,).

    Returns:
        dx (N, D), dh_prev (N, H), dW_x (D, H), dW_h (H, H), db (H,).
    """
    h = rnn_step(x, h_prev, W_x, W_h, b)
    da = dh * (1 - h**2)
    return da @ W_x.T, da @ W_h.T, x.T @ da, h_prev.T @ da, da.sum(axis=0)


def rnn_sequence_backward(
    dh: Array, x: Array, h0: Array, W_x: Array, W_h: Array, b: Array
) -> StepGradients:
    """Backpropagation through time: dL/dW = sum over t of dL/dW at step t.

    What reaches h_t is what its own output asks for, dh[:, t], plus what step t + 1 hands
    back through the recurrent weights.

    Args:
        dh: dL/dh_t from the outputs alone, (N, T, H).
        x: inputs, (N, T, D).
        h0: hidden state before the first input, (N, H).
        W_x: input weights, (D, H).
        W_h: recurrent weights, (H, H).
        b: bias, (H,).

    Returns:
        dx (N, T, D), dh0 (N, H), dW_x (D, H), dW_h (H, H), db (H,).
    """
    return rnn_truncated_backward(dh, x, h0, W_x, W_h, b, k=None)


def rnn_truncated_backward(
    dh: Array, x: Array, h0: Array, W_x: Array, W_h: Array, b: Array, k: int | None
) -> StepGradients:
    """Truncated BPTT: the state is carried forward for ever, the gradient k steps at most.

    The sequence is cut into chunks of k steps (the last may be shorter). Each chunk starts
    from the state in which the one before ended; no gradient crosses a border.

    Args:
        dh: dL/dh_t from the outputs alone, (N, T, H).
        x: inputs, (N, T, D).
        h0: hidden state before the first input, (N, H).
        W_x: input weights, (D, H).
        W_h: recurrent weights, (H, H).
        b: bias, (H,).
        k: steps per chunk, at least 1; None for one chunk, that is no truncation.

    Returns:
        dx (N, T, D), dh0 (N, H) (from the first chunk alone), dW_x (D, H), dW_h (H, H), db (H,).

    Raises:
        ValueError: if k is less than 1.
    """
    h = rnn_sequence(x, h0, W_x, W_h, b)
    dx, dh0, dW_x, dW_h, db = backward_through_time(
        rnn_step_backward, dh, x, (h0,), (h,), (W_x, W_h, b), k
    )
    return dx, dh0, dW_x, dW_h, db
