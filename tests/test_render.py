"""A verdict as text and as HTML."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from autograder.render import AMBER, GREEN, RED, html, notes, points, rows, text, title
from autograder.verdict import Aspect, Diagnosis, Verdict

EVIL = "<script>alert('x')</script>&\"<img src=x onerror=y>"


def aspect(case: str, output: str, said: str = "", got: str = "(3, 4)") -> Aspect:
    return Aspect(case, output, 0.25, not said, "(3, 4)", got, said)


RIGHT = Verdict(
    problem="lstm_step",
    score=1.0,
    source="Deck 3, LSTM",
    aspects=(aspect("a batch", "h"), aspect("a batch", "c"), aspect("N = 1", "h")),
)
WRONG = Verdict(
    problem="lstm_step",
    score=0.5,
    source="Deck 3, LSTM",
    aspects=(
        aspect("a batch", "h", "shape (3, 4) expected, got (4, 3), transposed", "(4, 3)"),
        aspect("a batch", "c"),
        aspect("N = 1", "h", "4 of 4 entries wrong, by up to 2"),
        aspect("N = 1", "c"),
    ),
    diagnoses=(Diagnosis("tanh is left out", "Look at the last line.", False, ("h",)),),
)
UNWRITTEN = Verdict(
    problem="lstm_step",
    score=0.0,
    source="Deck 3, LSTM",
    aspects=(aspect("a batch", "h", "no answer", ""),),
    error="NotImplementedError",
    unwritten=True,
)


class Page(HTMLParser):
    """What stands in some HTML: its tags, whether they are closed, and its text."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(source)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.open.append(tag)
        if len(self.open) == 1:  # MathJax runs nothing in the whole of it
            assert ("class", "tex2jax_ignore") in attrs
            attrs = [attr for attr in attrs if attr[0] != "class"]
        assert {name for name, _ in attrs} <= {"style"}

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.mark.parametrize(
    ("value", "shown"),
    [(3, "3"), (3.0, "3"), (1.5, "1.5"), (2 / 3, "0.67"), (0, "0"), (10, "10"), (100.0, "100")],
)
def test_points(value: float, shown: str) -> None:
    assert points(value) == shown


def test_one_row_for_each_output_and_the_first_failure_speaks() -> None:
    assert rows(WRONG) == [
        (
            "h",
            "(3, 4)",
            "(4, 3)",
            "shape (3, 4) expected, got (4, 3), transposed",
        ),
        ("c", "(3, 4)", "(3, 4)", ""),
    ]


def test_an_output_that_is_wrong_in_some_cases_says_in_which() -> None:
    cases = ("a batch", "N = 1", "T = 30")
    for failing, said in (
        (("N = 1",), "wrong (for N = 1)"),
        (("N = 1", "T = 30"), "wrong (for N = 1 and 1 more)"),
        (cases, "wrong"),
        ((), ""),
    ):
        aspects = tuple(aspect(c, "h", "wrong" if c in failing else "") for c in cases)
        assert rows(replace(WRONG, aspects=aspects)) == [("h", "(3, 4)", "(3, 4)", said)]


@pytest.mark.parametrize(
    ("verdict", "out_of", "shown"),
    [
        (RIGHT, None, "lstm_step: right"),
        (RIGHT, 4, "lstm_step: 4 of 4 points"),
        (WRONG, None, "lstm_step: 50% right"),
        (WRONG, 3, "lstm_step: 1.5 of 3 points"),
        (replace(WRONG, score=0.0), None, "lstm_step: not right yet"),
        (replace(WRONG, score=0.0), 3, "lstm_step: 0 of 3 points"),
        (UNWRITTEN, None, "lstm_step: not written yet"),
        (UNWRITTEN, 2, "lstm_step: 0 of 2 points"),
        (WRONG, 0, "lstm_step: 0 of 0 points"),
    ],
)
def test_the_headline(verdict: Verdict, out_of: float | None, shown: str) -> None:
    assert title(verdict, out_of) == shown


def test_text_of_what_is_right() -> None:
    assert text(RIGHT).splitlines() == [
        "✓ lstm_step: right",
        "  ✓ h          (3, 4)",
        "  ✓ c          (3, 4)",
    ]


def test_text_of_what_is_wrong() -> None:
    assert text(WRONG, 3).splitlines() == [
        "✗ lstm_step: 1.5 of 3 points",
        "  ✗ h          (4, 3)         shape (3, 4) expected, got (4, 3), transposed",
        "  ✓ c          (3, 4)",
        "  → h: exactly what you get when tanh is left out. Look at the last line.",
        "  → See Deck 3, LSTM.",
    ]


def test_text_of_a_stub() -> None:
    assert text(UNWRITTEN).splitlines() == [
        "✗ lstm_step: not written yet",
        "  → Not written yet: the function still raises NotImplementedError.",
    ]


def test_what_else_is_said() -> None:
    verdict = replace(
        WRONG,
        error="ValueError: shapes (in lstm_step, line 3: `x @ W`)",
        diagnoses=(Diagnosis("z and 1 - z are exchanged (Keras)", "Which?", True, ("h", "c")),),
        changed=("x", "W"),
        helped_by=("lstm_gates", "softmax"),
    )
    said = dict.fromkeys(("error", "hint", "note"), "")
    for kind, sentence in notes(verdict):
        said[kind] += sentence + "\n"
    assert said["error"].splitlines() == [
        "Your function stopped: ValueError: shapes (in lstm_step, line 3: `x @ W`)",
        "Your function changes x, W in place; whoever passed it in would be surprised.",
    ]
    assert said["hint"] == (
        "h and c: exactly what you get when z and 1 - z are exchanged (Keras). "
        "Elsewhere that is right; this course has another convention. Which?\n"
    )
    assert said["note"].splitlines() == [
        "Judged with the course's lstm_gates, softmax in place of yours, "
        "so that an earlier mistake costs once.",
        "See Deck 3, LSTM.",
    ]
    for _, sentence in notes(verdict):
        assert sentence in text(verdict)
        assert sentence in "".join(Page(html(verdict)).words)


def test_who_is_right_is_not_sent_to_the_lecture() -> None:
    assert notes(RIGHT) == []
    assert notes(replace(RIGHT, helped_by=("lstm_gates",))) != []


@pytest.mark.parametrize(
    ("verdict", "color"), [(RIGHT, GREEN), (WRONG, AMBER), (replace(WRONG, score=0.0), RED)]
)
def test_the_color_of_a_page(verdict: Verdict, color: str) -> None:
    opened, _, _ = html(verdict).partition(">")
    assert f"border-left:4px solid {color}" in opened


def test_the_table_of_a_page() -> None:
    page = Page(html(WRONG, 3))
    assert page.tags.count("tr") == 3
    assert page.words[0] == "✗ lstm_step: 1.5 of 3 points"
    assert [w for w in page.words if w in "✓✗"] == ["✗", "✓"]
    for shown in ("h", "c", "(4, 3)", "shape (3, 4) expected, got (4, 3), transposed"):
        assert shown in page.words


def test_a_stub_has_no_table() -> None:
    assert "table" not in Page(html(UNWRITTEN)).tags


def test_what_a_student_controls_is_escaped() -> None:
    verdict = Verdict(
        problem=EVIL,
        score=0.5,
        source=EVIL,
        aspects=(Aspect(EVIL, EVIL, 0.5, False, EVIL, EVIL, EVIL), aspect("other", EVIL)),
        diagnoses=(Diagnosis(EVIL, EVIL, True, (EVIL,)),),
        error=EVIL,
        changed=(EVIL,),
        helped_by=(EVIL,),
    )
    source = html(verdict, 2)
    page = Page(source)
    assert not {"script", "img"} & set(page.tags)
    # As text it is all there, in each of: headline, output, two shapes, what is wrong and for
    # which case, error, diagnosis (three times), changed, helped by, source.
    assert "".join(page.words).count(EVIL) == 13
    assert not re.search("<(script|img)", source)
