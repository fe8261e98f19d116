"""One submission's process, seen from the trusted side: its cells are run, its functions asked.

Whatever happens in there, the session goes on: a cell that never ends is stopped, a process that
is killed is started again without the cell that killed it, and what could be asked is asked.
"""

from __future__ import annotations

import math
import os
import shutil
import signal
import socket
import tempfile
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any

import numpy as np
from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_output

from autograder import wire
from autograder.calling import Answer
from autograder.course.asking import answer_of, no_answer, right_answer
from autograder.course.config import Limits
from autograder.course.outputs import Outputs
from autograder.kernel.process import Process, begin
from autograder.kernel.remove import remove
from autograder.kernel.sandbox import NONE
from autograder.kernel.warm import warm_parent

SOON = 0.1
"""Seconds after which a call that has little time left is looked at again."""

DYING = 20
"""Seconds in which a process that hung up has ended. Its keeper takes up to a few."""


class Session:
    """Runs a notebook in a kernel of its own and answers for the functions defined there.

    Use it as a context manager: on the way out the kernel and its folder are gone.

    Args:
        notebook: its cells get their outputs in place.
        limits: on time, and on how often the kernel is started again.
        files: a folder whose files the notebook finds beside it; None for none.
        modules: what the warm parent has imported already, if it is not running yet.
        shown: whether what the cells show is wanted.
    """

    def __init__(
        self,
        notebook: NotebookNode,
        limits: Limits,
        files: str | None = None,
        modules: tuple[str, ...] = (),
        shown: bool = True,
    ) -> None:
        self.notebook = notebook
        self.limits = limits
        self.files = files
        self.modules = modules
        self.shown = shown
        self.sandbox = NONE
        self.stopped: dict[int, str] = {}  # index of a cell -> why it is not run again
        self._ran: list[int] = []
        self._restarts = 0
        self._running = 0.0  # seconds: in cells, those run again included
        self._answering = 0.0
        self._outputs = Outputs()
        self._connection: socket.socket | None = None
        self._lines: socket.socket | None = None
        self._process: Process | None = None

    def __enter__(self) -> Session:
        self._start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()

    # -- the kernel ---------------------------------------------------------------------------

    def _start(self) -> None:
        """Have a kernel; from a new warm parent, if the old one ends just now."""
        try:
            self._start_once()
        except ConnectionError:
            self._start_once()

    def _start_once(self) -> None:
        parent = warm_parent(self.modules, self.limits.unsafe)
        self.sandbox = parent.sandbox if parent else NONE
        # A new folder each time: what the last process wrote must not meet the cells run again.
        # Its path is short: Unix sockets live in it.
        self._folder = tempfile.mkdtemp(prefix="lmkit-", dir=parent.folder if parent else None)
        try:
            work = os.path.join(self._folder, "work")
            os.makedirs(work)
            if self.files:
                shutil.copytree(self.files, work, dirs_exist_ok=True)
            self._lines, judge = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with judge:
                allowed = self.limits.allowance
                self._process = begin(parent, self._folder, work, judge.fileno(), allowed)
            if not self._responds(self.limits.startup):
                said = parent.said() if parent else ""
                raise RuntimeError(f"the submission's process did not start: {said}")
        except BaseException:
            self._stop()
            raise

    def _responds(self, seconds: float) -> bool:
        """Does the process listen, or again after it was interrupted?"""
        self._hang_up()
        try:
            connection = self._connected()
            wire.send(connection, {})
            return bool(wire.receive(connection, seconds) == {"here": True})
        except (ValueError, EOFError, OSError):  # WireErrors are ValueErrors
            return False

    def _connected(self) -> socket.socket:
        """A line to the process: a new one after each time that we hung up."""
        if self._connection is None:
            assert self._lines is not None
            self._connection, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
            with theirs:
                socket.send_fds(self._lines, [b"!"], [theirs.fileno()])
        return self._connection

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _stop(self) -> None:
        self._hang_up()
        if self._lines is not None:
            self._lines.close()
        process, self._process = self._process, None
        try:
            if process is not None:
                process.kill()
                process.wait(DYING)
        finally:
            remove(self._folder)

    def _restart(self) -> bool:
        """Start over without the cells that were stopped. False when that was done too often."""
        self._stop()
        if self._restarts >= self.limits.restarts:
            return False
        self._restarts += 1
        try:
            self._start()
        except (RuntimeError, OSError):  # it does not come up again
            return False
        for index in self._ran:
            if index not in self.stopped and not self._too_late(index) and not self._execute(index):
                return self._restart()
        return True

    def _too_late(self, index: int) -> bool:
        """Is the time of all cells over, those run again included? Then this one is not run."""
        if self._running <= self.limits.whole:
            return False
        self.stopped[index] = "late"
        self._note(index, "TimeUp", f"Not run: the cells took over {self.limits.whole} s.")
        return True

    # -- cells --------------------------------------------------------------------------------

    def run_cell(self, index: int) -> None:
        """Run one code cell; an error in it is an output like any other."""
        if self._process is None:
            self._note(index, "KernelDied", "Not run: the notebook's kernel kept on dying.")
            return
        if self._too_late(index):
            return
        self._ran.append(index)
        if not self._execute(index):
            self._restart()

    def _execute(self, index: int) -> bool:
        """Run a cell. Returns whether the process lives on."""
        cell = self.notebook.cells[index]
        self._outputs.begin(cell, index)
        self._hang_up()  # what an earlier cell has left on the line is not heard
        began = time.monotonic()
        try:
            self._listen(index, cell.source)
            return True
        except TimeoutError:  # it did not even end when it was interrupted
            self._too_long(index)
        except (EOFError, OSError):
            self.stopped[index] = why = self._died_of()
            said = "." if why == "died" else f": it used too much {why}."
            self._note(index, "DeadKernelError", f"The kernel died while this cell ran{said}")
        except ValueError:  # WireErrors above all
            self.stopped[index] = "died"
            self._note(index, "KernelError", "What the kernel said of this cell made no sense.")
        finally:
            self._running += time.monotonic() - began
        return False

    def _listen(self, index: int, source: str) -> None:
        """Take in what a cell shows until it ends; when the time is over, interrupt it."""
        line = self._connected()
        line.settimeout(self.limits.cell)
        wire.send(
            line,
            {
                "cell": np.frombuffer(source.encode("utf-8", "replace"), np.uint8),
                "shown": self.shown,
            },
            wire.LARGE,
        )
        frames, deadline = wire.Frames(line), time.monotonic() + self.limits.cell
        in_time = True
        while True:
            try:
                reply = frames.receive(deadline - time.monotonic(), wire.LARGE)
            except TimeoutError:
                if not in_time:
                    raise
                in_time = False
                deadline = time.monotonic() + self.limits.grace
                self._interrupt()
                continue
            if not isinstance(reply, dict):
                raise wire.WireError("not of this cell")
            if "ran" in reply:
                break
            shown = reply.get("shown")
            if not isinstance(shown, np.ndarray) or shown.dtype != np.uint8:
                raise wire.WireError("not of this cell")
            self._outputs.take(shown.tobytes())
        if not in_time:
            self._too_long(index)

    def _too_long(self, index: int) -> None:
        self.stopped[index] = "timeout"
        self._note(index, "CellTimeoutError", f"stopped after {self.limits.cell} seconds")

    def _interrupt(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)

    def _died_of(self) -> str:
        """What the process, which has hung up, used too much of; "died" if nothing."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(DYING)
        return self._process.why or "died"

    def _note(self, index: int, name: str, said: str) -> None:
        error = new_output("error", ename=name, evalue=said, traceback=[said])
        self.notebook.cells[index].outputs.append(error)

    # -- questions ----------------------------------------------------------------------------

    def ask(
        self,
        function: str,
        arguments: tuple[Any, ...],
        substitutes: Mapping[str, Callable[..., Any]],
        patience: float = math.inf,
    ) -> Answer:
        """Call a function of the notebook; a Respondent for the judge."""
        if self._process is None:
            return no_answer("the notebook's kernel kept on dying")
        if self._answering > self.limits.whole:
            return no_answer(f"not asked: its answers took over {self.limits.whole} s")
        began = time.monotonic()
        try:
            connection = self._connected()
            connection.settimeout(self.limits.answer)
            wire.send(
                connection,
                {"call": function, "arguments": arguments, "substitutes": list(substitutes)},
            )
            try:
                return self._answer(connection, len(arguments), substitutes, patience)
            finally:
                self._answering += time.monotonic() - began
        except ValueError as error:  # WireErrors above all
            self._restart()
            return no_answer(f"what came back was refused: {error}")
        except (EOFError, OSError):  # TimeoutError is an OSError, and is handled in _answer
            self._restart()
            return no_answer("the kernel died in this call")

    def _answer(
        self,
        connection: socket.socket,
        arguments: int,
        substitutes: Mapping[str, Callable[..., Any]],
        patience: float,
    ) -> Answer:
        assert self._process is not None
        frames = wire.Frames(connection)
        spent, computed = self._process.seconds(), 0.0
        deadline = time.monotonic() + self.limits.answer  # for all questions back together
        while True:
            left = deadline - time.monotonic()
            try:
                reply = frames.receive(min(left, max(patience - computed, SOON)))
            except TimeoutError:
                computed = self._process.seconds() - spent
                if time.monotonic() < deadline and computed < patience:
                    continue
                # In the same words however busy the machine is: a second run changes nothing.
                most = f"{self.limits.answer:g} second{'s' * (self.limits.answer != 1)}"
                return self._interrupted(
                    f"no answer in time, {most} at most: does it loop for ever?"
                )
            if not isinstance(reply, dict):
                raise wire.WireError("not an answer")
            if "ask" in reply:
                wire.send(connection, right_answer(reply, substitutes))
                continue
            return answer_of(reply, arguments)

    def _interrupted(self, said: str) -> Answer:
        """The call took too long: interrupt it, and if that does not help start over."""
        self._interrupt()
        if not self._responds(self.limits.grace):  # on a new line: what is still on its way on
            self._restart()  # the old one answers no later question
        return no_answer(said)
