"""The LSTM backward through time: through h and through c, summed over the steps."""

from __future__ import annotations

from functools import partial

import numpy as np

from autograder.problem import Case, Output, Problem
from autograder.problems.cell_draws import (
    faint_sequence_backward_inputs,
    lstm_sequence_backward_inputs,
)
from autograder.problems.draws import FAINT_CASE, FLOAT32
from lmkit.by_hand.lstm import lstm_sequence, lstm_sequence_backward, lstm_step_backward

LSTM_SEQUENCE_BACKWARD = Problem(
    name="lstm_sequence_backward",
    reference=lstm_sequence_backward,
    outputs=(
        Output("dx"),
        Output("dh0"),
        Output("dc0"),
        Output("dW_x"),
        Output("dW_h"),
        Output("db"),
    ),
    cases=(
        Case("a random batch", lstm_sequence_backward_inputs),
        Case("a single step, T = 1", partial(lstm_sequence_backward_inputs, T=1), weight=0.5),
        Case("a long sequence, T = 25", partial(lstm_sequence_backward_inputs, T=25), weight=0.5),
        Case(FAINT_CASE, faint_sequence_backward_inputs),
    ),
    source="Deck 5, Backpropagation through time; deck 3, Backpropagation in LSTM and GRU",
    uses=("lstm_step_backward", "lstm_sequence", "lstm_step", "lstm_gates"),
    rtol=FLOAT32,
)


@LSTM_SEQUENCE_BACKWARD.mistake(
    "dc is not passed on from step to step",
    hint="The lecture's uninterrupted gradient flow goes through c. What does step t hand to step "
    "t - 1?",
)
def dc_not_passed_on(dh, x, h0, c0, W_x, W_h, b):
    h, c = lstm_sequence(x, h0, c0, W_x, W_h, b)
    dx, dh_t, dc_t = np.zeros_like(x), np.zeros_like(h0), np.zeros_like(c0)
    dW = [np.zeros_like(W_x), np.zeros_like(W_h), np.zeros_like(b)]
    for t in reversed(range(x.shape[1])):
        h_prev, c_prev = (h[:, t - 1], c[:, t - 1]) if t > 0 else (h0, c0)
        dx[:, t], dh_t, dc_t, *dW_t = lstm_step_backward(
            dh[:, t] + dh_t, np.zeros_like(c0), x[:, t], h_prev, c_prev, W_x, W_h, b
        )
        dW = [total + at_t for total, at_t in zip(dW, dW_t, strict=True)]
    return dx, dh_t, dc_t, *dW


@LSTM_SEQUENCE_BACKWARD.mistake(
    "dh of the next step is ignored",
    hint="h_t has two readers: the output at t and step t + 1. Both hand back a gradient.",
)
def dh_not_passed_on(dh, x, h0, c0, W_x, W_h, b):
    h, c = lstm_sequence(x, h0, c0, W_x, W_h, b)
    dx, dh_t, dc_t = np.zeros_like(x), np.zeros_like(h0), np.zeros_like(c0)
    dW = [np.zeros_like(W_x), np.zeros_like(W_h), np.zeros_like(b)]
    for t in reversed(range(x.shape[1])):
        h_prev, c_prev = (h[:, t - 1], c[:, t - 1]) if t > 0 else (h0, c0)
        dx[:, t], dh_t, dc_t, *dW_t = lstm_step_backward(
            dh[:, t], dc_t, x[:, t], h_prev, c_prev, W_x, W_h, b
        )
        dW = [total + at_t for total, at_t in zip(dW, dW_t, strict=True)]
    return dx, dh_t, dc_t, *dW


@LSTM_SEQUENCE_BACKWARD.mistake(
    "no gradient goes from one step to the one before it",
    hint="This is what truncation to a single step gives. Backpropagation through time goes on to "
    "t = 1.",
)
def nothing_passed_on(dh, x, h0, c0, W_x, W_h, b):
    h, c = lstm_sequence(x, h0, c0, W_x, W_h, b)
    dx, dh_t, dc_t = np.zeros_like(x), np.zeros_like(h0), np.zeros_like(c0)
    dW = [np.zeros_like(W_x), np.zeros_like(W_h), np.zeros_like(b)]
    for t in reversed(range(x.shape[1])):
        h_prev, c_prev = (h[:, t - 1], c[:, t - 1]) if t > 0 else (h0, c0)
        dx[:, t], dh_t, dc_t, *dW_t = lstm_step_backward(
            dh[:, t], np.zeros_like(c0), x[:, t], h_prev, c_prev, W_x, W_h, b
        )
        dW = [total + at_t for total, at_t in zip(dW, dW_t, strict=True)]
    return dx, dh_t, dc_t, *dW


@LSTM_SEQUENCE_BACKWARD.mistake(
    "only the last step's own dh is used; before it, dh_next replaces it",
    hint="h_t has two readers: the output at t and step t + 1. Both hand back a gradient.",
)
def outputs_before_the_last_ignored(dh, x, h0, c0, W_x, W_h, b):
    h, c = lstm_sequence(x, h0, c0, W_x, W_h, b)
    dx, dh_t, dc_t = np.zeros_like(x), np.zeros_like(h0), np.zeros_like(c0)
    dW = [np.zeros_like(W_x), np.zeros_like(W_h), np.zeros_like(b)]
    for t in reversed(range(x.shape[1])):
        h_prev, c_prev = (h[:, t - 1], c[:, t - 1]) if t > 0 else (h0, c0)
        dx[:, t], dh_t, dc_t, *dW_t = lstm_step_backward(
            dh[:, t] if t == x.shape[1] - 1 else dh_t, dc_t, x[:, t], h_prev, c_prev, W_x, W_h, b
        )
        dW = [total + at_t for total, at_t in zip(dW, dW_t, strict=True)]
    return dx, dh_t, dc_t, *dW


@LSTM_SEQUENCE_BACKWARD.mistake(
    "dW_x, dW_h and db are overwritten at every step, so that the first step's are left",
    hint="The same weights are used at every step. Look at the sum in deck 5.",
)
def weights_overwritten(dh, x, h0, c0, W_x, W_h, b):
    h, c = lstm_sequence(x, h0, c0, W_x, W_h, b)
    dx, dh_t, dc_t = np.zeros_like(x), np.zeros_like(h0), np.zeros_like(c0)
    dW = [np.zeros_like(W_x), np.zeros_like(W_h), np.zeros_like(b)]
    for t in reversed(range(x.shape[1])):
        h_prev, c_prev = (h[:, t - 1], c[:, t - 1]) if t > 0 else (h0, c0)
        dx[:, t], dh_t, dc_t, *dW_t = lstm_step_backward(
            dh[:, t] + dh_t, dc_t, x[:, t], h_prev, c_prev, W_x, W_h, b
        )
        dW = dW_t
    return dx, dh_t, dc_t, *dW


@LSTM_SEQUENCE_BACKWARD.mistake(
    "only the last step is gone through",
    hint="Look at the sum over k in deck 5: how far back does it go?",
)
def last_step_only(dh, x, h0, c0, W_x, W_h, b):
    h, c = lstm_sequence(x, h0, c0, W_x, W_h, b)
    dx, dh_t, dc_t = np.zeros_like(x), np.zeros_like(h0), np.zeros_like(c0)
    dW = [np.zeros_like(W_x), np.zeros_like(W_h), np.zeros_like(b)]
    for t in [x.shape[1] - 1]:
        h_prev, c_prev = (h[:, t - 1], c[:, t - 1]) if t > 0 else (h0, c0)
        dx[:, t], dh_t, dc_t, *dW_t = lstm_step_backward(
            dh[:, t] + dh_t, dc_t, x[:, t], h_prev, c_prev, W_x, W_h, b
        )
        dW = [total + at_t for total, at_t in zip(dW, dW_t, strict=True)]
    return dx, dh_t, dc_t, *dW


@LSTM_SEQUENCE_BACKWARD.mistake(
    "the loop ends before the first step: nothing goes back to h0 and c0",
    hint="T steps forward, T steps back. For which t does your loop run the last time?",
)
def ends_before_the_first_step(dh, x, h0, c0, W_x, W_h, b):
    h, c = lstm_sequence(x, h0, c0, W_x, W_h, b)
    dx, dh_t, dc_t = np.zeros_like(x), np.zeros_like(h0), np.zeros_like(c0)
    dW = [np.zeros_like(W_x), np.zeros_like(W_h), np.zeros_like(b)]
    for t in range(x.shape[1] - 1, 0, -1):
        h_prev, c_prev = (h[:, t - 1], c[:, t - 1]) if t > 0 else (h0, c0)
        dx[:, t], dh_t, dc_t, *dW_t = lstm_step_backward(
            dh[:, t] + dh_t, dc_t, x[:, t], h_prev, c_prev, W_x, W_h, b
        )
        dW = [total + at_t for total, at_t in zip(dW, dW_t, strict=True)]
    return dx, dh_t, dc_t, *dW


@LSTM_SEQUENCE_BACKWARD.mistake(
    "the first step takes its previous states from the end: index -1",
    hint="At t = 0 there is no t - 1, and NumPy does not complain. What came before the first "
    "step?",
)
def wraps_around_at_the_first_step(dh, x, h0, c0, W_x, W_h, b):
    h, c = lstm_sequence(x, h0, c0, W_x, W_h, b)
    dx, dh_t, dc_t = np.zeros_like(x), np.zeros_like(h0), np.zeros_like(c0)
    dW = [np.zeros_like(W_x), np.zeros_like(W_h), np.zeros_like(b)]
    for t in reversed(range(x.shape[1])):
        h_prev, c_prev = h[:, t - 1], c[:, t - 1]
        dx[:, t], dh_t, dc_t, *dW_t = lstm_step_backward(
            dh[:, t] + dh_t, dc_t, x[:, t], h_prev, c_prev, W_x, W_h, b
        )
        dW = [total + at_t for total, at_t in zip(dW, dW_t, strict=True)]
    return dx, dh_t, dc_t, *dW


@LSTM_SEQUENCE_BACKWARD.mistake(
    "the first step's previous states are taken to be zero",
    hint="Zero is only the usual start. Here h0 and c0 are given.",
)
def zeros_before_the_first_step(dh, x, h0, c0, W_x, W_h, b):
    h, c = lstm_sequence(x, h0, c0, W_x, W_h, b)
    dx, dh_t, dc_t = np.zeros_like(x), np.zeros_like(h0), np.zeros_like(c0)
    dW = [np.zeros_like(W_x), np.zeros_like(W_h), np.zeros_like(b)]
    for t in reversed(range(x.shape[1])):
        h_prev, c_prev = (h[:, t - 1], c[:, t - 1]) if t > 0 else (0 * h0, 0 * c0)
        dx[:, t], dh_t, dc_t, *dW_t = lstm_step_backward(
            dh[:, t] + dh_t, dc_t, x[:, t], h_prev, c_prev, W_x, W_h, b
        )
        dW = [total + at_t for total, at_t in zip(dW, dW_t, strict=True)]
    return dx, dh_t, dc_t, *dW


@LSTM_SEQUENCE_BACKWARD.mistake(
    "the forward pass starts from zeros instead of h0 and c0",
    hint="The states that are gone back through must be those of the forward pass.",
)
def forward_from_zeros(dh, x, h0, c0, W_x, W_h, b):
    h, c = lstm_sequence(x, 0 * h0, 0 * c0, W_x, W_h, b)
    dx, dh_t, dc_t = np.zeros_like(x), np.zeros_like(h0), np.zeros_like(c0)
    dW = [np.zeros_like(W_x), np.zeros_like(W_h), np.zeros_like(b)]
    for t in reversed(range(x.shape[1])):
        h_prev, c_prev = (h[:, t - 1], c[:, t - 1]) if t > 0 else (h0, c0)
        dx[:, t], dh_t, dc_t, *dW_t = lstm_step_backward(
            dh[:, t] + dh_t, dc_t, x[:, t], h_prev, c_prev, W_x, W_h, b
        )
        dW = [total + at_t for total, at_t in zip(dW, dW_t, strict=True)]
    return dx, dh_t, dc_t, *dW


@LSTM_SEQUENCE_BACKWARD.mistake(
    "step t is given h_t and c_t instead of h_{t-1} and c_{t-1}",
    hint="What lstm_step_backward asks for is what went into the step. What did come out of it?",
)
def states_after_the_step(dh, x, h0, c0, W_x, W_h, b):
    h, c = lstm_sequence(x, h0, c0, W_x, W_h, b)
    dx, dh_t, dc_t = np.zeros_like(x), np.zeros_like(h0), np.zeros_like(c0)
    dW = [np.zeros_like(W_x), np.zeros_like(W_h), np.zeros_like(b)]
    for t in reversed(range(x.shape[1])):
        h_prev, c_prev = h[:, t], c[:, t]
        dx[:, t], dh_t, dc_t, *dW_t = lstm_step_backward(
            dh[:, t] + dh_t, dc_t, x[:, t], h_prev, c_prev, W_x, W_h, b
        )
        dW = [total + at_t for total, at_t in zip(dW, dW_t, strict=True)]
    return dx, dh_t, dc_t, *dW


@LSTM_SEQUENCE_BACKWARD.mistake(
    "step t is given c_t instead of c_{t-1}",
    hint="What lstm_step_backward asks for is what went into the step. Check both states.",
)
def cell_after_the_step(dh, x, h0, c0, W_x, W_h, b):
    h, c = lstm_sequence(x, h0, c0, W_x, W_h, b)
    dx, dh_t, dc_t = np.zeros_like(x), np.zeros_like(h0), np.zeros_like(c0)
    dW = [np.zeros_like(W_x), np.zeros_like(W_h), np.zeros_like(b)]
    for t in reversed(range(x.shape[1])):
        h_prev, c_prev = h[:, t - 1] if t > 0 else h0, c[:, t]
        dx[:, t], dh_t, dc_t, *dW_t = lstm_step_backward(
            dh[:, t] + dh_t, dc_t, x[:, t], h_prev, c_prev, W_x, W_h, b
        )
        dW = [total + at_t for total, at_t in zip(dW, dW_t, strict=True)]
    return dx, dh_t, dc_t, *dW


@LSTM_SEQUENCE_BACKWARD.mistake(
    "time runs forwards, from the first step to the last",
    hint="The gradient of step t needs that of step t + 1. Which has to be there first?",
)
def forwards(dh, x, h0, c0, W_x, W_h, b):
    h, c = lstm_sequence(x, h0, c0, W_x, W_h, b)
    dx, dh_t, dc_t = np.zeros_like(x), np.zeros_like(h0), np.zeros_like(c0)
    dW = [np.zeros_like(W_x), np.zeros_like(W_h), np.zeros_like(b)]
    for t in range(x.shape[1]):
        h_prev, c_prev = (h[:, t - 1], c[:, t - 1]) if t > 0 else (h0, c0)
        dx[:, t], dh_t, dc_t, *dW_t = lstm_step_backward(
            dh[:, t] + dh_t, dc_t, x[:, t], h_prev, c_prev, W_x, W_h, b
        )
        dW = [total + at_t for total, at_t in zip(dW, dW_t, strict=True)]
    return dx, dh_t, dc_t, *dW


@LSTM_SEQUENCE_BACKWARD.mistake(
    "dx is in the order in which it was computed, the last step first",
    hint="The loop runs backward in time. Does dx?",
)
def dx_reversed(dh, x, h0, c0, W_x, W_h, b):
    h, c = lstm_sequence(x, h0, c0, W_x, W_h, b)
    dx, dh_t, dc_t = np.zeros_like(x), np.zeros_like(h0), np.zeros_like(c0)
    dW = [np.zeros_like(W_x), np.zeros_like(W_h), np.zeros_like(b)]
    for t in reversed(range(x.shape[1])):
        h_prev, c_prev = (h[:, t - 1], c[:, t - 1]) if t > 0 else (h0, c0)
        dx[:, t], dh_t, dc_t, *dW_t = lstm_step_backward(
            dh[:, t] + dh_t, dc_t, x[:, t], h_prev, c_prev, W_x, W_h, b
        )
        dW = [total + at_t for total, at_t in zip(dW, dW_t, strict=True)]
    return dx[:, ::-1], dh_t, dc_t, *dW


@LSTM_SEQUENCE_BACKWARD.mistake(
    "dc0 is returned before dh0",
    hint="Both are right. Look at the order in this function's docstring.",
)
def initial_gradients_swapped(dh, x, h0, c0, W_x, W_h, b):
    h, c = lstm_sequence(x, h0, c0, W_x, W_h, b)
    dx, dh_t, dc_t = np.zeros_like(x), np.zeros_like(h0), np.zeros_like(c0)
    dW = [np.zeros_like(W_x), np.zeros_like(W_h), np.zeros_like(b)]
    for t in reversed(range(x.shape[1])):
        h_prev, c_prev = (h[:, t - 1], c[:, t - 1]) if t > 0 else (h0, c0)
        dx[:, t], dh_t, dc_t, *dW_t = lstm_step_backward(
            dh[:, t] + dh_t, dc_t, x[:, t], h_prev, c_prev, W_x, W_h, b
        )
        dW = [total + at_t for total, at_t in zip(dW, dW_t, strict=True)]
    return dx, dc_t, dh_t, *dW


@LSTM_SEQUENCE_BACKWARD.mistake(
    "dh0 and dc0 are zero",
    hint="The initial states went into the first step. What does that step hand back?",
)
def initial_gradients_zero(dh, x, h0, c0, W_x, W_h, b):
    h, c = lstm_sequence(x, h0, c0, W_x, W_h, b)
    dx, dh_t, dc_t = np.zeros_like(x), np.zeros_like(h0), np.zeros_like(c0)
    dW = [np.zeros_like(W_x), np.zeros_like(W_h), np.zeros_like(b)]
    for t in reversed(range(x.shape[1])):
        h_prev, c_prev = (h[:, t - 1], c[:, t - 1]) if t > 0 else (h0, c0)
        dx[:, t], dh_t, dc_t, *dW_t = lstm_step_backward(
            dh[:, t] + dh_t, dc_t, x[:, t], h_prev, c_prev, W_x, W_h, b
        )
        dW = [total + at_t for total, at_t in zip(dW, dW_t, strict=True)]
    return dx, 0 * dh_t, 0 * dc_t, *dW


@LSTM_SEQUENCE_BACKWARD.mistake(
    "the gradients of the weights are divided by the number of steps",
    hint="If the loss is a mean over time, dh holds that division already.",
)
def averaged_over_time(dh, x, h0, c0, W_x, W_h, b):
    h, c = lstm_sequence(x, h0, c0, W_x, W_h, b)
    dx, dh_t, dc_t = np.zeros_like(x), np.zeros_like(h0), np.zeros_like(c0)
    dW = [np.zeros_like(W_x), np.zeros_like(W_h), np.zeros_like(b)]
    for t in reversed(range(x.shape[1])):
        h_prev, c_prev = (h[:, t - 1], c[:, t - 1]) if t > 0 else (h0, c0)
        dx[:, t], dh_t, dc_t, *dW_t = lstm_step_backward(
            dh[:, t] + dh_t, dc_t, x[:, t], h_prev, c_prev, W_x, W_h, b
        )
        dW = [total + at_t for total, at_t in zip(dW, dW_t, strict=True)]
    return dx, dh_t, dc_t, *[total / x.shape[1] for total in dW]


@LSTM_SEQUENCE_BACKWARD.mistake(
    "the gradients of the weights are averaged over the batch",
    hint="If the loss is a mean, dh holds that division already.",
)
def averaged_over_batch(dh, x, h0, c0, W_x, W_h, b):
    h, c = lstm_sequence(x, h0, c0, W_x, W_h, b)
    dx, dh_t, dc_t = np.zeros_like(x), np.zeros_like(h0), np.zeros_like(c0)
    dW = [np.zeros_like(W_x), np.zeros_like(W_h), np.zeros_like(b)]
    for t in reversed(range(x.shape[1])):
        h_prev, c_prev = (h[:, t - 1], c[:, t - 1]) if t > 0 else (h0, c0)
        dx[:, t], dh_t, dc_t, *dW_t = lstm_step_backward(
            dh[:, t] + dh_t, dc_t, x[:, t], h_prev, c_prev, W_x, W_h, b
        )
        dW = [total + at_t for total, at_t in zip(dW, dW_t, strict=True)]
    return dx, dh_t, dc_t, *[total / x.shape[0] for total in dW]


@LSTM_SEQUENCE_BACKWARD.mistake(
    "dh of each step is added to dc as well",
    hint="The way from h_t to c_t is inside the step. What must come from outside it?",
)
def dc_takes_all_of_dh(dh, x, h0, c0, W_x, W_h, b):
    h, c = lstm_sequence(x, h0, c0, W_x, W_h, b)
    dx, dh_t, dc_t = np.zeros_like(x), np.zeros_like(h0), np.zeros_like(c0)
    dW = [np.zeros_like(W_x), np.zeros_like(W_h), np.zeros_like(b)]
    for t in reversed(range(x.shape[1])):
        h_prev, c_prev = (h[:, t - 1], c[:, t - 1]) if t > 0 else (h0, c0)
        dx[:, t], dh_t, dc_t, *dW_t = lstm_step_backward(
            dh[:, t] + dh_t, dc_t + dh[:, t], x[:, t], h_prev, c_prev, W_x, W_h, b
        )
        dW = [total + at_t for total, at_t in zip(dW, dW_t, strict=True)]
    return dx, dh_t, dc_t, *dW


@LSTM_SEQUENCE_BACKWARD.mistake(
    "the gradients are right, but dh is changed in place",
    hint="+= writes into the array that the caller still holds. Make a new one.",
)
def changes_dh(dh, x, h0, c0, W_x, W_h, b):
    h, c = lstm_sequence(x, h0, c0, W_x, W_h, b)
    dx, dh_t, dc_t = np.zeros_like(x), np.zeros_like(h0), np.zeros_like(c0)
    dW = [np.zeros_like(W_x), np.zeros_like(W_h), np.zeros_like(b)]
    for t in reversed(range(x.shape[1])):
        h_prev, c_prev = (h[:, t - 1], c[:, t - 1]) if t > 0 else (h0, c0)
        dh[:, t] += dh_t
        dx[:, t], dh_t, dc_t, *dW_t = lstm_step_backward(
            dh[:, t], dc_t, x[:, t], h_prev, c_prev, W_x, W_h, b
        )
        dW = [total + at_t for total, at_t in zip(dW, dW_t, strict=True)]
    return dx, dh_t, dc_t, *dW


@LSTM_SEQUENCE_BACKWARD.mistake(
    "the gradients of the weights are clipped to -5 ... 5",
    hint="To clip is another function's task, and comes after this one. What is the gradient?",
)
def weights_clipped(dh, x, h0, c0, W_x, W_h, b):
    h, c = lstm_sequence(x, h0, c0, W_x, W_h, b)
    dx, dh_t, dc_t = np.zeros_like(x), np.zeros_like(h0), np.zeros_like(c0)
    dW = [np.zeros_like(W_x), np.zeros_like(W_h), np.zeros_like(b)]
    for t in reversed(range(x.shape[1])):
        h_prev, c_prev = (h[:, t - 1], c[:, t - 1]) if t > 0 else (h0, c0)
        dx[:, t], dh_t, dc_t, *dW_t = lstm_step_backward(
            dh[:, t] + dh_t, dc_t, x[:, t], h_prev, c_prev, W_x, W_h, b
        )
        dW = [total + at_t for total, at_t in zip(dW, dW_t, strict=True)]
    return dx, dh_t, dc_t, *[np.clip(g, -5, 5) for g in dW]
