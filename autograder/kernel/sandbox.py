"""What a submission may see and use, and by which means of this machine it is held to that.

bubblewrap builds the room: system and interpreter read-only, nothing else. In it every submission
has a process table, a network and folders of its own (namespaces.py), and locks itself in once
more (landlock.py, seccomp.py). Without bubblewrap these two stand alone.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from autograder.kernel import landlock, seccomp
from autograder.kernel.absent import framework_folders
from autograder.kernel.gpus import device_files, handed_round

BUBBLEWRAP, LANDLOCK, NONE = "bubblewrap", "landlock", "none"

CLASS, HOME = "/class", "/home/student"
"""Where the sessions' folders and a submission's own folder are, inside bubblewrap's room."""

SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
ETC = (
    "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives", "localtime", "timezone",
    "passwd", "group", "nsswitch.conf", "fonts", "mime.types",
)  # fmt: skip
PROC = (
    "/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/filesystems",
    "/proc/sys/kernel", "/proc/sys/vm", "/sys/devices/system",
)  # fmt: skip
DEVICES = tuple(f"/dev/{name}" for name in ("null", "full", "random", "urandom"))
"""Not all of /dev: disks are in it, and may be its user's. Nor /dev/zero: shared, it is memory that
nobody has."""

NEEDED = ("__init__", "calling", "notebook", "render", "verdict", "wire", "kernel")
"""The parts of autograder that a submission's process imports; the others are out of its sight."""

OPEN = ("__init__", "grammar", "inside")
"""The parts of lmkit that it can import: see `start.FOR_STUDENTS`."""

ROOT_NEEDS = (
    "SYS_ADMIN",
    "SYS_PTRACE",
    "SETUID",
    "SETGID",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "KILL",
)
OTHERS_NEED = ("SYS_ADMIN", "SYS_PTRACE")


class NoSandbox(RuntimeError):
    """This machine has nothing that could hold a submission."""


@dataclass(frozen=True)
class Allowance:
    """What a submission may use.

    Attributes:
        memory: bytes, of all its processes together.
        processes: processes and threads.
        disk: bytes that its folder can hold; also the largest file.
        cpu: seconds that one of its processes may compute.
    """

    memory: int = 4 * 2**30
    processes: int = 256
    disk: int = 256 * 2**20
    cpu: int = 1200


@cache
def find_sandbox() -> str:
    """The best that this machine has: BUBBLEWRAP, LANDLOCK or NONE."""
    if not sys.platform.startswith("linux"):
        return NONE
    program = shutil.which("bwrap")
    if program:
        trial = [program, *_unshared(), "--ro-bind", "/", "/", "--proc", "/proc", "true"]
        if not subprocess.run(trial, capture_output=True).returncode:
            return BUBBLEWRAP
    return LANDLOCK if landlock.version() and seccomp.is_supported() else NONE


def require_sandbox(unsafe: bool) -> str:
    """The best that this machine has, or NONE if that is allowed.

    Raises:
        NoSandbox: if there is nothing, and that is not allowed.
    """
    found = find_sandbox()
    if found == NONE and not unsafe:
        raise NoSandbox(
            "this machine has no sandbox: student code could read and change what you can. "
            "Install bubblewrap (Debian: apt install bubblewrap), or grade where Linux is 5.13 "
            "or newer; --unsafe goes on without, for a class that you trust with your account"
        )
    return found


def room(folder: str, command: list[str], absent: bool) -> list[str]:
    """bubblewrap's command line: a room with system and interpreter, and one folder to write to.

    Args:
        folder: holds the folders of all sessions; is /class inside.
        command: what runs in the room.
        absent: frameworks are hidden.
    """
    program = shutil.which("bwrap") or "bwrap"
    line = [program, *_unshared(), "--as-pid-1", "--new-session", "--hostname", "student"]
    line += ["--tmpfs", "/tmp"]  # first: the clone or its Python may lie in /tmp
    for path in SYSTEM:
        if os.path.islink(path):
            line += ["--symlink", os.readlink(path), path]
        elif os.path.isdir(path):
            line += ["--ro-bind", path, path]
    hidden = hidden_paths(absent)
    for path in readable_files():
        if not path.startswith(SYSTEM):
            line += [*_folders_above(path), "--ro-bind-try", path, path]
    for path in hidden:
        line += ["--tmpfs", path]
    for path in (*_below(hidden, readable_files()), *own_parts()):
        line += [*_folders_above(path), "--ro-bind", path, path]
    line += ["--proc", "/proc", "--dev", "/dev", "--dir", "/lmkit"]
    for path in device_files(handed_round()):
        line += ["--dev-bind", path, path]
    line += ["--dir", HOME, "--bind", folder, CLASS, "--remount-ro", "/", "--chdir", "/"]
    return [*line, *command]


def _folders_above(path: str) -> list[str]:
    """bubblewrap makes what it needs itself, but closed to other users."""
    above = reversed([str(folder) for folder in Path(path).parents if folder != Path("/")])
    return [part for folder in above for part in ("--dir", folder)]


def _unshared() -> list[str]:
    kinds = ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts"]
    kinds += [] if os.getuid() == 0 else ["--unshare-user"]
    powers = ROOT_NEEDS if os.getuid() == 0 else OTHERS_NEED
    dropped = ["--cap-drop", "ALL"]
    return kinds + dropped + [part for power in powers for part in ("--cap-add", f"CAP_{power}")]


def readable_files() -> list[str]:
    """What a submission can read, but for its own folder and `own_parts`: system, interpreter,
    and the folders of data that the environment names."""
    found = [*SYSTEM, *(f"/etc/{name}" for name in ETC), *interpreter_paths()]
    for name in ("LMKIT_DATA", "NLTK_DATA"):
        found += [p for p in os.environ.get(name, "").split(os.pathsep) if os.path.isabs(p)]
    return [path for path in dict.fromkeys(found) if os.path.exists(path)]


def can_change_user(sandbox: str) -> bool:
    """Is the grader root, and can others run this Python? In bubblewrap's room they always can."""
    if os.getuid() != 0:
        return False
    return sandbox == BUBBLEWRAP or all(map(_is_open, interpreter_paths()))


def _is_open(path: str) -> bool:
    """Can every user get there?"""
    real = Path(path).resolve()
    return all(folder.stat().st_mode & 0o001 for folder in (real, *real.parents))


def interpreter_paths() -> list[str]:
    """This Python, its virtual environment and its packages."""
    found = [sys.base_prefix, sys.prefix, os.path.realpath(sys.executable)]
    found += package_folders()
    kept: list[str] = []
    for path in sorted({os.path.abspath(p) for p in found}, key=len):
        inside = any(path == k or path.startswith(f"{k}{os.sep}") for k in kept)
        if not inside:
            kept.append(path)
    return kept


def package_folders() -> list[str]:
    """The folders on Python's path that packages are installed in."""
    return [p for p in sys.path if p and any(Path(p).glob("*.dist-info"))]


def own_parts() -> list[str]:
    """The files of autograder and lmkit that a submission's process imports."""
    package, library = repository() / "autograder", repository() / "lmkit"
    paths = [package / name if name == "kernel" else package / f"{name}.py" for name in NEEDED]
    return [str(path) for path in (*paths, *(library / f"{name}.py" for name in OPEN))]


def hidden_paths(absent: bool) -> list[str]:
    """Where right answers lie within what can be read: this repository, installed copies of it.

    Args:
        absent: frameworks, too.
    """
    found = [
        str(folder)
        for base in {*sys.path, sys.prefix}
        for name in ("lmkit", "autograder")
        if (folder := Path(base or os.curdir, name).absolute()).is_dir()
    ]
    found += [str(repository()), *(framework_folders() if absent else ())]
    trees = [path for path in readable_files() if os.path.isdir(path)]
    inside = [f for f in found if any(f.startswith(f"{tree}{os.sep}") for tree in trees)]
    return sorted({os.path.realpath(path) for path in inside}, key=len)


def _below(folders: list[str], paths: list[str]) -> list[str]:
    return [p for p in paths if any(p.startswith(f"{f}{os.sep}") for f in folders)]


def repository() -> Path:
    """The folder that this package lies in, with lmkit beside it."""
    return Path(__file__).resolve().parent.parent.parent


def locked_in_paths(alone: bool, absent: bool) -> tuple[list[str], list[str]]:
    """What Landlock allows besides a submission's own folders: to read, and to write.

    Args:
        alone: it has its own process table, so that /proc shows nothing of others.
        absent: frameworks are hidden.
    """
    read: list[str] = []
    hidden = hidden_paths(absent)
    for path in readable_files():
        read += _without(path, hidden)
    return [*read, *(("/proc",) if alone else PROC)], [*DEVICES, *device_files(handed_round())]


def _without(path: str, hidden: list[str]) -> list[str]:
    """A tree as a list of its parts, without what is hidden in it. Landlock can only allow."""
    if path in hidden:
        return []
    if not os.path.isdir(path) or not _below([path], hidden):
        return [path]
    return [p for name in sorted(os.listdir(path)) for p in _without(f"{path}/{name}", hidden)]
