"""Nats, bits and perplexity: three ways to say how surprised a model is.

2^bits = e^nats = perplexity. Source: deck 1, "Evaluating LM - Perplexity".
"""

from __future__ import annotations

import numpy as np

from lmkit.by_hand.types import Array


def bits_and_perplexity(log_p: Array) -> tuple[float, float, float]:
    """The mean surprise of a text.

    Args:
        log_p: natural logarithm of the probability of every character that came, any shape.

    Returns:
        Nats per character, bits per character, and the perplexity per character.
    """
    nats = float(-np.mean(log_p))
    return nats, nats / np.log(2), float(np.exp(nats))


def word_perplexity(bits: float, characters: int, words: int) -> float:
    """The perplexity per word of a model of characters.

    Args:
        bits: per character, on a text.
        characters: of the text, spaces and line ends counted.
        words: of the text, each line's end counted as one.

    Returns:
        The perplexity of one word, out of the same total.
    """
    return float(2 ** (bits * characters / words))
