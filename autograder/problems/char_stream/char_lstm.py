"""An LSTM over characters: ids and states in, logits and states out."""

from __future__ import annotations

from functools import partial

import numpy as np

from autograder.problem import Case, Output, Problem
from autograder.problems.char_stream.draws import reading
from lmkit.by_hand.char_lstm import char_lstm
from lmkit.by_hand.lstm import lstm_sequence, sigmoid
from lmkit.by_hand.softmax import softmax

CHAR_LSTM = Problem(
    name="char_lstm",
    reference=char_lstm,
    outputs=(Output("logits", weight=2), Output("h"), Output("c")),
    cases=(
        Case("a random batch", reading),
        Case("one character, T = 1", partial(reading, T=1)),
    ),
    source="Deck 3, Character-level language model",
    frameworks=("keras",),
    rtol=5e-4,  # a model in float32 is right
)


@CHAR_LSTM.mistake(
    "the given states are not handed to the LSTM: it starts from zeros",
    hint="Without them nothing is carried from batch to batch. By which argument does a Keras "
    "layer take its start?",
)
def states_ignored(ids, h0, c0, E, kernel, recurrent_kernel, bias, W_y, b_y):
    ifog = np.arange(bias.size).reshape(4, -1)[[0, 1, 3, 2]].ravel()
    W_x, W_h, b = kernel[:, ifog], recurrent_kernel[:, ifog], bias[ifog]
    h, c = lstm_sequence(E[ids], 0 * h0, 0 * c0, W_x, W_h, b)
    return h @ W_y + b_y, h[:, -1], c[:, -1]


@CHAR_LSTM.mistake(
    "h0 and c0 are handed over in each other's place",
    hint="A Keras LSTM takes and returns h before c.",
)
def states_swapped(ids, h0, c0, E, kernel, recurrent_kernel, bias, W_y, b_y):
    ifog = np.arange(bias.size).reshape(4, -1)[[0, 1, 3, 2]].ravel()
    W_x, W_h, b = kernel[:, ifog], recurrent_kernel[:, ifog], bias[ifog]
    h, c = lstm_sequence(E[ids], c0, h0, W_x, W_h, b)
    return h @ W_y + b_y, h[:, -1], c[:, -1]


@CHAR_LSTM.mistake(
    "c is returned before h",
    hint="The logits are right. Look at the order in the docstring.",
)
def states_returned_swapped(ids, h0, c0, E, kernel, recurrent_kernel, bias, W_y, b_y):
    ifog = np.arange(bias.size).reshape(4, -1)[[0, 1, 3, 2]].ravel()
    W_x, W_h, b = kernel[:, ifog], recurrent_kernel[:, ifog], bias[ifog]
    h, c = lstm_sequence(E[ids], h0, c0, W_x, W_h, b)
    return h @ W_y + b_y, c[:, -1], h[:, -1]


@CHAR_LSTM.mistake(
    "the states that came in are returned, not those behind the last character",
    hint="What would the next batch start from? return_state makes a layer say where it has ended.",
)
def old_states_returned(ids, h0, c0, E, kernel, recurrent_kernel, bias, W_y, b_y):
    ifog = np.arange(bias.size).reshape(4, -1)[[0, 1, 3, 2]].ravel()
    W_x, W_h, b = kernel[:, ifog], recurrent_kernel[:, ifog], bias[ifog]
    h, _ = lstm_sequence(E[ids], h0, c0, W_x, W_h, b)
    return h @ W_y + b_y, h0.copy(), c0.copy()


@CHAR_LSTM.mistake(
    "probabilities are returned where logits are asked",
    hint="Temperature, and a loss that takes logits, come before the softmax. Has the last layer "
    "an activation?",
)
def probabilities_returned(ids, h0, c0, E, kernel, recurrent_kernel, bias, W_y, b_y):
    ifog = np.arange(bias.size).reshape(4, -1)[[0, 1, 3, 2]].ravel()
    W_x, W_h, b = kernel[:, ifog], recurrent_kernel[:, ifog], bias[ifog]
    h, c = lstm_sequence(E[ids], h0, c0, W_x, W_h, b)
    return softmax(h @ W_y + b_y), h[:, -1], c[:, -1]


@CHAR_LSTM.mistake(
    "only the logits behind the last character are returned: return_sequences is missing",
    hint="Every character is asked for, so every h_t is needed.",
)
def last_logits_only(ids, h0, c0, E, kernel, recurrent_kernel, bias, W_y, b_y):
    ifog = np.arange(bias.size).reshape(4, -1)[[0, 1, 3, 2]].ravel()
    W_x, W_h, b = kernel[:, ifog], recurrent_kernel[:, ifog], bias[ifog]
    h, c = lstm_sequence(E[ids], h0, c0, W_x, W_h, b)
    return h[:, -1] @ W_y + b_y, h[:, -1], c[:, -1]


@CHAR_LSTM.mistake(
    "the weights are taken in the lectures' order, i, f, o, g",
    hint="Here they are sent as keras.layers.LSTM has them. Put them in as they are.",
    convention=True,
)
def lectures_order(ids, h0, c0, E, kernel, recurrent_kernel, bias, W_y, b_y):
    h, c = lstm_sequence(E[ids], h0, c0, kernel, recurrent_kernel, bias)
    return h @ W_y + b_y, h[:, -1], c[:, -1]


@CHAR_LSTM.mistake(
    "the output layer has no bias",
    hint="Some characters are frequent whatever came before. Which number says so?",
)
def no_output_bias(ids, h0, c0, E, kernel, recurrent_kernel, bias, W_y, b_y):
    ifog = np.arange(bias.size).reshape(4, -1)[[0, 1, 3, 2]].ravel()
    W_x, W_h, b = kernel[:, ifog], recurrent_kernel[:, ifog], bias[ifog]
    h, c = lstm_sequence(E[ids], h0, c0, W_x, W_h, b)
    return h @ W_y, h[:, -1], c[:, -1]


@CHAR_LSTM.mistake(
    "the logits are read from the cell c, not from h",
    hint="Deck 1: h is what the output layer sees of the cell.",
)
def logits_from_the_cell(ids, h0, c0, E, kernel, recurrent_kernel, bias, W_y, b_y):
    ifog = np.arange(bias.size).reshape(4, -1)[[0, 1, 3, 2]].ravel()
    W_x, W_h, b = kernel[:, ifog], recurrent_kernel[:, ifog], bias[ifog]
    h, c = lstm_sequence(E[ids], h0, c0, W_x, W_h, b)
    return c @ W_y + b_y, h[:, -1], c[:, -1]


@CHAR_LSTM.mistake(
    "a row of the batch starts in the state in which the row before it has ended",
    hint="The rows of a batch are N readers side by side. Each has its row of h0 and c0.",
)
def state_leaks_across_the_batch(ids, h0, c0, E, kernel, recurrent_kernel, bias, W_y, b_y):
    ifog = np.arange(bias.size).reshape(4, -1)[[0, 1, 3, 2]].ravel()
    W_x, W_h, b = kernel[:, ifog], recurrent_kernel[:, ifog], bias[ifog]
    h, c = lstm_sequence(E[ids].reshape(1, -1, E.shape[1]), h0[:1], c0[:1], W_x, W_h, b)
    h, c = h.reshape(*ids.shape, -1), c.reshape(*ids.shape, -1)
    return h @ W_y + b_y, h[:, -1], c[:, -1]


@CHAR_LSTM.mistake(
    "a simple RNN stands in the LSTM's place, with the weights of g",
    hint="Four blocks of weights were sent. Deck 3's stack uses all four.",
)
def simple_rnn(ids, h0, c0, E, kernel, recurrent_kernel, bias, W_y, b_y):
    W_x, W_h, b = (np.split(w, 4, axis=-1)[2] for w in (kernel, recurrent_kernel, bias))
    h, hs = h0, []
    for t in range(ids.shape[1]):
        h = np.tanh(E[ids[:, t]] @ W_x + h @ W_h + b)
        hs.append(h)
    return np.stack(hs, axis=1) @ W_y + b_y, h, c0.copy()


@CHAR_LSTM.mistake(
    "the gates use the hard sigmoid",
    hint="The lectures' sigma is the smooth one, and keras.layers.LSTM has it by default.",
    convention=True,
)
def hard_sigmoid(ids, h0, c0, E, kernel, recurrent_kernel, bias, W_y, b_y):
    h, c, hs = h0, c0, []
    for t in range(ids.shape[1]):
        a = np.split(E[ids[:, t]] @ kernel + h @ recurrent_kernel + bias, 4, axis=-1)
        i, f, o = (np.clip(a[block] / 6 + 0.5, 0, 1) for block in (0, 1, 3))
        c = f * c + i * np.tanh(a[2])
        h = o * np.tanh(c)
        hs.append(h)
    return np.stack(hs, axis=1) @ W_y + b_y, h, c


@CHAR_LSTM.mistake(
    "the LSTM's activation is the sigmoid, for g and for the cell too",
    hint="Two of an LSTM's nonlinearities are tanh. keras.layers.LSTM has them by default.",
)
def sigmoid_everywhere(ids, h0, c0, E, kernel, recurrent_kernel, bias, W_y, b_y):
    h, c, hs = h0, c0, []
    for t in range(ids.shape[1]):
        a = sigmoid(E[ids[:, t]] @ kernel + h @ recurrent_kernel + bias)
        i, f, g, o = np.split(a, 4, axis=-1)
        c = f * c + i * g
        h = o * sigmoid(c)
        hs.append(h)
    return np.stack(hs, axis=1) @ W_y + b_y, h, c
