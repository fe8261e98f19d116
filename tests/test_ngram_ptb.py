"""The numbers that everybody's tables start with, on the Penn Treebank.

Set LMKIT_DATA to the folder that holds ptb/ptb.train.txt, ptb.valid.txt and ptb.test.txt.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lmkit.metrics import perplexity
from lmkit.ngram import Cache, KneserNey, ModifiedKneserNey

FOLDER = Path(os.environ.get("LMKIT_DATA", ""), "ptb")
needs_ptb = pytest.mark.skipif(
    "LMKIT_DATA" not in os.environ or not FOLDER.is_dir(),
    reason="needs the Penn Treebank: set LMKIT_DATA to the folder that holds ptb/",
)


def split(name: str) -> list[list[str]]:
    with open(FOLDER / f"ptb.{name}.txt", encoding="utf-8") as file:
        return [line.split() for line in file]


@needs_ptb
@pytest.mark.parametrize(
    ("make", "order", "expected"),
    [(ModifiedKneserNey, 5, 141.19), (KneserNey, 5, 143.51), (ModifiedKneserNey, 3, 148.28)],
)
def test_perplexity_is_the_published_one(make: Any, order: int, expected: float) -> None:
    model = make(order)
    model.fit_sentences(split("train"))
    assert model.size == 10_000
    assert perplexity(model.log_probabilities(split("test"))) == pytest.approx(expected, abs=0.01)


@needs_ptb
def test_kn5_and_cache_is_within_3_of_the_published_125_7() -> None:
    model = ModifiedKneserNey(5)
    model.fit_sentences(split("train"))
    cached = Cache(model)
    cached.tune(split("valid"))
    assert perplexity(cached.log_probabilities(split("test"))) == pytest.approx(125.7, abs=3)


def test_importing_lmkit_imports_no_nltk() -> None:
    code = "import sys, lmkit, lmkit.metrics; sys.exit('nltk' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
