"""Asking a student's function, case by case, and keeping what was asked and what was answered."""

from __future__ import annotations

import copy
import math
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Protocol

import numpy as np

from autograder.calling import NO_ANSWER, Answer, describe
from autograder.problem import Case, Problem

TURNS, TIMES = 20_000_000, 1000
"""A call may compute for as long as so many turns of an empty loop take (about half a second, more
on a slow machine), and so many times longer than the right function took. What loops for ever is
given up soon. Frameworks, whose first calls take long, have all the time."""


class Respondent(Protocol):
    """Whoever answers for a student's function."""

    def ask(
        self,
        function: str,
        arguments: tuple[Any, ...],
        substitutes: Mapping[str, Callable[..., Any]],
        patience: float = math.inf,
    ) -> Answer:
        """Call the student's function.

        Args:
            function: its name.
            arguments: positional arguments.
            substitutes: right functions, by name, that stand in for the student's own during
                this call.
            patience: seconds that it may compute, if there is a limit on it at all.
        """
        ...


@dataclass(frozen=True)
class Hearing:
    """One case: what was asked, what is right, what was answered.

    Attributes:
        case: the kind of input.
        arguments: what was asked.
        expected: the right outputs.
        answer: what came back from the call.
        got: the outputs in it; empty after an error.
    """

    case: Case
    arguments: tuple[Any, ...]
    expected: tuple[Any, ...]
    answer: Answer
    got: tuple[Any, ...] = ()


def hear(
    problem: Problem,
    respondent: Respondent,
    seed: int,
    substitutes: Mapping[str, Callable[..., Any]],
) -> list[Hearing]:
    """Ask in every case of a problem.

    A stub, and a respondent that gave no answer in time or was interrupted, are asked once only:
    the other cases would say the same, after as long a wait.
    """
    hearings: list[Hearing] = []
    silence: Answer | None = None
    for number, case in enumerate(problem.cases):
        rng = np.random.default_rng([seed, zlib.crc32(problem.name.encode()), number])
        arguments = case.draw(rng)
        began = time.process_time()
        expected = _expected(problem, arguments)
        took = time.process_time() - began
        unlimited = problem.frameworks or problem.bounds
        patience = math.inf if unlimited else TURNS * _turn() + TIMES * took
        answer = silence or respondent.ask(problem.name, arguments, substitutes, patience)
        if answer.error and answer.error.type in (NO_ANSWER, "KeyboardInterrupt"):
            silence = answer
        if answer.error and answer.error.type == "NotImplementedError" and not hearings:
            silence = answer
        got, answer = outputs(problem, arguments, answer)
        hearings.append(Hearing(case, arguments, expected, answer, got))
    return hearings


@cache
def _turn(turns: int = 100_000) -> float:
    """Seconds of a processor that one turn of an empty loop takes on this machine."""
    least = math.inf
    for _ in range(3):
        began = time.process_time()
        for _ in range(turns):
            pass
        least = min(least, time.process_time() - began)
    return least / turns


def _expected(problem: Problem, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    if problem.bounds:  # the reference is one model that is good enough, and takes a training
        return (problem.bounds.full,)
    with np.errstate(all="ignore"):
        right = problem.reference(*copy.deepcopy(arguments))
    return problem.values(arguments, right)


def outputs(
    problem: Problem, arguments: tuple[Any, ...], answer: Answer
) -> tuple[tuple[Any, ...], Answer]:
    """The outputs in an answer, and the answer: an error if nothing can be observed in it."""
    if answer.error:
        return (), answer
    try:
        return problem.values(arguments, answer.value), answer
    except Exception as error:
        return (), Answer(error=replace(describe(error), type="", where=""))
