"""Weights that keep the cell for ever: many are right, so an LSTM is run with them."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from autograder.problem import Case, Output, Problem
from autograder.problems.draws import Rng, distinct_sizes, normal
from lmkit.by_hand.constant_cell import keep_cell
from lmkit.by_hand.lstm import lstm_sequence
from lmkit.by_hand.types import Array

SEQUENCES, STEPS, LARGEST_INPUT = 4, 300, 10.0


def draw_sizes(rng: Rng) -> tuple[int, int]:
    """D and H."""
    D, H = distinct_sizes(rng, 2)
    return D, H


def draw_one_unit(rng: Rng) -> tuple[int, int]:
    """D, and H = 1."""
    (D,) = distinct_sizes(rng, 1)
    return D, 1


def weights_in(value: Any, D: int, H: int) -> list[Array]:
    """W_x, W_h and b, if that is what the value holds; infinite entries may stand.

    Raises:
        ValueError: if it holds anything else, in a sentence for the student.
    """
    if not isinstance(value, (tuple, list)) or len(value) != 3:
        raise ValueError("keep_cell should return three arrays: W_x, W_h and b")
    weights = []
    shapes = {"W_x": (D, 4 * H), "W_h": (H, 4 * H), "b": (4 * H,)}
    for (name, shape), entry in zip(shapes.items(), value, strict=True):
        try:
            array = np.asarray(entry)
        except ValueError:
            raise ValueError(f"{name} should be an array of shape {shape}") from None
        if array.dtype.kind not in "biuf":
            raise ValueError(f"{name} should be an array of numbers, of shape {shape}")
        if array.shape != shape:
            raise ValueError(
                f"{name} has the shape {array.shape}; with D = {D} and H = {H} it is {shape}"
            )
        if np.isnan(array).any():
            raise ValueError(f"{name} holds NaN, which is not a number")
        weights.append(array.astype(np.float64))
    return weights


def cell_over_time(arguments: tuple[Any, ...], value: Any) -> Array:
    """The cell c_1 ... c_T, (N, T, H), of an LSTM that has these weights.

    It starts from random states and reads random inputs up to 10 in size, 300 of them: enough
    to show a gate that is only nearly 0 or 1, or that an input can move. The same D and H give
    the same states and inputs. With all weights but b_f zero, g is 0 too and the cell is kept
    whatever i is: that is right.

    Args:
        arguments: D and H.
        value: what the student's function returned.

    Raises:
        ValueError: if these are no weights of an LSTM, in a sentence for the student.
    """
    D, H = arguments
    c = _run(D, H, *(W.tobytes() for W in weights_in(value, D, H)))
    if np.isnan(c).any():
        raise ValueError("with these weights the cell becomes NaN: some are far too large")
    return c


@lru_cache(maxsize=500)
def _run(D: int, H: int, W_x: bytes, W_h: bytes, b: bytes) -> Array:
    """The cell over time. Whole classes give the same weights, and so do the known mistakes."""
    rng = np.random.default_rng((D, H))
    x = rng.uniform(-LARGEST_INPUT, LARGEST_INPUT, (SEQUENCES, STEPS, D))
    h0, c0 = rng.uniform(-1, 1, (SEQUENCES, H)), normal(rng, SEQUENCES, H)
    weights = (
        np.frombuffer(W).reshape(shape)
        for W, shape in ((W_x, (D, 4 * H)), (W_h, (H, 4 * H)), (b, (4 * H,)))
    )
    with np.errstate(all="ignore"):
        _, c = lstm_sequence(x, h0, c0, *weights)
    c.setflags(write=False)
    return c


KEEP_CELL = Problem(
    name="keep_cell",
    reference=keep_cell,
    outputs=(Output("c"),),
    cases=(
        Case("random sizes", draw_sizes),
        Case("a single hidden unit, H = 1", draw_one_unit, weight=0.5),
    ),
    source="Deck 1, How does LSTM solve vanishing gradients?",
    observe=cell_over_time,
    rtol=1e-4,
    atol=1e-4,
)


@KEEP_CELL.mistake(
    "the values 1 and 0 of the gates are written into b",
    hint="b is what sigma is applied to. What is sigma(1)?",
)
def cell_gates_in_bias(D, H):
    return np.zeros((D, 4 * H)), np.zeros((H, 4 * H)), np.repeat([0, 1, 0, 0], H)


@KEEP_CELL.mistake(
    "the forget gate is 0, and the cell is erased at the first step",
    hint="Which block of b is the forget gate's, and on which side of zero is sigma near 1? "
    "Deck 3 stacks the gates.",
)
def cell_erased(D, H):
    return np.zeros((D, 4 * H)), np.zeros((H, 4 * H)), np.repeat([50, -50, 0, 0], H)


@KEEP_CELL.mistake(
    "the forget gate is 1/2, since nothing reaches its block of b",
    hint="sigma(0) is 1/2, and half of a half is a quarter. Which block is the forget gate's?",
)
def cell_halved(D, H):
    return np.zeros((D, 4 * H)), np.zeros((H, 4 * H)), np.zeros(4 * H)


@KEEP_CELL.mistake(
    "only one entry of b is set, b[H], so that only the first unit keeps its cell",
    hint="Every unit has a forget gate of its own: H entries of b, side by side.",
)
def cell_of_first_unit(D, H):
    b = np.zeros(4 * H)
    b[0], b[H] = -50, 50
    return np.zeros((D, 4 * H)), np.zeros((H, 4 * H)), b


@KEEP_CELL.mistake(
    "the input gate is open too, and g = 1 is added at every step",
    hint="The forget gate keeps what is there. Which gate keeps new things out?",
)
def cell_fills_up(D, H):
    return np.zeros((D, 4 * H)), np.zeros((H, 4 * H)), np.full(4 * H, 50)


@KEEP_CELL.mistake(
    "the gates are set by W_x, so that the sign of the input turns them",
    hint="The cell is to be kept whatever is read. Which term of a gate does not look at x?",
)
def cell_gates_by_input(D, H):
    W_x = np.tile(np.repeat([-500, 500, 0, 0], H), (D, 1))
    return W_x, np.zeros((H, 4 * H)), np.zeros(4 * H)


@KEEP_CELL.mistake(
    "b is 1 everywhere",
    hint="No gate is shut or fully open then. What is sigma(1)?",
)
def cell_all_ones_bias(D, H):
    return np.zeros((D, 4 * H)), np.zeros((H, 4 * H)), np.ones(4 * H)


@KEEP_CELL.mistake(
    "the biases are 5 and -5: f = 0.993 is not yet 1",
    hint="What is left after 300 steps is f multiplied with itself 300 times.",
)
def cell_leaks_at_5(D, H):
    return np.zeros((D, 4 * H)), np.zeros((H, 4 * H)), np.repeat([-5, 5, 0, 0], H)


@KEEP_CELL.mistake(
    "the biases are 10 and -10: f = 0.99995 is not yet 1",
    hint="Nearly. The cell still loses a hundredth in 300 steps, and is to be kept for ever.",
)
def cell_leaks_at_10(D, H):
    return np.zeros((D, 4 * H)), np.zeros((H, 4 * H)), np.repeat([-10, 10, 0, 0], H)
