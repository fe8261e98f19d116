"""The line from a submission's process to the grader: what a cell prints and shows goes over it."""

from __future__ import annotations

import base64
import io
import json
import os
import signal
import socket
import sys
import threading
import time
from contextlib import suppress
from typing import Any

import numpy as np

from autograder import wire

EVERY = 0.05
"""Seconds for which printed text may wait for more of it."""

PIECE = 2**18
"""Characters of text that are sent at a time."""


class Line:
    """The way to the grader. Outside of a cell, and in other processes, it leads nowhere."""

    def __init__(self) -> None:
        self._connection: socket.socket | None = None
        self._owner = 0
        self._lock = threading.Lock()
        self._sending = self._late = False

    @property
    def is_heard(self) -> bool:
        """Does what is shown go anywhere?"""
        return self._connection is not None

    def begin(self, connection: socket.socket | None) -> None:
        """A cell runs: what is shown goes to this connection; nowhere if that is None."""
        self._connection, self._owner = connection, os.getpid()
        self.listen()

    def listen(self) -> None:
        """From now on the student's code can be interrupted."""
        self._late = False
        signal.signal(signal.SIGINT, self._interrupt)

    def end(self) -> None:
        """Nothing more is shown, and an interrupt comes too late."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        self._connection = None

    def show(self, **message: Any) -> None:
        """Send what a cell shows."""
        if self._connection is None or os.getpid() != self._owner:
            return
        text = json.dumps(message, ensure_ascii=False, default=_plain)
        raw = np.frombuffer(text.encode("utf-8", "replace"), np.uint8)
        self._sending = threading.current_thread() is threading.main_thread()
        try:
            with self._lock:
                wire.send(self._connection, {"shown": raw}, wire.LARGE)
        except OSError:  # the grader has hung up
            self._connection = None
        finally:
            self._sending = False
        if self._late:
            self._late = False
            raise KeyboardInterrupt

    def _interrupt(self, number: int, frame: object) -> None:
        """An interrupt waits until what is on its way has been sent: half of it makes no sense."""
        self._late = self._sending
        if not self._sending:
            raise KeyboardInterrupt


LINE = Line()


def _plain(value: Any) -> str:
    """What JSON does not know: the bytes of a picture above all."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        return base64.b64encode(value).decode("ascii")
    return repr(value)


class Stream(io.TextIOBase):
    """Standard output or error of a cell."""

    def __init__(self, name: str, number: int) -> None:
        self.name, self.number = name, number
        self._parts: list[str] = []
        self._size = 0
        self._sent = 0.0

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """What a text is encoded in."""
        return "utf-8"

    def writable(self) -> bool:
        """It is."""
        return True

    def fileno(self) -> int:
        """That of the file for what programs write."""
        return self.number

    def write(self, text: str) -> int:
        """Take a text, and send it as soon as it is long, or the last one is a while ago."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self._parts.append(text)
        self._size += len(text)
        if self._size >= PIECE or time.monotonic() - self._sent > EVERY:
            self.flush()
        return len(text)

    def flush(self) -> None:
        """Send what there is."""
        parts, self._parts, self._size = self._parts, [], 0
        text = "".join(parts)
        for start in range(0, len(text), PIECE):
            LINE.show(stream=self.name, text=text[start : start + PIECE])
        self._sent = time.monotonic()


def flush() -> None:
    """Send what has been printed."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):  # whatever a student has put in its place
            stream.flush()
