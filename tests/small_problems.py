"""Two small problems of the tests' own, with known mistakes, and students' answers to them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from student_code import run_cell

from autograder.calling import Answer
from autograder.judge import judge
from autograder.notebook import InProcess
from autograder.problem import Case, Output, Problem
from autograder.verdict import Verdict

Arguments = tuple[Any, ...]


# -- problem one: four gates of the same input -----------------------------------------------------


def gates(x: Any, W: Any) -> Any:
    a = x @ W
    return np.tanh(a), np.cos(a), np.sin(a), 2 * a


def draw_batch(rng: np.random.Generator) -> Arguments:
    return rng.standard_normal((3, 4)), rng.standard_normal((4, 5))


def draw_single(rng: np.random.Generator) -> Arguments:
    return rng.standard_normal((1, 4)), rng.standard_normal((4, 5))


SQUARE = Case("square", lambda rng: (rng.standard_normal((5, 5)), rng.standard_normal((5, 5))))

GATES = Problem(
    name="gates",
    reference=gates,
    outputs=(Output("i"), Output("f"), Output("o"), Output("g")),
    cases=(Case("a batch", draw_batch, weight=3), Case("N = 1", draw_single)),
    source="Deck 3, Gates",
)


@GATES.mistake("i is left as it is", hint="Look for a curve.")
def i_linear(x, W):  # type: ignore[no-untyped-def]
    a = x @ W
    return a, np.cos(a), np.sin(a), 2 * a


@GATES.mistake("f and o stand in each other's place", hint="In which order?", convention=True)
def f_o_swapped(x, W):  # type: ignore[no-untyped-def]
    a = x @ W
    return np.tanh(a), np.sin(a), np.cos(a), 2 * a


@GATES.mistake("i and g are not doubled or squashed", hint="Two gates differ.")
def i_and_g_linear(x, W):  # type: ignore[no-untyped-def]
    a = x @ W
    return a, np.cos(a), np.sin(a), a


@GATES.mistake("only i is returned", hint="Four values.")
def only_i(x, W):  # type: ignore[no-untyped-def]
    return np.tanh(x @ W)


@GATES.mistake("x is scaled in place", hint="Whose array is x?")
def scales_x(x, W):  # type: ignore[no-untyped-def]
    result = gates(x, W)
    x *= 2
    return result


@GATES.mistake("the matrices are multiplied the wrong way round", hint="Rows by columns.")
def wrong_way_round(x, W):  # type: ignore[no-untyped-def]
    return gates(W, x)


# -- problem two: a step, and a sequence of them ---------------------------------------------------


def step(x: Any, h: Any) -> Any:
    return np.tanh(x + 0.5 * h)


def sequence(x: Any, h0: Any) -> Any:
    states = [h0]
    for t in range(x.shape[1]):
        states.append(step(x[:, t], states[-1]))
    return np.stack(states[1:], axis=1)


def draw_step(rng: np.random.Generator) -> Arguments:
    return rng.standard_normal((3, 4)), rng.standard_normal((3, 4))


def draw_sequence(rng: np.random.Generator) -> Arguments:
    return rng.standard_normal((3, 5, 4)), rng.standard_normal((3, 4))


def draw_long_sequence(rng: np.random.Generator) -> Arguments:
    return rng.standard_normal((3, 9, 4)), rng.standard_normal((3, 4))


STEP = Problem("step", step, (Output("h"),), (Case("a batch", draw_step),), "Deck 3, RNN")
SEQUENCE = Problem(
    name="sequence",
    reference=sequence,
    outputs=(Output("h"),),
    cases=(Case("a batch", draw_sequence), Case("T = 9", draw_long_sequence)),
    source="Deck 3, RNN",
    uses=("step",),
)
HELPERS = {"step": STEP}


@SEQUENCE.mistake("h0 is ignored", hint="Where does the state start?")
def h0_ignored(x, h0):  # type: ignore[no-untyped-def]
    return sequence(x, 0 * h0)


RIGHT_STEP = """
def step(x, h):
    return np.tanh(x + 0.5 * h)
"""
WRONG_STEP = """
def step(x, h):
    return np.tanh(x)
"""
UNWRITTEN_STEP = """
def step(x, h):
    raise NotImplementedError
"""
ENDLESS_STEP = """
def step(x, h):
    raise KeyboardInterrupt
"""
RIGHT_SEQUENCE = """
def sequence(x, h0):
    states = []
    for t in range(x.shape[1]):
        h0 = step(x[:, t], h0)
        states.append(h0)
    return np.stack(states, axis=1)
"""
WRONG_SEQUENCE = """
def sequence(x, h0):
    states = [0 * h0]
    for t in range(x.shape[1]):
        states.append(step(x[:, t], states[-1]))
    return np.stack(states[1:], axis=1)
"""
UNWRITTEN_SEQUENCE = """
def sequence(x, h0):
    raise NotImplementedError
"""


def judged(function: Callable[..., Any], problem: Problem = GATES, seed: int = 0) -> Verdict:
    return judge(problem, InProcess(function), seed, {})


def judged_sequence(source: str) -> Verdict:
    return judge(SEQUENCE, InProcess(run_cell(source)["sequence"]), 0, HELPERS)


def said(verdict: Verdict) -> list[str]:
    return [aspect.said for aspect in verdict.aspects]


def diagnosed(verdict: Verdict) -> dict[str, tuple[str, ...]]:
    return {d.name: d.outputs for d in verdict.diagnoses}


class Answers:
    """A respondent that gives prepared answers, one a case."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.asked: list[Arguments] = []

    def ask(
        self,
        function: str,
        arguments: Arguments,
        substitutes: Mapping[str, Callable[..., Any]],
        patience: float = math.inf,
    ) -> Answer:
        self.asked.append(arguments)
        return self.answers.pop(0)
