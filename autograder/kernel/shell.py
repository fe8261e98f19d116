"""IPython in a submission's process, without a kernel around it.

A cell comes in over a line to the grader, and what it shows goes back over the same line while it
runs. A Jupyter kernel would do the same with three threads and five sockets, and take longer to
start and to be heard than most notebooks take to run.
"""

from __future__ import annotations

import ast
import asyncio
import base64
import io
import json
import os
import re
import signal
import socket
import sys
import tempfile
import threading
import time
import warnings
from contextlib import suppress
from typing import Any

import numpy as np
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Type
from traitlets.config import Config

from autograder import wire

BACKEND = "matplotlib_inline.backend_inline"
EVERY = 0.05
"""Seconds for which printed text may wait for more of it."""

NOT_AS_IT_IS = re.compile(r"\A\s|^In \[", re.MULTILINE)
"""What is Python, and read otherwise by IPython: empty lines in front, a prompt ("In [1]: x")."""

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


class Results(DisplayHook):
    """Shows the value of a cell's last line."""

    def write_output_prompt(self) -> None:
        """None: a notebook has its own."""

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        """Send all formats."""
        _flush()
        LINE.show(result=format_dict, metadata=md_dict or {})

    def finish_displayhook(self) -> None:
        """Nothing is left to be printed."""


class Publisher(DisplayPublisher):
    """Shows what `display` is given."""

    def publish(self, data: Any, metadata: Any = None, *_: Any, transient: Any = None,
                update: bool = False, **__: Any) -> None:  # fmt: skip
        """Send all formats."""
        _flush()
        handle = (transient or {}).get("display_id")
        kind = "update" if update else "display"
        LINE.show(**{kind: data}, metadata=metadata or {}, id=handle)

    def clear_output(self, wait: bool = False) -> None:
        """Take away what the cell has shown so far; with `wait`, when more is shown."""
        _flush()
        LINE.show(clear=bool(wait))


class Shell(InteractiveShell):
    """IPython whose cells, outputs and errors go over the line."""

    displayhook_class = Type(Results)
    display_pub_class = Type(Publisher)
    system = InteractiveShell.system_raw  # the other way takes a terminal, and a sandbox has none
    events_loop: asyncio.AbstractEventLoop | None = None

    def transform_cell(self, raw_cell: str) -> str:
        """As IPython does it, token by token; what is Python already is left as it is."""
        if _is_python(raw_cell):
            return raw_cell if raw_cell.endswith("\n") else raw_cell + "\n"
        transformed: str = super().transform_cell(raw_cell)  # type: ignore[no-untyped-call]
        return transformed

    def enable_gui(self, gui: Any = None) -> None:
        """There are no windows."""

    def showtraceback(self, *args: Any, **kwargs: Any) -> None:
        """Show an error. To make it readable takes long: not where nobody sees it."""
        if LINE.is_heard:
            super().showtraceback(*args, **kwargs)

    def _format_exception_for_storage(self, *_: Any, **__: Any) -> dict[str, Any]:
        return {}  # the history, for which IPython 9 would make it readable again, is not kept

    def _showtraceback(self, etype: Any, evalue: Any, stb: list[str]) -> None:
        _flush()
        try:
            said = str(evalue)
        except Exception:  # a student's own class of exceptions
            said = ""
        LINE.show(error=str(etype.__name__), said=said, traceback=stb)

    def run_source(self, source: str) -> None:
        """Run a cell as a notebook does, in a loop that `await` and tasks find running."""
        if self.events_loop is None or self.events_loop.is_closed():
            self.events_loop = asyncio.new_event_loop()
            asyncio.set_event_loop(self.events_loop)
        loop = self.events_loop
        task = loop.create_task(self._cell(source))
        try:
            loop.run_until_complete(task)
        except (KeyboardInterrupt, SystemExit):  # it came while the loop waited
            self.showtraceback()
            task.cancel()
            with suppress(asyncio.CancelledError, KeyboardInterrupt):
                loop.run_until_complete(task)

    async def _cell(self, source: str) -> None:
        failed = None
        try:
            code = self.transform_cell(source)
        except Exception:
            code, failed = source, sys.exc_info()
        result = None
        try:
            result = await self.run_cell_async(
                source, store_history=True, transformed_cell=code, preprocessing_exc_tuple=failed
            )
        finally:
            self.events.trigger("post_execute")
            self.events.trigger("post_run_cell", result)


def _is_python(source: str) -> bool:
    """Is this Python in which IPython would change nothing? It may in a single line, too."""
    if "\n" not in source.strip() or NOT_AS_IT_IS.search(source):
        return False
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they come when the cell is compiled
        try:
            ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
    return True


def make_shell() -> Shell:
    """The shell, with plots shown by it. Starts no thread, and can be forked."""
    config = Config()
    config.HistoryManager.enabled = False
    # A plot is drawn once, not twice to cut its margins off, and packed quickly.
    config.InlineBackend.print_figure_kwargs = {
        "bbox_inches": None,
        "pil_kwargs": {"compress_level": 1},
    }
    shell: Shell = Shell.instance(config=config)
    if BACKEND in sys.modules:  # imported before there was a shell to show plots in
        sys.modules[BACKEND].configure_inline_support(shell, f"module://{BACKEND}")
    return shell


def run_cell(shell: Shell, connection: socket.socket | None, source: str) -> None:
    """Run a cell, and show what comes of it on a connection; None shows it nowhere."""
    LINE.begin(connection)
    try:
        shell.run_source(source)
        _flush()
        _show_written()
    finally:
        LINE.end()


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):  # whatever a student has put in its place
            stream.flush()


WRITTEN = 1
"""The file that takes what programs and libraries write, not Python's `print`."""


def _show_written() -> None:
    """Show what was written past Python: by a program that the cell has started, say."""
    size = os.fstat(WRITTEN).st_size
    if size:
        text = os.pread(WRITTEN, PIECE, 0).decode("utf-8", "replace")
        os.ftruncate(WRITTEN, 0)
        os.lseek(WRITTEN, 0, os.SEEK_SET)
        LINE.show(stream="stdout", text=text)


def take_streams(folder: str) -> None:
    """Let all that is written go to the grader: what Python prints at once, the rest by a file."""
    with tempfile.TemporaryFile(dir=folder) as written:
        os.dup2(written.fileno(), WRITTEN)
        os.dup2(written.fileno(), 2)
    sys.stdout, sys.stderr = Stream("stdout", WRITTEN), Stream("stderr", 2)
