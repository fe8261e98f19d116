"""Truncated BPTT: the state goes on across the border of a chunk, the gradient does not."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.problem import Case, Draw, Output, Problem
from autograder.problems.draws import FLOAT32, UPSTREAM, Rng, distinct_sizes, normal
from autograder.problems.rnn_draws import sequence_arguments
from lmkit.by_hand.rnn import (
    rnn_sequence,
    rnn_sequence_backward,
    rnn_step_backward,
    rnn_truncated_backward,
)


def chunked(rng: Rng, T: int, k: int) -> tuple[Any, ...]:
    """dh, x, h0, W_x, W_h, b, k for T steps in chunks of k."""
    N, D, H = distinct_sizes(rng, 3, low=3)
    return normal(rng, N, T, H, scale=UPSTREAM), *sequence_arguments(rng, N, T, D, H), k


def draw_even(rng: Rng) -> tuple[Any, ...]:
    """Three or four chunks, all full."""
    k = int(rng.integers(3, 5))
    return chunked(rng, k * int(rng.integers(3, 5)), k)


def draw_short_last(rng: Rng) -> tuple[Any, ...]:
    """Two or three full chunks and one that is shorter."""
    k = int(rng.integers(4, 6))
    return chunked(rng, k * int(rng.integers(2, 4)) + int(rng.integers(2, k)), k)


def of_size(T: int, k: int) -> Draw:
    """Sizes that are what the case is about."""

    def draw(rng: Rng) -> tuple[Any, ...]:
        return chunked(rng, T, k)

    return draw


RNN_TRUNCATED_BACKWARD = Problem(
    name="rnn_truncated_backward",
    reference=rnn_truncated_backward,
    outputs=(
        Output("dx"),
        Output("dh0"),
        Output("dW_x", weight=1.5),
        Output("dW_h", weight=1.5),
        Output("db"),
    ),
    cases=(
        Case("chunks that fill the sequence", draw_even, weight=2),
        Case("a last chunk that is shorter", draw_short_last, weight=2),
        Case("chunks of a single step, k = 1", of_size(T=5, k=1)),
        Case("a chunk longer than the sequence, k > T", of_size(T=4, k=7), weight=0.5),
    ),
    source="Deck 5, Truncated backpropagation through time",
    uses=("rnn_sequence_backward", "rnn_step_backward", "rnn_sequence", "rnn_step"),
    rtol=FLOAT32,
)


@RNN_TRUNCATED_BACKWARD.mistake(
    "the state is set to zero at the start of each chunk",
    hint="Carry hidden states forward forever: what is cut at a border is the gradient alone.",
)
def state_zeroed(dh, x, h0, W_x, W_h, b, k):
    dx, start_dh0, state = np.zeros(x.shape), None, h0
    total = [np.zeros(w.shape) for w in (W_x, W_h, b)]
    for start in range(0, x.shape[1], k):
        chunk = slice(start, start + k)
        dx[:, chunk], dstate, *weights = rnn_sequence_backward(
            dh[:, chunk], x[:, chunk], state, W_x, W_h, b
        )
        total = [whole + part for whole, part in zip(total, weights, strict=True)]
        start_dh0 = dstate if start == 0 else start_dh0
        state = np.zeros(h0.shape)
    return dx, start_dh0, *total


@RNN_TRUNCATED_BACKWARD.mistake(
    "each chunk starts from h0 again",
    hint="Carry hidden states forward forever. In which state did the chunk before end?",
)
def state_from_h0_again(dh, x, h0, W_x, W_h, b, k):
    dx, start_dh0 = np.zeros(x.shape), None
    total = [np.zeros(w.shape) for w in (W_x, W_h, b)]
    for start in range(0, x.shape[1], k):
        chunk = slice(start, start + k)
        dx[:, chunk], dstate, *weights = rnn_sequence_backward(
            dh[:, chunk], x[:, chunk], h0, W_x, W_h, b
        )
        total = [whole + part for whole, part in zip(total, weights, strict=True)]
        start_dh0 = dstate if start == 0 else start_dh0
    return dx, start_dh0, *total


@RNN_TRUNCATED_BACKWARD.mistake(
    "the gradient is let through at the borders: nothing is truncated",
    hint="Only backpropagate for some smaller number of steps. What stops at a border?",
)
def nothing_truncated(dh, x, h0, W_x, W_h, b, k):
    return rnn_sequence_backward(dh, x, h0, W_x, W_h, b)


@RNN_TRUNCATED_BACKWARD.mistake(
    "the gradient is cut one step off: behind the first step of a chunk, not in front of it",
    hint="A border lies between two steps. Which of the two gets no gradient from the other?",
)
def cut_one_step_off(dh, x, h0, W_x, W_h, b, k):
    before = np.concatenate([h0[:, None], rnn_sequence(x, h0, W_x, W_h, b)[:, :-1]], axis=1)
    dx, dstate = np.zeros(x.shape), np.zeros(h0.shape)
    total = [np.zeros(w.shape) for w in (W_x, W_h, b)]
    for t in reversed(range(x.shape[1])):
        dh_t = dh[:, t] + (0 if t % k == 0 else dstate)
        dx[:, t], dstate, *weights = rnn_step_backward(dh_t, x[:, t], before[:, t], W_x, W_h, b)
        total = [whole + part for whole, part in zip(total, weights, strict=True)]
    return dx, dstate, *total


@RNN_TRUNCATED_BACKWARD.mistake(
    "each loss goes back k steps of its own, a sliding window (deck 5's quiz)",
    hint="The quiz cuts m steps behind every loss. Here the sequence is cut into chunks, once.",
    convention=True,
)
def sliding_window(dh, x, h0, W_x, W_h, b, k):
    h = rnn_sequence(x, h0, W_x, W_h, b)
    dx, start_dh0 = np.zeros(x.shape), np.zeros(h0.shape)
    total = [np.zeros(w.shape) for w in (W_x, W_h, b)]
    for t in range(x.shape[1]):
        start = max(0, t - k + 1)
        window = slice(start, t + 1)
        dh_t = np.zeros(dh[:, window].shape)
        dh_t[:, -1] = dh[:, t]
        state = h0 if start == 0 else h[:, start - 1]
        dx_t, dstate, *weights = rnn_sequence_backward(dh_t, x[:, window], state, W_x, W_h, b)
        dx[:, window] += dx_t
        total = [whole + part for whole, part in zip(total, weights, strict=True)]
        start_dh0 = start_dh0 + (dstate if start == 0 else 0)
    return dx, start_dh0, *total


@RNN_TRUNCATED_BACKWARD.mistake(
    "dh0 comes from the last chunk",
    hint="h_0 stands in front of the first chunk. Does a gradient of a later one reach it?",
)
def dh0_of_last_chunk(dh, x, h0, W_x, W_h, b, k):
    h = rnn_sequence(x, h0, W_x, W_h, b)
    dx = np.zeros(x.shape)
    total = [np.zeros(w.shape) for w in (W_x, W_h, b)]
    for start in range(0, x.shape[1], k):
        chunk = slice(start, start + k)
        state = h0 if start == 0 else h[:, start - 1]
        dx[:, chunk], dstate, *weights = rnn_sequence_backward(
            dh[:, chunk], x[:, chunk], state, W_x, W_h, b
        )
        total = [whole + part for whole, part in zip(total, weights, strict=True)]
    return dx, dstate, *total


@RNN_TRUNCATED_BACKWARD.mistake(
    "dh0 is summed over all chunks",
    hint="h_0 stands in front of the first chunk. Does a gradient of a later one reach it?",
)
def dh0_summed(dh, x, h0, W_x, W_h, b, k):
    h = rnn_sequence(x, h0, W_x, W_h, b)
    dx = np.zeros(x.shape)
    total = [np.zeros(w.shape) for w in (h0, W_x, W_h, b)]
    for start in range(0, x.shape[1], k):
        chunk = slice(start, start + k)
        state = h0 if start == 0 else h[:, start - 1]
        dx[:, chunk], *gradients = rnn_sequence_backward(
            dh[:, chunk], x[:, chunk], state, W_x, W_h, b
        )
        total = [whole + part for whole, part in zip(total, gradients, strict=True)]
    return dx, *total


@RNN_TRUNCATED_BACKWARD.mistake(
    "the gradients of the weights are overwritten by each chunk, not summed",
    hint="The same weights are used in every chunk. Look at the sum over i in deck 1.",
)
def overwritten(dh, x, h0, W_x, W_h, b, k):
    h = rnn_sequence(x, h0, W_x, W_h, b)
    dx, start_dh0 = np.zeros(x.shape), None
    for start in range(0, x.shape[1], k):
        chunk = slice(start, start + k)
        state = h0 if start == 0 else h[:, start - 1]
        dx[:, chunk], dstate, *weights = rnn_sequence_backward(
            dh[:, chunk], x[:, chunk], state, W_x, W_h, b
        )
        start_dh0 = dstate if start == 0 else start_dh0
    return dx, start_dh0, *weights


@RNN_TRUNCATED_BACKWARD.mistake(
    "the gradients of the weights are averaged over the chunks",
    hint="The loss has divided by the number of tokens already, and dh brings that along.",
)
def averaged(dh, x, h0, W_x, W_h, b, k):
    h = rnn_sequence(x, h0, W_x, W_h, b)
    dx, start_dh0 = np.zeros(x.shape), None
    total = [np.zeros(w.shape) for w in (W_x, W_h, b)]
    starts = range(0, x.shape[1], k)
    for start in starts:
        chunk = slice(start, start + k)
        state = h0 if start == 0 else h[:, start - 1]
        dx[:, chunk], dstate, *weights = rnn_sequence_backward(
            dh[:, chunk], x[:, chunk], state, W_x, W_h, b
        )
        total = [whole + part / len(starts) for whole, part in zip(total, weights, strict=True)]
        start_dh0 = dstate if start == 0 else start_dh0
    return dx, start_dh0, *total


@RNN_TRUNCATED_BACKWARD.mistake(
    "the shorter chunk at the end is left out",
    hint="T need not be a multiple of k. Who takes care of the steps that are left?",
)
def last_chunk_left_out(dh, x, h0, W_x, W_h, b, k):
    h = rnn_sequence(x, h0, W_x, W_h, b)
    dx, start_dh0 = np.zeros(x.shape), np.zeros(h0.shape)
    total = [np.zeros(w.shape) for w in (W_x, W_h, b)]
    for start in range(0, x.shape[1] // k * k, k):
        chunk = slice(start, start + k)
        state = h0 if start == 0 else h[:, start - 1]
        dx[:, chunk], dstate, *weights = rnn_sequence_backward(
            dh[:, chunk], x[:, chunk], state, W_x, W_h, b
        )
        total = [whole + part for whole, part in zip(total, weights, strict=True)]
        start_dh0 = dstate if start == 0 else start_dh0
    return dx, start_dh0, *total


@RNN_TRUNCATED_BACKWARD.mistake(
    "everything after the first k steps is dropped",
    hint="The sequence is cut into chunks, and all of them have losses. How many are there?",
)
def first_chunk_only(dh, x, h0, W_x, W_h, b, k):
    dx = np.zeros(x.shape)
    dx[:, :k], *gradients = rnn_sequence_backward(dh[:, :k], x[:, :k], h0, W_x, W_h, b)
    return dx, *gradients


@RNN_TRUNCATED_BACKWARD.mistake(
    "only the last k steps are gone back through",
    hint="The sequence is cut into chunks, and all of them have losses. How many are there?",
)
def last_k_steps_only(dh, x, h0, W_x, W_h, b, k):
    start = max(0, x.shape[1] - k)
    state = h0 if start == 0 else rnn_sequence(x, h0, W_x, W_h, b)[:, start - 1]
    dx = np.zeros(x.shape)
    dx[:, start:], dstate, *weights = rnn_sequence_backward(
        dh[:, start:], x[:, start:], state, W_x, W_h, b
    )
    return dx, dstate if start == 0 else np.zeros(h0.shape), *weights


@RNN_TRUNCATED_BACKWARD.mistake(
    "the chunks are cut from the end, so that the first one is the shorter",
    hint="Text comes in from the front: the first chunk begins at x_1 and has k steps.",
)
def cut_from_the_end(dh, x, h0, W_x, W_h, b, k):
    h, T = rnn_sequence(x, h0, W_x, W_h, b), x.shape[1]
    dx = np.zeros(x.shape)
    total = [np.zeros(w.shape) for w in (W_x, W_h, b)]
    for end in range(T, 0, -k):
        start = max(0, end - k)
        chunk = slice(start, end)
        state = h0 if start == 0 else h[:, start - 1]
        dx[:, chunk], dstate, *weights = rnn_sequence_backward(
            dh[:, chunk], x[:, chunk], state, W_x, W_h, b
        )
        total = [whole + part for whole, part in zip(total, weights, strict=True)]
    return dx, dstate, *total


@RNN_TRUNCATED_BACKWARD.mistake(
    "a chunk starts from the state after its own first step",
    hint="In which state did the chunk before end? Count once more with k = 1.",
)
def state_off_by_one(dh, x, h0, W_x, W_h, b, k):
    h = rnn_sequence(x, h0, W_x, W_h, b)
    dx, start_dh0 = np.zeros(x.shape), None
    total = [np.zeros(w.shape) for w in (W_x, W_h, b)]
    for start in range(0, x.shape[1], k):
        chunk = slice(start, start + k)
        state = h0 if start == 0 else h[:, start]
        dx[:, chunk], dstate, *weights = rnn_sequence_backward(
            dh[:, chunk], x[:, chunk], state, W_x, W_h, b
        )
        total = [whole + part for whole, part in zip(total, weights, strict=True)]
        start_dh0 = dstate if start == 0 else start_dh0
    return dx, start_dh0, *total


@RNN_TRUNCATED_BACKWARD.mistake(
    "the chunks have k + 1 steps",
    hint="Count once more with k = 1: no gradient goes from one step to another then.",
)
def one_step_too_many(dh, x, h0, W_x, W_h, b, k):
    h = rnn_sequence(x, h0, W_x, W_h, b)
    dx, start_dh0 = np.zeros(x.shape), None
    total = [np.zeros(w.shape) for w in (W_x, W_h, b)]
    for start in range(0, x.shape[1], k + 1):
        chunk = slice(start, start + k + 1)
        state = h0 if start == 0 else h[:, start - 1]
        dx[:, chunk], dstate, *weights = rnn_sequence_backward(
            dh[:, chunk], x[:, chunk], state, W_x, W_h, b
        )
        total = [whole + part for whole, part in zip(total, weights, strict=True)]
        start_dh0 = dstate if start == 0 else start_dh0
    return dx, start_dh0, *total


@RNN_TRUNCATED_BACKWARD.mistake(
    "k is taken for the number of chunks",
    hint="k is how far a gradient goes, in steps. Into how many chunks does that cut T?",
)
def k_chunks(dh, x, h0, W_x, W_h, b, k):
    h = rnn_sequence(x, h0, W_x, W_h, b)
    dx, start_dh0 = np.zeros(x.shape), None
    total = [np.zeros(w.shape) for w in (W_x, W_h, b)]
    for steps in np.array_split(np.arange(x.shape[1]), min(k, x.shape[1])):
        state = h0 if steps[0] == 0 else h[:, steps[0] - 1]
        dx[:, steps], dstate, *weights = rnn_sequence_backward(
            dh[:, steps], x[:, steps], state, W_x, W_h, b
        )
        total = [whole + part for whole, part in zip(total, weights, strict=True)]
        start_dh0 = dstate if steps[0] == 0 else start_dh0
    return dx, start_dh0, *total


@RNN_TRUNCATED_BACKWARD.mistake(
    "dh is changed in place",
    hint="`dh[:, t] += ...` changes the array of whoever called you. Add into a new one.",
)
def dh_changed(dh, x, h0, W_x, W_h, b, k):
    h, T = rnn_sequence(x, h0, W_x, W_h, b), x.shape[1]
    dx, dstate = np.zeros(x.shape), np.zeros(h0.shape)
    total = [np.zeros(w.shape) for w in (W_x, W_h, b)]
    for t in reversed(range(T)):
        if (t + 1) % k:
            dh[:, t] += dstate
        state = h0 if t == 0 else h[:, t - 1]
        now = slice(t, t + 1)
        dx[:, now], dstate, *weights = rnn_sequence_backward(
            dh[:, now], x[:, now], state, W_x, W_h, b
        )
        total = [whole + part for whole, part in zip(total, weights, strict=True)]
    return dx, dstate, *total


@RNN_TRUNCATED_BACKWARD.mistake(
    "dh0 stays zero",
    hint="The first chunk starts from h_0. What does its way back arrive at?",
)
def nothing_for_h0(dh, x, h0, W_x, W_h, b, k):
    state, dxs, dWs = h0, [], []
    for start in range(0, x.shape[1], k):
        chunk = slice(start, start + k)
        dx, _, *dW = rnn_sequence_backward(dh[:, chunk], x[:, chunk], state, W_x, W_h, b)
        dxs.append(dx)
        dWs.append(dW)
        state = rnn_sequence(x[:, chunk], state, W_x, W_h, b)[:, -1]
    totals = [sum(parts) for parts in zip(*dWs, strict=True)]
    return np.concatenate(dxs, axis=1), np.zeros_like(h0), *totals


@RNN_TRUNCATED_BACKWARD.mistake(
    "the state is moved on before the chunk is gone back through",
    hint="A chunk is gone back through from the state in which it began. Which state has yours?",
)
def moved_on_too_early(dh, x, h0, W_x, W_h, b, k):
    state, dxs, rest = h0, [], []
    for start in range(0, x.shape[1], k):
        chunk = slice(start, start + k)
        state = rnn_sequence(x[:, chunk], state, W_x, W_h, b)[:, -1]
        dx, *others = rnn_sequence_backward(dh[:, chunk], x[:, chunk], state, W_x, W_h, b)
        dxs.append(dx)
        rest.append(others)
    dW = [sum(parts) for parts in zip(*[others[1:] for others in rest], strict=True)]
    return np.concatenate(dxs, axis=1), rest[0][0], *dW
