"""Models that hand on to a shorter context: p(w | h) is stored, or gamma(h) p(w | h')."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
from nltk.lm.vocabulary import Vocabulary

from lmkit.by_hand.types import Array
from lmkit.ngram.counts import Counts, Hits
from lmkit.ngram.levels import Level
from lmkit.ngram.model import NgramModel


class BackoffModel(NgramModel):
    """A model that is two tables, which is what an ARPA file holds.

        p(w | h) = P(h, w)                 if (h, w) is in the table
                 = gamma(h) p(w | h')      if not; gamma is 1 for a context never seen

    h' is h without its first word.

    Attributes:
        P: P(h, w) for the n-grams of order 1, ..., n.
        gamma: gamma(h) for the contexts of these n-grams; the last place, 1, is for those unseen.
        rest: what a word gets that stands in no table at all.
    """

    P: list[Array]
    gamma: list[Array]
    rest: float

    def _probabilities(self, hits: Sequence[Hits]) -> Array:
        p = np.ones(len(hits[0].entry))
        left = np.arange(len(p))  # the words that no longer n-gram has answered for
        for hit, P, gamma in reversed(list(zip(hits, self.P, self.gamma, strict=False))):
            entry = hit.entry.take(left)
            found = np.flatnonzero(entry >= 0)  # places, and take: half the time of a mask
            p[left.take(found)] *= P.take(entry.take(found))
            left = left.take(np.flatnonzero(entry < 0))
            p[left] *= gamma[hit.context.take(left)]
        p[left] *= self.rest
        return p


class Interpolated(BackoffModel):
    """p(w | h) = alpha(h, w) + gamma(h) p(w | h'); a subclass says what alpha and gamma are.

    Source: Chen and Goodman (1998), section 2.8.

    Args:
        order: n.
        vocabulary: NLTK's vocabulary for `fit`.
        uniform: whether the unigrams are interpolated in their turn, with the uniform
            distribution 1/V. False leaves words that were never seen with 0, as NLTK does.
    """

    def __init__(
        self, order: int, vocabulary: Vocabulary | None = None, *, uniform: bool = True
    ) -> None:
        super().__init__(order, vocabulary)
        self.uniform = uniform

    def parameters(self) -> dict[str, Any]:
        """The arguments that make the same model again, all of them JSON."""
        return {**super().parameters(), "uniform": self.uniform}

    @abstractmethod
    def alpha_gamma(self, level: Level) -> tuple[Array, Array]:
        """alpha for every n-gram (h, w), gamma for every context h."""

    def _estimate(self, counts: Counts, levels: list[Level]) -> None:
        self.P, self.gamma = [], []
        lower = np.array([1.0 / self.size if self.uniform else 0.0])
        for level in levels:
            if level.order == 1 and not self.uniform:
                alpha, gamma = level.relative(level.count), np.zeros(2)
            else:
                with np.errstate(divide="ignore", invalid="ignore"):
                    alpha, gamma = self.alpha_gamma(level)
                gamma[level.total == 0] = 1.0
            P = gamma[level.context]
            P *= lower[counts.tables[level.order - 1].suffix]
            P += alpha
            if level.order == 1 and counts.start is not None:
                P[counts.start] = 0.0
            self.P.append(P)
            self.gamma.append(gamma)
            lower = P
        self.rest = 1.0 / self.size if self.uniform else 0.0
