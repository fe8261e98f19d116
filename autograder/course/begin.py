"""The first thing that grading does, before the rest of the grader is even imported."""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from pathlib import Path

from autograder.course.config import Course
from autograder.course.modules import modules_in
from autograder.course.state import States
from autograder.kernel.gpus import NoGPU, chosen_gpus, hand_round
from autograder.kernel.sandbox import NoSandbox
from autograder.kernel.warm import begin_warm_parent


def begin(course: Course, assignment: str, unsafe: bool, gpus: str = "") -> None:
    """Start what takes seconds until it is ready, so that nbgrader is imported meanwhile.

    Nothing is started where everybody has been graded before: most likely nothing has changed.
    What is wrong is left to `grade_class`, which says so.
    """
    release, states = course.release(assignment), States(course, assignment)
    submitted = (course.root / "submitted").glob(f"*/{assignment}")
    is_new = any(not states.is_there(folder.parent.name) for folder in submitted)
    if not (is_new and release.is_file() and sys.platform.startswith("linux")):
        return
    with suppress(NoSandbox, NoGPU, ValueError, LookupError, TypeError):
        hand_round(chosen_gpus(gpus))
        # The one that takes longest; the others when nbgrader is there.
        begin_warm_parent(modules_in(_code(release)), unsafe)


def _code(release: Path) -> list[str]:
    """A notebook's cells of code, without nbformat, which takes long to be imported."""
    cells = json.loads(release.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
