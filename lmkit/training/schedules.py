"""Learning rates, and when to average: each follows from the validation perplexities so far.

None keeps a memory of its own, so a run that is taken up again goes on as it would have.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


class Schedule(Protocol):
    """The learning rate of an epoch, and whether there is any point in another one."""

    def rate_for(self, perplexities: Sequence[float]) -> float:
        """The rate of the next epoch; the validation perplexities are those of all before."""
        ...

    def is_over(self, perplexities: Sequence[float]) -> bool:
        """Whether to stop before the last epoch."""
        ...


@dataclass(frozen=True)
class Decay:
    """`rate` for `epochs` epochs, then `factor` times the one before.

    Source: Zaremba et al. (2014), section 4.1. With factor 1 the rate is constant.
    """

    rate: float
    epochs: int = 0
    factor: float = 1.0

    def rate_for(self, perplexities: Sequence[float]) -> float:
        """By the number of the epoch alone."""
        return self.rate * float(self.factor ** max(0, len(perplexities) + 1 - self.epochs))

    def is_over(self, perplexities: Sequence[float]) -> bool:
        """Never early."""
        return False


@dataclass(frozen=True)
class Halving:
    """`rate` until the cross entropy J falls by too little; from then on half of it each epoch.

    Stops when it falls by too little a second time. Source: the RNNLM toolkit, Mikolov et al.
    (2011), whose `min_improvement` is 1.003: too little is J * 1.003 >= J of the epoch before.

    Args:
        rate: of the first epochs.
        improvement: how much J must fall, as a share of itself.
        factor: what the rate is multiplied by.
    """

    rate: float
    improvement: float = 0.003
    factor: float = 0.5

    def _misses(self, perplexities: Sequence[float]) -> list[int]:
        J = [math.log(p) for p in perplexities]
        return [e for e in range(1, len(J)) if J[e] * (1 + self.improvement) >= J[e - 1]]

    def rate_for(self, perplexities: Sequence[float]) -> float:
        """Halved once for each epoch since the first miss."""
        misses = self._misses(perplexities)
        times = len(perplexities) - misses[0] if misses else 0
        return self.rate * float(self.factor**times)

    def is_over(self, perplexities: Sequence[float]) -> bool:
        """At the second miss."""
        return len(self._misses(perplexities)) > 1


def begins_to_average(perplexities: Sequence[float], patience: int) -> int | None:
    """NT-ASGD's trigger: after which epoch the weights begin to be averaged.

    Epoch t is the first with v_t > min(v_1, ..., v_{t-1-patience}): worse than the best of all
    epochs but the last few. Source: Merity et al. (2018), algorithm 1, as in their program, where
    the last `patience` epochs before t are left out of the minimum.

    Args:
        perplexities: of the validation text after each epoch, v_1 first.
        patience: n; 5 in the paper.

    Returns:
        t, counted from 1, or None if it has not come to that.
    """
    for t in range(patience + 2, len(perplexities) + 1):
        if perplexities[t - 1] > min(perplexities[: t - 1 - patience]):
            return t
    return None
