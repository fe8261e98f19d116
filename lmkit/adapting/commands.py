"""`lmkit eval`: the perplexity of a text, and how much lower it gets with what it has just read."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from lmkit import metrics, texts
from lmkit.generation.commands import model_at
from lmkit.ngram.commands import CommandError
from lmkit.predictor import score, words_of
from lmkit.vocabulary import END, Vocabulary

TUNED_ON = 20_000
"""So many words of the validation part choose rate and decay: it is read once for each pair."""
PLAIN_RATES, PLAIN_DECAYS = (0.005, 0.02, 0.1), (0.0, 1e-3)
"""What is tried without RMS."""


class _Texts(NamedTuple):
    """The three parts as ids, and the one that is scored."""

    train: texts.Ids
    valid: texts.Ids
    asked: texts.Ids


def evaluate(options: argparse.Namespace) -> int:
    """Score a text: the model alone, then with each of what was asked for."""
    adapted = [options.cache, options.dynamic, options.interpolate]
    model = model_at(options.model)
    vocabulary = words_of(model)
    ids = _read(options, vocabulary, tuned=any(adapted))
    if any(adapted) and not options.model.is_dir():
        raise CommandError(
            f"{options.model} is an n-gram model, which has no state: its own cache is made by "
            "`lmkit ngram train --cache`"
        )
    try:
        _show(f"{options.model}", score(model, ids.asked), vocabulary)
        for name, scorer in _adapted(model, ids, options):
            _show(name, scorer.score(ids.asked), vocabulary)
    except ValueError as error:
        raise CommandError(str(error)) from None
    return 0


def _adapted(model: Any, ids: _Texts, options: argparse.Namespace) -> Iterator[tuple[str, Any]]:
    """What was asked for, tuned on the validation part, one after another."""
    from lmkit.adapting import ContinuousCache, DynamicEvaluation, Interpolation, gradient_rms

    valid = ids.valid
    if options.cache:
        model = ContinuousCache(model, options.cache)
        model.tune(valid)
        yield f"cache of {model.window}, theta {model.theta:g}, weight {model.weight:.3f}", model
    if options.dynamic:
        valid = valid[: TUNED_ON + 1]
        if options.dynamic == "rms":
            model = DynamicEvaluation(model, gradient_rms(model, ids.train))
            model.tune(valid)
        else:
            model = DynamicEvaluation(model)
            model.tune(valid, PLAIN_RATES, PLAIN_DECAYS)
        yield f"dynamic ({options.dynamic}), rate {model.rate:g}, decay {model.decay:g}", model
    if options.interpolate:
        ngram = _fitted(ids.train, words_of(model), options.interpolate)
        yield f"{options.interpolate}-grams alone, modified Kneser-Ney", ngram
        both = Interpolation([model, ngram])
        both.tune(valid)
        yield f"interpolated, weights {both.weights[0]:.3f} and {both.weights[1]:.3f}", both


def _fitted(train: texts.Ids, vocabulary: Vocabulary, order: int) -> Any:
    """An n-gram model of the same training text, with the same vocabulary."""
    import numpy as np

    from lmkit.ngram import ModifiedKneserNey, NgramPredictor

    end = vocabulary.encode([END])
    text = train[1:] if train[-1] == end else np.concatenate([train[1:], end])
    model = ModifiedKneserNey(order)
    model.fit_ids(text, vocabulary.words)
    return NgramPredictor(model, vocabulary)


def _read(options: argparse.Namespace, vocabulary: Vocabulary, tuned: bool) -> _Texts:
    whole = options.part == "whole"
    if tuned and options.part != "test":
        raise CommandError(
            f"what adapts is tuned on the validation part and measured on the test part: leave "
            f"out `--part {options.part}`"
        )
    if whole and not Path(options.text).is_file():
        raise CommandError(f"--part whole is for a file; {options.text} has train, valid and test")
    try:
        parts = texts.read(options.text, characters=vocabulary.characters, whole=whole)
    except texts.TextError as error:
        raise CommandError(str(error)) from None
    asked = parts.test if whole else getattr(parts, options.part)
    return _Texts(*(texts.as_ids(part, vocabulary) for part in (parts.train, parts.valid, asked)))


def _show(name: str, log_p: Any, vocabulary: Vocabulary) -> None:
    bits = f", {metrics.bits_per_character(log_p):.3f} bits a character"
    counted = "" if vocabulary.characters else ", </s> counted"
    print(
        f"perplexity {metrics.perplexity(log_p):9.2f}{bits if vocabulary.characters else ''}  "
        f"{name} ({log_p.size:,} tokens{counted})",
        flush=True,
    )
