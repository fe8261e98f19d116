"""nbgrader's formgrader, in a Jupyter server of its own: its button grades as we do."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote
from urllib.request import Request, urlopen

import pytest
from small_course import RIGHT_SCORES, forget_scores, grade, make_course, scores
from small_homework import NAME

from autograder.course.config import Course

TOKEN = "only-here"
BUTTON = "formgrader/api/submission/{}/{}/autograde"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[Course, str]]:
    """A graded course, and the address of the Jupyter server in its folder."""
    course = make_course(tmp_path / "course")
    grade(course)
    log = tmp_path / "log"
    command = [sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root", "--port=0"]
    command += [f"--IdentityProvider.token={TOKEN}"]
    command += ["--ServerApp.jpserver_extensions={'nbgrader.server_extensions.formgrader': True}"]
    runtime = {"JUPYTER_RUNTIME_DIR": str(tmp_path / "runtime"), "PYTHONUNBUFFERED": "1"}
    with open(log, "w") as stream:
        process = subprocess.Popen(
            command,
            cwd=course.root,
            env={**os.environ, **runtime},
            stdout=stream,
            stderr=stream,
        )
    try:
        yield course, _address(log, process)
    finally:
        process.terminate()
        process.wait(timeout=30)


def _address(log: Path, process: subprocess.Popen[bytes]) -> str:
    for _ in range(600):
        said = log.read_text()
        if found := re.search(r"http://127\.0\.0\.1:\d+/", said):
            return found.group()
        assert process.poll() is None, said
        time.sleep(0.1)
    raise AssertionError(f"the server did not start: {log.read_text()}")


def test_its_button_gives_the_same_scores(server: tuple[Course, str]) -> None:
    course, address = server
    forget_scores(course.root, NAME, "bora", "chloé")
    assert scores(course) == {**RIGHT_SCORES, "bora": 0, "chloé": 0}
    for student in ("bora", "chloé"):
        button = address + BUTTON.format(NAME, quote(student))
        press = Request(button, method="POST", headers={"Authorization": f"token {TOKEN}"})
        with urlopen(press, timeout=120) as answer:
            said = json.load(answer)
        assert said["success"], said["log"]
    assert scores(course) == RIGHT_SCORES
