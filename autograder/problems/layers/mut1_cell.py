"""MUT1 as a Keras cell: the lecture's equations, letter by letter."""

from __future__ import annotations

from functools import partial

import numpy as np

from autograder.problem import Case, Output, Problem
from autograder.problems.draws import FLOAT32
from autograder.problems.layers.draws import mut1_inputs
from lmkit.by_hand.lstm import sigmoid
from lmkit.by_hand.mut1 import mut1_cell

MUT1_CELL = Problem(
    name="mut1_cell",
    reference=mut1_cell,
    outputs=(Output("h"),),
    cases=(
        Case("a random batch", mut1_inputs),
        Case("a single step, T = 1", partial(mut1_inputs, T=1), weight=0.5),
    ),
    source="Deck 5, Is LSTM architecture optimal?",
    frameworks=("keras",),
    rtol=FLOAT32,
)


@MUT1_CELL.mistake(
    "z and 1 - z are the other way round (Keras's GRU)",
    hint="Deck 5: z multiplies what is new.",
    convention=True,
)
def z_the_other_way(x, h0, W_in, W_xz, W_xr, W_hr, W_hh, b_z, b_r, b_h):
    h, hs = h0, []
    for t in range(x.shape[1]):
        x_t = x[:, t]
        z = sigmoid(x_t @ W_xz + b_z)
        r = sigmoid(x_t @ W_xr + h @ W_hr + b_r)
        h_tilde = np.tanh((r * h) @ W_hh + np.tanh(x_t @ W_in) + b_h)
        h = h_tilde * (1 - z) + h * z
        hs.append(h)
    return np.stack(hs, axis=1)


@MUT1_CELL.mistake(
    "tanh is left out around x_t, as in MUT2 and MUT3",
    hint="MUT1 squashes the input before it joins the candidate. Look at what stands in the "
    "middle of deck 5's line.",
)
def tanh_of_x_left_out(x, h0, W_in, W_xz, W_xr, W_hr, W_hh, b_z, b_r, b_h):
    h, hs = h0, []
    for t in range(x.shape[1]):
        x_t = x[:, t]
        z = sigmoid(x_t @ W_xz + b_z)
        r = sigmoid(x_t @ W_xr + h @ W_hr + b_r)
        h_tilde = np.tanh((r * h) @ W_hh + x_t @ W_in + b_h)
        h = h_tilde * z + h * (1 - z)
        hs.append(h)
    return np.stack(hs, axis=1)


@MUT1_CELL.mistake(
    "tanh is taken of x_t before W_in instead of after it",
    hint="W_in only brings x_t to H numbers. It is that vector which takes x_t's place in deck 5.",
)
def tanh_inside(x, h0, W_in, W_xz, W_xr, W_hr, W_hh, b_z, b_r, b_h):
    h, hs = h0, []
    for t in range(x.shape[1]):
        x_t = x[:, t]
        z = sigmoid(x_t @ W_xz + b_z)
        r = sigmoid(x_t @ W_xr + h @ W_hr + b_r)
        h_tilde = np.tanh((r * h) @ W_hh + np.tanh(x_t) @ W_in + b_h)
        h = h_tilde * z + h * (1 - z)
        hs.append(h)
    return np.stack(hs, axis=1)


@MUT1_CELL.mistake(
    "the outer tanh is left out: the candidate is a bare sum",
    hint="The candidate is squashed as a whole, too. How many tanh does deck 5's line have?",
)
def outer_tanh_left_out(x, h0, W_in, W_xz, W_xr, W_hr, W_hh, b_z, b_r, b_h):
    h, hs = h0, []
    for t in range(x.shape[1]):
        x_t = x[:, t]
        z = sigmoid(x_t @ W_xz + b_z)
        r = sigmoid(x_t @ W_xr + h @ W_hr + b_r)
        h_tilde = (r * h) @ W_hh + np.tanh(x_t @ W_in) + b_h
        h = h_tilde * z + h * (1 - z)
        hs.append(h)
    return np.stack(hs, axis=1)


@MUT1_CELL.mistake(
    "b_h is added inside the inner tanh",
    hint="b_h stands behind tanh(x_t), beside it, not in its brackets.",
)
def bias_inside_inner_tanh(x, h0, W_in, W_xz, W_xr, W_hr, W_hh, b_z, b_r, b_h):
    h, hs = h0, []
    for t in range(x.shape[1]):
        x_t = x[:, t]
        z = sigmoid(x_t @ W_xz + b_z)
        r = sigmoid(x_t @ W_xr + h @ W_hr + b_r)
        h_tilde = np.tanh((r * h) @ W_hh + np.tanh(x_t @ W_in + b_h))
        h = h_tilde * z + h * (1 - z)
        hs.append(h)
    return np.stack(hs, axis=1)


@MUT1_CELL.mistake(
    "x_t is missing from the candidate",
    hint="Three things are added up in the candidate: what of the past, what of the input, and "
    "a bias.",
)
def x_not_in_the_candidate(x, h0, W_in, W_xz, W_xr, W_hr, W_hh, b_z, b_r, b_h):
    h, hs = h0, []
    for t in range(x.shape[1]):
        x_t = x[:, t]
        z = sigmoid(x_t @ W_xz + b_z)
        r = sigmoid(x_t @ W_xr + h @ W_hr + b_r)
        h_tilde = np.tanh((r * h) @ W_hh + b_h)
        h = h_tilde * z + h * (1 - z)
        hs.append(h)
    return np.stack(hs, axis=1)


@MUT1_CELL.mistake(
    "r is applied after the product with W_hh (Keras's GRU with reset_after)",
    hint="Deck 5 has the circle inside the brackets: what is multiplied first?",
    convention=True,
)
def reset_after_product(x, h0, W_in, W_xz, W_xr, W_hr, W_hh, b_z, b_r, b_h):
    h, hs = h0, []
    for t in range(x.shape[1]):
        x_t = x[:, t]
        z = sigmoid(x_t @ W_xz + b_z)
        r = sigmoid(x_t @ W_xr + h @ W_hr + b_r)
        h_tilde = np.tanh(r * (h @ W_hh) + np.tanh(x_t @ W_in) + b_h)
        h = h_tilde * z + h * (1 - z)
        hs.append(h)
    return np.stack(hs, axis=1)


@MUT1_CELL.mistake(
    "r is computed and never used",
    hint="What does the candidate see of h_{t-1}: all of it?",
)
def reset_unused(x, h0, W_in, W_xz, W_xr, W_hr, W_hh, b_z, b_r, b_h):
    h, hs = h0, []
    for t in range(x.shape[1]):
        x_t = x[:, t]
        z = sigmoid(x_t @ W_xz + b_z)
        h_tilde = np.tanh(h @ W_hh + np.tanh(x_t @ W_in) + b_h)
        h = h_tilde * z + h * (1 - z)
        hs.append(h)
    return np.stack(hs, axis=1)


@MUT1_CELL.mistake(
    "W_xz and W_xr are exchanged",
    hint="z and r are both made from x_t. Each has its own matrix.",
)
def input_weights_of_gates_swapped(x, h0, W_in, W_xz, W_xr, W_hr, W_hh, b_z, b_r, b_h):
    h, hs = h0, []
    for t in range(x.shape[1]):
        x_t = x[:, t]
        z = sigmoid(x_t @ W_xr + b_z)
        r = sigmoid(x_t @ W_xz + h @ W_hr + b_r)
        h_tilde = np.tanh((r * h) @ W_hh + np.tanh(x_t @ W_in) + b_h)
        h = h_tilde * z + h * (1 - z)
        hs.append(h)
    return np.stack(hs, axis=1)


@MUT1_CELL.mistake(
    "W_hr and W_hh are exchanged",
    hint="Both are H x H, so nothing complains. Which one belongs to the reset gate?",
)
def recurrent_matrices_swapped(x, h0, W_in, W_xz, W_xr, W_hr, W_hh, b_z, b_r, b_h):
    h, hs = h0, []
    for t in range(x.shape[1]):
        x_t = x[:, t]
        z = sigmoid(x_t @ W_xz + b_z)
        r = sigmoid(x_t @ W_xr + h @ W_hh + b_r)
        h_tilde = np.tanh((r * h) @ W_hr + np.tanh(x_t @ W_in) + b_h)
        h = h_tilde * z + h * (1 - z)
        hs.append(h)
    return np.stack(hs, axis=1)


@MUT1_CELL.mistake(
    "b_z and b_r are exchanged",
    hint="The biases were sent in the order z, r, h.",
)
def biases_of_gates_swapped(x, h0, W_in, W_xz, W_xr, W_hr, W_hh, b_z, b_r, b_h):
    h, hs = h0, []
    for t in range(x.shape[1]):
        x_t = x[:, t]
        z = sigmoid(x_t @ W_xz + b_r)
        r = sigmoid(x_t @ W_xr + h @ W_hr + b_z)
        h_tilde = np.tanh((r * h) @ W_hh + np.tanh(x_t @ W_in) + b_h)
        h = h_tilde * z + h * (1 - z)
        hs.append(h)
    return np.stack(hs, axis=1)


@MUT1_CELL.mistake(
    "the update gate sees h_{t-1} too, through the reset gate's matrix",
    hint="MUT1's z looks at one thing only. That is what it is: read its first line.",
)
def z_sees_the_state(x, h0, W_in, W_xz, W_xr, W_hr, W_hh, b_z, b_r, b_h):
    h, hs = h0, []
    for t in range(x.shape[1]):
        x_t = x[:, t]
        z = sigmoid(x_t @ W_xz + h @ W_hr + b_z)
        r = sigmoid(x_t @ W_xr + h @ W_hr + b_r)
        h_tilde = np.tanh((r * h) @ W_hh + np.tanh(x_t @ W_in) + b_h)
        h = h_tilde * z + h * (1 - z)
        hs.append(h)
    return np.stack(hs, axis=1)


@MUT1_CELL.mistake(
    "the reset gate does not see h_{t-1}",
    hint="It is z that sees the input alone. What does r look at?",
)
def r_blind_to_the_state(x, h0, W_in, W_xz, W_xr, W_hr, W_hh, b_z, b_r, b_h):
    h, hs = h0, []
    for t in range(x.shape[1]):
        x_t = x[:, t]
        z = sigmoid(x_t @ W_xz + b_z)
        r = sigmoid(x_t @ W_xr + b_r)
        h_tilde = np.tanh((r * h) @ W_hh + np.tanh(x_t @ W_in) + b_h)
        h = h_tilde * z + h * (1 - z)
        hs.append(h)
    return np.stack(hs, axis=1)


@MUT1_CELL.mistake(
    "only the new part is taken: h_{t-1} is not kept",
    hint="Deck 5's equation for the new state has a second line.",
)
def nothing_kept(x, h0, W_in, W_xz, W_xr, W_hr, W_hh, b_z, b_r, b_h):
    h, hs = h0, []
    for t in range(x.shape[1]):
        x_t = x[:, t]
        z = sigmoid(x_t @ W_xz + b_z)
        r = sigmoid(x_t @ W_xr + h @ W_hr + b_r)
        h_tilde = np.tanh((r * h) @ W_hh + np.tanh(x_t @ W_in) + b_h)
        h = h_tilde * z
        hs.append(h)
    return np.stack(hs, axis=1)


@MUT1_CELL.mistake(
    "the old state is kept whole, whatever z is",
    hint="z lets in, and makes room for what it lets in. What is the old state multiplied by?",
)
def all_kept(x, h0, W_in, W_xz, W_xr, W_hr, W_hh, b_z, b_r, b_h):
    h, hs = h0, []
    for t in range(x.shape[1]):
        x_t = x[:, t]
        z = sigmoid(x_t @ W_xz + b_z)
        r = sigmoid(x_t @ W_xr + h @ W_hr + b_r)
        h_tilde = np.tanh((r * h) @ W_hh + np.tanh(x_t @ W_in) + b_h)
        h = h_tilde * z + h
        hs.append(h)
    return np.stack(hs, axis=1)


@MUT1_CELL.mistake(
    "z is squashed by tanh",
    hint="A gate lets through a share between nothing and all.",
)
def z_squashed_by_tanh(x, h0, W_in, W_xz, W_xr, W_hr, W_hh, b_z, b_r, b_h):
    h, hs = h0, []
    for t in range(x.shape[1]):
        x_t = x[:, t]
        z = np.tanh(x_t @ W_xz + b_z)
        r = sigmoid(x_t @ W_xr + h @ W_hr + b_r)
        h_tilde = np.tanh((r * h) @ W_hh + np.tanh(x_t @ W_in) + b_h)
        h = h_tilde * z + h * (1 - z)
        hs.append(h)
    return np.stack(hs, axis=1)


@MUT1_CELL.mistake(
    "the biases are left out",
    hint="Deck 5 gives each of the three equations a b.",
)
def no_biases(x, h0, W_in, W_xz, W_xr, W_hr, W_hh, b_z, b_r, b_h):
    h, hs = h0, []
    for t in range(x.shape[1]):
        x_t = x[:, t]
        z = sigmoid(x_t @ W_xz)
        r = sigmoid(x_t @ W_xr + h @ W_hr)
        h_tilde = np.tanh((r * h) @ W_hh + np.tanh(x_t @ W_in))
        h = h_tilde * z + h * (1 - z)
        hs.append(h)
    return np.stack(hs, axis=1)


@MUT1_CELL.mistake(
    "the given state is not handed to the layer: it starts from zeros",
    hint="A Keras layer takes its start by an argument of the call. Look for its name.",
)
def initial_state_ignored(x, h0, W_in, W_xz, W_xr, W_hr, W_hh, b_z, b_r, b_h):
    h, hs = np.zeros_like(h0), []
    for t in range(x.shape[1]):
        x_t = x[:, t]
        z = sigmoid(x_t @ W_xz + b_z)
        r = sigmoid(x_t @ W_xr + h @ W_hr + b_r)
        h_tilde = np.tanh((r * h) @ W_hh + np.tanh(x_t @ W_in) + b_h)
        h = h_tilde * z + h * (1 - z)
        hs.append(h)
    return np.stack(hs, axis=1)


@MUT1_CELL.mistake(
    "only the last state is returned: return_sequences is missing",
    hint="A Keras layer returns h_T alone unless it is told to return the sequence.",
)
def only_the_last_state(x, h0, W_in, W_xz, W_xr, W_hr, W_hh, b_z, b_r, b_h):
    h = h0
    for t in range(x.shape[1]):
        x_t = x[:, t]
        z = sigmoid(x_t @ W_xz + b_z)
        r = sigmoid(x_t @ W_xr + h @ W_hr + b_r)
        h_tilde = np.tanh((r * h) @ W_hh + np.tanh(x_t @ W_in) + b_h)
        h = h_tilde * z + h * (1 - z)
    return h
