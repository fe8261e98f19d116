"""The sums that every estimator is made of, for the n-grams of one order."""

from __future__ import annotations

import numpy as np

from lmkit.by_hand.types import Array, IntArray
from lmkit.ngram.counts import Counts


class Level:
    """c(h, w), c(h) and N1+(h) for all n-grams (h, w) of one order.

    Arrays over contexts have one place more than there are contexts: the last, 0, belongs to
    id -1, the context that was never seen.

    Attributes:
        order: how many words an n-gram has.
        count: c(h, w), (n-grams,).
        context: the id of h, (n-grams,).
        total: c(h), the sum of c(h, w) over w, (contexts + 1,).
    """

    def __init__(self, counts: Counts, order: int, count: IntArray | None = None) -> None:
        self.order = order
        self.count = counts.tables[order - 1].counts if count is None else count
        self.context = counts.context(order)
        self.contexts = counts.contexts(order)
        self.total = self.sums(self.count)

    def sums(self, values: Array | IntArray | None) -> Array:
        """The sum of values (n-grams,) over the words after each context; None counts them."""
        return np.bincount(self.context, values, self.contexts + 1).astype(np.float64, copy=False)

    def followers(self, least: int = 1, most: int | None = None) -> Array:
        """N(h): how many words came after h at least `least` and at most `most` times."""
        wanted = self.count >= least
        if most is not None:
            wanted &= self.count <= most
        return np.bincount(self.context[wanted], minlength=self.contexts + 1).astype(np.float64)

    def counts_of_counts(self, most: int) -> list[int]:
        """[n_0, n_1, ...]: how many n-grams came r times (n_0 is not known and stands for 0)."""
        small = self.count[self.count <= most]
        return [0, *np.bincount(small, minlength=most + 1)[1:].tolist()]

    def relative(self, numerator: Array | IntArray) -> Array:
        """numerator / c(h) for every n-gram; 0 where c(h) is 0."""
        total = self.total[self.context]
        return np.divide(numerator, total, out=np.zeros(len(total)), where=total > 0)
