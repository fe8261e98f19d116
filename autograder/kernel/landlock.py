"""Landlock: a process gives up, for itself and all that it starts, what it will not need.

Linux's own interface (landlock(7)), by system call: no library is needed for three of them.
"""

from __future__ import annotations

import ctypes
import os
import stat
from collections.abc import Iterable

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
VERSION_FLAG, PATH_BENEATH = 1, 1

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
MAKE_CHAR, MAKE_SOCK, MAKE_BLOCK = 1 << 6, 1 << 9, 1 << 11
TRUNCATE, IOCTL_DEV = 1 << 14, 1 << 15
READ = EXECUTE | READ_FILE | READ_DIR
OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV
"""What can be allowed for a file; the others make sense for folders alone."""

HANDLED_BY = {1: 0x1FFF, 2: 0x3FFF, 3: 0x7FFF, 4: 0x7FFF, 5: 0xFFFF}
"""The rights on files that each version knows; from 5 on the same."""

ALL_TCP, ALL_SCOPES = 3, 3
"""No bind and connect over TCP (version 4); no abstract sockets, no signals out (version 6)."""

libc = ctypes.CDLL(None, use_errno=True)


class _Ruleset(ctypes.Structure):
    _fields_ = (
        ("files", ctypes.c_uint64),
        ("network", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def version() -> int:
    """Of the running kernel's Landlock; 0 if it has none."""
    found: int = libc.syscall(CREATE_RULESET, None, ctypes.c_size_t(0), VERSION_FLAG)
    return max(found, 0)


def lock_in(read: Iterable[str], write: Iterable[str], sockets: Iterable[str]) -> None:
    """From now on this thread and its children reach these paths and no others.

    Args:
        read: files and folders to read and execute. What does not exist is passed over.
        write: files and folders to do everything with, but for making devices.
        sockets: folders in which sockets can be made, and nothing else.

    Raises:
        OSError: if the kernel has no Landlock, or the process may still gain privileges.
    """
    found = version()
    files = HANDLED_BY.get(found, HANDLED_BY[5])
    rules = _Ruleset(files, ALL_TCP if found >= 4 else 0, ALL_SCOPES if found >= 6 else 0)
    size = 24 if found >= 6 else 16 if found >= 4 else 8
    ruleset = _call(CREATE_RULESET, ctypes.byref(rules), ctypes.c_size_t(size), 0)
    try:
        for paths, rights in (
            (read, READ),
            (write, files & ~(MAKE_CHAR | MAKE_BLOCK)),
            (sockets, MAKE_SOCK),
        ):
            for path in paths:
                _allow(ruleset, path, rights & files)
        _call(RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except (FileNotFoundError, PermissionError):
        return
    try:
        if not stat.S_ISDIR(os.fstat(parent).st_mode):
            rights &= OF_FILES
        rule = _PathBeneath(rights, parent)
        _call(ADD_RULE, ruleset, PATH_BENEATH, ctypes.byref(rule), 0)
    finally:
        os.close(parent)


def _call(number: int, *arguments: object) -> int:
    result: int = libc.syscall(number, *arguments)
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"Landlock: {os.strerror(code)}")
    return result
