"""The softmax with a temperature, down to zero."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.problem import Case, Output, Problem
from autograder.problems.draws import Rng, distinct_sizes, in_float32, normal
from lmkit.by_hand.sampling import temperature_softmax
from lmkit.by_hand.softmax import softmax

Arguments = tuple[Any, ...]


def draw_cold(rng: Rng) -> Arguments:
    """One distribution, temperature below 1."""
    (V,) = distinct_sizes(rng, 1, low=4)
    return normal(rng, V, scale=2.0), float(rng.uniform(0.3, 0.8))


def draw_hot(rng: Rng) -> Arguments:
    """A batch, temperature above 1."""
    N, V = distinct_sizes(rng, 2, low=3)
    return normal(rng, N, V, scale=2.0), float(rng.uniform(1.3, 3.0))


def draw_frozen(rng: Rng) -> Arguments:
    """A batch, temperature 0."""
    N, V = distinct_sizes(rng, 2, low=3)
    return normal(rng, N, V, scale=2.0), 0.0


def draw_large(rng: Rng) -> Arguments:
    """Logits of which exp overflows when divided by a small temperature, in two groups far apart.

    It overflows whatever else is taken off: the smallest, the first, the mean. What is largest in
    the whole batch is too large for most of its rows. An eighth divides float32 without a rest.
    """
    N, V = distinct_sizes(rng, 2, low=4)
    logits = normal(rng, N, V, scale=0.2) + 600.0 - 400.0 * (np.arange(V) % 3 == 0)
    logits -= 100.0 * rng.permutation(N)[:, None]
    return in_float32(logits), 0.125


TEMPERATURE_SOFTMAX = Problem(
    name="temperature_softmax",
    reference=temperature_softmax,
    outputs=(Output("p"),),
    cases=(
        Case("a temperature below 1", draw_cold),
        Case("a batch, a temperature above 1", draw_hot),
        Case("temperature 0: greedy", draw_frozen),
        Case("large logits, a small temperature", draw_large, weight=0.5),
    ),
    source="Deck 5, Application: text generation",
)


@TEMPERATURE_SOFTMAX.mistake(
    "the logits are multiplied by the temperature",
    hint="A high temperature makes all characters alike. Do differences grow or shrink with yours?",
)
def multiplied(logits, temperature):
    if temperature == 0:
        return np.eye(logits.shape[-1])[logits.argmax(axis=-1)]
    return softmax(logits * temperature)


@TEMPERATURE_SOFTMAX.mistake(
    "the probabilities are divided by the temperature, after the softmax",
    hint="They no longer sum to one, and no character has gained on another. Where does the "
    "temperature go?",
)
def divided_after_softmax(logits, temperature):
    if temperature == 0:
        return np.eye(logits.shape[-1])[logits.argmax(axis=-1)]
    return softmax(logits) / temperature


@TEMPERATURE_SOFTMAX.mistake(
    "the probabilities are divided by the temperature and brought back to sum 1: nothing changes",
    hint="A common factor goes out again when you normalise. Where does the temperature go?",
)
def divided_and_normalised(logits, temperature):
    if temperature == 0:
        return np.eye(logits.shape[-1])[logits.argmax(axis=-1)]
    return softmax(logits)


@TEMPERATURE_SOFTMAX.mistake(
    "a second softmax is taken of the probabilities over the temperature",
    hint="softmax takes logits. What has it been given?",
)
def softmax_of_probabilities(logits, temperature):
    if temperature == 0:
        return np.eye(logits.shape[-1])[logits.argmax(axis=-1)]
    return softmax(softmax(logits) / temperature)


@TEMPERATURE_SOFTMAX.mistake(
    "temperature 0 divides by zero",
    hint="Nothing can be divided by 0. But what do the probabilities go to as it sinks?",
)
def divides_by_zero(logits, temperature):
    with np.errstate(all="ignore"):
        a = logits / np.float64(temperature)
        e = np.exp(a - a.max(axis=-1, keepdims=True))
        return e / e.sum(axis=-1, keepdims=True)


@TEMPERATURE_SOFTMAX.mistake(
    "temperature 0 is taken for 1",
    hint="Below 1 the likely becomes likelier. What is left at 0?",
)
def zero_is_one(logits, temperature):
    return softmax(logits / (temperature or 1.0))


@TEMPERATURE_SOFTMAX.mistake(
    "at temperature 0 all characters are equally likely",
    hint="That is what a very high temperature does. A low one does the opposite.",
)
def zero_is_uniform(logits, temperature):
    if temperature == 0:
        return np.full(logits.shape, 1 / logits.shape[-1])
    return softmax(logits / temperature)


@TEMPERATURE_SOFTMAX.mistake(
    "the exponentials overflow: nothing is subtracted first",
    hint="exp(900) is infinite in float64. hw3's softmax knew a way out.",
)
def overflows(logits, temperature):
    if temperature == 0:
        return np.eye(logits.shape[-1])[logits.argmax(axis=-1)]
    with np.errstate(all="ignore"):
        e = np.exp(logits / temperature)
        return e / e.sum(axis=-1, keepdims=True)


@TEMPERATURE_SOFTMAX.mistake(
    "the exponentials overflow: another number than the largest is subtracted first",
    hint="What is left after the subtraction should be no number that exp cannot take. How large "
    "can it be in yours?",
)
def not_the_largest_taken_off(logits, temperature):
    if temperature == 0:
        return np.eye(logits.shape[-1])[logits.argmax(axis=-1)]
    with np.errstate(all="ignore"):
        a = logits / temperature
        e = np.exp(a - a.min(axis=-1, keepdims=True))
        return e / e.sum(axis=-1, keepdims=True)


@TEMPERATURE_SOFTMAX.mistake(
    "the sum is taken over the whole batch, not over the V characters",
    hint="Each row is a distribution by itself. Over which axis does it sum to one?",
)
def sum_over_the_batch(logits, temperature):
    if temperature == 0:
        return np.eye(logits.shape[-1])[logits.argmax(axis=-1)]
    e = np.exp((logits - logits.max()) / temperature)
    return e / e.sum()


@TEMPERATURE_SOFTMAX.mistake(
    "at temperature 0 the place of the largest logit is returned, not a distribution",
    hint="Whoever draws from it wants V probabilities. Which of them is 1?",
)
def place_at_zero(logits, temperature):
    if temperature == 0:
        return logits.argmax(axis=-1)
    return softmax(logits / temperature)


@TEMPERATURE_SOFTMAX.mistake(
    "the temperature is ignored",
    hint="The second argument is not used above 0.",
)
def ignored_everywhere(logits, temperature):
    return softmax(logits)


@TEMPERATURE_SOFTMAX.mistake(
    "always greedy: all mass is on the largest logit at any temperature",
    hint="Only at 0. Above it every character keeps a chance.",
)
def always_greedy(logits, temperature):
    return np.eye(logits.shape[-1])[logits.argmax(axis=-1)]


@TEMPERATURE_SOFTMAX.mistake(
    "the largest score of the whole array is taken off, and rows far below it vanish",
    hint="exp(-1000) is rounded to 0, and so is the sum of a row. Whose largest score is safe for "
    "it?",
)
def largest_of_all(logits, temperature):
    if temperature == 0:
        return np.eye(logits.shape[-1])[np.argmax(logits, axis=-1)]
    exp_s = np.exp((logits - logits.max()) / temperature)
    return exp_s / exp_s.sum(axis=-1, keepdims=True)
