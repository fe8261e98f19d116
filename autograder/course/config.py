"""What an instructor can set, and where a course's folders are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from autograder.kernel.sandbox import Allowance


@dataclass(frozen=True)
class Limits:
    """Limits on one submission.

    Attributes:
        cell: seconds that one cell may take.
        answer: seconds that a function may take to answer one call of the judge.
        grace: seconds in which an interrupted kernel has to answer before it is killed.
        startup: seconds in which a kernel has to be ready.
        restarts: how often a kernel that died is started again.
        whole: seconds that all cells of a notebook may take together.
        memory: MB that all processes of a submission may hold.
        processes: processes and threads that it may have.
        disk: MB that its folder may hold.
        unsafe: run submissions also where there is no sandbox to hold them.
    """

    cell: int = 60
    answer: int = 10
    grace: int = 3
    startup: int = 60
    restarts: int = 3
    whole: int = 1200
    memory: int = 4096
    processes: int = 256
    disk: int = 256
    unsafe: bool = False

    @property
    def allowance(self) -> Allowance:
        """What a submission may use, for the kernel's side."""
        return Allowance(
            memory=self.memory * 2**20,
            processes=self.processes,
            disk=self.disk * 2**20,
            cpu=self.whole,
        )


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
