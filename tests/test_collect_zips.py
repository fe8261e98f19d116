"""Zips of a class and of a student: all that can be read comes out, and nothing lands elsewhere."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import pytest
from inboxes import OTHER, RIGHT, collect, jobs, notebook_of, put, submitted, zipped
from small_homework import NAME

from autograder.course import collect as collect_module
from autograder.course import grade as grade_module
from autograder.course import unpack as unpack_module
from autograder.course.config import Course
from autograder.course.errors import CourseError


@pytest.mark.parametrize(
    "member",
    [
        "../../ada/hw.ipynb",
        "/ada/hw.ipynb",
        "ada/../../../hw.ipynb",
        "../course/submitted/ada/hw.ipynb",
        "__MACOSX/../ada/hw.ipynb",
    ],
)
def test_paths_that_lead_out_stay_inside(course: Course, tmp_path: Path, member: str) -> None:
    archive = zipped(tmp_path / "all.zip", {member: RIGHT})
    before = {p for p in tmp_path.rglob("*") if "submitted" not in p.parts}
    (student,) = collect(course, NAME, archive)
    assert submitted(course) == {notebook_of(student): RIGHT}
    assert {p for p in tmp_path.rglob("*") if "submitted" not in p.parts} == before


@pytest.mark.parametrize("member", ["..", "../..", "/"])
def test_a_path_that_is_nothing_but_a_way_out(course: Course, tmp_path: Path, member: str) -> None:
    info = zipfile.ZipInfo("x")
    info.filename = member
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr(info, RIGHT)
    with pytest.raises(CourseError):
        collect(course, NAME, tmp_path / "all.zip")
    assert submitted(course) == {}


def test_a_link_in_a_zip_is_not_followed(course: Course, tmp_path: Path) -> None:
    (tmp_path / "secret.ipynb").write_bytes(RIGHT)
    link = zipfile.ZipInfo("ada/hw.ipynb")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr(link, str(tmp_path / "secret.ipynb"))
    collect(course, NAME, tmp_path / "all.zip")
    assert submitted(course) == {notebook_of("ada"): str(tmp_path / "secret.ipynb").encode()}


def test_links_in_a_folder_are_not_followed(course: Course, inbox: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "hw.ipynb").write_bytes(OTHER)
    put(inbox, {"ada/hw.ipynb": RIGHT})
    (inbox / "ada" / "newer.ipynb").symlink_to(tmp_path / "elsewhere" / "hw.ipynb")
    (inbox / "mallory").symlink_to(tmp_path / "elsewhere")
    collect(course, NAME, inbox)
    assert submitted(course) == {notebook_of("ada"): RIGHT}


def test_very_many_members(course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpack_module, "MOST_FILES", 30)
    files = {f"ada/{n}.txt": b"" for n in range(30)}
    collect(course, NAME, zipped(tmp_path / "enough.zip", files))
    with pytest.raises(CourseError, match="31 files, and 30 are taken"):
        collect(course, NAME, zipped(tmp_path / "many.zip", {**files, "bora/hw.ipynb": RIGHT}))
    assert notebook_of("bora") not in submitted(course)


def test_a_file_that_is_too_large_takes_no_room_and_is_said_to_be(
    course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (collect_module, unpack_module, grade_module):
        monkeypatch.setattr(module, "LARGEST", 3 * 2**20)
    large = RIGHT + os.urandom(4 * 2**20)
    archive = zipped(tmp_path / "all.zip", {"ada/hw.ipynb": large, "bora/hw.ipynb": RIGHT})
    collect(course, NAME, archive)
    folder = tmp_path / "folder"
    put(folder, {"chloé/hw.ipynb": large, "dmitri/hw.ipynb": OTHER})
    collect(course, NAME, folder)
    by_student = {job.student: job for job in jobs(course)}
    assert by_student["bora"].raw == RIGHT and by_student["dmitri"].raw == OTHER
    for student in ("ada", "chloé"):
        assert by_student[student].raw is None
        assert by_student[student].missing.startswith("the file has 4 MB")
        path = course.root / "submitted" / notebook_of(student)
        assert path.stat().st_size == len(large) and path.stat().st_blocks * 512 < 2**20


def test_a_bomb_is_left_out_and_named(course: Course, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "all.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mallory/hw.ipynb", b" " * (20 * 2**20))
        archive.writestr("ada/hw.ipynb", RIGHT)
    found = collect_module.collect(course, NAME, tmp_path / "all.zip")
    assert found.taken == {"ada": "hw.ipynb"}
    (said,) = found.unclear
    assert said.startswith("mallory/hw.ipynb was left out: it unpacks from 0.0 to 21 MB")
    assert submitted(course) == {notebook_of("ada"): RIGHT}


def in_a_zip(*files: tuple[str, bytes]) -> bytes:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        for name, content in files:
            archive.writestr(zipfile.ZipInfo(name, (2026, 11, 3, 9, 30, 0)), content)
    return inner.getvalue()


def test_a_zip_that_a_student_sent_in_is_looked_into(course: Course, tmp_path: Path) -> None:
    sent = in_a_zip(("my work/notes.txt", b"hi"), ("my work/Copy of hw.ipynb", RIGHT))
    archive = zipped(tmp_path / "all.zip", {"ada/hw.zip": sent, "lovelaceada_1_2_hw.zip": sent})
    taken = dict.fromkeys(("ada", "lovelaceada"), "Copy of hw.ipynb")
    assert collect(course, NAME, archive) == taken
    assert submitted(course) == {notebook_of("ada"): RIGHT, notebook_of("lovelaceada"): RIGHT}


@pytest.mark.parametrize(
    "sent",
    [
        in_a_zip(("hw.zip", in_a_zip(("hw.ipynb", RIGHT)))),  # one level, and no further
        in_a_zip(("report.pdf", b"%PDF")),
        in_a_zip(("hw.ipynb", RIGHT))[:-40],
        in_a_zip(*((f"{n}.txt", b"") for n in range(1001)), ("hw.ipynb", RIGHT)),
    ],
)
def test_a_zip_without_a_notebook_is_kept_for_grading_to_say_so(
    course: Course, tmp_path: Path, sent: bytes
) -> None:
    collect(course, NAME, zipped(tmp_path / "all.zip", {"ada/hw.zip": sent}))
    assert submitted(course) == {f"ada/{NAME}/hw.zip": sent}


def test_more_than_a_homework_in_a_student_s_zip(
    course: Course, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A small zip can hold a thousand files of 10 MB: hours, and more memory than there is."""
    monkeypatch.setattr(collect_module, "MOST_OF_ONE", 1_000_000)
    data = [(f"data/{n}.txt", b" " * 400_000) for n in range(4)]
    put(inbox, {"ada/a.zip": in_a_zip(*data, ("hw.ipynb", RIGHT)), "ada/b.zip": in_a_zip(*data)})
    found = collect_module.collect(course, NAME, inbox)
    assert submitted(course) == {notebook_of("ada"): RIGHT}
    assert (
        found.told("ada").count("was left out: more comes out of the zip than a homework is") == 6
    )
    assert "data/1.txt was left out" in found.told("ada")


def test_a_path_out_of_a_student_s_zip_leads_nowhere(course: Course, tmp_path: Path) -> None:
    sent = in_a_zip(("../../../../bora/hw.ipynb", RIGHT), ("/etc/hw.ipynb", RIGHT))
    before = set(tmp_path.rglob("*"))
    collect(course, NAME, zipped(tmp_path / "all.zip", {"ada/hw.zip": sent}))
    assert submitted(course) == {notebook_of("ada"): RIGHT}
    assert {p for p in tmp_path.rglob("*") if "submitted" not in p.parts} - before == {
        tmp_path / "all.zip"
    }


def test_a_zip_made_on_macos_says_nothing_of_utf_8(course: Course, tmp_path: Path) -> None:
    archive = zipped(tmp_path / "all.zip", {"XXXXXX/hw.ipynb": RIGHT, "__MACOSX/XXXXXX/._hw": b""})
    written = archive.read_bytes()
    archive.write_bytes(written.replace(b"XXXXXX", "은지".encode()))  # six bytes, no flag
    assert collect(course, NAME, archive) == {"은지": "hw.ipynb"}


def test_a_damaged_zip(course: Course, tmp_path: Path) -> None:
    archive = zipped(tmp_path / "all.zip", {"ada/hw.ipynb": RIGHT})
    content = bytearray(archive.read_bytes())
    content[100] ^= 1  # in the notebook's bytes: the checksum does not fit
    archive.write_bytes(content)
    with pytest.raises(CourseError, match="download it again"):
        collect(course, NAME, archive)


def test_a_zip_with_a_password(course: Course, tmp_path: Path) -> None:
    archive = zipped(tmp_path / "all.zip", {"ada/hw.ipynb": RIGHT})
    content = bytearray(archive.read_bytes())
    content[6] |= 1  # the flag in the member's own header
    content[content.index(b"PK\x01\x02") + 8] |= 1  # and in the directory
    archive.write_bytes(content)
    with pytest.raises(CourseError, match="encrypted"):
        collect(course, NAME, archive)


# -- damage in one member ---------------------------------------------------------------------


def damaged(path: Path, packing: int) -> Path:
    """A zip of two students, of whose members the first is cut short in the middle."""
    with zipfile.ZipFile(path, "w", packing) as archive:
        for name in ("ada/hw.ipynb", "bora/hw.ipynb"):
            archive.writestr(name, RIGHT)
        start, packed = 30 + len("ada/hw.ipynb"), archive.getinfo("ada/hw.ipynb").compress_size
    content = bytearray(path.read_bytes())
    content[start + 20 : start + packed] = b"\xff" * (packed - 20)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    "packing", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
def test_a_damaged_member_is_left_out_and_named(
    course: Course, tmp_path: Path, packing: int
) -> None:
    found = collect_module.collect(course, NAME, damaged(tmp_path / "all.zip", packing))
    assert submitted(course) == {notebook_of("bora"): RIGHT}
    (said,) = found.unclear
    assert said.startswith("ada/hw.ipynb was left out: it cannot be unpacked")


def test_a_file_in_the_place_of_a_folder_is_left_out(course: Course, tmp_path: Path) -> None:
    archive = zipped(
        tmp_path / "all.zip", {"ada/hw": b"hi", "ada/hw/hw.ipynb": RIGHT, "bora": RIGHT}
    )
    found = collect_module.collect(course, NAME, archive)
    (said,) = found.unclear
    assert said.startswith("ada/hw/hw.ipynb was left out")


def test_what_is_left_out_of_a_student_s_zip_is_told(course: Course, tmp_path: Path) -> None:
    put(tmp_path / "inbox", {"chloé/hw.zip": damaged(tmp_path / "one.zip", 8).read_bytes()})
    found = collect_module.collect(course, NAME, tmp_path / "inbox")
    assert submitted(course) == {notebook_of("chloé"): RIGHT}
    assert "ada/hw.ipynb was left out: it cannot be unpacked" in found.told("chloé")


def test_names_longer_than_linux_takes(course: Course, tmp_path: Path) -> None:
    long = "과제" * 60  # 360 bytes in UTF-8, 120 letters on Windows
    files = {f"ada/{long}.ipynb": RIGHT, f"ada/{long}2.ipynb": OTHER, f"{long}/hw.ipynb": OTHER}
    taken = collect(course, NAME, zipped(tmp_path / "all.zip", files))
    assert taken["ada"].startswith("과제과제") and taken["ada"].endswith(".ipynb")
    assert submitted(course)[notebook_of("ada")] == OTHER and len(submitted(course)) == 2


def test_when_a_zip_was_sent_in_is_not_when_a_file_in_it_was_written(
    course: Course, tmp_path: Path
) -> None:
    sent = in_a_zip(("hw.ipynb", RIGHT))  # written at 9:30 on 3 November 2026
    put(tmp_path / "inbox", {"ada/hw.zip": sent})
    collect(course, NAME, tmp_path / "inbox")
    stamp = course.folder("submitted", "ada", NAME) / "timestamp.txt"
    assert stamp.read_text() == "2001-09-09 01:46:40 UTC"
