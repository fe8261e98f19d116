"""Functions as a notebook defines them: in a cell, with the notebook's names for globals."""

from __future__ import annotations

import linecache
import re
import textwrap
from collections.abc import Callable
from itertools import count
from typing import Any

import numpy as np
from conftest import ROOT

_cells = count(1)
_BEGINNING = re.compile(r"^# %%.*\n", re.MULTILINE)


def run_cell(source: str, **names: Any) -> dict[str, Any]:
    """The global names after a cell has run; it finds `np` and the names given."""
    text = textwrap.dedent(source)
    file = f"<ipython-input-{next(_cells)}-0123456789ab>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    namespace: dict[str, Any] = {"np": np, **names}
    exec(compile(text, file, "exec"), namespace)
    return namespace


def defined(name: str, source: str, **names: Any) -> Callable[..., Any]:
    """The function of that name that a cell defines."""
    function: Callable[..., Any] = run_cell(source, **names)[name]
    return function


def solution_cell(assignment: str, name: str) -> str:
    """The source of an assignment's cell, by its grade_id."""
    source = (ROOT / "solutions" / assignment / f"{assignment}.py").read_text()
    (cell,) = re.findall(rf'"grade_id": "{name}",.*?\n(.*?)\n# %%', source, re.DOTALL)
    return str(cell)


def solution_cells() -> list[str]:
    """The sources of all cells of all assignments."""
    files = sorted((ROOT / "solutions").glob("*/*.py"))
    assert len(files) == 5
    return [c for f in files for c in _BEGINNING.split(f.read_text(encoding="utf-8"))]
