"""A class, graded through everything there is: real kernels, real nbgrader, real files."""

import csv
import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
import typer
from conftest import ROOT, GradedClass
from nbgrader.api import Gradebook
from small_course import forget_scores

from autograder.cli import plain_errors
from autograder.course import grade as grading
from autograder.course.config import Course, Limits
from autograder.course.errors import CourseError
from autograder.course.feedback import FeedbackWriter
from autograder.course.nbgrader_course import find_course, limits_of
from autograder.course.outcome import Outcome
from autograder.course.sample_mistakes import LIMITS
from autograder.course.sheet import read_sheet
from autograder.course.state import States

HW = "hw3_rnn_bptt"
BIN = Path(sys.executable).parent


def run(*command: str, cwd: Path, check: bool = True) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True)
    assert not check or done.returncode == 0, done.stdout + done.stderr
    return done


def recorded(root: Path) -> dict[str, float]:
    """Every student's score, as it stands in nbgrader's gradebook."""
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        return {s.student.id: s.score for s in gradebook.assignment_submissions(HW)}


def reported(root: Path) -> dict[str, float]:
    """Every student's score, as in grades.csv."""
    with open(root / "grades.csv") as stream:
        return {row["student"]: float(row["score"]) for row in csv.DictReader(stream)}


@pytest.fixture
def copied(graded_class: GradedClass, tmp_path: Path) -> Iterator[Path]:
    """The graded class, to be changed."""
    root = tmp_path / "course"
    shutil.copytree(graded_class.root, root)
    yield root
    for path in root.rglob("*"):  # nbgrader leaves read-only files behind
        path.chmod(0o755)


def test_every_score_is_the_one_it_was_made_to_earn(graded_class: GradedClass) -> None:
    assert graded_class.wrong == []
    assert len(reported(graded_class.root)) == 12


def test_the_points_are_those_worked_out_by_hand(graded_class: GradedClass) -> None:
    """The demo compares with its own table; these are its sums, added up once more here."""
    scores = reported(graded_class.root)
    assert scores["ada"] == scores["jun"] == scores["kofi"] == scores["lena"] == 42
    assert scores["bora"] == 42 - 3  # rnn_step; nothing else, thanks to follow-through
    assert scores["chloé"] == pytest.approx(42 - 5 * 5.5 / 6, abs=0.005)
    assert scores["dmitri"] == 42 - 2
    assert scores["은지"] == pytest.approx(42 - 2 * 5.5 / 6.5, abs=0.005)
    assert scores["farid"] == 3 + 3 + 2 + 3 + 2 + 2  # the first six exercises
    assert scores["grace"] == 0
    assert scores["hugo"] == 42 - 5  # char_lm_gradients does not parse
    assert scores["inés"] == 42 - 3  # gradient_norms loops for ever


def test_nbgrader_exports_the_same_scores(graded_class: GradedClass) -> None:
    run("nbgrader", "export", "--to", "export.csv", cwd=graded_class.root)
    with open(graded_class.root / "export.csv") as stream:
        exported = {row["student_id"]: float(row["score"]) for row in csv.DictReader(stream)}
    ours = reported(graded_class.root)
    assert exported.keys() == ours.keys()
    for student, score in exported.items():
        assert score == pytest.approx(ours[student], abs=0.005), student


def test_mistakes_are_named_in_the_table_the_gradebook_and_on_the_page(
    graded_class: GradedClass,
) -> None:
    root, named = graded_class.root, "tanh is left out"
    with open(root / "grades.csv") as stream:
        remarks = {row["student"]: row["remarks"] for row in csv.DictReader(stream)}
    assert named in remarks["bora"]
    page = (root / "feedback" / "bora" / HW / f"{HW}.html").read_text()
    assert named in page and "39 of 42" in page.replace("**", "")
    assert '<a href="#rnn_step_grade">rnn_step</a> (Score: ' in page and "Test cell</a>" not in page
    notebook = nbformat.read(root / "autograded" / "bora" / HW / f"{HW}.ipynb", as_version=4)
    nbformat.validate(notebook)
    shown = [o for c in notebook.cells if c.get("id") == "rnn_step_grade" for o in c.outputs]
    assert named in shown[0]["data"]["text/html"]


def test_warnings_on_stderr_cost_nothing(graded_class: GradedClass) -> None:
    path = graded_class.root / "autograded" / "lena" / HW / f"{HW}.ipynb"
    assert "this is not an error" in path.read_text()  # the noise did run
    assert reported(graded_class.root)["lena"] == 42


def test_nbgrader_autograde_by_hand_gives_the_same(copied: Path) -> None:
    before, by_hand = recorded(copied), ["bora", "hugo", "jun"]
    ours = {student: executed(copied, student) for student in by_hand}
    shutil.rmtree(copied / "autograded")
    for student in reported(copied).keys() - by_hand:
        shutil.rmtree(copied / "submitted" / student)
    for student in by_hand:
        forget_scores(copied, HW, student)
        assert recorded(copied)[student] == 0
    run("nbgrader", "autograde", HW, cwd=copied)
    assert recorded(copied) == pytest.approx(before)
    for student in by_hand:
        theirs = executed(copied, student)
        assert [c.source for c in theirs.cells] == [c.source for c in ours[student].cells]
    run("nbgrader", "generate_feedback", HW, "--force", cwd=copied)
    page = (copied / "feedback" / "bora" / HW / f"{HW}.html").read_text()
    assert "tanh is left out" in page


def executed(root: Path, student: str) -> nbformat.NotebookNode:
    return nbformat.read(root / "autograded" / student / HW / f"{HW}.ipynb", as_version=4)


def outcome_of(root: Path, student: str) -> Outcome:
    return States(Course(root), HW).history(student)[-1].outcome


UNREADABLE = {
    "zoe": (b"", "empty"),
    "yann": (b'{"cells": [', "cut off"),
    "xi": (b"%PDF-1.7", "not a notebook"),
    "will": (b'<<<<<<< HEAD\n{"cells": []}', "merge conflict"),
    "vera": (b'{"cells": [], "nbformat": 4}', "none of the exercises"),
}


def test_what_cannot_be_read_is_a_zero_that_says_so(copied: Path) -> None:
    for student, (content, _) in UNREADABLE.items():
        folder = copied / "submitted" / student / HW
        folder.mkdir(parents=True)
        (folder / f"{HW}.ipynb").write_bytes(content)
    done = run("autograder", "grade", HW, *LIKE_DEMO, cwd=copied, check=False)
    assert done.returncode == 1
    assert reported(copied)["ada"] == 42  # the rest of the class is as it was
    with open(copied / "grades.csv") as stream:
        status = {row["student"]: row["status"] for row in csv.DictReader(stream)}
    assert status["ada"] == "graded"
    with Gradebook(f"sqlite:///{copied / 'gradebook.db'}") as gradebook:
        for student, (_, why) in UNREADABLE.items():
            outcome = outcome_of(copied, student)
            assert outcome.score == 0 and why in outcome.unreadable
            assert status[student] == "could not be read"
            page = (copied / "feedback" / student / HW / f"{HW}.html").read_text()
            assert "could not be read" in page
            grades = gradebook.find_submission_notebook(HW, HW, student).grades
            assert all(g.needs_manual_grade and g.auto_score == 0 for g in grades)


LIKE_DEMO = ("--cell-timeout", str(LIMITS.cell), "--answer-timeout", str(LIMITS.answer))


def test_by_hand_an_unreadable_submission_stops_nobody(copied: Path) -> None:
    folder = copied / "submitted" / "zoe" / HW
    folder.mkdir(parents=True)
    (folder / f"{HW}.ipynb").write_bytes(b'{"cells": [')
    run("nbgrader", "autograde", HW, "--student", "zoe", cwd=copied)
    assert recorded(copied)["zoe"] == 0


def test_the_second_run_grades_only_what_changed(
    copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    course = find_course(copied)
    before = {p.name: p.stat().st_mtime_ns for p in (copied / ".autograder" / HW).iterdir()}
    bora, ada = (copied / "submitted" / s / HW / f"{HW}.ipynb" for s in ("bora", "ada"))
    shutil.copyfile(ada, bora)  # bora hands in again
    outcomes = grading.grade_class(course, HW, limits=LIMITS, feedback=False)
    after = {p.name: p.stat().st_mtime_ns for p in (copied / ".autograder" / HW).iterdir()}
    assert {name for name in after if after[name] != before[name]} == {"bora.json"}
    assert {o.student: o.score for o in outcomes}["bora"] == 42
    assert recorded(copied)["bora"] == 42


def test_a_run_that_was_killed_is_taken_up_again(copied: Path) -> None:
    """The state file is written last: without it a submission is graded anew."""
    before = recorded(copied)
    (copied / ".autograder" / HW / "ada.json").unlink()
    shutil.rmtree(copied / "autograded" / "ada")
    run("autograder", "grade", HW, *LIKE_DEMO, "--no-feedback", cwd=copied)
    assert recorded(copied) == before
    assert (copied / "autograded" / "ada" / HW / f"{HW}.ipynb").is_file()


def test_a_score_that_a_human_gave_stays(copied: Path) -> None:
    url = f"sqlite:///{copied / 'gradebook.db'}"
    with Gradebook(url) as gradebook:
        gradebook.find_grade("rnn_step_grade", HW, HW, "bora").manual_score = 2.5
        gradebook.find_grade("softmax_grade", HW, HW, "bora").extra_credit = 1.25
        gradebook.db.commit()

    def counted() -> tuple[str, str, str]:
        with open(copied / "grades.csv") as stream:
            (row,) = (row for row in csv.DictReader(stream) if row["student"] == "bora")
        with Gradebook(url) as gradebook:
            nbgraders = gradebook.find_submission(HW, "bora").score
        assert float(row["final_score"]) == nbgraders
        return row["score"], row["by_hand"], row["final_score"]

    def grade_of_bora(*options: str) -> tuple[float, float, bool]:
        run("autograder", "grade", HW, *LIKE_DEMO, "--no-feedback", *options, cwd=copied)
        with Gradebook(url) as gradebook:
            grade = gradebook.find_grade("rnn_step_grade", HW, HW, "bora")
            return grade.score, grade.auto_score, grade.needs_manual_grade

    assert grade_of_bora() == (2.5, 0, False)  # nothing has changed that a human should look at
    assert counted() == ("39", "3.75", "42.75")
    assert grade_of_bora("--force", "--student", "bora") == (2.5, 0, True)
    ada, bora = (copied / "submitted" / s / HW / f"{HW}.ipynb" for s in ("ada", "bora"))
    shutil.copyfile(ada, bora)
    assert grade_of_bora() == (2.5, 3, True)
    assert counted() == ("42", "0.75", "42.75")


def test_a_page_that_cannot_be_made_stops_nobody(copied: Path) -> None:
    """nbconvert fails at a notebook that is not one; the page then has the verdicts alone."""
    notebook = copied / "autograded" / "bora" / HW / f"{HW}.ipynb"
    notebook.chmod(0o644)
    notebook.write_text("{}")
    FeedbackWriter(find_course(copied), HW).write(outcome_of(copied, "bora"))
    page = (copied / "feedback" / "bora" / HW / f"{HW}.html").read_text()
    assert "39 of 42 points" in page and "tanh is left out" in page


def test_limits_come_from_the_config_or_for_this_time(copied: Path) -> None:
    course = find_course(copied)
    assert limits_of(course) == Limits(cell=60, answer=10)
    config = copied / "nbgrader_config.py"
    config.write_text(config.read_text().replace("cell_timeout = 60", "cell_timeout = 7"))
    assert limits_of(course) == Limits(cell=7, answer=10)
    assert limits_of(course, cell=3, answer=2) == Limits(cell=3, answer=2)


def test_what_a_grade_follows_from_is_in_its_digest(graded_class: GradedClass) -> None:
    course = Course(graded_class.root)
    folder = grading.submissions_of(course, HW)[0]
    job = grading.job_of(folder, read_sheet(course.release(HW)), LIMITS)
    assert outcome_of(graded_class.root, job.student).follows == job.follows
    slower = replace(job, limits=replace(LIMITS, cell=LIMITS.cell + 1))
    handed_in_again = replace(job, raw=(job.raw or b"") + b" ")
    assert slower.follows.items() - job.follows.items() == {("limits", repr(slower.limits))}
    changed = handed_in_again.follows.items() - job.follows.items()
    assert [part for part, _ in changed] == ["submission"]


def test_report_shows_what_was_graded(graded_class: GradedClass) -> None:
    done = run("autograder", "report", HW, "--csv", cwd=graded_class.root)
    assert done.stdout == (graded_class.root / "grades.csv").read_text()
    assert "tanh is left out" in run("autograder", "report", HW, cwd=graded_class.root).stdout


def test_no_verdict_holds_an_input_or_an_expected_value(graded_class: GradedClass) -> None:
    """What is kept of a verdict is words, shapes and one largest error, no arrays."""
    data = json.loads((graded_class.root / ".autograder" / HW / "bora.json").read_text())
    for verdict in data["gradings"][0]["outcome"]["verdicts"].values():
        for aspect in verdict["aspects"]:
            words = {"case", "output", "share", "part", "passed", "expected", "got", "said"}
            assert set(aspect) == words
            assert len(aspect["said"]) < 200


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("grade", "hw9"), "autograder release hw9"),
        (("release", "hw9"), "hw3_rnn_bptt, hw4_lstm_gru"),
        (("grade", HW, "--course", "/nowhere"), "not a course"),
        (("collect", HW, "/nowhere"), "neither a folder nor a zip"),
        (("grade", "hw4_lstm_gru"), "autograder collect"),
        (("report", "hw4_lstm_gru"), "has not been graded"),
        (("demo", "--into", "tests"), "no demo made"),
        (("due", HW, "--days", "2"), "name the --student"),
        (("demo", "--assignment", "hw9"), "no sample class for hw9"),
    ],
)
def test_what_was_asked_wrongly_gets_one_line_and_exit_code_2(
    command: tuple[str, ...], said: str
) -> None:
    done = run("autograder", *command, cwd=ROOT, check=False)
    assert done.returncode == 2
    assert said in done.stderr and done.stderr.count("\n") == 1
    assert "" not in done.stdout.splitlines()  # of an empty bar
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("c.LateDays.free_days = = 1", "cannot be read: SyntaxError"),
        ("c.JudgedRun.cell_timeout = 0", "cell_timeout"),
        ('c.JudgedRun.answer_timeout = "abc"', "answer_timeout"),
        ("c.JudgedRun.cel_timeout = 5", "there is cell_timeout"),
    ],
)
def test_a_configuration_that_cannot_be_read_stops_everything(
    tmp_path: Path, line: str, said: str
) -> None:
    config = tmp_path / "nbgrader_config.py"
    config.write_text((ROOT / config.name).read_text() + line + "\n")
    with pytest.raises(CourseError, match=said) as refused:
        limits_of(find_course(tmp_path))
    assert "\n" not in str(refused.value) and config.name in str(refused.value)


def test_limits_are_those_of_the_configuration(tmp_path: Path) -> None:
    config = tmp_path / "nbgrader_config.py"
    config.write_text((ROOT / config.name).read_text() + "c.JudgedRun.cell_timeout = 7\n")
    limits = limits_of(find_course(tmp_path), answer=3)
    assert (limits.cell, limits.answer, limits.memory) == (7, 3, Limits().memory)


def test_a_folder_that_cannot_be_written_is_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(typer.Exit) as ended, plain_errors():
        raise PermissionError(errno.EACCES, "Permission denied", "/course/grades.csv")
    assert ended.value.exit_code == 2
    assert capsys.readouterr().err == "autograder: /course/grades.csv: Permission denied\n"
    with pytest.raises(FileNotFoundError), plain_errors():
        raise FileNotFoundError(errno.ENOENT, "our own mistake", "x")


def test_a_folder_without_a_notebook_says_what_is_in_it(tmp_path: Path) -> None:
    folder = tmp_path / "submitted" / "max" / HW
    folder.mkdir(parents=True)
    (folder / "report.pdf").write_bytes(b"%PDF")
    job = grading.job_of(folder, read_sheet(Course(ROOT).release(HW)), Limits())
    assert job.raw is None and "report.pdf" in job.missing


def test_nobody_submitted(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="autograder collect"):
        grading.submissions_of(Course(tmp_path), HW)
