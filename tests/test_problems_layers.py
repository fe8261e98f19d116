"""Mistakes in a Keras cell are named: each is the solution's cell, with one line wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import pytest
from keras import ops
from student_code import defined, solution_cell

from autograder.judge import judge
from autograder.notebook import InProcess
from autograder.problems import find_helpers, find_problem
from autograder.verdict import Verdict
from lmkit.by_hand import lstm_weights


@pytest.fixture(autouse=True)
def float64() -> Any:
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float64")
    yield
    keras.config.set_dtype_policy(before)


def judged(problem: str, line: str = "", wrong: str = "", **names: Any) -> Verdict:
    """The verdict on the solution with one line replaced."""
    source = solution_cell("hw4_lstm_gru", problem)
    assert line in source
    names = {"keras": keras, "ops": ops, "lstm_weights": lstm_weights, **names}
    function: Callable[..., Any] = defined(problem, source.replace(line, wrong), **names)
    found = find_problem(problem)
    return judge(found, InProcess(function), 0, find_helpers(found))


@pytest.mark.parametrize("problem", ["lstm_cell", "mut1_cell"])
def test_the_solution_is_right(problem: str) -> None:
    assert judged(problem).score == 1


@pytest.mark.parametrize(
    ("line", "wrong", "named"),
    [
        ("return h, [h, c]", "return h, [c, h]", "the states are returned as [c, h]"),
        ("return h, [h, c]", "return c, [h, c]", "call gives out c"),
        ("return h, [h, c]", "return h, [h, states[1]]", "the old c is handed on"),
        ("return h, [h, c]", "return h, [states[0], c]", "the old h is handed on"),
        ("h, _, c = layer", "h, c, _ = layer", "the last h is returned"),
        ("return_sequences=True, ", "", "only the last h is returned"),
        ("initial_state=None if", "initial_state=None if True or", "the given states are not"),
        ("else [h0, c0]", "else [c0, h0]", "h0 and c0 are handed over"),
        ("ops.zeros((batch", "ops.ones((batch", "the states that nobody gives are ones"),
        ("a_i, a_f, a_o, a_g = ops", "a_i, a_f, a_g, a_o = ops", "the weights are used in the"),
        (" + self.b\n", "\n", "the bias is never added"),
        ("h = o * ops.tanh(c)", "h = o * c", "tanh is left out of h"),
        ("return_sequences=True", "go_backwards=True, return_sequences=True", "the sequence is"),
    ],
)
def test_a_wrong_lstm_cell(line: str, wrong: str, named: str) -> None:
    (diagnosis,) = judged("lstm_cell", line, wrong).diagnoses
    assert diagnosis.name.startswith(named)


@pytest.mark.parametrize(
    ("line", "wrong", "named"),
    [
        ("ops.matmul(r * h, self.W_hh)", "r * ops.matmul(h, self.W_hh)", "r is applied after"),
        ("squashed = ops.tanh(ops.matmul(x, self.W_in))", "squashed = x @ self.W_in", "tanh is"),
        ("h_tilde * z + h * (1 - z)", "h_tilde * (1 - z) + h * z", "z and 1 - z are the other"),
        ("(x, initial_state=[h0])", "(x)", "the given state is not handed"),
        ("W_hr, W_hh, b_z, b_r, b_h])", "W_hh, W_hr, b_z, b_r, b_h])", "W_hr and W_hh are"),
    ],
)
def test_a_wrong_mut1_cell(line: str, wrong: str, named: str) -> None:
    (diagnosis,) = judged("mut1_cell", line, wrong).diagnoses
    assert diagnosis.name.startswith(named)


def test_wrong_weights_to_start_from_cost_the_cell_nothing() -> None:
    def three_blocks(D: int, H: int) -> Any:
        return tuple(w[..., : 3 * H] for w in lstm_weights(D, H))

    verdict = judged("lstm_cell", lstm_weights=three_blocks)
    assert (verdict.score, verdict.helped_by) == (1, ("lstm_weights",))
