"""Xavier initialisation: weights whose variance keeps that of what passes through them.

Var(W_ij) = 2 / (n_in + n_out). Source: deck 2, "Parameter initialization"; Glorot and Bengio 2010.
The random numbers are given, so that the weights are determined.
"""

from __future__ import annotations

import numpy as np

from lmkit.by_hand.types import Array


def xavier_normal(z: Array) -> Array:
    """Normally distributed weights.

    Args:
        z: standard normal random numbers, (n_in, n_out).

    Returns:
        W, (n_in, n_out), with mean 0 and variance 2 / (n_in + n_out).
    """
    n_in, n_out = z.shape
    return np.asarray(np.sqrt(2 / (n_in + n_out)) * z)


def xavier_uniform(u: Array) -> Array:
    """Uniformly distributed weights: on [-a, a) the variance is a^2 / 3, so a^2 = 3 Var(W).

    Args:
        u: random numbers uniform on [0, 1), (n_in, n_out).

    Returns:
        W, (n_in, n_out), with mean 0 and variance 2 / (n_in + n_out).
    """
    n_in, n_out = u.shape
    a = np.sqrt(6 / (n_in + n_out))
    return np.asarray(a * (2 * u - 1))
