"""P(w | context) by counting."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.problem import Case, Draw, Output, Problem
from autograder.problems.draws import Rng
from autograder.problems.ngram.texts import busy_context, some_text
from lmkit.by_hand.ngram import count_ngrams, mle


def after_busy(n: int) -> Draw:
    """A context of n - 1 words after which several came."""

    def draw(rng: Rng) -> tuple[Any, ...]:
        text = some_text(rng, count=24)
        counts = count_ngrams(text.sentences, n)
        return busy_context(rng, counts) if n > 1 else (), counts, text.vocabulary

    return draw


def draw_start(rng: Rng) -> tuple[Any, ...]:
    """What begins a sentence?"""
    text = some_text(rng)
    return ("<s>", "<s>"), count_ngrams(text.sentences, 3), text.vocabulary


def draw_unseen(rng: Rng) -> tuple[Any, ...]:
    """A context that never came, though its last word did."""
    text = some_text(rng)
    counts = count_ngrams(text.sentences, 3)
    return (text.stranger, text.sentences[0][0]), counts, text.vocabulary


MLE = Problem(
    name="mle",
    reference=mle,
    outputs=(Output("P"),),
    cases=(
        Case("bigrams: a context of one word", after_busy(2)),
        Case("trigrams: a context of two words", after_busy(3), weight=2),
        Case("unigrams: the context is ()", after_busy(1)),
        Case("the start of a sentence", draw_start),
        Case("a context that never came", draw_unseen),
    ),
    source="Deck 2, N-gram",
)


@MLE.mistake(
    "a context that never came stops the function (0 / 0)",
    hint="Problem 2 of deck 2: the denominator is 0. Say what is returned then.",
)
def unseen_crashes(context, counts, vocabulary):
    found = {w: counts.get((*context, w), 0) for w in vocabulary}
    total = sum(found.values())
    return {w: found[w] / total for w in vocabulary}


@MLE.mistake(
    "a context that never came gives 0 / 0 = NaN",
    hint="Problem 2 of deck 2: the denominator is 0. Say what is returned then.",
)
def unseen_is_nan(context, counts, vocabulary):
    found = np.array([counts.get((*context, w), 0) for w in vocabulary], dtype=float)
    with np.errstate(all="ignore"):
        p = found / found.sum()
    return {w: p[i] for i, w in enumerate(vocabulary)}


@MLE.mistake(
    "a context that never came gives an empty dictionary",
    hint="Every word of the vocabulary has an entry, whatever the context. Which value here?",
)
def unseen_is_empty(context, counts, vocabulary):
    found = {w: counts.get((*context, w), 0) for w in vocabulary}
    total = sum(found.values())
    return {w: found[w] / total for w in vocabulary} if total else {}


@MLE.mistake(
    "after a context that never came all words are equally likely",
    hint="The counts say nothing here, so say nothing: zeros. What to do about it comes later.",
)
def unseen_is_uniform(context, counts, vocabulary):
    found = {w: counts.get((*context, w), 0) for w in vocabulary}
    total = sum(found.values())
    return {w: found[w] / total if total else 1 / len(vocabulary) for w in vocabulary}


@MLE.mistake(
    "the denominator is the unigram count of the context's last word",
    hint="Deck 2 divides by the count of *all* n - 1 words: students opened their.",
)
def last_word_counted(context, counts, vocabulary):
    end = tuple(context[-1:])
    total = sum(count for ngram, count in counts.items() if ngram[-1 - len(end) : -1] == end)
    return {w: counts.get((*context, w), 0) / total if total else 0.0 for w in vocabulary}


@MLE.mistake(
    "only the last word of the context is looked at",
    hint="The Markov assumption keeps n - 1 words, not one. Where are the others?",
)
def last_word_only(context, counts, vocabulary):
    end = tuple(context[-1:])
    found = dict.fromkeys(vocabulary, 0)
    for ngram, count in counts.items():
        if ngram[-1 - len(end) : -1] == end:
            found[ngram[-1]] += count
    total = sum(found.values())
    return {w: found[w] / total if total else 0.0 for w in vocabulary}


@MLE.mistake(
    "the context is ignored: these are unigram probabilities",
    hint="P(w | context): of all the places in the text, which ones count here?",
)
def context_ignored(context, counts, vocabulary):
    found = dict.fromkeys(vocabulary, 0)
    for ngram, count in counts.items():
        found[ngram[-1]] += count
    total = sum(found.values())
    return {w: found[w] / total for w in vocabulary}


@MLE.mistake(
    "the denominator is the number of all n-grams: the joint probability, not the conditional",
    hint="Given the context, some word must come: do your probabilities sum to one?",
)
def joint(context, counts, vocabulary):
    total = sum(counts.values())
    return {w: counts.get((*context, w), 0) / total for w in vocabulary}


@MLE.mistake(
    "the denominator is the count of w: the probability of the context given the word",
    hint="The bar in P(w | context) has two sides. Which of them is counted below?",
)
def turned_round(context, counts, vocabulary):
    found = dict.fromkeys(vocabulary, 0)
    for ngram, count in counts.items():
        found[ngram[-1]] += count
    return {w: counts.get((*context, w), 0) / found[w] if found[w] else 0.0 for w in vocabulary}


@MLE.mistake(
    "the denominator is the number of different words that follow",
    hint="If books came 400 times, that counts 400 times in the 1000 of deck 2.",
)
def types_below(context, counts, vocabulary):
    types = sum((*context, w) in counts for w in vocabulary)
    return {w: counts.get((*context, w), 0) / types if types else 0.0 for w in vocabulary}


@MLE.mistake(
    "every word that came after the context gets the same",
    hint="400 of 1000 is not 1 of 2. How often did each of them come?",
)
def types_only(context, counts, vocabulary):
    types = sum((*context, w) in counts for w in vocabulary)
    return {w: ((*context, w) in counts) / types if types else 0.0 for w in vocabulary}


@MLE.mistake(
    "the denominator is V",
    hint="Deck 2 divides by how often the context came.",
)
def vocabulary_below(context, counts, vocabulary):
    return {w: counts.get((*context, w), 0) / len(vocabulary) for w in vocabulary}


@MLE.mistake(
    "the word stands in front of the context",
    hint="students opened their *w*: at which end of the n-gram is the word that is asked for?",
)
def word_in_front(context, counts, vocabulary):
    found = {w: counts.get((w, *context), 0) for w in vocabulary}
    total = sum(found.values())
    return {w: found[w] / total if total else 0.0 for w in vocabulary}


@MLE.mistake(
    "words that never came after the context are missing",
    hint="Every word of the vocabulary has an entry. What is 0 divided by 1000?",
)
def unseen_words_missing(context, counts, vocabulary):
    found = {w: counts[(*context, w)] for w in vocabulary if (*context, w) in counts}
    total = sum(found.values())
    return {w: count / total for w, count in found.items()}


@MLE.mistake(
    "</s> is not counted in the denominator",
    hint="After the context the sentence may end, too. Do your probabilities sum to one?",
)
def end_not_below(context, counts, vocabulary):
    found = {w: counts.get((*context, w), 0) for w in vocabulary}
    total = sum(count for w, count in found.items() if w != "</s>")
    return {w: found[w] / total if total else 0.0 for w in vocabulary}


@MLE.mistake(
    "one is added to each count",
    hint="That is a cure for problem 1 of deck 2, and comes later. Here the counts stand as is.",
)
def one_added(context, counts, vocabulary):
    found = {w: counts.get((*context, w), 0) + 1 for w in vocabulary}
    total = sum(found.values())
    return {w: found[w] / total for w in vocabulary}


@MLE.mistake(
    "the counts are returned, and not divided",
    hint="count(n-gram) stands above the line. What stands below it?",
)
def counts_returned(context, counts, vocabulary):
    return {w: counts.get((*context, w), 0) for w in vocabulary}


@MLE.mistake(
    "logarithms are returned",
    hint="Probabilities are asked for. They sum to one.",
)
def logarithms(context, counts, vocabulary):
    found = {w: counts.get((*context, w), 0) for w in vocabulary}
    total = sum(found.values())
    with np.errstate(all="ignore"):
        return {w: float(np.log(found[w] / total if total else 0.0)) for w in vocabulary}


@MLE.mistake(
    "the zeros that were looked up are left in counts",
    hint="counts belongs to whoever called you, and zeros there are n-grams that never came. "
    "Look up without writing.",
)
def zeros_written(context, counts, vocabulary):
    found = {w: counts.setdefault((*context, w), 0) for w in vocabulary}
    total = sum(found.values())
    return {w: found[w] / total if total else 0.0 for w in vocabulary}


@MLE.mistake(
    "every word gets 0: the context is looked up in counts, where n-grams alone stand, or // drops "
    "what is behind the point",
    hint="Print what stands below the line. Which keys of counts does count(context) sum up?",
)
def context_not_found(context, counts, vocabulary):
    total = counts.get(tuple(context), 0)
    return {w: counts.get((*context, w), 0) / total if total else 0.0 for w in vocabulary}


@MLE.mistake(
    "counts[context] stops the function: n-grams alone stand in counts, and no contexts",
    hint="A context has n - 1 words, and every key of counts has n. Which of the keys does "
    "count(context) sum up?",
)
def context_is_no_key(context, counts, vocabulary):
    total = counts[tuple(context)]
    return {w: counts.get((*context, w), 0) / total for w in vocabulary}
