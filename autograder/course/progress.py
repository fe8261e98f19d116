"""Grading with a progress bar, and a console that is wide enough when there is no terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
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


@contextmanager
def _bar(doing: str, assignment: str, **options: Any) -> Iterator[Callable[..., None]]:
    """A bar that is there from the first update on: an error before that is all that is said."""
    columns = (
        TextColumn(f"{doing} {{task.description}}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[last]}"),
    )
    bar = Progress(*columns, **options)
    task = bar.add_task(assignment, total=None, last="")
    with ExitStack() as shown:

        def update(**changed: Any) -> None:
            bar.update(task, **changed)
            if not bar.live.is_started:
                shown.enter_context(bar)

        yield update


def collect_with_progress(
    course: Course, assignment: str, source: Path, roster: Roster | None
) -> Collected:
    """`collect` behind a progress bar that goes away."""
    out = console()
    away = {"transient": True, "disable": not out.is_terminal}
    with _bar("collecting", assignment, console=out, **away) as update:
        return collect(
            course,
            assignment,
            source,
            roster,
            lambda done, total: update(completed=done, total=total),
        )


def grade_with_progress(course: Course, assignment: str, **options: Any) -> list[Outcome]:
    """`grade_class` behind a progress bar; takes its options."""
    with _bar("grading", assignment, console=console()) as update:
        return grade_class(
            course,
            assignment,
            started=lambda total: update(total=total),
            progress=lambda outcome: update(advance=1, last=outcome.student),
            **options,
        )
