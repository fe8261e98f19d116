"""Grading with a progress bar, and a console that is wide enough when there is no terminal."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from autograder.course.collect import Collected, collect
from autograder.course.config import Course
from autograder.course.grade import grade_class
from autograder.course.outcome import Outcome
from autograder.course.roster import Roster


def console() -> Console:
    """A console for this output. A pipe has no width; a table folded at 80 would be unreadable."""
    found = Console(highlight=False)
    return found if found.is_terminal else Console(highlight=False, width=170)


def _bar(doing: str, **options: Any) -> Progress:
    columns = (
        TextColumn(f"{doing} {{task.description}}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[last]}"),
    )
    return Progress(*columns, console=console(), **options)


def collect_with_progress(
    course: Course, assignment: str, source: Path, roster: Roster | None
) -> Collected:
    """`collect` behind a progress bar that goes away."""
    with _bar("collecting", transient=True) as bar:
        task = bar.add_task(assignment, total=None, last="")
        return collect(
            course,
            assignment,
            source,
            roster,
            lambda done, total: bar.update(task, completed=done, total=total),
        )


def grade_with_progress(course: Course, assignment: str, **options: Any) -> list[Outcome]:
    """`grade_class` behind a progress bar; takes its options.

    The bar is there once something is graded: an error before that is all that is said.
    """
    bar = _bar("grading")
    task = bar.add_task(assignment, total=None, last="")
    with ExitStack() as shown:

        def started(total: int) -> None:
            bar.update(task, total=total)
            shown.enter_context(bar)

        return grade_class(
            course,
            assignment,
            started=started,
            progress=lambda outcome: bar.update(task, advance=1, last=outcome.student),
            **options,
        )
