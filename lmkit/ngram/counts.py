"""Counting n-grams on arrays.

The n-grams of one order are a sorted array of keys. An n-gram's id is its place there, and its
key is made of the id of its first n-1 words (its *context*, in the table one order below) and of
its last word:

    key = context << bits | word

So one sort an order counts everything: the ids of order k-1, shifted by one place, are the
contexts of order k. The id of the last n-1 words (the *suffix*) is known at every place as well.

In front of a sentence stand n-1 `<s>`. A row of `<s>` has only itself in front, however far one
looks back, so one place in the text does for all n-1 of them.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

from lmkit.by_hand.types import IntArray

SMALLEST_PIECE = 10_000
"""Words for which a thread of their own is worth its start."""

LARGEST = 63
"""A signed 64-bit number has this many bits to pack into."""


class Table(NamedTuple):
    """The n-grams of one order, in the order of their keys; all three are (size,)."""

    keys: IntArray
    counts: IntArray
    suffix: IntArray


class Hits(NamedTuple):
    """Where each predicted word of a text stands in one table; -1 where it does not."""

    context: IntArray
    entry: IntArray


class RowHits(Sequence[Hits]):
    """The hits of order 1, ..., m for rows of m words, each looked up when it is asked for."""

    def __init__(self, counts: Counts, rows: IntArray) -> None:
        self.counts, self.rows = counts, rows

    def __len__(self) -> int:
        return int(self.rows.shape[1])

    @overload
    def __getitem__(self, i: int) -> Hits: ...
    @overload
    def __getitem__(self, i: slice) -> Sequence[Hits]: ...
    def __getitem__(self, i: int | slice) -> Hits | Sequence[Hits]:
        if isinstance(i, slice):
            return [self[j] for j in range(len(self))[i]]
        first, *others = self.rows.T[len(self) - 1 - range(len(self))[i] :]
        context, gram = np.zeros(len(first), np.int64), first
        for k, word in enumerate(others, start=2):
            context, gram = gram, self.counts.find(k, gram, word)
        return Hits(context, gram)


class Counts:
    """How often each n-gram came, for every order up to n.

    A table also holds n-grams that never came (count 0): the rows of `<s>`, which are contexts
    and are never predicted, and parts of longer n-grams where only those were given.

    Args:
        tables: the n-grams of order 1, 2, ..., n.
        start: the id of `<s>` if `<s>` is never predicted, else None.
    """

    def __init__(self, tables: Sequence[Table], start: int | None) -> None:
        self.tables = list(tables)
        self.start = start
        self.bits = _bits(len(self.tables[0].keys))

    @property
    def order(self) -> int:
        """The n of the longest n-grams."""
        return len(self.tables)

    @property
    def words(self) -> int:
        """How many words there are, `<s>` among them."""
        return len(self.tables[0].keys)

    @property
    def nbytes(self) -> int:
        """Bytes that the tables take."""
        return sum(array.nbytes for table in self.tables for array in table)

    def context(self, order: int) -> IntArray:
        """The id of each n-gram's first words, in the table below (0 at order 1)."""
        return self.tables[order - 1].keys >> self.bits

    def word(self, order: int) -> IntArray:
        """The last word of each n-gram."""
        return self.tables[order - 1].keys & ((1 << self.bits) - 1)

    def contexts(self, order: int) -> int:
        """How many contexts an n-gram of this order can have."""
        return 1 if order == 1 else len(self.tables[order - 2].keys)

    def rows(self, order: int) -> IntArray:
        """All n-grams of one order, written out: (size, order)."""
        word = self.word(order)[:, None]
        if order == 1:
            return word
        return np.hstack([self.rows(order - 1)[self.context(order)], word])

    def find(self, order: int, context: IntArray, word: IntArray) -> IntArray:
        """The ids of the n-grams (context, word), -1 for those that are not in the table."""
        keys = self.tables[order - 1].keys
        found = np.full(len(context), -1, np.int64)
        known = np.flatnonzero((context >= 0) & (word >= 0))
        if not len(keys) or not len(known):
            return found
        wanted = context.take(known).astype(np.int64) << self.bits
        wanted |= word.take(known)
        ascending, place = sort_with_places(wanted)
        near = np.searchsorted(keys, ascending)
        near[keys.take(near, mode="clip") != ascending] = -1
        found[known.take(place)] = near
        return found

    def walk(self, ids: IntArray, start: int, end: int) -> list[Hits]:
        """Look up every predicted word of a text, with 0, 1, ..., n-1 words in front of it.

        Args:
            ids: the text in one row, (T,), `</s>` behind each sentence; -1 for unknown words.
            start: the id of `<s>`.
            end: the id of `</s>`.

        Returns:
            The hits of order 1, ..., n, each (T,).
        """
        stream, slots = with_starts(ids, start, end)
        predicted = np.ones(len(stream), bool)
        predicted[slots] = False
        gram = stream
        hits = [Hits(np.zeros(len(ids), np.int64), ids)]
        for order in range(2, self.order + 1):
            context = _one_back(gram, slots)
            gram = self.find(order, context, stream)
            hits.append(Hits(context[predicted], gram[predicted]))
        return hits

    def walk_rows(self, rows: IntArray) -> RowHits:
        """Look up the last word of each row (N, m), with 0, 1, ..., m-1 words in front of it."""
        return RowHits(self, rows[:, -self.order :])


def count_ids(ids: IntArray, order: int, words: int, start: int, end: int) -> Counts:
    """Count the n-grams of every order up to n in one pass over a text.

    Args:
        ids: the text in one row, (T,), `</s>` behind each sentence and no `<s>`.
        order: n.
        words: how many ids there are, `<s>` among them.
        start: the id of `<s>`.
        end: the id of `</s>`.

    Returns:
        The counts.
    """
    if order < 1:
        raise ValueError(f"the order is at least 1, not {order}")
    if ids.size and not 0 <= int(ids.min()) <= int(ids.max()) < words:
        raise ValueError(f"the ids of the text must lie between 0 and {words - 1}")
    if (ids == start).any():
        raise ValueError("<s> is put in front of the sentences here: leave it out of the text")
    stream, slots = with_starts(ids, start, end)
    bits = _bits(words)
    gram: IntArray = stream
    every = np.arange(words, dtype=np.int64)
    nothing = np.zeros(words, np.int32)
    tables = [Table(every, np.bincount(ids, minlength=words), nothing)]
    for _ in range(2, order + 1):
        key = _one_back(gram, slots).astype(np.int64) << bits
        key |= stream
        ascending, place = sort_with_places(key)
        del key
        first = np.flatnonzero(_starts_new(ascending))
        counts = np.diff(first, append=len(stream)).astype(np.int32)
        suffix = gram[place[first]].astype(np.int32)
        gram = np.empty(len(stream), np.int32)
        gram[place] = np.repeat(np.arange(len(first), dtype=np.int32), counts)
        counts[gram[slots]] = 0
        tables.append(Table(ascending[first], counts, suffix))
    return Counts(tables, start)


def count_rows(
    rows: Sequence[IntArray], counts: Sequence[IntArray], words: int, start: int | None = None
) -> tuple[Counts, list[IntArray]]:
    """Counts from n-grams written out, in any order; the same n-gram may come more than once.

    Parts of a given n-gram that are not given themselves enter with count 0, so that every
    n-gram has a context and a suffix.

    Args:
        rows: the n-grams of order 1, ..., n as ids, each (size, order).
        counts: how often each came, each (size,).
        words: how many ids there are.
        start: the id of `<s>` if `<s>` is never predicted.

    Returns:
        The counts, and for each order the ids that the given n-grams got.
    """
    if _bits(words) + _bits(sum(len(r) for r in rows) * len(rows) + 1) > LARGEST:
        raise OverflowError("too many words and n-grams for 64-bit keys")
    bits = _bits(words)
    closed: list[IntArray] = [
        np.asarray(r, np.int64).reshape(-1, k) for k, r in enumerate(rows, start=1)
    ]
    for k in range(len(rows) - 1, 0, -1):
        closed[k] = _distinct(closed[k], bits)
        closed[k - 1] = np.vstack([closed[k - 1], closed[k][:, :-1], closed[k][:, 1:]])
    every = np.arange(words, dtype=np.int64)
    result = Counts([Table(every, np.zeros(words, np.int64), np.zeros(words, np.int32))], start)
    for k in range(2, len(rows) + 1):
        context = _last(result.walk_rows(closed[k - 1][:, :-1]))
        keys = np.sort((context << bits) | closed[k - 1][:, -1])
        keys = keys[_starts_new(keys)]
        result.tables.append(Table(keys, np.zeros(len(keys), np.int64), keys))
        written = result.rows(k)
        suffix = _last(result.walk_rows(written[:, 1:])).astype(np.int32)
        result.tables[k - 1] = Table(keys, np.zeros(len(keys), np.int64), suffix)
    places = []
    for k, given in enumerate(rows, start=1):
        place = _last(result.walk_rows(np.asarray(given, np.int64).reshape(-1, k)))
        np.add.at(result.tables[k - 1].counts, place, counts[k - 1])
        places.append(place)
    return result, places


def with_starts(ids: IntArray, start: int, end: int) -> tuple[IntArray, IntArray]:
    """The text with one `<s>` in front of each sentence, and where these stand."""
    ends = np.flatnonzero(ids == end)
    if ids.size and (not ends.size or ends[-1] != len(ids) - 1):
        raise ValueError("the text must close with </s>")
    slots = np.zeros(len(ends), np.int64)
    slots[1:] = ends[:-1] + 1
    slots += np.arange(len(ends))
    stream = np.empty(len(ids) + len(ends), np.int32)
    predicted = np.ones(len(stream), bool)
    predicted[slots] = False
    stream[predicted] = ids
    stream[slots] = start
    return stream, slots


def in_pieces(ids: IntArray, end: int) -> list[IntArray]:
    """The text cut behind sentences into at most one piece a core, none of them very small."""
    ends = np.flatnonzero(ids == end) + 1
    pieces = min(os.cpu_count() or 1, len(ids) // SMALLEST_PIECE + 1)
    near = [len(ids) * i // pieces for i in range(1, pieces)]
    return np.split(ids, ends[np.searchsorted(ends, near)])


def sort_with_places(keys: IntArray) -> tuple[IntArray, IntArray]:
    """The keys (none below 0) in ascending order, and where each of them stood.

    Packed into one number, key and place are sorted together several times faster than
    `argsort` sorts places; where they do not fit, `argsort` it is.
    """
    bits = _bits(len(keys))
    if keys.size and int(keys.max()).bit_length() + bits <= LARGEST:
        packed = keys << bits
        packed |= np.arange(len(keys))
        packed.sort()
        place = packed & ((1 << bits) - 1)
        packed >>= bits
        return packed, place
    place = np.argsort(keys, kind="stable")
    return keys[place], place


def _bits(size: int) -> int:
    """Bits that the numbers 0, ..., size - 1 take."""
    return max(size - 1, 1).bit_length()


def _one_back(gram: IntArray, slots: IntArray) -> IntArray:
    """At every place what stood one place before; in front of `<s>` stands `<s>`."""
    back = np.empty_like(gram)
    back[1:] = gram[:-1]
    back[slots] = gram[slots]
    return back


def _starts_new(ascending: IntArray) -> NDArray[np.bool_]:
    """True where a key differs from the one before."""
    new = np.ones(len(ascending), bool)
    np.not_equal(ascending[1:], ascending[:-1], out=new[1:])
    return new


def _distinct(rows: IntArray, bits: int) -> IntArray:
    """Each different row once."""
    gram: IntArray = rows[:, 0]
    first: IntArray = np.arange(len(rows))
    if rows.shape[1] == 1:
        return rows
    for word in rows.T[1:]:
        ascending, place = sort_with_places((gram << bits) | word)
        new = _starts_new(ascending)
        first = place[new]
        gram = np.empty(len(rows), np.int64)
        gram[place] = np.cumsum(new) - 1
    return rows[first]


def _last(hits: Sequence[Hits]) -> IntArray:
    return hits[-1].entry
