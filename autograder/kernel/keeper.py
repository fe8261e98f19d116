"""One submission's keeper: forked from the warm parent, it forks the kernel, watches it, ends it.

It runs no student code. The grader holds a connection to it: when that closes, whoever closed it,
everything that the submission started is killed.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from autograder.kernel import landlock, namespaces, seccomp
from autograder.kernel.answer import serve
from autograder.kernel.environment import JUDGE
from autograder.kernel.limits import descendants, set_limits, watch
from autograder.kernel.sandbox import BUBBLEWRAP, HOME, NONE
from autograder.kernel.shell import Shell, take_streams
from autograder.kernel.start import make_kernel

if TYPE_CHECKING:
    from autograder.kernel.settings import Settings

LARGEST_REQUEST = 2**16
PATIENCE = 5
"""Seconds in which all processes of a submission without a process table of its own are found."""

STUDENTS, MANY = 61_184, 4_000
"""Users that student code runs as where the grader is root: those of systemd's DynamicUser, whom
no file belongs to. One after the other, so that each has its own count of processes."""


def main(connection: socket.socket, settings: Settings) -> NoReturn:
    """Keep one submission, from the request to the end of its last process."""
    code = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        data, handed, _, _ = socket.recv_fds(connection, LARGEST_REQUEST, 1)
        if data:  # else somebody only wanted to know whether we live
            _keep(connection, handed[0], json.loads(data), settings)
        code = 0
    except BaseException as error:
        sys.stderr.write(f"keeper: {type(error).__name__}: {error}\n")
        sys.stderr.flush()
    finally:
        os._exit(code)


def _keep(
    connection: socket.socket, judge: int, request: dict[str, Any], settings: Settings
) -> None:
    user = _user() if settings.change_user else os.getuid()
    session = os.path.join(settings.folder, request["session"])
    alone = settings.sandbox == BUBBLEWRAP and can_be_alone(settings, stay=True)
    if os.getuid() != user:
        for path in (session, os.path.join(session, request["work"])):
            os.chown(path, user, user)
    if not alone:
        namespaces.adopt_orphans()
    kernel = os.fork()
    if kernel == 0:
        connection.close()
        _be_kernel(judge, request, settings, session, user, alone)
    os.close(judge)
    handle = os.pidfd_open(kernel)
    socket.send_fds(connection, [b"{}"], [handle])
    try:
        why = watch(connection, handle, kernel, request["allowed"], session)
    except Exception as error:  # only files are looked through: these are beyond all measure
        sys.stderr.write(f"keeper: watching: {type(error).__name__}: {error}\n")
        sys.stderr.flush()
        why = "disk"
    status = _end(kernel, alone)
    ended = {"status": os.waitstatus_to_exitcode(status), "why": why}
    try:
        connection.send(json.dumps(ended).encode())
    except OSError:  # the grader is gone
        return


def can_be_alone(settings: Settings, stay: bool = False) -> bool:
    """Can a submission have namespaces of its own?

    Args:
        settings: of the warm parent.
        stay: this process enters them; otherwise a child of it tries.
    """
    if settings.sandbox != BUBBLEWRAP:
        return False
    if stay:
        try:
            namespaces.enter(os.getuid(), os.getgid())
        except OSError:
            return False
        return True
    return _succeeds(lambda: can_be_alone(settings, stay=True) and _succeeds(namespaces.try_mounts))


def _succeeds(trial: Callable[[], bool]) -> bool:
    child = os.fork()
    if child == 0:
        try:
            os._exit(0 if trial() else 1)
        except OSError:
            os._exit(1)
    return os.waitpid(child, 0)[1] == 0


def _user() -> int:
    return STUDENTS + os.getpid() % MANY if os.getuid() == 0 else os.getuid()


def _be_kernel(
    judge: int,
    request: dict[str, Any],
    settings: Settings,
    session: str,
    user: int,
    alone: bool,
) -> NoReturn:
    try:
        os.setsid()
        _die_first()
        nowhere = os.open(os.devnull, os.O_RDWR)
        log = os.dup(2)
        for standard in (0, 1, 2):
            os.dup2(nowhere, standard)
        os.dup2(judge, JUDGE, inheritable=False)
        work = os.path.join(session, request["work"])
        home = HOME if alone else work
        sockets = "/lmkit" if alone else session
        taken = any(path.startswith("/tmp/") for path in settings.alone_read)  # Python lies there
        temporary = "/tmp" if alone and not taken else os.path.join(home, ".tmp")
        if alone:
            size = request["allowed"]["disk"]
            namespaces.furnish(session, work, home, temporary, settings.folder, size, user)
        os.environ.update(request["environment"])
        os.environ.update(HOME=home, TMPDIR=temporary, IPYTHONDIR=f"{home}/.ipython")
        os.environ.update(MPLCONFIGDIR=f"{home}/.matplotlib")
        tempfile.tempdir = None  # the warm parent may have found another
        namespaces.become(user)
        namespaces.die_with_parent(signal.SIGKILL)
        os.chdir(home)
        os.makedirs(temporary, exist_ok=True)
        set_limits(request["allowed"])
        if settings.sandbox != NONE:
            _lock_in(settings, home, temporary, sockets, alone)
        _seed()
        if request["connection"]:
            start = _jupyter(request["connection"], home, sockets).start
        else:
            take_streams(home)
            start = partial(serve, Shell.instance())
    except BaseException:
        os.write(log, traceback.format_exc().encode())
        os._exit(1)
    os.close(log)
    try:
        start()
    finally:
        os._exit(0)


def _jupyter(connection: dict[str, Any], home: str, sockets: str) -> Any:
    """A Jupyter kernel for whoever asked by Jupyter's connection information."""
    path = os.path.join(home, ".ipython", "kernel.json")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as stream:
        json.dump({**connection, "ip": os.path.join(sockets, "kernel")}, stream)
    return make_kernel(path)


def _lock_in(settings: Settings, home: str, temporary: str, sockets: str, alone: bool) -> None:
    namespaces.no_new_privileges()
    if landlock.version():
        read = settings.alone_read if alone else settings.read
        write = (*settings.write, home, temporary, *(["/dev/shm"] if alone else []))
        landlock.lock_in(read, write, [sockets])
    if seccomp.is_supported():
        seccomp.filter_calls(alone)


def _die_first() -> None:
    """Where memory runs out, Linux ends the largest process: with many small ones of a submission
    that would be the grader, or whatever else the instructor runs.
    """
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def _seed() -> None:
    """NumPy's legacy generator would else give every student of the class the same numbers."""
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed()


def _end(kernel: int, alone: bool) -> int:
    """Kill everything that the submission started, and wait until it is gone.

    A process table dies with its first process. Where there is none of its own, all are stopped
    first, so that nothing starts anew while they are killed. But before that the group that none of
    them can leave (seccomp.py): processes that fork and end faster than they can be found would
    else live on for ever, and their keeper with them.

    Returns:
        The kernel's wait status.
    """
    if alone:
        os.kill(kernel, signal.SIGKILL)
    else:
        with suppress(ProcessLookupError):
            os.killpg(kernel, signal.SIGKILL)
        stopped: set[int] = set()
        deadline = time.monotonic() + PATIENCE
        while new := set(descendants(os.getpid(), zombies=False)) - stopped:
            _signal(new, signal.SIGSTOP)
            stopped |= new
            if time.monotonic() > deadline:  # one forks and ends faster than it can be found
                _signal(stopped, signal.SIGKILL)
                return os.waitpid(kernel, 0)[1]
        _signal(stopped, signal.SIGKILL)
    status = 0
    while True:
        try:
            pid, ended = os.wait()
        except ChildProcessError:
            return status
        status = ended if pid == kernel else status


def _signal(pids: set[int], number: int) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
