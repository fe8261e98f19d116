"""A submission's process as the grader holds it: forked from a warm parent, or started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from typing import Protocol

from autograder.kernel.environment import JUDGE, clean_environment
from autograder.kernel.gpus import gpu_environment, own_gpu
from autograder.kernel.sandbox import Allowance
from autograder.kernel.warm import WarmParent


class Process(Protocol):
    """What can be done with it.

    Attributes:
        pid: its process id.
        why: what it used too much of ("memory", "disk", "processes"); "" otherwise. Known when it
            has ended.
    """

    pid: int
    why: str

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it still runs."""

    def seconds(self) -> float:
        """How long it has computed, by its processor's clock; 0 where that cannot be known."""
        ...

    def kill(self) -> None:
        """End it."""

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it has ended, with everything that it started."""
        ...


class Started(subprocess.Popen[bytes]):
    """One that was started, where there is no warm parent to fork from: where Linux is not."""

    why = ""

    def seconds(self) -> float:
        """0: only Linux tells."""
        return 0.0

    def kill(self) -> None:
        """End it and what it has started, as far as that is in its group."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)


def begin(
    parent: WarmParent | None,
    session: str,
    work: str,
    judge: int,
    allowed: Allowance,
) -> Process:
    """A process that runs cells and answers calls.

    Args:
        parent: to fork from; None to start one.
        session: its folder, in the warm parent's.
        work: the folder in it that holds the files it finds at the beginning.
        judge: the file descriptor that it gets its lines from.
        allowed: what it may use.

    Raises:
        OSError: if the warm parent is gone.
    """
    if parent is not None:
        return parent.fork(session, work, judge, allowed, gpu_environment(own_gpu()))
    os.dup2(judge, JUDGE)
    try:
        return Started(
            # -P: a file of the submission's must not stand in for a module of ours.
            [sys.executable, "-P", "-m", "autograder.kernel"],
            cwd=work,
            env=clean_environment(home=work) | gpu_environment(own_gpu()),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            pass_fds=(JUDGE,),
        )
    finally:
        os.close(JUDGE)
