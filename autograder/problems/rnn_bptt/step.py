"""The simple RNN, backward: one step."""

from __future__ import annotations

import numpy as np

from autograder.problem import Case, Output, Problem
from autograder.problems.draws import FAINT_CASE, FLOAT32
from autograder.problems.rnn_draws import (
    draw_faint_step,
    draw_step,
    draw_step_of_one,
    with_upstream,
)
from lmkit.by_hand.rnn import rnn_step, rnn_step_backward

RNN_STEP_BACKWARD = Problem(
    name="rnn_step_backward",
    reference=rnn_step_backward,
    outputs=(Output("dx"), Output("dh_prev"), Output("dW_x"), Output("dW_h"), Output("db")),
    cases=(
        Case("a random batch", with_upstream(draw_step), weight=2),
        Case("a batch of one, N = 1", with_upstream(draw_step_of_one)),
        Case(FAINT_CASE, draw_faint_step),
    ),
    source="Deck 5, Backpropagation through time",
    uses=("rnn_step",),
    rtol=FLOAT32,
)


@RNN_STEP_BACKWARD.mistake(
    "dh_prev goes past tanh: it is computed from dh",
    hint="h_{t-1} and x_t enter at the same place. Their gradients start from the same da.",
)
def dh_prev_from_dh(dh, x, h_prev, W_x, W_h, b):
    da = dh * (1 - rnn_step(x, h_prev, W_x, W_h, b) ** 2)
    return da @ W_x.T, dh @ W_h.T, x.T @ da, h_prev.T @ da, da.sum(axis=0)


@RNN_STEP_BACKWARD.mistake(
    "db goes past tanh: it is computed from dh",
    hint="The bias is added inside the brackets. What lies between it and h?",
)
def db_from_dh(dh, x, h_prev, W_x, W_h, b):
    da = dh * (1 - rnn_step(x, h_prev, W_x, W_h, b) ** 2)
    return da @ W_x.T, da @ W_h.T, x.T @ da, h_prev.T @ da, dh.sum(axis=0)


@RNN_STEP_BACKWARD.mistake(
    "the derivative of tanh is left out",
    hint="Between h and the weights lies g in deck 5's h_t = g(...). Its slope is a factor.",
)
def no_tanh_derivative(dh, x, h_prev, W_x, W_h, b):
    return dh @ W_x.T, dh @ W_h.T, x.T @ dh, h_prev.T @ dh, dh.sum(axis=0)


@RNN_STEP_BACKWARD.mistake(
    "the derivative of tanh has h where h^2 belongs",
    hint="Check the derivative of tanh at a large input: h is 1 or -1, the slope zero in both.",
)
def h_not_squared(dh, x, h_prev, W_x, W_h, b):
    da = dh * (1 - rnn_step(x, h_prev, W_x, W_h, b))
    return da @ W_x.T, da @ W_h.T, x.T @ da, h_prev.T @ da, da.sum(axis=0)


@RNN_STEP_BACKWARD.mistake(
    "the derivative of tanh is written 1 - 2h",
    hint="Check the derivative of tanh at a large input: h is 1 or -1, the slope zero in both.",
)
def doubled(dh, x, h_prev, W_x, W_h, b):
    h = rnn_step(x, h_prev, W_x, W_h, b)
    da = dh * (1 - h * 2)
    return da @ W_x.T, da @ W_h.T, x.T @ da, h_prev.T @ da, da.sum(axis=0)


@RNN_STEP_BACKWARD.mistake(
    "the derivative of tanh is written (1 - h)^2",
    hint="Check the derivative of tanh at a large input: h is 1 or -1, the slope zero in both.",
)
def bracket_squared(dh, x, h_prev, W_x, W_h, b):
    h = rnn_step(x, h_prev, W_x, W_h, b)
    da = dh * ((1 - h) ** 2)
    return da @ W_x.T, da @ W_h.T, x.T @ da, h_prev.T @ da, da.sum(axis=0)


@RNN_STEP_BACKWARD.mistake(
    "the derivative of tanh is 1 - a^2 with the input a of tanh, not its output",
    hint="1 - tanh(a)^2: what is squared has been through tanh.",
)
def slope_from_a(dh, x, h_prev, W_x, W_h, b):
    da = dh * (1 - (x @ W_x + h_prev @ W_h + b) ** 2)
    return da @ W_x.T, da @ W_h.T, x.T @ da, h_prev.T @ da, da.sum(axis=0)


@RNN_STEP_BACKWARD.mistake(
    "tanh is applied to h once more before it is squared",
    hint="1 - tanh(a)^2: h has been through tanh already.",
)
def tanh_of_h(dh, x, h_prev, W_x, W_h, b):
    da = dh * (1 - np.tanh(rnn_step(x, h_prev, W_x, W_h, b)) ** 2)
    return da @ W_x.T, da @ W_h.T, x.T @ da, h_prev.T @ da, da.sum(axis=0)


@RNN_STEP_BACKWARD.mistake(
    "the slope of tanh is taken at h_{t-1}, not at h_t",
    hint="The tanh that you go back through is the one that gave h_t.",
)
def slope_at_h_prev(dh, x, h_prev, W_x, W_h, b):
    da = dh * (1 - h_prev**2)
    return da @ W_x.T, da @ W_h.T, x.T @ da, h_prev.T @ da, da.sum(axis=0)


@RNN_STEP_BACKWARD.mistake(
    "the derivative of tanh is 1 + h^2",
    hint="The slope of tanh is largest at zero. Is yours?",
)
def slope_with_plus(dh, x, h_prev, W_x, W_h, b):
    da = dh * (1 + rnn_step(x, h_prev, W_x, W_h, b) ** 2)
    return da @ W_x.T, da @ W_h.T, x.T @ da, h_prev.T @ da, da.sum(axis=0)


@RNN_STEP_BACKWARD.mistake(
    "the derivative is that of the sigmoid, h (1 - h)",
    hint="s (1 - s) belongs to the gates of an LSTM. Which function gave this h?",
)
def sigmoid_derivative(dh, x, h_prev, W_x, W_h, b):
    h = rnn_step(x, h_prev, W_x, W_h, b)
    da = dh * h * (1 - h)
    return da @ W_x.T, da @ W_h.T, x.T @ da, h_prev.T @ da, da.sum(axis=0)


@RNN_STEP_BACKWARD.mistake(
    "the gradient dh that arrives from above is ignored",
    hint="The chain rule begins with dL/dh_t. Where is it in your first line?",
)
def upstream_ignored(dh, x, h_prev, W_x, W_h, b):
    da = 1 - rnn_step(x, h_prev, W_x, W_h, b) ** 2
    return da @ W_x.T, da @ W_h.T, x.T @ da, h_prev.T @ da, da.sum(axis=0)


@RNN_STEP_BACKWARD.mistake(
    "the bias is left out when h is computed again",
    hint="The slope of tanh must be taken where the forward step was. Call your own rnn_step.",
)
def recomputed_without_bias(dh, x, h_prev, W_x, W_h, b):
    da = dh * (1 - np.tanh(x @ W_x + h_prev @ W_h) ** 2)
    return da @ W_x.T, da @ W_h.T, x.T @ da, h_prev.T @ da, da.sum(axis=0)


@RNN_STEP_BACKWARD.mistake(
    "dh is changed in place",
    hint="`dh *= ...` changes the array of whoever called you. `da = dh * ...` makes a new one.",
)
def dh_changed(dh, x, h_prev, W_x, W_h, b):
    dh *= 1 - rnn_step(x, h_prev, W_x, W_h, b) ** 2
    return dh @ W_x.T, dh @ W_h.T, x.T @ dh, h_prev.T @ dh, dh.sum(axis=0)


@RNN_STEP_BACKWARD.mistake(
    "dh_prev goes back through W_h, not through its transpose",
    hint="If unit j feeds unit k by entry (j, k) of W_h, from where does unit j get its gradient?",
)
def dh_prev_not_transposed(dh, x, h_prev, W_x, W_h, b):
    da = dh * (1 - rnn_step(x, h_prev, W_x, W_h, b) ** 2)
    return da @ W_x.T, da @ W_h, x.T @ da, h_prev.T @ da, da.sum(axis=0)


@RNN_STEP_BACKWARD.mistake(
    "dW_h pairs the gradient with h_t, not with h_{t-1}",
    hint="The gradient of a weight is its input times what comes back. What did W_h multiply?",
)
def dW_h_with_new_state(dh, x, h_prev, W_x, W_h, b):
    h = rnn_step(x, h_prev, W_x, W_h, b)
    da = dh * (1 - h**2)
    return da @ W_x.T, da @ W_h.T, x.T @ da, h.T @ da, da.sum(axis=0)


@RNN_STEP_BACKWARD.mistake(
    "dW_h is transposed",
    hint="dW_h has the layout of W_h: rows for what comes in, columns for what goes out.",
)
def dW_h_transposed(dh, x, h_prev, W_x, W_h, b):
    da = dh * (1 - rnn_step(x, h_prev, W_x, W_h, b) ** 2)
    return da @ W_x.T, da @ W_h.T, x.T @ da, da.T @ h_prev, da.sum(axis=0)


@RNN_STEP_BACKWARD.mistake(
    "db is averaged over the batch",
    hint="All N rows share one bias, and their gradients add up. Who divides by N, and where?",
)
def db_averaged(dh, x, h_prev, W_x, W_h, b):
    da = dh * (1 - rnn_step(x, h_prev, W_x, W_h, b) ** 2)
    return da @ W_x.T, da @ W_h.T, x.T @ da, h_prev.T @ da, da.mean(axis=0)


@RNN_STEP_BACKWARD.mistake(
    "the gradients of the weights are averaged over the batch",
    hint="The loss has divided already, and dh brings that along. Sum over the rows.",
)
def weights_averaged(dh, x, h_prev, W_x, W_h, b):
    da = dh * (1 - rnn_step(x, h_prev, W_x, W_h, b) ** 2)
    N = len(x)
    return da @ W_x.T, da @ W_h.T, x.T @ da / N, h_prev.T @ da / N, da.mean(axis=0)


@RNN_STEP_BACKWARD.mistake(
    "db is not summed over the batch",
    hint="db has the shape of b. All N rows share that one bias.",
)
def db_not_summed(dh, x, h_prev, W_x, W_h, b):
    da = dh * (1 - rnn_step(x, h_prev, W_x, W_h, b) ** 2)
    return da @ W_x.T, da @ W_h.T, x.T @ da, h_prev.T @ da, da


@RNN_STEP_BACKWARD.mistake(
    "db is summed over the hidden units, not over the batch",
    hint="db has the shape of b. Which axis of da must go, N or H?",
)
def db_over_units(dh, x, h_prev, W_x, W_h, b):
    da = dh * (1 - rnn_step(x, h_prev, W_x, W_h, b) ** 2)
    return da @ W_x.T, da @ W_h.T, x.T @ da, h_prev.T @ da, da.sum(axis=1)


@RNN_STEP_BACKWARD.mistake(
    "dx and dh_prev stand in each other's place",
    hint="The docstring gives the order of the five gradients, and their shapes.",
)
def order_exchanged(dh, x, h_prev, W_x, W_h, b):
    da = dh * (1 - rnn_step(x, h_prev, W_x, W_h, b) ** 2)
    return da @ W_h.T, da @ W_x.T, x.T @ da, h_prev.T @ da, da.sum(axis=0)
