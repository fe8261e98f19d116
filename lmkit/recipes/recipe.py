"""What a recipe is: a row of a table, and all that it takes to make it."""

from __future__ import annotations

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
        source: paper, place and program; "from memory" where neither could be looked up.
        table: which of the lectures' tables it is in: a name of `TABLES`, or "".
        published: the test perplexity there.
        valid: the validation perplexity, if published.
        kind: the model's class in `lmkit.models`, or "ngram".
        model: its arguments.
        plan: the arguments of `lmkit.training.Plan`.
        schedule: a schedule's name in `lmkit.training`, and its arguments.
        begins_from: the recipe whose trained model this one begins with.
        adapting: what is done while the test text is read, and its arguments: ("monte_carlo",
            {"samples": 100}), or a function of `lmkit.adapting`; training is left out then if
            the plan is empty.
        characters: whether it is for characters, if not told otherwise.
        note: what is done otherwise than published.
    """

    name: str
    row: str
    source: str
    table: str = ""
    published: float | None = None
    valid: float | None = None
    kind: str = "RecurrentLanguageModel"
    model: Mapping[str, Any] = field(default_factory=dict)
    plan: Mapping[str, Any] = field(default_factory=dict)
    schedule: tuple[str, Mapping[str, Any]] = ("Decay", {"rate": 1.0})
    begins_from: str = ""
    adapting: tuple[str, Mapping[str, Any]] | None = None
    characters: bool = False
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
