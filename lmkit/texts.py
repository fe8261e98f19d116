"""The text of a language model: a corpus or any file, in three parts, as one row of ids each.

A model of words reads its sentences one behind the other, `</s>` behind each; a model of
characters reads the text as it is. Before the first word stands one `</s>`, as if a sentence had
just ended.

A file of a user's is cut by its lines: 90 % are for training, 5 % for validation, 5 % for test.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lmkit.corpora import NAMES, CorpusError, load
from lmkit.vocabulary import END, Vocabulary

Ids = NDArray[np.int32]
PARTS = ("train", "valid", "test")
Part = str | list[list[str]]


class TextError(Exception):
    """One line that says what is wrong with a text and what to do."""


class Parts(NamedTuple):
    """A text in three parts: each is a str for characters, else sentences, lists of words.

    Attributes:
        train: to learn from.
        valid: to choose by.
        test: to look at once, at the end.
        best: the perplexity that no model can beat, where a grammar wrote the text.
    """

    train: Part
    valid: Part
    test: Part
    best: float | None = None

    def vocabulary(self, most: int | None, min_count: int) -> Vocabulary:
        """The words of the training part: `most` at most, each at least `min_count` times there."""
        if isinstance(self.train, str):
            return Vocabulary.of_characters(self.train)
        return Vocabulary.build(self.train, max_size=most, min_count=min_count)


def read(text: str, *, characters: bool = False, whole: bool = False) -> Parts:
    """A corpus by its name, or a file.

    Args:
        text: a name of `lmkit.corpora.NAMES`, or a path; what is both is taken for the file.
        characters: as text, not as words.
        whole: a file's every line is in every part: to score it, not to train on it.

    Raises:
        TextError: if there is neither, it is not UTF-8, or too short to be cut.
    """
    path = Path(text)
    if path.is_file():
        lines = lines_of(path)
        cuts = _cuts(path, len(lines), whole)
        pieces = [lines[a:b] for a, b in cuts]
        parts = [_part(piece, characters) for piece in pieces]
        return Parts(parts[0], parts[1], parts[2])
    if text not in NAMES:
        raise TextError(f"{text} is neither a file nor a corpus ({', '.join(NAMES)})")
    try:
        corpus = load(text)
        grammar = corpus.grammar
        if characters:
            best = None if grammar is None else 2**grammar.best_bits_per_character
            return Parts(corpus.text.train, corpus.text.valid, corpus.text.test, best)
        best = None if grammar is None else grammar.best_perplexity
        return Parts(corpus.train, corpus.valid, corpus.test, best)
    except CorpusError as error:
        raise TextError(str(error)) from None


def _part(lines: list[str], characters: bool) -> Part:
    if characters:
        return "\n".join(lines) + "\n"
    return [line.split() for line in lines if line.strip()]


def lines_of(path: Path) -> list[str]:
    """The lines of a text file.

    Raises:
        TextError: if it is empty or not UTF-8.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise TextError(
            f"{path} is not UTF-8 (byte {error.start}: {error.reason}): convert it first, "
            f"as with `iconv -f latin1 -t utf-8 {path}`"
        ) from None
    if not any(line.strip() for line in lines):
        raise TextError(f"{path} is empty: give a text with words in it")
    return lines


def _cuts(path: Path, n: int, whole: bool) -> list[tuple[int, int]]:
    if whole:
        return [(0, n)] * 3
    few = max(1, n // 20)
    if n < 3:
        raise TextError(
            f"{path} has {n} lines: three at least are needed, to train, to choose and to test"
        )
    return [(0, n - 2 * few), (n - 2 * few, n - few), (n - few, n)]


def as_ids(part: Part, vocabulary: Vocabulary, most: int | None = None) -> Ids:
    """One `</s>`, then the part as one row of ids, cut behind `most` of them."""
    if isinstance(part, str):
        ids = vocabulary.encode(part)
    else:
        ids = vocabulary.encode_sentences(part, starts=0)
    return np.concatenate([vocabulary.encode([END]), ids[:most]]).astype(np.int32)
