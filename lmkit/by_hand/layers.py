"""What layers make of a cell, in NumPy float64: a run over time, both ways, one above another.

The letters and the order of the gates are those of `lmkit.by_hand.lstm`. Sources: deck 4, "LSTM"
(how many weights); deck 1, "Bidirectional RNNs"; deck 5, "Multi-layer RNNs".
"""

from __future__ import annotations

import numpy as np

from lmkit.by_hand.lstm import lstm_sequence
from lmkit.by_hand.types import Array


def count_parameters(D: int, H: int) -> tuple[int, int, int, int, int]:
    """How many numbers are learned, biases included.

    Args:
        D: numbers in one input.
        H: hidden units.

    Returns:
        For a simple RNN, an LSTM, a GRU, a bidirectional LSTM (H units each way), and two LSTMs
        one above the other (H units each).
    """
    block = H * (D + H + 1)
    upper = 4 * H * (H + H + 1)
    return block, 4 * block, 3 * block, 2 * 4 * block, 4 * block + upper


def lstm_weights(D: int, H: int) -> tuple[Array, Array, Array]:
    """Weights that training may start from: small random ones, and a forget bias of 1.

    Uniform in +- sqrt(6 / (n_in + n_out)), after Glorot and Bengio (2010). With b_f = 1 the cell
    keeps most of itself at first: the row LSTM-b of deck 5.

    Args:
        D: numbers in one input.
        H: hidden units.

    Returns:
        W_x (D, 4H), W_h (H, 4H), b (4H,), in the order i, f, o, g.
    """
    rng = np.random.default_rng()
    matrices = []
    for rows in (D, H):
        limit = np.sqrt(6 / (rows + 4 * H))
        matrices.append(rng.uniform(-limit, limit, (rows, 4 * H)))
    return matrices[0], matrices[1], np.repeat([0.0, 1.0, 0.0, 0.0], H)


def lstm_cell(
    x: Array, h0: Array | None, c0: Array | None, W_x: Array, W_h: Array, b: Array
) -> tuple[Array, Array]:
    """An LSTM over time as a layer shows it: every h_t, and the last c alone.

    Args:
        x: inputs x_1 ... x_T, (N, T, D).
        h0: hidden state before the first input, (N, H); None for zeros.
        c0: cell state before the first input, (N, H); None for zeros.
        W_x: input weights, (D, 4H), in the order i, f, o, g.
        W_h: recurrent weights, (H, 4H).
        b: biases, (4H,).

    Returns:
        h_1 ... h_T (N, T, H) and c_T (N, H).
    """
    zeros = np.zeros((x.shape[0], W_h.shape[0]))
    start_h = zeros if h0 is None else h0
    start_c = zeros if c0 is None else c0
    h, c = lstm_sequence(x, start_h, start_c, W_x, W_h, b)
    return h, c[:, -1]


def bidirectional_lstm(
    x: Array, W_x: Array, W_h: Array, b: Array, W_x_back: Array, W_h_back: Array, b_back: Array
) -> Array:
    """One LSTM reads from the left, another from the right; at every t both are put together.

    Args:
        x: inputs x_1 ... x_T, (N, T, D).
        W_x: input weights of the forward LSTM, (D, 4H).
        W_h: its recurrent weights, (H, 4H).
        b: its biases, (4H,).
        W_x_back: input weights of the backward LSTM, (D, 4H).
        W_h_back: its recurrent weights, (H, 4H).
        b_back: its biases, (4H,).

    Returns:
        The forward and then the backward states, (N, T, 2H): at t what both know of x_t.
    """
    forward, _ = lstm_cell(x, None, None, W_x, W_h, b)
    backward, _ = lstm_cell(x[:, ::-1], None, None, W_x_back, W_h_back, b_back)
    return np.concatenate([forward, backward[:, ::-1]], axis=-1)


def stacked_lstm(
    x: Array, W_x: Array, W_h: Array, b: Array, W_x_up: Array, W_h_up: Array, b_up: Array
) -> Array:
    """Two LSTMs one above the other: the lower one's states are the upper one's inputs.

    Args:
        x: inputs x_1 ... x_T, (N, T, D).
        W_x: input weights of the lower LSTM, (D, 4H).
        W_h: its recurrent weights, (H, 4H).
        b: its biases, (4H,).
        W_x_up: input weights of the upper LSTM, (H, 4U).
        W_h_up: its recurrent weights, (U, 4U).
        b_up: its biases, (4U,).

    Returns:
        h_1 ... h_T of the upper LSTM, (N, T, U).
    """
    lower, _ = lstm_cell(x, None, None, W_x, W_h, b)
    upper, _ = lstm_cell(lower, None, None, W_x_up, W_h_up, b_up)
    return upper
