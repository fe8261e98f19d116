"""The n-grams of one sentence, padded."""

from __future__ import annotations

from typing import Any

from autograder.problem import Case, Draw, Output, Problem
from autograder.problems.draws import Rng
from autograder.problems.ngram.texts import some_words
from lmkit.by_hand.ngram import ngrams


def sentence_of(n: int, low: int, high: int) -> Draw:
    """A sentence of low ... high words, all different, the first with a capital, and n."""

    def draw(rng: Rng) -> tuple[Any, ...]:
        first, *rest = some_words(rng, int(rng.integers(low, high + 1)))
        return [first.capitalize(), *rest], n

    return draw


NGRAMS = Problem(
    name="ngrams",
    reference=ngrams,
    outputs=(Output("n-grams"),),
    cases=(
        Case("bigrams, n = 2", sentence_of(2, 4, 8)),
        Case("trigrams, n = 3", sentence_of(3, 5, 9), weight=2),
        Case("unigrams, n = 1", sentence_of(1, 4, 8)),
        Case("five-grams of a sentence of two words", sentence_of(5, 2, 2)),
        Case("a sentence of one word, n = 2", sentence_of(2, 1, 1), weight=0.5),
    ),
    source="Deck 2, N-gram",
)


@NGRAMS.mistake(
    "a single <s> stands in front, whatever n is",
    hint="The first word of a trigram model is predicted, too. How many words does it look back?",
)
def one_start(sentence, n):
    padded = ["<s>", *sentence, "</s>"] if n > 1 else [*sentence, "</s>"]
    return [tuple(padded[t : t + n]) for t in range(len(padded) - n + 1)]


@NGRAMS.mistake(
    "a single <s> stands in front, for unigrams too",
    hint="How many words does a unigram model look back, how many a trigram model?",
)
def one_start_always(sentence, n):
    padded = ["<s>", *sentence, "</s>"]
    return [tuple(padded[t : t + n]) for t in range(len(padded) - n + 1)]


@NGRAMS.mistake(
    "n times <s> stands in front: one too many",
    hint="Each n-gram ends in a word that is predicted. Is <s> ever predicted?",
)
def start_too_many(sentence, n):
    padded = ["<s>"] * n + list(sentence) + ["</s>"]
    return [tuple(padded[t : t + n]) for t in range(len(padded) - n + 1)]


@NGRAMS.mistake(
    "no <s> stands in front",
    hint="The first word has to be predicted from something. What is fed in first in deck 2?",
)
def no_start(sentence, n):
    padded = [*sentence, "</s>"]
    return [tuple(padded[t : t + n]) for t in range(len(padded) - n + 1)]


@NGRAMS.mistake(
    "</s> is missing behind, or the last n-gram is",
    hint="One n-gram for each word, and one for the end: that is deck 2's last output.",
)
def no_end(sentence, n):
    padded = ["<s>"] * (n - 1) + list(sentence)
    return [tuple(padded[t : t + n]) for t in range(len(padded) - n + 1)]


@NGRAMS.mistake(
    "the sentence is not padded at all",
    hint="A sentence begins with <s> and ends with </s>: the last page of deck 2.",
)
def no_padding(sentence, n):
    return [tuple(sentence[t : t + n]) for t in range(len(sentence) - n + 1)]


@NGRAMS.mistake(
    "</s> stands behind n - 1 times, as NLTK's pad_both_ends does it",
    hint="Once </s> is read the sentence is over. What would be predicted after it?",
    convention=True,
)
def padded_both_ends(sentence, n):
    padded = ["<s>"] * (n - 1) + list(sentence) + ["</s>"] * (n - 1)
    return [tuple(padded[t : t + n]) for t in range(len(padded) - n + 1)]


@NGRAMS.mistake(
    "</s> stands behind twice",
    hint="Once </s> is read the sentence is over. What would be predicted after it?",
)
def end_twice(sentence, n):
    padded = ["<s>"] * (n - 1) + list(sentence) + ["</s>", "</s>"]
    return [tuple(padded[t : t + n]) for t in range(len(padded) - n + 1)]


@NGRAMS.mistake(
    "<s> and </s> have changed places",
    hint="<s> is the start. The slash is on the mark that closes.",
)
def marks_exchanged(sentence, n):
    padded = ["</s>"] * (n - 1) + list(sentence) + ["<s>"]
    return [tuple(padded[t : t + n]) for t in range(len(padded) - n + 1)]


@NGRAMS.mistake(
    "<s> closes the sentence",
    hint="<s> is the start. The slash is on the mark that closes.",
)
def closed_by_start(sentence, n):
    padded = ["<s>"] * (n - 1) + list(sentence) + ["<s>"]
    return [tuple(padded[t : t + n]) for t in range(len(padded) - n + 1)]


@NGRAMS.mistake(
    "the n-grams run over the end and get shorter there",
    hint="An n-gram has n words. Where must the last one begin?",
)
def over_the_end(sentence, n):
    padded = ["<s>"] * (n - 1) + list(sentence) + ["</s>"]
    return [tuple(padded[t : t + n]) for t in range(len(padded))]


@NGRAMS.mistake(
    "the n-grams stand side by side and do not overlap",
    hint='Deck 2\'s bigrams: "the students", "students opened". The window moves on by one word.',
)
def side_by_side(sentence, n):
    padded = ["<s>"] * (n - 1) + list(sentence) + ["</s>"]
    return [tuple(padded[t : t + n]) for t in range(0, len(padded) - n + 1, n)]


@NGRAMS.mistake(
    "all orders from 1 to n are there, as in NLTK's everygrams",
    hint="Only windows of exactly n words are asked for here.",
    convention=True,
)
def every_order(sentence, n):
    padded = ["<s>"] * (n - 1) + list(sentence) + ["</s>"]
    return [tuple(padded[t : t + k]) for k in range(1, n + 1) for t in range(len(padded) - k + 1)]


@NGRAMS.mistake(
    "the words are put into small letters",
    hint="Whoever wants that does it to the text, once. The words here are to stay as they are.",
)
def small_letters(sentence, n):
    padded = ["<s>"] * (n - 1) + [w.lower() for w in sentence] + ["</s>"]
    return [tuple(padded[t : t + n]) for t in range(len(padded) - n + 1)]


@NGRAMS.mistake(
    "the words of an n-gram are joined to one text",
    hint="An n-gram is a tuple of words. A text hides where one ends and the next begins.",
)
def joined(sentence, n):
    padded = ["<s>"] * (n - 1) + list(sentence) + ["</s>"]
    return [" ".join(padded[t : t + n]) for t in range(len(padded) - n + 1)]


@NGRAMS.mistake(
    "for n = 1 words stand in the list, not tuples of one word",
    hint="A tuple of one word is written (w,). Then all orders can be treated alike.",
)
def bare_unigrams(sentence, n):
    padded = ["<s>"] * (n - 1) + list(sentence) + ["</s>"]
    return padded if n == 1 else [tuple(padded[t : t + n]) for t in range(len(padded) - n + 1)]


@NGRAMS.mistake(
    "a window has n + 1 words",
    hint="n counts all words of the n-gram, the predicted one too.",
)
def window_too_long(sentence, n):
    padded = ["<s>"] * (n - 1) + list(sentence) + ["</s>"]
    return [tuple(padded[t : t + n + 1]) for t in range(len(padded) - n)]


@NGRAMS.mistake(
    "the sentence itself is padded, so that whoever passed it in finds it changed",
    hint="insert and append change the list of whoever called you. Make a new one.",
)
def sentence_changed(sentence, n):
    for _ in range(n - 1):
        sentence.insert(0, "<s>")
    sentence.append("</s>")
    return [tuple(sentence[t : t + n]) for t in range(len(sentence) - n + 1)]


@NGRAMS.mistake(
    "the n-grams are lists, not tuples",
    hint="Exercise 2 makes them keys of a dictionary. Can a list be one? See Letters and types.",
)
def lists_not_tuples(sentence, n):
    padded = ["<s>"] * (n - 1) + list(sentence) + ["</s>"]
    return [padded[t : t + n] for t in range(len(sentence) + 1)]


@NGRAMS.mistake(
    "the last n - 1 windows are missing: they are counted as if the sentence were not padded",
    hint="How many words must be predicted, </s> among them? So many windows there are.",
)
def counted_without_padding(sentence, n):
    padded = ["<s>"] * (n - 1) + list(sentence) + ["</s>"]
    return [tuple(padded[t : t + n]) for t in range(len(sentence) - n + 2)]
