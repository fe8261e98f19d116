"""Adagrad: every weight has a learning rate of its own, which only shrinks."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.problem import Case, Output, Problem
from autograder.problems.draws import Rng, normal
from autograder.problems.optimisers.draws import a_shape, epsilon, rate, squares
from lmkit.by_hand.optimisers import adagrad_update


def draw_later(rng: Rng) -> tuple[Any, ...]:
    """An update in the middle of a training."""
    shape = a_shape(rng, 2)
    w, g = normal(rng, *shape), normal(rng, *shape)
    return w, squares(rng, shape), g, rate(rng), epsilon(rng)


def draw_untouched(rng: Rng) -> tuple[Any, ...]:
    """The first update, and a word that does not come: its row of the gradient is zero."""
    w, s, g, *settings = draw_later(rng)
    g[1] = 0
    return w, 0 * s, g, *settings


ADAGRAD_UPDATE = Problem(
    name="adagrad_update",
    reference=adagrad_update,
    outputs=(Output("w"), Output("s")),
    cases=(
        Case("an update in the middle", draw_later, weight=2),
        Case("the first update, with zeros in the gradient", draw_untouched),
    ),
    source="Deck 2, Optimizer",
)


@ADAGRAD_UPDATE.mistake(
    "s is a running mean, as in RMSprop",
    hint="Adagrad forgets nothing: s only grows. (That is why it stalls.)",
)
def running_mean(w, s, g, rate, epsilon):
    s = 0.9 * s + 0.1 * g**2
    return w - rate * g / (np.sqrt(s) + epsilon), s


@ADAGRAD_UPDATE.mistake(
    "the gradients are added up, not their squares",
    hint="s measures how large the gradients were. Do those of different sign cancel?",
)
def not_squared(w, s, g, rate, epsilon):
    s = s + g
    return w - rate * g / (np.sqrt(s) + epsilon), s


@ADAGRAD_UPDATE.mistake(
    "absolute values are added up, not squares",
    hint="What is taken the root of are squares.",
)
def absolute_values(w, s, g, rate, epsilon):
    s = s + np.abs(g)
    return w - rate * g / (np.sqrt(s) + epsilon), s


@ADAGRAD_UPDATE.mistake(
    "the root is missing",
    hint="After one update s is the squared gradient. How long should the first step be?",
)
def no_root(w, s, g, rate, epsilon):
    s = s + g**2
    return w - rate * g / (s + epsilon), s


@ADAGRAD_UPDATE.mistake(
    "epsilon is added under the root, as in Keras",
    hint="With the usual 1e-8 it hardly matters. Here it stands behind the root.",
    convention=True,
)
def epsilon_inside(w, s, g, rate, epsilon):
    s = s + g**2
    return w - rate * g / np.sqrt(s + epsilon), s


@ADAGRAD_UPDATE.mistake(
    "epsilon is left out: a weight that had no gradient becomes NaN",
    hint="In the first update, what is s for a word that does not come? And 0 / 0?",
)
def no_epsilon(w, s, g, rate, epsilon):
    s = s + g**2
    return w - rate * g / np.sqrt(s), s


@ADAGRAD_UPDATE.mistake(
    "the step is divided by the old s",
    hint="Two lines, one after the other: which s does the second one take?",
)
def old_sum(w, s, g, rate, epsilon):
    return w - rate * g / (np.sqrt(s) + epsilon), s + g**2


@ADAGRAD_UPDATE.mistake(
    "the old s is returned",
    hint="The next update has to know what this one did.",
)
def sum_not_kept(w, s, g, rate, epsilon):
    return w - rate * g / (np.sqrt(s + g**2) + epsilon), s.copy()


@ADAGRAD_UPDATE.mistake(
    "s is the square of this gradient alone",
    hint="s is the sum over all updates so far.",
)
def nothing_kept(w, s, g, rate, epsilon):
    s = g**2
    return w - rate * g / (np.sqrt(s) + epsilon), s


@ADAGRAD_UPDATE.mistake(
    "all weights share one s, the sum over all of them",
    hint="The point of Adagrad: every weight has a learning rate of its own.",
)
def one_for_all(w, s, g, rate, epsilon):
    s = s + (g**2).sum()
    return w - rate * g / (np.sqrt(s) + epsilon), s


@ADAGRAD_UPDATE.mistake(
    "the step is multiplied by the root, not divided",
    hint="Where gradients were large, steps become small. Do yours?",
)
def multiplied(w, s, g, rate, epsilon):
    s = s + g**2
    return w - rate * g * (np.sqrt(s) + epsilon), s


@ADAGRAD_UPDATE.mistake(
    "the step goes uphill",
    hint="The gradient points to where J grows. Which way do we want to go?",
)
def uphill(w, s, g, rate, epsilon):
    s = s + g**2
    return w + rate * g / (np.sqrt(s) + epsilon), s


@ADAGRAD_UPDATE.mistake(
    "s is changed in place",
    hint="`s += ...` changes the array of whoever called you. Make a new one.",
)
def in_place(w, s, g, rate, epsilon):
    s += g**2
    return w - rate * g / (np.sqrt(s) + epsilon), s


@ADAGRAD_UPDATE.mistake(
    "epsilon is added to the weights: brackets are missing below the fraction",
    hint="What does Python do first in a / b + c? Where does the equation have epsilon?",
)
def brackets_missing(w, s, g, rate, epsilon):
    s = s + g**2
    return w - rate * g / np.sqrt(s) + epsilon, s
