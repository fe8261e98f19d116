"""A class of 40 through `autograder grade` and through stock `nbgrader autograde`, in one run.

    python benchmarks/grading.py [hw3_rnn_bptt]

Stock nbgrader runs the checks inside the student's kernel: its graded cells are
`float(grade("rnn_step", rnn_step, points=3))`, whose last value nbgrader takes for partial credit.
Both get the notebooks already collected, the same limits, and no feedback pages to write.

The floor is what nobody can save: the processor time that a student's own code takes in a process
that has imported everything and is forked for each. That is their cells and the definitions of the
course's, and their functions as they answer each of the judge's questions once. What is beyond it
is the grader's, and a part of that is the start, in which TensorFlow is imported. Stock nbgrader
runs and draws all cells, as it always does.
Prints the table that stands in docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from nbformat.notebooknode import NotebookNode
from nbgrader.api import Gradebook

from autograder.calling import Answer, StudentError, call
from autograder.course.collect import collect
from autograder.course.config import Course
from autograder.course.grade import job_of, submissions_of
from autograder.course.release import build, generate
from autograder.course.repair import repair
from autograder.course.runs import leave_out, modules_of
from autograder.course.sample_class import Student, make_class
from autograder.course.sample_mistakes import LIMITS
from autograder.course.sheet import is_judged, read_sheet
from autograder.judge import judge_first
from autograder.kernel.environment import clean_environment
from autograder.kernel.zygote import ALWAYS, draw_once
from autograder.notebook import substituted
from autograder.problem import Problem
from autograder.problems import find_helpers, find_problem
from autograder.verdict import Verdict

ROOT = Path(__file__).parent.parent
STOCK = """
c = get_config()
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "assignments"
c.CourseDirectory.ignore = [".ipynb_checkpoints", "__pycache__", "*.pyc", "*.py", "feedback"]
c.ExecutePreprocessor.timeout = c.Execute.timeout = {seconds}
"""


class Row(NamedTuple):
    """One way of grading the class.

    Attributes:
        name: of it.
        seconds: a submission takes, of a clock.
        each: the same from the first grade to the last, without the start; ours only.
        right: how many scores are right, of how many.
        wrong: whose are not.
    """

    name: str
    seconds: float
    each: float
    right: str
    wrong: str


def main() -> None:
    """Make the class twice, grade it both ways, print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("assignment", nargs="?", default="hw3_rnn_bptt")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="at once")
    parser.add_argument("--students", type=int, default=40, help="in the class")
    parser.add_argument("--stock", type=int, default=0, help="only so many through stock nbgrader")
    parser.add_argument(
        "--cell-timeout", type=int, default=LIMITS.cell, help="seconds a cell may take, both ways"
    )
    options = parser.parse_args()
    hw, limits = options.assignment, (options.cell_timeout, LIMITS.answer)
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = Path(folder, "ours"), Path(folder, "theirs")
        students = make_course(ours, hw, options.students, stock=False)
        fewer = make_course(theirs, hw, options.stock or options.students, stock=True)
        (theirs / "nbgrader_config.py").write_text(STOCK.format(seconds=limits[0]))
        grade = ["autograder", "grade", hw, "--no-feedback", "--jobs", str(options.jobs)]
        grade += ["--cell-timeout", str(limits[0]), "--answer-timeout", str(limits[1])]
        rows = [
            timed("`autograder grade`", ours, students, hw, grade),
            timed("stock `nbgrader autograde`", theirs, fewer, hw, ["nbgrader", "autograde", hw]),
        ]
        floor = floor_of(Course(ours), hw)
    print_table(options, floor, rows)


def make_course(root: Path, assignment: str, count: int, *, stock: bool) -> dict[str, Student]:
    """A course in which the sample class has handed in."""
    course = Course(root)
    course.source(assignment).parent.mkdir(parents=True)
    source = Course(ROOT).source(assignment).read_text(encoding="utf-8")
    if stock:
        source = re.sub(r"^(grade\(.*\))$", r"float(\1)", source, flags=re.MULTILINE)
    course.source(assignment).write_text(source, encoding="utf-8")
    config = (ROOT / "nbgrader_config.py").read_text(encoding="utf-8")
    if stock:
        config = STOCK.format(seconds=LIMITS.cell)
    (root / "nbgrader_config.py").write_text(config, encoding="utf-8")
    solved = build(course, assignment)
    generate(course, assignment)
    sheet = read_sheet(Course(ROOT).release(assignment))
    shutil.copytree(root / "assignments", root / "kept")
    if stock:  # `collect` reads the sheet; the judged one recognises the notebooks as well
        shutil.copy(Course(ROOT).release(assignment), course.release(assignment))
    students = make_class(sheet, solved, root / "downloads", count)
    collect(course, assignment, root / "downloads")
    shutil.copytree(root / "kept", root / "assignments", dirs_exist_ok=True)
    return students


def timed(
    name: str, root: Path, students: dict[str, Student], assignment: str, command: list[str]
) -> Row:
    """Grade the class, and see which scores are right."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    log = open(root / "log", "w")  # noqa: SIM115
    started = time.perf_counter()
    subprocess.run(command, cwd=root, env={**os.environ, "PATH": path}, stdout=log, stderr=log)
    seconds = (time.perf_counter() - started) / len(students)
    wrong = wrong_scores(root, assignment, students)
    right_ones = f"{len(students) - len(wrong)} of {len(students)}"
    ended = [path.stat().st_mtime for path in (root / ".autograder").glob("*/*.json")]
    each = (max(ended) - min(ended)) / (len(ended) - 1) if ended else math.nan
    return Row(name, seconds, each, right_ones, "; ".join(sorted(set(wrong))))


def wrong_scores(root: Path, assignment: str, students: dict[str, Student]) -> list[str]:
    """The submissions whose score in the gradebook is not the one that they were made for."""
    possible = read_sheet(Course(ROOT).release(assignment)).max_score
    wrong = []
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        scores = {s.student.id: s.score for s in gradebook.assignment_submissions(assignment)}
    for student in students.values():
        right = possible - sum(student.lost.values())
        if abs(scores.get(student.name, -1.0) - right) > 1e-6:
            got = scores.get(student.name)
            wrong.append(f"{student.kind} ({'none' if got is None else f'{got:g}'} for {right:g})")
    return wrong


class Floor(NamedTuple):
    """What the students' own code takes, in seconds of a processor a submission.

    Attributes:
        cells: their cells take.
        answers: their functions take to answer.
    """

    cells: float
    answers: float


def floor_of(course: Course, assignment: str) -> Floor:
    """What a submission's own code takes, on average.

    Each runs in a fork of this process, in IPython, without a kernel, a sandbox or a judge.
    """
    sheet = read_sheet(Course(ROOT).release(assignment))
    graded = clean_environment(tempfile.gettempdir())
    os.environ.update({name: graded[name] for name in graded if name.startswith(("TF_", "OMP_"))})
    sys.modules.pop("lmkit", None)
    for name in (*ALWAYS, *modules_of(sheet)):
        import_module(name)
    draw_once()
    problems = [find_problem(exercise.problem) for exercise in sheet.exercises]
    cells = answers = 0.0
    folders = submissions_of(course, assignment)
    for folder in folders:
        notebook = repair(job_of(folder, sheet, LIMITS).raw or b"", sheet).notebook
        leave_out(notebook, sheet)
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                os.write(write, json.dumps(_run(notebook, problems)).encode())
            finally:
                os._exit(0)
        os.close(write)
        os.waitpid(child, 0)
        taken = json.loads(os.read(read, 100) or b"[0, 0]")
        cells, answers = cells + taken[0], answers + taken[1]
        os.close(read)
    return Floor(cells / len(folders), answers / len(folders))


def _run(notebook: NotebookNode, problems: list[Problem]) -> Floor:
    """The notebook's cells, one after the other, and then its functions."""
    import matplotlib
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.core.pylabtools import select_figure_formats
    from IPython.utils.capture import capture_output

    os.chdir(tempfile.mkdtemp())
    matplotlib.use("module://matplotlib_inline.backend_inline")
    shell: Any = InteractiveShell.instance()
    show_as: Any = select_figure_formats
    show_as(shell, {"png"}, bbox_inches=None)  # as the graded kernel draws
    signal.signal(signal.SIGALRM, _too_long)
    before = _processor()
    for cell in notebook.cells:
        if cell.cell_type == "code" and not is_judged(cell):
            signal.alarm(LIMITS.cell)
            with capture_output():
                shell.run_cell(cell.source)
            signal.alarm(0)
    cells = _processor() - before
    own = Own(shell.user_ns)
    verdicts: list[Verdict] = []
    with capture_output():
        for problem in problems:
            verdicts.append(judge_first(problem, own, 0, find_helpers(problem), verdicts))
    return Floor(cells, own.seconds)


class Own:
    """A student's functions, asked where they are, with seconds of a processor that they took."""

    def __init__(self, names: dict[str, Any]) -> None:
        self.names, self.seconds = names, 0.0

    def ask(
        self, function: str, arguments: tuple[Any, ...], substitutes: Any, patience: float = 0.0
    ) -> Answer:
        """Call one, as the judge has it called. One that loops costs what the judge waits for."""
        if function not in self.names:
            return Answer(error=StudentError("NameError", function))
        before = _processor()
        signal.setitimer(signal.ITIMER_REAL, min(patience, LIMITS.answer))
        try:
            with substituted(self.names, substitutes):
                return call(self.names[function], arguments)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            self.seconds += _processor() - before


def _too_long(number: int, frame: object) -> None:
    raise TimeoutError


def _processor() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def print_table(options: argparse.Namespace, floor: Floor, rows: list[Row]) -> None:
    """Markdown, with what it was measured on."""
    ours, stock = rows
    names = ("nbgrader", "nbclient", "ipykernel", "numpy", "keras", "tensorflow", "matplotlib")
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    print(f"`python {' '.join(sys.argv)}`: {options.students} submissions of {options.assignment},")
    print(f"{options.jobs} at once (Python {platform.python_version()}, {versions};")
    print(f"{os.cpu_count()} cores)\n")
    print("| | seconds a submission | submissions a minute | times stock | scores right |")
    print("|---|--:|--:|--:|--:|")
    for row in rows:
        times = stock.seconds / row.seconds
        print(
            f"| {row.name} | {row.seconds:.2f} | {60 / row.seconds:.0f} | {times:.1f} "
            f"| {row.right} |"
        )
    columns = ("floor, s of a processor", "by the clock, s", "without the start, s")
    print(f"\n| beyond the floor, which is ... | {' | '.join(columns)} |")
    print("|---|--:|--:|--:|")
    floors = {
        "the students' own cells, in a warm process": floor.cells,
        "and their functions, which answer each question once": floor.cells + floor.answers,
    }
    for what, spent in floors.items():
        clock = spent / options.jobs
        print(f"| {what} | {spent:.2f} | {ours.seconds - clock:.2f} | {ours.each - clock:.2f} |")
    for row in rows:
        if row.wrong:
            print(f"\nNot right with {row.name}: {row.wrong}.")


if __name__ == "__main__":
    main()
