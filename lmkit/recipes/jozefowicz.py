"""Deck 5, "Is LSTM architecture optimal?": ten cells on the Penn Treebank, at two sizes.

The published numbers are, for each cell, the best of a large random search over settings. Here
all cells of a size are trained alike, as Zaremba et al.'s small and medium LSTM, each with as many
units as make the weights about as many. Look at the order: LSTM-f worst of the LSTMs, LSTM-b best.

Source: Jozefowicz, Zaremba and Sutskever (2015), table 3, as printed in deck 5.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from lmkit.recipes.recipe import Recipe
from lmkit.recipes.second_table import MEDIUM
from lmkit.recipes.second_table import SMALL as ZAREMBA_SMALL

SMALL, LARGE = "jozefowicz-5m", "jozefowicz-20m"
SOURCE = (
    "Jozefowicz, Zaremba and Sutskever (2015), table 3, the cell; trained as Zaremba et al. (2014)"
)

# name: the deck's row, the cell, its options, nats at 5M, perplexity at 20M, units at 5M and 20M
CELLS: dict[str, tuple[str, str, dict[str, Any], float, float, tuple[int, int]]] = {
    "tanh": ("Tanh", "rnn", {}, 4.811, 97.7, (222, 845)),
    "lstm": ("LSTM", "lstm", {"forget_bias": 0.0}, 4.699, 81.4, (200, 650)),
    "lstm-f": ("LSTM-f", "lstm", {"forget_gate": False}, 4.785, 100.8, (206, 697)),
    "lstm-i": (
        "LSTM-i", "lstm", {"input_gate": False, "forget_bias": 0.0}, 4.755, 85.1, (206, 697),
    ),
    "lstm-o": (
        "LSTM-o", "lstm", {"output_gate": False, "forget_bias": 0.0}, 4.708, 82.3, (206, 697),
    ),
    "lstm-b": ("LSTM-b", "lstm", {"forget_bias": 1.0}, 4.698, 79.83, (200, 650)),
    "gru": ("GRU", "gru", {}, 4.684, 91.7, (206, 697)),
    "mut1": ("MUT1", "mut1", {}, 4.699, 94.6, (213, 758)),
    "mut2": ("MUT2", "mut2", {}, 4.707, 90.2, (210, 725)),
    "mut3": ("MUT3", "mut3", {}, 4.692, 89.47, (206, 697)),
}  # fmt: skip


def _recipe(name: str, large: bool) -> Recipe:
    row, cell, options, nats, perplexity, units = CELLS[name]
    base = MEDIUM if large else ZAREMBA_SMALL
    H = units[large]
    return replace(
        base,
        name=f"jozefowicz-{name}" + ("-20m" if large else ""),
        row=row,
        source=SOURCE,
        table=LARGE if large else SMALL,
        published=perplexity if large else round(math.exp(nats), 1),
        valid=None,
        model={**base.model, "cell": cell, "units": (H, H), "cell_options": options},
    )


RECIPES = tuple(_recipe(name, large) for large in (False, True) for name in CELLS)
