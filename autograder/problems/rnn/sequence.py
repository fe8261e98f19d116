"""The simple RNN over time: the same step, with the same weights, for x_1 ... x_T."""

from __future__ import annotations

import numpy as np

from autograder.problem import Case, Output, Problem
from autograder.problems.draws import FLOAT32
from autograder.problems.rnn_draws import (
    draw_long_sequence,
    draw_one_sequence,
    draw_one_step,
    draw_sequence,
)
from lmkit.by_hand.rnn import rnn_sequence, rnn_step

RNN_SEQUENCE = Problem(
    name="rnn_sequence",
    reference=rnn_sequence,
    outputs=(Output("h"),),
    cases=(
        Case("a random batch", draw_sequence, weight=2),
        Case("a single step, T = 1", draw_one_step),
        Case("a single sequence, N = 1", draw_one_sequence),
        Case("a long sequence, T = 30", draw_long_sequence),
    ),
    source="Deck 3, How to calculate the hidden state of RNNs",
    uses=("rnn_step",),
    rtol=FLOAT32,
)


@RNN_SEQUENCE.mistake(
    "h0 is ignored and zeros are taken in its place",
    hint="Deck 5: h_0 is an initial state. It is an argument here, and need not be zero.",
)
def h0_ignored(x, h0, W_x, W_h, b):
    states = [np.zeros(h0.shape)]
    for t in range(x.shape[1]):
        states.append(rnn_step(x[:, t], states[-1], W_x, W_h, b))
    return np.stack(states[1:], axis=1)


@RNN_SEQUENCE.mistake(
    "the state is not carried: every step starts from h0",
    hint="h_2 = f_W(h_1, x_2). Follow the arrow from one step to the next in the unrolled network.",
)
def every_step_from_h0(x, h0, W_x, W_h, b):
    return np.stack([rnn_step(x[:, t], h0, W_x, W_h, b) for t in range(x.shape[1])], axis=1)


@RNN_SEQUENCE.mistake(
    "the state is reset to zero after every step",
    hint="h_2 = f_W(h_1, x_2). Follow the arrow from one step to the next in the unrolled network.",
)
def reset_after_every_step(x, h0, W_x, W_h, b):
    states = [rnn_step(x[:, 0], h0, W_x, W_h, b)]
    for t in range(1, x.shape[1]):
        states.append(rnn_step(x[:, t], np.zeros(h0.shape), W_x, W_h, b))
    return np.stack(states, axis=1)


@RNN_SEQUENCE.mistake(
    "the states stand in reversed order of time",
    hint="The right states in the wrong places: which of them belongs to the first input?",
)
def states_reversed(x, h0, W_x, W_h, b):
    states = [h0]
    for t in range(x.shape[1]):
        states.append(rnn_step(x[:, t], states[-1], W_x, W_h, b))
    return np.stack(states[:0:-1], axis=1)


@RNN_SEQUENCE.mistake(
    "the sequence is read from its end, so that h_t has seen the future",
    hint="A language model predicts what comes next. Which inputs may h_t depend on?",
)
def read_backwards(x, h0, W_x, W_h, b):
    h, state = np.zeros((*x.shape[:2], h0.shape[1])), h0
    for t in reversed(range(x.shape[1])):
        state = rnn_step(x[:, t], state, W_x, W_h, b)
        h[:, t] = state
    return h


@RNN_SEQUENCE.mistake(
    "step t reads the next input x_{t+1}",
    hint="A language model predicts what comes next. Which inputs may h_t depend on?",
)
def next_input_read(x, h0, W_x, W_h, b):
    states, last = [h0], x.shape[1] - 1
    for t in range(x.shape[1]):
        states.append(rnn_step(x[:, min(t + 1, last)], states[-1], W_x, W_h, b))
    return np.stack(states[1:], axis=1)


@RNN_SEQUENCE.mistake(
    "every step reads the first input",
    hint="The weights are the same at every time, the inputs are not. Look at the index of x.",
)
def first_input_always(x, h0, W_x, W_h, b):
    states = [h0]
    for _ in range(x.shape[1]):
        states.append(rnn_step(x[:, 0], states[-1], W_x, W_h, b))
    return np.stack(states[1:], axis=1)


@RNN_SEQUENCE.mistake(
    "only the last state is returned (Keras's return_sequences=False)",
    hint="Many-to-one needs h_T alone. A language model predicts at every step.",
    convention=True,
)
def last_state_only(x, h0, W_x, W_h, b):
    state = h0
    for t in range(x.shape[1]):
        state = rnn_step(x[:, t], state, W_x, W_h, b)
    return state


@RNN_SEQUENCE.mistake(
    "time comes first, (T, N, H) (PyTorch's default)",
    hint="The course puts the batch first: x is (N, T, D). What shape should h have?",
    convention=True,
)
def time_first(x, h0, W_x, W_h, b):
    states = [h0]
    for t in range(x.shape[1]):
        states.append(rnn_step(x[:, t], states[-1], W_x, W_h, b))
    return np.stack(states[1:])


@RNN_SEQUENCE.mistake(
    "an array (T, N, H) is reshaped to (N, T, H), which mixes the sequences",
    hint="A reshape reads the numbers on in the same order. To exchange two axes is another thing.",
)
def reshaped(x, h0, W_x, W_h, b):
    states = [h0]
    for t in range(x.shape[1]):
        states.append(rnn_step(x[:, t], states[-1], W_x, W_h, b))
    return np.array(states[1:]).reshape(*x.shape[:2], h0.shape[1])


@RNN_SEQUENCE.mistake(
    "the states are one step late: h_0 ... h_{T-1}",
    hint="Which state has read x_1? That is the first one to be returned.",
)
def one_step_late(x, h0, W_x, W_h, b):
    states = [h0]
    for t in range(x.shape[1]):
        states.append(rnn_step(x[:, t], states[-1], W_x, W_h, b))
    return np.stack(states[:-1], axis=1)


@RNN_SEQUENCE.mistake(
    "h_0 is returned too, in front of h_1 ... h_T",
    hint="One state for each input: how many inputs are there, and how many states do you return?",
)
def h0_returned(x, h0, W_x, W_h, b):
    states = [h0]
    for t in range(x.shape[1]):
        states.append(rnn_step(x[:, t], states[-1], W_x, W_h, b))
    return np.stack(states, axis=1)


@RNN_SEQUENCE.mistake(
    "the loop stops one step too early and the last state stays zero",
    hint="T inputs, T states. For which t does your loop run the last time?",
)
def last_step_missing(x, h0, W_x, W_h, b):
    h, state = np.zeros((*x.shape[:2], h0.shape[1])), h0
    for t in range(x.shape[1] - 1):
        state = rnn_step(x[:, t], state, W_x, W_h, b)
        h[:, t] = state
    return h


@RNN_SEQUENCE.mistake(
    "the state leaks from one sequence of the batch to the next",
    hint="The N sequences know nothing of each other. Where does each of them start?",
)
def state_leaks(x, h0, W_x, W_h, b):
    h, state = np.zeros((*x.shape[:2], h0.shape[1])), h0[:1]
    for n in range(x.shape[0]):
        for t in range(x.shape[1]):
            state = rnn_step(x[n : n + 1, t], state, W_x, W_h, b)
            h[n, t] = state[0]
    return h


@RNN_SEQUENCE.mistake(
    "only the first sequence of the batch is computed",
    hint="A step takes a whole batch, (N, D). Which part of x do you hand to it?",
)
def first_sequence_only(x, h0, W_x, W_h, b):
    h, state = np.zeros((*x.shape[:2], h0.shape[1])), h0[:1]
    for t in range(x.shape[1]):
        state = rnn_step(x[:1, t], state, W_x, W_h, b)
        h[:1, t] = state
    return h


@RNN_SEQUENCE.mistake(
    "all time steps hold the last state: one array was stored T times and changed each time",
    hint="A list of arrays holds the arrays themselves, not copies. Make a new one at each step.",
)
def one_array_stored(x, h0, W_x, W_h, b):
    state, states = h0.copy(), []
    for t in range(x.shape[1]):
        state[:] = rnn_step(x[:, t], state, W_x, W_h, b)
        states.append(state)
    return np.stack(states, axis=1)


@RNN_SEQUENCE.mistake(
    "h0 is overwritten with the later states",
    hint="h0 belongs to whoever called you: the backward pass needs it again. Make a new array.",
)
def h0_overwritten(x, h0, W_x, W_h, b):
    h = np.zeros((*x.shape[:2], h0.shape[1]))
    for t in range(x.shape[1]):
        h0[:] = rnn_step(x[:, t], h0, W_x, W_h, b)
        h[:, t] = h0
    return h


@RNN_SEQUENCE.mistake(
    "tanh is left out",
    hint="The sequence is the same step again and again. Call your own rnn_step.",
)
def sequence_without_tanh(x, h0, W_x, W_h, b):
    states = [h0]
    for t in range(x.shape[1]):
        states.append(x[:, t] @ W_x + states[-1] @ W_h + b)
    return np.stack(states[1:], axis=1)


@RNN_SEQUENCE.mistake(
    "the bias is left out",
    hint="The sequence is the same step again and again. Call your own rnn_step.",
)
def sequence_without_bias(x, h0, W_x, W_h, b):
    states = [h0]
    for t in range(x.shape[1]):
        states.append(np.tanh(x[:, t] @ W_x + states[-1] @ W_h))
    return np.stack(states[1:], axis=1)


@RNN_SEQUENCE.mistake(
    "W_h is transposed",
    hint="The lectures write W h with columns. What stands on which side when h is a row?",
)
def sequence_W_h_transposed(x, h0, W_x, W_h, b):
    states = [h0]
    for t in range(x.shape[1]):
        states.append(np.tanh(x[:, t] @ W_x + states[-1] @ W_h.T + b))
    return np.stack(states[1:], axis=1)


@RNN_SEQUENCE.mistake(
    "the first input is never read: the start stands in the place of the first new state",
    hint="h_1 comes from h_0 and x_1. At which step does your loop begin?",
)
def first_input_skipped(x, h0, W_x, W_h, b):
    h = np.zeros((*x.shape[:2], h0.shape[1]))
    h[:, 0] = h0
    for t in range(1, x.shape[1]):
        h[:, t] = rnn_step(x[:, t], h[:, t - 1], W_x, W_h, b)
    return h
