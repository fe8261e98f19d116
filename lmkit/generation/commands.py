"""`lmkit generate`: texts from a model, neural or n-gram."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from lmkit.ngram.commands import CommandError
from lmkit.predictor import Predictor, words_of


def generate(options: argparse.Namespace) -> int:
    """Write texts, each behind its log p."""
    from lmkit import generation

    model = model_at(options.model)
    vocabulary = words_of(model)
    prompt = options.prompt if vocabulary.characters else options.prompt.split()
    unknown = sorted({word for word in prompt if word not in vocabulary})
    if unknown:
        print(f"not in the vocabulary, read as <unk>: {' '.join(unknown)}", file=sys.stderr)
    shared = {
        "length": options.length,
        "unknown": options.unknown,
        "ends": not vocabulary.characters,
    }
    try:
        if options.beams:
            texts = generation.beam_search(
                model, prompt, beams=options.beams, alpha=options.alpha, **shared
            )
        elif options.greedy:
            texts = [generation.greedy(model, prompt, **shared)]
        else:
            texts = generation.sample(
                model,
                prompt,
                samples=options.samples,
                temperature=options.temperature,
                k=options.top_k,
                mass=options.nucleus,
                seed=options.seed,
                **shared,
            )
    except ValueError as error:
        raise CommandError(str(error)) from None
    for text in texts:
        print(f"{text.log_probability:8.2f}  {text}")
    return 0


def model_at(path: Path) -> Predictor:
    """The model in a folder (neural) or in a file (n-gram).

    Raises:
        CommandError: if there is none, or it is damaged.
    """
    if path.is_dir():
        from lmkit.models.storage import load
        from lmkit.training import CheckpointError

        try:
            neural: Predictor = load(path)
        except CheckpointError as error:
            raise CommandError(str(error)) from None
        return neural
    if not path.exists():
        raise CommandError(
            f"{path} is not there: `lmkit train RECIPE TEXT --out {path}` makes a neural model, "
            "`lmkit ngram train TEXT --out model.npz` one of n-grams"
        )
    from lmkit.ngram import NgramPredictor
    from lmkit.ngram.commands import model_in

    return NgramPredictor(model_in(path))
