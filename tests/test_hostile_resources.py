"""Submissions that take everything: each costs itself, and the grader and the others go on."""

from __future__ import annotations

import os
import resource
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from small_homework import POINTS, QUICK, cheated, graded, points_of, submission

from autograder.course.config import Limits
from autograder.kernel.sandbox import NONE, find_sandbox

pytestmark = pytest.mark.skipif(find_sandbox() == NONE, reason="this machine has no sandbox")

SMALL = Limits(cell=20, answer=3, grace=1, memory=1024, disk=64, processes=100)

FORK_BOMB = """# bomb
import os
while True:
    try:
        os.fork()
    except OSError:
        pass
"""
MEMORY = "# memory\nkept = []\nwhile True:\n    kept.append(bytearray(50_000_000))"
MEMORY_OF_MANY = """# many
import subprocess, sys
code = "kept = bytearray(300_000_000); import time; time.sleep(60)"
children = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(8)]
for child in children:
    child.wait()
"""
SHARED_MEMORY = """# shared
import mmap
kept = []
while True:
    kept.append(mmap.mmap(-1, 50_000_000))
    kept[-1].write(b"x" * 50_000_000)
"""
DISK = """# disk
for n in range(1000):
    with open(f"file-{n}", "wb") as file:
        file.write(bytes(10_000_000))
"""
FILES = "# files\nfor n in range(10**6):\n    open(f'file-{n}', 'w').close()"
SOCKETS = """# sockets
import os, socket
folder = "/lmkit" if os.path.isdir("/lmkit") else os.path.dirname(os.getcwd())
for n in range(10**6):
    socket.socket(socket.AF_UNIX).bind(f"{folder}/{n}")
"""


def own_memory() -> float:
    """The most that the grader itself has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def everything(limits: Limits = SMALL, **cells: str) -> tuple[str, ...]:
    """What the outcome says of the cells, once it is known that no point is lost."""
    outcome = graded(submission(**cells), limits)
    assert points_of(outcome) == POINTS
    return outcome.stopped


@pytest.mark.parametrize(
    "bomb", [FORK_BOMB, FORK_BOMB.replace("os.fork()", "os.fork() or os.setsid()")]
)
def test_a_fork_bomb(bomb: str) -> None:
    before = len(os.listdir("/proc"))
    limits = Limits(cell=3, answer=3, grace=1, processes=100)
    (stopped,) = everything(limits, before=bomb)
    assert stopped.startswith("cell `# bomb`")
    assert len(os.listdir("/proc")) < before + 60


SOCKETS_FULL = """# full
import os, socket, time
for n in range(4):
    if os.fork() == 0:
        break
kept = []
while len(kept) < 1000:
    pair = socket.socketpair()
    kept += pair
    for one in pair:
        one.setblocking(False)
        try:
            while True:
                one.send(bytes(30_000))
        except BlockingIOError:
            pass
time.sleep(15)
"""


@pytest.mark.parametrize(("cell", "memory"), [(MEMORY_OF_MANY, SMALL.memory), (SOCKETS_FULL, 512)])
def test_all_the_memory(cell: str, memory: int) -> None:
    (stopped,) = everything(replace(SMALL, memory=memory), before=cell)
    assert stopped.endswith("was stopped: it took too much memory")


@pytest.mark.parametrize("cell", [MEMORY, SHARED_MEMORY])
def test_all_the_memory_in_one_process_is_an_error_in_its_own_cell(cell: str) -> None:
    assert everything(before=cell) == ()


def test_all_the_memory_in_a_function_costs_this_function() -> None:
    body = MEMORY.replace("\n", "\n    ")
    cheated(softmax=f"def softmax(logits):\n    {body}\n    return kept")


@pytest.mark.parametrize("cell", [DISK, FILES, SOCKETS])
def test_all_the_disk(cell: str) -> None:
    """An error in its own cell, or the end of it; nothing of it is on the grader's disk after."""
    started = time.monotonic()
    everything(before=cell)
    assert time.monotonic() - started < 60


def test_a_gigabyte_of_output() -> None:
    before = own_memory()
    cell = "# output\nfor n in range(1000):\n    print('x' * 1_000_000)"
    outcome = graded(submission(before=cell), SMALL)
    assert points_of(outcome) == POINTS
    assert len(outcome.notebook) < 20_000_000
    assert own_memory() < before + 1500


MESSAGES = """# messages
from autograder.kernel.shell import LINE
for n in range(200):
    LINE.show(stream="stdout", text="x" * 30_000_000)
"""
ONE_MESSAGE = """# message
import struct
from autograder.kernel.shell import LINE
for n in range(2):
    LINE._connection.sendall(struct.pack(">Q", 400_000_000) + bytes(400_000_000))
"""


@pytest.mark.parametrize("cell", [MESSAGES, ONE_MESSAGE])
def test_gigabytes_of_messages_around_every_limit_of_output(cell: str) -> None:
    before = own_memory()
    outcome = graded(submission(before=cell), SMALL)
    assert points_of(outcome) == POINTS
    assert len(outcome.notebook) < 20_000_000
    assert own_memory() < before + 3000


ENDLESS_IMPORT = """# import
with open("endless.py", "w") as file:
    file.write("while True: pass")
import sys
sys.path.insert(0, ".")
import endless
"""


def test_an_endless_import() -> None:
    (stopped,) = everything(QUICK, before=ENDLESS_IMPORT)
    assert stopped == "cell `# import` was stopped: it ran too long"


def test_endless_cells_take_no_longer_than_a_submission_may() -> None:
    limits = Limits(cell=2, answer=2, grace=1, whole=3)
    loop = "while True: pass"
    outcome = graded(submission(before=f"# one\n{loop}", rnn_step=loop, softmax=loop), limits)
    assert any("was not run: the cells before it took all the time" in s for s in outcome.stopped)


def test_a_thread_that_goes_on_for_ever_ends_with_its_kernel() -> None:
    loop = "lambda: [None for _ in iter(int, 1)]"
    cell = f"# thread\nimport threading\nthreading.Thread(target={loop}).start()"
    before = threading.active_count()
    everything(before=cell)
    assert threading.active_count() == before


DEAF = """# deaf
import ctypes, os, signal
libc = ctypes.CDLL(None)
libc.prctl(15, b"sshd", 0, 0, 0)
for number in range(1, 65):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        while True:
            pass
"""


def test_a_daemon_that_hides_ends_with_its_kernel() -> None:
    everything(before=DEAF)
    names = [p.read_text().strip() for p in Path("/proc").glob("[0-9]*/comm") if p.exists()]
    assert "sshd" not in names
