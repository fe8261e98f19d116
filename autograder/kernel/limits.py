"""Limits on what a submission uses: the kernel's own (rlimits), and a watch over all of it."""

from __future__ import annotations

import math
import os
import resource
import select
import socket
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

EVERY = 0.1
"""Seconds between two looks."""

MOST_SOCKETS = 200
"""Files in the folder of sockets. A kernel makes five."""

OPEN_FILES = 1024

SOCKET_BUFFER = 2**18
"""Bytes that wait in a socket at most, where it cannot be told to hold more (seccomp.py)."""

GONE = (FileNotFoundError, NotADirectoryError)
"""Removed since it was seen, or another thing now."""

MOST_FILES = 20_000
"""Files that a submission can have. Empty ones take memory, too, and a watch over them time."""


def set_limits(allowed: dict[str, int]) -> None:
    """Put this process and its children under limits that they cannot raise again."""
    for what, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_DATA, allowed["memory"]),
        (resource.RLIMIT_FSIZE, allowed["disk"]),
        (resource.RLIMIT_CPU, allowed["cpu"]),
        (resource.RLIMIT_NPROC, allowed["processes"]),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
    ):
        _, hard = resource.getrlimit(what)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (most, most))


def watch(
    connection: socket.socket, handle: int, kernel: int, allowed: dict[str, int], session: str
) -> str:
    """Wait until the kernel ends, the grader hangs up, or too much is used.

    Args:
        connection: to the grader.
        handle: the kernel's pidfd.
        kernel: its process id.
        allowed: as `Allowance`.
        session: the folder of its sockets, and of its files where it has no mounts of its own.

    Returns:
        What there was too much of: "processes", "memory", "disk"; "" otherwise.
    """
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    poll.register(handle, select.POLLIN)
    while not poll.poll(EVERY * 1000):
        pids = [kernel, *descendants(kernel)]
        if len(pids) > allowed["processes"]:  # the kernel's own limit does not hold for root
            return "processes"
        if memory(pids, allowed["memory"]) > allowed["memory"]:
            return "memory"
        if _files(session) > MOST_SOCKETS or size(session) > allowed["disk"]:
            return "disk"
    return ""


def memory(pids: list[int], limit: int) -> int:
    """Bytes that processes hold.

    What is shared between them counts several times at first; only when that is over the limit it
    is looked at closely, which takes longer.
    """
    roughly = sum(map(_own_memory, pids))
    if roughly <= limit:
        return roughly
    sockets = {socket for pid in pids for socket in _sockets(pid)}
    return sum(map(_share_of_memory, pids)) + len(sockets) * SOCKET_BUFFER


def _own_memory(pid: int) -> int:
    held = _kilobytes(f"/proc/{pid}/status", ("RssAnon:", "RssShmem:", "VmSwap:", "VmPTE:"))
    return held + _open_files(pid) * SOCKET_BUFFER


def _share_of_memory(pid: int) -> int:
    held = _kilobytes(f"/proc/{pid}/smaps_rollup", ("Pss:", "SwapPss:"))
    return held + _kilobytes(f"/proc/{pid}/status", ("VmPTE:",))


def _open_files(pid: int) -> int:
    """How many files are open, at once and without a look at each; 0 before Linux 6.2."""
    try:
        return os.stat(f"/proc/{pid}/fd").st_size
    except OSError:
        return 0


def _sockets(pid: int) -> Iterator[str]:
    folder = f"/proc/{pid}/fd"
    with suppress(OSError):
        for name in os.listdir(folder):
            with suppress(OSError):
                leads_to = os.readlink(f"{folder}/{name}")
                if leads_to.startswith("socket:"):
                    yield leads_to


def _kilobytes(path: str, names: tuple[str, ...]) -> int:
    try:
        lines = Path(path).read_text().splitlines()
    except OSError:  # it has ended
        return 0
    return 1024 * sum(int(line.split()[1]) for line in lines if line.startswith(names))


def descendants(pid: int, zombies: bool = True) -> list[int]:
    """Process ids of the children, their children and so on."""
    found, waiting = [], [pid]
    while waiting:
        children = list(_children(waiting.pop()))
        found += [c for c in children if zombies or not _is_zombie(c)]
        waiting += children
    return found


def _children(pid: int) -> Iterator[int]:
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return
    for thread in threads:
        try:
            yield from map(int, Path(f"/proc/{pid}/task/{thread}/children").read_text().split())
        except OSError:
            continue


def _is_zombie(pid: int) -> bool:
    try:
        return "Z" in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True


def _files(folder: str) -> int:
    return len(os.listdir(folder))


def size(folder: str) -> float:
    """Bytes in a folder. Not those of a folder in memory that is mounted elsewhere.

    Infinite where that cannot be found out, or takes long: paths that are too long, folders that
    may not be read, very many files.
    """
    total, files, waiting = 0, 0, [folder]
    try:
        while waiting:
            with suppress(*GONE), os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    with suppress(*GONE):
                        info = entry.stat(follow_symlinks=False)
                        total += info.st_blocks * 512
                        if stat.S_ISDIR(info.st_mode):
                            waiting.append(entry.path)
                    files += 1
                    if files > MOST_FILES:
                        return math.inf
    except OSError:
        return math.inf
    return total
