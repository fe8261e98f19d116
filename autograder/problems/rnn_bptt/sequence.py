"""Backpropagation through time: the simple RNN backward, over a whole sequence."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.problem import Case, Output, Problem
from autograder.problems.draws import FAINT_CASE, FLOAT32, Rng
from autograder.problems.rnn_draws import (
    draw_faint_sequence,
    draw_long_sequence,
    draw_one_sequence,
    draw_one_step,
    draw_sequence,
    with_upstream,
)
from lmkit.by_hand.rnn import rnn_sequence, rnn_sequence_backward, rnn_step_backward


def draw_last_loss(rng: Rng) -> tuple[Any, ...]:
    """A gradient that arrives at the last step and nowhere else."""
    dh, *rest = with_upstream(draw_sequence)(rng)
    dh[:, :-1] = 0
    return dh, *rest


RNN_SEQUENCE_BACKWARD = Problem(
    name="rnn_sequence_backward",
    reference=rnn_sequence_backward,
    outputs=(
        Output("dx"),
        Output("dh0"),
        Output("dW_x", weight=1.5),
        Output("dW_h", weight=1.5),
        Output("db"),
    ),
    cases=(
        Case("a random batch", with_upstream(draw_sequence), weight=2),
        Case("a loss at the last step alone", draw_last_loss),
        Case("a single step, T = 1", with_upstream(draw_one_step), weight=0.5),
        Case("a single sequence, N = 1", with_upstream(draw_one_sequence), weight=0.5),
        Case("a long sequence, T = 30", with_upstream(draw_long_sequence)),
        Case(FAINT_CASE, draw_faint_sequence),
    ),
    source="Deck 5, Backpropagation through time",
    uses=("rnn_step_backward", "rnn_sequence", "rnn_step"),
    rtol=FLOAT32,
)


@RNN_SEQUENCE_BACKWARD.mistake(
    "the gradient dh that arrives from above is ignored, but at the last step",
    hint="Deck 5 sums over the losses L_t of all steps. Each of them sends a gradient to its h_t.",
)
def upstream_ignored(dh, x, h0, W_x, W_h, b):
    before = np.concatenate([h0[:, None], rnn_sequence(x, h0, W_x, W_h, b)[:, :-1]], axis=1)
    dx, dstate = np.zeros(x.shape), dh[:, -1]
    dW_x, dW_h, db = np.zeros(W_x.shape), np.zeros(W_h.shape), np.zeros(b.shape)
    for t in reversed(range(x.shape[1])):
        dx[:, t], dstate, x_t, h_t, b_t = rnn_step_backward(
            dstate, x[:, t], before[:, t], W_x, W_h, b
        )
        dW_x, dW_h, db = dW_x + x_t, dW_h + h_t, db + b_t
    return dx, dstate, dW_x, dW_h, db


@RNN_SEQUENCE_BACKWARD.mistake(
    "what step t + 1 hands back to h_t is ignored",
    hint="h_t feeds an output and the next step, so two gradients come back to it. "
    "Look at the product of dh_j/dh_{j-1} in deck 5.",
)
def dh_next_ignored(dh, x, h0, W_x, W_h, b):
    before = np.concatenate([h0[:, None], rnn_sequence(x, h0, W_x, W_h, b)[:, :-1]], axis=1)
    dx = np.zeros(x.shape)
    dW_x, dW_h, db = np.zeros(W_x.shape), np.zeros(W_h.shape), np.zeros(b.shape)
    for t in reversed(range(x.shape[1])):
        dx[:, t], dh0, x_t, h_t, b_t = rnn_step_backward(
            dh[:, t], x[:, t], before[:, t], W_x, W_h, b
        )
        dW_x, dW_h, db = dW_x + x_t, dW_h + h_t, db + b_t
    return dx, dh0, dW_x, dW_h, db


@RNN_SEQUENCE_BACKWARD.mistake(
    "the gradients of the weights are overwritten at each step, not summed",
    hint="The same weights are used at every step. Look at the sum over i in deck 1.",
)
def overwritten(dh, x, h0, W_x, W_h, b):
    before = np.concatenate([h0[:, None], rnn_sequence(x, h0, W_x, W_h, b)[:, :-1]], axis=1)
    dx, dh_next = np.zeros(x.shape), np.zeros(h0.shape)
    for t in reversed(range(x.shape[1])):
        dx[:, t], dh_next, dW_x, dW_h, db = rnn_step_backward(
            dh[:, t] + dh_next, x[:, t], before[:, t], W_x, W_h, b
        )
    return dx, dh_next, dW_x, dW_h, db


@RNN_SEQUENCE_BACKWARD.mistake(
    "only the last step is gone back through",
    hint="Deck 1: backpropagate over timesteps i = t, ..., 0. Where does your loop end?",
)
def last_step_only(dh, x, h0, W_x, W_h, b):
    before = np.concatenate([h0[:, None], rnn_sequence(x, h0, W_x, W_h, b)[:, :-1]], axis=1)
    dx = np.zeros(x.shape)
    dx[:, -1], dh0, dW_x, dW_h, db = rnn_step_backward(
        dh[:, -1], x[:, -1], before[:, -1], W_x, W_h, b
    )
    return dx, dh0, dW_x, dW_h, db


@RNN_SEQUENCE_BACKWARD.mistake(
    "the derivative of tanh is left out",
    hint="Every step back goes through one tanh. Call your own rnn_step_backward.",
)
def no_tanh_derivative(dh, x, h0, W_x, W_h, b):
    before = np.concatenate([h0[:, None], rnn_sequence(x, h0, W_x, W_h, b)[:, :-1]], axis=1)
    dx, dh_next = np.zeros(x.shape), np.zeros(h0.shape)
    dW_x, dW_h, db = np.zeros(W_x.shape), np.zeros(W_h.shape), np.zeros(b.shape)
    for t in reversed(range(x.shape[1])):
        da = dh[:, t] + dh_next
        dx[:, t], dh_next = da @ W_x.T, da @ W_h.T
        dW_x, dW_h, db = dW_x + x[:, t].T @ da, dW_h + before[:, t].T @ da, db + da.sum(axis=0)
    return dx, dh_next, dW_x, dW_h, db


@RNN_SEQUENCE_BACKWARD.mistake(
    "what step t + 1 hands back goes past the tanh of step t",
    hint="Both gradients arrive at h_t, so both go through the same tanh. Add them first.",
)
def dh_next_past_tanh(dh, x, h0, W_x, W_h, b):
    h = rnn_sequence(x, h0, W_x, W_h, b)
    before = np.concatenate([h0[:, None], h[:, :-1]], axis=1)
    dx, dh_next = np.zeros(x.shape), np.zeros(h0.shape)
    dW_x, dW_h, db = np.zeros(W_x.shape), np.zeros(W_h.shape), np.zeros(b.shape)
    for t in reversed(range(x.shape[1])):
        da = dh[:, t] * (1 - h[:, t] ** 2) + dh_next
        dx[:, t], dh_next = da @ W_x.T, da @ W_h.T
        dW_x, dW_h, db = dW_x + x[:, t].T @ da, dW_h + before[:, t].T @ da, db + da.sum(axis=0)
    return dx, dh_next, dW_x, dW_h, db


@RNN_SEQUENCE_BACKWARD.mistake(
    "the gradient goes back through W_h, not through its transpose",
    hint="If unit j feeds unit k by entry (j, k) of W_h, from where does unit j get its gradient?",
)
def W_h_not_transposed(dh, x, h0, W_x, W_h, b):
    h = rnn_sequence(x, h0, W_x, W_h, b)
    before = np.concatenate([h0[:, None], h[:, :-1]], axis=1)
    dx, dh_next = np.zeros(x.shape), np.zeros(h0.shape)
    dW_x, dW_h, db = np.zeros(W_x.shape), np.zeros(W_h.shape), np.zeros(b.shape)
    for t in reversed(range(x.shape[1])):
        da = (dh[:, t] + dh_next) * (1 - h[:, t] ** 2)
        dx[:, t], dh_next = da @ W_x.T, da @ W_h
        dW_x, dW_h, db = dW_x + x[:, t].T @ da, dW_h + before[:, t].T @ da, db + da.sum(axis=0)
    return dx, dh_next, dW_x, dW_h, db


@RNN_SEQUENCE_BACKWARD.mistake(
    "step t is given h_t where it needs h_{t-1}",
    hint="rnn_step_backward wants what the forward step was given. Which state was that?",
)
def off_by_one(dh, x, h0, W_x, W_h, b):
    h = rnn_sequence(x, h0, W_x, W_h, b)
    dx, dh_next = np.zeros(x.shape), np.zeros(h0.shape)
    dW_x, dW_h, db = np.zeros(W_x.shape), np.zeros(W_h.shape), np.zeros(b.shape)
    for t in reversed(range(x.shape[1])):
        dx[:, t], dh_next, x_t, h_t, b_t = rnn_step_backward(
            dh[:, t] + dh_next, x[:, t], h[:, t], W_x, W_h, b
        )
        dW_x, dW_h, db = dW_x + x_t, dW_h + h_t, db + b_t
    return dx, dh_next, dW_x, dW_h, db


@RNN_SEQUENCE_BACKWARD.mistake(
    "the loop ends before the first step: nothing goes back to h0",
    hint="T steps forward, T steps back. For which t does your loop run the last time?",
)
def ends_before_first(dh, x, h0, W_x, W_h, b):
    before = np.concatenate([h0[:, None], rnn_sequence(x, h0, W_x, W_h, b)[:, :-1]], axis=1)
    dx, dh_next = np.zeros(x.shape), np.zeros(h0.shape)
    dW_x, dW_h, db = np.zeros(W_x.shape), np.zeros(W_h.shape), np.zeros(b.shape)
    for t in range(x.shape[1] - 1, 0, -1):
        dx[:, t], dh_next, x_t, h_t, b_t = rnn_step_backward(
            dh[:, t] + dh_next, x[:, t], before[:, t], W_x, W_h, b
        )
        dW_x, dW_h, db = dW_x + x_t, dW_h + h_t, db + b_t
    return dx, dh_next, dW_x, dW_h, db


@RNN_SEQUENCE_BACKWARD.mistake(
    "at the first step the index t - 1 = -1 takes the last state, not h0",
    hint="Index -1 is no error in Python: it counts from the end. What comes before h_1?",
)
def index_minus_one(dh, x, h0, W_x, W_h, b):
    h = rnn_sequence(x, h0, W_x, W_h, b)
    dx, dh_next = np.zeros(x.shape), np.zeros(h0.shape)
    dW_x, dW_h, db = np.zeros(W_x.shape), np.zeros(W_h.shape), np.zeros(b.shape)
    for t in reversed(range(x.shape[1])):
        dx[:, t], dh_next, x_t, h_t, b_t = rnn_step_backward(
            dh[:, t] + dh_next, x[:, t], h[:, t - 1], W_x, W_h, b
        )
        dW_x, dW_h, db = dW_x + x_t, dW_h + h_t, db + b_t
    return dx, dh_next, dW_x, dW_h, db


@RNN_SEQUENCE_BACKWARD.mistake(
    "at the first step zeros are taken in the place of h0",
    hint="The forward pass started from h0. The way back ends there.",
)
def zeros_before_first(dh, x, h0, W_x, W_h, b):
    h = rnn_sequence(x, h0, W_x, W_h, b)
    before = np.concatenate([np.zeros(h0[:, None].shape), h[:, :-1]], axis=1)
    dx, dh_next = np.zeros(x.shape), np.zeros(h0.shape)
    dW_x, dW_h, db = np.zeros(W_x.shape), np.zeros(W_h.shape), np.zeros(b.shape)
    for t in reversed(range(x.shape[1])):
        dx[:, t], dh_next, x_t, h_t, b_t = rnn_step_backward(
            dh[:, t] + dh_next, x[:, t], before[:, t], W_x, W_h, b
        )
        dW_x, dW_h, db = dW_x + x_t, dW_h + h_t, db + b_t
    return dx, dh_next, dW_x, dW_h, db


@RNN_SEQUENCE_BACKWARD.mistake(
    "h0 is taken to be zero in the forward pass too",
    hint="The states that you go back through are those that h0 has led to.",
)
def h0_ignored(dh, x, h0, W_x, W_h, b):
    zeros = np.zeros(h0.shape)
    before = np.concatenate([zeros[:, None], rnn_sequence(x, zeros, W_x, W_h, b)[:, :-1]], axis=1)
    dx, dh_next = np.zeros(x.shape), zeros
    dW_x, dW_h, db = np.zeros(W_x.shape), np.zeros(W_h.shape), np.zeros(b.shape)
    for t in reversed(range(x.shape[1])):
        dx[:, t], dh_next, x_t, h_t, b_t = rnn_step_backward(
            dh[:, t] + dh_next, x[:, t], before[:, t], W_x, W_h, b
        )
        dW_x, dW_h, db = dW_x + x_t, dW_h + h_t, db + b_t
    return dx, dh_next, dW_x, dW_h, db


@RNN_SEQUENCE_BACKWARD.mistake(
    "the steps are taken from the first to the last",
    hint="Deck 1: backpropagate over timesteps i = t, ..., 0. Which is the first to be done?",
)
def forwards_in_time(dh, x, h0, W_x, W_h, b):
    before = np.concatenate([h0[:, None], rnn_sequence(x, h0, W_x, W_h, b)[:, :-1]], axis=1)
    dx, dh_next = np.zeros(x.shape), np.zeros(h0.shape)
    dW_x, dW_h, db = np.zeros(W_x.shape), np.zeros(W_h.shape), np.zeros(b.shape)
    for t in range(x.shape[1]):
        dx[:, t], dh_next, x_t, h_t, b_t = rnn_step_backward(
            dh[:, t] + dh_next, x[:, t], before[:, t], W_x, W_h, b
        )
        dW_x, dW_h, db = dW_x + x_t, dW_h + h_t, db + b_t
    return dx, dh_next, dW_x, dW_h, db


@RNN_SEQUENCE_BACKWARD.mistake(
    "what the later steps hand back is added up over all of them",
    hint="What step t + 1 hands back holds the steps after it already. Replace, do not add.",
)
def dh_next_added_up(dh, x, h0, W_x, W_h, b):
    before = np.concatenate([h0[:, None], rnn_sequence(x, h0, W_x, W_h, b)[:, :-1]], axis=1)
    dx, dh_next = np.zeros(x.shape), np.zeros(h0.shape)
    dW_x, dW_h, db = np.zeros(W_x.shape), np.zeros(W_h.shape), np.zeros(b.shape)
    for t in reversed(range(x.shape[1])):
        dx[:, t], dh_prev, x_t, h_t, b_t = rnn_step_backward(
            dh[:, t] + dh_next, x[:, t], before[:, t], W_x, W_h, b
        )
        dh_next, dW_x, dW_h, db = dh_next + dh_prev, dW_x + x_t, dW_h + h_t, db + b_t
    return dx, dh_next, dW_x, dW_h, db


@RNN_SEQUENCE_BACKWARD.mistake(
    "dh0 is the gradient at h_1: the last step back is missing",
    hint="Between h_1 and h_0 lies one more step, with its tanh and its W_h.",
)
def dh0_one_step_short(dh, x, h0, W_x, W_h, b):
    before = np.concatenate([h0[:, None], rnn_sequence(x, h0, W_x, W_h, b)[:, :-1]], axis=1)
    dx, dh_next = np.zeros(x.shape), np.zeros(h0.shape)
    dW_x, dW_h, db = np.zeros(W_x.shape), np.zeros(W_h.shape), np.zeros(b.shape)
    for t in reversed(range(x.shape[1])):
        dh_t = dh[:, t] + dh_next
        dx[:, t], dh_next, x_t, h_t, b_t = rnn_step_backward(
            dh_t, x[:, t], before[:, t], W_x, W_h, b
        )
        dW_x, dW_h, db = dW_x + x_t, dW_h + h_t, db + b_t
    return dx, dh_t, dW_x, dW_h, db


@RNN_SEQUENCE_BACKWARD.mistake(
    "dx stands in reversed order of time",
    hint="The loop meets the last step first. Which place in dx does its result belong to?",
)
def dx_reversed(dh, x, h0, W_x, W_h, b):
    before = np.concatenate([h0[:, None], rnn_sequence(x, h0, W_x, W_h, b)[:, :-1]], axis=1)
    dx, dh_next = [], np.zeros(h0.shape)
    dW_x, dW_h, db = np.zeros(W_x.shape), np.zeros(W_h.shape), np.zeros(b.shape)
    for t in reversed(range(x.shape[1])):
        dx_t, dh_next, x_t, h_t, b_t = rnn_step_backward(
            dh[:, t] + dh_next, x[:, t], before[:, t], W_x, W_h, b
        )
        dx.append(dx_t)
        dW_x, dW_h, db = dW_x + x_t, dW_h + h_t, db + b_t
    return np.stack(dx, axis=1), dh_next, dW_x, dW_h, db


@RNN_SEQUENCE_BACKWARD.mistake(
    "the gradients of the weights are divided by T",
    hint="The loss has divided by the number of tokens already, and dh brings that along.",
)
def divided_by_T(dh, x, h0, W_x, W_h, b):
    T = x.shape[1]
    before = np.concatenate([h0[:, None], rnn_sequence(x, h0, W_x, W_h, b)[:, :-1]], axis=1)
    dx, dh_next = np.zeros(x.shape), np.zeros(h0.shape)
    dW_x, dW_h, db = np.zeros(W_x.shape), np.zeros(W_h.shape), np.zeros(b.shape)
    for t in reversed(range(T)):
        dx[:, t], dh_next, x_t, h_t, b_t = rnn_step_backward(
            dh[:, t] + dh_next, x[:, t], before[:, t], W_x, W_h, b
        )
        dW_x, dW_h, db = dW_x + x_t / T, dW_h + h_t / T, db + b_t / T
    return dx, dh_next, dW_x, dW_h, db


@RNN_SEQUENCE_BACKWARD.mistake(
    "the gradients of the weights are averaged over the batch",
    hint="The loss has divided by the number of tokens already, and dh brings that along.",
)
def averaged_over_batch(dh, x, h0, W_x, W_h, b):
    N = x.shape[0]
    before = np.concatenate([h0[:, None], rnn_sequence(x, h0, W_x, W_h, b)[:, :-1]], axis=1)
    dx, dh_next = np.zeros(x.shape), np.zeros(h0.shape)
    dW_x, dW_h, db = np.zeros(W_x.shape), np.zeros(W_h.shape), np.zeros(b.shape)
    for t in reversed(range(x.shape[1])):
        dx[:, t], dh_next, x_t, h_t, b_t = rnn_step_backward(
            dh[:, t] + dh_next, x[:, t], before[:, t], W_x, W_h, b
        )
        dW_x, dW_h, db = dW_x + x_t / N, dW_h + h_t / N, db + b_t / N
    return dx, dh_next, dW_x, dW_h, db


@RNN_SEQUENCE_BACKWARD.mistake(
    "what step t + 1 hands back is clipped to -5 ... 5",
    hint="Clipping comes after the gradients and before the step of SGD. Here the gradients are "
    "asked for, however large.",
)
def dh_next_clipped(dh, x, h0, W_x, W_h, b):
    before = np.concatenate([h0[:, None], rnn_sequence(x, h0, W_x, W_h, b)[:, :-1]], axis=1)
    dx, dh_next = np.zeros(x.shape), np.zeros(h0.shape)
    dW_x, dW_h, db = np.zeros(W_x.shape), np.zeros(W_h.shape), np.zeros(b.shape)
    for t in reversed(range(x.shape[1])):
        dx[:, t], dh_next, x_t, h_t, b_t = rnn_step_backward(
            dh[:, t] + dh_next, x[:, t], before[:, t], W_x, W_h, b
        )
        dh_next = np.clip(dh_next, -5, 5)
        dW_x, dW_h, db = dW_x + x_t, dW_h + h_t, db + b_t
    return dx, dh_next, dW_x, dW_h, db


@RNN_SEQUENCE_BACKWARD.mistake(
    "the gradients of the weights are clipped to -5 ... 5",
    hint="Clipping comes after the gradients and before the step of SGD. Here the gradients are "
    "asked for, however large.",
)
def weights_clipped(dh, x, h0, W_x, W_h, b):
    before = np.concatenate([h0[:, None], rnn_sequence(x, h0, W_x, W_h, b)[:, :-1]], axis=1)
    dx, dh_next = np.zeros(x.shape), np.zeros(h0.shape)
    dW_x, dW_h, db = np.zeros(W_x.shape), np.zeros(W_h.shape), np.zeros(b.shape)
    for t in reversed(range(x.shape[1])):
        dx[:, t], dh_next, x_t, h_t, b_t = rnn_step_backward(
            dh[:, t] + dh_next, x[:, t], before[:, t], W_x, W_h, b
        )
        dW_x, dW_h, db = dW_x + x_t, dW_h + h_t, db + b_t
    return dx, dh_next, np.clip(dW_x, -5, 5), np.clip(dW_h, -5, 5), np.clip(db, -5, 5)


@RNN_SEQUENCE_BACKWARD.mistake(
    "dh is changed in place",
    hint="`dh[:, t] += ...` changes the array of whoever called you. Add into a new one.",
)
def dh_changed(dh, x, h0, W_x, W_h, b):
    before = np.concatenate([h0[:, None], rnn_sequence(x, h0, W_x, W_h, b)[:, :-1]], axis=1)
    dx, dh_next = np.zeros(x.shape), np.zeros(h0.shape)
    dW_x, dW_h, db = np.zeros(W_x.shape), np.zeros(W_h.shape), np.zeros(b.shape)
    for t in reversed(range(x.shape[1])):
        dh[:, t] += dh_next
        dx[:, t], dh_next, x_t, h_t, b_t = rnn_step_backward(
            dh[:, t], x[:, t], before[:, t], W_x, W_h, b
        )
        dW_x, dW_h, db = dW_x + x_t, dW_h + h_t, db + b_t
    return dx, dh_next, dW_x, dW_h, db


@RNN_SEQUENCE_BACKWARD.mistake(
    "all signs are turned round: the minus of the slide stands in front",
    hint="The slide has a minus sign in front. What does the text below the equation say of it?",
)
def slides_minus_sign(dh, x, h0, W_x, W_h, b):
    h = rnn_sequence(x, h0, W_x, W_h, b)
    dx, back = np.zeros_like(x), np.zeros_like(h0)
    dW = [np.zeros_like(W_x), np.zeros_like(W_h), np.zeros_like(b)]
    for t in reversed(range(x.shape[1])):
        h_prev = h[:, t - 1] if t > 0 else h0
        dx[:, t], back, *dW_t = rnn_step_backward(back - dh[:, t], x[:, t], h_prev, W_x, W_h, b)
        dW = [total + at_t for total, at_t in zip(dW, dW_t, strict=True)]
    return dx, back, *dW
