"""The continuous cache: what came after a state like this one, not long ago?

    p_cache(w | h_t) ~ sum_{i < t} 1{w = x_{i+1}} exp(theta h_t . h_i)
    p(w) = (1 - weight) p_model(w) + weight p_cache(w)

The sum goes over the last `window` states. Each of them votes for the word that followed it, the
more like the state of now the louder. Nothing is trained.

Source: Grave, Joulin and Usunier (2017), equations 2 and 3; "LSTM + continuous cache pointer" in
deck 5.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lmkit.batching import borders
from lmkit.by_hand.types import Array, IntArray
from lmkit.em import mixture_weights
from lmkit.predictor import State, as_array
from lmkit.progress import Bar
from lmkit.vocabulary import Vocabulary

THETAS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0)
PIECE = 200
"""So many words of a text are read at once."""


class _Piece(NamedTuple):
    """T words of a text, and J states that may be in the cache for one of them."""

    p: Array
    """Of the words that came, by the model: (T,)."""
    likeness: Array
    """h_t . h_i: (T, J)."""
    held: NDArray[np.bool_]
    """Whether the cache holds state i at t: (T, J)."""
    hits: NDArray[np.bool_]
    """Whether the word that came, x_{t+1}, is x_{i+1}: (T, J)."""

    def p_cache(self, theta: float) -> Array:
        """Of the words that came: (T,)."""
        loud = _loud(self.likeness, self.held, theta)
        total = loud.sum(axis=-1)
        hit = np.einsum("tj,tj->t", loud, self.hits)
        p: Array = np.divide(hit, total, out=np.zeros_like(hit), where=total > 0)
        return p


class ContinuousCache:
    """A neural model and a cache of its last states; a `lmkit.predictor.Predictor` itself.

    While nothing is in the cache, everything is left to the model.

    Args:
        model: a `lmkit.models.LanguageModel`.
        window: how many states the cache holds.
        theta: how much likeness counts; with 0 all states count the same, which is the unigram
            cache.
        weight: the cache's share, from 0 to 1.

    Raises:
        ValueError: if the window is below 1, or the weight not between 0 and 1.
    """

    def __init__(
        self, model: Any, window: int = 500, theta: float = 0.3, weight: float = 0.1
    ) -> None:
        if window < 1 or not 0 <= weight <= 1:
            raise ValueError(
                f"the window is at least 1, not {window}, and the weight between 0 and 1, "
                f"not {weight}"
            )
        from lmkit.training.compiled import look

        self.model, self.window, self.theta, self.weight = model, window, theta, weight
        self._look = look(model, self._read)

    @property
    def vocabulary(self) -> Vocabulary | None:
        """The model's."""
        known: Vocabulary | None = self.model.vocabulary
        return known

    def start(self, N: int) -> State:
        """The model's start, and nothing in the cache."""
        return {"model": self.model.start(N), "h": np.zeros((N, 0, 0)), "x": np.zeros((N, 0), int)}

    def log_probabilities(self, tokens: Any, state: State) -> tuple[Array, State]:
        """log p (N, T, V) of the word after each of `tokens` (N, T), and the state."""
        from keras import ops

        h_t, after = self.model.hidden(tokens, state["model"])
        p = np.exp(as_array(ops.log_softmax(self.model.read_out(h_t), axis=-1)))
        h_t = as_array(h_t)
        h = np.concatenate([state["h"], h_t], axis=1) if state["h"].size else h_t
        x = np.concatenate([state["x"], np.asarray(tokens)], axis=1)
        p_cache = np.zeros_like(p)
        held = _held(h_t.shape[1], h.shape[1], self.window)
        for n, of_n in enumerate(h_t):
            for t, vote in enumerate(votes(of_n @ h[n, :-1].T, held, self.theta)):
                p_cache[n, t] = np.bincount(x[n, 1:], vote, minlength=p.shape[-1])
        weight = self.weight * held.any(axis=-1, keepdims=True)
        with np.errstate(divide="ignore"):
            log_p = np.log((1 - weight) * p + weight * p_cache)
        return log_p, {"model": after, "h": h[:, -self.window :], "x": x[:, -self.window :]}

    def score(self, ids: IntArray) -> Array:
        """log p of each word of a text but the first, (T,); see `lmkit.predictor.score`."""
        log_p = []
        for piece in self._pieces(ids):
            weight = self.weight * piece.held.any(axis=-1)
            with np.errstate(divide="ignore"):
                log_p.append(np.log((1 - weight) * piece.p + weight * piece.p_cache(self.theta)))
        return np.concatenate(log_p)

    def tune(self, ids: IntArray, thetas: Sequence[float] = THETAS) -> float:
        """Choose theta and weight on held-out text: never the training text, never the test's.

        The thetas are tried one after another, the weight is found by EM for each. Where no cache
        helps, the weight is 0 and the model is left alone.

        Args:
            ids: the text in one row, (T + 1,), as `score` takes it.
            thetas: what to try.

        Returns:
            The mean of log p with the best of them.
        """
        p: list[Array] = []
        p_cache: list[list[Array]] = [[] for _ in thetas]
        for piece in self._pieces(ids):
            p.append(piece.p)
            for each, theta in zip(p_cache, thetas, strict=True):
                each.append(piece.p_cache(theta))
            if len(p) == 1:  # nothing was in the cache yet
                for each in p_cache:
                    each[0][0] = piece.p[0]
        p_model = np.concatenate(p)
        with np.errstate(divide="ignore"):
            best, self.theta, self.weight = float(np.log(p_model).mean()), thetas[0], 0.0
        for each, theta in zip(p_cache, thetas, strict=True):
            both = np.array([p_model, np.concatenate(each)])
            weights = mixture_weights(both)
            mean = float(np.log(weights @ both).mean())
            if mean > best:
                best, self.theta, self.weight = mean, theta, float(weights[1])
        return best

    def _pieces(self, ids: IntArray) -> Iterator[_Piece]:
        """The text in order, with the state and the cache carried from piece to piece."""
        row = np.asarray(ids, np.int32)
        length = len(row) - 1
        if length < 1:
            raise ValueError(f"a text of {len(row)} words has none to predict")
        state = self.model.start(1)
        h = np.zeros((0, 0))
        most = min(PIECE, length)
        with Bar("reading", length, "words") as bar:
            for start, stop in borders(length, most):
                T = stop - start
                padded = np.zeros((1, most + 1), np.int32)  # one shape is compiled, not two
                padded[0, : T + 1] = row[start : stop + 1]
                log_p, states, state = self._look(padded[:, :-1], padded[:, 1:], state)
                h_t = as_array(states)[0, :T]
                h = np.concatenate([h, h_t]) if len(h) else h_t
                followed = row[stop - len(h) + 1 : stop]
                yield _Piece(
                    np.exp(as_array(log_p)[0, :T]),
                    h_t @ h[:-1].T,
                    _held(T, len(h), self.window),
                    followed == row[start + 1 : stop + 1, None],
                )
                h = h[-self.window :]
                bar.show(stop)

    def _read(self, tokens: Any, targets: Any, state: State) -> tuple[Any, Any, State]:
        """log p of the targets (N, T), h (N, T, H), and the state."""
        from lmkit.losses import log_likelihood

        h, state = self.model.hidden(tokens, state)
        return log_likelihood(self.model.read_out(h), targets), h, state


def votes(likeness: Array, held: NDArray[np.bool_], theta: float) -> Array:
    """exp(theta h_t . h_i), divided by its sum over the states i that the cache holds at t.

    Args:
        likeness: h_t . h_i, (T, J).
        held: whether the cache holds i at t, (T, J).
        theta: how much likeness counts.

    Returns:
        (T, J); rows with sum 1, or of zeros where nothing is held.
    """
    loud = _loud(likeness, held, theta)
    total = loud.sum(axis=-1, keepdims=True)
    share: Array = np.divide(loud, total, out=np.zeros_like(loud), where=total > 0)
    return share


def _loud(likeness: Array, held: NDArray[np.bool_], theta: float) -> Array:
    """exp(theta h_t . h_i), 0 if not held; each row divided by its largest, so none overflows."""
    s: Array = np.where(held, theta * likeness, -np.inf)
    top = s.max(axis=-1, keepdims=True, initial=-np.inf)
    s -= np.where(np.isfinite(top), top, 0.0)
    return np.exp(s, out=s)


def _held(T: int, K: int, window: int) -> NDArray[np.bool_]:
    """Of K states, the last T being those of now: which ones are older than each, yet not too old?

    The last one of all is left out, (T, K - 1): the word that follows it is not known.
    """
    now = np.arange(K - T, K)[:, None]
    age = now - np.arange(K - 1)
    return (age >= 1) & (age <= window)
