"""The simple RNN, forward: one step."""

from __future__ import annotations

import numpy as np

from autograder.problem import Case, Output, Problem
from autograder.problems.draws import FLOAT32
from autograder.problems.rnn_draws import draw_square_step, draw_step, draw_step_of_one
from lmkit.by_hand.rnn import rnn_step

RNN_STEP = Problem(
    name="rnn_step",
    reference=rnn_step,
    outputs=(Output("h"),),
    cases=(
        Case("a random batch", draw_step, weight=2),
        Case("a batch of one, N = 1", draw_step_of_one),
        Case("as many inputs as hidden units, D = H", draw_square_step),
    ),
    source="Deck 3, How to calculate the hidden state of RNNs",
    rtol=FLOAT32,
)


@RNN_STEP.mistake(
    "tanh is left out",
    hint="Without a nonlinearity many steps are one matrix product. Look at h_t = tanh(...).",
)
def no_tanh(x, h_prev, W_x, W_h, b):
    return x @ W_x + h_prev @ W_h + b


@RNN_STEP.mistake(
    "the bias is left out",
    hint="Deck 3 first writes h_t without b; the character model a few slides on has it.",
)
def no_bias(x, h_prev, W_x, W_h, b):
    return np.tanh(x @ W_x + h_prev @ W_h)


@RNN_STEP.mistake(
    "W_h is transposed",
    hint="The lectures write W h with columns. What stands on which side when h is a row?",
)
def W_h_transposed(x, h_prev, W_x, W_h, b):
    return np.tanh(x @ W_x + h_prev @ W_h.T + b)


@RNN_STEP.mistake(
    "the old state h_{t-1} is not used",
    hint="h_t = f_W(h_{t-1}, x_t) has two arguments. A network without the first has no memory.",
)
def no_state(x, h_prev, W_x, W_h, b):
    return np.tanh(x @ W_x + b)


@RNN_STEP.mistake(
    "the input x_t is not used",
    hint="h_t = f_W(h_{t-1}, x_t) has two arguments. Where does the second one enter?",
)
def no_input(x, h_prev, W_x, W_h, b):
    return np.tanh(h_prev @ W_h + b)


@RNN_STEP.mistake(
    "W_x and W_h are exchanged",
    hint="One matrix reads the input, the other the old state. They only fit both ways if D = H.",
)
def weights_exchanged(x, h_prev, W_x, W_h, b):
    return np.tanh(x @ W_h + h_prev @ W_x + b)


@RNN_STEP.mistake(
    "the nonlinearity is the sigmoid (deck 1's slide has sigma there)",
    hint="Deck 1 writes a general sigma; decks 3 and 5 name the function that this course takes.",
    convention=True,
)
def sigmoid_for_tanh(x, h_prev, W_x, W_h, b):
    return 1 / (1 + np.exp(-(x @ W_x + h_prev @ W_h + b)))


@RNN_STEP.mistake(
    "the nonlinearity is ReLU",
    hint="Deck 5 names g: between which two values does every hidden unit stay?",
)
def relu_for_tanh(x, h_prev, W_x, W_h, b):
    return np.maximum(0, x @ W_x + h_prev @ W_h + b)


@RNN_STEP.mistake(
    "the bias is added after tanh",
    hint="A hidden unit never leaves (-1, 1). What has to stand inside the brackets for that?",
)
def bias_outside(x, h_prev, W_x, W_h, b):
    return np.tanh(x @ W_x + h_prev @ W_h) + b


@RNN_STEP.mistake(
    "the bias is added twice, with the input and with the state",
    hint="Count the terms inside the brackets in deck 3: there are three.",
)
def bias_twice(x, h_prev, W_x, W_h, b):
    return np.tanh((x @ W_x + b) + (h_prev @ W_h + b))


@RNN_STEP.mistake(
    "tanh is taken of the input's part and the state's part separately",
    hint="Input and old state are added first and squashed together. Look at the brackets.",
)
def tanh_of_each_part(x, h_prev, W_x, W_h, b):
    return np.tanh(x @ W_x + b) + np.tanh(h_prev @ W_h)


@RNN_STEP.mistake(
    "the old state is added to the new one",
    hint="A simple RNN replaces its state at every step. Additive updates come with the LSTM.",
)
def state_added(x, h_prev, W_x, W_h, b):
    return h_prev + np.tanh(x @ W_x + h_prev @ W_h + b)


@RNN_STEP.mistake(
    "only the first sequence of the batch is computed",
    hint="The rows of x are N sequences side by side. A matrix product takes them all at once.",
)
def first_row_only(x, h_prev, W_x, W_h, b):
    h = np.zeros(h_prev.shape)
    h[0] = np.tanh(x[0] @ W_x + h_prev[0] @ W_h + b)
    return h


@RNN_STEP.mistake(
    "the new state is written over h_prev",
    hint="h_prev belongs to whoever called you and is needed again on the way back. "
    "Make a new array.",
)
def state_overwritten(x, h_prev, W_x, W_h, b):
    h_prev[:] = np.tanh(x @ W_x + h_prev @ W_h + b)
    return h_prev
