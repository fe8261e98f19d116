"""check() and grade(), as a student meets them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from student_code import run_cell

import autograder
from autograder import GRADED_OUTSIDE
from autograder.notebook import InProcess, Shown, check, grade, substituted
from autograder.problems import find_problem

RIGHT = """
def rnn_step(x, h_prev, W_x, W_h, b):
    return np.tanh(x @ W_x + h_prev @ W_h + b)
"""
NO_BIAS = """
def rnn_step(x, h_prev, W_x, W_h, b):
    return np.tanh(x @ W_x + h_prev @ W_h)
"""
STUB = """
def rnn_step(x, h_prev, W_x, W_h, b):
    # YOUR CODE HERE
    raise NotImplementedError()
"""
EVIL = """
def rnn_step(x, h_prev, W_x, W_h, b):
    raise ValueError("<script>alert('x')</script>")  # <img src=x>
"""
SEQUENCE = """
def rnn_sequence(x, h0, W_x, W_h, b):
    states = [h0]
    for t in range(x.shape[1]):
        states.append(rnn_step(x[:, t], states[-1], W_x, W_h, b))
    return np.stack(states[1:], axis=1)
"""


def rnn_step(source: str) -> Callable[..., Any]:
    function: Callable[..., Any] = run_cell(source)["rnn_step"]
    return function


def html(shown: Shown) -> str:
    return shown._repr_html_()


@pytest.fixture(autouse=True)
def in_a_students_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(GRADED_OUTSIDE, raising=False)


# -- what is shown --------------------------------------------------------------------------------


def test_right() -> None:
    shown = check("rnn_step", rnn_step(RIGHT))
    assert shown.verdict is not None and shown.verdict.score == 1
    lines = repr(shown).splitlines()
    assert lines[0] == "✓ rnn_step: right"
    assert lines[1].split()[:2] == ["✓", "h"]
    assert len(lines) == 2
    assert "✓ rnn_step: right" in html(shown) and "✗" not in html(shown)


def test_right_with_points() -> None:
    shown = grade("rnn_step", rnn_step(RIGHT), points=3)
    assert repr(shown).startswith("✓ rnn_step: 3 of 3 points")
    assert "3 of 3 points" in html(shown)


def test_wrong() -> None:
    shown = check("rnn_step", rnn_step(NO_BIAS))
    assert repr(shown).startswith("✗ rnn_step: not right yet\n  ✗ h ")
    said = "h: exactly what you get when the bias is left out."
    for page in (repr(shown), html(shown)):
        assert said in page
        assert "entries wrong, by up to" in page
        assert "See Deck 3" in page


def test_half_right_with_points() -> None:
    def one_sequence(x: Any, h_prev: Any, W_x: Any, W_h: Any, b: Any) -> Any:
        h = np.zeros(h_prev.shape)
        h[0] = np.tanh(x[0] @ W_x + h_prev[0] @ W_h + b)
        return h

    problem = find_problem("rnn_step")
    # Right where N = 1 alone.
    share = 1 / sum(case.weight for case in problem.cases)
    shown = grade("rnn_step", one_sequence, points=2)
    assert float(shown) == pytest.approx(2 * share)
    assert f"{2 * share:g} of 2 points" in repr(shown)
    assert "only the first sequence of the batch is computed" in repr(shown)
    assert f"{share:.0%} right" in repr(check("rnn_step", one_sequence))


def test_unwritten() -> None:
    for shown in (check("rnn_step", rnn_step(STUB)), grade("rnn_step", rnn_step(STUB), points=1)):
        assert shown.verdict is not None and shown.verdict.unwritten
        for page in (repr(shown), html(shown)):
            assert "Not written yet: the function still raises NotImplementedError." in page
            assert "Your function stopped" not in page
    assert "rnn_step: not written yet" in repr(check("rnn_step", rnn_step(STUB)))


def test_an_error_is_shown_with_its_line_and_is_escaped() -> None:
    shown = check("rnn_step", rnn_step(EVIL))
    assert "Your function stopped: ValueError: <script>alert('x')</script>" in repr(shown)
    assert "in rnn_step, line 3: `raise ValueError(" in repr(shown)
    assert "<script" not in html(shown) and "<img" not in html(shown)
    assert "&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;" in html(shown)
    assert "&lt;img src=x&gt;" in html(shown)


def test_a_class_of_an_evil_name_is_escaped() -> None:
    evil = type("<script>", (), {})
    shown = check("rnn_step", lambda *arguments: [evil()])
    assert "<script" not in html(shown)
    raises = type("<img>", (Exception,), {})

    def fails(*arguments: Any) -> None:
        raise raises

    assert "<img" not in html(check("rnn_step", fails))


@pytest.mark.parametrize(
    "value", [None, {"h": np.ones(3)}, (n for n in range(3)), np, "h", [1.0], object()]
)
def test_any_value_is_judged(value: Any) -> None:
    for problem in ("rnn_step", "lstm_step", "clip_by_global_norm", "keep_cell"):
        shown = check(problem, lambda *arguments: value)
        assert float(shown) == 0
        assert "came back" in repr(shown) or "expected" in repr(shown) or "should" in repr(shown)
        assert html(shown)


def test_what_a_student_prints_or_changes_does_not_count() -> None:
    def prints(*arguments: Any) -> None:
        for array in arguments:
            array[:] = 0

    assert float(grade("rnn_step", prints, points=5)) == 0


def test_an_interrupt_ends_the_check() -> None:
    calls = []

    def interrupted(*arguments: Any) -> None:
        calls.append(1)
        raise KeyboardInterrupt

    assert "Your function stopped: KeyboardInterrupt" in repr(check("rnn_step", interrupted))
    assert len(calls) == 1


def test_every_check_draws_new_inputs() -> None:
    inputs = []

    def keeps(x: Any, *rest: Any) -> Any:
        inputs.append(x.copy())

    check("rnn_step", keeps)
    check("rnn_step", keeps)
    first, second = inputs[0], inputs[len(inputs) // 2]
    assert first.shape != second.shape or not np.isclose(first, second).any()


# -- points ---------------------------------------------------------------------------------------


def test_points_as_a_number() -> None:
    assert float(grade("rnn_step", rnn_step(RIGHT), points=3)) == 3
    assert float(grade("rnn_step", rnn_step(RIGHT), points=0)) == 0
    assert float(grade("rnn_step", rnn_step(NO_BIAS), points=3)) == 0
    assert float(check("rnn_step", rnn_step(RIGHT))) == 1


def test_nbgrader_reads_no_points_from_what_is_shown() -> None:
    # It takes a last expression that reads as a number for points; whatever else, for all of them.
    shown = grade("rnn_step", rnn_step(RIGHT), points=3)
    with pytest.raises(ValueError):
        float(repr(shown))


# -- names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["rnn_stp", "rnnstep", "RNN_step"])
def test_an_unknown_exercise_is_answered_with_those_near_it(name: str) -> None:
    told = f"no problem is called '{name}'; there is .*rnn_step"
    with pytest.raises(KeyError, match=told):
        check(name, print)
    with pytest.raises(KeyError, match=told):
        grade(name, print, points=1)


@pytest.mark.parametrize("not_a_function", [None, 3.0, np.zeros((2, 3)), "rnn_step"])
def test_what_is_not_a_function(not_a_function: Any) -> None:
    with pytest.raises(TypeError, match=r"takes the function itself, .* and got a \w+$"):
        check("rnn_step", not_a_function)
    with pytest.raises(TypeError, match=r"takes the function itself, .* and got a \w+$"):
        grade("rnn_step", not_a_function, points=1)


def test_the_package_offers_both_names() -> None:
    assert autograder.check is check
    assert autograder.grade is grade
    with pytest.raises(AttributeError, match="no attribute 'cheat'"):
        _ = autograder.cheat


# -- where a submission is graded -----------------------------------------------------------------


def test_in_grading_nothing_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(GRADED_OUTSIDE, "1")
    # As in that kernel: what holds right answers cannot be imported.
    for module in ("autograder.judge", "autograder.problems", "lmkit"):
        monkeypatch.setitem(sys.modules, module, None)
    calls = []
    for shown in (
        check("rnn_step", lambda *arguments: calls.append(1)),
        grade("rnn_step", lambda *arguments: calls.append(1), points=3),
        grade("no such exercise", None, points=3),  # type: ignore[arg-type]
    ):
        assert shown.verdict is None
        assert repr(shown) == "judged outside this notebook"
        assert html(shown) == "<em>judged outside this notebook</em>"
        assert float(shown) == 0
    assert calls == []


# -- helpers --------------------------------------------------------------------------------------


def test_an_earlier_mistake_costs_once() -> None:
    cell = run_cell(NO_BIAS + SEQUENCE)
    shown = grade("rnn_sequence", cell["rnn_sequence"], points=2)
    assert float(shown) == 2
    assert "Judged with the course's rnn_step in place of yours" in repr(shown)
    assert float(check("rnn_step", cell["rnn_step"])) == 0


def test_a_substitute_stands_in_for_a_while() -> None:
    namespace: dict[str, Any] = {"step": "own", "other": 1}
    with substituted(namespace, {"step": max, "missing": min}):
        assert namespace["step"](1, 2) == 2 and namespace["missing"](1, 2) == 1
    assert namespace == {"step": "own", "other": 1}


def test_a_substitute_is_called_by_the_names_that_the_own_function_has() -> None:
    namespace: dict[str, Any] = {"step": lambda inp, *, weight=0, cache=None: 0}

    def right(x: float, W: float) -> float:
        return x / W

    with substituted(namespace, {"step": right}):
        assert namespace["step"](6, 2) == 3  # as the course has it, which the own would not take
        with pytest.raises(TypeError):  # no order is known of what has no place of its own
            namespace["step"](inp=6, weight=2)
    namespace = {"step": lambda inp, weight: 0}
    with substituted(namespace, {"step": right}):
        assert namespace["step"](weight=2, inp=6) == 3
        assert namespace["step"](x=6, W=2) == 3


def test_a_substitute_goes_even_after_an_error() -> None:
    namespace = {"step": "own"}
    with pytest.raises(ZeroDivisionError), substituted(namespace, {"step": max}):
        raise ZeroDivisionError
    assert namespace == {"step": "own"}


def test_what_is_no_python_function_is_asked_too() -> None:
    answer = InProcess(np.add).ask("add", (1, 2), {"step": print})
    assert answer.value == 3
