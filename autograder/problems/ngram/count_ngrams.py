"""How often each n-gram comes in a text."""

from __future__ import annotations

from typing import Any

from autograder.problem import Case, Draw, Output, Problem
from autograder.problems.draws import Rng
from autograder.problems.ngram.texts import some_sentences, some_text, some_words
from lmkit.by_hand.ngram import count_ngrams, ngrams


def text_of(n: int, count: int = 16) -> Draw:
    """A text of `count` sentences, and n."""

    def draw(rng: Rng) -> tuple[Any, ...]:
        return some_text(rng, count=count).sentences, n

    return draw


def draw_repeating(rng: Rng) -> tuple[Any, ...]:
    """Two words, so that an n-gram comes again and again in one sentence."""
    return some_sentences(rng, some_words(rng, 2), 4, low=6, high=9), 2


COUNT_NGRAMS = Problem(
    name="count_ngrams",
    reference=count_ngrams,
    outputs=(Output("counts"),),
    cases=(
        Case("bigrams, n = 2", text_of(2)),
        Case("trigrams, n = 3", text_of(3), weight=2),
        Case("unigrams, n = 1", text_of(1)),
        Case("four-grams of a single sentence", text_of(4, count=1), weight=0.5),
        Case("sentences in which two words repeat", draw_repeating),
    ),
    source="Deck 2, N-gram",
    uses=("ngrams",),
)


@COUNT_NGRAMS.mistake(
    "n-grams run across sentences: all of them are joined to one",
    hint="A new sentence knows nothing of the one before it. Where must the window start again?",
)
def across_sentences(sentences, n):
    counts = {}
    for ngram in ngrams([w for sentence in sentences for w in sentence], n):
        counts[ngram] = counts.get(ngram, 0) + 1
    return counts


@COUNT_NGRAMS.mistake(
    "n-grams run across sentences: the padded sentences are put in a row, then the window moves",
    hint="No n-gram has a </s> in its middle. Where must the window start again?",
)
def across_padded_sentences(sentences, n):
    row, counts = [], {}
    for sentence in sentences:
        row += ["<s>"] * (n - 1) + list(sentence) + ["</s>"]
    for t in range(len(row) - n + 1):
        ngram = tuple(row[t : t + n])
        counts[ngram] = counts.get(ngram, 0) + 1
    return counts


@COUNT_NGRAMS.mistake(
    "</s> is counted twice: it is put behind the sentence before that is padded",
    hint="Who puts </s> behind the sentence: you, or the function that you call?",
)
def end_twice(sentences, n):
    counts = {}
    for sentence in sentences:
        for ngram in ngrams([*sentence, "</s>"], n):
            counts[ngram] = counts.get(ngram, 0) + 1
    return counts


@COUNT_NGRAMS.mistake(
    "there is a single <s> in front, whatever n is",
    hint="The first word of a trigram model is predicted, too. How many words does it look back?",
)
def one_start(sentences, n):
    counts = {}
    for sentence in sentences:
        padded = ["<s>"] * min(1, n - 1) + list(sentence) + ["</s>"]
        for t in range(len(padded) - n + 1):
            ngram = tuple(padded[t : t + n])
            counts[ngram] = counts.get(ngram, 0) + 1
    return counts


@COUNT_NGRAMS.mistake(
    "<s> is counted as if it were predicted: there are n of them in front",
    hint="Each n-gram ends in a word that is predicted. Is <s> ever predicted?",
)
def start_counted(sentences, n):
    counts = {}
    for sentence in sentences:
        padded = ["<s>"] * n + list(sentence) + ["</s>"]
        for t in range(len(padded) - n + 1):
            ngram = tuple(padded[t : t + n])
            counts[ngram] = counts.get(ngram, 0) + 1
    return counts


@COUNT_NGRAMS.mistake(
    "the n-grams that end in </s> are left out",
    hint="The end of a sentence is predicted like a word: deck 2's last output.",
)
def end_left_out(sentences, n):
    counts = {}
    for sentence in sentences:
        for ngram in ngrams(sentence, n):
            if ngram[-1] != "</s>":
                counts[ngram] = counts.get(ngram, 0) + 1
    return counts


@COUNT_NGRAMS.mistake(
    "the n-grams with <s> in them are left out",
    hint="How does the model know which words like to begin a sentence?",
)
def start_left_out(sentences, n):
    counts = {}
    for sentence in sentences:
        for ngram in ngrams(sentence, n):
            if "<s>" not in ngram:
                counts[ngram] = counts.get(ngram, 0) + 1
    return counts


@COUNT_NGRAMS.mistake(
    "the sentences are counted in which an n-gram comes, not how often it comes",
    hint="An n-gram can come twice in one sentence. Count every time.",
)
def sentences_counted(sentences, n):
    counts = {}
    for sentence in sentences:
        for ngram in set(ngrams(sentence, n)):
            counts[ngram] = counts.get(ngram, 0) + 1
    return counts


@COUNT_NGRAMS.mistake(
    "the first time is not counted: each count is one too low",
    hint="What does the dictionary hold for an n-gram that has come once?",
)
def one_too_low(sentences, n):
    counts = {}
    for sentence in sentences:
        for ngram in ngrams(sentence, n):
            counts[ngram] = counts[ngram] + 1 if ngram in counts else 0
    return counts


@COUNT_NGRAMS.mistake(
    "every count is 1: the count is set, not raised",
    hint="What becomes of the old count when the n-gram comes again?",
)
def always_one(sentences, n):
    return {ngram: 1 for sentence in sentences for ngram in ngrams(sentence, n)}


@COUNT_NGRAMS.mistake(
    "the dictionary begins anew with each sentence, and the last one is left",
    hint="One dictionary for the whole text. Where do you make it?",
)
def last_sentence_only(sentences, n):
    for sentence in sentences:
        counts = {}
        for ngram in ngrams(sentence, n):
            counts[ngram] = counts.get(ngram, 0) + 1
    return counts


@COUNT_NGRAMS.mistake(
    "the function returns after the first sentence",
    hint="How far is the `return` indented?",
)
def first_sentence_only(sentences, n):
    counts = {}
    for ngram in ngrams(sentences[0], n):
        counts[ngram] = counts.get(ngram, 0) + 1
    return counts


@COUNT_NGRAMS.mistake(
    "the n-grams of all orders from 1 to n are counted, as NLTK's pipeline does it",
    hint="Only n-grams of exactly n words are asked for here.",
    convention=True,
)
def every_order(sentences, n):
    counts = {}
    for sentence in sentences:
        padded = ["<s>"] * (n - 1) + list(sentence) + ["</s>"]
        for k in range(1, n + 1):
            for t in range(len(padded) - k + 1):
                ngram = tuple(padded[t : t + k])
                counts[ngram] = counts.get(ngram, 0) + 1
    return counts


@COUNT_NGRAMS.mistake(
    "the counts are divided by the number of n-grams",
    hint="Counts are whole numbers here. Probabilities come later.",
)
def shares(sentences, n):
    row = [ngram for sentence in sentences for ngram in ngrams(sentence, n)]
    return {ngram: row.count(ngram) / len(row) for ngram in row}


@COUNT_NGRAMS.mistake(
    "the words of an n-gram are joined to one text",
    hint="An n-gram is a tuple of words. A text hides where one ends and the next begins.",
)
def joined(sentences, n):
    counts = {}
    for sentence in sentences:
        for ngram in ngrams(sentence, n):
            text = " ".join(ngram)
            counts[text] = counts.get(text, 0) + 1
    return counts


@COUNT_NGRAMS.mistake(
    "the sentences themselves are padded, so that whoever passed them in finds them changed",
    hint="append changes the list of whoever called you. Make a new one.",
)
def sentences_changed(sentences, n):
    counts = {}
    for sentence in sentences:
        sentence[:0] = ["<s>"] * (n - 1)
        sentence.append("</s>")
        for t in range(len(sentence) - n + 1):
            ngram = tuple(sentence[t : t + n])
            counts[ngram] = counts.get(ngram, 0) + 1
    return counts


@COUNT_NGRAMS.mistake(
    "each count is one too high",
    hint="How often has an n-gram come before it comes for the first time?",
)
def one_too_high(sentences, n):
    counts = {}
    for sentence in sentences:
        for ngram in ngrams(sentence, n):
            counts[ngram] = counts.get(ngram, 1) + 1
    return counts
