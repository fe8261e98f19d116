"""A locked cell gets its own text back; what a student wrote into it becomes a cell of its own."""

from __future__ import annotations

import ast
import copy

from nbformat.notebooknode import NotebookNode

from autograder.course.matching import is_solution
from autograder.course.sheet import judged_problem
from autograder.course.statements import MOST_LEFT_OUT, code_of, left_out


def restored(cell: NotebookNode, released: NotebookNode) -> NotebookNode:
    """The released cell, which holds what the student wrote if it is there to be written in."""
    whole = copy.deepcopy(released)
    if is_solution(released):
        whole.source = cell.source
        if whole.cell_type == "markdown" and "attachments" in cell:
            whole.attachments = cell.attachments
    return whole


def is_changed(cell: NotebookNode, released: NotebookNode) -> bool:
    """Is it a locked cell in which something else stands than was handed out?"""
    return not is_solution(released) and bool(cell.source.split() != released.source.split())


def is_asked(released: NotebookNode) -> bool:
    """Is it a cell in which the judge is asked? What it is asked about stands before it."""
    return bool(judged_problem(released, "check") or judged_problem(released, "grade"))


def added(cell: NotebookNode, released: NotebookNode) -> str:
    """What a student has put into a locked cell; "" if there is nothing that is not the course's.

    Code comes without calls of check() and grade(), which are the course's to make; without the
    course's own statements, where it stands below all of them; else without the course's imports.

    Args:
        cell: as it was sent in.
        released: as it was handed out.
    """
    if not is_changed(cell, released):
        return ""
    if cell.cell_type != "code" or released.cell_type != "code":
        return cell.source.strip()  # type: ignore[no-any-return]
    code, course = code_of(cell.source), code_of(released.source)
    if code.tree is None:
        return cell.source.strip()  # type: ignore[no-any-return]
    body = code.tree.body
    known = [ast.dump(s) for s in course.tree.body] if course.tree else []
    same = [ast.dump(s) for s in body]
    if known and same[: len(known)] == known:
        dropped = [*body[: len(known)], *filter(_asks, body[len(known) :])]
    else:
        dropped = [s for s, its in zip(body, same, strict=True) if _asks(s) or _is(s, its, known)]
    if len(dropped) == len(body) or all(its in known for its in same):
        return ""
    if len(dropped) > MOST_LEFT_OUT:
        return cell.source.strip()  # type: ignore[no-any-return]
    source, _ = left_out(code, map(code.span, dropped))
    return source.strip()


def _is(statement: ast.stmt, same: str, known: list[str]) -> bool:
    return isinstance(statement, (ast.Import, ast.ImportFrom)) and same in known


def _asks(statement: ast.stmt) -> bool:
    """Does it call check() or grade()?"""
    return isinstance(statement, (ast.Expr, ast.Assign)) and any(
        isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and n.func.id in ("check", "grade")
        for n in ast.walk(statement)
    )
