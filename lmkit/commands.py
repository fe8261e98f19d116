"""`lmkit train|eval|recipes|table`: what each does, once it has been parsed."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lmkit import metrics, recipes, results, texts
from lmkit.corpora import NAMES
from lmkit.files import write_atomically
from lmkit.ngram.commands import CommandError
from lmkit.recipes import Recipe

if TYPE_CHECKING:
    from lmkit.training import Epoch


def train(options: argparse.Namespace) -> int:
    """Run a recipe on a text, or go on with it; write the model and its result."""
    try:
        recipe = recipes.find(options.recipe)
        parts = texts.read(options.text, characters=options.characters)
    except (ValueError, texts.TextError) as error:
        raise CommandError(str(error)) from None
    _same_as_before(options)
    return _train_network(recipe, parts, options)


def _train_network(recipe: Recipe, parts: texts.Parts, options: argparse.Namespace) -> int:
    from lmkit.models.storage import describe, size_of
    from lmkit.training import CheckpointError, Trainer

    folder: Path = options.out
    whole = options.text in NAMES
    vocabulary = parts.vocabulary(None if whole else options.vocabulary, 1 if whole else 2)
    few = options.slice and max(100, options.slice // 10)
    train_ids = texts.as_ids(parts.train, vocabulary, options.slice)
    valid_ids, test_ids = (texts.as_ids(p, vocabulary, few) for p in (parts.valid, parts.test))
    model = recipe.make_model(vocabulary, options.seed)
    describe(model, folder)
    plan = recipe.make_plan(**({"epochs": options.epochs} if options.epochs else {}))
    print(
        f"{recipe.row}: {size_of(model):,} weights, {train_ids.size - 1:,} tokens, V = {model.V:,}"
    )
    log = _Log(folder)
    try:
        trainer = Trainer(
            model, plan, train_ids, valid_ids, folder=folder, seed=options.seed, on_epoch=log
        )
        epochs = trainer.fit()
    except (ValueError, CheckpointError) as error:
        raise CommandError(str(error)) from None
    began = time.perf_counter()
    test = metrics.perplexity(trainer.evaluate(test_ids))
    seconds = trainer.total + time.perf_counter() - began
    facts = {
        "test": test,
        "valid": min(trainer.perplexities),
        "best_possible": parts.best,
        "seconds": round(seconds, 1),
        "seed": options.seed,
        "slice": options.slice,
        "weights": size_of(model),
        "epochs_planned": recipe.make_plan().epochs,
        "curve": [vars(epoch) for epoch in epochs],
    }
    results.write(folder / "result.json", recipe, options.text, facts)
    print(f"test perplexity {test:.2f} over {test_ids.size - 1:,} tokens, </s> counted")
    if recipe.published and options.text == "ptb" and not options.slice:
        print(f"published: {recipe.published:g}")
    if parts.best:
        print(f"the best possible, by the grammar that wrote the text: {parts.best:.2f}")
    print(f"{results.duration(seconds)}; all of it in {folder}")
    return 0


class _Log:
    """Prints each epoch and keeps log.csv."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "log.csv"
        self.rows: list[str] = []

    def __call__(self, epoch: Epoch) -> None:
        facts = vars(epoch)
        self.rows.append(",".join(f"{value}" for value in facts.values()))
        write_atomically(self.path, "\n".join([",".join(facts), *self.rows]) + "\n")
        averaged = ", averaged" if epoch.averaged else ""
        print(
            f"epoch {epoch.epoch}: rate {epoch.rate:g}, perplexity {epoch.train:.2f} in training, "
            f"{epoch.valid:.2f} on the validation text{averaged}; "
            f"{epoch.words_per_second:,.0f} words/s",
            flush=True,
        )


def _same_as_before(options: argparse.Namespace) -> None:
    """A folder is for one run: the same command goes on with it, another one is refused."""
    path = options.out / "run.json"
    names = ("recipe", "text", "seed", "slice", "characters", "vocabulary")
    asked: Mapping[str, Any] = {name: getattr(options, name) for name in names}
    if path.exists():
        try:
            begun = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            raise CommandError(f"{path} is damaged: take another folder") from None
        for name, value in asked.items():
            if begun.get(name) != value:
                raise CommandError(
                    f"{options.out} was begun with {name} {begun.get(name)}, not {value}: say the "
                    "same again to go on, or take another folder"
                )
    write_atomically(path, json.dumps(asked, indent=2) + "\n")
