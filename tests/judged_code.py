"""What the judge says of a cell in which a student's function is written, seed by seed."""

from __future__ import annotations

import math
from typing import Any

from student_code import defined

from autograder.judge import judge
from autograder.notebook import InProcess
from autograder.problems import find_helpers, find_problem, problem_names
from autograder.verdict import Verdict

SEEDS = range(10)


def verdicts(problem: str, source: str) -> list[Verdict]:
    """The verdicts on a cell that calls right helpers, one a seed."""
    names: dict[str, Any] = {name: find_problem(name).reference for name in problem_names()}
    function = defined(problem, source, math=math, **names)
    found = find_problem(problem)
    return [judge(found, InProcess(function), seed, find_helpers(found)) for seed in SEEDS]


def named(problem: str, source: str) -> list[str]:
    """The one mistake that is named with each seed; the function is wrong with all of them."""
    judged = verdicts(problem, source)
    assert all(verdict.score < 1 for verdict in judged)
    assert all(len(verdict.diagnoses) == 1 for verdict in judged)
    return [verdict.diagnoses[0].name for verdict in judged]
