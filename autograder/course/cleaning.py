"""What a student's notebook shows, made safe for the pages that show it.

Feedback pages and formgrader put outputs and Markdown into a page as they stand, and the page is
opened by others: by the instructor, logged in. So nothing of a submission's may run there.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

import bleach
from bleach.css_sanitizer import CSSSanitizer
from nbformat.notebooknode import NotebookNode

from autograder.course.hidden import (
    COMMANDS,
    HIDDEN_PAGE,
    INVISIBLE,
    SCHEMES,
    without_commands,
    without_schemes,
)
from autograder.course.repair import BASE64
from autograder.course.shown import cut_markdown, is_too_much

DANGEROUS = re.compile(
    r"<\s*+(?:script|iframe|object|embed|form|meta|link|base|svg)\b|<[^<>]*\son\w+\s*=|\burl\(",
    re.IGNORECASE,
)
"""What is worth a word in the report, with links and commands that run. What is taken out is more:
all that is not known harmless."""

PLAIN_TAGS = (
    "b", "i", "em", "strong", "u", "sub", "sup", "small", "br", "hr", "p", "code", "pre", "kbd",
    "ul", "ol", "li", "dl", "dt", "dd", "blockquote", "table", "thead", "tbody", "tfoot", "caption",
    "tr", "td", "th", "h1", "h2", "h3", "h4", "h5", "h6", "details", "summary", "center",
)  # fmt: skip
TAGS = frozenset((*PLAIN_TAGS, "div", "span", "img", "a", "font"))
PAGE = re.compile(r"https?://|mailto:|#", re.IGNORECASE)
"""Where a link may lead."""

IMAGE = re.compile(r"data:image/(?:png|jpeg|gif);base64,[A-Za-z0-9+/=\s]*")
"""An image that is fetched from nowhere: who opens a page is not to be seen by others."""

ATTRIBUTES: dict[str, Any] = {
    "*": ["style", "align", "class"],
    "td": ["colspan", "rowspan"],
    "th": ["colspan", "rowspan", "scope"],
    "a": lambda _, name, value: name == "title" or (name == "href" and bool(PAGE.match(value))),
    "img": lambda _, name, value: (
        name in ("alt", "width", "height") or (name == "src" and bool(IMAGE.fullmatch(value)))
    ),
    "table": ["border"],
    "font": ["color", "size"],
}
STYLES = (  # not "background": it can fetch an image
    "color", "background-color", "font-weight", "font-style", "font-size", "width",
    "font-family", "text-align", "text-decoration", "white-space", "border", "border-collapse",
    "margin", "padding", "height", "max-width", "display", "vertical-align", "line-height",
)  # fmt: skip
MOST_HTML = 1_000_000
"""Characters of HTML in a notebook's outputs: to read them takes a few seconds at worst."""

IMAGES, TEXTS = ("image/png", "image/jpeg", "image/gif"), ("text/plain", "application/json")

_STYLE_SHEETS = re.compile(
    r"<(style|script)\b.*?(?:</\1\s*>|\Z)",  # without an end it hides all that follows, once
    re.IGNORECASE | re.DOTALL,
)
_MARKUP = re.compile(rf"<(?!/?(?:{'|'.join(PLAIN_TAGS)})\s*/?>)(?=[A-Za-z/!?])", re.IGNORECASE)
_LINKS = re.compile(
    r"(\]\(|\]:)"  # [text](... and [name]: ..., wherever: in a list, a quotation, a table
    r"(?![ \t]*+(?:<?(?:https?://|\#|mailto:|attachment:)|data:image/(?:png|jpeg|gif);base64,"
    r"|[^\s:&\\<>()]++(?:[\s)]|\Z)|\)))",  # a name without anything that could hide a scheme
    re.IGNORECASE,
)
_css = CSSSanitizer(allowed_css_properties=STYLES)


def clean(notebook: NotebookNode, released: Collection[str]) -> list[int]:
    """Take out of a notebook, in place, what could run on a page.

    Args:
        notebook: a submission's, with its outputs.
        released: the sources that the course wrote; they stay as they are.

    Returns:
        The positions of cells in which there was something dangerous.
    """
    found = []
    room = MOST_HTML
    for position, cell in enumerate(notebook.cells):
        shown = []
        if cell.cell_type != "code" and cell.source not in released:
            shown.append(cell.source)
            cell.source = harmless_markdown(cell.source)
        for output in cell.get("outputs", []):
            shown += [v for v in output.get("data", {}).values() if isinstance(v, str)]
            if "data" in output:
                room -= len(output.data.get("text/html", ""))
                output.data = NotebookNode(_harmless_data(output.data, room >= 0))
                output.metadata = NotebookNode()
        if any(map(is_dangerous, shown)):
            found.append(position)
    return found


def is_dangerous(text: str) -> bool:
    """Is there anything in a text that is there to run, or to fetch something?"""
    return any(pattern.search(text) for pattern in (DANGEROUS, SCHEMES, HIDDEN_PAGE, COMMANDS))


def harmless_markdown(text: str) -> str:
    """Markdown whose only HTML are plain tags without attributes, whose links lead to pages. What
    would take too long to become a page is cut, and says so.
    """
    if is_too_much(text):
        return cut_markdown(text)
    text = _LINKS.sub(rf"\1{INVISIBLE}", _MARKUP.sub(f"<{INVISIBLE}", text))
    return without_commands(without_schemes(text))


def harmless_html(text: str) -> str:
    """HTML with the tags, attributes and styles of tables and texts, and no others."""
    cleaned: str = bleach.clean(
        _STYLE_SHEETS.sub("", text),
        tags=TAGS,
        attributes=ATTRIBUTES,
        protocols=["http", "https", "mailto", "data"],
        css_sanitizer=_css,
        strip=True,
    )
    return without_commands(without_schemes(cleaned))


def _harmless_data(data: Mapping[str, Any], room: bool) -> dict[str, Any]:
    """What is known harmless of an output; its HTML if there is room for that."""
    kept: dict[str, Any] = {}
    for kind, value in data.items():
        is_image = kind in IMAGES and isinstance(value, str) and BASE64.fullmatch(value)
        if is_image or kind in TEXTS:
            kept[kind] = value
        elif kind == "text/html" and isinstance(value, str):
            if room and not is_too_much(value):
                kept[kind] = harmless_html(value)
            else:
                kept[kind] = cut_markdown(value)  # which is HTML, too
        elif kind in ("text/markdown", "text/latex") and isinstance(value, str):
            kept[kind] = harmless_markdown(value)
    return kept or {"text/plain": "(an output of a kind that is not shown)"}
