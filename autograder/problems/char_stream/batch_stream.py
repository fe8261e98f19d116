"""Batches of a stream: every row goes on where it stopped."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.problem import Case, Output, Problem
from autograder.problems.draws import Rng, distinct_sizes
from lmkit.by_hand.stream import batch_stream

Arguments = tuple[Any, ...]


def stream(rng: Rng, N: int, T: int, B: int, more: int) -> Arguments:
    """A text of N B T + 1 + more ids, N and T."""
    return rng.integers(60, size=N * B * T + 1 + more), N, T


def draw_with_a_rest(rng: Rng) -> Arguments:
    """A text that leaves more than a batch's column over, and less than N."""
    N, T, B = distinct_sizes(rng, 3, low=3)
    return stream(rng, N, T, B, N * int(rng.integers(1, T)) + int(rng.integers(1, N)))


def draw_exact(rng: Rng) -> Arguments:
    """A text that the batches use up, but for the one character that is only a target."""
    N, T, B = distinct_sizes(rng, 3, low=3)
    return stream(rng, N, T, B, 0)


def draw_one_row(rng: Rng) -> Arguments:
    """N = 1."""
    T, B = distinct_sizes(rng, 2, low=3)
    return stream(rng, 1, T, B, int(rng.integers(1, T)))


BATCH_STREAM = Problem(
    name="batch_stream",
    reference=batch_stream,
    outputs=(Output("x"), Output("y")),
    cases=(
        Case("a text with a rest", draw_with_a_rest),
        Case("a text without a rest", draw_exact),
        Case("a single row, N = 1", draw_one_row, weight=0.5),
    ),
    source="Deck 3, Backpropagation through time: carry hidden states forward",
)


@BATCH_STREAM.mistake(
    "a batch holds neighbouring pieces of the text: row n + 1 goes on where row n stopped",
    hint="Cut the text into N long rows first. Then row n of the next batch can go on where row n "
    "of this one has stopped.",
)
def pieces_side_by_side(ids, N, T):
    B = (len(ids) - 1) // N // T
    x, y = ids[:-1][: B * N * T], ids[1:][: B * N * T]
    return x.reshape(B, N, T), y.reshape(B, N, T)


@BATCH_STREAM.mistake(
    "the targets are the inputs, not shifted",
    hint="The model is asked what comes next. What is y_t for x_t?",
)
def targets_not_shifted(ids, N, T):
    L = (len(ids) - 1) // N
    B = L // T
    x = np.stack([ids[n * L : n * L + B * T].reshape(B, T) for n in range(N)], axis=1)
    return x, x.copy()


@BATCH_STREAM.mistake(
    "the last target of each row is the row's own first input (np.roll within the batch)",
    hint="What follows the last character of a batch is the first of the next one. Shift the text "
    "before you cut it.",
)
def targets_rolled(ids, N, T):
    L = (len(ids) - 1) // N
    B = L // T
    x = np.stack([ids[n * L : n * L + B * T].reshape(B, T) for n in range(N)], axis=1)
    return x, np.roll(x, -1, axis=2)


@BATCH_STREAM.mistake(
    "the targets come before the inputs, shifted the wrong way",
    hint="The model reads x_t and is asked for what stands behind it.",
)
def targets_shifted_the_wrong_way(ids, N, T):
    L = (len(ids) - 1) // N
    B = L // T
    rows = [ids[n * L : n * L + B * T + 1] for n in range(N)]
    x = np.stack([row[1:].reshape(B, T) for row in rows], axis=1)
    y = np.stack([row[:-1].reshape(B, T) for row in rows], axis=1)
    return x, y


@BATCH_STREAM.mistake(
    "each batch is a piece of T + 1 characters of its own: its last one is never read",
    hint="The last target of a batch is the first input of the next one: it is used twice.",
)
def one_lost_at_each_border(ids, N, T):
    L = (len(ids) - 1) // N
    B = L // (T + 1)
    rows = [ids[n * L : n * L + B * (T + 1)].reshape(B, T + 1) for n in range(N)]
    x = np.stack([row[:, :-1] for row in rows], axis=1)
    y = np.stack([row[:, 1:] for row in rows], axis=1)
    return x, y


@BATCH_STREAM.mistake(
    "every batch starts one character after the one before (a sliding window)",
    hint="Then the carried state has read the characters already. A batch starts T further on.",
)
def sliding_window(ids, N, T):
    L = (len(ids) - 1) // N
    rows = np.stack([ids[n * L : n * L + L + 1] for n in range(N)])
    x = np.stack([rows[:, t : t + T] for t in range(L - T + 1)])
    y = np.stack([rows[:, t + 1 : t + T + 1] for t in range(L - T + 1)])
    return x, y


@BATCH_STREAM.mistake(
    "time comes before the rows, (B, T, N) (PyTorch's default)",
    hint="Arrays are batch first in this course: a batch is (N, T).",
    convention=True,
)
def time_first(ids, N, T):
    L = (len(ids) - 1) // N
    B = L // T
    rows = [ids[n * L : n * L + B * T + 1] for n in range(N)]
    x = np.stack([row[:-1].reshape(B, T) for row in rows], axis=2)
    y = np.stack([row[1:].reshape(B, T) for row in rows], axis=2)
    return x, y


@BATCH_STREAM.mistake(
    "the rows come first, (N, B, T): one batch for each row",
    hint="The first axis counts the batches, in the order in which they are read.",
)
def rows_first(ids, N, T):
    L = (len(ids) - 1) // N
    B = L // T
    rows = [ids[n * L : n * L + B * T + 1] for n in range(N)]
    x = np.stack([row[:-1].reshape(B, T) for row in rows])
    y = np.stack([row[1:].reshape(B, T) for row in rows])
    return x, y


@BATCH_STREAM.mistake(
    "a row is len(ids) // N long, though the text's last character is never read",
    hint="The last character is a target and nothing else. How many are left to be read?",
)
def last_character_read(ids, N, T):
    L = len(ids) // N
    B = (L - 1) // T
    rows = ids[: N * L].reshape(N, L)
    x = np.stack([rows[:, b * T : (b + 1) * T] for b in range(B)])
    return x, np.stack([rows[:, b * T + 1 : (b + 1) * T + 1] for b in range(B)])


@BATCH_STREAM.mistake(
    "the last batch is left out, though its rows are whole",
    hint="How many times does T fit into a row? The target of the row's last character is the "
    "row's next one.",
)
def last_batch_left_out(ids, N, T):
    L = (len(ids) - 1) // N
    B = L // T - 1
    rows = [ids[n * L : n * L + B * T + 1] for n in range(N)]
    x = np.stack([row[:-1].reshape(B, T) for row in rows], axis=1)
    y = np.stack([row[1:].reshape(B, T) for row in rows], axis=1)
    return x, y


@BATCH_STREAM.mistake(
    "a row ends where its last batch ends: the rows are cut to B T characters before they are laid "
    "side by side",
    hint="Each row starts L further on in the text, the rest at its end included: L is the text's "
    "length over N.",
)
def rows_too_close(ids, N, T):
    B = (len(ids) - 1) // N // T
    L = B * T
    rows = [ids[n * L : n * L + L + 1] for n in range(N)]
    x = np.stack([row[:-1].reshape(B, T) for row in rows], axis=1)
    y = np.stack([row[1:].reshape(B, T) for row in rows], axis=1)
    return x, y


@BATCH_STREAM.mistake(
    "every N-th character makes a row (the text is reshaped to (L, N))",
    hint="A row is to be read from left to right like the text. What does reshape put into one?",
)
def every_nth_character(ids, N, T):
    L = (len(ids) - 1) // N
    B = L // T
    rows_x = ids[:-1][: L * N].reshape(L, N).T[:, : B * T]
    rows_y = ids[1:][: L * N].reshape(L, N).T[:, : B * T]
    x, y = (rows.reshape(N, B, T).swapaxes(0, 1) for rows in (rows_x, rows_y))
    return x, y


@BATCH_STREAM.mistake(
    "rows and batches have changed places by reshape, which mixes the pieces: (N, B, T) was "
    "reshaped to (B, N, T)",
    hint="reshape leaves the numbers in their order. Which function moves an axis?",
)
def reshaped_not_moved(ids, N, T):
    L = (len(ids) - 1) // N
    B = L // T
    rows = [ids[n * L : n * L + B * T + 1] for n in range(N)]
    x = np.stack([row[:-1] for row in rows]).reshape(B, N, T)
    return x, np.stack([row[1:] for row in rows]).reshape(B, N, T)
