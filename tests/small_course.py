"""A course whose only assignment is the small homework, and what its gradebook holds."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
from conftest import ROOT
from nbgrader.api import Gradebook
from small_homework import NAME, POINTS, SHEET, STUBS, WRONG_SOFTMAX, raw, submission

from autograder.course.config import Course
from lmkit.files import write_atomically

WITHOUT_TANH = "def rnn_step(x, h_prev, W_x, W_h, b):\n    return x @ W_x + h_prev @ W_h + b"
STUB = STUBS["softmax"] + "    raise NotImplementedError()"
LOOP = STUBS["softmax"] + "    while True:\n        pass"

CLASS: dict[str, tuple[bytes, float]] = {
    "ada": (raw(submission()), 10),
    "bora": (raw(submission(softmax=WRONG_SOFTMAX)), 8),
    "chloé": (raw(submission(rnn_step=WITHOUT_TANH)), 7),
    "은지": (raw(submission(softmax=STUB)), 8),
    "inés": (raw(submission(softmax=LOOP)), 8),
    "zoe": (b'{"cells": [', 0),
}
"""What each student hands in, and the points that it is made to earn."""

LIMITS = ("--cell-timeout", "5", "--answer-timeout", "2")


def make_course(root: Path, students: dict[str, tuple[bytes, float]] = CLASS) -> Course:
    """A course in which this class has handed in."""
    course = Course(root)
    write_atomically(course.release(NAME), nbformat.writes(SHEET.notebook))
    shutil.copy(ROOT / "nbgrader_config.py", root)
    for student, (content, _) in students.items():
        hand_in(course, student, content)
    return course


def hand_in(course: Course, student: str, content: bytes, when: str = "") -> None:
    """Put a submission where `autograder collect` would."""
    folder = course.folder("submitted", student, NAME)
    write_atomically(folder / f"{NAME}.ipynb", content)
    if when:
        write_atomically(folder / "timestamp.txt", when)


def command(*arguments: str) -> list[str]:
    """`autograder ARGUMENTS`, with the Python that runs the tests."""
    return [sys.executable, "-m", "autograder.cli", *arguments]


def grade(
    course: Course, *options: str, check: bool = True, **env: str
) -> subprocess.CompletedProcess[str]:
    """`autograder grade`, in a process of its own."""
    done = subprocess.run(
        command("grade", NAME, "--course", str(course.root), *LIMITS, *options),
        capture_output=True,
        text=True,
        env={**os.environ, **env},
    )
    assert not check or done.returncode in (0, 1), done.stdout + done.stderr
    return done


def gradebook(course: Course, url: str = "") -> dict[str, Any]:
    """All that the gradebook says of the class: scores, comments, marks, penalties by student."""
    found: dict[str, Any] = {}
    with Gradebook(url or f"sqlite:///{course.root / 'gradebook.db'}") as book:
        for submission in book.assignment_submissions(NAME):
            (notebook,) = submission.notebooks
            found[submission.student.id] = {
                "score": submission.score,
                "timestamp": submission.timestamp,
                "penalty": notebook.late_submission_penalty,
                "grades": sorted(
                    (g.name, g.auto_score, g.manual_score, g.needs_manual_grade)
                    for g in notebook.grades
                ),
                "comments": sorted((c.name, c.auto_comment) for c in notebook.comments),
            }
    return found


def scores(course: Course, url: str = "") -> dict[str, float]:
    """Points by student, as the gradebook has them."""
    return {student: row["score"] for student, row in gradebook(course, url).items()}


def forget_scores(root: Path, assignment: str, *students: str) -> None:
    """Take the judge's scores out of the gradebook."""
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as book:
        for student in students:
            for given in book.find_submission_notebook(assignment, assignment, student).grades:
                given.auto_score = None
        book.db.commit()


RIGHT_SCORES = {student: points for student, (_, points) in CLASS.items()}
FULL = float(sum(POINTS.values()))
