"""Gradient descent: one step downhill."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.problem import Case, Draw, Output, Problem
from autograder.problems.draws import Rng, normal
from autograder.problems.optimisers.draws import a_shape, rate
from lmkit.by_hand.optimisers import sgd_update


def draw(ndim: int) -> Draw:
    """w, g and rate, for a weight of so many axes."""

    def update(rng: Rng) -> tuple[Any, ...]:
        shape = a_shape(rng, ndim)
        return normal(rng, *shape), normal(rng, *shape), rate(rng)

    return update


SGD_UPDATE = Problem(
    name="sgd_update",
    reference=sgd_update,
    outputs=(Output("w"),),
    cases=(Case("a matrix", draw(2)), Case("a bias", draw(1))),
    source="Deck 2, Optimizer",
)


@SGD_UPDATE.mistake(
    "the step goes uphill",
    hint="The gradient points to where J grows. Which way do we want to go?",
)
def uphill(w, g, rate):
    return w + rate * g


@SGD_UPDATE.mistake(
    "the learning rate is left out",
    hint="The gradient gives the direction. Which argument gives the length?",
)
def no_rate(w, g, rate):
    return w - g


@SGD_UPDATE.mistake(
    "the step is returned, not the new weights",
    hint="A step from where? The docstring asks for w.",
)
def step_alone(w, g, rate):
    return -rate * g


@SGD_UPDATE.mistake(
    "the gradient is divided by the learning rate",
    hint="A small learning rate makes small steps. Does yours?",
)
def divided_by_rate(w, g, rate):
    return w - g / rate


@SGD_UPDATE.mistake(
    "the gradient is brought to length 1 first",
    hint="Where the slope is gentle, gradient descent makes small steps.",
)
def length_one(w, g, rate):
    return w - rate * g / np.sqrt((g**2).sum())


@SGD_UPDATE.mistake(
    "only the sign of the gradient is used",
    hint="Where the slope is gentle, gradient descent makes small steps.",
)
def sign_alone(w, g, rate):
    return w - rate * np.sign(g)


@SGD_UPDATE.mistake(
    "the weights shrink by the learning rate as well",
    hint="That is a weight decay. Here the gradient alone moves the weights.",
)
def shrinks(w, g, rate):
    return (1 - rate) * w - rate * g


@SGD_UPDATE.mistake(
    "w is replaced by a mean of w and g",
    hint="A gradient is no place to go to, but a direction.",
)
def mean_of_both(w, g, rate):
    return (1 - rate) * w + rate * g


@SGD_UPDATE.mistake(
    "every weight makes the same step, the mean of all gradients",
    hint="Each weight has a gradient of its own.",
)
def mean_gradient(w, g, rate):
    return w - rate * g.mean()


@SGD_UPDATE.mistake(
    "w is changed in place",
    hint="`w -= ...` changes the array of whoever called you. Return a new one.",
)
def in_place(w, g, rate):
    w -= rate * g
    return w
