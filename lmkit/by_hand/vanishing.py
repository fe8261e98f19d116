"""Why gradients vanish and explode: the lectures' toy RNN and the eigenvalue argument."""

from __future__ import annotations

import numpy as np

from lmkit.by_hand.types import Array


def toy_rnn(x: Array, h0: float, w_xh: float, w_hh: float, b: float) -> tuple[Array, Array]:
    """One hidden unit: h_t = tanh(w_xh x_t + w_hh h_{t-1} + b), and how h_t depends on h_0.

    By the chain rule dh_t/dh_0 = product over j = 1 ... t of w_hh (1 - h_j^2).
    Source: deck 3, "Toy Example" (w_hh = 3, w_xh = 2, b = 1).

    Args:
        x: inputs x_1 ... x_T, (T,).
        h0: the state before the first input.
        w_xh: input weight.
        w_hh: recurrent weight.
        b: bias.

    Returns:
        h_1 ... h_T, (T,), and dh_1/dh_0 ... dh_T/dh_0, (T,).
    """
    h, dh_dh0 = np.empty(x.size), np.empty(x.size)
    h_t, derivative = h0, 1.0
    for t, x_t in enumerate(x):
        h_t = np.tanh(w_xh * x_t + w_hh * h_t + b)
        derivative *= w_hh * (1 - h_t**2)
        h[t], dh_dh0[t] = h_t, derivative
    return h, dh_dh0


def gradient_norms(dh: Array, W_h: Array, steps: int) -> Array:
    """The linear case: how long is dJ/dh_{t-l} = dJ/dh_t (W_h^T)^l, for l = 0 ... steps?

    If every eigenvalue of W_h is smaller than 1 in modulus, it goes to zero exponentially.
    Source: deck 1, "Gradients Vanishing (linear case)".

    Args:
        dh: the gradient dJ/dh_t at the last step, (H,).
        W_h: recurrent weights, (H, H), in h_t = h_{t-1} W_h.
        steps: how many steps back.

    Returns:
        The Euclidean norms, (steps + 1,), beginning with ||dh||.
    """
    norms = np.empty(steps + 1)
    for distance in range(steps + 1):
        norms[distance] = np.linalg.norm(dh)
        dh = dh @ W_h.T
    return norms
