"""Letters as they came: a file in another encoding than UTF-8, code with a word processor's
blanks and quotation marks.
"""

from __future__ import annotations

import codecs
import re

from autograder.course.statements import code_of

_BLANKS = dict.fromkeys([0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000], " ")
_UNSEEN = dict.fromkeys([0xAD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF])
_QUOTES = dict.fromkeys(map(ord, "“”„‟"), '"') | dict.fromkeys(map(ord, "‘’‚‛"), "'")
_REPLACED: tuple[dict[int, str | None], ...] = (
    {**_BLANKS, **_UNSEEN},
    {**_BLANKS, **_UNSEEN, **_QUOTES},
)
_STRANGE = re.compile("[" + "".join(map(chr, {**_BLANKS, **_UNSEEN, **_QUOTES})) + "]")

_UTF_16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_LOOKED_AT = 4096


def decoded(raw: bytes) -> tuple[str, str]:
    """The text of a file, and the encoding that it is in; "" for UTF-8.

    Of a file in UTF-8 with damaged letters in it only those are lost.
    """
    for mark, utf_16 in _UTF_16.items():
        if raw.startswith(mark):
            return raw[len(mark) :].decode(utf_16, "replace"), "UTF-16"
    beginning = raw[:_LOOKED_AT]
    for zeros, utf_16 in ((1, "utf-16-le"), (0, "utf-16-be")):
        # A notebook or a script is ASCII for the most part: every other byte is zero then.
        rest = beginning[1 - zeros :: 2]
        if beginning[zeros::2].count(0) > len(beginning) // 4 and rest.count(0) <= len(rest) // 8:
            return raw.decode(utf_16, "replace"), "UTF-16"
    try:
        return raw.decode("utf-8-sig"), ""
    except UnicodeDecodeError:
        text = raw.decode("utf-8-sig", "replace")
    lost = text.count("\N{REPLACEMENT CHARACTER}")
    if sum(c > "\x7f" for c in text) > 2 * lost:
        return text, ""
    try:
        return raw.decode("cp1252"), "Windows-1252"
    except UnicodeDecodeError:
        return raw.decode("latin-1"), "Latin-1"


def with_plain_letters(source: str) -> str:
    """Code in which blanks and quotation marks that Python does not know are replaced by those it
    does, where it is Python then and was none before.
    """
    if not _STRANGE.search(source) or code_of(source).tree is not None:
        return source
    for letters in _REPLACED:
        plain = source.translate(letters)
        if code_of(plain).tree is not None:
            return plain
    return source
