"""Texts from a model: drawn, or the likeliest; neural and n-gram models alike.

    from lmkit.generation import beam_search, greedy, sample

    for text in sample(model, ["the"], samples=5, temperature=0.8, seed=1):
        print(text, text.log_probability)

| | the next word |
|---|---|
| `greedy` | the likeliest |
| `sample` | drawn; `temperature`, `k` (top-k) and `mass` (nucleus, top-p) change the odds |
| `beam_search` | whichever makes the whole text likeliest, as far as the beams can see |

An n-gram model goes in as `lmkit.ngram.NgramPredictor(model)`.
"""

from __future__ import annotations

from lmkit.generation.beam import beam_search
from lmkit.generation.distributions import nucleus, top_k, with_temperature
from lmkit.generation.reading import Generated
from lmkit.generation.sampling import greedy, sample

__all__ = [
    "Generated",
    "beam_search",
    "greedy",
    "nucleus",
    "sample",
    "top_k",
    "with_temperature",
]
