"""Better at test time: what a trained model can take from the text that it has just read.

    from lmkit.adapting import ContinuousCache
    from lmkit.metrics import perplexity

    cached = ContinuousCache(model, window=2000)
    cached.tune(valid_ids)
    perplexity(cached.score(test_ids))

| | |
|---|---|
| `ContinuousCache` | the last states vote for the words that followed them; nothing is trained |
| `DynamicEvaluation` | the weights take a step after each segment |
| `Interpolation` | several models, as a neural one and an n-gram model, weighted |

All are tuned on held-out text by `tune`, and score a text by `score`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lmkit.adapting.continuous_cache import ContinuousCache
from lmkit.adapting.interpolation import Interpolation

if TYPE_CHECKING:
    from lmkit.adapting.dynamic_evaluation import DynamicEvaluation, gradient_rms

__all__ = ["ContinuousCache", "DynamicEvaluation", "Interpolation", "gradient_rms"]


def __getattr__(name: str) -> Any:
    """Dynamic evaluation only when it is asked for: it imports Keras."""
    if name in ("DynamicEvaluation", "gradient_rms"):
        from lmkit.adapting import dynamic_evaluation

        return getattr(dynamic_evaluation, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
