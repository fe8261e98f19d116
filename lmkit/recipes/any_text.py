"""Recipes for any text: sizes that train in minutes on a laptop. Settings our own."""

from __future__ import annotations

from dataclasses import replace

from lmkit.recipes.recipe import Recipe

OWN = "settings our own, for any text"

LSTM = Recipe(
    "lstm",
    "LSTM",
    OWN,
    model={
        "cell": "lstm",
        "units": (256,),
        "dropout_input": 0.2,
        "dropout_output": 0.3,
    },
    plan={
        "rows": 20,
        "steps": 35,
        "epochs": 20,
        "clip": 1.0,
        "optimizer": "adam",
        "stop_patience": 1,
    },
    schedule=("Halving", {"rate": 2e-3}),
)
CHARACTERS = replace(
    LSTM,
    name="char-lstm",
    row="LSTM of characters",
    model={**LSTM.model, "embedding": 64, "dropout_input": 0.0, "dropout_output": 0.2},
    plan={**LSTM.plan, "rows": 32, "steps": 100},
    characters=True,
)

RECIPES = (
    LSTM,
    replace(LSTM, name="gru", row="GRU", model={**LSTM.model, "cell": "gru"}),
    replace(LSTM, name="rnn", row="RNN", model={**LSTM.model, "cell": "rnn"}),
    replace(
        LSTM,
        name="window",
        row="Fixed window",
        kind="WindowLanguageModel",
        model={
            "order": 5,
            "embedding": 64,
            "units": 256,
            "dropout_input": 0.1,
            "dropout_output": 0.3,
        },
    ),
    CHARACTERS,
)
