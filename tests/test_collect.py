"""Submissions come in: whose they are, which file counts, and nothing lands anywhere else."""

from __future__ import annotations

import os
import time
import unicodedata
import zipfile
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from inboxes import OTHER, RIGHT, collect, jobs, notebook_of, put, submitted, zipped
from small_homework import NAME, SHEET, raw, submission
from small_homework import RIGHT as RIGHTS

from autograder.course import collect as collect_module
from autograder.course.config import Course
from autograder.course.errors import CourseError

# -- whose it is ------------------------------------------------------------------------------


def test_a_folder_for_each_student(course: Course, inbox: Path) -> None:
    put(inbox, {f"ada/{NAME}.ipynb": RIGHT, f"bora/deep/er/{NAME}.ipynb": OTHER})
    assert collect(course, NAME, inbox) == {"ada": f"{NAME}.ipynb", "bora": f"{NAME}.ipynb"}
    assert submitted(course) == {notebook_of("ada"): RIGHT, notebook_of("bora"): OTHER}


def test_files_as_canvas_calls_them(course: Course, inbox: Path) -> None:
    ada, eunji = f"lovelaceada_123_4567_{NAME}-1.ipynb", f"kimeunji_LATE_9_8_{NAME}.ipynb"
    put(inbox, {ada: RIGHT, eunji: OTHER})
    assert collect(course, NAME, inbox) == {"lovelaceada": ada, "kimeunji": eunji}
    assert submitted(course) == {notebook_of("lovelaceada"): RIGHT, notebook_of("kimeunji"): OTHER}


def test_a_folder_around_the_whole_class_is_nobody_s_name(course: Course, inbox: Path) -> None:
    put(inbox, {"export/hw/ada/hw.ipynb": RIGHT, "export/hw/bo/hw.ipynb": OTHER})
    assert set(collect(course, NAME, inbox)) == {"ada", "bo"}
    put(inbox / "flat", {"class/ada_hw.ipynb": RIGHT, "class/bo_hw.ipynb": OTHER})
    assert set(collect(course, NAME, inbox / "flat")) == {"ada", "bo"}


def test_the_folder_of_the_only_student_is_the_student_s(course: Course, inbox: Path) -> None:
    put(inbox, {"ada/hw.ipynb": RIGHT, "ada/notes.txt": b"thanks"})
    assert set(collect(course, NAME, inbox)) == {"ada"}


def test_two_students_with_one_name(course: Course, inbox: Path) -> None:
    put(inbox, {f"kimminsu_11_1_{NAME}.ipynb": RIGHT, f"kimminsu_LATE_22_2_{NAME}.ipynb": OTHER})
    collect(course, NAME, inbox)
    assert submitted(course) == {
        notebook_of("kimminsu_11"): RIGHT,
        notebook_of("kimminsu_22"): OTHER,
    }


def test_one_student_with_two_files_is_one_student(course: Course, inbox: Path) -> None:
    put(inbox, {f"kimminsu_11_1_{NAME}.ipynb": OTHER, f"kimminsu_11_2_{NAME}-1.ipynb": RIGHT})
    collect(course, NAME, inbox)
    assert submitted(course) == {notebook_of("kimminsu"): RIGHT}


@pytest.mark.parametrize("name", ["은지", "Chloé Łukasz", "Ω 🙂", "O'Brien", "ada.lovelace@x.org"])
def test_names_in_any_script(course: Course, inbox: Path, name: str) -> None:
    decomposed = unicodedata.normalize("NFD", name)  # as macOS hands names out
    put(inbox, {f"{decomposed}/과제 é.ipynb": RIGHT})
    assert list(collect(course, NAME, inbox)) == [unicodedata.normalize("NFC", name)]
    assert submitted(course) == {notebook_of(unicodedata.normalize("NFC", name)): RIGHT}


def test_one_name_in_two_normal_forms_is_one_student(course: Course, inbox: Path) -> None:
    composed, decomposed = (unicodedata.normalize(form, "은지é") for form in ("NFC", "NFD"))
    put(inbox, {f"{composed}_a.ipynb": OTHER, f"{decomposed}_b.ipynb": RIGHT})
    collect(course, NAME, inbox)
    assert submitted(course) == {notebook_of(composed): RIGHT}


@pytest.mark.parametrize(
    ("folder", "student"),
    [
        (b"Andr\xe9", "André"),  # Latin-1
        (b"a\x01d\x7fa\xe2\x80\xae\xe2\x80\x8b", "ada"),  # control, right-to-left, zero width
        (b" ada ", "ada"),
        (b'a:b*c?"<>|\\d', "a-b-c------d"),
        (b"\xe2\x80\x8b", "nameless"),
    ],
)
def test_names_that_cannot_be_a_folder_s(
    course: Course, inbox: Path, folder: bytes, student: str
) -> None:
    try:
        put(inbox, {f"{os.fsdecode(folder)}/{NAME}.ipynb": RIGHT})
    except OSError:
        pytest.skip("this file system does not take the name either")
    assert list(collect(course, NAME, inbox)) == [student]
    assert submitted(course) == {notebook_of(student): RIGHT}


def test_what_is_reported_can_be_printed_and_stored(course: Course, inbox: Path) -> None:
    try:
        put(inbox, {os.fsdecode(b"ada/essai_\xe9.pdf"): b"%PDF"})
    except OSError:
        pytest.skip("this file system takes no such name")
    assert collect(course, NAME, inbox) == {"ada": "essai_é.pdf"}
    (job,) = jobs(course)
    assert job.missing.encode() == "there is no notebook, only essai_é.pdf".encode()


# -- which file counts ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "file", [f"Copy of {NAME}.ipynb", f"{NAME} (1).ipynb", "FINAL.IPYNB", "hw.ipynb.txt", "x.json"]
)
def test_a_renamed_notebook_gets_its_name_back(course: Course, inbox: Path, file: str) -> None:
    put(inbox, {f"ada/{file}": RIGHT, "ada/notes.txt": b"later"})
    assert collect(course, NAME, inbox) == {"ada": file}
    assert submitted(course) == {notebook_of("ada"): RIGHT}


def test_the_newest_of_two(course: Course, inbox: Path) -> None:
    put(inbox, {"ada/b.ipynb": OTHER, "ada/a.ipynb": RIGHT, "bora/a.ipynb": OTHER})
    put(inbox, {"bora/b.ipynb": RIGHT})  # older than bora/a.ipynb
    assert collect(course, NAME, inbox) == {"ada": "a.ipynb", "bora": "a.ipynb"}
    assert submitted(course) == {notebook_of("ada"): RIGHT, notebook_of("bora"): OTHER}


def test_the_newest_of_two_in_a_zip_goes_by_the_zip_s_times(course: Course, tmp_path: Path) -> None:
    minutes = {"ada/b.ipynb": 5, "ada/a.ipynb": 1, "bora/a.ipynb": 5, "bora/b.ipynb": 1}
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:  # what is unpacked last is older
        for name, minute in minutes.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 11, 3, 9, minute, 0)), RIGHT)
    assert collect(course, NAME, tmp_path / "all.zip") == {"ada": "b.ipynb", "bora": "a.ipynb"}


def test_another_notebook_is_no_submission_however_new(course: Course, inbox: Path) -> None:
    other = raw(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x = 1")]))
    put(inbox, {"ada/mine.ipynb": RIGHT, "ada/hw_other.ipynb": other, "ada/cut.ipynb": RIGHT[:99]})
    assert collect(course, NAME, inbox) == {"ada": "mine.ipynb"}


BLANK = raw(SHEET.notebook)
SCRIPT = RIGHTS["softmax"].encode()
FIRST, SECOND = (
    raw(nbformat.v4.new_notebook(cells=cells))
    for cells in (submission().cells[:10], submission().cells[10:])
)
FOREIGN = raw(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x = 1")]))


@pytest.mark.parametrize(
    ("files", "taken", "told"),
    [
        ({"a.ipynb": RIGHT, "hw.ipynb": BLANK}, RIGHT, "a.ipynb (not taken: hw.ipynb)"),
        (
            {"a.ipynb": RIGHT, "b.ipynb": FOREIGN},
            RIGHT,
            "a.ipynb (not taken: b.ipynb, which holds none of these exercises)",
        ),
        ({"a.ipynb": RIGHT, "utils.py": SCRIPT}, RIGHT, "a.ipynb (not taken: utils.py)"),
        ({"a.py": SCRIPT, "hw.ipynb": BLANK}, SCRIPT, "a.py (not taken: hw.ipynb)"),
        (
            {"part1.ipynb": FIRST, "part2.ipynb": SECOND},
            FIRST,
            "part1.ipynb (not taken: part2.ipynb, in which alone are written: softmax)",
        ),
        ({"a.ipynb": RIGHT, "notes.txt": b"hi", "helper.py": b"def f(): pass"}, RIGHT, "a.ipynb"),
    ],
)
def test_the_file_in_which_most_is_written_however_new_the_others_are(
    course: Course, inbox: Path, files: dict[str, bytes], taken: bytes, told: str
) -> None:
    put(inbox, {f"ada/{name}": content for name, content in files.items()})
    found = collect_module.collect(course, NAME, inbox)
    assert submitted(course) == {notebook_of("ada"): taken}
    assert found.told("ada") == told


def test_a_checkpoint_is_no_submission(course: Course, inbox: Path) -> None:
    checkpoint = f"ada/.ipynb_checkpoints/{NAME}-checkpoint.ipynb"
    put(inbox, {f"ada/{NAME}.ipynb": RIGHT, checkpoint: OTHER, "ada/._hw.ipynb": OTHER})
    collect(course, NAME, inbox)
    assert submitted(course) == {notebook_of("ada"): RIGHT}


def test_a_pdf_in_its_place_is_kept_for_grading_to_say_so(course: Course, inbox: Path) -> None:
    put(inbox, {f"ada/{NAME}.pdf": b"%PDF-1.7", f"bora/{NAME}.ipynb": RIGHT})
    collect(course, NAME, inbox)
    assert submitted(course)[f"ada/{NAME}/{NAME}.pdf"] == b"%PDF-1.7"
    ada, bora = jobs(course)
    assert (ada.raw, ada.missing) == (None, f"there is no notebook, only {NAME}.pdf")
    assert bora.raw == RIGHT


def test_a_damaged_notebook_is_taken_for_grading_to_say_so(course: Course, inbox: Path) -> None:
    put(inbox, {"ada/Copy of hw.ipynb": RIGHT[:500], "ada/notes.txt": b"later"})
    collect(course, NAME, inbox)
    assert submitted(course) == {notebook_of("ada"): RIGHT[:500]}


def test_a_second_time_replaces_the_first(course: Course, inbox: Path) -> None:
    put(inbox, {"ada/hw.ipynb": OTHER})
    collect(course, NAME, inbox)
    for path in (course.root / "submitted").rglob("*.ipynb"):
        path.chmod(0o444)  # as nbgrader leaves its files
    put(inbox, {"ada/hw.ipynb": RIGHT})
    collect(course, NAME, inbox)
    assert submitted(course) == {notebook_of("ada"): RIGHT}


def test_an_older_download_replaces_nothing(course: Course, inbox: Path) -> None:
    put(inbox, {"bora/hw.ipynb": RIGHT, "ada/hw.ipynb": RIGHT})
    collect(course, NAME, inbox)
    put(inbox, {"ada/hw.ipynb": OTHER, "bora/hw.ipynb": OTHER})  # ada's is older, bora's newer
    found = collect_module.collect(course, NAME, inbox)
    assert found.taken == {"bora": "hw.ipynb"}
    assert submitted(course) == {notebook_of("ada"): RIGHT, notebook_of("bora"): OTHER}
    (said,) = found.unclear
    assert said.startswith("ada: hw.ipynb is of 2001-09-09 01:46:40 UTC, and ")
    assert "holds one of 2001-09-09 01:46:41: remove that folder" in said
    stamp = course.folder("submitted", "ada", NAME) / "timestamp.txt"
    stamp.write_text("nobody knows")
    assert collect(course, NAME, inbox) == {"ada": "hw.ipynb", "bora": "hw.ipynb"}


def test_when_it_was_sent_in(course: Course, inbox: Path) -> None:
    put(inbox, {"ada/hw.ipynb": RIGHT})
    collect(course, NAME, inbox)
    stamp = course.folder("submitted", "ada", NAME) / "timestamp.txt"
    assert stamp.read_text() == "2001-09-09 01:46:40 UTC"  # a thousand million seconds since 1970


@pytest.fixture
def in_seoul(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Asia/Seoul")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("in_seoul")
def test_when_it_was_sent_in_by_a_zip_s_local_time(course: Course, tmp_path: Path) -> None:
    collect(course, NAME, zipped(tmp_path / "all.zip", {"ada/hw.ipynb": RIGHT}))
    stamp = course.folder("submitted", "ada", NAME) / "timestamp.txt"
    assert stamp.read_text() == "2026-11-03 00:30:00 UTC"  # 9:30 in Seoul, nine hours ahead


def test_a_zip_without_times(course: Course, tmp_path: Path) -> None:
    collect(course, NAME, zipped(tmp_path / "all.zip", {"ada/hw.ipynb": RIGHT}, year=1980))
    stamp = course.folder("submitted", "ada", NAME) / "timestamp.txt"
    assert not stamp.read_text().startswith("1980")


# -- nothing to collect -----------------------------------------------------------------------


def test_an_empty_folder(course: Course, inbox: Path) -> None:
    (inbox / "ada").mkdir()
    with pytest.raises(CourseError, match="holds no files"):
        collect(course, NAME, inbox)


@pytest.mark.parametrize("name", ["nowhere", "hw.ipynb"])
def test_neither_folder_nor_zip(course: Course, inbox: Path, name: str) -> None:
    put(inbox, {"hw.ipynb": RIGHT})
    with pytest.raises(CourseError, match="neither a folder nor a zip"):
        collect(course, NAME, inbox / name)


def test_an_assignment_that_was_not_released(course: Course, inbox: Path) -> None:
    with pytest.raises(CourseError, match="autograder release hw9"):
        collect(course, "hw9", inbox)
