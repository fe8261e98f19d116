"""Kneser-Ney, step 2: take d from every count, and say how much that sets free."""

from __future__ import annotations

from typing import Any

from autograder.problem import Case, Draw, Output, Problem
from autograder.problems.draws import Rng
from autograder.problems.ngram.texts import Text, busy_context, some_text
from lmkit.by_hand.ngram import Counts, NGram, absolute_discount, count_ngrams


def context_and_discount(which: str, low: float = 0.3, high: float = 0.95) -> Draw:
    """A context of one word, the bigrams, the vocabulary and d.

    Args:
        which: "busy", "start" or "unseen": what is special about the context.
        low: the least discount.
        high: the largest discount.
    """

    def draw(rng: Rng) -> tuple[Any, ...]:
        text = some_text(rng, words=8, count=24)
        bigrams = count_ngrams(text.sentences, 2)
        context = _context(rng, which, text, bigrams)
        return context, bigrams, text.vocabulary, float(rng.uniform(low, high))

    return draw


def _context(rng: Rng, which: str, text: Text, bigrams: Counts) -> NGram:
    if which == "busy":
        return busy_context(rng, bigrams)
    return ("<s>",) if which == "start" else (text.stranger,)


def dict_and_number(arguments: tuple[Any, ...], returned: Any) -> tuple[Any, ...]:
    """What came back, if it can be right: lambda alone, which may be 1, is worth nothing.

    Raises:
        ValueError: for anything but a dict and a second value.
    """
    pair = isinstance(returned, (tuple, list)) and len(returned) == 2
    if not (pair and isinstance(returned[0], dict)):
        raise ValueError("two values are expected: a dict, and the number lambda")
    return tuple(returned)


ABSOLUTE_DISCOUNT = Problem(
    name="absolute_discount",
    reference=absolute_discount,
    outputs=(Output("discounted", weight=2), Output("lambda")),
    cases=(
        Case("a context that came", context_and_discount("busy"), weight=2),
        Case("the discount 0.75", context_and_discount("busy", 0.75, 0.75)),
        Case("the start of a sentence", context_and_discount("start")),
        Case("a context that never came", context_and_discount("unseen")),
    ),
    source="Deck 1, Evaluating LM - Perplexity (Kneser-Ney)",
    observe=dict_and_number,
)


@ABSOLUTE_DISCOUNT.mistake(
    "there is no max(0, ...): words that never came get less than nothing",
    hint="From 0 nothing can be taken. What is the smallest value that a probability can have?",
)
def no_max(context, bigrams, vocabulary, d):
    found = {w: bigrams.get((*context, w), 0) for w in vocabulary}
    total = sum(found.values())
    if total == 0:
        return dict.fromkeys(vocabulary, 0.0), 1.0
    types = sum(count > 0 for count in found.values())
    return {w: (count - d) / total for w, count in found.items()}, d * types / total


@ABSOLUTE_DISCOUNT.mistake(
    "lambda counts tokens, not types",
    hint="d is taken once from each *different* word that came. How many are these?",
)
def lambda_of_tokens(context, bigrams, vocabulary, d):
    found = {w: bigrams.get((*context, w), 0) for w in vocabulary}
    total = sum(found.values())
    if total == 0:
        return dict.fromkeys(vocabulary, 0.0), 1.0
    return {w: max(count - d, 0) / total for w, count in found.items()}, d


@ABSOLUTE_DISCOUNT.mistake(
    "lambda is d divided by the count of the context: as if one word alone had been discounted",
    hint="d is taken from each *different* word that came. How many are these?",
)
def lambda_of_one(context, bigrams, vocabulary, d):
    found = {w: bigrams.get((*context, w), 0) for w in vocabulary}
    total = sum(found.values())
    if total == 0:
        return dict.fromkeys(vocabulary, 0.0), 1.0
    return {w: max(count - d, 0) / total for w, count in found.items()}, d / total


@ABSOLUTE_DISCOUNT.mistake(
    "lambda counts all words of the vocabulary",
    hint="From a word that never came nothing is taken, so nothing is set free.",
)
def lambda_of_vocabulary(context, bigrams, vocabulary, d):
    found = {w: bigrams.get((*context, w), 0) for w in vocabulary}
    total = sum(found.values())
    if total == 0:
        return dict.fromkeys(vocabulary, 0.0), 1.0
    p = {w: max(count - d, 0) / total for w, count in found.items()}
    return p, d * len(vocabulary) / total


@ABSOLUTE_DISCOUNT.mistake(
    "lambda counts the words that never came after the context",
    hint="From a word that never came nothing is taken, so nothing is set free.",
)
def lambda_of_unseen(context, bigrams, vocabulary, d):
    found = {w: bigrams.get((*context, w), 0) for w in vocabulary}
    total = sum(found.values())
    if total == 0:
        return dict.fromkeys(vocabulary, 0.0), 1.0
    types = sum(count == 0 for count in found.values())
    return {w: max(count - d, 0) / total for w, count in found.items()}, d * types / total


@ABSOLUTE_DISCOUNT.mistake(
    "lambda counts the words before the context word, not those after it",
    hint="Which counts did you take d from? They are the ones with this context in front.",
)
def lambda_of_words_before(context, bigrams, vocabulary, d):
    found = {w: bigrams.get((*context, w), 0) for w in vocabulary}
    total = sum(found.values())
    if total == 0:
        return dict.fromkeys(vocabulary, 0.0), 1.0
    types = sum(pair[1] == context[0] for pair in bigrams)
    return {w: max(count - d, 0) / total for w, count in found.items()}, d * types / total


@ABSOLUTE_DISCOUNT.mistake(
    "lambda counts the words that came exactly once",
    hint="d is taken from a count of 2 or 3 as well. How much is that in all?",
)
def lambda_of_singletons(context, bigrams, vocabulary, d):
    found = {w: bigrams.get((*context, w), 0) for w in vocabulary}
    total = sum(found.values())
    if total == 0:
        return dict.fromkeys(vocabulary, 0.0), 1.0
    types = sum(count == 1 for count in found.values())
    return {w: max(count - d, 0) / total for w, count in found.items()}, d * types / total


@ABSOLUTE_DISCOUNT.mistake(
    "lambda is not divided by the count of the context",
    hint="lambda is a share. What is left of 1 after the discount?",
)
def lambda_not_divided(context, bigrams, vocabulary, d):
    found = {w: bigrams.get((*context, w), 0) for w in vocabulary}
    total = sum(found.values())
    if total == 0:
        return dict.fromkeys(vocabulary, 0.0), 1.0
    types = sum(count > 0 for count in found.values())
    return {w: max(count - d, 0) / total for w, count in found.items()}, d * types


@ABSOLUTE_DISCOUNT.mistake(
    "lambda is what is kept, not what is set free",
    hint="The discounted probabilities and lambda together make 1.",
)
def lambda_kept(context, bigrams, vocabulary, d):
    found = {w: bigrams.get((*context, w), 0) for w in vocabulary}
    total = sum(found.values())
    if total == 0:
        return dict.fromkeys(vocabulary, 0.0), 0.0
    types = sum(count > 0 for count in found.values())
    return {w: max(count - d, 0) / total for w, count in found.items()}, 1 - d * types / total


@ABSOLUTE_DISCOUNT.mistake(
    "the mass of a context that never came is lost: lambda is 0",
    hint="Nothing was handed out there. How much of 1 is then free?",
)
def unseen_mass_lost(context, bigrams, vocabulary, d):
    found = {w: bigrams.get((*context, w), 0) for w in vocabulary}
    total = sum(found.values())
    if total == 0:
        return dict.fromkeys(vocabulary, 0.0), 0.0
    types = sum(count > 0 for count in found.values())
    return {w: max(count - d, 0) / total for w, count in found.items()}, d * types / total


@ABSOLUTE_DISCOUNT.mistake(
    "lambda is d for a context that never came",
    hint="Nothing was handed out there. How much of 1 is then free?",
)
def unseen_lambda_d(context, bigrams, vocabulary, d):
    found = {w: bigrams.get((*context, w), 0) for w in vocabulary}
    total = sum(found.values())
    if total == 0:
        return dict.fromkeys(vocabulary, 0.0), d
    types = sum(count > 0 for count in found.values())
    return {w: max(count - d, 0) / total for w, count in found.items()}, d * types / total


@ABSOLUTE_DISCOUNT.mistake(
    "a context that never came stops the function (0 / 0)",
    hint="Problem 2 of deck 2: the denominator is 0. How much of 1 is then free?",
)
def unseen_crashes(context, bigrams, vocabulary, d):
    found = {w: bigrams.get((*context, w), 0) for w in vocabulary}
    total = sum(found.values())
    types = sum(count > 0 for count in found.values())
    return {w: max(count - d, 0) / total for w, count in found.items()}, d * types / total


@ABSOLUTE_DISCOUNT.mistake(
    "the discount is taken from the denominator, too",
    hint="The denominator is how often the context came, as ever. Only what is above it shrinks.",
)
def discount_below(context, bigrams, vocabulary, d):
    found = {w: bigrams.get((*context, w), 0) for w in vocabulary}
    total = sum(found.values())
    if total == 0:
        return dict.fromkeys(vocabulary, 0.0), 1.0
    types = sum(count > 0 for count in found.values())
    return {w: max(count - d, 0) / (total - d) for w, count in found.items()}, d * types / total


@ABSOLUTE_DISCOUNT.mistake(
    "the denominator is the sum of the discounted counts",
    hint="Divided by that they sum to one by themselves, and nothing is free for lambda.",
)
def sum_of_discounted_below(context, bigrams, vocabulary, d):
    found = {w: bigrams.get((*context, w), 0) for w in vocabulary}
    total = sum(found.values())
    if total == 0:
        return dict.fromkeys(vocabulary, 0.0), 1.0
    types = sum(count > 0 for count in found.values())
    kept = {w: max(count - d, 0) for w, count in found.items()}
    return {w: k / sum(kept.values()) for w, k in kept.items()}, d * types / total


@ABSOLUTE_DISCOUNT.mistake(
    "the discount is taken from the probabilities, not from the counts",
    hint="d is a part of one count. Take it before you divide.",
)
def discount_after_dividing(context, bigrams, vocabulary, d):
    found = {w: bigrams.get((*context, w), 0) for w in vocabulary}
    total = sum(found.values())
    if total == 0:
        return dict.fromkeys(vocabulary, 0.0), 1.0
    types = sum(count > 0 for count in found.values())
    return {w: max(count / total - d, 0) for w, count in found.items()}, d * types / total


@ABSOLUTE_DISCOUNT.mistake(
    "the counts are multiplied by 1 - d: a linear discount, not an absolute one",
    hint="The same d is taken from every count, small or large: that is why it is called absolute.",
)
def linear_discount(context, bigrams, vocabulary, d):
    found = {w: bigrams.get((*context, w), 0) for w in vocabulary}
    total = sum(found.values())
    if total == 0:
        return dict.fromkeys(vocabulary, 0.0), 1.0
    return {w: (1 - d) * count / total for w, count in found.items()}, d


@ABSOLUTE_DISCOUNT.mistake(
    "nothing is taken from the counts",
    hint="What lambda gives away must be taken from somewhere. Where is d above the line?",
)
def no_discount(context, bigrams, vocabulary, d):
    found = {w: bigrams.get((*context, w), 0) for w in vocabulary}
    total = sum(found.values())
    if total == 0:
        return dict.fromkeys(vocabulary, 0.0), 1.0
    types = sum(count > 0 for count in found.values())
    return {w: count / total for w, count in found.items()}, d * types / total


@ABSOLUTE_DISCOUNT.mistake(
    "the discounted counts are not divided",
    hint="Probabilities are asked for. How often did the context come?",
)
def not_divided(context, bigrams, vocabulary, d):
    found = {w: bigrams.get((*context, w), 0) for w in vocabulary}
    total = sum(found.values())
    if total == 0:
        return dict.fromkeys(vocabulary, 0.0), 1.0
    types = sum(count > 0 for count in found.values())
    return {w: max(count - d, 0) for w, count in found.items()}, d * types / total


@ABSOLUTE_DISCOUNT.mistake(
    "d is taken to be 0.75, whatever the argument says",
    hint="0.75 is the usual choice. How much does the argument say?",
)
def always_three_quarters(context, bigrams, vocabulary, d):
    found = {w: bigrams.get((*context, w), 0) for w in vocabulary}
    total = sum(found.values())
    if total == 0:
        return dict.fromkeys(vocabulary, 0.0), 1.0
    types = sum(count > 0 for count in found.values())
    return {w: max(count - 0.75, 0) / total for w, count in found.items()}, 0.75 * types / total
