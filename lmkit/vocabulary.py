"""Words, or characters, as numbers.

A vocabulary begins with three marks: `<s>` before a sentence, `</s>` behind it, and `<unk>` for
every word that is not in it. The words follow, the most frequent first, words of the same
count in alphabetical order: the same text gives the same numbers everywhere.

V, the number of things that a model can predict, counts `<unk>` and `</s>` and not `<s>`. As
`<s>` is number 0, the ids of what can be predicted are 1 ... V.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lmkit.files import replacing

START, END, UNKNOWN = MARKS = ("<s>", "</s>", "<unk>")
FORMAT = "lmkit vocabulary 1"

Ids = NDArray[np.int32] | NDArray[np.int64]
Integer = type[np.int32] | type[np.int64]


class Vocabulary:
    """Words and their ids: `<s>` is 0, `</s>` 1, `<unk>` 2, the first word 3.

    Args:
        words: the words in the order of their ids, without the three marks.
        characters: whether the words are single characters, so that a str is encoded and
            decoded as it is.

    Raises:
        ValueError: if a word comes twice or is one of the marks.
    """

    def __init__(self, words: Iterable[str], *, characters: bool = False) -> None:
        self.words = (*MARKS, *words)
        self.characters = characters
        self._ids = {word: i for i, word in enumerate(self.words)}
        if len(self._ids) < len(self.words):
            twice = next(word for word, n in Counter(self.words).items() if n > 1)
            raise ValueError(f"{twice!r} has two places in the vocabulary: give each word one")

    @classmethod
    def build(
        cls,
        sentences: Iterable[Iterable[str]],
        *,
        min_count: int = 1,
        max_size: int | None = None,
    ) -> Vocabulary:
        """The vocabulary of a training text: pass the training part and nothing else.

        Args:
            sentences: the text, a list of words for each sentence. `<unk>` in it is the mark.
            min_count: a word that comes less often is left out.
            max_size: of the rest, only so many of the most frequent are kept, the three marks
                included; None for all.

        Returns:
            The vocabulary.

        Raises:
            ValueError: if the text holds `<s>` or `</s>`, or a limit is too small.
            TypeError: if the sentences are not lists of words but text.
        """
        return cls(_frequent(map(_no_text, sentences), min_count, max_size))

    @classmethod
    def of_characters(
        cls, text: str, *, min_count: int = 1, max_size: int | None = None
    ) -> Vocabulary:
        """The vocabulary of the characters of a training text, spaces and line ends among them.

        Args:
            text: the training text.
            min_count: a character that comes less often is left out.
            max_size: of the rest, only so many are kept, the three marks included; None for all.

        Returns:
            The vocabulary.

        Raises:
            ValueError: if a limit is too small.
        """
        return cls(_frequent([text], min_count, max_size), characters=True)

    def __len__(self) -> int:
        """How many ids there are, that of `<s>` among them."""
        return len(self.words)

    @property
    def V(self) -> int:
        """How many things can be predicted: every entry but `<s>`."""
        return len(self.words) - 1

    def __contains__(self, word: object) -> bool:
        return word in self._ids

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Vocabulary):
            return NotImplemented
        return self.words == other.words and self.characters == other.characters

    def __repr__(self) -> str:
        kind = "characters" if self.characters else "words"
        return f"<Vocabulary of {len(self.words) - len(MARKS)} {kind} and {', '.join(MARKS)}>"

    def encode(self, words: Iterable[str], dtype: Integer = np.int32) -> Ids:
        """The ids of these words, `<unk>`'s for those not in the vocabulary; no marks are added.

        Args:
            words: the words of a text; for a vocabulary of characters, a str.
            dtype: np.int32 or np.int64.

        Returns:
            One id a word, (T,).

        Raises:
            TypeError: if a vocabulary of words is given a str.
        """
        if not self.characters:
            words = _no_text(words)
        unknown = self._ids[UNKNOWN]
        get = self._ids.get
        return cast("Ids", np.fromiter((get(word, unknown) for word in words), dtype=dtype))

    def encode_sentences(
        self, sentences: Iterable[Iterable[str]], *, starts: int = 1, dtype: Integer = np.int32
    ) -> Ids:
        """All sentences in one row: `<s>` in front of each, its words, one `</s>` behind.

        Args:
            sentences: a list of words for each sentence.
            starts: how many `<s>`: n - 1 for n-grams, 1 for a recurrent network, 0 for none.
            dtype: np.int32 or np.int64.

        Returns:
            The ids, (T,).

        Raises:
            TypeError: if a vocabulary of words is given text.
        """
        if not self.characters:
            sentences = map(_no_text, sentences)
        front = (START,) * starts
        framed = chain.from_iterable((*front, *sentence, END) for sentence in sentences)
        return self.encode(framed, dtype)

    def decode(self, ids: ArrayLike) -> list[str]:
        """The words of these ids.

        Args:
            ids: whole numbers from 0 to len(vocabulary) - 1, one row.

        Returns:
            The words; for a vocabulary of characters, `"".join(...)` makes them a text.

        Raises:
            ValueError: if an id is not in the vocabulary, or they are no row of whole numbers.
        """
        row = np.asarray(ids)
        if row.ndim != 1 or (row.size and not np.issubdtype(row.dtype, np.integer)):
            raise ValueError(f"ids are one row of whole numbers, not {row.dtype} {row.shape}")
        if row.size and not 0 <= row.min() <= row.max() < len(self):
            wrong = row[(row < 0) | (row >= len(self))][0]
            raise ValueError(f"there is no word number {wrong}: ids go from 0 to {len(self) - 1}")
        return [self.words[i] for i in row.tolist()]

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the vocabulary as JSON: the old file stands until the new one is whole."""
        content = {
            "format": FORMAT,
            "characters": self.characters,
            "words": self.words[len(MARKS) :],
        }
        with replacing(path) as part:
            part.write_text(json.dumps(content, ensure_ascii=False, indent=0), encoding="utf-8")

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Vocabulary:
        """Read what `save` wrote.

        Raises:
            ValueError: if the file is something else, or cut off.
            FileNotFoundError: if there is no such file.
        """
        try:
            content = json.loads(Path(path).read_text(encoding="utf-8"))
            if content["format"] != FORMAT:
                raise KeyError(content["format"])
            words, characters = content["words"], content["characters"]
        except (ValueError, KeyError, TypeError):
            raise ValueError(
                f"{path} is not a whole vocabulary file: save it again with Vocabulary.save"
            ) from None
        return cls(words, characters=characters)


def _frequent(texts: Iterable[Iterable[str]], min_count: int, max_size: int | None) -> list[str]:
    """The words that stay, by count, then alphabetically."""
    if min_count < 1:
        raise ValueError(f"min_count is at least 1, not {min_count}")
    if max_size is not None and max_size < len(MARKS):
        raise ValueError(f"max_size is at least {len(MARKS)} (the marks), not {max_size}")
    counts = Counter(chain.from_iterable(texts))
    for mark in (START, END):
        if mark in counts:
            raise ValueError(
                f"the text holds {mark!r}: leave it out, encode_sentences puts it in its place"
            )
    del counts[UNKNOWN]
    kept = [word for word, count in counts.items() if count >= min_count]
    kept.sort(key=lambda word: (-counts[word], word))
    return kept if max_size is None else kept[: max_size - len(MARKS)]


def _no_text(words: Iterable[str]) -> Iterable[str]:
    """The words, unless they are one str, which would be taken letter by letter."""
    if isinstance(words, str):
        shown = words if len(words) <= 40 else words[:37] + "..."
        raise TypeError(f"a list of words is needed, not the text {shown!r}: split it first")
    return words
