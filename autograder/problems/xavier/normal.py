"""Xavier initialisation; the random numbers are given, so that the weights are determined."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.problem import Case, Output, Problem
from autograder.problems.draws import Rng, normal
from lmkit.by_hand.initialisation import xavier_normal


def draw_wide(rng: Rng) -> tuple[Any, ...]:
    """More inputs than outputs."""
    return (normal(rng, int(rng.integers(15, 20)), int(rng.integers(4, 8))),)


def draw_narrow(rng: Rng) -> tuple[Any, ...]:
    """More outputs than inputs."""
    return (normal(rng, int(rng.integers(4, 8)), int(rng.integers(15, 20))),)


XAVIER_NORMAL = Problem(
    name="xavier_normal",
    reference=xavier_normal,
    outputs=(Output("W"),),
    cases=(
        Case("more inputs than outputs", draw_wide),
        Case("more outputs than inputs", draw_narrow),
    ),
    source="Deck 2, Parameter initialization",
)


@XAVIER_NORMAL.mistake(
    "only the inputs are counted: Var = 1 / n_in (LeCun's initialisation)",
    hint="It keeps the variance on the way forward. Xavier's looks at the way back, too: deck 2.",
    convention=True,
)
def lecun(z):
    return np.sqrt(1 / z.shape[0]) * z


@XAVIER_NORMAL.mistake(
    "Var = 2 / n_in (He's initialisation, for ReLU)",
    hint="ReLU throws half of the signal away, tanh does not. What stands below deck 2's fraction?",
    convention=True,
)
def he(z):
    return np.sqrt(2 / z.shape[0]) * z


@XAVIER_NORMAL.mistake(
    "z is multiplied by the variance: the root is missing",
    hint="If z has variance 1, then c z has variance c squared. Which c gives deck 2's?",
)
def no_root(z):
    return 2 / sum(z.shape) * z


@XAVIER_NORMAL.mistake(
    "the 2 is missing: Var = 1 / (n_in + n_out)",
    hint="Deck 2 takes the mean of n_in and n_out. Where does its 2 stand?",
)
def no_two(z):
    return np.sqrt(1 / sum(z.shape)) * z


@XAVIER_NORMAL.mistake(
    "the 2 stands outside the root",
    hint="Var is deck 2's fraction. Is the 2 a part of it?",
)
def two_outside(z):
    return 2 / np.sqrt(sum(z.shape)) * z


@XAVIER_NORMAL.mistake(
    "only the outputs are counted: Var = 1 / n_out",
    hint="It keeps the variance on the way back. Xavier's looks at the way forward, too: deck 2.",
)
def outputs_alone(z):
    return np.sqrt(1 / z.shape[1]) * z


@XAVIER_NORMAL.mistake(
    "Var = 2 / n_out",
    hint="Deck 2 has both sizes in the fraction, that of the layer before and that of the next.",
)
def twice_outputs_alone(z):
    return np.sqrt(2 / z.shape[1]) * z


@XAVIER_NORMAL.mistake(
    "n_in and n_out are multiplied, not added",
    hint="Look at the sign between n_in and n_out in deck 2.",
)
def multiplied(z):
    return np.sqrt(2 / z.size) * z


@XAVIER_NORMAL.mistake(
    "Var = 6 / (n_in + n_out): the bound of the uniform distribution",
    hint="The 6 is for random numbers on [-a, a], whose variance is a third of a squared. What is "
    "the variance of z?",
)
def bound_of_uniform(z):
    return np.sqrt(6 / sum(z.shape)) * z


@XAVIER_NORMAL.mistake(
    "the variance is n_in + n_out over 2: the fraction is upside down",
    hint="A unit that adds up more inputs needs smaller weights, not larger ones.",
)
def upside_down(z):
    return np.sqrt(sum(z.shape) / 2) * z


@XAVIER_NORMAL.mistake(
    "z is divided by its own standard deviation first",
    hint="The variance is that of the distribution. These few numbers need not have it exactly.",
)
def own_deviation(z):
    return np.sqrt(2 / sum(z.shape)) * z / z.std()


@XAVIER_NORMAL.mistake(
    "z is returned as it is, with variance 1",
    hint="Deck 2: which variance should W have?",
)
def unchanged(z):
    return z.copy()


@XAVIER_NORMAL.mistake(
    "z is multiplied by 0.01, whatever the sizes",
    hint="It was usual before 2010. Deck 2's variance depends on the sizes of both layers.",
)
def one_hundredth(z):
    return 0.01 * z
