"""Submissions over processes: all come back, and one that kills its process stops nobody."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sessions import ended
from small_homework import SHEET, raw, submission

from autograder.course.mapping import (
    ATTEMPTS,
    MEMORY_OF_ONE,
    Processes,
    default_width,
    outcomes,
)
from autograder.course.outcome import Outcome
from autograder.course.run import Job, grade_submission, unreadable

RIGHT = raw(submission())


def jobs(*students: str) -> list[Job]:
    return [Job(student, SHEET, RIGHT) for student in students]


def quick(job: Job) -> Outcome:
    """Instead of grading: says that it was there. mallory's submission kills its process."""
    if job.student == "mallory":
        with open(job.raw or b"", "a") as stream:  # its "submission" is the name of a file
            stream.write("tried\n")
        os.kill(os.getpid(), signal.SIGKILL)
    if job.student.startswith("slow"):
        time.sleep(0.3)
    return unreadable(job, f"pid {os.getpid()}", 0.0)


def test_real_grading_in_two_processes(temporary: Path) -> None:
    with Processes(2, str(temporary)) as pool:
        found = {o.student: o.score for o in outcomes(pool, jobs("ada", "bora", "chloé"))}
    assert found == {"ada": 10, "bora": 10, "chloé": 10}
    assert list(temporary.iterdir()) == []


def test_one_that_kills_its_process_is_set_aside_and_nobody_else(tmp_path: Path) -> None:
    tried = tmp_path / "tried"
    mallory = Job("mallory", SHEET, str(tried).encode())
    others = [f"slow {n}" for n in range(6)]
    with Processes(2, str(tmp_path), quick) as pool:
        found = {
            o.student: o.unreadable
            for o in outcomes(pool, [*jobs(*others[:3]), mallory, *jobs(*others[3:])])
        }
    assert set(found) == {"mallory", *others}
    assert "died, again and again" in found["mallory"]
    assert tried.read_text().count("tried") == ATTEMPTS == 3
    assert all(said.startswith("pid ") for name, said in found.items() if name != "mallory")


def test_a_process_that_is_killed_once_costs_nothing(temporary: Path) -> None:
    with Processes(1, str(temporary), grade_submission) as pool:
        future = pool.submit(jobs("ada")[0])
        while not pool.busy:
            time.sleep(0.01)
        time.sleep(0.5)
        (victim,) = pool.busy
        os.kill(victim, signal.SIGKILL)
        outcome = future.result()
    assert (outcome.score, outcome.unreadable) == (10, "")


def test_only_a_few_jobs_are_held_at_a_time(tmp_path: Path) -> None:
    made: list[str] = []

    def one_by_one() -> Iterator[Job]:
        for n in range(40):
            made.append(str(n))
            yield Job(f"slow {n}", SHEET, RIGHT)

    most = done = 0
    with Processes(2, str(tmp_path), quick) as pool:
        for _ in outcomes(pool, one_by_one()):
            done += 1
            most = max(most, len(made) - done)
    assert done == len(made) == 40
    assert most <= pool.ahead + 1


def test_an_error_of_the_grader_s_own_is_raised_and_nothing_goes_on(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="a bug"), Processes(2, str(tmp_path), buggy) as pool:
        pool.submit(jobs("slow")[0])
        while not pool.busy:
            time.sleep(0.01)
        pids = list(pool.busy)
        for _ in outcomes(pool, jobs("slow", "mallory", "slow")):
            pids += pool.busy
    assert all(ended(pid) for pid in pids)


def buggy(job: Job) -> Outcome:
    if job.student == "mallory":
        time.sleep(0.5)
        raise RuntimeError("a bug")
    return unreadable(job, "done", 0.0)


def test_one_a_core_and_fewer_where_there_is_little_memory() -> None:
    cores = len(os.sched_getaffinity(0))
    assert default_width(10**15) == cores
    assert default_width(MEMORY_OF_ONE - 1) == 1
    assert default_width(MEMORY_OF_ONE) == 1
    assert 1 <= default_width() <= cores
