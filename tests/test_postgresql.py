"""The gradebook in PostgreSQL: a real server, the same scores. Run by `make test-postgresql`."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from small_course import RIGHT_SCORES, command, grade, gradebook, make_course, scores
from small_homework import NAME
from test_pipeline import run

from autograder.course.nbgrader_course import find_course

pytestmark = pytest.mark.postgresql

UNPRIVILEGED = "nobody"


def find_server(program: str) -> str:
    """A program of PostgreSQL's server: on PATH, or where Debian puts it."""
    found = shutil.which(program)
    if found:
        return str(Path(found).resolve())
    for path in sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"), reverse=True):
        return str(path)
    raise FileNotFoundError(
        f"{program} is not installed: apt-get install postgresql (Debian), brew install postgresql"
    )


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A server of this test's own, as an unprivileged user; its URL without a database."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    as_user = {"user": UNPRIVILEGED} if os.getuid() == 0 else {}
    if as_user:
        shutil.chown(folder, UNPRIVILEGED)
    data, log = folder / "data", folder / "log"

    def start(program: str, *arguments: str) -> None:
        subprocess.run(
            [find_server(program), *arguments],
            cwd=folder,
            check=True,
            stdout=subprocess.DEVNULL,
            **as_user,  # type: ignore[call-overload]
        )

    try:
        start("initdb", "-D", str(data), "-A", "trust", "-U", "grader", "--no-sync")
        sockets = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off"
        start("pg_ctl", "-D", str(data), "-l", str(log), "-o", sockets, "-w", "start")
        try:
            yield f"postgresql://grader@/{{}}?host={folder}"
        finally:
            start("pg_ctl", "-D", str(data), "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def database(server: str, request: pytest.FixtureRequest) -> str:
    """The URL of an empty database."""
    import psycopg

    name = f"test_{abs(hash(request.node.name))}"
    with psycopg.connect(server.format("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return server.format(name)


def ours(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://")


def test_the_same_class_has_the_same_scores(tmp_path: Path, database: str) -> None:
    lite, elephant = make_course(tmp_path / "lite"), make_course(tmp_path / "elephant")
    grade(lite)
    grade(elephant, "--db", database)
    assert not (elephant.root / "gradebook.db").exists()
    assert gradebook(elephant, ours(database)) == gradebook(lite)
    assert scores(elephant, ours(database)) == RIGHT_SCORES
    page = elephant.folder("feedback", "bora", NAME) / f"{NAME}.html"
    assert "8 of 10" in page.read_text()

    # What was graded into one gradebook goes into another without being graded again.
    states = {p: p.stat().st_mtime_ns for p in (lite.root / ".autograder" / NAME).iterdir()}
    grade(lite, AUTOGRADER_DB=database)
    assert {p: p.stat().st_mtime_ns for p in states} == states
    assert gradebook(lite, ours(database)) == gradebook(elephant, ours(database))


def test_due_dates_and_nbgrader_s_own_commands(tmp_path: Path, database: str) -> None:
    course = make_course(tmp_path, {"ada": (b"", 0)})
    due = command("due", NAME, "2026-11-20 23:59 UTC", "--course", str(tmp_path), "--db", database)
    assert "2026-11-20 23:59:00 UTC" in subprocess.run(due, capture_output=True, text=True).stdout
    grade(course, "--db", database)
    run("nbgrader", "export", "--db", ours(database), cwd=tmp_path)
    assert (tmp_path / "export.csv").read_text().splitlines()[1].startswith(f"{NAME},2026-11-20")


def test_a_server_that_is_not_there_is_named_without_its_password(tmp_path: Path) -> None:
    course = make_course(tmp_path, {"ada": (b"", 0)})
    url = "postgresql://grader:secret@127.0.0.1:9/nowhere"
    done = grade(course, "--db", url, check=False)
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert "127.0.0.1:9/nowhere cannot be opened" in done.stderr
    assert "secret" not in done.stderr


def test_the_url_that_providers_hand_out_is_taken() -> None:
    root = Path(__file__).parent.parent
    for url in ("postgres://u@h/d", "postgresql://u@h/d"):
        assert find_course(root, url).db == "postgresql+psycopg://u@h/d"
