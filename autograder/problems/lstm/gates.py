"""The four gates of an LSTM step: what is written, kept, revealed, and the new content."""

from __future__ import annotations

from functools import partial

import numpy as np

from autograder.problem import Case, Output, Problem
from autograder.problems.cell_draws import step_inputs
from autograder.problems.draws import FLOAT32
from lmkit.by_hand.lstm import lstm_gates, sigmoid

LSTM_GATES = Problem(
    name="lstm_gates",
    reference=lstm_gates,
    outputs=(Output("i"), Output("f"), Output("o"), Output("g")),
    cases=(
        Case("a random batch", partial(step_inputs, gates=4, states=1)),
        Case("a batch of one, N = 1", partial(step_inputs, gates=4, states=1, N=1), weight=0.5),
    ),
    source="Deck 3, Long short-term memory",
    rtol=FLOAT32,
)


@LSTM_GATES.mistake(
    "g is made of the columns of o",
    hint="There are four blocks of H columns. Where does the last one begin?",
)
def g_from_columns_of_o(x, h_prev, W_x, W_h, b):
    a_i, a_f, a_o, _ = np.split(x @ W_x + h_prev @ W_h + b, 4, axis=-1)
    return sigmoid(a_i), sigmoid(a_f), sigmoid(a_o), np.tanh(a_o)


@LSTM_GATES.mistake(
    "the gates stand in the order i, f, g, o (Keras, where g is called c, and PyTorch)",
    hint="Libraries order the four blocks differently. Deck 3 stacks them in one column vector: "
    "read its last two entries again.",
    convention=True,
)
def gates_in_keras_order(x, h_prev, W_x, W_h, b):
    a_i, a_f, a_g, a_o = np.split(x @ W_x + h_prev @ W_h + b, 4, axis=-1)
    return sigmoid(a_i), sigmoid(a_f), sigmoid(a_o), np.tanh(a_g)


@LSTM_GATES.mistake(
    "the input and the forget gate stand in each other's columns (the order f, i, o, g)",
    hint="Deck 5 explains the forget gate first; the weights lie in the order of deck 3's stack.",
)
def gates_forget_first(x, h_prev, W_x, W_h, b):
    a_f, a_i, a_o, a_g = np.split(x @ W_x + h_prev @ W_h + b, 4, axis=-1)
    return sigmoid(a_i), sigmoid(a_f), sigmoid(a_o), np.tanh(a_g)


@LSTM_GATES.mistake(
    "the columns are taken in the order f, i, g, o",
    hint="That is the order in which the pictures explain the gates. The weights lie in the "
    "order of deck 3's stack.",
)
def gates_in_order_of_pictures(x, h_prev, W_x, W_h, b):
    a_f, a_i, a_g, a_o = np.split(x @ W_x + h_prev @ W_h + b, 4, axis=-1)
    return sigmoid(a_i), sigmoid(a_f), sigmoid(a_o), np.tanh(a_g)


@LSTM_GATES.mistake(
    "the gates stand in the order i, g, f, o (TensorFlow 1's BasicLSTMCell)",
    hint="Libraries order the four blocks differently. Deck 3 stacks them in one column vector.",
    convention=True,
)
def gates_in_tensorflow_1_order(x, h_prev, W_x, W_h, b):
    a_i, a_g, a_f, a_o = np.split(x @ W_x + h_prev @ W_h + b, 4, axis=-1)
    return sigmoid(a_i), sigmoid(a_f), sigmoid(a_o), np.tanh(a_g)


@LSTM_GATES.mistake(
    "the gates stand in the order i, o, f, g (ONNX)",
    hint="Libraries order the four blocks differently. Deck 3 stacks them in one column vector.",
    convention=True,
)
def gates_in_onnx_order(x, h_prev, W_x, W_h, b):
    a_i, a_o, a_f, a_g = np.split(x @ W_x + h_prev @ W_h + b, 4, axis=-1)
    return sigmoid(a_i), sigmoid(a_f), sigmoid(a_o), np.tanh(a_g)


@LSTM_GATES.mistake(
    "every fourth column is taken for a gate, not a block of H columns side by side",
    hint="The four gates stand side by side: all of i, then all of f, and so on. What does "
    "reshape do to a row?",
)
def gates_interleaved(x, h_prev, W_x, W_h, b):
    a = x @ W_x + h_prev @ W_h + b
    return sigmoid(a[:, 0::4]), sigmoid(a[:, 1::4]), sigmoid(a[:, 2::4]), np.tanh(a[:, 3::4])


@LSTM_GATES.mistake(
    "the four are right, but g is returned before o",
    hint="The function returns i, f, o, g. Look at the order in its docstring.",
)
def gates_returned_out_of_order(x, h_prev, W_x, W_h, b):
    a_i, a_f, a_o, a_g = np.split(x @ W_x + h_prev @ W_h + b, 4, axis=-1)
    return sigmoid(a_i), sigmoid(a_f), np.tanh(a_g), sigmoid(a_o)


@LSTM_GATES.mistake(
    "g is squashed by the sigmoid, like the gates",
    hint="i, f and o say how much, between 0 and 1. g says what to write, and that may be "
    "negative. Look at the nonlinearities in deck 3's stack.",
)
def gates_sigmoid_on_g(x, h_prev, W_x, W_h, b):
    a_i, a_f, a_o, a_g = np.split(x @ W_x + h_prev @ W_h + b, 4, axis=-1)
    return sigmoid(a_i), sigmoid(a_f), sigmoid(a_o), sigmoid(a_g)


@LSTM_GATES.mistake(
    "the gates i, f and o are squashed by tanh",
    hint="A gate lets through a share between nothing and all. Which function has its values "
    "between 0 and 1?",
)
def gates_all_tanh(x, h_prev, W_x, W_h, b):
    a_i, a_f, a_o, a_g = np.split(x @ W_x + h_prev @ W_h + b, 4, axis=-1)
    return np.tanh(a_i), np.tanh(a_f), np.tanh(a_o), np.tanh(a_g)


@LSTM_GATES.mistake(
    "g is left without its nonlinearity",
    hint="The new content of the cell is squashed too. Look at the last row of deck 3's stack.",
)
def gates_linear_g(x, h_prev, W_x, W_h, b):
    a_i, a_f, a_o, a_g = np.split(x @ W_x + h_prev @ W_h + b, 4, axis=-1)
    return sigmoid(a_i), sigmoid(a_f), sigmoid(a_o), a_g


@LSTM_GATES.mistake(
    "no nonlinearity is applied at all",
    hint="x W_x + h W_h + b can be any number. What makes a gate out of it?",
)
def gates_linear(x, h_prev, W_x, W_h, b):
    a_i, a_f, a_o, a_g = np.split(x @ W_x + h_prev @ W_h + b, 4, axis=-1)
    return a_i, a_f, a_o, a_g


@LSTM_GATES.mistake(
    "the gates use the hard sigmoid, clip(0.2 a + 0.5, 0, 1) (Keras before 2.3)",
    hint="The lectures' sigma is the smooth one.",
    convention=True,
)
def gates_hard_sigmoid(x, h_prev, W_x, W_h, b):
    a = x @ W_x + h_prev @ W_h + b
    a_g = np.split(a, 4, axis=-1)[3]
    i, f, o, _ = np.split(np.clip(0.2 * a + 0.5, 0, 1), 4, axis=-1)
    return i, f, o, np.tanh(a_g)


@LSTM_GATES.mistake(
    "the forget gate is 1 - sigma: large where the cell should be erased",
    hint="The name misleads: f is multiplied with c_{t-1}. What must f be for the cell to stay?",
)
def gates_forget_means_erase(x, h_prev, W_x, W_h, b):
    a_i, a_f, a_o, a_g = np.split(x @ W_x + h_prev @ W_h + b, 4, axis=-1)
    return sigmoid(a_i), 1 - sigmoid(a_f), sigmoid(a_o), np.tanh(a_g)


@LSTM_GATES.mistake(
    "the forget gate is tied to the input gate, f = 1 - i (the coupled LSTM, CIFG)",
    hint="That is the GRU's idea. The LSTM's forget gate has weights of its own: deck 3.",
    convention=True,
)
def gates_coupled(x, h_prev, W_x, W_h, b):
    a_i, _, a_o, a_g = np.split(x @ W_x + h_prev @ W_h + b, 4, axis=-1)
    return sigmoid(a_i), 1 - sigmoid(a_i), sigmoid(a_o), np.tanh(a_g)


@LSTM_GATES.mistake(
    "the bias is left out",
    hint="Deck 1 writes each gate with its own b. What is a gate when x and h are zero?",
)
def gates_without_bias(x, h_prev, W_x, W_h, b):
    a_i, a_f, a_o, a_g = np.split(x @ W_x + h_prev @ W_h, 4, axis=-1)
    return sigmoid(a_i), sigmoid(a_f), sigmoid(a_o), np.tanh(a_g)


@LSTM_GATES.mistake(
    "the bias is added twice, once with x and once with h",
    hint="Here one b serves both products. (PyTorch keeps two and adds them.)",
)
def gates_bias_twice(x, h_prev, W_x, W_h, b):
    a_i, a_f, a_o, a_g = np.split((x @ W_x + b) + (h_prev @ W_h + b), 4, axis=-1)
    return sigmoid(a_i), sigmoid(a_f), sigmoid(a_o), np.tanh(a_g)


@LSTM_GATES.mistake(
    "1 is added to the forget gate's bias at every step (TensorFlow 1's BasicLSTMCell)",
    hint="A forget bias of 1 is a way to initialise b. Whoever wants it has put it into b.",
    convention=True,
)
def gates_forget_bias(x, h_prev, W_x, W_h, b):
    a_i, a_f, a_o, a_g = np.split(x @ W_x + h_prev @ W_h + b, 4, axis=-1)
    return sigmoid(a_i), sigmoid(a_f + 1), sigmoid(a_o), np.tanh(a_g)


@LSTM_GATES.mistake(
    "1 is added to the bias of the input gate, as if it were the forget bias",
    hint="The step adds nothing to b; and the first block of columns is not the forget gate's.",
)
def gates_forget_bias_on_input_gate(x, h_prev, W_x, W_h, b):
    a_i, a_f, a_o, a_g = np.split(x @ W_x + h_prev @ W_h + b, 4, axis=-1)
    return sigmoid(a_i + 1), sigmoid(a_f), sigmoid(a_o), np.tanh(a_g)


@LSTM_GATES.mistake(
    "1 is added to the bias of the output gate, as if it were the forget bias",
    hint="The step adds nothing to b; and the third block of columns is not the forget gate's.",
)
def gates_forget_bias_on_output_gate(x, h_prev, W_x, W_h, b):
    a_i, a_f, a_o, a_g = np.split(x @ W_x + h_prev @ W_h + b, 4, axis=-1)
    return sigmoid(a_i), sigmoid(a_f), sigmoid(a_o + 1), np.tanh(a_g)


@LSTM_GATES.mistake(
    "h_{t-1} is left out",
    hint="Every gate looks at the input and at the previous hidden state.",
)
def gates_without_h(x, h_prev, W_x, W_h, b):
    a_i, a_f, a_o, a_g = np.split(x @ W_x + b, 4, axis=-1)
    return sigmoid(a_i), sigmoid(a_f), sigmoid(a_o), np.tanh(a_g)


@LSTM_GATES.mistake(
    "x_t is left out",
    hint="Every gate looks at the input and at the previous hidden state.",
)
def gates_without_x(x, h_prev, W_x, W_h, b):
    a_i, a_f, a_o, a_g = np.split(h_prev @ W_h + b, 4, axis=-1)
    return sigmoid(a_i), sigmoid(a_f), sigmoid(a_o), np.tanh(a_g)


@LSTM_GATES.mistake(
    "[h, x] is multiplied with W_x stacked on W_h",
    hint="One product of stacked matrices is fine, if both are stacked in the same order. "
    "Which rows of the stacked weights meet x?",
)
def gates_stacked_the_other_way(x, h_prev, W_x, W_h, b):
    a = np.hstack([h_prev, x]) @ np.vstack([W_x, W_h]) + b
    a_i, a_f, a_o, a_g = np.split(a, 4, axis=-1)
    return sigmoid(a_i), sigmoid(a_f), sigmoid(a_o), np.tanh(a_g)
