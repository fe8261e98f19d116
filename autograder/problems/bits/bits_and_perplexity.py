"""The same surprise in nats, in bits, and as a perplexity."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.problem import Case, Output, Problem
from autograder.problems.draws import Rng, distinct_sizes
from lmkit.by_hand.bits import bits_and_perplexity

Arguments = tuple[Any, ...]


def draw_batch(rng: Rng) -> Arguments:
    """log p of N rows of T characters."""
    return (-rng.gamma(2.0, 0.7, size=distinct_sizes(rng, 2)) - 0.05,)


def draw_stream(rng: Rng) -> Arguments:
    """So many characters that their probabilities multiply to zero."""
    return (-rng.gamma(2.0, 0.7, size=3000) - 0.05,)


BITS_AND_PERPLEXITY = Problem(
    name="bits_and_perplexity",
    reference=bits_and_perplexity,
    outputs=(Output("nats"), Output("bits"), Output("perplexity")),
    cases=(Case("a batch", draw_batch), Case("a long text", draw_stream)),
    source="Deck 1, Evaluating LM - Perplexity",
)


@BITS_AND_PERPLEXITY.mistake(
    "the perplexity is 2 to the nats",
    hint="2 belongs to bits, e to nats. Both ways lead to the same perplexity.",
)
def two_to_the_nats(log_p):
    nats = -np.mean(log_p)
    return nats, nats / np.log(2), 2**nats


@BITS_AND_PERPLEXITY.mistake(
    "the perplexity is e to the bits",
    hint="2 belongs to bits, e to nats. Both ways lead to the same perplexity.",
)
def e_to_the_bits(log_p):
    nats = -np.mean(log_p)
    bits = nats / np.log(2)
    return nats, bits, np.exp(bits)


@BITS_AND_PERPLEXITY.mistake(
    "nats are multiplied by log 2 to get bits",
    hint="A bit is less than a nat, so there are more of them. Is your number of bits larger?",
)
def bits_upside_down(log_p):
    nats = -np.mean(log_p)
    return nats, nats * np.log(2), np.exp(nats)


@BITS_AND_PERPLEXITY.mistake(
    "bits are the base-2 logarithm of the nats",
    hint="It is the probability whose logarithm is taken, to another base. How do bases differ?",
)
def logarithm_of_nats(log_p):
    nats = -np.mean(log_p)
    return nats, np.log2(nats), np.exp(nats)


@BITS_AND_PERPLEXITY.mistake(
    "all three have the wrong sign inside: the minus is left out",
    hint="log p is negative. Can a surprise be?",
)
def no_minus(log_p):
    nats = np.mean(log_p)
    return nats, nats / np.log(2), np.exp(nats)


@BITS_AND_PERPLEXITY.mistake(
    "nothing is divided by the number of characters",
    hint="Deck 1: normalized by the number of words. Here they are characters.",
)
def not_normalised(log_p):
    nats = -np.sum(log_p)
    with np.errstate(over="ignore"):
        return nats, nats / np.log(2), np.exp(nats)


@BITS_AND_PERPLEXITY.mistake(
    "the probabilities are averaged, and then the logarithm is taken",
    hint="The loss is the mean of logarithms, not the logarithm of a mean.",
)
def mean_probability(log_p):
    nats = -np.log(np.mean(np.exp(log_p)))
    return nats, nats / np.log(2), np.exp(nats)


@BITS_AND_PERPLEXITY.mistake(
    "the perplexities of the characters are averaged",
    hint="Average first, then take the exponential: deck 1's product under the root.",
)
def mean_of_perplexities(log_p):
    nats = -np.mean(log_p)
    return nats, nats / np.log(2), np.mean(np.exp(-log_p))


@BITS_AND_PERPLEXITY.mistake(
    "the probabilities are multiplied first, and a long text's product is zero",
    hint="Three thousand small factors leave float64. Deck 1's second form has a sum instead.",
)
def product_underflows(log_p):
    with np.errstate(divide="ignore"):
        perplexity = np.prod(np.exp(log_p)) ** (-1 / log_p.size)
        return np.log(perplexity), np.log2(perplexity), perplexity


@BITS_AND_PERPLEXITY.mistake(
    "log_p is taken for a base-2 logarithm: its mean is called bits",
    hint="NumPy's log, and the lectures', is the natural one: that mean is in nats.",
)
def taken_for_bits(log_p):
    bits = -np.mean(log_p)
    return bits * np.log(2), bits, 2**bits
