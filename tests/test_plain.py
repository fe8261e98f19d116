"""A student's words where they do no harm."""

from __future__ import annotations

from dataclasses import replace

import pytest
from nbconvert.filters.markdown import markdown2html
from small_homework import SHEET

from autograder.course.plain import in_markdown, printable
from autograder.course.run import Job, unreadable
from autograder.course.tables import comment_on
from autograder.verdict import Verdict


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("h @ W_x: größer, 은지, नमस्ते", "h @ W_x: größer, 은지, नमस्ते"),
        ("\x1b[2Jgone", " [2Jgone"),
        ("a\0b\r\nc\td", "a b  c d"),
        ("\u202eevil\u2066", " evil "),
    ],
)
def test_what_is_not_seen_is_left_out(text: str, told: str) -> None:
    assert printable(text) == told


def test_markdown_shows_a_text_as_it_stands() -> None:
    text = "<b>*x* [a](b) `c` $d$ | e_f_ # ~ \\"
    shown = markdown2html(in_markdown(text))
    assert shown.strip() == "<p>&lt;b&gt;*x* [a](b) `c` $d$ | e_f_ # ~ \\</p>"


def test_mathjax_finds_nothing_to_run() -> None:
    shown = markdown2html(in_markdown(r"$\href{javascript:f()}{x}$ and \frac"))
    assert "\\frac" in shown and "\\href" not in shown and "javascript:" not in shown


def test_a_comment_is_no_markup() -> None:
    said = "<img src=x onerror=alert(1)> [a](javascript:f()) `h = x @ W`"
    outcome = unreadable(Job("ada", SHEET, b""), "no reason", 0.0)
    outcome = replace(outcome, unreadable="")
    comment = comment_on(outcome, Verdict("softmax", 0.0, error=f"ValueError: {said}"))
    assert comment
    shown = markdown2html(comment)
    assert "<img" not in shown and 'href="javascript' not in shown
    assert "<code>h = x @ W</code>" in shown
    refused = comment_on(replace(outcome, unreadable=said), Verdict("softmax", 0.0))
    assert refused and "<img" not in markdown2html(refused)
