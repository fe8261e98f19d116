"""From the single source of an assignment to what students get, with proof that it is right."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat.notebooknode import NotebookNode

from autograder.course.config import Course, Limits
from autograder.course.errors import CourseError
from autograder.course.nbgrader_course import converter
from autograder.course.outcome import Outcome
from autograder.course.run import Job, grade_submission
from autograder.course.sheet import read_sheet
from lmkit.files import write_atomically

OWN = Limits(cell=180, unsafe=True)
"""What is run here is the course's own: it need not be held in a sandbox, and may take its time
where the machine does something else as well."""

SOLUTION = re.compile(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", re.DOTALL)


@dataclass(frozen=True)
class Proof:
    """What was proved of a release.

    Attributes:
        solution: the outcome of handing in the solution.
        stub: the outcome of handing in what students get.
    """

    solution: Outcome
    stub: Outcome


def release(course: Course, assignment: str, note: Callable[[str], None] = lambda s: None) -> Proof:
    """Build the notebook, have nbgrader make the students' version, and prove it.

    Args:
        course: where the folders are.
        assignment: its name.
        note: told what is being done.

    Raises:
        CourseError: if there is no source, or the release is not what it has to be.
    """
    note("building the notebook from its source")
    solved = build(course, assignment)
    note("making the students' version")
    path = course.release(assignment)
    before = path.read_bytes() if path.is_file() else None
    try:
        generate(course, assignment)
        shutil.rmtree(path.parent / "__pycache__", ignore_errors=True)
        note("proving it: nothing of the solution in it, 0 as released, full marks when solved")
        return prove(course, assignment, solved)
    except BaseException:  # what is not proved is not handed out
        if before is None:
            path.unlink(missing_ok=True)
        else:
            write_atomically(path, before)
        raise


def build(course: Course, assignment: str) -> bytes:
    """solutions/<hw>/<hw>.py to the .ipynb beside it, which nbgrader and Jupyter open.

    Raises:
        CourseError: if there is no such source.
    """
    source = course.source(assignment)
    if not source.is_file():
        known = sorted(p.parent.name for p in course.root.glob("solutions/*/*.py"))
        raise CourseError(
            f"{source} is not there; the assignments are {', '.join(known) or 'none yet'}"
        )
    text: str = nbformat.writes(notebook_of(source.read_text(encoding="utf-8")))
    raw = text.encode() + b"\n"
    write_atomically(source.with_suffix(".ipynb"), raw)
    return raw


def notebook_of(source: str) -> NotebookNode:
    """The notebook of a percent-format source, the same for the same source every time."""
    import jupytext

    notebook = jupytext.reads(source, fmt="py:percent")
    for number, cell in enumerate(notebook.cells):
        # jupytext draws ids at random
        cell.id = cell.metadata.get("nbgrader", {}).get("grade_id") or f"cell-{number}"
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return notebook


def generate(course: Course, assignment: str) -> None:
    """Have nbgrader write assignments/<hw>/<hw>.ipynb and enter the cells into the gradebook."""
    from nbgrader.converters import GenerateAssignment
    from nbgrader.converters.base import NbGraderException

    made: Any = converter(GenerateAssignment, course, assignment, force=True)
    try:
        made.start()
    except (NbGraderException, SystemExit) as error:
        raise CourseError(f"nbgrader could not make {assignment}: {error}") from error


def prove(course: Course, assignment: str, solved: bytes) -> Proof:
    """Hand in the solution and the stub, and look for what must not be in the release.

    Raises:
        CourseError: naming the first thing that is not as it has to be.
    """
    path = course.release(assignment)
    sheet = read_sheet(path)
    _nothing_leaks(path, nbformat.reads(solved.decode(), as_version=4), sheet.notebook)
    solution = grade_submission(Job("the solution", sheet, solved, limits=OWN, all_cells=True))
    if solution.score != solution.max_score:
        raise CourseError(
            f"{assignment}: the solution does not get full marks: {'; '.join(solution.remarks)}"
        )
    errors = errors_in(solution.notebook)
    if errors:
        raise CourseError(f"{assignment}: the solution stops with {errors[0]}")
    stub = grade_submission(Job("the stub", sheet, path.read_bytes(), limits=OWN, all_cells=True))
    if stub.score:
        raise CourseError(
            f"{assignment}: as released it scores {stub.score}, not 0: {'; '.join(stub.remarks)}"
        )
    other = [e for e in errors_in(stub.notebook) if not e.startswith("NotImplementedError")]
    if other or not all(v.unwritten for v in stub.verdicts.values()):
        raise CourseError(f"{assignment}: as released it stops with {other or 'more than a stub'}")
    return Proof(solution, stub)


def errors_in(notebook: str) -> list[str]:
    """The exceptions in an executed notebook's outputs: "NameError: name 'x' is not defined"."""
    cells = nbformat.reads(notebook, as_version=4).cells
    outputs = [o for c in cells if c.cell_type == "code" for o in c.outputs]
    return [f"{o.ename}: {o.evalue}" for o in outputs if o.output_type == "error"]


def _nothing_leaks(path: Path, solved: NotebookNode, released: NotebookNode) -> None:
    text = "\n".join(cell.source for cell in released.cells)
    given = "\n".join(SOLUTION.sub("", cell.source) for cell in solved.cells)
    for cell in solved.cells:
        for solution in SOLUTION.findall(cell.source):
            for line in map(str.strip, solution.splitlines()):
                if len(line) > 12 and line in text and line not in given:
                    raise CourseError(
                        f"{path.name}: a line of the solution is in the release: {line}"
                    )
    if "SOLUTION" in text or "HIDDEN TESTS" in text:
        raise CourseError(f"{path.name}: a solution's or hidden test's marker is in the release")
    if any(c.get("outputs") or c.get("execution_count") for c in released.cells):
        raise CourseError(f"{path.name}: there are outputs in the release")
    others = [p.name for p in path.parent.rglob("*") if p.suffix in {".py", ".pyc", ".html"}]
    if others:
        raise CourseError(f"{path.parent}: {', '.join(others)} must not be released")
