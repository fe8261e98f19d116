"""Random small texts: nothing in them can be known beforehand, and contexts of every kind come."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from autograder.problems.draws import Rng
from lmkit.by_hand.ngram import Counts, NGram, count_ngrams
from lmkit.by_hand.types import Array

Sentence = list[str]

POOL = [a + b for a in "bdfgklmnprst" for b in ("an", "el", "ip", "og", "um")]
"""Words that mean nothing, so that nothing can be known of them."""


@dataclass(frozen=True)
class Text:
    """A training text.

    Attributes:
        sentences: of words, among them <unk>.
        vocabulary: sorted: the words, </s>, and one word that never came.
        stranger: that word.
    """

    sentences: list[Sentence]
    vocabulary: list[str]
    stranger: str


def some_words(rng: Rng, count: int) -> Sentence:
    """Different words, in no order."""
    return [str(w) for w in rng.choice(POOL, size=count, replace=False)]


def some_sentences(
    rng: Rng, words: Sentence, count: int, low: int = 2, high: int = 7
) -> list[Sentence]:
    """Sentences of low ... high words, some words far more frequent than others."""
    p = 1 / np.arange(1, len(words) + 1)
    lengths = rng.integers(low, high + 1, size=count)
    return [[str(w) for w in rng.choice(words, size=T, p=p / p.sum())] for T in lengths]


def some_text(rng: Rng, words: int = 6, count: int = 16) -> Text:
    """A training text; <unk> is the rarest of its words."""
    stranger, *known = some_words(rng, words)
    known.append("<unk>")
    sentences = some_sentences(rng, known, count)
    sentences[int(rng.integers(count))].append("<unk>")
    return Text(sentences, sorted([*known, stranger, "</s>"]), stranger)


def followers(counts: Counts) -> dict[NGram, dict[str, int]]:
    """The words that came after each context, and how often."""
    after: dict[NGram, dict[str, int]] = {}
    for (*context, w), count in counts.items():
        after.setdefault(tuple(context), {})[w] = count
    return after


def busy_context(rng: Rng, counts: Counts) -> NGram:
    """A context of words after which several came, one of them more than once."""
    after = followers(counts)
    busy = [c for c, ws in after.items() if 1 < len(ws) < sum(ws.values()) and "<s>" not in c]
    return busy[int(rng.integers(len(busy)))]


def tables_of(text: Text, n: int) -> list[Counts]:
    """The counts of the orders 1 ... n."""
    return [count_ngrams(text.sentences, k) for k in range(1, n + 1)]


def chosen_apart(
    rng: Rng, held_out: Array, test: Array, both: Array, *, tries: int = 8
) -> list[int] | None:
    """An order of settings in which each way to choose one takes another, if there is one.

    The best on the held-out text, on the test text and on both together, the worst, the first and
    the last are six different settings. Whoever stops where the costs rise for the first time has
    not come to the best.

    Args:
        rng: for the order.
        held_out: what each setting costs on the held-out text.
        test: the same on the test text.
        both: the same on the two together.
        tries: orders that are tried.
    """
    chosen = [int(i) for i in (*map(np.argmin, (held_out, test, both)), np.argmax(held_out))]
    if len(set(chosen)) < len(chosen):
        return None
    for _ in range(tries):
        order = [int(i) for i in rng.permutation(len(held_out))]
        rises = np.diff(held_out[order])[: order.index(chosen[0])] > 0
        if rises.any() and {order[0], order[-1]}.isdisjoint(chosen):
            return order
    return None
