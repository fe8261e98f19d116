"""The fixed-window neural language model, forward and backward.

e     = [e_1; ...; e_{n-1}]    the embeddings of the last n - 1 words, side by side
h     = tanh(e W + b_1)
y_hat = softmax(h U + b_2)

Letters: N windows, n words in an n-gram (the predicted one included), V words, D numbers in one
embedding, H hidden units. Source: deck 2, "Fixed-window Neural Language Model"; Bengio et al. 2003.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lmkit.by_hand.softmax import softmax
from lmkit.by_hand.types import Array, IntArray


def windows(
    sentences: Sequence[Sequence[int]], n: int, start: int, end: int
) -> tuple[IntArray, IntArray]:
    """Every word of a text with the n - 1 words before it; nothing crosses a sentence.

    Args:
        sentences: ids of the words of each sentence, without marks.
        n: words in a window and the one behind it, at least 2.
        start: the id of `<s>`, of which n - 1 stand in front of a sentence.
        end: the id of `</s>`, which is predicted like a word.

    Returns:
        Contexts (N, n - 1) and targets (N,), in the order of the text. A sentence of T words gives
        T + 1 of them.
    """
    contexts, targets = [], []
    for sentence in sentences:
        padded = [start] * (n - 1) + list(sentence) + [end]
        for t in range(n - 1, len(padded)):
            contexts.append(padded[t - n + 1 : t])
            targets.append(padded[t])
    return np.array(contexts), np.array(targets)


def embed(contexts: IntArray, E: Array) -> Array:
    """Look up the embedding of each word and put them side by side, the oldest word first.

    Args:
        contexts: ids of the words before, (N, n - 1).
        E: embeddings, (V, D): row v belongs to word v.

    Returns:
        e, (N, (n - 1) D).
    """
    return E[contexts].reshape(len(contexts), -1)


def window_forward(
    contexts: IntArray, E: Array, W: Array, b_1: Array, U: Array, b_2: Array
) -> tuple[Array, Array]:
    """The hidden layer, and the probability of every word to be the next.

    Args:
        contexts: ids of the words before, (N, n - 1).
        E: embeddings, (V, D).
        W: hidden weights, ((n - 1) D, H).
        b_1: hidden bias, (H,).
        U: output weights, (H, V).
        b_2: output bias, (V,).

    Returns:
        h (N, H) and y_hat (N, V), whose rows sum to one.
    """
    h = np.tanh(embed(contexts, E) @ W + b_1)
    return h, softmax(h @ U + b_2)


def window_loss(
    contexts: IntArray, targets: IntArray, E: Array, W: Array, b_1: Array, U: Array, b_2: Array
) -> float:
    """J = (1 / N) sum_n -log y_hat_n[target_n], in nats per word.

    Args:
        contexts: ids of the words before, (N, n - 1).
        targets: ids of the words that came, (N,).
        E: embeddings, (V, D).
        W: hidden weights, ((n - 1) D, H).
        b_1: hidden bias, (H,).
        U: output weights, (H, V).
        b_2: output bias, (V,).

    Returns:
        The mean cross entropy.
    """
    _, y_hat = window_forward(contexts, E, W, b_1, U, b_2)
    return float(-np.log(y_hat[np.arange(len(targets)), targets]).mean())


def embed_backward(de: Array, contexts: IntArray, V: int) -> Array:
    """dE: each row collects the gradient of every place at which its word stands.

    Args:
        de: gradient of the embeddings side by side, (N, (n - 1) D).
        contexts: ids of the words before, (N, n - 1).
        V: words in the vocabulary.

    Returns:
        dE, (V, D); zero for a word that does not come.
    """
    dE = np.zeros((V, de.shape[1] // contexts.shape[1]))
    np.add.at(dE, contexts, de.reshape(*contexts.shape, -1))
    return dE


def window_backward(
    contexts: IntArray, targets: IntArray, E: Array, W: Array, b_1: Array, U: Array, b_2: Array
) -> tuple[Array, Array, Array, Array, Array]:
    """The gradient of `window_loss` with respect to every weight.

    Args:
        contexts: ids of the words before, (N, n - 1).
        targets: ids of the words that came, (N,).
        E: embeddings, (V, D).
        W: hidden weights, ((n - 1) D, H).
        b_1: hidden bias, (H,).
        U: output weights, (H, V).
        b_2: output bias, (V,).

    Returns:
        dE, dW, db_1, dU, db_2, each of the shape of its weight.
    """
    h, y_hat = window_forward(contexts, E, W, b_1, U, b_2)
    y = np.eye(U.shape[1])[targets]
    ds = (y_hat - y) / len(targets)
    da = (ds @ U.T) * (1 - h**2)
    dE = embed_backward(da @ W.T, contexts, len(E))
    return dE, embed(contexts, E).T @ da, da.sum(axis=0), h.T @ ds, ds.sum(axis=0)
