"""Learning rates and NT-ASGD's trigger, by hand arithmetic."""

import math
from typing import Any

import pytest

from lmkit.training.schedules import Decay, Halving, begins_to_average


def test_zaremba_small_has_four_epochs_at_1_and_then_halves() -> None:
    rates = [Decay(1.0, 4, 0.5).rate_for([100.0] * done) for done in range(13)]

    assert rates == [1, 1, 1, 1, *(0.5**k for k in range(1, 10))]


def test_halving_begins_at_the_first_miss_and_ends_at_the_second() -> None:
    # J = 5, 4.9, 4.895, 4.8, 4.79. Needed: J * 1.003 < J before.
    # 4.9 * 1.003 = 4.9147 < 5: well. 4.895 * 1.003 = 4.9097 >= 4.9: a miss, so halve from now on.
    # 4.8 * 1.003 = 4.8144 < 4.895: well. 4.79 * 1.003 = 4.8044 >= 4.8: the second miss.
    seen = [math.exp(J) for J in (5.0, 4.9, 4.895, 4.8, 4.79)]
    schedule = Halving(0.1)

    rates = [schedule.rate_for(seen[:done]) for done in range(5)]
    assert rates == pytest.approx([0.1, 0.1, 0.1, 0.05, 0.025])
    assert [schedule.is_over(seen[:done]) for done in range(6)] == [*[False] * 5, True]


@pytest.mark.parametrize(
    ("perplexities", "patience", "begins"),
    [
        # n = 2. v_4 = 8 is compared with min(v_1) = 9: lower. v_5 = 8.5 with min(9, 7) = 7: above.
        ([9, 7, 8, 8, 8.5], 2, 5),
        # v_4 = 9.5 is above min(v_1) = 9 at once.
        ([9, 7, 8, 9.5], 2, 4),
        # n = 5: seven epochs have to be over before anything is compared.
        ([5, 6, 7, 8, 9, 10], 5, None),
        ([5, 6, 7, 8, 9, 10, 11], 5, 7),
        # Always better than what lies far enough back.
        ([9, 8, 7, 6, 5, 4, 3, 2], 2, None),
        # Once begun, it has begun: what comes later does not matter.
        ([9, 7, 8, 9.5, 1, 1, 1], 2, 4),
        ([], 5, None),
    ],
)
def test_averaging_begins_when_it_is_worse_than_the_best_but_for_the_last_n(
    perplexities: Any, patience: Any, begins: Any
) -> None:
    assert begins_to_average(perplexities, patience) == begins
