"""Deck 2's backoff: a context that never came gives way to a shorter one."""

from __future__ import annotations

from typing import Any

from autograder.problem import Case, Output, Problem
from autograder.problems.draws import Rng
from autograder.problems.ngram.contexts import (
    draw_nothing_seen,
    draw_seen,
    draw_seen_later,
    draw_unigrams,
    draw_word_seen,
)
from lmkit.by_hand.ngram import backoff, mle


def draw_start(rng: Rng) -> tuple[Any, ...]:
    """The context is one that came, and it is a start."""
    _, tables, vocabulary = draw_seen(rng)
    return ("<s>", "<s>"), tables, vocabulary


BACKOFF = Problem(
    name="backoff",
    reference=backoff,
    outputs=(Output("P"),),
    cases=(
        Case("a context that came", draw_seen),
        Case("a context of three words, only the last of which came", draw_word_seen, weight=2),
        Case("a context of three words, the last two of which came", draw_seen_later, weight=2),
        Case("a context of which no word came", draw_nothing_seen),
        Case("unigrams: the context is ()", draw_unigrams, weight=0.5),
        Case("the start of a sentence", draw_start, weight=0.5),
    ),
    source="Deck 2, N-gram, problem 2",
    uses=("mle",),
)


@BACKOFF.mistake(
    "the word next to w is dropped from the context, not the farthest",
    hint='Deck 2 takes "opened their" in the place of "students opened their". Which word went?',
)
def nearest_dropped(context, tables, vocabulary):
    while context and not any(mle(context, tables[len(context)], vocabulary).values()):
        context = context[:-1]
    return mle(context, tables[len(context)], vocabulary)


@BACKOFF.mistake(
    "a context that never came keeps its zeros: nothing is done, or the shorter context is looked "
    "up in the table of the longer one",
    hint="Problem 2 of deck 2: the denominator is 0. Which n-gram is taken instead, and in which "
    "table is it?",
)
def no_backoff(context, tables, vocabulary):
    return mle(context, tables[len(context)], vocabulary)


@BACKOFF.mistake(
    "the backoff goes straight to unigrams",
    hint='Deck 2 takes "opened their" next: one word less, not none.',
)
def straight_to_unigrams(context, tables, vocabulary):
    p = mle(context, tables[len(context)], vocabulary)
    return p if any(p.values()) else mle((), tables[0], vocabulary)


@BACKOFF.mistake(
    "the context is shortened once and not again",
    hint="The shorter context may never have come either. How long do you go on?",
)
def once(context, tables, vocabulary):
    p = mle(context, tables[len(context)], vocabulary)
    if any(p.values()) or not context:
        return p
    return mle(context[1:], tables[len(context) - 1], vocabulary)


@BACKOFF.mistake(
    "the backoff ends at one word: unigrams are never asked",
    hint="The shortest context is the empty one. It always came.",
)
def never_unigrams(context, tables, vocabulary):
    while len(context) > 1 and not any(mle(context, tables[len(context)], vocabulary).values()):
        context = context[1:]
    return mle(context, tables[len(context)], vocabulary)


@BACKOFF.mistake(
    "the last table is taken for every context",
    hint="A context of one word belongs to the bigrams. Which table is that?",
)
def last_table(context, tables, vocabulary):
    while context and not any(mle(context, tables[-1], vocabulary).values()):
        context = context[1:]
    return mle(context, tables[-1], vocabulary)


@BACKOFF.mistake(
    "every single word backs off when it never came after the context, so that the sum is above 1 "
    "(stupid backoff without alpha)",
    hint="Here the *context* is asked: if it came, its distribution stands, zeros and all.",
    convention=True,
)
def word_by_word(context, tables, vocabulary):
    p = mle((), tables[0], vocabulary)
    for k in range(1, len(context) + 1):
        longer = mle(context[len(context) - k :], tables[k], vocabulary)
        p = {w: longer[w] or p[w] for w in vocabulary}
    return p


@BACKOFF.mistake(
    "a factor of 0.4 is taken at each step back",
    hint="That is stupid backoff, and comes next. Do your probabilities still sum to one?",
)
def with_alpha(context, tables, vocabulary):
    factor = 1.0
    while context and not any(mle(context, tables[len(context)], vocabulary).values()):
        context, factor = context[1:], 0.4 * factor
    return {w: factor * p for w, p in mle(context, tables[len(context)], vocabulary).items()}


@BACKOFF.mistake(
    "the shortest context is taken, though a longer one came",
    hint="The longest context that came says most. At which end do you begin?",
)
def shortest_first(context, tables, vocabulary):
    return mle((), tables[0], vocabulary)


@BACKOFF.mistake(
    "one word is dropped from the context even if it came",
    hint="If the whole context came, there is nothing to back off from.",
)
def always_shorter(context, tables, vocabulary):
    context = context[1:]
    while context and not any(mle(context, tables[len(context)], vocabulary).values()):
        context = context[1:]
    return mle(context, tables[len(context)], vocabulary)


@BACKOFF.mistake(
    "a context that never came gives the uniform distribution",
    hint="A shorter context knows more than nothing. Which one is next?",
)
def uniform_instead(context, tables, vocabulary):
    p = mle(context, tables[len(context)], vocabulary)
    return p if any(p.values()) else dict.fromkeys(vocabulary, 1 / len(vocabulary))


@BACKOFF.mistake(
    "a context counts as one that came if it is an n-gram of the shorter order, which <s> <s> "
    "never is",
    hint="What stands at the start of a sentence is a context all the same. Which sum tells "
    "whether something came after it?",
)
def looked_up_as_ngram(context, tables, vocabulary):
    while context and context not in tables[len(context) - 1]:
        context = context[1:]
    return mle(context, tables[len(context)], vocabulary)
