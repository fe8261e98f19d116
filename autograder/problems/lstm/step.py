"""The LSTM, one step: the new cell, and what of it the hidden state reveals."""

from __future__ import annotations

from functools import partial

import numpy as np

from autograder.problem import Case, Output, Problem
from autograder.problems.cell_draws import step_inputs
from autograder.problems.draws import FLOAT32
from lmkit.by_hand.lstm import lstm_gates, lstm_step, sigmoid

LSTM_STEP = Problem(
    name="lstm_step",
    reference=lstm_step,
    outputs=(Output("h"), Output("c")),
    cases=(
        Case("a random batch", partial(step_inputs, gates=4, states=2)),
        Case("a batch of one, N = 1", partial(step_inputs, gates=4, states=2, N=1), weight=0.5),
    ),
    source="Deck 3, Long short-term memory",
    uses=("lstm_gates",),
    rtol=FLOAT32,
)


@LSTM_STEP.mistake(
    "the input and the forget gate are swapped",
    hint="One gate decides what is kept of c_{t-1}, the other what is written to it.",
)
def step_i_and_f_swapped(x, h_prev, c_prev, W_x, W_h, b):
    i, f, o, g = lstm_gates(x, h_prev, W_x, W_h, b)
    c = i * c_prev + f * g
    return o * np.tanh(c), c


@LSTM_STEP.mistake(
    "the forget and the output gate are swapped",
    hint="One gate decides what is kept of c_{t-1}, the other what the hidden state reveals.",
)
def step_f_and_o_swapped(x, h_prev, c_prev, W_x, W_h, b):
    i, f, o, g = lstm_gates(x, h_prev, W_x, W_h, b)
    c = o * c_prev + i * g
    return f * np.tanh(c), c


@LSTM_STEP.mistake(
    "o and g are swapped, after they went through sigma and tanh",
    hint="lstm_gates returns i, f, o, g. Which of the last two is written to the cell?",
)
def step_o_and_g_swapped(x, h_prev, c_prev, W_x, W_h, b):
    i, f, g, o = lstm_gates(x, h_prev, W_x, W_h, b)
    c = f * c_prev + i * g
    return o * np.tanh(c), c


@LSTM_STEP.mistake(
    "the gates stand in the order i, f, g, o (Keras, where g is called c, and PyTorch)",
    hint="Libraries order the four blocks differently. Deck 3 stacks them in one column vector: "
    "read its last two entries again.",
    convention=True,
)
def step_in_keras_order(x, h_prev, c_prev, W_x, W_h, b):
    a_i, a_f, a_g, a_o = np.split(x @ W_x + h_prev @ W_h + b, 4, axis=-1)
    c = sigmoid(a_f) * c_prev + sigmoid(a_i) * np.tanh(a_g)
    return sigmoid(a_o) * np.tanh(c), c


@LSTM_STEP.mistake(
    "tanh is left out of h, so that h = o * c (deck 5 prints it so; that is a slip)",
    hint="What is read from the cell is squashed first. Compare deck 3's last line with deck 5's.",
)
def step_no_tanh_in_h(x, h_prev, c_prev, W_x, W_h, b):
    i, f, o, g = lstm_gates(x, h_prev, W_x, W_h, b)
    c = f * c_prev + i * g
    return o * c, c


@LSTM_STEP.mistake(
    "c is returned before h (the order of TensorFlow 1's LSTMStateTuple)",
    hint="Deck 4 names the cell first. Look at the order in this function's docstring.",
    convention=True,
)
def step_c_before_h(x, h_prev, c_prev, W_x, W_h, b):
    i, f, o, g = lstm_gates(x, h_prev, W_x, W_h, b)
    c = f * c_prev + i * g
    return c, o * np.tanh(c)


@LSTM_STEP.mistake(
    "h is read from the old cell, c_{t-1}",
    hint="The cell is written first and read afterwards. Which of the two cells does h_t see?",
)
def step_h_from_old_cell(x, h_prev, c_prev, W_x, W_h, b):
    i, f, o, g = lstm_gates(x, h_prev, W_x, W_h, b)
    return o * np.tanh(c_prev), f * c_prev + i * g


@LSTM_STEP.mistake(
    "h_{t-1} stands where c_{t-1} belongs in the new cell",
    hint="There are two states. Which of them does the forget gate act on?",
)
def step_h_in_the_cell(x, h_prev, c_prev, W_x, W_h, b):
    i, f, o, g = lstm_gates(x, h_prev, W_x, W_h, b)
    c = f * h_prev + i * g
    return o * np.tanh(c), c


@LSTM_STEP.mistake(
    "the gates look at c_{t-1} instead of h_{t-1}",
    hint="There are two states. Which of them is multiplied with W_h?",
)
def step_gates_see_the_cell(x, h_prev, c_prev, W_x, W_h, b):
    i, f, o, g = lstm_gates(x, c_prev, W_x, W_h, b)
    c = f * c_prev + i * g
    return o * np.tanh(c), c


@LSTM_STEP.mistake(
    "c_{t-1} is forgotten altogether: c = i * g",
    hint="The cell is what the LSTM remembers. Where does the old one enter the new one?",
)
def step_old_cell_ignored(x, h_prev, c_prev, W_x, W_h, b):
    i, _, o, g = lstm_gates(x, h_prev, W_x, W_h, b)
    c = i * g
    return o * np.tanh(c), c


@LSTM_STEP.mistake(
    "the forget gate is left out, c = c_{t-1} + i * g (the LSTM of 1997, which had none)",
    hint="Such a cell can only gather. What lets it erase?",
    convention=True,
)
def step_without_forget_gate(x, h_prev, c_prev, W_x, W_h, b):
    i, _, o, g = lstm_gates(x, h_prev, W_x, W_h, b)
    c = c_prev + i * g
    return o * np.tanh(c), c


@LSTM_STEP.mistake(
    "the input gate is left out: all of g is written",
    hint="g is what could be written. Deck 1 asks why it is not simply added: find the answer.",
)
def step_without_input_gate(x, h_prev, c_prev, W_x, W_h, b):
    _, f, o, g = lstm_gates(x, h_prev, W_x, W_h, b)
    c = f * c_prev + g
    return o * np.tanh(c), c


@LSTM_STEP.mistake(
    "the output gate is left out: all of the cell is revealed",
    hint="h_t is a filtered view of the cell. What filters it?",
)
def step_without_output_gate(x, h_prev, c_prev, W_x, W_h, b):
    i, f, _, g = lstm_gates(x, h_prev, W_x, W_h, b)
    c = f * c_prev + i * g
    return np.tanh(c), c


@LSTM_STEP.mistake(
    "the cell keeps 1 - f of itself",
    hint="The name misleads: what does deck 1 say the cell does when the forget gate is 1?",
)
def step_forget_means_erase(x, h_prev, c_prev, W_x, W_h, b):
    i, f, o, g = lstm_gates(x, h_prev, W_x, W_h, b)
    c = (1 - f) * c_prev + i * g
    return o * np.tanh(c), c


@LSTM_STEP.mistake(
    "the cell keeps 1 - i of itself (the coupled LSTM, CIFG)",
    hint="That is the GRU's idea. The LSTM has a gate of its own for it.",
    convention=True,
)
def step_coupled(x, h_prev, c_prev, W_x, W_h, b):
    i, _, o, g = lstm_gates(x, h_prev, W_x, W_h, b)
    c = (1 - i) * c_prev + i * g
    return o * np.tanh(c), c


@LSTM_STEP.mistake(
    "1 - f stands in the place of i: only what is forgotten is written (a coupled LSTM)",
    hint="That saves a gate. Deck 3's LSTM has one of its own for what is written.",
    convention=True,
)
def step_coupled_to_f(x, h_prev, c_prev, W_x, W_h, b):
    _, f, o, g = lstm_gates(x, h_prev, W_x, W_h, b)
    c = f * c_prev + (1 - f) * g
    return o * np.tanh(c), c


@LSTM_STEP.mistake(
    "the cell itself is squashed by tanh before it is passed on",
    hint="From c_{t-1} to c_t goes a straight line, that is the core idea. Only what is read "
    "from the cell is squashed.",
)
def step_squashed_cell(x, h_prev, c_prev, W_x, W_h, b):
    i, f, o, g = lstm_gates(x, h_prev, W_x, W_h, b)
    c = np.tanh(f * c_prev + i * g)
    return o * c, c


@LSTM_STEP.mistake(
    "h is o * sigma(c)",
    hint="h_t may be negative. Which nonlinearity stands in deck 3's last line?",
)
def step_sigmoid_in_h(x, h_prev, c_prev, W_x, W_h, b):
    i, f, o, g = lstm_gates(x, h_prev, W_x, W_h, b)
    c = f * c_prev + i * g
    return o * sigmoid(c), c


@LSTM_STEP.mistake(
    "sigma and tanh are applied to the gates a second time",
    hint="What does lstm_gates return: x W_x + h W_h + b, or the gates?",
)
def step_squashed_twice(x, h_prev, c_prev, W_x, W_h, b):
    i, f, o, g = lstm_gates(x, h_prev, W_x, W_h, b)
    c = sigmoid(f) * c_prev + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


@LSTM_STEP.mistake(
    "what is kept and what is written are multiplied, not added",
    hint="Deck 5 calls the LSTM's basic idea: turning multiplication into addition.",
)
def step_product_not_sum(x, h_prev, c_prev, W_x, W_h, b):
    i, f, o, g = lstm_gates(x, h_prev, W_x, W_h, b)
    c = (f * c_prev) * (i * g)
    return o * np.tanh(c), c


@LSTM_STEP.mistake(
    "1 is added to the forget gate's bias at every step (TensorFlow 1's BasicLSTMCell)",
    hint="A forget bias of 1 is a way to initialise b. Whoever wants it has put it into b.",
    convention=True,
)
def step_forget_bias(x, h_prev, c_prev, W_x, W_h, b):
    i, f, o, g = lstm_gates(x, h_prev, W_x, W_h, b + np.repeat([0, 1, 0, 0], b.size // 4))
    c = f * c_prev + i * g
    return o * np.tanh(c), c


@LSTM_STEP.mistake(
    "h and c are right, but c_{t-1} is changed in place",
    hint="*= and += write into the array that the caller still holds. Make a new one.",
)
def step_changes_c_prev(x, h_prev, c_prev, W_x, W_h, b):
    i, f, o, g = lstm_gates(x, h_prev, W_x, W_h, b)
    c_prev *= f
    c_prev += i * g
    return o * np.tanh(c_prev), c_prev
