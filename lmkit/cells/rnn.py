"""The simple recurrent network: h_t = tanh(x_t W_x + h_{t-1} W_h + b).

Source: deck 1, "Recurrent neural networks" (after Elman, 1990).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from lmkit.cells.base import Cell, Map, Tensor


@keras.saving.register_keras_serializable(package="lmkit")
class SimpleRNNCell(Cell):
    """h_t = tanh(x_t W_x + h_{t-1} W_h + b). Weights: W_x (D, H), W_h (H, H), b (H,).

    Args:
        units: H.
        activation: in tanh's place: a name or a function.
        **kwargs: see `Cell`.
    """

    def __init__(self, units: int, *, activation: Any = "tanh", **kwargs: Any) -> None:
        super().__init__(units, **kwargs)
        self.activation = keras.activations.get(activation)

    def build(self, input_shape: Sequence[int | None]) -> None:
        """Make the weights for inputs (N, D)."""
        self.W_x = self.kernel("W_x", int(input_shape[-1] or 0), self.units)
        self.W_h = self.recurrent("W_h", self.units)
        self.b = self.bias("b", self.units)

    def project(self, x: Tensor) -> Tensor:
        """x W_x + b."""
        return ops.matmul(x, self.W_x) + self.b

    def recurrent_weights(self) -> tuple[Tensor, ...]:
        """W_h."""
        return (ops.convert_to_tensor(self.W_h),)

    def step(self, a: Tensor, states: Sequence[Tensor], W_h: Map) -> tuple[Tensor, ...]:
        """h_t (N, H)."""
        (h,) = states
        return (self.activation(a + W_h(h)),)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make the same cell again."""
        activation = keras.activations.serialize(self.activation)
        return {**super().get_config(), "activation": activation}
