"""Where a helper is a layer of Keras and right, the right one answers in its stead: it is quick."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from nbformat.v4 import new_notebook

from autograder.calling import Answer, call
from autograder.course.run import _verdicts
from autograder.course.sheet import Exercise, Sheet
from autograder.verdict import Verdict
from lmkit.by_hand import layers

Function = Callable[..., Any]
SHEET = Sheet(
    "hw",
    new_notebook(),
    tuple(Exercise(name, name, 1.0, "") for name in ("lstm_cell", "bidirectional_lstm")),
    {},
)


class Submission:
    """What Runs is to the judge, and a Respondent: functions that call each other by name."""

    def __init__(self, **functions: Function) -> None:
        self.functions: dict[str, Function] = functions
        self.asked: list[tuple[str, set[str]]] = []
        self.sessions = [self]

    def of(self, problem: str) -> Submission:
        return self

    def run_whole(self, session: object) -> bool:
        return False

    def show(self) -> None:
        pass

    def ask(
        self,
        function: str,
        arguments: tuple[Any, ...],
        substitutes: Any,
        patience: float = math.inf,
    ) -> Answer:
        self.asked.append((function, set(substitutes)))
        own, self.functions = self.functions, {**self.functions, **substitutes}
        try:
            return call(self.functions[function], arguments)
        finally:
            self.functions = own

    def judged(self) -> dict[str, Verdict]:
        """The verdicts on both functions."""
        return _verdicts(self, SHEET, 5)  # type: ignore[arg-type]

    @property
    def helped(self) -> list[set[str]]:
        """With which right helpers bidirectional_lstm was asked, case by case."""
        return [given for name, given in self.asked if name == "bidirectional_lstm"]


def over(submission: Submission, *more: Any, **named: Any) -> Function:
    """A bidirectional_lstm that calls the submission's lstm_cell."""

    def bidirectional_lstm(x: Any, W_x: Any, W_h: Any, b: Any, *back: Any) -> Any:
        cell = submission.functions["lstm_cell"]
        forward, _ = cell(x, None, None, W_x, W_h, b, *more, **named)
        backward, _ = cell(x[:, ::-1], None, None, *back, *more, **named)
        return np.concatenate([forward, backward[:, ::-1]], axis=-1)

    return bidirectional_lstm


def test_over_a_right_layer_the_right_one_answers() -> None:
    submission = Submission(lstm_cell=layers.lstm_cell)
    submission.functions["bidirectional_lstm"] = over(submission)
    verdict = submission.judged()["bidirectional_lstm"]
    assert (verdict.score, verdict.helped_by) == (1, ())
    assert submission.helped == [{"lstm_cell"}] * 2


def test_over_a_wrong_layer_it_does_so_in_the_end() -> None:
    submission = Submission(lstm_cell=lambda *a: [2 * v for v in layers.lstm_cell(*a)])
    submission.functions["bidirectional_lstm"] = over(submission)
    verdicts = submission.judged()
    assert verdicts["lstm_cell"].score == 0
    verdict = verdicts["bidirectional_lstm"]
    assert (verdict.score, verdict.helped_by) == (1, ("lstm_cell",))
    assert submission.helped == [set()] * 2 + [{"lstm_cell"}] * 2


@pytest.mark.parametrize(
    "own", [layers.bidirectional_lstm, None], ids=["right by itself", "its own kind of call"]
)
def test_who_has_a_way_of_its_own_is_judged_by_that(own: Function | None) -> None:
    """A keyword that the right layer does not know, for one."""

    def lstm_cell(*arguments: Any, quick: bool = False) -> Any:
        return layers.lstm_cell(*arguments)

    submission = Submission(lstm_cell=lstm_cell)
    submission.functions["bidirectional_lstm"] = own or over(submission, quick=True)
    verdict = submission.judged()["bidirectional_lstm"]
    assert (verdict.score, verdict.helped_by) == (1, ())
    alone = [] if own else [set[str]()] * 2
    assert submission.helped == [{"lstm_cell"}] * 2 + alone


def test_what_is_wrong_is_said_of_the_student_s_own() -> None:
    submission = Submission(lstm_cell=layers.lstm_cell)
    right = over(submission)
    submission.functions["bidirectional_lstm"] = lambda *a: 2 * right(*a)
    verdict = submission.judged()["bidirectional_lstm"]
    assert (verdict.score, verdict.helped_by) == (0, ())
    assert submission.helped == [{"lstm_cell"}] * 2 + [set()] * 2
