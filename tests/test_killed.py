"""kill -9 at any moment, of any process: nothing is lost, nothing is there twice."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from pathlib import Path

import psutil
from sessions import ended
from small_course import CLASS, LIMITS, RIGHT_SCORES, command, grade, gradebook, make_course
from small_homework import NAME

from autograder.course.config import Course
from autograder.course.state import States

KILLS = 6


def test_kill_9_at_random_moments_changes_nothing(tmp_path: Path, temporary: Path) -> None:
    undisturbed, killed = make_course(tmp_path / "whole"), make_course(tmp_path / "killed")
    grade(undisturbed)
    seed = random.randrange(10**6)
    rng = random.Random(seed)
    touched: set[psutil.Process] = set()
    for number in range(KILLS):
        touched |= run_and_kill(killed, temporary, rng, the_parent=number % 2 == 0)
    last = grade(killed, TMPDIR=str(temporary))
    assert last.returncode == 1, f"seed {seed}: zoe's submission is unreadable"
    assert gradebook(killed) == gradebook(undisturbed), f"seed {seed}"
    assert {s: row["score"] for s, row in gradebook(killed).items()} == RIGHT_SCORES
    assert without_seconds(killed) == without_seconds(undisturbed), f"seed {seed}"
    histories = dict(States(killed, NAME))
    assert {s: len(gradings) for s, gradings in histories.items()} == dict.fromkeys(CLASS, 1)
    for step in ("autograded", "feedback"):
        assert files(killed, step) == files(undisturbed, step), f"seed {seed}"
    assert all(ended(process.pid) for process in touched if process.pid != os.getpid())
    assert files_in(temporary) == []
    assert list(killed.root.rglob("*.part")) == []  # half-written files, of killed writers


def run_and_kill(
    course: Course, temporary: Path, rng: random.Random, *, the_parent: bool
) -> set[psutil.Process]:
    """Start grading, and at a random moment kill the parent or any process below it."""
    env = {**os.environ, "TMPDIR": str(temporary)}
    arguments = command("grade", NAME, "--course", str(course.root), "--jobs", "2", *LIMITS)
    running = subprocess.Popen(
        arguments, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    time.sleep(rng.uniform(2, 9))
    try:
        parent = psutil.Process(running.pid)
        below = parent.children(recursive=True)
    except psutil.NoSuchProcess:
        below = []
    victims = [running.pid] if the_parent or not below else [rng.choice(below).pid]
    for victim in victims:
        try:
            os.kill(victim, signal.SIGKILL)
        except ProcessLookupError:
            continue  # it was done before
    running.wait(timeout=120)
    return set(below)


def without_seconds(course: Course) -> str:
    return (course.root / "grades.csv").read_text()


def files(course: Course, step: str) -> list[str]:
    return files_in(course.root / step)


def files_in(root: Path) -> list[str]:
    return sorted(str(p.relative_to(root)) for p in root.rglob("*"))
