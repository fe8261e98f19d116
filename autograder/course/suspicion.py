"""What in a student's code an instructor may want to look at. It costs no points.

The sandbox refuses what it does, and tells nobody. So the report names the cells whose code uses
what no exercise needs.
"""

from __future__ import annotations

import ast
import re

MODULES = frozenset(
    (
        "_ctypes", "_thread", "autograder", "builtins", "cffi", "ctypes", "fcntl", "gc", "http",
        "imp", "importlib", "inspect", "lmkit", "marshal", "mmap", "multiprocessing", "nbgrader",
        "pickle", "pip", "psutil", "ptrace", "requests", "resource", "runpy", "shutil", "signal",
        "socket", "sqlite3", "subprocess", "threading", "urllib", "zmq",
    )
)  # fmt: skip
NAMES = frozenset(("__import__", "compile", "eval", "exec", "get_ipython", "globals", "setattr"))
ATTRIBUTES = frozenset(
    (
        "_exit", "abort", "ast_transformers", "environ", "execv", "execve", "excepthook", "fork",
        "forkpty", "getppid", "kill", "killpg", "meta_path", "modules", "popen", "posix_spawn",
        "putenv", "settrace", "setprofile", "showtraceback", "symlink", "system",
    )
)  # fmt: skip
DUNDERS = re.compile(r"__(?!init__|name__|repr__|str__|call__|len__|getitem__|iter__|doc__)\w+__")
FILES = re.compile(r"/proc/|/etc/|gradebook|\.\./|solutions/|hidden[ _-]?test")

_MENTIONED = re.compile(
    rf"\b(?:{'|'.join(sorted(MODULES | NAMES | ATTRIBUTES))})\b|{DUNDERS.pattern}|{FILES.pattern}"
)
_WRITTEN_OTHERWISE = re.compile(r"""[^\x00-\x7f]|\\|['"]\s*(?:\#[^\n]*\s*)*[rRbBuUfF]{0,2}['"]""")
"""What may mean other than it looks: letters that Python takes for others, escapes, and two texts
side by side, which are one."""

MOST_NAMED = 4


def suspicious(source: str) -> list[str]:
    """The names in a cell that no exercise needs, in the order of the alphabet.

    Args:
        source: a cell's; what does not parse is nothing that ran.
    """
    if not _may_be_suspicious(source):
        return []
    try:
        tree = ast.parse(re.sub(r"^\s*[%!].*$", "", source, flags=re.MULTILINE))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                found |= {a.name for a in names if a.name.partition(".")[0] in MODULES}
            case ast.ImportFrom(module=str(module), names=names):
                found |= {module} if module.partition(".")[0] in MODULES else set()
                found |= {a.name for a in names if a.name in ATTRIBUTES}
            case ast.Name(id=name) if name in NAMES:
                found.add(name)
            case ast.Attribute(attr=name) if name in ATTRIBUTES or DUNDERS.fullmatch(name):
                found.add(name)
            case ast.FunctionDef(name=name) if DUNDERS.fullmatch(name):
                found.add(name)
            case ast.Constant(value=str(text)) if len(text) < 300:
                found |= {text} if DUNDERS.fullmatch(text) or text in ATTRIBUTES else set()
                found |= {m.group() for m in FILES.finditer(text)}
    return sorted(found)


def _may_be_suspicious(source: str) -> bool:
    """Is a closer look worth it? A look at the text alone, as that takes long."""
    plain = source.replace('"""', '"').replace("'''", "'")
    return bool(_MENTIONED.search(source) or _WRITTEN_OTHERWISE.search(plain))


def said(names: list[str]) -> str:
    """The names as a sentence's end: "socket, subprocess and 3 more"."""
    shown = ", ".join(names[:MOST_NAMED])
    more = len(names) - MOST_NAMED
    return f"{shown} and {more} more" if more > 0 else shown
