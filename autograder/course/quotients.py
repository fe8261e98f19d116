"""Gradients that are measured where they should be derived: told to the instructor, at no cost.

A difference quotient is as right as backpropagation on the few numbers that the judge draws, and
its answers do not tell one from the other. Its text does: something is divided by a small step.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from autograder.course.commands import read

GRADIENTS = re.compile(r"_(?:backward|gradients)$")
"""How functions are called in which backpropagation is the exercise."""

LARGEST_STEP, LARGEST, LONGEST = 1e-2, 1e9, 100_000
"""Of a step; of a number that is reckoned with; and characters of a cell that is looked into."""

_SMALL = re.compile(r"\d[eE]-\d|0\.0\d|\*\*\s*-")
_GIVEN = re.compile(r"^[ \t]*(?:def|class)\s+(\w+)|^(\w+)[ \t]*=", re.MULTILINE)
_WORD = re.compile(r"\w+")


def by_differences(sources: Iterable[str], functions: Iterable[str]) -> list[str]:
    """Those of some functions that divide by a small step, or call what does.

    Args:
        sources: a notebook's cells.
        functions: their names.
    """
    asked = [name for name in functions if GRADIENTS.search(name)]
    sources = _mentioned(asked, [source for source in sources if len(source) <= LONGEST])
    if not any(_SMALL.search(source) for source in sources):
        return []
    defined: dict[str, ast.AST] = {}
    steps: set[str] = set()
    for tree in (tree for source in sources for tree in read(source).trees):
        steps |= _steps(tree.body)
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                defined[node.name] = node  # of several the last counts, as in the notebook
    names = {name: _named(node) for name, node in defined.items()}
    return [name for name in asked if _divides(_reached(name, names), defined, steps)]


def _mentioned(names: Iterable[str], sources: list[str]) -> list[str]:
    """The cells that may define some names, and what those mention. By the text, as that is quick:
    nearly everybody derives, and nothing of theirs is parsed.
    """
    given: dict[str, list[int]] = {}
    for number, source in enumerate(sources):
        for function, variable in _GIVEN.findall(source):
            given.setdefault(function or variable, []).append(number)
    found: set[int] = set()
    coming = {number for name in names for number in given.get(name, ())}
    while coming:
        found |= coming
        words = {word for number in coming for word in _WORD.findall(sources[number])}
        coming = {number for word in words & given.keys() for number in given[word]} - found
    return [sources[number] for number in sorted(found)]


def _reached(name: str, names: dict[str, set[str]]) -> set[str]:
    """The functions that one calls, and those that these call, itself included."""
    reached: set[str] = set()
    coming = {name} & names.keys()
    while coming:
        reached |= coming
        coming = {n for one in coming for n in names[one] & names.keys()} - reached
    return reached


def _divides(functions: set[str], defined: dict[str, ast.AST], steps: set[str]) -> bool:
    for function in functions:
        node = defined[function]
        known = steps | _steps(ast.walk(node))
        if any(_is_quotient(part, known) for part in ast.walk(node)):
            return True
    return False


def _named(node: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def _steps(nodes: Iterable[ast.AST]) -> set[str]:
    """Names that are given a small number, as a variable or an argument's default."""
    found: set[str] = set()
    for node in nodes:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if _is_small(value):
                found.add(name)
            case ast.arguments(args=args, defaults=defaults, kwonlyargs=only, kw_defaults=others):
                behind = args[len(args) - len(defaults) :]
                pairs = zip([*behind, *only], [*defaults, *others], strict=False)
                found |= {arg.arg for arg, value in pairs if value and _is_small(value)}
    return found


def _is_quotient(node: ast.AST, steps: set[str]) -> bool:
    """Is something divided by a step, or by twice one? A step that is added to a sum is none."""
    if not isinstance(node, (ast.BinOp, ast.AugAssign)) or not isinstance(node.op, ast.Div):
        return False
    by = node.right if isinstance(node, ast.BinOp) else node.value
    factors = [by]
    while isinstance(factors[-1], ast.BinOp) and isinstance(factors[-1].op, ast.Mult):
        product = factors.pop()
        factors += [product.right, product.left]  # type: ignore[attr-defined]
    return any(
        _is_small(factor) or (isinstance(factor, ast.Name) and factor.id in steps)
        for factor in factors
    )


def _is_small(node: ast.AST) -> bool:
    """Is this a small number that is written out, 10**-5 among them?"""
    value: float | None = _number(node)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        base, power = _number(node.left), _number(node.right)
        if base and power and abs(base) <= 10 and abs(power) < 100:
            value = abs(base) ** power
    return value is not None and 0 < abs(value) <= LARGEST_STEP


def _number(node: ast.AST) -> float | None:
    sign = 1.0
    while isinstance(node, ast.UnaryOp):  # no recursion: there may be thousands
        sign *= -1 if isinstance(node.op, ast.USub) else 1
        node = node.operand
    if not isinstance(node, ast.Constant) or not isinstance(node.value, (int, float)):
        return None
    return sign * float(node.value) if abs(node.value) < LARGEST else None
