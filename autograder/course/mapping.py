"""Submissions over processes: one in, one outcome out, and none that can stop the class.

Each of a few threads has a process of its own and hands it one submission at a time. So when a
process dies, it is known whose submission it was, and nobody else's is touched.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    wait,
)
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from itertools import cycle, islice
from multiprocessing import forkserver
from multiprocessing.context import BaseContext
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import Protocol

from autograder.course.outcome import Outcome
from autograder.course.run import Job, grade_submission, set_aside
from autograder.kernel.gpus import hand_round
from autograder.kernel.warm import WarmParent, share

ATTEMPTS = 3
"""Times that a submission may end the process that grades it before it is set aside."""

KILLS_ITS_PROCESS = (
    "the process that graded it died, again and again: look at it yourself, or grade it where "
    "there is more memory"
)

MEMORY_OF_ONE = 2**30
"""Bytes that grading one submission takes, with its kernel and room for what it computes."""

CLEANING = 5
"""Seconds in which a process that lost its parent ends the kernel that it runs."""


class Mapping(Protocol):
    """Something that grades submissions: processes here, or a cluster."""

    @property
    def ahead(self) -> int:
        """How many submissions to hand it before one comes back."""
        ...

    def submit(self, job: Job) -> Future[Outcome]:
        """Have one graded. The outcome says so if that was not possible."""
        ...


def outcomes(mapping: Mapping, jobs: Iterable[Job]) -> Iterator[Outcome]:
    """Every job's outcome, as it comes. The first jobs are on their way when this returns.

    Only a few jobs are held at a time: memory does not grow with the class.
    """
    jobs = iter(jobs)
    waiting = {mapping.submit(job) for job in islice(jobs, mapping.ahead)}
    return _others(mapping, jobs, waiting)


def _others(
    mapping: Mapping, jobs: Iterator[Job], waiting: set[Future[Outcome]]
) -> Iterator[Outcome]:
    while waiting:
        for outcome in _finished(waiting):
            waiting |= {mapping.submit(job) for job in islice(jobs, 1)}
            yield outcome


def _finished(waiting: set[Future[Outcome]]) -> Iterator[Outcome]:
    done, _ = wait(waiting, return_when=FIRST_COMPLETED)
    waiting -= done
    for future in done:
        yield future.result()


def default_width(memory: int | None = None) -> int:
    """Submissions at once: one a core, fewer where there is little memory.

    Args:
        memory: bytes that are free; None looks.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    if memory is None:
        try:
            lines = Path("/proc/meminfo").read_text().splitlines()
        except OSError:  # no Linux
            return cores or 1
        (free,) = (line for line in lines if line.startswith("MemAvailable:"))
        memory = 1024 * int(free.split()[1])
    return max(1, min(cores or 1, memory // MEMORY_OF_ONE))


def begin_processes() -> BaseContext:
    """Start what processes start from, if it does not run yet: one that has imported the grader,
    and holds no database open as we do.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["autograder.course.run"])
    forkserver.ensure_running()
    return context


class Processes:
    """Processes on this machine.

    Args:
        width: how many.
        folder: of their temporary files.
        grade: what they do with a job.
        parents: the warm parents of the kernels; each process starts those that it lacks.
        gpus: are handed round: one to each process, from the first again when there are more.
    """

    def __init__(
        self,
        width: int,
        folder: str,
        grade: Callable[[Job], Outcome] = grade_submission,
        parents: tuple[WarmParent, ...] = (),
        gpus: tuple[str, ...] = (),
    ) -> None:
        self.gpus, self.next_gpu = gpus, cycle(gpus or ("",))
        self.width = width
        self.folder = folder
        self.grade = grade
        self.parents = parents
        self.threads = ThreadPoolExecutor(width)
        self.idle: SimpleQueue[Executor | None] = SimpleQueue()
        self.busy: set[int] = set()  # process ids
        for _ in range(width):
            self.idle.put(None)  # started when it is needed

    @property
    def ahead(self) -> int:
        """Enough that no process waits for the next one, also while a gradebook is opened."""
        return 8 * self.width

    def submit(self, job: Job) -> Future[Outcome]:
        """Have one graded as soon as a process is idle."""
        return self.threads.submit(self._grade, job)

    def close(self) -> None:
        """End the processes. What waits is not graded, and what is being graded is stopped."""
        for pid in list(self.busy):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        self.threads.shutdown(cancel_futures=True)
        while not self.idle.empty():
            process = self.idle.get()
            if process:
                process.shutdown()

    def _grade(self, job: Job) -> Outcome:
        process = self.idle.get()
        try:
            for _ in range(ATTEMPTS):
                process = process or self._process()
                try:
                    return self._grade_in(process, job)
                except BrokenProcessPool:
                    process.shutdown()
                    process = None
            return set_aside(job, KILLS_ITS_PROCESS)
        finally:
            self.idle.put(process)

    def _grade_in(self, process: Executor, job: Job) -> Outcome:
        pid = process.submit(os.getpid).result()
        self.busy.add(pid)
        try:
            return process.submit(self.grade, job).result()
        finally:
            self.busy.discard(pid)

    def _process(self) -> Executor:
        return ProcessPoolExecutor(
            1,
            mp_context=begin_processes(),
            initializer=_start,
            initargs=(self.folder, self.parents, self.gpus, next(self.next_gpu)),
        )

    def __enter__(self) -> Processes:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _start(
    folder: str, parents: tuple[WarmParent, ...], gpus: tuple[str, ...], own_gpu: str
) -> None:
    """Runs first in each process. Its temporary files go to the class's folder, and it ends, its
    submission's kernel with it, when it is told to or when its parent is gone.
    """
    tempfile.tempdir = folder
    hand_round(gpus, own_gpu)
    share(parents)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's, which then tells us
    signal.signal(signal.SIGTERM, _leave)
    threading.Thread(target=_follow, daemon=True).start()


def _leave(number: int, frame: object) -> None:
    raise SystemExit(f"ended by signal {number}")


def _follow() -> None:
    """The parent was killed, or it would have ended us: clean up and go."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(CLEANING)
    os._exit(1)
