"""Archives that were sent in: only plain files come out, only inside, and only so much."""

from __future__ import annotations

import errno
import lzma
import math
import os
import re
import time
import unicodedata
import zipfile
import zlib
from pathlib import Path

from autograder.course.errors import CourseError
from autograder.course.repair import LARGEST

MOST_FILES = 200_000
"""Members that the zip of a class may hold."""

BOMB_SIZE, BOMB_RATIO = 10 * 2**20, 100
"""A member that is larger than this, and than so many times its packed self, is no homework."""

TOO_MUCH = "more comes out of the zip than a homework is"

DAMAGED = (
    *(OSError, EOFError, RuntimeError, UnicodeError, NotImplementedError),
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError),
)
"""What zipfile raises at an archive that is cut off, encrypted or made by hand."""

LONGEST_NAME = 200
"""Bytes of a file's or folder's name. Windows and macOS take more letters than Linux bytes, and a
Korean letter has three."""


def unpack(archive: Path, into: Path, most_files: int = 0, room: float = math.inf) -> list[str]:
    """Take the files out of a zip.

    Links come out as the text that they are, and no path leads out of the folder. A file that is
    larger than any notebook that is taken comes out as one of its size without content. One that
    is damaged is left out, but not if none of them can be read.

    Args:
        archive: the zip.
        into: the folder.
        most_files: that it may hold; 0 for MOST_FILES.
        room: bytes that may come out of it. If there is a bound, notebooks and scripts come first,
            and what is beyond it is left out.

    Returns:
        What was left out, in sentences.

    Raises:
        CourseError: if it cannot be unpacked.
    """
    most_files = most_files or MOST_FILES
    try:
        with zipfile.ZipFile(archive) as zipped:
            members = [m for m in zipped.infolist() if not m.is_dir()]
            if len(members) > most_files:
                raise CourseError(
                    f"{archive.name} holds {len(members)} files, and {most_files} are taken"
                )
            if room < math.inf:
                members.sort(key=lambda m: not m.filename.lower().endswith((".ipynb", ".py")))
            told: list[str | Exception] = []
            for member in members:
                room -= min(member.file_size, LARGEST)
                too_much = f"{printable(_member_name(member))} was left out: {TOO_MUCH}"
                told.append(too_much if room < 0 else _attempt(zipped, member, archive, into))
    except DAMAGED as error:
        raise CourseError(_not_unpacked(archive, error)) from error
    damaged = [said for said in told if isinstance(said, Exception)]
    if damaged and len(damaged) == len(told):
        raise CourseError(_not_unpacked(archive, damaged[0])) from damaged[0]
    return [
        f"{printable(_member_name(member))} was left out: it cannot be unpacked ({said})"
        if isinstance(said, Exception)
        else said
        for member, said in zip(members, told, strict=True)
        if said
    ]


def _not_unpacked(archive: Path, error: Exception) -> str:
    return f"{archive} cannot be unpacked ({error or 'it is damaged'}): download it again"


def _attempt(
    zipped: zipfile.ZipFile, member: zipfile.ZipInfo, archive: Path, into: Path
) -> str | Exception:
    """Take out one file. Returns why it was left out: a sentence, or what is damaged in it."""
    try:
        return _unpack_one(zipped, member, archive, into)
    except DAMAGED as error:
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            raise
        return error


def _unpack_one(zipped: zipfile.ZipFile, member: zipfile.ZipInfo, archive: Path, into: Path) -> str:
    name = _member_name(member)
    packed = max(1, member.compress_size)
    if member.file_size > max(BOMB_SIZE, BOMB_RATIO * packed):
        return (
            f"{printable(name)} was left out: it unpacks from {packed / 1e6:.1f} to "
            f"{member.file_size / 1e6:,.0f} MB, as no notebook does"
        )
    parts = [_short(p) for p in Path(name).parts if p not in ("..", "/", "\\", "__MACOSX")]
    target = into.joinpath(*parts)
    if not parts or not target.resolve().is_relative_to(into.resolve()):
        raise CourseError(f"{archive}: {name!r} points outside the archive")
    with zipped.open(member) as stream:
        content = stream.read(LARGEST + 1)
    target.parent.mkdir(parents=True, exist_ok=True)
    if len(content) > LARGEST:
        hollow(target, max(len(content), member.file_size))
    else:
        target.write_bytes(content)
    if member.date_time[0] > 1980:  # zip's way to say that it does not know
        moment = time.mktime((*member.date_time, 0, 0, -1))
        os.utime(target, (moment, moment))
    return ""


def _short(name: str) -> str:
    """A name that can be a file's: a longer one loses its middle, and keeps its suffix."""
    encoded = os.fsencode(name)
    if len(encoded) <= LONGEST_NAME:
        return name
    suffix = Path(name).suffix if len(os.fsencode(Path(name).suffix)) < 20 else ""
    behind = f"-{zlib.crc32(encoded):08x}{suffix}"  # two may begin alike
    return encoded[: LONGEST_NAME - len(os.fsencode(behind))].decode("utf-8", "ignore") + behind


def hollow(path: Path, size: int) -> None:
    """A file that has a size and takes no room: too large to be taken, and it can be said how."""
    path.write_bytes(b"")
    os.truncate(path, size)


def _member_name(member: zipfile.ZipInfo) -> str:
    """Its name. macOS writes UTF-8 without saying so, and zipfile then assumes code page 437."""
    if member.flag_bits & 0x800:
        return member.filename
    try:
        return member.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return member.filename


def printable(name: str) -> str:
    """A name as it can be stored, printed and compared: composed, nothing that cannot be seen."""
    try:
        name = os.fsencode(name).decode("utf-8")
    except UnicodeError:  # from a system that was set to Latin-1
        name = os.fsencode(name).decode("latin-1")
    name = unicodedata.normalize("NFC", name)
    return "".join(c for c in name if unicodedata.category(c)[0] != "C").strip()


def file_name(name: str) -> str:
    """A name for a file or folder: no separators, nothing that a pattern of names is made of, no
    leading dot.
    """
    return re.sub(r"[\\/:*?\"<>|\[\]]", "-", printable(name)).lstrip(".") or "nameless"
