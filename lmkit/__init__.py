"""Recurrent networks and language models, as the lectures teach them.

Import from the subpackages: `lmkit.by_hand` (forward and backward in NumPy), `lmkit.ngram`,
`lmkit.corpora`, `lmkit.vocabulary`, `lmkit.metrics`.
"""

from __future__ import annotations

__version__ = "0.1.0"
