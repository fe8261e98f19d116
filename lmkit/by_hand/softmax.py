"""Softmax and cross entropy: from scores to a distribution to a loss.

Letters: N sentences, T time steps, V words in the vocabulary. Logarithms are natural, so
losses are in nats per token. Source: deck 1, "Training a RNN LM"; deck 2, J(theta).
"""

from __future__ import annotations

import numpy as np

from lmkit.by_hand.types import Array, IntArray


def softmax(logits: Array) -> Array:
    """y_hat = exp(s) / sum_w exp(s_w), over the last axis.

    Args:
        logits: scores s, (..., V).

    Returns:
        Probabilities, (..., V), each row summing to one. The largest score is subtracted
        first: it cancels in the quotient, and exp can then not overflow.
    """
    exp_s = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(exp_s / exp_s.sum(axis=-1, keepdims=True))


def log_softmax(logits: Array) -> Array:
    """log softmax(s) = s - log sum_w exp(s_w), without the detour through tiny probabilities.

    Args:
        logits: scores s, (..., V).

    Returns:
        Log probabilities in nats, (..., V).
    """
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)))


def cross_entropy(logits: Array, targets: IntArray) -> float:
    """J = (1 / NT) sum_n sum_t -log y_hat_t[x_{t+1}], the mean over all predicted tokens.

    Args:
        logits: scores of the next token, (N, T, V).
        targets: ids of the tokens that came next, (N, T).

    Returns:
        The mean negative log probability, in nats per token.
    """
    log_y_hat = np.take_along_axis(log_softmax(logits), targets[..., None], axis=-1)
    return float(-log_y_hat.mean())


def cross_entropy_backward(logits: Array, targets: IntArray) -> Array:
    """dJ/ds = (y_hat - y) / NT, with y the one-hot target.

    Args:
        logits: scores of the next token, (N, T, V).
        targets: ids of the tokens that came next, (N, T).

    Returns:
        The gradient with respect to the logits, (N, T, V).
    """
    y = np.eye(logits.shape[-1])[targets]
    return np.asarray((softmax(logits) - y) / targets.size)
