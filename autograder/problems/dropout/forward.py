"""Inverted dropout; the random numbers are given, so that the mask is determined."""

from __future__ import annotations

from autograder.problem import Case, Output, Problem
from autograder.problems.dropout.draws import with_share
from lmkit.by_hand.dropout import dropout

DROPOUT = Problem(
    name="dropout",
    reference=dropout,
    outputs=(Output("y"),),
    cases=(
        Case("about a third is dropped", with_share(0.3, 0.4), weight=2),
        Case("most are dropped", with_share(0.7, 0.8)),
        Case("p = 0, nothing is dropped", with_share(0, 0), weight=0.5),
    ),
    source="Deck 2, Dropout",
)


@DROPOUT.mistake(
    "the units that stay are not made larger (deck 2 does it so, and scales at test time instead)",
    hint="*Inverted* dropout scales while training, so that nothing is left to do at test time.",
    convention=True,
)
def not_scaled(x, u, p):
    return x * (u >= p)


@DROPOUT.mistake(
    "nothing is dropped, and all is multiplied by 1 - p: deck 2's test time",
    hint="This is training. Which units go, and what becomes of the others?",
)
def test_time(x, u, p):
    return x * (1 - p)


@DROPOUT.mistake(
    "the units that stay are made smaller: times 1 - p",
    hint="A share of 1 - p stays. By what must it be multiplied to make up for the rest?",
)
def made_smaller(x, u, p):
    return x * (u >= p) * (1 - p)


@DROPOUT.mistake(
    "the units that stay are divided by p",
    hint="p is the share that goes. Which share stays?",
)
def divided_by_p(x, u, p):
    return x * (u >= p) / p


@DROPOUT.mistake(
    "p is taken for the share that stays (TensorFlow's old keep_prob)",
    hint="Here p is the probability to be dropped, as in deck 2 and in Keras.",
    convention=True,
)
def share_kept(x, u, p):
    return x * (u < p) / p


@DROPOUT.mistake(
    "the wrong units are dropped: those with u >= p",
    hint="A unit is dropped with probability p. How often is u smaller than p?",
)
def wrong_units(x, u, p):
    return x * (u < p) / (1 - p)


@DROPOUT.mistake(
    "units with u > 1 - p are dropped",
    hint="As many are dropped, but not those that the docstring names.",
)
def from_the_other_end(x, u, p):
    return x * (u <= 1 - p) / (1 - p)


@DROPOUT.mistake(
    "all windows of the batch have the same mask",
    hint="Every window draws anew: u has a number for each of its units.",
)
def one_mask_for_all(x, u, p):
    return x * (u[0] >= p) / (1 - p)


@DROPOUT.mistake(
    "a window is dropped whole or not at all",
    hint="Deck 2: some *neurons* become 0. u has a number for each of them.",
)
def whole_rows(x, u, p):
    return x * (u[:, :1] >= p) / (1 - p)


@DROPOUT.mistake(
    "nothing is dropped, only scaled",
    hint="Deck 2: a mask of zeros and ones.",
)
def scaled_only(x, u, p):
    return x / (1 - p)


@DROPOUT.mistake(
    "nothing happens: x comes back",
    hint="That is test time. Deck 2: in training some neurons become 0.",
)
def nothing(x, u, p):
    return x.copy()


@DROPOUT.mistake(
    "what stays is divided by the share that happened to stay, not by 1 - p",
    hint="p is the probability. That of one batch is only near to it.",
)
def share_of_this_batch(x, u, p):
    return x * (u >= p) / (u >= p).mean()


@DROPOUT.mistake(
    "x is multiplied by the random numbers themselves",
    hint="Deck 2: a mask of zeros and ones. How do you make one of u and p?",
)
def times_u(x, u, p):
    return x * u / (1 - p)


@DROPOUT.mistake(
    "x is changed in place",
    hint="`x *= ...` changes the array of whoever called you. Return a new one.",
)
def in_place(x, u, p):
    x *= u >= p
    x /= 1 - p
    return x
