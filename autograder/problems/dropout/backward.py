"""The gradient through dropout."""

from __future__ import annotations

from autograder.problem import Case, Output, Problem
from autograder.problems.dropout.draws import with_share
from lmkit.by_hand.dropout import dropout_backward

DROPOUT_BACKWARD = Problem(
    name="dropout_backward",
    reference=dropout_backward,
    outputs=(Output("dx"),),
    cases=(
        Case("about a third is dropped", with_share(0.3, 0.4), weight=2),
        Case("most are dropped", with_share(0.7, 0.8)),
        Case("p = 0, nothing is dropped", with_share(0, 0), weight=0.5),
    ),
    source="Deck 2, Dropout",
)


@DROPOUT_BACKWARD.mistake(
    "the gradient goes through the dropped units, too: dy comes back",
    hint="A unit that was dropped did not change the loss. What is its gradient?",
)
def unchanged(dy, u, p):
    return dy.copy()


@DROPOUT_BACKWARD.mistake(
    "the gradient is masked, but not scaled as the units were",
    hint="Forward, a unit that stays is multiplied by a number. Backward?",
)
def not_scaled(dy, u, p):
    return dy * (u >= p)


@DROPOUT_BACKWARD.mistake(
    "the gradient is scaled, but not masked",
    hint="A unit that was dropped did not change the loss. What is its gradient?",
)
def not_masked(dy, u, p):
    return dy / (1 - p)


@DROPOUT_BACKWARD.mistake(
    "the gradient goes through the dropped units alone",
    hint="The mask is the same as on the way forward.",
)
def complement(dy, u, p):
    return dy * (u < p) / (1 - p)


@DROPOUT_BACKWARD.mistake(
    "the gradient is multiplied by 1 - p, not divided",
    hint="y = c x has dy/dx = c, not 1/c.",
)
def made_smaller(dy, u, p):
    return dy * (u >= p) * (1 - p)


@DROPOUT_BACKWARD.mistake(
    "the gradient is scaled twice",
    hint="What was the factor on the way forward? It comes once.",
)
def scaled_twice(dy, u, p):
    return dy * (u >= p) / (1 - p) ** 2


@DROPOUT_BACKWARD.mistake(
    "the gradient is divided by p",
    hint="p is the share that goes. What was the factor on the way forward?",
)
def divided_by_p(dy, u, p):
    return dy * (u >= p) / p


@DROPOUT_BACKWARD.mistake(
    "p is taken for the share that stays",
    hint="The mask is the same as on the way forward.",
)
def share_kept(dy, u, p):
    return dy * (u < p) / p


@DROPOUT_BACKWARD.mistake(
    "all windows of the batch have the same mask",
    hint="The mask is the same as on the way forward: each window has its own.",
)
def one_mask_for_all(dy, u, p):
    return dy * (u[0] >= p) / (1 - p)


@DROPOUT_BACKWARD.mistake(
    "the gradient is stopped where it is negative, as in ReLU",
    hint="Which units have passed does not depend on signs.",
)
def like_relu(dy, u, p):
    return dy * (dy > 0) / (1 - p)


@DROPOUT_BACKWARD.mistake(
    "dy is changed in place",
    hint="`dy *= ...` changes the array of whoever called you. Return a new one.",
)
def in_place(dy, u, p):
    dy *= u >= p
    dy /= 1 - p
    return dy


@DROPOUT_BACKWARD.mistake(
    "the gradient of a unit whose number is p itself is stopped, too",
    hint="u < p is dropped. What has exercise 9 done with u = p?",
)
def stopped_at_p(dy, u, p):
    return dy * (u > p) / (1 - p)
