"""A recurrence on JAX: `lax.scan`, forwards and backwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax

from lmkit.layers.recurrence import Recurrence, Tensors, backward, cut, forward, products

Tensor = Any


def pieces(*tensors: Tensor) -> list[Tensors]:
    """The batch as it is: XLA does one thing at a time."""
    return [tensors]


def run(
    steps: Recurrence, a: Tensors, states: Tensors, weights: Tensors, masks: Tensors
) -> tuple[Tensor, Tensors]:
    """Run a recurrence over time; arguments and results are those of the TensorFlow engine."""
    inputs = len(a), len(states)

    @jax.custom_vjp  # type: ignore[untyped-decorator]
    def recurrence(*given: Tensor) -> Tensors:
        return there(*given)[0]

    def there(*given: Tensor) -> tuple[Tensors, Any]:
        a, states, weights = cut(given, *inputs)
        after, last, kept = forward(over_time, steps, a, states, weights, masks)
        return (after[0], *last), (states, after, kept, weights)

    def back(ran: Any, upstream: Tensors) -> Tensors:
        *ran, weights = ran
        dh, *dlast = upstream
        da, dstates, before, more = backward(
            over_time, steps, dh, tuple(dlast), ran, weights, masks, inputs[0]
        )
        W = products(weights, masks)
        gradients = (*da, *dstates, *steps.weights(before, ran[2], da, more, W))
        return tuple(g.astype(dh.dtype) for g in gradients)

    recurrence.defvjp(there, back)
    h, *last = recurrence(*a, *states, *weights)
    return h, tuple(last)


def over_time(
    step: Callable[[Tensors, Tensors], tuple[Tensors, Tensors]],
    carry: Tensors,
    inputs: Tensors,
    reverse: bool = False,
) -> tuple[Tensors, Tensors]:
    """`jax.lax.scan`, with the states' type kept: Keras's tanh makes float32 of JAX's float64."""

    def as_before(carry: Tensors, at: Tensors) -> tuple[Tensors, Tensors]:
        new, kept = step(carry, at)
        return tuple(n.astype(c.dtype) for n, c in zip(new, carry, strict=True)), kept

    last, every = jax.lax.scan(as_before, carry, inputs, reverse=reverse)
    return last, every


def pullback(f: Callable[..., Tensors], arguments: Tensors, upstream: Tensors) -> Tensors:
    """The gradients of f's arguments, from those of its results."""
    gradients: Tensors = jax.vjp(f, *arguments)[1](upstream)
    return gradients
