"""Two mistakes in one output, of which one shows where numbers overflow, and hides the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograder.calling import call
from autograder.compare import alike
from autograder.hearing import Hearing, outputs
from autograder.problem import Problem
from autograder.verdict import Diagnosis

FEWEST = 2
"""Cases in which a mistake has to give the student's wrong value, where it cannot in all."""


def behind_overflow(
    problem: Problem, hearings: Sequence[Hearing], position: int
) -> Diagnosis | None:
    """Explain an output that is wrong in some cases, and infinite or not a number in the others.

    The mistake that is named first gives the student's value in every case where that is finite.
    The second is right there, and fails as the student's does in the others.

    Args:
        problem: with its known mistakes.
        hearings: what was asked and answered.
        position: of the output.

    Returns:
        Both as one, or None.
    """
    if any(h.answer.error or len(h.got) != len(problem.outputs) for h in hearings):
        return None
    got, right = ([getattr(h, of)[position] for h in hearings] for of in ("got", "expected"))
    broken = [n for n, value in enumerate(got) if _breaks(value) and not _breaks(right[n])]
    whole = [n for n in range(len(got)) if n not in broken]
    tolerances = problem.rtol, problem.atol
    if not broken or sum(not alike(right[n], got[n], *tolerances) for n in whole) < FEWEST:
        return None
    first = second = None
    for mistake in problem.mistakes:
        values = _values(problem, mistake.wrong, hearings, position)
        if values is None:
            continue
        if not first and all(alike(values[n], got[n], *tolerances) for n in whole):
            first = mistake
        elif (
            not second
            and all(alike(right[n], values[n], *tolerances) for n in whole)
            and all(_same_breaks(values[n], got[n]) for n in broken)
        ):
            second = mistake
    if not first or not second:
        return None
    return Diagnosis(
        f"{first.name}, and where it is no finite number, {second.name}",
        f"{first.hint} {second.hint}",
        first.convention,
        (problem.outputs[position].name,),
    )


def _values(
    problem: Problem, wrong: Any, hearings: Sequence[Hearing], position: int
) -> list[Any] | None:
    """What a mistake gives for an output, case by case; None if it does not answer one."""
    values = []
    for hearing in hearings:
        with np.errstate(all="ignore"):
            got, answer = outputs(problem, hearing.arguments, call(wrong, hearing.arguments))
        if answer.error or len(got) != len(problem.outputs):
            return None
        values.append(got[position])
    return values


def _finite(value: Any) -> Any:
    """Which entries are finite; None of what is no array of floats."""
    try:
        array = np.asarray(value)
    except Exception:  # rows of different lengths; whatever a student's own class may raise
        return None
    return np.isfinite(array) if array.dtype.kind == "f" else None


def _breaks(value: Any) -> bool:
    finite = _finite(value)
    return finite is not None and not finite.all()


def _same_breaks(one: Any, other: Any) -> bool:
    mine, theirs = _finite(one), _finite(other)
    return mine is not None and theirs is not None and np.array_equal(mine, theirs)
