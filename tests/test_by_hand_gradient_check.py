"""Central differences: do they tell a right gradient from a wrong one, and leave no trace?"""

from __future__ import annotations

import numpy as np
import pytest

from lmkit.by_hand import gradient_check


def test_right_gradient_passes() -> None:
    # L = sum a_ij p_ij^3: dL/dp = 3 a p^2, entry by entry.
    rng = np.random.default_rng(0)
    a, p = rng.uniform(1, 2, (3, 4)), rng.uniform(1, 2, (3, 4))
    check = gradient_check(lambda: float((a * p**3).sum()), p, 3 * a * p**2)
    assert check.relative_error < 1e-8
    np.testing.assert_allclose(check.numeric, 3 * a * p**2, rtol=1e-8)


def test_one_wrong_entry_is_found() -> None:
    rng = np.random.default_rng(1)
    p = rng.uniform(1, 2, (3, 4))
    wrong = 2 * p
    wrong[2, 1] *= -1
    check = gradient_check(lambda: float((p**2).sum()), p, wrong)
    assert check.worst == (2, 1)
    assert check.relative_error == pytest.approx(2.0, rel=1e-6)  # |-g - g| / |g|


@pytest.mark.parametrize(
    ("analytic", "expected"),
    [
        (1.25, 0.2),  # (1.25 - 1) / 1.25: the larger of the two is the measure
        (0.8, 0.2),  # (1 - 0.8) / 1
        (0.0, 1.0),
    ],
)
def test_relative_error_by_hand(analytic: float, expected: float) -> None:
    p = np.array([3.0])
    check = gradient_check(lambda: float(p[0]), p, np.array([analytic]))
    assert check.relative_error == pytest.approx(expected, rel=1e-8)


def test_entries_that_are_zero_in_both_agree() -> None:
    check = gradient_check(lambda: 1.0, np.array([1.0, 2.0]), np.zeros(2))
    assert check.relative_error == 0.0


def test_entries_below_the_floor_are_measured_by_it() -> None:
    # |1e-10 - 0| / max(1e-10, 0, 1e-8) = 0.01
    check = gradient_check(lambda: 1.0, np.array([1.0]), np.array([1e-10]))
    assert check.relative_error == pytest.approx(0.01, rel=1e-12)


def test_epsilon_is_half_the_distance() -> None:
    # p^3 at 2 +- 0.5: (2.5^3 - 1.5^3) / 1 = 15.625 - 3.375 = 12.25.
    p = np.array([2.0])
    check = gradient_check(lambda: float(p[0] ** 3), p, np.array([12.0]), epsilon=0.5)
    np.testing.assert_allclose(check.numeric, [12.25], rtol=1e-14)


def test_parameter_is_restored_to_the_bit() -> None:
    # value + epsilon - epsilon would not be value again.
    p = np.random.default_rng(2).standard_normal((4, 3))
    before = p.copy()
    gradient_check(lambda: float((p**2).sum()), p, 2 * p)
    np.testing.assert_array_equal(p, before)


@pytest.mark.parametrize("fails_at_call", [1, 2, 3, 4])
def test_parameter_is_restored_when_the_loss_fails(fails_at_call: int) -> None:
    p = np.array([0.1, 0.7])
    calls = 0

    def loss() -> float:
        nonlocal calls
        calls += 1
        if calls == fails_at_call:
            raise ArithmeticError("the loss fails")
        return float(p.sum())

    with pytest.raises(ArithmeticError, match="the loss fails"):
        gradient_check(loss, p, np.ones(2))
    np.testing.assert_array_equal(p, [0.1, 0.7])


def test_nan_does_not_pass_for_right() -> None:
    p = np.array([1.0, 2.0, 3.0])
    check = gradient_check(lambda: float((p**2).sum()), p, np.array([2.0, np.nan, 6.0]))
    assert np.isnan(check.relative_error)
    assert check.worst == (1,)


def test_a_view_and_a_single_number_can_be_checked() -> None:
    whole = np.arange(12.0).reshape(3, 4)
    column = whole[:, 1]
    check = gradient_check(lambda: float((whole**2).sum()), column, 2 * column)
    assert check.relative_error < 1e-7

    number = np.array(3.0)
    check = gradient_check(lambda: float(number**2), number, np.array(6.0))
    assert check.worst == ()
    assert check.relative_error < 1e-7


def test_it_says_how_large_and_where() -> None:
    p = np.array([[1.0, 1.0]])
    check = gradient_check(lambda: float(p.sum()), p, np.array([[1.0, 0.5]]))
    assert str(check) == "relative error 5.0e-01, worst at (0, 1)"


def test_shapes_that_differ_are_refused() -> None:
    with pytest.raises(ValueError, match=r"gradient has shape \(3, 2\), its parameter \(2, 3\)"):
        gradient_check(lambda: 0.0, np.zeros((2, 3)), np.zeros((3, 2)))


@pytest.mark.parametrize("dtype", [np.float32, np.int64])
def test_parameter_must_be_float64(dtype: type) -> None:
    with pytest.raises(ValueError, match=f"parameter is {np.dtype(dtype)}"):
        gradient_check(lambda: 0.0, np.zeros(3, dtype=dtype), np.zeros(3))
