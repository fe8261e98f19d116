"""The trusted side of the warm parent: it is started, asked for kernels, and ended.

One serves all processes that grade a class. Whoever finds it dead starts another.
"""

from __future__ import annotations

import fcntl
import json
import os
import select
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from multiprocessing.util import Finalize
from pathlib import Path
from typing import Any

from autograder.kernel.environment import clean_environment
from autograder.kernel.fork import Fork
from autograder.kernel.remove import remove
from autograder.kernel.sandbox import (
    BUBBLEWRAP,
    CLASS,
    NONE,
    Allowance,
    NoSandbox,
    can_change_user,
    locked_in_paths,
    require_sandbox,
    room,
)
from autograder.kernel.settings import READY, SOCKET, Settings

PREFIX, OWNER, LOG = "lmkit-", "owner", "zygote.log"

STARTUP = 120
"""Seconds in which the warm parent has to be ready. TensorFlow takes 5 to 20 to import."""


class WarmParent:
    """A warm parent and the folder that it shares with us.

    Attributes:
        folder: holds a folder for every session.
        sandbox: which one submissions are held in: BUBBLEWRAP, LANDLOCK or NONE.
        modules: what it has imported, besides the usual.
    """

    def __init__(self, folder: str, sandbox: str, modules: tuple[str, ...]) -> None:
        self.folder = folder
        self.sandbox = sandbox
        self.modules = modules

    def fork(self, session: str, work: str, judge: int, allowed: Allowance,
             environment: Mapping[str, str] = {}, connection: Mapping[str, Any] = {},
             ) -> Fork:  # fmt: skip
        """A submission's process, running.

        Args:
            session: the folder for its sockets, in `folder`.
            work: the folder in `session` that holds the files it finds at the beginning.
            judge: the file descriptor that it gets lines to the judge from.
            allowed: what it may use.
            environment: variables, besides the usual ones.
            connection: Jupyter's connection information. With it the process is a Jupyter kernel;
                without, it runs cells and answers calls that come over the lines.

        Raises:
            OSError: if the warm parent is gone.
        """
        line = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            line.connect(os.path.join(self.folder, SOCKET))
            request = {
                "session": os.path.basename(session),
                "work": os.path.basename(work),
                "connection": dict(connection),
                "allowed": asdict(allowed),
                "environment": dict(environment),
            }
            socket.send_fds(line, [json.dumps(request).encode()], [judge])
            line.settimeout(30)
            _, handles, _, _ = socket.recv_fds(line, 2**10, 1)
        except BaseException:
            line.close()
            raise
        if not handles:
            line.close()
            raise ConnectionError(f"the warm parent could not fork: {self.said()}")
        return Fork(line, handles[0])

    def said(self) -> str:
        """The end of what it and the keepers have written: why a kernel did not start."""
        try:
            return Path(self.folder, LOG).read_text(errors="replace").strip()[-2000:]
        except OSError:
            return ""

    def is_alive(self) -> bool:
        """Does it take requests?"""
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as line:
            try:
                line.connect(os.path.join(self.folder, SOCKET))
            except OSError:
                return False
        return True


class OwnWarmParent(WarmParent):
    """A warm parent that this process has started, and ends. It is ready after `wait`.

    Args:
        modules: what it imports, besides the usual. None: and no framework is there.
        unsafe: go on if there is no sandbox.

    Raises:
        NoSandbox: if there is none.
    """

    def __init__(self, modules: tuple[str, ...], unsafe: bool) -> None:
        sandbox = require_sandbox(unsafe)
        remove_left_over()
        self._folder()
        self.process = self._started(modules, sandbox)
        # Not atexit, which does not run where multiprocessing has started the process.
        self._at_exit = Finalize(None, self.close, exitpriority=1)
        self._ready = False
        super().__init__(self.folder, sandbox, modules)

    def _folder(self) -> None:
        while True:
            self.folder = tempfile.mkdtemp(prefix=PREFIX)  # short: Unix sockets live in it
            owner = os.path.join(self.folder, OWNER)
            self._owner = os.open(owner, os.O_CREAT | os.O_RDWR, 0o600)
            fcntl.flock(self._owner, fcntl.LOCK_EX)
            if os.path.exists(owner):  # else another grader took it for left over just now
                os.chmod(self.folder, 0o711)
                return
            os.close(self._owner)

    def _started(self, modules: tuple[str, ...], sandbox: str) -> subprocess.Popen[str]:
        inside = CLASS if sandbox == BUBBLEWRAP else self.folder
        absent = not modules
        read, write = locked_in_paths(alone=False, absent=absent)
        alone_read, _ = locked_in_paths(alone=True, absent=absent)
        settings = Settings(
            folder=inside,
            modules=modules,
            absent=absent,
            sandbox=sandbox,
            change_user=sandbox != NONE and can_change_user(sandbox),
            read=tuple(read),
            write=tuple(write),
            alone_read=tuple(alone_read),
        )
        command = [sys.executable, "-P", "-m", "autograder.kernel.zygote"]
        if sandbox == BUBBLEWRAP:
            command = room(self.folder, command, absent)
        with open(os.path.join(self.folder, LOG), "w") as log:
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd="/",
                env=clean_environment(home="/tmp"),
                start_new_session=True,  # Ctrl-C is for us: it ends when its input does
                text=True,
            )
        assert process.stdin is not None
        process.stdin.write(settings.to_json() + "\n")
        process.stdin.flush()
        return process

    def wait(self) -> None:
        """Wait until it is ready.

        Raises:
            NoSandbox: if submissions get no namespaces of their own, and there is no Landlock.
            RuntimeError: if it does not start, with the end of what it said.
        """
        if self._ready:
            return
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], STARTUP)
        line = self.process.stdout.readline() if ready else ""
        if not line:
            said = self.said()
            self.close()
            raise RuntimeError(f"the warm parent of the kernels did not start: {said}")
        alone = bool(json.loads(line)[READY])
        if self.sandbox == BUBBLEWRAP and not alone and not _can_lock_in():
            self.close()
            raise NoSandbox(
                "bubblewrap is here, but gives no further namespaces, and this kernel has no "
                "Landlock: grade where Linux is 5.13 or newer, or with --unsafe"
            )
        self._ready = True

    def close(self) -> None:
        """End it, and all that it has forked, and remove the folder."""
        self._at_exit.cancel()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()
        try:
            self.process.wait(timeout=5 if self._ready else 0)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        remove(self.folder)
        os.close(self._owner)


def remove_left_over() -> None:
    """Remove the folders of graders that were killed: nobody holds the lock in them any more."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            owner = os.open(folder / OWNER, os.O_RDWR | os.O_NOFOLLOW)
        except OSError:  # somebody else's, or none of ours
            continue
        try:
            fcntl.flock(owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
            remove(folder)
        except BlockingIOError:
            continue
        finally:
            os.close(owner)


def _can_lock_in() -> bool:
    from autograder.kernel import landlock, seccomp

    return landlock.version() > 0 and seccomp.is_supported()


# -- the parents that this process knows ------------------------------------------------------

_shared: dict[tuple[str, ...], WarmParent] = {}
_own: dict[tuple[tuple[str, ...], bool], OwnWarmParent] = {}


def share(parents: Iterable[WarmParent]) -> None:
    """From now on use these parents, that another process has started, while they live."""
    _shared.update({parent.modules: parent for parent in parents})


def warm_parent(modules: Iterable[str] = (), unsafe: bool = False) -> WarmParent | None:
    """A living warm parent: the shared one, else this process's own, started if need be.

    None where there can be none, because this is no Linux.

    Args:
        modules: what it has imported. None: and no framework is there.
        unsafe: go on if there is no sandbox.

    Raises:
        NoSandbox: if there is none.
        RuntimeError: if it does not start.
    """
    if not sys.platform.startswith("linux"):
        require_sandbox(unsafe)
        return None
    wanted = tuple(sorted(set(modules)))
    shared = _shared.get(wanted)
    if shared is not None and shared.is_alive():
        return shared
    parent = begin_warm_parent(wanted, unsafe)
    parent.wait()
    if not parent.is_alive():
        parent.close()
        del _own[wanted, unsafe]
        parent = begin_warm_parent(wanted, unsafe)
        parent.wait()
    return parent


def begin_warm_parents(runs: Iterable[tuple[str, ...]], unsafe: bool) -> None:
    """A warm parent for each of several runs' modules. They get ready side by side.

    Raises:
        NoSandbox: if there is none.
    """
    if sys.platform.startswith("linux"):
        for modules in runs:
            begin_warm_parent(modules, unsafe)


def begin_warm_parent(modules: tuple[str, ...], unsafe: bool) -> OwnWarmParent:
    """This process's own warm parent, which may not be ready yet: `warm_parent` waits for it.

    Raises:
        NoSandbox: if there is none.
    """
    key = (modules, unsafe)
    if key not in _own:
        _own[key] = OwnWarmParent(*key)
    return _own[key]
