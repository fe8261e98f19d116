"""Choosing the weights of an interpolation without looking at the test text."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.problem import Case, Draw, Output, Problem
from autograder.problems.draws import Rng
from autograder.problems.ngram.texts import (
    Sentence,
    chosen_apart,
    some_sentences,
    some_text,
    tables_of,
)
from lmkit.by_hand.ngram import Counts, interpolate, mle, ngrams, tune_weights
from lmkit.by_hand.types import Array

CANDIDATES = 30
"""Choices of weights that are tried with the same texts, before other texts are drawn."""


def choice(n: int, candidates: int) -> Draw:
    """Texts for which the held-out text, the test text, and both together choose differently."""

    def draw(rng: Rng) -> tuple[Any, ...]:
        while True:
            text = some_text(rng, words=9, count=20)
            words = sorted({w for sentence in text.sentences for w in sentence})
            tables = tables_of(text, n)
            held_out = some_sentences(rng, words, 3) + text.sentences[::5]
            test = some_sentences(rng, words, 5)
            seen = [_seen(tables, text.vocabulary, some) for some in (held_out, test)]
            for _ in range(CANDIDATES):
                weights = rng.dirichlet(np.full(n + 1, 1.5), size=candidates)
                texts = (*seen, np.concatenate(seen, axis=1))
                order = chosen_apart(rng, *(_cross_entropies(weights, some) for some in texts))
                if order:
                    return list(weights[order]), tables, text.vocabulary, held_out, test

    return draw


def _seen(tables: list[Counts], vocabulary: list[str], sentences: list[Sentence]) -> Array:
    """Of each token of a text, under each table, its probability and if the context was counted:
    (2, tokens, tables + 1), the first of them a uniform distribution.
    """
    known: dict[tuple[int, tuple[str, ...]], dict[str, float]] = {}
    rows, seen = [], []
    for sentence in sentences:
        for *context, w in ngrams(sentence, len(tables)):
            P = []
            for k, table in enumerate(tables):
                h = tuple(context[len(context) - k :])
                if (k, h) not in known:
                    known[k, h] = mle(h, table, vocabulary)
                P.append(known[k, h])
            rows.append([1 / len(vocabulary), *(p[w] for p in P)])
            seen.append([1.0, *(float(any(p.values())) for p in P)])
    return np.array([rows, seen])


def _cross_entropies(weights: Array, seen: Array) -> Array:
    """Of a text under every row of weights; the lowest has the lowest perplexity."""
    above, below = seen @ weights.T
    J: Array = -np.log(above / below).mean(axis=0)
    return J


TUNE_WEIGHTS = Problem(
    name="tune_weights",
    reference=tune_weights,
    outputs=(Output("weights"), Output("perplexity")),
    cases=(
        Case("seven choices of weights, trigrams", choice(3, 7), weight=2),
        Case("six choices of weights, bigrams", choice(2, 6)),
    ),
    source="Deck 2, N-gram, problems 1 and 2",
    uses=("interpolate", "ngrams"),
)


@TUNE_WEIGHTS.mistake(
    "the weights are tuned on the held-out text, but the lowest test perplexity of all is reported",
    hint="Once the weights are chosen there is one model. How does *that* one do?",
)
def lowest_reported(candidates, tables, vocabulary, held_out, test):
    def measure(sentences, w):
        pairs = [(g[:-1], g[-1]) for s in sentences for g in ngrams(s, len(tables))]
        return np.exp(
            -np.mean([np.log(interpolate(h, tables, vocabulary, w)[x]) for h, x in pairs])
        )

    J = [measure(held_out, w) for w in candidates]
    K = [measure(test, w) for w in candidates]
    return candidates[int(np.argmin(J))], min(K)


@TUNE_WEIGHTS.mistake(
    "the test perplexity is that of the last weights tried",
    hint="After the loop a variable still holds what the last round put there.",
)
def last_measured(candidates, tables, vocabulary, held_out, test):
    def measure(sentences, w):
        pairs = [(g[:-1], g[-1]) for s in sentences for g in ngrams(s, len(tables))]
        return np.exp(
            -np.mean([np.log(interpolate(h, tables, vocabulary, w)[x]) for h, x in pairs])
        )

    J = [measure(held_out, w) for w in candidates]
    K = [measure(test, w) for w in candidates]
    return candidates[int(np.argmin(J))], K[-1]


@TUNE_WEIGHTS.mistake(
    "the weights are tuned on the test text",
    hint="The test text says how good the finished model is. Which text may choose?",
)
def tuned_on_test(candidates, tables, vocabulary, held_out, test):
    def measure(sentences, w):
        pairs = [(g[:-1], g[-1]) for s in sentences for g in ngrams(s, len(tables))]
        return np.exp(
            -np.mean([np.log(interpolate(h, tables, vocabulary, w)[x]) for h, x in pairs])
        )

    K = [measure(test, w) for w in candidates]
    return candidates[int(np.argmin(K))], min(K)


@TUNE_WEIGHTS.mistake(
    "the weights are tuned on the held-out and the test text together",
    hint="The test text says how good the finished model is. Which text may choose?",
)
def tuned_on_both(candidates, tables, vocabulary, held_out, test):
    def measure(sentences, w):
        pairs = [(g[:-1], g[-1]) for s in sentences for g in ngrams(s, len(tables))]
        return np.exp(
            -np.mean([np.log(interpolate(h, tables, vocabulary, w)[x]) for h, x in pairs])
        )

    both = [*held_out, *test]
    J = [measure(both, w) for w in candidates]
    best = candidates[int(np.argmin(J))]
    return best, measure(test, best)


@TUNE_WEIGHTS.mistake(
    "the held-out perplexity is reported",
    hint="The held-out text has chosen, so it flatters the model. Which text has not been used?",
)
def held_out_reported(candidates, tables, vocabulary, held_out, test):
    def measure(sentences, w):
        pairs = [(g[:-1], g[-1]) for s in sentences for g in ngrams(s, len(tables))]
        return np.exp(
            -np.mean([np.log(interpolate(h, tables, vocabulary, w)[x]) for h, x in pairs])
        )

    J = [measure(held_out, w) for w in candidates]
    return candidates[int(np.argmin(J))], min(J)


@TUNE_WEIGHTS.mistake(
    "the two texts have changed roles: weights from the test text, perplexity of the held-out",
    hint="The test text says how good the finished model is. Which text may choose?",
)
def exchanged(candidates, tables, vocabulary, held_out, test):
    def measure(sentences, w):
        pairs = [(g[:-1], g[-1]) for s in sentences for g in ngrams(s, len(tables))]
        return np.exp(
            -np.mean([np.log(interpolate(h, tables, vocabulary, w)[x]) for h, x in pairs])
        )

    J = [measure(held_out, w) for w in candidates]
    K = [measure(test, w) for w in candidates]
    return candidates[int(np.argmin(K))], J[int(np.argmin(K))]


@TUNE_WEIGHTS.mistake(
    "the weights with the *highest* perplexity are taken",
    hint="Lower perplexity is better, says deck 1.",
)
def worst_taken(candidates, tables, vocabulary, held_out, test):
    def measure(sentences, w):
        pairs = [(g[:-1], g[-1]) for s in sentences for g in ngrams(s, len(tables))]
        return np.exp(
            -np.mean([np.log(interpolate(h, tables, vocabulary, w)[x]) for h, x in pairs])
        )

    J = [measure(held_out, w) for w in candidates]
    K = [measure(test, w) for w in candidates]
    return candidates[int(np.argmax(J))], K[int(np.argmax(J))]


@TUNE_WEIGHTS.mistake(
    "the place of the best weights is returned, not the weights",
    hint="Which weights were best: their number in the list, or themselves?",
)
def place_returned(candidates, tables, vocabulary, held_out, test):
    def measure(sentences, w):
        pairs = [(g[:-1], g[-1]) for s in sentences for g in ngrams(s, len(tables))]
        return np.exp(
            -np.mean([np.log(interpolate(h, tables, vocabulary, w)[x]) for h, x in pairs])
        )

    J = [measure(held_out, w) for w in candidates]
    K = [measure(test, w) for w in candidates]
    return int(np.argmin(J)), K[int(np.argmin(J))]


@TUNE_WEIGHTS.mistake(
    "the last weights are kept, whether they are the best or not",
    hint="What do you compare with what, before you keep any?",
)
def last_kept(candidates, tables, vocabulary, held_out, test):
    def measure(sentences, w):
        pairs = [(g[:-1], g[-1]) for s in sentences for g in ngrams(s, len(tables))]
        return np.exp(
            -np.mean([np.log(interpolate(h, tables, vocabulary, w)[x]) for h, x in pairs])
        )

    return candidates[-1], measure(test, candidates[-1])


@TUNE_WEIGHTS.mistake(
    "the two values are returned in the wrong order",
    hint="First the weights, then the perplexity: see the docstring.",
)
def wrong_order(candidates, tables, vocabulary, held_out, test):
    def measure(sentences, w):
        pairs = [(g[:-1], g[-1]) for s in sentences for g in ngrams(s, len(tables))]
        return np.exp(
            -np.mean([np.log(interpolate(h, tables, vocabulary, w)[x]) for h, x in pairs])
        )

    J = [measure(held_out, w) for w in candidates]
    K = [measure(test, w) for w in candidates]
    return K[int(np.argmin(J))], candidates[int(np.argmin(J))]


@TUNE_WEIGHTS.mistake(
    "the cross entropy of the test text is returned, not its perplexity",
    hint="One step is missing between J and the perplexity: the last one in deck 1's equation.",
)
def cross_entropy(candidates, tables, vocabulary, held_out, test):
    def measure(sentences, w):
        pairs = [(g[:-1], g[-1]) for s in sentences for g in ngrams(s, len(tables))]
        return np.exp(
            -np.mean([np.log(interpolate(h, tables, vocabulary, w)[x]) for h, x in pairs])
        )

    J = [measure(held_out, w) for w in candidates]
    K = [measure(test, w) for w in candidates]
    return candidates[int(np.argmin(J))], np.log(K[int(np.argmin(J))])


@TUNE_WEIGHTS.mistake(
    "the mean of the sentences' perplexities is taken",
    hint="Deck 1 has one T: all the words of the corpus. Average first, exponentiate once.",
)
def sentence_by_sentence(candidates, tables, vocabulary, held_out, test):
    def measure(sentences, w):
        pairs = [(g[:-1], g[-1]) for s in sentences for g in ngrams(s, len(tables))]
        return np.exp(
            -np.mean([np.log(interpolate(h, tables, vocabulary, w)[x]) for h, x in pairs])
        )

    def mean(sentences, w):
        return np.mean([measure([s], w) for s in sentences])

    best = candidates[int(np.argmin([mean(held_out, w) for w in candidates]))]
    return best, mean(test, best)


@TUNE_WEIGHTS.mistake(
    "the chosen weights are changed in place: divided by the largest of them",
    hint="They sum to one already. And they belong to whoever called you.",
)
def weights_rescaled(candidates, tables, vocabulary, held_out, test):
    def measure(sentences, w):
        pairs = [(g[:-1], g[-1]) for s in sentences for g in ngrams(s, len(tables))]
        return np.exp(
            -np.mean([np.log(interpolate(h, tables, vocabulary, w)[x]) for h, x in pairs])
        )

    J = [measure(held_out, w) for w in candidates]
    best = candidates[int(np.argmin(J))]
    best /= best.max()
    return best, measure(test, best)


@TUNE_WEIGHTS.mistake(
    "</s> is not scored",
    hint="The end of a sentence is predicted like a word, as in exercise 7.",
)
def end_not_scored(candidates, tables, vocabulary, held_out, test):
    def perplexity(sentences, weights):
        log_p = [
            np.log(interpolate(ngram[:-1], tables, vocabulary, weights)[ngram[-1]])
            for sentence in sentences
            for ngram in ngrams(sentence, len(tables))[:-1]
        ]
        return np.exp(-np.mean(log_p))

    best = candidates[int(np.argmin([perplexity(held_out, w) for w in candidates]))]
    return best, perplexity(test, best)


@TUNE_WEIGHTS.mistake(
    "</s> is scored, but missing from the number of tokens",
    hint="Exercise 7 has a table of results that look reasonable. Which one is this?",
)
def end_not_counted(candidates, tables, vocabulary, held_out, test):
    def perplexity(sentences, weights):
        log_p = [
            np.log(interpolate(ngram[:-1], tables, vocabulary, weights)[ngram[-1]])
            for sentence in sentences
            for ngram in ngrams(sentence, len(tables))
        ]
        return np.exp(-sum(log_p) / sum(map(len, sentences)))

    best = candidates[int(np.argmin([perplexity(held_out, w) for w in candidates]))]
    return best, perplexity(test, best)


@TUNE_WEIGHTS.mistake(
    "the first weights are taken, whatever the texts are",
    hint="Which text is asked, and what does it say about each choice?",
)
def first_taken(candidates, tables, vocabulary, held_out, test):
    log_p = [
        np.log(interpolate(ngram[:-1], tables, vocabulary, candidates[0])[ngram[-1]])
        for sentence in test
        for ngram in ngrams(sentence, len(tables))
    ]
    return candidates[0], np.exp(-np.mean(log_p))
