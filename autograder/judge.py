"""Inputs out, arrays back, a verdict.

The judge draws the inputs, asks whoever answers for the student (the function itself in a
student's own notebook, a kernel far away in grading), and compares what comes back. Whoever
answers never holds an expected value.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from autograder.compare import Comparison, compare, compare_with_bounds
from autograder.diagnose import diagnose
from autograder.hearing import Hearing, Respondent, hear
from autograder.problem import Output, Problem
from autograder.verdict import Aspect, Verdict

CHANGED_INPUT_PENALTY = 0.1
"""The share of a score that a function loses when it changes its arguments in place."""


def judge(
    problem: Problem, respondent: Respondent, seed: int, helpers: Mapping[str, Problem]
) -> Verdict:
    """Judge a function on its own and, if it falls short, with the right helpers put in.

    Args:
        problem: what is asked.
        respondent: who answers.
        seed: of the inputs; the same seed draws the same.
        helpers: the problems named in `problem.uses`, by name.
    """
    alone = judge_alone(problem, respondent, seed)
    return judge_helped(problem, respondent, seed, helpers, alone)


def judge_alone(problem: Problem, respondent: Respondent, seed: int) -> Verdict:
    """Judge a function as the student's notebook left it."""
    return _weigh(problem, hear(problem, respondent, seed, {}))


def judge_first(
    problem: Problem,
    respondent: Respondent,
    seed: int,
    helpers: Mapping[str, Problem],
    before: Iterable[Verdict],
) -> Verdict:
    """Judge a function as the student's notebook left it.

    Where helpers are layers of a framework and the student's own have been found right, the right
    ones answer in their stead first: the same numbers, in a hundredth of the time.

    Args:
        problem: what is asked.
        respondent: who answers.
        seed: of the inputs.
        helpers: the problems named in `problem.uses`, by name.
        before: the verdicts so far on the same notebook.
    """
    slow = {name: helper for name, helper in helpers.items() if helper.frameworks}
    if slow and {verdict.problem for verdict in before if verdict.score == 1}.issuperset(slow):
        verdict = _judge_with(slow, problem, respondent, seed)
        if verdict.score == 1:
            return verdict
    return judge_alone(problem, respondent, seed)


def _judge_with(
    helpers: Mapping[str, Problem], problem: Problem, respondent: Respondent, seed: int
) -> Verdict:
    """Judge a function with right helpers in place of the student's own.

    Other inputs than `judge_alone` draws: no right helper may be asked about those on which the
    student's own is judged.
    """
    substitutes = {name: _as_helper(helper.reference) for name, helper in helpers.items()}
    return _weigh(problem, hear(problem, respondent, seed + 1, substitutes))


def _as_helper(reference: Callable[..., Any]) -> Callable[..., Any]:
    """A right function that lets go what a student's own takes besides, behind the rest."""
    count = len(inspect.signature(reference).parameters)

    def helper(*arguments: Any, **named: Any) -> Any:
        return reference(*arguments[:count], **named)

    return helper


def judge_helped(
    problem: Problem,
    respondent: Respondent,
    seed: int,
    helpers: Mapping[str, Problem],
    alone: Verdict,
) -> Verdict:
    """Follow-through: judge again with the right helper functions, and take the better verdict.

    In grading this comes after every problem has been judged alone: the process that may ask
    for a right `lstm_step` here has by then nothing left to answer with it.
    """
    if alone.score == 1 or not helpers:
        return alone
    helped = _judge_with(helpers, problem, respondent, seed)
    if _says(helped) <= _says(alone):
        return alone
    return replace(helped, helped_by=tuple(helpers))


def _says(verdict: Verdict) -> tuple[float, bool, int]:
    """By which one of two verdicts is better: the score, then how much it tells the student."""
    return verdict.score, not verdict.unwritten, len(verdict.diagnoses)


def _weigh(problem: Problem, hearings: Sequence[Hearing]) -> Verdict:
    total = sum(c.weight for c in problem.cases) * sum(o.weight for o in problem.outputs)
    aspects = tuple(
        _aspect(problem, hearing, position, output, total)
        for hearing in hearings
        for position, output in enumerate(problem.outputs)
    )
    wrong = {a.output for a in aspects if not a.passed}
    changed = _changed(problem, hearings)
    earned = sum(a.share * (1.0 if a.passed else a.part) for a in aspects) if wrong else 1.0
    errors = [h.answer.error for h in hearings if h.answer.error]
    return Verdict(
        problem=problem.name,
        score=round(earned * (1 - CHANGED_INPUT_PENALTY * bool(changed)), 12),
        source=problem.source,
        aspects=aspects,
        diagnoses=diagnose(problem, hearings, wrong),
        error=str(errors[0]) if errors else "",
        unwritten=all(
            h.answer.error and h.answer.error.type == "NotImplementedError" for h in hearings
        ),
        changed=changed,
    )


def _aspect(
    problem: Problem, hearing: Hearing, position: int, output: Output, total: float
) -> Aspect:
    right = hearing.expected[position]
    outputs = len(problem.outputs)
    if len(hearing.got) == outputs:
        comparison = _compare(problem, right, hearing.got[position])
    else:
        said = "no answer"
        if not hearing.answer.error:
            names = ", ".join(o.name for o in problem.outputs)
            said = f"{outputs} values expected ({names}), {len(hearing.got)} came back"
        comparison = replace(_compare(problem, right, right), got="", said=said, part=0.0)
    return Aspect(
        case=hearing.case.name,
        output=output.name,
        share=hearing.case.weight * output.weight / total,
        passed=not comparison.said,
        expected=comparison.expected,
        got=comparison.got,
        said=comparison.said,
        part=comparison.part,
    )


def _compare(problem: Problem, right: Any, got: Any) -> Comparison:
    if problem.bounds:
        return compare_with_bounds(problem.bounds, got)
    return compare(right, got, problem.rtol, problem.atol)


def _changed(problem: Problem, hearings: Sequence[Hearing]) -> tuple[str, ...]:
    names = list(inspect.signature(problem.reference).parameters)
    positions = {position for h in hearings for position in h.answer.changed}
    return tuple(names[p] for p in sorted(positions) if 0 <= p < len(names))
