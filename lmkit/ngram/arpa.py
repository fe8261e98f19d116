"""ARPA files: the format that SRILM, kenlm and most speech recognisers read and write.

    \\data\\
    ngram 1=3

    \\1-grams:
    -0.7    the    -0.3

    \\end\\

log10 P(h, w), the n-gram, and log10 gamma(h w) if longer n-grams go on from there.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from itertools import repeat
from typing import IO, NamedTuple

import numpy as np
from nltk.lm.vocabulary import Vocabulary
from numpy.typing import NDArray

from lmkit.by_hand.types import Array, IntArray
from lmkit.files import replacing
from lmkit.ngram.counts import Counts, count_rows
from lmkit.ngram.interpolated import BackoffModel
from lmkit.ngram.levels import Level
from lmkit.ngram.words import END, START, UNKNOWN, Words

ZERO = -99.0
"""What stands for the logarithm of 0."""


class Section(NamedTuple):
    """The n-grams of one order: log10 P, their words in one row, log10 gamma."""

    P: Array
    words: list[str]
    gamma: Array


class ArpaModel(BackoffModel):
    """A model that was read from an ARPA file. It has probabilities and no counts."""

    rest = 0.0

    def _estimate(self, counts: Counts, levels: list[Level]) -> None:
        raise TypeError("a model from an ARPA file has its probabilities: it cannot be fitted")


def write_arpa(model: BackoffModel, path: str | os.PathLike[str]) -> None:
    """Write a model in ARPA format.

    Args:
        model: a fitted model that is made of probabilities and back-off weights: Katz, or any of
            the interpolated ones.
        path: the file; it appears whole or not at all.
    """
    if not isinstance(model, BackoffModel):
        raise TypeError(
            f"{type(model).__name__} is not made of probabilities and back-off weights: "
            "an ARPA file cannot hold it"
        )
    counts = model._fitted()
    for word in model.words.list:
        if not word or any(c.isspace() for c in word):
            raise ValueError(f"an ARPA file cannot hold {word!r}: it has white space or is empty")
    kept = _kept(model, counts)
    with replacing(path) as part, open(part, "w", encoding="utf-8", newline="\n") as file:
        file.write("\\data\\\n")
        for k, keep in enumerate(kept, start=1):
            file.write(f"ngram {k}={keep.sum()}\n")
        text = np.array(model.words.list, object)
        for k, keep in enumerate(kept, start=1):
            text = _write_order(model, counts, k, text, keep, file)
        file.write("\n\\end\\\n")


def _kept(model: BackoffModel, counts: Counts) -> list[NDArray[np.bool_]]:
    """Which n-grams are worth a line: those that say something, and their parts.

    Kneser-Ney says nothing about n-grams with two `<s>` in front, and kenlm expects none.
    """
    kept: list[NDArray[np.bool_]] = []
    for k in range(counts.order, 0, -1):
        keep = np.ones(len(counts.tables[k - 1].keys), bool)
        if k > 1:
            lower = model.P[k - 2][counts.tables[k - 1].suffix]
            keep = model.P[k - 1] != model.gamma[k - 1][counts.context(k)] * lower
        if k < counts.order:
            keep |= model.gamma[k][:-1] != 1.0
            keep[counts.context(k + 1)[kept[-1]]] = True
            keep[counts.tables[k].suffix[kept[-1]]] = True
        kept.append(keep)
    return kept[::-1]


def _write_order(
    model: BackoffModel,
    counts: Counts,
    order: int,
    heads: NDArray[np.object_],
    keep: NDArray[np.bool_],
    file: IO[str],
) -> NDArray[np.object_]:
    """Write the n-grams of one order; return their words, which the next order begins with."""
    text = heads
    if order > 1:
        text = np.full(len(keep), "", object)
        last = np.array(model.words.list, object)[counts.word(order)[keep]]
        text[keep] = heads[counts.context(order)[keep]] + " " + last
    file.write(f"\n\\{order}-grams:\n")
    P = _log10(model.P[order - 1][keep]).tolist()
    if order == counts.order:
        file.writelines(f"{p:.9g}\t{t}\n" for p, t in zip(P, text[keep], strict=True))
    else:
        gamma = _log10(model.gamma[order][:-1][keep]).tolist()
        rows = zip(P, text[keep], gamma, strict=True)
        file.writelines(f"{p:.9g}\t{t}\t{g:.9g}\n" for p, t, g in rows)
    return text


def _log10(p: Array) -> Array:
    return np.log10(p, out=np.full(len(p), ZERO), where=p > 0)


def _exp10(logarithm: Array) -> Array:
    return np.where(logarithm <= ZERO, 0.0, 10.0**logarithm)


def read_arpa(path: str | os.PathLike[str]) -> ArpaModel:
    """Read a model in ARPA format, whoever wrote it.

    A word that the file does not have is `<unk>`; if the file has no `<unk>` either, it gets 0.

    Args:
        path: the file.

    Returns:
        The model. Its `counts` hold the n-grams of the file, each as if it had come once.

    Raises:
        ValueError: if the file is cut off or is no ARPA file.
    """
    with open(path, encoding="utf-8") as file:
        lines = (line.rstrip("\n") for line in file)
        sizes = _sizes(lines)
        sections = [_section(lines, k, size) for k, size in enumerate(sizes, start=1)]
        if next((line for line in lines if line.strip()), "") != "\\end\\":
            raise ValueError(f"{path} is cut off: it does not close with \\end\\")
    text = list(sections[0].words)
    text += [word for word in (START, END, UNKNOWN) if word not in set(text)]
    words = Words(text)
    rows = [
        np.fromiter(map(words.index.get, section.words, repeat(-1)), np.int64).reshape(-1, k)
        for k, section in enumerate(sections, start=1)
    ]
    if any((r < 0).any() for r in rows):
        raise ValueError(f"{path} has an n-gram with a word that is not among its 1-grams")
    model = ArpaModel(len(sections))
    model.words = words
    once = [np.ones(len(r), np.int64) for r in rows]
    model.counts, places = count_rows(rows, once, len(words), words.id(START))
    model.vocab = Vocabulary(
        Counter(w for w in text if w not in (START, UNKNOWN)), unk_label=UNKNOWN
    )
    _fill(model, model.counts, sections, places)
    return model


def _fill(
    model: ArpaModel,
    counts: Counts,
    sections: list[Section],
    places: list[IntArray],
) -> None:
    """The probabilities and weights in the order of the tables."""
    model.P, model.gamma = [], [np.ones(2)]
    for k, (section, place) in enumerate(zip(sections, places, strict=True), start=1):
        table = counts.tables[k - 1]
        lower = model.P[-1][table.suffix] if k > 1 else np.zeros(len(table.keys))
        # A part of a longer n-gram that the file leaves out is what the model gives it.
        probability = model.gamma[k - 1][counts.context(k)] * lower
        probability[place] = _exp10(section.P)
        weight = np.ones(len(table.keys) + 1)
        weight[place] = _exp10(section.gamma)
        model.P.append(probability)
        model.gamma.append(weight)
    model.gamma.pop()


def _sizes(lines: Iterator[str]) -> list[int]:
    """What the head of the file says: how many n-grams of each order."""
    if not any(line.strip() == "\\data\\" for line in lines):
        raise ValueError("no ARPA file: it has no \\data\\")
    sizes: list[int] = []
    for line in lines:
        if not line.strip():
            break
        name, _, size = line.partition("=")
        if name.split() != ["ngram", str(len(sizes) + 1)]:
            raise ValueError(f"no ARPA file: {line!r} in its head")
        sizes.append(int(size))
    if not sizes:
        raise ValueError("no ARPA file: its head names no order")
    return sizes


def _section(lines: Iterator[str], order: int, size: int) -> Section:
    """The n-grams of one order."""
    title = next((line for line in lines if line.strip()), "")
    if title.strip() != f"\\{order}-grams:":
        raise ValueError(f"no ARPA file: \\{order}-grams: should come, not {title!r}")
    P, gamma = np.empty(size), np.zeros(size)
    words: list[str] = []
    for i in range(size):
        line = next(lines, "")
        parts = line.split()
        if not order < len(parts) <= order + 2:
            raise ValueError(f"cut off or damaged: {line!r} among the {order}-grams")
        P[i] = float(parts[0])
        words += parts[1 : order + 1]
        if len(parts) == order + 2:
            gamma[i] = float(parts[-1])
    return Section(P, words, gamma)
