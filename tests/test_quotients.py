"""Finite differences in the place of backpropagation are found by their text."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import ROOT
from nbformat.v4 import new_code_cell, new_notebook

from autograder.course.quotients import by_differences
from autograder.course.run import _noticed
from autograder.course.sheet import Exercise, Sheet
from autograder.problems import problem_names

RIGHT = """
def rnn_step_backward(dh, x, h_prev, W_x, W_h, b):
    h = rnn_step(x, h_prev, W_x, W_h, b)
    da = dh * (1 - h**2)
    return da @ W_x.T, da @ W_h.T, x.T @ da, h_prev.T @ da, da.sum(axis=0)
"""
NUMERICAL = """
def numerical(f, a{argument}):
    g = np.zeros_like(a){before}
    for i in np.ndindex(a.shape):
        old = a[i]
        a[i] = old + {step}
        plus = f()
        a[i] = old - {step}
        minus = f()
        a[i] = old
        g[i] = (plus - minus) / {by}
    return g
"""
THROUGH = """
def through(f, a):
    g, e = numerical(f, a), 10**-5
    e = 1e-5
    g /= 2 * e
    return g
"""
CALLS = """
def rnn_step_backward(dh, x, h_prev, W_x, W_h, b):
    f = lambda: (rnn_step(x, h_prev, W_x, W_h, b) * dh).sum()
    return [numerical(f, a) for a in (x, h_prev, W_x, W_h, b)]
"""
ALL = ["rnn_step", "rnn_step_backward", "char_lm_gradients", "gradient_norms"]


def numerical(argument: str = "", before: str = "", step: str = "e", by: str = "(2 * e)") -> str:
    return NUMERICAL.format(argument=argument, before=before, step=step, by=by)


@pytest.mark.parametrize(
    "helper",
    [
        numerical(argument=", e=1e-5"),
        numerical(argument=", *, e=1e-5"),
        numerical(before="\n    e = 0.0001"),
        numerical(before="\n    e = 10**-5", by="e / 2"),
        numerical(step="1e-6", by="2e-6"),
        "e = 1E-4\n" + numerical(by="2.0 / e"),
        "e = 1e-4" + numerical(by="(e * 2)"),
        numerical(argument=", e=1e-5", by="1") + THROUGH,
    ],
)
def test_a_quotient_is_found_through_the_functions_that_are_called(helper: str) -> None:
    calls = CALLS.replace("numerical(", "through(") if "through" in helper else CALLS
    assert by_differences([helper, calls], ALL) == ["rnn_step_backward"]
    assert by_differences([calls, "%matplotlib inline\n" + helper], ALL) == ["rnn_step_backward"]


@pytest.mark.parametrize(
    "beside",
    [
        numerical(argument=", e=1e-5"),  # to check oneself, as one should
        "def clip(g):\n    return g / (np.linalg.norm(g) + 1e-6)",
        "def rnn_step(x, h, W_x, W_h, b):\n    return np.tanh(x @ W_x + h @ W_h + b + 1e-9 / 3)",
        "rate = 1e-3",
        "def broken(:\n    e = 1e-5",
        "x = 10**10**10**10",
        f"def f():\n    return 1.0 / {'-' * 3000}x",
        f"def f():\n    return 1.0 / (x{' * x' * 3000})",
        f"x = {'9' * 300}",
    ],
)
def test_who_derives_is_not_named(beside: str) -> None:
    assert by_differences([beside, RIGHT], ALL) == []
    assert by_differences([RIGHT, beside], ALL) == []


def test_the_last_definition_counts() -> None:
    helper = numerical(argument=", e=1e-5")
    assert by_differences([helper, CALLS, RIGHT], ALL) == []
    assert by_differences([helper, RIGHT, CALLS], ALL) == ["rnn_step_backward"]
    assert by_differences([helper, CALLS], ["rnn_step", "gradient_norms"]) == []


def test_functions_that_call_each_other_in_a_circle() -> None:
    back = "def rnn_step_backward():\n    return f()\n"
    circle = back + "def f():\n    return rnn_step_backward() / 1e-5"
    assert by_differences([circle], ALL) == ["rnn_step_backward"]


@pytest.mark.parametrize("path", sorted((ROOT / "solutions").glob("*/*.py")), ids=lambda p: p.stem)
def test_the_course_s_own_solutions_are_not_named(path: Path) -> None:
    cells = re.split(r"^# %%.*$", path.read_text(), flags=re.MULTILINE)
    assert by_differences(cells, problem_names()) == []


def test_the_report_names_them() -> None:
    exercises = (Exercise("back", "rnn_step_backward", 1.0, ""),)
    cells = [new_code_cell(numerical(argument=", e=1e-5")), new_code_cell(CALLS)]
    handed_out = new_notebook(cells=cells[:1])  # the course's own cell measures
    told = _noticed(new_notebook(cells=cells), Sheet("hw", handed_out, exercises, {}))
    assert told == (
        "rnn_step_backward divides by a small step, as finite differences do: worth a look",
    )
