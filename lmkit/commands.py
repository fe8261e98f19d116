"""`lmkit train|eval|generate|recipes|table`: what each does, once it has been parsed."""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path
from typing import Any

from lmkit import metrics, recipes, results, runs, texts
from lmkit.corpora import NAMES
from lmkit.files import DamagedFileError
from lmkit.ngram.commands import CommandError

MOST_UNKNOWN = 0.5
"""If more than this share of a text's words is unknown, it is not the vocabulary's language."""
TUNED_ON = 10_000
"""So many words choose rate and decay of dynamic evaluation: they are read once for each pair."""

UNHELPFUL = "nothing that was tried helps on the validation text; the model is left as trained"


def train(options: argparse.Namespace) -> int:
    """Run a recipe on a text, or go on with it; write the model and its result."""
    run = runs.Run(
        options.recipe,
        options.text,
        options.out,
        begins_from=options.begin,
        seed=options.seed,
        epochs=options.epochs,
        slice=options.slice,
        characters=options.characters,
        vocabulary=options.vocabulary,
        tensorboard=options.tensorboard,
    )
    try:
        result = runs.train(run, lambda line: print(line, flush=True))
    except (ValueError, OSError, runs.RunError, texts.TextError, DamagedFileError) as error:
        raise CommandError(str(error)) from None
    except ModuleNotFoundError as error:
        if not str(error.name).startswith("tensorboard"):
            raise
        raise CommandError("TensorBoard is not installed: `pip install tensorboard`") from None
    characters = options.characters or recipes.find(options.recipe).characters
    print(f"test {_told(result['test'], characters)}")
    if result["published"] and options.text == "ptb" and not options.slice:
        print(f"published: {result['published']:g}")
    if result["best_possible"]:
        best = _told(result["best_possible"], characters)
        print(f"the best possible, by the grammar that wrote the text: {best}")
    print(f"{results.duration(result['seconds'])}; all of it in {options.out}")
    if options.plot:
        from lmkit import plots

        try:
            plots.save(plots.training_curve(result), options.plot)
        except (ValueError, OSError) as error:
            raise CommandError(str(error)) from None
    return 0


def evaluate(options: argparse.Namespace) -> int:
    """Score a text with a trained model."""
    model = _model(options.folder)
    vocabulary = model.vocabulary
    try:
        parts = texts.read(
            options.text, characters=vocabulary.characters, whole=options.part is None
        )
    except texts.TextError as error:
        raise CommandError(str(error)) from None
    ids = texts.as_ids(getattr(parts, options.part or "test"), vocabulary)
    unknown = float((ids[1:] == vocabulary.encode(["<unk>"])[0]).mean())
    if unknown > MOST_UNKNOWN:
        raise CommandError(
            f"{unknown:.0%} of {options.text} is not in the vocabulary of {options.folder} "
            f"({vocabulary!r}): take a text of the same language and kind"
        )
    how = [name for name in ("cache", "dynamic", "samples") if getattr(options, name)]
    if options.samples and options.interpolate:
        how.append("interpolate")
    if len(how) > 1:
        raise CommandError(f"--{how[0]} and --{how[1]} do not go together: take one")
    adapted = bool(how or options.interpolate)
    try:
        log_p = _scored(model, parts, ids, how, options) if adapted else _score(model, ids)
    except ValueError as error:
        raise CommandError(str(error)) from None
    told = _told(metrics.perplexity(log_p), vocabulary.characters)
    unit = "characters" if vocabulary.characters else "tokens, </s> counted"
    print(f"{told} over {log_p.size:,} {unit}")
    if unknown:
        print(f"{unknown:.1%} of them were read as <unk>")
    return 0


def _score(model: Any, ids: runs.Ids) -> Any:
    from lmkit.predictor import score

    return score(model, ids)


def _scored(
    model: Any, parts: texts.Parts, ids: runs.Ids, how: list[str], options: argparse.Namespace
) -> Any:
    from lmkit.models import LanguageModel

    if how and not isinstance(model, LanguageModel):
        raise CommandError(f"--{how[0]} needs a neural model, {options.folder} holds n-grams")
    train, valid = (texts.as_ids(part, model.vocabulary) for part in (parts.train, parts.valid))
    if how == ["samples"]:
        return runs.adapted(model, "monte_carlo", {"samples": options.samples}, train, valid, ids)
    if options.part not in (None, "test") or (options.text not in NAMES and options.part is None):
        raise CommandError(
            f"--{(*how, 'interpolate')[0]} is tuned on other text than it is measured on: name a "
            "corpus, or the part of the file that is left for it, --part test"
        )
    if how == ["cache"]:
        model = runs.tuned(model, "cache", {"window": options.cache}, train, valid)
        helps = f"theta {model.theta:g}, weight {model.weight:.3f}"
        print(f"cache: {helps if model.weight else UNHELPFUL}")
    elif how == ["dynamic"]:
        valid = valid[: TUNED_ON + 1]
        print(
            f"tuning rate and decay on {valid.size - 1:,} words of the validation text ...",
            flush=True,
        )
        model = runs.tuned(model, "dynamic", {}, train, valid)
        helps = f"rate {model.rate:g}, decay {model.decay:g}"
        print(f"dynamic evaluation: {helps if model.rate else UNHELPFUL}")
    if options.interpolate:
        from lmkit.adapting import Interpolation
        from lmkit.ngram.predictor import fitted

        order = options.interpolate
        model = Interpolation([model, fitted(train, model.vocabulary, order)])
        model.tune(valid)
        weights = model.weights
        print(f"interpolated: weight {weights[0]:.3f}, that of {order}-grams {weights[1]:.3f}")
    return _score(model, ids)


def generate(options: argparse.Namespace) -> int:
    """Write texts with a trained model."""
    from lmkit import generation

    model = _model(options.folder)
    characters = model.vocabulary.characters
    prompt = options.prompt if characters else options.prompt.split()
    unknown = [word for word in prompt if word not in model.vocabulary]
    if unknown:
        print(f"read as <unk>: {' '.join(unknown)}", file=sys.stderr)
    common = {
        "length": options.length,
        "unknown": not options.no_unknown,
        "ends": not characters,  # a text of characters has no </s>
    }
    try:
        if options.greedy:
            written = [generation.greedy(model, prompt, **common)]
        elif options.beam:
            written = generation.beam_search(
                model, prompt, beams=options.beam, alpha=options.alpha, **common
            )
        else:
            written = generation.sample(
                model,
                prompt,
                samples=options.samples,
                temperature=options.temperature,
                k=options.top_k,
                mass=options.nucleus,
                seed=options.seed,
                **common,
            )
    except ValueError as error:
        raise CommandError(str(error)) from None
    for text in written:
        print(f"{text}    [log p = {text.log_probability:.2f}]" if options.log_p else str(text))
    return 0


def list_recipes(options: argparse.Namespace) -> int:
    """Every recipe, table by table, with its source."""
    for table, title in {**recipes.TABLES, "": "Any text"}.items():
        print(f"\n{title}")
        for recipe in recipes.RECIPES.values():
            if recipe.table == table:
                published = f"{recipe.published:6.1f}" if recipe.published else " " * 6
                print(f"  {recipe.name:24} {published}  {recipe.row}")
                print(f"{'':34}{recipe.source}")
                if recipe.note:
                    print(f"{'':34}({recipe.note})")
                if recipe.begins_from:
                    print(f"{'':34}(begins with a trained {recipe.begins_from}: --begin FOLDER)")
    return 0


def table(options: argparse.Namespace) -> int:
    """The lectures' tables, published beside measured."""
    if options.text != "ptb":
        raise CommandError(f"the lectures' tables are of ptb, not of {options.text}")
    if not options.results.is_dir():
        raise CommandError(f"{options.results} is not there: name the results with --results")
    try:
        found = results.read(options.results)
    except ValueError as error:
        raise CommandError(str(error)) from None
    for name, title in recipes.TABLES.items():
        rows = [recipe for recipe in recipes.RECIPES.values() if recipe.table == name]
        print(f"\n{title}\n")
        print("\n".join(results.table(rows, found)))
    return 0


def _model(folder: Path) -> Any:
    """The model that was trained in a folder, neural or of n-grams."""
    from zipfile import BadZipFile

    ngrams = folder / "model.npz"
    try:
        if ngrams.exists():
            from lmkit.ngram import NgramPredictor, load

            return NgramPredictor(load(ngrams))
        from lmkit.models import storage

        return storage.load(folder)
    except DamagedFileError as error:
        raise CommandError(str(error)) from None
    except (ValueError, KeyError, OSError, BadZipFile) as error:
        raise CommandError(f"{ngrams} is no model, or is damaged ({error})") from None


def _told(perplexity: float, characters: bool) -> str:
    bits = f" ({math.log2(perplexity):.3f} bits per character)" if characters else ""
    return f"perplexity {perplexity:.2f}{bits}"
