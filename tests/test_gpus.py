"""Which GPUs submissions get, and how: without a GPU, with files in the place of its devices."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sessions import ask, run_all, session_of
from small_course import make_course
from small_homework import SHEET

from autograder.course.errors import CourseError
from autograder.course.grade import grade_class
from autograder.course.mapping import Processes
from autograder.course.outcome import Outcome
from autograder.course.run import Job, set_aside
from autograder.kernel import gpus, sandbox
from autograder.kernel.gpus import NoGPU, chosen_gpus, device_files, gpus_here, own_gpu

ASKED = "import os\n\ndef variable(name):\n    return os.environ.get(name, '')"


@pytest.fixture
def dev(tmp_path: Path) -> Path:
    for name in (
        "nvidia10",
        "nvidia0",
        "nvidia2",
        "nvidiactl",
        "nvidia-uvm",
        "nvidia-caps",
        "null",
    ):
        (tmp_path / name).touch()
    return tmp_path


def test_gpus_are_counted_by_their_device_files(dev: Path, tmp_path: Path) -> None:
    assert gpus_here(dev) == ("0", "2", "10")
    assert gpus_here(tmp_path / "none") == ()


@pytest.mark.parametrize(
    ("asked", "chosen"), [("all", ("0", "2", "10")), ("2,0", ("2", "0")), ("", ()), ("10", ("10",))]
)
def test_all_or_some_or_none(dev: Path, asked: str, chosen: tuple[str, ...]) -> None:
    assert chosen_gpus(asked, dev) == chosen


@pytest.mark.parametrize("asked", ["1", "0,3", ",", "first"])
def test_one_that_is_not_there_is_named(dev: Path, asked: str) -> None:
    with pytest.raises(NoGPU, match=r"this machine has 0, 2, 10"):
        chosen_gpus(asked, dev)


def test_files_of_one_and_of_the_driver(dev: Path) -> None:
    assert device_files(("2",), dev) == tuple(
        str(dev / name) for name in ("nvidia2", "nvidiactl", "nvidia-uvm")
    )
    assert device_files((), dev) == ()


def test_a_class_cannot_be_graded_on_a_gpu_that_is_not_here(tmp_path: Path) -> None:
    missing = str(1 + max(map(int, gpus_here()), default=-1))
    with pytest.raises(CourseError, match=re.escape(f"there is no GPU {missing}")):
        grade_class(make_course(tmp_path), SHEET.assignment, gpus=missing)


def test_a_submission_sees_its_own_and_others_see_none(monkeypatch: pytest.MonkeyPatch) -> None:
    with session_of(ASKED) as session:
        assert ask(run_all(session), "variable", "CUDA_VISIBLE_DEVICES") == "-1"
    monkeypatch.setattr(gpus, "_own", "3")
    with session_of(ASKED) as session:
        run_all(session)
        assert ask(session, "variable", "CUDA_VISIBLE_DEVICES") == "3"
        assert ask(session, "variable", "TF_FORCE_GPU_ALLOW_GROWTH") == "true"


def test_the_room_and_the_lock_let_its_files_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpus, "_handed_round", ("0",))
    monkeypatch.setattr(
        sandbox, "device_files", lambda given: tuple(f"/dev/nvidia{n}" for n in given)
    )
    line = sandbox.room("/folder", ["true"], absent=False)
    assert line.index("--dev") < line.index("--dev-bind")  # else /dev is put over it
    assert line[line.index("--dev-bind") :][1:3] == ["/dev/nvidia0", "/dev/nvidia0"]
    for alone in (True, False):
        assert "/dev/nvidia0" in sandbox.locked_in_paths(alone, absent=False)[1]


def own(job: Job) -> Outcome:
    """The GPU that the process which runs this has got, in an outcome's words."""
    return set_aside(job, f"GPU {own_gpu()}")


def test_they_are_handed_round(tmp_path: Path) -> None:
    jobs = [Job(f"student {n}", SHEET, None) for n in range(3)]
    with Processes(3, str(tmp_path), own, gpus=("0", "5")) as processes:
        # All three processes are begun: each is handed a job before one of them is done.
        pools = [processes._process() for _ in jobs]
        said = [
            pool.submit(own, job).result().unreadable for pool, job in zip(pools, jobs, strict=True)
        ]
        for pool in pools:
            pool.shutdown()
    assert said == ["GPU 0", "GPU 5", "GPU 0"]
