"""Models that look at one order only (MLE, Lidstone, Laplace), and stupid backoff."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from nltk.lm.vocabulary import Vocabulary

from lmkit.by_hand.types import Array
from lmkit.ngram.counts import Counts, Hits
from lmkit.ngram.levels import Level
from lmkit.ngram.model import NgramModel


class CountModel(NgramModel):
    """A model that computes p from c(h, w) and c(h) when it is asked.

    Attributes:
        total: c(h) for the contexts of the n-grams of order 1, ..., n; the last place, 0, is for
            those never seen.
    """

    total: list[Array]

    def _estimate(self, counts: Counts, levels: list[Level]) -> None:
        self.total = [level.total for level in levels]

    def _count(self, hits: Sequence[Hits], order: int) -> tuple[Array, Array]:
        """c(h, w) and c(h) for the last `order` words."""
        hit = hits[order - 1]
        count = self._fitted().tables[order - 1].counts
        found = count[hit.entry] if len(count) else np.zeros(len(hit.entry))
        return np.where(hit.entry >= 0, found, 0.0), self.total[order - 1][hit.context]


class MLE(CountModel):
    """p(w | h) = c(h, w) / c(h). Source: deck 2, n-gram language models.

    After a context that was never seen this is 0/0, the lecture's sparsity problem: the model
    gives 0 there, as NLTK does, and after every other context it sums to one.
    """

    def _probabilities(self, hits: Sequence[Hits]) -> Array:
        count, total = self._count(hits, len(hits))
        return np.divide(count, total, out=np.zeros_like(count), where=total > 0)


class Lidstone(CountModel):
    """p(w | h) = (c(h, w) + gamma) / (c(h) + gamma V), the lecture's add-delta.

    After a context that was never seen it is 1/V.

    Args:
        gamma: what is added to every count, above 0.
        order: n.
        vocabulary: NLTK's vocabulary for `fit`.
    """

    def __init__(self, gamma: float, order: int, vocabulary: Vocabulary | None = None) -> None:
        super().__init__(order, vocabulary)
        if not gamma > 0:
            raise ValueError(f"gamma must be above 0, not {gamma}: without it, this is MLE")
        self.added = gamma

    @property
    def gamma(self) -> float:
        """NLTK's name for what is added to every count."""
        return self.added

    def parameters(self) -> dict[str, Any]:
        """The arguments that make the same model again, all of them JSON."""
        return {**super().parameters(), "gamma": self.added}

    def _probabilities(self, hits: Sequence[Hits]) -> Array:
        count, total = self._count(hits, len(hits))
        p: Array = (count + self.added) / (total + self.added * self.size)
        return p


class Laplace(Lidstone):
    """Lidstone with gamma = 1: add one."""

    def __init__(self, order: int, vocabulary: Vocabulary | None = None) -> None:
        super().__init__(1.0, order, vocabulary)

    def parameters(self) -> dict[str, Any]:
        """The arguments that make the same model again, all of them JSON."""
        return {"order": self.order}


class StupidBackoff(CountModel):
    """S(w | h) = c(h, w) / c(h) if that is above 0, else alpha S(w | h').

    **S does not sum to one**: it is a score, not a probability, and a perplexity made of it is
    none. It ranks words, which is all that it was made for. Source: Brants and others (2007).

    Args:
        alpha: what a step to a shorter context costs.
        order: n.
        vocabulary: NLTK's vocabulary for `fit`.
    """

    def __init__(
        self, alpha: float = 0.4, order: int = 3, vocabulary: Vocabulary | None = None
    ) -> None:
        super().__init__(order, vocabulary)
        self.alpha = alpha

    def parameters(self) -> dict[str, Any]:
        """The arguments that make the same model again, all of them JSON."""
        return {**super().parameters(), "alpha": self.alpha}

    def _probabilities(self, hits: Sequence[Hits]) -> Array:
        S = np.zeros(len(hits[0].entry))
        for order in range(1, len(hits) + 1):
            count, total = self._count(hits, order)
            S *= self.alpha
            np.divide(count, total, out=S, where=count > 0)
        return S
