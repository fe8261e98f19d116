"""The same class through `autograder grade` and through stock `nbgrader autograde`, in one run.

    python benchmarks/grading.py [hw3_rnn_bptt]

Stock nbgrader runs the checks inside the student's kernel: its graded cells are
`float(grade("rnn_step", rnn_step, points=3))`, whose last value nbgrader takes for partial credit.
Both get the notebooks already collected, the same limits, and no feedback pages to write.
Prints the table that stands in docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

from nbgrader.api import Gradebook

from autograder.course.collect import collect
from autograder.course.config import Course
from autograder.course.release import build, generate
from autograder.course.sample_class import Student, make_class
from autograder.course.sample_mistakes import LIMITS
from autograder.course.sheet import read_sheet

ROOT = Path(__file__).parent.parent
STOCK = f"""
c = get_config()
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "assignments"
c.CourseDirectory.ignore = [".ipynb_checkpoints", "__pycache__", "*.pyc", "*.py", "feedback"]
c.ExecutePreprocessor.timeout = {LIMITS.cell}
c.Execute.timeout = {LIMITS.cell}
"""


def main() -> None:
    """Make the class twice, grade it both ways, print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("assignment", nargs="?", default="hw3_rnn_bptt")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = Path(folder, "ours"), Path(folder, "theirs")
        students = make_course(ours, options.assignment, stock=False)
        make_course(theirs, options.assignment, stock=True)
        limits = ["--cell-timeout", str(LIMITS.cell), "--answer-timeout", str(LIMITS.answer)]
        grade = ["autograder", "grade", options.assignment, "--no-feedback", *limits]
        rows = [
            ("autograder grade", *timed(ours, students, options.assignment, *grade, "--jobs", "1")),
            (
                f"autograder grade, {options.jobs} at once",
                *timed(
                    ours,
                    students,
                    options.assignment,
                    *grade,
                    "--jobs",
                    str(options.jobs),
                    "--force",
                ),
            ),
            (
                "stock nbgrader autograde",
                *timed(
                    theirs,
                    students,
                    options.assignment,
                    "nbgrader",
                    "autograde",
                    options.assignment,
                ),
            ),
        ]
    print_table(options.assignment, len(students), rows)


def make_course(root: Path, assignment: str, *, stock: bool) -> dict[str, Student]:
    """A course in which the sample class has handed in."""
    course = Course(root)
    course.source(assignment).parent.mkdir(parents=True)
    source = Course(ROOT).source(assignment).read_text(encoding="utf-8")
    if stock:
        source = re.sub(r"^(grade\(.*\))$", r"float(\1)", source, flags=re.MULTILINE)
    course.source(assignment).write_text(source, encoding="utf-8")
    config = STOCK if stock else (ROOT / "nbgrader_config.py").read_text(encoding="utf-8")
    (root / "nbgrader_config.py").write_text(config, encoding="utf-8")
    solved = build(course, assignment)
    generate(course, assignment)
    sheet = read_sheet(Course(ROOT).release(assignment))
    shutil.copytree(root / "assignments", root / "kept")
    if stock:  # `collect` reads the sheet; the judged one recognises the notebooks as well
        shutil.copy(Course(ROOT).release(assignment), course.release(assignment))
    students = make_class(sheet, solved, root / "downloads")
    collect(course, assignment, root / "downloads")
    shutil.copytree(root / "kept", root / "assignments", dirs_exist_ok=True)
    return students


def timed(
    root: Path, students: dict[str, Student], assignment: str, *command: str
) -> tuple[float, int, str]:
    """Seconds for the class, how many scores are right, and whose are not."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    started = time.perf_counter()
    subprocess.run(command, cwd=root, env={**os.environ, "PATH": path}, capture_output=True)
    seconds = time.perf_counter() - started
    possible = read_sheet(Course(ROOT).release(assignment)).max_score
    wrong = []
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        scores = {s.student.id: s.score for s in gradebook.assignment_submissions(assignment)}
    for name, student in students.items():
        right = possible - sum(student.lost.values())
        if abs(scores.get(name, -1.0) - right) > 1e-6:
            wrong.append(f"{student.kind}: {scores.get(name, 'none'):.4g} for {right:.4g}")
    return seconds, len(students) - len(wrong), "; ".join(wrong)


def print_table(assignment: str, count: int, rows: list[tuple[str, float, int, str]]) -> None:
    """Markdown, with what it was measured on."""
    stock = rows[-1][1]
    names = ("nbgrader", "nbclient", "ipykernel", "numpy", "matplotlib")
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    print(f"`python benchmarks/grading.py {assignment}`: {count} submissions of {assignment}")
    print(f"(Python {platform.python_version()}, {versions}; {os.cpu_count()} cores)\n")
    print("| | seconds | a submission | times faster than stock | scores right |")
    print("|---|--:|--:|--:|--:|")
    for name, seconds, right, _ in rows:
        print(
            f"| {name} | {seconds:.1f} | {seconds / count:.2f} s "
            f"| {stock / seconds:.1f} | {right} of {count} |"
        )
    for name, _, _, wrong in rows:
        if wrong:
            print(f"\nNot right with {name}: {wrong}.")


if __name__ == "__main__":
    main()
