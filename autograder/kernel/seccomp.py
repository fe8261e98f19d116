"""A filter of system calls: what no notebook needs, and what would lead out of a sandbox.

Classic BPF as in seccomp(2), assembled here: a list of refusals is all there is to it.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct

ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
COLUMN = {"x86_64": 0, "aarch64": 1}

REFUSED = {  # system call: its number on x86_64, on aarch64 (-1: has none)
    # other processes
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "kcmp": (312, 272), "pidfd_getfd": (438, 438), "perf_event_open": (298, 241),
    # namespaces and mounts
    "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39),
    "pivot_root": (155, 41), "chroot": (161, 51), "open_tree": (428, 428),
    "move_mount": (429, 429), "fsopen": (430, 430), "fsconfig": (431, 431),
    "fsmount": (432, 432), "fspick": (433, 433), "mount_setattr": (442, 442),
    "open_by_handle_at": (304, 265), "fanotify_init": (300, 262),
    # the kernel itself
    "bpf": (321, 280), "userfaultfd": (323, 282), "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426), "io_uring_register": (427, 427), "init_module": (175, 105),
    "finit_module": (313, 273), "delete_module": (176, 106), "kexec_load": (246, 104),
    "kexec_file_load": (320, 294), "reboot": (169, 142), "swapon": (167, 224),
    "swapoff": (168, 225), "acct": (163, 89), "quotactl": (179, 60), "syslog": (103, 116),
    "iopl": (172, -1), "ioperm": (173, -1), "modify_ldt": (154, -1),
    "settimeofday": (164, 170), "clock_settime": (227, 112), "sethostname": (170, 161),
    "setdomainname": (171, 162),
    # what outlives a process or counts as nobody's memory
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
    "shmget": (29, 194), "msgget": (68, 186), "semget": (64, 190), "mq_open": (240, 180),
    "memfd_create": (319, 279), "memfd_secret": (447, 447),
}  # fmt: skip
CLONE, CLONE3, SOCKET, CONNECT = (56, 220), (435, 435), (41, 198), (42, 203)
KILLS = {  # signals to others; the first argument is a process
    "kill": (62, 129), "tkill": (200, 130), "tgkill": (234, 131),
    "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240),
    "pidfd_send_signal": (424, 424),
}  # fmt: skip
PRETENDED = {  # Landlock does not cover these: they do nothing and say that they did
    "chmod": (90, -1), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452),
    "chown": (92, -1), "fchown": (93, 55), "lchown": (94, -1), "fchownat": (260, 54),
    "utime": (132, -1), "utimes": (235, -1), "futimesat": (261, -1), "utimensat": (280, 88),
    "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7),
    "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16),
}  # fmt: skip
TRUNCATE = (76, 45)

NEW_NAMESPACES = 0x7E020000 | 0x80  # user, mount, pid, network, ipc, uts, cgroup; time
AF_UNIX = 1
SET_NO_NEW_PRIVS, SET_SECCOMP, FILTER = 38, 22, 2

LOAD, JUMP_EQUAL, JUMP_GREATER_EQUAL, JUMP_ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16
ALLOW, ERRNO, KILL = 0x7FFF0000, 0x00050000, 0x80000000
X32 = 0x40000000


def is_supported() -> bool:
    """Are this machine's system calls known here?"""
    return platform.machine() in ARCHITECTURES


def filter_calls(alone: bool) -> None:
    """Refuse, from now on, what no notebook needs. Cannot be undone.

    Args:
        alone: the process has its own process table, network and file tree. One that has not is
            refused more: to connect to any socket, to signal others, and to change the owner,
            mode or times of files.

    Raises:
        OSError: if this machine's system calls are not known here or the kernel says no.
    """
    if not is_supported():
        raise OSError(errno.ENOSYS, f"no list of system calls for {platform.machine()}")
    program = _program(platform.machine(), None if alone else os.getpid())
    libc = ctypes.CDLL(None, use_errno=True)
    filters = ctypes.create_string_buffer(program)
    head = struct.pack("HxxxxxxQ", len(program) // 8, ctypes.addressof(filters))
    _prctl(libc, SET_NO_NEW_PRIVS, 1, 0)
    _prctl(libc, SET_SECCOMP, FILTER, ctypes.create_string_buffer(head))


def _prctl(libc: ctypes.CDLL, option: int, second: object, third: object) -> None:
    second = ctypes.c_ulong(second) if isinstance(second, int) else second
    third = ctypes.c_ulong(third) if isinstance(third, int) else third
    if libc.prctl(option, second, third, ctypes.c_ulong(0), ctypes.c_ulong(0)):
        code = ctypes.get_errno()
        raise OSError(code, f"seccomp: {os.strerror(code)}")


def _program(machine: str, pid: int | None) -> bytes:
    column = COLUMN[machine]
    steps = [
        _step(LOAD, ARCHITECTURE),
        _step(JUMP_EQUAL, ARCHITECTURES[machine], 1, 0),
        _step(RETURN, KILL),
        _step(LOAD, NUMBER),
        _step(JUMP_GREATER_EQUAL, X32, 0, 1),
        _step(RETURN, ERRNO | errno.ENOSYS),
        *_when(CLONE[column], JUMP_ANY_BIT, NEW_NAMESPACES, on=True),
        *_answer(CLONE3[column], errno.ENOSYS),  # glibc then takes clone, whose flags can be read
        *_when(SOCKET[column], JUMP_EQUAL, AF_UNIX, on=False),
    ]
    for numbers in REFUSED.values():
        steps += _answer(numbers[column], errno.EPERM)
    if pid is not None:
        steps += _answer(CONNECT[column], errno.EPERM) + _answer(TRUNCATE[column], errno.EPERM)
        for numbers in PRETENDED.values():
            steps += _answer(numbers[column], 0)
        for numbers in KILLS.values():
            steps += _when(numbers[column], JUMP_EQUAL, pid, on=False)
    return b"".join([*steps, _step(RETURN, ALLOW)])


def _step(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
    return struct.pack("HBBI", code, yes, no, value)


def _answer(number: int, code: int) -> list[bytes]:
    """This call returns an error; 0 for none."""
    if number < 0:
        return []
    return [_step(JUMP_EQUAL, number, 0, 1), _step(RETURN, ERRNO | code)]


def _when(number: int, test: int, value: int, *, on: bool) -> list[bytes]:
    """This call is refused if its first argument passes a test (or does not)."""
    if number < 0:
        return []
    return [
        _step(JUMP_EQUAL, number, 0, 4),
        _step(LOAD, FIRST_ARGUMENT),
        _step(test, value, 0, 1) if on else _step(test, value, 1, 0),
        _step(RETURN, ERRNO | errno.EPERM),
        _step(RETURN, ALLOW),
    ]
