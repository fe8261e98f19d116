"""From bits per character to perplexity per word."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.problem import Case, Output, Problem
from autograder.problems.draws import Rng
from lmkit.by_hand.bits import word_perplexity


def draw_text(rng: Rng) -> tuple[Any, ...]:
    """Bits per character, how many characters, how many words."""
    words = int(rng.integers(50, 500))
    return float(rng.uniform(0.8, 1.6)), words * 5 + int(rng.integers(1, words)), words


def draw_one_word(rng: Rng) -> tuple[Any, ...]:
    """A text of a single word and its line's end."""
    return float(rng.uniform(0.8, 2.4)), int(rng.integers(4, 9)), 1


WORD_PERPLEXITY = Problem(
    name="word_perplexity",
    reference=word_perplexity,
    outputs=(Output("perplexity"),),
    cases=(Case("a text", draw_text), Case("a single word", draw_one_word, weight=0.5)),
    source="Deck 1, Evaluating LM - Perplexity",
)


@WORD_PERPLEXITY.mistake(
    "the perplexity per character is returned",
    hint="A word is as surprising as its characters together. How many are they?",
)
def per_character(bits, characters, words):
    return 2**bits


@WORD_PERPLEXITY.mistake(
    "e stands where 2 belongs",
    hint="The exponent is in bits: which base goes with them?",
)
def base_e(bits, characters, words):
    return np.exp(bits * characters / words)


@WORD_PERPLEXITY.mistake(
    "words are divided by characters",
    hint="A word has several characters. Should its perplexity be lower or higher than theirs?",
)
def upside_down(bits, characters, words):
    return 2 ** (bits * words / characters)


@WORD_PERPLEXITY.mistake(
    "the character's perplexity is multiplied by the word's length",
    hint="Surprises add up in the exponent. What happens to perplexities then?",
)
def multiplied(bits, characters, words):
    return 2**bits * characters / words


@WORD_PERPLEXITY.mistake(
    "bits per word are returned: 2 is not raised to them",
    hint="That is an entropy. How does deck 1 get from J to the perplexity?",
)
def bits_per_word(bits, characters, words):
    return bits * characters / words


@WORD_PERPLEXITY.mistake(
    "the whole text is taken for one word",
    hint="2 to all bits of the text is its inverse probability. Normalize by the number of words.",
)
def whole_text(bits, characters, words):
    with np.errstate(over="ignore"):
        return float(np.power(2.0, bits * characters))


@WORD_PERPLEXITY.mistake(
    "the space or line's end behind each word is not counted",
    hint="The model was asked for the spaces too, and their bits are in the total.",
)
def spaces_left_out(bits, characters, words):
    return 2 ** (bits * (characters - words) / words)


@WORD_PERPLEXITY.mistake(
    "one more space or line's end is counted for each word",
    hint="The characters that were counted hold the spaces already.",
)
def spaces_counted_twice(bits, characters, words):
    return 2 ** (bits * (characters + words) / words)


@WORD_PERPLEXITY.mistake(
    "a word is taken to have five letters and a space, whatever the text",
    hint="Both numbers are given. How long is a word of this text on average?",
)
def six_characters(bits, characters, words):
    return 2 ** (bits * 6)
