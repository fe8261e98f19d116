"""The chain rule, in logarithms."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.problem import Case, Draw, Output, Problem
from autograder.problems.draws import Rng
from autograder.problems.ngram.texts import some_sentences, some_text
from lmkit.by_hand.ngram import count_ngrams, mle, ngrams, sentence_log_probability


def from_training(n: int) -> Draw:
    """A sentence of the training text: none of its n-grams has probability zero."""

    def draw(rng: Rng) -> tuple[Any, ...]:
        text = some_text(rng, count=24)
        longest = max(text.sentences, key=len)
        return list(longest), n, count_ngrams(text.sentences, n), text.vocabulary

    return draw


def draw_impossible(rng: Rng) -> tuple[Any, ...]:
    """A sentence that holds a word that never came; words behind it are no sure thing."""
    while True:
        text = some_text(rng)
        counts = count_ngrams(text.sentences, 2)
        longest = max(text.sentences, key=len)
        sentence = list(longest)
        place = int(rng.integers(1, len(sentence)))
        sentence[place] = text.stranger
        behind = ngrams(sentence, 2)[place + 2 :]
        if any(mle(ngram[:-1], counts, text.vocabulary)[ngram[-1]] < 1 for ngram in behind):
            return sentence, 2, counts, text.vocabulary


def draw_long(rng: Rng) -> tuple[Any, ...]:
    """A sentence so long that its probability is zero in float64, though its logarithm is not."""
    text = some_text(rng, words=9)
    words = sorted({w for sentence in text.sentences for w in sentence})
    (long,) = some_sentences(rng, words, 1, low=600, high=600)
    return long, 2, count_ngrams([*text.sentences, long], 2), text.vocabulary


SENTENCE_LOG_PROBABILITY = Problem(
    name="sentence_log_probability",
    reference=sentence_log_probability,
    outputs=(Output("log P"),),
    cases=(
        Case("a sentence under bigrams", from_training(2)),
        Case("a sentence under trigrams", from_training(3), weight=2),
        Case("a sentence under unigrams", from_training(1)),
        Case("a sentence of six hundred words", draw_long),
        Case("a sentence with an n-gram that never came", draw_impossible),
    ),
    source="Deck 2, Language Modeling",
    uses=("ngrams", "mle"),
)


@SENTENCE_LOG_PROBABILITY.mistake(
    "</s> is not scored",
    hint="The end of a sentence is predicted like a word. Else longer sentences only lose.",
)
def end_not_scored(sentence, n, counts, vocabulary):
    p = [mle(ngram[:-1], counts, vocabulary)[ngram[-1]] for ngram in ngrams(sentence, n)[:-1]]
    with np.errstate(divide="ignore"):
        return np.log(p).sum()


@SENTENCE_LOG_PROBABILITY.mistake(
    "</s> is scored twice",
    hint="The chain rule has one factor for each word and one for the end.",
)
def end_scored_twice(sentence, n, counts, vocabulary):
    p = [mle(ngram[:-1], counts, vocabulary)[ngram[-1]] for ngram in ngrams(sentence, n)]
    with np.errstate(divide="ignore"):
        return np.log([*p, p[-1]]).sum()


@SENTENCE_LOG_PROBABILITY.mistake(
    "the first word is not scored",
    hint="The chain rule begins with P(x1). For an n-gram model that is P(x1 | <s> ...).",
)
def first_not_scored(sentence, n, counts, vocabulary):
    p = [mle(ngram[:-1], counts, vocabulary)[ngram[-1]] for ngram in ngrams(sentence, n)[1:]]
    with np.errstate(divide="ignore"):
        return np.log(p).sum()


@SENTENCE_LOG_PROBABILITY.mistake(
    "the first n - 1 words are not scored: no <s> stands in front",
    hint="The chain rule begins with P(x1). For an n-gram model that is P(x1 | <s> ...).",
)
def no_start(sentence, n, counts, vocabulary):
    whole = [ngram for ngram in ngrams(sentence, n) if "<s>" not in ngram]
    p = [mle(ngram[:-1], counts, vocabulary)[ngram[-1]] for ngram in whole]
    with np.errstate(divide="ignore"):
        return np.log(p).sum()


@SENTENCE_LOG_PROBABILITY.mistake(
    "a single <s> stands in front, whatever n is",
    hint="A trigram model looks back two words, at the first word too.",
)
def one_start(sentence, n, counts, vocabulary):
    padded = ["<s>"] * min(1, n - 1) + list(sentence) + ["</s>"]
    first = min(1, n - 1)
    p = [
        mle(tuple(padded[max(0, t - n + 1) : t]), counts, vocabulary)[padded[t]]
        for t in range(first, len(padded))
    ]
    with np.errstate(divide="ignore"):
        return np.log(p).sum()


@SENTENCE_LOG_PROBABILITY.mistake(
    "probabilities are multiplied first, and a long sentence's product is zero",
    hint="Hundreds of small factors leave float64. The logarithm of a product is a sum.",
)
def product_underflows(sentence, n, counts, vocabulary):
    p = [mle(ngram[:-1], counts, vocabulary)[ngram[-1]] for ngram in ngrams(sentence, n)]
    with np.errstate(divide="ignore"):
        return np.log(np.prod(p))


@SENTENCE_LOG_PROBABILITY.mistake(
    "the probability is returned, not its logarithm",
    hint="log P is asked for: a number that is never above 0.",
)
def probability_returned(sentence, n, counts, vocabulary):
    return np.prod([mle(g[:-1], counts, vocabulary)[g[-1]] for g in ngrams(sentence, n)])


@SENTENCE_LOG_PROBABILITY.mistake(
    "probabilities are added where they should be multiplied",
    hint="Deck 2 has a product sign. Take the logarithm of each factor before you add.",
)
def probabilities_added(sentence, n, counts, vocabulary):
    with np.errstate(divide="ignore"):
        return np.log(sum(mle(g[:-1], counts, vocabulary)[g[-1]] for g in ngrams(sentence, n)))


@SENTENCE_LOG_PROBABILITY.mistake(
    "the logarithm has base 2",
    hint="This course takes natural logarithms: nats, not bits.",
    convention=True,
)
def base_two(sentence, n, counts, vocabulary):
    p = [mle(ngram[:-1], counts, vocabulary)[ngram[-1]] for ngram in ngrams(sentence, n)]
    with np.errstate(divide="ignore"):
        return np.log2(p).sum()


@SENTENCE_LOG_PROBABILITY.mistake(
    "the logarithm has base 10, as in ARPA files",
    hint="This course takes natural logarithms.",
    convention=True,
)
def base_ten(sentence, n, counts, vocabulary):
    p = [mle(ngram[:-1], counts, vocabulary)[ngram[-1]] for ngram in ngrams(sentence, n)]
    with np.errstate(divide="ignore"):
        return np.log10(p).sum()


@SENTENCE_LOG_PROBABILITY.mistake(
    "minus log P is returned",
    hint="log P is asked for. Is the logarithm of a number below 1 positive?",
)
def minus(sentence, n, counts, vocabulary):
    p = [mle(ngram[:-1], counts, vocabulary)[ngram[-1]] for ngram in ngrams(sentence, n)]
    with np.errstate(divide="ignore"):
        return -np.log(p).sum()


@SENTENCE_LOG_PROBABILITY.mistake(
    "the mean of the logarithms is taken, not their sum",
    hint="Deck 2's product has one factor for each word. The mean belongs to the perplexity.",
)
def mean_taken(sentence, n, counts, vocabulary):
    p = [mle(ngram[:-1], counts, vocabulary)[ngram[-1]] for ngram in ngrams(sentence, n)]
    with np.errstate(divide="ignore"):
        return np.log(p).mean()


@SENTENCE_LOG_PROBABILITY.mistake(
    "the sum is divided by the number of words",
    hint="The logarithm of a product is a sum. Who asks for a mean, and when?",
)
def divided_by_words(sentence, n, counts, vocabulary):
    p = [mle(ngram[:-1], counts, vocabulary)[ngram[-1]] for ngram in ngrams(sentence, n)]
    with np.errstate(divide="ignore"):
        return np.log(p).sum() / len(sentence)


@SENTENCE_LOG_PROBABILITY.mistake(
    "n-grams of probability zero are skipped",
    hint="One factor of a product is zero. What is the product, and its logarithm?",
)
def zeros_skipped(sentence, n, counts, vocabulary):
    p = np.array([mle(g[:-1], counts, vocabulary)[g[-1]] for g in ngrams(sentence, n)])
    return np.log(p[p > 0]).sum()


@SENTENCE_LOG_PROBABILITY.mistake(
    "probability zero is replaced by 1e-10",
    hint="One factor of a product is zero. What is the product, and its logarithm?",
)
def zeros_lifted(sentence, n, counts, vocabulary):
    p = [mle(ngram[:-1], counts, vocabulary)[ngram[-1]] for ngram in ngrams(sentence, n)]
    return np.log(np.maximum(p, 1e-10)).sum()


@SENTENCE_LOG_PROBABILITY.mistake(
    "the logarithm of zero stops the function",
    hint="math.log(0) is an error. What should come out for a sentence that is impossible?",
)
def zero_crashes(sentence, n, counts, vocabulary):
    import math

    return sum(
        math.log(mle(ngram[:-1], counts, vocabulary)[ngram[-1]]) for ngram in ngrams(sentence, n)
    )


@SENTENCE_LOG_PROBABILITY.mistake(
    "the context is ignored: the words are taken as independent",
    hint="Each factor of the chain rule is a conditional probability. Given what?",
)
def independent(sentence, n, counts, vocabulary):
    found = dict.fromkeys(vocabulary, 0)
    for ngram, count in counts.items():
        found[ngram[-1]] += count
    with np.errstate(divide="ignore"):
        return np.log([found[w] / sum(found.values()) for w in [*sentence, "</s>"]]).sum()


@SENTENCE_LOG_PROBABILITY.mistake(
    "the probabilities of whole n-grams are multiplied, not those of a word given its context",
    hint="Each factor of the chain rule is a conditional probability: there is a bar in it.",
)
def joint_probabilities(sentence, n, counts, vocabulary):
    total = sum(counts.values())
    with np.errstate(divide="ignore"):
        return np.log([counts.get(g, 0) / total for g in ngrams(sentence, n)]).sum()


@SENTENCE_LOG_PROBABILITY.mistake(
    "each word is predicted from the words behind it",
    hint="Deck 2 predicts what comes next. Which words are known then?",
)
def from_behind(sentence, n, counts, vocabulary):
    p = [mle(ngram[:0:-1], counts, vocabulary)[ngram[-1]] for ngram in ngrams(sentence[::-1], n)]
    with np.errstate(divide="ignore"):
        return np.log(p).sum()


@SENTENCE_LOG_PROBABILITY.mistake(
    "only the last word's probability is returned",
    hint="The chain rule has one factor for each word. What happens to the sum in your loop?",
)
def last_only(sentence, n, counts, vocabulary):
    *context, w = ngrams(sentence, n)[-1]
    with np.errstate(divide="ignore"):
        return np.log(mle(tuple(context), counts, vocabulary)[w])


@SENTENCE_LOG_PROBABILITY.mistake(
    "the sum ends at the first n-gram of probability zero",
    hint="A product with a factor 0 in it is 0. What is the logarithm of that?",
)
def ends_at_zero(sentence, n, counts, vocabulary):
    log_p = 0.0
    for ngram in ngrams(sentence, n):
        p = mle(ngram[:-1], counts, vocabulary)[ngram[-1]]
        if p == 0:
            break
        log_p += np.log(p)
    return log_p


@SENTENCE_LOG_PROBABILITY.mistake(
    "0 is returned for a sentence of probability zero",
    hint="Which probability has the logarithm 0? And what is the logarithm of 0?",
)
def zero_for_zero(sentence, n, counts, vocabulary):
    p = [mle(ngram[:-1], counts, vocabulary)[ngram[-1]] for ngram in ngrams(sentence, n)]
    return np.log(p).sum() if all(p) else 0.0
