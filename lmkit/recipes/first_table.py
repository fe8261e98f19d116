"""Deck 5, "Progress on language models", the first table: n-grams and the first networks.

Its numbers are those of Mikolov et al. (2011), "Empirical evaluation and combination of advanced
language modeling techniques". The paper gives no settings that would do for a run here: those of
the two networks below are our own, of about the published size: the recurrent one comes out near,
the other somewhat better.
"""

from __future__ import annotations

from lmkit.recipes.recipe import Recipe

TABLE = "progress-1"
MIKOLOV = "Mikolov et al. (2011), Empirical evaluation and combination; settings our own"
PLAN = {
    "rows": 20,
    "steps": 20,
    "epochs": 15,
    "clip": 1.0,
    "optimizer": "adam",
}

RECIPES = (
    Recipe(
        "kn5",
        "KN5",
        "Mikolov et al. (2011); Chen and Goodman (1999), modified Kneser-Ney, as SRILM has it",
        TABLE,
        141.2,
        kind="ngram",
        model={"estimator": "modified-kneser-ney", "order": 5, "cache": False},
    ),
    Recipe(
        "kn5-cache",
        "KN5 + cache",
        "Mikolov et al. (2011); Kuhn and De Mori (1990) for the cache",
        TABLE,
        125.7,
        kind="ngram",
        model={"estimator": "modified-kneser-ney", "order": 5, "cache": True},
    ),
    Recipe(
        "nnlm",
        "Feedforward NNLM",
        f"{MIKOLOV}; Bengio et al. (2003) for the model",
        TABLE,
        140.2,
        kind="WindowLanguageModel",
        model={
            "order": 5,
            "embedding": 150,
            "units": 250,
            "init": 0.1,
            "dropout_input": 0.2,
            "dropout_output": 0.4,
        },
        plan=PLAN,
        schedule=("Halving", {"rate": 1e-3}),
    ),
    Recipe(
        "rnnlm",
        "Recurrent NNLM",
        f"{MIKOLOV}; Mikolov et al. (2010) for the model",
        TABLE,
        124.7,
        model={
            "cell": "rnn",
            "units": (300,),
            "init": 0.1,
            "dropout_input": 0.4,
            "dropout_output": 0.5,
        },
        plan=PLAN,
        schedule=("Halving", {"rate": 1e-3}),
        note="tanh and dropout, where Mikolov's network has a sigmoid and none",
    ),
)
