"""Folders that a submission has written in are removed, however deep they are."""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
ALL_OF_IT = 0o700

ATTEMPTS = 3
"""What is just ending may still write, or remove, when the folder is gone through."""


def remove(folder: str | Path) -> bool:
    """Remove a folder with all that is in it. Follows no link, and raises no OSError.

    Folders can be nested deeper than Python's calls, and than a path is long. So each is moved up
    into the outermost one, emptied there, and removed.

    Returns:
        Whether it is gone. If not, it is said on standard error why.
    """
    why: OSError | None = None
    for _ in range(ATTEMPTS):
        if not os.path.lexists(folder):
            return True
        try:
            _remove(os.fspath(folder))
        except OSError as error:
            why = error
    if os.path.lexists(folder):
        sys.stderr.write(f"{folder} could not be removed: {why}\n")
        return False
    return True


def _remove(folder: str) -> None:
    top = _opened(folder, None)
    try:
        waiting = _emptied(top, top)
        while waiting:
            name = waiting.pop()
            below = _opened(name, top)
            try:
                waiting += _emptied(below, top)
            finally:
                os.close(below)
            os.rmdir(name, dir_fd=top)
    finally:
        os.close(top)
    os.rmdir(folder)


def _emptied(folder: int, top: int) -> list[str]:
    """Remove files, and move folders up into the top. Returns what these are called there."""
    moved = []
    with os.scandir(folder) as found:
        entries = list(found)  # in a folder that changes meanwhile, one could be met twice
    for entry in entries:
        if not entry.is_dir(follow_symlinks=False):
            os.unlink(entry.name, dir_fd=folder)
            continue
        name = secrets.token_hex(8)
        try:
            os.rename(entry.name, name, src_dir_fd=folder, dst_dir_fd=top)
        except PermissionError:
            _allow(entry.name, folder)
            os.rename(entry.name, name, src_dir_fd=folder, dst_dir_fd=top)
        moved.append(name)
    return moved


def _opened(name: str, parent: int | None) -> int:
    """A folder, open, in which everything may be removed."""
    if not os.access(name, os.R_OK | os.W_OK | os.X_OK, dir_fd=parent, effective_ids=True):
        _allow(name, parent)
    return os.open(name, FOLDER, dir_fd=parent)


def _allow(name: str, parent: int | None) -> None:
    """A folder can be made so that its own user may not read it, nor change what is in it."""
    handle = os.open(name, os.O_PATH | FOLDER, dir_fd=parent)  # so that no link is followed
    try:
        os.chmod(f"/proc/self/fd/{handle}", ALL_OF_IT)
    finally:
        os.close(handle)
