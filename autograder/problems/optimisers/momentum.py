"""Momentum: old gradients go on pushing."""

from __future__ import annotations

from typing import Any

from autograder.problem import Case, Output, Problem
from autograder.problems.draws import Rng, normal
from autograder.problems.optimisers.draws import a_shape, kept, rate
from lmkit.by_hand.optimisers import momentum_update


def draw_later(rng: Rng) -> tuple[Any, ...]:
    """An update in the middle of a training."""
    shape = a_shape(rng, 2)
    w, v, g = (normal(rng, *shape) for _ in range(3))
    return w, v, g, rate(rng), kept(rng)


def draw_first(rng: Rng) -> tuple[Any, ...]:
    """The first update: the velocity is zero."""
    w, v, *rest = draw_later(rng)
    return w, 0 * v, *rest


def draw_no_memory(rng: Rng) -> tuple[Any, ...]:
    """beta = 0, which is gradient descent."""
    *rest, _ = draw_later(rng)
    return *rest, 0.0


MOMENTUM_UPDATE = Problem(
    name="momentum_update",
    reference=momentum_update,
    outputs=(Output("w"), Output("v")),
    cases=(
        Case("an update in the middle", draw_later, weight=2),
        Case("the first update, v = 0", draw_first),
        Case("beta = 0: plain gradient descent", draw_no_memory, weight=0.5),
    ),
    source="Deck 2, Optimizer",
)


@MOMENTUM_UPDATE.mistake(
    "v is a running mean: the new gradient is multiplied by 1 - beta",
    hint="Adam's m is made so. Here the whole gradient is added.",
    convention=True,
)
def running_mean(w, v, g, rate, beta):
    v = beta * v + (1 - beta) * g
    return w - rate * v, v


@MOMENTUM_UPDATE.mistake(
    "v holds the steps, with rate and sign in it, as in Keras",
    hint="Here v holds gradients, and the learning rate comes in when w moves.",
    convention=True,
)
def keras_velocity(w, v, g, rate, beta):
    v = beta * v - rate * g
    return w + v, v


@MOMENTUM_UPDATE.mistake(
    "it is Nesterov's momentum, which looks one step ahead",
    hint="Deck 2's N in NAdamW. Here w moves along v itself.",
    convention=True,
)
def nesterov(w, v, g, rate, beta):
    v = beta * v + g
    return w - rate * (beta * v + g), v


@MOMENTUM_UPDATE.mistake(
    "w moves along the old velocity",
    hint="Two lines, one after the other: which v does the second one take?",
)
def old_velocity(w, v, g, rate, beta):
    return w - rate * v, beta * v + g


@MOMENTUM_UPDATE.mistake(
    "w moves along the gradient, and the velocity is not used",
    hint="What is v good for? Look at the second line of the update.",
)
def velocity_not_used(w, v, g, rate, beta):
    return w - rate * g, beta * v + g


@MOMENTUM_UPDATE.mistake(
    "the old velocity is returned",
    hint="The next update has to know what this one did.",
)
def velocity_not_kept(w, v, g, rate, beta):
    return w - rate * (beta * v + g), v.copy()


@MOMENTUM_UPDATE.mistake(
    "nothing is kept: v is the gradient",
    hint="beta says how much of the old v stays.",
)
def nothing_kept(w, v, g, rate, beta):
    return w - rate * g, g.copy()


@MOMENTUM_UPDATE.mistake(
    "everything is kept: beta is not used",
    hint="A ball on a slope has friction, too. What does beta do to the old v?",
)
def everything_kept(w, v, g, rate, beta):
    v = v + g
    return w - rate * v, v


@MOMENTUM_UPDATE.mistake(
    "beta multiplies the gradient, not the velocity",
    hint="beta says how much of the *old* stays.",
)
def beta_on_gradient(w, v, g, rate, beta):
    v = v + beta * g
    return w - rate * v, v


@MOMENTUM_UPDATE.mistake(
    "the step goes uphill",
    hint="v points to where J grows, as the gradient does. Which way do we want to go?",
)
def uphill(w, v, g, rate, beta):
    v = beta * v + g
    return w + rate * v, v


@MOMENTUM_UPDATE.mistake(
    "the learning rate comes in twice, in v and in w",
    hint="How long is the first step, if v begins with zero?",
)
def rate_twice(w, v, g, rate, beta):
    v = beta * v + rate * g
    return w - rate * v, v


@MOMENTUM_UPDATE.mistake(
    "the learning rate is in v, not in w: the first step is the same, later ones differ",
    hint="As long as the rate stays as it is, w moves in the same way. v is asked for, too.",
    convention=True,
)
def rate_in_velocity(w, v, g, rate, beta):
    v = beta * v + rate * g
    return w - v, v


@MOMENTUM_UPDATE.mistake(
    "v and w are returned in the other order",
    hint="See the docstring: w first.",
)
def other_order(w, v, g, rate, beta):
    v = beta * v + g
    return v, w - rate * v


@MOMENTUM_UPDATE.mistake(
    "v is changed in place",
    hint="`v *= ...` changes the array of whoever called you. Make a new one.",
)
def in_place(w, v, g, rate, beta):
    v *= beta
    v += g
    return w - rate * v, v


@MOMENTUM_UPDATE.mistake(
    "v points downhill: the minus sign is in v, and not in w",
    hint="The steps are the same. Here v remembers gradients, and w goes against them.",
    convention=True,
)
def sign_in_v(w, v, g, rate, beta):
    v = beta * v - g
    return w + rate * v, v
