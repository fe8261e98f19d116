"""Several models as one: a neural and an n-gram model make different mistakes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lmkit.by_hand.types import Array, IntArray
from lmkit.em import mixture_weights
from lmkit.predictor import Predictor, State, as_array, scorer, words_of
from lmkit.vocabulary import Vocabulary


class Interpolation:
    """p(w | h) = sum_m weight_m p_m(w | h), at each word.

    A `lmkit.predictor.Predictor` itself. An n-gram model goes in as
    `NgramPredictor(model, vocabulary)`, with the vocabulary of the neural one.

    Args:
        models: two or more, with the same vocabulary.
        weights: one a model, none below 0, with sum 1; all the same if not given. `tune` learns
            them.

    Raises:
        ValueError: if vocabularies differ, or the weights are none.
    """

    def __init__(self, models: Sequence[Predictor], weights: Sequence[float] | None = None) -> None:
        M = len(models)
        if M < 2:
            raise ValueError(f"an interpolation is of two models or more, not of {M}")
        self.models = list(models)
        self.weights = np.full(M, 1 / M) if weights is None else np.array(weights, float)
        if (
            self.weights.shape != (M,)
            or (self.weights < 0).any()
            or abs(self.weights.sum() - 1) > 1e-6
        ):
            raise ValueError(f"weights are {M} numbers from 0 with sum 1, not {weights}")
        if any(words_of(model) != self.vocabulary for model in self.models):
            raise ValueError(
                "the models do not give the same ids to the same words: make the n-gram model "
                "`NgramPredictor(model, vocabulary)` with the vocabulary of the other"
            )
        self._scorers = [scorer(model) for model in self.models]

    @property
    def vocabulary(self) -> Vocabulary:
        """The words that all models share."""
        return words_of(self.models[0])

    def start(self, N: int) -> list[State]:
        """Every model's state before the first word of N texts."""
        return [model.start(N) for model in self.models]

    def log_probabilities(self, tokens: Any, state: list[State]) -> tuple[Array, list[State]]:
        """log p (N, T, V) of the word after each of `tokens` (N, T), and the states."""
        both = [m.log_probabilities(tokens, s) for m, s in zip(self.models, state, strict=True)]
        return self._mixed([as_array(log_p) for log_p, _ in both]), [after for _, after in both]

    def score(self, ids: IntArray) -> Array:
        """log p of each word of a text but the first, (T,); see `lmkit.predictor.score`."""
        return self._mixed([each(ids) for each in self._scorers])

    def tune(self, ids: IntArray) -> float:
        """Learn the weights by EM on held-out text: never the training text, never the test's.

        Args:
            ids: the text in one row, (T + 1,), as `score` takes it.

        Returns:
            The mean of log p with them.
        """
        log_p = [each(ids) for each in self._scorers]
        self.weights = mixture_weights(np.exp(log_p))
        return float(self._mixed(log_p).mean())

    def _mixed(self, log_p: Sequence[Array]) -> Array:
        with np.errstate(divide="ignore"):
            log_weights = np.log(self.weights)
        weighted = [w + each for w, each in zip(log_weights, log_p, strict=True)]
        return np.asarray(np.logaddexp.reduce(weighted))
