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
    "process_madvise": (440, 440), "process_mrelease": (448, 448),
    "migrate_pages": (256, 238), "move_pages": (279, 239),
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
SOCKETPAIR, SETSOCKOPT, MMAP, PRCTL = (53, 199), (54, 208), (9, 222), (157, 167)
PRLIMIT = (302, 261)
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
PRETENDED_TURNS = {  # of any process of the same user, at the processor and the disk: likewise
    "setpriority": (141, 140), "sched_setaffinity": (203, 122), "sched_setscheduler": (144, 119),
    "sched_setparam": (142, 118), "sched_setattr": (314, 274), "ioprio_set": (251, 30),
}  # fmt: skip
PRETENDED_GROUPS = {"setsid": (112, 157), "setpgid": (109, 154)}
"""Likewise: all stay in the group of the first, and can be killed by one call (keeper.py)."""
TRUNCATE = (76, 45)

NEW_NAMESPACES = 0x7E020000 | 0x80  # user, mount, pid, network, ipc, uts, cgroup; time
AF_UNIX, SOCK_STREAM, SOCK_SEQPACKET, SOCK_KIND = 1, 1, 5, 0xF
SO_SNDBUF, PR_SET_PDEATHSIG = 7, 1
SHARED_NOWHERE = 0x01 | 0x20  # mmap's MAP_SHARED and MAP_ANONYMOUS
EVERY_BIT = 0xFFFFFFFF
SET_NO_NEW_PRIVS, SET_SECCOMP, FILTER = 38, 22, 2

LOAD, AND, JUMP_EQUAL, JUMP_GREATER_EQUAL, RETURN = 0x20, 0x54, 0x15, 0x35, 0x06
NUMBER, ARCHITECTURE, ARGUMENTS = 0, 4, 16
ALLOW, ERRNO, KILL = 0x7FFF0000, 0x00050000, 0x80000000
X32 = 0x40000000


def is_supported() -> bool:
    """Are this machine's system calls known here?"""
    return platform.machine() in ARCHITECTURES


def filter_calls(alone: bool) -> None:
    """Refuse, from now on, what no notebook needs. Cannot be undone.

    Args:
        alone: the process has its own process table, network and file tree. One that has not is
            refused more: to connect to any socket and to send to one by its name, to signal
            others, to change their limits and turns, and the owner, mode or times of files; and
            what it starts stays in its process group.

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
        *_unless(CLONE[column], (0, NEW_NAMESPACES, [0])),
        *_answer(CLONE3[column], errno.ENOSYS),  # glibc then takes clone, whose flags can be read
        *_when(PRCTL[column], 0, EVERY_BIT, PR_SET_PDEATHSIG, 0),  # it ends with its keeper
        # Held by nobody as its own, and more than a watch over processes sees:
        *_when(MMAP[column], 3, SHARED_NOWHERE, SHARED_NOWHERE, errno.ENOMEM),
        *_when(SETSOCKOPT[column], 2, EVERY_BIT, SO_SNDBUF, 0),
    ]
    for numbers in REFUSED.values():
        steps += _answer(numbers[column], errno.EPERM)
    family = (0, EVERY_BIT, [AF_UNIX])
    if pid is None:
        steps += _unless(SOCKET[column], family)
    else:
        kind = (1, SOCK_KIND, [SOCK_STREAM, SOCK_SEQPACKET])  # no other sends without connecting
        for call in (SOCKET, SOCKETPAIR):
            steps += _unless(call[column], family, kind)
        steps += _answer(CONNECT[column], errno.EPERM) + _answer(TRUNCATE[column], errno.EPERM)
        steps += _unless(PRLIMIT[column], (0, EVERY_BIT, [0, pid]))
        pretended = PRETENDED | PRETENDED_TURNS | PRETENDED_GROUPS
        for numbers in pretended.values():
            steps += _answer(numbers[column], 0)
        for numbers in KILLS.values():
            steps += _unless(numbers[column], (0, EVERY_BIT, [pid]))
    return b"".join([*steps, _step(RETURN, ALLOW)])


def _step(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
    return struct.pack("HBBI", code, yes, no, value)


def _answer(number: int, code: int) -> list[bytes]:
    """This call returns an error; 0 for none."""
    if number < 0:
        return []
    return [_step(JUMP_EQUAL, number, 0, 1), _step(RETURN, ERRNO | code)]


def _when(number: int, argument: int, mask: int, value: int, code: int) -> list[bytes]:
    """This call returns an error, 0 for none, if the lower half of an argument is so."""
    if number < 0:
        return []
    return [
        _step(JUMP_EQUAL, number, 0, 5),
        _step(LOAD, ARGUMENTS + 8 * argument),
        _step(AND, mask),
        _step(JUMP_EQUAL, value, 0, 1),
        _step(RETURN, ERRNO | code),
        _step(RETURN, ALLOW),
    ]


def _unless(number: int, *tests: tuple[int, int, list[int]]) -> list[bytes]:
    """This call is refused unless all these arguments, masked, are among these values."""
    if number < 0:
        return []
    steps = []
    for argument, mask, values in tests:
        steps += [_step(LOAD, ARGUMENTS + 8 * argument), _step(AND, mask)]
        for left in range(len(values), 0, -1):
            steps.append(_step(JUMP_EQUAL, values[-left], left, 0))
        steps.append(_step(RETURN, ERRNO | errno.EPERM))
    steps.append(_step(RETURN, ALLOW))
    return [_step(JUMP_EQUAL, number, 0, len(steps)), *steps]
