"""Perplexity from log probabilities, with padding left out."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.problem import Case, Output, Problem
from autograder.problems.draws import Rng, distinct_sizes
from lmkit.metrics import perplexity


def sentences(rng: Rng, lengths: list[int]) -> tuple[Any, ...]:
    """log_p and mask, (N, T); what stands in the padding is as random as the rest.

    The mask is boolean: then `log_p[mask]`, `log_p * mask` and `mask == 1` all mean the same.
    """
    T = max(lengths)
    mask = np.arange(T) < np.array(lengths)[:, None]
    return -rng.gamma(2.0, 1.2, size=mask.shape) - 0.05, mask


def draw_ragged(rng: Rng) -> tuple[Any, ...]:
    """Three to five sentences, no two of the same length."""
    return sentences(rng, distinct_sizes(rng, int(rng.integers(3, 6)), low=2, high=11))


def draw_unpadded(rng: Rng) -> tuple[Any, ...]:
    """All sentences of one length."""
    N, T = distinct_sizes(rng, 2, low=3)
    return sentences(rng, [T] * N)


def draw_one_sentence(rng: Rng) -> tuple[Any, ...]:
    """N = 1."""
    return sentences(rng, distinct_sizes(rng, 1, low=4))


def draw_long(rng: Rng) -> tuple[Any, ...]:
    """So many tokens that the product of their probabilities is zero in float64."""
    return sentences(rng, [300, 450, 250])


def draw_impossible(rng: Rng) -> tuple[Any, ...]:
    """One token that counts has probability zero."""
    log_p, mask = draw_ragged(rng)
    counted = np.argwhere(mask)
    log_p[tuple(counted[rng.integers(len(counted))])] = -np.inf
    return log_p, mask


def draw_infinite_padding(rng: Rng) -> tuple[Any, ...]:
    """What stands in the padding is the logarithm of zero."""
    log_p, mask = draw_ragged(rng)
    return np.where(mask, log_p, -np.inf), mask


PERPLEXITY = Problem(
    name="perplexity",
    reference=perplexity,
    outputs=(Output("perplexity"),),
    cases=(
        Case("sentences of different lengths", draw_ragged, weight=2),
        Case("sentences of one length, no padding", draw_unpadded),
        Case("a single sentence, N = 1", draw_one_sentence),
        Case("a text of a thousand tokens", draw_long),
        Case("a word of probability zero", draw_impossible),
        Case("padding with the log probability -inf", draw_infinite_padding, weight=0.5),
    ),
    source="Deck 1, Evaluating LM - Perplexity",
)


@PERPLEXITY.mistake(
    "padding is counted like words",
    hint="The mask says which places hold a token. The others belong neither in the sum nor in T.",
)
def padding_counted(log_p, mask):
    return np.exp(-log_p.mean())


@PERPLEXITY.mistake(
    "padding is left out of the sum, but counted in the number of tokens",
    hint="T in deck 1 is the number of predicted words. How many ones are in the mask?",
)
def padding_counted_below(log_p, mask):
    return np.exp(-log_p[mask == 1].sum() / log_p.size)


@PERPLEXITY.mistake(
    "padding is summed, though not counted in the number of tokens",
    hint="The mask says which places hold a token. What stands elsewhere means nothing.",
)
def padding_summed(log_p, mask):
    return np.exp(-log_p.sum() / mask.sum())


@PERPLEXITY.mistake(
    "log_p is multiplied by the mask, and -inf times 0 is not a number",
    hint="Padding must change nothing, whatever it holds. Select the places that count.",
)
def mask_multiplied(log_p, mask):
    return np.exp(-(log_p * mask).sum() / mask.sum())


@PERPLEXITY.mistake(
    "the mean of the sentences' means is taken, so that a short sentence weighs like a long one",
    hint="Deck 1 has one T: all the words of the corpus. Take one mean over all of them.",
)
def mean_of_means(log_p, mask):
    return np.exp(-np.mean([row[kept == 1].mean() for row, kept in zip(log_p, mask, strict=True)]))


@PERPLEXITY.mistake(
    "the sentences' perplexities are averaged",
    hint="Deck 1 has one T: all the words of the corpus. Average first, exponentiate once.",
)
def mean_of_perplexities(log_p, mask):
    means = [row[kept == 1].mean() for row, kept in zip(log_p, mask, strict=True)]
    return np.mean(np.exp(-np.array(means)))


@PERPLEXITY.mistake(
    "the natural logarithm is undone with a power of two",
    hint="exp(J) undoes the natural logarithm. Which base does log_p have?",
)
def power_of_two(log_p, mask):
    return 2 ** -log_p[mask == 1].mean()


@PERPLEXITY.mistake(
    "the loss is turned into bits (base 2) and then exp is taken",
    hint="The logarithm and the power must have the same base. Deck 1 takes e for both.",
)
def exp_of_bits(log_p, mask):
    return np.exp(-log_p[mask == 1].mean() / np.log(2))


@PERPLEXITY.mistake(
    "the cross entropy J is returned",
    hint="One step is missing between J and the perplexity: the last one in deck 1's equation.",
)
def cross_entropy_returned(log_p, mask):
    return -log_p[mask == 1].mean()


@PERPLEXITY.mistake(
    "the cross entropy in bits per token is returned",
    hint="One step is missing between J and the perplexity: the last one in deck 1's equation.",
)
def bits_returned(log_p, mask):
    return -log_p[mask == 1].mean() / np.log(2)


@PERPLEXITY.mistake(
    "the minus sign is missing",
    hint="A perplexity is at least 1: an *inverse* probability, says deck 1.",
)
def no_minus(log_p, mask):
    return np.exp(log_p[mask == 1].mean())


@PERPLEXITY.mistake(
    "probabilities are averaged where logarithms should be",
    hint="A product under a root is a mean of logarithms. Read deck 1's equation to the right.",
)
def mean_probability(log_p, mask):
    return 1 / np.exp(log_p[mask == 1]).mean()


@PERPLEXITY.mistake(
    "inverse probabilities are averaged where logarithms should be",
    hint="Deck 1 multiplies the inverse probabilities and takes a root: a geometric mean.",
)
def mean_inverse_probability(log_p, mask):
    return np.exp(-log_p[mask == 1]).mean()


@PERPLEXITY.mistake(
    "words of probability zero are skipped",
    hint="A model that held what came for impossible: how surprised must it be?",
)
def zeros_skipped(log_p, mask):
    return np.exp(-log_p[(mask == 1) & np.isfinite(log_p)].mean())


@PERPLEXITY.mistake(
    "words of probability zero are left out of the sum, but counted",
    hint="A model that held what came for impossible: how surprised must it be?",
)
def zeros_counted_as_sure(log_p, mask):
    return np.exp(-log_p[(mask == 1) & np.isfinite(log_p)].sum() / mask.sum())


@PERPLEXITY.mistake(
    "probability zero is replaced by 1e-10",
    hint="Smoothing is the model's business. The measure reports what the model said.",
)
def zeros_lifted(log_p, mask):
    return np.exp(-np.maximum(log_p[mask == 1], np.log(1e-10)).mean())


@PERPLEXITY.mistake(
    "the probabilities are multiplied first, and a long text's product is zero",
    hint="A thousand small factors leave float64. Deck 1's second form has a sum in their place.",
)
def product_underflows(log_p, mask):
    return np.prod(np.exp(log_p[mask == 1])) ** (-1 / mask.sum())


@PERPLEXITY.mistake(
    "the root is missing: nothing is divided by the number of words",
    hint="Deck 1: normalized by the number of words. Where is T in your line?",
)
def not_normalised(log_p, mask):
    return np.exp(-log_p[mask == 1].sum())


@PERPLEXITY.mistake(
    "the sum is divided by the number of sentences",
    hint="Deck 1: normalized by the number of words.",
)
def per_sentence(log_p, mask):
    return np.exp(-log_p[mask == 1].sum() / len(log_p))


@PERPLEXITY.mistake(
    "the first token of each sentence is not scored",
    hint="<s> is never predicted, so it is not in log_p. The first entry is a word's.",
)
def first_token_left_out(log_p, mask):
    return np.exp(-log_p[:, 1:][mask[:, 1:] == 1].mean())


@PERPLEXITY.mistake(
    "one token of each sentence (</s>) is missing from the number of tokens",
    hint="The end of a sentence is predicted too: what is in the sum is counted.",
)
def end_not_counted(log_p, mask):
    return np.exp(-log_p[mask == 1].sum() / (mask.sum() - len(log_p)))


@PERPLEXITY.mistake(
    "the padding in log_p is overwritten",
    hint="log_p belongs to whoever called you. Select from it, or multiply into a new array.",
)
def padding_overwritten(log_p, mask):
    log_p[mask == 0] = 0
    return np.exp(-log_p.sum() / mask.sum())
