"""What an instructor can set, and where a course's folders are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Limits:
    """Limits on one submission.

    Attributes:
        cell: seconds that one cell may take.
        answer: seconds that a function may take to answer one call of the judge.
        grace: seconds in which an interrupted kernel has to answer before it is killed.
        startup: seconds in which a kernel has to be ready.
        restarts: how often a kernel that died is started again.
    """

    cell: int = 60
    answer: int = 10
    grace: int = 3
    startup: int = 60
    restarts: int = 3


@dataclass(frozen=True)
class Course:
    """The folders of a course, laid out as nbgrader does.

    Attributes:
        root: holds nbgrader_config.py, solutions/, assignments/, submitted/, autograded/,
            feedback/ and gradebook.db.
        db: the gradebook's URL as SQLAlchemy has it; "" for nbgrader_config.py's.
    """

    root: Path
    db: str = ""

    def source(self, assignment: str) -> Path:
        """The single source of an assignment."""
        return self.root / "solutions" / assignment / f"{assignment}.py"

    def release(self, assignment: str) -> Path:
        """The notebook that students get."""
        return self.root / "assignments" / assignment / f"{assignment}.ipynb"

    def folder(self, step: str, student: str, assignment: str) -> Path:
        """A student's folder in one of nbgrader's steps: submitted, autograded, feedback."""
        return self.root / step / student / assignment
