"""Corpora: their names, their parts, their words.

The files are small ones made here; the last tests read the real ones where $LMKIT_DATA has them.
"""

import hashlib
import os
import subprocess
import sys
import urllib.request
import zipfile
from pathlib import Path

import nltk
import pytest
from _pytest.mark import ParameterSet

from lmkit import corpora, fetching
from lmkit.corpora import CorpusError, load
from lmkit.fetching import Source
from lmkit.grammar import toy

GIVEN = os.environ.get("LMKIT_DATA", "")  # as it was before the tests' own


Folders = tuple[Path, Path]


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folders:
    """$LMKIT_DATA and the cache, both empty."""
    data, cache = tmp_path / "data", tmp_path / "cache"
    data.mkdir()
    monkeypatch.setenv("LMKIT_DATA", str(data))
    monkeypatch.setattr(fetching, "cache_folder", lambda: cache)
    return data, cache


def fails(name: str) -> str:
    with pytest.raises(CorpusError) as caught:
        load(name)
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    ("name", "near"),
    [("pbt", "ptb?"), ("wikitext2", "wikitext-2?"), ("PTB", "ptb?"), ("tree", "treebank?")],
)
def test_an_unknown_name_gets_a_near_one(name: str, near: str) -> None:
    assert near in fails(name) and "did you mean" in fails(name)


def test_a_name_with_nothing_near_gets_them_all() -> None:
    found = fails("xyzzy")
    assert all(name in found for name in corpora.NAMES)


def test_wikitext_is_read_from_its_zip(folders: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
    train = " \n = A = \n \n b c\u2028d \n"
    path = folders[0] / "wikitext-2-v1.zip"
    with zipfile.ZipFile(path, "w") as file:
        for part, text in (("train", train), ("valid", "x\n"), ("test", "y\n")):
            file.writestr(f"wikitext-2/wiki.{part}.tokens", text)
    assert "wikitext-2-v1.zip is cut off" in fails("wikitext-2")  # it is not the published file
    size, sha256 = path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest()
    monkeypatch.setattr(corpora, "WIKITEXT", Source(Path(path.name), size, sha256))
    corpus = load("wikitext-2")
    assert corpus.train == [["=", "A", "="], ["b", "c", "d"]]
    assert corpus.text.train == train
    assert (corpus.valid, corpus.test) == ([["x"]], [["y"]])


# Splits


def test_shakespeare_is_cut_at_empty_lines(
    folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    speeches = [f"Citizen {i}:\nSpeak, know't {i};\nwell-met--'tis I.\n" for i in range(400)]
    text = "\n".join(speeches)
    path = folders[0] / "tinyshakespeare.txt"
    path.write_text(text)
    monkeypatch.setattr(corpora, "SHAKESPEARE", Source(Path("tinyshakespeare.txt")))
    corpus = load("shakespeare")
    assert "".join(corpus.text) == text
    for part, share in zip(corpus.text, (0.9, 0.05, 0.05), strict=True):
        assert part.startswith("Citizen ")
        assert abs(len(part) / len(text) - share) < 0.004
    assert corpus.train[:3] == [
        ["Citizen", "0", ":"],
        ["Speak", ",", "know't", "0", ";"],
        ["well-met", "-", "-", "'", "tis", "I", "."],
    ]


def small_zip(path: Path, contents: dict[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in contents.items():
            archive.writestr(name, content)


BROWN = {f"brown/ca{i:02}": f"\n\tThe/at dog/nn {i}/cd ./.\n\nGo/vb !/.\n" for i in range(1, 21)}
BROWN["brown/cats.txt"] = "".join(f"ca{i:02} news\n" for i in range(1, 21))
TREES = {
    f"treebank/combined/wsj_{i:04}.mrg": f"""
( (S (NP-SBJ-1 (NNS dogs) ) (VP (VBP want) (S (NP-SBJ (-NONE- *-1) ) (VP (TO to)
    (VP (VB bark) (NP (CD {i}) ) )))) (. .) ))"""
    for i in range(1, 21)
}
REVIEWS = {
    f"movie_reviews/{kind}/cv{i:03}_1.txt": f"it's {kind} . \nfilm {i} ! \n"
    for kind in ("neg", "pos")
    for i in range(10)
}


@pytest.fixture
def small_nltk(folders: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, contents in [("brown", BROWN), ("treebank", TREES), ("movie_reviews", REVIEWS)]:
        path = Path("nltk_data", "corpora", f"{name}.zip")
        small_zip(folders[0] / path, contents)
        monkeypatch.setitem(corpora.NLTK, name, Source(path))


@pytest.mark.parametrize(
    ("name", "one", "two"),
    [
        ("brown", ["The dog 9 .", "Go !"], ["The dog 19 .", "Go !"]),
        ("treebank", ["dogs want to bark 9 ."], ["dogs want to bark 19 ."]),
        ("movie_reviews", ["it ' s neg .", "film 8 !"], ["it ' s pos .", "film 8 !"]),
    ],
)
def test_nltk_corpora_are_split_by_tenths_of_their_files(
    small_nltk: None, name: str, one: list[str], two: list[str]
) -> None:
    corpus = load(name)
    assert [" ".join(words) for words in corpus.valid] == one + two
    assert len(corpus.test) == len(corpus.valid) and len(corpus.train) == 8 * len(corpus.valid)
    everything = [
        tuple(words) for part in (corpus.train, corpus.valid, corpus.test) for words in part
    ]
    assert len(set(corpus.text)) == 3
    if name == "treebank":
        assert {words[4] for words in everything} == {str(i) for i in range(1, 21)}
        assert "*" not in "".join(corpus.text)
    if name == "movie_reviews":
        assert corpus.text.valid == "it's neg . \nfilm 8 ! \nit's pos . \nfilm 8 ! \n"
    else:
        assert corpus.text.valid == "\n".join([*one, *two, ""])


def test_nltk_is_left_as_it_was(small_nltk: None, monkeypatch: pytest.MonkeyPatch) -> None:
    before, same_list = list(nltk.data.path), nltk.data.path
    load("brown")
    assert nltk.data.path == before and nltk.data.path is same_list
    monkeypatch.setattr(corpora, "_as_text", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        load("brown")
    assert nltk.data.path == before


# Toy


def test_toy_needs_nothing(folders: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
    def network(*_: object, **__: object) -> None:
        raise AssertionError("no network")

    monkeypatch.setattr(urllib.request, "urlopen", network)
    monkeypatch.setenv("LMKIT_DATA", "/no/such/folder")
    corpus = load("toy", sentences=250, seed=3)
    assert corpus.train == toy().sample(250, seed=3)
    assert [len(corpus.train), len(corpus.valid), len(corpus.test)] == [250, 25, 25]
    assert corpus.train + corpus.valid + corpus.test == toy().sample(300, seed=3)
    assert corpus.text.valid == "".join(" ".join(words) + "\n" for words in corpus.valid)
    assert corpus.grammar is toy()
    assert load("toy", sentences=250, seed=3).text == corpus.text != load("toy", sentences=250).text


def test_toy_is_as_large_as_asked_for() -> None:
    assert len(load("toy").train) == 20_000
    small = load("toy", sentences=1)
    assert [len(small.train), len(small.valid), len(small.test)] == [1, 1, 1]
    with pytest.raises(ValueError, match="at least 1, not 0"):
        load("toy", sentences=0)


@pytest.mark.parametrize("extra", [{"sentences": 5}, {"seed": 0}])
def test_only_toy_can_be_had_in_other_sizes(extra: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="'ptb' is a fixed text"):
        load("ptb", **extra)


def test_importing_corpora_does_not_import_nltk() -> None:
    code = "import sys; from lmkit.corpora import load; load('toy'); print('nltk' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "False"


# The real files


def real(name: str, path: str, *marks: pytest.MarkDecorator) -> ParameterSet:
    there = bool(GIVEN) and (Path(GIVEN) / path).is_file()
    absent = pytest.mark.skipif(not there, reason=f"needs {path} in $LMKIT_DATA")
    return pytest.param(name, marks=[absent, *marks])


SENTENCES_AND_WORDS: dict[
    str, tuple[object, object]
] = {  # published, or what NLTK itself counts in all
    "ptb": ([42068, 3370, 3761], [887521, 70390, 78669]),
    "shakespeare": (None, None),
    "brown": (57340, 1161192),
    "treebank": (3914, 94084),  # 100,676 with the 6,592 traces
    "movie_reviews": (None, 1583820),
}


@pytest.mark.parametrize(
    "name",
    [
        real("ptb", "ptb/ptb.train.txt"),
        real("shakespeare", "tinyshakespeare.txt"),
        real("brown", "nltk_data/corpora/brown.zip", pytest.mark.slow),
        real("treebank", "nltk_data/corpora/treebank.zip"),
        real("movie_reviews", "nltk_data/corpora/movie_reviews.zip", pytest.mark.slow),
    ],
)
def test_the_real_files(name: str) -> None:
    corpus = load(name)
    parts = [corpus.train, corpus.valid, corpus.test]
    sentences, words = [len(part) for part in parts], [sum(map(len, part)) for part in parts]
    known_sentences, known_words = SENTENCES_AND_WORDS[name]
    assert known_sentences in (None, sentences, sum(sentences))
    assert known_words in (None, words, sum(words))
    assert all(sentence for part in parts for sentence in part)
    assert all(0.7 < words[0] / sum(words) < 0.95 and n for n in words)
    vocabulary = {word for part in parts for sentence in part for word in sentence}
    assert not vocabulary & {"<s>", "</s>"}
    if name == "ptb":
        assert len(vocabulary) == 9999  # and </s>: the 10,000 of the papers
    if name == "shakespeare":
        assert len("".join(corpus.text)) == 1115394 and len(set("".join(corpus.text))) == 65
