"""A recurrence on TensorFlow: two loops compiled by XLA, forwards and backwards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import tensorflow as tf

from lmkit.layers.bptt import Bptt, Tensors, products

Tensor = Any


def run(
    bptt: Bptt, a: Tensors, states: Tensors, weights: Tensors, drop: Tensor | None
) -> tuple[Tensor, Tensors]:
    """Run a recurrence over time.

    Args:
        bptt: its step, forwards and backwards.
        a: what the input adds, each (T, N, ...).
        states: the states before the first step, each (N, H).
        weights: the recurrent weights.
        drop: what h is multiplied by where it meets a matrix, (N, H); None for nothing.

    Returns:
        h_1 ... h_T (T, N, H), and the last states.
    """
    # By width, as a retracing that is reduced would take H, too, for something that varies.
    forward, backward = _compiled(bptt, tuple(x.shape[-1] for x in (*a, *states)))
    masks = () if drop is None else (tf.stop_gradient(drop),)
    sizes = len(a), len(states)

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def recurrence(*inputs: Tensor) -> tuple[Tensors, Callable[..., Any]]:
        # A tape that also watched the loops would have them hand out their lists: XLA cannot.
        a, states, weights = _cut([tf.stop_gradient(x) for x in inputs], *sizes)
        after, last, kept = forward(a, states, weights, masks)

        def gradient(*upstream: Tensor) -> Tensors:
            dh, *dlast = upstream
            da, dstates, before = backward(dh, tuple(dlast), states, after, kept, weights, masks)
            # Not in the loop's XLA: TensorFlow's own product is up to twice as fast here.
            W = products(weights, *masks or (None,))
            return (*da, *dstates, *bptt.weights(before, kept, da, W))

        return (after[0], *last), gradient

    read = [tf.convert_to_tensor(w) for w in weights]  # a custom gradient takes no variables
    h, *last = recurrence(*a, *states, *read)
    return h, tuple(last)


@cache
def _compiled(bptt: Bptt, widths: tuple[int, ...]) -> tuple[Callable[..., Any], Callable[..., Any]]:
    @tf.function(jit_compile=True, reduce_retracing=True)  # type: ignore[untyped-decorator]
    def forward(a: Tensors, states: Tensors, weights: Tensors, masks: Tensors) -> Any:
        W = products(weights, *masks or (None,))

        def step(states: Tensors, a: Tensors) -> tuple[Tensors, Tensors]:
            new, kept = bptt.forward(a, states, W)
            return new, (*new, *kept)

        last, every = over_time(step, states, a)
        after, kept = _cut(every, len(states))
        return after, last, kept

    @tf.function(jit_compile=True, reduce_retracing=True)  # type: ignore[untyped-decorator]
    def backward(
        dh: Tensor,
        dlast: Tensors,
        states: Tensors,
        after: Tensors,
        kept: Tensors,
        weights: Tensors,
        masks: Tensors,
    ) -> tuple[Tensors, Tensors, Tensors]:
        W = products(weights, *masks or (None,))
        before = tuple(
            tf.concat([s[None], every[:-1]], axis=0) for s, every in zip(states, after, strict=True)
        )

        def step(dstates: Tensors, at: Tensors) -> tuple[Tensors, Tensors]:
            dh, before, after, kept = _cut(at, 1, len(states), len(states))
            return bptt.backward((dstates[0] + dh[0], *dstates[1:]), before, after, kept, W)

        dstates, da = over_time(step, dlast, (dh, *before, *after, *kept), reverse=True)
        return da, dstates, before

    return forward, backward


def over_time(
    step: Callable[[Tensors, Tensors], tuple[Tensors, Tensors]],
    carry: Tensors,
    inputs: Tensors,
    reverse: bool = False,
) -> tuple[Tensors, Tensors]:
    """A loop over the inputs' first axis, as `jax.lax.scan` has it.

    Args:
        step: takes what is carried on and one step's inputs; returns what is carried on, and what
            is to be kept.
        carry: what is carried into the first step.
        inputs: (T, ...) each.
        reverse: from the last step to the first.

    Returns:
        What is carried out of the last step, and all that was kept, (T, ...) each.
    """
    T = tf.shape(inputs[0])[0]
    read = [tf.TensorArray(x.dtype, T, element_shape=x.shape[1:]).unstack(x) for x in inputs]
    seen = tf.function(step).get_concrete_function(
        tuple(tf.TensorSpec(c.shape, c.dtype) for c in carry),
        tuple(tf.TensorSpec(x.shape[1:], x.dtype) for x in inputs),
    )
    write = [
        tf.TensorArray(spec.dtype, T, element_shape=spec.shape)
        for spec in seen.structured_outputs[1]
    ]

    def body(k: Tensor, carry: Tensors, write: list[Any]) -> Any:
        t = T - 1 - k if reverse else k
        carry, kept = step(carry, tuple(x.read(t) for x in read))
        return k + 1, carry, [w.write(t, y) for w, y in zip(write, kept, strict=True)]

    # XLA can allot the arrays of a loop only if it knows how often the loop runs at most.
    _, carry, write = tf.while_loop(
        lambda k, *_: k < T, body, (0, carry, write), maximum_iterations=T
    )
    return carry, tuple(w.stack() for w in write)


def _cut(tensors: Sequence[Tensor], *sizes: int) -> list[Tensors]:
    """A list cut into pieces of these lengths, and what is left."""
    pieces, rest = [], tuple(tensors)
    for size in sizes:
        pieces.append(rest[:size])
        rest = rest[size:]
    return [*pieces, rest]
