"""How good is a language model? Cross entropy, perplexity, bits per character.

All three start from log p, the natural logarithm of the probability that the model gave to
each token that came (`</s>` counted, `<s>` not). They are means over *all* predicted tokens, so
a short sentence weighs less than a long one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

ROUNDING = 1e-6
"""By so much a log probability from a float32 model may be above zero."""


def cross_entropy(log_p: ArrayLike, mask: ArrayLike | None = None) -> float:
    """J = - (1 / T) sum_t log p_t, in nats per token. Source: deck 2, J(theta).

    Args:
        log_p: natural-log probabilities of the tokens that came, any shape.
        mask: of the same shape, 1 for a token that counts, anything else for padding; None
            counts all.

    Returns:
        Nats per token; inf if a token that counts was given probability zero.

    Raises:
        ValueError: if nothing is counted, the shapes differ, or a log probability is above 0
            or not a number.
    """
    values = np.asarray(log_p, dtype=np.float64)
    if mask is not None:
        counted = np.asarray(mask) == 1
        if counted.shape != values.shape:
            raise ValueError(
                f"mask has shape {counted.shape}, log_p {values.shape}: they must agree"
            )
        values = values[counted]
    if values.size == 0:
        raise ValueError("no token is counted: the mean over nothing is not defined")
    if np.isnan(values).any() or (values > ROUNDING).any():
        raise ValueError(
            f"a log probability lies between -inf and 0, this one is {np.max(values)}: "
            "pass log p, not p and not the loss"
        )
    return float(0.0 - values.mean())


def perplexity(log_p: ArrayLike, mask: ArrayLike | None = None) -> float:
    """exp(J): among how many equally likely tokens does the model hesitate? Lower is better.

    Source: deck 1, "Evaluating LM - Perplexity".

    Args:
        log_p: natural-log probabilities of the tokens that came, any shape.
        mask: of the same shape, 1 for a token that counts, anything else for padding; None
            counts all.

    Returns:
        The perplexity, at least 1; inf if a token that counts was given probability zero.

    Raises:
        ValueError: as `cross_entropy`.
    """
    with np.errstate(over="ignore"):  # inf is the answer, not an accident
        return float(np.exp(cross_entropy(log_p, mask)))


def bits_per_character(log_p: ArrayLike, mask: ArrayLike | None = None) -> float:
    """J / log 2, the usual measure of a character model.

    Args:
        log_p: natural-log probabilities of the characters that came, any shape.
        mask: of the same shape, 1 for a character that counts and 0 for padding.

    Returns:
        Bits per character.

    Raises:
        ValueError: as `cross_entropy`.
    """
    return cross_entropy(log_p, mask) / float(np.log(2))
