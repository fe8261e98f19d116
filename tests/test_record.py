"""The gradebook's one writer: a submission is entered whole or not at all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from small_course import gradebook, make_course
from small_homework import NAME, graded, raw, submission

from autograder.course.record import Recorder
from autograder.course.sheet import read_sheet


def test_a_submission_is_entered_whole_or_not_at_all(tmp_path: Path) -> None:
    right = raw(submission())
    course = make_course(tmp_path, {"ada": (right, 10), "bora": (right, 10)})
    outcome = graded(right)
    (*others, last) = outcome.points
    broken = replace(outcome, student="bora", points={e: outcome.points[e] for e in others})
    with Recorder(course, read_sheet(course.release(NAME))) as recorder:
        with pytest.raises(KeyError, match=last):
            recorder.record(broken)
        assert gradebook(course) == {}
        recorder.record(outcome)
    found = gradebook(course)
    assert list(found) == ["ada"] and found["ada"]["score"] == outcome.score
