"""AWD-LSTM, alone and with a mixture of softmaxes, each with its finetuning: deck 5, second table.

Settings are those of the papers' own programs, salesforce/awd-lstm-lm and zihangdai/mos.
"""

from __future__ import annotations

from dataclasses import replace

from lmkit.recipes.recipe import Recipe

TABLE = "progress-2"

_AWD_PLAN = {
    "rows": 20,
    "steps": 70,
    "epochs": 500,
    "clip": 0.25,
    "varied": True,
    "weight_decay": 1.2e-6,
    "activation": 2.0,
    "temporal": 1.0,
    "patience": 5,
}
AWD = Recipe(
    "awd-lstm",
    "Merity et al. (2017) - AWD-LSTM w/o finetune",
    "Merity, Keskar and Socher (2018), section 5; program salesforce/awd-lstm-lm, its README",
    TABLE,
    58.8,
    60.7,
    model={
        "cell": "lstm",
        "units": (1150, 1150, 400),
        "embedding": 400,
        "tied": True,
        "locked": True,
        "dropout_words": 0.1,
        "dropout_input": 0.4,
        "dropout_between": 0.25,
        "dropout_output": 0.4,
        "weight_drop": 0.5,
    },
    plan=_AWD_PLAN,
    schedule=("Decay", {"rate": 30.0}),
    note="chunks in multiples of 5; Keras's initializers, forget bias 1",
)
_FINETUNING = {**_AWD_PLAN, "patience": 0, "stop_patience": 5}
AWD_FINETUNED = replace(
    AWD,
    name="awd-lstm-finetuned",
    row="Merity et al. (2017) - AWD-LSTM",
    source="Merity, Keskar and Socher (2018), section 4; finetune.py of salesforce/awd-lstm-lm",
    published=57.3,
    valid=60.0,
    plan=_FINETUNING,
    begins_from="awd-lstm",
)
MIXTURE = Recipe(
    "awd-lstm-mos",
    "Yang et al. (2018) - AWD-LSTM-MoS w/o finetune",
    "Yang et al. (2018), table 1 and appendix B; program zihangdai/mos, its README",
    TABLE,
    55.97,
    58.08,
    kind="MixtureLanguageModel",
    model={
        "cell": "lstm",
        "units": (960, 960, 620),
        "embedding": 280,
        "softmaxes": 15,
        "locked": True,
        "dropout_words": 0.1,
        "dropout_input": 0.4,
        "dropout_between": 0.225,
        "dropout_output": 0.4,
        "dropout_latent": 0.29,
        "weight_drop": 0.5,
    },
    plan={**_AWD_PLAN, "rows": 12, "epochs": 1000},
    schedule=("Decay", {"rate": 20.0}),
    note=AWD.note,
)
MIXTURE_FINETUNED = replace(
    MIXTURE,
    name="awd-lstm-mos-finetuned",
    row="Yang et al. (2018) - AWD-LSTM-MoS",
    published=54.44,
    valid=56.54,
    plan={**_FINETUNING, "rows": 12, "epochs": 1000},
    schedule=("Decay", {"rate": 25.0}),
    begins_from="awd-lstm-mos",
)
