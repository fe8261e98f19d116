"""Submissions come in: from a folder or a zip to submitted/<student>/<assignment>/."""

from __future__ import annotations

import re
import tempfile
import unicodedata
import zipfile
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

from autograder.course.config import Course
from autograder.course.errors import CourseError, Unreadable
from autograder.course.files import write_atomically
from autograder.course.repair import LARGEST, repair
from autograder.course.sheet import Sheet, read_sheet

MOST_FILES = 20_000


def collect(course: Course, assignment: str, source: Path) -> dict[str, str]:
    """Bring in submissions.

    A student's files are a folder named after the student (as nbgrader, Google Classroom and
    Moodle's folders have it), or files whose names begin with the student's name and an
    underscore (as Canvas has it). Which of them is the notebook is told by its content.

    Args:
        course: where the folders are.
        assignment: its name.
        source: a folder or a .zip.

    Returns:
        For each student the name of the file that was taken.

    Raises:
        CourseError: if the source is not there or holds no file.
    """
    sheet = read_sheet(course.release(assignment))
    if source.is_dir():
        return _collect_folder(course, sheet, source)
    if source.is_file() and zipfile.is_zipfile(source):
        with tempfile.TemporaryDirectory() as folder:
            _unzip(source, Path(folder))
            return _collect_folder(course, sheet, Path(folder))
    raise CourseError(f"{source} is neither a folder nor a zip: name what was downloaded")


def _unzip(archive: Path, into: Path) -> None:
    """Only plain files with plain paths: no link, no `..`, nothing huge."""
    with zipfile.ZipFile(archive) as zipped:
        members = [m for m in zipped.infolist() if not m.is_dir()]
        if len(members) > MOST_FILES:
            raise CourseError(f"{archive} holds {len(members)} files, and {MOST_FILES} are taken")
        for member in members:
            parts = [
                p for p in Path(member.filename).parts if p not in ("..", "/", "\\", "__MACOSX")
            ]
            target = into.joinpath(*parts)
            if not parts or not target.resolve().is_relative_to(into.resolve()):
                raise CourseError(f"{archive}: {member.filename!r} points outside the archive")
            target.parent.mkdir(parents=True, exist_ok=True)
            with zipped.open(member) as stream:
                target.write_bytes(stream.read(LARGEST + 1))


def _collect_folder(course: Course, sheet: Sheet, folder: Path) -> dict[str, str]:
    files = defaultdict(list)
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink() and not path.name.startswith("."):
            files[_student(path.relative_to(folder))].append(path)
    if not files:
        raise CourseError(f"{folder} holds no files")
    return {student: _take(course, sheet, student, paths) for student, paths in files.items()}


def _student(path: Path) -> str:
    """Who sent a file in, by where it lies or by its name."""
    name = path.parts[0] if len(path.parts) > 1 else path.stem.partition("_")[0]
    name = unicodedata.normalize("NFC", name).strip()
    # The name becomes a folder's: no separators, no leading dot, nothing that cannot be seen.
    return re.sub(r"[\\/:*?\"<>|\x00-\x1f]", "-", name).lstrip(".") or "nameless"


def _take(course: Course, sheet: Sheet, student: str, paths: list[Path]) -> str:
    """Copy the student's notebook in; without one, whatever there is, so that grading says so."""
    notebooks = [p for p in paths if _is_notebook(p, sheet)]
    candidates = notebooks or [p for p in paths if p.suffix == ".ipynb"] or paths
    chosen = max(candidates, key=lambda p: p.stat().st_mtime)
    into = course.folder("submitted", student, sheet.assignment)
    name = f"{sheet.assignment}.ipynb" if chosen.suffix == ".ipynb" else chosen.name
    write_atomically(into / name, chosen.read_bytes())
    moment = datetime.fromtimestamp(chosen.stat().st_mtime, UTC)
    write_atomically(into / "timestamp.txt", moment.strftime("%Y-%m-%d %H:%M:%S UTC"))
    return chosen.name


def _is_notebook(path: Path, sheet: Sheet) -> bool:
    if path.suffix != ".ipynb" or path.stat().st_size > LARGEST:
        return False
    try:
        repair(path.read_bytes(), sheet)
    except Unreadable:
        return False
    return True
