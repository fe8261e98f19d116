"""What takes too long is stopped, what dies is started again, and nothing is left behind."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import pytest
from sessions import PID, ask, ended, kernel_of, run_all, running, session_of, texts

from autograder.calling import NO_ANSWER
from autograder.course.config import Limits
from autograder.kernel.sandbox import Allowance
from autograder.kernel.warm import warm_parent

LOOP = "while True:\n    pass"
DEAF_LOOP = """
while True:
    try:
        while True:
            pass
    except KeyboardInterrupt:
        pass
"""
SWALLOWS = """
def swallows():
    while True:
        try:
            while True:
                pass
        except KeyboardInterrupt:
            pass
"""


# -- what takes too long ----------------------------------------------------------------------


def test_a_cell_that_takes_too_long_is_stopped_and_the_kernel_lives_on() -> None:
    with session_of(f"a = 5\n{LOOP}", "a += 1\nprint(a)") as session:
        run_all(session)
        assert session.stopped == {0: "timeout"}
        assert texts(session, 0)[-1] == "error: CellTimeoutError"
        assert texts(session, 1) == ["stream: 6\n"]  # a is from the cell that was stopped


def test_a_loop_that_cannot_be_interrupted_is_killed_and_the_other_cells_run_again() -> None:
    with session_of("a = 5", DEAF_LOOP, "a += 1\nprint(a)", PID) as session:
        run_all(session)
        assert session.stopped == {1: "timeout"}
        assert texts(session, 2) == ["stream: 6\n"]
        assert ask(session, "pid") > 0
    assert [o.ename for o in session.notebook.cells[1].outputs] == ["CellTimeoutError"]


def test_a_function_that_takes_too_long_is_interrupted_and_nothing_is_run_again() -> None:
    cells = (PID, f"def loops():\n    {LOOP}".replace("\n    pass", "\n        pass"))
    with session_of(*cells) as session:
        run_all(session)
        before, started = kernel_of(session), time.monotonic()
        error = ask(session, "loops")
        assert (error.type, "2 seconds" in error.message) == (NO_ANSWER, True)
        assert time.monotonic() - started < 2 + 1.5
        assert ask(session, "pid") > 0
        assert kernel_of(session) == before


def test_a_function_that_swallows_the_interrupt_is_killed() -> None:
    with session_of(PID, SWALLOWS) as session:
        run_all(session)
        before = kernel_of(session)
        assert ask(session, "swallows").type == NO_ANSWER
        assert ask(session, "pid") > 0
        assert kernel_of(session) != before
        assert ended(before)


ASKS_FOR_EVER = """
def rnn_step(x):
    return x

def asks_for_ever(x):
    while True:
        x = rnn_step(x)

def own(x):
    return x + 1
"""


def test_asking_back_for_ever_takes_no_longer_than_any_other_loop() -> None:
    with session_of(ASKS_FOR_EVER) as session:
        run_all(session)
        started = time.monotonic()
        error = ask(session, "asks_for_ever", 1.0, rnn_step=lambda x: x)
        assert (error.type, "2 seconds" in error.message) == (NO_ANSWER, True)
        assert time.monotonic() - started < 2 + 1 + 2  # at worst with a new kernel
        # What was still under way is not taken for the answer to the next question.
        assert [ask(session, "own", n) for n in (1, 20, 300)] == [2, 21, 301]


# -- what dies --------------------------------------------------------------------------------


def test_a_cell_that_kills_its_kernel_is_left_out_and_the_others_run_again() -> None:
    cells = ("runs = [1]", "runs.append(2)", "import os\nos._exit(0)", "print(runs)", PID)
    with session_of(*cells) as session:
        run_all(session)
        assert session.stopped == {2: "died"}
        assert texts(session, 2)[-1] == "error: DeadKernelError"
        assert texts(session, 3) == ["stream: [1, 2]\n"]
        assert ask(session, "pid") > 0


def test_a_function_that_kills_its_kernel_costs_only_its_own_answer() -> None:
    kills = "import os\n\ndef kills():\n    os._exit(0)"
    with session_of(PID, kills, "x = 5\n\ndef get():\n    return x") as session:
        run_all(session)
        before = kernel_of(session)
        error = ask(session, "kills")
        assert (error.type, error.message) == (NO_ANSWER, "the kernel died in this call")
        assert ask(session, "get") == 5
        assert kernel_of(session) != before
        assert session.stopped == {}


def test_cells_run_again_in_a_folder_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "data.txt").write_text("given")
    cells = (
        "import os\nos.mkdir('made')",
        "print(open('data.txt').read())\nopen('data.txt', 'w').write('changed')",
        "open('autograder.py', 'w').write('1 / 0')\nos._exit(0)",
        "def listed():\n    return sorted(f for f in os.listdir() if f[0] != '.')",
    )
    with session_of(*cells, files=str(tmp_path)) as session:
        run_all(session)
        assert texts(session, 0) == []  # no FileExistsError
        assert texts(session, 1) == ["stream: given\n", "execute_result: 7"]
        assert ask(session, "listed") == ["data.txt", "made"]
    assert (tmp_path / "data.txt").read_text() == "given"


def test_a_kernel_is_started_again_only_so_often() -> None:
    limits = Limits(cell=2, answer=2, grace=1, restarts=1)
    kill = "import os\nos._exit(0)"
    with session_of("def five():\n    return 5", kill, kill, "print(1)", limits=limits) as session:
        run_all(session)
        assert session.stopped == {1: "died", 2: "died"}
        assert texts(session, 3) == ["error: KernelDied"]
        error = ask(session, "five")
        assert (error.type, error.message) == (NO_ANSWER, "the notebook's kernel kept on dying")


def test_cells_run_again_take_no_longer_than_all_may_take_together() -> None:
    sleep, dies = "import os, time\ntime.sleep(0.8)", "def dies():\n    os._exit(0)"
    limits = Limits(cell=2, answer=2, grace=1, whole=3)
    with session_of(PID, sleep, sleep, dies, limits=limits) as session:
        run_all(session)
        assert session.stopped == {}
        started = time.monotonic()
        assert ask(session, "dies").type == NO_ANSWER
        assert session.stopped == {3: "late"}
        assert ask(session, "pid") > 0
        assert ask(session, "dies").type == "NameError"
        assert time.monotonic() - started < 3 + 2
    assert texts(session, 3) == ["error: TimeUp"]


def test_answers_take_no_longer_than_all_may_take_together() -> None:
    sleeps = "import time\n\ndef sleeps():\n    time.sleep(0.9)"
    with session_of(sleeps, limits=Limits(cell=2, answer=2, grace=1, whole=1)) as session:
        run_all(session)
        assert [ask(session, "sleeps") for _ in range(2)] == [None, None]
        error = ask(session, "sleeps")
        assert (error.type, error.message) == (NO_ANSWER, "not asked: its answers took over 1 s")


def test_a_kernel_that_does_not_come_up_again_ends_no_session(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with session_of("import os\nos._exit(0)", "print(1)") as session:
        no_kernel(monkeypatch)
        run_all(session)
        assert texts(session, 1) == ["error: KernelDied"]
        assert ask(session, "five").type == NO_ANSWER
        folder = session._folder
    assert not os.path.exists(folder)


def no_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on a kernel cannot start: no limit is that high."""
    monkeypatch.setattr(Limits, "allowance", Allowance(memory=2**70))


def test_a_child_that_comes_back_from_a_cell_or_a_call_does_not_answer_as_well() -> None:
    forks = """
import os
once = []

def forks():
    if os.fork() == 0:
        once.append(1)
    return os.getpid()
"""
    cells = (PID, "import os\nif os.fork() == 0:\n    os.setsid()", forks, "print(len(once))")
    with session_of(*cells) as session:
        run_all(session)
        of_cells = ask(session, "pid")
        answers = {ask(session, name) for _ in range(5) for name in ("forks", "pid")}
        assert answers == {of_cells}
        session.run_cell(3)
    assert texts(session, 3) == ["stream: 0\n"]
    assert session.stopped == {}


# -- what is left behind ----------------------------------------------------------------------


def test_nothing_is_left_behind() -> None:
    sleep = ("sleep", f"{random.uniform(50, 60):.6f}")
    sleeper = f"import os, subprocess\nchild = subprocess.Popen({sleep})"
    with session_of(sleeper, "os._exit(0)", PID) as session:
        folder = session._folder
        session.run_cell(0)
        first = [kernel_of(session), *running(*sleep)]
        session.run_cell(1)  # the kernel dies, and what it started is left without a parent
        assert all(map(ended, first))
        assert not os.path.exists(folder)
        session.run_cell(2)
        assert ask(session, "pid") > 0
        second = [kernel_of(session), *running(*sleep)]
        assert [len(first), len(second)] == [2, 2]
        folder = session._folder
    assert all(map(ended, second))
    assert not os.path.exists(folder)


def test_nothing_is_left_behind_when_the_grader_fails_itself() -> None:
    with pytest.raises(ZeroDivisionError), session_of(PID) as session:
        run_all(session)
        folder, pid = session._folder, kernel_of(session)
        1 / 0  # noqa: B018
    assert ended(pid)
    assert not os.path.exists(folder)


def test_nothing_is_left_behind_when_there_is_no_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    parent = warm_parent()
    assert parent is not None
    before = os.listdir(parent.folder)
    no_kernel(monkeypatch)
    with pytest.raises(RuntimeError), session_of(PID):
        pass
    assert os.listdir(parent.folder) == before


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="needs /proc")
def test_sessions_leave_no_file_open() -> None:
    def one() -> int:
        with session_of(PID) as session:
            run_all(session)
            ask(session, "pid")
        return len(os.listdir("/proc/self/fd"))

    assert one() == one()
