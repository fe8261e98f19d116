"""All orders at once, with weights that sum to one."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.problem import Case, Draw, Output, Problem
from autograder.problems.draws import Rng
from autograder.problems.ngram.contexts import (
    draw_nothing_seen,
    draw_seen,
    draw_seen_later,
    draw_unigrams,
    draw_word_seen,
)
from lmkit.by_hand.ngram import interpolate, mle


def with_weights(draw: Draw) -> Draw:
    """The same contexts, and a weight for each order and for 1 / V; they sum to one."""

    def drawn(rng: Rng) -> tuple[Any, ...]:
        context, tables, vocabulary = draw(rng)
        weights = rng.dirichlet(np.full(len(context) + 2, 4.0))
        return context, tables, vocabulary, weights

    return drawn


INTERPOLATE = Problem(
    name="interpolate",
    reference=interpolate,
    outputs=(Output("P"),),
    cases=(
        Case("a context that came", with_weights(draw_seen), weight=2),
        Case("a context of three words, only the last of which came", with_weights(draw_word_seen)),
        Case("a context of three words, the last two of which came", with_weights(draw_seen_later)),
        Case("a context of which no word came", with_weights(draw_nothing_seen)),
        Case("unigrams: the context is ()", with_weights(draw_unigrams), weight=0.5),
    ),
    source="Deck 2, N-gram, problems 1 and 2",
    uses=("mle",),
)


@INTERPOLATE.mistake(
    "the weight of a context that never came is lost, so that the sum is below 1",
    hint="An order that has nothing to say hands out nothing of its weight. Who gets it?",
)
def mass_lost(context, tables, vocabulary, weights):
    mixed = {w: weights[0] / len(vocabulary) for w in vocabulary}
    for k in range(1, len(context) + 2):
        p = mle(context[len(context) - k + 1 :], tables[k - 1], vocabulary)
        mixed = {w: mixed[w] + weights[k] * p[w] for w in vocabulary}
    return mixed


@INTERPOLATE.mistake(
    "the weight of a context that never came goes to the next shorter one, as in Jelinek and "
    "Mercer's recursion",
    hint="Here it is shared by all that are left: each weight is divided by the sum of these.",
    convention=True,
)
def to_the_next_shorter(context, tables, vocabulary, weights):
    left = list(weights)
    for k in range(len(context) + 1, 0, -1):
        p = mle(context[len(context) - k + 1 :], tables[k - 1], vocabulary)
        if not any(p.values()):
            left[k - 1], left[k] = left[k - 1] + left[k], 0.0
    mixed = {w: left[0] / len(vocabulary) for w in vocabulary}
    for k in range(1, len(context) + 2):
        p = mle(context[len(context) - k + 1 :], tables[k - 1], vocabulary)
        mixed = {w: mixed[w] + left[k] * p[w] for w in vocabulary}
    return mixed


@INTERPOLATE.mistake(
    "the weight of a context that never came goes to the uniform distribution",
    hint="It is shared by all that are left: each weight is divided by the sum of these.",
)
def to_the_uniform(context, tables, vocabulary, weights):
    mixed, used = dict.fromkeys(vocabulary, 0.0), 0.0
    for k in range(1, len(context) + 2):
        p = mle(context[len(context) - k + 1 :], tables[k - 1], vocabulary)
        if any(p.values()):
            mixed = {w: mixed[w] + weights[k] * p[w] for w in vocabulary}
            used += weights[k]
    return {w: mixed[w] + (1 - used) / len(vocabulary) for w in vocabulary}


@INTERPOLATE.mistake(
    "the weights stand in the opposite order: weights[0] is taken for the longest context",
    hint="The first weight belongs to the uniform distribution, the second to unigrams.",
)
def weights_reversed(context, tables, vocabulary, weights):
    turned = weights[::-1]
    mixed, used = {w: turned[0] / len(vocabulary) for w in vocabulary}, turned[0]
    for k in range(1, len(context) + 2):
        p = mle(context[len(context) - k + 1 :], tables[k - 1], vocabulary)
        if any(p.values()):
            mixed = {w: mixed[w] + turned[k] * p[w] for w in vocabulary}
            used += turned[k]
    return {w: mixed[w] / used for w in vocabulary}


@INTERPOLATE.mistake(
    "weights[0] is taken for unigrams, and the uniform distribution is left out",
    hint="weights has one entry more than there are orders. What is the first one for?",
)
def weights_off_by_one(context, tables, vocabulary, weights):
    mixed, used = dict.fromkeys(vocabulary, 0.0), 0.0
    for k in range(1, len(context) + 2):
        p = mle(context[len(context) - k + 1 :], tables[k - 1], vocabulary)
        if any(p.values()):
            mixed = {w: mixed[w] + weights[k - 1] * p[w] for w in vocabulary}
            used += weights[k - 1]
    return {w: mixed[w] / used for w in vocabulary}


@INTERPOLATE.mistake(
    "the uniform distribution is left out and its weight shared by the others",
    hint="Without it a word that never came gets 0 again. What is the first weight for?",
)
def no_uniform(context, tables, vocabulary, weights):
    mixed, used = dict.fromkeys(vocabulary, 0.0), 0.0
    for k in range(1, len(context) + 2):
        p = mle(context[len(context) - k + 1 :], tables[k - 1], vocabulary)
        if any(p.values()):
            mixed = {w: mixed[w] + weights[k] * p[w] for w in vocabulary}
            used += weights[k]
    return {w: mixed[w] / used for w in vocabulary}


@INTERPOLATE.mistake(
    "weights[0] is added to every word, not divided by V",
    hint="The uniform distribution sums to one, too. What does it give to each word?",
)
def uniform_of_one(context, tables, vocabulary, weights):
    mixed, used = {w: weights[0] for w in vocabulary}, weights[0]
    for k in range(1, len(context) + 2):
        p = mle(context[len(context) - k + 1 :], tables[k - 1], vocabulary)
        if any(p.values()):
            mixed = {w: mixed[w] + weights[k] * p[w] for w in vocabulary}
            used += weights[k]
    return {w: mixed[w] / used for w in vocabulary}


@INTERPOLATE.mistake(
    "shorter contexts are made of the first words, not of the last",
    hint='"opened their" is the end of "students opened their": the words next to w.',
)
def first_words(context, tables, vocabulary, weights):
    mixed, used = {w: weights[0] / len(vocabulary) for w in vocabulary}, weights[0]
    for k in range(1, len(context) + 2):
        p = mle(context[: k - 1], tables[k - 1], vocabulary)
        if any(p.values()):
            mixed = {w: mixed[w] + weights[k] * p[w] for w in vocabulary}
            used += weights[k]
    return {w: mixed[w] / used for w in vocabulary}


@INTERPOLATE.mistake(
    "all weights are taken to be equal",
    hint="How much each order counts is said by the last argument.",
)
def equal_weights(context, tables, vocabulary, weights):
    mixed, used = {w: 1 / len(vocabulary) for w in vocabulary}, 1
    for k in range(1, len(context) + 2):
        p = mle(context[len(context) - k + 1 :], tables[k - 1], vocabulary)
        if any(p.values()):
            mixed = {w: mixed[w] + p[w] for w in vocabulary}
            used += 1
    return {w: mixed[w] / used for w in vocabulary}


@INTERPOLATE.mistake(
    "the weights are left out: the probabilities are added as they are",
    hint="Several distributions, each with a sum of one. What is the sum of yours?",
)
def no_weights(context, tables, vocabulary, weights):
    mixed = {w: 1 / len(vocabulary) for w in vocabulary}
    for k in range(1, len(context) + 2):
        p = mle(context[len(context) - k + 1 :], tables[k - 1], vocabulary)
        mixed = {w: mixed[w] + p[w] for w in vocabulary}
    return mixed


@INTERPOLATE.mistake(
    "the largest term is taken, not the sum of all",
    hint="Interpolation hears every order, even where a longer context came.",
)
def largest_term(context, tables, vocabulary, weights):
    mixed, used = {w: weights[0] / len(vocabulary) for w in vocabulary}, weights[0]
    for k in range(1, len(context) + 2):
        p = mle(context[len(context) - k + 1 :], tables[k - 1], vocabulary)
        if any(p.values()):
            mixed = {w: max(mixed[w], weights[k] * p[w]) for w in vocabulary}
            used += weights[k]
    return {w: mixed[w] / used for w in vocabulary}


@INTERPOLATE.mistake(
    "only the longest context that came is mixed with the uniform distribution",
    hint="Interpolation hears every order, the shorter ones too.",
)
def longest_only(context, tables, vocabulary, weights):
    for k in range(len(context) + 1, 0, -1):
        p = mle(context[len(context) - k + 1 :], tables[k - 1], vocabulary)
        if any(p.values()):
            break
    used = weights[0] + weights[k]
    return {w: (weights[0] / len(vocabulary) + weights[k] * p[w]) / used for w in vocabulary}


@INTERPOLATE.mistake(
    "the probabilities are mixed only for words that came after the whole context",
    hint="That is backoff turned round. Interpolation hears every order for every word.",
)
def seen_words_only(context, tables, vocabulary, weights):
    mixed, used = {w: weights[0] / len(vocabulary) for w in vocabulary}, weights[0]
    for k in range(1, len(context) + 2):
        p = mle(context[len(context) - k + 1 :], tables[k - 1], vocabulary)
        if any(p.values()):
            mixed = {w: mixed[w] + weights[k] * p[w] for w in vocabulary}
            used += weights[k]
    whole = mle(context, tables[len(context)], vocabulary)
    return {w: mixed[w] / used if whole[w] else 0.0 for w in vocabulary}


@INTERPOLATE.mistake(
    "the weights are changed in place",
    hint="weights belongs to whoever called you. Keep the sum in a variable of its own.",
)
def weights_changed(context, tables, vocabulary, weights):
    terms = [dict.fromkeys(vocabulary, 1 / len(vocabulary))]
    for k in range(1, len(context) + 2):
        p = mle(context[len(context) - k + 1 :], tables[k - 1], vocabulary)
        if not any(p.values()):
            weights[k] = 0
        terms.append(p)
    weights /= weights.sum()
    return {w: sum(a * p[w] for a, p in zip(weights, terms, strict=True)) for w in vocabulary}


@INTERPOLATE.mistake(
    "context[-0:] stands for the empty context, and is the whole",
    hint="Which words does context[-k:] give for k = 0? Try it.",
)
def minus_zero(context, tables, vocabulary, weights):
    mixed, used = dict.fromkeys(vocabulary, weights[0] / len(vocabulary)), weights[0]
    for k in range(len(context) + 1):
        p = mle(context[-k:], tables[k], vocabulary)
        if sum(p.values()) > 0:
            mixed = {w: mixed[w] + weights[k + 1] * p[w] for w in vocabulary}
            used += weights[k + 1]
    return {w: mixed[w] / used for w in vocabulary}


@INTERPOLATE.mistake(
    "each order takes the weight of the next shorter one, so that weights[0] is used twice",
    hint="The first weight belongs to the uniform distribution. Which is the unigrams'?",
)
def weights_one_place_off(context, tables, vocabulary, weights):
    mixed, used = dict.fromkeys(vocabulary, weights[0] / len(vocabulary)), weights[0]
    for k in range(len(context) + 1):
        p = mle(context[len(context) - k :], tables[k], vocabulary)
        if sum(p.values()) > 0:
            mixed = {w: mixed[w] + weights[k] * p[w] for w in vocabulary}
            used += weights[k]
    return {w: mixed[w] / used for w in vocabulary}
