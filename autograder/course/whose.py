"""Whose the collected files are: the students that each sender may be."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from autograder.course.repair import LARGEST
from autograder.course.roster import Ambiguous, Roster
from autograder.course.sender import Sender, name_in_colab
from autograder.course.unpack import printable


@dataclass
class Whose:
    """Files by student.

    Attributes:
        files: of each student, by folder name or id.
        unclear: what could not be given to anybody, in sentences that say why and what to do.
    """

    files: dict[str, list[Path]] = field(default_factory=dict)
    unclear: list[str] = field(default_factory=list)


Senders = dict[Sender, list[Path]]


def by_name(senders: Senders) -> Whose:
    """Students called as the download calls them; two of one name with their numbers."""
    whose = Whose()
    numbers: dict[str, set[str]] = defaultdict(set)
    for sender in senders:
        numbers[sender.name].add(sender.number)
    for sender, paths in senders.items():
        if not sender.name:
            whose.unclear += [_nobodys(path) for path in paths]
            continue
        shared = len(numbers[sender.name]) > 1 and sender.number
        student = f"{sender.name}_{sender.number}" if shared else sender.name
        whose.files.setdefault(student, []).extend(paths)
    return whose


def by_roster(senders: Senders, roster: Roster, source: Path) -> Whose:
    """Students called by their ids. What could be two people's is nobody's until it is settled.

    Args:
        senders: of the files.
        roster: the class.
        source: the folder that the files are in.
    """
    whose = Whose()
    claims: dict[str, Senders] = defaultdict(dict)
    for sender, paths in senders.items():
        if not sender.name:
            continue
        try:
            student = roster.find(sender.name, sender.number if sender.canvas else "")
        except Ambiguous as several:
            number = f"the column lms_user_id (here {sender.number}), or " if sender.canvas else ""
            whose.unclear.append(
                f"{_named(paths)} may be from {several}: tell them apart by {number}a folder "
                "called by the student's id"
            )
            continue
        if student:
            claims[student.id][sender] = paths
        else:
            whose.unclear.append(
                f"{_named(paths)}: {sender.name!r} is not on the roster: add a line to it, or put "
                "the files into a folder called by the student's id"
            )
    for student_id, by in claims.items():
        if len({sender.number for sender in by if sender.number}) > 1:
            files = " and ".join(_named(paths) for paths in by.values())
            whose.unclear.append(
                f"{files} come from different people, and the names of both fit "
                f"{roster.find(student_id)}: is one of them missing on the roster?"
            )
        else:
            whose.files[student_id] = [path for paths in by.values() for path in paths]
    nameless = [path for sender, paths in senders.items() if not sender.name for path in paths]
    _by_colab(nameless, roster, source, whose)
    return whose


def _by_colab(paths: list[Path], roster: Roster, source: Path, whose: Whose) -> None:
    """Files called "hw3.ipynb" and no more: Colab may have written into them who ran them."""
    claims: dict[str, list[Path]] = defaultdict(list)
    for path in paths:
        small = (source / path).stat().st_size <= LARGEST
        name = name_in_colab((source / path).read_bytes()) if small else ""
        try:
            student = roster.find(name) if name else None
        except Ambiguous:
            student = None
        if student:
            claims[student.id].append(path)
        else:
            whose.unclear.append(_nobodys(path))
    for student_id, its in claims.items():
        if len(its) == 1 and student_id not in whose.files:
            whose.files[student_id] = its
        else:
            whose.unclear += [
                f"{printable(str(path))} was run in Colab by {roster.find(student_id)}, of whom "
                "there is another file, too: whose is it?"
                for path in its
            ]


def _nobodys(path: Path) -> str:
    return (
        f"{printable(str(path))} names no student: put it into a folder called by the student's id"
    )


def _named(paths: list[Path]) -> str:
    more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
    return f"{printable(str(paths[0]))}{more}"
