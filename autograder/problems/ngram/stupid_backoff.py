"""Stupid backoff: word by word, with alpha, and scores that do not sum to one."""

from __future__ import annotations

from typing import Any

from autograder.problem import Case, Draw, Output, Problem
from autograder.problems.draws import Rng
from autograder.problems.ngram.contexts import (
    draw_nothing_seen,
    draw_seen,
    draw_seen_later,
    draw_unigrams,
    draw_word_seen,
)
from lmkit.by_hand.ngram import mle, stupid_backoff


def with_alpha(draw: Draw) -> Draw:
    """The same contexts, and alpha."""

    def drawn(rng: Rng) -> tuple[Any, ...]:
        return *draw(rng), float(rng.uniform(0.2, 0.7))

    return drawn


def draw_rare(rng: Rng) -> tuple[Any, ...]:
    """After this context one of the words came less often than its score would be a step back."""
    while True:
        context, tables, vocabulary = draw_seen(rng)
        alpha = float(rng.uniform(0.5, 0.8))
        p = mle(context, tables[2], vocabulary)
        shorter = stupid_backoff(context[1:], tables, vocabulary, alpha)
        if any(0 < p[w] < 0.95 * alpha * shorter[w] for w in vocabulary):
            return context, tables, vocabulary, alpha


STUPID_BACKOFF = Problem(
    name="stupid_backoff",
    reference=stupid_backoff,
    outputs=(Output("score"),),
    cases=(
        Case("a context that came, though not before every word", draw_rare, weight=2),
        Case("a context of three words, only the last of which came", with_alpha(draw_word_seen)),
        Case("a context of three words, the last two of which came", with_alpha(draw_seen_later)),
        Case("a context of which no word came", with_alpha(draw_nothing_seen)),
        Case("unigrams: the context is ()", with_alpha(draw_unigrams), weight=0.5),
    ),
    source="Deck 2, N-gram, problem 2",
    uses=("mle",),
)


@STUPID_BACKOFF.mistake(
    "alpha is left out",
    hint="Each step back costs something. What does the score of the shorter context get?",
)
def no_alpha(context, tables, vocabulary, alpha):
    scores = mle((), tables[0], vocabulary)
    for k in range(1, len(context) + 1):
        p = mle(context[len(context) - k :], tables[k], vocabulary)
        scores = {w: p[w] or scores[w] for w in vocabulary}
    return scores


@STUPID_BACKOFF.mistake(
    "alpha is multiplied once, however many steps back there are",
    hint="Two steps back cost twice. What is multiplied at each of them?",
)
def alpha_once(context, tables, vocabulary, alpha):
    scores = {}
    for w in vocabulary:
        for k in range(len(context), -1, -1):
            score = mle(context[len(context) - k :], tables[k], vocabulary)[w]
            if score > 0:
                break
        scores[w] = score if k == len(context) else alpha * score
    return scores


@STUPID_BACKOFF.mistake(
    "only a context that never came backs off, with alpha; a word that never came after it stays 0",
    hint="Problem 1 of deck 2 is a zero above the line: here each *word* backs off by itself.",
)
def whole_context(context, tables, vocabulary, alpha):
    factor = 1.0
    while context and not any(mle(context, tables[len(context)], vocabulary).values()):
        context, factor = context[1:], alpha * factor
    return {w: factor * p for w, p in mle(context, tables[len(context)], vocabulary).items()}


@STUPID_BACKOFF.mistake(
    "only a context that never came backs off, without alpha",
    hint="That is the exercise before. Here each *word* backs off by itself.",
)
def deck_backoff(context, tables, vocabulary, alpha):
    while context and not any(mle(context, tables[len(context)], vocabulary).values()):
        context = context[1:]
    return mle(context, tables[len(context)], vocabulary)


@STUPID_BACKOFF.mistake(
    "nothing backs off",
    hint="What score does a word get that never came after the context?",
)
def no_backoff(context, tables, vocabulary, alpha):
    return mle(context, tables[len(context)], vocabulary)


@STUPID_BACKOFF.mistake(
    "the shorter context's score is added to words that came, too",
    hint="A word that came after the context keeps its count's share, and nothing is added.",
)
def added(context, tables, vocabulary, alpha):
    scores = mle((), tables[0], vocabulary)
    for k in range(1, len(context) + 1):
        p = mle(context[len(context) - k :], tables[k], vocabulary)
        scores = {w: p[w] + alpha * scores[w] for w in vocabulary}
    return scores


@STUPID_BACKOFF.mistake(
    "words that came get 1 - alpha of their probability",
    hint="A word that came after the context keeps its count's share, all of it.",
)
def seen_lowered(context, tables, vocabulary, alpha):
    scores = mle((), tables[0], vocabulary)
    for k in range(1, len(context) + 1):
        p = mle(context[len(context) - k :], tables[k], vocabulary)
        scores = {w: (1 - alpha) * p[w] or alpha * scores[w] for w in vocabulary}
    return scores


@STUPID_BACKOFF.mistake(
    "1 - alpha is multiplied, not alpha",
    hint="Alpha is the price of a step back: what is it multiplied with?",
)
def one_minus_alpha(context, tables, vocabulary, alpha):
    scores = mle((), tables[0], vocabulary)
    for k in range(1, len(context) + 1):
        p = mle(context[len(context) - k :], tables[k], vocabulary)
        scores = {w: p[w] or (1 - alpha) * scores[w] for w in vocabulary}
    return scores


@STUPID_BACKOFF.mistake(
    "alpha is multiplied to unigrams even when the context is empty",
    hint="From the empty context there is no step back. What does it cost?",
)
def alpha_too_often(context, tables, vocabulary, alpha):
    scores = {w: alpha * p for w, p in mle((), tables[0], vocabulary).items()}
    for k in range(1, len(context) + 1):
        p = mle(context[len(context) - k :], tables[k], vocabulary)
        scores = {w: p[w] or alpha * scores[w] for w in vocabulary}
    return scores


@STUPID_BACKOFF.mistake(
    "alpha costs nothing when the whole context never came",
    hint="A step back costs alpha, whatever the reason for it.",
)
def free_if_unseen(context, tables, vocabulary, alpha):
    scores = mle((), tables[0], vocabulary)
    for k in range(1, len(context) + 1):
        p = mle(context[len(context) - k :], tables[k], vocabulary)
        if any(p.values()):
            scores = {w: p[w] or alpha * scores[w] for w in vocabulary}
    return scores


@STUPID_BACKOFF.mistake(
    "the scores are divided by their sum",
    hint="It is called stupid because they do not sum to one. Leave them as they are.",
)
def normalised(context, tables, vocabulary, alpha):
    scores = mle((), tables[0], vocabulary)
    for k in range(1, len(context) + 1):
        p = mle(context[len(context) - k :], tables[k], vocabulary)
        scores = {w: p[w] or alpha * scores[w] for w in vocabulary}
    return {w: score / sum(scores.values()) for w, score in scores.items()}


@STUPID_BACKOFF.mistake(
    "the word next to w is dropped from the context, not the farthest",
    hint='Deck 2 takes "opened their" in the place of "students opened their". Which word went?',
)
def nearest_dropped(context, tables, vocabulary, alpha):
    scores = mle((), tables[0], vocabulary)
    for k in range(1, len(context) + 1):
        p = mle(context[:k], tables[k], vocabulary)
        scores = {w: p[w] or alpha * scores[w] for w in vocabulary}
    return scores


@STUPID_BACKOFF.mistake(
    "a step back leads straight to unigrams",
    hint='Deck 2 takes "opened their" next: one word less, not none.',
)
def straight_to_unigrams(context, tables, vocabulary, alpha):
    p, unigrams = mle(context, tables[len(context)], vocabulary), mle((), tables[0], vocabulary)
    return {w: p[w] or (alpha if context else 1) * unigrams[w] for w in vocabulary}


@STUPID_BACKOFF.mistake(
    "a word backs off once and not again",
    hint="The shorter context may not know the word either. How long do you go on?",
)
def once(context, tables, vocabulary, alpha):
    p = mle(context, tables[len(context)], vocabulary)
    if not context:
        return p
    shorter = mle(context[1:], tables[len(context) - 1], vocabulary)
    return {w: p[w] or alpha * shorter[w] for w in vocabulary}


@STUPID_BACKOFF.mistake(
    "alpha is taken to be 0.4, whatever the argument says",
    hint="0.4 is what its inventors took. What does the last argument say?",
)
def always_two_fifths(context, tables, vocabulary, alpha):
    scores = mle((), tables[0], vocabulary)
    for k in range(1, len(context) + 1):
        p = mle(context[len(context) - k :], tables[k], vocabulary)
        scores = {w: p[w] if p[w] > 0 else 0.4 * scores[w] for w in vocabulary}
    return scores


@STUPID_BACKOFF.mistake(
    "the larger of the two is taken: a word that came gets the shorter context's score if that is "
    "higher",
    hint="The two cases are told apart by one question. Is it which number is larger?",
)
def larger_taken(context, tables, vocabulary, alpha):
    scores = mle((), tables[0], vocabulary)
    for k in range(1, len(context) + 1):
        p = mle(context[len(context) - k :], tables[k], vocabulary)
        scores = {w: max(p[w], alpha * scores[w]) for w in vocabulary}
    return scores
