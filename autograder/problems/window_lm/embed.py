"""Look-up and concatenation: from word ids to one long vector."""

from __future__ import annotations

import numpy as np

from autograder.problem import Case, Draw, Output, Problem
from autograder.problems.draws import Rng
from autograder.problems.window_lm.draws import Arguments, model
from lmkit.by_hand.window_lm import embed


def draw(*, N: int | None = None, words: int | None = None) -> Draw:
    """Contexts and E."""

    def contexts_and_embeddings(rng: Rng) -> Arguments:
        contexts, (E, *_) = model(rng, N=N, words=words)
        return contexts, E

    return contexts_and_embeddings


EMBED = Problem(
    name="embed",
    reference=embed,
    outputs=(Output("e"),),
    cases=(
        Case("a random batch", draw(), weight=2),
        Case("a single window, N = 1", draw(N=1)),
        Case("windows of one word, n = 2", draw(words=1), weight=0.5),
    ),
    source="Deck 2, Fixed-window Neural Language Model",
)


@EMBED.mistake(
    "the embeddings of a window are added up",
    hint="Deck 2: *concatenated* word embeddings. A sum does not know which word came first.",
)
def added_up(contexts, E):
    return E[contexts].sum(axis=1)


@EMBED.mistake(
    "the embeddings of a window are averaged",
    hint="Deck 2: *concatenated* word embeddings. A mean does not know which word came first.",
)
def averaged(contexts, E):
    return E[contexts].mean(axis=1)


@EMBED.mistake(
    "the largest entries over the window are taken",
    hint="Deck 2: *concatenated* word embeddings.",
)
def largest(contexts, E):
    return E[contexts].max(axis=1)


@EMBED.mistake(
    "only the last word of the window is looked up",
    hint="e holds all words of the window, e = [e1; e2; ...]. How long is it?",
)
def last_word(contexts, E):
    return E[contexts[:, -1]]


@EMBED.mistake(
    "only the first word of the window is looked up",
    hint="e holds all words of the window, e = [e1; e2; ...]. How long is it?",
)
def first_word(contexts, E):
    return E[contexts[:, 0]]


@EMBED.mistake(
    "the words of the window are in reverse order, the newest first",
    hint="Deck 2: e = [e1; e2; e3; e4], in the order of the text.",
)
def reversed_order(contexts, E):
    return E[contexts[:, ::-1]].reshape(len(contexts), -1)


@EMBED.mistake(
    "the embeddings are interleaved: first entry 1 of every word, then entry 2 of every word",
    hint="All D numbers of the first word come first. Which axis moves fastest when you reshape?",
)
def interleaved(contexts, E):
    return E[contexts].transpose(0, 2, 1).reshape(len(contexts), -1)


@EMBED.mistake(
    "the embeddings are not put side by side: the shape is (N, n - 1, D)",
    hint="The hidden layer takes one row of numbers for each window.",
)
def not_flat(contexts, E):
    return E[contexts]


@EMBED.mistake(
    "the words of all windows are put below one another, (N (n - 1), D)",
    hint="The hidden layer takes one row of numbers for each window.",
)
def below_one_another(contexts, E):
    return E[contexts].reshape(-1, E.shape[1])


@EMBED.mistake(
    "one-hot vectors are put side by side, and E is not used",
    hint="Deck 1: one-hot, *and then* the embedding. What is a one-hot row times E?",
)
def one_hot(contexts, E):
    return np.eye(len(E))[contexts].reshape(len(contexts), -1)


@EMBED.mistake(
    "the ids are taken to begin with 1: the row before the right one is looked up",
    hint="Row v of E belongs to word v, and the first row is number 0.",
)
def ids_from_one(contexts, E):
    return E[contexts - 1].reshape(len(contexts), -1)


@EMBED.mistake(
    "windows and positions are exchanged: the first N words of the batch make the first rows",
    hint="Each row of contexts becomes one row of e. What does reshape do with the axes?",
)
def batch_mixed(contexts, E):
    return E[contexts.T].reshape(len(contexts), -1)
