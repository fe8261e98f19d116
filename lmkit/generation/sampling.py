"""A text, drawn word by word: w ~ p(w | the words before it)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from lmkit.by_hand.softmax import softmax
from lmkit.by_hand.types import Array, IntArray
from lmkit.generation.distributions import nucleus, top_k, with_temperature
from lmkit.generation.reading import LENGTH, Generated, Reader
from lmkit.predictor import Predictor


def sample(
    model: Predictor,
    prompt: Iterable[str] = (),
    *,
    samples: int = 1,
    length: int = LENGTH,
    temperature: float = 1.0,
    k: int | None = None,
    mass: float | None = None,
    unknown: bool = True,
    ends: bool = True,
    seed: int | None = None,
) -> list[Generated]:
    """Draw texts, each word from the model's distribution, changed in this order.

    Args:
        model: neural, or an `NgramPredictor`.
        prompt: the words that are there already; for a model of characters, a str. Words that
            are not in the vocabulary are read as `<unk>`.
        samples: N, how many texts.
        length: how many words are drawn at most, `</s>` among them.
        temperature: see `with_temperature`.
        k: only the k most likely words; see `top_k`. None for all.
        mass: only the nucleus of this mass; see `nucleus`. None for all.
        unknown: whether `<unk>` may be drawn.
        ends: whether `</s>` may be drawn, which ends the text.
        seed: the same seed draws the same texts.

    Returns:
        The N texts. Their log p is the model's own, before the changes.

    Raises:
        ValueError: if a number is out of its range, or no word that may be drawn is possible.
    """
    rng = np.random.default_rng(seed)

    def draw(log_p: Array) -> IntArray:
        p = with_temperature(softmax(log_p), temperature)
        p = p if k is None else top_k(p, k)
        cumulative = np.cumsum(p if mass is None else nucleus(p, mass), axis=-1)
        u = rng.random((len(p), 1)) * cumulative[:, -1:]
        return np.asarray(np.argmax(cumulative > u, axis=-1))

    return _write(Reader(model, prompt, length, unknown=unknown, ends=ends), draw, samples)


def greedy(
    model: Predictor,
    prompt: Iterable[str] = (),
    *,
    length: int = LENGTH,
    unknown: bool = True,
    ends: bool = True,
) -> Generated:
    """Always the likeliest word; of words that are equally likely, the first.

    The text need not be the likeliest of all: `beam_search` looks further.

    Args:
        model: neural, or an `NgramPredictor`.
        prompt: the words that are there already; for a model of characters, a str.
        length: how many words come at most, `</s>` among them.
        unknown: whether `<unk>` may come.
        ends: whether `</s>` may come, which ends the text.

    Returns:
        The text.

    Raises:
        ValueError: if no word that may come is possible.
    """

    def likeliest(log_p: Array) -> IntArray:
        return np.asarray(np.argmax(log_p, axis=-1))

    return _write(Reader(model, prompt, length, unknown=unknown, ends=ends), likeliest, 1)[0]


def _write(reader: Reader, choose: Callable[[Array], IntArray], N: int) -> list[Generated]:
    """N texts, each next word chosen from log p (N, V)."""
    log_p, state = reader.begin(N)
    ids = np.empty((N, 0), np.int32)
    each = np.empty((N, 0))
    ended = np.zeros(N, bool)
    while True:
        word = choose(reader.possible(log_p)).astype(np.int32)
        ids = np.column_stack([ids, word])
        each = np.column_stack([each, log_p[np.arange(N), word]])
        ended |= word == reader.end
        if ended.all() or ids.shape[1] == reader.length:
            break
        log_p, state = reader.read(word[:, None], state)
    return [reader.generated(*row) for row in zip(ids, each, strict=True)]
