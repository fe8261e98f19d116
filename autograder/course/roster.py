"""Who is in the class, and whose a submission is by the name that a download gives it."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from autograder.course.errors import CourseError
from autograder.course.unpack import file_name

COLUMNS = ("id", "first_name", "last_name", "email", "lms_user_id")
"""Those that are read, called as in `nbgrader db student import`. Only id has to be there."""


@dataclass(frozen=True)
class Student:
    """One of the class.

    Attributes:
        id: names the student everywhere: folders, gradebook, grades.csv.
        first_name: or "".
        last_name: or "".
        email: or "".
        lms_user_id: the number that Canvas puts into file names; or "".
    """

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_user_id: str = ""

    def __str__(self) -> str:
        name = f"{self.first_name} {self.last_name}".strip()
        return f"{name} ({self.id})" if name else self.id

    def names(self) -> Iterator[str]:
        """How a download may write the name, as `key` makes it."""
        first, last = key(self.first_name), key(self.last_name)
        if first or last:
            yield first + last
            yield last + first


class Ambiguous(Exception):
    """Several students could be meant."""


@dataclass(frozen=True)
class Roster:
    """The class.

    Attributes:
        students: in the file's order.
    """

    students: tuple[Student, ...]

    def find(self, name: str, number: str = "") -> Student | None:
        """The student who goes by a name.

        By the number, if it is Canvas's; else the id; the e-mail address; first and last name in
        either order, with any spaces and punctuation; and at last without accents, which some
        systems drop.

        Args:
            name: of a folder or at the beginning of a file's name.
            number: the student's in Canvas, or "".

        Raises:
            Ambiguous: naming those who could be meant.
        """
        email = without_case(name)
        ways: tuple[Callable[[Student], bool], ...] = (
            lambda s: bool(number) and s.lms_user_id == number,
            lambda s: without_case(s.id) == email,
            lambda s: bool(s.email) and email in (s.email.lower(), s.email.lower().split("@")[0]),
            lambda s: key(name) in s.names(),
            lambda s: plain(name) in map(plain, s.names()),
        )
        for way in ways:
            found = [student for student in self.students if way(student)]
            if len(found) == 1:
                return found[0]
            if found:
                raise Ambiguous(" or ".join(map(str, found)))
        return None

    def knows(self, name: str) -> bool:
        """Is this a student's name, or could it be several's?"""
        try:
            return self.find(name) is not None
        except Ambiguous:
            return True


def key(name: str) -> str:
    """A name without case, spaces and punctuation: "Lovelace, Ada" and "lovelace-ada" are one."""
    composed = unicodedata.normalize("NFC", name.casefold())
    return "".join(c for c in composed if unicodedata.category(c)[0] not in "ZPC")


def plain(name: str) -> str:
    """`key` without accents: "Chloé" is "chloe"."""
    decomposed = unicodedata.normalize("NFKD", key(name))
    return "".join(c for c in decomposed if unicodedata.category(c) != "Mn")


def without_case(name: str) -> str:
    """For comparing ids and addresses: composed, without case, but with their punctuation."""
    return unicodedata.normalize("NFC", name).strip().casefold()


def read_roster(path: Path) -> Roster:
    """A class from a CSV file with a line of column names: at least id.

    Raises:
        CourseError: naming the line and what is wrong with it.
    """
    try:
        text = _decoded(path.read_bytes())
    except OSError as error:
        raise CourseError(f"the roster {path} cannot be read: {error.strerror}") from error
    first_line = text.partition("\n")[0]
    delimiter = max(",;\t", key=first_line.count)  # Excel writes what the country is used to
    reader = csv.DictReader(text.splitlines(), delimiter=delimiter)
    columns = {
        re.sub(r"[\s-]+", "_", (c or "").strip().lower()): c for c in reader.fieldnames or ()
    }
    _check_columns(path, columns)
    if "id" not in columns:
        there = ", ".join(columns) or "nothing"
        raise CourseError(f"{path} has no column id; it has {there}. Read are {', '.join(COLUMNS)}")
    students: dict[str, Student] = {}
    for row in reader:
        values = {c: (row.get(columns[c]) or "").strip() for c in COLUMNS if c in columns}
        if not any((value or "").strip() for value in row.values() if isinstance(value, str)):
            continue
        student = Student(**{c: unicodedata.normalize("NFC", v) for c, v in values.items()})
        line = f"{path}, line {reader.line_num}"
        if not student.id:
            raise CourseError(f"{line}: {student} has no id".replace("  ", " "))
        if file_name(student.id) != student.id:
            raise CourseError(
                f"{line}: {student.id!r} cannot be the name of a folder: "
                f"{file_name(student.id)!r} could"
            )
        if student.id in students:
            raise CourseError(f"{line}: {student.id} is {students[student.id]}'s id already")
        students[student.id] = student
    if not students:
        raise CourseError(f"{path} names no students")
    return Roster(tuple(students.values()))


def _check_columns(path: Path, columns: Iterable[str]) -> None:
    """Refuse what is nearly the name of a column that lacks. Other columns are no matter."""
    lacking = [column for column in COLUMNS if column not in columns]
    for column in columns:
        near = get_close_matches(column, lacking, 1, cutoff=0.8)
        if near and column not in COLUMNS:
            raise CourseError(f"{path} has a column {column}: should that be {near[0]}?")


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "cp949"):  # Excel in Korea writes the latter
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("latin-1")
