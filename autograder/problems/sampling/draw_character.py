"""One character from a distribution and a random number."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.problem import Case, Output, Problem
from autograder.problems.draws import Rng
from autograder.problems.sampling.draws import distribution
from lmkit.by_hand.sampling import draw_character

Arguments = tuple[Any, ...]


def aimed(rng: Rng, p: Any, at: int) -> Arguments:
    """p, and a u that lies well inside the share of the character `at`."""
    below = float(p[:at].sum())
    return p, below + float(p[at] * rng.uniform(0.2, 0.8))


def draw_middle(rng: Rng) -> Arguments:
    """One in the middle, which is not the likeliest."""
    p = distribution(rng)
    middle = [v for v in range(2, len(p) - 2) if v != p.argmax()]
    return aimed(rng, p, int(rng.choice(middle)))


def draw_another(rng: Rng) -> Arguments:
    """The same, for another p."""
    return draw_middle(rng)


def draw_last(rng: Rng) -> Arguments:
    """The last one, made the least likely but one."""
    p = np.sort(distribution(rng))[::-1].copy()
    return aimed(rng, p, len(p) - 1)


def draw_behind_zeros(rng: Rng) -> Arguments:
    """The first characters are impossible, and u is 0."""
    p = distribution(rng)
    p[: int(rng.integers(2, 4))] = 0
    return p / p.sum(), 0.0


DRAW_CHARACTER = Problem(
    name="draw_character",
    reference=draw_character,
    outputs=(Output("character"),),
    cases=(
        Case("one in the middle", draw_middle),
        Case("another in the middle", draw_another),
        Case("the last one", draw_last),
        Case("u = 0, and the first characters are impossible", draw_behind_zeros, weight=0.5),
    ),
    source="Deck 3, At test-time, sample characters one at a time",
)


@DRAW_CHARACTER.mistake(
    "the likeliest is taken, whatever u is",
    hint="That is greedy. With u from 0 to 1, how often is each character to come?",
)
def always_the_likeliest(p, u):
    return int(np.argmax(p))


@DRAW_CHARACTER.mistake(
    "the one behind is taken",
    hint="The first at which the sum exceeds u. What is the sum at the first character?",
)
def one_behind(p, u):
    return int(np.argmax(np.cumsum(p) > u)) + 1


@DRAW_CHARACTER.mistake(
    "the one before is taken",
    hint="The first at which the sum exceeds u. What is the sum at the first character?",
)
def one_before(p, u):
    return int(np.argmax(np.cumsum(p) > u)) - 1


@DRAW_CHARACTER.mistake(
    "the last at which the sum is still below u is sought, and there may be none",
    hint="Where u lies in the first share there is nothing below it.",
)
def last_below(p, u):
    below = np.flatnonzero(np.cumsum(p) < u)
    return int(below[-1]) if below.size else 0


@DRAW_CHARACTER.mistake(
    "the first character more likely than u is taken",
    hint="Add the probabilities up first: u is compared with their sum.",
)
def first_above_u(p, u):
    return int(np.argmax(p > u))


@DRAW_CHARACTER.mistake(
    "the probabilities are added up from the last to the first",
    hint="In the order of the vocabulary: the first character has the share from 0 on.",
)
def from_the_end(p, u):
    return int(p.size - 1 - np.argmax(np.cumsum(p[::-1]) > u))


@DRAW_CHARACTER.mistake(
    "the probabilities are sorted first, and the place among the sorted is returned",
    hint="The order does not matter for chance, but the place has to be the character's own.",
)
def place_among_sorted(p, u):
    return int(np.argmax(np.cumsum(np.sort(p)[::-1]) > u))


@DRAW_CHARACTER.mistake(
    "the characters are taken from the likeliest down",
    hint="That draws as well. But here the probabilities are added up in the vocabulary's order.",
    convention=True,
)
def likeliest_first(p, u):
    likeliest = np.argsort(-p)
    return int(likeliest[np.argmax(np.cumsum(p[likeliest]) > u)])


@DRAW_CHARACTER.mistake(
    "all characters are taken for equally likely",
    hint="u times V does not look at p at all.",
)
def uniform(p, u):
    return int(u * p.size)


@DRAW_CHARACTER.mistake(
    "at least u is enough, so that an impossible character comes when u is 0",
    hint="Exceeds, or reaches? Look at u = 0 and p = [0, 1].",
)
def at_least(p, u):
    return int(np.argmax(np.cumsum(p) >= u))


@DRAW_CHARACTER.mistake(
    "a list with a 1 for the character is returned, not its number",
    hint="The text is a list of ids.",
)
def one_hot(p, u):
    return np.eye(p.size)[int(np.argmax(np.cumsum(p) > u))]
