"""Neural language models: fixed window and recurrent, over one interface, `LanguageModel`."""

from __future__ import annotations

from lmkit.models.language_model import LanguageModel
from lmkit.models.mixture import MixtureLanguageModel
from lmkit.models.recurrent import RecurrentLanguageModel
from lmkit.models.window import WindowLanguageModel

__all__ = [
    "LanguageModel",
    "MixtureLanguageModel",
    "RecurrentLanguageModel",
    "WindowLanguageModel",
]
