"""Katz backoff."""

from __future__ import annotations

from typing import Any

import numpy as np
from nltk.lm.vocabulary import Vocabulary

from lmkit.by_hand.types import Array
from lmkit.ngram.counts import Counts
from lmkit.ngram.interpolated import BackoffModel
from lmkit.ngram.levels import Level

TINY = 1e-9
"""So little probability is none: what is left of a sum in floating point."""


class Katz(BackoffModel):
    """Katz backoff: seen words give up what Good and Turing say, unseen words share it.

        p(w | h) = d(r) r / c(h)        for r = c(h, w) > 0
                 = gamma(h) p(w | h')   for r = 0

        d(r) = (r*/r - A) / (1 - A) for r <= k, else 1
        r*   = (r + 1) n_(r+1) / n_r,  A = (k + 1) n_(k+1) / n_1
        gamma(h) = (1 - sum of p(w | h) over seen w) / (1 - sum of p(w | h') over seen w)

    Words that were never seen at all share what the unigrams give up. Source: Katz (1987).

    Args:
        order: n.
        vocabulary: NLTK's vocabulary for `fit`.
        k: counts above it are trusted.
    """

    def __init__(self, order: int, vocabulary: Vocabulary | None = None, *, k: int = 5) -> None:
        super().__init__(order, vocabulary)
        self.k = k

    def parameters(self) -> dict[str, Any]:
        """The arguments that make the same model again, all of them JSON."""
        return {**super().parameters(), "k": self.k}

    def _estimate(self, counts: Counts, levels: list[Level]) -> None:
        never = levels[0].count == 0
        if counts.start is not None:
            never[counts.start] = False
        lower = np.array([1.0 / never.sum() if never.any() else 0.0])
        self.rest = float(lower[0])
        self.P, self.gamma = [], []
        for level in levels:
            below = lower[counts.tables[level.order - 1].suffix]
            if level.order == 1:
                below[~never] = 0.0
                if not never.any():
                    lower = level.relative(level.count)
                    self.P.append(lower)
                    self.gamma.append(np.zeros(2))
                    continue
            P, gamma = self.back_off(level, below)
            self.P.append(P)
            self.gamma.append(gamma)
            lower = P

    def back_off(self, level: Level, below: Array) -> tuple[Array, Array]:
        """P(h, w) for every n-gram, gamma(h) for every context; below is p(w | h')."""
        seen = level.count > 0
        d = good_turing(level.counts_of_counts(self.k + 1), self.k)
        discounted = d[np.minimum(level.count, self.k + 1)] * level.count
        # Where no count is small enough to give anything up, one more is counted (as in SRILM).
        total = level.total + (level.total - level.sums(discounted) < TINY)
        P = np.where(seen, discounted / total[level.context], 0.0)
        left = 1.0 - level.sums(P)
        taken = 1.0 - level.sums(np.where(seen, below, 0.0))
        none_unseen = (taken < TINY) & (level.total > 0)
        P[none_unseen[level.context]] /= (1.0 - left)[level.context][none_unseen[level.context]]
        gamma = np.divide(left, taken, out=np.zeros_like(left), where=taken >= TINY)
        gamma[level.total == 0] = 1.0
        return np.where(seen, P, gamma[level.context] * below), gamma


def good_turing(n: list[int], k: int) -> Array:
    """The discounts d(r) for r = 0, 1, ..., k + 1.

    Args:
        n: how many n-grams came 0, 1, ..., k + 1 times.
        k: counts above it are not discounted.

    Returns:
        (k + 2,), from 0 to 1; (r - 1/2) / r up to k where a small text gives no such d(r).
    """
    d = np.ones(k + 2)
    r = np.arange(1, k + 1)
    d[1 : k + 1] = (r - 0.5) / r
    if k > 0 and all(n[1 : k + 2]):
        N = np.array(n, np.float64)
        A = (k + 1) * N[k + 1] / N[1]
        if A < 1:
            ratio = (r + 1) * N[r + 1] / (r * N[r])
            good = (ratio - A) / (1 - A)
            if ((good > 0) & (good <= 1)).all():
                d[1 : k + 1] = good
    return d
