"""What a file that is no whole notebook still holds: its cells, as far as they can be read."""

from __future__ import annotations

import ast
import json
import re
from typing import Any

from autograder.course.errors import Unreadable

Cells = list[dict[str, Any]]

_CONFLICT = re.compile(
    r"^<{7}[^\n]*\n(?P<one>.*?)^(?:\|{7}[^\n]*\n.*?^)?={7}[^\n]*\n(?P<other>.*?)^>{7}[^\n]*\n?",
    re.MULTILINE | re.DOTALL,
)
_MARKER = re.compile(r"^(<{7}|={7}|>{7})", re.MULTILINE)
_CELLS = re.compile(r'"cells"\s*:\s*\[')
_COLAB_ONLY = re.compile(
    r"^(?P<indent>[ \t]*)(?=(?:!|%(?:pip|conda|cd|env|load_ext|tensorboard|tensorflow_version)\b"
    r"|from\s+google\.colab\b|import\s+google\.colab\b|drive\.(?:mount|flush_and_unmount)\s*\("
    r"|files\.(?:upload|download)\s*\())",
    re.MULTILINE,
)
_TRIPLE = re.compile(r"'''|\"\"\"")


def salvage(text: str, error: Exception) -> tuple[Any, str]:
    """A notebook's JSON out of a text that is none, and what was done.

    Args:
        text: of the file.
        error: why it is no JSON.

    Raises:
        Unreadable: if there is nothing to be had, with what the file seems to be.
    """
    if _MARKER.search(text):
        return _one_side(text)
    if text.lstrip().startswith("{"):
        cells = _whole_cells(text)
        if cells:
            said = f"the file is damaged or cut off; {len(cells)} whole cells were found in it"
            return {"cells": cells}, said
        raise Unreadable(
            f"the file is damaged or cut off ({error}): download the notebook again and send it in"
        )
    script = _script(text)
    if script:
        return {"cells": script}, "the file is a script, not a notebook; its functions were graded"
    raise Unreadable(
        "the file is not a notebook: send in the .ipynb (File > Download > Download .ipynb)"
    )


def _one_side(text: str) -> tuple[Any, str]:
    """A merge conflict: the first side that makes a notebook."""
    found = _MARKER.search(text)
    assert found is not None
    line = text.count("\n", 0, found.start()) + 1
    for side, name in (("one", "first"), ("other", "second")):
        try:
            data = json.loads(_CONFLICT.sub(lambda m, side=side: m[side], text))  # type: ignore[misc]
        except (ValueError, RecursionError):
            continue
        if isinstance(data, dict) and data.get("cells"):
            said = f"the file holds a merge conflict (line {line}); its {name} side was graded"
            return data, said
    raise Unreadable(
        f"the file holds a merge conflict (line {line}): keep one side, and save it again"
    )


def _whole_cells(text: str) -> Cells:
    """The cells of a notebook's JSON up to where it breaks off."""
    beginning = _CELLS.search(text)
    if beginning is None:
        return []
    cells: Cells = []
    position, decoder = beginning.end(), json.JSONDecoder()
    try:
        while True:
            while text[position : position + 1] in (" ", "\n", "\r", "\t", ","):
                position += 1
            cell, position = decoder.raw_decode(text, position)
            if not isinstance(cell, dict):
                return cells
            cells.append(cell)
    except (ValueError, RecursionError):
        return cells


def _script(text: str) -> Cells:
    """A Python file as cells, one for each statement of its own."""
    try:
        body = ast.parse(without_colab(text)[0]).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    if not any(isinstance(statement, (ast.FunctionDef, ast.ClassDef)) for statement in body):
        return []
    lines = text.splitlines(keepends=True)
    starts = [_first_line(statement) - 1 for statement in body]
    ends = [*starts[1:], len(lines)]
    return [
        {"cell_type": "code", "source": "".join(lines[start:end]).rstrip()}
        for start, end in zip(starts, ends, strict=True)
    ]


def _first_line(statement: ast.stmt) -> int:
    decorators = getattr(statement, "decorator_list", [])
    return min([int(statement.lineno), *(int(d.lineno) for d in decorators)])


def without_colab(source: str) -> tuple[str, int]:
    """Code without the lines that only Colab or a shell understands, and how many there were.

    A line becomes `pass`, as it may be all that an `if` holds.
    """
    count = 0

    def leave_out(match: re.Match[str]) -> str:
        nonlocal count
        if len(_TRIPLE.findall(source, 0, match.start())) % 2:  # inside a text
            return match[0]
        count += 1
        return f"{match['indent']}pass  # left out: "

    return _COLAB_ONLY.sub(leave_out, source), count
