"""The one writer: an outcome goes into nbgrader's gradebook and folders, as nbgrader would put it.

Everything here may be done twice, or stopped half-way and done again, with the same result. What
is on record already, as it should be, is not written again.
"""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any

from alembic.script import ScriptDirectory
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
from nbgrader.dbutil import ALEMBIC_DIR
from nbgrader.preprocessors import AssignLatePenalties, SaveCells
from sqlalchemy import Column, MetaData, String, Table, create_engine, inspect, select
from sqlalchemy.exc import SQLAlchemyError

from autograder import render
from autograder.course.cleaning import harmless_markdown
from autograder.course.config import Course
from autograder.course.errors import CourseError
from autograder.course.nbgrader_course import nbgrader_app
from autograder.course.outcome import Outcome
from autograder.course.sheet import Sheet
from autograder.verdict import Verdict
from lmkit.files import write_atomically


class Recorder:
    """Holds the gradebook open while a class is graded. Use it as a context manager.

    Args:
        course: where the folders are.
        sheet: the assignment.

    Raises:
        CourseError: on the way in, if the gradebook cannot be opened, or has submissions of a
            release with other cells.
    """

    def __init__(self, course: Course, sheet: Sheet) -> None:
        self.course = course
        self.sheet = sheet

    def __enter__(self) -> Recorder:
        self.app = nbgrader_app(self.course)
        coursedir = self.app.coursedir
        self.url = str(coursedir.db_url)
        if self.url.startswith("sqlite") and "?" not in self.url:
            self.url += "?timeout=60"  # seconds to wait for formgrader, which writes, too
        try:
            _note_version(self.url)
            self.gradebook = Gradebook(self.url, coursedir.course_id)
            self._enter_assignment()
            self._read()
        except (SQLAlchemyError, ModuleNotFoundError) as error:
            raise CourseError(_cannot_open(self.url, error)) from error
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
        scores = _graded(student, GradeCell.name, Grade.auto_score).where(of_this)
        comments = _commented(student, SolutionCell.name, Comment.auto_comment).where(of_this)
        self.scores = _by_student(db.execute(scores))
        self.comments = _by_student(db.execute(comments))
        human = Grade.manual_score, Grade.extra_credit
        self.human: dict[str, list[Any]] = defaultdict(list)
        for name, *given in db.execute(_graded(student, GradeCell.name, *human).where(of_this)):
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
        stamp = self.course.folder("submitted", outcome.student, assignment) / "timestamp.txt"
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
        timestamp = self.app.coursedir.get_existing_timestamp(str(submitted)) or before.timestamp
        if anew or before.timestamp != timestamp or not self._has(outcome):
            with _at_once(self.gradebook.db):
                self.gradebook.update_or_create_student(student)
                self.gradebook.update_or_create_submission(
                    assignment, student, **({"timestamp": timestamp} if timestamp else {})
                )
                save_grades(self.gradebook, self.sheet, outcome)
        late = _late(timestamp, self.due, before.extension)
        penalty = self._late_penalty(student) if late or before.penalty is not None else None
        by_hand = self._by_hand(outcome)
        return replace(outcome, late=late, penalty=float(penalty or 0.0), by_hand=by_hand)

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
            penalties = AssignLatePenalties(parent=self.app)
            penalties.preprocess(self.sheet.notebook, {"nbgrader": names})
        self.gradebook.db.expire_all()
        notebook = self.gradebook.find_submission_notebook(assignment, assignment, student)
        if not self.due:  # nbgrader cannot add an extension to no date
            notebook.late_submission_penalty = None
            self.gradebook.db.commit()
        penalty: float | None = notebook.late_submission_penalty
        return penalty


@contextmanager
def _at_once(db: Any) -> Iterator[None]:
    """One transaction, where nbgrader would make one of every step."""
    commit, db.commit = db.commit, db.flush
    try:
        yield
    except BaseException:
        db.rollback()
        raise
    finally:
        db.commit = commit
    db.commit()


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


def _note_version(url: str) -> None:
    """Note in a new gradebook which version of nbgrader's tables it gets. nbgrader would start a
    program to find that out, which takes seconds.
    """
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            if inspect(connection).get_table_names():
                return
            if engine.dialect.name == "sqlite":  # else a table is made outside of the transaction
                connection.exec_driver_sql("BEGIN")
            versions = Table("alembic_version", MetaData(), Column("version_num", String(32)))
            versions.create(connection)
            head = ScriptDirectory(ALEMBIC_DIR).get_current_head()
            connection.execute(versions.insert().values(version_num=head))
    finally:
        engine.dispose()


def _graded(*columns: Any) -> Any:
    return _of_submissions(Grade, GradeCell, columns)


def _commented(*columns: Any) -> Any:
    return _of_submissions(Comment, SolutionCell, columns)


def _of_submissions(of: Any, cell: Any, columns: tuple[Any, ...]) -> Any:
    """A query for columns of grades or comments, their cells, and whose submission they are of."""
    return (
        select(*columns)
        .select_from(of)
        .join(cell, cell.id == of.cell_id)
        .join(SubmittedNotebook, SubmittedNotebook.id == of.notebook_id)
        .join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
    )


def _by_student(rows: Any) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for student, cell, value in rows:
        found.setdefault(student, {})[cell] = value
    return found


def _cannot_open(url: str, error: Exception) -> str:
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        shown = make_url(url).render_as_string(hide_password=True)
    except ArgumentError:
        return (
            f"{url!r} is no database's URL: postgresql://USER@HOST/NAME, or sqlite:///gradebook.db"
        )
    if isinstance(error, ModuleNotFoundError):
        return (
            f"{shown} needs {error.name}, which is not installed: "
            "pip install --editable '.[postgresql]' brings PostgreSQL's"
        )
    said = str(getattr(error, "orig", error)).strip().partition("\n")[0]
    return f"the gradebook {shown} cannot be opened: {said}"


def save_grades(gradebook: Any, sheet: Sheet, outcome: Outcome) -> None:
    """Write an outcome's scores and comments into nbgrader's gradebook, all at once.

    A score that a human gave stays, and is marked for another look, as nbgrader does. A
    submission that could not be read is marked so, too: its zero is not the judge's.
    """

    def mine(query: Any) -> dict[str, Any]:
        of = (
            Assignment.name == outcome.assignment,
            SubmittedAssignment.student_id == outcome.student,
        )
        return dict(gradebook.db.execute(query.where(*of)).all())

    grades = mine(_graded(GradeCell.name, Grade))
    comments = mine(_commented(SolutionCell.name, Comment))
    for exercise in sheet.exercises:
        grade = grades[exercise.grade_id]
        grade.auto_score = outcome.points[exercise.grade_id]
        grade.needs_manual_grade = grade.manual_score is not None or bool(outcome.unreadable)
        if exercise.solution_id:
            said = comment_on(outcome, outcome.verdicts[exercise.grade_id])
            comments[exercise.solution_id].auto_comment = said
    for grade_id in sheet.manual:
        grades[grade_id].auto_score, grades[grade_id].needs_manual_grade = None, True
    gradebook.db.commit()


def comment_on(outcome: Outcome, verdict: Verdict) -> str | None:
    """What nbgrader shows beside the solution cell; None when there is nothing to say."""
    if outcome.unreadable:
        return harmless_markdown(f"This submission could not be read: {outcome.unreadable}")
    if verdict.unwritten:
        return "No response."
    said = [sentence for kind, sentence in render.notes(verdict) if kind != "note"]
    return harmless_markdown(" ".join(said)) or None
