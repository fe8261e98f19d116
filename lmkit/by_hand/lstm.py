"""The LSTM, forward and backward through time, in NumPy float64.

    (i, f, o, g) = (sigma, sigma, sigma, tanh)(x_t W_x + h_{t-1} W_h + b)
    c_t = f * c_{t-1} + i * g
    h_t = o * tanh(c_t)

Letters: N sequences, T time steps, D inputs, H hidden units. The four gates stand side by
side in the order i, f, o, g of deck 3: W_x (D, 4H), W_h (H, 4H), b (4H,). Keras orders them
i, f, c, o. Source: deck 3, "Long short-term memory" (after Hochreiter and Schmidhuber, 1997).
"""

from __future__ import annotations

import numpy as np

from lmkit.by_hand.blocks import blocks
from lmkit.by_hand.bptt import backward_through_time, unroll
from lmkit.by_hand.types import Array

Gates = tuple[Array, Array, Array, Array]
StepGradients = tuple[Array, Array, Array, Array, Array, Array]


def sigmoid(a: Array) -> Array:
    """sigma(a) = 1 / (1 + exp(-a)), written with tanh so that it cannot overflow."""
    return np.asarray(0.5 * (1 + np.tanh(0.5 * a)))


def lstm_gates(x: Array, h_prev: Array, W_x: Array, W_h: Array, b: Array) -> Gates:
    """The four gates of one step.

    Args:
        x: input x_t, (N, D).
        h_prev: hidden state h_{t-1}, (N, H).
        W_x: input weights, (D, 4H), in the order i, f, o, g.
        W_h: recurrent weights, (H, 4H).
        b: biases, (4H,).

    Returns:
        i (whether to write), f (whether to keep), o (how much to reveal), g (what to write),
        each (N, H).
    """
    a_i, a_f, a_o, a_g = blocks(x @ W_x + h_prev @ W_h + b, 4)
    return sigmoid(a_i), sigmoid(a_f), sigmoid(a_o), np.tanh(a_g)


def lstm_step(
    x: Array, h_prev: Array, c_prev: Array, W_x: Array, W_h: Array, b: Array
) -> tuple[Array, Array]:
    """One step: c_t = f * c_{t-1} + i * g, then h_t = o * tanh(c_t).

    Args:
        x: input x_t, (N, D).
        h_prev: hidden state h_{t-1}, (N, H).
        c_prev: cell state c_{t-1}, (N, H).
        W_x: input weights, (D, 4H), in the order i, f, o, g.
        W_h: recurrent weights, (H, 4H).
        b: biases, (4H,).

    Returns:
        h_t (N, H) and c_t (N, H).
    """
    i, f, o, g = lstm_gates(x, h_prev, W_x, W_h, b)
    c = f * c_prev + i * g
    h = o * np.tanh(c)
    return h, c


def lstm_sequence(
    x: Array, h0: Array, c0: Array, W_x: Array, W_h: Array, b: Array
) -> tuple[Array, Array]:
    """The same step at every time; both states are carried.

    Args:
        x: inputs x_1 ... x_T, (N, T, D).
        h0: hidden state before the first input, (N, H).
        c0: cell state before the first input, (N, H).
        W_x: input weights, (D, 4H), in the order i, f, o, g.
        W_h: recurrent weights, (H, 4H).
        b: biases, (4H,).

    Returns:
        h_1 ... h_T (N, T, H) and c_1 ... c_T (N, T, H).
    """
    h, c = unroll(lstm_step, x, (h0, c0), (W_x, W_h, b))
    return h, c


def lstm_step_backward(
    dh: Array,
    dc: Array,
    x: Array,
    h_prev: Array,
    c_prev: Array,
    W_x: Array,
    W_h: Array,
    b: Array,
) -> StepGradients:
    """Gradients of one step, given dL/dh_t and what step t + 1 hands back to c_t.

    The cell is reached twice: through h_t, and straight from c_{t+1}. Straight back to
    c_{t-1} there is no matrix and no tanh on the way, only f: the uninterrupted gradient flow.

    Args:
        dh: dL/dh_t, (N, H).
        dc: dL/dc_t that comes from step t + 1 alone, (N, H).
        x: input x_t, (N, D).
        h_prev: hidden state h_{t-1}, (N, H).
        c_prev: cell state c_{t-1}, (N, H).
        W_x: input weights, (D, 4H), in the order i, f, o, g.
        W_h: recurrent weights, (H, 4H).
        b: biases, (4H,).

    Returns:
        dx (N, D), dh_prev (N, H), dc_prev (N, H), dW_x (D, 4H), dW_h (H, 4H), db (4H,).
    """
    i, f, o, g = lstm_gates(x, h_prev, W_x, W_h, b)
    tanh_c = np.tanh(f * c_prev + i * g)
    do = dh * tanh_c
    dc = dc + dh * o * (1 - tanh_c**2)
    di, df, dg, dc_prev = dc * g, dc * c_prev, dc * i, dc * f
    da = np.concatenate(
        [di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * (1 - g**2)], axis=-1
    )
    return da @ W_x.T, da @ W_h.T, dc_prev, x.T @ da, h_prev.T @ da, da.sum(axis=0)


def lstm_sequence_backward(
    dh: Array, x: Array, h0: Array, c0: Array, W_x: Array, W_h: Array, b: Array
) -> StepGradients:
    """Backpropagation through time, through h and through c.

    Args:
        dh: dL/dh_t from the outputs alone, (N, T, H).
        x: inputs, (N, T, D).
        h0: hidden state before the first input, (N, H).
        c0: cell state before the first input, (N, H).
        W_x: input weights, (D, 4H), in the order i, f, o, g.
        W_h: recurrent weights, (H, 4H).
        b: biases, (4H,).

    Returns:
        dx (N, T, D), dh0 (N, H), dc0 (N, H), dW_x (D, 4H), dW_h (H, 4H), db (4H,).
    """
    return lstm_truncated_backward(dh, x, h0, c0, W_x, W_h, b, k=None)


def lstm_truncated_backward(
    dh: Array, x: Array, h0: Array, c0: Array, W_x: Array, W_h: Array, b: Array, k: int | None
) -> StepGradients:
    """Truncated BPTT in chunks of k steps: states go on, gradients stop at the borders.

    Args:
        dh: dL/dh_t from the outputs alone, (N, T, H).
        x: inputs, (N, T, D).
        h0: hidden state before the first input, (N, H).
        c0: cell state before the first input, (N, H).
        W_x: input weights, (D, 4H), in the order i, f, o, g.
        W_h: recurrent weights, (H, 4H).
        b: biases, (4H,).
        k: steps per chunk, at least 1; None for one chunk, that is no truncation.

    Returns:
        dx (N, T, D), dh0 and dc0 (N, H) (from the first chunk alone), dW_x (D, 4H),
        dW_h (H, 4H), db (4H,).

    Raises:
        ValueError: if k is less than 1.
    """
    h, c = lstm_sequence(x, h0, c0, W_x, W_h, b)
    dx, dh0, dc0, dW_x, dW_h, db = backward_through_time(
        lstm_step_backward, dh, x, (h0, c0), (h, c), (W_x, W_h, b), k
    )
    return dx, dh0, dc0, dW_x, dW_h, db
