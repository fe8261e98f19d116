"""Vanishing and exploding gradients in the lectures' toy RNN."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.problem import Case, Output, Problem
from autograder.problems.draws import FLOAT32, Rng, normal
from lmkit.by_hand.vanishing import toy_rnn


def draw_toy(rng: Rng) -> tuple[Any, ...]:
    """x, h0, w_xh, w_hh, b, small enough that tanh does not saturate."""
    w_xh, w_hh = float(rng.uniform(0.3, 0.8)), float(-rng.uniform(0.9, 1.6))
    x, h0 = normal(rng, int(rng.integers(4, 8))), float(rng.uniform(0.2, 0.8))
    return x, h0, w_xh, w_hh, float(rng.uniform(0.1, 0.5))


def draw_deck(rng: Rng) -> tuple[Any, ...]:
    """Deck 3's numbers; the inputs are negative, so that the three terms nearly cancel."""
    return rng.uniform(-1.2, -0.6, size=3), float(rng.uniform(0.1, 0.4)), 2.0, 3.0, 1.0


def draw_toy_step(rng: Rng) -> tuple[Any, ...]:
    """T = 1."""
    x, *rest = draw_toy(rng)
    return x[:1], *rest


TOY_RNN = Problem(
    name="toy_rnn",
    reference=toy_rnn,
    outputs=(Output("h"), Output("dh_dh0", weight=2)),
    cases=(
        Case("random numbers", draw_toy, weight=2),
        Case("deck 3's weights: w_hh = 3, w_xh = 2, b = 1", draw_deck),
        Case("a single step, T = 1", draw_toy_step, weight=0.5),
    ),
    source="Deck 3, Toy Example",
    rtol=FLOAT32,
)


@TOY_RNN.mistake(
    "the derivative of tanh is left out: powers of w_hh alone",
    hint="h_1 depends on h_0 through tanh and through w_hh. The chain rule wants both.",
)
def no_tanh_derivative(x, h0, w_xh, w_hh, b):
    h, dh_dh0, state = np.empty(x.size), np.empty(x.size), h0
    for t in range(x.size):
        state = np.tanh(w_xh * x[t] + w_hh * state + b)
        h[t], dh_dh0[t] = state, w_hh ** (t + 1)
    return h, dh_dh0


@TOY_RNN.mistake(
    "the factor w_hh is left out",
    hint="h_1 depends on h_0 through tanh and through w_hh. The chain rule wants both.",
)
def no_w_hh(x, h0, w_xh, w_hh, b):
    h, dh_dh0, state, product = np.empty(x.size), np.empty(x.size), h0, 1.0
    for t in range(x.size):
        state = np.tanh(w_xh * x[t] + w_hh * state + b)
        product *= 1 - state**2
        h[t], dh_dh0[t] = state, product
    return h, dh_dh0


@TOY_RNN.mistake(
    "the derivative of one step is given, dh_t/dh_{t-1}, not that of all steps since h_0",
    hint="h_3 depends on h_0 through h_2 and h_1. How does the chain rule join the steps?",
)
def one_step_only(x, h0, w_xh, w_hh, b):
    h, dh_dh0, state = np.empty(x.size), np.empty(x.size), h0
    for t in range(x.size):
        state = np.tanh(w_xh * x[t] + w_hh * state + b)
        h[t], dh_dh0[t] = state, w_hh * (1 - state**2)
    return h, dh_dh0


@TOY_RNN.mistake(
    "the derivatives of the steps are added, not multiplied",
    hint="h_3 depends on h_0 through h_2 and h_1. How does the chain rule join the steps?",
)
def added_up(x, h0, w_xh, w_hh, b):
    h, dh_dh0, state, total = np.empty(x.size), np.empty(x.size), h0, 0.0
    for t in range(x.size):
        state = np.tanh(w_xh * x[t] + w_hh * state + b)
        total += w_hh * (1 - state**2)
        h[t], dh_dh0[t] = state, total
    return h, dh_dh0


@TOY_RNN.mistake(
    "w_xh stands in the derivative where w_hh belongs",
    hint="Which of the two weights is multiplied with h_{t-1}?",
)
def w_xh_for_w_hh(x, h0, w_xh, w_hh, b):
    h, dh_dh0, state, product = np.empty(x.size), np.empty(x.size), h0, 1.0
    for t in range(x.size):
        state = np.tanh(w_xh * x[t] + w_hh * state + b)
        product *= w_xh * (1 - state**2)
        h[t], dh_dh0[t] = state, product
    return h, dh_dh0


@TOY_RNN.mistake(
    "the derivative of tanh has h where h^2 belongs",
    hint="Check the derivative of tanh at a large input: h is 1 or -1, the slope zero in both.",
)
def h_not_squared(x, h0, w_xh, w_hh, b):
    h, dh_dh0, state, product = np.empty(x.size), np.empty(x.size), h0, 1.0
    for t in range(x.size):
        state = np.tanh(w_xh * x[t] + w_hh * state + b)
        product *= w_hh * (1 - state)
        h[t], dh_dh0[t] = state, product
    return h, dh_dh0


@TOY_RNN.mistake(
    "the derivative of tanh is 1 - a^2 with the input a of tanh, not its output",
    hint="1 - tanh(a)^2: what is squared has been through tanh.",
)
def slope_from_a(x, h0, w_xh, w_hh, b):
    h, dh_dh0, state, product = np.empty(x.size), np.empty(x.size), h0, 1.0
    for t in range(x.size):
        a = w_xh * x[t] + w_hh * state + b
        state = np.tanh(a)
        product *= w_hh * (1 - a**2)
        h[t], dh_dh0[t] = state, product
    return h, dh_dh0


@TOY_RNN.mistake(
    "the slope of tanh is taken at h_{t-1}, one step too early",
    hint="dh_t/dh_{t-1} is the slope of the tanh that gave h_t.",
)
def slope_at_old_state(x, h0, w_xh, w_hh, b):
    h, dh_dh0, state, product = np.empty(x.size), np.empty(x.size), h0, 1.0
    for t in range(x.size):
        product *= w_hh * (1 - state**2)
        state = np.tanh(w_xh * x[t] + w_hh * state + b)
        h[t], dh_dh0[t] = state, product
    return h, dh_dh0


@TOY_RNN.mistake(
    "the derivatives are one step late: dh_0/dh_0 = 1 comes first",
    hint="The first entry belongs to h_1, which has been through one step already.",
)
def derivatives_late(x, h0, w_xh, w_hh, b):
    h, dh_dh0, state, product = np.empty(x.size), np.empty(x.size), h0, 1.0
    for t in range(x.size):
        state = np.tanh(w_xh * x[t] + w_hh * state + b)
        h[t], dh_dh0[t] = state, product
        product *= w_hh * (1 - state**2)
    return h, dh_dh0


@TOY_RNN.mistake(
    "the derivatives are those of the last state, dh_T/dh_{t-1}",
    hint="Every entry is a derivative by h_0. By what are yours?",
)
def of_last_state(x, h0, w_xh, w_hh, b):
    h, state = np.empty(x.size), h0
    for t in range(x.size):
        state = np.tanh(w_xh * x[t] + w_hh * state + b)
        h[t] = state
    return h, np.cumprod(w_hh * (1 - h[::-1] ** 2))[::-1]


@TOY_RNN.mistake(
    "only the last derivative dh_T/dh_0 is returned",
    hint="One derivative for each state: that is how one sees it vanish.",
)
def last_derivative_only(x, h0, w_xh, w_hh, b):
    h, state = np.empty(x.size), h0
    for t in range(x.size):
        state = np.tanh(w_xh * x[t] + w_hh * state + b)
        h[t] = state
    return h, np.prod(w_hh * (1 - h**2))


@TOY_RNN.mistake(
    "h0 is ignored and zero is taken in its place",
    hint="h_1 = tanh(2 x_1 + 3 h_0 + 1) in deck 3: h_0 is there.",
)
def h0_ignored(x, h0, w_xh, w_hh, b):
    h, dh_dh0, state, product = np.empty(x.size), np.empty(x.size), 0.0, 1.0
    for t in range(x.size):
        state = np.tanh(w_xh * x[t] + w_hh * state + b)
        product *= w_hh * (1 - state**2)
        h[t], dh_dh0[t] = state, product
    return h, dh_dh0


@TOY_RNN.mistake(
    "the state is not carried: every step starts from h_0",
    hint="Deck 3 nests the brackets: h_3 holds h_2, which holds h_1.",
)
def not_carried(x, h0, w_xh, w_hh, b):
    h = np.tanh(w_xh * x + w_hh * h0 + b)
    return h, np.cumprod(w_hh * (1 - h**2))


@TOY_RNN.mistake(
    "tanh is left out",
    hint="Deck 3: h_t = tanh(...). No state leaves (-1, 1).",
)
def linear(x, h0, w_xh, w_hh, b):
    h, dh_dh0, state = np.empty(x.size), np.empty(x.size), h0
    for t in range(x.size):
        state = w_xh * x[t] + w_hh * state + b
        h[t], dh_dh0[t] = state, w_hh ** (t + 1)
    return h, dh_dh0


@TOY_RNN.mistake(
    "the bias is left out",
    hint="Deck 3's three lines all end in + 1. What is that 1?",
)
def no_bias(x, h0, w_xh, w_hh, b):
    h, dh_dh0, state, product = np.empty(x.size), np.empty(x.size), h0, 1.0
    for t in range(x.size):
        state = np.tanh(w_xh * x[t] + w_hh * state)
        product *= w_hh * (1 - state**2)
        h[t], dh_dh0[t] = state, product
    return h, dh_dh0


@TOY_RNN.mistake(
    "w_xh and w_hh are exchanged",
    hint="Read the indices as 'from, to': x to h, and h to h.",
)
def weights_exchanged(x, h0, w_xh, w_hh, b):
    h, dh_dh0, state, product = np.empty(x.size), np.empty(x.size), h0, 1.0
    for t in range(x.size):
        state = np.tanh(w_hh * x[t] + w_xh * state + b)
        product *= w_xh * (1 - state**2)
        h[t], dh_dh0[t] = state, product
    return h, dh_dh0
