"""Weights of several gates stand side by side in one array. Here they are taken apart."""

from __future__ import annotations

from lmkit.by_hand.types import Array


def blocks(a: Array, count: int) -> list[Array]:
    """The blocks of equal width along the last axis, from the left.

    As `np.split(a, count, axis=-1)` gives them, which takes a quarter of an LSTM's whole step.

    Args:
        a: an array, (..., count * H).
        count: how many there are.

    Returns:
        Views, each (..., H).

    Raises:
        ValueError: if they are not of equal width.
    """
    width, rest = divmod(a.shape[-1], count)
    if rest:
        raise ValueError(f"{a.shape[-1]} columns are no {count} blocks of equal width")
    return [a[..., k * width : (k + 1) * width] for k in range(count)]
