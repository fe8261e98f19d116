"""The GRU, forward and backward through time, in NumPy float64.

    z = sigma(x_t W_xz + h_{t-1} W_hz + b_z)
    r = sigma(x_t W_xr + h_{t-1} W_hr + b_r)
    h~ = tanh(x_t W_xh + (r * h_{t-1}) W_hh + b_h)
    h_t = (1 - z) * h_{t-1} + z * h~

Letters: N sequences, T time steps, D inputs, H hidden units. The blocks stand side by side in
the order z, r, h~: W_x (D, 3H), W_h (H, 3H), b (3H,). Keras has z and 1 - z the other way
round, and by default applies r after the product. Source: deck 1, "GRU" (after Cho et al.,
2014).
"""

from __future__ import annotations

import numpy as np

from lmkit.by_hand.blocks import blocks
from lmkit.by_hand.bptt import backward_through_time, unroll
from lmkit.by_hand.lstm import sigmoid
from lmkit.by_hand.types import Array

StepGradients = tuple[Array, Array, Array, Array, Array]


def gru_gates(
    x: Array, h_prev: Array, W_x: Array, W_h: Array, b: Array
) -> tuple[Array, Array, Array]:
    """The update gate z, the reset gate r and the candidate h~ of one step.

    Args:
        x: input x_t, (N, D).
        h_prev: hidden state h_{t-1}, (N, H).
        W_x: input weights, (D, 3H), in the order z, r, h~.
        W_h: recurrent weights, (H, 3H).
        b: biases, (3H,).

    Returns:
        z, r and h~, each (N, H).
    """
    W_xz, W_xr, W_xh = blocks(W_x, 3)
    W_hz, W_hr, W_hh = blocks(W_h, 3)
    b_z, b_r, b_h = blocks(b, 3)
    z = sigmoid(x @ W_xz + h_prev @ W_hz + b_z)
    r = sigmoid(x @ W_xr + h_prev @ W_hr + b_r)
    h_tilde = np.tanh(x @ W_xh + (r * h_prev) @ W_hh + b_h)
    return z, r, h_tilde


def gru_step(x: Array, h_prev: Array, W_x: Array, W_h: Array, b: Array) -> Array:
    """One step: h_t = (1 - z) * h_{t-1} + z * h~.

    Args:
        x: input x_t, (N, D).
        h_prev: hidden state h_{t-1}, (N, H).
        W_x: input weights, (D, 3H), in the order z, r, h~.
        W_h: recurrent weights, (H, 3H).
        b: biases, (3H,).

    Returns:
        The hidden state h_t, (N, H).
    """
    z, _, h_tilde = gru_gates(x, h_prev, W_x, W_h, b)
    return (1 - z) * h_prev + z * h_tilde


def gru_sequence(x: Array, h0: Array, W_x: Array, W_h: Array, b: Array) -> Array:
    """The same step at every time: h_1 ... h_T.

    Args:
        x: inputs x_1 ... x_T, (N, T, D).
        h0: hidden state before the first input, (N, H).
        W_x: input weights, (D, 3H), in the order z, r, h~.
        W_h: recurrent weights, (H, 3H).
        b: biases, (3H,).

    Returns:
        The hidden states h_1 ... h_T, (N, T, H).
    """
    (h,) = unroll(gru_step, x, (h0,), (W_x, W_h, b))
    return h


def gru_step_backward(
    dh: Array, x: Array, h_prev: Array, W_x: Array, W_h: Array, b: Array
) -> StepGradients:
    """Gradients of one step, given dL/dh_t.

    h_{t-1} is reached four times: past the gates by (1 - z), through the candidate by r, and
    through each of the two gates.

    Args:
        dh: dL/dh_t, (N, H).
        x: input x_t, (N, D).
        h_prev: hidden state h_{t-1}, (N, H).
        W_x: input weights, (D, 3H), in the order z, r, h~.
        W_h: recurrent weights, (H, 3H).
        b: biases, (3H,).

    Returns:
        dx (N, D), dh_prev (N, H), dW_x (D, 3H), dW_h (H, 3H), db (3H,).
    """
    z, r, h_tilde = gru_gates(x, h_prev, W_x, W_h, b)
    W_hz, W_hr, W_hh = blocks(W_h, 3)
    da_h = dh * z * (1 - h_tilde**2)
    drh = da_h @ W_hh.T  # dL/d(r * h_{t-1})
    da_z = dh * (h_tilde - h_prev) * z * (1 - z)
    da_r = drh * h_prev * r * (1 - r)
    da = np.concatenate([da_z, da_r, da_h], axis=-1)
    dh_prev = dh * (1 - z) + drh * r + da_z @ W_hz.T + da_r @ W_hr.T
    dW_h = np.concatenate([h_prev.T @ da_z, h_prev.T @ da_r, (r * h_prev).T @ da_h], axis=-1)
    return da @ W_x.T, dh_prev, x.T @ da, dW_h, da.sum(axis=0)


def gru_sequence_backward(
    dh: Array, x: Array, h0: Array, W_x: Array, W_h: Array, b: Array
) -> StepGradients:
    """Backpropagation through time.

    Args:
        dh: dL/dh_t from the outputs alone, (N, T, H).
        x: inputs, (N, T, D).
        h0: hidden state before the first input, (N, H).
        W_x: input weights, (D, 3H), in the order z, r, h~.
        W_h: recurrent weights, (H, 3H).
        b: biases, (3H,).

    Returns:
        dx (N, T, D), dh0 (N, H), dW_x (D, 3H), dW_h (H, 3H), db (3H,).
    """
    return gru_truncated_backward(dh, x, h0, W_x, W_h, b, k=None)


def gru_truncated_backward(
    dh: Array, x: Array, h0: Array, W_x: Array, W_h: Array, b: Array, k: int | None
) -> StepGradients:
    """Truncated BPTT in chunks of k steps: the state goes on, gradients stop at the borders.

    Args:
        dh: dL/dh_t from the outputs alone, (N, T, H).
        x: inputs, (N, T, D).
        h0: hidden state before the first input, (N, H).
        W_x: input weights, (D, 3H), in the order z, r, h~.
        W_h: recurrent weights, (H, 3H).
        b: biases, (3H,).
        k: steps per chunk, at least 1; None for one chunk, that is no truncation.

    Returns:
        dx (N, T, D), dh0 (N, H) (from the first chunk alone), dW_x (D, 3H), dW_h (H, 3H),
        db (3H,).

    Raises:
        ValueError: if k is less than 1.
    """
    h = gru_sequence(x, h0, W_x, W_h, b)
    dx, dh0, dW_x, dW_h, db = backward_through_time(
        gru_step_backward, dh, x, (h0,), (h,), (W_x, W_h, b), k
    )
    return dx, dh0, dW_x, dW_h, db


def gru_from_keras(
    kernel: Array, recurrent_kernel: Array, bias: Array
) -> tuple[Array, Array, Array]:
    """The weights with which `gru_step` does what keras.layers.GRU(reset_after=False) does.

    Keras's z keeps the old state, ours lets in the new one: ours is 1 - z. As
    1 - sigma(a) = sigma(-a), the z block changes its sign and nothing else changes.

    Args:
        kernel: Keras's input weights, (D, 3H), in the order z, r, h~.
        recurrent_kernel: Keras's recurrent weights, (H, 3H).
        bias: Keras's bias, (3H,).

    Returns:
        W_x (D, 3H), W_h (H, 3H), b (3H,).
    """
    H = recurrent_kernel.shape[0]
    sign = np.repeat([-1.0, 1.0, 1.0], H)
    return kernel * sign, recurrent_kernel * sign, bias * sign
