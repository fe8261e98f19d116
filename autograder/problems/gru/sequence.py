"""The GRU over time: the same step, the state carried."""

from __future__ import annotations

from functools import partial

import numpy as np

from autograder.problem import Case, Output, Problem
from autograder.problems.cell_draws import sequence_inputs
from autograder.problems.draws import FLOAT32
from lmkit.by_hand.gru import gru_sequence, gru_step

GRU_SEQUENCE = Problem(
    name="gru_sequence",
    reference=gru_sequence,
    outputs=(Output("h"),),
    cases=(
        Case("a random batch", partial(sequence_inputs, gates=3, states=1)),
        Case("a single step, T = 1", partial(sequence_inputs, gates=3, states=1, T=1), weight=0.5),
        Case("a long sequence, T = 40", partial(sequence_inputs, gates=3, states=1, T=40)),
    ),
    source="Deck 1, GRU (gated recurrent units)",
    uses=("gru_step",),
    rtol=FLOAT32,
)


@GRU_SEQUENCE.mistake(
    "h is not carried: every step starts from h0",
    hint="A recurrent network feeds its state back. What does step t + 1 start from?",
)
def state_not_carried(x, h0, W_x, W_h, b):
    return np.stack([gru_step(x[:, t], h0, W_x, W_h, b) for t in range(x.shape[1])], axis=1)


@GRU_SEQUENCE.mistake(
    "h0 is ignored: the sequence starts from zeros",
    hint="Zero is only the usual start. Here the start is given.",
)
def from_zeros(x, h0, W_x, W_h, b):
    h, hs = np.zeros_like(h0), []
    for t in range(x.shape[1]):
        h = gru_step(x[:, t], h, W_x, W_h, b)
        hs.append(h)
    return np.stack(hs, axis=1)


@GRU_SEQUENCE.mistake(
    "h is set to zero before every step",
    hint="h is all that the GRU remembers. When, if ever, does the lecture empty it?",
)
def reset_to_zero(x, h0, W_x, W_h, b):
    return np.stack([gru_step(x[:, t], 0 * h0, W_x, W_h, b) for t in range(x.shape[1])], axis=1)


@GRU_SEQUENCE.mistake(
    "the states before each step are returned, h_0 ... h_{T-1}, not those after it",
    hint="The first that is returned is h_1. Is the state stored before or after the step?",
)
def one_step_late(x, h0, W_x, W_h, b):
    h, hs = h0, []
    for t in range(x.shape[1]):
        hs.append(h)
        h = gru_step(x[:, t], h, W_x, W_h, b)
    return np.stack(hs, axis=1)


@GRU_SEQUENCE.mistake(
    "every time step holds the last state, since one array is filled again and again",
    hint="A list of states keeps references. Is each entry an array of its own?",
)
def one_array(x, h0, W_x, W_h, b):
    h, hs = h0.copy(), []
    for t in range(x.shape[1]):
        h[:] = gru_step(x[:, t], h, W_x, W_h, b)
        hs.append(h)
    return np.stack(hs, axis=1)


@GRU_SEQUENCE.mistake(
    "every step reads the first input",
    hint="The step is the same at every time; its input is not.",
)
def first_input_only(x, h0, W_x, W_h, b):
    h, hs = h0, []
    for _ in range(x.shape[1]):
        h = gru_step(x[:, 0], h, W_x, W_h, b)
        hs.append(h)
    return np.stack(hs, axis=1)


@GRU_SEQUENCE.mistake(
    "only the last state is returned (Keras without return_sequences)",
    hint="Here all of h_1 ... h_T are asked for.",
    convention=True,
)
def last_state_only(x, h0, W_x, W_h, b):
    h = h0
    for t in range(x.shape[1]):
        h = gru_step(x[:, t], h, W_x, W_h, b)
    return h


@GRU_SEQUENCE.mistake(
    "time comes before the batch in what is returned, (T, N, H) (PyTorch's default)",
    hint="Arrays are batch first in this course: (N, T, H).",
    convention=True,
)
def time_first(x, h0, W_x, W_h, b):
    h, hs = h0, []
    for t in range(x.shape[1]):
        h = gru_step(x[:, t], h, W_x, W_h, b)
        hs.append(h)
    return np.stack(hs)


@GRU_SEQUENCE.mistake(
    "h_0 is returned too, in front of h_1 ... h_T",
    hint="How many states come out of T steps?",
)
def initial_state_returned_too(x, h0, W_x, W_h, b):
    h, hs = h0, [h0]
    for t in range(x.shape[1]):
        h = gru_step(x[:, t], h, W_x, W_h, b)
        hs.append(h)
    return np.stack(hs, axis=1)


@GRU_SEQUENCE.mistake(
    "the sequence is read from its end to its beginning",
    hint="That is the second half of a bidirectional network. This one reads forward.",
)
def backwards(x, h0, W_x, W_h, b):
    h, hs = h0, []
    for t in reversed(range(x.shape[1])):
        h = gru_step(x[:, t], h, W_x, W_h, b)
        hs.append(h)
    return np.stack(hs[::-1], axis=1)


@GRU_SEQUENCE.mistake(
    "a sequence starts in the state in which the one before it in the batch ended",
    hint="The sequences of a batch know nothing of each other. Each has its row of h0.",
)
def leaks_across_the_batch(x, h0, W_x, W_h, b):
    N, T, _ = x.shape
    h, hs = h0[:1], np.empty((N, T, h0.shape[1]))
    for n in range(N):
        for t in range(T):
            h = gru_step(x[n : n + 1, t], h, W_x, W_h, b)
            hs[n, t] = h[0]
    return hs


@GRU_SEQUENCE.mistake(
    "the states are right, but h0 is overwritten",
    hint="h0[:] = ... writes into the array that the caller still holds. Use a new name.",
)
def overwrites_h0(x, h0, W_x, W_h, b):
    h = np.empty((*x.shape[:2], h0.shape[1]))
    for t in range(x.shape[1]):
        h0[:] = h[:, t] = gru_step(x[:, t], h0, W_x, W_h, b)
    return h


@GRU_SEQUENCE.mistake(
    "the first input is never read: the start stands in the place of the first new state",
    hint="h_1 comes from h_0 and x_1. At which step does your loop begin?",
)
def first_input_skipped(x, h0, W_x, W_h, b):
    h = np.zeros((*x.shape[:2], h0.shape[1]))
    h[:, 0] = h0
    for t in range(1, x.shape[1]):
        h[:, t] = gru_step(x[:, t], h[:, t - 1], W_x, W_h, b)
    return h
