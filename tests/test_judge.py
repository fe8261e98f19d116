"""Scores, the inputs that are drawn, and the verdict as data."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from small_problems import (
    GATES,
    HELPERS,
    SEQUENCE,
    Answers,
    Arguments,
    f_o_swapped,
    gates,
    judged,
    scales_x,
)

from autograder.calling import Answer
from autograder.hearing import Respondent
from autograder.judge import judge
from autograder.problem import Output, Problem
from autograder.verdict import Aspect, Diagnosis, Verdict

# -- scores ---------------------------------------------------------------------------------------


def test_all_right() -> None:
    verdict = judged(gates)
    assert verdict.score == 1
    assert verdict.summary == "right"
    assert (verdict.problem, verdict.source) == ("gates", "Deck 3, Gates")
    assert all(a.passed and not a.said for a in verdict.aspects)
    assert (verdict.diagnoses, verdict.error, verdict.unwritten) == ((), "", False)


def test_every_output_in_every_case_is_an_aspect() -> None:
    aspects = judged(gates).aspects
    assert [(a.case, a.output, a.expected) for a in aspects] == [
        *(("a batch", output, "(3, 5)") for output in "ifog"),
        *(("N = 1", output, "(1, 5)") for output in "ifog"),
    ]
    # Four gates of equal weight; the cases weigh 3 and 1: 3 / 4 / 4 and 1 / 4 / 4.
    assert [a.share for a in aspects] == [3 / 16] * 4 + [1 / 16] * 4
    assert sum(a.share for a in aspects) == 1


def test_weights_of_cases_and_outputs_multiply() -> None:
    problem = Problem(
        "gates",
        gates,
        (Output("i", 2), Output("f"), Output("o", 0.5), Output("g", 1.5)),
        GATES.cases,
        "",
    )
    verdict = judged(lambda x, W: (None, *gates(x, W)[1:]), problem)
    # i has 2 of 5; it is wrong in both cases.
    assert verdict.score == pytest.approx(3 / 5)
    assert sum(a.share for a in verdict.aspects) == pytest.approx(1)
    # In the first case alone (3 of 4): 1 - 2/5 * 3/4 = 0.7.
    verdict = judged(lambda x, W: (gates(x, W)[0] + (len(x) > 1), *gates(x, W)[1:]), problem)
    assert verdict.score == pytest.approx(0.7)


@pytest.mark.parametrize("wrong", range(4))
def test_three_of_four_gates_are_three_quarters(wrong: int) -> None:
    def three_right(x: Any, W: Any) -> Any:
        values = list(gates(x, W))
        values[wrong] = values[wrong] + 0.01
        return values

    verdict = judged(three_right)
    assert verdict.score == 0.75
    assert {a.output for a in verdict.aspects if not a.passed} == {"ifog"[wrong]}
    assert verdict.summary == f"{'ifog'[wrong]} wrong"


def test_a_case_alone() -> None:
    verdict = judged(lambda x, W: gates(x, W) if len(x) > 1 else gates(-x, W))
    # For N = 1 the odd functions i, o and g change their sign, the cosine does not.
    assert verdict.score == pytest.approx(1 - 3 / 16)
    assert [a.output for a in verdict.aspects if not a.passed] == ["i", "o", "g"]
    assert {a.case for a in verdict.aspects if not a.passed} == {"N = 1"}


def test_in_place_costs_a_tenth_and_names_the_argument() -> None:
    def scales(x: Any, W: Any) -> Any:
        values = gates(x, W)
        W *= 3
        return values

    verdict = judged(scales)
    assert verdict.score == pytest.approx(0.9)
    assert verdict.changed == ("W",)
    assert verdict.diagnoses == ()
    assert verdict.summary == "changes W in place"
    assert all(a.passed for a in verdict.aspects)


def test_in_place_costs_a_tenth_of_what_is_earned() -> None:
    def scales(x: Any, W: Any) -> Any:
        values = gates(x, W)
        W *= 3
        x *= 3
        return values[0] + 1, *values[1:]

    verdict = judged(scales)
    assert verdict.score == pytest.approx(0.75 * 0.9)
    assert verdict.changed == ("x", "W")


def test_a_liar_about_its_arguments_names_none() -> None:
    # Positions come over the wire; those that are no arguments are passed over.
    def lies(arguments: Arguments) -> Answer:
        return Answer(gates(*arguments), changed=(-5, 7))

    class Liar:
        def ask(
            self, function: str, arguments: Arguments, substitutes: Any, patience: float = math.inf
        ) -> Answer:
            return lies(arguments)

    verdict = judge(GATES, Liar(), 0, {})
    assert (verdict.score, verdict.changed) == (1, ())


# -- inputs ---------------------------------------------------------------------------------------


def asked(problem: Problem, seed: int) -> list[Arguments]:
    respondent = Answers(*[Answer()] * len(problem.cases))
    judge(problem, respondent, seed, {})
    return respondent.asked


def test_a_seed_draws_the_same_and_another_one_does_not() -> None:
    first, again, other = asked(GATES, 1), asked(GATES, 1), asked(GATES, 2)
    for ours, same, different in zip(first, again, other, strict=True):
        for a, b, c in zip(ours, same, different, strict=True):
            np.testing.assert_array_equal(a, b)
            assert not np.isclose(a, c).any()


def test_cases_and_problems_draw_different_inputs() -> None:
    twice = Problem("gates", gates, GATES.outputs, GATES.cases[:1] * 2, "")
    renamed = Problem("other", gates, GATES.outputs, GATES.cases[:1], "")
    (first, _), (second, _) = asked(twice, 1)
    ((third, _),) = asked(renamed, 1)
    assert not np.isclose(first, second).any()
    assert not np.isclose(first, third).any()


def test_what_one_case_changes_does_not_reach_the_judge() -> None:
    def cheats(x: Any, W: Any) -> Any:
        x[:], W[:] = 0, 0
        return gates(x, W)

    # cos 0 = 1 is not cos a, but tanh, sin and 2 a of zero inputs are zero, not right.
    assert judged(cheats).score == 0


def test_a_respondent_is_asked_by_name_and_told_the_substitutes() -> None:
    asked_for: list[tuple[str, list[str]]] = []

    class Listens:
        def ask(
            self, function: str, arguments: Arguments, substitutes: Any, patience: float = math.inf
        ) -> Answer:
            asked_for.append((function, list(substitutes)))
            return Answer()

    respondent: Respondent = Listens()
    judge(SEQUENCE, respondent, 0, HELPERS)
    assert asked_for == [("sequence", [])] * 2 + [("sequence", ["step"])] * 2


# -- the verdict as data --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "function",
    [gates, f_o_swapped, scales_x, lambda x, W: None, lambda x, W: 1 / 0],
    ids=["right", "mistake", "changed", "nothing", "error"],
)
def test_a_verdict_survives_json(function: Callable[..., Any]) -> None:
    verdict = judged(function)
    assert Verdict.from_json(json.loads(json.dumps(verdict.to_json()))) == verdict


def test_every_field_of_a_verdict_survives_json() -> None:
    verdict = Verdict(
        problem="lstm_step",
        score=0.45,
        source="Deck 3",
        aspects=(Aspect("a batch", "h", 1.0, False, "(3, 4)", "(4, 3)", "transposed"),),
        diagnoses=(Diagnosis("tanh is left out", "Look.", True, ("h", "c")),),
        error="ValueError: 은지's <b>",
        unwritten=True,
        changed=("x", "W"),
        helped_by=("lstm_gates",),
    )
    assert Verdict.from_json(json.loads(json.dumps(verdict.to_json()))) == verdict
