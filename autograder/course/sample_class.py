"""A made-up class: from the solution and the catalogue of mistakes.

Each student's score is known beforehand, so a class that was graded end to end proves itself.
What a mistake costs is written down by hand in `sample_mistakes.py`, not computed by the judge.
"""

from __future__ import annotations

import ast
import copy
import inspect
import json
import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import nbformat
from nbformat.notebooknode import NotebookNode

from autograder.course.sample_mistakes import SAMPLE, SampleMistake
from autograder.course.sheet import Sheet
from autograder.problem import Mistake
from autograder.problems import find_problem
from lmkit.files import write_atomically

SOLUTION_MARKS = re.compile(r"^\s*### (BEGIN|END) SOLUTION\n?", re.MULTILINE)

LOOP = "    while True:\n        pass\n"
NOISE = """\
    import sys
    import warnings

    warnings.warn("this function is deprecated")
    print("W tensorflow/core: this is not an error", file=sys.stderr)
    print("100%|##########| 10/10 [00:00<00:00]", file=sys.stderr)
"""


@dataclass(frozen=True)
class Student:
    """One of the class.

    Attributes:
        name: as it is in the folder's name.
        kind: what is special about the submission.
        file: what the notebook is called.
        content: of the file.
        lost: points that it was made to lose, by problem; the rest it was made to earn.
    """

    name: str
    kind: str
    file: str
    content: bytes
    lost: dict[str, float] = field(default_factory=dict)


def make_class(sheet: Sheet, solved: bytes, into: Path, count: int = 12) -> dict[str, Student]:
    """Write submissions, one folder a student.

    Args:
        sheet: the assignment.
        solved: its solution, as a notebook.
        into: the folder.
        count: how many; beyond twelve the kinds come again, under other names.

    Returns:
        The students by name.
    """
    twelve = _students(sheet, solved)
    class_of = (twelve[n % 12] for n in range(count))
    students = {
        name: replace(student, name=name)
        for n, student in enumerate(class_of)
        for name in [student.name if n < 12 else f"{student.name} {n // 12 + 1}"]
    }
    for student in students.values():
        write_atomically(into / student.name / student.file, student.content)
    return students


def _students(sheet: Sheet, solved: bytes) -> list[Student]:
    name = f"{sheet.assignment}.ipynb"
    solution = without_marks(nbformat.reads(solved.decode(), as_version=4))
    problems = [e.problem for e in sheet.exercises]
    points = {e.problem: e.points for e in sheet.exercises}
    half = problems[: len(problems) // 2]
    unwritten = [p for p in problems if p not in half]
    sample = SAMPLE[sheet.assignment]
    one, two, three, four = sample.mistakes

    def mistaken(who: str, mistake: SampleMistake, file: str = name) -> Student:
        wrong = find_mistake(mistake.problem, mistake.name)
        edited = replace_function(
            solution, mistake.problem, lambda s: source_of(mistake.problem, wrong)
        )
        return Student(who, mistake.name, file, _bytes(edited), {mistake.problem: mistake.costs})

    def lost(*names: str) -> dict[str, float]:
        return {n: points[n] for n in names}

    def edit(problem: str, change: Callable[[str], str]) -> bytes:
        return _bytes(replace_function(solution, problem, change))

    last = problems[-1]
    halfway = copy.deepcopy(solution)
    for p in unwritten:
        stub = next(
            c.source
            for c in sheet.notebook.cells
            if c.metadata.get("nbgrader", {}).get("grade_id") == p
        )
        halfway = replace_function(halfway, p, lambda s, stub=stub: stub)  # type: ignore[misc]
    return [
        Student("ada", "full marks", name, _bytes(solution)),
        mistaken("bora", one),
        mistaken("chloé", two),
        mistaken("dmitri", three),
        mistaken("은지", four),
        Student("farid", "half done", name, _bytes(halfway), lost(*unwritten)),
        Student("grace", "untouched", name, _bytes(sheet.notebook), lost(*problems)),
        Student(
            "hugo",
            "a syntax error",
            name,
            edit(last, lambda s: s.replace("    return ", "    retrun ", 1)),
            lost(last),
        ),
        Student("inés", "an endless loop", name, edit(sample.loop, _looped), lost(sample.loop)),
        Student("jun", "saved by Colab", name, saved_by_colab(solution)),
        Student("kofi", "a renamed copy", f"Copy of {name}", _bytes(solution)),
        Student("lena", "warnings on stderr", name, edit(problems[0], _noisy)),
    ]


def _bytes(notebook: NotebookNode) -> bytes:
    text: str = nbformat.writes(notebook)
    return text.encode()


def _looped(source: str) -> str:
    return _with_first_lines(source, LOOP)


def _noisy(source: str) -> str:
    return _with_first_lines(source, NOISE)


def _with_first_lines(source: str, first_lines: str) -> str:
    """A function that does something else first, right after its docstring."""
    function = ast.parse(source).body[0]
    assert isinstance(function, ast.FunctionDef)
    lines = source.splitlines(keepends=True)
    first = function.body[1].lineno - 1
    return "".join([*lines[:first], first_lines, *lines[first:]])


def without_marks(notebook: NotebookNode) -> NotebookNode:
    """A solution as a student would hand it in: without the instructor's markers."""
    notebook = copy.deepcopy(notebook)
    for cell in notebook.cells:
        cell.source = SOLUTION_MARKS.sub("", cell.source)
    return notebook


def replace_function(
    notebook: NotebookNode, problem: str, change: Callable[[str], str]
) -> NotebookNode:
    """A copy of a notebook in which one solution cell's source is changed."""
    notebook = copy.deepcopy(notebook)
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == problem:
            cell.source = change(cell.source)
    return notebook


def find_mistake(problem: str, name: str) -> Mistake:
    """A known mistake, by the beginning of its name.

    Raises:
        KeyError: if there is none.
    """
    for mistake in find_problem(problem).mistakes:
        if mistake.name.startswith(name):
            return mistake
    raise KeyError(f"{problem} has no mistake called {name!r}")


def source_of(problem: str, mistake: Mistake) -> str:
    """The wrong implementation as a student's cell would hold it."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(mistake.wrong)))
    function = tree.body[0]
    assert isinstance(function, ast.FunctionDef)
    function.name = problem
    function.decorator_list = []
    return ast.unparse(tree)


def saved_by_colab(notebook: NotebookNode) -> bytes:
    """The notebook as Colab writes it: nbformat 4.0, ids in metadata, its own entries, outputs."""
    data = json.loads(nbformat.writes(notebook))
    data["nbformat"], data["nbformat_minor"] = 4, 0
    data["metadata"] = {
        "colab": {"provenance": [], "gpuType": "T4"},
        "kernelspec": {"name": "python3", "display_name": "Python 3"},
        "language_info": {"name": "python"},
        "accelerator": "GPU",
        "widgets": {"application/vnd.jupyter.widget-state+json": {"a1b2": {"model_name": "HTML"}}},
    }
    for number, cell in enumerate(data["cells"]):
        cell["metadata"]["id"] = cell.pop("id", f"c{number}")
        cell["metadata"]["colab"] = {"base_uri": "https://localhost:8080/"}
        if cell["cell_type"] == "code":
            cell["execution_count"] = number
            cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["old\n"]}]
    return json.dumps(data).encode()
