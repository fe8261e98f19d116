"""What is worth nothing, what raises, and what is said of it."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from small_problems import (
    GATES,
    SQUARE,
    Answers,
    diagnosed,
    gates,
    judged,
    said,
)
from student_code import run_cell

from autograder.calling import NO_ANSWER, Answer, StudentError
from autograder.judge import judge
from autograder.problem import Problem

# -- answers of the wrong kind --------------------------------------------------------------------


class Lies:
    """Claims to be an array, a number and equal to everything."""

    shape = (3, 5)
    dtype = np.dtype(float)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return np.full((3, 5), "right", dtype=object)

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]

    def __float__(self) -> float:
        return 0.0

    def __sub__(self, other: object) -> float:
        return 0.0

    __rsub__ = __sub__


class ClaimsToBeATuple:
    @property  # type: ignore[misc]
    def __class__(self) -> type:
        return tuple


class CannotBeCopied:
    def __deepcopy__(self, memo: Any) -> Any:
        raise RuntimeError("there is only one of me")


WORTHLESS = {
    "None": (None, "4 values expected (i, f, o, g), 1 came back"),
    "one array": (np.zeros((3, 5)), "4 values expected (i, f, o, g), 1 came back"),
    "three": ((np.zeros((3, 5)),) * 3, "4 values expected (i, f, o, g), 3 came back"),
    "five": ((np.zeros((3, 5)),) * 5, "4 values expected (i, f, o, g), 5 came back"),
    "empty": ((), "4 values expected (i, f, o, g), 0 came back"),
    "dict of arrays": (
        {"i": np.zeros((3, 5)), "f": np.ones((3, 5))},
        "4 values expected (i, f, o, g), 1 came back",
    ),
    "text": ("ifog", "4 values expected (i, f, o, g), 1 came back"),
    "generator": ((n for n in "ifog"), "4 values expected (i, f, o, g), 1 came back"),
    "no copy": (CannotBeCopied(), "4 values expected (i, f, o, g), 1 came back"),
    "Nones": ((None,) * 4, "None came back: is a `return` missing?"),
    "lists": (([[0.0] * 3] * 7,) * 4, "a list came back, not an array"),
    "texts": (("right",) * 4, "a str came back, not an array"),
    "liars": ((Lies(),) * 4, "dtype object: numbers were expected"),
    "a liar": (Lies(), "4 values expected (i, f, o, g), 1 came back"),
    "no tuple": (ClaimsToBeATuple(), "no answer"),
    "modules": ((np,) * 4, "dtype object: numbers were expected"),
}


@pytest.mark.parametrize(("value", "told"), WORTHLESS.values(), ids=WORTHLESS)
def test_what_is_worth_nothing(value: Any, told: str) -> None:
    verdict = judged(lambda x, W: value)
    assert verdict.score == 0
    assert said(verdict) == [told] * 8
    assert not verdict.unwritten
    assert json.dumps(verdict.to_json())


def test_values_in_lists_or_in_one_array_are_as_good() -> None:
    assert judged(lambda x, W: [v.tolist() for v in gates(x, W)]).score == 1
    assert judged(lambda x, W: np.stack(gates(x, W))).score == 1
    assert judged(lambda x, W: np.stack(gates(x, W))[::-1]).score < 1


def test_none_is_not_taken_for_a_mistake_that_returns_one_array() -> None:
    assert diagnosed(judged(lambda x, W: None)) == {}
    assert diagnosed(judged(lambda x, W: np.cos(x @ W))) == {}
    assert diagnosed(judged(lambda x, W: np.tanh(x @ W))) == {"only i is returned": tuple("ifog")}


def test_transposed() -> None:
    verdict = judged(lambda x, W: [v.T for v in gates(x, W)])
    assert verdict.score == 0
    assert said(verdict)[:4] == ["shape (3, 5) expected, got (5, 3), transposed"] * 4
    assert said(verdict)[4:] == ["shape (1, 5) expected, got (5, 1), transposed"] * 4
    assert (verdict.aspects[0].expected, verdict.aspects[0].got) == ("(3, 5)", "(5, 3)")


def test_not_a_number_and_infinite_in_one_output_each() -> None:
    def strange(x: Any, W: Any) -> Any:
        i, f, o, g = gates(x, W)
        i[0, 0], f[0, 1] = np.nan, np.inf
        return i, f, o, g

    verdict = judged(strange)
    assert verdict.score == 0.5
    assert said(verdict)[:4] == [
        "1 of 15 entries not a number (NaN)",
        "1 of 15 entries infinite",
        "",
        "",
    ]


def test_a_list_of_outputs_is_as_good_as_a_tuple() -> None:
    assert judged(lambda x, W: list(gates(x, W))).score == 1


def test_answers_in_float32() -> None:
    assert judged(lambda x, W: [v.astype(np.float32) for v in gates(x, W)]).score == 1
    assert judged(lambda x, W: [v.astype(np.float16) for v in gates(x, W)]).score == 0


# -- errors ---------------------------------------------------------------------------------------


def test_an_error_is_told_with_the_students_line() -> None:
    function = run_cell("def gates(x, W):\n    return x @ W.T")["gates"]
    verdict = judged(function)
    assert verdict.score == 0
    assert verdict.error.startswith("ValueError: matmul")
    assert verdict.error.endswith("(in gates, line 2: `return x @ W.T`)")
    assert said(verdict) == ["no answer"] * 8
    assert verdict.aspects[0].expected == "(3, 5)"
    assert verdict.summary == verdict.error


def test_an_error_in_one_case_costs_that_case() -> None:
    def fails_on_one(x: Any, W: Any) -> Any:
        if len(x) == 1:
            raise IndexError("one")
        return gates(x, W)

    verdict = judged(fails_on_one)
    assert verdict.score == 0.75
    assert verdict.error == "IndexError: one"
    assert not verdict.unwritten


def test_the_type_of_an_error_is_enough_where_another_case_agrees() -> None:
    problem = Problem("gates", gates, GATES.outputs, (GATES.cases[0], SQUARE), "")

    @problem.mistake("the matrices are multiplied the wrong way round", hint="-")
    def wrong_way_round(x, W):  # type: ignore[no-untyped-def]
        return gates(W, x)

    def differently(x: Any, W: Any) -> Any:
        if x.shape[0] != W.shape[1]:
            raise ValueError("in other words")
        return gates(W, x)

    assert diagnosed(judged(differently, problem))
    assert not diagnosed(judged(lambda x, W: differently(x, W + (len(x) == 5)), problem))


@pytest.mark.parametrize("wrong", ["x @ W.T", "y", "1 / 0", "x.reshape(7, 7)"])
def test_an_error_of_another_cause_is_not_diagnosed(wrong: str) -> None:
    verdict = judged(run_cell(f"def gates(x, W):\n    return {wrong}")["gates"])
    assert verdict.error and diagnosed(verdict) == {}


def test_an_error_that_a_known_mistake_raises_too() -> None:
    verdict = judged(run_cell("def gates(x, W):\n    return W @ x")["gates"])
    assert diagnosed(verdict) == {"the matrices are multiplied the wrong way round": tuple("ifog")}


def test_a_stub_is_unwritten_and_asked_once() -> None:
    calls = []

    def stub(x: Any, W: Any) -> Any:
        calls.append(1)
        raise NotImplementedError

    verdict = judged(stub)
    assert (verdict.score, verdict.unwritten, verdict.summary) == (0, True, "not written yet")
    assert len(calls) == 1
    assert len(verdict.aspects) == 8


def test_what_is_half_written_is_not_unwritten() -> None:
    def half(x: Any, W: Any) -> Any:
        if len(x) == 3:
            raise NotImplementedError("batches will come later")
        return gates(x, W)

    other_order = Problem("gates", gates, GATES.outputs, GATES.cases[::-1], "")
    other_order.cases += (GATES.cases[1],)
    verdict = judged(half, other_order)
    # The cases weigh 1, 3 and 1; the second is missing.
    assert verdict.score == pytest.approx(2 / 5)
    assert not verdict.unwritten
    assert verdict.summary == "NotImplementedError: batches will come later"


@pytest.mark.parametrize("kind", [NO_ANSWER, "KeyboardInterrupt"])
def test_who_does_not_answer_is_not_asked_again(kind: str) -> None:
    silent = Answers(Answer(error=StudentError(kind, "too slow")))
    verdict = judge(GATES, silent, 0, {})
    assert verdict.score == 0
    assert "too slow" in verdict.error
    assert len(silent.asked) == 1
