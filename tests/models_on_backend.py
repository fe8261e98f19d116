"""Run on each backend: prints what language models learn, write and score, to be compared."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import keras
import numpy as np

from lmkit.adapting import ContinuousCache, DynamicEvaluation
from lmkit.generation import beam_search, greedy, sample
from lmkit.models import MixtureLanguageModel, RecurrentLanguageModel, WindowLanguageModel
from lmkit.models.storage import describe, load
from lmkit.training import Decay, Evaluation, Plan, Trainer
from lmkit.vocabulary import Vocabulary

WORDS = Vocabulary(["a", "b", "c", "d", "e"])
TEXT = WORDS.encode(np.random.default_rng(2).choice(["a", "b", "c", "d", "e", "</s>"], 62))
MODELS: dict[str, Any] = {
    "rnn": lambda: RecurrentLanguageModel(WORDS, cell="rnn", units=(6,), embedding=4),
    "lstm": lambda: RecurrentLanguageModel(WORDS, units=(6, 5), embedding=5, tied=True),
    "gru": lambda: RecurrentLanguageModel(WORDS, cell="gru", units=(6,), embedding=4),
    "mut1": lambda: RecurrentLanguageModel(WORDS, cell="mut1", units=(6,), embedding=4),
    "rhn": lambda: RecurrentLanguageModel(WORDS, cell="rhn", units=(6,), embedding=4),
    "mixture": lambda: MixtureLanguageModel(WORDS, softmaxes=3, units=(6,), embedding=4),
    "window": lambda: WindowLanguageModel(WORDS, order=3, units=6, embedding=4),
}
NOISE: dict[str, Any] = {
    "dropout_input": 0.2,
    "weight_drop": 0.3,
    "recurrent_dropout": 0.2,
    "dropout_words": 0.1,
}


def plan(**options: Any) -> Plan:
    settings = {"rows": 2, "steps": 10, "epochs": 2, "clip": 1.0, "weight_decay": 1e-3}
    return Plan(**{**settings, "schedule": Decay(0.5), "patience": 0, **options})


def learned(make: Any) -> dict[str, Any]:
    model = make()
    rng = np.random.default_rng(3)
    for variable in model.trainable_variables:
        variable.assign(0.7 * rng.standard_normal(variable.shape))
    with tempfile.TemporaryDirectory() as folder:
        describe(model, Path(folder))
        epochs = Trainer(model, plan(), TEXT, TEXT, folder=Path(folder)).fit()
        again = load(Path(folder))
    found = {
        "epochs": [value for epoch in epochs for value in (epoch.train, epoch.valid)],
        "written": " ".join(greedy(model, ["b"], length=6, ends=False).words),
        "score": Evaluation(model)(TEXT).tolist(),
        "loaded": Evaluation(again)(TEXT).tolist(),
    }
    if isinstance(model, RecurrentLanguageModel):
        found["cache"] = ContinuousCache(model, 20, 0.7, 0.3).score(TEXT).tolist()
        found["dynamic"] = DynamicEvaluation(model, rate=0.1).score(TEXT).tolist()
        found["beams"] = [" ".join(each.words) for each in beam_search(model, beams=3, length=4)]
    return found


def noisy_and_drawn() -> dict[str, Any]:
    """What is drawn differs from backend to backend: only that it can be is looked at."""
    keras.utils.set_random_seed(1)
    model = RecurrentLanguageModel(WORDS, units=(6,), seed=1, **NOISE)
    averaged = plan(epochs=3, schedule=Decay(0.1), optimizer="adam")
    epochs = Trainer(model, averaged, TEXT, TEXT).fit()
    texts = sample(model, ["a"], samples=4, length=5, seed=3)
    assert all(len(text.words) <= 6 for text in texts) and len(texts) == 4
    return {"fell": epochs[-1].train < epochs[0].train}


def main() -> None:
    found = {name: learned(make) for name, make in MODELS.items()}
    found["noise"] = noisy_and_drawn()
    json.dump({"backend": keras.backend.backend(), "models": found}, sys.stdout)


if __name__ == "__main__":
    main()
