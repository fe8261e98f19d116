"""Submissions come in: from a folder or a zip to submitted/<student>/<assignment>/."""

from __future__ import annotations

import os
import re
import tempfile
import time
import unicodedata
import zipfile
import zlib
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

from autograder.course.config import Course
from autograder.course.errors import CourseError, Unreadable
from autograder.course.repair import LARGEST, repair
from autograder.course.sheet import Sheet, read_sheet
from lmkit.files import write_atomically

MOST_FILES = 20_000

CANVAS = re.compile(r"(?P<name>[^_]+)_(?:LATE_)?(?P<id>\d+)_\d+_")
"""How Canvas begins the name of a file: the student's name and number, the submission's number."""


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
            try:
                _unzip(source, Path(folder))
            except (OSError, RuntimeError, UnicodeError, zipfile.BadZipFile, zlib.error) as error:
                raise CourseError(
                    f"{source} cannot be unpacked ({error}): download it again"
                ) from error
            return _collect_folder(course, sheet, Path(folder))
    raise CourseError(f"{source} is neither a folder nor a zip: name what was downloaded")


def _unzip(archive: Path, into: Path) -> None:
    """Only plain files with plain paths: no link, no `..`, nothing huge."""
    with zipfile.ZipFile(archive) as zipped:
        members = [m for m in zipped.infolist() if not m.is_dir()]
        if len(members) > MOST_FILES:
            raise CourseError(f"{archive} holds {len(members)} files, and {MOST_FILES} are taken")
        for member in members:
            name = _member_name(member)
            parts = [p for p in Path(name).parts if p not in ("..", "/", "\\", "__MACOSX")]
            target = into.joinpath(*parts)
            if not parts or not target.resolve().is_relative_to(into.resolve()):
                raise CourseError(f"{archive}: {name!r} points outside the archive")
            target.parent.mkdir(parents=True, exist_ok=True)
            with zipped.open(member) as stream:
                target.write_bytes(stream.read(LARGEST + 1))
            if member.date_time[0] > 1980:  # zip's way to say that it does not know
                moment = time.mktime((*member.date_time, 0, 0, -1))
                os.utime(target, (moment, moment))


def _member_name(member: zipfile.ZipInfo) -> str:
    """Its name. macOS writes UTF-8 without saying so, and zipfile then assumes code page 437."""
    if member.flag_bits & 0x800:
        return member.filename
    try:
        return member.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return member.filename


def _collect_folder(course: Course, sheet: Sheet, folder: Path) -> dict[str, str]:
    folder = _inside(folder, sheet)
    files: dict[str, list[Path]] = defaultdict(list)
    found = _visible(folder)
    numbers = defaultdict(set)  # two students with one name are told apart by Canvas's number
    for path in found:
        numbers[_student(path)].add(_number(path))
    for path in found:
        student = _student(path)
        shared = len(numbers[student]) > 1 and _number(path)
        files[f"{student}_{_number(path)}" if shared else student].append(folder / path)
    if not files:
        raise CourseError(f"{folder} holds no files")
    return {student: _take(course, sheet, student, paths) for student, paths in files.items()}


def _inside(folder: Path, sheet: Sheet) -> Path:
    """Past folders around the whole class (export/hw3/ada/...), which are nobody's names."""
    around = folder
    while True:
        entries = [p for p in around.iterdir() if not p.name.startswith(".")]
        if len(entries) != 1 or not entries[0].is_dir() or entries[0].is_symlink():
            return folder
        (around,) = entries
        files = [p for p in _visible(around) if len(p.parts) > 1 or "_" in p.stem]
        if len({_student(p) for p in files if _is_notebook(around / p, sheet)}) > 1:
            return around


def _visible(folder: Path) -> list[Path]:
    """The plain files below a folder, relative to it, without hidden ones."""
    found = [p.relative_to(folder) for p in sorted(folder.rglob("*")) if _is_plain(p)]
    return [p for p in found if not any(part.startswith(".") for part in p.parts)]


def _is_plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _student(path: Path) -> str:
    """Who sent a file in, by where it lies or by its name."""
    return _safe(path.parts[0] if len(path.parts) > 1 else path.stem.partition("_")[0])


def _number(path: Path) -> str:
    """The student's number, if the file is called as Canvas calls it."""
    match = CANVAS.match(path.name) if len(path.parts) == 1 else None
    return match["id"] if match else ""


def _safe(name: str) -> str:
    """A name for a folder: no separators, no leading dot, nothing that cannot be seen."""
    try:
        name = os.fsencode(name).decode("utf-8")
    except UnicodeError:  # from a system that was set to Latin-1
        name = os.fsencode(name).decode("latin-1")
    name = unicodedata.normalize("NFC", name)
    name = "".join(c for c in name if unicodedata.category(c)[0] != "C").strip()
    return re.sub(r"[\\/:*?\"<>|]", "-", name).lstrip(".") or "nameless"


def _take(course: Course, sheet: Sheet, student: str, paths: list[Path]) -> str:
    """Copy the student's notebook in; without one, whatever there is, so that grading says so."""
    notebooks = [p for p in paths if _is_notebook(p, sheet)]
    named = [p for p in paths if p.suffix.lower() == ".ipynb"]
    candidates = notebooks or named or paths
    chosen = max(candidates, key=lambda p: p.stat().st_mtime)
    into = course.folder("submitted", student, sheet.assignment)
    is_notebook = chosen in notebooks or chosen in named
    name = f"{sheet.assignment}.ipynb" if is_notebook else _safe(chosen.name)
    write_atomically(into / name, chosen.read_bytes())
    moment = datetime.fromtimestamp(chosen.stat().st_mtime, UTC)
    write_atomically(into / "timestamp.txt", moment.strftime("%Y-%m-%d %H:%M:%S UTC"))
    return _safe(chosen.name)


def _is_notebook(path: Path, sheet: Sheet) -> bool:
    if path.stat().st_size > LARGEST:
        return False
    try:
        repair(path.read_bytes(), sheet)
    except Unreadable:
        return False
    return True
