"""Inputs of the fixed-window model: texts, windows and weights."""

from __future__ import annotations

from typing import Any

from autograder.problem import Draw
from autograder.problems.draws import Rng, distinct_sizes, normal
from lmkit.by_hand.types import Array, IntArray

Arguments = tuple[Any, ...]


def text(n: int, *lengths: int) -> Draw:
    """Sentences of these lengths, in random order, then n and the ids of the two marks."""

    def draw(rng: Rng) -> Arguments:
        start, end = (int(i) for i in rng.choice(5, size=2, replace=False))
        sentences = [rng.integers(5, 20, size=T).tolist() for T in rng.permutation(lengths)]
        return sentences, n, start, end

    return draw


def weights(rng: Rng, V: int, D: int, H: int, words: int) -> tuple[Array, ...]:
    """E, W, b_1, U and b_2. The sums before tanh are of about unit size."""
    W = normal(rng, words * D, H, scale=(words * D) ** -0.5)
    return normal(rng, V, D), W, normal(rng, H), normal(rng, H, V), normal(rng, V)


def model(
    rng: Rng, *, N: int | None = None, words: int | None = None
) -> tuple[IntArray, Arguments]:
    """Contexts (N, words) and the weights; all sizes that are not given are random."""
    random_N, random_words, V, D, H = distinct_sizes(rng, 5, low=3)
    N, words = N or random_N, words or random_words
    return rng.integers(V, size=(N, words)), weights(rng, V, D, H, words)


def forward(*, N: int | None = None, words: int | None = None) -> Draw:
    """Contexts and weights."""

    def draw(rng: Rng) -> Arguments:
        contexts, its_weights = model(rng, N=N, words=words)
        return contexts, *its_weights

    return draw


def with_targets(*, N: int | None = None, words: int | None = None) -> Draw:
    """Contexts, targets and weights."""

    def draw(rng: Rng) -> Arguments:
        contexts, its_weights = model(rng, N=N, words=words)
        return contexts, rng.integers(len(its_weights[0]), size=len(contexts)), *its_weights

    return draw


def draw_few_words(rng: Rng) -> Arguments:
    """Contexts, targets and weights, with two words that come again and again."""
    _, words, V, D, H = distinct_sizes(rng, 5, low=3)
    contexts = rng.choice(rng.permutation(V)[:2], size=(10, words))
    return contexts, rng.integers(V, size=10), *weights(rng, V, D, H, words)
