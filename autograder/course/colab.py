"""What only Colab or a shell understands is left out of a cell: it does nothing here, and would
stop what stands below it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from autograder.course.definitions import words
from autograder.course.statements import MOST_LEFT_OUT, Span, code_of, left_out

_LINE = re.compile(
    r"\s*(?:!|%(?:pip|conda|cd|env|load_ext|reload_ext|autoreload|aimport|tensorboard"
    r"|tensorflow_version|matplotlib(?!\s+inline\b))\b)"
)
_MAY_BE = re.compile(r"^\s*[!%]|google|drive|files|chdir|/content", re.MULTILINE)
_CALLED = {"drive": ("mount", "flush_and_unmount"), "files": ("upload", "download")}
"""What is Colab's whether or not its import is to be seen."""
_PLACE = "/content"
"""The folder that Colab works in."""

_Simple = (ast.Expr, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Assert, ast.Delete)
_Definition = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass
class Colab:
    """Leaves Colab's lines out of a notebook's cells, from the first to the last.

    Attributes:
        gone: names that would hold what Colab has, and do not exist here.
        places: names that hold a folder of Colab's.
    """

    gone: set[str] = field(default_factory=set)
    places: set[str] = field(default_factory=set)

    def without(self, source: str) -> tuple[str, int]:
        """A cell without the lines that only Colab or a shell understands, and how many they were.

        A statement that uses what a left out one would have defined is left out, too. An import
        that is tried (`try: import google.colab`) stays: it is to fail here.
        """
        if not _MAY_BE.search(source) and (self.gone | self.places).isdisjoint(words(source)):
            return source, 0
        code = code_of(source)
        spans = [
            Span(first, _indent(code.lines[first]), last, len(code.lines[last]))
            for first, last in code.ipython.items()
            if _LINE.match(code.lines[first])
        ]
        if code.tree is not None:
            statements = islice(self._left_out(code.tree.body, self.gone), MOST_LEFT_OUT)
            spans += map(code.span, statements)
        return left_out(code, spans, "left out: ") if spans else (source, 0)

    def _left_out(self, body: Iterable[ast.stmt], gone: set[str]) -> Iterator[ast.stmt]:
        for statement in body:
            if self._is_colab_s(statement, gone):
                yield statement
                gone |= _bound(statement)
                continue
            inner = set[str]() if isinstance(statement, _Definition) else gone
            bound = _bound(statement)
            gone -= bound
            for part in _parts(statement):
                yield from self._left_out(part, inner)
            if isinstance(statement, ast.Assign):
                of_colab = self._is_place(statement.value)
                self.places = self.places | bound if of_colab else self.places - bound

    def _is_colab_s(self, statement: ast.stmt, gone: set[str]) -> bool:
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            return _imports_colab(statement)
        used = not gone.isdisjoint(_loaded(statement))
        if isinstance(statement, _Simple):
            return used or any(self._calls_colab(n) for n in ast.walk(statement))
        if isinstance(statement, (ast.If, ast.While, ast.For)):
            header = statement.iter if isinstance(statement, ast.For) else statement.test
            defines = any(isinstance(n, _Definition) for n in ast.walk(statement))
            return not gone.isdisjoint(_loaded(header)) and not defines
        return False

    def _calls_colab(self, node: ast.AST) -> bool:
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=called)) if (
                called in _CALLED.get(name, ())
            ):
                return True
            case ast.Call(func=ast.Attribute(attr="chdir") | ast.Name(id="chdir"), args=[place]):
                return self._is_place(place)
        return False

    def _is_place(self, value: ast.expr) -> bool:
        texts = (n.value for n in ast.walk(value) if isinstance(n, ast.Constant))
        named = not self.places.isdisjoint(_loaded(value))
        return named or any(isinstance(t, str) and t.startswith(_PLACE) for t in texts)


def _parts(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    """The bodies in a statement; of a `try` that an import of Colab's is to end, not the tried."""
    tried = isinstance(statement, ast.Try) and bool(statement.handlers)
    body = getattr(statement, "body", [])
    if not tried or not any(_imports_colab(n) for part in body for n in ast.walk(part)):
        yield body
    yield from (handler.body for handler in getattr(statement, "handlers", []))
    yield getattr(statement, "orelse", [])
    yield getattr(statement, "finalbody", [])


def _imports_colab(node: ast.AST) -> bool:
    match node:
        case ast.Import(names=names):
            return all(_is_colab(a.name) for a in names)
        case ast.ImportFrom(module=str(module), names=names):
            return _is_colab(module) or all(_is_colab(f"{module}.{a.name}") for a in names)
    return False


def _is_colab(module: str) -> bool:
    return module == "google.colab" or module.startswith("google.colab.")


def _loaded(node: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}


def _bound(statement: ast.stmt) -> set[str]:
    """The names that a statement gives something to, but for the statements in it."""
    if isinstance(statement, _Definition):
        return {statement.name}
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        return {a.asname or a.name.partition(".")[0] for a in statement.names}
    own = [n for n in ast.iter_child_nodes(statement) if not isinstance(n, ast.stmt)]
    names = [n for part in own for n in ast.walk(part) if isinstance(n, ast.Name)]
    return {n.id for n in names if isinstance(n.ctx, ast.Store)}


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
