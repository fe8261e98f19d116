"""The GRU, one step: two gates, the candidate, and the mixture of old and new."""

from __future__ import annotations

from functools import partial

import numpy as np

from autograder.problem import Case, Output, Problem
from autograder.problems.cell_draws import step_inputs
from autograder.problems.draws import FLOAT32
from lmkit.by_hand.gru import gru_step
from lmkit.by_hand.lstm import sigmoid

GRU_STEP = Problem(
    name="gru_step",
    reference=gru_step,
    outputs=(Output("h"),),
    cases=(
        Case("a random batch", partial(step_inputs, gates=3, states=1)),
        Case("a batch of one, N = 1", partial(step_inputs, gates=3, states=1, N=1), weight=0.5),
    ),
    source="Deck 1, GRU (gated recurrent units)",
    rtol=FLOAT32,
)


@GRU_STEP.mistake(
    "z and 1 - z are the other way round (Keras, PyTorch, and Cho et al., 2014)",
    hint="In this course z is how much of the new is let in. Compare deck 1's last line with the "
    "LSTM's.",
    convention=True,
)
def update_gate_keeps(x, h_prev, W_x, W_h, b):
    W_xz, W_xr, W_xh = np.split(W_x, 3, axis=-1)
    W_hz, W_hr, W_hh = np.split(W_h, 3, axis=-1)
    b_z, b_r, b_h = np.split(b, 3)
    z = sigmoid(x @ W_xz + h_prev @ W_hz + b_z)
    r = sigmoid(x @ W_xr + h_prev @ W_hr + b_r)
    h_tilde = np.tanh(x @ W_xh + (r * h_prev) @ W_hh + b_h)
    return z * h_prev + (1 - z) * h_tilde


@GRU_STEP.mistake(
    "the reset gate comes after the product with W_h (Keras's default, and PyTorch)",
    hint="Deck 1 writes the candidate with one product, over [r * h, x]. What does r multiply "
    "there?",
    convention=True,
)
def reset_after_product(x, h_prev, W_x, W_h, b):
    W_xz, W_xr, W_xh = np.split(W_x, 3, axis=-1)
    W_hz, W_hr, W_hh = np.split(W_h, 3, axis=-1)
    b_z, b_r, b_h = np.split(b, 3)
    z = sigmoid(x @ W_xz + h_prev @ W_hz + b_z)
    r = sigmoid(x @ W_xr + h_prev @ W_hr + b_r)
    h_tilde = np.tanh(x @ W_xh + r * (h_prev @ W_hh) + b_h)
    return (1 - z) * h_prev + z * h_tilde


@GRU_STEP.mistake(
    "the reset gate comes after the product with W_h and after the bias",
    hint="Deck 1 writes the candidate with one product, over [r * h, x]. What does r multiply "
    "there?",
)
def reset_after_product_and_bias(x, h_prev, W_x, W_h, b):
    W_xz, W_xr, W_xh = np.split(W_x, 3, axis=-1)
    W_hz, W_hr, W_hh = np.split(W_h, 3, axis=-1)
    b_z, b_r, b_h = np.split(b, 3)
    z = sigmoid(x @ W_xz + h_prev @ W_hz + b_z)
    r = sigmoid(x @ W_xr + h_prev @ W_hr + b_r)
    h_tilde = np.tanh(x @ W_xh + r * (h_prev @ W_hh + b_h))
    return (1 - z) * h_prev + z * h_tilde


@GRU_STEP.mistake(
    "r comes after the product with W_h, and z and 1 - z trade places (Keras, PyTorch)",
    hint="That is a GRU, but another one than deck 1's. Two things in it differ.",
    convention=True,
)
def as_keras_by_default(x, h_prev, W_x, W_h, b):
    W_xz, W_xr, W_xh = np.split(W_x, 3, axis=-1)
    W_hz, W_hr, W_hh = np.split(W_h, 3, axis=-1)
    b_z, b_r, b_h = np.split(b, 3)
    z = sigmoid(x @ W_xz + h_prev @ W_hz + b_z)
    r = sigmoid(x @ W_xr + h_prev @ W_hr + b_r)
    h_tilde = np.tanh(x @ W_xh + r * (h_prev @ W_hh) + b_h)
    return z * h_prev + (1 - z) * h_tilde


@GRU_STEP.mistake(
    "the blocks stand in the order r, z, h~ (PyTorch)",
    hint="Deck 1 writes the update gate first. The columns are in its order.",
    convention=True,
)
def reset_gate_first(x, h_prev, W_x, W_h, b):
    W_xr, W_xz, W_xh = np.split(W_x, 3, axis=-1)
    W_hr, W_hz, W_hh = np.split(W_h, 3, axis=-1)
    b_r, b_z, b_h = np.split(b, 3)
    z = sigmoid(x @ W_xz + h_prev @ W_hz + b_z)
    r = sigmoid(x @ W_xr + h_prev @ W_hr + b_r)
    h_tilde = np.tanh(x @ W_xh + (r * h_prev) @ W_hh + b_h)
    return (1 - z) * h_prev + z * h_tilde


@GRU_STEP.mistake(
    "every third column is taken for a gate, not a block of H columns side by side",
    hint="The blocks stand side by side: all of z, then all of r, and so on.",
)
def blocks_interleaved(x, h_prev, W_x, W_h, b):
    W_xz, W_xr, W_xh = W_x[:, 0::3], W_x[:, 1::3], W_x[:, 2::3]
    W_hz, W_hr, W_hh = W_h[:, 0::3], W_h[:, 1::3], W_h[:, 2::3]
    b_z, b_r, b_h = b[0::3], b[1::3], b[2::3]
    z = sigmoid(x @ W_xz + h_prev @ W_hz + b_z)
    r = sigmoid(x @ W_xr + h_prev @ W_hr + b_r)
    h_tilde = np.tanh(x @ W_xh + (r * h_prev) @ W_hh + b_h)
    return (1 - z) * h_prev + z * h_tilde


@GRU_STEP.mistake(
    "the reset gate is not used: the candidate sees all of h_{t-1}",
    hint="Two gates are computed. Where in deck 1 does r come in?",
)
def reset_gate_not_used(x, h_prev, W_x, W_h, b):
    W_xz, _, W_xh = np.split(W_x, 3, axis=-1)
    W_hz, _, W_hh = np.split(W_h, 3, axis=-1)
    b_z, _, b_h = np.split(b, 3)
    z = sigmoid(x @ W_xz + h_prev @ W_hz + b_z)
    h_tilde = np.tanh(x @ W_xh + h_prev @ W_hh + b_h)
    return (1 - z) * h_prev + z * h_tilde


@GRU_STEP.mistake(
    "the candidate does not see h_{t-1} at all",
    hint="The candidate is computed from two things. Which one is missing?",
)
def candidate_without_h(x, h_prev, W_x, W_h, b):
    W_xz, _, W_xh = np.split(W_x, 3, axis=-1)
    W_hz, _, _ = np.split(W_h, 3, axis=-1)
    b_z, _, b_h = np.split(b, 3)
    z = sigmoid(x @ W_xz + h_prev @ W_hz + b_z)
    h_tilde = np.tanh(x @ W_xh + b_h)
    return (1 - z) * h_prev + z * h_tilde


@GRU_STEP.mistake(
    "the reset gate is applied to the input's part of the candidate",
    hint="r decides how much of the past the candidate sees. Which term is the past?",
)
def reset_on_input(x, h_prev, W_x, W_h, b):
    W_xz, W_xr, W_xh = np.split(W_x, 3, axis=-1)
    W_hz, W_hr, W_hh = np.split(W_h, 3, axis=-1)
    b_z, b_r, b_h = np.split(b, 3)
    z = sigmoid(x @ W_xz + h_prev @ W_hz + b_z)
    r = sigmoid(x @ W_xr + h_prev @ W_hr + b_r)
    h_tilde = np.tanh(r * (x @ W_xh) + h_prev @ W_hh + b_h)
    return (1 - z) * h_prev + z * h_tilde


@GRU_STEP.mistake(
    "the reset gate is applied to the whole candidate, inside tanh",
    hint="r decides how much of the past the candidate sees. Which term is the past?",
)
def reset_on_everything(x, h_prev, W_x, W_h, b):
    W_xz, W_xr, W_xh = np.split(W_x, 3, axis=-1)
    W_hz, W_hr, W_hh = np.split(W_h, 3, axis=-1)
    b_z, b_r, b_h = np.split(b, 3)
    z = sigmoid(x @ W_xz + h_prev @ W_hz + b_z)
    r = sigmoid(x @ W_xr + h_prev @ W_hr + b_r)
    h_tilde = np.tanh(r * (x @ W_xh + h_prev @ W_hh + b_h))
    return (1 - z) * h_prev + z * h_tilde


@GRU_STEP.mistake(
    "1 - r is used for r",
    hint="The name misleads: with r near 1 nothing is reset.",
)
def reset_inverted(x, h_prev, W_x, W_h, b):
    W_xz, W_xr, W_xh = np.split(W_x, 3, axis=-1)
    W_hz, W_hr, W_hh = np.split(W_h, 3, axis=-1)
    b_z, b_r, b_h = np.split(b, 3)
    z = sigmoid(x @ W_xz + h_prev @ W_hz + b_z)
    r = sigmoid(x @ W_xr + h_prev @ W_hr + b_r)
    h_tilde = np.tanh(x @ W_xh + ((1 - r) * h_prev) @ W_hh + b_h)
    return (1 - z) * h_prev + z * h_tilde


@GRU_STEP.mistake(
    "the candidate is computed with z * h_{t-1} instead of r * h_{t-1}",
    hint="There are two gates, each with its own place. Deck 1 names the one inside the candidate.",
)
def update_gate_resets(x, h_prev, W_x, W_h, b):
    W_xz, _, W_xh = np.split(W_x, 3, axis=-1)
    W_hz, _, W_hh = np.split(W_h, 3, axis=-1)
    b_z, _, b_h = np.split(b, 3)
    z = sigmoid(x @ W_xz + h_prev @ W_hz + b_z)
    h_tilde = np.tanh(x @ W_xh + (z * h_prev) @ W_hh + b_h)
    return (1 - z) * h_prev + z * h_tilde


@GRU_STEP.mistake(
    "the old state and the candidate are mixed by r instead of z",
    hint="There are two gates, each with its own place. Deck 1 names the one in the last line.",
)
def reset_gate_updates(x, h_prev, W_x, W_h, b):
    _, W_xr, W_xh = np.split(W_x, 3, axis=-1)
    _, W_hr, W_hh = np.split(W_h, 3, axis=-1)
    _, b_r, b_h = np.split(b, 3)
    r = sigmoid(x @ W_xr + h_prev @ W_hr + b_r)
    h_tilde = np.tanh(x @ W_xh + (r * h_prev) @ W_hh + b_h)
    return (1 - r) * h_prev + r * h_tilde


@GRU_STEP.mistake(
    "r * h_{t-1} is kept in place of h_{t-1}",
    hint="r is for the candidate alone. What does the last line of deck 1 keep?",
)
def reset_state_kept(x, h_prev, W_x, W_h, b):
    W_xz, W_xr, W_xh = np.split(W_x, 3, axis=-1)
    W_hz, W_hr, W_hh = np.split(W_h, 3, axis=-1)
    b_z, b_r, b_h = np.split(b, 3)
    z = sigmoid(x @ W_xz + h_prev @ W_hz + b_z)
    r = sigmoid(x @ W_xr + h_prev @ W_hr + b_r)
    h_tilde = np.tanh(x @ W_xh + (r * h_prev) @ W_hh + b_h)
    return (1 - z) * r * h_prev + z * h_tilde


@GRU_STEP.mistake(
    "all of h_{t-1} is kept, without 1 - z",
    hint="The two shares add up to 1: deck 4 shows it with numbers. What share has the old state?",
)
def all_of_old_kept(x, h_prev, W_x, W_h, b):
    W_xz, W_xr, W_xh = np.split(W_x, 3, axis=-1)
    W_hz, W_hr, W_hh = np.split(W_h, 3, axis=-1)
    b_z, b_r, b_h = np.split(b, 3)
    z = sigmoid(x @ W_xz + h_prev @ W_hz + b_z)
    r = sigmoid(x @ W_xr + h_prev @ W_hr + b_r)
    h_tilde = np.tanh(x @ W_xh + (r * h_prev) @ W_hh + b_h)
    return h_prev + z * h_tilde


@GRU_STEP.mistake(
    "all of the candidate is added, without z",
    hint="The two shares add up to 1: deck 4 shows it with numbers. What share has the candidate?",
)
def all_of_new_added(x, h_prev, W_x, W_h, b):
    W_xz, W_xr, W_xh = np.split(W_x, 3, axis=-1)
    W_hz, W_hr, W_hh = np.split(W_h, 3, axis=-1)
    b_z, b_r, b_h = np.split(b, 3)
    z = sigmoid(x @ W_xz + h_prev @ W_hz + b_z)
    r = sigmoid(x @ W_xr + h_prev @ W_hr + b_r)
    h_tilde = np.tanh(x @ W_xh + (r * h_prev) @ W_hh + b_h)
    return (1 - z) * h_prev + h_tilde


@GRU_STEP.mistake(
    "nothing of h_{t-1} is kept: h = z * h~",
    hint="Where does the last line of deck 1 hold the past?",
)
def no_old_state(x, h_prev, W_x, W_h, b):
    W_xz, W_xr, W_xh = np.split(W_x, 3, axis=-1)
    W_hz, W_hr, W_hh = np.split(W_h, 3, axis=-1)
    b_z, b_r, b_h = np.split(b, 3)
    z = sigmoid(x @ W_xz + h_prev @ W_hz + b_z)
    r = sigmoid(x @ W_xr + h_prev @ W_hr + b_r)
    h_tilde = np.tanh(x @ W_xh + (r * h_prev) @ W_hh + b_h)
    return z * h_tilde


@GRU_STEP.mistake(
    "z multiplies both the old state and the candidate",
    hint="The two shares add up to 1: deck 4 shows it with numbers.",
)
def z_on_both_branches(x, h_prev, W_x, W_h, b):
    W_xz, W_xr, W_xh = np.split(W_x, 3, axis=-1)
    W_hz, W_hr, W_hh = np.split(W_h, 3, axis=-1)
    b_z, b_r, b_h = np.split(b, 3)
    z = sigmoid(x @ W_xz + h_prev @ W_hz + b_z)
    r = sigmoid(x @ W_xr + h_prev @ W_hr + b_r)
    h_tilde = np.tanh(x @ W_xh + (r * h_prev) @ W_hh + b_h)
    return z * h_prev + z * h_tilde


@GRU_STEP.mistake(
    "the bias is left out",
    hint="Deck 1 leaves it out of the GRU's equations; here b is given, as for the LSTM.",
)
def without_bias(x, h_prev, W_x, W_h, b):
    W_xz, W_xr, W_xh = np.split(W_x, 3, axis=-1)
    W_hz, W_hr, W_hh = np.split(W_h, 3, axis=-1)
    z = sigmoid(x @ W_xz + h_prev @ W_hz)
    r = sigmoid(x @ W_xr + h_prev @ W_hr)
    h_tilde = np.tanh(x @ W_xh + (r * h_prev) @ W_hh)
    return (1 - z) * h_prev + z * h_tilde


@GRU_STEP.mistake(
    "the bias is left out of the candidate",
    hint="b has three blocks. Is each of them used?",
)
def candidate_without_bias(x, h_prev, W_x, W_h, b):
    W_xz, W_xr, W_xh = np.split(W_x, 3, axis=-1)
    W_hz, W_hr, W_hh = np.split(W_h, 3, axis=-1)
    b_z, b_r, _ = np.split(b, 3)
    z = sigmoid(x @ W_xz + h_prev @ W_hz + b_z)
    r = sigmoid(x @ W_xr + h_prev @ W_hr + b_r)
    h_tilde = np.tanh(x @ W_xh + (r * h_prev) @ W_hh)
    return (1 - z) * h_prev + z * h_tilde


@GRU_STEP.mistake(
    "the candidate is squashed by the sigmoid, like the gates",
    hint="z and r say how much, between 0 and 1. The candidate is a new state, and may be "
    "negative.",
)
def sigmoid_on_candidate(x, h_prev, W_x, W_h, b):
    W_xz, W_xr, W_xh = np.split(W_x, 3, axis=-1)
    W_hz, W_hr, W_hh = np.split(W_h, 3, axis=-1)
    b_z, b_r, b_h = np.split(b, 3)
    z = sigmoid(x @ W_xz + h_prev @ W_hz + b_z)
    r = sigmoid(x @ W_xr + h_prev @ W_hr + b_r)
    h_tilde = sigmoid(x @ W_xh + (r * h_prev) @ W_hh + b_h)
    return (1 - z) * h_prev + z * h_tilde


@GRU_STEP.mistake(
    "the candidate is left without its tanh",
    hint="The candidate is squashed too. Look at its line in deck 1.",
)
def linear_candidate(x, h_prev, W_x, W_h, b):
    W_xz, W_xr, W_xh = np.split(W_x, 3, axis=-1)
    W_hz, W_hr, W_hh = np.split(W_h, 3, axis=-1)
    b_z, b_r, b_h = np.split(b, 3)
    z = sigmoid(x @ W_xz + h_prev @ W_hz + b_z)
    r = sigmoid(x @ W_xr + h_prev @ W_hr + b_r)
    h_tilde = x @ W_xh + (r * h_prev) @ W_hh + b_h
    return (1 - z) * h_prev + z * h_tilde


@GRU_STEP.mistake(
    "the gates z and r are squashed by tanh",
    hint="A gate lets through a share between nothing and all.",
)
def tanh_in_gates(x, h_prev, W_x, W_h, b):
    W_xz, W_xr, W_xh = np.split(W_x, 3, axis=-1)
    W_hz, W_hr, W_hh = np.split(W_h, 3, axis=-1)
    b_z, b_r, b_h = np.split(b, 3)
    z = np.tanh(x @ W_xz + h_prev @ W_hz + b_z)
    r = np.tanh(x @ W_xr + h_prev @ W_hr + b_r)
    h_tilde = np.tanh(x @ W_xh + (r * h_prev) @ W_hh + b_h)
    return (1 - z) * h_prev + z * h_tilde


@GRU_STEP.mistake(
    "[h, x] is multiplied with W_x stacked on W_h",
    hint="One product of stacked matrices is fine, if both are stacked in the same order. Which "
    "rows of the stacked weights meet x?",
)
def stacked_the_other_way(x, h_prev, W_x, W_h, b):
    W_z, W_r, W_n = np.split(np.vstack([W_x, W_h]), 3, axis=-1)
    b_z, b_r, b_h = np.split(b, 3)
    h_and_x = np.hstack([h_prev, x])
    z, r = sigmoid(h_and_x @ W_z + b_z), sigmoid(h_and_x @ W_r + b_r)
    h_tilde = np.tanh(np.hstack([r * h_prev, x]) @ W_n + b_h)
    return (1 - z) * h_prev + z * h_tilde


@GRU_STEP.mistake(
    "h is right, but h_{t-1} is changed in place",
    hint="*= and += write into the array that the caller still holds. Make a new one.",
)
def changes_h_prev(x, h_prev, W_x, W_h, b):
    W_xz, W_xr, W_xh = np.split(W_x, 3, axis=-1)
    W_hz, W_hr, W_hh = np.split(W_h, 3, axis=-1)
    b_z, b_r, b_h = np.split(b, 3)
    z = sigmoid(x @ W_xz + h_prev @ W_hz + b_z)
    r = sigmoid(x @ W_xr + h_prev @ W_hr + b_r)
    h_tilde = np.tanh(x @ W_xh + (r * h_prev) @ W_hh + b_h)
    h_prev *= 1 - z
    h_prev += z * h_tilde
    return h_prev
