"""How much of a student's is shown as it is: what would take too long to be made into a page, by
its length or by what it is made of, is shown cut, as plain text.

That is about pages alone. What is run and judged is what was handed in.
"""

from __future__ import annotations

import re

LONGEST_TEXT = 100_000
"""Characters of Markdown or HTML, without the images in it."""

LONGEST_IMAGES = 4 * 2**20
"""Characters of Markdown or HTML with them."""

LONGEST_SHOWN = 5_000
"""Characters that are left of what is longer."""

MOST_TAGS, DEEPEST_TAGS = 10_000, 200
MOST_FORMULAS, MOST_BRACKETS = 200, 5_000

LONGEST_SQUARED = 20_000_000
"""Of a code cell's lines, each's length squared: what colouring them may take, about a second."""

_IMAGES = re.compile(r"data:image/(?:png|jpeg|gif);base64,[A-Za-z0-9+/=]*+")
_TAGS = re.compile(r"<(/?)([a-z][a-z0-9]*)", re.IGNORECASE)
_VOID = frozenset(("br", "hr", "img", "col", "wbr", "input", "meta", "link"))


def is_too_much(text: str) -> bool:
    """Would Markdown or HTML take too long? Half of the patterns that read them look from each
    beginning of something (a tag, a formula, a link) to the end for the end of it.
    """
    if len(text) > LONGEST_IMAGES or len(_IMAGES.sub("", text)) > LONGEST_TEXT:
        return True
    formulas = text.count("\\begin") + text.count("\\\\[") + text.count("\\\\(")
    return (
        formulas > MOST_FORMULAS
        or text.count("[") > MOST_BRACKETS
        or text.count("<") > MOST_TAGS
        or _depth(text) > DEEPEST_TAGS
    )


def _depth(text: str) -> int:
    """How many tags stand open at once, at most: of each name, as others end none of it."""
    still_open: dict[str, int] = {}
    depth = deepest = 0
    for tag in _TAGS.finditer(text):
        name = tag[2].lower()
        if tag[1]:
            if still_open.get(name):
                still_open[name] -= 1
                depth -= 1
        elif name not in _VOID:
            still_open[name] = still_open.get(name, 0) + 1
            depth += 1
            deepest = max(deepest, depth)
    return deepest


def is_too_much_code(source: str) -> bool:
    """Would colouring code take too long? On a long line it takes its length squared."""
    return sum(len(line) ** 2 for line in source.split("\n")) > LONGEST_SQUARED


def cut(text: str) -> str:
    """The beginning of a text that is too much, and a word of that."""
    if len(text) <= LONGEST_SHOWN:
        return f"(too much to be shown but as plain text)\n{text}"
    return (
        f"(too long to be shown whole: the first {LONGEST_SHOWN:,} of {len(text):,} characters)\n"
        f"{text[:LONGEST_SHOWN]}"
    )


def cut_markdown(text: str) -> str:
    """Such a beginning as Markdown: as it was written, as no sign in it means anything."""
    plain = re.sub(r"[^\w ]", lambda sign: f"&#{ord(sign.group())};", cut(text))
    return f"<pre>{plain}</pre>"
