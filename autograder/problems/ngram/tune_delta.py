"""Choosing delta without looking at the test text."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.problem import Case, Draw, Output, Problem
from autograder.problems.draws import Rng
from autograder.problems.ngram.texts import (
    Sentence,
    chosen_apart,
    followers,
    some_sentences,
    some_text,
)
from lmkit.by_hand.ngram import Counts, count_ngrams, ngram_perplexity, ngrams, tune_delta
from lmkit.by_hand.types import Array

LARGER, SMALLER = (0.3, 12.0), (0.012, 10.0)
"""The smallest and the largest delta; the best of the first is small, of the second large."""

GRIDS, ORDERS = 8, 8
"""Lists of deltas that are tried with the same texts, before other texts are drawn; and orders of
each list."""


def choice(n: int, *, small: bool) -> Draw:
    """Texts for which the held-out text, the test text, and both together choose differently.

    The best of the seven deltas is the second or third smallest in one case, the second or third
    largest in the other, so that no place in the sorted list is right in both. Nor is the largest,
    the smallest or the middle one the worst in both, or what another text would choose in both:
    whoever takes it has looked at no text.

    Args:
        n: words in an n-gram.
        small: if the best delta is small. The held-out text is then like the training text, the
            test text less so; else it is the other way round.
    """

    def draw(rng: Rng) -> tuple[Any, ...]:
        while True:
            text = some_text(rng, words=9, count=20)
            words = sorted({w for sentence in text.sentences for w in sentence})
            like = some_sentences(rng, words, 5) + text.sentences[::4]
            unlike = some_sentences(rng, words, 5)
            held_out, test = (like, unlike) if small else (unlike, like)
            counts, V = count_ngrams(text.sentences, n), len(text.vocabulary)
            seen = [_seen(counts, n, some) for some in (held_out, test)]
            for _ in range(GRIDS):
                grid = np.geomspace(*(LARGER if small else SMALLER), 7) * rng.uniform(0.6, 1.6)
                order = _order(rng, grid, V, *seen, small=small)
                if order:
                    deltas = [float(d) for d in grid[order]]
                    return deltas, n, counts, text.vocabulary, held_out, test

    return draw


def _seen(counts: Counts, n: int, sentences: list[Sentence]) -> Array:
    """How often each n-gram of a text of known words was counted, and its context: (2, tokens)."""
    totals = {context: sum(after.values()) for context, after in followers(counts).items()}
    asked = [ngram for sentence in sentences for ngram in ngrams(sentence, n)]
    return np.array([[counts.get(g, 0), totals.get(g[:-1], 0)] for g in asked], dtype=float).T


def _order(
    rng: Rng, grid: Array, V: int, held_out: Array, test: Array, *, small: bool
) -> list[int] | None:
    """An order of these sorted deltas in which the texts choose as `choice` says, if they do."""
    J, K, both = (
        np.log((below[:, None] + grid * V) / (above[:, None] + grid)).mean(axis=0)
        for above, below in (held_out, test, np.concatenate([held_out, test], axis=1))
    )
    best, worst = np.argmin(J), np.argmax(J)
    if small:
        fits = 1 <= best <= 2 and worst == 6 and not {np.argmin(K), np.argmin(both)} & {0, 3, 6}
    else:
        fits = 4 <= best <= 5 and worst == 0
    for _ in range(ORDERS if fits else 0):
        order = chosen_apart(rng, J, K, both)
        # The first and the last are to be told from the smallest, the middle one and the largest.
        if order and order[0 if small else -1] not in (0, 3, 6):
            return order
    return None


TUNE_DELTA = Problem(
    name="tune_delta",
    reference=tune_delta,
    outputs=(Output("delta"), Output("perplexity")),
    cases=(
        Case("seven deltas, bigrams", choice(2, small=True), weight=2),
        Case("other texts and other deltas", choice(2, small=False)),
    ),
    source="Deck 2, N-gram, problem 1",
    uses=("ngram_perplexity", "add_delta", "ngrams"),
)


@TUNE_DELTA.mistake(
    "delta is tuned on the held-out text, but the lowest test perplexity of all is reported",
    hint="Once delta is chosen there is one model. How does *that* one do?",
)
def lowest_reported(deltas, n, counts, vocabulary, held_out, test):
    best = min(deltas, key=lambda d: ngram_perplexity(held_out, n, counts, vocabulary, d))
    return best, min(ngram_perplexity(test, n, counts, vocabulary, d) for d in deltas)


@TUNE_DELTA.mistake(
    "the test perplexity is that of the last delta tried",
    hint="After the loop a variable still holds what the last round put there.",
)
def last_measured(deltas, n, counts, vocabulary, held_out, test):
    best = min(deltas, key=lambda d: ngram_perplexity(held_out, n, counts, vocabulary, d))
    return best, ngram_perplexity(test, n, counts, vocabulary, deltas[-1])


@TUNE_DELTA.mistake(
    "delta is tuned on the test text",
    hint="The test text says how good the finished model is. Which text may choose?",
)
def tuned_on_test(deltas, n, counts, vocabulary, held_out, test):
    perplexities = [ngram_perplexity(test, n, counts, vocabulary, delta) for delta in deltas]
    return deltas[int(np.argmin(perplexities))], min(perplexities)


@TUNE_DELTA.mistake(
    "delta is tuned on the held-out and the test text together",
    hint="The test text says how good the finished model is. Which text may choose?",
)
def tuned_on_both(deltas, n, counts, vocabulary, held_out, test):
    both = [*held_out, *test]
    best = min(deltas, key=lambda d: ngram_perplexity(both, n, counts, vocabulary, d))
    return best, ngram_perplexity(test, n, counts, vocabulary, best)


@TUNE_DELTA.mistake(
    "the held-out perplexity is reported",
    hint="The held-out text has chosen, so it flatters the model. Which text has not been used?",
)
def held_out_reported(deltas, n, counts, vocabulary, held_out, test):
    perplexities = [ngram_perplexity(held_out, n, counts, vocabulary, delta) for delta in deltas]
    return deltas[int(np.argmin(perplexities))], min(perplexities)


@TUNE_DELTA.mistake(
    "the two texts have changed roles: delta from the test text, the perplexity of the held-out",
    hint="The test text says how good the finished model is. Which text may choose?",
)
def exchanged(deltas, n, counts, vocabulary, held_out, test):
    best = min(deltas, key=lambda d: ngram_perplexity(test, n, counts, vocabulary, d))
    return best, ngram_perplexity(held_out, n, counts, vocabulary, best)


@TUNE_DELTA.mistake(
    "the delta with the *highest* perplexity is taken",
    hint="Lower perplexity is better, says deck 1.",
)
def worst_taken(deltas, n, counts, vocabulary, held_out, test):
    worst = max(deltas, key=lambda d: ngram_perplexity(held_out, n, counts, vocabulary, d))
    return worst, ngram_perplexity(test, n, counts, vocabulary, worst)


@TUNE_DELTA.mistake(
    "the place of the best delta is returned, not delta",
    hint="Which delta was best: its number in the list, or its value?",
)
def place_returned(deltas, n, counts, vocabulary, held_out, test):
    best = int(
        np.argmin([ngram_perplexity(held_out, n, counts, vocabulary, delta) for delta in deltas])
    )
    return best, ngram_perplexity(test, n, counts, vocabulary, deltas[best])


@TUNE_DELTA.mistake(
    "the last delta is kept, whether it is the best or not",
    hint="What do you compare with what, before you keep a delta?",
)
def last_kept(deltas, n, counts, vocabulary, held_out, test):
    return deltas[-1], ngram_perplexity(test, n, counts, vocabulary, deltas[-1])


@TUNE_DELTA.mistake(
    "the largest delta is taken, whatever the texts are",
    hint="Which delta is best depends on the text. Which text is there for you to ask?",
)
def largest_taken(deltas, n, counts, vocabulary, held_out, test):
    delta = max(deltas)
    return delta, ngram_perplexity(test, n, counts, vocabulary, delta)


@TUNE_DELTA.mistake(
    "the smallest delta is taken, whatever the texts are",
    hint="Which delta is best depends on the text. Which text is there for you to ask?",
)
def smallest_taken(deltas, n, counts, vocabulary, held_out, test):
    delta = min(deltas)
    return delta, ngram_perplexity(test, n, counts, vocabulary, delta)


@TUNE_DELTA.mistake(
    "the delta in the middle is taken, whatever the texts are",
    hint="Which delta is best depends on the text. Which text is there for you to ask?",
)
def middle_taken(deltas, n, counts, vocabulary, held_out, test):
    delta = sorted(deltas)[len(deltas) // 2]
    return delta, ngram_perplexity(test, n, counts, vocabulary, delta)


@TUNE_DELTA.mistake(
    "the two values are returned in the wrong order",
    hint="First delta, then the perplexity: see the docstring.",
)
def wrong_order(deltas, n, counts, vocabulary, held_out, test):
    best = min(deltas, key=lambda d: ngram_perplexity(held_out, n, counts, vocabulary, d))
    return ngram_perplexity(test, n, counts, vocabulary, best), best


@TUNE_DELTA.mistake(
    "the deltas are sorted in place",
    hint="sort changes the list of whoever called you.",
)
def deltas_sorted(deltas, n, counts, vocabulary, held_out, test):
    deltas.sort()
    best = min(deltas, key=lambda d: ngram_perplexity(held_out, n, counts, vocabulary, d))
    return best, ngram_perplexity(test, n, counts, vocabulary, best)


@TUNE_DELTA.mistake(
    "the first delta is taken, whatever the texts are",
    hint="Which text is asked, and what does it say about each delta?",
)
def first_taken(deltas, n, counts, vocabulary, held_out, test):
    return deltas[0], ngram_perplexity(test, n, counts, vocabulary, deltas[0])
