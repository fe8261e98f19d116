"""IPython in a submission's process, without a kernel around it.

A cell comes in over a line to the grader, and what it shows goes back over the same line while it
runs. A Jupyter kernel would do the same with three threads and five sockets, and take longer to
start and to be heard than most notebooks take to run.
"""

from __future__ import annotations

import ast
import asyncio
import os
import re
import socket
import sys
import tempfile
import warnings
from contextlib import suppress
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Type
from traitlets.config import Config

from autograder.kernel.line import LINE, PIECE, Stream, flush

BACKEND = "matplotlib_inline.backend_inline"
NOT_AS_IT_IS = re.compile(r"\A\s|^\s*In \[|[\r\f\v\0\x1c-\x1e\x85\u2028\u2029]", re.MULTILINE)
"""What is Python, and read otherwise by IPython: empty lines in front, a prompt ("In [1]: x"), and
what ends a line nowhere else."""

BEYOND_PYTHON = re.compile(r"^\s*(?:[%!?,;/]|>>>|\.\.\.)|=\s*[%!]|\?[ \t]*(?:#.*)?$", re.MULTILINE)
"""What IPython has beyond Python: commands and prompts at a line's beginning, a command's value, a
question mark at a line's end. It may be a text's, too."""


class Results(DisplayHook):
    """Shows the value of a cell's last line."""

    def write_output_prompt(self) -> None:
        """None: a notebook has its own."""

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        """Send all formats."""
        flush()
        LINE.show(result=format_dict, metadata=md_dict or {})

    def finish_displayhook(self) -> None:
        """Nothing is left to be printed."""


class Publisher(DisplayPublisher):
    """Shows what `display` is given."""

    def publish(self, data: Any, metadata: Any = None, *_: Any, transient: Any = None,
                update: bool = False, **__: Any) -> None:  # fmt: skip
        """Send all formats."""
        flush()
        handle = (transient or {}).get("display_id")
        kind = "update" if update else "display"
        LINE.show(**{kind: data}, metadata=metadata or {}, id=handle)

    def clear_output(self, wait: bool = False) -> None:
        """Take away what the cell has shown so far; with `wait`, when more is shown."""
        flush()
        LINE.show(clear=bool(wait))


class Shell(InteractiveShell):
    """IPython whose cells, outputs and errors go over the line."""

    displayhook_class = Type(Results)
    display_pub_class = Type(Publisher)
    system = InteractiveShell.system_raw  # the other way takes a terminal, and a sandbox has none
    events_loop: asyncio.AbstractEventLoop | None = None

    def transform_cell(self, raw_cell: str) -> str:
        """As IPython does it, token by token; what is Python already is left as it is."""
        if _stays_as_it_is(raw_cell):
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
        flush()
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


def _stays_as_it_is(source: str) -> bool:
    """Would IPython leave this cell as it is? Of a single line that cannot be told."""
    if "\n" not in source.strip() or NOT_AS_IT_IS.search(source):
        return False
    return not BEYOND_PYTHON.search(source) or _parses(source)


def _parses(source: str) -> bool:
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
        flush()
        _show_written()
    finally:
        LINE.end()


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
