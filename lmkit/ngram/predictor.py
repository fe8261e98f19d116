"""An n-gram model, word by word, as neural models are used."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lmkit.by_hand.types import Array, IntArray
from lmkit.ngram.cache import Cache
from lmkit.ngram.model import NgramModel
from lmkit.vocabulary import END, MARKS, START, Vocabulary

History = NDArray[np.object_]
"""(N,): for each text the last words, as a tuple."""


class NgramPredictor:
    """`lmkit.predictor.Predictor` over an n-gram model.

    Nothing crosses a sentence: behind `</s>` stand n-1 `<s>`. A `Cache` keeps its words, as in
    `Cache.log_probabilities`.

    Args:
        model: any fitted model of `lmkit.ngram`.
        vocabulary: the ids of the words, as those of a neural model; the model's own words in
            their order if not given.

    Raises:
        ValueError: if the vocabulary does not hold the same words as the model.
    """

    def __init__(self, model: NgramModel, vocabulary: Vocabulary | None = None) -> None:
        known = [word for word in model.words.list if word not in MARKS]
        self.model = model
        self.vocabulary = Vocabulary(known) if vocabulary is None else vocabulary
        different = set(known) ^ set(self.vocabulary.words[len(MARKS) :])
        if different:
            raise ValueError(
                f"the n-gram model and the vocabulary do not have the same words ({len(different)} "
                f"are in one alone, as {min(different)!r}): fit the n-gram model on the same text"
            )
        self._starts = (START,) * (model.order - 1)
        self._length = model.order - 1
        if isinstance(model, Cache):
            # As many <s> as one a word may stand between the cache's words.
            self._length += model.length * model.order

    def start(self, N: int) -> History:
        """n-1 `<s>` for each text."""
        history = np.empty(N, object)
        history[:] = [self._starts] * N
        return history

    def log_probabilities(self, tokens: IntArray, state: History) -> tuple[Array, History]:
        """log p (N, T, V) of the word after each of `tokens` (N, T), and the last words.

        `<s>` has log p = -inf.
        """
        words = np.asarray(self.vocabulary.words, object)[np.asarray(tokens)]
        known: dict[tuple[str, ...], Array] = {}
        p = np.empty((*words.shape, len(self.vocabulary)))
        after = self.start(len(state))
        for n, history in enumerate(state):
            for t, word in enumerate(words[n]):
                history = self._read(history, word)
                if history not in known:
                    known[history] = self._p(history)
                p[n, t] = known[history]
            after[n] = history
        with np.errstate(divide="ignore"):
            return np.log(p), after

    def score(self, ids: IntArray) -> Array:
        """log p of each word of a text but the first, (T,); see `lmkit.predictor.score`."""
        first, *others = self.vocabulary.decode(ids)
        words = others if first == END else [first, *others]
        sentences: list[list[str]] = [[]]
        for word in words:
            if word == END:
                sentences.append([])
            else:
                sentences[-1].append(word)
        # </s> behind the last words is put in by the model, and may not be in the text.
        scored = self.model.log_probabilities(sentences)[: len(words)]
        return scored[len(words) - len(others) :]

    def _read(self, history: tuple[str, ...], word: str) -> tuple[str, ...]:
        if word == START:
            return history
        longer = (*history, word, *(self._starts if word == END else ()))
        return longer[max(len(longer) - self._length, 0) :]

    def _p(self, history: tuple[str, ...]) -> Array:
        p = self.model._scores(self.vocabulary.words, history)
        p[0] = 0.0  # <s>, in a model that was fitted NLTK's way
        return p
