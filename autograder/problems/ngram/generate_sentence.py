"""Sampling from an n-gram model; the random numbers are given, so that the words are determined."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.problem import Case, Draw, Output, Problem
from autograder.problems.draws import Rng
from autograder.problems.ngram.texts import some_text
from lmkit.by_hand.ngram import count_ngrams, generate_sentence, mle


def until_the_end(n: int, least: int = 4, first: float | None = None) -> Draw:
    """Enough numbers, perhaps with this first, for a sentence of `least` words and more to end."""

    def draw(rng: Rng) -> tuple[Any, ...]:
        while True:
            text = some_text(rng, words=8, count=24)
            u, counts = rng.uniform(size=40), count_ngrams(text.sentences, n)
            u[0] = u[0] if first is None else first
            words = generate_sentence(u, n, counts, text.vocabulary)
            by_bigrams = generate_sentence(u, 2, count_ngrams(text.sentences, 2), text.vocabulary)
            if least <= len(words) < 30 and len(by_bigrams) > 1:
                return u, n, counts, text.vocabulary

    return draw


def draw_used_up(rng: Rng) -> tuple[Any, ...]:
    """Numbers for five words of a sentence that would go on.

    The first number is 0, where no word of probability 0 has a part of the line: </s>, first in
    the vocabulary, never comes after <s>.
    """
    u, n, counts, vocabulary = until_the_end(2, least=7, first=0.0)(rng)
    return u[:5], n, counts, vocabulary


GENERATE_SENTENCE = Problem(
    name="generate_sentence",
    reference=generate_sentence,
    outputs=(Output("words"),),
    cases=(
        Case("bigrams", until_the_end(2), weight=2),
        Case("trigrams", until_the_end(3), weight=2),
        Case("unigrams", until_the_end(1)),
        Case("five numbers for a sentence that is longer", draw_used_up),
    ),
    source="Deck 2, text generating",
    uses=("mle",),
)


@GENERATE_SENTENCE.mistake(
    "the sentence does not stop at </s>: a new one begins",
    hint="Deck 2: the last output is </s>. What happens to the loop then?",
)
def begins_anew(u, n, counts, vocabulary):
    words, context = [], ("<s>",) * (n - 1)
    for u_t in u:
        p = mle(context, counts, vocabulary)
        w = vocabulary[int(np.argmax(np.cumsum([p[w] for w in vocabulary]) > u_t))]
        if w == "</s>":
            context = ("<s>",) * (n - 1)
            continue
        words.append(w)
        context = (*context, w)[1:]
    return words


@GENERATE_SENTENCE.mistake(
    "the sentence does not stop at </s>: it is taken for a word like any other",
    hint="Deck 2: the last output is </s>. What happens to the loop then?",
)
def no_stop(u, n, counts, vocabulary):
    words, context = [], ("<s>",) * (n - 1)
    for u_t in u:
        p = mle(context, counts, vocabulary)
        w = vocabulary[int(np.argmax(np.cumsum([p[w] for w in vocabulary]) > u_t))]
        words.append(w)
        context = (*context, w)[1:]
    return words


@GENERATE_SENTENCE.mistake(
    "</s> is among the words that are returned",
    hint="</s> says that the sentence is over. Is it a part of it?",
)
def end_returned(u, n, counts, vocabulary):
    words, context = [], ("<s>",) * (n - 1)
    for u_t in u:
        p = mle(context, counts, vocabulary)
        w = vocabulary[int(np.argmax(np.cumsum([p[w] for w in vocabulary]) > u_t))]
        words.append(w)
        if w == "</s>":
            break
        context = (*context, w)[1:]
    return words


@GENERATE_SENTENCE.mistake(
    "<s> is among the words that are returned",
    hint="<s> is fed in, and does not come out.",
)
def start_returned(u, n, counts, vocabulary):
    words = ["<s>"] * (n - 1)
    for u_t in u:
        p = mle(tuple(words[len(words) - n + 1 :]), counts, vocabulary)
        w = vocabulary[int(np.argmax(np.cumsum([p[w] for w in vocabulary]) > u_t))]
        if w == "</s>":
            break
        words.append(w)
    return words if n > 1 else ["<s>", *words]


@GENERATE_SENTENCE.mistake(
    "always the most likely word is taken, and u is ignored",
    hint="A sample is asked for: a likely word often, an unlikely one now and then.",
)
def most_likely(u, n, counts, vocabulary):
    words, context = [], ("<s>",) * (n - 1)
    for _ in u:
        p = mle(context, counts, vocabulary)
        w = max(vocabulary, key=lambda v: p[v])
        if w == "</s>":
            break
        words.append(w)
        context = (*context, w)[1:]
    return words


@GENERATE_SENTENCE.mistake(
    "the sample is not fed back: every word is drawn after <s>",
    hint="Deck 2's arrows: each output goes in again at the next step.",
)
def not_fed_back(u, n, counts, vocabulary):
    words, context = [], ("<s>",) * (n - 1)
    for u_t in u:
        p = mle(context, counts, vocabulary)
        w = vocabulary[int(np.argmax(np.cumsum([p[w] for w in vocabulary]) > u_t))]
        if w == "</s>":
            break
        words.append(w)
    return words


@GENERATE_SENTENCE.mistake(
    "the context is ignored: every word is drawn from the unigram probabilities",
    hint="An n-gram model looks at the n - 1 words before. Where are they?",
)
def context_ignored(u, n, counts, vocabulary):
    found = dict.fromkeys(vocabulary, 0)
    for ngram, count in counts.items():
        found[ngram[-1]] += count
    cumulative = np.cumsum([found[w] for w in vocabulary]) / sum(found.values())
    words = []
    for u_t in u:
        w = vocabulary[int(np.argmax(cumulative > u_t))]
        if w == "</s>":
            break
        words.append(w)
    return words


@GENERATE_SENTENCE.mistake(
    "the context is only the last word, whatever n is",
    hint="A trigram model looks at two words. How many stand in your context?",
)
def last_word_only(u, n, counts, vocabulary):
    words, before = [], "<s>"
    for u_t in u:
        found = dict.fromkeys(vocabulary, 0)
        for ngram, count in counts.items():
            if n == 1 or ngram[-2] == before:
                found[ngram[-1]] += count
        cumulative = np.cumsum([found[w] for w in vocabulary]) / sum(found.values())
        before = vocabulary[int(np.argmax(cumulative > u_t))]
        if before == "</s>":
            break
        words.append(before)
    return words


@GENERATE_SENTENCE.mistake(
    "the context grows and never loses its first word",
    hint="The Markov assumption keeps n - 1 words. Which one goes when a new one comes?",
)
def context_grows(u, n, counts, vocabulary):
    words, context = [], ("<s>",) * (n - 1)
    for u_t in u:
        p = mle(context, counts, vocabulary)
        w = vocabulary[int(np.argmax(np.cumsum([p[w] for w in vocabulary]) > u_t))]
        if w == "</s>":
            break
        words.append(w)
        context = (*context, w)
    return words


@GENERATE_SENTENCE.mistake(
    "the newest word is put in front of the context",
    hint="The context stands in the order of the text. At which end is the newest word?",
)
def context_turned(u, n, counts, vocabulary):
    words, context = [], ("<s>",) * (n - 1)
    for u_t in u:
        p = mle(context, counts, vocabulary)
        w = vocabulary[int(np.argmax(np.cumsum([p[w] for w in vocabulary]) > u_t))]
        if w == "</s>":
            break
        words.append(w)
        context = (w, *context)[: n - 1]
    return words


@GENERATE_SENTENCE.mistake(
    "the same random number is taken at every step",
    hint="u holds one number for each step.",
)
def first_number_only(u, n, counts, vocabulary):
    words, context = [], ("<s>",) * (n - 1)
    for _ in u:
        p = mle(context, counts, vocabulary)
        w = vocabulary[int(np.argmax(np.cumsum([p[w] for w in vocabulary]) > u[0]))]
        if w == "</s>":
            break
        words.append(w)
        context = (*context, w)[1:]
    return words


@GENERATE_SENTENCE.mistake(
    "the random numbers are used from the end",
    hint="u[0] belongs to the first word.",
)
def numbers_reversed(u, n, counts, vocabulary):
    words, context = [], ("<s>",) * (n - 1)
    for u_t in u[::-1]:
        p = mle(context, counts, vocabulary)
        w = vocabulary[int(np.argmax(np.cumsum([p[w] for w in vocabulary]) > u_t))]
        if w == "</s>":
            break
        words.append(w)
        context = (*context, w)[1:]
    return words


@GENERATE_SENTENCE.mistake(
    "the probabilities are added up from the most likely word on, not in the vocabulary's order",
    hint="Both give each word its probability. The docstring says which order is meant.",
    convention=True,
)
def likeliest_first(u, n, counts, vocabulary):
    words, context = [], ("<s>",) * (n - 1)
    for u_t in u:
        p = mle(context, counts, vocabulary)
        line = sorted(vocabulary, key=lambda v: -p[v])
        w = line[int(np.argmax(np.cumsum([p[v] for v in line]) > u_t))]
        if w == "</s>":
            break
        words.append(w)
        context = (*context, w)[1:]
    return words


@GENERATE_SENTENCE.mistake(
    "every word that came after the context is equally likely",
    hint="A word that came 400 times is drawn more often than one that came once.",
)
def equally_likely(u, n, counts, vocabulary):
    words, context = [], ("<s>",) * (n - 1)
    for u_t in u:
        p = mle(context, counts, vocabulary)
        line = [v for v in vocabulary if p[v] > 0]
        w = line[int(u_t * len(line))]
        if w == "</s>":
            break
        words.append(w)
        context = (*context, w)[1:]
    return words


@GENERATE_SENTENCE.mistake(
    "every word of the vocabulary is equally likely",
    hint="What did the model learn? Some words never come after this context.",
)
def uniform(u, n, counts, vocabulary):
    words = []
    for u_t in u:
        w = vocabulary[int(u_t * len(vocabulary))]
        if w == "</s>":
            break
        words.append(w)
    return words


@GENERATE_SENTENCE.mistake(
    "the first word whose own probability exceeds u is taken: nothing is added up",
    hint="Lay the probabilities side by side on a line from 0 to 1. Where does u fall?",
)
def nothing_added_up(u, n, counts, vocabulary):
    words, context = [], ("<s>",) * (n - 1)
    for u_t in u:
        p = mle(context, counts, vocabulary)
        w = vocabulary[int(np.argmax(np.array([p[w] for w in vocabulary]) > u_t))]
        if w == "</s>":
            break
        words.append(w)
        context = (*context, w)[1:]
    return words


@GENERATE_SENTENCE.mistake(
    "the word in front of the right one is taken: the last that does not exceed u",
    hint="Lay the probabilities side by side on a line from 0 to 1. In whose part does u fall?",
)
def one_before(u, n, counts, vocabulary):
    words, context = [], ("<s>",) * (n - 1)
    for u_t in u:
        p = mle(context, counts, vocabulary)
        place = int(np.argmax(np.cumsum([p[w] for w in vocabulary]) > u_t))
        w = vocabulary[max(0, place - 1)]
        if w == "</s>":
            break
        words.append(w)
        context = (*context, w)[1:]
    return words


@GENERATE_SENTENCE.mistake(
    "a word is taken when the sum reaches u, though it does not exceed it",
    hint="u may be 0. Which word has a part of the line there, and which has none at all?",
)
def reached(u, n, counts, vocabulary):
    words, context = [], ("<s>",) * (n - 1)
    for u_t in u:
        p = mle(context, counts, vocabulary)
        w = vocabulary[int(np.argmax(np.cumsum([p[w] for w in vocabulary]) >= u_t))]
        if w == "</s>":
            break
        words.append(w)
        context = (*context, w)[1:]
    return words


@GENERATE_SENTENCE.mistake(
    "the words are joined to one text",
    hint="A list of words is asked for: see the docstring.",
)
def joined(u, n, counts, vocabulary):
    words, context = [], ("<s>",) * (n - 1)
    for u_t in u:
        p = mle(context, counts, vocabulary)
        w = vocabulary[int(np.argmax(np.cumsum([p[w] for w in vocabulary]) > u_t))]
        if w == "</s>":
            break
        words.append(w)
        context = (*context, w)[1:]
    return " ".join(words)


@GENERATE_SENTENCE.mistake(
    "for n = 1 the context is words[-0:], which is the whole sentence so far",
    hint="Which words does words[-(n - 1):] give for n = 1? Try it.",
)
def minus_zero(u, n, counts, vocabulary):
    words = ["<s>"] * (n - 1)
    for u_t in u:
        p = mle(tuple(words[-(n - 1) :]), counts, vocabulary)
        added = 0.0
        for w in vocabulary:
            added += p[w]
            if added > u_t:
                break
        if w == "</s>":
            break
        words.append(w)
    return words[n - 1 :]
