"""What a grade follows from besides the submission: the grader's code, and the environment.

A grade is taken over from the last run only while both are what they were.
"""

from __future__ import annotations

import hashlib
import platform
import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import autograder
import lmkit
from autograder.problems import TOPICS, find_problem

PACKAGES = {
    "autograder": Path(autograder.__file__).parent,
    "lmkit": Path(lmkit.__file__).parent,
}
RUNNERS = (
    "autograder.course.run",
    "autograder.kernel.__main__",
    "autograder.kernel.answer",
    "autograder.kernel.zygote",
)
"""Modules that every grade goes through; the kernel's are not imported but started."""

IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+(?P<module>[\w.]+)[ \t]+import[ \t]+(?P<names>\([^)]*\)|[^\n(]+)"
    r"|import[ \t]+(?P<modules>[^\n]+))",
    re.MULTILINE,
)
NAME = re.compile(r"(?<![\w.])(?:as\s+\w+|([A-Za-z_][\w.]*))")
"""In a list of names; empty for the other name that one gets, `as` it is called."""

INSTALLED = ("numpy", "keras", "tensorflow", "nltk", "matplotlib", "ipython")
"""What students' notebooks import, and what runs them."""


@cache
def environment() -> str:
    """The versions that a grade may follow from: "Python 3.11.7, numpy 2.4.6, ..."."""
    named = [f"Python {platform.python_version()}"]
    for name in INSTALLED:
        try:
            named.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            named.append(f"no {name}")
    return ", ".join(named)


def code_digest(problems: Sequence[str]) -> str:
    """Of the source that grades these problems: theirs, the judge's, and all that they import.

    A problem of another assignment, the command line or the tests may change without effect.

    Args:
        problems: their names.
    """
    names = {*problems, *(used for name in problems for used in find_problem(name).uses)}
    topics = sorted(topic for topic, its in TOPICS.items() if names.intersection(its))
    return _digest((*RUNNERS, *(f"autograder.problems.{topic}" for topic in topics)))


@cache
def _digest(roots: tuple[str, ...]) -> str:
    parts = hashlib.sha256()
    for module in sorted(_reached(roots)):
        source = _file(module)
        if source:
            parts.update(module.encode() + hashlib.sha256(source.read_bytes()).digest())
    return parts.hexdigest()


def _reached(roots: Sequence[str]) -> set[str]:
    """The modules of ours that these import, and theirs, and so on; and the packages they are in.

    A package that is only around a module counts itself, but not what else it hands on.
    """
    reached: set[str] = set()
    waiting = list(roots)
    while waiting:
        module = waiting.pop()
        if module not in reached and _file(module):
            reached.add(module)
            waiting += _imported(module)
    parts = (module.split(".") for module in reached)
    return reached | {".".join(p[:n]) for p in parts for n in range(1, len(p))}


def _imported(module: str) -> Iterator[str]:
    """What a module of ours imports. By its text, examples included: to parse them all
    takes half a second.
    """
    source = _file(module)
    assert source is not None
    for found in IMPORT.finditer(source.read_text(encoding="utf-8")):
        names = filter(None, NAME.findall(found["names"] or found["modules"]))
        if found["module"]:
            yield found["module"]
            yield from (f"{found['module']}.{name}" for name in names)
        else:
            yield from names


def _file(module: str) -> Path | None:
    """The source of a module of ours; None for every other name."""
    package, _, rest = module.partition(".")
    if package not in PACKAGES:
        return None
    path = PACKAGES[package].joinpath(*rest.split(".")) if rest else PACKAGES[package]
    for found in (path.with_suffix(".py"), path / "__init__.py"):
        if found.is_file():
            return found
    return None
