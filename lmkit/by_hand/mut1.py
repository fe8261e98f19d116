"""MUT1, forward, in NumPy float64: the best cell that a search found, and yet a small one.

    z = sigma(x_t W_xz + b_z)
    r = sigma(x_t W_xr + h_{t-1} W_hr + b_r)
    h_t = tanh((r * h_{t-1}) W_hh + tanh(x_t W_in) + b_h) * z + h_{t-1} * (1 - z)

The paper adds tanh(x_t) as it is, which needs D = H; W_in (D, H) brings x_t to H numbers.
Source: deck 5, "Is LSTM architecture optimal?" (after Jozefowicz, Zaremba and Sutskever, 2015).
"""

from __future__ import annotations

import numpy as np

from lmkit.by_hand.bptt import unroll
from lmkit.by_hand.lstm import sigmoid
from lmkit.by_hand.types import Array


def mut1_step(
    x: Array,
    h_prev: Array,
    W_in: Array,
    W_xz: Array,
    W_xr: Array,
    W_hr: Array,
    W_hh: Array,
    b_z: Array,
    b_r: Array,
    b_h: Array,
) -> Array:
    """One step: x (N, D) and h_{t-1} (N, H) in, h_t (N, H) out; weights as in `mut1_cell`."""
    z = sigmoid(x @ W_xz + b_z)
    r = sigmoid(x @ W_xr + h_prev @ W_hr + b_r)
    h_tilde = np.tanh((r * h_prev) @ W_hh + np.tanh(x @ W_in) + b_h)
    return h_tilde * z + h_prev * (1 - z)


def mut1_cell(
    x: Array,
    h0: Array,
    W_in: Array,
    W_xz: Array,
    W_xr: Array,
    W_hr: Array,
    W_hh: Array,
    b_z: Array,
    b_r: Array,
    b_h: Array,
) -> Array:
    """The same step at every time.

    Args:
        x: inputs x_1 ... x_T, (N, T, D).
        h0: hidden state before the first input, (N, H).
        W_in: what brings x_t to H numbers, (D, H).
        W_xz: from the input to the update gate, (D, H).
        W_xr: from the input to the reset gate, (D, H).
        W_hr: from the state to the reset gate, (H, H).
        W_hh: from the state to the candidate, (H, H).
        b_z: bias of the update gate, (H,).
        b_r: bias of the reset gate, (H,).
        b_h: bias of the candidate, (H,).

    Returns:
        h_1 ... h_T, (N, T, H).
    """
    (h,) = unroll(mut1_step, x, (h0,), (W_in, W_xz, W_xr, W_hr, W_hh, b_z, b_r, b_h))
    return h
