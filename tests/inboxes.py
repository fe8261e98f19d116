"""Folders and zips of what students sent in, and what `collect` made of them."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Mapping
from pathlib import Path

from small_homework import NAME, SHEET, raw, submission

from autograder.course import collect as collect_module
from autograder.course.config import Course, Limits
from autograder.course.grade import job_of, submissions_of
from autograder.course.run import Job
from lmkit.files import write_atomically

RIGHT = raw(submission())
OTHER = raw(submission(before="other = 1"))


def put(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files, each a second newer than the one before."""
    for second, (name, content) in enumerate(files.items()):
        write_atomically(folder / name, content)
        os.utime(folder / name, (1_000_000_000 + second,) * 2)


def zipped(path: Path, files: Mapping[str, bytes], year: int = 2026) -> Path:
    """A zip whose members are each two seconds newer than the one before."""
    with zipfile.ZipFile(path, "w") as archive:
        for second, (name, content) in enumerate(files.items()):
            archive.writestr(zipfile.ZipInfo(name, (year, 11, 3, 9, 30, 2 * second)), content)
    return path


def submitted(course: Course) -> dict[str, bytes]:
    """Everything in submitted/ but the timestamps: path -> content."""
    root = course.root / "submitted"
    files = [p for p in root.rglob("*") if p.is_file() and p.name != "timestamp.txt"]
    return {str(p.relative_to(root)): p.read_bytes() for p in files}


def notebook_of(student: str) -> str:
    return f"{student}/{NAME}/{NAME}.ipynb"


def collect(course: Course, assignment: str, source: Path) -> dict[str, str]:
    """For each student the name of the file that was taken; nothing was unclear."""
    found = collect_module.collect(course, assignment, source)
    assert found.unclear == []
    return found.taken


def jobs(course: Course) -> list[Job]:
    """What grading would make of what was collected."""
    return [job_of(folder, SHEET, Limits()) for folder in submissions_of(course, NAME)]
