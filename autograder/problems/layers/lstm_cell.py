"""The student's LSTM as a Keras cell, run over time by Keras's RNN."""

from __future__ import annotations

from functools import partial

import numpy as np

from autograder.problem import Case, Output, Problem
from autograder.problems.draws import FLOAT32
from autograder.problems.layers.draws import draw_lstm, draw_without_states
from lmkit.by_hand.layers import lstm_cell
from lmkit.by_hand.lstm import lstm_gates, lstm_sequence, lstm_step, sigmoid

LSTM_CELL = Problem(
    name="lstm_cell",
    reference=lstm_cell,
    outputs=(Output("h"), Output("c", weight=0.5)),
    cases=(
        Case("a random batch", draw_lstm),
        Case("a single step, no states given", partial(draw_without_states, T=1), weight=0.5),
    ),
    source="Deck 3, Long short-term memory",
    frameworks=("keras",),
    rtol=FLOAT32,
    uses=("lstm_weights",),
)


@LSTM_CELL.mistake(
    "the states are returned as [c, h], and Keras hands them back in that order",
    hint="What call returns as states at one step it is given at the next. In which order did it "
    "take them apart?",
)
def states_in_the_wrong_order(x, h0, c0, W_x, W_h, b):
    zeros = np.zeros((x.shape[0], W_h.shape[0]))
    first, second, hs = (zeros if h0 is None else h0), (zeros if c0 is None else c0), []
    for t in range(x.shape[1]):
        h, c = lstm_step(x[:, t], first, second, W_x, W_h, b)
        first, second = c, h
        hs.append(h)
    return np.stack(hs, axis=1), second


@LSTM_CELL.mistake(
    "call gives out c where h belongs",
    hint="The output of a cell is what it reveals, not what it keeps.",
)
def cell_is_the_output(x, h0, c0, W_x, W_h, b):
    zeros = np.zeros((x.shape[0], W_h.shape[0]))
    h0, c0 = (zeros if h0 is None else h0), (zeros if c0 is None else c0)
    _, c = lstm_sequence(x, h0, c0, W_x, W_h, b)
    return c, c[:, -1]


@LSTM_CELL.mistake(
    "the last h is returned in the place of the last c",
    hint="With return_state the layer returns every h, then the last states. Which of them is c?",
)
def last_h_for_last_c(x, h0, c0, W_x, W_h, b):
    zeros = np.zeros((x.shape[0], W_h.shape[0]))
    h0, c0 = (zeros if h0 is None else h0), (zeros if c0 is None else c0)
    h, _ = lstm_sequence(x, h0, c0, W_x, W_h, b)
    return h, h[:, -1]


@LSTM_CELL.mistake(
    "the old c is handed on: the new one is computed and thrown away",
    hint="The states that call returns are the next step's start. Are both of them new?",
)
def old_cell_handed_on(x, h0, c0, W_x, W_h, b):
    zeros = np.zeros((x.shape[0], W_h.shape[0]))
    h, c, hs = (zeros if h0 is None else h0), (zeros if c0 is None else c0), []
    for t in range(x.shape[1]):
        h, _ = lstm_step(x[:, t], h, c, W_x, W_h, b)
        hs.append(h)
    return np.stack(hs, axis=1), c


@LSTM_CELL.mistake(
    "the old h is handed on: the gates never see what came before",
    hint="The states that call returns are the next step's start. Are both of them new?",
)
def old_state_handed_on(x, h0, c0, W_x, W_h, b):
    zeros = np.zeros((x.shape[0], W_h.shape[0]))
    start, c, hs = (zeros if h0 is None else h0), (zeros if c0 is None else c0), []
    for t in range(x.shape[1]):
        h, c = lstm_step(x[:, t], start, c, W_x, W_h, b)
        hs.append(h)
    return np.stack(hs, axis=1), c


@LSTM_CELL.mistake(
    "the given states are not handed to the layer: it starts from zeros",
    hint="A Keras layer takes its start by an argument of the call. Look for its name.",
)
def initial_state_ignored(x, h0, c0, W_x, W_h, b):
    zeros = np.zeros((x.shape[0], W_h.shape[0]))
    h, c = lstm_sequence(x, zeros, zeros, W_x, W_h, b)
    return h, c[:, -1]


@LSTM_CELL.mistake(
    "h0 and c0 are handed over in each other's place",
    hint="The states stand in the order of state_size: the one in which call takes them apart.",
)
def initial_states_swapped(x, h0, c0, W_x, W_h, b):
    zeros = np.zeros((x.shape[0], W_h.shape[0]))
    h0, c0 = (zeros if h0 is None else h0), (zeros if c0 is None else c0)
    h, c = lstm_sequence(x, c0, h0, W_x, W_h, b)
    return h, c[:, -1]


@LSTM_CELL.mistake(
    "the states that nobody gives are ones, not zeros",
    hint="get_initial_state says what the memory holds before anything was read: nothing.",
)
def ones_at_the_start(x, h0, c0, W_x, W_h, b):
    ones = np.ones((x.shape[0], W_h.shape[0]))
    h0, c0 = (ones if h0 is None else h0), (ones if c0 is None else c0)
    h, c = lstm_sequence(x, h0, c0, W_x, W_h, b)
    return h, c[:, -1]


@LSTM_CELL.mistake(
    "only the last h is returned: return_sequences is missing",
    hint="A Keras layer returns h_T alone unless it is told to return the sequence.",
)
def only_the_last_h(x, h0, c0, W_x, W_h, b):
    zeros = np.zeros((x.shape[0], W_h.shape[0]))
    h0, c0 = (zeros if h0 is None else h0), (zeros if c0 is None else c0)
    h, c = lstm_sequence(x, h0, c0, W_x, W_h, b)
    return h[:, -1], c[:, -1]


@LSTM_CELL.mistake(
    "the weights are used in the order i, f, g, o (Keras's own LSTM, where g is called c)",
    hint="The judge's weights stand as in deck 3's stack. In which order does call split a?",
    convention=True,
)
def keras_order(x, h0, c0, W_x, W_h, b):
    zeros = np.zeros((x.shape[0], W_h.shape[0]))
    h, c, hs = (zeros if h0 is None else h0), (zeros if c0 is None else c0), []
    for t in range(x.shape[1]):
        a_i, a_f, a_g, a_o = np.split(x[:, t] @ W_x + h @ W_h + b, 4, axis=-1)
        c = sigmoid(a_f) * c + sigmoid(a_i) * np.tanh(a_g)
        h = sigmoid(a_o) * np.tanh(c)
        hs.append(h)
    return np.stack(hs, axis=1), c


@LSTM_CELL.mistake(
    "the input and the forget gate are swapped",
    hint="One gate decides what is kept of c_{t-1}, the other what is written to it.",
)
def input_and_forget_swapped(x, h0, c0, W_x, W_h, b):
    zeros = np.zeros((x.shape[0], W_h.shape[0]))
    h, c, hs = (zeros if h0 is None else h0), (zeros if c0 is None else c0), []
    for t in range(x.shape[1]):
        i, f, o, g = lstm_gates(x[:, t], h, W_x, W_h, b)
        c = i * c + f * g
        h = o * np.tanh(c)
        hs.append(h)
    return np.stack(hs, axis=1), c


@LSTM_CELL.mistake(
    "tanh is left out of h, so that h = o * c (deck 5 prints it so; that is a slip)",
    hint="What is read from the cell is squashed first. Compare deck 3's last line with deck 5's.",
)
def no_tanh_of_the_cell(x, h0, c0, W_x, W_h, b):
    zeros = np.zeros((x.shape[0], W_h.shape[0]))
    h, c, hs = (zeros if h0 is None else h0), (zeros if c0 is None else c0), []
    for t in range(x.shape[1]):
        i, f, o, g = lstm_gates(x[:, t], h, W_x, W_h, b)
        c = f * c + i * g
        h = o * c
        hs.append(h)
    return np.stack(hs, axis=1), c


@LSTM_CELL.mistake(
    "g is squashed by the sigmoid, like the gates",
    hint="g says what to write, and that may be negative. Which row of deck 3's stack is unlike "
    "the others?",
)
def sigmoid_on_g(x, h0, c0, W_x, W_h, b):
    zeros = np.zeros((x.shape[0], W_h.shape[0]))
    h, c, hs = (zeros if h0 is None else h0), (zeros if c0 is None else c0), []
    for t in range(x.shape[1]):
        i, f, o, g = np.split(sigmoid(x[:, t] @ W_x + h @ W_h + b), 4, axis=-1)
        c = f * c + i * g
        h = o * np.tanh(c)
        hs.append(h)
    return np.stack(hs, axis=1), c


@LSTM_CELL.mistake(
    "the bias is never added in call",
    hint="build makes three weights. Does call use all three?",
)
def bias_unused(x, h0, c0, W_x, W_h, b):
    zeros = np.zeros((x.shape[0], W_h.shape[0]))
    h0, c0 = (zeros if h0 is None else h0), (zeros if c0 is None else c0)
    h, c = lstm_sequence(x, h0, c0, W_x, W_h, np.zeros_like(b))
    return h, c[:, -1]


@LSTM_CELL.mistake(
    "1 is added to the forget gate at every step, over and above b",
    hint="The forget bias of 1 is where training starts from: lstm_weights has put it into b.",
)
def forget_bias_in_call(x, h0, c0, W_x, W_h, b):
    zeros = np.zeros((x.shape[0], W_h.shape[0]))
    h0, c0 = (zeros if h0 is None else h0), (zeros if c0 is None else c0)
    h, c = lstm_sequence(x, h0, c0, W_x, W_h, b + np.repeat([0, 1, 0, 0], W_h.shape[0]))
    return h, c[:, -1]


@LSTM_CELL.mistake(
    "the sequence is read from its end to its beginning (go_backwards)",
    hint="That is the second half of a bidirectional network. This one reads forward.",
)
def read_backwards(x, h0, c0, W_x, W_h, b):
    zeros = np.zeros((x.shape[0], W_h.shape[0]))
    h0, c0 = (zeros if h0 is None else h0), (zeros if c0 is None else c0)
    h, c = lstm_sequence(x[:, ::-1], h0, c0, W_x, W_h, b)
    return h, c[:, -1]


@LSTM_CELL.mistake(
    "every c is returned, not the last one alone",
    hint="A layer shows its outputs at every step and its states at the end.",
)
def every_cell(x, h0, c0, W_x, W_h, b):
    zeros = np.zeros((x.shape[0], W_h.shape[0]))
    h0, c0 = (zeros if h0 is None else h0), (zeros if c0 is None else c0)
    return lstm_sequence(x, h0, c0, W_x, W_h, b)
