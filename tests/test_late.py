"""Late days and extensions, as nbgrader has them: its dates, its plugin, its export."""

from __future__ import annotations

import csv
import subprocess
import time
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from nbgrader.preprocessors import AssignLatePenalties
from small_course import command, grade, gradebook, hand_in, make_course
from small_homework import NAME, raw, submission
from test_pipeline import run

from autograder.course.config import Course
from autograder.course.errors import CourseError
from autograder.course.late import LateDays, due, extend, moment, set_due
from autograder.course.record import Recorder
from autograder.course.sheet import read_sheet
from autograder.course.stamp import NoMoment, read_stamp
from autograder.course.state import States

RIGHT = raw(submission())
IN_TIME, LATE = "2026-11-20 10:00:00 UTC", "2026-11-21 01:00:00 UTC"
LATER = "2026-11-22 13:00:00 UTC"
ZERO = '\nc.LateSubmissionPlugin.penalty_method = "zero"\n'
DAYS = """
c.AssignLatePenalties.plugin_class = "autograder.course.late.LateDays"
c.LateDays.percent_a_day = 25
"""


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """ada in time, bora an hour late, chloé a day and a half; graded before there was a date."""
    course = make_course(tmp_path_factory.mktemp("late"), {})
    for student, when in {"ada": IN_TIME, "bora": LATE, "chloé": LATER}.items():
        hand_in(course, student, RIGHT, when)
    grade(course)
    return course


def configured(course: Course, lines: str) -> None:
    config = course.root / "nbgrader_config.py"
    config.write_text(config.read_text().partition("# penalties")[0] + "# penalties" + lines)


def penalties(course: Course) -> dict[str, float]:
    return {s: row["penalty"] or 0.0 for s, row in gradebook(course).items()}


def reported(course: Course, column: str) -> dict[str, str]:
    with open(course.root / "grades.csv") as stream:
        return {row["student"]: row[column] for row in csv.DictReader(stream)}


def test_the_day_it_is_due_counts_without_grading_again(graded: Course) -> None:
    gradings = {s: its[-1].when for s, its in States(graded, NAME)}
    done = subprocess.run(
        command("due", NAME, "2026-11-21 00:00 UTC", "--course", str(graded.root)),
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout == f"{NAME} is due 2026-11-21 00:00:00 UTC\n"

    grade(graded)  # no penalty method is set
    assert penalties(graded) == {"ada": 0, "bora": 0, "chloé": 0}
    assert "1 h 0 min late" in reported(graded, "remarks")["bora"]
    assert reported(graded, "final_score") == {"ada": "10", "bora": "10", "chloé": "10"}

    configured(graded, ZERO)
    grade(graded)
    assert penalties(graded) == {"ada": 0, "bora": 10, "chloé": 10}
    assert reported(graded, "score") == {"ada": "10", "bora": "10", "chloé": "10"}
    assert reported(graded, "final_score") == {"ada": "10", "bora": "0", "chloé": "0"}
    assert "1 day 13 h late: 10 points off" in reported(graded, "remarks")["chloé"]

    extend(graded, NAME, "bora", timedelta(days=1))
    assert due(graded, NAME).extensions == {"bora": timedelta(days=1)}
    grade(graded)
    assert penalties(graded) == {"ada": 0, "bora": 0, "chloé": 10}
    assert "late" not in reported(graded, "remarks")["bora"]

    configured(graded, DAYS)
    grade(graded)
    assert penalties(graded) == {"ada": 0, "bora": 0, "chloé": 5}  # two days begun
    run("nbgrader", "export", cwd=graded.root)  # which leaves grades.csv alone
    with open(graded.root / "export.csv") as stream:
        exported = {row["student_id"]: float(row["score"]) for row in csv.DictReader(stream)}
    assert exported == {s: float(p) for s, p in reported(graded, "final_score").items()}
    page = (graded.root / "feedback" / "chloé" / NAME / f"{NAME}.html").read_text()
    assert "late" in page.lower() and "5.0" in page

    set_due(graded, NAME, "never")
    grade(graded)
    assert penalties(graded) == {"ada": 0, "bora": 0, "chloé": 0}
    assert {s: its[-1].when for s, its in States(graded, NAME)} == gradings


def test_an_extension_before_anything_was_handed_in(tmp_path: Path) -> None:
    course = make_course(tmp_path, {})
    with pytest.raises(CourseError, match="nbgrader db student import"):
        extend(course, NAME, "ada", timedelta(days=2))
    run("nbgrader", "db", "student", "add", "ada", cwd=tmp_path)
    extend(course, NAME, "ada", timedelta(days=2))
    set_due(course, NAME, "2026-11-20 23:59 UTC")
    configured(course, ZERO)
    hand_in(course, "ada", RIGHT, LATER)
    grade(course)
    assert penalties(course) == {"ada": 0}
    extend(course, NAME, "ada", timedelta(days=1))  # a second time replaces the first
    grade(course)
    assert penalties(course) == {"ada": 10}


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('c.AssignLatePenalties.plugin_class = "autograder.course.late.LateDay"', "LateDay"),
        ('c.AssignLatePenalties.plugin = "x"', "no c.AssignLatePenalties.plugin; there is plugin_"),
        (DAYS + "c.LateDays.percent_per_day = 5", "no c.LateDays.percent_per_day; there is perc"),
    ],
)
def test_a_penalty_that_there_is_not(tmp_path: Path, lines: str, said: str) -> None:
    course = make_course(tmp_path, {"ada": (RIGHT, 10)})
    configured(course, "\n" + lines)
    sheet = read_sheet(course.release(NAME))
    with (
        pytest.raises(CourseError, match=f"^nbgrader_config.py: .*{said}"),
        Recorder(course, sheet),
    ):
        pass
    assert not (course.root / "gradebook.db").exists()


@pytest.mark.parametrize("said", ["yesterday evening", "99999999999999999999", "\0", "\xff"])
def test_what_is_no_moment_is_quoted(tmp_path: Path, said: str) -> None:
    (tmp_path / "timestamp.txt").write_bytes(said.encode("latin-1"))
    with pytest.raises(NoMoment, match="is no moment such as 2026-11-20 23:59:00 UTC"):
        read_stamp(tmp_path)


@pytest.mark.parametrize(
    ("said", "utc"),
    [
        (IN_TIME, datetime(2026, 11, 20, 10)),
        ("2026-11-20 19:00:00.5 Asia/Seoul\n", datetime(2026, 11, 20, 10, 0, 0, 500_000)),
        ("", None),
    ],
)
def test_the_moment_in_a_stamp(tmp_path: Path, said: str, utc: datetime | None) -> None:
    assert read_stamp(tmp_path) is None
    (tmp_path / "timestamp.txt").write_text(said)
    assert read_stamp(tmp_path) == utc


def test_a_stamp_that_is_no_moment_stops_nobody(tmp_path: Path) -> None:
    course = make_course(tmp_path, {"bora": (RIGHT, 10)})
    hand_in(course, "ada", RIGHT, "yesterday evening")
    set_due(course, NAME, "2026-11-20 23:59 UTC")
    for _ in range(2):  # said once, however often it is graded
        grade(course)
        assert reported(course, "final_score") == {"ada": "10", "bora": "10"}
        noticed = {s: its[-1].outcome.noticed for s, its in States(course, NAME)}
        (said,) = noticed["ada"]
        assert said.startswith("timestamp.txt does not say when it came") and not noticed["bora"]
    hand_in(course, "ada", RIGHT, LATER)
    grade(course)
    assert "late" in reported(course, "remarks")["ada"]
    assert not dict(States(course, NAME))["ada"][-1].outcome.noticed


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-11-20 23:59 Asia/Seoul", datetime(2026, 11, 20, 14, 59)),
        ("2026-11-20 23:59 UTC", datetime(2026, 11, 20, 23, 59)),
        ("2026-11-20 23:59+09:00", datetime(2026, 11, 20, 14, 59)),
        ("2026-11-20T23:59:30Z", datetime(2026, 11, 20, 23, 59, 30)),
        ("2026-07-01 00:30 Europe/Paris", datetime(2026, 6, 30, 22, 30)),
    ],
)
def test_moments(text: str, utc: datetime) -> None:
    assert moment(text) == utc


def test_a_moment_without_a_zone_is_this_machine_s(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Seoul")
    time.tzset()
    try:
        assert moment("2026-11-20 23:59") == datetime(2026, 11, 20, 14, 59)
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tomorrow", "is no date: write 2026"),
        ("2026-11-20", "has no time"),
        ("2026-11-20 23:59 Mars/Olympus", "'Mars/Olympus' is no time zone"),
        ("2026-13-20 23:59", "is no date"),
    ],
)
def test_moments_that_are_none(text: str, said: str) -> None:
    with pytest.raises(CourseError, match=said):
        moment(text)


class Book:
    """A gradebook of one student's three assignments."""

    def __init__(self, late: dict[str, float]) -> None:
        names = enumerate(late)
        self.assignments = {
            name: SimpleNamespace(name=name, duedate=datetime(2026, 11, 1 + n)) for n, name in names
        }
        self.late = late

    def find_assignment(self, name: str) -> Any:
        return self.assignments[name]

    def student_submissions(self, student: str) -> list[Any]:
        return [
            SimpleNamespace(
                name=name, assignment=self.assignments[name], total_seconds_late=seconds
            )
            for name, seconds in self.late.items()
        ]


def plugin_for(assignment: str, late: dict[str, float], **traits: Any) -> LateDays:
    parent = AssignLatePenalties()
    parent.gradebook, parent.assignment_id = Book(late), assignment
    return LateDays(parent=parent, **traits)


@pytest.mark.parametrize(
    ("assignment", "penalty"),
    [
        ("hw1", 0.0),  # 2 of 3 free days
        ("hw2", 3.0),  # 1 free day left, 3 days late: 2 days at 15 percent of 10
        ("hw3", 1.5),  # none left
    ],
)
def test_free_days_are_used_up_in_order_of_due_dates(assignment: str, penalty: float) -> None:
    day = 86400.0
    late = {"hw1": 1.5 * day, "hw2": 2.1 * day, "hw3": 600.0}
    plugin = plugin_for(assignment, late, free_days=3, percent_a_day=15)
    found = plugin.late_submission_penalty("ada", 10.0, late[assignment])
    assert found == pytest.approx(penalty)


def test_minutes_of_grace_and_no_more_than_everything() -> None:
    plugin = plugin_for("hw1", {"hw1": 0.0}, percent_a_day=60, grace_minutes=15)
    assert plugin.late_submission_penalty("ada", 8.0, 15 * 60) == 0
    assert plugin.late_submission_penalty("ada", 8.0, 15 * 60 + 1) == pytest.approx(4.8)
    assert plugin.late_submission_penalty("ada", 8.0, 5 * 86400) == 8
