"""The gradients of the fixed-window model."""

from __future__ import annotations

import numpy as np

from autograder.problem import Case, Output, Problem
from autograder.problems.draws import FLOAT32
from autograder.problems.window_lm.draws import draw_few_words, with_targets
from lmkit.by_hand.window_lm import embed, embed_backward, window_backward, window_forward

WINDOW_BACKWARD = Problem(
    name="window_backward",
    reference=window_backward,
    outputs=(Output("dE"), Output("dW"), Output("db_1"), Output("dU"), Output("db_2")),
    cases=(
        Case("a random batch", with_targets(), weight=2),
        Case("a single window, N = 1", with_targets(N=1), weight=0.5),
        Case("windows of one word, n = 2", with_targets(words=1)),
        Case("two words that come again and again", draw_few_words),
    ),
    source="Deck 2, Fixed-window Neural Language Model",
    uses=("embed", "window_forward", "embed_backward"),
    rtol=FLOAT32,
)


@WINDOW_BACKWARD.mistake(
    "the derivative of tanh is left out",
    hint="On the way back you pass the curve, too. What is the slope of tanh, said by h itself?",
)
def no_slope(contexts, targets, E, W, b_1, U, b_2):
    h, y_hat = window_forward(contexts, E, W, b_1, U, b_2)
    ds = (y_hat - np.eye(len(b_2))[targets]) / len(targets)
    da = ds @ U.T
    dE = embed_backward(da @ W.T, contexts, len(E))
    return dE, embed(contexts, E).T @ da, da.sum(axis=0), h.T @ ds, ds.sum(axis=0)


@WINDOW_BACKWARD.mistake(
    "the slope of tanh is computed from what goes into tanh, not from h",
    hint="The slope is 1 minus the square of tanh. Which of your variables is the tanh?",
)
def slope_of_input(contexts, targets, E, W, b_1, U, b_2):
    h, y_hat = window_forward(contexts, E, W, b_1, U, b_2)
    a = embed(contexts, E) @ W + b_1
    ds = (y_hat - np.eye(len(b_2))[targets]) / len(targets)
    da = (ds @ U.T) * (1 - a**2)
    dE = embed_backward(da @ W.T, contexts, len(E))
    return dE, embed(contexts, E).T @ da, da.sum(axis=0), h.T @ ds, ds.sum(axis=0)


@WINDOW_BACKWARD.mistake(
    "the slope is taken at tanh(h): tanh is applied twice",
    hint="The slope is 1 minus the square of tanh, and h is a tanh already.",
)
def slope_of_tanh_h(contexts, targets, E, W, b_1, U, b_2):
    h, y_hat = window_forward(contexts, E, W, b_1, U, b_2)
    ds = (y_hat - np.eye(len(b_2))[targets]) / len(targets)
    da = (ds @ U.T) * (1 - np.tanh(h) ** 2)
    dE = embed_backward(da @ W.T, contexts, len(E))
    return dE, embed(contexts, E).T @ da, da.sum(axis=0), h.T @ ds, ds.sum(axis=0)


@WINDOW_BACKWARD.mistake(
    "the slope of tanh is written (1 - h)^2",
    hint="Check it where tanh is flat: h is 1 or -1, the slope zero in both.",
)
def bracket_squared(contexts, targets, E, W, b_1, U, b_2):
    h, y_hat = window_forward(contexts, E, W, b_1, U, b_2)
    ds = (y_hat - np.eye(len(b_2))[targets]) / len(targets)
    da = (ds @ U.T) * (1 - h) ** 2
    dE = embed_backward(da @ W.T, contexts, len(E))
    return dE, embed(contexts, E).T @ da, da.sum(axis=0), h.T @ ds, ds.sum(axis=0)


@WINDOW_BACKWARD.mistake(
    "the slope of the sigmoid, h (1 - h), is taken for that of tanh",
    hint="f is tanh here. What is its slope, said by h itself?",
)
def slope_of_sigmoid(contexts, targets, E, W, b_1, U, b_2):
    h, y_hat = window_forward(contexts, E, W, b_1, U, b_2)
    ds = (y_hat - np.eye(len(b_2))[targets]) / len(targets)
    da = (ds @ U.T) * h * (1 - h)
    dE = embed_backward(da @ W.T, contexts, len(E))
    return dE, embed(contexts, E).T @ da, da.sum(axis=0), h.T @ ds, ds.sum(axis=0)


@WINDOW_BACKWARD.mistake(
    "the target is not subtracted from y_hat",
    hint="If the model is certain and right, the gradient is zero. Is yours?",
)
def target_not_subtracted(contexts, targets, E, W, b_1, U, b_2):
    h, y_hat = window_forward(contexts, E, W, b_1, U, b_2)
    ds = y_hat / len(targets)
    da = (ds @ U.T) * (1 - h**2)
    dE = embed_backward(da @ W.T, contexts, len(E))
    return dE, embed(contexts, E).T @ da, da.sum(axis=0), h.T @ ds, ds.sum(axis=0)


@WINDOW_BACKWARD.mistake(
    "one is subtracted in every row for every word that is a target anywhere",
    hint="`a[:, ids]` takes all the ids in every row. You want one id in each.",
)
def subtracted_in_all_rows(contexts, targets, E, W, b_1, U, b_2):
    h, ds = window_forward(contexts, E, W, b_1, U, b_2)
    ds[:, targets] -= 1
    ds = ds / len(targets)
    da = (ds @ U.T) * (1 - h**2)
    dE = embed_backward(da @ W.T, contexts, len(E))
    return dE, embed(contexts, E).T @ da, da.sum(axis=0), h.T @ ds, ds.sum(axis=0)


@WINDOW_BACKWARD.mistake(
    "the sign is turned: y - y_hat",
    hint="The gradient points uphill. What happens to J when the score of a wrong word grows?",
)
def sign_turned(contexts, targets, E, W, b_1, U, b_2):
    h, y_hat = window_forward(contexts, E, W, b_1, U, b_2)
    ds = (np.eye(len(b_2))[targets] - y_hat) / len(targets)
    da = (ds @ U.T) * (1 - h**2)
    dE = embed_backward(da @ W.T, contexts, len(E))
    return dE, embed(contexts, E).T @ da, da.sum(axis=0), h.T @ ds, ds.sum(axis=0)


@WINDOW_BACKWARD.mistake(
    "the gradients are not divided by the number of windows",
    hint="J is a mean over N windows, and so is its gradient.",
)
def not_divided(contexts, targets, E, W, b_1, U, b_2):
    h, y_hat = window_forward(contexts, E, W, b_1, U, b_2)
    ds = y_hat - np.eye(len(b_2))[targets]
    da = (ds @ U.T) * (1 - h**2)
    dE = embed_backward(da @ W.T, contexts, len(E))
    return dE, embed(contexts, E).T @ da, da.sum(axis=0), h.T @ ds, ds.sum(axis=0)


@WINDOW_BACKWARD.mistake(
    "both biases are averaged over the windows, not summed",
    hint="The mean is in the gradient of the scores already. A bias is used once in each window.",
)
def biases_averaged(contexts, targets, E, W, b_1, U, b_2):
    h, y_hat = window_forward(contexts, E, W, b_1, U, b_2)
    ds = (y_hat - np.eye(len(b_2))[targets]) / len(targets)
    da = (ds @ U.T) * (1 - h**2)
    dE = embed_backward(da @ W.T, contexts, len(E))
    return dE, embed(contexts, E).T @ da, da.mean(axis=0), h.T @ ds, ds.mean(axis=0)


@WINDOW_BACKWARD.mistake(
    "the gradients are divided by the number of windows twice",
    hint="A mean divides once. What is left on the way back are sums.",
)
def divided_twice(contexts, targets, E, W, b_1, U, b_2):
    h, y_hat = window_forward(contexts, E, W, b_1, U, b_2)
    ds = (y_hat - np.eye(len(b_2))[targets]) / len(targets) ** 2
    da = (ds @ U.T) * (1 - h**2)
    dE = embed_backward(da @ W.T, contexts, len(E))
    return dE, embed(contexts, E).T @ da, da.sum(axis=0), h.T @ ds, ds.sum(axis=0)


@WINDOW_BACKWARD.mistake(
    "the softmax is passed as if every word stood alone: times y_hat (1 - y_hat)",
    hint="Softmax and cross entropy together have a gradient that is simpler than either's.",
)
def softmax_alone(contexts, targets, E, W, b_1, U, b_2):
    h, y_hat = window_forward(contexts, E, W, b_1, U, b_2)
    ds = (y_hat - np.eye(len(b_2))[targets]) * y_hat * (1 - y_hat) / len(targets)
    da = (ds @ U.T) * (1 - h**2)
    dE = embed_backward(da @ W.T, contexts, len(E))
    return dE, embed(contexts, E).T @ da, da.sum(axis=0), h.T @ ds, ds.sum(axis=0)


@WINDOW_BACKWARD.mistake(
    "the gradients of the biases are not summed over the windows",
    hint="db_1 has the shape of b_1. A bias is used once in each window.",
)
def biases_not_summed(contexts, targets, E, W, b_1, U, b_2):
    h, y_hat = window_forward(contexts, E, W, b_1, U, b_2)
    ds = (y_hat - np.eye(len(b_2))[targets]) / len(targets)
    da = (ds @ U.T) * (1 - h**2)
    dE = embed_backward(da @ W.T, contexts, len(E))
    return dE, embed(contexts, E).T @ da, da, h.T @ ds, ds


@WINDOW_BACKWARD.mistake(
    "dE keeps only the last gradient of a word that comes again",
    hint="The chain rule sums over all places at which a row of E is used: see embed_backward.",
)
def embeddings_overwritten(contexts, targets, E, W, b_1, U, b_2):
    h, y_hat = window_forward(contexts, E, W, b_1, U, b_2)
    ds = (y_hat - np.eye(len(b_2))[targets]) / len(targets)
    da = (ds @ U.T) * (1 - h**2)
    dE = np.zeros(E.shape)
    dE[contexts] += (da @ W.T).reshape(*contexts.shape, -1)
    return dE, embed(contexts, E).T @ da, da.sum(axis=0), h.T @ ds, ds.sum(axis=0)


@WINDOW_BACKWARD.mistake(
    "dE takes the words of the window in reverse order",
    hint="The first D numbers of de belong to the first word of the window.",
)
def embeddings_reversed(contexts, targets, E, W, b_1, U, b_2):
    h, y_hat = window_forward(contexts, E, W, b_1, U, b_2)
    ds = (y_hat - np.eye(len(b_2))[targets]) / len(targets)
    da = (ds @ U.T) * (1 - h**2)
    dE = embed_backward(da @ W.T, contexts[:, ::-1], len(E))
    return dE, embed(contexts, E).T @ da, da.sum(axis=0), h.T @ ds, ds.sum(axis=0)


@WINDOW_BACKWARD.mistake(
    "dE is zero: the embeddings are taken for fixed",
    hint="Deck 2's embeddings are learned with all the rest. What does W hand back to them?",
)
def embeddings_fixed(contexts, targets, E, W, b_1, U, b_2):
    h, y_hat = window_forward(contexts, E, W, b_1, U, b_2)
    ds = (y_hat - np.eye(len(b_2))[targets]) / len(targets)
    da = (ds @ U.T) * (1 - h**2)
    return np.zeros(E.shape), embed(contexts, E).T @ da, da.sum(axis=0), h.T @ ds, ds.sum(axis=0)


@WINDOW_BACKWARD.mistake(
    "dU pairs the gradient of the scores with what goes into tanh, not with h",
    hint="The gradient of a weight is its input times what comes back. What did U multiply?",
)
def output_layer_reads_a(contexts, targets, E, W, b_1, U, b_2):
    h, y_hat = window_forward(contexts, E, W, b_1, U, b_2)
    a = embed(contexts, E) @ W + b_1
    ds = (y_hat - np.eye(len(b_2))[targets]) / len(targets)
    da = (ds @ U.T) * (1 - h**2)
    dE = embed_backward(da @ W.T, contexts, len(E))
    return dE, embed(contexts, E).T @ da, da.sum(axis=0), a.T @ ds, ds.sum(axis=0)


@WINDOW_BACKWARD.mistake(
    "dW and dU are transposed",
    hint="A gradient has the shape of its weight. We write e @ W, so the input's axis comes first.",
)
def weights_transposed(contexts, targets, E, W, b_1, U, b_2):
    h, y_hat = window_forward(contexts, E, W, b_1, U, b_2)
    ds = (y_hat - np.eye(len(b_2))[targets]) / len(targets)
    da = (ds @ U.T) * (1 - h**2)
    dE = embed_backward(da @ W.T, contexts, len(E))
    return dE, da.T @ embed(contexts, E), da.sum(axis=0), ds.T @ h, ds.sum(axis=0)


@WINDOW_BACKWARD.mistake(
    "the gradients come in the order in which they are computed: dU, db_2, dW, db_1, dE",
    hint="See the docstring: the order of the arguments.",
)
def order_of_computing(contexts, targets, E, W, b_1, U, b_2):
    h, y_hat = window_forward(contexts, E, W, b_1, U, b_2)
    ds = (y_hat - np.eye(len(b_2))[targets]) / len(targets)
    da = (ds @ U.T) * (1 - h**2)
    dE = embed_backward(da @ W.T, contexts, len(E))
    return h.T @ ds, ds.sum(axis=0), embed(contexts, E).T @ da, da.sum(axis=0), dE


@WINDOW_BACKWARD.mistake(
    "the slope of tanh has h where h^2 belongs: 1 - h",
    hint="At h = 0 the slope is 1, and at h = -1? tanh is flat there.",
)
def slope_without_square(contexts, targets, E, W, b_1, U, b_2):
    N = len(targets)
    h, y_hat = window_forward(contexts, E, W, b_1, U, b_2)
    ds = (y_hat - np.eye(len(b_2))[targets]) / N
    da = (ds @ U.T) * (1 - h)
    dE = embed_backward(da @ W.T, contexts, len(E))
    return dE, embed(contexts, E).T @ da, da.sum(axis=0), h.T @ ds, ds.sum(axis=0)
