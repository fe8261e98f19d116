"""RMSprop: Adagrad that forgets."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.problem import Case, Output, Problem
from autograder.problems.draws import Rng, normal
from autograder.problems.optimisers.draws import a_shape, epsilon, kept, rate, squares
from lmkit.by_hand.optimisers import rmsprop_update


def draw_later(rng: Rng) -> tuple[Any, ...]:
    """An update in the middle of a training."""
    shape = a_shape(rng, 2)
    w, g = normal(rng, *shape), normal(rng, *shape)
    return w, squares(rng, shape), g, rate(rng), kept(rng), epsilon(rng)


def draw_untouched(rng: Rng) -> tuple[Any, ...]:
    """The first update, and a word that does not come: its row of the gradient is zero."""
    w, s, g, *settings = draw_later(rng)
    g[1] = 0
    return w, 0 * s, g, *settings


RMSPROP_UPDATE = Problem(
    name="rmsprop_update",
    reference=rmsprop_update,
    outputs=(Output("w"), Output("s")),
    cases=(
        Case("an update in the middle", draw_later, weight=2),
        Case("the first update, with zeros in the gradient", draw_untouched),
    ),
    source="Deck 2, Optimizer",
)


@RMSPROP_UPDATE.mistake(
    "s is a sum and forgets nothing, as in Adagrad",
    hint="RMS is the root of a *mean* of squares. What does rho do?",
)
def as_adagrad(w, s, g, rate, rho, epsilon):
    s = s + g**2
    return w - rate * g / (np.sqrt(s) + epsilon), s


@RMSPROP_UPDATE.mistake(
    "rho and 1 - rho are exchanged",
    hint="rho is near 1, usually 0.9: the mean changes slowly. Which term does it multiply?",
)
def rho_exchanged(w, s, g, rate, rho, epsilon):
    s = (1 - rho) * s + rho * g**2
    return w - rate * g / (np.sqrt(s) + epsilon), s


@RMSPROP_UPDATE.mistake(
    "the new square is not multiplied by 1 - rho",
    hint="In a mean the weights sum to one.",
)
def no_mean(w, s, g, rate, rho, epsilon):
    s = rho * s + g**2
    return w - rate * g / (np.sqrt(s) + epsilon), s


@RMSPROP_UPDATE.mistake(
    "the mean is that of the gradients, not of their squares",
    hint="RMS: root, mean, *square*.",
)
def not_squared(w, s, g, rate, rho, epsilon):
    s = rho * s + (1 - rho) * g
    return w - rate * g / (np.sqrt(s) + epsilon), s


@RMSPROP_UPDATE.mistake(
    "1 - rho is squared, too: the square is taken of the product",
    hint="Python takes powers before products. What is the mean of squares?",
)
def product_squared(w, s, g, rate, rho, epsilon):
    s = rho * s + ((1 - rho) * g) ** 2
    return w - rate * g / (np.sqrt(s) + epsilon), s


@RMSPROP_UPDATE.mistake(
    "the root is missing",
    hint="RMS: *root*, mean, square.",
)
def no_root(w, s, g, rate, rho, epsilon):
    s = rho * s + (1 - rho) * g**2
    return w - rate * g / (s + epsilon), s


@RMSPROP_UPDATE.mistake(
    "epsilon is added under the root, as in Keras",
    hint="With the usual 1e-8 it hardly matters. Here it stands behind the root.",
    convention=True,
)
def epsilon_inside(w, s, g, rate, rho, epsilon):
    s = rho * s + (1 - rho) * g**2
    return w - rate * g / np.sqrt(s + epsilon), s


@RMSPROP_UPDATE.mistake(
    "epsilon is left out: a weight that had no gradient becomes NaN",
    hint="In the first update, what is s for a word that does not come? And 0 / 0?",
)
def no_epsilon(w, s, g, rate, rho, epsilon):
    s = rho * s + (1 - rho) * g**2
    return w - rate * g / np.sqrt(s), s


@RMSPROP_UPDATE.mistake(
    "the step is divided by the old s",
    hint="Two lines, one after the other: which s does the second one take?",
)
def old_mean(w, s, g, rate, rho, epsilon):
    return w - rate * g / (np.sqrt(s) + epsilon), rho * s + (1 - rho) * g**2


@RMSPROP_UPDATE.mistake(
    "the old s is returned",
    hint="The next update has to know what this one did.",
)
def mean_not_kept(w, s, g, rate, rho, epsilon):
    return w - rate * g / (np.sqrt(rho * s + (1 - rho) * g**2) + epsilon), s.copy()


@RMSPROP_UPDATE.mistake(
    "the mean is corrected as in Adam's first update",
    hint="RMSprop begins with a mean that is too small, and leaves it at that.",
)
def corrected(w, s, g, rate, rho, epsilon):
    s = rho * s + (1 - rho) * g**2
    return w - rate * g / (np.sqrt(s / (1 - rho)) + epsilon), s


@RMSPROP_UPDATE.mistake(
    "the step is multiplied by the root, not divided",
    hint="Where gradients were large, steps become small. Do yours?",
)
def multiplied(w, s, g, rate, rho, epsilon):
    s = rho * s + (1 - rho) * g**2
    return w - rate * g * (np.sqrt(s) + epsilon), s


@RMSPROP_UPDATE.mistake(
    "the step goes uphill",
    hint="The gradient points to where J grows. Which way do we want to go?",
)
def uphill(w, s, g, rate, rho, epsilon):
    s = rho * s + (1 - rho) * g**2
    return w + rate * g / (np.sqrt(s) + epsilon), s


@RMSPROP_UPDATE.mistake(
    "s is changed in place",
    hint="`s *= ...` changes the array of whoever called you. Make a new one.",
)
def in_place(w, s, g, rate, rho, epsilon):
    s *= rho
    s += (1 - rho) * g**2
    return w - rate * g / (np.sqrt(s) + epsilon), s


@RMSPROP_UPDATE.mistake(
    "epsilon is added to the weights: brackets are missing below the fraction",
    hint="What does Python do first in a / b + c? Where does the equation have epsilon?",
)
def brackets_missing(w, s, g, rate, rho, epsilon):
    s = rho * s + (1 - rho) * g**2
    return w - rate * g / np.sqrt(s) + epsilon, s
