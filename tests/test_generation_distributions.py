"""Temperature, top-k and nucleus, against the definitions written out in plain Python."""

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lmkit.generation import nucleus, top_k, with_temperature

numbers = st.lists(st.integers(0, 9), min_size=1, max_size=7).filter(any)


def brute_top_k(p: Any, k: Any) -> Any:
    """One word after another, the likeliest first, until there are k."""
    order = sorted(range(len(p)), key=lambda w: (-p[w], w))
    kept = [p[w] if w in order[:k] else 0.0 for w in range(len(p))]
    return np.array(kept) / sum(kept)


def brute_nucleus(p: Any, mass: Any) -> Any:
    """Among all sets of words that have the mass: the fewest words, and of these the likeliest."""
    subsets = [s for s in product([0, 1], repeat=len(p)) if np.dot(s, p) >= mass - 1e-12]
    fewest = min(sum(s) for s in subsets)
    return max(np.dot(s, p) for s in subsets if sum(s) == fewest), fewest


@given(numbers, st.sampled_from([0.2, 0.5, 1.0, 1.7, 30.0]))
def test_temperature_is_a_power(counts: Any, temperature: Any) -> None:
    p = np.array(counts) / sum(counts)
    power = np.array([float(x) ** (1 / temperature) if x else 0.0 for x in p])
    np.testing.assert_allclose(with_temperature(p, temperature), power / power.sum(), atol=1e-14)


def test_temperature_by_hand() -> None:
    """(0.8, 0.2) at 1/2: squares, 0.64 : 0.04. At 2: roots, 2 : 1."""
    p = np.array([0.8, 0.2])
    np.testing.assert_allclose(with_temperature(p, 0.5), [16 / 17, 1 / 17])
    np.testing.assert_allclose(with_temperature(p, 2.0), [2 / 3, 1 / 3])


def test_temperatures_near_nothing_and_without_end() -> None:
    p = np.array([0.5, 0.2, 0.3])
    np.testing.assert_allclose(with_temperature(p, 1e-3), [1, 0, 0], atol=1e-12)
    np.testing.assert_allclose(with_temperature(p, 1e9), [1 / 3] * 3, atol=1e-8)


@given(numbers, st.integers(1, 9))
def test_top_k_is_the_definition(counts: Any, k: Any) -> None:
    p = np.array(counts) / sum(counts)
    np.testing.assert_allclose(top_k(p, k), brute_top_k(p, k), atol=1e-15)


@example([2, 4, 6], 0.5)  # 6 / 12 is a little less than a half when divided
@given(numbers, st.sampled_from([0.05, 0.31, 0.5, 0.77, 0.95, 1.0]))
def test_the_nucleus_is_the_smallest_set_with_the_mass(counts: Any, mass: Any) -> None:
    p = np.array(counts) / sum(counts)
    kept = nucleus(p, mass)
    inside = kept > 0
    best, fewest = brute_nucleus(p, mass)
    if mass < 1:
        assert inside.sum() == fewest
        assert p[inside].sum() == pytest.approx(best)
    assert kept.sum() == pytest.approx(1)
    np.testing.assert_allclose(kept[inside], p[inside] / p[inside].sum())


def test_the_nucleus_by_hand() -> None:
    """0.5 has 0.5 already; 0.51 needs 0.5 + 0.3; nothing of 0.15 and 0.05."""
    p = np.array([0.15, 0.5, 0.05, 0.3])
    np.testing.assert_allclose(nucleus(p, 0.5), [0, 1, 0, 0])
    np.testing.assert_allclose(nucleus(p, 0.51), [0, 5 / 8, 0, 3 / 8])
    np.testing.assert_allclose(nucleus(p, 1.0), p)


@pytest.mark.parametrize(
    "change",
    [
        lambda p: with_temperature(p, 0.7),
        lambda p: top_k(p, 3),
        lambda p: nucleus(p, 0.6),
    ],
)
def test_rows_are_independent_and_scores_are_normalised_first(change: Any) -> None:
    rng = np.random.default_rng(3)
    p = rng.dirichlet(np.ones(6), size=(2, 4))
    before = p.copy()
    changed = change(p)
    assert changed.shape == (2, 4, 6)
    np.testing.assert_allclose(changed.sum(-1), 1)
    for n, t in np.ndindex(2, 4):
        np.testing.assert_allclose(changed[n, t], change(p[n, t]))
    np.testing.assert_allclose(change(7.5 * p), changed)
    np.testing.assert_array_equal(p, before)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda p: with_temperature(p, 0.0), "greedy"),
        (lambda p: with_temperature(p, float("nan")), "nan"),
        (lambda p: top_k(p, 0), "k is at least 1"),
        (lambda p: nucleus(p, 0.0), "mass"),
        (lambda p: nucleus(p, 1.2), "1.2"),
        (lambda p: nucleus(0 * p, 0.5), "probability 0"),
        (lambda p: top_k(0 * p, 2), "probability 0"),
        (lambda p: with_temperature(0 * p, 2.0), "probability 0"),
    ],
)
def test_what_makes_no_sense_is_refused(change: Any, named: Any) -> None:
    with pytest.raises(ValueError, match=named):
        change(np.array([0.4, 0.6]))
