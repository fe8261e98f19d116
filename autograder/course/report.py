"""The class at a glance: a table for the eye, grades.csv for everything else."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from autograder.course.outcome import Outcome
from autograder.course.state import Grading
from autograder.render import points

if TYPE_CHECKING:
    from rich.table import Table

LONGEST_REMARK = 110
LEAST_WIDTH, POINTS_WIDTH = 70, 7
"""Columns of a terminal that names and remarks need, and that the points of an exercise do."""


SUMS = ("score", "by_hand", "late_penalty", "final_score", "max_score")
"""Columns of grades.csv: the judge's points, a human's besides, what being late costs, what counts,
what there is."""


def grades_csv(outcomes: Sequence[Outcome]) -> str:
    """One line a student: points by exercise, the sum, what there is to say."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    exercises = list(dict.fromkeys(g for o in outcomes for g in o.out_of))
    writer.writerow(["student", *exercises, *SUMS, "status", "remarks"])
    for o in outcomes:
        scores = [points(o.points[g]) if g in o.points else "" for g in exercises]
        status = "could not be read" if o.unreadable else "graded"
        row = [
            o.student,
            *scores,
            points(o.score),
            points(o.by_hand),
            points(o.penalty),
            points(o.final),
            points(o.max_score),
            status,
            "; ".join([*o.remarks, *o.noticed]),
        ]
        writer.writerow([_harmless(field) for field in row])
    return stream.getvalue()


def _harmless(field: str) -> str:
    """A spreadsheet takes a field that begins like this for a formula and runs it."""
    return f"'{field}" if field.startswith(("=", "+", "-", "@", "\t", "\r")) else field


def grades_table(outcomes: Sequence[Outcome], title: str, width: int) -> Table:
    """The table that is printed when a class has been graded.

    Args:
        outcomes: a row each.
        title: stands above it.
        width: of the terminal; where points would not fit, an exercise is one block.
    """
    from rich.markup import escape
    from rich.table import Table

    exercises = list(dict.fromkeys(g for o in outcomes for g in o.out_of))
    with_points = width >= LEAST_WIDTH + POINTS_WIDTH * len(exercises)
    table = Table(title=title, title_justify="left", expand=True)
    table.add_column("student", no_wrap=True)
    table.add_column("score", justify="right", no_wrap=True)
    if with_points:
        for number in range(1, len(exercises) + 1):
            table.add_column(str(number), justify="right", no_wrap=True)
        names = [f"{n} {g.removesuffix('_grade')}" for n, g in enumerate(exercises, 1)]
        table.caption, table.caption_justify = ", ".join(names), "left"
    else:
        table.add_column("by exercise", no_wrap=True)
    table.add_column("what was found", overflow="fold")
    for o in outcomes:
        score = f"{_colored(points(o.final), o.final, o.max_score)} / {points(o.max_score)}"
        earned = [(o.points.get(g, 0.0), o.out_of.get(g, 0.0)) for g in exercises]
        if with_points:
            cells = [_colored(points(p), p, of) for p, of in earned]
        else:
            cells = ["".join(_colored(_block(p, of), p, of) for p, of in earned)]
        remarks = "\n".join(_shortened(r) for r in [*o.remarks, *o.noticed])
        table.add_row(escape(o.student), score, *cells, escape(remarks))
    return table


def _colored(text: str, earned: float, out_of: float) -> str:
    color = "green" if earned >= out_of else "yellow" if earned > 0 else "red"
    return f"[{color}]{text}[/]"


def _block(earned: float, out_of: float) -> str:
    """One character for an exercise: full, half, empty."""
    return "█" if earned >= out_of else "▄" if earned > 0 else "·"


def _shortened(remark: str) -> str:
    return remark if len(remark) <= LONGEST_REMARK else remark[: LONGEST_REMARK - 1] + "…"


def history_lines(student: str, gradings: Sequence[Grading]) -> list[str]:
    """A student's gradings, oldest first: when, how many points, why again, what changed."""
    lines = [student]
    for before, grading in pairwise([None, *gradings]):
        assert grading is not None
        o = grading.outcome
        line = f"  {grading.when}  {points(o.score)} / {points(o.max_score)}  {grading.why}"
        changes = grading.changes(before) if before else []
        if before:
            line += f": {', '.join(changes) or 'no points changed'}"
        lines.append(line)
    return lines


def changed_lines(histories: Sequence[tuple[str, Sequence[Grading]]], since: str) -> list[str]:
    """What regrading since a moment has changed: a line for each student whose points did.

    Args:
        histories: of the class.
        since: as Grading.when.
    """
    lines = []
    for student, gradings in histories:
        if len(gradings) > 1 and gradings[-1].when >= since:
            before, now = gradings[-2:]
            changes = now.changes(before)
            if changes:
                old, new = points(before.outcome.score), points(now.outcome.score)
                lines.append(f"{student} {old} -> {new} ({now.why}): {', '.join(changes)}")
    return lines
