"""The inside algorithm: the probability that a grammar writes a given sentence.

The inside probability of A over the words from i to j is the probability that A is rewritten
to just these words. It is built up from short spans to long ones, so that every derivation is
counted without being listed. Source: Baker 1979.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Rules = Mapping[str, Sequence[tuple[float, tuple[str, ...]]]]


class Inside:
    """The inside algorithm for one grammar.

    A rule of more than two symbols becomes a chain of rules of two: A -> B C D is A -> B (C D) and
    (C D) -> C D. Rules of one nonterminal are followed through all at once: closure = (I - U)^-1.

    Args:
        rules: for each nonterminal the probabilities and right-hand sides of its rules, none of
            them empty; the first nonterminal is the start.
    """

    def __init__(self, rules: Rules) -> None:
        place: dict[str | tuple[str, ...], int] = {symbol: i for i, symbol in enumerate(rules)}
        unit: dict[tuple[int, int], float] = defaultdict(float)
        pairs: dict[tuple[int, int, int], float] = defaultdict(float)
        emits: dict[tuple[str, int], float] = defaultdict(float)

        def index(symbols: tuple[str, ...]) -> int:
            if len(symbols) == 1 and symbols[0] in rules:
                return place[symbols[0]]
            if symbols not in place:
                place[symbols] = len(place)
                add(place[symbols], symbols, 1.0)
            return place[symbols]

        def add(parent: int, symbols: tuple[str, ...], p: float) -> None:
            first, rest = symbols[:1], symbols[1:]
            if rest:
                pairs[parent, index(first), index(rest)] += p
            elif first[0] in rules:
                unit[parent, index(first)] += p
            else:
                emits[first[0], parent] += p

        for symbol, choices in rules.items():
            for p, symbols in choices:
                add(place[symbol], symbols, p)

        self.size = len(place)
        U = np.zeros((self.size, self.size))
        for link, p in unit.items():
            U[link] = p
        self.closure = np.linalg.inv(np.eye(self.size) - U)
        self.parent, self.left, self.right = np.array(list(pairs), dtype=np.intp).reshape(-1, 3).T
        self.p = np.array(list(pairs.values()))
        self.emission = {word: np.zeros(self.size) for word, _ in emits}
        for (word, parent), p in emits.items():
            self.emission[word][parent] = p

    def log_probability(self, sentence: Sequence[str]) -> float:
        """The natural log of the start symbol's inside probability over the whole sentence.

        Args:
            sentence: its words, T of them; the time grows with T^3.

        Returns:
            log P(sentence); -inf if the grammar cannot write it.
        """
        T = len(sentence)
        if T == 0 or any(word not in self.emission for word in sentence):
            return -math.inf
        # Each span is kept as its probabilities over the largest of them, and the log of that
        # largest, or those of a long sentence would underflow.
        chart = np.zeros((T, T + 1, self.size))
        scale = np.full((T, T + 1), -math.inf)

        def keep(i: int, j: int, inside: Vector, log_scale: float) -> None:
            vector = self.closure @ inside
            largest = float(vector.max())
            if largest > 0:
                chart[i, j] = vector / largest
                scale[i, j] = log_scale + math.log(largest)

        for i, word in enumerate(sentence):
            keep(i, i + 1, self.emission[word], 0.0)
        for width in range(2, T + 1):
            for i in range(T - width + 1):
                j = i + width
                split_scale = scale[i, i + 1 : j] + scale[i + 1 : j, j]
                highest = float(split_scale.max())
                if highest == -math.inf:
                    continue
                splits = chart[i, i + 1 : j][:, self.left] * chart[i + 1 : j, j][:, self.right]
                both = np.exp(split_scale - highest) @ splits
                inside = np.zeros(self.size)
                np.add.at(inside, self.parent, self.p * both)
                keep(i, j, inside, highest)
        whole = float(chart[0, T, 0])
        return math.log(whole) + float(scale[0, T]) if whole > 0 else -math.inf
