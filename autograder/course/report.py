"""The class at a glance: a table for the eye, grades.csv for everything else."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from autograder.course.outcome import Outcome
from autograder.render import points

if TYPE_CHECKING:
    from rich.table import Table

LONGEST_REMARK = 110


def grades_csv(outcomes: Sequence[Outcome]) -> str:
    """One line a student: points by exercise, the sum, what there is to say."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    exercises = list(dict.fromkeys(g for o in outcomes for g in o.out_of))
    writer.writerow(["student", *exercises, "score", "max_score", "status", "remarks"])
    for o in outcomes:
        scores = [points(o.points[g]) if g in o.points else "" for g in exercises]
        status = "could not be read" if o.unreadable else "graded"
        row = [
            o.student,
            *scores,
            points(o.score),
            points(o.max_score),
            status,
            "; ".join(o.remarks),
        ]
        writer.writerow([_harmless(field) for field in row])
    return stream.getvalue()


def _harmless(field: str) -> str:
    """A spreadsheet takes a field that begins like this for a formula and runs it."""
    return f"'{field}" if field.startswith(("=", "+", "-", "@", "\t", "\r")) else field


def grades_table(outcomes: Sequence[Outcome], title: str) -> Table:
    """The table that is printed when a class has been graded."""
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=title, title_justify="left", show_lines=False, expand=True)
    table.add_column("student", no_wrap=True)
    table.add_column("score", justify="right", no_wrap=True)
    table.add_column("by exercise", no_wrap=True)
    table.add_column("what was found", overflow="fold")
    for o in outcomes:
        bars = "".join(_block(o.points[g], o.out_of[g]) for g in o.out_of)
        color = "green" if o.score == o.max_score else "red" if o.score == 0 else "yellow"
        remarks = "\n".join(_shortened(r) for r in o.remarks)
        table.add_row(
            escape(o.student),
            f"[{color}]{points(o.score)}[/] / {points(o.max_score)}",
            bars,
            escape(remarks),
        )
    return table


def _block(earned: float, out_of: float) -> str:
    """One character for an exercise: full, half, empty."""
    if earned >= out_of:
        return "[green]█[/]"
    return "[yellow]▄[/]" if earned > 0 else "[red]·[/]"


def _shortened(remark: str) -> str:
    return remark if len(remark) <= LONGEST_REMARK else remark[: LONGEST_REMARK - 1] + "…"
