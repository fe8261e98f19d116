"""The gradient of the embeddings: a word that comes twice collects twice."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.problem import Case, Output, Problem
from autograder.problems.draws import Rng, distinct_sizes, normal
from lmkit.by_hand.types import IntArray
from lmkit.by_hand.window_lm import embed_backward


def with_gradient(rng: Rng, contexts: IntArray, V: int) -> tuple[Any, ...]:
    """The arguments for these contexts: de of a random D."""
    D = int(rng.integers(4, 7))
    return normal(rng, len(contexts), contexts.shape[1] * D), contexts, V


def draw_batch(rng: Rng) -> tuple[Any, ...]:
    """A random batch, in which words come again; the last word of the vocabulary does not come."""
    words = int(rng.integers(2, 4))
    V = int(rng.integers(7, 10))
    contexts = rng.integers(V - 1, size=(int(rng.integers(10, 13)), words))
    contexts[0] = 1  # twice in one window
    return with_gradient(rng, contexts, V)


def draw_all_different(rng: Rng) -> tuple[Any, ...]:
    """No word comes twice."""
    N, words = 2, 3
    contexts = rng.permutation(N * words).reshape(N, words)
    return with_gradient(rng, contexts, N * words + 1)


def draw_one_word(rng: Rng) -> tuple[Any, ...]:
    """The same word everywhere."""
    N, V = distinct_sizes(rng, 2, low=3)
    return with_gradient(rng, np.full((N, 2), int(rng.integers(V))), V)


EMBED_BACKWARD = Problem(
    name="embed_backward",
    reference=embed_backward,
    outputs=(Output("dE"),),
    cases=(
        Case("a random batch", draw_batch, weight=2),
        Case("words that are all different", draw_all_different),
        Case("one word, again and again", draw_one_word),
    ),
    source="Deck 1, Multivariable Chain Rule",
)


@EMBED_BACKWARD.mistake(
    "a word that comes again keeps only its last gradient: dE[contexts] += ... does not add up",
    hint="The chain rule sums over all places at which a row of E is used. NumPy's += with an "
    "array of indices writes each row once.",
)
def overwritten(de, contexts, V):
    D = de.shape[1] // contexts.shape[1]
    dE = np.zeros((V, D))
    dE[contexts] += de.reshape(*contexts.shape, D)
    return dE


@EMBED_BACKWARD.mistake(
    "the gradients of a word that comes again are averaged",
    hint="The chain rule sums over all places at which a row of E is used.",
)
def averaged(de, contexts, V):
    D = de.shape[1] // contexts.shape[1]
    dE = np.zeros((V, D))
    np.add.at(dE, contexts, de.reshape(*contexts.shape, D))
    return dE / np.maximum(np.bincount(contexts.ravel(), minlength=V), 1)[:, None]


@EMBED_BACKWARD.mistake(
    "only the last word of each window gets its gradient",
    hint="All words of a window were looked up. Whose gradients are the first D numbers of de?",
)
def last_word(de, contexts, V):
    D = de.shape[1] // contexts.shape[1]
    dE = np.zeros((V, D))
    np.add.at(dE, contexts[:, -1], de[:, -D:])
    return dE


@EMBED_BACKWARD.mistake(
    "only the first word of each window gets its gradient",
    hint="All words of a window were looked up. Whose gradients are the last D numbers of de?",
)
def first_word(de, contexts, V):
    D = de.shape[1] // contexts.shape[1]
    dE = np.zeros((V, D))
    np.add.at(dE, contexts[:, 0], de[:, :D])
    return dE


@EMBED_BACKWARD.mistake(
    "the blocks of de go to the words in reverse order",
    hint="The first D numbers of de belong to the first word of the window.",
)
def reversed_blocks(de, contexts, V):
    D = de.shape[1] // contexts.shape[1]
    dE = np.zeros((V, D))
    np.add.at(dE, contexts[:, ::-1], de.reshape(*contexts.shape, D))
    return dE


@EMBED_BACKWARD.mistake(
    "de is cut up as if the words were interleaved",
    hint="All D numbers of the first word come first. Which axis moves fastest when you reshape?",
)
def interleaved(de, contexts, V):
    N, words = contexts.shape
    D = de.shape[1] // words
    dE = np.zeros((V, D))
    np.add.at(dE, contexts, de.reshape(N, D, words).transpose(0, 2, 1))
    return dE


@EMBED_BACKWARD.mistake(
    "every word of a window gets the sum over the whole window",
    hint="Each word has a block of de of its own.",
)
def whole_window(de, contexts, V):
    N, words = contexts.shape
    D = de.shape[1] // words
    blocks = de.reshape(N, words, D).sum(axis=1, keepdims=True)
    dE = np.zeros((V, D))
    np.add.at(dE, contexts, np.repeat(blocks, words, axis=1))
    return dE


@EMBED_BACKWARD.mistake(
    "the gradient is divided by the number of windows",
    hint="The mean over the N windows is in de already.",
)
def divided_by_N(de, contexts, V):
    D = de.shape[1] // contexts.shape[1]
    dE = np.zeros((V, D))
    np.add.at(dE, contexts, de.reshape(*contexts.shape, D))
    return dE / len(contexts)


@EMBED_BACKWARD.mistake(
    "the gradient is divided by the number of words in a window",
    hint="The words stood side by side. Nothing was averaged on the way forward.",
)
def divided_by_words(de, contexts, V):
    D = de.shape[1] // contexts.shape[1]
    dE = np.zeros((V, D))
    np.add.at(dE, contexts, de.reshape(*contexts.shape, D))
    return dE / contexts.shape[1]


@EMBED_BACKWARD.mistake(
    "dE has a row only up to the largest id that comes",
    hint="Every word of the vocabulary has a row, zero if the word does not come.",
)
def rows_missing(de, contexts, V):
    D = de.shape[1] // contexts.shape[1]
    dE = np.zeros((contexts.max() + 1, D))
    np.add.at(dE, contexts, de.reshape(*contexts.shape, D))
    return dE


@EMBED_BACKWARD.mistake(
    "the ids are taken to begin with 1: the row before the right one gets the gradient",
    hint="Row v of E belongs to word v, and the first row is number 0.",
)
def ids_from_one(de, contexts, V):
    D = de.shape[1] // contexts.shape[1]
    dE = np.zeros((V, D))
    np.add.at(dE, contexts - 1, de.reshape(*contexts.shape, D))
    return dE


@EMBED_BACKWARD.mistake(
    "a gradient for each window and word is returned, (N, n - 1, D), not for each row of E",
    hint="dE has the shape of E. Which rows of E did a window use?",
)
def not_collected(de, contexts, V):
    return de.reshape(*contexts.shape, -1)


@EMBED_BACKWARD.mistake(
    "a word that comes twice in one window keeps only its last gradient there: dE[window] += ...",
    hint="With an array of indices NumPy writes each row once. Can a window hold a word twice?",
)
def window_by_window(de, contexts, V):
    D = de.shape[1] // contexts.shape[1]
    dE = np.zeros((V, D))
    for window, block in zip(contexts, de, strict=True):
        dE[window] += block.reshape(-1, D)
    return dE


@EMBED_BACKWARD.mistake(
    "a word that comes at the same place of two windows keeps only its last gradient there: "
    "dE[contexts[:, j]] += ...",
    hint="With an array of indices NumPy writes each row once. Can a column hold a word twice?",
)
def place_by_place(de, contexts, V):
    D = de.shape[1] // contexts.shape[1]
    dE = np.zeros((V, D))
    for j in range(contexts.shape[1]):
        dE[contexts[:, j]] += de[:, j * D : (j + 1) * D]
    return dE
