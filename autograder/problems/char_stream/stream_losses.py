"""A stream is read batch by batch, with the state carried."""

from __future__ import annotations

from functools import partial

import numpy as np

from autograder.problem import Case, Output, Problem
from autograder.problems.char_stream.draws import batches
from lmkit.by_hand.char_lstm import char_lstm
from lmkit.by_hand.softmax import cross_entropy, softmax
from lmkit.by_hand.stream import stream_losses

STREAM_LOSSES = Problem(
    name="stream_losses",
    reference=stream_losses,
    outputs=(Output("losses", weight=2), Output("h"), Output("c")),
    cases=(
        Case("several batches", batches),
        Case("one batch, B = 1", partial(batches, B=1), weight=0.5),
    ),
    source="Deck 5, Truncated backpropagation through time: carry hidden state forward",
    uses=("char_lstm",),
    frameworks=("keras",),
    rtol=5e-4,
)


@STREAM_LOSSES.mistake(
    "the state is set to zero at the start of every batch",
    hint="Deck 5: carry the hidden state forward for ever. Only the gradient stops at the border.",
)
def state_reset(x, y, E, kernel, recurrent_kernel, bias, W_y, b_y):
    h = c = zeros = np.zeros((x.shape[1], len(recurrent_kernel)))
    losses = []
    for x_b, y_b in zip(x, y, strict=True):
        logits, h, c = char_lstm(x_b, zeros, zeros, E, kernel, recurrent_kernel, bias, W_y, b_y)
        losses.append(cross_entropy(logits, y_b))
    return np.array(losses), h, c


@STREAM_LOSSES.mistake(
    "h is carried, and c starts from zeros at every batch",
    hint="An LSTM has two states. The long-term memory is the other one.",
)
def cell_reset(x, y, E, kernel, recurrent_kernel, bias, W_y, b_y):
    h = c = zeros = np.zeros((x.shape[1], len(recurrent_kernel)))
    losses = []
    for x_b, y_b in zip(x, y, strict=True):
        logits, h, c = char_lstm(x_b, h, zeros, E, kernel, recurrent_kernel, bias, W_y, b_y)
        losses.append(cross_entropy(logits, y_b))
    return np.array(losses), h, c


@STREAM_LOSSES.mistake(
    "c is carried, and h starts from zeros at every batch",
    hint="An LSTM has two states. Which one do the gates look at?",
)
def hidden_state_reset(x, y, E, kernel, recurrent_kernel, bias, W_y, b_y):
    h = c = zeros = np.zeros((x.shape[1], len(recurrent_kernel)))
    losses = []
    for x_b, y_b in zip(x, y, strict=True):
        logits, h, c = char_lstm(x_b, zeros, c, E, kernel, recurrent_kernel, bias, W_y, b_y)
        losses.append(cross_entropy(logits, y_b))
    return np.array(losses), h, c


@STREAM_LOSSES.mistake(
    "h and c change places from batch to batch",
    hint="char_lstm takes h before c, and returns h before c.",
)
def states_change_places(x, y, E, kernel, recurrent_kernel, bias, W_y, b_y):
    h = c = np.zeros((x.shape[1], len(recurrent_kernel)))
    losses = []
    for x_b, y_b in zip(x, y, strict=True):
        logits, c, h = char_lstm(x_b, h, c, E, kernel, recurrent_kernel, bias, W_y, b_y)
        losses.append(cross_entropy(logits, y_b))
    return np.array(losses), h, c


@STREAM_LOSSES.mistake(
    "a batch's loss is the sum over its characters, not their mean",
    hint="Nats per character: how many characters has a batch?",
)
def summed(x, y, E, kernel, recurrent_kernel, bias, W_y, b_y):
    h = c = np.zeros((x.shape[1], len(recurrent_kernel)))
    losses = []
    for x_b, y_b in zip(x, y, strict=True):
        logits, h, c = char_lstm(x_b, h, c, E, kernel, recurrent_kernel, bias, W_y, b_y)
        losses.append(cross_entropy(logits, y_b) * y_b.size)
    return np.array(losses), h, c


@STREAM_LOSSES.mistake(
    "the loss is summed over time and averaged over the rows alone",
    hint="Nats per character: a batch has N times T of them.",
)
def summed_over_time(x, y, E, kernel, recurrent_kernel, bias, W_y, b_y):
    h = c = np.zeros((x.shape[1], len(recurrent_kernel)))
    losses = []
    for x_b, y_b in zip(x, y, strict=True):
        logits, h, c = char_lstm(x_b, h, c, E, kernel, recurrent_kernel, bias, W_y, b_y)
        losses.append(cross_entropy(logits, y_b) * y_b.shape[1])
    return np.array(losses), h, c


@STREAM_LOSSES.mistake(
    "the losses are in bits, not in nats",
    hint="The cross entropy of the lectures has the natural logarithm. Bits come later.",
    convention=True,
)
def in_bits(x, y, E, kernel, recurrent_kernel, bias, W_y, b_y):
    h = c = np.zeros((x.shape[1], len(recurrent_kernel)))
    losses = []
    for x_b, y_b in zip(x, y, strict=True):
        logits, h, c = char_lstm(x_b, h, c, E, kernel, recurrent_kernel, bias, W_y, b_y)
        losses.append(cross_entropy(logits, y_b) / np.log(2))
    return np.array(losses), h, c


@STREAM_LOSSES.mistake(
    "the targets are the inputs: the model is asked for what it has just read",
    hint="Two arrays were given. What is the second one for?",
)
def asked_for_the_inputs(x, y, E, kernel, recurrent_kernel, bias, W_y, b_y):
    h = c = np.zeros((x.shape[1], len(recurrent_kernel)))
    losses = []
    for x_b in x:
        logits, h, c = char_lstm(x_b, h, c, E, kernel, recurrent_kernel, bias, W_y, b_y)
        losses.append(cross_entropy(logits, x_b))
    return np.array(losses), h, c


@STREAM_LOSSES.mistake(
    "the logits are softmaxed twice: probabilities are given to a loss that takes logits",
    hint="SparseCategoricalCrossentropy has to be told what it gets: from_logits.",
)
def softmax_twice(x, y, E, kernel, recurrent_kernel, bias, W_y, b_y):
    h = c = np.zeros((x.shape[1], len(recurrent_kernel)))
    losses = []
    for x_b, y_b in zip(x, y, strict=True):
        logits, h, c = char_lstm(x_b, h, c, E, kernel, recurrent_kernel, bias, W_y, b_y)
        losses.append(cross_entropy(softmax(logits), y_b))
    return np.array(losses), h, c


@STREAM_LOSSES.mistake(
    "only the last character of each row counts",
    hint="The model is asked at every place. How many losses has a batch?",
)
def last_place_alone(x, y, E, kernel, recurrent_kernel, bias, W_y, b_y):
    h = c = np.zeros((x.shape[1], len(recurrent_kernel)))
    losses = []
    for x_b, y_b in zip(x, y, strict=True):
        logits, h, c = char_lstm(x_b, h, c, E, kernel, recurrent_kernel, bias, W_y, b_y)
        losses.append(cross_entropy(logits[:, -1:], y_b[:, -1:]))
    return np.array(losses), h, c


@STREAM_LOSSES.mistake(
    "the perplexity of each batch is returned, not its loss",
    hint="The mean of perplexities is not the perplexity of the mean: keep nats for as long as you "
    "average.",
)
def perplexities(x, y, E, kernel, recurrent_kernel, bias, W_y, b_y):
    h = c = np.zeros((x.shape[1], len(recurrent_kernel)))
    losses = []
    for x_b, y_b in zip(x, y, strict=True):
        logits, h, c = char_lstm(x_b, h, c, E, kernel, recurrent_kernel, bias, W_y, b_y)
        losses.append(np.exp(cross_entropy(logits, y_b)))
    return np.array(losses), h, c


@STREAM_LOSSES.mistake(
    "the mean over all batches is returned, one number",
    hint="One loss for each batch is asked, so that a curve can be drawn.",
)
def one_mean(x, y, E, kernel, recurrent_kernel, bias, W_y, b_y):
    h = c = np.zeros((x.shape[1], len(recurrent_kernel)))
    losses = []
    for x_b, y_b in zip(x, y, strict=True):
        logits, h, c = char_lstm(x_b, h, c, E, kernel, recurrent_kernel, bias, W_y, b_y)
        losses.append(cross_entropy(logits, y_b))
    return np.mean(losses), h, c


@STREAM_LOSSES.mistake(
    "the batches are read from the last to the first",
    hint="The state is that of a reader: it goes through the text in the text's order.",
)
def read_backwards(x, y, E, kernel, recurrent_kernel, bias, W_y, b_y):
    h = c = np.zeros((x.shape[1], len(recurrent_kernel)))
    losses = []
    for x_b, y_b in zip(x[::-1], y[::-1], strict=True):
        logits, h, c = char_lstm(x_b, h, c, E, kernel, recurrent_kernel, bias, W_y, b_y)
        losses.append(cross_entropy(logits, y_b))
    return np.array(losses[::-1]), h, c


@STREAM_LOSSES.mistake(
    "the minus sign is missing",
    hint="The logarithm of a probability is below zero. And a loss?",
)
def sign_turned(x, y, E, kernel, recurrent_kernel, bias, W_y, b_y):
    h = c = np.zeros((x.shape[1], len(recurrent_kernel)))
    losses = []
    for x_b, y_b in zip(x, y, strict=True):
        logits, h, c = char_lstm(x_b, h, c, E, kernel, recurrent_kernel, bias, W_y, b_y)
        losses.append(-cross_entropy(logits, y_b))
    return np.array(losses), h, c
