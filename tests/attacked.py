"""The class of attackers and of the damaged through the real pipeline, and what is seen after."""

from __future__ import annotations

import csv
import socket
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path

from attacks import ATTACKS, Attack
from conftest import ROOT
from damages import DAMAGES
from small_course import hand_in, make_course
from small_homework import NAME

from autograder.course.config import Course, Limits
from autograder.course.grade import grade_class
from autograder.course.outcome import Outcome

ALL = {**ATTACKS, **DAMAGES}
LIMITS = Limits(cell=10, answer=3, grace=1, memory=1024, disk=64, processes=100)


@dataclass
class Attacked:
    """What came of the class.

    Attributes:
        course: its folders.
        outcomes: by student.
        remarks: what grades.csv says of each.
        calls: connections that came in on a port of the grader's machine.
        poison: files that a student wrote outside its own folder.
    """

    course: Course
    outcomes: dict[str, Outcome]
    remarks: dict[str, str]
    calls: list[str] = field(default_factory=list)
    poison: list[str] = field(default_factory=list)


def grade_attackers(
    root: Path, attacks: dict[str, Attack] = ALL, jobs: int | None = None
) -> Attacked:
    """Hand all in, grade all at once."""
    calls: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_listen, args=(server, calls), daemon=True).start()
        course = make_course(root, {})
        places = {
            "repo": str(ROOT),
            "course": str(course.root),
            "prefix": sys.prefix,
            "port": str(server.getsockname()[1]),
        }
        for student, attack in attacks.items():
            content = attack.content
            for name, place in places.items():
                content = content.replace(b"{%s}" % name.encode(), place.encode())
            hand_in(course, student, content)
        outcomes = grade_class(course, NAME, limits=LIMITS, jobs=jobs)
    with open(course.root / "grades.csv") as stream:
        remarks = {row["student"]: row["remarks"] for row in csv.DictReader(stream)}
    poison = [Path(folder, "poison.pth") for folder in (sys.prefix, "/usr/local/lib")]
    return Attacked(
        course,
        {o.student: o for o in outcomes},
        {student.removeprefix("'"): said for student, said in remarks.items()},
        calls,
        [str(path) for path in poison if path.exists()],
    )


def _listen(server: socket.socket, calls: list[str]) -> None:
    while True:
        try:
            connection, address = server.accept()
        except OSError:  # closed
            return
        calls.append(str(address))
        connection.close()
