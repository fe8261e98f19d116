"""One recipe for each row of the lectures' Penn Treebank tables that can be had here.

    lmkit recipes                                    what there is, and where it comes from
    lmkit train zaremba-small ptb --out runs/small   one of them
    lmkit table ptb                                  published beside measured

Source: deck 5, "Progress on language models" (two tables) and "Is LSTM architecture optimal?".
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lmkit.models import LanguageModel
    from lmkit.training import Plan
    from lmkit.vocabulary import Vocabulary


@dataclass(frozen=True)
class Recipe:
    """How a row of a table is made.

    Attributes:
        name: as `lmkit train` takes it.
        row: as the table has it.
        source: paper and place.
        published: the test perplexity in the table; None if it is in none.
        valid: the validation perplexity, if published.
        kind: the model's class in `lmkit.models`, or "ngram".
        model: its arguments.
        plan: the arguments of `Plan`.
        schedule: a schedule's name and arguments.
        note: what is done otherwise than published, and whatever else one should know.
    """

    name: str
    row: str
    source: str
    published: float | None = None
    valid: float | None = None
    kind: str = "RecurrentLanguageModel"
    model: Mapping[str, Any] = field(default_factory=dict)
    plan: Mapping[str, Any] = field(default_factory=dict)
    schedule: tuple[str, Mapping[str, Any]] = ("Decay", {"rate": 1.0})
    note: str = ""

    def make_model(self, vocabulary: Vocabulary, seed: int) -> LanguageModel:
        """The model before training; the same seed makes the same one."""
        import keras

        from lmkit import models

        keras.utils.set_random_seed(seed)
        made: LanguageModel = getattr(models, self.kind)(vocabulary, **self.model, seed=seed)
        return made

    def make_plan(self, **changes: Any) -> Plan:
        """How it is trained."""
        from lmkit import training

        name, arguments = self.schedule
        schedule = getattr(training, name)(**arguments)
        return training.Plan(**{**self.plan, "schedule": schedule, **changes})


def find(name: str) -> Recipe:
    """The recipe of this name.

    Raises:
        ValueError: if there is none.
    """
    if name in RECIPES:
        return RECIPES[name]
    near = difflib.get_close_matches(name, RECIPES, n=2)
    meant = f"did you mean {' or '.join(near)}?" if near else "`lmkit recipes` lists them"
    raise ValueError(f"there is no recipe {name!r}: {meant}")


def _zaremba(
    size: str, test: float, valid: float, H: int, dropout: float, init: float, **plan: Any
) -> Recipe:
    epochs, factor = plan.pop("constant"), plan.pop("factor")
    return Recipe(
        f"zaremba-{size}",
        f"Zaremba et al. (2014) - LSTM, {size}",
        "Zaremba, Sutskever and Vinyals (2014), section 4.1, tables 1 and 3; their program's lr",
        test,
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
        schedule=("Decay", {"rate": 1.0, "epochs": epochs, "factor": factor}),
    )


_ALL = (
    _zaremba("small", 114.5, 120.7, 200, 0.0, 0.1, steps=20, epochs=13, constant=4, factor=0.5,
             clip=5.0),
    _zaremba("medium", 82.7, 86.2, 650, 0.5, 0.05, steps=35, epochs=39, constant=6,
             factor=1 / 1.2, clip=5.0),
    _zaremba("large", 78.4, 82.2, 1500, 0.65, 0.04, steps=35, epochs=55, constant=14,
             factor=1 / 1.15, clip=10.0),
)  # fmt: skip

RECIPES: dict[str, Recipe] = {r.name: r for r in _ALL}
