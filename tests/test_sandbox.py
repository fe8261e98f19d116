"""What a submission can reach, tried from inside a real one."""

from __future__ import annotations

import os
import random
import resource
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sessions import PID, ask, ended, kernel_of, run_all, running, session_of, texts

from autograder.course.config import Limits
from autograder.course.session import Session
from autograder.kernel import landlock, sandbox, warm
from autograder.kernel.sandbox import BUBBLEWRAP, LANDLOCK, NONE, NoSandbox, find_sandbox
from lmkit.grammar import toy

ROOT = Path(__file__).resolve().parent.parent

TRY = """
import ctypes, os, signal, socket, subprocess, sys
from pathlib import Path

def trying(f, *arguments):
    try:
        return str(f(*arguments))[:200]
    except BaseException as error:
        return "refused: " + type(error).__name__

def read(path):
    return trying(lambda: open(path, "rb").read(20))

def listed(path):
    return trying(lambda: sorted(os.listdir(path)))

def write(path):
    return trying(lambda: open(path, "w").write("x"))

def connect(host, port):
    return trying(lambda: socket.create_connection((host, port), 1))

def resolve(name):
    return trying(lambda: socket.getaddrinfo(name, 80))

def kill(pid):
    return trying(os.kill, pid, signal.SIGKILL)

def call(number, *arguments):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(number, *arguments) < 0:
        return "refused: " + os.strerror(ctypes.get_errno())
    return "done"

def variables():
    return sorted(os.environ)

def processes():
    return [int(p) for p in os.listdir("/proc") if p.isdigit()]

def trying_processes():
    return trying(processes)

def powers():
    lines = Path("/proc/self/status").read_text().splitlines()
    return sum(int(line.split()[1], 16) for line in lines if line.startswith(("CapEff", "CapPrm")))

def user():
    return os.getuid()

def dies():
    Path("/proc/self/oom_score_adj").write_text("0")

def dies_first():
    return trying(dies), int(Path("/proc/self/oom_score_adj").read_text())
"""

pytestmark = pytest.mark.skipif(find_sandbox() == NONE, reason="this machine has no sandbox")


KINDS = [kind for kind in (BUBBLEWRAP, LANDLOCK) if find_sandbox() in (BUBBLEWRAP, kind)]


@pytest.fixture(scope="module", params=KINDS)
def kind(request: pytest.FixtureRequest) -> Iterator[str]:
    """Each sandbox that this machine has, as if it had no better."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sandbox, "find_sandbox", lambda: request.param)
        patch.setattr(warm, "_own", {})
        yield request.param
        for parent in warm._own.values():
            parent.close()


@pytest.fixture(scope="module")
def inside(kind: str) -> Iterator[Session]:
    with session_of(TRY, limits=Limits(cell=20, answer=20)) as session:
        assert session.sandbox == kind
        yield run_all(session)


def refused(said: Any) -> bool:
    return str(said).startswith("refused")


@pytest.mark.parametrize(
    "path",
    [
        ROOT / "autograder" / "problems" / "clipping.py",
        ROOT / "autograder" / "judge.py",
        ROOT / "lmkit" / "by_hand" / "rnn.py",
        ROOT / "solutions" / "hw3_rnn_bptt" / "hw3_rnn_bptt.py",
        ROOT / "tests" / "small_homework.py",
        Path("/etc/shadow"),
    ],
)
def test_right_answers_and_the_system_s_secrets_cannot_be_read(inside: Session, path: Path) -> None:
    assert path.exists()
    assert refused(ask(inside, "read", str(path)))


OPENED = """
def opened():
    import lmkit.grammar
    sentences = lmkit.grammar.toy().sample(2, seed=7)
    try:
        import lmkit.metrics
    except (ImportError, PermissionError):
        return [" ".join(words) for words in sentences]
"""


def test_the_grammar_that_writes_texts_is_open_and_nothing_else_of_lmkit(kind: str) -> None:
    with session_of(OPENED) as session:
        assert ask(run_all(session), "opened") == [" ".join(w) for w in toy().sample(2, seed=7)]


def test_nothing_of_the_grader_can_be_read_or_written(inside: Session, tmp_path: Path) -> None:
    (tmp_path / "gradebook.db").write_text("grades")
    parent = warm.warm_parent()
    assert parent is not None
    for path in (tmp_path / "gradebook.db", Path(parent.folder, warm.LOG)):
        assert refused(ask(inside, "read", str(path)))
        assert refused(ask(inside, "write", str(path)))
    assert (tmp_path / "gradebook.db").read_text() == "grades"
    assert refused(ask(inside, "listed", parent.folder))
    assert refused(ask(inside, "read", f"/proc/{os.getpid()}/environ"))


@pytest.mark.parametrize("folder", [sys.prefix, sys.base_prefix, "/usr", "/etc", "/", "/proc/sys"])
def test_the_system_cannot_be_written(inside: Session, folder: str) -> None:
    assert refused(ask(inside, "write", os.path.join(folder, "poison")))


def test_its_own_folder_and_the_temporary_one_can_be_written(inside: Session) -> None:
    for path in ("mine.txt", "sub.txt"):
        assert ask(inside, "write", path) == "1"
    assert ask(inside, "trying") is not None


def test_there_is_no_network(inside: Session) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert refused(ask(inside, "connect", "127.0.0.1", server.getsockname()[1]))
    assert refused(ask(inside, "connect", "1.1.1.1", 53))
    assert refused(ask(inside, "resolve", "localhost.example.org"))


def test_nobody_can_be_killed(inside: Session) -> None:
    with subprocess.Popen(["sleep", "30"]) as bystander:
        assert refused(ask(inside, "kill", bystander.pid))
        assert bystander.poll() is None
        bystander.kill()
    for pid in (os.getpid(), os.getppid()):
        assert refused(ask(inside, "kill", pid))


MORE = """
import mmap, resource, socket, time

def limit(pid):
    return trying(lambda: resource.prlimit(pid, resource.RLIMIT_CPU, (1, 1)))

def own_limit():
    most = resource.prlimit(0, resource.RLIMIT_CORE, (0, 0))
    return resource.prlimit(os.getpid(), resource.RLIMIT_CORE) == most == (0, 0)

def slow_down(pid):
    return trying(lambda: (os.setpriority(os.PRIO_PROCESS, pid, 19),
                           os.sched_setaffinity(pid, [0])))

def send(path, kind):
    ways = (lambda: socket.socket(socket.AF_UNIX, kind), lambda: socket.socketpair(type=kind)[0])
    return [trying(lambda: way().sendto(b"x", path)) for way in ways]

def pair(kind):
    return trying(lambda: socket.socketpair(type=kind))

def signal_of_death():
    libc, now = ctypes.CDLL(None), ctypes.c_int()
    libc.prctl(1, 0, 0, 0, 0)
    libc.prctl(2, ctypes.byref(now), 0, 0, 0)
    return now.value

def shared():
    return trying(lambda: mmap.mmap(-1, 4096))

def private():
    return trying(lambda: len(mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE)))

def send_buffer():
    with socket.socket(socket.AF_UNIX) as line:
        before = line.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)
        line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2**22)
        return line.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) == before

def threads():
    import tempfile, threading
    tempfile.TemporaryFile().close()
    done = []
    thread = threading.Thread(target=done.append, args=(1,))
    thread.start()
    thread.join()
    return subprocess.run(["true"]).returncode == 0 and done == [1]
"""


@pytest.fixture(scope="module")
def more(kind: str) -> Iterator[Session]:
    with session_of(TRY, MORE, limits=Limits(cell=20, answer=20)) as session:
        yield run_all(session)


def test_no_other_process_gets_limits_or_less_of_the_processor(more: Session) -> None:
    with subprocess.Popen(["sleep", "30"]) as bystander:
        before = resource.prlimit(bystander.pid, resource.RLIMIT_CPU)
        assert refused(ask(more, "limit", bystander.pid))
        assert resource.prlimit(bystander.pid, resource.RLIMIT_CPU) == before
        ask(more, "slow_down", bystander.pid)
        assert os.getpriority(os.PRIO_PROCESS, bystander.pid) == os.getpriority(0, 0)
        assert os.sched_getaffinity(bystander.pid) == os.sched_getaffinity(0)
        bystander.kill()
    assert ask(more, "own_limit") is True


@pytest.mark.parametrize("kind_of_socket", ["SOCK_DGRAM", "SOCK_RAW"])
def test_nothing_is_sent_to_sockets_outside(
    more: Session, temporary: Path, kind_of_socket: str
) -> None:
    number = int(getattr(socket, kind_of_socket))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as outside:
        outside.bind(str(temporary / "socket"))
        outside.setblocking(False)
        assert all(map(refused, ask(more, "send", str(temporary / "socket"), number)))
        with pytest.raises(BlockingIOError):
            outside.recv(1)
    if more.sandbox == LANDLOCK:
        assert refused(ask(more, "pair", number))
    assert not refused(ask(more, "pair", int(socket.SOCK_STREAM)))


def test_it_ends_with_its_keeper_whatever_it_asks_for(more: Session) -> None:
    assert ask(more, "signal_of_death") == 9


def test_memory_that_is_nobody_s_is_not_to_be_had(more: Session) -> None:
    assert refused(ask(more, "shared"))
    assert refused(ask(more, "read", "/dev/zero"))
    assert ask(more, "private") == "4096"
    assert ask(more, "send_buffer") is True


def test_no_device_is_read_but_the_harmless(more: Session) -> None:
    disks = [p for p in Path("/dev").iterdir() if p.is_block_device()]
    for path in (*disks, "/dev/mem", "/dev/kmsg"):
        assert refused(ask(more, "read", str(path)))
    assert not refused(ask(more, "read", "/dev/urandom"))


def test_threads_and_programs_start_as_ever(more: Session) -> None:
    assert ask(more, "threads") is True


PTRACE, MOUNT, UNSHARE, BPF, KEYCTL = (
    (101, 165, 272, 321, 250) if os.uname().machine == "x86_64" else (117, 40, 97, 280, 219)
)


@pytest.mark.parametrize(
    ("number", "arguments"),
    [(PTRACE, (16, 1, 0, 0)), (MOUNT, (0, 0, 0, 0, 0)), (UNSHARE, (0x10000000,)), (BPF, (0, 0, 0)),
     (KEYCTL, (0, 0, 0, 0, 0))],
)  # fmt: skip
def test_ways_out_are_closed(inside: Session, number: int, arguments: tuple[int, ...]) -> None:
    assert ask(inside, "call", number, *arguments) == "refused: Operation not permitted"


RACE = """
import os, signal, time
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
end = time.time() + 40
for _ in range(5):
    if os.fork() == 0:
        while time.time() < end:
            os.setsid()
            if os.fork():
                os._exit(0)
        os._exit(0)
"""


def test_processes_that_fork_faster_than_they_are_found_end_with_it(kind: str) -> None:
    with session_of(RACE, limits=Limits(cell=20)) as session:
        run_all(session)
        began = time.monotonic()
    assert time.monotonic() - began < 10  # their keeper has said that all have ended


def test_where_memory_runs_out_it_is_ended_before_the_grader(inside: Session) -> None:
    said, first = ask(inside, "dies_first")
    assert first == 1000
    assert refused(said) or not landlock.version()


def test_it_sees_no_other_process_and_has_no_powers(inside: Session) -> None:
    # Where others cannot get to this Python, root itself runs it, without what makes it root.
    assert ask(inside, "user") != 0 or not sandbox.can_change_user(inside.sandbox)
    assert ask(inside, "powers") == 0
    if inside.sandbox == BUBBLEWRAP:
        assert ask(inside, "processes") == [1]
    else:
        assert refused(ask(inside, "trying_processes"))


def test_the_grader_s_environment_is_not_seen(inside: Session) -> None:
    assert not {"LS_COLORS", "PYTEST_CURRENT_TEST"} & set(ask(inside, "variables"))


NEST = """
import ctypes, os, subprocess, sys, time
if os.fork() == 0:
    ctypes.CDLL(None).prctl(1, 0, 0, 0, 0)  # no signal when its parent ends
    os.setsid()
    if os.fork():
        os._exit(0)
    os.execv("/usr/bin/sleep", ["sleep", "{seconds}"])
here = os.open(".", os.O_RDONLY)
for n in range({depth}):
    os.mkdir("{name}", {mode})
    if n < {depth} - 1:
        os.chdir("{name}")
os.fchdir(here)
time.sleep(1)
"""


@pytest.mark.parametrize(
    ("depth", "name", "mode"), [(1500, "d", 0o777), (30, "d" * 180, 0o777), (1, "d", 0)]
)
def test_folders_beyond_all_measure_are_removed_and_nothing_goes_on_running(
    kind: str, depth: int, name: str, mode: int
) -> None:
    seconds = f"{random.uniform(50, 60):.6f}"
    nest = NEST.format(seconds=seconds, depth=depth, name=name, mode=mode)
    with session_of(PID, nest) as session:
        folder = session._folder
        run_all(session)
        again = session._folder
    for path in (folder, again):
        assert not os.path.exists(path)
    assert running("sleep", seconds) == []
    parent = warm.warm_parent()
    assert parent is not None and parent.is_alive()


def test_what_is_left_over_and_cannot_be_removed_stops_no_grading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    left = tmp_path / f"{warm.PREFIX}left"
    left.mkdir()
    (left / warm.OWNER).touch()
    with monkeypatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(tmp_path))
        patch.setattr(os, "rmdir", lambda *_, **__: (_ for _ in ()).throw(OSError("broken")))
        warm.remove_left_over()
    assert f"{left} could not be removed" in capsys.readouterr().err


# -- the warm parent --------------------------------------------------------------------------


def test_a_warm_parent_that_was_killed_is_replaced_and_its_kernels_are_gone() -> None:
    with session_of("x = 5", "print(x)", PID) as session:
        session.run_cell(0)
        parent, kernel = warm.warm_parent(), kernel_of(session)
        assert isinstance(parent, warm.OwnWarmParent)
        parent.process.kill()
        parent.process.wait()
        if session.sandbox == BUBBLEWRAP:
            assert ended(kernel)
        session.run_cell(1)
        session.run_cell(2)
        assert ask(session, "pid") > 0
    with session_of("print(1)") as session:
        assert texts(run_all(session), 0) == ["stream: 1\n"]


GRADER = """
import os, sys, time
sys.path.insert(0, "tests")
from sessions import PID, kernel_of, run_all, session_of
from autograder.kernel.warm import warm_parent

with session_of(PID) as session:
    run_all(session)
    print(kernel_of(session), warm_parent().process.pid, warm_parent().folder, flush=True)
    time.sleep(60)
"""


def test_a_grader_that_was_killed_leaves_nothing_running_and_the_next_one_cleans_up() -> None:
    command = [sys.executable, "-c", GRADER]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=env) as grader:
        assert grader.stdout is not None
        kernel, parent, folder = grader.stdout.readline().split()
        grader.kill()
    assert ended(int(kernel))
    assert ended(int(parent))
    assert os.path.isdir(folder)
    warm.remove_left_over()
    assert not os.path.exists(folder)


def test_the_folder_of_a_grader_that_lives_is_left_alone() -> None:
    parent = warm.warm_parent()
    assert parent is not None
    done = subprocess.run(
        [sys.executable, "-c", "from autograder.kernel import warm; warm.remove_left_over()"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0
    assert os.path.isdir(parent.folder)


# -- machines that have less ------------------------------------------------------------------


def test_without_a_sandbox_grading_is_refused_with_the_way_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sandbox, "find_sandbox", lambda: NONE)
    with pytest.raises(NoSandbox, match=r"apt install bubblewrap.*--unsafe"):
        sandbox.require_sandbox(unsafe=False)
    assert sandbox.require_sandbox(unsafe=True) == NONE
