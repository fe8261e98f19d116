"""A cell taken apart into statements, though there are lines for IPython among them."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

_IPYTHON = re.compile(
    r"[ \t]*(?:[!%?]|[\w.]+\?{1,2}[ \t]*$|[^\W\d][\w, \t]*=[ \t]*(?:!|%[A-Za-z]))"
)
"""A line that only IPython understands: !ls, %time f(), softmax?, files = !ls."""
_AROUND_PYTHON = re.compile(r"%%(?:time|timeit|capture|prun)\b")
"""What may stand above a cell that is Python all the same."""
_TOKEN = re.compile(r"'''|\"\"\"|\\.|['\"#()\[\]{}]")

MOST_LEFT_OUT = 100
"""Statements that are taken out of one cell: a line may hold a hundred thousand of them."""

LONGEST, DEEPEST = 100_000, 100
"""Characters of a cell that is taken apart, and statements and expressions within each other in it.
To look through what is longer takes minutes and gigabytes; what is deeper, more calls than Python
has."""

NO_PYTHON = (SyntaxError, ValueError, RecursionError, MemoryError)
"""What `ast.parse` raises at a text that is none."""


@dataclass(frozen=True, order=True)
class Span:
    """A piece of a cell: its first and last line, and the letters at which it begins and ends."""

    first: int
    begin: int
    last: int
    end: int


@dataclass
class Code:
    """A cell's code.

    Attributes:
        lines: of it.
        ipython: of each piece that only IPython understands, the first line and the last.
        tree: the rest of it, with `pass` in place of those; None if that does not parse, or is
            longer or deeper than what is taken apart.
    """

    lines: list[str]
    ipython: dict[int, int] = field(default_factory=dict)
    tree: ast.Module | None = None

    def span(self, statement: ast.stmt) -> Span:
        """Where a statement stands, decorators included."""
        first = min([statement, *getattr(statement, "decorator_list", [])], key=_line)
        assert statement.end_lineno is not None and statement.end_col_offset is not None
        begin = 0 if first is not statement else self._letter(_line(first), first.col_offset)
        ends_in = self.ipython.get(statement.end_lineno - 1)
        if ends_in is not None:  # where a `pass` stands for it in the tree
            return Span(_line(first) - 1, begin, ends_in, len(self.lines[ends_in]))
        end = self._letter(statement.end_lineno, statement.end_col_offset)
        return Span(_line(first) - 1, begin, statement.end_lineno - 1, end)

    def _letter(self, line: int, byte: int) -> int:
        text = self.lines[line - 1]
        return byte if text.isascii() else len(text.encode()[:byte].decode())


def code_of(source: str) -> Code:
    """Take a cell's source apart."""
    code = Code(source.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    if len(source) > LONGEST:
        return code
    code.ipython = dict(_ipython(code.lines))
    top = next((line.lstrip() for line in code.lines if line.strip()), "")
    if top.startswith("%%") and not _AROUND_PYTHON.match(top):
        return Code(code.lines)  # another language, or a file's content
    plain = list(code.lines)
    for first, last in code.ipython.items():
        indent = plain[first][: len(plain[first]) - len(plain[first].lstrip())]
        plain[first : last + 1] = [f"{indent}pass", *[""] * (last - first)]
    with suppress(*NO_PYTHON), warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)  # what Python thinks of it is the student's
        tree = ast.parse("\n".join(plain))
        code.tree = None if is_deep(tree) else tree
    return code


def is_deep(tree: ast.AST) -> bool:
    """Is more in it within each other than is looked into? Found level by level, without a call
    for each.
    """
    level = [tree]
    for _ in range(DEEPEST):
        level = [inner for node in level for inner in ast.iter_child_nodes(node)]
    return bool(level)


def left_out(code: Code, spans: Iterable[Span], note: str = "") -> tuple[str, int]:
    """A cell's source without some of its statements, and how many lines those had.

    Args:
        code: the cell.
        spans: what is left out.
        note: the statements stay as comments behind this, and a `pass` in their place, as they may
            be all that an `if` holds. Without one their lines go.
    """
    lines, count, kept = list(code.lines), 0, list[Span]()
    for span in sorted(spans):
        if not kept or (span.first, span.begin) >= (kept[-1].last, kept[-1].end):
            kept.append(span)
    for span in reversed(kept):
        before, behind = lines[span.first][: span.begin], lines[span.last][span.end :]
        its = lines[span.first : span.last + 1]
        count += len(its)
        if before.strip() or (behind.strip(" \t;") and not behind.lstrip(" \t;").startswith("#")):
            its = [f"{before}pass", *[""] * (len(its) - 1)]
            lines[span.first : span.last + 1] = (" \\\n".join(its) + behind).split("\n")
        elif note:
            comments = [f"{before}#   {line.strip()}" for line in its[1:]]
            lines[span.first : span.last + 1] = [
                f"{before}pass  # {note}{its[0].strip()}",
                *comments,
            ]
        else:
            del lines[span.first : span.last + 1]
    return "\n".join(lines), count


def _line(node: ast.stmt | ast.expr) -> int:
    return node.lineno


def _ipython(lines: Sequence[str]) -> Iterable[tuple[int, int]]:
    """First and last of the lines for IPython: none that is within a text or brackets."""
    depth, quote, number = 0, "", 0
    continued = False
    while number < len(lines):
        first = number
        number += 1
        if not depth and not quote and not continued and _IPYTHON.match(lines[first]):
            while number < len(lines) and lines[number - 1].rstrip().endswith("\\"):
                number += 1
            yield first, number - 1
            continue
        line = lines[first]
        for token in _TOKEN.findall(line):
            if quote:
                quote = "" if token == quote else quote
            elif token == "#":
                line = ""
                break
            elif token[-1] in "'\"" and token[0] != "\\":
                quote = token
            elif token in "([{":
                depth += 1
            elif token in ")]}":
                depth = max(0, depth - 1)
        continued = line.endswith("\\")
        if len(quote) == 1 and not continued:
            quote = ""
