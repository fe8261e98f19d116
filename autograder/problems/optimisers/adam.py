"""Adam: momentum over RMSprop, both corrected for the zeros they begin with."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.problem import Case, Draw, Output, Problem
from autograder.problems.draws import Rng
from autograder.problems.optimisers.draws import a_shape, adam_memory, adam_settings
from lmkit.by_hand.optimisers import adam_update


def draw(ndim: int, first: bool = False) -> Draw:
    """The arguments of the first update, or of one of the next."""

    def update(rng: Rng) -> tuple[Any, ...]:
        t = 1 if first else int(rng.integers(3, 9))
        return *adam_memory(rng, a_shape(rng, ndim), t), *adam_settings(rng)

    return update


ADAM_UPDATE = Problem(
    name="adam_update",
    reference=adam_update,
    outputs=(Output("w", weight=2), Output("m"), Output("s")),
    cases=(
        Case("a matrix, an update in the middle", draw(2), weight=2),
        Case("a bias, an update in the middle", draw(1)),
        Case("the first update, t = 1", draw(2, first=True)),
    ),
    source="Deck 2, Optimizer",
)


@ADAM_UPDATE.mistake(
    "the bias correction is left out",
    hint="m and s begin with zero, so at first they are too small. What are m_hat and s_hat for?",
)
def no_correction(w, m, s, g, t, rate, beta_1, beta_2, epsilon):
    m = beta_1 * m + (1 - beta_1) * g
    s = beta_2 * s + (1 - beta_2) * g**2
    return w - rate * m / (np.sqrt(s) + epsilon), m, s


@ADAM_UPDATE.mistake(
    "m is corrected, and s is not",
    hint="Both begin with zero.",
)
def first_corrected(w, m, s, g, t, rate, beta_1, beta_2, epsilon):
    m = beta_1 * m + (1 - beta_1) * g
    s = beta_2 * s + (1 - beta_2) * g**2
    return w - rate * m / (1 - beta_1**t) / (np.sqrt(s) + epsilon), m, s


@ADAM_UPDATE.mistake(
    "s is corrected, and m is not",
    hint="Both begin with zero.",
)
def second_corrected(w, m, s, g, t, rate, beta_1, beta_2, epsilon):
    m = beta_1 * m + (1 - beta_1) * g
    s = beta_2 * s + (1 - beta_2) * g**2
    return w - rate * m / (np.sqrt(s / (1 - beta_2**t)) + epsilon), m, s


@ADAM_UPDATE.mistake(
    "the corrected m and s are returned, and corrected again at the next update",
    hint="The memory is m and s as they are. The correction is for this step alone.",
)
def corrected_kept(w, m, s, g, t, rate, beta_1, beta_2, epsilon):
    m = (beta_1 * m + (1 - beta_1) * g) / (1 - beta_1**t)
    s = (beta_2 * s + (1 - beta_2) * g**2) / (1 - beta_2**t)
    return w - rate * m / (np.sqrt(s) + epsilon), m, s


@ADAM_UPDATE.mistake(
    "the correction is that of the first update at every update: beta has no power t",
    hint="After many updates m is right by itself. What becomes of the correction as t grows?",
)
def power_missing(w, m, s, g, t, rate, beta_1, beta_2, epsilon):
    m = beta_1 * m + (1 - beta_1) * g
    s = beta_2 * s + (1 - beta_2) * g**2
    m_hat, s_hat = m / (1 - beta_1), s / (1 - beta_2)
    return w - rate * m_hat / (np.sqrt(s_hat) + epsilon), m, s


@ADAM_UPDATE.mistake(
    "the correction takes beta times t, not beta to the power t",
    hint="What is left of the zero at the beginning is multiplied by beta at every update.",
)
def times_for_power(w, m, s, g, t, rate, beta_1, beta_2, epsilon):
    m = beta_1 * m + (1 - beta_1) * g
    s = beta_2 * s + (1 - beta_2) * g**2
    m_hat, s_hat = m / (1 - beta_1 * t), s / (1 - beta_2 * t)
    return w - rate * m_hat / (np.sqrt(s_hat) + epsilon), m, s


@ADAM_UPDATE.mistake(
    "t is one too large: the first update is taken for the second",
    hint="The docstring: the first update has t = 1. What is m_hat there?",
)
def counted_from_zero(w, m, s, g, t, rate, beta_1, beta_2, epsilon):
    m = beta_1 * m + (1 - beta_1) * g
    s = beta_2 * s + (1 - beta_2) * g**2
    m_hat, s_hat = m / (1 - beta_1 ** (t + 1)), s / (1 - beta_2 ** (t + 1))
    return w - rate * m_hat / (np.sqrt(s_hat) + epsilon), m, s


@ADAM_UPDATE.mistake(
    "both corrections take beta_1",
    hint="Each memory has a beta of its own. Which one has made s?",
)
def beta_1_in_both(w, m, s, g, t, rate, beta_1, beta_2, epsilon):
    m = beta_1 * m + (1 - beta_1) * g
    s = beta_2 * s + (1 - beta_2) * g**2
    m_hat, s_hat = m / (1 - beta_1**t), s / (1 - beta_1**t)
    return w - rate * m_hat / (np.sqrt(s_hat) + epsilon), m, s


@ADAM_UPDATE.mistake(
    "t is one too small: the correction of the update before is taken",
    hint="The docstring: the first update has t = 1. What is m_hat there?",
)
def counted_too_late(w, m, s, g, t, rate, beta_1, beta_2, epsilon):
    m = beta_1 * m + (1 - beta_1) * g
    s = beta_2 * s + (1 - beta_2) * g**2
    m_hat, s_hat = m / (1 - beta_1 ** (t - 1)), s / (1 - beta_2 ** (t - 1))
    return w - rate * m_hat / (np.sqrt(s_hat) + epsilon), m, s


@ADAM_UPDATE.mistake(
    "beta_1 and beta_2 are exchanged",
    hint="One belongs to the mean of the gradients, the other to that of their squares.",
)
def betas_exchanged(w, m, s, g, t, rate, beta_1, beta_2, epsilon):
    m = beta_2 * m + (1 - beta_2) * g
    s = beta_1 * s + (1 - beta_1) * g**2
    m_hat, s_hat = m / (1 - beta_2**t), s / (1 - beta_1**t)
    return w - rate * m_hat / (np.sqrt(s_hat) + epsilon), m, s


@ADAM_UPDATE.mistake(
    "beta and 1 - beta are exchanged in both means",
    hint="beta is near 1: the means change slowly. Which term does it multiply?",
)
def weights_exchanged(w, m, s, g, t, rate, beta_1, beta_2, epsilon):
    m = (1 - beta_1) * m + beta_1 * g
    s = (1 - beta_2) * s + beta_2 * g**2
    m_hat, s_hat = m / (1 - beta_1**t), s / (1 - beta_2**t)
    return w - rate * m_hat / (np.sqrt(s_hat) + epsilon), m, s


@ADAM_UPDATE.mistake(
    "gradient and square are not multiplied by 1 - beta",
    hint="In a mean the weights sum to one.",
)
def no_means(w, m, s, g, t, rate, beta_1, beta_2, epsilon):
    m = beta_1 * m + g
    s = beta_2 * s + g**2
    m_hat, s_hat = m / (1 - beta_1**t), s / (1 - beta_2**t)
    return w - rate * m_hat / (np.sqrt(s_hat) + epsilon), m, s


@ADAM_UPDATE.mistake(
    "epsilon is added under the root",
    hint="With the usual 1e-8 it hardly matters. The paper has it behind the root.",
    convention=True,
)
def epsilon_inside(w, m, s, g, t, rate, beta_1, beta_2, epsilon):
    m = beta_1 * m + (1 - beta_1) * g
    s = beta_2 * s + (1 - beta_2) * g**2
    m_hat, s_hat = m / (1 - beta_1**t), s / (1 - beta_2**t)
    return w - rate * m_hat / np.sqrt(s_hat + epsilon), m, s


@ADAM_UPDATE.mistake(
    "epsilon is added to the root of the s that is not corrected yet, as in Keras",
    hint='The paper calls that "epsilon hat" and uses it to save time. Correct first, then add.',
    convention=True,
)
def epsilon_hat(w, m, s, g, t, rate, beta_1, beta_2, epsilon):
    m = beta_1 * m + (1 - beta_1) * g
    s = beta_2 * s + (1 - beta_2) * g**2
    alpha = rate * np.sqrt(1 - beta_2**t) / (1 - beta_1**t)
    return w - alpha * m / (np.sqrt(s) + epsilon), m, s


@ADAM_UPDATE.mistake(
    "the root is missing",
    hint="s is in squared units, m is not. What makes their quotient a pure number?",
)
def no_root(w, m, s, g, t, rate, beta_1, beta_2, epsilon):
    m = beta_1 * m + (1 - beta_1) * g
    s = beta_2 * s + (1 - beta_2) * g**2
    m_hat, s_hat = m / (1 - beta_1**t), s / (1 - beta_2**t)
    return w - rate * m_hat / (s_hat + epsilon), m, s


@ADAM_UPDATE.mistake(
    "s is the mean of the gradients, not of their squares",
    hint="s measures how large the gradients are. Do those of different sign cancel?",
)
def not_squared(w, m, s, g, t, rate, beta_1, beta_2, epsilon):
    m = beta_1 * m + (1 - beta_1) * g
    s = beta_2 * s + (1 - beta_2) * g
    m_hat, s_hat = m / (1 - beta_1**t), s / (1 - beta_2**t)
    return w - rate * m_hat / (np.sqrt(s_hat) + epsilon), m, s


@ADAM_UPDATE.mistake(
    "w moves along the gradient, not along its mean: RMSprop, corrected",
    hint="Adam is momentum *and* RMSprop. What is m good for?",
)
def gradient_for_mean(w, m, s, g, t, rate, beta_1, beta_2, epsilon):
    m = beta_1 * m + (1 - beta_1) * g
    s = beta_2 * s + (1 - beta_2) * g**2
    return w - rate * g / (np.sqrt(s / (1 - beta_2**t)) + epsilon), m, s


@ADAM_UPDATE.mistake(
    "the old m and s are returned",
    hint="The next update has to know what this one did.",
)
def memory_not_kept(w, m, s, g, t, rate, beta_1, beta_2, epsilon):
    m_hat = (beta_1 * m + (1 - beta_1) * g) / (1 - beta_1**t)
    s_hat = (beta_2 * s + (1 - beta_2) * g**2) / (1 - beta_2**t)
    return w - rate * m_hat / (np.sqrt(s_hat) + epsilon), m.copy(), s.copy()


@ADAM_UPDATE.mistake(
    "the step goes uphill",
    hint="m points to where J grows, as the gradient does. Which way do we want to go?",
)
def uphill(w, m, s, g, t, rate, beta_1, beta_2, epsilon):
    m = beta_1 * m + (1 - beta_1) * g
    s = beta_2 * s + (1 - beta_2) * g**2
    m_hat, s_hat = m / (1 - beta_1**t), s / (1 - beta_2**t)
    return w + rate * m_hat / (np.sqrt(s_hat) + epsilon), m, s


@ADAM_UPDATE.mistake(
    "m and s are changed in place",
    hint="`m *= ...` changes the array of whoever called you. Make a new one.",
)
def in_place(w, m, s, g, t, rate, beta_1, beta_2, epsilon):
    m *= beta_1
    m += (1 - beta_1) * g
    s *= beta_2
    s += (1 - beta_2) * g**2
    m_hat, s_hat = m / (1 - beta_1**t), s / (1 - beta_2**t)
    return w - rate * m_hat / (np.sqrt(s_hat) + epsilon), m, s


@ADAM_UPDATE.mistake(
    "epsilon is added to the weights: brackets are missing below the fraction",
    hint="What does Python do first in a / b + c? Where does the equation have epsilon?",
)
def brackets_missing(w, m, s, g, t, rate, beta_1, beta_2, epsilon):
    m = beta_1 * m + (1 - beta_1) * g
    s = beta_2 * s + (1 - beta_2) * g**2
    m_hat, s_hat = m / (1 - beta_1**t), s / (1 - beta_2**t)
    return w - rate * m_hat / np.sqrt(s_hat) + epsilon, m, s


@ADAM_UPDATE.mistake(
    "1 - beta_2 is squared, too: the square is taken of the product",
    hint="In the equation the square stands at g alone. Where are your brackets?",
)
def product_squared(w, m, s, g, t, rate, beta_1, beta_2, epsilon):
    m = beta_1 * m + (1 - beta_1) * g
    s = beta_2 * s + ((1 - beta_2) * g) ** 2
    m_hat, s_hat = m / (1 - beta_1**t), s / (1 - beta_2**t)
    return w - rate * m_hat / (np.sqrt(s_hat) + epsilon), m, s


@ADAM_UPDATE.mistake(
    "the betas are taken to be 0.9 and 0.999, whatever the arguments say",
    hint="Those are the worked example's. What do the arguments say?",
)
def betas_of_the_example(w, m, s, g, t, rate, beta_1, beta_2, epsilon):
    m = 0.9 * m + 0.1 * g
    s = 0.999 * s + 0.001 * g**2
    m_hat, s_hat = m / (1 - 0.9**t), s / (1 - 0.999**t)
    return w - rate * m_hat / (np.sqrt(s_hat) + epsilon), m, s


@ADAM_UPDATE.mistake(
    "the correction is multiplied by, not divided by",
    hint="The means are too small at first, and 1 - beta^t is below 1. Which of the two helps?",
)
def correction_upside_down(w, m, s, g, t, rate, beta_1, beta_2, epsilon):
    m = beta_1 * m + (1 - beta_1) * g
    s = beta_2 * s + (1 - beta_2) * g**2
    m_hat, s_hat = m * (1 - beta_1**t), s * (1 - beta_2**t)
    return w - rate * m_hat / (np.sqrt(s_hat) + epsilon), m, s
