"""Only the k most likely."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.problem import Case, Output, Problem
from autograder.problems.draws import Rng
from autograder.problems.sampling.draws import distribution
from lmkit.by_hand.sampling import top_k
from lmkit.by_hand.softmax import softmax

Arguments = tuple[Any, ...]


def draw_some(rng: Rng) -> Arguments:
    """2 <= k < V - 1."""
    p = distribution(rng)
    return p, int(rng.integers(2, len(p) - 2))


def draw_one(rng: Rng) -> Arguments:
    """k = 1."""
    return distribution(rng), 1


def draw_more_than_there_are(rng: Rng) -> Arguments:
    """k > V."""
    p = distribution(rng)
    return p, len(p) + int(rng.integers(1, 4))


TOP_K = Problem(
    name="top_k",
    reference=top_k,
    outputs=(Output("p"),),
    cases=(
        Case("some of them", draw_some, weight=2),
        Case("k = 1: greedy", draw_one),
        Case("k larger than V", draw_more_than_there_are, weight=0.5),
    ),
    source="Deck 5, Application: text generation",
)


@TOP_K.mistake(
    "what is kept is not brought back to sum 1",
    hint="A distribution sums to one. What is missing after the cut?",
)
def not_normalised(p, k):
    kept = np.zeros_like(p)
    likeliest = np.argsort(-p)[:k]
    kept[likeliest] = p[likeliest]
    return kept


@TOP_K.mistake(
    "the k least likely are kept",
    hint="argsort puts the smallest first.",
)
def least_likely(p, k):
    kept = np.zeros_like(p)
    unlikely = np.argsort(p)[:k]
    kept[unlikely] = p[unlikely]
    return kept / kept.sum()


@TOP_K.mistake(
    "the result stands in the order of the probabilities, not of the characters",
    hint="Entry v has to stay character v's. Put what you keep back in its place.",
)
def sorted_by_probability(p, k):
    kept = np.zeros_like(p)
    kept[:k] = np.sort(p)[::-1][:k]
    return kept / kept.sum()


@TOP_K.mistake(
    "only the k entries are returned, not V",
    hint="The others have probability 0, but they are still characters.",
)
def only_k_entries(p, k):
    kept = np.sort(p)[::-1][:k]
    return kept / kept.sum()


@TOP_K.mistake(
    "the first k characters are kept, likely or not",
    hint="The likeliest: in which order do the characters stand in p?",
)
def first_k(p, k):
    kept = np.where(np.arange(p.size) < k, p, 0.0)
    return kept / kept.sum()


@TOP_K.mistake(
    "the k kept are made equally likely",
    hint="Among those that are kept, the likely stay likelier.",
)
def kept_are_equal(p, k):
    kept = np.zeros_like(p)
    kept[np.argsort(-p)[:k]] = 1.0
    return kept / kept.sum()


@TOP_K.mistake(
    "one too few is kept: those above the k-th largest, without itself",
    hint="Larger, or at least as large? Count what is left for k = 2.",
)
def one_too_few(p, k):
    size = max(min(k, p.size) - 1, 1)
    kept = np.zeros_like(p)
    likeliest = np.argsort(-p)[:size]
    kept[likeliest] = p[likeliest]
    return kept / kept.sum()


@TOP_K.mistake(
    "one too many is kept",
    hint="Count what is left for k = 1.",
)
def one_too_many(p, k):
    kept = np.zeros_like(p)
    likeliest = np.argsort(-p)[: k + 1]
    kept[likeliest] = p[likeliest]
    return kept / kept.sum()


@TOP_K.mistake(
    "a softmax is taken of what is kept: zeros get a share again",
    hint="softmax takes logits, and exp(0) is 1. What brings the sum of probabilities to 1?",
)
def softmax_of_the_kept(p, k):
    kept = np.zeros_like(p)
    likeliest = np.argsort(-p)[:k]
    kept[likeliest] = p[likeliest]
    return softmax(kept)


@TOP_K.mistake(
    "what is cut off is dealt out equally among the kept",
    hint="That changes the odds among them. Dividing by their sum does not.",
)
def rest_dealt_equally(p, k):
    kept = np.zeros_like(p)
    likeliest = np.argsort(-p)[:k]
    kept[likeliest] = p[likeliest] + (1 - p[likeliest].sum()) / likeliest.size
    return kept


@TOP_K.mistake(
    "p is right, but the argument p is changed in place",
    hint="p[...] = 0 writes into the array that the caller still holds. Make a new one.",
)
def changes_p(p, k):
    p[np.argsort(-p)[k:]] = 0
    p /= p.sum()
    return p


@TOP_K.mistake(
    "a k larger than V stops the function: there is no k-th largest",
    hint="If k is larger than V, everything is kept. Which place do you look at then?",
)
def no_such_place(p, k):
    kept = np.where(p >= np.sort(p)[-k], p, 0)
    return kept / kept.sum()
