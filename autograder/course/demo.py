"""A sample class from the first file to the last grade, compared with what it was made to earn."""

from __future__ import annotations

import shutil
import time
from dataclasses import replace
from pathlib import Path

from autograder.course.collect import collect
from autograder.course.config import Course
from autograder.course.errors import CourseError
from autograder.course.nbgrader_course import CONFIG
from autograder.course.outcome import Outcome
from autograder.course.progress import console, grade_with_progress
from autograder.course.release import build, generate
from autograder.course.report import grades_table
from autograder.course.sample_class import Student, make_class
from autograder.course.sample_mistakes import SAMPLE
from autograder.course.sheet import Sheet, read_sheet
from autograder.kernel.sandbox import NONE, find_sandbox
from autograder.render import points

MARK = ".made-by-autograder-demo"


def demo(course: Course, assignment: str, into: Path, jobs: int | None) -> list[str]:
    """Make a class in a folder, grade it, print what came out.

    Args:
        course: whose assignment it is.
        assignment: its name.
        into: the folder; made anew.
        jobs: how many submissions run at once; None for one a core.

    Returns:
        What did not come out as it was made to; empty when all did.

    Raises:
        CourseError: if there is no such class, or the folder holds something not a demo's.
    """
    out = console()
    if assignment not in SAMPLE:
        raise CourseError(
            f"there is no sample class for {assignment}; there is one for {', '.join(SAMPLE)}"
        )
    copy, solved = _fresh_course(course, assignment, into)
    sheet = read_sheet(copy.release(assignment))
    students = make_class(sheet, solved, copy.root / "downloads")
    collect(copy, assignment, copy.root / "downloads")
    unsafe = find_sandbox() == NONE
    if unsafe:
        out.print(
            "[yellow]this machine has no sandbox; the demo goes on, as its class is our own. "
            "`autograder grade` would ask for --unsafe[/]"
        )
    out.print(f"a class of {len(students)} has handed in {assignment}; grading it")
    started = time.monotonic()
    outcomes = grade_with_progress(
        copy, assignment, limits=replace(SAMPLE[assignment].limits, unsafe=unsafe), jobs=jobs
    )
    seconds = time.monotonic() - started
    out.print(grades_table(outcomes, assignment, out.width))
    wrong = [line for o in outcomes for line in differences(sheet, students[o.student], o)]
    for line in wrong:
        out.print(f"[red]{line}[/]")
    out.print(
        f"{len(outcomes)} submissions in {seconds:.0f} s; "
        + (
            f"[red]{len(wrong)} scores are wrong[/]"
            if wrong
            else "every score is the one it was made to earn"
        )
    )
    out.print(
        f"gradebook.db, grades.csv, autograded/ and the pages in feedback/ are in {copy.root}"
    )
    return wrong


def differences(sheet: Sheet, student: Student, outcome: Outcome) -> list[str]:
    """Where an outcome is not what the student's submission was made to earn."""
    wrong = []
    for e in sheet.exercises:
        right = e.points - student.lost.get(e.problem, 0.0)
        if abs(outcome.points[e.grade_id] - right) > 1e-6:
            wrong.append(
                f"{student.name} ({student.kind}): {e.problem} earned "
                f"{points(outcome.points[e.grade_id])}, and was made to earn {points(right)}"
            )
    return wrong


def _fresh_course(course: Course, assignment: str, into: Path) -> tuple[Course, bytes]:
    """A course of its own in a folder: the configuration, one assignment, an empty gradebook."""
    into = into.resolve()
    if into.exists() and any(into.iterdir()) and not (into / MARK).is_file():
        raise CourseError(
            f"{into} holds something that no demo made: name another folder with --into"
        )
    if into.exists():
        shutil.rmtree(into)
    into.mkdir(parents=True)
    (into / MARK).touch()
    shutil.copyfile(course.root / CONFIG, into / CONFIG)
    copy = Course(into)
    source = course.source(assignment)
    if not source.is_file():
        build(course, assignment)  # raises, and names the assignments that there are
    copy.source(assignment).parent.mkdir(parents=True)
    shutil.copyfile(source, copy.source(assignment))
    solved = build(copy, assignment)
    generate(copy, assignment)
    return copy, solved
