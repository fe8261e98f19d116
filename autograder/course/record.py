"""The one writer: an outcome goes into nbgrader's gradebook and folders, as nbgrader would put it.

Everything here may be done twice, or stopped half-way and done again, with the same result. What
is on record already, as it should be, is not written again.
"""

from __future__ import annotations

import shutil
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any

from nbgrader.api import (
    Assignment,
    Comment,
    Grade,
    Gradebook,
    GradeCell,
    SolutionCell,
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader.preprocessors import SaveCells
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from autograder.course.config import Course
from autograder.course.errors import CourseError
from autograder.course.nbgrader_course import late_penalties, nbgrader_app
from autograder.course.outcome import Outcome
from autograder.course.sheet import Sheet
from autograder.course.stamp import NAME, NoMoment, read_stamp
from autograder.course.tables import (
    at_once,
    by_student,
    cannot_open,
    comment_on,
    commented_rows,
    graded_rows,
    note_version,
    save_grades,
)
from lmkit.files import write_atomically

UNDATED = f"{NAME} does not say when it came, and what was known before counts: "


class Recorder:
    """Holds the gradebook open while a class is graded. Use it as a context manager.

    Args:
        course: where the folders are.
        sheet: the assignment.

    Raises:
        CourseError: on the way in, if the gradebook cannot be opened, or has submissions of a
            release with other cells, or if nbgrader_config.py names no way to take points off.
    """

    def __init__(self, course: Course, sheet: Sheet) -> None:
        self.course = course
        self.sheet = sheet

    def __enter__(self) -> Recorder:
        self.app = nbgrader_app(self.course)
        late_penalties(self.app)  # before anything is written
        coursedir = self.app.coursedir
        self.url = str(coursedir.db_url)
        if self.url.startswith("sqlite") and "?" not in self.url:
            self.url += "?timeout=60"  # seconds to wait for formgrader, which writes, too
        try:
            note_version(self.url)
            self.gradebook = Gradebook(self.url, coursedir.course_id)
            self._enter_assignment()
            self._read()
        except (SQLAlchemyError, ModuleNotFoundError) as error:
            raise CourseError(cannot_open(self.url, error)) from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.gradebook.close()

    def _enter_assignment(self) -> None:
        """A gradebook that has never seen the assignment, or its points, learns of it."""
        assignment = self.sheet.assignment
        right = {e.grade_id: e.points for e in self.sheet.exercises} | self.sheet.manual
        cells = select(GradeCell.name, GradeCell.max_score).join(GradeCell.notebook)
        cells = cells.join(Assignment).where(Assignment.name == assignment)
        if dict(self.gradebook.db.execute(cells).all()) == right:
            return
        self.gradebook.update_or_create_assignment(assignment)
        names = {"notebook": assignment, "assignment": assignment, "db_url": self.url}
        try:
            SaveCells(parent=self.app).preprocess(self.sheet.notebook, {"nbgrader": names})
        except RuntimeError as error:
            raise CourseError(
                f"the gradebook has submissions of another release of {assignment}, with other "
                f"cells: `nbgrader db assignment remove {assignment} --force` forgets them, and "
                f"`autograder grade {assignment}` enters them anew"
            ) from error

    def _read(self) -> None:
        """What is on record of the whole class, in a few queries."""
        db, assignment = self.gradebook.db, self.sheet.assignment
        student, of_this = SubmittedAssignment.student_id, Assignment.name == assignment
        scores = graded_rows(student, GradeCell.name, Grade.auto_score).where(of_this)
        comments = commented_rows(student, SolutionCell.name, Comment.auto_comment).where(of_this)
        self.scores = by_student(db.execute(scores))
        self.comments = by_student(db.execute(comments))
        human = Grade.manual_score, Grade.extra_credit
        self.human: dict[str, list[Any]] = defaultdict(list)
        for name, *given in db.execute(graded_rows(student, GradeCell.name, *human).where(of_this)):
            if any(score is not None for score in given[1:]):
                self.human[name].append(given)
        self.due = self.gradebook.find_assignment(assignment).duedate
        rows = (
            select(
                SubmittedAssignment.student_id,
                SubmittedAssignment.timestamp,
                SubmittedAssignment.extension,
                SubmittedNotebook.late_submission_penalty,
            )
            .join(SubmittedAssignment.notebooks)
            .join(SubmittedAssignment.assignment)
            .where(of_this)
        )
        self.handed_in = {student: HandedIn(*row) for student, *row in db.execute(rows)}

    def file(self, outcome: Outcome) -> None:
        """Put the executed notebook where nbgrader looks for it."""
        assignment = outcome.assignment
        folder = self.course.folder("autograded", outcome.student, assignment)
        write_atomically(folder / f"{assignment}.ipynb", outcome.notebook)
        stamp = self.course.folder("submitted", outcome.student, assignment) / NAME
        if stamp.is_file():
            shutil.copyfile(stamp, folder / stamp.name)

    def record(self, outcome: Outcome, *, anew: bool = True) -> Outcome:
        """Write the grades, and the penalty if it is late.

        Args:
            outcome: of grading.
            anew: it has just been graded; else what stands there already is left alone.

        Returns:
            The outcome, with how late it is, what that costs, and what a human has given.
        """
        student, assignment = outcome.student, outcome.assignment
        submitted = self.course.folder("submitted", student, assignment)
        before = self.handed_in.get(student, HandedIn())
        noticed = tuple(said for said in outcome.noticed if not said.startswith(UNDATED))
        try:
            timestamp = read_stamp(submitted) or before.timestamp
        except NoMoment as error:
            timestamp = before.timestamp
            noticed += (f"{UNDATED}{error}",)
        if anew or before.timestamp != timestamp or not self._has(outcome):
            with at_once(self.gradebook.db):
                self.gradebook.update_or_create_student(student)
                self.gradebook.update_or_create_submission(
                    assignment, student, **({"timestamp": timestamp} if timestamp else {})
                )
                save_grades(self.gradebook, self.sheet, outcome)
        late = _late(timestamp, self.due, before.extension)
        penalty = self._late_penalty(student) if late or before.penalty is not None else None
        by_hand = self._by_hand(outcome)
        return replace(
            outcome, late=late, penalty=float(penalty or 0.0), by_hand=by_hand, noticed=noticed
        )

    def _by_hand(self, outcome: Outcome) -> float:
        """What scores in the place of the judge's, and extra points, add to its own."""
        added = 0.0
        for cell, score, extra in self.human.get(outcome.student, ()):
            if score is not None:
                added += score - outcome.points.get(cell, 0.0)
            added += extra or 0.0
        return round(added, 9)

    def _has(self, outcome: Outcome) -> bool:
        """Do the judge's scores and comments stand in the gradebook?"""
        if outcome.student not in self.scores:
            return False
        scores = self.scores[outcome.student]
        comments = self.comments.get(outcome.student, {})
        return all(
            scores.get(e.grade_id) == outcome.points[e.grade_id]
            and comments.get(e.solution_id)
            == (comment_on(outcome, outcome.verdicts[e.grade_id]) if e.solution_id else None)
            for e in self.sheet.exercises
        )

    def _late_penalty(self, student: str) -> float | None:
        """As nbgrader's own last step does, with the plugin that nbgrader_config.py names."""
        assignment = self.sheet.assignment
        if self.due:
            names = {
                "notebook": assignment,
                "assignment": assignment,
                "student": student,
                "db_url": self.url,
            }
            late_penalties(self.app).preprocess(self.sheet.notebook, {"nbgrader": names})
        self.gradebook.db.expire_all()
        notebook = self.gradebook.find_submission_notebook(assignment, assignment, student)
        if not self.due:  # nbgrader cannot add an extension to no date
            notebook.late_submission_penalty = None
            self.gradebook.db.commit()
        penalty: float | None = notebook.late_submission_penalty
        return penalty


@dataclass(frozen=True)
class HandedIn:
    """What the gradebook has of a submission besides its grades.

    Attributes:
        timestamp: when it came, UTC.
        extension: by how much longer this student had.
        penalty: points taken off for being late.
    """

    timestamp: datetime | None = None
    extension: timedelta | None = None
    penalty: float | None = None


def _late(timestamp: datetime | None, due: datetime | None, extension: timedelta | None) -> float:
    """Seconds, as nbgrader counts them; 0 where it does not know when something came, or is due."""
    if timestamp is None or due is None:
        return 0.0
    return max(0.0, (timestamp - due - (extension or timedelta())).total_seconds())
