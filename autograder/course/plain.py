"""A submission's own words, to be told to others: in a table, a terminal, a database, a page."""

from __future__ import annotations

import html
import re
import unicodedata


def printable(text: str) -> str:
    """One line without what is not seen: it could move the cursor, or turn the line around.

    A NUL among them, which PostgreSQL does not take.
    """
    seen = (" " if unicodedata.category(c).startswith(("C", "Z")) else c for c in text)
    return "".join(seen)


def in_markdown(text: str) -> str:
    """Text that Markdown shows as it stands."""
    return re.sub(r"([\\`*_{}\[\]<>#$|~])", r"\\\1", html.escape(text, quote=False))
