"""Which submitted cell is which released one, and which of the exercises a submission holds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from nbformat.notebooknode import NotebookNode

from autograder.course.plain import printable
from autograder.course.sheet import Sheet
from autograder.course.suspicion import said

_DEFINED = re.compile(r"^(?:def|class)\s+(\w+)", re.MULTILINE)
_JUDGED = re.compile(r"^(?:check|grade)\(\s*[\"'](\w+)[\"']", re.MULTILINE)
_TITLE = re.compile(r"^#\s+(\S.*)", re.MULTILINE)

LONGEST_TITLE = 80


@dataclass(frozen=True)
class Match:
    """A submission's cells beside the released ones.

    Attributes:
        claimed: for each released cell that has a grade_id, the position of the submitted cell
            that is it.
        recognised: grade_ids of the solution cells that are there, by their mark or because a cell
            defines their functions.
        written: those of them in which something else stands than was handed out.
    """

    claimed: dict[int, int]
    recognised: frozenset[str]
    written: frozenset[str]


def match(cells: Sequence[NotebookNode], sheet: Sheet, mended: list[str]) -> Match:
    """Match a submission's cells with the released ones: by grade_id, else by content.

    Args:
        cells: of the submission, with the grade_id that each claims as `claimed_id`, which goes.
        sheet: the assignment.
        mended: gets a sentence for what is there several times, or had lost its mark.
    """
    released = sheet.notebook.cells
    marked = {i: its for i, c in enumerate(released) if (its := grade_id(c)) is not None}
    claimed = _by_mark(cells, released, marked, mended)
    by_mark = {marked[i] for i in claimed if is_solution(released[i])}
    taken, lost = set(claimed.values()), []
    for index, its in marked.items():
        if index in claimed:
            continue
        alike = [p for p, c in enumerate(cells) if p not in taken and _alike(c, released[index])]
        if alike:
            claimed[index] = alike[-1]
            taken.add(alike[-1])
            lost.append(its)
    if lost:
        mended.append(
            told(lost, "had lost its mark and was recognised by its content",
                 "had lost their marks and were recognised by their content")
        )  # fmt: skip
    solutions = [i for i in marked if is_solution(released[i])]
    defined = [_defined(c.source) if c.cell_type == "code" else frozenset() for c in cells]
    holding = {i: _holding(defined, claimed.get(i), released[i].source) for i in solutions}
    recognised = {marked[i] for i, its in holding.items() if its}
    written = {
        marked[i]
        for i, its in holding.items()
        if any(cells[p].source.split() not in ([], released[i].source.split()) for p in its)
    }
    if not by_mark and _is_another_s(cells, sheet):
        recognised = set()
    return Match(claimed, frozenset(recognised), frozenset(written))


def told(grade_ids: Sequence[str], one: str, several: str) -> str:
    """A sentence on cells that says how many they are, and names the first few.

    Args:
        grade_ids: of the cells.
        one: what is said of a single one: "was missing".
        several: what is said of more: "were missing".
    """
    if len(grade_ids) == 1:
        return f"the cell {grade_ids[0]} {one}"
    return f"{len(grade_ids)} cells {several}: {said(list(grade_ids))}"


def grade_id(cell: NotebookNode) -> str | None:
    """A released cell's own name; None if it has none."""
    its = cell.metadata.get("nbgrader", {}).get("grade_id")
    return its if isinstance(its, str) else None


def is_solution(cell: NotebookNode) -> bool:
    """Is it a cell that a student is to write in?"""
    return bool(cell.metadata.get("nbgrader", {}).get("solution"))


def name_of(cell: NotebookNode) -> str:
    """What a cell is called where it is spoken of: by its grade_id, else by its first line."""
    its = grade_id(cell)
    if its:
        return f"cell {its}"
    first = cell.source.strip().partition("\n")[0][:40]
    return f"cell `{printable(first)}`"


def title(cells: Sequence[NotebookNode]) -> str:
    """The first heading of a notebook, by which one sees whose it is; "" if it has none."""
    texts = (c.source for c in cells if c.cell_type == "markdown")
    found = (m[1].strip()[:LONGEST_TITLE] for text in texts if (m := _TITLE.search(text)))
    return next(found, "")


def _by_mark(
    cells: Sequence[NotebookNode],
    released: Sequence[NotebookNode],
    marked: dict[int, str],
    mended: list[str],
) -> dict[int, int]:
    claimed: dict[int, int] = {}
    claiming: dict[str, list[int]] = {}
    for position, cell in enumerate(cells):
        if "claimed_id" in cell.metadata:
            claiming.setdefault(cell.metadata.pop("claimed_id"), []).append(position)
    for index, its in marked.items():
        found = claiming.get(its, [])
        if len(found) > 1:
            mended.append(f"the cell {its} was there {len(found)} times; one of them was kept")
        if found:
            # Of several, the last that the student wrote into; the others still run as they stand.
            handed_out = released[index].source.strip()
            written = [p for p in found if cells[p].source.strip() != handed_out]
            claimed[index] = (written or found)[-1]
    return claimed


def _holding(defined: Sequence[frozenset[str]], own: int | None, stub: str) -> set[int]:
    """The positions of the cells that are a solution cell, or define what it is to define."""
    needed = _defined(stub)
    found = {position for position, names in enumerate(defined) if needed and needed <= names}
    return found if own is None else found | {own}


def _alike(cell: NotebookNode, released: NotebookNode) -> bool:
    if not is_solution(released):
        return bool(cell.source.split() == released.source.split())
    defined = _defined(released.source)
    return (
        cell.cell_type == released.cell_type and bool(defined) and defined <= _defined(cell.source)
    )


def _defined(source: str) -> frozenset[str]:
    return frozenset(_DEFINED.findall(source))


def _is_another_s(cells: Sequence[NotebookNode], sheet: Sheet) -> bool:
    """Are other exercises asked for in it than this assignment's, and none of these?

    A function may be called as one of another assignment's: `softmax` is given in hw5.
    """
    code = (c.source for c in cells if c.cell_type == "code")
    asked = {name for source in code for name in _JUDGED.findall(source)}
    return bool(asked) and asked.isdisjoint(e.problem for e in sheet.exercises)
