"""Backpropagation through time, written out as in the lecture.

What automatic differentiation does not find by itself:

    forward     keeps the gates
    backward    everything that does not depend on dL/dh is computed before the loop, for all
                steps at once ("factors"); the loop itself is a product or two, and little else
    weights     dL/dW_h = sum over t of h_{t-1}^T da_t is one product, after the loop

Letters: a_t what the input adds, dh = dL/dh_t, da = dL/da_t. In `forward` and `backward` arrays are
(N, ...), in `factors` and `weights` (T, N, ...). Each function is pure and goes through keras.ops:
`lmkit.layers.engines` runs it over time.

Source: deck 2, "Backpropagation through time"; `lmkit.by_hand` has the same in NumPy.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, NamedTuple

from keras import ops

Tensor = Any
Tensors = tuple[Tensor, ...]


class Product(NamedTuple):
    """h -> (h * drop) W, and its derivatives."""

    W: Tensor
    drop: Tensor | None

    def __call__(self, h: Tensor) -> Tensor:
        """(N, H) to (N, columns)."""
        return ops.matmul(self._dropped(h), self.W)

    def back(self, da: Tensor) -> Tensor:
        """dL/dh, from da = dL/d(product)."""
        return self._dropped(ops.matmul(da, ops.transpose(self.W)))

    def gradient(self, h: Tensor, da: Tensor) -> Tensor:
        """dL/dW, from all steps' h (T, N, H) and da (T, N, columns)."""
        rows, columns = self.W.shape
        h, da = ops.reshape(self._dropped(h), (-1, rows)), ops.reshape(da, (-1, columns))
        return ops.matmul(ops.transpose(h), da)

    def _dropped(self, h: Tensor) -> Tensor:
        return h if self.drop is None else h * self.drop


class Bptt(ABC):
    """A cell's step, forwards and backwards. `weights` are as the cell's `recurrent_weights`."""

    @abstractmethod
    def forward(
        self, a: Tensors, states: Tensors, weights: Sequence[Any]
    ) -> tuple[Tensors, Tensors]:
        """The new states, and what is to be kept of this step."""

    @abstractmethod
    def factors(self, before: Tensors, after: Tensors, kept: Tensors) -> Tensors:
        """What `backward` needs of every step, from the states before and after it."""

    @abstractmethod
    def backward(
        self, dstates: Tensors, factors: Tensors, weights: Sequence[Any]
    ) -> tuple[Tensors, Tensors]:
        """The gradients of the states before the step, and of a."""

    @abstractmethod
    def weights(
        self, before: Tensors, kept: Tensors, da: Tensors, weights: Sequence[Any]
    ) -> Tensors:
        """The gradients of the weights."""


class LSTM(Bptt):
    """c_t = f * c_{t-1} + i * g, h_t = o * tanh(c_t)."""

    def forward(
        self, a: Tensors, states: Tensors, weights: Sequence[Any]
    ) -> tuple[Tensors, Tensors]:
        """h_t and c_t; the gates are kept."""
        (ifog,), (h, c), (W_h,) = a, states, weights
        ifog = ifog + W_h(h)
        H = h.shape[-1]
        ifo, g = ops.sigmoid(ifog[:, : 3 * H]), ops.tanh(ifog[:, 3 * H :])
        i, f, o = ops.split(ifo, 3, axis=-1)
        c = f * c + i * g
        return (o * ops.tanh(c), c), (ops.concatenate([ifo, g], axis=-1),)

    def factors(self, before: Tensors, after: Tensors, kept: Tensors) -> Tensors:
        """Of dc where dh reaches c; of dc where it reaches c_{t-1}; of (dc, dc, dh, dc) in da."""
        i, f, o, g = ops.split(kept[0], 4, axis=-1)
        tanh_c = ops.tanh(after[1])
        into_a = [
            g * i * (1.0 - i),
            before[1] * f * (1.0 - f),
            tanh_c * o * (1.0 - o),
            i * (1.0 - g * g),
        ]
        return o * (1.0 - tanh_c * tanh_c), f, ops.concatenate(into_a, axis=-1)

    def backward(
        self, dstates: Tensors, factors: Tensors, weights: Sequence[Any]
    ) -> tuple[Tensors, Tensors]:
        """Dh and dc of the step before, and da."""
        (dh, dc), (into_c, f, into_a), (W_h,) = dstates, factors, weights
        dc = dc + dh * into_c
        da = ops.concatenate([dc, dc, dh, dc], axis=-1) * into_a
        return (W_h.back(da), dc * f), (da,)

    def weights(
        self, before: Tensors, kept: Tensors, da: Tensors, weights: Sequence[Any]
    ) -> Tensors:
        """dW_h."""
        return (weights[0].gradient(before[0], da[0]),)
