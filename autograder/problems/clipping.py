"""Clipping gradients by their global norm."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.problem import Case, Output, Problem
from autograder.problems.draws import Rng, distinct_sizes, normal
from lmkit.by_hand.clipping import clip_by_global_norm, global_norm
from lmkit.by_hand.types import Array


def rnn_gradients(rng: Rng) -> list[Array]:
    """What an RNN has: a gradient for W_x, W_h and b. One is much the largest, not an outer one."""
    D, H = distinct_sizes(rng, 2, low=3)
    return [normal(rng, D, H), normal(rng, H, H, scale=5), normal(rng, H)]


def draw_above(rng: Rng) -> tuple[Any, ...]:
    """A threshold so low that many single entries are above it."""
    gradients = rnn_gradients(rng)
    return gradients, 0.1 * max(float(np.abs(g).max()) for g in gradients)


def draw_below(rng: Rng) -> tuple[Any, ...]:
    """A threshold that is not reached."""
    gradients = rnn_gradients(rng)
    return gradients, float(rng.uniform(1.3, 2)) * global_norm(gradients)


def draw_above_together(rng: Rng) -> tuple[Any, ...]:
    """Arrays of similar norms, none of which is above the threshold by itself."""
    shapes = [distinct_sizes(rng, ndim) for ndim in (2, 1, 3)]
    gradients = [normal(rng, *shape) for shape in shapes]
    gradients = [g * rng.uniform(2, 3) / np.linalg.norm(g) for g in gradients]
    return gradients, float(rng.uniform(3.05, 3.35))


def draw_one_array(rng: Rng) -> tuple[Any, ...]:
    """A single array, above the threshold."""
    gradient = normal(rng, *distinct_sizes(rng, 2))
    return [gradient], float(rng.uniform(0.2, 0.8)) * global_norm([gradient])


CLIP_BY_GLOBAL_NORM = Problem(
    name="clip_by_global_norm",
    reference=clip_by_global_norm,
    outputs=(Output("gradients"),),
    cases=(
        Case("a norm far above the threshold", draw_above, weight=2),
        Case("a norm below the threshold", draw_below, weight=2),
        Case("arrays that are above the threshold only together", draw_above_together),
        Case("a single array", draw_one_array),
    ),
    source="Deck 1, Exploding Gradients",
)


@CLIP_BY_GLOBAL_NORM.mistake(
    "each entry is cut to the threshold (clipping by value, as in min-char-rnn)",
    hint="Both are used. Deck 1: a step in the same direction, but a smaller step.",
    convention=True,
)
def by_value(gradients, threshold):
    return [np.clip(g, -threshold, threshold) for g in gradients]


@CLIP_BY_GLOBAL_NORM.mistake(
    "each array is clipped by its own norm (Keras's clipnorm; here it is global_clipnorm)",
    hint="The gradient g of deck 1 is the whole of it, over all parameters together.",
    convention=True,
)
def each_by_its_own_norm(gradients, threshold):
    clipped = []
    for g in gradients:
        norm = np.sqrt((g**2).sum())
        clipped.append(g * threshold / norm if norm > threshold else g)
    return clipped


@CLIP_BY_GLOBAL_NORM.mistake(
    "gradients below the threshold are scaled too, up to it",
    hint="Deck 1's algorithm begins with an `if`.",
)
def scaled_below_too(gradients, threshold):
    norm = np.sqrt(sum((g**2).sum() for g in gradients))
    return [g * threshold / norm for g in gradients]


@CLIP_BY_GLOBAL_NORM.mistake(
    "the comparison is the wrong way round",
    hint="Which gradients are dangerous, the long ones or the short ones?",
)
def comparison_turned(gradients, threshold):
    norm = np.sqrt(sum((g**2).sum() for g in gradients))
    return [g * threshold / norm if norm < threshold else g for g in gradients]


@CLIP_BY_GLOBAL_NORM.mistake(
    "nothing is clipped",
    hint="Deck 1: if the norm is greater than some threshold, scale it down.",
)
def nothing_clipped(gradients, threshold):
    return [g.copy() for g in gradients]


@CLIP_BY_GLOBAL_NORM.mistake(
    "the square root is missing from the norm",
    hint="Check with one number: what is the norm of the gradient [3, 4]?",
)
def no_square_root(gradients, threshold):
    norm = sum((g**2).sum() for g in gradients)
    return [g * threshold / norm if norm > threshold else g for g in gradients]


@CLIP_BY_GLOBAL_NORM.mistake(
    "the comparison is right, but the gradients are divided by the squared norm",
    hint="How long is the gradient afterwards? Deck 1 wants it exactly as long as the threshold.",
)
def divided_by_squared_norm(gradients, threshold):
    squared = sum((g**2).sum() for g in gradients)
    return [g * threshold / squared if np.sqrt(squared) > threshold else g for g in gradients]


@CLIP_BY_GLOBAL_NORM.mistake(
    "clipped gradients have norm 1, not the threshold",
    hint="How long is the gradient afterwards? Deck 1 wants it exactly as long as the threshold.",
)
def to_norm_one(gradients, threshold):
    norm = np.sqrt(sum((g**2).sum() for g in gradients))
    return [g / norm if norm > threshold else g for g in gradients]


@CLIP_BY_GLOBAL_NORM.mistake(
    "the factor is upside down, norm over threshold",
    hint="A clipped gradient is shorter than before. Is your factor below one?",
)
def factor_upside_down(gradients, threshold):
    norm = np.sqrt(sum((g**2).sum() for g in gradients))
    return [g * norm / threshold if norm > threshold else g for g in gradients]


@CLIP_BY_GLOBAL_NORM.mistake(
    "the norms of the arrays are added up",
    hint="Lengths at right angles do not add, their squares do.",
)
def norms_added(gradients, threshold):
    norm = sum(np.sqrt((g**2).sum()) for g in gradients)
    return [g * threshold / norm if norm > threshold else g for g in gradients]


@CLIP_BY_GLOBAL_NORM.mistake(
    "absolute values are summed, not squares",
    hint="The double bars in deck 1 are the Euclidean norm. What is it of the gradient [3, 4]?",
)
def absolute_values(gradients, threshold):
    norm = sum(np.abs(g).sum() for g in gradients)
    return [g * threshold / norm if norm > threshold else g for g in gradients]


@CLIP_BY_GLOBAL_NORM.mistake(
    "the largest entry is taken for the norm",
    hint="The double bars in deck 1 are the Euclidean norm. What is it of the gradient [3, 4]?",
)
def largest_entry(gradients, threshold):
    norm = max(np.abs(g).max() for g in gradients)
    return [g * threshold / norm if norm > threshold else g for g in gradients]


@CLIP_BY_GLOBAL_NORM.mistake(
    "the squares are averaged, not summed",
    hint="The double bars in deck 1 are the Euclidean norm. What is it of the gradient [3, 4]?",
)
def root_mean_square(gradients, threshold):
    norm = np.sqrt(sum((g**2).sum() for g in gradients) / sum(g.size for g in gradients))
    return [g * threshold / norm if norm > threshold else g for g in gradients]


@CLIP_BY_GLOBAL_NORM.mistake(
    "only the first array's norm is looked at",
    hint="The gradient g of deck 1 is the whole of it, over all parameters together.",
)
def first_array_only(gradients, threshold):
    norm = np.sqrt((gradients[0] ** 2).sum())
    return [g * threshold / norm if norm > threshold else g for g in gradients]


@CLIP_BY_GLOBAL_NORM.mistake(
    "only the last array's norm is looked at: the loop over them overwrites it",
    hint="The gradient g of deck 1 is the whole of it. What must a loop over the arrays add up?",
)
def last_array_only(gradients, threshold):
    norm = 0.0
    for g in gradients:
        norm = np.sqrt((g**2).sum())
    return [g * threshold / norm if norm > threshold else g for g in gradients]


@CLIP_BY_GLOBAL_NORM.mistake(
    "a gradient above the threshold is thrown away",
    hint="Deck 1: take a step in the same direction, but a smaller one.",
)
def thrown_away(gradients, threshold):
    norm = np.sqrt(sum((g**2).sum() for g in gradients))
    return [np.zeros(g.shape) if norm > threshold else g for g in gradients]


@CLIP_BY_GLOBAL_NORM.mistake(
    "the gradients are scaled in place",
    hint="`g *= ...` changes the arrays of whoever called you. Return new ones.",
)
def in_place(gradients, threshold):
    norm = np.sqrt(sum((g**2).sum() for g in gradients))
    for g in gradients:
        g *= threshold / norm if norm > threshold else 1.0
    return gradients


@CLIP_BY_GLOBAL_NORM.mistake(
    "the largest of the arrays' norms is taken for the global norm",
    hint="(3) and (0, 4) have the global norm 5. What do you find for them?",
)
def largest_norm(gradients, threshold):
    norm = max(np.linalg.norm(g) for g in gradients)
    return [g * threshold / norm if norm > threshold else g.copy() for g in gradients]


@CLIP_BY_GLOBAL_NORM.mistake(
    "gradients are multiplied by the threshold, and not divided by their norm",
    hint="After clipping the norm is the threshold. What is yours?",
)
def not_divided_by_norm(gradients, threshold):
    norm = np.sqrt(sum((g**2).sum() for g in gradients))
    return [g * threshold if norm > threshold else g.copy() for g in gradients]


@CLIP_BY_GLOBAL_NORM.mistake(
    "the norm is returned beside the gradients (as TensorFlow's clip_by_global_norm does)",
    hint="The docstring says what is returned: is the norm in it?",
    convention=True,
)
def norm_returned_too(gradients, threshold):
    norm = np.sqrt(sum((g**2).sum() for g in gradients))
    factor = threshold / norm if norm > threshold else 1.0
    return [g * factor for g in gradients], norm
