"""Softmax: from scores to probabilities."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.problem import Case, Output, Problem
from autograder.problems.draws import Rng, distinct_sizes, in_float32, normal
from lmkit.by_hand.softmax import softmax


def draw_batch(rng: Rng) -> tuple[Any, ...]:
    """Scores (N, T, V)."""
    return (normal(rng, *distinct_sizes(rng, 3), scale=2),)


def draw_matrix(rng: Rng) -> tuple[Any, ...]:
    """Scores (N, V)."""
    return (normal(rng, *distinct_sizes(rng, 2), scale=2),)


def draw_vector(rng: Rng) -> tuple[Any, ...]:
    """Scores (V,)."""
    return (normal(rng, *distinct_sizes(rng, 1, low=4), scale=2),)


def draw_huge(rng: Rng) -> tuple[Any, ...]:
    """Scores (N, V) some thousands above or below zero, in each row some far below the others.

    Of every row the smallest is so far away that to take it off does not save exp; of the first
    row its first score, of the second its mean.
    """
    N, V = distinct_sizes(rng, 2, low=3)
    row = np.arange(N)
    low = (row[:, None] + np.arange(V)) % 3 == 0
    depth = np.where(row == 1, rng.uniform(5e3, 8e3), 900.0)
    level = (6e3 + 1e3 * rng.permutation(N)) * np.where(row % 2, -1, 1)
    ordinary = normal(rng, N, V, scale=2)
    return (in_float32(level[:, None] + ordinary - depth[:, None] * low),)


SOFTMAX = Problem(
    name="softmax",
    reference=softmax,
    outputs=(Output("y_hat"),),
    cases=(
        Case("a random batch (N, T, V)", draw_batch, weight=2),
        Case("a matrix (N, V)", draw_matrix),
        Case("a single vector (V,)", draw_vector, weight=0.5),
        Case("huge scores, some thousands above or below zero, and far apart", draw_huge),
    ),
    source="Deck 5, Recurrent neural language models",
)


@SOFTMAX.mistake(
    "exp is taken of the scores as they are, and overflows",
    hint="exp(1000) is not a number that a computer holds. Which number may you take from all "
    "the scores of a row without changing the quotient?",
)
def overflows(logits):
    exp_s = np.exp(logits)
    return exp_s / exp_s.sum(axis=-1, keepdims=True)


@SOFTMAX.mistake(
    "the smallest score of a row is taken off, not the largest, and exp overflows",
    hint="What is left after the subtraction should be no number that exp cannot take. How large "
    "can it be in yours?",
)
def smallest_taken_off(logits):
    exp_s = np.exp(logits - logits.min(axis=-1, keepdims=True))
    return exp_s / exp_s.sum(axis=-1, keepdims=True)


@SOFTMAX.mistake(
    "the mean score of a row is taken off, not the largest, and exp overflows",
    hint="What is left after the subtraction should be no number that exp cannot take. How large "
    "can it be in yours?",
)
def mean_taken_off(logits):
    exp_s = np.exp(logits - logits.mean(axis=-1, keepdims=True))
    return exp_s / exp_s.sum(axis=-1, keepdims=True)


@SOFTMAX.mistake(
    "the first score of a row is taken off, not the largest, and exp overflows",
    hint="What is left after the subtraction should be no number that exp cannot take. How large "
    "can it be in yours?",
)
def first_taken_off(logits):
    exp_s = np.exp(logits - logits[..., :1])
    return exp_s / exp_s.sum(axis=-1, keepdims=True)


@SOFTMAX.mistake(
    "the sum runs over the batch (axis 0)",
    hint="The probabilities of the V words at one place sum to one. On which axis do words lie?",
)
def over_the_batch(logits):
    exp_s = np.exp(logits - logits.max(axis=0, keepdims=True))
    return exp_s / exp_s.sum(axis=0, keepdims=True)


@SOFTMAX.mistake(
    "the sum runs over axis 1, which is time",
    hint="Axis 1 is right for (N, V) and wrong for (N, T, V). Which axis is always the words'?",
)
def over_axis_1(logits):
    exp_s = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exp_s / exp_s.sum(axis=1, keepdims=True)


@SOFTMAX.mistake(
    "the sum runs over the whole array",
    hint="There is one distribution for each sentence and each time, and each sums to one.",
)
def over_everything(logits):
    exp_s = np.exp(logits - logits.max())
    return exp_s / exp_s.sum()


@SOFTMAX.mistake(
    "the largest score of the whole array is taken off, and rows far below it vanish",
    hint="exp(-5000) is zero, and so is the sum of a row of them. Largest of what, then?",
)
def largest_of_all(logits):
    exp_s = np.exp(logits - logits.max())
    return exp_s / exp_s.sum(axis=-1, keepdims=True)


@SOFTMAX.mistake(
    "the scores are changed in place",
    hint="`s -= ...` changes the array of whoever called you. `s = s - ...` makes a new one.",
)
def in_place(logits):
    logits -= logits.max(axis=-1, keepdims=True)
    exp_s = np.exp(logits)
    return exp_s / exp_s.sum(axis=-1, keepdims=True)


@SOFTMAX.mistake(
    "the exponentials are not divided by their sum",
    hint="Deck 5 wants a distribution over the vocabulary. What do its entries sum to?",
)
def not_normalised(logits):
    return np.exp(logits - logits.max(axis=-1, keepdims=True))


@SOFTMAX.mistake(
    "the logarithm of the probabilities is returned",
    hint="Log probabilities are what the loss needs; y_hat is what comes before.",
)
def log_probabilities(logits):
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


@SOFTMAX.mistake(
    "the scores are divided by their sum, without exp",
    hint="Scores can be negative, probabilities cannot. What makes every number positive?",
)
def no_exp(logits):
    return logits / logits.sum(axis=-1, keepdims=True)


@SOFTMAX.mistake(
    "the sigmoid of each score is taken",
    hint="The sigmoid looks at one score at a time. The words of a vocabulary compete.",
)
def sigmoid_of_each(logits):
    return 1 / (1 + np.exp(-logits))


@SOFTMAX.mistake(
    "the sign of the scores is turned round, so that the lowest gets most",
    hint="A word with a higher score must get a higher probability.",
)
def sign_turned(logits):
    exp_s = np.exp(logits.min(axis=-1, keepdims=True) - logits)
    return exp_s / exp_s.sum(axis=-1, keepdims=True)


@SOFTMAX.mistake(
    "the best word gets 1 and all the others 0",
    hint="That is argmax. The soft one leaves something to every word.",
)
def hard_max(logits):
    return np.eye(logits.shape[-1])[logits.argmax(axis=-1)]


@SOFTMAX.mistake(
    "the scores are cut to -500 ... 500 before exp",
    hint="Cutting makes all huge scores equal. Shifting a row keeps their differences.",
)
def scores_cut(logits):
    exp_s = np.exp(np.clip(logits, -500, 500))
    return exp_s / exp_s.sum(axis=-1, keepdims=True)


@SOFTMAX.mistake(
    "powers of two stand in the place of exp",
    hint="The lecture's exponential has base e. Base 2 belongs to bits.",
)
def powers_of_two(logits):
    powers = np.exp2(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)
