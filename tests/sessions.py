"""Sessions with a few cells, and what is asked and read of them."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from nbformat.v4 import new_code_cell, new_notebook
from small_homework import QUICK

from autograder.course.config import Limits
from autograder.course.session import Session

PID = "import os\n\n\ndef pid():\n    return os.getpid()"


def session_of(*sources: str, limits: Limits = QUICK, files: str | None = None) -> Session:
    """A session with these cells, none of them run yet."""
    cells = [new_code_cell(source, id=f"cell-{n}") for n, source in enumerate(sources)]
    return Session(new_notebook(cells=cells), limits, files)


def run_all(session: Session) -> Session:
    """Run every cell."""
    for index in range(len(session.notebook.cells)):
        session.run_cell(index)
    return session


def ask(session: Session, function: str, *arguments: Any, **substitutes: Any) -> Any:
    """The value that comes back, or the StudentError."""
    answer = session.ask(function, arguments, substitutes)
    return answer.error or answer.value


def texts(session: Session, index: int) -> list[str]:
    """What a cell's outputs say, by kind."""
    said = []
    for output in session.notebook.cells[index].outputs:
        data = output.get("data", {}).get("text/plain", "")
        said.append(f"{output.output_type}: {output.get('text', data) or output.get('ename')}")
    return said


def kernel_of(session: Session) -> int:
    """The process id of its kernel, as seen from here: inside it is 1 in a table of its own."""
    assert session._process is not None
    return session._process.pid


def running(*command: str) -> list[int]:
    """The processes that run this command line, or will in a moment: it comes last in a start."""
    wanted = b"".join(part.encode() + b"\0" for part in command)
    found: list[int] = []
    for _ in range(50):
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            with suppress(OSError):
                if path.read_bytes() == wanted:
                    found.append(int(path.parent.name))
        if found:
            break
        time.sleep(0.05)
    return found


def ended(pid: int) -> bool:
    """Whether a process is gone, or will be as soon as its parent looks."""
    for _ in range(50):
        try:
            os.kill(pid, 0)
            if "Z" in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]:
                return True
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.05)
    return False
