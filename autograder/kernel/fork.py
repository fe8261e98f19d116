"""A process that was forked for us by a warm parent: handled like a subprocess.Popen."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
"""Of the processor's clock in a second."""


class Fork:
    """A kernel that was forked for us; to be handled like a subprocess.Popen.

    Attributes:
        pid: its process id, as seen from here.
        returncode: how it ended; None while it runs.
        why: what it used too much of ("memory", "disk", "processes"); "" otherwise.
    """

    stdin = stdout = stderr = None

    def __init__(self, connection: socket.socket, handle: int) -> None:
        self.pid = _process_id(handle)
        self.returncode: int | None = None
        self.why = ""
        self._connection = connection
        self._handle = handle

    def poll(self) -> int | None:
        """How it ended; None while it runs."""
        if self.returncode is None and self._ended(0):
            self._close()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it has ended, with everything that it started.

        Raises:
            subprocess.TimeoutExpired: if that takes longer.
        """
        if self.returncode is None:
            if not self._ended(timeout):
                raise subprocess.TimeoutExpired("kernel", timeout or 0)
            self._close()
        assert self.returncode is not None
        return self.returncode

    def seconds(self) -> float:
        """How long it has computed, by its processor's clock."""
        try:
            line = Path(f"/proc/{self.pid}/stat").read_text()
        except OSError:  # it has ended
            return 0.0
        user, system = line.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / TICKS

    def send_signal(self, number: int) -> None:
        """Send a signal to it, if it still runs."""
        if self.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._handle, number)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)

    terminate = kill

    def _ended(self, timeout: float | None) -> bool:
        poll = select.poll()
        poll.register(self._handle, select.POLLIN)
        return bool(poll.poll(None if timeout is None else timeout * 1000))

    def _close(self) -> None:
        """Hear from its keeper how it ended: what it had started has ended by then, too."""
        self.returncode = -signal.SIGKILL
        self._connection.settimeout(15)
        with contextlib.suppress(OSError, ValueError):
            ended = json.loads(self._connection.recv(2**10))
            self.returncode, self.why = int(ended["status"]), str(ended["why"])
        self._connection.close()
        os.close(self._handle)


def _process_id(handle: int) -> int:
    for line in Path(f"/proc/self/fdinfo/{handle}").read_text().splitlines():
        if line.startswith("Pid:"):
            return int(line.split()[1])
    return -1
