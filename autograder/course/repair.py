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

from autograder.course.colab import Colab
from autograder.course.errors import Unreadable
from autograder.course.letters import decoded, with_plain_letters
from autograder.course.matching import grade_id, is_solution, match, name_of, title, told
from autograder.course.restoring import added, is_changed, restored
from autograder.course.salvage import has_cells, salvage, unwrapped
from autograder.course.sheet import Sheet, is_judged

LARGEST, MOST_CELLS, MOST_OUTPUTS = 50 * 2**20, 5_000, 100

MOST_CODE = 2**20
"""Characters of code in a notebook that are looked through for what Python does not know."""

BASE64 = re.compile(r"[A-Za-z0-9+/=\s]+")


@dataclass
class Repaired:
    """A submission made whole.

    Attributes:
        notebook: with the released cells marked as they were released, and no outputs.
        mended: what was done, in sentences for the instructor and the student.
        written: grade_ids of the exercises in which the student has written something.
    """

    notebook: NotebookNode
    mended: list[str] = field(default_factory=list)
    written: frozenset[str] = frozenset()


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
    found = match(cells, sheet, mended)
    if not found.recognised and (not found.claimed or any(map(is_solution, sheet.notebook.cells))):
        raise Unreadable(_another(cells, sheet))
    notebook = new_notebook(metadata=copy.deepcopy(sheet.notebook.metadata))
    by_position = {position: source for source, position in found.claimed.items()}
    restored_ones: list[str] = []
    for position, cell in enumerate(cells):
        cell.id = f"student-{position}"
        if position in by_position:
            released = sheet.notebook.cells[by_position[position]]
            notebook.cells += _whole(cell, released, restored_ones, mended)
        else:
            notebook.cells.append(cell)
    if restored_ones:
        mended.append(
            told(restored_ones, "was locked, had been changed, and was restored",
                 "were locked, had been changed, and were restored")
        )  # fmt: skip
    _make_python(notebook, mended)
    _keep_outputs(notebook, sheet)
    _put_back(notebook, sheet, mended)
    for position, cell in enumerate(notebook.cells):
        cell.setdefault("id", f"released-{position}")  # nbformat before 4.5 has none
    return Repaired(notebook, mended, found.written)


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
    text, encoding = decoded(raw)
    if encoding:
        mended.append(f"the file is written in {encoding}, not in UTF-8; it was read as that")
    if not text.strip():
        raise Unreadable("the file is empty: was it saved before it was sent in?")
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        data, said = salvage(text, error)
        mended.append(said)
    if not has_cells(data):
        data = unwrapped(data)
        if data is not None:
            mended.append("the notebook was wrapped in other JSON, and was taken out of it")
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


def _another(cells: list[NotebookNode], sheet: Sheet) -> str:
    """What is said of a notebook that is none of this assignment's."""
    its = title(cells)
    called = f"it is called {its!r}: send in" if its else "is it another assignment's? Send in"
    return (
        f"this notebook holds none of the exercises of {sheet.assignment}; {called} the notebook "
        f"of {sheet.assignment}"
    )


def _whole(
    cell: NotebookNode, released: NotebookNode, restored_ones: list[str], mended: list[str]
) -> list[NotebookNode]:
    """A released cell, and what the student added to it if it is locked: behind it, but before a
    cell in which the judge is asked.
    """
    whole, its = restored(cell, released), grade_id(released)
    own = added(cell, released)
    if cell.cell_type != released.cell_type:
        mended.append(f"the cell {its} had become {cell.cell_type} and is {whole.cell_type} again")
    if not own:
        if is_changed(cell, released):
            restored_ones.append(str(its))
        return [whole]
    where = "before" if is_judged(released) else "behind"
    mended.append(
        f"the locked cell {its} had been changed and was restored; "
        f"what was written into it stands in a cell {where} it"
    )
    cell.source = own
    return [cell, whole] if is_judged(released) else [whole, cell]


def _make_python(notebook: NotebookNode, mended: list[str]) -> None:
    """The student's cells, without letters and lines that Python has no use for."""
    colab, room = Colab(), MOST_CODE
    for cell in notebook.cells:
        if cell.cell_type != "code" or (grade_id(cell) and not is_solution(cell)):
            continue
        room -= len(cell.source)
        if room < 0:
            return
        name, written = name_of(cell), cell.source
        cell.source = with_plain_letters(written)
        if cell.source != written:
            mended.append(
                f"{name}: blanks or quotation marks that Python does not know were replaced"
            )
        cell.source, lines = colab.without(cell.source)
        if lines:
            mended.append(f"{name}: {lines} line{'s' * (lines > 1)} for Colab or a shell left out")


def _keep_outputs(notebook: NotebookNode, sheet: Sheet) -> None:
    """Of the course's own cells, which are not run whole again; all others get theirs anew."""
    released = [cell.source.split() for cell in sheet.notebook.cells if not grade_id(cell)]
    for cell in notebook.cells:
        if cell.cell_type == "code" and (grade_id(cell) or cell.source.split() not in released):
            cell.outputs = []


def _put_back(notebook: NotebookNode, sheet: Sheet, mended: list[str]) -> None:
    """Insert the released cells that the submission lacks, each behind the one before it."""
    there = {grade_id(cell): cell for cell in notebook.cells}
    place, missing = 0, []
    for released in sheet.notebook.cells:
        its = grade_id(released)
        if its is None:
            continue
        if its in there:
            place = _position(notebook.cells, there[its]) + 1
            continue
        cell = copy.deepcopy(released)
        if is_solution(cell):
            # Not the stub: the function may be defined in another cell, and it would hide that.
            cell.source = "# This cell was missing from the submission."
        missing.append(its)
        notebook.cells.insert(place, cell)
        place += 1
    if missing:
        mended.append(
            told(missing, "was missing and was put back", "were missing and were put back")
        )


def _position(cells: list[NotebookNode], wanted: NotebookNode) -> int:
    return next(position for position, cell in enumerate(cells) if cell is wanted)
