"""The LSTM, one step backward: six gradients, and two ways into the cell."""

from __future__ import annotations

from functools import partial

import numpy as np

from autograder.problem import Case, Output, Problem
from autograder.problems.cell_draws import faint_step_backward_inputs, lstm_step_backward_inputs
from autograder.problems.draws import FAINT_CASE, FLOAT32
from lmkit.by_hand.lstm import lstm_gates, lstm_step_backward

LSTM_STEP_BACKWARD = Problem(
    name="lstm_step_backward",
    reference=lstm_step_backward,
    outputs=(
        Output("dx"),
        Output("dh_prev"),
        Output("dc_prev"),
        Output("dW_x"),
        Output("dW_h"),
        Output("db"),
    ),
    cases=(
        Case("a random batch", lstm_step_backward_inputs),
        Case("a batch of one, N = 1", partial(lstm_step_backward_inputs, N=1), weight=0.5),
        Case(FAINT_CASE, faint_step_backward_inputs),
    ),
    source="Deck 3, Backpropagation in LSTM and GRU",
    uses=("lstm_gates",),
    rtol=FLOAT32,
)


@LSTM_STEP_BACKWARD.mistake(
    "dc of the next step is ignored",
    hint="The cell is reached twice: through h_t, and straight from c_{t+1}. That second way is "
    "deck 3's uninterrupted gradient flow.",
)
def upstream_dc_ignored(dh, dc, x, h_prev, c_prev, W_x, W_h, b):
    i, f, o, g = lstm_gates(x, h_prev, W_x, W_h, b)
    tanh_c = np.tanh(f * c_prev + i * g)
    dc = dh * o * (1 - tanh_c**2)
    do = dh * tanh_c
    di, df, dg = dc * g, dc * c_prev, dc * i
    da = np.hstack([di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * (1 - g**2)])
    return da @ W_x.T, da @ W_h.T, dc * f, x.T @ da, h_prev.T @ da, da.sum(axis=0)


@LSTM_STEP_BACKWARD.mistake(
    "only the dc that came from step t + 1 is handed back to c_{t-1}",
    hint="All that reaches c_t goes on to c_{t-1}, what came through h_t too.",
)
def dc_prev_from_next_step_alone(dh, dc, x, h_prev, c_prev, W_x, W_h, b):
    i, f, o, g = lstm_gates(x, h_prev, W_x, W_h, b)
    tanh_c = np.tanh(f * c_prev + i * g)
    dc_all = dc + dh * o * (1 - tanh_c**2)
    do = dh * tanh_c
    di, df, dg = dc_all * g, dc_all * c_prev, dc_all * i
    da = np.hstack([di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * (1 - g**2)])
    return da @ W_x.T, da @ W_h.T, dc * f, x.T @ da, h_prev.T @ da, da.sum(axis=0)


@LSTM_STEP_BACKWARD.mistake(
    "nothing flows from h_t into the cell",
    hint="h_t = o * tanh(c_t) has two factors. Both hand a gradient back.",
)
def no_way_from_h_to_c(dh, dc, x, h_prev, c_prev, W_x, W_h, b):
    i, f, o, g = lstm_gates(x, h_prev, W_x, W_h, b)
    tanh_c = np.tanh(f * c_prev + i * g)
    do = dh * tanh_c
    di, df, dg = dc * g, dc * c_prev, dc * i
    da = np.hstack([di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * (1 - g**2)])
    return da @ W_x.T, da @ W_h.T, dc * f, x.T @ da, h_prev.T @ da, da.sum(axis=0)


@LSTM_STEP_BACKWARD.mistake(
    "the derivative of tanh(c_t) is left out on the way from h_t to c_t",
    hint="Read h_t = o * tanh(c_t) from left to right: what stands between h_t and c_t?",
)
def no_tanh_derivative_in_h(dh, dc, x, h_prev, c_prev, W_x, W_h, b):
    i, f, o, g = lstm_gates(x, h_prev, W_x, W_h, b)
    tanh_c = np.tanh(f * c_prev + i * g)
    dc = dc + dh * o
    do = dh * tanh_c
    di, df, dg = dc * g, dc * c_prev, dc * i
    da = np.hstack([di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * (1 - g**2)])
    return da @ W_x.T, da @ W_h.T, dc * f, x.T @ da, h_prev.T @ da, da.sum(axis=0)


@LSTM_STEP_BACKWARD.mistake(
    "the derivative of tanh(c_t) is written 1 - c_t**2",
    hint="tanh' is 1 minus the square of something. Of what goes into tanh, or of what comes out?",
)
def tanh_derivative_at_c(dh, dc, x, h_prev, c_prev, W_x, W_h, b):
    i, f, o, g = lstm_gates(x, h_prev, W_x, W_h, b)
    c = f * c_prev + i * g
    tanh_c = np.tanh(c)
    dc = dc + dh * o * (1 - c**2)
    do = dh * tanh_c
    di, df, dg = dc * g, dc * c_prev, dc * i
    da = np.hstack([di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * (1 - g**2)])
    return da @ W_x.T, da @ W_h.T, dc * f, x.T @ da, h_prev.T @ da, da.sum(axis=0)


@LSTM_STEP_BACKWARD.mistake(
    "the output gate is left out on the way from h_t to c_t",
    hint="In the product o * tanh(c_t) the gradient of one factor holds the other one.",
)
def no_output_gate_in_dc(dh, dc, x, h_prev, c_prev, W_x, W_h, b):
    i, f, o, g = lstm_gates(x, h_prev, W_x, W_h, b)
    tanh_c = np.tanh(f * c_prev + i * g)
    dc = dc + dh * (1 - tanh_c**2)
    do = dh * tanh_c
    di, df, dg = dc * g, dc * c_prev, dc * i
    da = np.hstack([di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * (1 - g**2)])
    return da @ W_x.T, da @ W_h.T, dc * f, x.T @ da, h_prev.T @ da, da.sum(axis=0)


@LSTM_STEP_BACKWARD.mistake(
    "df is computed with c_t instead of c_{t-1}",
    hint="Which cell does the forget gate multiply?",
)
def df_from_new_cell(dh, dc, x, h_prev, c_prev, W_x, W_h, b):
    i, f, o, g = lstm_gates(x, h_prev, W_x, W_h, b)
    c = f * c_prev + i * g
    tanh_c = np.tanh(c)
    dc = dc + dh * o * (1 - tanh_c**2)
    do = dh * tanh_c
    di, df, dg = dc * g, dc * c, dc * i
    da = np.hstack([di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * (1 - g**2)])
    return da @ W_x.T, da @ W_h.T, dc * f, x.T @ da, h_prev.T @ da, da.sum(axis=0)


@LSTM_STEP_BACKWARD.mistake(
    "do is computed with c_t instead of tanh(c_t)",
    hint="Look at what the output gate multiplies. (Deck 5 prints h = o * c; that is a slip.)",
)
def do_without_tanh(dh, dc, x, h_prev, c_prev, W_x, W_h, b):
    i, f, o, g = lstm_gates(x, h_prev, W_x, W_h, b)
    c = f * c_prev + i * g
    tanh_c = np.tanh(c)
    dc = dc + dh * o * (1 - tanh_c**2)
    do = dh * c
    di, df, dg = dc * g, dc * c_prev, dc * i
    da = np.hstack([di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * (1 - g**2)])
    return da @ W_x.T, da @ W_h.T, dc * f, x.T @ da, h_prev.T @ da, da.sum(axis=0)


@LSTM_STEP_BACKWARD.mistake(
    "di is computed with i, and dg with g",
    hint="In the product i * g the gradient of one factor holds the other one.",
)
def di_and_dg_swapped(dh, dc, x, h_prev, c_prev, W_x, W_h, b):
    i, f, o, g = lstm_gates(x, h_prev, W_x, W_h, b)
    tanh_c = np.tanh(f * c_prev + i * g)
    dc = dc + dh * o * (1 - tanh_c**2)
    do = dh * tanh_c
    di, df, dg = dc * i, dc * c_prev, dc * g
    da = np.hstack([di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * (1 - g**2)])
    return da @ W_x.T, da @ W_h.T, dc * f, x.T @ da, h_prev.T @ da, da.sum(axis=0)


@LSTM_STEP_BACKWARD.mistake(
    "the gradients of i and f stand in each other's columns",
    hint="The columns of W_x are in the order of deck 3's stack, and so are those of its gradient.",
)
def di_and_df_swapped(dh, dc, x, h_prev, c_prev, W_x, W_h, b):
    i, f, o, g = lstm_gates(x, h_prev, W_x, W_h, b)
    tanh_c = np.tanh(f * c_prev + i * g)
    dc = dc + dh * o * (1 - tanh_c**2)
    do = dh * tanh_c
    di, df, dg = dc * g, dc * c_prev, dc * i
    da = np.hstack([df * f * (1 - f), di * i * (1 - i), do * o * (1 - o), dg * (1 - g**2)])
    return da @ W_x.T, da @ W_h.T, dc * f, x.T @ da, h_prev.T @ da, da.sum(axis=0)


@LSTM_STEP_BACKWARD.mistake(
    "the gradients stand in the order i, f, g, o (Keras, where g is called c, and PyTorch)",
    hint="Libraries order the four blocks differently. Here they stand as in deck 3's stack.",
    convention=True,
)
def gradients_in_keras_order(dh, dc, x, h_prev, c_prev, W_x, W_h, b):
    i, f, o, g = lstm_gates(x, h_prev, W_x, W_h, b)
    tanh_c = np.tanh(f * c_prev + i * g)
    dc = dc + dh * o * (1 - tanh_c**2)
    do = dh * tanh_c
    di, df, dg = dc * g, dc * c_prev, dc * i
    da = np.hstack([di * i * (1 - i), df * f * (1 - f), dg * (1 - g**2), do * o * (1 - o)])
    return da @ W_x.T, da @ W_h.T, dc * f, x.T @ da, h_prev.T @ da, da.sum(axis=0)


@LSTM_STEP_BACKWARD.mistake(
    "the derivative of sigma is left out for i, f and o",
    hint="di is the gradient of the gate. What lies between the gate and x W_x + h W_h + b?",
)
def no_sigmoid_derivative(dh, dc, x, h_prev, c_prev, W_x, W_h, b):
    i, f, o, g = lstm_gates(x, h_prev, W_x, W_h, b)
    tanh_c = np.tanh(f * c_prev + i * g)
    dc = dc + dh * o * (1 - tanh_c**2)
    do = dh * tanh_c
    di, df, dg = dc * g, dc * c_prev, dc * i
    da = np.hstack([di, df, do, dg * (1 - g**2)])
    return da @ W_x.T, da @ W_h.T, dc * f, x.T @ da, h_prev.T @ da, da.sum(axis=0)


@LSTM_STEP_BACKWARD.mistake(
    "the derivative of sigma is left out for o alone",
    hint="o is a gate like i and f. Is it treated like them?",
)
def no_sigmoid_derivative_at_o(dh, dc, x, h_prev, c_prev, W_x, W_h, b):
    i, f, o, g = lstm_gates(x, h_prev, W_x, W_h, b)
    tanh_c = np.tanh(f * c_prev + i * g)
    dc = dc + dh * o * (1 - tanh_c**2)
    do = dh * tanh_c
    di, df, dg = dc * g, dc * c_prev, dc * i
    da = np.hstack([di * i * (1 - i), df * f * (1 - f), do, dg * (1 - g**2)])
    return da @ W_x.T, da @ W_h.T, dc * f, x.T @ da, h_prev.T @ da, da.sum(axis=0)


@LSTM_STEP_BACKWARD.mistake(
    "the derivative of tanh is left out for g",
    hint="What lies between g and x W_x + h W_h + b?",
)
def no_tanh_derivative_at_g(dh, dc, x, h_prev, c_prev, W_x, W_h, b):
    i, f, o, g = lstm_gates(x, h_prev, W_x, W_h, b)
    tanh_c = np.tanh(f * c_prev + i * g)
    dc = dc + dh * o * (1 - tanh_c**2)
    do = dh * tanh_c
    di, df, dg = dc * g, dc * c_prev, dc * i
    da = np.hstack([di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg])
    return da @ W_x.T, da @ W_h.T, dc * f, x.T @ da, h_prev.T @ da, da.sum(axis=0)


@LSTM_STEP_BACKWARD.mistake(
    "the derivatives of sigma and tanh are left out for all four",
    hint="di is the gradient of the gate. What lies between the gate and x W_x + h W_h + b?",
)
def no_derivatives_of_gates(dh, dc, x, h_prev, c_prev, W_x, W_h, b):
    i, f, o, g = lstm_gates(x, h_prev, W_x, W_h, b)
    tanh_c = np.tanh(f * c_prev + i * g)
    dc = dc + dh * o * (1 - tanh_c**2)
    do = dh * tanh_c
    di, df, dg = dc * g, dc * c_prev, dc * i
    da = np.hstack([di, df, do, dg])
    return da @ W_x.T, da @ W_h.T, dc * f, x.T @ da, h_prev.T @ da, da.sum(axis=0)


@LSTM_STEP_BACKWARD.mistake(
    "g is treated as if it came from sigma",
    hint="Three of the four rows in deck 3's stack are alike. Which one is not?",
)
def sigmoid_derivative_at_g(dh, dc, x, h_prev, c_prev, W_x, W_h, b):
    i, f, o, g = lstm_gates(x, h_prev, W_x, W_h, b)
    tanh_c = np.tanh(f * c_prev + i * g)
    dc = dc + dh * o * (1 - tanh_c**2)
    do = dh * tanh_c
    di, df, dg = dc * g, dc * c_prev, dc * i
    da = np.hstack([di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * g * (1 - g)])
    return da @ W_x.T, da @ W_h.T, dc * f, x.T @ da, h_prev.T @ da, da.sum(axis=0)


@LSTM_STEP_BACKWARD.mistake(
    "dc_prev is handed back without the forget gate",
    hint="Straight back there is no matrix and no tanh on the way, but something there is. What "
    "multiplies c_{t-1}?",
)
def dc_prev_without_f(dh, dc, x, h_prev, c_prev, W_x, W_h, b):
    i, f, o, g = lstm_gates(x, h_prev, W_x, W_h, b)
    tanh_c = np.tanh(f * c_prev + i * g)
    dc = dc + dh * o * (1 - tanh_c**2)
    do = dh * tanh_c
    di, df, dg = dc * g, dc * c_prev, dc * i
    da = np.hstack([di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * (1 - g**2)])
    return da @ W_x.T, da @ W_h.T, dc, x.T @ da, h_prev.T @ da, da.sum(axis=0)


@LSTM_STEP_BACKWARD.mistake(
    "dW_h is computed with h_t instead of h_{t-1}",
    hint="The gradient of a matrix holds what was multiplied with it on the way forward.",
)
def dW_h_with_new_h(dh, dc, x, h_prev, c_prev, W_x, W_h, b):
    i, f, o, g = lstm_gates(x, h_prev, W_x, W_h, b)
    tanh_c = np.tanh(f * c_prev + i * g)
    dc = dc + dh * o * (1 - tanh_c**2)
    do = dh * tanh_c
    di, df, dg = dc * g, dc * c_prev, dc * i
    da = np.hstack([di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * (1 - g**2)])
    return da @ W_x.T, da @ W_h.T, dc * f, x.T @ da, (o * tanh_c).T @ da, da.sum(axis=0)


@LSTM_STEP_BACKWARD.mistake(
    "the gradients of the weights are divided by the batch size",
    hint="If the loss is a mean over the batch, dh holds that division already.",
)
def averaged_over_the_batch(dh, dc, x, h_prev, c_prev, W_x, W_h, b):
    i, f, o, g = lstm_gates(x, h_prev, W_x, W_h, b)
    tanh_c = np.tanh(f * c_prev + i * g)
    dc = dc + dh * o * (1 - tanh_c**2)
    do = dh * tanh_c
    di, df, dg = dc * g, dc * c_prev, dc * i
    da = np.hstack([di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * (1 - g**2)])
    dW_x, dW_h, db = x.T @ da, h_prev.T @ da, da.sum(axis=0)
    N = x.shape[0]
    return da @ W_x.T, da @ W_h.T, dc * f, dW_x / N, dW_h / N, db / N


@LSTM_STEP_BACKWARD.mistake(
    "db is not summed over the batch",
    hint="One b serves all N sequences. What happens to the gradient of something used N times?",
)
def db_not_summed(dh, dc, x, h_prev, c_prev, W_x, W_h, b):
    i, f, o, g = lstm_gates(x, h_prev, W_x, W_h, b)
    tanh_c = np.tanh(f * c_prev + i * g)
    dc = dc + dh * o * (1 - tanh_c**2)
    do = dh * tanh_c
    di, df, dg = dc * g, dc * c_prev, dc * i
    da = np.hstack([di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * (1 - g**2)])
    return da @ W_x.T, da @ W_h.T, dc * f, x.T @ da, h_prev.T @ da, da


@LSTM_STEP_BACKWARD.mistake(
    "the gradients are right, but dc is changed in place",
    hint="+= writes into the array that the caller still holds. Make a new one.",
)
def changes_dc(dh, dc, x, h_prev, c_prev, W_x, W_h, b):
    i, f, o, g = lstm_gates(x, h_prev, W_x, W_h, b)
    tanh_c = np.tanh(f * c_prev + i * g)
    dc += dh * o * (1 - tanh_c**2)
    do = dh * tanh_c
    di, df, dg = dc * g, dc * c_prev, dc * i
    da = np.hstack([di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * (1 - g**2)])
    return da @ W_x.T, da @ W_h.T, dc * f, x.T @ da, h_prev.T @ da, da.sum(axis=0)


@LSTM_STEP_BACKWARD.mistake(
    "the dc of step t + 1 goes through the tanh of h_t, too",
    hint="c_t is used in two places. Which of the two ways leads through tanh?",
)
def dc_through_tanh(dh, dc, x, h_prev, c_prev, W_x, W_h, b):
    i, f, o, g = lstm_gates(x, h_prev, W_x, W_h, b)
    tanh_c = np.tanh(f * c_prev + i * g)
    dc = (dc + dh * o) * (1 - tanh_c**2)
    do = dh * tanh_c
    di, df, dg = dc * g, dc * c_prev, dc * i
    da = np.hstack([di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * (1 - g**2)])
    return da @ W_x.T, da @ W_h.T, dc * f, x.T @ da, h_prev.T @ da, da.sum(axis=0)


@LSTM_STEP_BACKWARD.mistake(
    "o gets its gradient from c_t's, not from h_t's",
    hint="Line 4 of the table: of what is o a factor?",
)
def do_from_dc(dh, dc, x, h_prev, c_prev, W_x, W_h, b):
    i, f, o, g = lstm_gates(x, h_prev, W_x, W_h, b)
    tanh_c = np.tanh(f * c_prev + i * g)
    dc = dc + dh * o * (1 - tanh_c**2)
    do = dc * tanh_c
    di, df, dg = dc * g, dc * c_prev, dc * i
    da = np.hstack([di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * (1 - g**2)])
    return da @ W_x.T, da @ W_h.T, dc * f, x.T @ da, h_prev.T @ da, da.sum(axis=0)


@LSTM_STEP_BACKWARD.mistake(
    "i, f and o are treated as if they came from tanh",
    hint="The table has one rule for sigma and one for tanh. Which of them made the gates?",
)
def gates_as_tanh(dh, dc, x, h_prev, c_prev, W_x, W_h, b):
    i, f, o, g = lstm_gates(x, h_prev, W_x, W_h, b)
    tanh_c = np.tanh(f * c_prev + i * g)
    dc = dc + dh * o * (1 - tanh_c**2)
    do = dh * tanh_c
    di, df, dg = dc * g, dc * c_prev, dc * i
    da = np.hstack([di * (1 - i**2), df * (1 - f**2), do * (1 - o**2), dg * (1 - g**2)])
    return da @ W_x.T, da @ W_h.T, dc * f, x.T @ da, h_prev.T @ da, da.sum(axis=0)
