"""What is drawn from: the model's p, sharpened or cut.

Each takes probabilities (..., V) and gives probabilities (..., V): no less than 0, with sum 1.
Scores that do not sum to one, as those of stupid backoff, are divided by their sum.
"""

from __future__ import annotations

import numpy as np

from lmkit.by_hand.softmax import softmax
from lmkit.by_hand.types import Array, IntArray


def with_temperature(p: Array, temperature: float) -> Array:
    """p_w^(1 / temperature), divided by the sum over all words.

    Below 1 the likely words become likelier, above 1 all words become more alike; 1 changes
    nothing.

    Args:
        p: probabilities, (..., V).
        temperature: above 0.

    Returns:
        (..., V).

    Raises:
        ValueError: if the temperature is not above 0, or p is 0 everywhere.
    """
    if not temperature > 0:
        raise ValueError(f"temperature is above 0, not {temperature}: at 0, greedy it is")
    _normalised(p)
    with np.errstate(divide="ignore"):
        return softmax(np.log(p) / temperature)


def top_k(p: Array, k: int) -> Array:
    """Only the k most likely words; of words that are equally likely, those that come first.

    Source: Fan, Lewis and Dauphin (2018).

    Args:
        p: probabilities, (..., V).
        k: how many words are kept, at least 1; V and more keep all.

    Returns:
        (..., V).

    Raises:
        ValueError: if k is below 1, or p is 0 everywhere.
    """
    if k < 1:
        raise ValueError(f"k is at least 1, not {k}: no word would be left")
    likeliest = _likeliest_first(p)
    return _kept(p, likeliest[..., :k])


def nucleus(p: Array, mass: float) -> Array:
    """Only the nucleus: the fewest words, the likeliest first, that have this mass together.

    Also called top-p. Source: Holtzman et al. (2020), equation 2.

    Args:
        p: probabilities, (..., V).
        mass: above 0 and at most 1; 1 keeps all.

    Returns:
        (..., V).

    Raises:
        ValueError: if the mass is not in (0, 1], or p is 0 everywhere.
    """
    if not 0 < mass <= 1:
        raise ValueError(f"the nucleus has a mass above 0 and at most 1, not {mass}")
    p = _normalised(p)
    if mass == 1:
        return p
    likeliest = _likeliest_first(p)
    descending = np.take_along_axis(p, likeliest, axis=-1)
    before = np.cumsum(descending, axis=-1) - descending
    short = before < mass - 1e-12  # a mass that is missed by rounding is reached
    kept = np.zeros_like(p)
    np.put_along_axis(kept, likeliest, np.where(short, descending, 0.0), axis=-1)
    return _normalised(kept)


def _likeliest_first(p: Array) -> IntArray:
    return np.argsort(-p, axis=-1, kind="stable")


def _kept(p: Array, words: IntArray) -> Array:
    """p of these words, (..., k), and 0 for the others."""
    kept = np.zeros_like(p)
    np.put_along_axis(kept, words, np.take_along_axis(p, words, axis=-1), axis=-1)
    return _normalised(kept)


def _normalised(p: Array) -> Array:
    total = p.sum(axis=-1, keepdims=True)
    if not (total > 0).all():
        raise ValueError("every word has probability 0: there is nothing to draw")
    normalised: Array = p / total
    return normalised
