"""Two LSTMs, one above the other."""

from __future__ import annotations

from functools import partial

import numpy as np

from autograder.problem import Case, Output, Problem
from autograder.problems.draws import FLOAT32
from autograder.problems.layers.draws import two_storeys
from lmkit.by_hand.layers import lstm_cell, stacked_lstm
from lmkit.by_hand.lstm import lstm_sequence

STACKED_LSTM = Problem(
    name="stacked_lstm",
    reference=stacked_lstm,
    outputs=(Output("h"),),
    cases=(
        Case("both layers of one width", partial(two_storeys, equal=True)),
        Case("layers of different width", two_storeys),
        Case("a single step, T = 1", partial(two_storeys, T=1), weight=0.5),
    ),
    source="Deck 5, Multi-layer RNNs",
    frameworks=("keras",),
    rtol=FLOAT32,
    uses=("lstm_cell",),
)


@STACKED_LSTM.mistake(
    "only the last state of the upper layer is returned: return_sequences is missing above",
    hint="A Keras layer returns h_T alone unless it is told to return the sequence. Both layers "
    "have to be told.",
)
def upper_returns_the_last(x, W_x, W_h, b, W_x_up, W_h_up, b_up):
    lower, _ = lstm_cell(x, None, None, W_x, W_h, b)
    upper, _ = lstm_cell(lower, None, None, W_x_up, W_h_up, b_up)
    return upper[:, -1]


@STACKED_LSTM.mistake(
    "the upper layer reads the last state of the lower one at every step",
    hint="Deck 5's arrows go straight up: at step t from the lower state of the same step.",
)
def upper_reads_the_last_state(x, W_x, W_h, b, W_x_up, W_h_up, b_up):
    lower, _ = lstm_cell(x, None, None, W_x, W_h, b)
    repeated = np.repeat(lower[:, -1:], x.shape[1], axis=1)
    return lstm_cell(repeated, None, None, W_x_up, W_h_up, b_up)[0]


@STACKED_LSTM.mistake(
    "the lower layer's states are returned, not the upper one's",
    hint="What is above is computed, and then not used.",
)
def lower_returned(x, W_x, W_h, b, W_x_up, W_h_up, b_up):
    return lstm_cell(x, None, None, W_x, W_h, b)[0]


@STACKED_LSTM.mistake(
    "the cells c go up, not the hidden states h",
    hint="Deck 5: the hidden states of layer i are the inputs of layer i + 1. Which is shown?",
)
def cells_go_up(x, W_x, W_h, b, W_x_up, W_h_up, b_up):
    zeros = np.zeros((x.shape[0], W_h.shape[0]))
    _, c = lstm_sequence(x, zeros, zeros, W_x, W_h, b)
    return lstm_cell(c, None, None, W_x_up, W_h_up, b_up)[0]


@STACKED_LSTM.mistake(
    "the states of both layers are returned side by side",
    hint="Only the top layer is seen from outside.",
)
def both_layers_returned(x, W_x, W_h, b, W_x_up, W_h_up, b_up):
    lower, _ = lstm_cell(x, None, None, W_x, W_h, b)
    upper, _ = lstm_cell(lower, None, None, W_x_up, W_h_up, b_up)
    return np.concatenate([lower, upper], axis=-1)


@STACKED_LSTM.mistake(
    "the upper layer reads the lower state of the step before",
    hint="Is the layer above one step late? At step t it reads what the lower one says at t.",
)
def upper_one_step_late(x, W_x, W_h, b, W_x_up, W_h_up, b_up):
    lower, _ = lstm_cell(x, None, None, W_x, W_h, b)
    late = np.concatenate([np.zeros_like(lower[:, :1]), lower[:, :-1]], axis=1)
    return lstm_cell(late, None, None, W_x_up, W_h_up, b_up)[0]


@STACKED_LSTM.mistake(
    "the upper layer reads backwards",
    hint="That would be half of a bidirectional network. Both layers read forwards.",
)
def upper_reads_backwards(x, W_x, W_h, b, W_x_up, W_h_up, b_up):
    lower, _ = lstm_cell(x, None, None, W_x, W_h, b)
    upper, _ = lstm_cell(lower[:, ::-1], None, None, W_x_up, W_h_up, b_up)
    return upper[:, ::-1]


@STACKED_LSTM.mistake(
    "what goes up is squashed once more by tanh",
    hint="h lies between -1 and 1 already: it goes up as it is.",
)
def squashed_between(x, W_x, W_h, b, W_x_up, W_h_up, b_up):
    lower, _ = lstm_cell(x, None, None, W_x, W_h, b)
    return lstm_cell(np.tanh(lower), None, None, W_x_up, W_h_up, b_up)[0]


@STACKED_LSTM.mistake(
    "negative entries are set to zero on the way up (a ReLU between the layers)",
    hint="Layers of a feed-forward network have a ReLU between them. Here h goes up as it is.",
)
def relu_between(x, W_x, W_h, b, W_x_up, W_h_up, b_up):
    lower, _ = lstm_cell(x, None, None, W_x, W_h, b)
    return lstm_cell(np.maximum(lower, 0), None, None, W_x_up, W_h_up, b_up)[0]


@STACKED_LSTM.mistake(
    "the upper layer's biases are not set",
    hint="Six arrays were sent, three for each layer. Are all six in their places?",
)
def upper_without_bias(x, W_x, W_h, b, W_x_up, W_h_up, b_up):
    lower, _ = lstm_cell(x, None, None, W_x, W_h, b)
    return lstm_cell(lower, None, None, W_x_up, W_h_up, np.zeros_like(b_up))[0]


@STACKED_LSTM.mistake(
    "time comes first in what is returned, (T, N, U) (PyTorch's default)",
    hint="Arrays are batch first in this course.",
    convention=True,
)
def time_first(x, W_x, W_h, b, W_x_up, W_h_up, b_up):
    lower, _ = lstm_cell(x, None, None, W_x, W_h, b)
    upper, _ = lstm_cell(lower, None, None, W_x_up, W_h_up, b_up)
    return np.swapaxes(upper, 0, 1)
