"""Kneser-Ney, step 1: after how many different words has w come?"""

from __future__ import annotations

from typing import Any

from autograder.problem import Case, Draw, Output, Problem
from autograder.problems.draws import Rng
from autograder.problems.ngram.texts import some_text
from lmkit.by_hand.ngram import continuation_probability, count_ngrams


def bigrams_of(count: int) -> Draw:
    """The bigrams of `count` sentences, and a vocabulary with a word that never came."""

    def draw(rng: Rng) -> tuple[Any, ...]:
        text = some_text(rng, words=8, count=count)
        return count_ngrams(text.sentences, 2), text.vocabulary

    return draw


def draw_san_francisco(rng: Rng) -> tuple[Any, ...]:
    """The most frequent word comes after a single other one, as Francisco after San."""
    text = some_text(rng, words=8, count=12)
    san, francisco = "san", "francisco"
    for number in rng.permutation(12)[:9]:
        text.sentences[number][1:1] = [san, francisco]
    return count_ngrams(text.sentences, 2), sorted([*text.vocabulary, san, francisco])


CONTINUATION_PROBABILITY = Problem(
    name="continuation_probability",
    reference=continuation_probability,
    outputs=(Output("P_cont"),),
    cases=(
        Case("a random text", bigrams_of(16), weight=2),
        Case("a longer text", bigrams_of(40)),
        Case('a text in which "francisco" comes often, and always after "san"', draw_san_francisco),
    ),
    source="Deck 1, Evaluating LM - Perplexity (Kneser-Ney)",
)


@CONTINUATION_PROBABILITY.mistake(
    "raw counts stand where continuation counts belong: these are unigram probabilities",
    hint="Francisco is frequent, but after how many different words does it come?",
)
def raw_counts(bigrams, vocabulary):
    found = dict.fromkeys(vocabulary, 0)
    for (_, w), count in bigrams.items():
        found[w] += count
    return {w: found[w] / sum(bigrams.values()) for w in vocabulary}


@CONTINUATION_PROBABILITY.mistake(
    "the continuation counts are divided by the number of all tokens",
    hint="Your probabilities must sum to one. What is the sum of the counts above the line?",
)
def tokens_below(bigrams, vocabulary):
    found = {w: sum(pair[1] == w for pair in bigrams) for w in vocabulary}
    return {w: found[w] / sum(bigrams.values()) for w in vocabulary}


@CONTINUATION_PROBABILITY.mistake(
    "raw counts are divided by the number of different bigrams",
    hint="Your probabilities must sum to one. Above the line each bigram counts once.",
)
def raw_over_types(bigrams, vocabulary):
    found = dict.fromkeys(vocabulary, 0)
    for (_, w), count in bigrams.items():
        found[w] += count
    return {w: found[w] / len(bigrams) for w in vocabulary}


@CONTINUATION_PROBABILITY.mistake(
    "the words that come *after* w are counted, not those before it",
    hint="w is the word that is predicted: it stands at the end of the bigram.",
)
def words_after(bigrams, vocabulary):
    return {w: sum(pair[0] == w for pair in bigrams) / len(bigrams) for w in vocabulary}


@CONTINUATION_PROBABILITY.mistake(
    "the words that come after w are counted, and the sum is made one",
    hint="w is the word that is predicted: it stands at the end of the bigram.",
)
def words_after_normalised(bigrams, vocabulary):
    found = {w: sum(pair[0] == w for pair in bigrams) for w in vocabulary}
    return {w: found[w] / sum(found.values()) for w in vocabulary}


@CONTINUATION_PROBABILITY.mistake(
    "the continuation counts are divided by V",
    hint="Your probabilities must sum to one. What is the sum of the counts above the line?",
)
def vocabulary_below(bigrams, vocabulary):
    return {w: sum(pair[1] == w for pair in bigrams) / len(vocabulary) for w in vocabulary}


@CONTINUATION_PROBABILITY.mistake(
    "the continuation counts are returned, and not divided",
    hint="A probability is asked for. What is the sum of the counts?",
)
def counts_returned(bigrams, vocabulary):
    return {w: sum(pair[1] == w for pair in bigrams) for w in vocabulary}


@CONTINUATION_PROBABILITY.mistake(
    "the continuation count is divided by the count of w itself",
    hint="Your probabilities must sum to one: the same number stands below each of them.",
)
def own_count_below(bigrams, vocabulary):
    types, tokens = dict.fromkeys(vocabulary, 0), dict.fromkeys(vocabulary, 0)
    for (_, w), count in bigrams.items():
        types[w] += 1
        tokens[w] += count
    return {w: types[w] / tokens[w] if tokens[w] else 0.0 for w in vocabulary}


@CONTINUATION_PROBABILITY.mistake(
    "<s> is not counted among the words before w",
    hint="The start of a sentence is a context like any other: it stands in front of w.",
)
def start_left_out(bigrams, vocabulary):
    inside = [pair for pair in bigrams if pair[0] != "<s>"]
    return {w: sum(pair[1] == w for pair in inside) / len(inside) for w in vocabulary}


@CONTINUATION_PROBABILITY.mistake(
    "bigrams that end in </s> are left out",
    hint="The end of a sentence is predicted like a word, so it has a continuation count, too.",
)
def end_left_out(bigrams, vocabulary):
    inside = [pair for pair in bigrams if pair[1] != "</s>"]
    return {w: sum(pair[1] == w for pair in inside) / len(inside) for w in vocabulary}


@CONTINUATION_PROBABILITY.mistake(
    "only bigrams that came once are counted",
    hint="A bigram counts once, however often it came. One that came twice counts, too.",
)
def singletons_only(bigrams, vocabulary):
    once = [pair for pair, count in bigrams.items() if count == 1]
    return {w: sum(pair[1] == w for pair in once) / len(once) for w in vocabulary}


@CONTINUATION_PROBABILITY.mistake(
    "words that never came are missing",
    hint="Every word of the vocabulary has an entry. After how many words did these come?",
)
def unseen_missing(bigrams, vocabulary):
    found = {}
    for _, w in bigrams:
        found[w] = found.get(w, 0) + 1
    return {w: count / len(bigrams) for w, count in found.items()}


@CONTINUATION_PROBABILITY.mistake(
    "one is added to each continuation count",
    hint="Nothing is added in this step: a word that came after none has none.",
)
def one_added(bigrams, vocabulary):
    found = {w: sum(pair[1] == w for pair in bigrams) + 1 for w in vocabulary}
    return {w: found[w] / sum(found.values()) for w in vocabulary}


@CONTINUATION_PROBABILITY.mistake(
    "all words are equally likely",
    hint="Some words come after many others, some after one. Where does that show?",
)
def uniform(bigrams, vocabulary):
    return dict.fromkeys(vocabulary, 1 / len(vocabulary))
