"""Words that do something on a page, found however they are spelled there.

Markdown and HTML know many spellings of one letter, and browsers pass over some characters: what a
page takes for `javascript:` may be written `JAVA&#115;cript&colon;`, or with a tab inside.
"""

from __future__ import annotations

import re

INVISIBLE = "\u200b"
"""Parts a sign from what it would do: what was a tag or a link is shown as it was written."""

_NAMED = {":": "colon", "\\": "bsol"}
_PASSED_OVER = (
    r"(?:[\\\x00-\x1f\x7f\xad\u200b-\u200d\u2060\ufeff]|&(?:tab|newline|bsol|shy|zwj|zwnj);"
    r"|&#0*(?:\d|[12]\d|3[01]|92|173)(?!\d);?|&#x0*(?:1?[\da-f]|5c|ad)(?![\da-f]);?)*+"
)
"""What may stand between two letters of a word that is one for a browser."""


def spelled(sign: str) -> str:
    """A pattern for one character, as itself or as an entity; letters are of either case."""
    codes = {ord(sign.lower()), ord(sign.upper())}
    decimal = "|".join(str(code) for code in sorted(codes))
    hexadecimal = "|".join(f"{code:x}" for code in sorted(codes))
    named = f"|&{_NAMED[sign]};" if sign in _NAMED else ""
    return f"(?:{re.escape(sign)}|&#0*(?:{decimal});?|&#x0*(?:{hexadecimal});?{named})"


def word(text: str) -> str:
    """A pattern for a word with anything between its letters that is passed over."""
    return _PASSED_OVER.join(spelled(sign) for sign in text)


SCHEMES = re.compile(
    f"((?:{'|'.join(map(word, ('javascript', 'vbscript')))}){_PASSED_OVER})(?={spelled(':')})",
    re.IGNORECASE,
)
"""What a link runs. To be followed by INVISIBLE: then it is no scheme."""

DATA = re.compile(
    rf"({word('data')}{_PASSED_OVER})"
    rf"(?!:image/(?:png|jpeg|gif);base64,)(?={spelled(':')}\S)",
    re.IGNORECASE,
)
"""A page of its own within a link, and not one of the images that Colab puts into text."""

HIDDEN_PAGE = re.compile(
    rf"{word('data')}{_PASSED_OVER}{spelled(':')}\s*+(?:text|application|image/svg)", re.IGNORECASE
)
"""Such a page that is meant to be one: in code, `data:` may be many things."""

_FORMULAS = ("href", "require", "class", "cssid", "style", "html", "mml", "bbox", "csname")
COMMANDS = re.compile(
    rf"({spelled(chr(92))})(?={'|'.join(''.join(map(spelled, name)) for name in _FORMULAS)})",
    re.IGNORECASE,
)
"""What MathJax has beyond mathematics: links, styles, parts to load, names put together."""


def without_commands(text: str) -> str:
    """A text in which no formula has a command that leads out of it."""
    return COMMANDS.sub(rf"\1{INVISIBLE}", text)


def without_schemes(text: str) -> str:
    """A text in which nothing is a link that runs, wherever it stands and however it is spelled."""
    return DATA.sub(rf"\1{INVISIBLE}", SCHEMES.sub(rf"\1{INVISIBLE}", text))
