"""nbgrader's tables: what stands in them of a class, and a submission's grades written at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alembic.script import ScriptDirectory
from nbgrader.api import (
    Assignment,
    Comment,
    Grade,
    GradeCell,
    SolutionCell,
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader.dbutil import ALEMBIC_DIR
from sqlalchemy import Column, MetaData, String, Table, create_engine, inspect, make_url, select
from sqlalchemy.exc import ArgumentError

from autograder import render
from autograder.course.cleaning import harmless_markdown
from autograder.course.outcome import Outcome
from autograder.course.sheet import Sheet
from autograder.verdict import Verdict


@contextmanager
def at_once(db: Any) -> Iterator[None]:
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


def note_version(url: str) -> None:
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


def cannot_open(url: str, error: Exception) -> str:
    """Why a gradebook cannot be opened, in a line without its password."""
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


def graded_rows(*columns: Any) -> Any:
    """A query for columns of grades, their cells, and whose submission they are of."""
    return _of_submissions(Grade, GradeCell, columns)


def commented_rows(*columns: Any) -> Any:
    """The same of comments and their cells."""
    return _of_submissions(Comment, SolutionCell, columns)


def _of_submissions(of: Any, cell: Any, columns: tuple[Any, ...]) -> Any:
    return (
        select(*columns)
        .select_from(of)
        .join(cell, cell.id == of.cell_id)
        .join(SubmittedNotebook, SubmittedNotebook.id == of.notebook_id)
        .join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
    )


def by_student(rows: Any) -> dict[str, dict[str, Any]]:
    """Rows of a student, a cell and its value, as a dictionary for each student."""
    found: dict[str, dict[str, Any]] = {}
    for student, cell, value in rows:
        found.setdefault(student, {})[cell] = value
    return found


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

    grades = mine(graded_rows(GradeCell.name, Grade))
    comments = mine(commented_rows(SolutionCell.name, Comment))
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
