"""A submission to be damaged, and what has to be true of it when it has been repaired."""

from __future__ import annotations

import json
from typing import Any

import nbformat
from small_homework import RIGHT, SHEET, raw, raw_json, submission

from autograder.course.repair import Repaired, repair

RELEASED = {
    c.metadata.nbgrader.grade_id: c for c in SHEET.notebook.cells if "nbgrader" in c.metadata
}
LOCKED = {name for name, cell in RELEASED.items() if cell.metadata.nbgrader.locked}


def as_json(**answers: str) -> dict[str, Any]:
    """A right submission as JSON, to be damaged."""
    data: dict[str, Any] = json.loads(raw(submission(**answers)))
    return data


def cell_of(data: dict[str, Any], grade_id: str) -> dict[str, Any]:
    """The cell with that mark."""
    (found,) = [c for c in data["cells"] if grade_id_of(c) == grade_id]
    return found  # type: ignore[no-any-return]


def grade_id_of(cell: Any) -> Any:
    """The grade_id of a cell, damaged or repaired."""
    return cell["metadata"].get("nbgrader", {}).get("grade_id")


def marks(repaired: Repaired) -> list[str]:
    """The grade_ids in order."""
    return [grade_id_of(c) for c in repaired.notebook.cells if grade_id_of(c)]


def sources(repaired: Repaired) -> dict[str, str]:
    """The text of the marked cells."""
    return {grade_id_of(c): c.source for c in repaired.notebook.cells if grade_id_of(c)}


def assert_whole(repaired: Repaired) -> None:
    """What every later step may rely on."""
    nbformat.validate(repaired.notebook)
    nbformat.writes(repaired.notebook).encode("utf-8")
    assert sorted(marks(repaired)) == sorted(RELEASED)
    for cell in repaired.notebook.cells:
        grade_id = grade_id_of(cell)
        if grade_id is None:
            assert not cell.metadata
            continue
        assert cell.metadata == RELEASED[grade_id].metadata
        assert cell.cell_type == RELEASED[grade_id].cell_type
        if grade_id in LOCKED:
            assert cell.source == RELEASED[grade_id].source
    assert not any(c.get("outputs") for c in repaired.notebook.cells)
    assert repaired.notebook.metadata == SHEET.notebook.metadata


def mended(data: Any) -> Repaired:
    """The repaired submission, whole."""
    repaired = repair(data if isinstance(data, bytes) else raw_json(data), SHEET)
    assert_whole(repaired)
    return repaired


def assert_answers_kept(repaired: Repaired) -> None:
    """The solution cells hold what the student wrote."""
    assert {p: sources(repaired)[p] for p in RIGHT} == {p: s.strip() for p, s in RIGHT.items()}
