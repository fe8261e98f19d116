"""Our weights in Keras's order of gates, and back.

            ours                                            Keras
LSTM        i, f, o, g                                      i, f, c, o (c is our g)
GRU         h_t = (1 - z) * h + z * h~                      z * h + (1 - z) * h~
            so z's weights change their sign: 1 - sigma(a) = sigma(-a)
GRU, reset  b (3H,), b_hh (H,)                              bias (2, 3H): input's, recurrent
after

It goes through keras.ops, so that a gradient finds its way back.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from keras import ops

Tensor = Any
ORDER = {"SimpleRNN": (0,), "LSTM": (0, 1, 3, 2), "GRU": (0, 1, 2)}
SIGNS = {"SimpleRNN": (1,), "LSTM": (1, 1, 1, 1), "GRU": (-1, 1, 1)}


def to_keras(kind: str, weights: Sequence[Tensor]) -> list[Tensor]:
    """Kernel, recurrent kernel and bias of Keras's layer.

    Args:
        kind: "SimpleRNN", "LSTM" or "GRU".
        weights: W_x, W_h, b of our cell, and b_hh of a GRU with reset_after.
    """
    W_x, W_h, b = (_other(kind, w) for w in weights[:3])
    if len(weights) == 3:
        return [W_x, W_h, b]
    b_hh = weights[3]
    return [W_x, W_h, ops.stack([b, ops.pad(b_hh, [(2 * b_hh.shape[0], 0)])])]


def from_keras(kind: str, weights: Sequence[Tensor]) -> list[Tensor]:
    """The weights of our cell, from what Keras's layer of that kind holds."""
    W_x, W_h, b = (_other(kind, w) for w in weights)
    if len(b.shape) == 1:
        return [W_x, W_h, b]
    # Keras's two biases for z and r are added anyway; only h~'s stand apart.
    H = W_h.shape[0]
    return [
        W_x,
        W_h,
        ops.concatenate([b[0, : 2 * H] + b[1, : 2 * H], b[0, 2 * H :]]),
        b[1, 2 * H :],
    ]


def _other(kind: str, w: Tensor) -> Tensor:
    """Blocks exchanged and signs changed: done twice, it is undone."""
    blocks = ops.split(w, len(ORDER[kind]), axis=-1)
    return ops.concatenate(
        [s * blocks[k] for k, s in zip(ORDER[kind], SIGNS[kind], strict=True)], axis=-1
    )
