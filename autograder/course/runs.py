"""Which cells of a submission are run, and which process answers for which exercise.

Run is what the student wrote. Of the course's own cells only those definitions are run that the
student's need: what they draw and measure earns no points, takes most of the time, and is shown as
the student has sent it in. If something turns out to need the rest of them, it is run after all.

An exercise that is to be written from scratch is answered for by a process in which no framework
is there to be called. If the notebook imports one for its other exercises, that is a second one.
"""

from __future__ import annotations

import copy
import re
from contextlib import ExitStack
from types import TracebackType

from nbformat.notebooknode import NotebookNode

from autograder.course.config import Limits
from autograder.course.definitions import Definition, definitions, needed, words
from autograder.course.modules import modules_in
from autograder.course.session import Session
from autograder.course.sheet import Sheet, is_judged
from autograder.problems import find_problem

MISSED = re.compile(r"name '(\w+)' is not defined")

FROM_SCRATCH: tuple[str, ...] = ()
"""The modules of the run in which no framework is there."""


def modules_of(sheet: Sheet) -> tuple[str, ...]:
    """What the assignment's notebook imports, and takes long to be imported."""
    return modules_in(c.source for c in sheet.notebook.cells if c.cell_type == "code")


def runs_of(sheet: Sheet) -> tuple[tuple[str, ...], ...]:
    """The modules of each run, that for show first."""
    shown = modules_of(sheet)
    scratch = any(not find_problem(e.problem).frameworks for e in sheet.exercises)
    return (shown, FROM_SCRATCH) if shown and scratch else (shown,)


class Runs:
    """The runs of one submission's notebook. Use it as a context manager.

    Args:
        notebook: made whole; the cells that are run get their outputs by `show`.
        sheet: the assignment.
        limits: on each run.
        all_cells: run the course's own cells whole from the beginning.
    """

    def __init__(
        self, notebook: NotebookNode, sheet: Sheet, limits: Limits, all_cells: bool = False
    ) -> None:
        self.notebook = notebook
        run = _copy(notebook)
        # index of a cell of which only a part is run -> its source
        self.whole = {} if all_cells else leave_out(run, sheet)
        self.code = [
            index
            for index, cell in enumerate(notebook.cells)
            if cell.cell_type == "code" and not is_judged(cell)
        ]
        modules = runs_of(sheet)
        self.shown = Session(run, limits, modules=modules[0])
        self.scratch = self.shown
        if len(modules) > 1:
            self.scratch = Session(_copy(run), limits, modules=FROM_SCRATCH, shown=False)

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

    @property
    def sessions(self) -> list[Session]:
        """The runs, that for show first."""
        return [self.shown] if self.scratch is self.shown else [self.shown, self.scratch]

    def run_cells(self) -> None:
        """Run what the student handed in, but for the judge's own cells.

        A cell that misses a name from a cell of the course's above it is run again after that one.
        """
        for session in self.sessions:
            for index in self.code:
                if session.notebook.cells[index].source and index not in self.shown.stopped:
                    session.run_cell(index)
                    if self._misses(session, index) and self.run_whole(session, above=index):
                        session.run_cell(index)

    def _misses(self, session: Session, index: int) -> bool:
        outputs = session.notebook.cells[index].outputs
        errors = [o.evalue for o in outputs if o.output_type == "error" and o.ename == "NameError"]
        names = {name for said in errors for name in MISSED.findall(said)}
        if not names:
            return False
        above = " ".join(self.whole[i] for i in self._waiting(session) if i < index)
        return not names.isdisjoint(re.findall(r"\w+", above))

    def _waiting(self, session: Session) -> list[int]:
        cells = session.notebook.cells
        return [i for i in self.whole if cells[i].source != self.whole[i]]

    def run_whole(self, session: Session, above: int | None = None) -> bool:
        """Run all of the course's own cells, too, as a function or a cell falls short without.

        Args:
            session: the run.
            above: only those above this cell.

        Returns:
            Whether there was something.
        """
        waiting = [i for i in self._waiting(session) if above is None or i < above]
        for index in waiting:
            session.notebook.cells[index].source = self.whole[index]
            session.run_cell(index)
        return bool(waiting)

    def show(self) -> None:
        """Put the outputs of what was run into the notebook."""
        for index in self.code:
            ran, cell = self.shown.notebook.cells[index], self.notebook.cells[index]
            if ran.source == cell.source:
                cell.outputs, cell.execution_count = ran.outputs, ran.execution_count

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


def _copy(notebook: NotebookNode) -> NotebookNode:
    """A notebook whose cells can get other sources and outputs; the rest is shared."""
    return NotebookNode(cells=[copy.copy(cell) for cell in notebook.cells])


def leave_out(notebook: NotebookNode, sheet: Sheet) -> dict[int, str]:
    """Reduce the course's own cells, in place, to what they define and the student's need.

    Returns:
        The whole sources of the cells that were reduced, by index.
    """
    released = {_key(cell) for cell in sheet.notebook.cells}
    cells: dict[int, tuple[Definition, ...]] = {}
    mentioned = {exercise.problem for exercise in sheet.exercises}
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type != "code" or is_judged(cell):
            continue
        own = _key(cell) in released and not _is_solution(cell)
        defined = definitions(cell.source) if own else None
        if defined is None:
            mentioned |= words(cell.source)
        else:
            cells[index] = defined
    kept, whole = needed(cells.values(), mentioned), {}
    for index, defined in cells.items():
        cell = notebook.cells[index]
        part = "\n\n".join(d.source for d in defined if d in kept)
        if part != cell.source:
            whole[index], cell.source = cell.source, part
    return whole


def _key(cell: NotebookNode) -> tuple[str, str]:
    return cell.cell_type, " ".join(cell.source.split())


def _is_solution(cell: NotebookNode) -> bool:
    return bool(cell.metadata.get("nbgrader", {}).get("solution"))
