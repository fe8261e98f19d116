"""A class full of attackers through the real pipeline: nothing undeserved, nothing lost."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import unquote

import psutil
import pytest
from attacked import ALL, Attacked, grade_attackers
from damages import DAMAGES
from small_course import gradebook
from small_homework import NAME

from autograder.kernel import warm
from autograder.kernel.sandbox import NONE, find_sandbox

pytestmark = pytest.mark.skipif(find_sandbox() == NONE, reason="this machine has no sandbox")


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Attacked:
    return grade_attackers(tmp_path_factory.mktemp("attacked") / "course")


@pytest.mark.parametrize("student", ALL)
def test_the_score_is_what_the_honest_part_earns(attacked: Attacked, student: str) -> None:
    outcome = attacked.outcomes[student]
    assert outcome.score == ALL[student].points, outcome.remarks


@pytest.mark.parametrize("student", ALL)
def test_the_report_names_what_happened(attacked: Attacked, student: str) -> None:
    said = attacked.remarks[student]
    assert ALL[student].said in said
    if student not in DAMAGES:
        assert bool(said) == (student != "honest")


def test_the_gradebook_holds_these_scores_and_no_others(attacked: Attacked) -> None:
    recorded = {s: row["score"] for s, row in gradebook(attacked.course).items()}
    assert recorded == {student: attack.points for student, attack in ALL.items()}


def test_nothing_was_read_written_or_called(attacked: Attacked) -> None:
    course = attacked.course
    assert attacked.calls == [] and attacked.poison == []
    reader = (course.folder("autograded", "reader", NAME) / f"{NAME}.ipynb").read_text()
    assert "FOUND []" in reader
    for student, word in (("writer", "WROTE"), ("network", "CONNECTED")):
        page = (course.folder("autograded", student, NAME) / f"{NAME}.ipynb").read_text()
        assert page.count(word) == 1  # in the student's own code
    assert sorted(p.name for p in course.folder("submitted", "honest", NAME).iterdir()) == [
        f"{NAME}.ipynb"
    ]


def test_no_page_runs_anything(attacked: Attacked) -> None:
    page, honest = _Page(attacked, "page"), _Page(attacked, "honest")
    assert "<b>fine</b>" in page.text  # what is harmless is shown
    assert page.scripts == honest.scripts  # nbconvert's own
    assert page.handlers == honest.handlers
    links = [link for link in page.links if link not in honest.links]
    assert len(links) == 6 and not [link for link in links if ":" in link.partition("\u200b")[0]]


class _Page(HTMLParser):
    """What can run on a feedback page."""

    def __init__(self, attacked: Attacked, student: str) -> None:
        super().__init__()
        self.scripts, self.handlers = 0, 0
        self.links: list[str] = []
        folder = attacked.course.folder("feedback", student, NAME)
        self.text = (folder / f"{NAME}.html").read_text()
        self.feed(self.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.scripts += tag in ("script", "iframe", "object", "embed", "svg", "form")
        self.handlers += sum(name.startswith("on") for name, _ in attrs)
        self.links += [unquote(value or "") for name, value in attrs if name == "href"]


def test_what_an_error_says_is_text_on_the_page_and_in_the_table(attacked: Attacked) -> None:
    page, honest = _Page(attacked, "said"), _Page(attacked, "honest")
    assert (page.scripts, page.handlers) == (honest.scripts, honest.handlers)
    table = (attacked.course.root / "grades.csv").read_text()
    assert "[2J" in table and not set(table) & {"\x1b", "\x07", "\0", "\u202e"}


def test_a_formula_in_a_name_is_text_in_the_table(attacked: Attacked) -> None:
    lines = (attacked.course.root / "grades.csv").read_text().splitlines()
    assert not [line for line in lines if line.startswith(("=", "+", "-", "@"))]
    assert [line for line in lines if line.startswith("'=HYPERLINK")]


def test_nothing_is_left_running_and_no_half_written_file(attacked: Attacked) -> None:
    """Below a warm parent there is at most the room's first process: no keeper, no kernel."""
    assert warm._own
    for parent in warm._own.values():
        assert len(psutil.Process(parent.process.pid).children(recursive=True)) <= 1
    assert not list(attacked.course.root.rglob("*.part"))
