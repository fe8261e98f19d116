"""A recipe, run on a text, in a folder: what `lmkit train` does.

run.json           the recipe, the text and the settings; another run may not use the folder
model.json, vocabulary.json, best.npz    the trained model; `lmkit.models.storage.load`
checkpoint.npz     where it stands; the same run goes on from there
log.csv            a row for each epoch
result.json        what it came to; see `lmkit.results`
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lmkit import metrics, recipes, results, texts
from lmkit.corpora import NAMES
from lmkit.files import write_atomically
from lmkit.progress import Bar

if TYPE_CHECKING:
    from lmkit.adapting import ContinuousCache, DynamicEvaluation
    from lmkit.models import LanguageModel
    from lmkit.recipes import Recipe
    from lmkit.vocabulary import Vocabulary

Ids = NDArray[np.int32]
FEWEST = 100  # words of a slice's validation and test text


class RunError(Exception):
    """One line that says what is wrong with a run and what to do."""


@dataclass(frozen=True)
class Run:
    """What is asked for.

    Attributes:
        recipe: its name.
        text: a corpus's name or a file.
        folder: where everything goes.
        begins_from: the folder of the run that this one begins with, if its recipe asks for one.
        seed: of the weights and the noise.
        epochs: other than the recipe's; None for the recipe's.
        slice: train on the first so many words only, test on a tenth of that; None for all.
        characters: a model of characters.
        vocabulary: of a file: how many words at most. Of a corpus all words are taken.
        tensorboard: whether curves are written for TensorBoard, too.
    """

    recipe: str
    text: str
    folder: Path
    begins_from: Path | None = None
    seed: int = 1
    epochs: int | None = None
    slice: int | None = None
    characters: bool = False
    vocabulary: int = 10_000
    tensorboard: bool = False

    _fixed = ("recipe", "text", "seed", "slice", "characters", "vocabulary")

    def claim(self) -> None:
        """Take the folder, or find that it is ours.

        Raises:
            RunError: if another run has it.
        """
        path = self.folder / "run.json"
        asked = {name: getattr(self, name) for name in self._fixed}
        if path.exists():
            try:
                begun = json.loads(path.read_text(encoding="utf-8"))
                differs = [name for name in asked if begun[name] != asked[name]]
            except (ValueError, KeyError, TypeError):
                raise RunError(f"{path} is damaged: take another folder") from None
            if differs:
                name = differs[0]
                raise RunError(
                    f"{self.folder} was begun with {name} {begun[name]}, not {asked[name]}: say "
                    "the same again to go on, or take another folder"
                )
        write_atomically(path, json.dumps(asked, indent=2) + "\n")


def train(run: Run, say: Callable[[str], None]) -> dict[str, Any]:
    """Run it, or go on with it.

    Args:
        run: what is asked for.
        say: told each line for the reader.

    Returns:
        The result, as it is in result.json.

    Raises:
        RunError: if the folder is another run's, or the model to begin with is not there.
        ValueError: if there is no such recipe, or the text is too short for it.
        TextError: if the text is not there or not readable.
        DamagedFileError: if a file in the folder is damaged.
        ModuleNotFoundError: if TensorBoard is asked for and not installed.
    """
    recipe = recipes.find(run.recipe)
    parts = texts.read(run.text, characters=run.characters or recipe.characters)
    if recipe.begins_from and run.begins_from is None:
        raise RunError(
            f"{recipe.name} begins with a trained {recipe.begins_from}: name its folder with "
            f"--begin, after `lmkit train {recipe.begins_from} {run.text} --out FOLDER`"
        )
    run.claim()
    if recipe.kind == "ngram":
        facts = _train_ngrams(recipe, _sliced(parts, run.slice), run.folder / "model.npz")
    else:
        facts = _train_network(run, recipe, parts, say)
    facts = {**facts, "best_possible": parts.best, "seed": run.seed, "slice": run.slice}
    return results.write(run.folder / "result.json", recipe, run.text, facts)


def _sliced(parts: texts.Parts, words: int | None) -> texts.Parts:
    """Whole sentences of each part, up to so many words."""

    def some(part: texts.Part, most: int) -> texts.Part:
        if isinstance(part, str):
            return part[:most]
        ends = np.cumsum([len(sentence) + 1 for sentence in part])
        return part[: int(np.searchsorted(ends, most)) + 1]

    if words is None:
        return parts
    few = max(FEWEST, words // 10)
    return parts._replace(
        train=some(parts.train, words), valid=some(parts.valid, few), test=some(parts.test, few)
    )


def _train_ngrams(recipe: Recipe, parts: texts.Parts, path: Path) -> dict[str, Any]:
    from lmkit import ngram
    from lmkit.ngram.commands import fitted

    train, valid, test = (
        [list(part)] if isinstance(part, str) else part
        for part in (parts.train, parts.valid, parts.test)
    )
    began = time.perf_counter()
    model = fitted(recipe.model["estimator"], recipe.model["order"], train, valid)
    if recipe.model["cache"]:
        model = ngram.Cache(model)
        model.tune(valid)
    facts = {
        "test": metrics.perplexity(model.log_probabilities(test)),
        "valid": metrics.perplexity(model.log_probabilities(valid)),
        "seconds": _since(began),
    }
    ngram.save(model, path)
    return facts


def _train_network(
    run: Run, recipe: Recipe, parts: texts.Parts, say: Callable[[str], None]
) -> dict[str, Any]:
    from lmkit.models import storage
    from lmkit.training import Trainer, logs

    model = _begin(run, recipe, parts)
    assert model.vocabulary is not None
    few = run.slice and max(FEWEST, run.slice // 10)
    train, valid, test = (
        texts.as_ids(part, model.vocabulary, most)
        for part, most in zip(parts[:3], (run.slice, few, few), strict=True)
    )
    weights = storage.size_of(model)
    say(f"{recipe.row}: {weights:,} weights, {train.size - 1:,} tokens, V = {model.V:,}")
    storage.describe(model, run.folder)
    if not recipe.plan:  # adapted to the test text, and nothing else
        storage.save_weights(model, run.folder)
        began = time.perf_counter()
        return {**_tested(recipe, model, train, valid, test), "seconds": _since(began)}
    plan = recipe.make_plan(**({"epochs": run.epochs} if run.epochs else {}))
    told: list[logs.Log] = [
        lambda epoch: say(logs.line_of(epoch)),
        logs.CsvLog(run.folder / "log.csv"),
    ]
    if run.tensorboard:
        told.append(logs.TensorBoardLog(run.folder / "tensorboard"))
    trainer = Trainer(model, plan, train, valid, folder=run.folder, seed=run.seed, on_epoch=told)
    epochs = trainer.fit()
    began = time.perf_counter()
    return {
        "valid": min(trainer.perplexities),
        **_tested(recipe, model, train, valid, test),
        "seconds": round(trainer.total + _since(began), 1),
        "weights": weights,
        "epochs_planned": recipe.make_plan().epochs,
        "curve": [asdict(epoch) for epoch in epochs],
    }


def _begin(run: Run, recipe: Recipe, parts: texts.Parts) -> LanguageModel:
    """The model before training: new, or another run's."""
    from lmkit.models import storage

    if run.begins_from is not None:
        given = storage.load(run.begins_from)
        model = recipe.make_model(given.vocabulary, run.seed)
        storage.copy_weights(given, model)
        return model
    return recipe.make_model(_vocabulary(run, parts), run.seed)


def _vocabulary(run: Run, parts: texts.Parts) -> Vocabulary:
    """All words of a corpus; of a file those that come twice, so that `<unk>` is learned, too."""
    if run.text in NAMES:
        return parts.vocabulary(None, 1)
    return parts.vocabulary(run.vocabulary, 2)


def _tested(
    recipe: Recipe, model: LanguageModel, train: Ids, valid: Ids, test: Ids
) -> dict[str, float]:
    """The test text's perplexity: adapted, if the recipe says so, and as the model stands."""
    from lmkit.training import Evaluation

    with Bar("test text", test.size - 1, "words") as bar:
        plain = metrics.perplexity(Evaluation(model)(test, bar.show))
    if recipe.adapting is None:
        return {"test": plain}
    how, arguments = recipe.adapting
    log_p = adapted(model, how, arguments, train, valid, test)
    return {"test": metrics.perplexity(log_p), "test_as_trained": plain}


def adapted(
    model: LanguageModel,
    how: str,
    arguments: Any,
    train: Ids,
    valid: Ids,
    test: Ids,
) -> NDArray[np.float64]:
    """log p of a test text, read in another way than word by word with the weights as they are.

    Args:
        model: trained.
        how: "monte_carlo", "cache" or "dynamic".
        arguments: of it.
        train: the training text, for the gradients that dynamic evaluation compares with.
        valid: what is tuned on.
        test: what is scored.
    """
    if how == "monte_carlo":
        from lmkit.training.monte_carlo import monte_carlo

        return monte_carlo(model, test, **arguments)
    return tuned(model, how, arguments, train, valid).score(test)


def tuned(
    model: LanguageModel, how: str, arguments: Any, train: Ids, valid: Ids
) -> ContinuousCache | DynamicEvaluation:
    """The model with a "cache" or "dynamic", its settings chosen on the validation text."""
    from lmkit import adapting

    if how == "cache":
        cached = adapting.ContinuousCache(model, **arguments)
        cached.tune(valid)
        return cached
    dynamic = adapting.DynamicEvaluation(model, adapting.gradient_rms(model, train), **arguments)
    dynamic.tune(valid)
    return dynamic


def _since(began: float) -> float:
    return round(time.perf_counter() - began, 1)
