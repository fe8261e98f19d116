"""What is kept of each submission: its grade, and those that it had before."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from small_homework import NAME, SHEET, WRONG_SOFTMAX, graded, raw, submission

from autograder.course.config import Course, Limits
from autograder.course.outcome import Outcome, duration
from autograder.course.run import Job
from autograder.course.state import States


@pytest.fixture
def states(tmp_path: Path) -> States:
    return States(Course(tmp_path), NAME)


@pytest.fixture(scope="module")
def right() -> Outcome:
    return graded(submission())


@pytest.fixture(scope="module")
def wrong() -> Outcome:
    return graded(submission(softmax=WRONG_SOFTMAX))


def test_the_outcome_comes_back_as_it_went_but_for_its_notebook(
    states: States, wrong: Outcome
) -> None:
    states.add(wrong)
    assert states.history("ada")[0].outcome == replace(wrong, notebook="")
    assert states.known("ada", wrong.follows) == replace(wrong, notebook="")


def test_handing_in_again_keeps_the_old_grade_and_says_what_changed(
    states: States, right: Outcome, wrong: Outcome
) -> None:
    states.add(wrong)
    states.add(right)
    first, second = states.history("ada")
    assert (first.why, second.why) == ("graded", "handed in again")
    assert (first.outcome.score, second.outcome.score) == (8, 10)
    assert second.changes(first) == ["softmax 0 -> 2"]
    assert second.when.endswith("UTC") and first.when <= second.when


@pytest.mark.parametrize(
    ("part", "value", "said"),
    [
        ("grader", "0" * 64, "the grader has changed"),
        ("assignment", "0" * 64, "the assignment was released anew"),
        ("limits", "Limits(cell=1)", "other limits"),
        ("environment", "Python 3.99", "another environment (Python 3.99)"),
    ],
)
def test_what_was_other_than_before_is_said(
    states: States, right: Outcome, part: str, value: str, said: str
) -> None:
    states.add(right)
    other = replace(right, follows={**right.follows, part: value})
    assert states.known("ada", other.follows) is None
    states.add(other)
    assert [g.why for g in states.history("ada")] == ["graded", said]


def test_the_same_grade_from_the_same_is_kept_once(states: States, right: Outcome) -> None:
    states.add(right)
    states.add(right)
    assert [g.why for g in states.history("ada")] == ["graded"]


def test_another_grade_from_the_same_is_history(
    states: States, right: Outcome, wrong: Outcome
) -> None:
    states.add(right)
    states.add(replace(wrong, follows=right.follows))  # code that is right by chance
    first, second = states.history("ada")
    assert (second.why, second.changes(first)) == ("graded once more", ["softmax 2 -> 0"])


def test_a_penalty_is_put_right_without_a_new_grading(states: States, right: Outcome) -> None:
    states.add(right)
    states.correct(replace(right, late=60.0, penalty=3.0))
    (grading,) = states.history("ada")
    assert (grading.outcome.penalty, grading.outcome.score, grading.outcome.final) == (3, 10, 7)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"gradings": [{}]}', '{"score": 3}'])
def test_a_file_that_is_no_state_counts_as_none(
    states: States, right: Outcome, content: str
) -> None:
    states.add(right)
    (states.folder / "ada.json").write_text(content)
    assert states.history("ada") == []
    assert states.known("ada", right.follows) is None
    assert list(states) == []
    states.add(right)
    assert len(states.history("ada")) == 1


def test_what_a_grade_follows_from() -> None:
    job = Job("ada", SHEET, raw(submission()))
    assert set(job.follows) == {"submission", "assignment", "limits", "grader", "environment"}
    assert "numpy" in job.follows["environment"] and "keras" in job.follows["environment"]
    assert replace(job, student="bora").follows == job.follows
    slower = replace(job, limits=Limits(cell=61))
    assert slower.follows.items() - job.follows.items() == {("limits", repr(slower.limits))}


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(1, "1 min"), (3600, "1 h 0 min"), (86400, "1 day"), (2 * 86400 + 3 * 3600, "2 days 3 h")],
)
def test_durations(seconds: float, said: str) -> None:
    assert duration(seconds) == said
