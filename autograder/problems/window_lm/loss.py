"""The mean cross entropy of the fixed-window model."""

from __future__ import annotations

import numpy as np

from autograder.problem import Case, Output, Problem
from autograder.problems.draws import FLOAT32
from autograder.problems.window_lm.draws import with_targets
from lmkit.by_hand.window_lm import window_forward, window_loss

WINDOW_LOSS = Problem(
    name="window_loss",
    reference=window_loss,
    outputs=(Output("J"),),
    cases=(
        Case("a random batch", with_targets(), weight=3),
        Case("a single window, N = 1", with_targets(N=1)),
    ),
    source="Deck 2, J(theta)",
    uses=("window_forward",),
    rtol=FLOAT32,
)


@WINDOW_LOSS.mistake(
    "the loss is summed over the windows, not averaged",
    hint="Deck 2 divides: the loss of two texts of different length can then be compared.",
)
def summed(contexts, targets, E, W, b_1, U, b_2):
    _, y_hat = window_forward(contexts, E, W, b_1, U, b_2)
    return -np.log(y_hat[np.arange(len(targets)), targets]).sum()


@WINDOW_LOSS.mistake(
    "the minus sign is missing",
    hint="A probability is below one. What is the sign of its logarithm, and of a loss?",
)
def no_minus(contexts, targets, E, W, b_1, U, b_2):
    _, y_hat = window_forward(contexts, E, W, b_1, U, b_2)
    return np.log(y_hat[np.arange(len(targets)), targets]).mean()


@WINDOW_LOSS.mistake(
    "the loss is in bits (base 2)",
    hint="Bits are used, too. Here logarithms are natural, so that exp(J) is the perplexity.",
    convention=True,
)
def in_bits(contexts, targets, E, W, b_1, U, b_2):
    _, y_hat = window_forward(contexts, E, W, b_1, U, b_2)
    return -np.log2(y_hat[np.arange(len(targets)), targets]).mean()


@WINDOW_LOSS.mistake(
    "the logarithm has base 10",
    hint="Logarithms are natural here, so that exp(J) is the perplexity.",
)
def base_ten(contexts, targets, E, W, b_1, U, b_2):
    _, y_hat = window_forward(contexts, E, W, b_1, U, b_2)
    return -np.log10(y_hat[np.arange(len(targets)), targets]).mean()


@WINDOW_LOSS.mistake(
    "the perplexity is returned, exp of the loss",
    hint="Perplexity is exp(J). Here J itself is asked: it has the simpler gradient.",
)
def perplexity_returned(contexts, targets, E, W, b_1, U, b_2):
    _, y_hat = window_forward(contexts, E, W, b_1, U, b_2)
    return np.exp(-np.log(y_hat[np.arange(len(targets)), targets]).mean())


@WINDOW_LOSS.mistake(
    "the probabilities are averaged first, and then the logarithm is taken",
    hint="Deck 2: the mean of the losses. Mean and logarithm cannot be exchanged.",
)
def log_of_mean(contexts, targets, E, W, b_1, U, b_2):
    _, y_hat = window_forward(contexts, E, W, b_1, U, b_2)
    return -np.log(y_hat[np.arange(len(targets)), targets].mean())


@WINDOW_LOSS.mistake(
    "no logarithm is taken: it is the mean of 1 - p",
    hint="Deck 2: J is the mean of *-log* of the probability of the word that came.",
)
def no_logarithm(contexts, targets, E, W, b_1, U, b_2):
    _, y_hat = window_forward(contexts, E, W, b_1, U, b_2)
    return (1 - y_hat[np.arange(len(targets)), targets]).mean()


@WINDOW_LOSS.mistake(
    "the loss is divided by V as well: a mean over the whole one-hot matrix",
    hint="y is one-hot: how many words of a row count? The mean is over the N windows.",
)
def divided_by_V(contexts, targets, E, W, b_1, U, b_2):
    _, y_hat = window_forward(contexts, E, W, b_1, U, b_2)
    y = np.eye(y_hat.shape[1])[targets]
    return -(y * np.log(y_hat)).mean()


@WINDOW_LOSS.mistake(
    "it is the cross entropy of every word against every target: rows and columns are not paired",
    hint="y_hat[:, targets] is N by N. Window 1 is asked for target 1 only.",
)
def not_paired(contexts, targets, E, W, b_1, U, b_2):
    _, y_hat = window_forward(contexts, E, W, b_1, U, b_2)
    return -np.log(y_hat[:, targets]).mean()


@WINDOW_LOSS.mistake(
    "the loss is that of the last word of the window, not of the target",
    hint="Deck 1: predict what word comes *next*. Which argument holds these words?",
)
def last_word_asked(contexts, targets, E, W, b_1, U, b_2):
    _, y_hat = window_forward(contexts, E, W, b_1, U, b_2)
    return -np.log(y_hat[np.arange(len(targets)), contexts[:, -1]]).mean()


@WINDOW_LOSS.mistake(
    "the loss is that of the word that the model finds most likely",
    hint="The model is measured by the word that came, likely or not.",
)
def most_likely_asked(contexts, targets, E, W, b_1, U, b_2):
    _, y_hat = window_forward(contexts, E, W, b_1, U, b_2)
    return -np.log(y_hat.max(axis=1)).mean()


@WINDOW_LOSS.mistake(
    "it is the squared error against the one-hot target",
    hint="Deck 2: cross entropy. It is the squared error's better: it grows without bound as the "
    "probability goes to zero.",
)
def squared_error(contexts, targets, E, W, b_1, U, b_2):
    _, y_hat = window_forward(contexts, E, W, b_1, U, b_2)
    y = np.eye(y_hat.shape[1])[targets]
    return ((y_hat - y) ** 2).sum(axis=1).mean()


@WINDOW_LOSS.mistake(
    "every window's loss is returned, not their mean",
    hint="J is one number.",
)
def not_averaged(contexts, targets, E, W, b_1, U, b_2):
    _, y_hat = window_forward(contexts, E, W, b_1, U, b_2)
    return -np.log(y_hat[np.arange(len(targets)), targets])


@WINDOW_LOSS.mistake(
    "softmax is applied to the probabilities once more",
    hint="window_forward has applied it already.",
)
def softmax_again(contexts, targets, E, W, b_1, U, b_2):
    _, y_hat = window_forward(contexts, E, W, b_1, U, b_2)
    again = np.exp(y_hat) / np.exp(y_hat).sum(axis=1, keepdims=True)
    return -np.log(again[np.arange(len(targets)), targets]).mean()
