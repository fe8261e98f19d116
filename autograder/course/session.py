"""One submission's kernel, seen from the trusted side: its cells are run, its functions asked.

Whatever happens in there, the session goes on: a cell that never ends is stopped, a kernel that
is killed is started again without the cell that killed it, and what could be asked is asked.
"""

from __future__ import annotations

import asyncio
import math
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any

import numpy as np
from jupyter_core.utils import run_sync
from nbclient.exceptions import DeadKernelError
from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_output

from autograder import wire
from autograder.calling import NO_ANSWER, Answer, StudentError
from autograder.course.client import Client, log
from autograder.course.config import Limits
from autograder.kernel.sandbox import NONE
from autograder.kernel.warm import WarmParent, warm_parent

LARGEST_QUESTION = 10_000
"""Numbers that a question back may hold. The right functions run on the trusted side, and the
product of two long vectors would fill its memory. The judge's own inputs hold up to 4,000."""


class Session:
    """Runs a notebook in a kernel of its own and answers for the functions defined there.

    Use it as a context manager: on the way out the kernel and its folder are gone.

    Args:
        notebook: its cells get their outputs in place.
        limits: on time, and on how often the kernel is started again.
        files: a folder whose files the notebook finds beside it; None for none.
        modules: what the warm parent has imported already, if it is not running yet.
    """

    def __init__(
        self,
        notebook: NotebookNode,
        limits: Limits,
        files: str | None = None,
        modules: tuple[str, ...] = (),
    ) -> None:
        self.notebook = notebook
        self.limits = limits
        self.files = files
        self.modules = modules
        self.sandbox = NONE
        self.stopped: dict[int, str] = {}  # index of a cell -> why it is not run again
        self._ran: list[int] = []
        self._restarts = 0
        self._connection: socket.socket | None = None
        self._lines: socket.socket | None = None
        self._client: Any = None

    def __enter__(self) -> Session:
        self._began = time.monotonic()
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
        # A new folder each time: what the last kernel wrote must not meet the cells run again.
        # Its path is short: Unix sockets live in it.
        self._folder = tempfile.mkdtemp(prefix="lmkit-", dir=parent.folder if parent else None)
        try:
            self._start_kernel(parent)
        except RuntimeError as error:
            self._stop()
            raise RuntimeError(f"{error}: {parent.said() if parent else ''}") from error
        except BaseException:
            self._stop()
            raise

    def _start_kernel(self, parent: WarmParent | None) -> None:
        work = os.path.join(self._folder, "work")
        os.makedirs(work)
        if self.files:
            shutil.copytree(self.files, work, dirs_exist_ok=True)
        self._client = Client(
            self.notebook,
            resources={"metadata": {"path": work, "folder": self._folder}},
            timeout=self.limits.cell,
            startup_timeout=self.limits.startup,
            iopub_timeout=2,
            interrupt_on_timeout=True,
            allow_errors=True,
            shutdown_kernel="immediate",
            store_widget_state=False,
            error_on_timeout={
                "ename": "CellTimeoutError",
                "evalue": f"stopped after {self.limits.cell} seconds",
                "traceback": [f"This cell was stopped after {self.limits.cell} seconds."],
            },
            on_cell_executed=self._executed,
            log=log,
        )
        self._client.create_kernel_manager()
        self._lines, judge = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with judge:
            self._client.start_new_kernel(
                parent=parent, judge=judge.fileno(), allowed=self.limits.allowance
            )
        self._client.start_new_kernel_client()

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _stop(self) -> None:
        self._hang_up()
        if self._lines is not None:
            self._lines.close()
        client, self._client = self._client, None
        try:
            if client is not None and client.km is not None:
                client._cleanup_kernel()
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _restart(self) -> bool:
        """Start over without the cells that were stopped. False when that was done too often."""
        self._stop()
        if self._restarts >= self.limits.restarts:
            return False
        self._restarts += 1
        try:
            self._start()
        except (RuntimeError, OSError):  # it does not come up again
            self._client = None
            return False
        for index in self._ran:
            if index not in self.stopped:
                self._execute(index)
        return True

    # -- cells --------------------------------------------------------------------------------

    def run_cell(self, index: int) -> None:
        """Run one code cell; an error in it is an output like any other."""
        if self._client is None:
            self._note(index, "KernelDied", "Not run: the notebook's kernel kept on dying.")
            return
        if time.monotonic() - self._began > self.limits.whole:
            self.stopped[index] = "late"
            self._note(index, "TimeUp", f"Not run: the cells took over {self.limits.whole} s.")
            return
        self._ran.append(index)
        self._hang_up()  # a kernel that waits for questions runs no cell
        self._execute(index)
        if index in self.stopped:
            alive = self.stopped[index] == "timeout" and self._responds()
            if not alive:
                self._restart()

    def _execute(self, index: int) -> None:
        cell = self.notebook.cells[index]
        try:
            self._client.execute_cell(cell, index)
        except DeadKernelError:
            why = self._client.km.provisioner.why
            self.stopped[index] = why or "died"
            said = f": it used too much {why}." if why else "."
            self._note(index, "DeadKernelError", f"The kernel died while this cell ran{said}")
        except Exception:  # a forged message can raise anything in nbclient
            self.stopped[index] = "died"
            self._note(index, "KernelError", "What the kernel said of this cell made no sense.")

    def _executed(self, cell: NotebookNode, cell_index: int, execute_reply: dict[str, Any]) -> None:
        """nbclient tells how a cell ended; a timeout shows nowhere else."""
        content = execute_reply["content"]
        if content.get("ename") == "CellTimeoutError":
            self.stopped[cell_index] = "timeout"
            self._note(cell_index, "CellTimeoutError", content["evalue"])

    def _note(self, index: int, name: str, said: str) -> None:
        error = new_output("error", ename=name, evalue=said, traceback=[said])
        self.notebook.cells[index].outputs.append(error)

    def _responds(self) -> bool:
        """Does the kernel answer again after it was interrupted?"""
        client = self._client.kc
        return self._wait_reply(client, client.execute("", silent=True), self.limits.grace)

    def _wait_reply(self, client: Any, message: str, seconds: float) -> bool:
        async def reply() -> bool:
            async def matching() -> bool:
                while True:
                    answer = await client.shell_channel.get_msg(timeout=None)
                    if answer["parent_header"].get("msg_id") == message:
                        return True

            try:
                return await asyncio.wait_for(matching(), seconds)
            except Exception:  # too late, or forged
                return False

        return bool(run_sync(reply)())

    # -- questions ----------------------------------------------------------------------------

    def ask(
        self,
        function: str,
        arguments: tuple[Any, ...],
        substitutes: Mapping[str, Callable[..., Any]],
    ) -> Answer:
        """Call a function of the notebook; a Respondent for the judge."""
        if self._client is None:
            return _none("the notebook's kernel kept on dying")
        try:
            connection = self._connected()
            wire.send(
                connection,
                {"call": function, "arguments": arguments, "substitutes": list(substitutes)},
            )
            return self._answer(connection, len(arguments), substitutes)
        except ValueError as error:  # WireErrors above all
            self._restart()
            return _none(f"what came back was refused: {error}")
        except (EOFError, OSError):  # TimeoutError is an OSError, and is handled in _answer
            self._restart()
            return _none("the kernel died in this call")

    def _connected(self) -> socket.socket:
        if self._connection is None:
            assert self._lines is not None
            self._connection, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
            with theirs:
                socket.send_fds(self._lines, [b"!"], [theirs.fileno()])
            code = "__import__('autograder.kernel.answer', fromlist=['serve']).serve(globals())"
            self._client.kc.execute(code, silent=True, allow_stdin=False)
        self._connection.settimeout(self.limits.answer)
        return self._connection

    def _answer(
        self,
        connection: socket.socket,
        arguments: int,
        substitutes: Mapping[str, Callable[..., Any]],
    ) -> Answer:
        said = f"no answer within {self.limits.answer} seconds: does it loop for ever?"
        deadline = time.monotonic() + self.limits.answer  # for all questions back together
        while True:
            try:
                reply = wire.receive(connection, deadline - time.monotonic())
            except TimeoutError:
                return self._interrupted(said)
            if not isinstance(reply, dict):
                raise wire.WireError("not an answer")
            if "ask" in reply:
                wire.send(connection, _right(reply, substitutes))
                continue
            error, changed = reply.get("error", ["", "", ""]), reply.get("changed", [])
            if not isinstance(error, list) or len(error) != 3 or not isinstance(changed, list):
                raise wire.WireError("not an answer")
            if "error" in reply:
                return Answer(error=StudentError(*(str(part)[:500] for part in error)))
            positions = tuple(p for p in range(arguments) if p in changed)
            return Answer(reply.get("value"), positions)

    def _interrupted(self, said: str) -> Answer:
        """The call took too long: interrupt it, and if that does not help start over."""
        run_sync(self._client.km.interrupt_kernel)()
        self._hang_up()  # what is still on its way answers no later question
        if not self._responds():
            self._restart()
        return _none(said)


def _none(said: str) -> Answer:
    return Answer(error=StudentError(NO_ANSWER, said))


def _right(reply: dict[str, Any], substitutes: Mapping[str, Callable[..., Any]]) -> dict[str, Any]:
    """What a right helper function answers to a student's sequence function."""
    name = str(reply.get("ask"))
    arguments, named = reply.get("arguments"), reply.get("named")
    if name not in substitutes or not isinstance(arguments, tuple) or not isinstance(named, dict):
        raise wire.WireError("a question that was not allowed")
    try:
        if _size([arguments, named]) > LARGEST_QUESTION:
            raise ValueError("the arguments are larger than any that this exercise needs")
        return {"value": substitutes[name](*arguments, **named)}
    except Exception as error:
        return {"error": f"{name}: {error}"}


def _size(value: Any) -> int:
    """Numbers in a value. An axis of length 0 counts as 1: a loop may run over another."""
    if isinstance(value, np.ndarray):
        return math.prod(max(n, 1) for n in value.shape)
    if isinstance(value, dict):
        return _size(list(value.values()))
    if isinstance(value, (list, tuple)):
        return sum(map(_size, value))
    return 1
