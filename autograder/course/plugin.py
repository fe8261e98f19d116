"""Hangs repair, run and judge into nbgrader, so that `nbgrader autograde` typed by hand and
formgrader's button go the same way as `autograder grade`.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbformat.notebooknode import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    LimitOutput,
    NbGraderPreprocessor,
)
from traitlets import Bool, Integer

from autograder.course.config import Limits
from autograder.course.errors import Unreadable
from autograder.course.outcome import Outcome
from autograder.course.repair import Repaired, repair
from autograder.course.run import Job, judge_notebook, unreadable
from autograder.course.sheet import Sheet, read_sheet
from autograder.course.tables import save_grades

MARK = "lmkit"
"""In the notebook's metadata between nbgrader's two passes: what was mended, or why unreadable."""


def configure(c: Any) -> None:
    """Set nbgrader's autograde up for the judge. Called by nbgrader_config.py."""
    c.Autograde.exporter_class = RepairingExporter
    c.Autograde.sanitize_preprocessors = [CheckCellMetadata]
    c.Autograde.autograde_preprocessors = [
        JudgedRun,
        LimitOutput,
        AssignLatePenalties,
        CheckCellMetadata,
    ]
    c.CsvExportPlugin.to = "export.csv"  # else it would write over `autograder grade`'s grades.csv


class RepairingExporter(NotebookExporter):  # type: ignore[misc]
    """Reads a submission whatever its state. nbgrader's own reader stops the class at some."""

    def from_filename(
        self, filename: str, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[str, dict[str, Any]]:
        """Repair the file on nbgrader's first pass; on the second it is ours already."""
        if not self.parent._sanitizing:
            return super().from_filename(filename, resources=resources, **kw)  # type: ignore[no-any-return]
        assert resources is not None
        sheet = _sheet(self.parent.coursedir, resources)
        try:
            repaired = repair(Path(filename).read_bytes(), sheet)
            mark = {"mended": repaired.mended, "unreadable": ""}
            notebook = repaired.notebook
        except Unreadable as error:
            mark = {"mended": [], "unreadable": str(error)}
            notebook = nbformat.from_dict(sheet.notebook)
        notebook.metadata[MARK] = mark
        return self.from_notebook_node(notebook, resources=resources, **kw)  # type: ignore[no-any-return]


class JudgedRun(NbGraderPreprocessor):  # type: ignore[misc]
    """In place of nbgrader's Execute and SaveAutoGrades: run, judge, save."""

    cell_timeout = Integer(60, min=1, help="Seconds that one cell may take.").tag(config=True)
    answer_timeout = Integer(
        10, min=1, help="Seconds that a function may take to answer one call of the judge."
    ).tag(config=True)
    memory = Integer(4096, min=1, help="MB that all processes of a submission may hold.").tag(
        config=True
    )
    unsafe = Bool(
        False, help="Run submissions also on a machine without a sandbox to hold them."
    ).tag(config=True)

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Judge a notebook that the first pass has repaired, and write its grades."""
        names = resources["nbgrader"]
        sheet = _sheet(self.parent.parent.coursedir, resources)
        mark = nb.metadata.pop(MARK)
        limits = Limits(
            cell=self.cell_timeout,
            answer=self.answer_timeout,
            memory=self.memory,
            unsafe=self.unsafe,
        )
        job = Job(names["student"], sheet, nbformat.writes(nb).encode(), limits=limits)
        outcome = _outcome(job, nb, mark)
        with Gradebook(names["db_url"]) as gradebook:
            save_grades(gradebook, sheet, outcome)
        return nbformat.reads(outcome.notebook, as_version=4), resources


def _outcome(job: Job, notebook: NotebookNode, mark: dict[str, Any]) -> Outcome:
    started = time.monotonic()
    if mark["unreadable"]:
        return unreadable(job, mark["unreadable"], 0.0)
    return judge_notebook(job, Repaired(notebook, mark["mended"]), started)


def _sheet(coursedir: Any, resources: dict[str, Any]) -> Sheet:
    names = resources["nbgrader"]
    folder = coursedir.format_path(coursedir.release_directory, ".", names["assignment"])
    return read_sheet(Path(folder) / f"{names['notebook']}.ipynb")
