"""The nucleus: the fewest characters that have a mass together."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.problem import Case, Output, Problem
from autograder.problems.draws import Rng
from autograder.problems.sampling.draws import distribution
from lmkit.by_hand.sampling import nucleus

Arguments = tuple[Any, ...]


def draw_some(rng: Rng) -> Arguments:
    """A mass that is crossed within an entry, at the third or a later one, but not the last two."""
    while True:
        p = distribution(rng)
        cumulative = np.cumsum(np.sort(p)[::-1])
        crossing = int(rng.integers(2, len(p) - 2))
        mass = float(rng.uniform(*cumulative[crossing - 1 : crossing + 1]))
        if np.abs(cumulative - mass).min() > 1e-3:
            return p, mass


def draw_one_is_enough(rng: Rng) -> Arguments:
    """The likeliest alone has the mass."""
    p = distribution(rng)
    return p, float(p.max() * rng.uniform(0.3, 0.9))


NUCLEUS = Problem(
    name="nucleus",
    reference=nucleus,
    outputs=(Output("p"),),
    cases=(
        Case("several are needed", draw_some, weight=2),
        Case("the likeliest alone has the mass", draw_one_is_enough),
    ),
    source="Deck 5, Application: text generation",
)


@NUCLEUS.mistake(
    "the character that crosses the mass is left out",
    hint="Together they are to have at least this mass. Have they, without it?",
)
def crossing_left_out(p, mass):
    likeliest = np.argsort(-p)
    inside = likeliest[np.cumsum(p[likeliest]) <= mass]
    kept = np.zeros_like(p)
    kept[inside] = p[inside]
    return kept / max(kept.sum(), 1e-12)


@NUCLEUS.mistake(
    "the character that crosses the mass is left out, and where that is the likeliest nothing is "
    "left: 0 / 0",
    hint="Together they are to have at least this mass. Have they, without it?",
)
def crossing_left_out_and_divided_by_zero(p, mass):
    likeliest = np.argsort(-p)
    inside = likeliest[np.cumsum(p[likeliest]) <= mass]
    kept = np.zeros_like(p)
    kept[inside] = p[inside]
    return kept / kept.sum()


@NUCLEUS.mistake(
    "the character that crosses the mass is left out, but for the likeliest, which always stays",
    hint="Together they are to have at least this mass. Have they, without it?",
)
def crossing_left_out_but_never_all(p, mass):
    likeliest = np.argsort(-p)
    size = max(int((np.cumsum(p[likeliest]) <= mass).sum()), 1)
    kept = np.zeros_like(p)
    kept[likeliest[:size]] = p[likeliest[:size]]
    return kept / kept.sum()


@NUCLEUS.mistake(
    "one more than needed is kept",
    hint="The fewest that have the mass. Is the last one needed?",
)
def one_too_many(p, mass):
    likeliest = np.argsort(-p)
    size = int(np.argmax(np.cumsum(p[likeliest]) >= mass)) + 2
    kept = np.zeros_like(p)
    kept[likeliest[:size]] = p[likeliest[:size]]
    return kept / kept.sum()


@NUCLEUS.mistake(
    "what is kept is not brought back to sum 1",
    hint="A distribution sums to one. What is missing after the cut?",
)
def not_normalised(p, mass):
    likeliest = np.argsort(-p)
    size = int(np.argmax(np.cumsum(p[likeliest]) >= mass)) + 1
    kept = np.zeros_like(p)
    kept[likeliest[:size]] = p[likeliest[:size]]
    return kept


@NUCLEUS.mistake(
    "the sum starts from the least likely",
    hint="The nucleus is what a model is sure of. argsort puts the smallest first.",
)
def least_likely_first(p, mass):
    unlikely = np.argsort(p)
    size = int(np.argmax(np.cumsum(p[unlikely]) >= mass)) + 1
    kept = np.zeros_like(p)
    kept[unlikely[:size]] = p[unlikely[:size]]
    return kept / kept.sum()


@NUCLEUS.mistake(
    "the characters are taken in the order of the vocabulary, not of their probability",
    hint="The likeliest first: cumsum needs them sorted.",
)
def not_sorted(p, mass):
    size = int(np.argmax(np.cumsum(p) >= mass)) + 1
    kept = np.where(np.arange(p.size) < size, p, 0.0)
    return kept / kept.sum()


@NUCLEUS.mistake(
    "the result stands in the order of the probabilities, not of the characters",
    hint="Entry v has to stay character v's. Put what you keep back in its place.",
)
def sorted_by_probability(p, mass):
    descending = np.sort(p)[::-1]
    size = int(np.argmax(np.cumsum(descending) >= mass)) + 1
    kept = np.where(np.arange(p.size) < size, descending, 0.0)
    return kept / kept.sum()


@NUCLEUS.mistake(
    "mass is compared with each probability, not with their sum",
    hint="No character need have this mass alone. They have it together.",
)
def threshold_on_each(p, mass):
    kept = np.where(p >= mass, p, 0.0)
    return kept / max(kept.sum(), 1e-12)


@NUCLEUS.mistake(
    "all characters are kept whose probability is at least 1 - mass",
    hint="That is another cut. The nucleus goes by the sum of the likeliest.",
)
def threshold_on_the_rest(p, mass):
    kept = np.where(p >= 1 - mass, p, 0.0)
    return kept / max(kept.sum(), 1e-12)


@NUCLEUS.mistake(
    "the characters of the nucleus are made equally likely",
    hint="Among those that are kept, the likely stay likelier.",
)
def kept_are_equal(p, mass):
    likeliest = np.argsort(-p)
    size = int(np.argmax(np.cumsum(p[likeliest]) >= mass)) + 1
    kept = np.zeros_like(p)
    kept[likeliest[:size]] = 1 / size
    return kept


@NUCLEUS.mistake(
    "what lies outside the nucleus is kept, and the nucleus is cut out",
    hint="Which side of the cut is the likely one?",
)
def outside_kept(p, mass):
    likeliest = np.argsort(-p)
    size = int(np.argmax(np.cumsum(p[likeliest]) >= mass)) + 1
    kept = p.copy()
    kept[likeliest[:size]] = 0
    return kept / kept.sum()


@NUCLEUS.mistake(
    "p is right, but the argument p is changed in place",
    hint="p[...] = 0 writes into the array that the caller still holds. Make a new one.",
)
def changes_p(p, mass):
    likeliest = np.argsort(-p)
    size = int(np.argmax(np.cumsum(p[likeliest]) >= mass)) + 1
    p[likeliest[size:]] = 0
    p /= p.sum()
    return p


@NUCLEUS.mistake(
    "what is kept is divided by mass, not by its sum",
    hint="The nucleus has at least this mass, mostly more. What is the sum of your result?",
)
def divided_by_mass(p, mass):
    likeliest = np.argsort(-p)
    inside = likeliest[np.cumsum(p[likeliest]) - p[likeliest] < mass]
    kept = np.zeros_like(p)
    kept[inside] = p[inside]
    return kept / mass
