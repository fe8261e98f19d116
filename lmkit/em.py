"""The weights of a mixture, by expectation maximisation."""

from __future__ import annotations

import numpy as np

from lmkit.by_hand.types import Array


def mixture_weights(p: Array, steps: int = 500, tolerance: float = 1e-10) -> Array:
    """The weights with which the mixture gives a held-out text its highest probability.

    Each word is taken to be drawn from one of the models. E: how likely is each of them, given the
    word? M: a model's weight is its share. The mean of log p never falls, and has one top.
    Source: Jelinek and Mercer (1980).

    Args:
        p: probability of each of T words by each of M models, (M, T).
        steps: how many steps at most.
        tolerance: stop when the mean of log p grows by less.

    Returns:
        The weights (M,), with sum 1. Words that no model thinks possible do not count.

    Raises:
        ValueError: if no word is possible.
    """
    p = np.asarray(p, np.float64)
    p = p[:, (p > 0).any(axis=0)]
    if not p.size:
        raise ValueError("the weights need a held-out text that some model thinks possible")
    weights = np.full(len(p), 1 / len(p))
    before = -np.inf
    for _ in range(steps):
        drawn = weights[:, None] * p
        mixed = drawn.sum(axis=0)
        mean = float(np.log(mixed).mean())
        if mean - before < tolerance:
            break
        weights, before = (drawn / mixed).mean(axis=1), mean
    return weights
