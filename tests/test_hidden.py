"""No link of a student's leads anywhere but to a page, however it is written down."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from itertools import product
from pathlib import Path

import nbgrader
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from autograder.course.cleaning import clean, harmless_html, harmless_markdown, is_dangerous
from autograder.course.feedback import PageExporter

FORMGRADER = Path(nbgrader.__file__).parent / "server_extensions" / "formgrader"
TEMPLATES = FORMGRADER / "templates"
STYLES = FORMGRADER / "static" / "node_modules" / "bootstrap" / "dist" / "css"

RUN = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "vbscript:alert(1)",
    "java&#115;cript&colon;alert(1)",
    "&#x6A;avascript:alert(1)",
    "&#0000106avascript:alert(1)",
    "java&Tab;script:alert(1)",
    "java&#10;script:alert(1)",
    "java\tscript:alert(1)",
    "java\nscript:alert(1)",
    "\x01javascript:alert(1)",
    "javascript\\:alert(1)",
    "javascript&#58;alert(1)",
    "javascript&#x3a;alert(1)",
    "java\\&#115;cript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "data&colon;text/html;base64,PHNjcmlwdD4=",
    "file:///etc/passwd",
    "view-source:https://example.org",
]
LINKS = [
    "[a]({})",
    "[a]( {})",
    "[a](\n{})",
    "[a](<{}>)",
    "[a](< {}>)",
    "[a](<\t{}>)",
    '[a]({} "title")',
    "![a]({})",
    "[![a]({0})]({0})",
    "[a][b]\n\n[b]: {}",
    "[a][b]\n\n[b]: <{}>",
    "[a][b]\n\n[b]:\n{}",
    "[a][b]\n\n   [b]:   {}",
    "[a][b]\n\n> [b]: {}",
    "[a][b]\n\n> > [b]:\n> > {}",
    "[a][b]\n\n* [b]: {}",
    "[a][b]\n\n1. [b]: {}",
    "[a][b]\n\n* > [b]: {}",
    "[a][b]\n\n- [ ] [b]: {}",
    "[a][c\\]d]\n\n[c\\]d]: {}",
    "[a][c\nd]\n\n[c\nd]: {}",
    "[b]\n\n[b]: {}",
    "![b]\n\n[b]: {}",
    "| [a]({}) | b |\n|---|---|\n| [c]({}) | d |",
    "term\n: [a]({})",
    "# [a]({})",
    "**[a]({})**",
    "`` [a]({}) ``",
    "<{}>",
    '<a href="{}">a</a>',
    "<a href={}>a</a>",
    '<b><a\nhref="{}">a</a></b>',
    '<img src="{}">',
    "$[a]({})$",
]


class Links(HTMLParser):
    """Where a page leads, and what it loads."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [v or "" for name, v in attrs if name in ("href", "src", "action", "data")]


def schemes(page: str) -> Iterator[str]:
    """The schemes of a page's links, as a browser reads them."""
    for link in Links(page).found:
        link = "".join(sign for sign in link if sign not in "\t\r\n").lstrip(
            "".join(map(chr, range(33)))
        )
        name, colon, _ = link.partition(":")
        if colon and re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*", name):
            yield name.lower()


@cache
def exporter() -> PageExporter:
    return PageExporter(
        template_name="feedback",
        extra_template_basedirs=[str(TEMPLATES)],
        extra_template_paths=[str(STYLES)],
    )


def feedback(notebook: object) -> str:
    """As nbgrader renders its pages."""
    grades = {"notebook": "hw", "score": 1, "max_score": 1, "late_penalty": 0}
    page, _ = exporter().from_notebook_node(notebook, {"nbgrader": grades})
    return str(page)


def test_the_forms_are_links_that_run_if_nothing_is_done() -> None:
    cells = [new_markdown_cell(form.format(*[RUN[0]] * 2)) for form in LINKS]
    assert list(schemes(feedback(new_notebook(cells=cells)))).count("javascript") >= 24


@pytest.mark.parametrize("form", LINKS)
def test_no_form_of_a_link_runs(form: str) -> None:
    cells = [new_markdown_cell(form.format(*[run] * 2)) for run in RUN]
    cells += [
        new_code_cell("f()", outputs=[new_output("display_data", data={kind: cell.source})])
        for cell, kind in product(cells, ("text/markdown", "text/latex", "text/html"))
    ]
    notebook = new_notebook(cells=cells)
    found = clean(notebook, ())
    assert set(range(15)) <= set(found)  # what is told to have been taken out was
    page = feedback(notebook)
    assert set(schemes(page)) <= {"http", "https", "mailto"}, form


def test_links_to_pages_stay() -> None:
    text = "[a](https://example.org/?a=b&c=d) [b](mailto:a@b.de) [c][d]\n\n[d]: http://example.org"
    assert harmless_markdown(text) == text and not is_dangerous(text)
    link = '<a href="https://example.org">a</a>'
    assert harmless_html(link) == link


@pytest.mark.parametrize("text", ["x[1:3], x[0]: y", "a: b", '{"data": 1}', "for a in data:\n  b"])
def test_a_colon_is_no_danger(text: str) -> None:
    assert harmless_markdown(text) == text and not is_dangerous(text)


@pytest.mark.parametrize(
    "command",
    ["\\href", "&#92;href", "&bsol;href", "\\h&#114;ef", "\\mmlToken", "\\bbox", "\\require"],
)
def test_no_formula_leads_out(command: str) -> None:
    formula = f"${command}{{javascript:alert(1)}}{{x}}$"
    for cleaned in (harmless_markdown(formula), harmless_html(f"<p>{formula}</p>")):
        assert f"{command[:1]}\u200b" in cleaned or f"{command.partition(';')[0]};\u200b" in cleaned
    assert is_dangerous(formula)


def test_a_split_command_is_none() -> None:
    cleaned = harmless_html("$\\h<wbr>ref{javascript:x}{y}$ \\h<!-- -->ref{javascript:x}{y}")
    assert "\\href" not in cleaned and "javascript:" not in cleaned


def test_nothing_is_fetched_when_a_page_is_opened() -> None:
    shown = (
        '<p style="background:url(https://example.org/a.png);color:red">x</p>'
        '<img src="https://example.org/b.png" alt="b"><img src="data:image/png;base64,AAAA">'
        '<td background="https://example.org/c.png">'
    )
    cleaned = harmless_html(shown)
    assert "example.org" not in cleaned and 'src="data:image/png;base64,AAAA"' in cleaned
    assert 'style="color:red;"' in cleaned
    assert is_dangerous(shown)
