"""The LSTM over time: the same step, both states carried."""

from __future__ import annotations

from functools import partial

import numpy as np

from autograder.problem import Case, Output, Problem
from autograder.problems.cell_draws import sequence_inputs
from autograder.problems.draws import FLOAT32
from lmkit.by_hand.lstm import lstm_sequence, lstm_step

LSTM_SEQUENCE = Problem(
    name="lstm_sequence",
    reference=lstm_sequence,
    outputs=(Output("h"), Output("c")),
    cases=(
        Case("a random batch", partial(sequence_inputs, gates=4, states=2)),
        Case("a single step, T = 1", partial(sequence_inputs, gates=4, states=2, T=1), weight=0.5),
        Case("a long sequence, T = 40", partial(sequence_inputs, gates=4, states=2, T=40)),
    ),
    source="Deck 3, Long short-term memory",
    uses=("lstm_step", "lstm_gates"),
    rtol=FLOAT32,
)


@LSTM_SEQUENCE.mistake(
    "c is not carried: every step starts from c0",
    hint="Two states go from one step to the next. Deck 3's core idea is about the second.",
)
def sequence_c_not_carried(x, h0, c0, W_x, W_h, b):
    h, hs, cs = h0, [], []
    for t in range(x.shape[1]):
        h, c = lstm_step(x[:, t], h, c0, W_x, W_h, b)
        hs.append(h)
        cs.append(c)
    return np.stack(hs, axis=1), np.stack(cs, axis=1)


@LSTM_SEQUENCE.mistake(
    "h is not carried: every step starts from h0",
    hint="Two states go from one step to the next. Which of them feeds the gates?",
)
def sequence_h_not_carried(x, h0, c0, W_x, W_h, b):
    c, hs, cs = c0, [], []
    for t in range(x.shape[1]):
        h, c = lstm_step(x[:, t], h0, c, W_x, W_h, b)
        hs.append(h)
        cs.append(c)
    return np.stack(hs, axis=1), np.stack(cs, axis=1)


@LSTM_SEQUENCE.mistake(
    "no state is carried: every step starts from h0 and c0",
    hint="A recurrent network feeds its state back. What does step t + 1 start from?",
)
def sequence_nothing_carried(x, h0, c0, W_x, W_h, b):
    steps = [lstm_step(x[:, t], h0, c0, W_x, W_h, b) for t in range(x.shape[1])]
    return np.stack([h for h, _ in steps], axis=1), np.stack([c for _, c in steps], axis=1)


@LSTM_SEQUENCE.mistake(
    "the cell is set to zero at every step",
    hint="c is the long-term memory. When, if ever, does the lecture empty it?",
)
def sequence_c_reset(x, h0, c0, W_x, W_h, b):
    h, hs, cs = h0, [], []
    for t in range(x.shape[1]):
        h, c = lstm_step(x[:, t], h, c0 if t == 0 else 0 * c0, W_x, W_h, b)
        hs.append(h)
        cs.append(c)
    return np.stack(hs, axis=1), np.stack(cs, axis=1)


@LSTM_SEQUENCE.mistake(
    "h0 and c0 are ignored: the sequence starts from zeros",
    hint="Zero is only the usual start. Here the start is given.",
)
def sequence_from_zeros(x, h0, c0, W_x, W_h, b):
    h, c, hs, cs = np.zeros_like(h0), np.zeros_like(c0), [], []
    for t in range(x.shape[1]):
        h, c = lstm_step(x[:, t], h, c, W_x, W_h, b)
        hs.append(h)
        cs.append(c)
    return np.stack(hs, axis=1), np.stack(cs, axis=1)


@LSTM_SEQUENCE.mistake(
    "c0 is ignored: the cell starts from zeros",
    hint="Two states are handed in. Are both used?",
)
def sequence_c0_ignored(x, h0, c0, W_x, W_h, b):
    h, c, hs, cs = h0, np.zeros_like(c0), [], []
    for t in range(x.shape[1]):
        h, c = lstm_step(x[:, t], h, c, W_x, W_h, b)
        hs.append(h)
        cs.append(c)
    return np.stack(hs, axis=1), np.stack(cs, axis=1)


@LSTM_SEQUENCE.mistake(
    "h0 is ignored: the hidden state starts from zeros",
    hint="Two states are handed in. Are both used?",
)
def sequence_h0_ignored(x, h0, c0, W_x, W_h, b):
    h, c, hs, cs = np.zeros_like(h0), c0, [], []
    for t in range(x.shape[1]):
        h, c = lstm_step(x[:, t], h, c, W_x, W_h, b)
        hs.append(h)
        cs.append(c)
    return np.stack(hs, axis=1), np.stack(cs, axis=1)


@LSTM_SEQUENCE.mistake(
    "h0 and c0 are swapped",
    hint="Look at the order of the arguments of lstm_step: which state comes first?",
)
def sequence_states_swapped(x, h0, c0, W_x, W_h, b):
    h, c, hs, cs = c0, h0, [], []
    for t in range(x.shape[1]):
        h, c = lstm_step(x[:, t], h, c, W_x, W_h, b)
        hs.append(h)
        cs.append(c)
    return np.stack(hs, axis=1), np.stack(cs, axis=1)


@LSTM_SEQUENCE.mistake(
    "the new c is computed from the new h: the step is taken twice",
    hint="Both states of time t come from both states of time t - 1, in one call.",
)
def sequence_c_from_new_h(x, h0, c0, W_x, W_h, b):
    h, c, hs, cs = h0, c0, [], []
    for t in range(x.shape[1]):
        h = lstm_step(x[:, t], h, c, W_x, W_h, b)[0]
        c = lstm_step(x[:, t], h, c, W_x, W_h, b)[1]
        hs.append(h)
        cs.append(c)
    return np.stack(hs, axis=1), np.stack(cs, axis=1)


@LSTM_SEQUENCE.mistake(
    "c is returned before h",
    hint="Both are right. Look at the order in this function's docstring.",
)
def sequence_c_before_h(x, h0, c0, W_x, W_h, b):
    h, c, hs, cs = h0, c0, [], []
    for t in range(x.shape[1]):
        h, c = lstm_step(x[:, t], h, c, W_x, W_h, b)
        hs.append(h)
        cs.append(c)
    return np.stack(cs, axis=1), np.stack(hs, axis=1)


@LSTM_SEQUENCE.mistake(
    "the states before each step are returned, h_0 ... h_{T-1}, not those after it",
    hint="The first that is returned is h_1. Is the state stored before or after the step?",
)
def sequence_one_step_late(x, h0, c0, W_x, W_h, b):
    h, c, hs, cs = h0, c0, [], []
    for t in range(x.shape[1]):
        hs.append(h)
        cs.append(c)
        h, c = lstm_step(x[:, t], h, c, W_x, W_h, b)
    return np.stack(hs, axis=1), np.stack(cs, axis=1)


@LSTM_SEQUENCE.mistake(
    "every time step holds the last state, since one array is filled again and again",
    hint="A list of states keeps references. Is each entry an array of its own?",
)
def sequence_one_array(x, h0, c0, W_x, W_h, b):
    h, c, hs, cs = h0.copy(), c0.copy(), [], []
    for t in range(x.shape[1]):
        h[:], c[:] = lstm_step(x[:, t], h, c, W_x, W_h, b)
        hs.append(h)
        cs.append(c)
    return np.stack(hs, axis=1), np.stack(cs, axis=1)


@LSTM_SEQUENCE.mistake(
    "only the last states are returned (Keras without return_sequences)",
    hint="Here all of h_1 ... h_T and c_1 ... c_T are asked for.",
    convention=True,
)
def sequence_last_state_only(x, h0, c0, W_x, W_h, b):
    h, c = h0, c0
    for t in range(x.shape[1]):
        h, c = lstm_step(x[:, t], h, c, W_x, W_h, b)
    return h, c


@LSTM_SEQUENCE.mistake(
    "time comes before the batch in what is returned, (T, N, H) (PyTorch's default)",
    hint="Arrays are batch first in this course: (N, T, H).",
    convention=True,
)
def sequence_time_first(x, h0, c0, W_x, W_h, b):
    h, c, hs, cs = h0, c0, [], []
    for t in range(x.shape[1]):
        h, c = lstm_step(x[:, t], h, c, W_x, W_h, b)
        hs.append(h)
        cs.append(c)
    return np.stack(hs), np.stack(cs)


@LSTM_SEQUENCE.mistake(
    "the sequence is read from its end to its beginning",
    hint="That is the second half of a bidirectional network. This one reads forward.",
)
def sequence_backwards(x, h0, c0, W_x, W_h, b):
    h, c, hs, cs = h0, c0, [], []
    for t in reversed(range(x.shape[1])):
        h, c = lstm_step(x[:, t], h, c, W_x, W_h, b)
        hs.append(h)
        cs.append(c)
    return np.stack(hs[::-1], axis=1), np.stack(cs[::-1], axis=1)


@LSTM_SEQUENCE.mistake(
    "a sequence starts in the state in which the one before it in the batch ended",
    hint="The sequences of a batch know nothing of each other. Each has its row of h0 and c0.",
)
def sequence_leaks_across_the_batch(x, h0, c0, W_x, W_h, b):
    N, T, _ = x.shape
    h, c = h0[:1], c0[:1]
    hs, cs = np.empty((N, T, h0.shape[1])), np.empty((N, T, h0.shape[1]))
    for n in range(N):
        for t in range(T):
            h, c = lstm_step(x[n : n + 1, t], h, c, W_x, W_h, b)
            hs[n, t], cs[n, t] = h[0], c[0]
    return hs, cs


@LSTM_SEQUENCE.mistake(
    "h and c are right, but h0 and c0 are overwritten",
    hint="h0[:] = ... writes into the array that the caller still holds. Use a new name.",
)
def sequence_overwrites_initial_states(x, h0, c0, W_x, W_h, b):
    h, c = np.empty((2, *x.shape[:2], h0.shape[1]))
    for t in range(x.shape[1]):
        h0[:], c0[:] = h[:, t], c[:, t] = lstm_step(x[:, t], h0, c0, W_x, W_h, b)
    return h, c


@LSTM_SEQUENCE.mistake(
    "the first input is never read: the start stands in the place of the first new state",
    hint="h_1 and c_1 come from h_0, c_0 and x_1. At which step does your loop begin?",
)
def first_input_skipped(x, h0, c0, W_x, W_h, b):
    h, c = (np.zeros((*x.shape[:2], h0.shape[1])) for _ in range(2))
    h[:, 0], c[:, 0] = h0, c0
    for t in range(1, x.shape[1]):
        h[:, t], c[:, t] = lstm_step(x[:, t], h[:, t - 1], c[:, t - 1], W_x, W_h, b)
    return h, c


@LSTM_SEQUENCE.mistake(
    "c stands in h, too: both names are of one array",
    hint="After h = c = np.zeros(...) there is a single array with two names. What happens when "
    "you write into one of them?",
)
def one_array_for_both(x, h0, c0, W_x, W_h, b):
    h = c = np.zeros((*x.shape[:2], h0.shape[1]))
    for t in range(x.shape[1]):
        h0, c0 = lstm_step(x[:, t], h0, c0, W_x, W_h, b)
        h[:, t] = h0
        c[:, t] = c0
    return h, c


@LSTM_SEQUENCE.mistake(
    "what lstm_step returns is taken for c and h, in this order, and so handed on",
    hint="lstm_step returns two states. Which one comes first?",
)
def taken_for_c_and_h(x, h0, c0, W_x, W_h, b):
    h, c = (np.zeros((*x.shape[:2], h0.shape[1])) for _ in range(2))
    for t in range(x.shape[1]):
        c0, h0 = lstm_step(x[:, t], h0, c0, W_x, W_h, b)
        h[:, t], c[:, t] = h0, c0
    return h, c
