"""Gradient clipping by the global norm.

Source: deck 1, "Exploding Gradients", algorithm 1 (Pascanu et al., 2013).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lmkit.by_hand.types import Array


def global_norm(gradients: Sequence[Array]) -> float:
    """||g|| = sqrt of the sum of all squares, over all the gradients together.

    Squares of exploding gradients overflow long before the gradients do, so the largest entry is
    taken out first.

    Args:
        gradients: one array per parameter, any shapes.
    """
    largest = max((float(np.abs(g).max(initial=0.0)) for g in gradients), default=0.0)
    if largest in (0.0, np.inf):
        return largest
    return largest * float(np.sqrt(sum(float(((g / largest) ** 2).sum()) for g in gradients)))


def clip_by_global_norm(gradients: Sequence[Array], threshold: float) -> list[Array]:
    """If ||g|| > threshold: g <- (threshold / ||g||) g, for all gradients by the same factor.

    The direction of the step stays, only its length is cut.

    Args:
        gradients: one array per parameter, any shapes.
        threshold: the largest norm allowed, above zero.

    Returns:
        New arrays, of the same shapes; equal to the old ones when the norm is within bounds.

    Raises:
        ValueError: if the threshold is not above zero.
    """
    if not threshold > 0:
        raise ValueError(f"threshold = {threshold}: a norm is clipped to something above zero")
    norm = global_norm(gradients)
    factor = threshold / norm if norm > threshold else 1.0
    return [g * factor for g in gradients]
