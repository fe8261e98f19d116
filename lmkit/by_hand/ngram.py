"""N-gram models with dictionaries, as in decks 1 and 2: read them here, run lmkit.ngram.

P(w | context) = count(context, w) / count(context)

A context is the tuple of the n - 1 words before w. `counts` maps the n-grams of one order to how
often they came; `tables` holds the counts of the orders 1, 2, ..., so that `tables[len(context)]`
is the one that a context belongs to. A distribution is a dict from each word of the vocabulary to
its probability. The vocabulary holds </s> and <unk>, and not <s>, which is never predicted.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lmkit.by_hand.types import Array

Sentences = Sequence[Sequence[str]]
NGram = tuple[str, ...]
Counts = dict[NGram, int]
Distribution = dict[str, float]


def ngrams(sentence: Sequence[str], n: int) -> list[NGram]:
    """The n-grams of a sentence with n - 1 <s> in front and one </s> behind, in order."""
    padded = ["<s>"] * (n - 1) + list(sentence) + ["</s>"]
    return [tuple(padded[t : t + n]) for t in range(len(sentence) + 1)]


def count_ngrams(sentences: Sentences, n: int) -> Counts:
    """How often each n-gram comes. None runs from one sentence into the next."""
    counts: Counts = {}
    for sentence in sentences:
        for ngram in ngrams(sentence, n):
            counts[ngram] = counts.get(ngram, 0) + 1
    return counts


def build_vocabulary(sentences: Sentences, min_count: int) -> list[str]:
    """Words that come at least min_count times, and </s> and <unk>; sorted, each once."""
    counts: dict[str, int] = {}
    for sentence in sentences:
        for w in sentence:
            counts[w] = counts.get(w, 0) + 1
    frequent = {w for w, count in counts.items() if count >= min_count}
    return sorted(frequent | {"</s>", "<unk>"})


def mle(context: NGram, counts: Counts, vocabulary: Sequence[str]) -> Distribution:
    """P(w | context) by maximum likelihood; all zeros for a context that never came."""
    found = {w: counts.get((*context, w), 0) for w in vocabulary}
    total = sum(found.values())
    return {w: count / total if total else 0.0 for w, count in found.items()}


def sentence_log_probability(
    sentence: Sequence[str], n: int, counts: Counts, vocabulary: Sequence[str]
) -> float:
    """log P(sentence) by the chain rule, natural logarithm, </s> included; may be -inf."""
    p = [mle(ngram[:-1], counts, vocabulary)[ngram[-1]] for ngram in ngrams(sentence, n)]
    with np.errstate(divide="ignore"):
        return float(np.log(p).sum())


def add_delta(
    context: NGram, counts: Counts, vocabulary: Sequence[str], delta: float
) -> Distribution:
    """(count(context, w) + delta) / (count(context) + delta V)."""
    found = {w: counts.get((*context, w), 0) for w in vocabulary}
    total = sum(found.values()) + delta * len(vocabulary)
    return {w: (count + delta) / total for w, count in found.items()}


def ngram_perplexity(
    sentences: Sentences, n: int, counts: Counts, vocabulary: Sequence[str], delta: float
) -> float:
    """Perplexity of a text under the add-delta model; words out of the vocabulary are <unk>."""
    log_p = []
    for sentence in sentences:
        known = [w if w in vocabulary else "<unk>" for w in sentence]
        for *context, w in ngrams(known, n):
            log_p.append(np.log(add_delta(tuple(context), counts, vocabulary, delta)[w]))
    return float(np.exp(-np.mean(log_p)))


def tune_delta(
    deltas: Sequence[float],
    n: int,
    counts: Counts,
    vocabulary: Sequence[str],
    held_out: Sentences,
    test: Sentences,
) -> tuple[float, float]:
    """The delta with the lowest perplexity of the held-out text, and its perplexity of the test."""
    best = min(deltas, key=lambda d: ngram_perplexity(held_out, n, counts, vocabulary, d))
    return best, ngram_perplexity(test, n, counts, vocabulary, best)


def backoff(context: NGram, tables: Sequence[Counts], vocabulary: Sequence[str]) -> Distribution:
    """Deck 2's backoff: a context that never came gives way to the next shorter one."""
    p = mle(context, tables[len(context)], vocabulary)
    if any(p.values()) or not context:
        return p
    return backoff(context[1:], tables, vocabulary)


def stupid_backoff(
    context: NGram, tables: Sequence[Counts], vocabulary: Sequence[str], alpha: float
) -> Distribution:
    """Stupid backoff (Brants et al. 2007): scores that do not sum to one.

    A word that came after the context keeps its MLE; any other gets alpha times its score after
    the next shorter context.
    """
    p = mle(context, tables[len(context)], vocabulary)
    if not context:
        return p
    shorter = stupid_backoff(context[1:], tables, vocabulary, alpha)
    return {w: p[w] if p[w] > 0 else alpha * shorter[w] for w in vocabulary}


def interpolate(
    context: NGram, tables: Sequence[Counts], vocabulary: Sequence[str], weights: Array
) -> Distribution:
    """The weighted mean of the uniform distribution and the MLE of every order.

    weights[0] belongs to 1 / V and weights[k] to the order k. An order whose context never came
    has nothing to say: it is left out, and the other weights are divided by their sum.
    """
    mixed = {w: weights[0] / len(vocabulary) for w in vocabulary}
    used = weights[0]
    for k in range(1, len(context) + 2):
        p = mle(context[len(context) - k + 1 :], tables[k - 1], vocabulary)
        if any(p.values()):
            mixed = {w: mixed[w] + weights[k] * p[w] for w in vocabulary}
            used += weights[k]
    return {w: float(mixed[w] / used) for w in vocabulary}


def tune_weights(
    candidates: Sequence[Array],
    tables: Sequence[Counts],
    vocabulary: Sequence[str],
    held_out: Sentences,
    test: Sentences,
) -> tuple[Array, float]:
    """The weights with the lowest perplexity of the held-out text, and that of the test text."""
    best = min(candidates, key=lambda w: interpolated_perplexity(held_out, tables, vocabulary, w))
    return best, interpolated_perplexity(test, tables, vocabulary, best)


def interpolated_perplexity(
    sentences: Sentences, tables: Sequence[Counts], vocabulary: Sequence[str], weights: Array
) -> float:
    """Perplexity of a text of known words under the interpolation of the orders 1 to n."""
    asked = [ngram for sentence in sentences for ngram in ngrams(sentence, len(tables))]
    p = [interpolate(ngram[:-1], tables, vocabulary, weights)[ngram[-1]] for ngram in asked]
    return float(np.exp(-np.log(p).mean()))


def continuation_probability(bigrams: Counts, vocabulary: Sequence[str]) -> Distribution:
    """The share of all different bigrams that end in w: after how many words has it come?"""
    before = dict.fromkeys(vocabulary, 0)
    for _, w in bigrams:
        before[w] += 1
    return {w: before[w] / len(bigrams) for w in vocabulary}


def absolute_discount(
    context: NGram, bigrams: Counts, vocabulary: Sequence[str], d: float
) -> tuple[Distribution, float]:
    """max(count(v w) - d, 0) / count(v) for each w, and lambda: the mass that this sets free."""
    found = {w: bigrams.get((*context, w), 0) for w in vocabulary}
    total = sum(found.values())
    if total == 0:
        return dict.fromkeys(vocabulary, 0.0), 1.0
    types = sum(count > 0 for count in found.values())
    return {w: max(count - d, 0) / total for w, count in found.items()}, d * types / total


def kneser_ney(
    context: NGram, bigrams: Counts, vocabulary: Sequence[str], d: float
) -> Distribution:
    """Interpolated Kneser-Ney: the discounted bigram, and lambda times the continuation."""
    discounted, weight = absolute_discount(context, bigrams, vocabulary, d)
    continuation = continuation_probability(bigrams, vocabulary)
    return {w: discounted[w] + weight * continuation[w] for w in vocabulary}


def generate_sentence(u: Array, n: int, counts: Counts, vocabulary: Sequence[str]) -> list[str]:
    """Sample words from the MLE until </s> comes or u is used up.

    Args:
        u: one number between 0 and 1 for each step, (T,). Step t takes the first word at which
            the probabilities, added up in the order of the vocabulary, exceed u[t].
        n: the order of the model.
        counts: of its n-grams.
        vocabulary: the words in order.

    Returns:
        The words, without <s> and </s>.
    """
    words: list[str] = []
    context = ("<s>",) * (n - 1)
    for u_t in u:
        p = mle(context, counts, vocabulary)
        cumulative = np.cumsum([p[w] for w in vocabulary])
        w = vocabulary[int(np.argmax(cumulative > u_t))]
        if w == "</s>":
            break
        words.append(w)
        context = (*context, w)[1:]
    return words


def unseen_share(sentences: Sentences, n: int, counts: Counts) -> float:
    """The share of a text's n-grams, each occurrence counted, that never came in training."""
    asked = [ngram for sentence in sentences for ngram in ngrams(sentence, n)]
    return sum(ngram not in counts for ngram in asked) / len(asked)
