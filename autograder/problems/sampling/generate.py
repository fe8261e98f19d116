"""A text, character by character: draw, feed back, draw."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from autograder.problem import Case, Output, Problem
from autograder.problems.char_stream.draws import model_weights
from autograder.problems.draws import Rng, distinct_sizes
from lmkit.by_hand.char_lstm import char_lstm
from lmkit.by_hand.sampling import draw_character, generate, temperature_softmax

Arguments = tuple[Any, ...]

CLOSEST = 2e-3
"""How near u may come to a border between two characters: a float32 model is not surer."""


def prompt_and_chance(
    rng: Rng, *, temperature: float | None = None, one: bool = False
) -> Arguments:
    """A prompt, a u for each character, a temperature, and weights.

    Drawn again until the text is clear of every border, so that a float32 model writes the same.
    """
    while True:
        P, T, D, H, V = distinct_sizes(rng, 5, low=4, high=12)
        prompt = rng.integers(V, size=1 if one else P)
        warmth = float(rng.uniform(1.3, 2.0)) if temperature is None else temperature
        E, kernel, recurrent_kernel, bias, W_y, b_y = model_weights(rng, V, D, H)
        bias += np.repeat([0, 2, 0, 0], H)  # a long memory, and what it holds is heard
        weights = E, kernel, recurrent_kernel, bias, 2 * W_y, b_y
        arguments = prompt, rng.uniform(0, 0.999, T + 4), warmth, *weights
        if _is_clear(*arguments):
            return arguments


def draw_telling(rng: Rng) -> Arguments:
    """The same, drawn again until each known mistake writes a text of its own."""
    while True:
        arguments = prompt_and_chance(rng)
        written: set[tuple[int, ...]] = set()
        for write in (generate, *(mistake.wrong for mistake in GENERATE.mistakes)):
            text = tuple(write(*arguments))
            if text in written:
                break
            written.add(text)
        else:
            return arguments


def _is_clear(prompt: Any, u: Any, temperature: float, *weights: Any) -> bool:
    text = generate(prompt, u, temperature, *weights)
    zeros = np.zeros((1, len(weights[2])))
    logits, _, _ = char_lstm(np.array([[*prompt, *text]]), zeros, zeros, *weights)
    asked = logits[0, len(prompt) - 1 : -1]
    if temperature == 0:
        first, second = np.sort(asked, axis=1)[:, :-3:-1].T
        return bool((first - second).min() > 0.05) and len(set(text)) > 1
    borders = np.cumsum(temperature_softmax(asked, temperature), axis=1)[:, :-1]
    return bool(np.abs(borders - u[:, None]).min() > CLOSEST)


GENERATE = Problem(
    name="generate",
    reference=generate,
    outputs=(Output("text"),),
    cases=(
        Case("a prompt of several characters", draw_telling, weight=2),
        Case("a prompt of one character", partial(prompt_and_chance, one=True)),
        Case("temperature 0: greedy", partial(prompt_and_chance, temperature=0.0)),
    ),
    source="Deck 3, At test-time, sample characters one at a time, feed back to model",
    uses=("char_lstm", "temperature_softmax", "draw_character"),
    frameworks=("keras",),
)


@GENERATE.mistake(
    "what was drawn is not fed back: the prompt's last character is read again and again",
    hint="Deck 5: the sampled output is the next step's input.",
)
def not_fed_back(prompt, u, temperature, E, kernel, recurrent_kernel, bias, W_y, b_y):
    weights = E, kernel, recurrent_kernel, bias, W_y, b_y
    h = c = np.zeros((1, len(recurrent_kernel)))
    logits, h, c = char_lstm(prompt[None, :], h, c, *weights)
    written = []
    for u_t in u:
        written.append(draw_character(temperature_softmax(logits[0, -1], temperature), u_t))
        logits, h, c = char_lstm(prompt[None, -1:], h, c, *weights)
    return written


@GENERATE.mistake(
    "the state is reset at every character: the model sees one character and no past",
    hint="What has been read is in h and c. Where do they go from step to step?",
)
def state_reset(prompt, u, temperature, E, kernel, recurrent_kernel, bias, W_y, b_y):
    weights = E, kernel, recurrent_kernel, bias, W_y, b_y
    zeros = np.zeros((1, len(recurrent_kernel)))
    logits, _, _ = char_lstm(prompt[None, :], zeros, zeros, *weights)
    written = []
    for u_t in u:
        written.append(draw_character(temperature_softmax(logits[0, -1], temperature), u_t))
        logits, _, _ = char_lstm(np.array([[written[-1]]]), zeros, zeros, *weights)
    return written


@GENERATE.mistake(
    "of the prompt only the last character is read",
    hint="The prompt is there to be read, all of it, before the first character is drawn.",
)
def prompt_cut(prompt, u, temperature, E, kernel, recurrent_kernel, bias, W_y, b_y):
    weights = E, kernel, recurrent_kernel, bias, W_y, b_y
    h = c = np.zeros((1, len(recurrent_kernel)))
    logits, h, c = char_lstm(prompt[None, -1:], h, c, *weights)
    written = []
    for u_t in u:
        written.append(draw_character(temperature_softmax(logits[0, -1], temperature), u_t))
        logits, h, c = char_lstm(np.array([[written[-1]]]), h, c, *weights)
    return written


@GENERATE.mistake(
    "the prompt's last character is read twice: once with the prompt, and once more",
    hint="After the prompt the logits for the first new character are there already.",
)
def last_read_twice(prompt, u, temperature, E, kernel, recurrent_kernel, bias, W_y, b_y):
    weights = E, kernel, recurrent_kernel, bias, W_y, b_y
    h = c = np.zeros((1, len(recurrent_kernel)))
    _, h, c = char_lstm(prompt[None, :], h, c, *weights)
    character, written = int(prompt[-1]), []
    for u_t in u:
        logits, h, c = char_lstm(np.array([[character]]), h, c, *weights)
        character = draw_character(temperature_softmax(logits[0, -1], temperature), u_t)
        written.append(character)
    return written


@GENERATE.mistake(
    "the logits behind the prompt's first character are used, not those behind its last",
    hint="logits has an entry for every character of the prompt. Which one has seen all of it?",
)
def first_logits(prompt, u, temperature, E, kernel, recurrent_kernel, bias, W_y, b_y):
    weights = E, kernel, recurrent_kernel, bias, W_y, b_y
    h = c = np.zeros((1, len(recurrent_kernel)))
    logits, h, c = char_lstm(prompt[None, :], h, c, *weights)
    written = []
    for u_t in u:
        written.append(draw_character(temperature_softmax(logits[0, 0], temperature), u_t))
        logits, h, c = char_lstm(np.array([[written[-1]]]), h, c, *weights)
    return written


@GENERATE.mistake(
    "the likeliest character is always taken",
    hint="That is temperature 0. Otherwise u decides.",
)
def always_greedy(prompt, u, temperature, E, kernel, recurrent_kernel, bias, W_y, b_y):
    weights = E, kernel, recurrent_kernel, bias, W_y, b_y
    h = c = np.zeros((1, len(recurrent_kernel)))
    logits, h, c = char_lstm(prompt[None, :], h, c, *weights)
    written = []
    for _ in u:
        written.append(int(logits[0, -1].argmax()))
        logits, h, c = char_lstm(np.array([[written[-1]]]), h, c, *weights)
    return written


@GENERATE.mistake(
    "the temperature is ignored",
    hint="The third argument belongs between the logits and the draw.",
)
def temperature_ignored(prompt, u, temperature, E, kernel, recurrent_kernel, bias, W_y, b_y):
    weights = E, kernel, recurrent_kernel, bias, W_y, b_y
    h = c = np.zeros((1, len(recurrent_kernel)))
    logits, h, c = char_lstm(prompt[None, :], h, c, *weights)
    written = []
    for u_t in u:
        written.append(draw_character(temperature_softmax(logits[0, -1], 1.0), u_t))
        logits, h, c = char_lstm(np.array([[written[-1]]]), h, c, *weights)
    return written


@GENERATE.mistake(
    "the first u is used at every step",
    hint="Each character has a random number of its own.",
)
def one_u(prompt, u, temperature, E, kernel, recurrent_kernel, bias, W_y, b_y):
    weights = E, kernel, recurrent_kernel, bias, W_y, b_y
    h = c = np.zeros((1, len(recurrent_kernel)))
    logits, h, c = char_lstm(prompt[None, :], h, c, *weights)
    written = []
    for _ in u:
        written.append(draw_character(temperature_softmax(logits[0, -1], temperature), u[0]))
        logits, h, c = char_lstm(np.array([[written[-1]]]), h, c, *weights)
    return written


@GENERATE.mistake(
    "the prompt is returned in front of what was written",
    hint="Only the new characters are asked for.",
)
def with_the_prompt(prompt, u, temperature, E, kernel, recurrent_kernel, bias, W_y, b_y):
    weights = E, kernel, recurrent_kernel, bias, W_y, b_y
    h = c = np.zeros((1, len(recurrent_kernel)))
    logits, h, c = char_lstm(prompt[None, :], h, c, *weights)
    written = []
    for u_t in u:
        written.append(draw_character(temperature_softmax(logits[0, -1], temperature), u_t))
        logits, h, c = char_lstm(np.array([[written[-1]]]), h, c, *weights)
    return [*map(int, prompt), *written]


@GENERATE.mistake(
    "one character too few is written",
    hint="There are as many new characters as there are numbers in u.",
)
def one_too_few(prompt, u, temperature, E, kernel, recurrent_kernel, bias, W_y, b_y):
    weights = E, kernel, recurrent_kernel, bias, W_y, b_y
    h = c = np.zeros((1, len(recurrent_kernel)))
    logits, h, c = char_lstm(prompt[None, :], h, c, *weights)
    written = []
    for u_t in u[:-1]:
        written.append(draw_character(temperature_softmax(logits[0, -1], temperature), u_t))
        logits, h, c = char_lstm(np.array([[written[-1]]]), h, c, *weights)
    return written


@GENERATE.mistake(
    "only h is carried, and c starts from zeros at every character",
    hint="An LSTM has two states.",
)
def cell_reset(prompt, u, temperature, E, kernel, recurrent_kernel, bias, W_y, b_y):
    weights = E, kernel, recurrent_kernel, bias, W_y, b_y
    h = zeros = np.zeros((1, len(recurrent_kernel)))
    logits, h, _ = char_lstm(prompt[None, :], h, zeros, *weights)
    written = []
    for u_t in u:
        written.append(draw_character(temperature_softmax(logits[0, -1], temperature), u_t))
        logits, h, _ = char_lstm(np.array([[written[-1]]]), h, zeros, *weights)
    return written


@GENERATE.mistake(
    "every character is read from the state behind the prompt, which is never replaced",
    hint="char_lstm returns three things. Where do the two states of the last call go?",
)
def state_of_the_prompt(prompt, u, temperature, E, kernel, recurrent_kernel, bias, W_y, b_y):
    weights = E, kernel, recurrent_kernel, bias, W_y, b_y
    h = c = np.zeros((1, len(recurrent_kernel)))
    logits, h, c = char_lstm(prompt[None, :], h, c, *weights)
    written = []
    for u_t in u:
        written.append(draw_character(temperature_softmax(logits[0, -1], temperature), u_t))
        logits, _, _ = char_lstm(np.array([[written[-1]]]), h, c, *weights)
    return written
