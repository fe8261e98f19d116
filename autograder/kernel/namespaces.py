"""A submission's own view of the machine: its own process table, file tree, network and user."""

from __future__ import annotations

import ctypes
import os
import shutil
import struct

from autograder.kernel.limits import MOST_FILES

NEW_MOUNTS, NEW_IPC, NEW_USER, NEW_PIDS, NEW_NETWORK = (
    0x00020000, 0x08000000, 0x10000000, 0x20000000, 0x40000000,
)  # fmt: skip
READ_ONLY, NO_SETUID, NO_DEVICES, REMOUNT = 1, 2, 4, 32
BIND, RECURSIVE, PRIVATE = 4096, 16384, 1 << 18
SET_DUMPABLE, SET_PARENT_DEATH_SIGNAL, SET_CHILD_SUBREAPER, SET_NO_NEW_PRIVS = 4, 1, 36, 38
CAPABILITIES_VERSION_3 = 0x20080522

libc = ctypes.CDLL(None, use_errno=True)


def enter(user: int, group: int) -> None:
    """From now on: own network, and children in a process table of their own.

    Without root there is a user namespace, too, in which processes are counted apart.

    Args:
        user: this process's.
        group: this process's.

    Raises:
        OSError: if that is not allowed here.
    """
    flags = NEW_IPC | NEW_PIDS | NEW_NETWORK
    _checked(libc.unshare(flags if user == 0 else flags | NEW_USER))
    if user != 0:
        _write("/proc/self/setgroups", "deny")
        _write("/proc/self/uid_map", f"{user} {user} 1")
        _write("/proc/self/gid_map", f"{group} {group} 1")


def furnish(
    session: str, work: str, home: str, temporary: str, hidden: str, size: int, user: int
) -> None:
    """Mount what a submission sees, in the first process of its process table.

    Args:
        session: holds its sockets; becomes /lmkit.
        work: what its home folder holds at the beginning.
        home: its home folder; like /tmp and /dev/shm held in memory.
        temporary: its folder for temporary files: /tmp, or one in home if /tmp holds what it reads.
        hidden: the folder with all sessions; nothing is seen of it any more.
        size: bytes that each of these folders can hold.
        user: who they belong to.
    """
    _checked(libc.unshare(NEW_MOUNTS))
    _mount("none", "/", None, RECURSIVE | PRIVATE)
    _mount(session, "/lmkit", None, BIND)
    for folder in (home, "/dev/shm", *(["/tmp"] if temporary == "/tmp" else [])):
        _mount("tmpfs", folder, "tmpfs", NO_SETUID | NO_DEVICES, _options(size, user))
    if temporary != "/tmp":
        _mount("none", "/tmp", None, REMOUNT | BIND | READ_ONLY | NO_SETUID | NO_DEVICES)
    shutil.copytree(work, home, dirs_exist_ok=True, symlinks=True)
    if os.getuid() != user:
        for folder, _, files in os.walk(home):
            for path in (folder, *(os.path.join(folder, f) for f in files)):
                os.chown(path, user, user, follow_symlinks=False)
    _mount("tmpfs", hidden, "tmpfs", READ_ONLY | NO_SETUID | NO_DEVICES, "size=4k,mode=0")
    _mount("proc", "/proc", "proc", NO_SETUID | NO_DEVICES)


def try_mounts() -> bool:
    """Can /proc be mounted in the first process of this process table?

    Raises:
        OSError: if not, with the reason.
    """
    _checked(libc.unshare(NEW_MOUNTS))
    _mount("none", "/", None, RECURSIVE | PRIVATE)
    _mount("proc", "/proc", "proc", NO_SETUID | NO_DEVICES)
    return True


def _options(size: int, user: int) -> str:
    return f"size={size},nr_inodes={MOST_FILES},mode=0700,uid={user},gid={user}"


def become(user: int) -> None:
    """Give up root for another user, and all powers."""
    if os.getuid() == 0 and user != 0:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
        _checked(libc.prctl(SET_DUMPABLE, 1, 0, 0, 0))  # else its own /proc entries are root's
    else:
        head = ctypes.create_string_buffer(struct.pack("Ii", CAPABILITIES_VERSION_3, 0))
        none = ctypes.create_string_buffer(24)
        _checked(libc.capset(head, none))


def die_with_parent(signal: int) -> None:
    """Get this signal when the process that started this one ends."""
    _checked(libc.prctl(SET_PARENT_DEATH_SIGNAL, signal, 0, 0, 0))


def adopt_orphans() -> None:
    """What this process's descendants leave behind without a parent becomes its child."""
    _checked(libc.prctl(SET_CHILD_SUBREAPER, 1, 0, 0, 0))


def no_new_privileges() -> None:
    """No program that is started from now on gives more rights than there are."""
    _checked(libc.prctl(SET_NO_NEW_PRIVS, 1, 0, 0, 0))


def _mount(source: str, target: str, kind: str | None, flags: int, options: str = "") -> None:
    words = [word.encode() if word else None for word in (source, kind, options)]
    _checked(libc.mount(words[0], target.encode(), words[1], flags, words[2]), target)


def _write(path: str, text: str) -> None:
    with open(path, "w") as stream:
        stream.write(text)


def _checked(result: int, what: str = "") -> None:
    if result:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), what or None)
