"""`lmkit ngram train|perplexity|generate|table`: what each does, once it has been parsed."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import BadZipFile

from lmkit.corpora import NAMES, CorpusError, load
from lmkit.progress import Bar

if TYPE_CHECKING:
    from lmkit.ngram.model import NgramModel

Text = list[list[str]]


class CommandError(Exception):
    """One line that says what is wrong and what to do."""


def estimators() -> dict[str, Callable[[int], NgramModel]]:
    """Every estimator by the name that the command line has for it, made from its order."""
    from lmkit import ngram

    return {
        "mle": ngram.MLE,
        "laplace": ngram.Laplace,
        "lidstone": lambda order: ngram.Lidstone(0.01, order),
        "stupid-backoff": lambda order: ngram.StupidBackoff(0.4, order),
        "katz": ngram.Katz,
        "jelinek-mercer": ngram.JelinekMercer,
        "witten-bell": ngram.WittenBell,
        "absolute-discounting": ngram.AbsoluteDiscounting,
        "kneser-ney": ngram.KneserNey,
        "modified-kneser-ney": ngram.ModifiedKneserNey,
    }


def sentences_of(text: str, part: str) -> Text:
    """The sentences of a corpus's part, or of a file: one a line, words between spaces.

    Raises:
        CommandError: if there is neither, or nothing in it.
    """
    path = Path(text)
    if path.is_file():
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError as error:
            raise CommandError(f"{path} is not UTF-8 ({error.reason}): convert it first") from None
        sentences = [line.split() for line in lines if line.strip()]
    elif text in NAMES:
        try:
            sentences = getattr(load(text), part)
        except CorpusError as error:
            raise CommandError(str(error)) from None
    else:
        raise CommandError(f"{text} is neither a file nor a corpus ({', '.join(NAMES)})")
    if not sentences:
        raise CommandError(f"{text} holds no sentence")
    return sentences


def fitted(name: str, order: int, train: Iterable[list[str]], held_out: Text | None) -> NgramModel:
    """An estimator that has learned; Jelinek-Mercer's weights from held-out text if there is."""
    from lmkit.ngram.jelinek_mercer import JelinekMercer

    try:
        model = estimators()[name](order)
    except ValueError as error:
        raise CommandError(str(error)) from None
    model.fit_sentences(train)
    if isinstance(model, JelinekMercer) and held_out:
        model.tune(held_out)
    return model


def train(options: argparse.Namespace) -> int:
    """Learn from a text and write the model."""
    from lmkit.ngram import Cache, save, write_arpa

    text = sentences_of(options.text, "train")
    held_out = sentences_of(options.text, "valid") if options.text in NAMES else None
    started = time.perf_counter()
    with Bar("counting", len(text), "sentences") as bar:
        model = fitted(options.estimator, options.order, bar.over(text), held_out)
    seconds = time.perf_counter() - started
    if options.cache:
        if held_out is None:
            raise CommandError("the cache is tuned on a corpus's validation part: name a corpus")
        model = Cache(model)
        model.tune(held_out)
    try:
        (write_arpa if options.out.suffix == ".arpa" else save)(model, options.out)
    except (TypeError, ValueError, OSError) as error:
        raise CommandError(f"{options.out}: {error}") from None
    megabytes = model.nbytes / 2**20
    print(f"{options.estimator}, n = {options.order}: {len(text):,} sentences in {seconds:.2f} s")
    print(f"{model.size:,} words, {megabytes:.1f} MB in memory; written to {options.out}")
    return 0


def perplexity(options: argparse.Namespace) -> int:
    """Score a text."""
    from lmkit import metrics

    log_p = model_in(options.model).log_probabilities(sentences_of(options.text, options.part))
    unseen = int((log_p == float("-inf")).sum())
    value = metrics.perplexity(log_p)
    print(f"perplexity {value:.4f} over {log_p.size:,} tokens, </s> counted")
    if unseen:
        print(f"{unseen:,} tokens have probability zero; an estimator that smooths gives them some")
    return 0


def generate(options: argparse.Namespace) -> int:
    """Draw sentences."""
    from random import Random

    model, random = model_in(options.model), Random(options.seed)
    start = ["<s>"] * (model.order - 1)
    for _ in range(options.sentences):
        words = model.generate(options.words + 1, text_seed=start, random_seed=random)
        print(" ".join([w for w in words if w != "</s>"][: options.words]))
    return 0


def table(options: argparse.Namespace) -> int:
    """Every estimator at every order on one corpus, and a plot."""
    from lmkit.ngram.table import measure, plot, row_of, title_of

    if options.text not in NAMES:
        raise CommandError(f"{options.text}: the table needs a corpus, one of {', '.join(NAMES)}")
    train, valid, test = (sentences_of(options.text, p) for p in ("train", "valid", "test"))
    print(title_of(options.text, train, valid, test))
    orders = range(1, options.max_order + 1)
    rows = []
    with Bar("estimators and orders", len(estimators()) * len(orders), "rows") as bar:
        bar.show(0)
        for row in bar.over(measure(train, valid, test, orders)):
            bar.wipe()
            print(row_of(row), flush=True)
            rows.append(row)
    if options.plot:
        try:
            plot(rows, options.text, options.plot)
        except (ValueError, OSError) as error:
            raise CommandError(f"{options.plot} cannot be written: {error}") from error
        print(f"plotted in {options.plot}", file=sys.stderr)
    return 0


def model_in(path: Path) -> NgramModel:
    """The model in a file.

    Raises:
        CommandError: if there is none, or it is damaged.
    """
    from lmkit.ngram import load, read_arpa

    if not path.is_file():
        raise CommandError(f"{path} is not there: `lmkit ngram train TEXT --out {path}` makes it")
    try:
        return read_arpa(path) if path.suffix == ".arpa" else load(path)
    except (ValueError, KeyError, OSError, BadZipFile) as error:
        raise CommandError(f"{path} is not a model, or is damaged ({error})") from None
