"""Backpropagation through time, written out as in the lecture.

Automatic differentiation of a loop runs the loop again backwards, with every product at every
step, dL/dW_h's too. Here the gates are kept from the way forward, and

    dL/dW_h = sum over t of h_{t-1}^T da_t

is one product over all steps, after the loop. Letters: a_t is what the input adds, dh = dL/dh_t,
da = dL/da_t. Each function is pure and goes through keras.ops; `lmkit.layers.engines` runs it over
time.

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
    W_T: Tensor
    drop: Tensor | None

    def __call__(self, h: Tensor) -> Tensor:
        """(N, H) to (N, columns)."""
        return ops.matmul(self._dropped(h), self.W)

    def back(self, da: Tensor) -> Tensor:
        """dL/dh, from da = dL/d(product)."""
        return self._dropped(ops.matmul(da, self.W_T))

    def gradient(self, h: Tensor, da: Tensor) -> Tensor:
        """dL/dW, from all steps' h (T, N, H) and da (T, N, columns)."""
        rows, columns = self.W.shape
        h, da = ops.reshape(self._dropped(h), (-1, rows)), ops.reshape(da, (-1, columns))
        return ops.matmul(ops.transpose(h), da)

    def _dropped(self, h: Tensor) -> Tensor:
        return h if self.drop is None else h * self.drop


def products(weights: Sequence[Tensor], drop: Tensor | None) -> list[Any]:
    """Matrices as products, vectors as they are."""
    return [Product(W, ops.transpose(W), drop) if len(W.shape) == 2 else W for W in weights]


class Bptt(ABC):
    """A cell's step, forwards and backwards.

    `W` is what the cell's `recurrent_weights` are, the matrices as `Product`s. In `forward` and
    `backward` arrays are (N, ...), in `weights` (T, N, ...).
    """

    @abstractmethod
    def forward(self, a: Tensors, states: Tensors, W: Sequence[Any]) -> tuple[Tensors, Tensors]:
        """The new states, and what is to be kept of this step."""

    @abstractmethod
    def backward(
        self, dstates: Tensors, before: Tensors, after: Tensors, kept: Tensors, W: Sequence[Any]
    ) -> tuple[Tensors, Tensors]:
        """The gradients of the states before the step, and of a.

        Args:
            dstates: the gradients of the states after the step.
            before: the states before the step.
            after: those after it.
            kept: what `forward` kept.
            W: the weights.
        """

    @abstractmethod
    def weights(self, before: Tensors, kept: Tensors, da: Tensors, W: Sequence[Any]) -> Tensors:
        """The gradients of the weights."""


class SimpleRNN(Bptt):
    """h_t = tanh(a_t + h_{t-1} W_h)."""

    def forward(self, a: Tensors, states: Tensors, W: Sequence[Any]) -> tuple[Tensors, Tensors]:
        """h_t."""
        return (ops.tanh(a[0] + W[0](states[0])),), ()

    def backward(
        self, dstates: Tensors, before: Tensors, after: Tensors, kept: Tensors, W: Sequence[Any]
    ) -> tuple[Tensors, Tensors]:
        """dL/dh_{t-1}, and da."""
        da = dstates[0] * (1.0 - after[0] * after[0])
        return (W[0].back(da),), (da,)

    def weights(self, before: Tensors, kept: Tensors, da: Tensors, W: Sequence[Any]) -> Tensors:
        """dW_h."""
        return (W[0].gradient(before[0], da[0]),)


class LSTM(Bptt):
    """c_t = f * c_{t-1} + i * g, h_t = o * tanh(c_t)."""

    def forward(self, a: Tensors, states: Tensors, W: Sequence[Any]) -> tuple[Tensors, Tensors]:
        """h_t and c_t; the gates are kept."""
        h, c = states
        ifog = a[0] + W[0](h)
        H = h.shape[-1]
        ifo, g = ops.sigmoid(ifog[:, : 3 * H]), ops.tanh(ifog[:, 3 * H :])
        i, f, o = ops.split(ifo, 3, axis=-1)
        c = f * c + i * g
        return (o * ops.tanh(c), c), (ops.concatenate([ifo, g], axis=-1),)

    def backward(
        self, dstates: Tensors, before: Tensors, after: Tensors, kept: Tensors, W: Sequence[Any]
    ) -> tuple[Tensors, Tensors]:
        """dL/dh_{t-1} and dL/dc_{t-1}, and da."""
        (dh, dc), c_before, c = dstates, before[1], after[1]
        i, f, o, g = ops.split(kept[0], 4, axis=-1)
        tanh_c = ops.tanh(c)
        dc = dc + dh * o * (1.0 - tanh_c * tanh_c)
        da_i = dc * g * i * (1.0 - i)
        da_f = dc * c_before * f * (1.0 - f)
        da_o = dh * tanh_c * o * (1.0 - o)
        da_g = dc * i * (1.0 - g * g)
        da = ops.concatenate([da_i, da_f, da_o, da_g], axis=-1)
        return (W[0].back(da), dc * f), (da,)

    def weights(self, before: Tensors, kept: Tensors, da: Tensors, W: Sequence[Any]) -> Tensors:
        """dW_h."""
        return (W[0].gradient(before[0], da[0]),)


class GRU(Bptt):
    """h~ = tanh(a_h + (r * h_{t-1}) W_hh), h_t = (1 - z) * h_{t-1} + z * h~."""

    def forward(self, a: Tensors, states: Tensors, W: Sequence[Any]) -> tuple[Tensors, Tensors]:
        """h_t; z, r and h~ are kept."""
        (a_t,), (h,), (W_hzr, W_hh) = a, states, W
        H = h.shape[-1]
        zr = ops.sigmoid(a_t[:, : 2 * H] + W_hzr(h))
        z, r = ops.split(zr, 2, axis=-1)
        candidate = ops.tanh(a_t[:, 2 * H :] + W_hh(r * h))
        return ((1.0 - z) * h + z * candidate,), (zr, candidate)

    def backward(
        self, dstates: Tensors, before: Tensors, after: Tensors, kept: Tensors, W: Sequence[Any]
    ) -> tuple[Tensors, Tensors]:
        """dL/dh_{t-1}, and da."""
        (dh,), (h,), (zr, candidate), (W_hzr, W_hh) = dstates, before, kept, W
        z, r = ops.split(zr, 2, axis=-1)
        da_h = dh * z * (1.0 - candidate * candidate)
        drh = W_hh.back(da_h)
        da_z = dh * (candidate - h) * z * (1.0 - z)
        da_r = drh * h * r * (1.0 - r)
        da_zr = ops.concatenate([da_z, da_r], axis=-1)
        dh = dh * (1.0 - z) + drh * r + W_hzr.back(da_zr)
        return (dh,), (ops.concatenate([da_zr, da_h], axis=-1),)

    def weights(self, before: Tensors, kept: Tensors, da: Tensors, W: Sequence[Any]) -> Tensors:
        """The gradients of W_hz and W_hr side by side, and of W_hh."""
        (h,), (zr, _), (W_hzr, W_hh) = before, kept, W
        H = h.shape[-1]
        return (
            W_hzr.gradient(h, da[0][..., : 2 * H]),
            W_hh.gradient(zr[..., H:] * h, da[0][..., 2 * H :]),
        )


class GRUResetAfter(Bptt):
    """h~ = tanh(a_h + r * (h_{t-1} W_hh + b_hh)), h_t = (1 - z) * h_{t-1} + z * h~."""

    def forward(self, a: Tensors, states: Tensors, W: Sequence[Any]) -> tuple[Tensors, Tensors]:
        """h_t; z, r, h~ and h_{t-1} W_hh + b_hh are kept."""
        (a_t,), (h,), (W_h, b_hh) = a, states, W
        H = h.shape[-1]
        product = W_h(h)
        zr = ops.sigmoid((a_t + product)[:, : 2 * H])
        z, r = ops.split(zr, 2, axis=-1)
        inner = product[:, 2 * H :] + b_hh
        candidate = ops.tanh(a_t[:, 2 * H :] + r * inner)
        return ((1.0 - z) * h + z * candidate,), (zr, candidate, inner)

    def backward(
        self, dstates: Tensors, before: Tensors, after: Tensors, kept: Tensors, W: Sequence[Any]
    ) -> tuple[Tensors, Tensors]:
        """dL/dh_{t-1}, and da."""
        (dh,), (h,), (zr, candidate, inner), (W_h, _) = dstates, before, kept, W
        z, r = ops.split(zr, 2, axis=-1)
        da_h = dh * z * (1.0 - candidate * candidate)
        da_z = dh * (candidate - h) * z * (1.0 - z)
        da_r = da_h * inner * r * (1.0 - r)
        da_zr = ops.concatenate([da_z, da_r], axis=-1)
        dh = dh * (1.0 - z) + W_h.back(ops.concatenate([da_zr, da_h * r], axis=-1))
        return (dh,), (ops.concatenate([da_zr, da_h], axis=-1),)

    def weights(self, before: Tensors, kept: Tensors, da: Tensors, W: Sequence[Any]) -> Tensors:
        """The gradients of W_h and b_hh."""
        (h,), (zr, *_), (W_h, _) = before, kept, W
        H = h.shape[-1]
        dinner = da[0][..., 2 * H :] * zr[..., H:]
        dproduct = ops.concatenate([da[0][..., : 2 * H], dinner], axis=-1)
        return W_h.gradient(h, dproduct), ops.sum(dinner, axis=(0, 1))
