"""A long text as N rows that are read side by side, a chunk of T words at a time.

    the text    a b c d e f g h i j k l m          N = 2, T = 3

    x   a b c | d e f        y   b c d | e f g     y_t is the word after x_t
        g h i | j k l            h i j | k l m

Row n of a chunk goes on where row n of the chunk before has ended, so the state can be carried from
chunk to chunk: truncated BPTT (deck 5). The first word of a chunk is the last one's target: no
word's loss is left out at a border.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

Ids = NDArray[np.int32]


def side_by_side(ids: ArrayLike, N: int) -> tuple[Ids, Ids]:
    """The text in N rows of the same length, and what comes after each word.

    Args:
        ids: the text, (length,).
        N: how many rows.

    Returns:
        x and y, (N, L) each. What does not fill the rows, less than N words at the text's end, is
        left out.

    Raises:
        ValueError: if the text has no word for each row and one to follow.
    """
    row = np.asarray(ids, dtype=np.int32)
    if row.ndim != 1 or N < 1:
        raise ValueError(f"a text is one row of ids, and N at least 1; not {row.shape}, N = {N}")
    L = (row.size - 1) // N
    if L < 1:
        raise ValueError(
            f"the text has {row.size} words, too few for {N} rows: take a longer text or fewer rows"
        )
    used = row[: N * L + 1]
    return used[:-1].reshape(N, L), used[1:].reshape(N, L)


def borders(length: int, T: int) -> list[tuple[int, int]]:
    """From where to where each chunk of T words goes; the last one may be shorter."""
    return [(start, min(start + T, length)) for start in range(0, length, T)]


def varied_borders(length: int, T: int, random: np.random.Generator) -> list[tuple[int, int]]:
    """Chunks of about T words, so that the borders are elsewhere in every epoch.

    As in AWD-LSTM: a chunk is drawn around T with probability 0.95, else around T / 2, with
    a standard deviation of 5. Here it is a multiple of 5, at least 5: each length has to be
    compiled once. Source: Merity et al. (2018), "Variable length backpropagation sequences".
    """
    ends = [0]
    while ends[-1] < length:
        middle = T if random.random() < 0.95 else T / 2
        drawn = max(5, 5 * round(random.normal(middle, 5) / 5))
        ends.append(min(length, ends[-1] + drawn))
    return list(pairwise(ends))


def chunks(x: Ids, y: Ids, places: list[tuple[int, int]]) -> Iterator[tuple[Ids, Ids]]:
    """The chunks (N, T) of x and y at these places, in order."""
    for start, stop in places:
        yield x[:, start:stop], y[:, start:stop]
