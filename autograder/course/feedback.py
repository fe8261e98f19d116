"""Feedback pages, made by nbgrader from what was recorded."""

from __future__ import annotations

from autograder.course.config import Course
from autograder.course.nbgrader_course import converter


def write_feedback(course: Course, assignment: str, student: str) -> None:
    """Write feedback/<student>/<assignment>/<assignment>.html.

    Args:
        course: where the folders are.
        assignment: its name.
        student: whose; has been recorded.
    """
    from nbgrader.converters import GenerateFeedback

    made = converter(GenerateFeedback, course, assignment, force=True)
    made.coursedir.student_id = student
    made.start()
