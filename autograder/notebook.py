"""check() and grade(), as a student sees them.

In a student's own notebook both judge the function on the spot. Where a submission is graded
they say nothing: there the judge sits outside and asks the functions itself.
"""

from __future__ import annotations

import inspect
import math
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from autograder import GRADED_OUTSIDE
from autograder.calling import Answer, call
from autograder.verdict import Verdict


@dataclass(frozen=True)
class Shown:
    """A verdict that shows itself as a table in a notebook and as text in a terminal.

    Attributes:
        verdict: what the judge said; None where the judge sits outside.
        out_of: the points that the problem is worth; None for a check without points.
    """

    verdict: Verdict | None
    out_of: float | None = None

    def __repr__(self) -> str:
        from autograder import render

        if self.verdict is None:
            return "judged outside this notebook"
        return render.text(self.verdict, self.out_of)

    def _repr_html_(self) -> str:
        from autograder import render

        if self.verdict is None:
            return "<em>judged outside this notebook</em>"
        return render.html(self.verdict, self.out_of)

    def __float__(self) -> float:
        """The points earned; 0 where the judge sits outside."""
        out_of = 1.0 if self.out_of is None else self.out_of
        return self.verdict.score * out_of if self.verdict else 0.0


class InProcess:
    """Answers with a function of this very process."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function

    def ask(
        self,
        function: str,
        arguments: tuple[Any, ...],
        substitutes: Mapping[str, Callable[..., Any]],
        patience: float = math.inf,
    ) -> Answer:
        """Call the function, with substitutes in its globals, for as long as it takes."""
        with substituted(getattr(self.function, "__globals__", {}), substitutes):
            return call(self.function, arguments)


@contextmanager
def substituted(
    namespace: dict[str, Any], substitutes: Mapping[str, Callable[..., Any]]
) -> Iterator[None]:
    """Put functions into a namespace for a while, in place of its own of these names or beside."""
    own = {name: namespace[name] for name in substitutes if name in namespace}
    for name, function in substitutes.items():
        namespace[name] = _called_like(own.get(name), function)
    try:
        yield
    finally:
        for name in substitutes:
            namespace.pop(name, None)
        namespace.update(own)


def _called_like(own: Any, function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, to be called by the names that another one's parameters have."""

    def called(*arguments: Any, **named: Any) -> Any:
        if named and callable(own):
            try:
                bound = inspect.signature(own).bind(*arguments, **named)
            except (TypeError, ValueError):  # its own call would fail, or cannot be told
                return function(*arguments, **named)
            arguments, named = bound.args, bound.kwargs
        return function(*arguments, **named)

    return called


def at_home() -> bool:
    """Whether this is a student's own notebook, and not a submission that is being graded.

    For what is long and no grade depends on: `if at_home(): show_experiment()`.
    """
    return not os.environ.get(GRADED_OUTSIDE)


def check(problem: str, function: Callable[..., Any]) -> Shown:
    """Is this function right? Shows what is, what is not, and why where the mistake is known.

    Ask as often as you like: every call draws new inputs.

    Args:
        problem: the exercise: "lstm_step".
        function: yours.

    Raises:
        KeyError: if there is no such exercise.
    """
    return _shown(problem, function, None)


def grade(problem: str, function: Callable[..., Any], points: float) -> Shown:
    """What would this function earn?

    The course asks your function again, with inputs of its own, so what is shown here is a
    forecast and nothing that the notebook prints can change the grade.

    Args:
        problem: the exercise: "lstm_step".
        function: yours.
        points: what the exercise is worth.

    Raises:
        KeyError: if there is no such exercise.
    """
    return _shown(problem, function, points)


def _shown(name: str, function: Callable[..., Any], points: float | None) -> Shown:
    if not at_home():
        return Shown(None, points)
    from autograder.judge import judge
    from autograder.problems import find_helpers, find_problem

    problem = find_problem(name)
    if not callable(function):
        raise TypeError(
            f"check({name!r}, ...) takes the function itself, without brackets behind it, "
            f"and got a {type(function).__name__}"
        )
    verdict = judge(problem, InProcess(function), secrets.randbits(32), find_helpers(problem))
    return Shown(verdict, points)
