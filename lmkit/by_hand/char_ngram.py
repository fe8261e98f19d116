"""Characters of the toy grammar's text, counted: quickly made, and hard to beat.

p_n(v | the n - 1 before) = (count(v) + types * p_{n-1}(v | the n - 2 before)) / (total + types)

where types is how many different characters came after the context. Source: Witten and Bell (1991),
interpolated as Chen and Goodman (1998), section 2.5. `lmkit.ngram` has it, and better ones, for any
text.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from lmkit.by_hand.types import Array, IntArray
from lmkit.grammar import toy

ORDER = 9
SENTENCES, SEED = 6000, 1

Table = tuple[IntArray, Array]


def text_ids(sentences: list[list[str]]) -> IntArray:
    """Sentences of the grammar, a space between words and a line end behind each, as ids."""
    places = {character: i for i, character in enumerate(toy().characters)}
    text = "".join(" ".join(words) + "\n" for words in sentences)
    return np.array([places[character] for character in text])


def next_character(contexts: IntArray) -> Array:
    """P(next character | the characters before it).

    Args:
        contexts: ids of `toy().characters`, (N, L), L at least 8.

    Returns:
        Probabilities, (N, V).
    """
    V = len(toy().characters)
    p = np.full((len(contexts), V), 1 / V)
    for n, (codes, counts) in enumerate(_tables()):
        code = _codes(contexts[:, contexts.shape[1] - n :], V)
        place = np.minimum(np.searchsorted(codes, code), len(codes) - 1)
        found = np.where((codes[place] == code)[:, None], counts[place], 0.0)
        types = np.maximum((found > 0).sum(axis=1, keepdims=True), 1)
        p = (found + types * p) / (found.sum(axis=1, keepdims=True) + types)
    return p


def _codes(contexts: IntArray, V: int) -> IntArray:
    """A number for each context."""
    powers = V ** np.arange(contexts.shape[1], dtype=np.int64)
    return np.asarray(contexts @ powers, dtype=np.int64)


@cache
def _tables() -> list[Table]:
    """For each length of a context: the codes of those that came, and counts of what came next."""
    ids, V = text_ids(toy().sample(SENTENCES, SEED)), len(toy().characters)
    tables = []
    for n in range(ORDER):
        windows = np.lib.stride_tricks.sliding_window_view(ids, n + 1)
        codes, place = np.unique(_codes(windows[:, :n], V), return_inverse=True)
        counts = np.bincount(place * V + windows[:, n], minlength=len(codes) * V)
        tables.append((codes, counts.reshape(-1, V).astype(np.float64)))
    return tables
