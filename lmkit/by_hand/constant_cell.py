"""An LSTM that never forgets: the weights that hold f at 1 and i at 0.

    c_t = f * c_{t-1} + i * g, so f = 1 and i = 0 give c_t = c_{t-1}

Letters: D inputs, H hidden units. Source: deck 1, "How does LSTM solve vanishing gradients?": a
forget gate of 1 and an input gate of 0 preserve what is in the cell for ever. The idea is older
than the forget gate: Hochreiter and Schmidhuber (1997) call it the constant error carousel.
"""

from __future__ import annotations

import numpy as np

from lmkit.by_hand.types import Array

# sigma(50) = 1 - 2e-22, and float64 rounds that to 1; sigma(-50) = 2e-22.
SATURATED = 50.0


def keep_cell(D: int, H: int) -> tuple[Array, Array, Array]:
    """The weights of an LSTM that keeps any cell state, whatever it reads.

    A gate is sigma(x_t W_x + h_{t-1} W_h + b). With W_x = W_h = 0 neither the input nor the
    hidden state can move it, and b alone decides. No finite b makes sigma exactly 0 or 1; one
    that is large enough makes the difference smaller than rounding. With b_f = 5, which looks
    large, f = 0.993, and 300 steps leave 13 % of the cell.

    Args:
        D: number of inputs.
        H: number of hidden units.

    Returns:
        W_x (D, 4H), W_h (H, 4H) and b (4H,), in the order i, f, o, g. Keras has i and f in the
        same places, so these weights keep the cell of a keras.layers.LSTM too.
    """
    b = np.repeat([-SATURATED, SATURATED, 0.0, 0.0], H)
    return np.zeros((D, 4 * H)), np.zeros((H, 4 * H)), b
