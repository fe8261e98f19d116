"""The one writer: an outcome goes into nbgrader's gradebook and folders, as nbgrader would put it.

Everything here may be done twice, or stopped half-way and done again, with the same result.
"""

from __future__ import annotations

import shutil
from types import TracebackType
from typing import Any

from autograder import render
from autograder.course.config import Course
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
    """

    def __init__(self, course: Course, sheet: Sheet) -> None:
        self.course = course
        self.sheet = sheet

    def __enter__(self) -> Recorder:
        from nbgrader.api import Gradebook

        self.app = nbgrader_app(self.course)
        coursedir = self.app.coursedir
        self.gradebook = Gradebook(coursedir.db_url, coursedir.course_id)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.gradebook.close()

    def record(self, outcome: Outcome) -> None:
        """Write one outcome: the executed notebook first, then the grades."""
        assignment, student = outcome.assignment, outcome.student
        folder = self.course.folder("autograded", student, assignment)
        write_atomically(folder / f"{assignment}.ipynb", outcome.notebook)
        submitted = self.course.folder("submitted", student, assignment)
        stamp = submitted / "timestamp.txt"
        if stamp.is_file():
            shutil.copyfile(stamp, folder / "timestamp.txt")
        self.gradebook.update_or_create_student(student)
        timestamp = self.app.coursedir.get_existing_timestamp(str(submitted))
        self.gradebook.update_or_create_submission(
            assignment, student, **({"timestamp": timestamp} if timestamp else {})
        )
        save_grades(self.gradebook, self.sheet, outcome)
        self._late_penalty(outcome)

    def _late_penalty(self, outcome: Outcome) -> None:
        """As nbgrader's own last step does, with the plugin that nbgrader_config.py names."""
        from nbgrader.preprocessors import AssignLatePenalties

        names = {
            "notebook": outcome.assignment,
            "assignment": outcome.assignment,
            "student": outcome.student,
            "db_url": self.app.coursedir.db_url,
        }
        penalties = AssignLatePenalties(parent=self.app)
        penalties.preprocess(self.sheet.notebook, {"nbgrader": names})


def save_grades(gradebook: Any, sheet: Sheet, outcome: Outcome) -> None:
    """Write an outcome's scores and comments into nbgrader's gradebook.

    A score that a human gave stays, and is marked for another look, as nbgrader does. A
    submission that could not be read is marked so, too: its zero is not the judge's.
    """
    place = (outcome.assignment, outcome.assignment, outcome.student)
    for exercise in sheet.exercises:
        grade = gradebook.find_grade(exercise.grade_id, *place)
        grade.auto_score = outcome.points[exercise.grade_id]
        grade.needs_manual_grade = grade.manual_score is not None or bool(outcome.unreadable)
        if exercise.solution_id:
            comment = gradebook.find_comment(exercise.solution_id, *place)
            comment.auto_comment = comment_on(outcome, outcome.verdicts[exercise.grade_id])
    for grade_id in sheet.manual:
        grade = gradebook.find_grade(grade_id, *place)
        grade.auto_score, grade.needs_manual_grade = None, True
    gradebook.db.commit()


def comment_on(outcome: Outcome, verdict: Verdict) -> str | None:
    """What nbgrader shows beside the solution cell; None when there is nothing to say."""
    if outcome.unreadable:
        return f"This submission could not be read: {outcome.unreadable}"
    if verdict.unwritten:
        return "No response."
    said = [sentence for kind, sentence in render.notes(verdict) if kind != "note"]
    return " ".join(said) or None
