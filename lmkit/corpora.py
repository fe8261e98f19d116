"""The texts of the course: `load("ptb")`, and `load("toy")`, which needs nothing.

| name | what | parts |
|---|---|---|
| ptb | Penn Treebank as Mikolov prepared it: 10,000 words, N for a number | as published |
| shakespeare | tinyshakespeare of char-rnn | 90, 5 and 5 % |
| brown | the Brown corpus, read by NLTK | tenths of its 500 files |
| treebank | NLTK's tenth of the Penn Treebank, read by NLTK, without traces | tenths of 199 files |
| movie_reviews | film reviews, read and split into words by NLTK | tenths of 2000 files |
| wikitext-2 | WikiText-2, word level | as published |
| toy | sentences of `lmkit.grammar.toy()` | 10 : 1 : 1 |

Tenths: of every ten files in the order of their names the ninth is for validation and the tenth for
test, so that every genre is in each part. Shakespeare is cut at the first empty line behind
90 % and 95 % of the text; its sentences are its lines, where a word may hold apostrophes and
hyphens and a sign stands alone. No sentence is empty, and none holds `<s>` or `</s>`.

A file is looked for in the folder $LMKIT_DATA, then in the cache (on Linux $XDG_CACHE_HOME/lmkit or
~/.cache/lmkit), and is then downloaded into the cache. Both folders are laid out alike:

    ptb/ptb.{train,valid,test}.txt          tinyshakespeare.txt
    nltk_data/corpora/{brown,treebank,movie_reviews}.zip
    wikitext-2-v1.zip

    python -c "from lmkit.corpora import load; print(load('toy').text.test[:500])"
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable
from functools import cached_property, partial
from pathlib import Path
from sys import intern
from typing import NamedTuple, Protocol
from zipfile import ZipFile

from lmkit.fetching import CorpusError, Source, fetch
from lmkit.grammar import Grammar, toy

__all__ = ["NAMES", "Corpus", "CorpusError", "Texts", "load"]

Sentences = list[list[str]]

WORD = re.compile(r"\w+(?:['-]\w+)*|[^\w\s]")
TOY_SENTENCES = 20_000


class Texts(NamedTuple):
    """The three parts of a corpus as they are read, for models of characters."""

    train: str
    valid: str
    test: str


class Corpus:
    """A text in three parts; each part is split into words when it is first asked for.

    Args:
        name: what it was loaded by.
        text: the three parts as text.
        split: makes a text into sentences, lists of words.
        grammar: the grammar that wrote it, if one did.
    """

    def __init__(
        self,
        name: str,
        text: Texts,
        split: Callable[[str], Sentences],
        grammar: Grammar | None = None,
    ) -> None:
        self.name = name
        self.text = text
        self.grammar = grammar
        self._split = split

    @cached_property
    def train(self) -> Sentences:
        """The sentences to learn from, without `<s>` and `</s>`."""
        return self._split(self.text.train)

    @cached_property
    def valid(self) -> Sentences:
        """The sentences to choose settings by: interpolation weights, when to stop, and so on."""
        return self._split(self.text.valid)

    @cached_property
    def test(self) -> Sentences:
        """The sentences to look at once, at the end."""
        return self._split(self.text.test)

    def __repr__(self) -> str:
        sizes = ", ".join(f"{len(t):,} characters to {p}" for p, t in self.text._asdict().items())
        return f"<Corpus {self.name}: {sizes}>"


def load(name: str, *, sentences: int | None = None, seed: int | None = None) -> Corpus:
    """The corpus of this name; see the top of this file for what there is and how it is split.

    Args:
        name: one of `NAMES`.
        sentences: of "toy" only: how many sentences to train on (20,000 if not said); a tenth
            of that, and at least one, is for validation, and as much for test.
        seed: of "toy" only: another seed, another text (0 if not said).

    Returns:
        The corpus.

    Raises:
        CorpusError: if there is no such corpus, or it is not here and cannot be had; the message
            is one line and says what to do.
        ValueError: if sentences or a seed are asked of a corpus that is not "toy".
    """
    if name == "toy":
        return _toy(TOY_SENTENCES if sentences is None else sentences, seed or 0)
    if name not in _LOADERS:
        near = difflib.get_close_matches(name.lower(), NAMES, n=2)
        meant = f": did you mean {' or '.join(near)}?" if near else f": there is {', '.join(NAMES)}"
        raise CorpusError(f"there is no corpus {name!r}{meant}")
    if sentences is not None or seed is not None:
        raise ValueError(f"{name!r} is a fixed text: sentences and seed go with load('toy')")
    return _LOADERS[name]()


# Text to words


def _by_spaces(text: str) -> Sentences:
    """One sentence a line, words between spaces; equal words are one object, to save memory."""
    lines = (line.split() for line in text.split("\n"))
    return [list(map(intern, words)) for words in lines if words]


def _by_signs(text: str) -> Sentences:
    lines = (WORD.findall(line) for line in text.split("\n"))
    return [list(map(intern, words)) for words in lines if words]


def _by_nltk(text: str) -> Sentences:
    from nltk.tokenize import wordpunct_tokenize

    lines = (wordpunct_tokenize(line) for line in text.split("\n"))
    return [list(map(intern, words)) for words in lines if words]


def _as_text(sentences: Iterable[Iterable[str]]) -> str:
    return "".join(" ".join(words) + "\n" for words in sentences)


# The corpora


def _toy(sentences: int, seed: int) -> Corpus:
    if sentences < 1:
        raise ValueError(f"sentences is at least 1, not {sentences}")
    grammar = toy()
    stream = grammar.stream(seed)
    few = max(1, sentences // 10)
    parts = (_as_text(next(stream) for _ in range(n)) for n in (sentences, few, few))
    return Corpus("toy", Texts(*parts), _by_spaces, grammar)


def _ptb() -> Corpus:
    texts = (fetch("ptb", source).read_text(encoding="utf-8") for source in PTB)
    return Corpus("ptb", Texts(*texts), _by_spaces)


def _wikitext() -> Corpus:
    with ZipFile(fetch("wikitext-2", WIKITEXT)) as file:
        parts = (file.read(f"wikitext-2/wiki.{part}.tokens") for part in Texts._fields)
        return Corpus("wikitext-2", Texts(*(part.decode() for part in parts)), _by_spaces)


def _shakespeare() -> Corpus:
    text = fetch("shakespeare", SHAKESPEARE).read_text(encoding="utf-8")
    first, second = (text.index("\n\n", len(text) * part // 100) + 2 for part in (90, 95))
    return Corpus("shakespeare", Texts(text[:first], text[first:second], text[second:]), _by_signs)


class _Reader(Protocol):
    """What all of NLTK's readers have that is used here."""

    def fileids(self) -> list[str]: ...
    def raw(self, fileids: list[str]) -> str: ...
    def sents(self, fileids: list[str]) -> Iterable[list[str]]: ...
    def tagged_sents(self, fileids: list[str]) -> Iterable[list[tuple[str, str]]]: ...


def _brown() -> Corpus:
    def read(reader: _Reader, files: list[str]) -> str:
        return _as_text(reader.sents(files))

    return _of_nltk("brown", "brown/", read, _by_spaces)


def _treebank() -> Corpus:
    def read(reader: _Reader, files: list[str]) -> str:
        # A trace is an empty place in the tree; it is no word of the text.
        sentences = reader.tagged_sents(files)
        return _as_text([w for w, tag in s if tag != "-NONE-"] for s in sentences)

    return _of_nltk("treebank", "treebank/combined/", read, _by_spaces)


def _movie_reviews() -> Corpus:
    def read(reader: _Reader, files: list[str]) -> str:
        return reader.raw(files)

    return _of_nltk("movie_reviews", "movie_reviews/", read, _by_nltk)


def _of_nltk(
    name: str,
    folder: str,
    read: Callable[[_Reader, list[str]], str],
    split: Callable[[str], Sentences],
) -> Corpus:
    """Read a zip with NLTK's reader, every ninth file for validation, every tenth for test."""
    path = fetch(name, NLTK[name]).resolve()

    import nltk.data
    from nltk.corpus.reader import (
        BracketParseCorpusReader,
        CategorizedPlaintextCorpusReader,
        CategorizedTaggedCorpusReader,
    )

    readers: dict[str, Callable[..., _Reader]] = {  # as nltk.corpus sets them up
        "brown": partial(CategorizedTaggedCorpusReader, fileids=r"c[a-z]\d\d", cat_file="cats.txt"),
        "treebank": partial(BracketParseCorpusReader, fileids=r"wsj_.*\.mrg"),
        "movie_reviews": partial(
            CategorizedPlaintextCorpusReader, fileids=r"(?!\.).*\.txt", cat_pattern=r"(neg|pos)/.*"
        ),
    }
    before = list(nltk.data.path)
    nltk.data.path.insert(0, str(path.parent))  # newer versions read in these folders only
    try:
        pointer = nltk.data.ZipFilePathPointer(str(path), folder)
        reader = readers[name](pointer, encoding="ascii")
        files = sorted(reader.fileids())
        parts: dict[str, list[str]] = {"train": [], "valid": [], "test": []}
        for i, file in enumerate(files):
            parts[{8: "valid", 9: "test"}.get(i % 10, "train")].append(file)
        text = Texts(*(read(reader, part) for part in parts.values()))
    finally:
        nltk.data.path[:] = before
    return Corpus(name, text, split)


_GITHUB = "https://raw.githubusercontent.com"


def _ptb_part(part: str, size: int, sha256: str) -> Source:
    urls = tuple(
        f"{_GITHUB}/{owner}/lstm/master/data/ptb.{part}.txt" for owner in ("wojzaremba", "tomsercu")
    )
    return Source(Path("ptb", f"ptb.{part}.txt"), size, sha256, urls)


def _nltk_zip(name: str, size: int, sha256: str) -> Source:
    url = f"{_GITHUB}/nltk/nltk_data/gh-pages/packages/corpora/{name}.zip"
    return Source(Path("nltk_data", "corpora", f"{name}.zip"), size, sha256, (url,))


PTB = (
    _ptb_part("train", 5101618, "fcea919f6cf83f35d4d00c6cbf08040d13d4155226340912e2fef9c9c4102cbf"),
    _ptb_part("valid", 399782, "c9fe6985fe0d4ccb578183407d7668fc6066c20700cb4cf87d8ff1cc34df1bf2"),
    _ptb_part("test", 449945, "dd65dff31e70846b2a6030a87482edcd5d199130cdcfa1f3dccbb033728deee0"),
)
SHAKESPEARE = Source(
    Path("tinyshakespeare.txt"),
    1115394,
    "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
    (f"{_GITHUB}/karpathy/char-rnn/master/data/tinyshakespeare/input.txt",),
)
NLTK = {
    "brown": _nltk_zip(
        "brown", 3314357, "9b275f9b3b95d7bd66ccfb7cd259f445a13bbe5d1f4107aba09fd3e8364bafa6"
    ),
    "treebank": _nltk_zip(
        "treebank", 1740034, "9da92d76c3666cfb6cddeaed0f7e86b344cce0f0928a286d439e555f19c37399"
    ),
    "movie_reviews": _nltk_zip(
        "movie_reviews", 4004848, "a41211ae685019137410268134db6a1a14428c89b671eb83056151a878539008"
    ),
}
WIKITEXT = Source(  # its first address, at Metamind, is dead; the author keeps a copy
    Path("wikitext-2-v1.zip"),
    4475746,
    "92675f1d63015c1c8b51f1656a52d5bdbc33aafa60cc47a218a66e7ee817488c",
    ("https://wikitext.smerity.com/wikitext-2-v1.zip",),
)

_LOADERS: dict[str, Callable[[], Corpus]] = {
    "ptb": _ptb,
    "shakespeare": _shakespeare,
    "brown": _brown,
    "treebank": _treebank,
    "movie_reviews": _movie_reviews,
    "wikitext-2": _wikitext,
}
NAMES = (*_LOADERS, "toy")
