"""What in a student's code an instructor may want to look at. It costs no points.

The sandbox refuses what it does, and tells nobody. So the report names the cells whose code uses
what no exercise needs.
"""

from __future__ import annotations

import ast
import re

from autograder.course.commands import read

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
_WRITTEN_OTHERWISE = re.compile(r"""[^\x00-\x7f]|\\|['"]\s*+(?:\#|[rRbBuUfF]{0,2}['"])""")
"""What may mean other than it looks: letters that Python takes for others, escapes, and two texts
side by side, which are one."""

_COMMAND = re.compile(r"^[ \t]*+(?:!|%%|%(?:sx|sc|system)\b)|=[ \t]*+[!%]", re.MULTILINE)

USUAL_MODULES = (
    "jax", "jnp", "json", "keras", "math", "np", "numpy", "os", "plt", "random", "re", "sys", "tf",
    "tensorflow", "time", "torch",
)  # fmt: skip
"""What other cells import, by the names that they have there."""

MOST_NAMED, DEEPEST = 4, 5
"""Names in a sentence, and parts of a module's name."""


def suspicious(source: str) -> list[str]:
    """The names in a cell that no exercise needs, by the alphabet, then what is set anew.

    Args:
        source: a cell's. What is neither Python nor IPython's may have run nonetheless, in part or
            as another language: what it mentions is named.
    """
    if not _may_be_suspicious(source):
        return []
    cell = read(source)
    found = set(cell.commands)
    for text in cell.unread:
        found |= {m.group() for m in _MENTIONED.finditer(text)}
    for tree in cell.trees:
        found |= _named(tree)
    if "get_ipython" not in source:  # IPython's own, in place of a command
        found.discard("get_ipython")
    return sorted(found, key=lambda name: (name.startswith("a new "), name))


def _named(tree: ast.Module) -> set[str]:
    found: set[str] = set()
    modules = set(USUAL_MODULES)
    changed: list[ast.Attribute] = []
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                found |= {a.name for a in names if a.name.partition(".")[0] in MODULES}
                modules |= {a.asname or a.name.partition(".")[0] for a in names}
            case ast.ImportFrom(module=str(module), names=names):
                found |= {module} if module.partition(".")[0] in MODULES else set()
                found |= {a.name for a in names if a.name in ATTRIBUTES}
            case ast.Name(id=name) if name in NAMES:
                found.add(name)
            case ast.Attribute(attr=name, ctx=ctx):
                if name in ATTRIBUTES or DUNDERS.fullmatch(name):
                    found.add(name)
                if not isinstance(ctx, ast.Load):
                    changed.append(node)
            case ast.FunctionDef(name=name) if DUNDERS.fullmatch(name):
                found.add(name)
            case ast.Constant(value=str(text)) if len(text) < 300:
                found |= {text} if DUNDERS.fullmatch(text) or text in ATTRIBUTES else set()
                found |= {m.group() for m in FILES.finditer(text)}
    return found | {name for node in changed if (name := _changed(node, modules))}


def _changed(node: ast.Attribute, modules: set[str]) -> str:
    """The name of a module's attribute that is set or deleted; "" for any other's."""
    parts, value = [node.attr], node.value
    while isinstance(value, ast.Attribute):
        parts.append(value.attr)
        value = value.value
    if not isinstance(value, ast.Name) or value.id not in modules:
        return ""
    return f"a new {'.'.join([value.id, *parts[:-DEEPEST:-1]])}"


def _may_be_suspicious(source: str) -> bool:
    """Is a closer look worth it? A look at the text alone, as that takes long."""
    plain = source.replace('"""', '"').replace("'''", "'")
    return bool(
        _MENTIONED.search(source)
        or _COMMAND.search(source)
        or _WRITTEN_OTHERWISE.search(plain)
        or _may_set(source)
    )


def _may_set(source: str) -> bool:
    """May an attribute be set: is there a dot before a line's first "=", or after "for" or "as"?"""
    for line in source.split("\n"):
        target, equals, _ = line.partition("=")
        if equals and ("." in target or target.lstrip()[:1] in (")", "]", "")):
            return True
        for word in ("for ", "as ", "del "):
            _, there, target = line.partition(word)
            if there and "." in target:
                return True
    return False


def said(names: list[str]) -> str:
    """The names as a sentence's end: "socket, subprocess and 3 more"."""
    shown = ", ".join(names[:MOST_NAMED])
    more = len(names) - MOST_NAMED
    return f"{shown} and {more} more" if more > 0 else shown
