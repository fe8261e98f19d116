"""A submission is made whole: whatever came back becomes the notebook that was handed out.

Cells are matched by grade_id, else by content. The student's cells keep their order and text;
what is locked gets back its own text; what is missing is put back; what is double loses its mark.
Nothing of the submission's metadata survives, so nothing in it can mislead what comes after.
"""

from __future__ import annotations

import copy
import json
import re
from dataclasses import dataclass, field
from typing import Any

from nbformat.notebooknode import NotebookNode, from_dict
from nbformat.v4 import new_notebook

from autograder.course.errors import Unreadable
from autograder.course.salvage import salvage, without_colab
from autograder.course.sheet import Sheet

LARGEST, MOST_CELLS, MOST_OUTPUTS = 50 * 2**20, 5_000, 100

BASE64 = re.compile(r"[A-Za-z0-9+/=\s]+")


@dataclass
class Repaired:
    """A submission made whole.

    Attributes:
        notebook: with the released cells marked as they were released, and no outputs.
        mended: what was done, in sentences for the instructor and the student.
    """

    notebook: NotebookNode
    mended: list[str] = field(default_factory=list)


def repair(raw: bytes, sheet: Sheet) -> Repaired:
    """Make a submitted file into a notebook that can be graded.

    Args:
        raw: the file as it came.
        sheet: the assignment.

    Raises:
        Unreadable: if no notebook of this assignment can be found in it.
    """
    mended: list[str] = []
    cells = read_cells(raw, mended)
    claimed = _match(cells, sheet.notebook.cells, mended)
    if not claimed:
        raise Unreadable(
            f"this notebook holds none of the cells of {sheet.assignment}: "
            "is it another assignment's?"
        )
    notebook = new_notebook(metadata=copy.deepcopy(sheet.notebook.metadata))
    by_position = {position: source for source, position in claimed.items()}
    for position, cell in enumerate(cells):
        if position in by_position:
            notebook.cells.append(
                _restored(cell, sheet.notebook.cells[by_position[position]], mended)
            )
        else:
            cell.id = f"student-{position}"
            notebook.cells.append(cell)
    _leave_out_colab(notebook, mended)
    _keep_outputs(notebook, sheet)
    _put_back(notebook, sheet, mended)
    for position, cell in enumerate(notebook.cells):
        cell.setdefault("id", f"released-{position}")  # nbformat before 4.5 has none
    return Repaired(notebook, mended)


def read_cells(raw: bytes, mended: list[str]) -> list[NotebookNode]:
    """The cells of a file that says it is a notebook: their type, text and outputs, nothing else.

    Args:
        raw: the file as it came.
        mended: gets a sentence, if the file was no whole notebook and cells were found in it.

    Raises:
        Unreadable: if it is no notebook, with what it seems to be instead.
    """
    if len(raw) > LARGEST:
        raise Unreadable(too_large(len(raw)))
    text = raw.decode("utf-8-sig", "replace")
    if not text.strip():
        raise Unreadable("the file is empty: was it saved before it was sent in?")
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        data, said = salvage(text, error)
        mended.append(said)
    if not isinstance(data, dict):
        raise Unreadable("the file is JSON, but not a notebook")
    cells = data.get("cells")
    if cells is None and isinstance(data.get("worksheets"), list):  # nbformat 3
        sheets = [s for s in data["worksheets"] if isinstance(s, dict)]
        cells = [cell for s in sheets if isinstance(s.get("cells"), list) for cell in s["cells"]]
    if not isinstance(cells, list):
        raise Unreadable("the file is JSON, but not a notebook: it has no cells")
    if len(cells) > MOST_CELLS:
        raise Unreadable(f"the notebook has {len(cells):,} cells, and {MOST_CELLS:,} are taken")
    return [_cell(cell) for cell in cells if isinstance(cell, dict)]


def too_large(size: int) -> str:
    """What is said of a file of that many bytes."""
    return (
        f"the file has {size / 2**20:.0f} MB, and {LARGEST / 2**20:.0f} are taken: clear its "
        "outputs (Edit > Clear all outputs), and send it in again"
    )


def _cell(data: dict[str, Any]) -> NotebookNode:
    metadata = data.get("metadata")
    mark = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    grade_id = mark.get("grade_id") if isinstance(mark, dict) else None
    kind = str(data.get("cell_type"))
    # Not by nbformat's new_code_cell, which takes a millisecond to validate each: what is made
    # here is valid, and the whole notebook is validated once, when it is written.
    cell = NotebookNode(
        cell_type=kind if kind in ("code", "raw") else "markdown",
        metadata=NotebookNode(),
        source=_text(data.get("source", data.get("input"))),
    )
    if cell.cell_type == "code":
        cell.outputs, cell.execution_count = _outputs(data.get("outputs")), None
    if cell.cell_type == "markdown":
        cell.attachments = _images(data.get("attachments"))
        if not cell.attachments:  # a page cannot be made of a cell that lost its image
            cell.source = re.sub(r"\battachment:(?=\S)", "lost-attachment:", cell.source)
    if isinstance(grade_id, str):
        cell.metadata["claimed_id"] = grade_id
    return cell


def _outputs(given: Any) -> list[NotebookNode]:
    """What a cell has shown, of the kinds that pages show; cleaning.py looks into it."""
    outputs = []
    for output in given[:MOST_OUTPUTS] if isinstance(given, list) else ():
        kind = output.get("output_type") if isinstance(output, dict) else None
        if kind == "stream":
            text = _text(output.get("text"))
            outputs.append(from_dict({"output_type": "stream", "name": "stdout", "text": text}))
        elif kind in ("display_data", "execute_result") and isinstance(output.get("data"), dict):
            data = {_text(k): _text(v) for k, v in output["data"].items() if k != "text/plain" or v}
            shown = {"output_type": "display_data", "data": data, "metadata": {}}
            outputs.append(from_dict(shown))
    return outputs


def _text(value: Any) -> str:
    if isinstance(value, list):
        value = "".join(line for line in value if isinstance(line, str))
    text = value if isinstance(value, str) else ""
    return text.encode("utf-8", "replace").decode()  # half a surrogate pair fits into no file


def _images(attachments: Any) -> dict[str, dict[str, str]]:
    """The images that were pasted into a cell: {name: {mime type: base64}}."""
    images: dict[str, dict[str, str]] = {}
    for name, bundle in attachments.items() if isinstance(attachments, dict) else ():
        for kind, data in bundle.items() if isinstance(bundle, dict) else ():
            if re.fullmatch(r"image/[\w.+-]+", kind) and BASE64.fullmatch(_text(data)):
                images.setdefault(_text(name), {})[kind] = _text(data)
    return images


def _match(
    cells: list[NotebookNode], released: list[NotebookNode], mended: list[str]
) -> dict[int, int]:
    """For each released cell that has a grade_id, the position of the submitted cell that is it."""
    claimed: dict[int, int] = {}
    claiming: dict[str, list[int]] = {}
    for position, cell in enumerate(cells):
        if "claimed_id" in cell.metadata:
            claiming.setdefault(cell.metadata.pop("claimed_id"), []).append(position)
    marked = {i: c.metadata.nbgrader.grade_id for i, c in enumerate(released) if _grade_id(c)}
    for index, grade_id in marked.items():
        found = claiming.get(grade_id, [])
        if len(found) > 1:
            mended.append(f"the cell {grade_id} was there {len(found)} times; one of them was kept")
        if found:
            # Of several, the last that the student wrote into; the others still run as they stand.
            written = [
                p for p in found if cells[p].source.strip() != released[index].source.strip()
            ]
            claimed[index] = (written or found)[-1]
    taken = set(claimed.values())
    for index, grade_id in marked.items():
        if index in claimed:
            continue
        alike = [p for p, c in enumerate(cells) if p not in taken and _alike(c, released[index])]
        if alike:
            claimed[index] = alike[-1]
            taken.add(alike[-1])
            mended.append(
                f"the cell {grade_id} had lost its mark and was recognised by its content"
            )
    return claimed


def _grade_id(cell: NotebookNode) -> str | None:
    grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
    return grade_id if isinstance(grade_id, str) else None


def _alike(cell: NotebookNode, released: NotebookNode) -> bool:
    if not released.metadata.nbgrader.get("solution"):
        return bool(cell.source.split() == released.source.split())
    defined = _defined(released.source)
    return (
        cell.cell_type == released.cell_type and bool(defined) and defined <= _defined(cell.source)
    )


def _defined(source: str) -> set[str]:
    return set(re.findall(r"^(?:def|class)\s+(\w+)", source, re.MULTILINE))


def _restored(cell: NotebookNode, released: NotebookNode, mended: list[str]) -> NotebookNode:
    whole = copy.deepcopy(released)
    grade_id = released.metadata.nbgrader.grade_id
    if released.metadata.nbgrader.get("solution"):
        whole.source = cell.source
        if whole.cell_type == "markdown" and "attachments" in cell:
            whole.attachments = cell.attachments
    elif cell.source.split() != released.source.split():
        mended.append(f"the locked cell {grade_id} had been changed and was restored")
    if cell.cell_type != released.cell_type:
        mended.append(
            f"the cell {grade_id} had become {cell.cell_type} and is {released.cell_type} again"
        )
    return whole


def _keep_outputs(notebook: NotebookNode, sheet: Sheet) -> None:
    """Of the course's own cells, which are not run whole again; all others get theirs anew."""
    released = [cell.source.split() for cell in sheet.notebook.cells if not _grade_id(cell)]
    for cell in notebook.cells:
        if cell.cell_type == "code" and (_grade_id(cell) or cell.source.split() not in released):
            cell.outputs = []


def _leave_out_colab(notebook: NotebookNode, mended: list[str]) -> None:
    """Lines for Colab or a shell do nothing here, and would stop what stands below them."""
    lines = 0
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.source, count = without_colab(cell.source)
            lines += count
    if lines:
        mended.append(f"{lines} line{'s' * (lines > 1)} for Colab or a shell: left out")


def _put_back(notebook: NotebookNode, sheet: Sheet, mended: list[str]) -> None:
    """Insert the released cells that the submission lacks, each behind the one before it."""
    there = {_grade_id(cell): cell for cell in notebook.cells}
    place = 0
    for released in sheet.notebook.cells:
        grade_id = _grade_id(released)
        if grade_id is None:
            continue
        if grade_id in there:
            place = _position(notebook.cells, there[grade_id]) + 1
            continue
        cell = copy.deepcopy(released)
        if cell.metadata.nbgrader.get("solution"):
            # Not the stub: the function may be defined in another cell, and it would hide that.
            cell.source = "# This cell was missing from the submission."
        mended.append(f"the cell {grade_id} was missing and was put back")
        notebook.cells.insert(place, cell)
        place += 1


def _position(cells: list[NotebookNode], wanted: NotebookNode) -> int:
    return next(position for position, cell in enumerate(cells) if cell is wanted)
