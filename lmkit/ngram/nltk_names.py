"""The interpolated models under NLTK's names, with NLTK's arguments, defaults and numbers.

They leave the unigrams as they are, so a word that was never seen gets 0 everywhere; give
`uniform=True` for the right value, or use `WittenBell`, `AbsoluteDiscounting` and `KneserNey`.
`KneserNeyInterpolated` differs from NLTK where NLTK's does not sum to one: after a context that
ends with `<s>`, at order 3 and above. There NLTK's gamma counts the second `<s>` as a word that
followed the first, and its alpha does not.
"""

from __future__ import annotations

from nltk.lm.vocabulary import Vocabulary

from lmkit.ngram.discounting import AbsoluteDiscounting, WittenBell
from lmkit.ngram.kneser_ney import KneserNey


class WittenBellInterpolated(WittenBell):
    """`WittenBell` as NLTK has it: unigrams by MLE."""

    def __init__(
        self, order: int, vocabulary: Vocabulary | None = None, *, uniform: bool = False
    ) -> None:
        super().__init__(order, vocabulary, uniform=uniform)


class AbsoluteDiscountingInterpolated(AbsoluteDiscounting):
    """`AbsoluteDiscounting` as NLTK has it: unigrams by MLE, D = 0.75."""

    def __init__(
        self,
        order: int,
        discount: float | None = 0.75,
        vocabulary: Vocabulary | None = None,
        *,
        uniform: bool = False,
    ) -> None:
        super().__init__(order, vocabulary, discount=discount, uniform=uniform)


class KneserNeyInterpolated(KneserNey):
    """`KneserNey` as NLTK has it: unigrams not discounted, D = 0.1."""

    def __init__(
        self,
        order: int,
        discount: float | None = 0.1,
        vocabulary: Vocabulary | None = None,
        *,
        uniform: bool = False,
    ) -> None:
        super().__init__(order, vocabulary, discount=discount, uniform=uniform)
