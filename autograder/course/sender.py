"""Who sent a file in, as the platform that it was downloaded from wrote it into its path."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from autograder.course.roster import key
from autograder.course.unpack import file_name, printable

CANVAS = re.compile(r"(?P<name>[^_]+)_(?:LATE_)?(?P<number>\d+)_\d+_")
"""The student's name and number, the submission's number: lovelaceada_LATE_123_4567_hw3.ipynb."""

MOODLE = re.compile(r"(?P<name>.+?)_(?P<number>\d+)_assignsubmission_[a-z]+_?")
"""Before a file's name, or alone as a folder's: Ada Lovelace_1234_assignsubmission_file_."""

COPY = re.compile(
    r"^(copy of|kopie von|copie de|copia de)\s+|\s*의 사본$|사본\s+|\s*\(\d+\)$|-\d+$", re.I
)
"""What is put around the name of a copy."""


@dataclass(frozen=True)
class Sender:
    """Who sent a file in, if its path says so.

    Attributes:
        name: as it is written there; "" if there is none.
        number: tells two of one name apart; "" if there is none.
        canvas: the number is the student's own, in Canvas.
    """

    name: str
    number: str = ""
    canvas: bool = False


def sender_of(path: Path, assignment: str) -> Sender:
    """Who sent a file in.

    Args:
        path: below the folder of the class.
        assignment: a name that is nobody's.
    """
    top = printable(path.parts[0])
    match = MOODLE.match(top)
    if match:
        return Sender(file_name(match["name"]), match["number"])
    if len(path.parts) > 1:
        return Sender(file_name(top))
    match = CANVAS.match(top)
    if match:
        return Sender(file_name(match["name"]), match["number"], canvas=True)
    stem = title(Path(top).stem)
    parts = re.split(r"\s+-\s+", stem)  # Google Classroom: "Ada Lovelace - hw3"
    if len(parts) == 1:
        parts = [stem.partition("_")[0]] if not names_assignment(stem, assignment) else []
    names = [part for part in parts if part and not names_assignment(title(part), assignment)]
    return Sender(file_name(names[0]) if names else "")


def title(stem: str) -> str:
    """A file's name without what is put around it when it is copied."""
    while COPY.search(stem) and COPY.sub("", stem).strip():
        stem = COPY.sub("", stem).strip()
    return stem


def names_assignment(text: str, assignment: str) -> bool:
    """Is this the assignment's name, or the beginning of it, and so no student's?"""
    return bool(key(text)) and key(assignment).startswith(key(text))


def name_in_colab(raw: bytes) -> str:
    """The only name under which Colab ran the notebook's cells; "" if there is none, or several."""
    try:
        cells = json.loads(raw)["cells"]
        users = {
            cell["metadata"]["executionInfo"]["user"]["displayName"] for cell in cells if _ran(cell)
        }
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
    return str(users.pop()) if len(users) == 1 else ""


def _ran(cell: object) -> bool:
    return isinstance(cell, dict) and "executionInfo" in (cell.get("metadata") or {})
