"""Which known mistake gives exactly this output?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from autograder.calling import NO_ANSWER, call
from autograder.compare import alike
from autograder.hearing import Hearing, outputs
from autograder.overflow import behind_overflow
from autograder.problem import Mistake, Problem
from autograder.verdict import Diagnosis

NOT_THERE = {"NotImplementedError", "NameError", NO_ANSWER}
"""What no known mistake raises: the function is not written, not defined, or does not return."""

ANOTHER_ORDER = Diagnosis(
    name="every output is right, but they are returned in another order",
    hint="The docstring says in which order they are returned. Compare it with your `return`.",
    convention=False,
    outputs=(),
)


def diagnose(
    problem: Problem, hearings: Sequence[Hearing], wrong: set[str]
) -> tuple[Diagnosis, ...]:
    """Explain every wrong output by a known mistake, with as few mistakes as possible.

    A mistake explains an output when it gives the student's value in every case, the ones where
    that is right included. So two mistakes in one function are both found when they show in
    different outputs, or when one of them shows only where numbers overflow. One that returns
    right values in each other's place explains all of those or none.

    Args:
        problem: with its known mistakes.
        hearings: what was asked and answered.
        wrong: names of the outputs that are wrong in some case. None wrong, but arguments
            changed in place: explained by a mistake that changes the same ones.
    """
    names = [output.name for output in problem.outputs]
    changed = [h.answer.changed for h in hearings]
    errors = [h.answer.error.type if h.answer.error else "" for h in hearings]
    if set(errors) <= NOT_THERE or (not wrong and not any(changed)):
        return ()
    candidates: list[tuple[Diagnosis, set[str]]] = []
    for mistake in problem.mistakes:
        explained, mistake_changed = _explains(problem, mistake, hearings)
        told = Diagnosis(mistake.name, mistake.hint, mistake.convention, ())
        if wrong:
            candidates.append((told, explained & wrong))
        elif len(explained) == len(names) and mistake_changed == changed:
            candidates.append((told, explained))
    if wrong and _in_another_order(problem, hearings):
        candidates.append((ANOTHER_ORDER, wrong))
    open_outputs = wrong or set(names)
    diagnoses = []
    while open_outputs and candidates:
        # Of equals, max keeps the first: mistakes are listed most telling first.
        told, explained = max(candidates, key=lambda pair: len(pair[1] & open_outputs))
        found = tuple(name for name in names if name in explained & open_outputs)
        if not found:
            break
        diagnoses.append(replace(told, outputs=found))
        open_outputs = open_outputs - explained
    if wrong:
        left = [position for position, name in enumerate(names) if name in open_outputs]
        behind = (behind_overflow(problem, hearings, position) for position in left)
        diagnoses += [told for told in behind if told]
    return tuple(diagnoses)


def _explains(
    problem: Problem, mistake: Mistake, hearings: Sequence[Hearing]
) -> tuple[set[str], list[tuple[int, ...]]]:
    """The outputs that the mistake gives as the student does, and what it changes in place."""
    explained = {output.name for output in problem.outputs}
    changed = []
    whole: list[tuple[Any, ...]] = []
    # Shapes that do not fit are a ValueError whatever the reason: where both raise, some case has
    # to agree in more than the type.
    convincing = False
    for hearing in hearings:
        with np.errstate(all="ignore"):
            answer = call(mistake.wrong, hearing.arguments)
        got, answer = outputs(problem, hearing.arguments, answer)
        changed.append(answer.changed)
        error, theirs = answer.error, hearing.answer.error
        if error and theirs:
            if error.type != theirs.type:
                return set(), changed
            convincing |= error.message == theirs.message
            continue
        if error or theirs or len(got) != len(hearing.got):
            return set(), changed
        convincing = True
        pairs = zip(got, hearing.got, strict=True)
        same = [alike(mine, student, problem.rtol, problem.atol) for mine, student in pairs]
        if len(got) == len(problem.outputs):
            explained -= {
                o.name for o, is_same in zip(problem.outputs, same, strict=True) if not is_same
            }
            whole.append(got)
        elif not all(same):
            return set(), changed
        if not explained:
            break
    if not convincing:
        return set(), changed
    if explained and len(whole) == len(hearings):
        moved = _moved(problem, hearings, whole)
        # Outputs that have changed places say so together: one alone may be wrong for any reason.
        explained -= set() if moved <= explained else moved
    return explained, changed


def _moved(
    problem: Problem, hearings: Sequence[Hearing], answers: Sequence[tuple[Any, ...]]
) -> set[str]:
    """The outputs in whose place these answers have, in every case, the right value of another."""
    return {
        output.name
        for output, places in zip(
            problem.outputs, _right_places(problem, hearings, answers), strict=True
        )
        if places and output.name not in {problem.outputs[place].name for place in places}
    }


def _in_another_order(problem: Problem, hearings: Sequence[Hearing]) -> bool:
    """Is each answer the right value of exactly one output, and each output answered?"""
    if len(problem.outputs) == 1 or any(len(h.got) != len(problem.outputs) for h in hearings):
        return False
    places = _right_places(problem, hearings, [hearing.got for hearing in hearings])
    found = [place for some in places for place in some]
    return sorted(found) == list(range(len(places))) and all(len(some) == 1 for some in places)


def _right_places(
    problem: Problem, hearings: Sequence[Hearing], answers: Sequence[tuple[Any, ...]]
) -> list[list[int]]:
    """For each output of these answers, of which outputs it is the right value in every case."""
    count = range(len(problem.outputs))
    return [
        [
            place
            for place in count
            if all(
                alike(hearing.expected[place], answer[position], problem.rtol, problem.atol)
                for hearing, answer in zip(hearings, answers, strict=True)
            )
        ]
        for position in count
    ]
