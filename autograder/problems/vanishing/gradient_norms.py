"""The linear case: what powers of W_h do to the length of a gradient."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.problem import Case, Output, Problem
from autograder.problems.draws import FLOAT32, Rng, normal
from lmkit.by_hand.types import Array
from lmkit.by_hand.vanishing import gradient_norms


def with_spectral_radius(W: Array, radius: float) -> Array:
    """W, scaled so that its largest eigenvalue has this modulus."""
    return W * (radius / float(np.abs(np.linalg.eigvals(W)).max()))


def draw_powers(rng: Rng) -> tuple[Any, ...]:
    """dh, W_h and steps."""
    H = int(rng.integers(3, 8))
    return normal(rng, H), normal(rng, H, H), int(rng.integers(4, 9))


def draw_vanishing(rng: Rng) -> tuple[Any, ...]:
    """All eigenvalues below 1."""
    dh, W_h, _ = draw_powers(rng)
    return dh, with_spectral_radius(W_h, 0.7), 20


def draw_exploding(rng: Rng) -> tuple[Any, ...]:
    """The largest eigenvalue above 1."""
    dh, W_h, _ = draw_powers(rng)
    return dh, with_spectral_radius(W_h, 1.3), 20


GRADIENT_NORMS = Problem(
    name="gradient_norms",
    reference=gradient_norms,
    outputs=(Output("norms"),),
    cases=(
        Case("a random matrix", draw_powers, weight=2),
        Case("all eigenvalues below 1: vanishing", draw_vanishing),
        Case("the largest eigenvalue above 1: exploding", draw_exploding),
    ),
    source="Deck 1, Gradients Vanishing (linear case)",
    rtol=FLOAT32,
)


@GRADIENT_NORMS.mistake(
    "W_h is not transposed",
    hint="Forward, h stands to the left of W_h. What is multiplied on the way back?",
)
def not_transposed(dh, W_h, steps):
    norms = [np.linalg.norm(dh)]
    for _ in range(steps):
        dh = dh @ W_h
        norms.append(np.linalg.norm(dh))
    return np.array(norms)


@GRADIENT_NORMS.mistake(
    "the powers of W_h are taken entry by entry",
    hint="`W ** 2` squares the entries. The chain rule multiplies matrices.",
)
def powers_of_entries(dh, W_h, steps):
    return np.array([np.linalg.norm(dh @ (W_h.T) ** step) for step in range(steps + 1)])


@GRADIENT_NORMS.mistake(
    "everything is one step late: ||dh|| itself is missing",
    hint="For l = 0 deck 1's power of W_h is the identity.",
)
def one_step_late(dh, W_h, steps):
    norms = []
    for _ in range(steps + 1):
        dh = dh @ W_h.T
        norms.append(np.linalg.norm(dh))
    return np.array(norms)


@GRADIENT_NORMS.mistake(
    "||dh|| itself is missing in front",
    hint="From l = 0 to l = steps: how many numbers are these?",
)
def first_missing(dh, W_h, steps):
    norms = []
    for _ in range(steps):
        dh = dh @ W_h.T
        norms.append(np.linalg.norm(dh))
    return np.array(norms)


@GRADIENT_NORMS.mistake(
    "the last norm is missing",
    hint="From l = 0 to l = steps: how many numbers are these?",
)
def last_missing(dh, W_h, steps):
    norms = []
    for _ in range(steps):
        norms.append(np.linalg.norm(dh))
        dh = dh @ W_h.T
    return np.array(norms)


@GRADIENT_NORMS.mistake(
    "every step begins again with dJ/dh_t",
    hint="The product grows by one factor per step. What do you multiply W_h with in the second?",
)
def begins_again(dh, W_h, steps):
    return np.array([np.linalg.norm(dh)] + [np.linalg.norm(dh @ W_h.T)] * steps)


@GRADIENT_NORMS.mistake(
    "the squared norm is taken",
    hint="The length of [3, 4] is 5.",
)
def squared(dh, W_h, steps):
    norms = [(dh**2).sum()]
    for _ in range(steps):
        dh = dh @ W_h.T
        norms.append((dh**2).sum())
    return np.array(norms)


@GRADIENT_NORMS.mistake(
    "absolute values are summed",
    hint="The Euclidean length of [3, 4] is 5, not 7.",
)
def absolute_values(dh, W_h, steps):
    norms = [np.abs(dh).sum()]
    for _ in range(steps):
        dh = dh @ W_h.T
        norms.append(np.abs(dh).sum())
    return np.array(norms)


@GRADIENT_NORMS.mistake(
    "the largest entry is taken for the norm",
    hint="The Euclidean length of [3, 4] is 5, not 4.",
)
def largest_entry(dh, W_h, steps):
    norms = [np.abs(dh).max()]
    for _ in range(steps):
        dh = dh @ W_h.T
        norms.append(np.abs(dh).max())
    return np.array(norms)


@GRADIENT_NORMS.mistake(
    "the norm is that of the power of W_h, without dh",
    hint="Deck 1's box is only the right part of the product. What stands to the left of it?",
)
def dh_left_out(dh, W_h, steps):
    powers = [np.linalg.matrix_power(W_h, step) for step in range(steps + 1)]
    return np.array([np.linalg.norm(power) for power in powers])


@GRADIENT_NORMS.mistake(
    "the norms of dh and W_h are multiplied, which is only an upper bound",
    hint="Some directions shrink more than others. Multiply the vector first, measure it then.",
)
def upper_bound(dh, W_h, steps):
    return np.linalg.norm(dh) * np.linalg.norm(W_h, ord=2) ** np.arange(steps + 1)


@GRADIENT_NORMS.mistake(
    "the largest eigenvalue stands in the place of the whole matrix",
    hint="Deck 1's sum has a term for every eigenvalue. The largest wins only after many steps.",
)
def largest_eigenvalue(dh, W_h, steps):
    radius = np.abs(np.linalg.eigvals(W_h)).max()
    return np.linalg.norm(dh) * radius ** np.arange(steps + 1)


@GRADIENT_NORMS.mistake(
    "the norms are relative to the first",
    hint="||dh|| comes first as it is, not as 1.",
)
def relative(dh, W_h, steps):
    norms = [np.linalg.norm(dh)]
    for _ in range(steps):
        dh = dh @ W_h.T
        norms.append(np.linalg.norm(dh))
    return np.array(norms) / norms[0]


@GRADIENT_NORMS.mistake(
    "the norms stand in reversed order, the farthest step first",
    hint="The first is at distance l = 0, where no W_h has been met yet.",
)
def order_reversed(dh, W_h, steps):
    norms = [np.linalg.norm(dh)]
    for _ in range(steps):
        dh = dh @ W_h.T
        norms.append(np.linalg.norm(dh))
    return np.array(norms[::-1])


@GRADIENT_NORMS.mistake(
    "dh is changed in place",
    hint="`dh[:] = ...` changes the array of whoever called you. `dh = ...` makes a new one.",
)
def dh_changed(dh, W_h, steps):
    norms = [np.linalg.norm(dh)]
    for _ in range(steps):
        dh[:] = dh @ W_h.T
        norms.append(np.linalg.norm(dh))
    return np.array(norms)
