"""What all ways to generate share: a prompt is read, some words are never written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from lmkit.by_hand.types import Array, IntArray
from lmkit.predictor import Predictor, State, as_array, words_of
from lmkit.vocabulary import END, START, UNKNOWN

LENGTH = 100


@dataclass(frozen=True, eq=False)
class Generated:
    """A text that a model wrote.

    Attributes:
        prompt: the words that were given.
        words: the words that the model wrote behind them, without `</s>`.
        log_p: log p of each of these words, and of `</s>` if it came, (T,), natural logarithm.
        ended: whether `</s>` came; if not, the text was cut off.
        characters: whether the words are characters.
    """

    prompt: tuple[str, ...]
    words: tuple[str, ...]
    log_p: Array
    ended: bool
    characters: bool = False

    @property
    def log_probability(self) -> float:
        """log p of all that was written, given the prompt: the sum of `log_p`."""
        return float(self.log_p.sum())

    def __str__(self) -> str:
        return ("" if self.characters else " ").join([*self.prompt, *self.words])


class Reader:
    """A model that is given a prompt and then its own words.

    Args:
        model: the model.
        prompt: the words that are there already.
        length: how many words are written at most, `</s>` among them.
        unknown: whether `<unk>` may be written.
        ends: whether `</s>` may be written.

    Raises:
        ValueError: if the length is below 1, or the prompt is text where words are needed.
    """

    def __init__(
        self, model: Predictor, prompt: Iterable[str], length: int, *, unknown: bool, ends: bool
    ) -> None:
        if length < 1:
            raise ValueError(f"length is at least 1, not {length}")
        self.model, self.length = model, length
        self.vocabulary = words_of(model)
        self.prompt = tuple(prompt)
        _, self.end, self._unknown = self.vocabulary.encode([START, END, UNKNOWN]).tolist()
        self._words = self.vocabulary.encode(prompt if isinstance(prompt, str) else self.prompt)
        never = {START: True, UNKNOWN: not unknown, END: not ends}
        self.allowed = np.array([not never.get(word) for word in self.vocabulary.words])

    def begin(self, N: int) -> tuple[Array, State]:
        """log p (N, V) of the word behind the prompt, and the state: the same N times."""
        if N < 1:
            raise ValueError(f"at least one text is written, not {N}")
        front = np.concatenate([[self.end], self._words]).astype(np.int32)
        return self.read(np.tile(front, (N, 1)), self.model.start(N))

    def read(self, tokens: IntArray, state: State) -> tuple[Array, State]:
        """log p (N, V) of the word behind `tokens` (N, T), and the state."""
        log_p, state = self.model.log_probabilities(tokens, state)
        return as_array(log_p)[:, -1], state

    def possible(self, log_p: Array) -> Array:
        """log p (N, V), -inf for the words that are never written.

        Raises:
            ValueError: if that leaves nothing to write.
        """
        masked = np.where(self.allowed, log_p, -np.inf)
        if not np.isfinite(masked.max(axis=-1)).all():
            raise ValueError(
                "every word that may come has probability 0 here: an n-gram model that smooths "
                "gives all words some, unknown=True allows <unk>"
            )
        return masked

    def generated(self, ids: IntArray, log_p: Array) -> Generated:
        """The text of these ids (T,), up to the first `</s>`."""
        ends = np.flatnonzero(ids == self.end)
        T = int(ends[0]) if len(ends) else len(ids)
        words = self.vocabulary.decode(ids[:T])
        log_p = log_p[: T + len(ends[:1])]
        return Generated(
            self.prompt, tuple(words), log_p, bool(len(ends)), self.vocabulary.characters
        )
