"""A little is added to every count."""

from __future__ import annotations

from typing import Any

from autograder.problem import Case, Draw, Output, Problem
from autograder.problems.draws import Rng
from autograder.problems.ngram.texts import busy_context, some_text
from lmkit.by_hand.ngram import add_delta, count_ngrams


def after_busy(n: int, low: float, high: float) -> Draw:
    """A context of n - 1 words after which several came, and delta."""

    def draw(rng: Rng) -> tuple[Any, ...]:
        text = some_text(rng, count=24)
        counts = count_ngrams(text.sentences, n)
        context = busy_context(rng, counts) if n > 1 else ()
        return context, counts, text.vocabulary, float(rng.uniform(low, high))

    return draw


def draw_unseen(rng: Rng) -> tuple[Any, ...]:
    """A context that never came."""
    text = some_text(rng)
    counts = count_ngrams(text.sentences, 3)
    return (text.stranger, text.sentences[0][0]), counts, text.vocabulary, 0.25


ADD_DELTA = Problem(
    name="add_delta",
    reference=add_delta,
    outputs=(Output("P"),),
    cases=(
        Case("bigrams, delta = 0.25", after_busy(2, 0.25, 0.25)),
        Case("trigrams and a small delta", after_busy(3, 0.02, 0.1), weight=2),
        Case("unigrams and a large delta", after_busy(1, 1.2, 3)),
        Case("add-one, delta = 1", after_busy(2, 1, 1)),
        Case("a context that never came", draw_unseen),
    ),
    source="Deck 2, N-gram, problem 1",
)


@ADD_DELTA.mistake(
    "delta stands in the denominator, not delta times V",
    hint="Every word of the vocabulary gets its delta. How much is that in all?",
)
def delta_once_below(context, counts, vocabulary, delta):
    found = {w: counts.get((*context, w), 0) for w in vocabulary}
    total = sum(found.values()) + delta
    return {w: (found[w] + delta) / total for w in vocabulary}


@ADD_DELTA.mistake(
    "the denominator stays as it was",
    hint="More is handed out above than stands below. Do your probabilities sum to one?",
)
def denominator_unchanged(context, counts, vocabulary, delta):
    found = {w: counts.get((*context, w), 0) for w in vocabulary}
    total = sum(found.values())
    return {w: (found[w] + delta) / total if total else 0.0 for w in vocabulary}


@ADD_DELTA.mistake(
    "the denominator stays as it was, and a context that never came stops the function",
    hint="More is handed out above than stands below. Do your probabilities sum to one?",
)
def denominator_unchanged_crashes(context, counts, vocabulary, delta):
    found = {w: counts.get((*context, w), 0) for w in vocabulary}
    total = sum(found.values())
    return {w: (found[w] + delta) / total for w in vocabulary}


@ADD_DELTA.mistake(
    "V stands in the denominator, not delta times V",
    hint="Every word of the vocabulary gets its delta. How much is that in all?",
)
def one_times_v(context, counts, vocabulary, delta):
    found = {w: counts.get((*context, w), 0) for w in vocabulary}
    total = sum(found.values()) + len(vocabulary)
    return {w: (found[w] + delta) / total for w in vocabulary}


@ADD_DELTA.mistake(
    "delta is missing in the numerator",
    hint="Deck 2 adds a little to the count of *every* w. Look above the line.",
)
def numerator_unchanged(context, counts, vocabulary, delta):
    found = {w: counts.get((*context, w), 0) for w in vocabulary}
    total = sum(found.values()) + delta * len(vocabulary)
    return {w: found[w] / total for w in vocabulary}


@ADD_DELTA.mistake(
    "delta is ignored, and 1 is added",
    hint="Adding one is a special case. How much does the argument say?",
)
def always_one(context, counts, vocabulary, delta):
    found = {w: counts.get((*context, w), 0) + 1 for w in vocabulary}
    total = sum(found.values())
    return {w: found[w] / total for w in vocabulary}


@ADD_DELTA.mistake(
    "delta is ignored, and 0.25 is added",
    hint="0.25 is deck 2's example. How much does the argument say?",
)
def always_a_quarter(context, counts, vocabulary, delta):
    found = {w: counts.get((*context, w), 0) + 0.25 for w in vocabulary}
    total = sum(found.values())
    return {w: found[w] / total for w in vocabulary}


@ADD_DELTA.mistake(
    "delta is added only to words that never came after the context",
    hint="Deck 2 adds it to *every* w.",
)
def unseen_words_only(context, counts, vocabulary, delta):
    found = {w: counts.get((*context, w), 0) or delta for w in vocabulary}
    total = sum(found.values())
    return {w: found[w] / total for w in vocabulary}


@ADD_DELTA.mistake(
    "delta is added only to words that came after the context",
    hint="Deck 2 adds it to *every* w: the others are the point of it.",
)
def seen_words_only(context, counts, vocabulary, delta):
    found = {w: counts.get((*context, w), 0) for w in vocabulary}
    raised = {w: found[w] + delta if found[w] else 0.0 for w in vocabulary}
    total = sum(raised.values())
    return {w: raised[w] / total if total else 0.0 for w in vocabulary}


@ADD_DELTA.mistake(
    "V is one too large: <s> is counted",
    hint="V counts what can be predicted. Is the start of a sentence ever predicted?",
)
def start_in_v(context, counts, vocabulary, delta):
    found = {w: counts.get((*context, w), 0) for w in vocabulary}
    total = sum(found.values()) + delta * (len(vocabulary) + 1)
    return {w: (found[w] + delta) / total for w in vocabulary}


@ADD_DELTA.mistake(
    "V is one too small: </s>, <unk> or a word that never came is not counted",
    hint="V counts what can be predicted. The end of a sentence is, and so is <unk>.",
)
def end_not_in_v(context, counts, vocabulary, delta):
    found = {w: counts.get((*context, w), 0) for w in vocabulary}
    total = sum(found.values()) + delta * (len(vocabulary) - 1)
    return {w: (found[w] + delta) / total for w in vocabulary}


@ADD_DELTA.mistake(
    "V is the number of words that came after the context",
    hint="Every word of the vocabulary gets its delta, the others too. How many are there?",
)
def v_of_followers(context, counts, vocabulary, delta):
    found = {w: counts.get((*context, w), 0) for w in vocabulary}
    total = sum(found.values()) + delta * sum(count > 0 for count in found.values())
    return {w: (found[w] + delta) / total if total else 0.0 for w in vocabulary}


@ADD_DELTA.mistake(
    "V is the number of different n-grams",
    hint="V is the size of the vocabulary. How many words get a delta after *this* context?",
)
def v_of_ngrams(context, counts, vocabulary, delta):
    found = {w: counts.get((*context, w), 0) for w in vocabulary}
    total = sum(found.values()) + delta * len(counts)
    return {w: (found[w] + delta) / total for w in vocabulary}


@ADD_DELTA.mistake(
    "delta is added to the probabilities, not to the counts",
    hint="Deck 2 adds it before dividing. How often would w have come then?",
)
def added_to_probabilities(context, counts, vocabulary, delta):
    found = {w: counts.get((*context, w), 0) for w in vocabulary}
    total = sum(found.values())
    p = {w: (found[w] / total if total else 0.0) + delta for w in vocabulary}
    return {w: p[w] / sum(p.values()) for w in vocabulary}


@ADD_DELTA.mistake(
    "a context that never came gives zeros",
    hint="0 + delta is not 0. What does your equation say when both counts are 0?",
)
def unseen_is_zero(context, counts, vocabulary, delta):
    found = {w: counts.get((*context, w), 0) for w in vocabulary}
    total = sum(found.values())
    below = total + delta * len(vocabulary)
    return {w: (found[w] + delta) / below if total else 0.0 for w in vocabulary}


@ADD_DELTA.mistake(
    "the denominator counts all n-grams, not those with this context",
    hint="Deck 2 divides by how often the *context* came.",
)
def all_ngrams_below(context, counts, vocabulary, delta):
    total = sum(counts.values()) + delta * len(vocabulary)
    return {w: (counts.get((*context, w), 0) + delta) / total for w in vocabulary}


@ADD_DELTA.mistake(
    "the denominator is the unigram count of the context's last word",
    hint="Deck 2 divides by the count of *all* n - 1 words: students opened their.",
)
def last_word_counted(context, counts, vocabulary, delta):
    end = tuple(context[-1:])
    total = sum(count for ngram, count in counts.items() if ngram[-1 - len(end) : -1] == end)
    below = total + delta * len(vocabulary)
    return {w: (counts.get((*context, w), 0) + delta) / below for w in vocabulary}


@ADD_DELTA.mistake(
    "words that never came after the context are missing",
    hint="Every word of the vocabulary has an entry: 0 + delta is not 0.",
)
def unseen_words_missing(context, counts, vocabulary, delta):
    found = {w: counts[(*context, w)] for w in vocabulary if (*context, w) in counts}
    total = sum(found.values()) + delta * len(vocabulary)
    return {w: (count + delta) / total for w, count in found.items()}


@ADD_DELTA.mistake(
    "delta is left in counts",
    hint="counts belongs to whoever called you. Add to a copy.",
)
def delta_written(context, counts, vocabulary, delta):
    for w in vocabulary:
        counts[(*context, w)] = counts.get((*context, w), 0) + delta
    total = sum(counts[(*context, w)] for w in vocabulary)
    return {w: counts[(*context, w)] / total for w in vocabulary}


@ADD_DELTA.mistake(
    "the context is looked up in counts, where n-grams alone stand, and never found",
    hint="A context has n - 1 words, and every key of counts has n. Which of the keys does "
    "count(context) sum up?",
)
def context_not_found(context, counts, vocabulary, delta):
    total = counts.get(tuple(context), 0) + delta * len(vocabulary)
    return {w: (counts.get((*context, w), 0) + delta) / total for w in vocabulary}
