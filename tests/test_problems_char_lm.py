"""Mistakes in hw5's Keras model are named: each is the solution's cell, with one line wrong."""

from __future__ import annotations

import functools
from typing import Any

import keras
import numpy as np
import pytest
from student_code import run_cell, solution_cell

from autograder.judge import judge
from autograder.notebook import InProcess
from autograder.problems import find_helpers, find_problem
from autograder.verdict import Verdict

HW = "hw5_char_lm"


def notebook(*cells: str, line: str = "", wrong: str = "") -> dict[str, Any]:
    """What these cells of the solution define, with a line of the last one replaced."""
    names: dict[str, Any] = {"keras": keras, "functools": functools}
    for cell in cells:
        source = solution_cell(HW, cell)
        last = cell == cells[-1]
        assert not last or line in source
        names |= run_cell(source.replace(line, wrong) if last and line else source, **names)
    return names


def judged(problem: str, names: dict[str, Any]) -> Verdict:
    found = find_problem(problem)
    return judge(found, InProcess(names[problem]), 0, find_helpers(found))


def test_states_that_are_not_handed_on() -> None:
    verdict = judged(
        "char_lstm", notebook("char_lstm", line="lstm(e, initial_state=[h0, c0])", wrong="lstm(e)")
    )
    if keras.__version__.startswith("3.13."):  # it refuses a model with an input that nothing reads
        assert "`inputs` not connected to `outputs`" in verdict.error
    else:
        assert "the given states are not handed" in verdict.diagnoses[0].name


@pytest.mark.parametrize(
    ("line", "wrong", "named"),
    [
        ("initial_state=[h0, c0]", "initial_state=[c0, h0]", "h0 and c0 are handed over"),
        ("[logits, h_T, c_T]", "[logits, c_T, h_T]", "c is returned before h"),
        ("[logits, h_T, c_T]", "[logits, h0, c0]", "the states that came in are returned"),
        ("Dense(V)", 'Dense(V, activation="softmax")', "probabilities are returned"),
        ("Dense(V)(h)", "Dense(V)(h_T)", "only the logits behind the last"),
    ],
)
def test_a_wrong_model(line: str, wrong: str, named: str) -> None:
    names = notebook("char_lstm", line=line, wrong=wrong)
    (diagnosis,) = judged("char_lstm", names).diagnoses
    assert diagnosis.name.startswith(named)


@pytest.mark.parametrize("problem", ["char_lstm", "stream_losses", "generate"])
def test_a_float32_model_is_right(problem: str) -> None:
    cells = ["char_lstm", "log_softmax", "temperature_softmax", "draw_character", problem]
    assert judged(problem, notebook(*dict.fromkeys(cells))).score == 1


def test_a_network_that_was_not_trained_has_learned_nothing() -> None:
    names = notebook("char_lstm", "log_softmax", "next_character")
    names["next_character"].__globals__["trained"] = names["build_model"](34, 8, 16).get_weights()
    verdict = judged("next_character", names)
    assert verdict.score == 0
    assert [d.name.split(":")[0] for d in verdict.diagnoses] == [
        "every character is about equally likely"
    ]
    np.testing.assert_allclose(float(verdict.aspects[0].got), 34, rtol=0.03)
