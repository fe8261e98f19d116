"""What the grader tells a warm parent, and how the two find each other."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

SOCKET = "zygote"
READY = "ready"


@dataclass(frozen=True)
class Settings:
    """How the warm parent works.

    Attributes:
        folder: holds its socket and the folders of the sessions.
        modules: to import, besides `ALWAYS`; one that is not there is passed over.
        absent: frameworks are not there (absent.py).
        sandbox: which one submissions are held in.
        change_user: student code runs as another user than the grader.
        read: what a submission can read, and
        write: what it can write, besides its own folders.
        alone_read: what it can read when it has a process table of its own.
    """

    folder: str
    modules: tuple[str, ...]
    absent: bool
    sandbox: str
    change_user: bool
    read: tuple[str, ...]
    write: tuple[str, ...]
    alone_read: tuple[str, ...]

    def to_json(self) -> str:
        """JSON text."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Settings:
        """The settings that `to_json` wrote."""
        data: dict[str, Any] = json.loads(text)
        lists = {k: tuple(v) for k, v in data.items() if isinstance(v, list)}
        return cls(**{**data, **lists})
