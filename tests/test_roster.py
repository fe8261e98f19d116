"""The class, and whose a submission is by the name that a download gives it."""

from __future__ import annotations

import subprocess
import unicodedata
from pathlib import Path

import pytest
from inboxes import notebook_of, put, submitted, zipped
from small_course import command
from small_homework import NAME, raw, submission

from autograder.course.collect import Collected
from autograder.course.collect import collect as collect_all
from autograder.course.config import Course
from autograder.course.errors import CourseError
from autograder.course.roster import Ambiguous, Roster, Student, read_roster
from autograder.course.sender import Sender, name_in_colab, sender_of

RIGHT = raw(submission())
CLASS = """\
id,first_name,last_name,email,lms_user_id
20240001,Ada,Lovelace,ada@uni.edu,501
20240002,민수,김,minsu.kim@uni.edu,502
20240003,민수,김,minsu2@uni.edu,503
20240004,Chloé,O'Neil-Łukasz,,
20240005,은지 🙂,박,,
"""


@pytest.fixture
def roster(tmp_path: Path) -> Roster:
    return read_roster(written(tmp_path, CLASS))


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "roster.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def found(roster: Roster, name: str, number: str = "") -> str:
    student = roster.find(name, number)
    return student.id if student else ""


# -- names ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "last_digit"),
    [
        ("20240001", "1"),
        ("lovelaceada", "1"),
        ("Ada Lovelace", "1"),
        ("Lovelace, Ada", "1"),
        ("ada-lovelace", "1"),
        ("ADA@uni.edu", "1"),
        ("ada", "1"),
        ("minsu2", "3"),
        ("Chloé O'Neil-Łukasz", "4"),
        ("oneilłukaszchloe", "4"),
        ("chloe o neil łukasz", "4"),
        ("박은지🙂", "5"),
        ("은지 🙂 박", "5"),
        ("grace", ""),
        ("Lovelace", ""),  # a part of a name is none
        ("", ""),
    ],
)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_names_that_a_student_goes_by(
    roster: Roster, name: str, last_digit: str, form: str
) -> None:
    spelled = unicodedata.normalize(form, name)  # type: ignore[arg-type]
    assert found(roster, spelled) == (f"2024000{last_digit}" if last_digit else "")


def test_two_of_one_name_are_not_guessed_at(roster: Roster) -> None:
    with pytest.raises(Ambiguous, match=r"민수 김 \(20240002\) or 민수 김 \(20240003\)"):
        roster.find("김민수")


def test_canvas_s_number_tells_two_of_one_name_apart(roster: Roster) -> None:
    assert found(roster, "김민수", "502") == "20240002"
    assert found(roster, "김민수", "503") == "20240003"


def test_accents_count_before_they_do_not() -> None:
    roster = Roster((Student("1", "Zoe", "Kim"), Student("2", "Zoë", "Kim")))
    assert (found(roster, "kimzoe"), found(roster, "Zoë Kim")) == ("1", "2")
    both = Roster((Student("1", "Zoé", "Kim"), Student("2", "Zoë", "Kim")))
    with pytest.raises(Ambiguous):
        both.find("kimzoe")


# -- the file ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "ID,First Name,Last-Name\nk1,민수,김\n",
        "﻿id;first_name;last_name;group\nk1;민수;김;3\n",  # Excel: a mark in front, semicolons
        "id\tfirst_name\tlast_name\nk1\t민수\t김\n\n\t\t\n",
        "id,first_name,last_name\nk1,민수,김\n".encode("cp949"),
        "id,first_name,last_name\r\nk1, 민수 ,김\r\n",
    ],
)
def test_a_roster_as_programs_write_it(tmp_path: Path, text: str | bytes) -> None:
    assert read_roster(written(tmp_path, text)).students == (Student("k1", "민수", "김"),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has no column id; it has nothing"),
        ("name,email\nAda,a@b\n", "has no column id; it has name, email"),
        ("id,email\n", "names no students"),
        ("id,first_name\na1,Ada\n,Bo\n", "line 3: Bo.* has no id"),
        ("id,first_name\na1,Ada\na1,Bo\n", r"line 3: a1 is Ada \(a1\)'s id already"),
        ("id,lms_userid\na1,7\n", "a column lms_userid: should that be lms_user_id"),
        ("id,E-Mail\na1,a@b\n", "a column e_mail: should that be email"),
        ("id\n[a1]\n", r"'\[a1\]' cannot be the name of a folder: '-a1-' could"),
        ("id\n../a1\n", "'../a1' cannot be the name of a folder: '-a1' could"),
    ],
)
def test_a_roster_that_is_none(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(CourseError, match=said):
        read_roster(written(tmp_path, text))


def test_a_roster_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="cannot be read: No such file"):
        read_roster(tmp_path / "nowhere.csv")


# -- who a path says it is --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "name", "number"),
    [
        ("lovelaceada_12345_67890_hw3.ipynb", "lovelaceada", "12345"),
        ("lovelaceada_LATE_123_456_Copy of hw3.ipynb", "lovelaceada", "123"),
        ("Ada Lovelace_1234_assignsubmission_file_/x.ipynb", "Ada Lovelace", "1234"),
        ("Ada Lovelace_1234_assignsubmission_file/deep/x.ipynb", "Ada Lovelace", "1234"),
        ("Ada Lovelace_1234_assignsubmission_file_hw3.ipynb", "Ada Lovelace", "1234"),
        ("A_B_1234_assignsubmission_file_/x.ipynb", "A_B", "1234"),
        ("Ada Lovelace - hw3_rnn_bptt.ipynb", "Ada Lovelace", ""),
        ("hw3_rnn_bptt - Ada Lovelace.ipynb", "Ada Lovelace", ""),
        ("Copy of Ada Lovelace - hw3 (2).ipynb", "Ada Lovelace", ""),
        ("ada/anything.ipynb", "ada", ""),
        ("ada_hw3.ipynb", "ada", ""),
        ("은지.ipynb", "은지", ""),
        ("hw3_rnn_bptt.ipynb", "", ""),
        ("Copy of hw3_rnn_bptt.ipynb", "", ""),
        ("hw3_rnn_bptt (1).ipynb", "", ""),
        ("HW3_final.ipynb", "", ""),
        ("hw3_rnn_bptt의 사본.ipynb", "", ""),
    ],
)
def test_who_a_path_says_it_is(path: str, name: str, number: str) -> None:
    sender = sender_of(Path(path), "hw3_rnn_bptt")
    assert (sender.name, sender.number) == (name, number)


def test_canvas_s_number_is_the_student_s_and_moodle_s_is_not() -> None:
    assert sender_of(Path("ada_12_34_x.ipynb"), NAME) == Sender("ada", "12", canvas=True)
    assert not sender_of(Path("ada_12_assignsubmission_file_/x.ipynb"), NAME).canvas


# -- a class comes in -------------------------------------------------------------------------


def run_by(name: str) -> bytes:
    """A right submission as Colab saves it when somebody has run its cells."""
    notebook = submission()
    for cell in notebook.cells:
        if cell.cell_type == "code":
            user = {"displayName": name, "userId": "0123"}
            cell.metadata["executionInfo"] = {"elapsed": 3, "status": "ok", "user": user}
    return raw(notebook)


def test_the_name_in_colab() -> None:
    assert name_in_colab(run_by("Ada Lovelace")) == "Ada Lovelace"
    assert name_in_colab(RIGHT) == name_in_colab(b"{") == name_in_colab(b"[]") == ""
    assert name_in_colab(b'{"cells": [null, {"metadata": null}]}') == ""


def collected(course: Course, source: Path, roster: Roster) -> Collected:
    return collect_all(course, NAME, source, roster)


def test_a_class_from_canvas(course: Course, tmp_path: Path, roster: Roster) -> None:
    archive = zipped(
        tmp_path / "submissions.zip",
        {
            f"lovelaceada_501_1_{NAME}.ipynb": RIGHT,
            f"김민수_502_2_{NAME}.ipynb": RIGHT,
            f"김민수_LATE_503_3_Copy of {NAME}.ipynb": RIGHT,
        },
    )
    found = collected(course, archive, roster)
    assert set(submitted(course)) == {notebook_of(f"2024000{n}") for n in (1, 2, 3)}
    assert [s.id for s in found.missing] == ["20240004", "20240005"]
    assert found.unclear == []


def test_a_class_from_moodle(course: Course, inbox: Path, roster: Roster) -> None:
    decomposed = unicodedata.normalize("NFD", "Chloé O'Neil-Łukasz")
    files = {
        "Ada Lovelace_88_assignsubmission_file_/my.ipynb": RIGHT,
        f"{decomposed}_89_assignsubmission_file_/notebook.ipynb": RIGHT,
        "김 민수_90_assignsubmission_file_/hw.ipynb": RIGHT,
    }
    put(inbox / "CS101-hw3-2026", files)
    found = collected(course, inbox, roster)
    assert set(found.taken) == {"20240001", "20240004"}
    (said,) = found.unclear
    assert said.startswith(
        "김 민수_90_assignsubmission_file_/hw.ipynb may be from 민수 김 (20240002)"
    )
    assert "a folder called by the student's id" in said
    assert {s.id for s in found.missing} == {"20240002", "20240003", "20240005"}


def test_a_class_from_google_classroom(
    course: Course,
    inbox: Path,
    roster: Roster,
) -> None:
    files = {
        f"Ada Lovelace - {NAME}.ipynb": RIGHT,
        f"Copy of {NAME}.ipynb": run_by("Chloé O'Neil-Łukasz"),
        f"{NAME}.ipynb": run_by("nobody knows"),
        f"{NAME} (1).ipynb": RIGHT,
    }
    put(inbox / "hw3", files)
    found = collected(course, inbox, roster)
    assert set(found.taken) == {"20240001", "20240004"}
    assert sorted(said.partition(":")[0] for said in found.unclear) == [
        f"{NAME} (1).ipynb names no student",
        f"{NAME}.ipynb names no student",
    ]


def test_the_name_in_colab_takes_nobody_s_place(
    course: Course,
    inbox: Path,
    roster: Roster,
) -> None:
    files = {
        "ada/hw.ipynb": RIGHT,
        f"{NAME}.ipynb": run_by("Ada Lovelace"),
        f"{NAME} (1).ipynb": run_by("Chloé O'Neil-Łukasz"),
        f"{NAME} (2).ipynb": run_by("Chloé O'Neil-Łukasz"),
    }
    put(inbox, files)
    found = collected(course, inbox, roster)
    assert submitted(course) == {notebook_of("20240001"): RIGHT}
    assert len(found.unclear) == 3 and all("whose is it?" in said for said in found.unclear)


def test_two_people_whose_names_fit_one_student_are_not_merged(
    course: Course,
    inbox: Path,
    roster: Roster,
) -> None:
    put(inbox, {f"lovelaceada_7_1_{NAME}.ipynb": RIGHT, f"lovelaceada_8_2_{NAME}.ipynb": RIGHT})
    found = collected(course, inbox, roster)
    assert submitted(course) == {}
    (said,) = found.unclear
    assert f"lovelaceada_7_1_{NAME}.ipynb and lovelaceada_8_2_{NAME}.ipynb come from" in said
    assert "Ada Lovelace (20240001)" in said


def test_folders_called_by_ids_settle_it(
    course: Course,
    inbox: Path,
    roster: Roster,
) -> None:
    put(inbox, {"20240002/a.ipynb": RIGHT, "20240003/b.ipynb": RIGHT, "nobody/c.ipynb": RIGHT})
    found = collected(course, inbox, roster)
    assert set(found.taken) == {"20240002", "20240003"}
    assert found.unclear[0].startswith("nobody/c.ipynb: 'nobody' is not on the roster")


def test_the_only_student_s_folder_is_no_folder_of_a_class(
    course: Course,
    inbox: Path,
    roster: Roster,
) -> None:
    put(inbox, {"ada/old/a.ipynb": RIGHT, "ada/new/b.ipynb": RIGHT})
    assert set(collected(course, inbox, roster).taken) == {"20240001"}


def test_who_handed_in_before_is_not_missing(
    course: Course,
    inbox: Path,
    roster: Roster,
) -> None:
    put(inbox / "first", {"20240001/a.ipynb": RIGHT, "x/y": b""})
    collected(course, inbox / "first", roster)
    put(inbox / "second", {"20240002/a.ipynb": RIGHT, "x/y": b""})
    assert "20240001" not in {s.id for s in collected(course, inbox / "second", roster).missing}


def test_from_the_command_line(course: Course, inbox: Path, tmp_path: Path) -> None:
    (course.root / "nbgrader_config.py").touch()
    put(inbox, {"Ada Lovelace/hw.ipynb": RIGHT, "김민수/hw.ipynb": RIGHT})
    roster = written(tmp_path, CLASS)
    arguments = [NAME, str(inbox), "--course", str(course.root), "--roster", str(roster)]
    done = subprocess.run(command("collect", *arguments), capture_output=True, text=True)
    assert done.returncode == 1
    assert "  20240001: hw.ipynb\n1 submissions of" in done.stdout
    assert "nothing from 4 of 5:\n  민수 김 (20240002)\n" in done.stdout
    assert done.stderr.startswith("not taken: 김민수/hw.ipynb may be from")
