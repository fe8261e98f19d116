"""What a file that is no whole notebook still holds: its cells, as far as they can be read."""

from __future__ import annotations

import ast
import json
import re
from typing import Any

from autograder.course.errors import Unreadable
from autograder.course.statements import code_of

Cells = list[dict[str, Any]]

_MARKER = re.compile(r"^(<{7}|={7}|>{7})", re.MULTILINE)
_CELLS = re.compile(r'"cells"\s*:\s*\[')
_PART = re.compile(r"^(?=# ?%%|# In ?\[|@|(?:async )?def |class |(?:import|from) )", re.MULTILINE)
"""Where a script can be cut: at the marks that programs leave between cells, and definitions."""
_PAGE = re.compile(r"\s*(?:<\?xml[^>]*>\s*)?<(?:!doctype html|html)\b", re.IGNORECASE)
_FENCE = re.compile(r"^```", re.MULTILINE)
_WRAPPERS = ("notebook", "content", "ipynb", "blob", "source", "data")
_DEEPEST = 4
LONGEST_SCRIPT = 2**20
"""Characters of a Python file that is taken for a homework."""
_SEND = "send in the .ipynb (File > Download > Download .ipynb)"


def salvage(text: str, error: Exception) -> tuple[Any, str]:
    """A notebook's JSON out of a text that is none, and what was done.

    Args:
        text: of the file.
        error: why it is no JSON.

    Raises:
        Unreadable: if there is nothing to be had, with what the file seems to be.
    """
    notebook = text.lstrip().startswith("{")
    marker = _MARKER.search(text)
    if marker and (notebook or marker[1].startswith("<")):  # "=====" may underline a script's title
        return _one_side(text)
    if notebook:
        whole = _with_something_behind(text)
        if whole:
            return whole, "something stood behind the notebook in the file, and was left out"
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
    if _PAGE.match(text):
        raise Unreadable(f"the file is a web page made of a notebook, not the notebook: {_SEND}")
    raise Unreadable(f"the file is not a notebook: {_SEND}")


def _one_side(text: str) -> tuple[Any, str]:
    """A merge conflict: the first side that makes a notebook."""
    found = _MARKER.search(text)
    assert found is not None
    line = text.count("\n", 0, found.start()) + 1
    for side, name in (("one", "first"), ("other", "second")):
        try:
            data = json.loads(_without_other(text, side))
        except (ValueError, RecursionError):
            continue
        if isinstance(data, dict) and data.get("cells"):
            said = f"the file holds a merge conflict (line {line}); its {name} side was graded"
            return data, said
    raise Unreadable(
        f"the file holds a merge conflict (line {line}): keep one side, and save it again"
    )


def _without_other(text: str, side: str) -> str:
    """A text with one side of its conflicts, "one" or "other"; as it is if one has no end."""
    kept, within = [], ""
    for line in text.split("\n"):
        mark = line[:7]
        if mark == "<" * 7 and not within:
            within = "one"
        elif mark == "|" * 7 and within == "one":
            within = "before"
        elif mark == "=" * 7 and within in ("one", "before"):
            within = "other"
        elif mark == ">" * 7 and within == "other":
            within = ""
        elif within in ("", side):
            kept.append(line)
    return text if within else "\n".join(kept)


def _with_something_behind(text: str) -> Any:
    """The notebook that a text begins with, if it is whole; else None."""
    try:
        data, _ = json.JSONDecoder().raw_decode(text.lstrip())
    except (ValueError, RecursionError):
        return None
    return data if has_cells(data) else None


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
    """A Python file as cells: one for each statement of its own, or for each part that can be told
    where it does not parse as a whole.
    """
    if len(text) > LONGEST_SCRIPT:
        return []
    whole = code_of(text)
    if whole.tree is not None:
        starts = [whole.span(statement).first for statement in whole.tree.body]
        ends = [*starts, len(whole.lines)][1:]
        parts = ["\n".join(whole.lines[a:b]) for a, b in zip(starts, ends, strict=True)]
        defines = _defines(whole.tree)
    elif _FENCE.search(text):
        return []  # Markdown, with code in it
    else:
        parts = _cut(text.replace("\r\n", "\n"))
        trees = [code_of(part).tree for part in parts]
        defines = any(tree is not None and _defines(tree) for tree in trees)
    return [{"cell_type": "code", "source": part.rstrip()} for part in parts] if defines else []


def _cut(text: str) -> list[str]:
    """The parts of a script. A decorator stays with what it is around; one without code goes."""
    parts: list[str] = []
    for part in _PART.split(text):
        around = bool(parts) and parts[-1].startswith("@") and parts[-1].count("\n") == 1
        if around:
            parts[-1] += part
        elif any(line.strip() and not line.startswith("#") for line in part.splitlines()):
            parts.append(part)
    return parts


def _defines(tree: ast.Module) -> bool:
    return any(isinstance(s, (ast.FunctionDef, ast.ClassDef)) for s in tree.body)


def has_cells(data: Any) -> bool:
    """Does JSON look like a notebook?"""
    return isinstance(data, dict) and ("cells" in data or "worksheets" in data)


def unwrapped(data: Any, depth: int = 0) -> Any:
    """The notebook in what a program has put around it; None if there is none.

    {"content": {...}} is how Jupyter's server sends one, {"blob": {"source": "..."}} Kaggle's; then
    there are its cells alone, and its text as a JSON string.

    Args:
        data: the JSON of a file that is no notebook itself.
        depth: how much has been taken off.
    """
    if has_cells(data):
        return data
    if isinstance(data, list) and data:
        are_cells = all(isinstance(c, dict) and "cell_type" in c for c in data)
        return {"cells": data} if are_cells else None
    if depth == _DEEPEST:
        return None
    if isinstance(data, str):
        try:
            return unwrapped(json.loads(data), depth + 1)
        except (ValueError, RecursionError):
            return None
    inner = (data[name] for name in _WRAPPERS if name in data) if isinstance(data, dict) else ()
    return next((found for part in inner if (found := unwrapped(part, depth + 1))), None)
