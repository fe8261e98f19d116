"""What the course's own cells define, and which of it a submission needs: what its student's cells
mention, and what that mentions in turn.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Definition:
    """A statement that defines something.

    Attributes:
        source: the statement.
        names: what it defines; none if that cannot be told, and then it is always needed.
    """

    source: str
    names: frozenset[str]

    @property
    def always(self) -> bool:
        """Is it needed whatever is mentioned?"""
        return not self.names


def words(source: str) -> set[str]:
    """Every name that could be meant in a source, comments and texts included."""
    return set(WORD.findall(source))


@lru_cache(maxsize=1000)
def definitions(source: str) -> tuple[Definition, ...] | None:
    """Of a cell: imports, functions, classes and constants; no call that works.

    None if it is no plain Python, but has lines for IPython in it.
    """
    try:
        body = ast.parse(source).body
    except SyntaxError:
        return None
    return tuple(Definition(ast.unparse(s), _names(s)) for s in body if _defines(s))


def needed(cells: Iterable[tuple[Definition, ...]], mentioned: set[str]) -> set[Definition]:
    """Those of the cells' definitions that are mentioned, or that those mention."""
    waiting = {definition for cell in cells for definition in cell}
    mentioned, found = set(mentioned), set[Definition]()
    while new := {d for d in waiting if d.always or not d.names.isdisjoint(mentioned)}:
        found |= new
        waiting -= new
        mentioned.update(*(words(definition.source) for definition in new))
    return found


def _defines(statement: ast.stmt) -> bool:
    if isinstance(statement, (ast.Assign, ast.AnnAssign)):
        calls = [n.func for n in ast.walk(statement) if isinstance(n, ast.Call)]
        return not any(isinstance(called, ast.Name) for called in calls)
    return isinstance(statement, (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef))


def _names(statement: ast.stmt) -> frozenset[str]:
    """What a statement that defines something defines; nothing if it does more than that."""
    if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
        return frozenset() if statement.decorator_list else frozenset({statement.name})
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        names = [a.asname or a.name.partition(".")[0] for a in statement.names]
        return frozenset() if "*" in names else frozenset(names)
    targets: list[ast.expr] = []
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, ast.AnnAssign):
        targets = [statement.target]
    parts = [n for t in targets for n in (t.elts if isinstance(t, ast.Tuple) else [t])]
    names = [n.id for n in parts if isinstance(n, ast.Name)]
    return frozenset(names) if len(names) == len(parts) else frozenset()
