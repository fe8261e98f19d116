"""IPython's commands in a cell: taken for what they are, as they are no Python."""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass, field

from IPython.core.inputtransformer2 import TransformerManager

from autograder.course.statements import is_deep

LONGEST, MOST_COMMANDS = 50_000, 50
"""Characters and commands of a cell that IPython is asked about: it reads all anew for each."""

LONGEST_READ = 200_000
"""Characters of a cell that is taken apart at all."""

SHELLS = frozenset(
    ("!", "bash", "cmd", "perl", "ruby", "script", "sh", "sc", "sx", "system", "python2")
)
CODE = frozenset(("prun", "time", "timeit"))
"""Magics of a line that run Python. What a cell's are given is looked into anyway."""

_USUAL = re.compile(
    r"\s*(?:(?:sudo|-q)\s+)*(?:"
    r"(?:python3?\s+-m\s+)?pip3?\s+(?:install|list|show|freeze|uninstall|--version)\b"
    r"|(?:apt|apt-get|conda|mamba)\s+(?:-\w+\s+)*(?:install|update|list)\b"
    r"|nvidia-smi\b|ls\b|pwd\b|python3?\s+--?[vV]ersion\b)[^;&|`$<>(){}\\\n]*\Z"
)
"""Commands that notebooks on Colab begin with, alone."""

_HARMLESS_SIGNS = re.compile(r"(?:[12&]?>\s*/dev/null|2>&1|[<>=~!]=|>(?=[\d.]+['\"\s]))")
_BEGINNING = re.compile(r"^[ \t]*+(?:[%!?]|.*\?[ \t]*$)|=[ \t]*+[%!]", re.MULTILINE)
_WORD = re.compile(r"[\w./-]{1,20}")


@dataclass
class Read:
    """What is in a cell.

    Attributes:
        trees: its Python, with what `%%time` and its like run.
        commands: that no exercise needs: `!id`, `%%bash`.
        unread: text that neither Python nor IPython can read.
    """

    trees: list[ast.Module] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)


def read(source: str) -> Read:
    """Take a cell for what IPython takes it for."""
    found = Read()
    _read(source, found)
    return found


def _read(source: str, found: Read) -> None:
    tree = _parsed(source) if len(source) <= LONGEST_READ else None
    if tree is not None:
        found.trees.append(tree)
        return
    if len(source) <= LONGEST and len(_BEGINNING.findall(source)) <= MOST_COMMANDS:
        try:
            manager = TransformerManager()  # type: ignore[no-untyped-call]
            tree = _parsed(manager.transform_cell(source))
        except Exception:  # what tokenize and IPython raise at what is no code is of many kinds
            tree = None
    if tree is None or is_deep(tree):
        found.unread.append(source)
        found.commands += _first_words(source)
    else:
        found.trees.append(_Commands(found).visit(tree))


def _parsed(source: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _first_words(source: str) -> list[str]:
    """The shell's commands at the beginnings of lines, where nothing else can be told."""
    lines = (line.strip() for line in source.split("\n"))
    commands = {line for line in lines if line.startswith("!")}
    found = {named for line in commands if (named := _of_shell("!", line.lstrip("!")))}
    first = source.lstrip().partition("\n")[0]
    if first.startswith("%%") and (name := _WORD.match(first[2:])) and name[0] in SHELLS:
        found.add(f"%%{name[0]}")
    return sorted(found)


def _of_shell(sign: str, command: str) -> str:
    """A command's name, if it is worth one."""
    if _USUAL.match(_HARMLESS_SIGNS.sub("", command)):
        return ""
    word = _WORD.search(command)
    return f"{sign}{word[0] if word else ''}"


class _Commands(ast.NodeTransformer):
    """Takes the calls out that IPython has put in for commands."""

    def __init__(self, found: Read) -> None:
        self.found = found

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Such a call is none of the student's."""
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Call(func=ast.Name(id="get_ipython")), attr=kind),
                args=[ast.Constant(value=str(first)), *rest],
            ):
                texts = [t.value for t in rest if isinstance(t, ast.Constant)]
                self._command(kind, first, [t for t in texts if isinstance(t, str)])
                return ast.copy_location(ast.Constant(value=None), node)
        return self.generic_visit(node)

    def _command(self, kind: str, first: str, rest: list[str]) -> None:
        named = ""
        if kind in ("system", "getoutput"):
            named = _of_shell("!", first)
        elif kind == "run_cell_magic" and first in SHELLS:
            named = f"%%{first}"
        elif first in SHELLS:
            named = _of_shell("!", "".join(rest))
        elif first in ("pip", "conda", "mamba"):
            named = _of_shell("%", " ".join((first, *rest)))
        elif rest and (kind == "run_cell_magic" or first in CODE):
            _read(rest[-1], self.found)
        self.found.commands += [named] if named else []
