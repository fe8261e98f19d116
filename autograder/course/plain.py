"""A submission's own words, to be told to others: in a table, a terminal, a database, a page."""

from __future__ import annotations

import html
import re
import unicodedata

from autograder.course.hidden import without_commands, without_schemes

MOST_NAMED = 4
"""Names in a sentence."""


def printable(text: str) -> str:
    """One line without what is not seen: it could move the cursor, or turn the line around.

    A NUL among them, which PostgreSQL does not take.
    """
    seen = (" " if unicodedata.category(c).startswith(("C", "Z")) else c for c in text)
    return "".join(seen)


def in_markdown(text: str) -> str:
    """Text that Markdown shows as it stands, and in which MathJax, too, finds nothing to run."""
    text = without_commands(without_schemes(text))
    return re.sub(r"([\\`*_{}\[\]<>#$|~])", r"\\\1", html.escape(text, quote=False))


def said(names: list[str]) -> str:
    """The names as a sentence's end: "socket, subprocess and 3 more"."""
    shown = ", ".join(names[:MOST_NAMED])
    more = len(names) - MOST_NAMED
    return f"{shown} and {more} more" if more > 0 else shown
