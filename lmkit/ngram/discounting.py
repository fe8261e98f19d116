"""Witten-Bell smoothing and absolute discounting."""

from __future__ import annotations

from typing import Any

import numpy as np
from nltk.lm.vocabulary import Vocabulary

from lmkit.by_hand.types import Array
from lmkit.ngram.interpolated import Interpolated
from lmkit.ngram.kneser_ney import one_discount
from lmkit.ngram.levels import Level


class WittenBell(Interpolated):
    """Witten-Bell smoothing: the more different words came after h, the likelier a new one is.

        gamma(h)    = N1+(h) / (N1+(h) + c(h))
        alpha(h, w) = (1 - gamma(h)) c(h, w) / c(h)

    Source: Witten and Bell (1991), method C.
    """

    def alpha_gamma(self, level: Level) -> tuple[Array, Array]:
        """(1 - gamma) c / c(h) and N1+(h) / (N1+(h) + c(h))."""
        gamma = level.followers() / (level.followers() + level.total)
        alpha = (1.0 - np.nan_to_num(gamma)[level.context]) * level.relative(level.count)
        return alpha, gamma


class AbsoluteDiscounting(Interpolated):
    """Absolute discounting: every count gives up the same D.

        alpha(h, w) = max(c(h, w) - D, 0) / c(h)
        gamma(h)    = D N1+(h) / c(h)

    Source: Ney, Essen and Kneser (1994).

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
            raise ValueError("the discount must lie between 0 and 1")
        self.discount = discount

    def parameters(self) -> dict[str, Any]:
        """The arguments that make the same model again, all of them JSON."""
        return {**super().parameters(), "discount": self.discount}

    def alpha_gamma(self, level: Level) -> tuple[Array, Array]:
        """max(c - D, 0) / c(h) and D N1+(h) / c(h)."""
        D = one_discount(level) if self.discount is None else self.discount
        alpha = level.relative(np.maximum(level.count - D, 0.0))
        return alpha, D * level.followers() / level.total
