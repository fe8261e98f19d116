"""The trained model of characters: graded by its perplexity on text that it has not seen."""

from __future__ import annotations

from itertools import islice

import numpy as np

from autograder.problem import Bounds, Case, Keyed, Output, Problem
from autograder.problems.draws import Rng
from autograder.problems.held_out import held_out_perplexity, with_held_out
from lmkit.by_hand.char_ngram import next_character, text_ids
from lmkit.grammar import toy

COUNT, LENGTH = 1500, 100
"""How many contexts are asked, and how many characters each has."""

SENTENCES = 6
"""From which a context is cut; more of them where these are too short."""


def draw_windows(rng: Rng) -> Keyed:
    """Contexts of a text that the grammar writes for the judge alone.

    Each has sentences of its own, so that none gives away another's next character.
    """
    stream = toy().stream(int(rng.integers(2**62)))
    contexts = np.empty((COUNT, LENGTH), dtype=np.int64)
    targets = np.empty(COUNT, dtype=np.int64)
    for row in range(COUNT):
        sentences = list(islice(stream, SENTENCES))
        while sum(len(" ".join(words)) + 1 for words in sentences) <= LENGTH:
            sentences += islice(stream, 1)
        ids = text_ids(sentences)
        t = int(rng.integers(LENGTH, len(ids)))
        contexts[row], targets[row] = ids[t - LENGTH : t], ids[t]
    return with_held_out(contexts, targets, len(toy().characters))


NEXT_CHARACTER = Problem(
    name="next_character",
    reference=next_character,
    outputs=(Output("perplexity"),),
    cases=(Case("text that the model has not seen", draw_windows),),
    source="Deck 1, Evaluating LM - Perplexity",
    frameworks=("keras",),
    observe=held_out_perplexity,
    bounds=Bounds(full=1.95, none=3.0),
    rtol=0.03,  # of two networks that have learned nothing, none says the same to the last digit
)


@NEXT_CHARACTER.mistake(
    "every character is about equally likely: the network has learned nothing yet",
    hint="The perplexity is the number of characters. Was the model trained, and are the weights "
    "that you ask those that came out?",
)
def nothing_learned(contexts):
    return np.full((len(contexts), 34), 1 / 34)


@NEXT_CHARACTER.mistake(
    "the probabilities are how often each character comes, whatever stands before it",
    hint="Does what was read reach the logits? Look at how the states go through the model.",
)
def frequencies_alone(contexts):
    counts = np.bincount(contexts.ravel(), minlength=34) + 0.5
    return np.tile(counts / counts.sum(), (len(contexts), 1))


@NEXT_CHARACTER.mistake(
    "the model knows no more than the last character",
    hint="That is a bigram's perplexity. Is the state carried through the context, or does the "
    "model read one character?",
)
def last_character_alone(contexts):
    pairs = np.full((34, 34), 0.05)
    np.add.at(pairs, (contexts[:, :-1].ravel(), contexts[:, 1:].ravel()), 1)
    return (pairs / pairs.sum(axis=1, keepdims=True))[contexts[:, -1]]
