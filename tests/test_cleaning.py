"""What could run on a page is taken out; what a student wants to show stays."""

from __future__ import annotations

import nbformat
import pytest
from nbconvert.filters.markdown_mistune import markdown2html_mistune
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from autograder.course.cleaning import clean, harmless_html, harmless_markdown

PNG = "iVBORw0KGgo="


@pytest.mark.parametrize(
    "text",
    [
        "# A title\n\n* an *item*\n\n> quoted",
        "$a < b$ and $P(w \\mid h)$, **bold**, `x < y`",
        "<b>bold</b> H<sub>2</sub>O<br/>",
        "[deck 3](https://example.org/a:b) ![](attachment:plot.png) [up](#top)",
        "| a | b |\n|---|---|\n| 1 | 2 |",
    ],
)
def test_plain_markdown_stays_as_it_is(text: str) -> None:
    assert harmless_markdown(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<ScRiPt src=//x>",
        "<img src=x onerror=alert(1)>",
        "<b onmouseover=alert(1)>x</b>",
        "<svg/onload=alert(1)>",
        "<iframe src=javascript:alert(1)>",
        "</p><!--><script>alert(1)</script>",
    ],
)
def test_no_tag_of_markdown_can_run(text: str) -> None:
    page = markdown2html_mistune(harmless_markdown(text))
    assert "<script" not in page.lower()
    assert "<img" not in page and "<svg" not in page and "<iframe" not in page
    assert "<b onmouseover" not in page


@pytest.mark.parametrize(
    "link",
    [
        "[a](javascript:alert(1))",
        "[a]( JaVaScRiPt:alert(1))",
        "[a](java&#115;cript:alert(1))",
        "[a](&#106;avascript:alert(1))",
        "[a](<javascript:alert(1)>)",
        "[a]\n\n[a]: javascript:alert(1)",
        "[a](data:text/html,<script>alert(1)</script>)",
        "[a](vbscript:alert(1))",
    ],
)
def test_no_link_of_markdown_can_run(link: str) -> None:
    page = markdown2html_mistune(harmless_markdown(link)).lower()
    assert 'href="javascript' not in page and 'href="vbscript' not in page
    assert 'href="data:' not in page and "<script" not in page


def test_a_table_stays_and_its_script_goes() -> None:
    table = '<table border="1"><tbody><tr><td style="color: red;">1</td></tr></tbody></table>'
    assert harmless_html(table) == table
    assert harmless_html(f"{table}<script>alert(1)</script><style>td {{}}</style>") == table
    assert harmless_html("<a href='javascript:alert(1)' onclick='x'>a</a>") == "<a>a</a>"


def shown(data: dict[str, str]) -> dict[str, str]:
    output = new_output("display_data", data=data, metadata={"image/png": {"width": "1 onload=x"}})
    notebook = new_notebook(cells=[new_code_cell("plot()", outputs=[output])])
    clean(notebook, ())
    nbformat.validate(notebook)
    assert notebook.cells[0].outputs[0].metadata == {}
    return dict(notebook.cells[0].outputs[0].data)


def test_images_stay_if_they_are_images() -> None:
    assert shown({"image/png": PNG}) == {"image/png": PNG}
    assert list(shown({"image/png": '" onerror="alert(1)'})) == ["text/plain"]
    assert list(shown({"image/svg+xml": "<svg/>", "text/plain": "x"})) == ["text/plain"]
    assert list(shown({"application/javascript": "alert(1)"})) == ["text/plain"]


def test_dangerous_cells_are_named_and_the_course_s_own_left_alone() -> None:
    own = "<img src='deck.png' onload='fine()'>"
    cells = [new_markdown_cell(own), new_markdown_cell("<b>x</b>"), new_markdown_cell("<script>")]
    notebook = new_notebook(cells=cells)
    assert clean(notebook, {own}) == [2]
    assert notebook.cells[0].source == own
