"""The weights that training starts from: many are right, so shapes and biases are looked at."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.problem import Case, Output, Problem
from autograder.problems.draws import Rng, distinct_sizes
from lmkit.by_hand.layers import lstm_weights
from lmkit.by_hand.types import Array

FEW = 8
"""With so many rows and columns it is no matter of luck how large weights are, and of what sign."""

SMALL = 2.0
"""How far inputs of about 1 may move a gate. He's weights, the largest in use, move it by 1.4, and
numbers of standard deviation 1 by 2.8 and more: they hold it wide open or shut."""


def draw_sizes(rng: Rng) -> tuple[int, int]:
    """D and H."""
    D, H = distinct_sizes(rng, 2, low=FEW, high=20)
    return D, H


def draw_one_input(rng: Rng) -> tuple[int, int]:
    """D = 1."""
    (H,) = distinct_sizes(rng, 1, low=12, high=20)  # enough columns for the row's size to show
    return 1, H


def what_is_known(arguments: tuple[Any, ...], value: Any) -> tuple[Array, Array, Array]:
    """Of each matrix its shape and what its entries are like; b as it is.

    Args:
        arguments: D and H.
        value: what the student's function returned.

    Raises:
        ValueError: if these are no three arrays of numbers, in a sentence for the student.
    """
    if not isinstance(value, (tuple, list)) or len(value) != 3:
        raise ValueError("lstm_weights should return three arrays: W_x, W_h and b")
    arrays = []
    for name, entry in zip(("W_x", "W_h", "b"), value, strict=True):
        try:
            array = np.asarray(entry)
        except ValueError:
            raise ValueError(f"{name} should be an array of numbers") from None
        if array.dtype.kind not in "biuf" or array.ndim == 0:
            raise ValueError(f"{name} should be an array of numbers")
        if not np.isfinite(array).all():
            raise ValueError(f"{name} holds something that is no finite number")
        arrays.append(array.astype(np.float64))
    W_x, W_h, b = arrays
    return _shape_and_entries(W_x), _shape_and_entries(W_h), b


def _shape_and_entries(W: Array) -> Array:
    """The shape, which share of the entries differ, and if they are small and of both signs.

    The share has two digits: of a thousand random numbers in float32 two may well be the same.
    """
    different = round(len(np.unique(W)) / max(W.size, 1), 2)
    with np.errstate(over="ignore"):
        small = len(W) * (W**2).sum() < SMALL**2 * W.size
    both_signs = bool((W < 0).any() and (W > 0).any())
    return np.array([*W.shape, different, small, both_signs], dtype=np.float64)


LSTM_WEIGHTS = Problem(
    name="lstm_weights",
    reference=lstm_weights,
    outputs=(Output("W_x"), Output("W_h"), Output("b")),
    cases=(Case("random sizes", draw_sizes), Case("one input, D = 1", draw_one_input, weight=0.5)),
    source="Deck 4, LSTM; deck 5, Is LSTM architecture optimal? (LSTM-b)",
    observe=what_is_known,
)


@LSTM_WEIGHTS.mistake(
    "the 1 stands in the input gate's block",
    hint="The blocks stand as in deck 3's stack. Which one is the forget gate's?",
)
def bias_on_input_gate(D, H):
    rng = np.random.default_rng(0)
    W_x, W_h = rng.uniform(-0.1, 0.1, (D, 4 * H)), rng.uniform(-0.1, 0.1, (H, 4 * H))
    return W_x, W_h, np.repeat([1.0, 0.0, 0.0, 0.0], H)


@LSTM_WEIGHTS.mistake(
    "the 1 stands in the output gate's block",
    hint="The blocks stand as in deck 3's stack. Which one is the forget gate's?",
)
def bias_on_output_gate(D, H):
    rng = np.random.default_rng(0)
    W_x, W_h = rng.uniform(-0.1, 0.1, (D, 4 * H)), rng.uniform(-0.1, 0.1, (H, 4 * H))
    return W_x, W_h, np.repeat([0.0, 0.0, 1.0, 0.0], H)


@LSTM_WEIGHTS.mistake(
    "all of b is 1",
    hint="A gate that lets in is not what is wanted at first. Only one of the four keeps the cell.",
)
def bias_on_every_block(D, H):
    rng = np.random.default_rng(0)
    W_x, W_h = rng.uniform(-0.1, 0.1, (D, 4 * H)), rng.uniform(-0.1, 0.1, (H, 4 * H))
    return W_x, W_h, np.ones(4 * H)


@LSTM_WEIGHTS.mistake(
    "only one unit has a forget bias of 1",
    hint="A block has H entries, one for each unit of the cell.",
)
def bias_on_one_unit(D, H):
    rng = np.random.default_rng(0)
    W_x, W_h = rng.uniform(-0.1, 0.1, (D, 4 * H)), rng.uniform(-0.1, 0.1, (H, 4 * H))
    b = np.zeros(4 * H)
    b[H] = 1.0
    return W_x, W_h, b


@LSTM_WEIGHTS.mistake(
    "every fourth entry of b is 1, as if the gates of a unit stood side by side",
    hint="All of i stands first, then all of f. How long is a block?",
)
def bias_interleaved(D, H):
    rng = np.random.default_rng(0)
    W_x, W_h = rng.uniform(-0.1, 0.1, (D, 4 * H)), rng.uniform(-0.1, 0.1, (H, 4 * H))
    return W_x, W_h, np.tile([0.0, 1.0, 0.0, 0.0], H)


@LSTM_WEIGHTS.mistake(
    "the forget bias is 0 (the row LSTM of deck 5; LSTM-b has 1)",
    hint="With b = 0 the forget gate begins near one half. What is left after 40 steps?",
    convention=True,
)
def no_forget_bias(D, H):
    rng = np.random.default_rng(0)
    W_x, W_h = rng.uniform(-0.1, 0.1, (D, 4 * H)), rng.uniform(-0.1, 0.1, (H, 4 * H))
    return W_x, W_h, np.zeros(4 * H)


@LSTM_WEIGHTS.mistake(
    "there are two biases, one for x and one for h (PyTorch)",
    hint="Here one b serves both products.",
    convention=True,
)
def two_biases(D, H):
    rng = np.random.default_rng(0)
    W_x, W_h = rng.uniform(-0.1, 0.1, (D, 4 * H)), rng.uniform(-0.1, 0.1, (H, 4 * H))
    return W_x, W_h, np.stack([np.repeat([0.0, 1.0, 0.0, 0.0], H), np.zeros(4 * H)])


@LSTM_WEIGHTS.mistake(
    "b is a matrix with one row",
    hint="b is a vector: one axis, 4H entries.",
)
def bias_as_a_row(D, H):
    rng = np.random.default_rng(0)
    W_x, W_h = rng.uniform(-0.1, 0.1, (D, 4 * H)), rng.uniform(-0.1, 0.1, (H, 4 * H))
    return W_x, W_h, np.repeat([[0.0, 1.0, 0.0, 0.0]], H, axis=-1)


@LSTM_WEIGHTS.mistake(
    "the weights are transposed: a row for each gate's unit (the lectures' W h, and PyTorch)",
    hint="Vectors are rows here, x @ W_x. How many rows has W_x then?",
    convention=True,
)
def transposed_weights(D, H):
    rng = np.random.default_rng(0)
    W_x, W_h = rng.uniform(-0.1, 0.1, (4 * H, D)), rng.uniform(-0.1, 0.1, (4 * H, H))
    return W_x, W_h, np.repeat([0.0, 1.0, 0.0, 0.0], H)


@LSTM_WEIGHTS.mistake(
    "W_x and W_h have the columns of one gate alone",
    hint="Deck 4: W is 4h x 2h. Where do the other three blocks get their weights?",
)
def one_block(D, H):
    rng = np.random.default_rng(0)
    W_x, W_h = rng.uniform(-0.1, 0.1, (D, H)), rng.uniform(-0.1, 0.1, (H, H))
    return W_x, W_h, np.repeat([0.0, 1.0, 0.0, 0.0], H)


@LSTM_WEIGHTS.mistake(
    "there are three blocks, one for each gate, and none for g",
    hint="What is written has weights too: deck 3's stack has four rows.",
)
def three_blocks(D, H):
    rng = np.random.default_rng(0)
    W_x, W_h = rng.uniform(-0.1, 0.1, (D, 3 * H)), rng.uniform(-0.1, 0.1, (H, 3 * H))
    return W_x, W_h, np.repeat([0.0, 1.0, 0.0], H)


@LSTM_WEIGHTS.mistake(
    "W_h has a row for each input, not for each hidden unit",
    hint="W_h is multiplied from the left by h_{t-1}. How many numbers has that?",
)
def recurrent_rows_for_inputs(D, H):
    rng = np.random.default_rng(0)
    W_x, W_h = rng.uniform(-0.1, 0.1, (D, 4 * H)), rng.uniform(-0.1, 0.1, (D, 4 * H))
    return W_x, W_h, np.repeat([0.0, 1.0, 0.0, 0.0], H)


@LSTM_WEIGHTS.mistake(
    "all weights are equal",
    hint="Units with the same weights compute the same, get the same gradient and stay the same. "
    "What tells them apart?",
)
def all_weights_equal(D, H):
    return np.zeros((D, 4 * H)), np.zeros((H, 4 * H)), np.repeat([0.0, 1.0, 0.0, 0.0], H)


@LSTM_WEIGHTS.mistake(
    "the four blocks are copies of one",
    hint="Four questions with the same weights get the same answer. Draw all the columns.",
)
def four_equal_blocks(D, H):
    rng = np.random.default_rng(0)
    W_x = np.tile(rng.uniform(-0.1, 0.1, (D, H)), 4)
    W_h = np.tile(rng.uniform(-0.1, 0.1, (H, H)), 4)
    return W_x, W_h, np.repeat([0.0, 1.0, 0.0, 0.0], H)


@LSTM_WEIGHTS.mistake(
    "no weight is negative",
    hint="Then all inputs push each gate the same way. On which sides of zero should weights lie?",
)
def no_negative_weight(D, H):
    rng = np.random.default_rng(0)
    W_x, W_h = rng.uniform(0, 0.1, (D, 4 * H)), rng.uniform(0, 0.1, (H, 4 * H))
    return W_x, W_h, np.repeat([0.0, 1.0, 0.0, 0.0], H)


@LSTM_WEIGHTS.mistake(
    "the weights are not small: their standard deviation is 1",
    hint="Add up so many products: how large does the sum get, and what does sigma make of it?",
)
def weights_not_small(D, H):
    rng = np.random.default_rng(0)
    W_x, W_h = rng.normal(size=(D, 4 * H)), rng.normal(size=(H, 4 * H))
    return W_x, W_h, np.repeat([0.0, 1.0, 0.0, 0.0], H)
