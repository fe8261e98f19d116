"""From Keras's GRU to the lecture's: the weights that make both do the same."""

from __future__ import annotations

import numpy as np

from autograder.problem import Case, Output, Problem
from autograder.problems.draws import Rng, cell_weights, distinct_sizes
from lmkit.by_hand.gru import gru_from_keras
from lmkit.by_hand.types import Array


def draw_weights(rng: Rng) -> tuple[Array, Array, Array]:
    """kernel (D, 3H), recurrent_kernel (H, 3H) and bias (3H,); D columns are no whole blocks."""
    D, H = 2, 1
    while D % H == 0:
        D, H = distinct_sizes(rng, 2, low=3)
    return cell_weights(rng, D, H, gates=3)


GRU_FROM_KERAS = Problem(
    name="gru_from_keras",
    reference=gru_from_keras,
    outputs=(Output("W_x"), Output("W_h"), Output("b")),
    cases=(Case("random weights", draw_weights),),
    source="Deck 1, GRU (gated recurrent units)",
)


@GRU_FROM_KERAS.mistake(
    "the bias is taken over as it is",
    hint="1 - sigma(a) = sigma(-a): the sign of all of a changes. What is a made of?",
)
def bias_forgotten(kernel, recurrent_kernel, bias):
    sign = np.repeat([-1, 1, 1], recurrent_kernel.shape[0])
    return kernel * sign, recurrent_kernel * sign, bias.copy()


@GRU_FROM_KERAS.mistake(
    "the recurrent kernel is taken over as it is",
    hint="1 - sigma(a) = sigma(-a): the sign of all of a changes. What is a made of?",
)
def recurrent_kernel_forgotten(kernel, recurrent_kernel, bias):
    sign = np.repeat([-1, 1, 1], recurrent_kernel.shape[0])
    return kernel * sign, recurrent_kernel.copy(), bias * sign


@GRU_FROM_KERAS.mistake(
    "only the kernel is changed",
    hint="1 - sigma(a) = sigma(-a): the sign of all of a changes. What is a made of?",
)
def kernel_only(kernel, recurrent_kernel, bias):
    sign = np.repeat([-1, 1, 1], recurrent_kernel.shape[0])
    return kernel * sign, recurrent_kernel.copy(), bias.copy()


@GRU_FROM_KERAS.mistake(
    "only the bias is changed",
    hint="1 - sigma(a) = sigma(-a): the sign of all of a changes. What is a made of?",
)
def bias_only(kernel, recurrent_kernel, bias):
    sign = np.repeat([-1, 1, 1], recurrent_kernel.shape[0])
    return kernel.copy(), recurrent_kernel.copy(), bias * sign


@GRU_FROM_KERAS.mistake(
    "the first H rows change their sign instead of the first H columns",
    hint="Vectors are rows here: x @ W_x. Do the blocks stand beside or below each other?",
)
def rows_negated(kernel, recurrent_kernel, bias):
    H = recurrent_kernel.shape[0]
    W_x, W_h, b = kernel.copy(), recurrent_kernel.copy(), bias.copy()
    for weights in (W_x, W_h, b):
        weights[:H] *= -1
    return W_x, W_h, b


@GRU_FROM_KERAS.mistake(
    "Keras's weights are taken over as they are",
    hint="Keras and the lecture write z and 1 - z the other way round. How do you get from one to "
    "the other without touching the step?",
)
def nothing_changed(kernel, recurrent_kernel, bias):
    return kernel.copy(), recurrent_kernel.copy(), bias.copy()


@GRU_FROM_KERAS.mistake(
    "all three blocks change their sign",
    hint="Only one of the two gates means something else in Keras. What about the other one, and "
    "the candidate?",
)
def all_blocks_negated(kernel, recurrent_kernel, bias):
    return -kernel, -recurrent_kernel, -bias


@GRU_FROM_KERAS.mistake(
    "the block of r changes its sign instead of that of z",
    hint="Which gate do Keras and the lecture write the other way round, and which columns are "
    "its own?",
)
def reset_block_negated(kernel, recurrent_kernel, bias):
    sign = np.repeat([1, -1, 1], recurrent_kernel.shape[0])
    return kernel * sign, recurrent_kernel * sign, bias * sign


@GRU_FROM_KERAS.mistake(
    "the block of h~ changes its sign instead of that of z",
    hint="Which gate do Keras and the lecture write the other way round, and which columns are "
    "its own?",
)
def candidate_block_negated(kernel, recurrent_kernel, bias):
    sign = np.repeat([1, 1, -1], recurrent_kernel.shape[0])
    return kernel * sign, recurrent_kernel * sign, bias * sign


@GRU_FROM_KERAS.mistake(
    "the first D columns change their sign, not the first H",
    hint="Which of the arguments tells you H: how many rows has each?",
)
def as_many_columns_as_inputs(kernel, recurrent_kernel, bias):
    D = kernel.shape[0]
    W_x, W_h, b = kernel.copy(), recurrent_kernel.copy(), bias.copy()
    W_x[:, :D] *= -1
    W_h[:, :D] *= -1
    b[:D] *= -1
    return W_x, W_h, b


@GRU_FROM_KERAS.mistake(
    "the block of r changes its sign too, not only that of z",
    hint="Both have a reset gate before the product, if Keras is told reset_after=False. Does r "
    "differ?",
)
def both_gates_negated(kernel, recurrent_kernel, bias):
    sign = np.repeat([-1, -1, 1], recurrent_kernel.shape[0])
    return kernel * sign, recurrent_kernel * sign, bias * sign


@GRU_FROM_KERAS.mistake(
    "every block but that of z changes its sign",
    hint="Which gate do Keras and the lecture write the other way round?",
)
def all_but_z_negated(kernel, recurrent_kernel, bias):
    sign = np.repeat([1, -1, -1], recurrent_kernel.shape[0])
    return kernel * sign, recurrent_kernel * sign, bias * sign


@GRU_FROM_KERAS.mistake(
    "the weights of z are replaced by 1 - W, and the bias by 1 - b",
    hint="It is the gate that becomes 1 - z. What must go into sigma for that?",
)
def one_minus_weights(kernel, recurrent_kernel, bias):
    H = recurrent_kernel.shape[0]
    W_x, W_h, b = kernel.copy(), recurrent_kernel.copy(), bias.copy()
    for weights in (W_x, W_h, b):
        weights[..., :H] = 1 - weights[..., :H]
    return W_x, W_h, b


@GRU_FROM_KERAS.mistake(
    "only the first column of each array changes its sign",
    hint="z is a vector with one entry for each hidden unit. How many columns are its own?",
)
def first_column_only(kernel, recurrent_kernel, bias):
    sign = np.ones(bias.size)
    sign[0] = -1
    return kernel * sign, recurrent_kernel * sign, bias * sign


@GRU_FROM_KERAS.mistake(
    "the blocks of z and r trade places",
    hint="Keras's order is z, r, h too. It is not the order that differs.",
)
def gates_swapped(kernel, recurrent_kernel, bias):
    def swap(weights):
        z, r, h_tilde = np.split(weights, 3, axis=-1)
        return np.concatenate([r, z, h_tilde], axis=-1)

    return swap(kernel), swap(recurrent_kernel), swap(bias)


@GRU_FROM_KERAS.mistake(
    "the weights are right, but Keras's own arrays are changed in place",
    hint="*= writes into the array that the caller still holds. Make a new one.",
)
def changes_its_arguments(kernel, recurrent_kernel, bias):
    H = recurrent_kernel.shape[0]
    for weights in (kernel, recurrent_kernel, bias):
        weights[..., :H] *= -1
    return kernel, recurrent_kernel, bias
