"""The recurrent highway network: several layers within one time step, each with a way past it.

    s_0 = h_{t-1}
    h_l = tanh(x_t W_xh [l = 1 only] + s_{l-1} R_hl + b_hl)
    t_l = sigma(x_t W_xt [l = 1 only] + s_{l-1} R_tl + b_tl)
    s_l = h_l * t_l + s_{l-1} * (1 - t_l)          l = 1 ... L
    h_t = s_L

Source: Zilly, Srivastava, Koutnik and Schmidhuber (2017), equations 6 to 9, with the carry gate
coupled, c = 1 - t, as in all their language models; deck 5, the Penn Treebank table.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from lmkit.cells.base import Cell, Tensor


@keras.saving.register_keras_serializable(package="lmkit")
class RHNCell(Cell):
    """s_l = h_l * t_l + s_{l-1} * (1 - t_l), depth times a step. One state: h (N, H).

    Weights: W_x (D, 2H), and for each l R_l (H, 2H) and b_l (2H,), blocks in the order h, t.

    Args:
        units: H.
        depth: L, how many highway layers a time step has.
        transform_bias: what b starts with for t. Negative carries the state past at first.
        **kwargs: see `Cell`.

    Raises:
        ValueError: if depth is less than 1.
    """

    def __init__(
        self, units: int, *, depth: int = 5, transform_bias: float = -2.0, **kwargs: Any
    ) -> None:
        if depth < 1:
            raise ValueError(f"depth is how many layers a time step has, at least 1; not {depth!r}")
        super().__init__(units, **kwargs)
        self.depth, self.transform_bias = depth, transform_bias

    def build(self, input_shape: Sequence[int | None]) -> None:
        """Make the weights for inputs (N, D)."""
        H = self.units
        self.W_x = self.kernel("W_x", int(input_shape[-1] or 0), 2 * H)
        self.R = [self.recurrent(f"R_{level + 1}", 2 * H) for level in range(self.depth)]
        self.b = [
            self.add_weight((2 * H,), self._first_bias, name=f"b_{level + 1}")
            for level in range(self.depth)
        ]

    def _first_bias(self, shape: Sequence[int], dtype: Any = None) -> Tensor:
        b_h, b_t = (self.bias_initializer((self.units,), dtype=dtype) for _ in range(2))
        return ops.concatenate([b_h, b_t + self.transform_bias])

    def project(self, x: Tensor) -> Tensor:
        """x W_x + b_1, (..., 2H)."""
        return ops.matmul(x, self.W_x) + self.b[0]

    def recurrent_weights(self) -> tuple[Tensor, ...]:
        """R_1 ... R_L, then b_2 ... b_L."""
        return tuple(ops.convert_to_tensor(w) for w in [*self.R, *self.b[1:]])

    def step(self, a: Tensor, states: Sequence[Tensor], *weights: Any) -> tuple[Tensor, ...]:
        """h_t = s_L (N, H)."""
        R, b = weights[: self.depth], (a, *weights[self.depth :])
        (s,) = states
        for R_l, b_l in zip(R, b, strict=True):
            a_h, a_t = ops.split(R_l(s) + b_l, 2, axis=-1)
            t = ops.sigmoid(a_t)
            s = ops.tanh(a_h) * t + s * (1.0 - t)
        return (s,)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make the same cell again."""
        own = {"depth": self.depth, "transform_bias": self.transform_bias}
        return {**super().get_config(), **own}
