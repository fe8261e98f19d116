"""Perplexity of a text under an n-gram model."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.problem import Case, Draw, Output, Problem
from autograder.problems.draws import Rng
from autograder.problems.ngram.texts import some_sentences, some_text
from lmkit.by_hand.ngram import add_delta, count_ngrams, ngram_perplexity, ngrams


def of_text(
    n: int, count: int = 5, low: int = 2, high: int = 9, strangers: tuple[str, ...] = ()
) -> Draw:
    """A test text, the counts of a training text, and delta."""

    def draw(rng: Rng) -> tuple[Any, ...]:
        text = some_text(rng, words=7, count=24)
        words = [w for w in text.vocabulary if w not in ("</s>", "<unk>")]
        test = some_sentences(rng, words, count - 1, low, high)
        test.append(some_sentences(rng, words, 1, high + 1, high + 1)[0])  # not all of one length
        for number, stranger in enumerate(strangers):
            test[number].insert(1, stranger)
        counts = count_ngrams(text.sentences, n)
        return test, n, counts, text.vocabulary, float(rng.uniform(0.1, 0.6))

    return draw


NGRAM_PERPLEXITY = Problem(
    name="ngram_perplexity",
    reference=ngram_perplexity,
    outputs=(Output("perplexity"),),
    cases=(
        Case("a text under bigrams", of_text(2)),
        Case("a text under trigrams", of_text(3), weight=2),
        Case("a text under unigrams", of_text(1)),
        Case("a single sentence", of_text(2, count=1, high=6), weight=0.5),
        Case(
            "words that are not in the vocabulary",
            of_text(2, strangers=("zeppelin", "quagga", "zeppelin")),
            weight=1.5,
        ),
        Case("a text of six hundred words", of_text(2, count=6, low=90, high=110)),
    ),
    source="Deck 1, Evaluating LM - Perplexity",
    uses=("ngrams", "add_delta"),
)


@NGRAM_PERPLEXITY.mistake(
    "</s> is scored, but missing from the number of tokens",
    hint="What is predicted is counted: T in deck 1. Is the end of a sentence predicted?",
)
def end_not_counted(sentences, n, counts, vocabulary, delta):
    log_p, T = 0.0, 0
    for sentence in sentences:
        known = [w if w in vocabulary else "<unk>" for w in sentence]
        for ngram in ngrams(known, n):
            log_p += np.log(add_delta(ngram[:-1], counts, vocabulary, delta)[ngram[-1]])
        T += len(sentence)
    return np.exp(-log_p / T)


@NGRAM_PERPLEXITY.mistake(
    "</s> is neither scored nor counted",
    hint="The end of a sentence is predicted like a word: deck 2's last output.",
)
def end_not_scored(sentences, n, counts, vocabulary, delta):
    log_p = []
    for sentence in sentences:
        known = [w if w in vocabulary else "<unk>" for w in sentence]
        for ngram in ngrams(known, n)[:-1]:
            log_p.append(np.log(add_delta(ngram[:-1], counts, vocabulary, delta)[ngram[-1]]))
    return np.exp(-np.mean(log_p))


@NGRAM_PERPLEXITY.mistake(
    "</s> is scored and counted twice",
    hint="Who puts </s> behind the sentence: you, or the function that you call?",
)
def end_twice(sentences, n, counts, vocabulary, delta):
    log_p = []
    for sentence in sentences:
        known = [w if w in vocabulary else "<unk>" for w in sentence]
        for ngram in ngrams([*known, "</s>"], n):
            log_p.append(np.log(add_delta(ngram[:-1], counts, vocabulary, delta)[ngram[-1]]))
    return np.exp(-np.mean(log_p))


@NGRAM_PERPLEXITY.mistake(
    "</s> is scored once, but counted twice",
    hint="T is the number of factors in deck 1's product. Count them for one sentence.",
)
def end_counted_twice(sentences, n, counts, vocabulary, delta):
    log_p, T = 0.0, 0
    for sentence in sentences:
        known = [w if w in vocabulary else "<unk>" for w in sentence]
        for ngram in ngrams(known, n):
            log_p += np.log(add_delta(ngram[:-1], counts, vocabulary, delta)[ngram[-1]])
        T += len(sentence) + 2
    return np.exp(-log_p / T)


@NGRAM_PERPLEXITY.mistake(
    "the <s> in front are counted among the tokens",
    hint="<s> is given, not predicted. T is the number of factors in deck 1's product.",
)
def start_counted(sentences, n, counts, vocabulary, delta):
    log_p, T = 0.0, 0
    for sentence in sentences:
        known = [w if w in vocabulary else "<unk>" for w in sentence]
        for ngram in ngrams(known, n):
            log_p += np.log(add_delta(ngram[:-1], counts, vocabulary, delta)[ngram[-1]])
        T += len(sentence) + n
    return np.exp(-log_p / T)


@NGRAM_PERPLEXITY.mistake(
    "<s> is scored as if it were predicted (as <unk>: it is not in the vocabulary)",
    hint="<s> is given, not predicted. Put it in front after the unknown words are replaced.",
)
def start_scored(sentences, n, counts, vocabulary, delta):
    log_p = []
    for sentence in sentences:
        padded = ["<s>"] * n + [w if w in vocabulary else "<unk>" for w in sentence] + ["</s>"]
        for t in range(len(padded) - n + 1):
            w = padded[t + n - 1]
            p = add_delta(tuple(padded[t : t + n - 1]), counts, vocabulary, delta)
            log_p.append(np.log(p["<unk>" if w == "<s>" else w]))
    return np.exp(-np.mean(log_p))


@NGRAM_PERPLEXITY.mistake(
    "n-grams run across sentences: all of them are joined to one",
    hint="A new sentence knows nothing of the one before it. How many </s> are predicted?",
)
def across_sentences(sentences, n, counts, vocabulary, delta):
    row = [w if w in vocabulary else "<unk>" for sentence in sentences for w in sentence]
    log_p = [np.log(add_delta(g[:-1], counts, vocabulary, delta)[g[-1]]) for g in ngrams(row, n)]
    return np.exp(-np.mean(log_p))


@NGRAM_PERPLEXITY.mistake(
    "n-grams run across sentences: </s> stands between them, but no <s>",
    hint="A new sentence knows nothing of the one before it. What does it begin with?",
)
def across_ends(sentences, n, counts, vocabulary, delta):
    row = []
    for sentence in sentences:
        row += [w if w in vocabulary else "<unk>" for w in sentence] + ["</s>"]
    pairs = ngrams(row[:-1], n)
    log_p = [np.log(add_delta(g[:-1], counts, vocabulary, delta)[g[-1]]) for g in pairs]
    return np.exp(-np.mean(log_p))


@NGRAM_PERPLEXITY.mistake(
    "a single <s> stands in front, whatever n is",
    hint="A trigram model looks back two words, at the first word too.",
)
def one_start(sentences, n, counts, vocabulary, delta):
    log_p, first = [], min(1, n - 1)
    for sentence in sentences:
        known = [w if w in vocabulary else "<unk>" for w in sentence]
        padded = ["<s>"] * first + known + ["</s>"]
        for t in range(first, len(padded)):
            context = tuple(padded[max(0, t - n + 1) : t])
            log_p.append(np.log(add_delta(context, counts, vocabulary, delta)[padded[t]]))
    return np.exp(-np.mean(log_p))


@NGRAM_PERPLEXITY.mistake(
    "the first n - 1 words of a sentence are not scored",
    hint="A sentence's first word is predicted, too: from <s>.",
)
def first_words_not_scored(sentences, n, counts, vocabulary, delta):
    log_p = []
    for sentence in sentences:
        known = [w if w in vocabulary else "<unk>" for w in sentence]
        for ngram in ngrams(known, n)[n - 1 :]:
            log_p.append(np.log(add_delta(ngram[:-1], counts, vocabulary, delta)[ngram[-1]]))
    return np.exp(-np.mean(log_p))


@NGRAM_PERPLEXITY.mistake(
    "the logarithm has base 2, and then exp is taken",
    hint="The logarithm and the power must have the same base. Deck 1 takes e for both.",
)
def exp_of_bits(sentences, n, counts, vocabulary, delta):
    log_p = []
    for sentence in sentences:
        known = [w if w in vocabulary else "<unk>" for w in sentence]
        for ngram in ngrams(known, n):
            log_p.append(np.log2(add_delta(ngram[:-1], counts, vocabulary, delta)[ngram[-1]]))
    return np.exp(-np.mean(log_p))


@NGRAM_PERPLEXITY.mistake(
    "the natural logarithm is undone with a power of two",
    hint="The logarithm and the power must have the same base. Deck 1 takes e for both.",
)
def power_of_two(sentences, n, counts, vocabulary, delta):
    log_p = []
    for sentence in sentences:
        known = [w if w in vocabulary else "<unk>" for w in sentence]
        for ngram in ngrams(known, n):
            log_p.append(np.log(add_delta(ngram[:-1], counts, vocabulary, delta)[ngram[-1]]))
    return 2 ** -np.mean(log_p)


@NGRAM_PERPLEXITY.mistake(
    "the mean of the sentences' means is taken, so that a short sentence weighs like a long one",
    hint="Deck 1 has one T: all the words of the corpus. Take one mean over all of them.",
)
def mean_of_means(sentences, n, counts, vocabulary, delta):
    means = []
    for sentence in sentences:
        known = [w if w in vocabulary else "<unk>" for w in sentence]
        p = [add_delta(g[:-1], counts, vocabulary, delta)[g[-1]] for g in ngrams(known, n)]
        means.append(np.log(p).mean())
    return np.exp(-np.mean(means))


@NGRAM_PERPLEXITY.mistake(
    "the sentences' perplexities are averaged",
    hint="Deck 1 has one T: all the words of the corpus. Average first, exponentiate once.",
)
def mean_of_perplexities(sentences, n, counts, vocabulary, delta):
    perplexities = []
    for sentence in sentences:
        known = [w if w in vocabulary else "<unk>" for w in sentence]
        p = [add_delta(g[:-1], counts, vocabulary, delta)[g[-1]] for g in ngrams(known, n)]
        perplexities.append(np.exp(-np.log(p).mean()))
    return np.mean(perplexities)


@NGRAM_PERPLEXITY.mistake(
    "the sum is divided by the number of sentences",
    hint="Deck 1: normalized by the number of words.",
)
def per_sentence(sentences, n, counts, vocabulary, delta):
    log_p = 0.0
    for sentence in sentences:
        known = [w if w in vocabulary else "<unk>" for w in sentence]
        for ngram in ngrams(known, n):
            log_p += np.log(add_delta(ngram[:-1], counts, vocabulary, delta)[ngram[-1]])
    return np.exp(-log_p / len(sentences))


@NGRAM_PERPLEXITY.mistake(
    "the root is missing: nothing is divided by the number of words",
    hint="Deck 1: normalized by the number of words. Where is T in your line?",
)
def not_normalised(sentences, n, counts, vocabulary, delta):
    log_p = 0.0
    for sentence in sentences:
        known = [w if w in vocabulary else "<unk>" for w in sentence]
        for ngram in ngrams(known, n):
            log_p += np.log(add_delta(ngram[:-1], counts, vocabulary, delta)[ngram[-1]])
    return np.exp(-log_p)


@NGRAM_PERPLEXITY.mistake(
    "the probabilities are multiplied first, and a long text's product is zero",
    hint="Hundreds of small factors leave float64. Deck 1's second form has a sum in their place.",
)
def product_underflows(sentences, n, counts, vocabulary, delta):
    p = []
    for sentence in sentences:
        known = [w if w in vocabulary else "<unk>" for w in sentence]
        p += [add_delta(g[:-1], counts, vocabulary, delta)[g[-1]] for g in ngrams(known, n)]
    return np.prod(p) ** (-1 / len(p))


@NGRAM_PERPLEXITY.mistake(
    "probabilities are averaged where logarithms should be",
    hint="A product under a root is a mean of logarithms. Read deck 1's equation to the right.",
)
def mean_probability(sentences, n, counts, vocabulary, delta):
    p = []
    for sentence in sentences:
        known = [w if w in vocabulary else "<unk>" for w in sentence]
        p += [add_delta(g[:-1], counts, vocabulary, delta)[g[-1]] for g in ngrams(known, n)]
    return 1 / np.mean(p)


@NGRAM_PERPLEXITY.mistake(
    "inverse probabilities are averaged where logarithms should be",
    hint="Deck 1 multiplies the inverse probabilities and takes a root: a geometric mean.",
)
def mean_inverse_probability(sentences, n, counts, vocabulary, delta):
    p = []
    for sentence in sentences:
        known = [w if w in vocabulary else "<unk>" for w in sentence]
        p += [add_delta(g[:-1], counts, vocabulary, delta)[g[-1]] for g in ngrams(known, n)]
    return np.mean(1 / np.array(p))


@NGRAM_PERPLEXITY.mistake(
    "the cross entropy J is returned",
    hint="One step is missing between J and the perplexity: the last one in deck 1's equation.",
)
def cross_entropy_returned(sentences, n, counts, vocabulary, delta):
    log_p = []
    for sentence in sentences:
        known = [w if w in vocabulary else "<unk>" for w in sentence]
        for ngram in ngrams(known, n):
            log_p.append(np.log(add_delta(ngram[:-1], counts, vocabulary, delta)[ngram[-1]]))
    return -np.mean(log_p)


@NGRAM_PERPLEXITY.mistake(
    "the minus sign is missing",
    hint="A perplexity is at least 1: an *inverse* probability, says deck 1.",
)
def no_minus(sentences, n, counts, vocabulary, delta):
    log_p = []
    for sentence in sentences:
        known = [w if w in vocabulary else "<unk>" for w in sentence]
        for ngram in ngrams(known, n):
            log_p.append(np.log(add_delta(ngram[:-1], counts, vocabulary, delta)[ngram[-1]]))
    return np.exp(np.mean(log_p))


@NGRAM_PERPLEXITY.mistake(
    "words of the test text are put into the vocabulary",
    hint="The model was made before the test text came. What does it take a new word for?",
)
def test_words_in_vocabulary(sentences, n, counts, vocabulary, delta):
    larger = sorted(set(vocabulary) | {w for sentence in sentences for w in sentence})
    log_p = []
    for sentence in sentences:
        for ngram in ngrams(sentence, n):
            log_p.append(np.log(add_delta(ngram[:-1], counts, larger, delta)[ngram[-1]]))
    return np.exp(-np.mean(log_p))


@NGRAM_PERPLEXITY.mistake(
    "V counts the words of the test text alone",
    hint="Whose vocabulary is V: the text's that is measured, or the model's?",
)
def test_vocabulary(sentences, n, counts, vocabulary, delta):
    own = sorted({w for sentence in sentences for w in sentence} | {"</s>"})
    log_p = []
    for sentence in sentences:
        for ngram in ngrams(sentence, n):
            log_p.append(np.log(add_delta(ngram[:-1], counts, own, delta)[ngram[-1]]))
    return np.exp(-np.mean(log_p))


@NGRAM_PERPLEXITY.mistake(
    "a word that is not in the vocabulary stops the function",
    hint="What does the model read when a word comes that it does not know?",
)
def unknown_crashes(sentences, n, counts, vocabulary, delta):
    log_p = []
    for sentence in sentences:
        for ngram in ngrams(sentence, n):
            log_p.append(np.log(add_delta(ngram[:-1], counts, vocabulary, delta)[ngram[-1]]))
    return np.exp(-np.mean(log_p))


@NGRAM_PERPLEXITY.mistake(
    "words that are not in the vocabulary are removed from the text",
    hint="A model must not gain from what it does not know. Which word stands for these?",
)
def unknown_removed(sentences, n, counts, vocabulary, delta):
    log_p = []
    for sentence in sentences:
        for ngram in ngrams([w for w in sentence if w in vocabulary], n):
            log_p.append(np.log(add_delta(ngram[:-1], counts, vocabulary, delta)[ngram[-1]]))
    return np.exp(-np.mean(log_p))


@NGRAM_PERPLEXITY.mistake(
    "words that are not in the vocabulary are not scored",
    hint="A model must not gain from what it does not know. <unk> has a probability, too.",
)
def unknown_not_scored(sentences, n, counts, vocabulary, delta):
    log_p = []
    for sentence in sentences:
        known = [w if w in vocabulary else "<unk>" for w in sentence]
        asked = [*sentence, "</s>"]
        for w, ngram in zip(asked, ngrams(known, n), strict=True):
            if w in vocabulary:
                log_p.append(np.log(add_delta(ngram[:-1], counts, vocabulary, delta)[ngram[-1]]))
    return np.exp(-np.mean(log_p))


@NGRAM_PERPLEXITY.mistake(
    "unknown words are replaced where they are predicted, but not in the context",
    hint="The context must hold words that the model has seen: <unk> among them.",
)
def unknown_in_context(sentences, n, counts, vocabulary, delta):
    log_p = []
    for sentence in sentences:
        for *context, w in ngrams(sentence, n):
            p = add_delta(tuple(context), counts, vocabulary, delta)
            log_p.append(np.log(p[w if w in vocabulary else "<unk>"]))
    return np.exp(-np.mean(log_p))


@NGRAM_PERPLEXITY.mistake(
    "delta is ignored, and 0.25 is added",
    hint="0.25 is deck 2's example. How much does the argument say?",
)
def always_a_quarter(sentences, n, counts, vocabulary, delta):
    log_p = []
    for sentence in sentences:
        known = [w if w in vocabulary else "<unk>" for w in sentence]
        for ngram in ngrams(known, n):
            log_p.append(np.log(add_delta(ngram[:-1], counts, vocabulary, 0.25)[ngram[-1]]))
    return np.exp(-np.mean(log_p))


@NGRAM_PERPLEXITY.mistake(
    "unknown words are replaced in the sentences themselves: whoever passed them in finds "
    "them changed",
    hint="The sentences belong to whoever called you. Make a new list.",
)
def sentences_changed(sentences, n, counts, vocabulary, delta):
    log_p = []
    for sentence in sentences:
        for t, w in enumerate(sentence):
            sentence[t] = w if w in vocabulary else "<unk>"
        for ngram in ngrams(sentence, n):
            log_p.append(np.log(add_delta(ngram[:-1], counts, vocabulary, delta)[ngram[-1]]))
    return np.exp(-np.mean(log_p))


@NGRAM_PERPLEXITY.mistake(
    "only the last sentence is measured: the sum begins anew with each",
    hint="The sum runs over *all* sentences. Where does it begin, in the loop or in front of it?",
)
def last_sentence_only(sentences, n, counts, vocabulary, delta):
    known = [w if w in vocabulary else "<unk>" for w in sentences[-1]]
    log_p = [
        np.log(add_delta(ngram[:-1], counts, vocabulary, delta)[ngram[-1]])
        for ngram in ngrams(known, n)
    ]
    return np.exp(-np.mean(log_p))


@NGRAM_PERPLEXITY.mistake(
    "delta is ignored, and 1 is added",
    hint="delta is an argument. Does it reach add_delta?",
)
def always_one(sentences, n, counts, vocabulary, delta):
    log_p = [
        np.log(add_delta(ngram[:-1], counts, vocabulary, 1)[ngram[-1]])
        for sentence in sentences
        for ngram in ngrams([w if w in vocabulary else "<unk>" for w in sentence], n)
    ]
    return np.exp(-np.mean(log_p))
