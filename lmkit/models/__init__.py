"""Neural language models: fixed window and recurrent, over one interface, `LanguageModel`."""

from __future__ import annotations

from lmkit.models.language_model import LanguageModel
from lmkit.models.recurrent import RecurrentLanguageModel

__all__ = ["LanguageModel", "RecurrentLanguageModel"]
