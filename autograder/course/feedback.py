"""Feedback pages, made by nbgrader from what was recorded.

Nearly every cell of a class's notebooks is the same in all of them: what was rendered once is not
rendered again.
"""

from __future__ import annotations

import re
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any

from jinja2 import pass_context
from nbconvert.exporters import HTMLExporter, TemplateExporter
from nbconvert.filters import Highlight2HTML
from nbconvert.filters.widgetsdatatypefilter import WidgetsDataTypeFilter
from nbformat.notebooknode import NotebookNode
from nbgrader.converters import GenerateFeedback
from nbgrader.converters.base import NbGraderException

from autograder import render
from autograder.course.config import Course
from autograder.course.nbgrader_course import converter
from autograder.course.outcome import Outcome
from autograder.course.sheet import judged_problem
from autograder.course.shown import is_too_much_code
from lmkit.files import write_atomically

STYLE = """<style>
.rendered_html table td, .rendered_html table th { padding: 0.2em 0.8em; }
</style>
"""
"""The template has columns touch."""

PATIENCE = 60.0
"""Seconds that the page of one student may take. It takes less than one."""

SAFE = """<script type="text/x-mathjax-config">
MathJax.Hub.Config({extensions: ["Safe.js"]});
</script>
"""
"""No formula of the page leads anywhere, in texts that are not cleaned either: errors, names."""

ENTRY = re.compile(r'(?<=<a href="#)([^"]*)">Test cell(?=</a>)')
IMAGE_WITHOUT_TEXT = re.compile(r"<img (?![^>]*\balt=)")


class FeedbackWriter:
    """Writes the pages of one assignment.

    Args:
        course: where the folders are.
        assignment: its name.
    """

    def __init__(self, course: Course, assignment: str) -> None:
        self.course = course
        self.assignment = assignment
        self.converter = converter(
            GenerateFeedback, course, assignment, force=True, exporter_class=PageExporter
        )

    def write(self, outcome: Outcome) -> None:
        """Write feedback/<student>/<assignment>/<assignment>.html for an outcome on record.

        A notebook that cannot be made into a page stops nobody: its page then has the verdicts
        alone, and so has one whose page is not there in time.
        """
        self.converter.coursedir.student_id = outcome.student
        try:
            with _at_most(PATIENCE):
                self.converter.start()
        except NbGraderException:
            write_atomically(self._page(outcome.student), _verdicts_alone(outcome))
        except _TooLong:
            said = f"To show this notebook took over {PATIENCE:g} seconds: the verdicts alone."
            write_atomically(self._page(outcome.student), _verdicts_alone(outcome, said))

    def is_there(self, student: str) -> bool:
        """Has this student a page?"""
        return self._page(student).is_file()

    def _page(self, student: str) -> Path:
        folder = self.course.folder("feedback", student, self.assignment)
        return folder / f"{self.assignment}.html"


class _TooLong(BaseException):
    """No Exception: nbgrader and Jinja catch those, and go on."""


@contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    """Raise _TooLong where more time is taken, also within the match of a pattern.

    By a signal, which only a process's first thread gets: in others there is no limit.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_: object) -> None:
        raise _TooLong

    before = signal.signal(signal.SIGALRM, stop)
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _verdicts_alone(outcome: Outcome, said: str = "") -> str:
    verdicts = (render.html(v, outcome.out_of[g]) for g, v in outcome.verdicts.items())
    score = f"{render.points(outcome.score)} of {render.points(outcome.max_score)} points"
    return (
        f'<!DOCTYPE html><meta charset="utf-8"><title>{escape(outcome.assignment)}</title>'
        f"<h1>{escape(outcome.assignment)}: {score}</h1><p>{said}</p>{''.join(verdicts)}"
    )


class PageExporter(HTMLExporter):  # type: ignore[misc]
    """nbconvert's HTML, without rendering again what it has rendered before."""

    def from_notebook_node(
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[str, dict[str, Any]]:
        """As HTMLExporter does, but for the second parse of the whole page: that only adds
        alternative texts, which is done here, and touches classes that this template has not.
        """
        resources = self._init_resources(resources)
        data_types = WidgetsDataTypeFilter(
            notebook_metadata=self._nb_metadata, parent=self, resources=resources
        )
        self.register_filter("highlight_code", _highlighted)
        self.register_filter("filter_data_type", data_types)
        page, resources = TemplateExporter.from_notebook_node(self, nb, resources, **kw)
        page = IMAGE_WITHOUT_TEXT.sub('<img alt="a plot of this cell" ', page)
        page = _with_names(page, nb)
        page = page.replace("<head>", f"<head>{SAFE}", 1)  # before MathJax, which reads it once
        return page.replace("</head>", f"{STYLE}</head>", 1), resources

    @pass_context
    def markdown2html(self, context: Any, source: str) -> str:
        """Rendered once for all students, unless something is attached to the cell."""
        if context.get("cell", {}).get("attachments"):
            return str(super().markdown2html(context, source))
        if source not in _rendered:
            if len(_rendered) > MOST_RENDERED:
                _rendered.clear()
            _rendered[source] = str(super().markdown2html(context, source))
        return _rendered[source]


def _with_names(page: str, notebook: NotebookNode) -> str:
    """The list of scores with the functions' names: the template calls all of them "Test cell"."""
    marks = [(cell, cell.metadata.get("nbgrader", {})) for cell in notebook.cells]
    names = {m.get("grade_id"): judged_problem(c, "grade") for c, m in marks if m.get("grade")}

    def named(entry: re.Match[str]) -> str:
        return f'{entry[1]}">{escape(names.get(entry[1]) or "Test cell")}'

    return ENTRY.sub(named, page)


MOST_RENDERED = 2000
_rendered: dict[str, str] = {}
_highlight = Highlight2HTML(pygments_lexer="ipython3")


def _highlighted(source: str, language: str | None = None, metadata: Any = None) -> str:
    if is_too_much_code(source):
        return f'<div class="highlight"><pre>{escape(source, quote=False)}</pre></div>'
    return _highlight_once(source, language)


@lru_cache(MOST_RENDERED)
def _highlight_once(source: str, language: str | None) -> str:
    return str(_highlight(source, language))
