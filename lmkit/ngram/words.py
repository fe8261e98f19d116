"""Words as numbers: the ids that the counts are made of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import chain, repeat

import numpy as np

from lmkit.by_hand.types import IntArray

START, END, UNKNOWN = "<s>", "</s>", "<unk>"

Sentences = Iterable[Sequence[str]]
"""A text: one list of tokens a sentence, without `<s>` and `</s>`."""

_END = object()
_FORBIDDEN = -2


def _with_ends(sentences: Sentences) -> Iterable[object]:
    """All tokens in a row, a marker behind each sentence that no token can be mistaken for."""
    pairs = zip(sentences, repeat((_END,)), strict=False)
    return chain.from_iterable(chain.from_iterable(pairs))


class Words:
    """The words of a model and their ids.

    Args:
        words: the words, each once; a word's id is its place.
        unknown: the word that stands for all others; None if there is none.
    """

    def __init__(self, words: Iterable[str], unknown: str | None = UNKNOWN) -> None:
        self.list = list(words)
        self.index: dict[object, int] = {word: i for i, word in enumerate(self.list)}
        if len(self.index) < len(self.list):
            raise ValueError("a word stands twice in the list of words")
        self.unknown = unknown

    def __len__(self) -> int:
        return len(self.list)

    def id(self, word: str) -> int:
        """The word's id, -1 if it has none."""
        return self.index.get(word, -1)

    def encode(self, sentences: Sentences) -> IntArray:
        """The ids of a text in one row, `</s>` behind each sentence; other words are unknown."""
        unknown = -1 if self.unknown is None else self.id(self.unknown)
        index = {**self.index, _END: self.id(END), START: _FORBIDDEN, END: _FORBIDDEN}
        found = map(index.get, _with_ends(sentences), repeat(unknown))
        ids = np.fromiter(found, np.int32)
        if (ids == _FORBIDDEN).any():
            raise ValueError(f"a text has no {START} and {END} of its own: they are put in here")
        return ids


def learn_words(sentences: Sentences, min_count: int = 1) -> tuple[Words, IntArray]:
    """The words of a text and its ids in one pass; a word rarer than min_count is unknown."""
    index: defaultdict[object, int] = defaultdict()
    index.default_factory = index.__len__
    for word in (_END, START, UNKNOWN):
        index[word]
    ids = np.fromiter(map(index.__getitem__, _with_ends(sentences)), np.int32)
    if END in index or (ids == index[START]).any():
        raise ValueError(f"a text has no {START} and {END} of its own: they are put in here")
    words = [END, *map(str, list(index)[1:])]
    if min_count > 1:
        kept = np.bincount(ids, minlength=len(words)) >= min_count
        kept[:3] = True
        place = np.where(kept, np.cumsum(kept) - 1, index[UNKNOWN])
        words = [word for word, keep in zip(words, kept, strict=True) if keep]
        ids = place[ids].astype(np.int32)
    return Words(words), ids
