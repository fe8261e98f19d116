"""A text in rows and chunks: nothing is left out at a border, nothing comes twice."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmkit.batching import borders, chunks, side_by_side, varied_borders

TEXT = np.arange(100, 113)  # 13 words: a ... m


def test_rows_go_on_where_the_picture_says() -> None:
    x, y = side_by_side(TEXT, 2)

    assert x.tolist() == [[100, 101, 102, 103, 104, 105], [106, 107, 108, 109, 110, 111]]
    assert y.tolist() == [[101, 102, 103, 104, 105, 106], [107, 108, 109, 110, 111, 112]]


@given(length=st.integers(2, 300), N=st.integers(1, 7), T=st.integers(1, 40))
def test_every_word_is_a_target_once_and_the_chunks_are_the_text(
    length: Any, N: Any, T: int
) -> None:
    if length <= N:
        return
    text = np.random.default_rng(length).integers(0, 50, length)
    x, y = side_by_side(text, N)
    L = (length - 1) // N
    pieces = list(chunks(x, y, borders(L, T)))

    assert np.concatenate([p for p, _ in pieces], axis=1).ravel().tolist() == text[: N * L].tolist()
    followers = np.concatenate([p for _, p in pieces], axis=1).ravel()
    assert followers.tolist() == text[1 : N * L + 1].tolist()
    assert all(a.shape[1] <= T for a, _ in pieces)


@given(length=st.integers(1, 3000), T=st.integers(10, 70), seed=st.integers(0, 99))
def test_varied_chunks_lie_one_behind_the_other(length: Any, T: int, seed: Any) -> None:
    places = varied_borders(length, T, np.random.default_rng(seed))

    assert places[0][0] == 0 and places[-1][1] == length
    assert all(a[1] == b[0] for a, b in pairwise(places))
    assert all((b - a) % 5 == 0 and b - a >= 5 for a, b in places[:-1])


def test_varied_chunks_are_about_T_long_and_a_twentieth_of_them_half_of_it() -> None:
    places = varied_borders(700_000, 70, np.random.default_rng(3))
    lengths = np.array([b - a for a, b in places[:-1]])

    assert np.mean(lengths < 52) == pytest.approx(0.05, abs=0.01)
    assert lengths[lengths > 52].mean() == pytest.approx(70, abs=0.5)
    assert lengths[lengths > 52].std() == pytest.approx(5, abs=0.5)


def test_a_text_too_short_for_its_rows_says_so() -> None:
    with pytest.raises(ValueError, match=r"13 words, too few for 13 rows"):
        side_by_side(TEXT, 13)
