"""Kneser-Ney smoothing, with one discount an order or with three."""

from __future__ import annotations

from typing import Any

import numpy as np
from nltk.lm.vocabulary import Vocabulary
from numpy.typing import NDArray

from lmkit.by_hand.types import Array
from lmkit.ngram.counts import Counts
from lmkit.ngram.interpolated import Interpolated
from lmkit.ngram.levels import Level

Mask = NDArray[np.bool_]


def continuation_levels(counts: Counts) -> list[Level]:
    """The counts that Kneser-Ney works on.

    At the highest order these are the counts themselves. Below, c(h, w) is the number of
    different words that stand in front of (h, w): N1+(. h w). In front of `<s>` stands nothing,
    so there the counts themselves are taken; a second `<s>` in front of the first would say
    nothing new, so n-grams with two are left out. Both as in kenlm and SRILM.
    """
    levels: list[Level] = []
    for k in range(counts.order, 0, -1):
        table = counts.tables[k - 1]
        if k == counts.order:
            count = table.counts.copy()
        else:
            longer = counts.tables[k]
            came = longer.counts > 0
            count = np.bincount(longer.suffix[came], minlength=len(table.keys))
        if counts.start is not None and k > 1:
            starts, repeats = _starts(counts, k)
            count[starts] = table.counts[starts]
            count[repeats] = 0
        levels.append(Level(counts, k, count))
    return levels[::-1]


def _starts(counts: Counts, order: int) -> tuple[Mask, Mask]:
    """Which n-grams begin with `<s>`, which with `<s> <s>`: two masks over the table."""
    starts = counts.word(1) == counts.start
    repeats = np.zeros_like(starts)
    for k in range(2, order + 1):
        context = counts.context(k)
        if k == 2:
            starts, repeats = starts[context], starts[context] & (counts.word(2) == counts.start)
        else:
            starts, repeats = starts[context], repeats[context]
    return starts, repeats


class KneserNey(Interpolated):
    """Interpolated Kneser-Ney smoothing with one discount an order.

        alpha(h, w) = max(c(h, w) - D, 0) / c(h)
        gamma(h)    = D N1+(h) / c(h)

    where below the highest order c counts continuations, as `continuation_levels` says.
    Source: Kneser and Ney (1995), as Chen and Goodman (1998) interpolate it, section 3.

    Args:
        order: n.
        vocabulary: NLTK's vocabulary for `fit`.
        discount: D, between 0 and 1, for all orders; None takes n_1 / (n_1 + 2 n_2) at each.
        uniform: whether unigrams are interpolated with 1/V.
    """

    def __init__(
        self,
        order: int,
        vocabulary: Vocabulary | None = None,
        *,
        discount: float | None = None,
        uniform: bool = True,
    ) -> None:
        super().__init__(order, vocabulary, uniform=uniform)
        if discount is not None and not 0 <= discount <= 1:
            raise ValueError("Discount must be between 0 and 1 for probabilities to sum to unity.")
        self.discount = discount

    def parameters(self) -> dict[str, Any]:
        """The arguments that make the same model again, all of them JSON."""
        return {**super().parameters(), "discount": self.discount}

    def _levels(self, counts: Counts) -> list[Level]:
        return continuation_levels(counts)

    def alpha_gamma(self, level: Level) -> tuple[Array, Array]:
        """max(c - D, 0) / c(h) and D N1+(h) / c(h)."""
        D = one_discount(level) if self.discount is None else self.discount
        alpha = level.relative(np.maximum(level.count - D, 0.0))
        return alpha, D * level.followers() / level.total


def one_discount(level: Level) -> float:
    """D = n_1 / (n_1 + 2 n_2), and 0.75 where a small text has no n_1 or no n_2.

    Source: Ney, Essen and Kneser (1994).
    """
    _, n1, n2 = level.counts_of_counts(2)
    return n1 / (n1 + 2 * n2) if n1 and n2 else 0.75


class ModifiedKneserNey(Interpolated):
    """Modified Kneser-Ney smoothing: three discounts an order, for counts of 1, 2, 3 and more.

        alpha(h, w) = (c(h, w) - D(c(h, w))) / c(h)
        gamma(h)    = (D_1 N_1(h) + D_2 N_2(h) + D_3+ N_3+(h)) / c(h)

    Source: Chen and Goodman (1998), section 3.
    """

    def _levels(self, counts: Counts) -> list[Level]:
        return continuation_levels(counts)

    def alpha_gamma(self, level: Level) -> tuple[Array, Array]:
        """(c - D(c)) / c(h) and (D_1 N_1(h) + D_2 N_2(h) + D_3+ N_3+(h)) / c(h)."""
        D = three_discounts(level)
        discount = D[np.minimum(level.count, 3)]
        alpha = level.relative(level.count - discount)
        return alpha, level.sums(discount) / level.total


def three_discounts(level: Level) -> Array:
    """[0, D_1, D_2, D_3+] with D_r = r - (r + 1) Y n_(r+1) / n_r and Y = n_1 / (n_1 + 2 n_2).

    A text too small or too regular to give D_r between 0 and r gets kenlm's way out:
    1/2, 1, 3/2. Source: Chen and Goodman (1998), equation 26.
    """
    n = level.counts_of_counts(4)
    if all(n[1:]):
        Y = n[1] / (n[1] + 2 * n[2])
        D = np.array([0.0, *(r - (r + 1) * Y * n[r + 1] / n[r] for r in (1, 2, 3))])
        if (D[1:] > 0).all():
            return D
    return np.array([0.0, 0.5, 1.0, 1.5])
