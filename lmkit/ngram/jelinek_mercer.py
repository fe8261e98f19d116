"""Jelinek-Mercer interpolation, its weights learned by EM."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from nltk.lm.vocabulary import Vocabulary

from lmkit.by_hand.types import Array
from lmkit.ngram.interpolated import Interpolated
from lmkit.ngram.levels import Level
from lmkit.ngram.words import END, START, Sentences


class JelinekMercer(Interpolated):
    """p(w | h) = lambda_n c(h, w) / c(h) + (1 - lambda_n) p(w | h'), down to 1/V.

    One weight an order; a context that was never seen hands everything on.
    Source: Jelinek and Mercer (1980).

    Args:
        order: n.
        vocabulary: NLTK's vocabulary for `fit`.
        weights: lambda_1, ..., lambda_n, each between 0 and 1; one half each if not given.
            `tune` learns them.
    """

    def __init__(
        self,
        order: int,
        vocabulary: Vocabulary | None = None,
        *,
        weights: Sequence[float] | None = None,
    ) -> None:
        super().__init__(order, vocabulary)
        self.weights = [0.5] * order if weights is None else [float(w) for w in weights]
        if len(self.weights) != order or not all(0 <= w <= 1 for w in self.weights):
            raise ValueError(f"weights are {order} numbers between 0 and 1, not {weights}")

    def parameters(self) -> dict[str, Any]:
        """The arguments that make the same model again, all of them JSON."""
        return {"order": self.order, "weights": self.weights}

    def alpha_gamma(self, level: Level) -> tuple[Array, Array]:
        """lambda c / c(h) and 1 - lambda."""
        weight = self.weights[level.order - 1]
        return weight * level.relative(level.count), np.full(len(level.total), 1.0 - weight)

    def tune(self, sentences: Sentences, steps: int = 50, tolerance: float = 1e-6) -> list[float]:
        """Learn the weights by EM on held-out text: never the training text, never the test's.

        Each word is taken to be drawn from one of the orders. E: how likely is each, given the
        word? M: lambda_k is the share of order k among the words that got down to it.

        Args:
            sentences: the held-out text.
            steps: how many steps of EM at most.
            tolerance: stop when ln p a word grows by less.

        Returns:
            The mean of ln p before each step; it never falls.
        """
        counts = self._fitted()
        ids = self.words.encode(sentences)
        hits = counts.walk(ids, self._id(START), self._id(END))
        levels = self._levels(counts)
        pairs = list(zip(levels, hits, strict=True))
        known = np.array([level.total[hit.context] > 0 for level, hit in pairs])
        mle = np.zeros(known.shape)
        for k, (level, hit) in enumerate(pairs):
            found = hit.entry >= 0
            mle[k, found] = level.relative(level.count)[hit.entry[found]]
        history: list[float] = []
        for _ in range(steps):
            weight = np.array(self.weights)[:, None] * known
            passed_on = np.cumprod((1.0 - weight)[::-1], axis=0)[::-1]
            reached = np.vstack([passed_on[1:], np.ones(len(ids))])
            drawn = reached * weight * mle
            p = drawn.sum(0) + passed_on[0] / self.size
            with np.errstate(divide="ignore"):
                history.append(float(np.log(p).mean()))
            drawn /= np.maximum(p, np.finfo(float).tiny)
            # Given the word, order k was reached if neither order above it was the one.
            above = np.vstack([np.cumsum(drawn[::-1], axis=0)[::-1][1:], np.zeros(len(ids))])
            at_k = ((1.0 - above) * known).sum(1)
            share = np.divide(drawn.sum(1), at_k, out=np.array(self.weights), where=at_k > 0)
            self.weights = np.clip(share, 0.0, 1.0).tolist()
            if len(history) > 1 and history[-1] - history[-2] < tolerance:
                break
        self._estimate(counts, levels)
        return history
