"""Words and characters as numbers, there and back."""

import json
import os
import stat
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import ArrayLike

from lmkit.vocabulary import MARKS, Integer, Vocabulary

TEXT = [
    ["the", "dog", "sees", "the", "cat"],
    ["the", "cat", "sees", "a", "<unk>", "bird"],
    ["a", "dog"],
]
# Counts: the 3; a, cat, dog, sees 2 each; bird 1. With the marks in front:
IN_ORDER = ("<s>", "</s>", "<unk>", "the", "a", "cat", "dog", "sees", "bird")

WORDS = st.lists(st.lists(st.text("abc'-é\u4e00 \n\"\\", min_size=1, max_size=3), max_size=6))


def test_the_most_frequent_first_then_in_alphabetical_order() -> None:
    assert Vocabulary.build(TEXT).words == IN_ORDER
    assert Vocabulary.build(reversed([s[::-1] for s in TEXT])).words == IN_ORDER


@pytest.mark.parametrize(
    ("limits", "left"),
    [
        ({"min_count": 2}, 8),
        ({"min_count": 3}, 4),
        ({"min_count": 4}, 3),
        ({"max_size": 6}, 6),
        ({"max_size": 3}, 3),
        ({"max_size": 99}, 9),
        ({"min_count": 2, "max_size": 5}, 5),
        ({"min_count": 3, "max_size": 8}, 4),
    ],
)
def test_the_cut(limits: dict[str, int], left: int) -> None:
    vocab = Vocabulary.build(TEXT, **limits)
    assert vocab.words == IN_ORDER[:left]
    assert len(vocab) == left
    assert left == 1 + vocab.V  # <s> is never predicted


def test_encode_and_decode_by_hand() -> None:
    vocab = Vocabulary.build(TEXT, min_count=2)
    ids = vocab.encode(["the", "bird", "sees", "<unk>", "a", "zebra"])
    assert ids.tolist() == [3, 2, 7, 2, 4, 2]
    assert vocab.decode(ids) == ["the", "<unk>", "sees", "<unk>", "a", "<unk>"]
    assert "dog" in vocab and "bird" not in vocab and "<s>" in vocab


@pytest.mark.parametrize(
    ("starts", "expected"),
    [
        (0, [3, 6, 1, 2, 1, 1]),
        (1, [0, 3, 6, 1, 0, 2, 1, 0, 1]),
        (2, [0, 0, 3, 6, 1, 0, 0, 2, 1, 0, 0, 1]),
    ],
)
def test_sentences_are_framed(starts: int, expected: list[int]) -> None:
    vocab = Vocabulary.build(TEXT, min_count=2)
    sentences = [["the", "dog"], ["bird"], []]
    assert vocab.encode_sentences(sentences, starts=starts).tolist() == expected


@pytest.mark.parametrize("dtype", [np.int32, np.int64])
def test_dtypes(dtype: Integer) -> None:
    vocab = Vocabulary.build(TEXT)
    for ids in (vocab.encode(["dog"], dtype), vocab.encode_sentences(TEXT, dtype=dtype)):
        assert ids.dtype == dtype and ids.ndim == 1
    assert vocab.encode([]).dtype == np.int32
    assert vocab.encode([]).shape == (0,)
    assert vocab.decode([]) == []
    assert vocab.decode([3, 4]) == ["the", "a"]


@settings(deadline=None)
@given(WORDS, st.integers(1, 3), st.none() | st.integers(3, 8))
def test_what_is_in_the_vocabulary_comes_back_and_the_rest_is_unknown(
    sentences: list[list[str]], least: int, most: int | None
) -> None:
    vocab = Vocabulary.build(sentences, min_count=least, max_size=most)
    counts = Counter(word for words in sentences for word in words)
    frequent = [w for w in vocab.words if w not in MARKS]
    dropped = counts.keys() - set(frequent)
    assert all(counts[w] >= least for w in frequent)
    if most is not None and len(vocab) == most:  # then nothing left out is more frequent
        assert all(counts[w] <= min((counts[f] for f in frequent), default=99) for w in dropped)
    else:
        assert all(counts[w] < least for w in dropped)
    for words in sentences:
        expected = [w if w in frequent else "<unk>" for w in words]
        assert vocab.decode(vocab.encode(words)) == expected


# Characters


def test_characters() -> None:
    vocab = Vocabulary.of_characters("hello\nhe ll")
    # l 4, e 2, h 2, then once each: line end, space, o.
    assert vocab.words == (*MARKS, "l", "e", "h", "\n", " ", "o")
    ids = vocab.encode("hole\nx")
    assert ids.tolist() == [5, 8, 3, 4, 6, 2]
    assert "".join(vocab.decode(ids[:-1])) == "hole\n"
    assert vocab.encode_sentences(["he", "l"]).tolist() == [0, 5, 4, 1, 0, 3, 1]
    assert Vocabulary.of_characters("hello\nhe ll", min_count=2).words[3:] == ("l", "e", "h")
    assert Vocabulary.of_characters("hello\nhe ll", max_size=5).words[3:] == ("l", "e")


def test_a_text_is_not_taken_letter_by_letter_for_words() -> None:
    vocab = Vocabulary.build(TEXT)
    with pytest.raises(TypeError, match="not the text 'the dog': split it first"):
        vocab.encode("the dog")
    with pytest.raises(TypeError, match="not the text 'the dog'"):
        vocab.encode_sentences(["the dog"])
    with pytest.raises(TypeError, match="not the text 'the dog'"):
        Vocabulary.build(["the dog"])


# Errors


@pytest.mark.parametrize("mark", ["<s>", "</s>"])
def test_marks_in_the_text_are_refused(mark: str) -> None:
    with pytest.raises(ValueError, match=f"holds '{mark}'"):
        Vocabulary.build([["a", mark]])


def test_limits_that_leave_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="min_count is at least 1, not 0"):
        Vocabulary.build(TEXT, min_count=0)
    with pytest.raises(ValueError, match=r"max_size is at least 3 \(the marks\), not 2"):
        Vocabulary.build(TEXT, max_size=2)


@pytest.mark.parametrize("words", [["a", "b", "a"], ["a", "<unk>"]])
def test_a_word_has_one_place(words: list[str]) -> None:
    with pytest.raises(ValueError, match="two places"):
        Vocabulary(words)


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        ([3, -1], "no word number -1: ids go from 0 to 8"),
        ([9, 3], "no word number 9"),
        ([[3]], r"one row of whole numbers, not int64 \(1, 1\)"),
        ([3.0], "one row of whole numbers, not float64"),
        (3, "one row"),
    ],
)
def test_ids_that_are_no_words_are_refused(ids: ArrayLike, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Vocabulary.build(TEXT).decode(ids)


# Files


@settings(deadline=None, max_examples=30)
@given(sentences=WORDS)
def test_saved_and_loaded(
    tmp_path_factory: pytest.TempPathFactory, sentences: list[list[str]]
) -> None:
    path = tmp_path_factory.mktemp("vocabulary") / "words.json"
    vocab = Vocabulary.build(sentences)
    vocab.save(path)
    again = Vocabulary.load(path)
    assert again == vocab and again.words == vocab.words
    assert again.encode(["a", "é", "?"]).tolist() == vocab.encode(["a", "é", "?"]).tolist()


def test_saved_characters_are_characters_again(tmp_path: Path) -> None:
    vocab = Vocabulary.of_characters("ab\n\u2028")
    vocab.save(tmp_path / "c.json")
    assert Vocabulary.load(tmp_path / "c.json").encode("b\u2028a").tolist() == [5, 6, 4]
    assert Vocabulary.load(tmp_path / "c.json") != Vocabulary(vocab.words[3:])


def test_the_old_file_stands_until_the_new_one_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "words.json"
    old = Vocabulary(["old"])
    old.save(path)

    def half(part: Path, content: str, **_: object) -> None:
        part.write_bytes(content[:10].encode())
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "write_text", half)
    with pytest.raises(KeyboardInterrupt):
        Vocabulary(["new"]).save(path)
    assert Vocabulary.load(path) == old
    assert os.listdir(tmp_path) == ["words.json"]


@pytest.mark.parametrize(
    "content", ["", '{"format": "lmkit vocabulary 1", "wor', "[]", '{"format": "x", "words": []}']
)
def test_another_file_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "words.json"
    path.write_text(content)
    with pytest.raises(ValueError, match=r"words\.json is not a whole vocabulary file: save it"):
        Vocabulary.load(path)


def test_a_missing_file_is_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Vocabulary.load(tmp_path / "words.json")


def test_others_may_read_the_file(tmp_path: Path) -> None:
    path = tmp_path / "words.json"
    Vocabulary(["a"]).save(path)
    plain = tmp_path / "plain"
    plain.write_text(json.dumps({}))
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)
