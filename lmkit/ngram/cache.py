"""The unigram cache: a word that came is likely to come again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from nltk.lm.api import LanguageModel

from lmkit.by_hand.types import Array, IntArray
from lmkit.em import mixture_weights
from lmkit.ngram.counts import Counts, Hits, sort_with_places
from lmkit.ngram.model import Ngram, NgramModel
from lmkit.ngram.words import START, Sentences, Words

LENGTHS = (50, 100, 200, 500, 1000, 2000)


class Cache(NgramModel):
    """p(w | h) = (1 - weight) p_model(w | h) + weight p_cache(w), over any n-gram model.

    p_cache(w) is the share of w among the last `length` words and `</s>` before it, across
    sentences; while there are none, everything is left to the model. Source: Kuhn and De Mori
    (1990); "KN5 + cache" in deck 5.

    `log_probabilities` takes its text for one document. In NLTK's interface the cache is the
    context that is given, however long.

    Args:
        model: the model to interpolate with, fitted or not.
        length: how many words the cache holds.
        weight: the cache's share, from 0 to 1.
    """

    def __init__(self, model: NgramModel, length: int = 200, weight: float = 0.1) -> None:
        if length < 1 or not 0 <= weight <= 1:
            raise ValueError("length is at least 1, weight lies between 0 and 1")
        super().__init__(model.order, model.vocab)
        self.model, self.length, self.weight = model, length, weight
        self._share()

    def parameters(self) -> dict[str, Any]:
        """The arguments, beside the model, that make the same model again."""
        return {"length": self.length, "weight": self.weight}

    def fit(self, text: Iterable[Iterable[Ngram]], vocabulary_text: Any = None) -> None:
        """Fit the model below, as NLTK's `fit`."""
        self.model.fit(text, vocabulary_text)
        self._share()

    def _learn(self, counts: Counts, words: Words) -> None:
        self.model._learn(counts, words)
        self._share()

    def _share(self) -> None:
        self.words, self.counts, self.vocab = self.model.words, self.model.counts, self.model.vocab

    @property
    def nbytes(self) -> int:
        """Bytes that the arrays of the model below take: the cache has none."""
        return self.model.nbytes

    def _probabilities(self, hits: Sequence[Hits]) -> Array:
        return self.model._probabilities(hits)

    def log_probabilities(self, sentences: Sentences) -> Array:
        """ln p of every word of a text and of every `</s>`, in one row: (T,)."""
        text = list(sentences)
        p = np.exp(self.model.log_probabilities(text))
        p_cache = recent_share(self.words.encode(text), self.length)
        p_cache[:1] = p[:1]  # nothing is in the cache yet
        with np.errstate(divide="ignore"):
            return np.log((1 - self.weight) * p + self.weight * p_cache)

    def tune(self, sentences: Sentences, lengths: Sequence[int] = LENGTHS) -> float:
        """Choose length and weight on held-out text: never the training text, never the test's.

        The lengths are tried one after another, the weight is found by EM for each.

        Args:
            sentences: the held-out text.
            lengths: the lengths to try.

        Returns:
            The mean of ln p with the best of them.
        """
        text = list(sentences)
        p = np.exp(self.model.log_probabilities(text))
        ids = self.words.encode(text)
        best = -np.inf
        for length in lengths:
            p_cache = recent_share(ids, length)
            p_cache[:1] = p[:1]
            weight = float(mixture_weights(np.array([p, p_cache]))[1])
            value = float(np.log((1 - weight) * p + weight * p_cache).mean())
            if value > best:
                best, self.length, self.weight = value, length, weight
        return best

    def unmasked_score(self, word: str, context: Sequence[str] | None = None) -> float:
        """p(word | context), with the whole context in the cache."""
        return float(self._scores([word], tuple(context or ()))[0])

    def entropy(self, text_ngrams: Iterable[Ngram]) -> float:
        """The mean of -log2 p over n-grams; the words before the last are context and cache."""
        return float(LanguageModel.entropy(self, list(text_ngrams)))

    def _scores(self, words: Sequence[str], text: Sequence[str]) -> Array:
        p = self.model._scores(words, text)
        recent = [self.vocab.lookup(w) for w in text if w != START][-self.length :]
        if not recent:
            return p
        count = Counter(recent)
        share = np.array([count[w] / len(recent) for w in words])
        mixed: Array = (1 - self.weight) * p + self.weight * share
        return mixed


def recent_share(ids: IntArray, length: int) -> Array:
    """For each place of a text the share of its word among the `length` places before: (T,)."""
    T = len(ids)
    place = np.arange(T)
    first = np.maximum(place - length, 0)
    # Word and place in one ascending key: the places of one word in [first, place) stand in a row.
    key = ids.astype(np.int64) * T + place
    ascending, order = sort_with_places(key)
    rank = np.empty(T, np.int64)
    rank[order] = place
    before = rank - np.searchsorted(ascending, key - place + first)
    share: Array = before / np.maximum(place - first, 1)
    return share
