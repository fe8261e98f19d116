"""Submissions come in: from a folder or a zip to submitted/<student>/<assignment>/."""

from __future__ import annotations

import tempfile
import zipfile
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from autograder.course.config import Course
from autograder.course.errors import CourseError
from autograder.course.plain import said
from autograder.course.repair import LARGEST, Repaired, repair
from autograder.course.roster import Roster, Student
from autograder.course.sender import Sender, sender_of
from autograder.course.sheet import Sheet, read_sheet
from autograder.course.stamp import NoMoment, read_stamp, write_stamp
from autograder.course.unpack import file_name, hollow, unpack
from autograder.course.whose import by_name, by_roster
from lmkit.files import write_atomically

MOST_FILES_OF_ONE, MOST_OF_ONE = 1_000, 100 * 2**20
"""Members that a zip which one student sent in may hold, and bytes that come out of all of these:
each file is looked into, and a small zip can hold gigabytes."""


class Older(Exception):
    """What has been collected before came later."""


@dataclass
class Collected:
    """What was found.

    Attributes:
        taken: for each student the name of the file that was taken.
        passed_over: for each student what else was there that could be a submission, in words.
        unclear: what could not be taken, in sentences that say why and what to do.
        missing: those on the roster of whom there is no submission, now or from before.
    """

    taken: dict[str, str] = field(default_factory=dict)
    passed_over: dict[str, list[str]] = field(default_factory=dict)
    unclear: list[str] = field(default_factory=list)
    missing: list[Student] = field(default_factory=list)

    def told(self, student: str) -> str:
        """A line on a student: the file that was taken, and which others were not."""
        others = self.passed_over.get(student, [])
        return self.taken[student] + (f" (not taken: {'; '.join(others)})" if others else "")


@dataclass(frozen=True)
class Candidate:
    """A file that may be a student's submission.

    Attributes:
        path: where it is.
        holds: it is a notebook of the assignment, or can be made one.
        written: the exercises in which something is written.
        sent: the file that it came in: itself, or a zip.
    """

    path: Path
    holds: bool
    written: frozenset[str]
    sent: Path

    @property
    def may_be(self) -> bool:
        """Is it, or does it say that it is, a submission?"""
        return self.holds or self.path.suffix.lower() == ".ipynb"

    @property
    def rank(self) -> tuple[bool, bool, bool, bool, int, float]:
        """The higher, the sooner it is taken.

        A notebook of this assignment that has been worked on goes before a script, which may be
        but a helper's, and a script before a notebook as it was handed out.
        """
        named = self.path.suffix.lower() == ".ipynb"
        notebook = self.holds and self.path.suffix.lower() != ".py"
        begun = bool(self.written)
        moment = self.path.stat().st_mtime
        return self.holds, begun, notebook, named, len(self.written), moment


def collect(
    course: Course,
    assignment: str,
    source: Path,
    roster: Roster | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Collected:
    """Bring in submissions.

    Whose a file is, its path says, as nbgrader, Canvas, Moodle and Google Classroom write it. Of a
    student's files the notebook is told by its content; of several the one counts in which most
    exercises are written, and of those the newest; a zip that a student sent in is looked into.
    What is there from before and came later stays.

    Args:
        course: where the folders are.
        assignment: its name.
        source: a folder or a .zip.
        roster: the class. Without one, a student is called as the download calls them.
        progress: called with the numbers of students done and of all.

    Raises:
        CourseError: if the source is not there or holds no file.
    """
    sheet = read_sheet(course.release(assignment))
    with tempfile.TemporaryDirectory(prefix="lmkit-") as folder:
        unclear: list[str] = []
        if source.is_file() and zipfile.is_zipfile(source):
            unclear = unpack(source, Path(folder))
            source = Path(folder)
        elif not source.is_dir():
            raise CourseError(f"{source} is neither a folder nor a zip: name what was downloaded")
        source = _inside(source, sheet, roster)
        files = _visible(source)
        if not files and not unclear:
            raise CourseError(f"{source} holds no files")
        senders: dict[Sender, list[Path]] = defaultdict(list)
        for path in files:
            senders[sender_of(path, assignment)].append(path)
        whose = by_roster(senders, roster, source) if roster else by_name(senders)
        found = Collected(unclear=unclear + whose.unclear)
        for number, (student, paths) in enumerate(sorted(whose.files.items()), 1):
            folder_of = course.folder("submitted", student, assignment)
            with tempfile.TemporaryDirectory(prefix="lmkit-") as unpacked:
                best, others = _choose([source / p for p in paths], sheet, Path(unpacked))
                try:
                    _take(best, folder_of, sheet)
                except Older as older:
                    found.unclear.append(f"{student}: {older}")
                else:
                    found.taken[student] = file_name(best.path.name)
                    if others:
                        found.passed_over[student] = others
            progress(number, len(whose.files))
    if roster:
        found.missing = [
            student
            for student in roster.students
            if not course.folder("submitted", student.id, assignment).is_dir()
        ]
    return found


def _inside(folder: Path, sheet: Sheet, roster: Roster | None) -> Path:
    """Past folders around the whole class (export/hw3/ada/...), which are nobody's names."""
    around = folder
    while True:
        entries = [p for p in around.iterdir() if not p.name.startswith(".")]
        if len(entries) != 1 or not entries[0].is_dir() or entries[0].is_symlink():
            return folder
        (around,) = entries
        if roster and roster.knows(around.name):
            return folder
        named = [p for p in _visible(around) if _may_be_named(p)]
        senders = {sender_of(p, sheet.assignment) for p in _visible(around)}
        if roster and any(roster.knows(sender.name) for sender in senders):
            return around
        notebooks = [p for p in named if _repaired(around / p, sheet)]
        if len({sender_of(p, sheet.assignment) for p in notebooks} - {Sender("")}) > 1:
            return around


def _may_be_named(path: Path) -> bool:
    """A file of one student's may be called anything; one of a class says whose it is."""
    return len(path.parts) > 1 or "_" in path.stem or " - " in path.stem


def _visible(folder: Path) -> list[Path]:
    """The plain files below a folder, relative to it, without hidden ones."""
    found = [p.relative_to(folder) for p in sorted(folder.rglob("*")) if _is_plain(p)]
    return [p for p in found if not any(part.startswith(".") for part in p.parts)]


def _is_plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _choose(paths: list[Path], sheet: Sheet, folder: Path) -> tuple[Candidate, list[str]]:
    """The student's notebook; without one, whatever there is, so that grading says so.

    Args:
        paths: what the student sent in.
        sheet: the assignment.
        folder: for what comes out of zips.

    Returns:
        What is taken, and what else there is, in words.
    """
    sent = {path: path for path in paths}
    left_out, room = [], MOST_OF_ONE
    for path in paths:
        unpacked, told = _unpacked(path, folder, room)
        room -= sum(p.stat().st_size for p in unpacked)
        sent |= dict.fromkeys(unpacked, path)
        left_out += told
    candidates = [_candidate(p, source, sheet) for p, source in sent.items()]
    may_be = [c for c in candidates if c.may_be]
    best = max(may_be or candidates[: len(paths)], key=lambda c: c.rank)
    return best, [_passed_over(c, best) for c in may_be if c is not best] + left_out


def _take(taken: Candidate, into: Path, sheet: Sheet) -> None:
    """Copy a file in, with the time at which it came: that of the file that was sent in.

    Raises:
        Older: if what is there came later, and is another file.
    """
    name = f"{sheet.assignment}.ipynb" if taken.may_be else file_name(taken.path.name)
    size, there = taken.path.stat().st_size, into / name
    content = taken.path.read_bytes() if size <= LARGEST else None
    moment = datetime.fromtimestamp(taken.sent.stat().st_mtime, UTC)
    try:
        before = read_stamp(into)
    except NoMoment:
        before = None
    if before and before > moment.replace(tzinfo=None, microsecond=0):
        if there.is_file() and content == there.read_bytes():
            return
        raise Older(
            f"{file_name(taken.sent.name)} is of {moment:%Y-%m-%d %H:%M:%S} UTC, and {into} holds "
            f"one of {before:%Y-%m-%d %H:%M:%S}: remove that folder if the older one is to count"
        )
    if content is None:
        into.mkdir(parents=True, exist_ok=True)
        hollow(there, size)
    else:
        write_atomically(there, content)
    write_stamp(into, moment)


def _passed_over(other: Candidate, taken: Candidate) -> str:
    """A file that was not taken, and what it holds that the one that was does not."""
    name = file_name(other.path.name)
    if not other.holds:
        return f"{name}, which holds none of these exercises"
    only = sorted(other.written - taken.written)
    return f"{name}, in which alone are written: {said(only)}" if only else name


def _unpacked(path: Path, folder: Path, room: int) -> tuple[list[Path], list[str]]:
    """The files in a zip that a student sent in, and what was left out of it, in sentences; nothing
    if it is no zip, or not as one should be.
    """
    if path.stat().st_size > LARGEST or not zipfile.is_zipfile(path):
        return [], []
    into = Path(tempfile.mkdtemp(dir=folder))
    try:
        left_out = unpack(path, into, MOST_FILES_OF_ONE, room)
    except CourseError:  # the zip itself is kept, for grading to say so
        return [], []
    return [into / p for p in _visible(into)], left_out


def _candidate(path: Path, sent: Path, sheet: Sheet) -> Candidate:
    repaired = _repaired(path, sheet)  # not kept: of many files that would be much
    return Candidate(
        path, repaired is not None, repaired.written if repaired else frozenset(), sent
    )


def _repaired(path: Path, sheet: Sheet) -> Repaired | None:
    """What grading would make of a file; None if it can make nothing of it."""
    if path.stat().st_size > LARGEST:
        return None
    try:
        return repair(path.read_bytes(), sheet)
    except Exception:  # Unreadable, or unforeseen: grading meets it again, and says so
        return None
