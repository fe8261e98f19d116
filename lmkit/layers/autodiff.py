"""Backpropagation through time for any `Cell`: only one step is left to automatic differentiation.

What a step multiplies, and what comes out, is kept on the way forward. On the way back the step is
done again without a product: each gives what was kept, hands its gradient on through W^T, and
shows it; dL/dW is one product over all steps, afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from keras import ops

from lmkit.cells import Cell
from lmkit.layers.recurrence import Back, Product, Recurrence, Tensor, Tensors, cut

Pullback = Callable[[Callable[..., Tensors], Tensors, Tensors], Tensors]


class AnyCell(Recurrence):
    """A cell's own `step`.

    Args:
        cell: the cell.
        pullback: an engine's: of f at some arguments, the gradients from those of the results.
        one: whether the cell projects to one tensor, not to a tuple.
    """

    keeps_a = True

    def __init__(self, cell: Cell, pullback: Pullback, one: bool) -> None:
        super().__init__()
        self.cell, self.pullback, self.one = cell, pullback, one
        self.calls: list[int] = []  # which of the weights each product of a step is with

    def _step(self, a: Tensors, states: Tensors, W: Sequence[Any]) -> Tensors:
        return tuple(self.cell.step(a[0] if self.one else a, states, *W))

    def forward(self, a: Tensors, states: Tensors, W: Sequence[Any]) -> tuple[Tensors, Tensors]:
        """The new states; what went into each product, and what came out, is kept."""
        seen: list[tuple[int, Tensor, Tensor]] = []

        def recorded(k: int, product: Product) -> Callable[[Tensor], Tensor]:
            def call(u: Tensor) -> Tensor:
                seen.append((k, u, product(u)))
                return seen[-1][2]

            return call

        maps = [recorded(k, w) if isinstance(w, Product) else w for k, w in enumerate(W)]
        new = self._step(a, states, maps)
        self.calls = [k for k, _, _ in seen]
        return new, (*(u for _, u, _ in seen), *(v for _, _, v in seen))

    def backward(
        self, dstates: Tensors, before: Tensors, after: Tensors, kept: Tensors, W: Sequence[Any]
    ) -> Back:
        """Besides: the gradients of what came out of each product, and of the vectors."""
        products = len(self.calls)
        a, v = cut(kept, len(kept) - 2 * products)[0], kept[len(kept) - products :]
        vectors = tuple(w for w in W if not isinstance(w, Product))
        taps = tuple(ops.zeros_like(each) for each in v)

        def again(*arguments: Tensor) -> Tensors:
            a_t, states, taps, vectors = cut(arguments, len(a), len(before), products)
            out, plain = iter(zip(v, taps, strict=True)), iter(vectors)

            def told(product: Product) -> Callable[[Tensor], Tensor]:
                def call(u: Tensor) -> Tensor:
                    came_out, tap = next(out)
                    return _as_kept(product, came_out)(u) + tap

                return call

            return self._step(
                a_t, states, [told(w) if isinstance(w, Product) else next(plain) for w in W]
            )

        gradients = self.pullback(again, (*a, *before, *taps, *vectors), dstates)
        da, dbefore, more = cut(gradients, len(a), len(before))
        return dbefore, da, more

    def weights(
        self, before: Tensors, kept: Tensors, da: Tensors, more: Tensors, W: Sequence[Any]
    ) -> Tensors:
        """The matrices' gradients, summed over their products; the vectors' over the steps."""
        products = len(self.calls)
        u = kept[len(kept) - 2 * products :][:products]
        dv, dvectors = cut(more, products)
        left = iter(dvectors)

        def gradient(k: int, w: Any) -> Tensor:
            if not isinstance(w, Product):
                return ops.sum(next(left), axis=0)
            parts = [
                w.gradient(u_j, dv_j)
                for j, u_j, dv_j in zip(self.calls, u, dv, strict=True)
                if j == k
            ]
            return sum(parts[1:], parts[0]) if parts else ops.zeros_like(w.W)

        return tuple(gradient(k, w) for k, w in enumerate(W))


def _as_kept(product: Product, came_out: Tensor) -> Callable[[Tensor], Tensor]:
    """u -> (u * drop) W, which is known already; the gradient goes through W^T."""

    @ops.custom_gradient  # type: ignore[untyped-decorator]
    def call(u: Tensor) -> tuple[Tensor, Callable[..., Tensor]]:
        def gradient(*arguments: Tensor, upstream: Tensor | None = None) -> Tensor:
            return product.back(arguments[0] if upstream is None else upstream)

        return came_out, gradient

    return call  # type: ignore[no-any-return]
