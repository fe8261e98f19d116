"""What can be wrong with what an instructor asked for, or a student sent in."""

from __future__ import annotations


class CourseError(Exception):
    """One sentence that names the thing, the value and the way out."""


class Unreadable(CourseError):
    """A submission in which no notebook of the assignment can be found."""
