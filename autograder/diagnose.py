"""Which known mistake gives exactly this output?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autograder.calling import NO_ANSWER, call
from autograder.compare import compare
from autograder.hearing import Hearing, outputs
from autograder.problem import Mistake, Problem
from autograder.verdict import Diagnosis

NOT_THERE = {"NotImplementedError", "NameError", NO_ANSWER}
"""What no known mistake raises: the function is not written, not defined, or does not return."""


def diagnose(
    problem: Problem, hearings: Sequence[Hearing], wrong: set[str]
) -> tuple[Diagnosis, ...]:
    """Explain every wrong output by a known mistake, with as few mistakes as possible.

    A mistake explains an output when it gives the student's value in every case, the ones where
    that is right included. So two mistakes in one function are both found when they show in
    different outputs.

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
    candidates = []
    for mistake in problem.mistakes:
        explained, mistake_changed = _explains(problem, mistake, hearings)
        if wrong:
            candidates.append((mistake, explained & wrong))
        elif len(explained) == len(names) and mistake_changed == changed:
            candidates.append((mistake, explained))
    open_outputs = wrong or set(names)
    diagnoses = []
    while open_outputs and candidates:
        # Of equals, max keeps the first: mistakes are listed most telling first.
        mistake, explained = max(candidates, key=lambda pair: len(pair[1] & open_outputs))
        found = tuple(name for name in names if name in explained & open_outputs)
        if not found:
            break
        diagnoses.append(Diagnosis(mistake.name, mistake.hint, mistake.convention, found))
        open_outputs = open_outputs - explained
    return tuple(diagnoses)


def _explains(
    problem: Problem, mistake: Mistake, hearings: Sequence[Hearing]
) -> tuple[set[str], list[tuple[int, ...]]]:
    """The outputs that the mistake gives as the student does, and what it changes in place."""
    explained = {output.name for output in problem.outputs}
    changed = []
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
        alike = [_alike(problem, mine, student) for mine, student in pairs]
        if len(got) == len(problem.outputs):
            explained -= {
                o.name for o, same in zip(problem.outputs, alike, strict=True) if not same
            }
        elif not all(alike):
            return set(), changed
        if not explained:
            break
    return explained if convincing else set(), changed


def _alike(problem: Problem, mine: object, student: object) -> bool:
    if mine is None or student is None:
        return mine is student
    return not compare(mine, student, problem.rtol, problem.atol).said
