"""A model that the student has trained: its perplexity on sentences of the toy grammar."""

from __future__ import annotations

from functools import cache

import numpy as np

from autograder.problem import Bounds, Case, Keyed, Output, Problem
from autograder.problems.draws import Rng
from autograder.problems.held_out import (
    held_out_perplexity,
    one_window_a_sentence,
    with_held_out,
)
from lmkit.by_hand.initialisation import xavier_uniform
from lmkit.by_hand.optimisers import adam_update
from lmkit.by_hand.types import Array, IntArray
from lmkit.by_hand.window_lm import window_backward, window_forward, windows
from lmkit.grammar import toy

ORDER = 5
"""Four words are read, as in deck 2's picture, and the fifth is predicted."""

START, END = 0, 1
WORDS = ("<s>", "</s>", *toy().words)
IDS = {word: number for number, word in enumerate(WORDS)}
V = len(WORDS)

ASKED = 8000
"""Windows in a question. The perplexity over them differs from that of the text by about 2 %."""


def sentences_in_ids(count: int, seed: int) -> list[list[int]]:
    """Sentences of the toy grammar, as the notebook numbers their words."""
    return [[IDS[word] for word in words] for words in toy().sample(count, seed)]


def draw_new_sentences(rng: Rng) -> Keyed:
    """Windows of sentences that nobody has seen."""
    sentences = sentences_in_ids(2 * ASKED, int(rng.integers(2**62)))
    arrays = [np.array(sentence) for sentence in sentences]
    contexts, targets = one_window_a_sentence(rng, arrays, START, END, ORDER - 1, ASKED)
    return with_held_out(contexts, targets, V)


@cache
def trained_weights() -> list[Array]:
    """The weights of the lecture's model, trained by hand on 5,000 sentences, once."""
    rng = np.random.default_rng(0)
    contexts, targets = windows(sentences_in_ids(5000, seed=1), ORDER, START, END)
    D, H, epochs, batch, rate = 16, 64, 2, 256, 0.01
    shapes = (V, D), ((ORDER - 1) * D, H), (H, V)
    E, W, U = (xavier_uniform(rng.uniform(size=shape)) for shape in shapes)
    weights = [E, W, np.zeros(H), U, np.zeros(V)]
    memory = [(np.zeros_like(w), np.zeros_like(w)) for w in weights]
    batches = [
        rows
        for _ in range(epochs)
        for rows in np.array_split(rng.permutation(len(targets)), len(targets) // batch)
    ]
    for t, rows in enumerate(batches, start=1):
        gradients = window_backward(contexts[rows], targets[rows], *weights)
        for i, g in enumerate(gradients):
            weights[i], *ms = adam_update(weights[i], *memory[i], g, t, rate, 0.9, 0.999, 1e-8)
            memory[i] = (ms[0], ms[1])
    return weights


def next_word_probabilities(contexts: IntArray) -> Array:
    """What a fixed-window model of this course gives, trained in seconds."""
    E, W, b_1, U, b_2 = trained_weights()
    return window_forward(contexts, E, W, b_1, U, b_2)[1]


NEXT_WORD_PROBABILITIES = Problem(
    name="next_word_probabilities",
    reference=next_word_probabilities,
    outputs=(Output("perplexity"),),
    cases=(Case("sentences that the model has not seen", draw_new_sentences),),
    source="Deck 1, Evaluating LM - Perplexity",
    frameworks=("keras",),
    observe=held_out_perplexity,
    # Kneser-Ney trigrams, the best n-grams on 5,000 sentences, get 11.3; this model, trained
    # for a few seconds, 9.3; the grammar itself 7.5.
    bounds=Bounds(full=10.5, none=15),
)


@NEXT_WORD_PROBABILITIES.mistake(
    "every word gets the same probability, 1 / V",
    hint="A model that has learned nothing has the perplexity V. Which model answers here?",
)
def uniform(contexts):
    return np.full((len(contexts), 148), 1 / 148)


@NEXT_WORD_PROBABILITIES.mistake(
    "a word that came was given probability zero",
    hint="One such word and the perplexity is infinite. Return the whole softmax: no argmax, no "
    "rounding.",
)
def argmax(contexts):
    return np.eye(148)[contexts[:, -1]]


@NEXT_WORD_PROBABILITIES.mistake(
    "the scores (logits) are returned",
    hint="What turns scores into a distribution? In Keras it can be the last layer's activation.",
)
def logits(contexts):
    return np.tile(np.linspace(-3, 3, 148), (len(contexts), 1))


@NEXT_WORD_PROBABILITIES.mistake(
    "logarithms of probabilities are returned",
    hint="The judge takes the logarithm itself.",
)
def logarithms(contexts):
    return np.full((len(contexts), 148), -np.log(148))


@NEXT_WORD_PROBABILITIES.mistake(
    "the rows do not sum to one: a sigmoid, or a softmax over the batch",
    hint="A distribution is over the V words. Along which axis do they stand?",
)
def over_the_batch(contexts):
    return np.full((len(contexts), 148), 1 / len(contexts))


@NEXT_WORD_PROBABILITIES.mistake(
    "the most likely words are returned, not their probabilities",
    hint="A perplexity cannot be computed from words. Which array does the model give?",
)
def words(contexts):
    return contexts[:, -1]


@NEXT_WORD_PROBABILITIES.mistake(
    "one distribution is returned for all contexts",
    hint="A row for each context: there are N of them.",
)
def one_for_all(contexts):
    return np.full(148, 1 / 148)


@NEXT_WORD_PROBABILITIES.mistake(
    "there is a distribution for every word of the window, (N, n - 1, V)",
    hint="One word is predicted for each window: put its embeddings side by side first.",
)
def one_for_every_word(contexts):
    return np.full((*contexts.shape, 148), 1 / 148)


@NEXT_WORD_PROBABILITIES.mistake(
    "the distributions are columns, (V, N)",
    hint="Batch first: a row for each context.",
)
def columns(contexts):
    return np.full((148, len(contexts)), 1 / 148)


@NEXT_WORD_PROBABILITIES.mistake(
    "the two marks have no column: there are V - 2",
    hint="The columns are ids. Which id has the first word, and what stands before it?",
)
def marks_left_out(contexts):
    return np.full((len(contexts), 146), 1 / 146)


@NEXT_WORD_PROBABILITIES.mistake(
    "the probabilities are NaN: the training has blown up",
    hint="Look at the loss during the training. What happens with a smaller learning rate?",
)
def blown_up(contexts):
    return np.full((len(contexts), 148), np.nan)
