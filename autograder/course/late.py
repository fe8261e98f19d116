"""When an assignment is due, who has longer, and what being late costs.

All of it is nbgrader's: the date and the extensions are in the gradebook, the time of a submission
in its timestamp.txt, the penalty comes from the plugin that nbgrader_config.py names.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.plugins import LateSubmissionPlugin
from traitlets import Float, Integer

from autograder.course.config import Course
from autograder.course.errors import CourseError
from autograder.course.record import Recorder
from autograder.course.sheet import read_sheet

DAY = 24 * 60 * 60


class LateDays(LateSubmissionPlugin):  # type: ignore[misc]
    """So many late days for the whole course, then so many percent a day.

    In nbgrader_config.py:

        c.AssignLatePenalties.plugin_class = "autograder.course.late.LateDays"
        c.LateDays.free_days = 5
        c.LateDays.percent_a_day = 10
    """

    free_days = Integer(
        0, help="Days late, over all assignments, that cost nothing; used in order of due dates."
    ).tag(config=True)
    percent_a_day = Float(
        10.0, help="Percent of the score that every further day costs, a day begun counting whole."
    ).tag(config=True)
    grace_minutes = Integer(0, help="Minutes that count as in time.").tag(config=True)

    def late_submission_penalty(
        self, student_id: str, score: float, total_seconds_late: float
    ) -> float:
        """Points to take off.

        Args:
            student_id: whose submission it is.
            score: its points.
            total_seconds_late: after the due date, extension and all.
        """
        free = max(0, self.free_days - self._used_before(student_id))
        paid = max(0, self.days(total_seconds_late) - free)
        return score * min(1.0, paid * self.percent_a_day / 100)

    def days(self, seconds: float) -> int:
        """Late days, a day begun counting whole."""
        return max(0, math.ceil((seconds - 60 * self.grace_minutes) / DAY))

    def _used_before(self, student_id: str) -> int:
        """Late days that this student has used for assignments due before this one."""
        gradebook, assignment = self.parent.gradebook, self.parent.assignment_id
        due = gradebook.find_assignment(assignment).duedate
        return sum(
            self.days(submission.total_seconds_late)
            for submission in gradebook.student_submissions(student_id)
            if submission.assignment.duedate is not None
            and (submission.assignment.duedate, submission.name) < (due, assignment)
        )


@dataclass(frozen=True)
class Due:
    """When an assignment is due.

    Attributes:
        date: UTC; None if there is no date.
        extensions: by how much longer some students have.
    """

    date: datetime | None
    extensions: dict[str, timedelta]


def due(course: Course, assignment: str) -> Due:
    """When an assignment is due, as the gradebook has it."""
    with Recorder(course, read_sheet(course.release(assignment))) as recorder:
        longer = {s: h.extension for s, h in recorder.handed_in.items() if h.extension}
        return Due(recorder.due, longer)


def set_due(course: Course, assignment: str, when: str) -> None:
    """Set the date, or remove it.

    Args:
        course: which.
        assignment: its name.
        when: as `moment` reads it; "never" for no date.

    Raises:
        CourseError: if it cannot be read.
    """
    date = None if when == "never" else moment(when)
    with Recorder(course, read_sheet(course.release(assignment))) as recorder:
        recorder.gradebook.update_or_create_assignment(assignment, duedate=date)


def extend(course: Course, assignment: str, student: str, longer: timedelta) -> None:
    """Give one student longer; a second time replaces the first, and 0 takes it back.

    A student who has not handed in yet gets a submission without a date in the gradebook: nbgrader
    keeps extensions nowhere else.
    """
    with Recorder(course, read_sheet(course.release(assignment))) as recorder:
        gradebook: Gradebook = recorder.gradebook
        try:
            gradebook.find_student(student)
        except MissingEntry as error:
            if not course.folder("submitted", student, assignment).is_dir():
                raise CourseError(
                    f"{student} is in neither the gradebook nor submitted/: "
                    "`nbgrader db student import roster.csv` enters a class"
                ) from error
            gradebook.update_or_create_student(student)
        gradebook.update_or_create_submission(assignment, student)
        minutes = longer.total_seconds() / 60
        gradebook.grant_extension(assignment, student, minutes=minutes)


def moment(text: str) -> datetime:
    """A moment as a person writes it, in UTC and without a zone, as nbgrader keeps it.

    Args:
        text: "2026-11-20 23:59", with a zone behind it or else in this machine's:
            "2026-11-20 23:59 Asia/Seoul", "2026-11-20 23:59+09:00".

    Raises:
        CourseError: if it is none.
    """
    time, zone = text.strip(), None
    if (" " in time and "/" in time) or time.endswith(("UTC", "GMT")):
        time, _, name = time.rpartition(" ")
        try:
            zone = ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise CourseError(f"{name!r} is no time zone: Asia/Seoul, UTC") from error
    try:
        when = datetime.fromisoformat(time)
    except ValueError as error:
        raise CourseError(
            f"{text!r} is no date: write 2026-11-20 23:59, or 2026-11-20 23:59 Asia/Seoul"
        ) from error
    if when.tzinfo is None and len(time) == 10:
        raise CourseError(f"{text!r} has no time: due 2026-11-20 23:59 or 2026-11-21 00:00?")
    if zone is not None:
        when = when.replace(tzinfo=zone)
    return when.astimezone(UTC).replace(tzinfo=None)
