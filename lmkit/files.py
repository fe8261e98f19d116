"""Files that are whole or not there."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class DamagedFileError(Exception):
    """One line that says which file is missing, damaged or another's, and what to do."""


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A name beside `path` to write to; what is written takes its place if nothing went wrong.

    Until then the old file stands, and whoever reads sees the old or the new one, never a half.
    """
    path = Path(path)
    part = path.with_name(f".{path.name}.{secrets.token_hex(6)}.part")
    try:
        yield part
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write a whole file at once; folders are made as needed.

    Args:
        path: the file to be; one that is there may be read-only, as nbgrader leaves its own.
        content: text is written as UTF-8.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as part:
        part.write_bytes(content.encode() if isinstance(content, str) else content)
