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

from autograder.course.repair import BASE64

DANGEROUS = re.compile(
    r"<\s*(?:script|iframe|object|embed|form|meta|link|base|svg)\b|<[^>]*\son\w+\s*=|javascript:"
    r"|\\href",
    re.IGNORECASE,
)
"""What is worth a word in the report. What is taken out is more: all that is not known harmless."""

PLAIN_TAGS = (
    "b", "i", "em", "strong", "u", "sub", "sup", "small", "br", "hr", "p", "code", "pre", "kbd",
    "ul", "ol", "li", "dl", "dt", "dd", "blockquote", "table", "thead", "tbody", "tfoot", "caption",
    "tr", "td", "th", "h1", "h2", "h3", "h4", "h5", "h6", "details", "summary", "center",
)  # fmt: skip
TAGS = frozenset((*PLAIN_TAGS, "div", "span", "img", "a", "font"))
ATTRIBUTES = {
    "*": ["style", "align", "class"],
    "td": ["colspan", "rowspan"],
    "th": ["colspan", "rowspan", "scope"],
    "a": ["href", "title"],
    "img": ["src", "alt", "width", "height"],
    "table": ["border"],
    "font": ["color", "size"],
}
STYLES = (
    "color", "background-color", "background", "font-weight", "font-style", "font-size", "width",
    "font-family", "text-align", "text-decoration", "white-space", "border", "border-collapse",
    "margin", "padding", "height", "max-width", "display", "vertical-align", "line-height",
)  # fmt: skip
IMAGES, TEXTS = ("image/png", "image/jpeg", "image/gif"), ("text/plain", "application/json")

_STYLE_SHEETS = re.compile(r"<(style|script)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_MARKUP = re.compile(rf"<(?!/?(?:{'|'.join(PLAIN_TAGS)})\s*/?>)(?=[A-Za-z/!?])", re.IGNORECASE)
_LINKS = re.compile(
    r"(\]\(\s*<?|^\s*\[[^\]]*\]:\s*<?)"  # [text](... and [name]: ...
    r"(?!https?://|#|mailto:|attachment:|data:image/(?:png|jpeg|gif);)(?=[^\s)]*[:&\\])",
    re.IGNORECASE | re.MULTILINE,
)
_COMMANDS = re.compile(r"\\(?=href|require|class\b|cssId|style\b|html)", re.IGNORECASE)
_INVISIBLE = "\u200b"  # parts a bracket from its name: what was a tag is shown as it was written
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
    for position, cell in enumerate(notebook.cells):
        shown = ""
        if cell.cell_type != "code" and cell.source not in released:
            shown = cell.source
            cell.source = harmless_markdown(shown)
        for output in cell.get("outputs", []):
            shown += "".join(v for v in output.get("data", {}).values() if isinstance(v, str))
            if "data" in output:
                output.data = NotebookNode(_harmless_data(output.data))
                output.metadata = NotebookNode()
        if DANGEROUS.search(shown):
            found.append(position)
    return found


def harmless_markdown(text: str) -> str:
    """Markdown whose only HTML are plain tags without attributes, whose links lead to pages."""
    text = _LINKS.sub(rf"\1{_INVISIBLE}", _MARKUP.sub(f"<{_INVISIBLE}", text))
    return _COMMANDS.sub(rf"\\{_INVISIBLE}", text)


def harmless_html(text: str) -> str:
    """HTML with the tags, attributes and styles of tables and texts, and no others."""
    cleaned: str = bleach.clean(
        _STYLE_SHEETS.sub("", text),
        tags=TAGS,
        attributes=ATTRIBUTES,
        protocols=["http", "https", "data"],
        css_sanitizer=_css,
        strip=True,
    )
    return cleaned


def _harmless_data(data: Mapping[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for kind, value in data.items():
        is_image = kind in IMAGES and isinstance(value, str) and BASE64.fullmatch(value)
        if is_image or kind in TEXTS:
            kept[kind] = value
        elif kind == "text/html" and isinstance(value, str):
            kept[kind] = harmless_html(value)
        elif kind in ("text/markdown", "text/latex") and isinstance(value, str):
            kept[kind] = harmless_markdown(value)
    return kept or {"text/plain": "(an output of a kind that is not shown)"}
