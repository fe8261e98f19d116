"""What is graded in an assignment: read from the released notebook, which is trusted."""

from __future__ import annotations

import ast
import hashlib
import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import nbformat
from nbformat.notebooknode import NotebookNode

from autograder.course.errors import CourseError
from autograder.problems import find_problem

POINTS = re.compile(r"\bpoints\s*=\s*(\d+(?:\.\d*)?)")


@dataclass(frozen=True)
class Exercise:
    """A graded cell that names a problem: grade("lstm_step", lstm_step, points=4).

    Attributes:
        grade_id: of the graded cell.
        problem: the name of the problem.
        points: what it is worth, as nbgrader has it.
        solution_id: the grade_id of the solution cell before it, where comments go.
    """

    grade_id: str
    problem: str
    points: float
    solution_id: str


@dataclass(frozen=True)
class Sheet:
    """An assignment as it was released.

    Attributes:
        assignment: its name.
        notebook: the released notebook.
        exercises: its graded cells, in order.
        manual: grade_ids of cells that a human grades, with their points.
    """

    assignment: str
    notebook: NotebookNode
    exercises: tuple[Exercise, ...]
    manual: dict[str, float]

    @property
    def max_score(self) -> float:
        """All points that the judge can give."""
        return sum(e.points for e in self.exercises)

    @cached_property
    def digest(self) -> str:
        """Of the released notebook."""
        return hashlib.sha256(nbformat.writes(self.notebook).encode()).hexdigest()


def read_sheet(path: Path) -> Sheet:
    """The sheet of a released notebook.

    Raises:
        CourseError: if there is none, or a graded cell names no problem, or other points.
    """
    if not path.is_file():
        raise CourseError(
            f"{path} is not there: `autograder release {path.stem}` makes it from solutions/"
        )
    return sheet_of(path.stem, nbformat.read(path, as_version=4))


def sheet_of(assignment: str, notebook: NotebookNode) -> Sheet:
    """The sheet of a notebook that is trusted.

    Raises:
        CourseError: if a graded cell names no problem, or other points than its metadata.
    """
    exercises, manual, solution_id = [], {}, ""
    for cell in notebook.cells:
        mark = cell.metadata.get("nbgrader", {})
        if mark.get("solution"):
            solution_id = mark["grade_id"]
        if not mark.get("grade"):
            continue
        if mark.get("solution"):
            manual[mark["grade_id"]] = float(mark["points"])
            continue
        problem = judged_problem(cell, "grade")
        if problem is None:
            raise CourseError(
                f"{assignment}: the graded cell {mark['grade_id']!r} names no problem; "
                'it is to hold grade("problem", function, points=...) and nothing else'
            )
        _hold_to(assignment, cell, problem)
        exercises.append(Exercise(mark["grade_id"], problem, float(mark["points"]), solution_id))
    return Sheet(assignment, notebook, tuple(exercises), manual)


def _hold_to(assignment: str, cell: NotebookNode, problem: str) -> None:
    """A graded cell's problem is one, and is worth what its mark says."""
    mark = cell.metadata["nbgrader"]
    try:
        find_problem(problem)
    except KeyError as error:
        raise CourseError(f"{assignment}: {error.args[0]}") from error
    said = POINTS.search(cell.source)
    if said and float(said[1]) != float(mark["points"]):
        raise CourseError(
            f"{assignment}: the cell {mark['grade_id']!r} says points={said[1]}, "
            f"and is worth {mark['points']} by its metadata"
        )


def judged_problem(cell: NotebookNode, function: str) -> str | None:
    """The problem that a cell names, if all it does is to call check(...) or grade(...)."""
    called, problem = _judged(cell.source) if cell.cell_type == "code" else ("", "")
    return problem if called == function else None


@lru_cache(maxsize=1000)  # the same cells in every submission of a class
def _judged(source: str) -> tuple[str, str]:
    """The function that is called, and the problem that it is called with; empty if none is."""
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError):
        return "", ""
    match body:
        case [
            ast.Expr(
                ast.Call(func=ast.Name(id=called), args=[ast.Constant(value=str(problem)), *_])
            )
        ]:
            return called, problem
    return "", ""
