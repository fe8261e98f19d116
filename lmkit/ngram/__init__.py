"""N-gram language models: counted on arrays, used like NLTK's.

    from lmkit.metrics import perplexity
    from lmkit.ngram import ModifiedKneserNey

    model = ModifiedKneserNey(5)
    model.fit_sentences(training_text)
    perplexity(model.log_probabilities(test_text))

| estimator | for words not seen after the context |
|---|---|
| `MLE` | nothing |
| `Lidstone`, `Laplace` | a little added to every count |
| `StupidBackoff` | the shorter context, at a price; does not sum to one |
| `Katz` | the shorter context, by what Good and Turing take from the seen |
| `JelinekMercer` | all orders mixed, weights from held-out text |
| `WittenBell`, `AbsoluteDiscounting` | all orders mixed, weights from the counts |
| `KneserNey`, `ModifiedKneserNey` | the same, the shorter contexts counted by kind of neighbour |
| `Cache` | what came lately, mixed with any of them |
"""

from __future__ import annotations

from lmkit.ngram.arpa import ArpaModel, read_arpa, write_arpa
from lmkit.ngram.cache import Cache
from lmkit.ngram.counts import Counts
from lmkit.ngram.discounting import AbsoluteDiscounting, WittenBell
from lmkit.ngram.jelinek_mercer import JelinekMercer
from lmkit.ngram.katz import Katz
from lmkit.ngram.kneser_ney import KneserNey, ModifiedKneserNey
from lmkit.ngram.model import NgramModel
from lmkit.ngram.nltk_names import (
    AbsoluteDiscountingInterpolated,
    KneserNeyInterpolated,
    WittenBellInterpolated,
)
from lmkit.ngram.predictor import NgramPredictor
from lmkit.ngram.simple import MLE, Laplace, Lidstone, StupidBackoff
from lmkit.ngram.storage import load, save

__all__ = [
    "MLE",
    "AbsoluteDiscounting",
    "AbsoluteDiscountingInterpolated",
    "ArpaModel",
    "Cache",
    "Counts",
    "JelinekMercer",
    "Katz",
    "KneserNey",
    "KneserNeyInterpolated",
    "Laplace",
    "Lidstone",
    "ModifiedKneserNey",
    "NgramModel",
    "NgramPredictor",
    "StupidBackoff",
    "WittenBell",
    "WittenBellInterpolated",
    "load",
    "read_arpa",
    "save",
    "write_arpa",
]
