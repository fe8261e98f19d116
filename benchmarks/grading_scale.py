"""1,000 submissions in one go: is time linear, memory flat, every score right, and nothing left?

    python benchmarks/grading_scale.py [hw3_rnn_bptt] [--students 1000]

The class is the sample class over and over, handed in and collected; it is graded by
`autograder grade`, while the memory of the parent and of everything below it is looked at every
second. Prints the table that stands in docs/benchmarks.md. Exit code 1 if a score is wrong, or a
process or a file is left.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import psutil
from grading import make_course, wrong_scores
from rich.progress import track

from autograder.course.sample_mistakes import LIMITS

PARTS = 4


class Look(NamedTuple):
    """What was seen at one moment.

    Attributes:
        seconds: since the beginning.
        graded: submissions that have a state.
        parent: MB that the command itself holds.
        all: MB that it and everything below it hold, what they share counted once.
    """

    seconds: float
    graded: int
    parent: float
    all: float


def main() -> int:
    """Make the class, grade it, look at it meanwhile, print what was seen."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("assignment", nargs="?", default="hw3_rnn_bptt")
    parser.add_argument("--students", type=int, default=1000)
    options = parser.parse_args()
    hw, temporary = options.assignment, Path(tempfile.mkdtemp(prefix="scale-"))
    with tempfile.TemporaryDirectory() as folder:
        course = Path(folder)
        students = make_course(course, hw, options.students, stock=False)
        before = {p.pid for p in psutil.process_iter()}
        looks = watched(course, hw, temporary, options.students)
        wrong = wrong_scores(course, hw, students)
    left = sorted(path.name for path in temporary.iterdir())
    left += [p.name() for p in psutil.process_iter() if p.pid not in before and is_ours(p)]
    print_table(options, looks, wrong, left)
    return 1 if wrong or left else 0


def watched(course: Path, assignment: str, temporary: Path, students: int) -> list[Look]:
    """Grade the class, and look every second."""
    command = [sys.executable, "-m", "autograder.cli", "grade", assignment, "--no-feedback"]
    command += ["--cell-timeout", str(LIMITS.cell), "--answer-timeout", str(LIMITS.answer)]
    with open(course / "log", "w") as log:
        started = time.perf_counter()
        process = psutil.Popen(
            command, cwd=course, stdout=log, stderr=log,
            env={**os.environ, "TMPDIR": str(temporary)},
        )  # fmt: skip
        looks: list[Look] = []
        states = course / ".autograder" / assignment
        bar = iter(track(range(students), description="grading", transient=True))
        while process.poll() is None:
            graded = len(list(states.glob("*.json")))
            for _ in range(graded - (looks[-1].graded if looks else 0)):
                next(bar)
            looks.append(Look(time.perf_counter() - started, graded, *memory(process)))
            time.sleep(1)
    assert process.wait() in (0, 1), (course / "log").read_text()
    graded = len(list(states.glob("*.json")))
    return [*looks, Look(time.perf_counter() - started, graded, *looks[-1][2:])]


def memory(process: psutil.Process) -> tuple[float, float]:
    """MB of the process, and of it and everything below it."""
    held = []
    for each in [process, *process.children(recursive=True)]:
        try:
            info = each.memory_full_info()
        except (psutil.NoSuchProcess, psutil.AccessDenied, ProcessLookupError):
            continue
        held.append((info.rss / 2**20, info.pss / 2**20))
    return (held[0][0], sum(pss for _, pss in held)) if held else (0.0, 0.0)


def is_ours(process: psutil.Process) -> bool:
    """Is it one of the grader's?"""
    try:
        return "autograder" in " ".join(process.cmdline())
    except psutil.Error:
        return False


def print_table(
    options: argparse.Namespace, looks: list[Look], wrong: list[str], left: list[str]
) -> None:
    """Markdown: a quarter of the class a line."""
    print(f"`python {' '.join(sys.argv)}` (Python {platform.python_version()};")
    print(f"{os.cpu_count()} cores)\n")
    print("| submissions | seconds | a submission | parent, MB | all processes, MB |")
    print("|--:|--:|--:|--:|--:|")
    begin = looks[0]
    for part in range(1, PARTS + 1):
        until = options.students * part // PARTS
        end = next(look for look in looks if look.graded >= until)
        of_it = [look for look in looks if begin.seconds <= look.seconds <= end.seconds]
        seconds = end.seconds - begin.seconds
        count = end.graded - begin.graded
        parent, everything = (max(getattr(o, n) for o in of_it) for n in ("parent", "all"))
        print(
            f"| {begin.graded + 1} to {end.graded} | {seconds:.0f} | {seconds / count:.3f} "
            f"| {parent:.0f} | {everything:.0f} |"
        )
        begin = end
    total = looks[-1].seconds
    print(
        f"\nAll of it: {total:.0f} s, {60 * options.students / total:.0f} a minute, with the start"
    )
    print(f"and grades.csv. Scores that are wrong: {len(wrong)} {'; '.join(wrong)}.")
    print(f"Processes and files left behind: {len(left)} {', '.join(left)}.")


if __name__ == "__main__":
    sys.exit(main())
