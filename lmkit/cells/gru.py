"""The gated recurrent unit.

    z = sigma(x_t W_xz + h_{t-1} W_hz + b_z)
    r = sigma(x_t W_xr + h_{t-1} W_hr + b_r)
    h~ = tanh(x_t W_xh + (r * h_{t-1}) W_hh + b_h)
    h_t = (1 - z) * h_{t-1} + z * h~

Source: deck 1, "GRU" (after Cho et al., 2014). Keras has z and 1 - z the other way round.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from lmkit.cells.base import Cell, Map, Tensor


@keras.saving.register_keras_serializable(package="lmkit")
class GRUCell(Cell):
    """h_t = (1 - z) * h_{t-1} + z * h~. One state: h (N, H).

    Weights: W_x (D, 3H), W_h (H, 3H), b (3H,), blocks in the order z, r, h~.

    Args:
        units: H.
        reset_after: the reset gate after the product, h~ = tanh(x W_xh + r * (h W_hh + b_hh) +
            b_h), as cuDNN and Keras's default have it; b_hh (H,) is one more weight.
        **kwargs: see `Cell`.
    """

    def __init__(self, units: int, *, reset_after: bool = False, **kwargs: Any) -> None:
        super().__init__(units, **kwargs)
        self.reset_after = reset_after

    def build(self, input_shape: Sequence[int | None]) -> None:
        """Make the weights for inputs (N, D)."""
        self.W_x = self.kernel("W_x", int(input_shape[-1] or 0), 3 * self.units)
        self.W_h = self.recurrent("W_h", 3 * self.units)
        self.b = self.bias("b", 3 * self.units)
        if self.reset_after:
            self.b_hh = self.bias("b_hh", self.units)

    def project(self, x: Tensor) -> Tensor:
        """x W_x + b, (..., 3H)."""
        return ops.matmul(x, self.W_x) + self.b

    def recurrent_weights(self) -> tuple[Tensor, ...]:
        """W_hz and W_hr side by side, and W_hh; reset_after: all three in one, and b_hh."""
        W_h = ops.convert_to_tensor(self.W_h)
        if self.reset_after:
            return W_h, ops.convert_to_tensor(self.b_hh)
        return W_h[:, : 2 * self.units], W_h[:, 2 * self.units :]

    def step(self, a: Tensor, states: Sequence[Tensor], *weights: Any) -> tuple[Tensor, ...]:
        """h_t (N, H)."""
        return (self._after if self.reset_after else self._before)(a, states, *weights)

    def _before(
        self, a: Tensor, states: Sequence[Tensor], W_hzr: Map, W_hh: Map
    ) -> tuple[Tensor, ...]:
        (h,) = states
        a_z, a_r, a_h = ops.split(a, 3, axis=-1)
        h_z, h_r = ops.split(W_hzr(h), 2, axis=-1)
        z = ops.sigmoid(a_z + h_z)
        r = ops.sigmoid(a_r + h_r)
        candidate = ops.tanh(a_h + W_hh(r * h))
        return ((1.0 - z) * h + z * candidate,)

    def _after(
        self, a: Tensor, states: Sequence[Tensor], W_h: Map, b_hh: Tensor
    ) -> tuple[Tensor, ...]:
        (h,) = states
        a_z, a_r, a_h = ops.split(a, 3, axis=-1)
        h_z, h_r, h_h = ops.split(W_h(h), 3, axis=-1)
        z = ops.sigmoid(a_z + h_z)
        r = ops.sigmoid(a_r + h_r)
        candidate = ops.tanh(a_h + r * (h_h + b_hh))
        return ((1.0 - z) * h + z * candidate,)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make the same cell again."""
        return {**super().get_config(), "reset_after": self.reset_after}
