"""Counting on arrays against counting in dictionaries."""

import os
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmkit.by_hand.types import IntArray
from lmkit.ngram import ModifiedKneserNey
from lmkit.ngram import counts as counting
from lmkit.ngram.counts import count_ids, count_rows, in_pieces, sort_with_places
from lmkit.ngram.words import Words, learn_words

END, START, UNKNOWN = 0, 1, 2
SENTENCES = st.lists(st.lists(st.integers(3, 7), max_size=6), min_size=1, max_size=12)


def flat(sentences: Any) -> IntArray:
    return np.array([w for s in sentences for w in [*s, END]], np.int32)


def by_dictionary(sentences: Any, order: int) -> Counter[tuple[int, ...]]:
    """What a student writes."""
    counts: Counter[tuple[int, ...]] = Counter()
    for sentence in sentences:
        padded = [START] * (order - 1) + sentence + [END]
        counts.update(tuple(padded[i : i + order]) for i in range(len(padded) - order + 1))
    return counts


def as_dictionary(counts: Any, order: int) -> Counter[tuple[int, ...]]:
    rows = map(tuple, counts.rows(order).tolist())
    pairs = zip(rows, counts.tables[order - 1].counts.tolist(), strict=True)
    return Counter({row: n for row, n in pairs if n})


@given(SENTENCES, st.integers(1, 5))
def test_counts_of_every_order_are_the_dictionarys(sentences: Any, order: int) -> None:
    counts = count_ids(flat(sentences), order, 8, START, END)
    for k in range(1, order + 1):
        assert as_dictionary(counts, k) == by_dictionary(sentences, k)


@given(SENTENCES, st.integers(2, 5))
def test_keys_ascend_and_suffixes_are_the_last_words(sentences: Any, order: int) -> None:
    counts = count_ids(flat(sentences), order, 8, START, END)
    for k in range(2, order + 1):
        assert (np.diff(counts.tables[k - 1].keys) > 0).all()
        below = counts.rows(k - 1)[counts.tables[k - 1].suffix]
        assert (below == counts.rows(k)[:, 1:]).all()


@given(SENTENCES, SENTENCES, st.integers(1, 4))
def test_walking_a_text_finds_what_is_there_and_nothing_else(
    training: Any, test: Any, order: int
) -> None:
    counts = count_ids(flat(training), order, 8, START, END)
    hits = counts.walk(flat(test), START, END)
    for k in range(1, order + 1):
        expected = [
            by_dictionary(training, k)[tuple(([START] * (k - 1) + s + [END])[i : i + k])]
            for s in test
            for i in range(len(s) + 1)
        ]
        entry = hits[k - 1].entry
        found = np.where(entry >= 0, counts.tables[k - 1].counts[entry], 0)
        assert found.tolist() == expected


@given(SENTENCES, st.integers(1, 4))
def test_counting_given_ngrams_makes_the_same_tables(sentences: Any, order: int) -> None:
    counts = count_ids(flat(sentences), order, 8, START, END)
    rng = np.random.default_rng(len(sentences))
    shuffled = [rng.permutation(len(t.keys)) for t in counts.tables]
    rows = [counts.rows(k)[s] for k, s in enumerate(shuffled, start=1)]
    numbers = [t.counts[s] for t, s in zip(counts.tables, shuffled, strict=True)]
    again, places = count_rows(rows, numbers, 8, START)
    for one, other, place, moved in zip(counts.tables, again.tables, places, shuffled, strict=True):
        for mine, theirs in zip(one, other, strict=True):
            np.testing.assert_array_equal(mine, theirs)
        np.testing.assert_array_equal(place, moved)


def test_ngrams_whose_parts_are_not_given_get_them_with_count_0() -> None:
    counts, _ = count_rows(
        [np.zeros((0, 1), int), np.zeros((0, 2), int), np.array([[3, 1, 2], [3, 1, 2]])],
        [np.zeros(0, int), np.zeros(0, int), np.array([1, 1])],
        4,
    )
    assert counts.rows(2).tolist() == [[1, 2], [3, 1]]
    assert counts.tables[1].counts.tolist() == [0, 0]
    assert counts.rows(3).tolist() == [[3, 1, 2]] and counts.tables[2].counts.tolist() == [2]


def test_keys_too_large_to_pack_are_sorted_all_the_same() -> None:
    rng = np.random.default_rng(3)
    for top in (2**20, 2**62):
        keys = rng.integers(0, top, 5000)
        keys[1000:2000] = keys[:1000]
        ascending, place = sort_with_places(keys)
        np.testing.assert_array_equal(ascending, np.sort(keys))
        np.testing.assert_array_equal(place, np.argsort(keys, kind="stable"))


def test_counts_do_not_depend_on_packing(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(4)
    text = flat([rng.integers(3, 30, 9).tolist() for _ in range(200)])
    packed = count_ids(text, 4, 30, START, END)
    monkeypatch.setattr(counting, "LARGEST", 1)
    slow = count_ids(text, 4, 30, START, END)
    for one, other in zip(packed.tables, slow.tables, strict=True):
        for mine, theirs in zip(one, other, strict=True):
            np.testing.assert_array_equal(mine, theirs)


def test_a_text_that_is_padded_already_is_refused() -> None:
    with pytest.raises(ValueError, match="<s>"):
        learn_words([["a"], ["<s>", "b"]])
    with pytest.raises(ValueError, match="</s>"):
        learn_words([["a", "</s>"]])
    with pytest.raises(ValueError, match="</s>"):
        learn_words([["a"]])[0].encode([["a", "</s>"]])
    with pytest.raises(ValueError, match="close"):
        count_ids(np.array([3, 4, 3]), 2, 5, START, END)
    with pytest.raises(ValueError, match="between"):
        count_ids(np.array([3, 9, END]), 2, 5, START, END)


def test_words_are_learned_in_order_and_rare_ones_are_unknown() -> None:
    text = [["b", "a", "b"], ["c", "b", "a"], []]
    words, ids = learn_words(text)
    assert words.list == ["</s>", "<s>", "<unk>", "b", "a", "c"]
    assert ids.tolist() == [3, 4, 3, 0, 5, 3, 4, 0, 0]
    words, ids = learn_words(text, min_count=2)
    assert words.list == ["</s>", "<s>", "<unk>", "b", "a"]
    assert ids.tolist() == [3, 4, 3, 0, 2, 3, 4, 0, 0]
    assert words.encode([["a", "z"]]).tolist() == [4, 2, 0]


def test_a_word_that_stands_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        Words(["a", "a"])


@pytest.mark.parametrize("smallest", [1, 7, 40, 10_000])
def test_pieces_are_whole_sentences_and_one_a_core_at_most(
    smallest: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "SMALLEST_PIECE", smallest)
    monkeypatch.setattr(os, "cpu_count", lambda: 3)
    end = 4
    ids = np.random.default_rng(smallest).integers(0, 6, 200)
    ids[-1] = end
    pieces = in_pieces(ids, end)
    assert len(pieces) == min(3, 200 // smallest + 1)
    assert np.concatenate(pieces).tolist() == ids.tolist()
    assert all(piece[-1] == end for piece in pieces if len(piece))
    # One sentence cannot be cut, and no text is one piece of nothing.
    assert sorted(len(p) for p in in_pieces(np.array([1] * 90 + [end]), end))[-1] == 91
    assert [len(p) for p in in_pieces(np.array([], int), end)] == [0]


def test_a_text_in_pieces_scores_as_in_one(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    text = [[f"w{i}" for i in rng.integers(0, 9, rng.integers(1, 8))] for _ in range(120)]
    model = ModifiedKneserNey(3)
    model.fit_sentences(text[:80])
    whole = model.log_probabilities(text)
    monkeypatch.setattr(counting, "SMALLEST_PIECE", 20)
    monkeypatch.setattr(os, "cpu_count", lambda: 5)
    assert model.log_probabilities(text).tolist() == whole.tolist()
