"""A wrong helper costs once: who calls it is judged with a right one too."""

from __future__ import annotations

import pytest
from small_problems import (
    ENDLESS_STEP,
    HELPERS,
    RIGHT_SEQUENCE,
    RIGHT_STEP,
    SEQUENCE,
    UNWRITTEN_SEQUENCE,
    UNWRITTEN_STEP,
    WRONG_SEQUENCE,
    WRONG_STEP,
    diagnosed,
    judged_sequence,
)
from student_code import run_cell

from autograder.judge import judge
from autograder.notebook import InProcess


@pytest.mark.parametrize("broken_step", [WRONG_STEP, UNWRITTEN_STEP, ENDLESS_STEP, ""])
def test_a_right_sequence_over_a_wrong_step_gets_full_marks(broken_step: str) -> None:
    verdict = judged_sequence(broken_step + RIGHT_SEQUENCE)
    assert verdict.score == 1
    assert verdict.helped_by == ("step",)
    assert not verdict.unwritten and not verdict.error


def test_a_wrong_step_may_have_names_and_parameters_of_its_own() -> None:
    step = "def step(inp, hidden, cache):\n    return hidden\n"
    sequence = RIGHT_SEQUENCE.replace("step(x[:, t], h0)", "step(cache=[], hidden=h0, inp=x[:, t])")
    assert sequence != RIGHT_SEQUENCE
    verdict = judged_sequence(step + sequence)
    assert (verdict.score, verdict.helped_by) == (1, ("step",))


def test_a_right_sequence_over_a_right_step_needs_no_help() -> None:
    verdict = judged_sequence(RIGHT_STEP + RIGHT_SEQUENCE)
    assert (verdict.score, verdict.helped_by) == (1, ())


def test_a_wrong_sequence_over_a_wrong_step_gets_none() -> None:
    verdict = judged_sequence(WRONG_STEP + WRONG_SEQUENCE)
    assert verdict.score == 0
    # Over the wrong step nothing can be recognised; over the right one the mistake shows.
    assert diagnosed(verdict) == {"h0 is ignored": ("h",)}
    assert verdict.helped_by == ("step",)


def test_a_wrong_sequence_over_a_right_step_is_not_helped() -> None:
    verdict = judged_sequence(RIGHT_STEP + WRONG_SEQUENCE)
    assert (verdict.score, verdict.helped_by) == (0, ())
    assert diagnosed(verdict) == {"h0 is ignored": ("h",)}


def test_a_stub_in_the_helper_does_not_make_the_caller_unwritten() -> None:
    verdict = judged_sequence(UNWRITTEN_STEP + WRONG_SEQUENCE)
    assert (verdict.score, verdict.unwritten) == (0, False)
    assert verdict.summary == "h0 is ignored"
    # Nor does it where the caller's mistake is none of the known ones.
    unknown = RIGHT_SEQUENCE.replace("np.stack(states", "2 * np.stack(states")
    verdict = judged_sequence(UNWRITTEN_STEP + unknown)
    assert (verdict.score, verdict.unwritten, verdict.summary) == (0, False, "h wrong")


@pytest.mark.parametrize("any_step", [RIGHT_STEP, WRONG_STEP, UNWRITTEN_STEP])
def test_a_stub_stays_a_stub(any_step: str) -> None:
    verdict = judged_sequence(any_step + UNWRITTEN_SEQUENCE)
    assert (verdict.score, verdict.unwritten, verdict.helped_by) == (0, True, ())


def test_a_sequence_that_does_not_call_the_step_is_not_helped() -> None:
    own_wrong_step = RIGHT_SEQUENCE.replace("step(x[:, t], h0)", "np.tanh(x[:, t])")
    verdict = judged_sequence(WRONG_STEP + own_wrong_step)
    assert (verdict.score, verdict.helped_by) == (0, ())


def test_the_students_own_helper_is_put_back() -> None:
    cell = run_cell(WRONG_STEP + RIGHT_SEQUENCE)
    own = cell["step"]
    assert judge(SEQUENCE, InProcess(cell["sequence"]), 0, HELPERS).helped_by
    assert cell["step"] is own
