"""Xavier initialisation from uniform random numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.problem import Case, Output, Problem
from autograder.problems.draws import Rng
from lmkit.by_hand.initialisation import xavier_uniform


def draw_wide(rng: Rng) -> tuple[Any, ...]:
    """More inputs than outputs."""
    return (rng.uniform(size=(int(rng.integers(15, 20)), int(rng.integers(4, 8)))),)


def draw_narrow(rng: Rng) -> tuple[Any, ...]:
    """More outputs than inputs."""
    return (rng.uniform(size=(int(rng.integers(4, 8)), int(rng.integers(15, 20)))),)


XAVIER_UNIFORM = Problem(
    name="xavier_uniform",
    reference=xavier_uniform,
    outputs=(Output("W"),),
    cases=(
        Case("more inputs than outputs", draw_wide),
        Case("more outputs than inputs", draw_narrow),
    ),
    source="Deck 2, Parameter initialization",
)


@XAVIER_UNIFORM.mistake(
    "a is the standard deviation: the numbers on [-a, a] then have a third of the variance",
    hint="The variance on [-a, a] is a third of a squared. Set it equal to deck 2's, solve for a.",
)
def bound_is_deviation(u):
    return np.sqrt(2 / sum(u.shape)) * (2 * u - 1)


@XAVIER_UNIFORM.mistake(
    "the weights are on [0, a), none is negative",
    hint="u is between 0 and 1. The mean of the weights is to be zero.",
)
def not_centred(u):
    return np.sqrt(6 / sum(u.shape)) * u


@XAVIER_UNIFORM.mistake(
    "the weights are on [0, 2a): u is stretched, but not moved",
    hint="u is between 0 and 1. The mean of the weights is to be zero.",
)
def stretched_only(u):
    return np.sqrt(6 / sum(u.shape)) * 2 * u


@XAVIER_UNIFORM.mistake(
    "the weights are on [-a/2, a/2): u is moved, but not stretched",
    hint="The interval from -a to a is how wide? And that of u?",
)
def half_as_wide(u):
    return np.sqrt(6 / sum(u.shape)) * (u - 0.5)


@XAVIER_UNIFORM.mistake(
    "the root is missing from a",
    hint="The variance on [-a, a] is a third of a *squared*.",
)
def no_root(u):
    return 6 / sum(u.shape) * (2 * u - 1)


@XAVIER_UNIFORM.mistake(
    "the 2 of deck 2's fraction is lost: a is the root of 3 / (n_in + n_out)",
    hint="Deck 2: Var(W) has a 2 in it. Set it equal to a third of a squared.",
)
def no_two(u):
    return np.sqrt(3 / sum(u.shape)) * (2 * u - 1)


@XAVIER_UNIFORM.mistake(
    "only the inputs are counted: a is the root of 3 / n_in (LeCun's initialisation)",
    hint="It keeps the variance on the way forward. Xavier's looks at the way back, too: deck 2.",
    convention=True,
)
def lecun(u):
    return np.sqrt(3 / u.shape[0]) * (2 * u - 1)


@XAVIER_UNIFORM.mistake(
    "a is the root of 6 / n_in (He's initialisation, for ReLU)",
    hint="ReLU throws half of the signal away, tanh does not. What stands below deck 2's fraction?",
    convention=True,
)
def he(u):
    return np.sqrt(6 / u.shape[0]) * (2 * u - 1)


@XAVIER_UNIFORM.mistake(
    "a is 1 over the root of n_in, as in PyTorch's layers",
    hint="It is a habit, and a third of LeCun's variance. Which variance does deck 2 ask for?",
    convention=True,
)
def pytorch(u):
    return (2 * u - 1) / np.sqrt(u.shape[0])


@XAVIER_UNIFORM.mistake(
    "only the outputs are counted: a is the root of 3 / n_out",
    hint="Deck 2 has both sizes in the fraction, that of the layer before and that of the next.",
)
def outputs_alone(u):
    return np.sqrt(3 / u.shape[1]) * (2 * u - 1)


@XAVIER_UNIFORM.mistake(
    "n_in and n_out are multiplied, not added",
    hint="Look at the sign between n_in and n_out in deck 2.",
)
def multiplied(u):
    return np.sqrt(6 / u.size) * (2 * u - 1)


@XAVIER_UNIFORM.mistake(
    "a is 1 whatever the sizes",
    hint="Which a gives deck 2's variance?",
)
def minus_one_to_one(u):
    return 2 * u - 1


@XAVIER_UNIFORM.mistake(
    "the sign is turned: u = 0 gives a, not -a",
    hint="It has the right variance, too, but not these numbers: see the docstring.",
)
def turned(u):
    return np.sqrt(6 / sum(u.shape)) * (1 - 2 * u)


@XAVIER_UNIFORM.mistake(
    "the weights are on [-a, 0): u is moved, but not stretched to twice a",
    hint="0 becomes -a, and 1 becomes a. How long is the way between them?",
)
def on_the_negative_side(u):
    return np.sqrt(6 / sum(u.shape)) * (u - 1)


@XAVIER_UNIFORM.mistake(
    "only the 6 stands under the root",
    hint="a^2 / 3 is equal to a fraction. What is under the root when you solve it for a?",
)
def root_of_six(u):
    return np.sqrt(6) / sum(u.shape) * (2 * u - 1)


@XAVIER_UNIFORM.mistake(
    "a is the root of 12 times the variance: the length of the whole interval",
    hint="From -a to a the interval is 2a long, and its variance is a^2 / 3.",
)
def bound_is_length(u):
    return np.sqrt(12 * 2 / sum(u.shape)) * (2 * u - 1)
