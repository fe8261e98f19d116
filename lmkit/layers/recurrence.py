"""A recurrence and its gradient: one step each way, and the two ways through all of them.

An engine (`lmkit.layers.engines`) brings the loop, compiles both ways, and makes them one function
that its backend differentiates by `backward`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from keras import ops

Tensor = Any
Tensors = tuple[Tensor, ...]
Back = tuple[Tensors, Tensors, Tensors]
Loop = Callable[..., tuple[Tensors, Tensors]]


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


def products(weights: Sequence[Tensor], masks: Tensors) -> list[Any]:
    """Matrices as products, vectors as they are."""
    drop = masks[0] if masks else None
    return [Product(W, ops.transpose(W), drop) if len(W.shape) == 2 else W for W in weights]


class Recurrence(ABC):
    """A cell's step, forwards and backwards.

    `W` is what the cell's `recurrent_weights` are, the matrices as `Product`s. In `forward` and
    `backward` arrays are (N, ...), in `weights` (T, N, ...).
    """

    keeps_a = False
    """Whether a is put in front of what is kept."""

    def __init__(self) -> None:
        self.compiled: dict[Any, Any] = {}  # an engine's: they live as long as the equations

    @abstractmethod
    def forward(self, a: Tensors, states: Tensors, W: Sequence[Any]) -> tuple[Tensors, Tensors]:
        """The new states, and what is to be kept of this step."""

    @abstractmethod
    def backward(
        self, dstates: Tensors, before: Tensors, after: Tensors, kept: Tensors, W: Sequence[Any]
    ) -> Back:
        """The gradients of the states before the step, of a, and what `weights` needs besides.

        Args:
            dstates: the gradients of the states after the step.
            before: the states before the step.
            after: those after it.
            kept: what `forward` kept.
            W: the weights.
        """

    @abstractmethod
    def weights(
        self, before: Tensors, kept: Tensors, da: Tensors, more: Tensors, W: Sequence[Any]
    ) -> Tensors:
        """The gradients of the weights."""


def forward(
    loop: Loop, steps: Recurrence, a: Tensors, states: Tensors, weights: Tensors, masks: Tensors
) -> tuple[Tensors, Tensors, Tensors]:
    """From the first step to the last.

    Args:
        loop: `over_time(step, carry, inputs, reverse)` of an engine, as `jax.lax.scan` has it.
        steps: one step each way.
        a: what the input adds, (T, N, ...) each.
        states: those before the first step, (N, H) each.
        weights: the recurrent weights.
        masks: what h is multiplied by where it meets a matrix, (N, H); or nothing.

    Returns:
        The states after every step, (T, N, H) each; those after the last; what was kept.
    """
    W = products(weights, masks)

    def step(states: Tensors, a: Tensors) -> tuple[Tensors, Tensors]:
        new, kept = steps.forward(a, states, W)
        return new, (*new, *kept)

    last, every = loop(step, states, a)
    after, kept = cut(every, len(states))
    return after, last, (*a, *kept) if steps.keeps_a else kept


def backward(
    loop: Loop,
    steps: Recurrence,
    dh: Tensor,
    dlast: Tensors,
    ran: tuple[Tensors, Tensors, Tensors],
    weights: Tensors,
    masks: Tensors,
    inputs: int,
) -> tuple[Tensors, Tensors, Tensors, Tensors]:
    """From the last step to the first.

    Args:
        loop: as in `forward`.
        steps: one step each way.
        dh: dL/dh_t of every step, (T, N, H).
        dlast: the gradients of the states after the last step.
        ran: the states before the first step, those after every step, and what was kept.
        weights: the recurrent weights.
        masks: as in `forward`.
        inputs: how many arrays a is.

    Returns:
        The gradients of a and of the first states; then, for the weights' gradients, the states
        before every step, and what the steps gave back besides.
    """
    states, after, kept = ran
    W = products(weights, masks)
    before = tuple(
        ops.concatenate([first[None], every[:-1]], axis=0)
        for first, every in zip(states, after, strict=True)
    )

    def step(dstates: Tensors, at: Tensors) -> tuple[Tensors, Tensors]:
        (dh,), before, after, kept = cut(at, 1, len(states), len(states))
        dstates = (dstates[0] + dh, *dstates[1:])
        dstates, da, more = steps.backward(dstates, before, after, kept, W)
        return dstates, (*da, *more)

    dstates, every = loop(step, dlast, (dh, *before, *after, *kept), reverse=True)
    da, more = cut(every, inputs)
    return da, dstates, before, more


def cut(tensors: Sequence[Tensor], *sizes: int) -> list[Tensors]:
    """A list cut into pieces of these lengths, and what is left."""
    pieces, rest = [], tuple(tensors)
    for size in sizes:
        pieces.append(rest[:size])
        rest = rest[size:]
    return [*pieces, rest]
