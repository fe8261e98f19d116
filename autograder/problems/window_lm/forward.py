"""The model forward: from a window to a distribution over the next word."""

from __future__ import annotations

import numpy as np

from autograder.problem import Case, Output, Problem
from autograder.problems.draws import FLOAT32, Rng, in_float32
from autograder.problems.window_lm.draws import Arguments, forward
from lmkit.by_hand.window_lm import embed, window_forward


def draw_huge_scores(rng: Rng) -> Arguments:
    """Output biases of two groups far apart, and a unit that is 1 or -1 and moves all scores.

    Scores are about 730 in some windows and about 1480 in others. exp overflows whatever is taken
    off but the largest: nothing, the smallest, the first, the mean. The largest of all windows is
    too large for most.
    """
    while True:
        contexts, E, W, b_1, U, b_2 = forward()(rng)
        W[:, 0] *= 1e3
        signs = np.tanh(embed(contexts, E) @ W + b_1)[:, 0]
        if np.abs(signs).min() == 1 and np.ptp(signs) == 2:
            break
    U[0] = in_float32(U[0] + 375)
    low = np.arange(b_2.size) % 3 == 0
    return contexts, E, W, b_1, U, in_float32(b_2 + 1105 - rng.uniform(3e3, 5e3) * low)


WINDOW_FORWARD = Problem(
    name="window_forward",
    reference=window_forward,
    outputs=(Output("h"), Output("y_hat")),
    cases=(
        Case("a random batch", forward(), weight=2),
        Case("a single window, N = 1", forward(N=1)),
        Case("windows of one word, n = 2", forward(words=1)),
        Case("scores of about 700 or 1500, and others far below", draw_huge_scores),
    ),
    source="Deck 2, Fixed-window Neural Language Model",
    uses=("embed",),
    rtol=FLOAT32,
)


@WINDOW_FORWARD.mistake(
    "tanh is left out",
    hint="Deck 2: h = f(We + b1). Without f the two layers are one matrix product.",
)
def no_tanh(contexts, E, W, b_1, U, b_2):
    h = embed(contexts, E) @ W + b_1
    s = h @ U + b_2
    exp_s = np.exp(s - s.max(axis=1, keepdims=True))
    return h, exp_s / exp_s.sum(axis=1, keepdims=True)


@WINDOW_FORWARD.mistake(
    "f is the sigmoid",
    hint="The sigmoid is an f, too. The letters' table above says which one we take.",
    convention=True,
)
def sigmoid_hidden(contexts, E, W, b_1, U, b_2):
    h = 1 / (1 + np.exp(-(embed(contexts, E) @ W + b_1)))
    s = h @ U + b_2
    exp_s = np.exp(s - s.max(axis=1, keepdims=True))
    return h, exp_s / exp_s.sum(axis=1, keepdims=True)


@WINDOW_FORWARD.mistake(
    "f is ReLU",
    hint="ReLU is an f, too. The letters' table above says which one we take.",
    convention=True,
)
def relu_hidden(contexts, E, W, b_1, U, b_2):
    h = np.maximum(embed(contexts, E) @ W + b_1, 0)
    s = h @ U + b_2
    exp_s = np.exp(s - s.max(axis=1, keepdims=True))
    return h, exp_s / exp_s.sum(axis=1, keepdims=True)


@WINDOW_FORWARD.mistake(
    "the hidden bias b_1 is left out",
    hint="Deck 2: h = f(We + b1). Which of its letters is missing?",
)
def no_hidden_bias(contexts, E, W, b_1, U, b_2):
    h = np.tanh(embed(contexts, E) @ W)
    s = h @ U + b_2
    exp_s = np.exp(s - s.max(axis=1, keepdims=True))
    return h, exp_s / exp_s.sum(axis=1, keepdims=True)


@WINDOW_FORWARD.mistake(
    "b_1 is added outside tanh",
    hint="Deck 2: h = f(We + b1). Where does the bracket close?",
)
def bias_outside(contexts, E, W, b_1, U, b_2):
    h = np.tanh(embed(contexts, E) @ W) + b_1
    s = h @ U + b_2
    exp_s = np.exp(s - s.max(axis=1, keepdims=True))
    return h, exp_s / exp_s.sum(axis=1, keepdims=True)


@WINDOW_FORWARD.mistake(
    "the words of the window are in reverse order",
    hint="Deck 2: e = [e1; e2; e3; e4], in the order of the text. Call your own embed.",
)
def reversed_window(contexts, E, W, b_1, U, b_2):
    h = np.tanh(embed(contexts[:, ::-1], E) @ W + b_1)
    s = h @ U + b_2
    exp_s = np.exp(s - s.max(axis=1, keepdims=True))
    return h, exp_s / exp_s.sum(axis=1, keepdims=True)


@WINDOW_FORWARD.mistake(
    "the output bias b_2 is left out",
    hint="Deck 2: softmax(Uh + b2). Which of its letters is missing?",
)
def no_output_bias(contexts, E, W, b_1, U, b_2):
    h = np.tanh(embed(contexts, E) @ W + b_1)
    s = h @ U
    exp_s = np.exp(s - s.max(axis=1, keepdims=True))
    return h, exp_s / exp_s.sum(axis=1, keepdims=True)


@WINDOW_FORWARD.mistake(
    "exp overflows: the largest score of each row is not taken off first",
    hint="exp(1000) is inf, and inf / inf is not a number. What you subtract from a row cancels in "
    "the quotient. How large may the largest number be that is left?",
)
def overflows(contexts, E, W, b_1, U, b_2):
    h = np.tanh(embed(contexts, E) @ W + b_1)
    exp_s = np.exp(h @ U + b_2)
    return h, exp_s / exp_s.sum(axis=1, keepdims=True)


@WINDOW_FORWARD.mistake(
    "the scores (logits) are returned, before the softmax",
    hint="y_hat is a distribution: its rows sum to one. What turns scores into one?",
)
def logits_returned(contexts, E, W, b_1, U, b_2):
    h = np.tanh(embed(contexts, E) @ W + b_1)
    return h, h @ U + b_2


@WINDOW_FORWARD.mistake(
    "the logarithms of the probabilities are returned",
    hint="y_hat is a distribution: its rows sum to one.",
)
def logarithms_returned(contexts, E, W, b_1, U, b_2):
    h = np.tanh(embed(contexts, E) @ W + b_1)
    s = h @ U + b_2
    s = s - s.max(axis=1, keepdims=True)
    return h, s - np.log(np.exp(s).sum(axis=1, keepdims=True))


@WINDOW_FORWARD.mistake(
    "softmax runs over the batch: every column sums to one, not every row",
    hint="A distribution is over the V words. Along which axis do they stand?",
)
def softmax_over_batch(contexts, E, W, b_1, U, b_2):
    h = np.tanh(embed(contexts, E) @ W + b_1)
    s = h @ U + b_2
    exp_s = np.exp(s - s.max(axis=0))
    return h, exp_s / exp_s.sum(axis=0)


@WINDOW_FORWARD.mistake(
    "the sum below the fraction runs over all windows together",
    hint="Every window has a distribution of its own. Do your rows sum to one?",
)
def one_sum_for_all(contexts, E, W, b_1, U, b_2):
    h = np.tanh(embed(contexts, E) @ W + b_1)
    s = h @ U + b_2
    exp_s = np.exp(s - s.max(axis=1, keepdims=True))
    return h, exp_s / exp_s.sum()


@WINDOW_FORWARD.mistake(
    "tanh is applied to the scores, too",
    hint="Deck 2 has f in the hidden layer only. Between -1 and 1 no word can be very likely.",
)
def tanh_on_scores(contexts, E, W, b_1, U, b_2):
    h = np.tanh(embed(contexts, E) @ W + b_1)
    s = np.tanh(h @ U + b_2)
    exp_s = np.exp(s - s.max(axis=1, keepdims=True))
    return h, exp_s / exp_s.sum(axis=1, keepdims=True)


@WINDOW_FORWARD.mistake(
    "softmax is applied twice",
    hint="Once makes a distribution of scores. What does it make of a distribution?",
)
def softmax_twice(contexts, E, W, b_1, U, b_2):
    h = np.tanh(embed(contexts, E) @ W + b_1)
    s = h @ U + b_2
    for _ in range(2):
        exp_s = np.exp(s - s.max(axis=1, keepdims=True))
        s = exp_s / exp_s.sum(axis=1, keepdims=True)
    return h, s


@WINDOW_FORWARD.mistake(
    "h and y_hat are returned in the other order",
    hint="See the docstring: h first.",
)
def other_order(contexts, E, W, b_1, U, b_2):
    h = np.tanh(embed(contexts, E) @ W + b_1)
    s = h @ U + b_2
    exp_s = np.exp(s - s.max(axis=1, keepdims=True))
    return exp_s / exp_s.sum(axis=1, keepdims=True), h


@WINDOW_FORWARD.mistake(
    "the largest score of the whole array is taken off, and rows far below it vanish",
    hint="exp(-800) is rounded to 0, and 0 / 0 is not a number. Whose largest score is safe for a "
    "row?",
)
def largest_of_all(contexts, E, W, b_1, U, b_2):
    h = np.tanh(embed(contexts, E) @ W + b_1)
    s = h @ U + b_2
    exp_s = np.exp(s - s.max())
    return h, exp_s / exp_s.sum(axis=1, keepdims=True)
