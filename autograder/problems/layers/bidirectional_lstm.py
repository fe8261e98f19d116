"""Two LSTMs, one from the left and one from the right."""

from __future__ import annotations

from functools import partial

import numpy as np

from autograder.problem import Case, Output, Problem
from autograder.problems.draws import FLOAT32
from autograder.problems.layers.draws import two_ways
from lmkit.by_hand.layers import bidirectional_lstm, lstm_cell

BIDIRECTIONAL_LSTM = Problem(
    name="bidirectional_lstm",
    reference=bidirectional_lstm,
    outputs=(Output("h"),),
    cases=(
        Case("a random batch", two_ways),
        Case("a single step, T = 1", partial(two_ways, T=1), weight=0.5),
    ),
    source="Deck 1, Bidirectional RNNs",
    frameworks=("keras",),
    rtol=FLOAT32,
    uses=("lstm_cell",),
)


@BIDIRECTIONAL_LSTM.mistake(
    "the backward states are not turned round: at t stands what was read at T + 1 - t",
    hint="Both states at t have to know x_t. In which order did the backward one return its own?",
)
def backward_states_not_turned(x, W_x, W_h, b, W_x_back, W_h_back, b_back):
    forward, _ = lstm_cell(x, None, None, W_x, W_h, b)
    backward, _ = lstm_cell(x[:, ::-1], None, None, W_x_back, W_h_back, b_back)
    return np.concatenate([forward, backward], axis=-1)


@BIDIRECTIONAL_LSTM.mistake(
    "the backward half stands first (deck 5 has it so; Keras and we put the forward half first)",
    hint="Both orders are used, and a layer above can live with either. The weights that were sent "
    "belong to one of them.",
    convention=True,
)
def backward_half_first(x, W_x, W_h, b, W_x_back, W_h_back, b_back):
    forward, _ = lstm_cell(x, None, None, W_x, W_h, b)
    backward, _ = lstm_cell(x[:, ::-1], None, None, W_x_back, W_h_back, b_back)
    return np.concatenate([backward[:, ::-1], forward], axis=-1)


@BIDIRECTIONAL_LSTM.mistake(
    "both halves read forwards",
    hint="Deck 5: one knows the left context, the other the right one. What turns it round?",
)
def both_forwards(x, W_x, W_h, b, W_x_back, W_h_back, b_back):
    forward, _ = lstm_cell(x, None, None, W_x, W_h, b)
    backward, _ = lstm_cell(x, None, None, W_x_back, W_h_back, b_back)
    return np.concatenate([forward, backward], axis=-1)


@BIDIRECTIONAL_LSTM.mistake(
    "both halves have the forward weights",
    hint="Deck 1: two separate modules. Which three arrays are the second one's?",
)
def forward_weights_twice(x, W_x, W_h, b, W_x_back, W_h_back, b_back):
    forward, _ = lstm_cell(x, None, None, W_x, W_h, b)
    backward, _ = lstm_cell(x[:, ::-1], None, None, W_x, W_h, b)
    return np.concatenate([forward, backward[:, ::-1]], axis=-1)


@BIDIRECTIONAL_LSTM.mistake(
    "the weights of the two halves are exchanged",
    hint="set_weights fills the forward layer first. Which three arrays come first?",
)
def weights_exchanged(x, W_x, W_h, b, W_x_back, W_h_back, b_back):
    forward, _ = lstm_cell(x, None, None, W_x_back, W_h_back, b_back)
    backward, _ = lstm_cell(x[:, ::-1], None, None, W_x, W_h, b)
    return np.concatenate([forward, backward[:, ::-1]], axis=-1)


@BIDIRECTIONAL_LSTM.mistake(
    "the two halves are added (merge_mode='sum')",
    hint="Deck 1 joins the two vectors into one of twice the length.",
)
def halves_added(x, W_x, W_h, b, W_x_back, W_h_back, b_back):
    forward, _ = lstm_cell(x, None, None, W_x, W_h, b)
    backward, _ = lstm_cell(x[:, ::-1], None, None, W_x_back, W_h_back, b_back)
    return forward + backward[:, ::-1]


@BIDIRECTIONAL_LSTM.mistake(
    "the two halves are averaged (merge_mode='ave')",
    hint="Deck 1 joins the two vectors into one of twice the length.",
)
def halves_averaged(x, W_x, W_h, b, W_x_back, W_h_back, b_back):
    forward, _ = lstm_cell(x, None, None, W_x, W_h, b)
    backward, _ = lstm_cell(x[:, ::-1], None, None, W_x_back, W_h_back, b_back)
    return (forward + backward[:, ::-1]) / 2


@BIDIRECTIONAL_LSTM.mistake(
    "only the last states are returned: return_sequences is missing",
    hint="Tagging needs a state at every word. A Keras layer has to be told so.",
)
def only_the_last_states(x, W_x, W_h, b, W_x_back, W_h_back, b_back):
    forward, _ = lstm_cell(x, None, None, W_x, W_h, b)
    backward, _ = lstm_cell(x[:, ::-1], None, None, W_x_back, W_h_back, b_back)
    return np.concatenate([forward[:, -1], backward[:, -1]], axis=-1)


@BIDIRECTIONAL_LSTM.mistake(
    "the halves are joined along time, (N, 2T, H)",
    hint="Every step gets both vectors, side by side. Which axis is that?",
)
def joined_along_time(x, W_x, W_h, b, W_x_back, W_h_back, b_back):
    forward, _ = lstm_cell(x, None, None, W_x, W_h, b)
    backward, _ = lstm_cell(x[:, ::-1], None, None, W_x_back, W_h_back, b_back)
    return np.concatenate([forward, backward[:, ::-1]], axis=1)


@BIDIRECTIONAL_LSTM.mistake(
    "the entries of x_t are turned round instead of time",
    hint="x is (N, T, D). Which axis is read from its end?",
)
def entries_turned_round(x, W_x, W_h, b, W_x_back, W_h_back, b_back):
    forward, _ = lstm_cell(x, None, None, W_x, W_h, b)
    backward, _ = lstm_cell(x[..., ::-1], None, None, W_x_back, W_h_back, b_back)
    return np.concatenate([forward, backward[..., ::-1]], axis=-1)


@BIDIRECTIONAL_LSTM.mistake(
    "the backward LSTM starts in the state in which the forward one ended",
    hint="Deck 1: two separate modules. Each starts from nothing.",
)
def backward_starts_where_forward_ended(x, W_x, W_h, b, W_x_back, W_h_back, b_back):
    forward, c = lstm_cell(x, None, None, W_x, W_h, b)
    backward, _ = lstm_cell(x[:, ::-1], forward[:, -1], c, W_x_back, W_h_back, b_back)
    return np.concatenate([forward, backward[:, ::-1]], axis=-1)


@BIDIRECTIONAL_LSTM.mistake(
    "only the forward states are returned",
    hint="The result has 2H numbers at every step.",
)
def forward_alone(x, W_x, W_h, b, W_x_back, W_h_back, b_back):
    forward, _ = lstm_cell(x, None, None, W_x, W_h, b)
    return forward
