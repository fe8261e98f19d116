"""Inverted dropout; the random numbers are given, so that the mask is determined."""

from __future__ import annotations

from autograder.problem import Case, Output, Problem
from autograder.problems.dropout.draws import for_training, with_share
from lmkit.by_hand.dropout import dropout

DROPOUT = Problem(
    name="dropout",
    reference=dropout,
    outputs=(Output("y"),),
    cases=(
        Case("about a third is dropped", for_training(with_share(0.3, 0.4), True), weight=2),
        Case("most are dropped", for_training(with_share(0.7, 0.8), True)),
        Case("at test time", for_training(with_share(0.3, 0.4), False)),
        Case("p = 0, nothing is dropped", for_training(with_share(0, 0), True), weight=0.5),
    ),
    source="Deck 2, Dropout",
)


@DROPOUT.mistake(
    "nothing is scaled in training, and all by 1 - p at test time, as in deck 2",
    hint="In expectation it is the same. *Inverted* dropout scales while training, so that nothing "
    "is left to do at test time.",
    convention=True,
)
def deck_two(x, u, p, training):
    return x * (u >= p) if training else x * (1 - p)


@DROPOUT.mistake(
    "the units that stay are not made larger, and nothing makes up for it at test time",
    hint="The next layer gets less than it will get at test time. By what factor, on average?",
)
def not_scaled(x, u, p, training):
    return x * (u >= p) if training else x.copy()


@DROPOUT.mistake(
    "units are dropped at test time, too",
    hint="A test should use the whole network. What does the last argument say?",
)
def at_test_time_too(x, u, p, training):
    return x * (u >= p) / (1 - p)


@DROPOUT.mistake(
    "the output is scaled at test time, too, by 1 - p",
    hint="Either training or the test makes up for the dropped units, not both.",
)
def scaled_twice(x, u, p, training):
    return x * (u >= p) / (1 - p) if training else x * (1 - p)


@DROPOUT.mistake(
    "training and test time are exchanged",
    hint="When is the network to learn not to rely on single units?",
)
def exchanged(x, u, p, training):
    return x.copy() if training else x * (u >= p) / (1 - p)


@DROPOUT.mistake(
    "the units that stay are made smaller: times 1 - p",
    hint="A share of 1 - p stays. By what must it be multiplied to make up for the rest?",
)
def made_smaller(x, u, p, training):
    if not training:
        return x.copy()
    return x * (u >= p) * (1 - p)


@DROPOUT.mistake(
    "the units that stay are divided by p",
    hint="p is the share that goes. Which share stays?",
)
def divided_by_p(x, u, p, training):
    if not training:
        return x.copy()
    return x * (u >= p) / p


@DROPOUT.mistake(
    "p is taken for the share that stays (TensorFlow's old keep_prob)",
    hint="Here p is the probability to be dropped, as in deck 2 and in Keras.",
    convention=True,
)
def share_kept(x, u, p, training):
    if not training:
        return x.copy()
    return x * (u < p) / p


@DROPOUT.mistake(
    "the wrong units are dropped: those with u >= p",
    hint="A unit is dropped with probability p. How often is u smaller than p?",
)
def wrong_units(x, u, p, training):
    if not training:
        return x.copy()
    return x * (u < p) / (1 - p)


@DROPOUT.mistake(
    "units with u > 1 - p are dropped",
    hint="As many are dropped, but not those that the docstring names.",
)
def from_the_other_end(x, u, p, training):
    if not training:
        return x.copy()
    return x * (u <= 1 - p) / (1 - p)


@DROPOUT.mistake(
    "all windows of the batch have the same mask",
    hint="Every window draws anew: u has a number for each of its units.",
)
def one_mask_for_all(x, u, p, training):
    if not training:
        return x.copy()
    return x * (u[0] >= p) / (1 - p)


@DROPOUT.mistake(
    "a window is dropped whole or not at all",
    hint="Deck 2: some *neurons* become 0. u has a number for each of them.",
)
def whole_rows(x, u, p, training):
    if not training:
        return x.copy()
    return x * (u[:, :1] >= p) / (1 - p)


@DROPOUT.mistake(
    "nothing is dropped, only scaled",
    hint="Deck 2: a mask of zeros and ones.",
)
def scaled_only(x, u, p, training):
    if not training:
        return x.copy()
    return x / (1 - p)


@DROPOUT.mistake(
    "nothing happens in training: x comes back",
    hint="That is test time. Deck 2: in training some neurons become 0.",
)
def nothing(x, u, p, training):
    return x.copy()


@DROPOUT.mistake(
    "what stays is divided by the share that happened to stay, not by 1 - p",
    hint="p is the probability. That of one batch is only near to it.",
)
def share_of_this_batch(x, u, p, training):
    if not training:
        return x.copy()
    return x * (u >= p) / (u >= p).mean()


@DROPOUT.mistake(
    "x is multiplied by the random numbers themselves",
    hint="Deck 2: a mask of zeros and ones. How do you make one of u and p?",
)
def times_u(x, u, p, training):
    if not training:
        return x.copy()
    return x * u / (1 - p)


@DROPOUT.mistake(
    "x is changed in place",
    hint="`x *= ...` changes the array of whoever called you. Return a new one.",
)
def in_place(x, u, p, training):
    if not training:
        return x.copy()
    x *= u >= p
    x /= 1 - p
    return x


@DROPOUT.mistake(
    "a unit whose number is p itself is dropped, too",
    hint="u < p is dropped. The second unit of the worked example has u = p: does it stay?",
)
def dropped_at_p(x, u, p, training):
    return x * (u > p) / (1 - p) if training else x.copy()
