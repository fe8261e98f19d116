"""One update of each optimiser: from weights and a gradient to new weights and a new memory.

Letters: w weights, g gradient, v velocity, s mean or sum of squares, m mean of gradients, t number
of the update, from 1. All arrays have the shape of w. Source: deck 2, "Optimizer".
"""

from __future__ import annotations

import numpy as np

from lmkit.by_hand.types import Array


def sgd_update(w: Array, g: Array, rate: float) -> Array:
    """w - rate g: one step downhill.

    Args:
        w: weights.
        g: their gradient.
        rate: the learning rate.

    Returns:
        The new weights.
    """
    return w - rate * g


def momentum_update(w: Array, v: Array, g: Array, rate: float, beta: float) -> tuple[Array, Array]:
    """v = beta v + g, then w - rate v: old gradients go on pushing. Polyak 1964.

    Args:
        w: weights.
        v: velocity; zeros before the first update.
        g: gradient.
        rate: the learning rate.
        beta: what is kept of the velocity, 0 to 1.

    Returns:
        The new w and v.
    """
    v = beta * v + g
    return w - rate * v, v


def adagrad_update(
    w: Array, s: Array, g: Array, rate: float, epsilon: float
) -> tuple[Array, Array]:
    """s = s + g^2, then w - rate g / (sqrt(s) + epsilon). Duchi et al. 2011.

    The sum s only grows, so the steps only shrink: deck 2 says that it tends to stall early.

    Args:
        w: weights.
        s: sum of the squared gradients; zeros before the first update.
        g: gradient.
        rate: the learning rate.
        epsilon: keeps the quotient finite.

    Returns:
        The new w and s.
    """
    s = s + g**2
    return w - rate * g / (np.sqrt(s) + epsilon), s


def rmsprop_update(
    w: Array, s: Array, g: Array, rate: float, rho: float, epsilon: float
) -> tuple[Array, Array]:
    """s = rho s + (1 - rho) g^2, then w - rate g / (sqrt(s) + epsilon). Tieleman and Hinton 2012.

    Args:
        w: weights.
        s: running mean of the squared gradients; zeros before the first update.
        g: gradient.
        rate: the learning rate.
        rho: what is kept of the old mean, 0 to 1.
        epsilon: keeps the quotient finite.

    Returns:
        The new w and s.
    """
    s = rho * s + (1 - rho) * g**2
    return w - rate * g / (np.sqrt(s) + epsilon), s


def adam_update(
    w: Array,
    m: Array,
    s: Array,
    g: Array,
    t: int,
    rate: float,
    beta_1: float,
    beta_2: float,
    epsilon: float,
) -> tuple[Array, Array, Array]:
    """Momentum over RMSprop, both corrected for the zeros they begin with. Kingma and Ba 2015.

    m = beta_1 m + (1 - beta_1) g          m_hat = m / (1 - beta_1^t)
    s = beta_2 s + (1 - beta_2) g^2        s_hat = s / (1 - beta_2^t)
    w = w - rate m_hat / (sqrt(s_hat) + epsilon)

    Args:
        w: weights.
        m: running mean of the gradients; zeros before the first update.
        s: running mean of their squares; zeros before the first update.
        g: gradient.
        t: number of this update; the first is 1.
        rate: the learning rate.
        beta_1: what is kept of m.
        beta_2: what is kept of s.
        epsilon: keeps the quotient finite.

    Returns:
        The new w, m and s; m and s without the correction.
    """
    m = beta_1 * m + (1 - beta_1) * g
    s = beta_2 * s + (1 - beta_2) * g**2
    m_hat, s_hat = m / (1 - beta_1**t), s / (1 - beta_2**t)
    return w - rate * m_hat / (np.sqrt(s_hat) + epsilon), m, s


def adamw_update(
    w: Array,
    m: Array,
    s: Array,
    g: Array,
    t: int,
    rate: float,
    beta_1: float,
    beta_2: float,
    epsilon: float,
    decay: float,
) -> tuple[Array, Array, Array]:
    """Adam, and beside it a step of rate decay w towards zero. Loshchilov and Hutter 2019.

    The decay does not go through m and s, so that every weight shrinks by the same factor.

    Args:
        w: weights.
        m: running mean of the gradients; zeros before the first update.
        s: running mean of their squares; zeros before the first update.
        g: gradient.
        t: number of this update; the first is 1.
        rate: the learning rate.
        beta_1: what is kept of m.
        beta_2: what is kept of s.
        epsilon: keeps the quotient finite.
        decay: the strength of the weight decay.

    Returns:
        The new w, m and s.
    """
    stepped, m, s = adam_update(w, m, s, g, t, rate, beta_1, beta_2, epsilon)
    return stepped - rate * decay * w, m, s
