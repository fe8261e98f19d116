"""A notebook is run for show, and where exercises are from scratch once more without frameworks.

An exercise that is to be written from scratch is answered for by a process in which no framework
is there to be called. If the notebook imports one for its other exercises, that is a second
process; it runs what the student wrote, and of the course's own cells what they define.
"""

from __future__ import annotations

import ast
import copy
import re
from contextlib import ExitStack
from types import TracebackType

from nbformat.notebooknode import NotebookNode

from autograder.course.config import Limits
from autograder.course.session import Session
from autograder.course.sheet import Sheet, judged_problem
from autograder.problems import find_problem

IMPORTS = re.compile(r"^\s*(?:import|from)\s+(\w+)", re.MULTILINE)
WARM = {"keras": ("keras",), "tensorflow": ("tensorflow", "keras"), "nltk": ("nltk",)}
"""What a warm parent imports for a notebook that names it. They start no threads."""

FROM_SCRATCH: tuple[str, ...] = ()
"""The modules of the run in which no framework is there."""


def modules_of(sheet: Sheet) -> tuple[str, ...]:
    """What the assignment's notebook imports, and takes long to be imported."""
    code = "\n".join(c.source for c in sheet.notebook.cells if c.cell_type == "code")
    return tuple(sorted({m for name in IMPORTS.findall(code) for m in WARM.get(name, ())}))


def runs_of(sheet: Sheet) -> tuple[tuple[str, ...], ...]:
    """The modules of each run, that for show first."""
    shown = modules_of(sheet)
    scratch = any(not find_problem(e.problem).frameworks for e in sheet.exercises)
    return (shown, FROM_SCRATCH) if shown and scratch else (shown,)


class Runs:
    """The runs of one submission's notebook. Use it as a context manager.

    Args:
        notebook: made whole; its cells get their outputs in place, from the run for show.
        sheet: the assignment.
        limits: on each run.
    """

    def __init__(self, notebook: NotebookNode, sheet: Sheet, limits: Limits) -> None:
        self.notebook = notebook
        self.sheet = sheet
        modules = runs_of(sheet)
        self.shown = Session(notebook, limits, modules=modules[0])
        self.scratch = self.shown
        if len(modules) > 1:
            self.scratch = Session(copy.deepcopy(notebook), limits, modules=FROM_SCRATCH)
        self.left_out: dict[int, str] = {}  # index of a cell -> its whole source

    def __enter__(self) -> Runs:
        with ExitStack() as stack:
            stack.enter_context(self.shown)
            if self.scratch is not self.shown:
                stack.enter_context(self.scratch)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def run_cells(self) -> None:
        """Run what the student handed in, but for the judge's own cells."""
        released = {_key(cell) for cell in self.sheet.notebook.cells}
        code = [
            index
            for index, cell in enumerate(self.notebook.cells)
            if cell.cell_type == "code" and not is_judged(cell)
        ]
        for index in code:
            self.shown.run_cell(index)
        if self.scratch is self.shown:
            return
        for index in code:
            cell = self.scratch.notebook.cells[index]
            if index in self.shown.stopped:
                continue
            if _key(cell) in released and not _is_solution(cell):
                whole, cell.source = cell.source, definitions(cell.source)
                if cell.source != whole:
                    self.left_out[index] = whole
            self.scratch.run_cell(index)

    def run_left_out(self) -> bool:
        """Run also what only draws and measures: some function uses a name of it.

        Returns:
            Whether there was something.
        """
        for index, whole in self.left_out.items():
            self.scratch.notebook.cells[index].source = whole
            self.scratch.run_cell(index)
        left_out, self.left_out = self.left_out, {}
        return bool(left_out)

    def of(self, problem: str) -> Session:
        """The run that answers for a problem."""
        return self.shown if find_problem(problem).frameworks else self.scratch

    @property
    def stopped(self) -> dict[int, str]:
        """The cells that were stopped in either run, and why."""
        return {**self.scratch.stopped, **self.shown.stopped}

    @property
    def sandbox(self) -> str:
        """Which one the runs were held in."""
        return self.shown.sandbox


def _key(cell: NotebookNode) -> tuple[str, str]:
    return cell.cell_type, " ".join(cell.source.split())


def _is_solution(cell: NotebookNode) -> bool:
    return bool(cell.metadata.get("nbgrader", {}).get("solution"))


def definitions(source: str) -> str:
    """Of a cell of the course's: imports, functions, classes and constants; no call that works."""
    try:
        body = ast.parse(source).body
    except SyntaxError:  # a line for IPython
        return source
    return "\n\n".join(ast.unparse(statement) for statement in body if _defines(statement))


def _defines(statement: ast.stmt) -> bool:
    if isinstance(statement, (ast.Assign, ast.AnnAssign)):
        calls = [n.func for n in ast.walk(statement) if isinstance(n, ast.Call)]
        return not any(isinstance(called, ast.Name) for called in calls)
    return isinstance(statement, (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef))


def is_judged(cell: NotebookNode) -> bool:
    """Cells that only call check() or grade() are the judge's."""
    locked = cell.metadata.get("nbgrader", {}).get("locked")
    return bool(locked) and bool(judged_problem(cell, "check") or judged_problem(cell, "grade"))
