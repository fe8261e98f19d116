"""Inverted dropout: units are dropped in training, those that stay are made larger.

Deck 2, "Dropout", leaves them as they are and multiplies by 1 - p at test time. In expectation both
are the same: a unit stays with probability 1 - p, and E[mask] / (1 - p) = 1. The random numbers are
given, so that the mask is determined. Source: Srivastava et al. 2014.
"""

from __future__ import annotations

from lmkit.by_hand.types import Array


def dropout(x: Array, u: Array, p: float, training: bool) -> Array:
    """Drop each unit with probability p in training; at test time do nothing.

    Args:
        x: activations, (N, H).
        u: random numbers uniform on [0, 1), (N, H): a unit with u < p is dropped.
        p: the share that is dropped, 0 <= p < 1.
        training: whether this is training, not a test.

    Returns:
        y, (N, H): in training 0 or x / (1 - p), at test time x.
    """
    return x * (u >= p) / (1 - p) if training else x


def dropout_backward(dy: Array, u: Array, p: float) -> Array:
    """The gradient in training: it passes where x has passed, and is scaled as that was.

    Args:
        dy: gradient that arrives, (N, H).
        u: the random numbers of the forward pass, (N, H).
        p: the share that is dropped.

    Returns:
        dx, (N, H).
    """
    return dy * (u >= p) / (1 - p)
