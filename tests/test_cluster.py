"""A class over a real Dask cluster of two worker processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import dask
import pytest
from distributed import Client, LocalCluster
from small_course import RIGHT_SCORES, grade, gradebook, make_course, scores
from small_homework import SHEET, raw, submission

from autograder.course import cluster as cluster_module
from autograder.course.cluster import Cluster, There, there
from autograder.course.config import Limits
from autograder.course.errors import CourseError
from autograder.course.grade import grade_class
from autograder.course.mapping import outcomes
from autograder.course.outcome import Outcome
from autograder.course.run import Job, unreadable

PROBLEMS = tuple(e.problem for e in SHEET.exercises)
RIGHT = raw(submission())


@pytest.fixture(scope="module")
def local() -> Iterator[Any]:
    """Two workers of one thread each, whose nannies start them again."""
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 2}),
        LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0"
        ) as cluster,
    ):
        yield cluster


def quick(job: Job) -> Outcome:
    """Instead of grading; mallory's submission kills its worker."""
    if job.student == "mallory":
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.1)
    return unreadable(job, f"{os.getpid()}", 0.0)


def test_a_worker_that_is_lost_on_the_way_costs_nothing(local: Any, tmp_path: Path) -> None:
    course = make_course(tmp_path)
    with Client(local.scheduler_address) as client:
        pids = client.run(os.getpid)
        assert len(set(pids.values())) == 2
        victim = threading.Timer(2, os.kill, (next(iter(pids.values())), signal.SIGKILL))
        victim.start()
        limits = Limits(cell=5, answer=2)
        found = grade_class(
            course, SHEET.assignment, limits=limits, cluster=local.scheduler_address
        )
        victim.join()
    assert {o.student: o.score for o in found} == RIGHT_SCORES == scores(course)
    # What a cluster has graded need not be graded again here.
    before = gradebook(course)
    assert "changed" not in grade(course).stdout
    assert gradebook(course) == before


def test_what_kills_its_workers_is_set_aside_and_nobody_else(local: Any) -> None:
    jobs = [Job(name, SHEET, RIGHT) for name in ("a", "b", "mallory", "c", "d", "e")]
    with Cluster(local.scheduler_address, PROBLEMS, quick) as cluster:
        found = {o.student: o for o in outcomes(cluster, jobs)}
    assert set(found) == {"a", "b", "mallory", "c", "d", "e"}
    assert "died, again and again" in found["mallory"].unreadable
    pids = {int(o.unreadable) for name, o in found.items() if name != "mallory"}
    assert os.getpid() not in pids


def test_an_error_of_the_grader_s_own_is_raised(local: Any) -> None:
    with (
        pytest.raises(ZeroDivisionError),
        Cluster(local.scheduler_address, PROBLEMS, _buggy) as cluster,
    ):
        list(outcomes(cluster, [Job("ada", SHEET, RIGHT)]))


def _buggy(job: Job) -> Outcome:
    raise ZeroDivisionError


HERE = there(PROBLEMS)


@pytest.mark.parametrize(
    ("other", "threads", "said"),
    [
        (HERE, 1, ""),
        (HERE, 4, "w has 4 threads: start it with --nthreads 1"),
        (replace(HERE, environment="Python 2.7"), 1, "w has Python 2.7; here is Python 3"),
        (replace(HERE, code="0"), 1, "w has another version of the course: update its clone"),
    ],
)
def test_a_worker_that_would_grade_otherwise_is_named(
    other: There, threads: int, said: str
) -> None:
    found = other.differs("w", threads, HERE)
    assert found.startswith(said) and bool(found) == bool(said)


def test_another_version_here_than_there_is_refused(
    local: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster_module, "environment", lambda: "Python 2.7")  # here, not there
    with pytest.raises(CourseError, match=r"has Python 3.*; here is Python 2\.7"):
        Cluster(local.scheduler_address, PROBLEMS).__enter__()


def test_a_worker_with_many_threads_is_refused() -> None:
    with (
        LocalCluster(
            n_workers=1, threads_per_worker=2, processes=True, dashboard_address=":0"
        ) as cluster,
        pytest.raises(CourseError, match="has 2 threads: start it with --nthreads 1"),
    ):
        Cluster(cluster.scheduler_address, PROBLEMS).__enter__()


def test_no_scheduler_and_no_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_module, "PATIENCE", 1)
    with pytest.raises(CourseError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9 \("):
        Cluster("tcp://127.0.0.1:9", PROBLEMS).__enter__()
    with pytest.raises(CourseError, match="no Dask scheduler answers at nonsense"):
        Cluster("nonsense://", PROBLEMS).__enter__()
    with (
        LocalCluster(n_workers=0, processes=True, dashboard_address=":0") as cluster,
        pytest.raises(CourseError, match="has no workers: `dask worker tcp"),
    ):
        Cluster(cluster.scheduler_address, PROBLEMS).__enter__()


def test_from_the_command_line(local: Any, tmp_path: Path) -> None:
    course = make_course(tmp_path)
    done = grade(course, "--cluster", local.scheduler_address)
    assert done.returncode == 1  # zoe's cannot be read
    assert scores(course) == RIGHT_SCORES


def test_dask_is_not_imported_without_a_cluster() -> None:
    code = "import sys, autograder.course.grade; print('distributed' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
