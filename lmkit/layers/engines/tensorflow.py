"""A recurrence on TensorFlow: two loops compiled by XLA, forwards and backwards."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from typing import Any

import tensorflow as tf
from tensorflow.python.ops.control_flow_util import GraphOrParentsInXlaContext

from lmkit.layers.recurrence import Recurrence, Tensors, backward, cut, forward, products

Tensor = Any
ROWS = 8
"""A piece of fewer sequences is not worth its own products."""
UNKNOWN = 32
"""What a batch's size is taken for where it is known only later."""


def in_xla() -> bool:
    """Whether the step that is traced is compiled by XLA as a whole."""
    return bool(GraphOrParentsInXlaContext(tf.compat.v1.get_default_graph()))


def pieces(*tensors: Tensor) -> list[Tensors]:
    """A batch (N, ...) cut into as many pieces as there are cores, `ROWS` sequences at least.

    Each piece goes through time by itself, and TensorFlow runs what is independent side by side:
    two products on a core each take half of the time of two products on both cores, where the
    cores wait for each other after each. XLA, eager TensorFlow and a GPU do one thing at a time:
    there the batch stays whole.
    """
    N = tensors[0].shape[0] or UNKNOWN
    count = min(os.cpu_count() or 1, N // ROWS)
    if count < 2 or in_xla() or tf.executing_eagerly() or tf.config.list_physical_devices("GPU"):
        return [tensors]
    N = tf.shape(tensors[0])[0]
    sizes = [(N + k) // count for k in range(count)]
    return list(zip(*(tf.split(each, sizes) for each in tensors), strict=True))


def run(
    steps: Recurrence, a: Tensors, states: Tensors, weights: Tensors, masks: Tensors
) -> tuple[Tensor, Tensors]:
    """Run a recurrence over time.

    Args:
        steps: its step, forwards and backwards.
        a: what the input adds, each (T, N, ...).
        states: the states before the first step, each (N, H).
        weights: the recurrent weights.
        masks: what h is multiplied by where it meets a matrix, (N, H); or nothing.

    Returns:
        h_1 ... h_T (T, N, H), and the last states.
    """
    # By width, as a retracing that is reduced would take H, too, for something that varies.
    widths = tuple(x.shape[-1] for x in (*a, *states))
    if widths not in steps.compiled:
        steps.compiled[widths] = _compile(steps, len(a))
    there, back = steps.compiled[widths]
    masks = tuple(tf.stop_gradient(mask) for mask in masks)
    sizes = len(a), len(states)

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def recurrence(*inputs: Tensor) -> tuple[Tensors, Callable[..., Any]]:
        # A tape that also watched the loops would have them hand out their lists: XLA cannot.
        a, states, weights = cut([tf.stop_gradient(x) for x in inputs], *sizes)
        after, last, kept = there(a, states, weights, masks)

        def gradient(dh: Tensor, *dlast: Tensor) -> Tensors:
            ran = states, after, kept
            da, dstates, before, more = back(dh, dlast, ran, weights, masks)
            # Not in the loop's XLA: TensorFlow's own product is up to twice as fast here.
            W = products(weights, masks)
            return (*da, *dstates, *steps.weights(before, kept, da, more, W))

        return (after[0], *last), gradient

    read = [tf.convert_to_tensor(w) for w in weights]  # a custom gradient takes no variables
    h, *last = recurrence(*a, *states, *read)
    return h, tuple(last)


def _compile(steps: Recurrence, inputs: int) -> tuple[Callable[..., Any], Callable[..., Any]]:
    compiled = partial(tf.function, jit_compile=True, reduce_retracing=True)
    return (
        compiled(partial(forward, over_time, steps)),
        compiled(partial(backward, over_time, steps, inputs=inputs)),
    )


def pullback(f: Callable[..., Tensors], arguments: Tensors, upstream: Tensors) -> Tensors:
    """The gradients of f's arguments, from those of its results."""
    with tf.GradientTape() as tape:
        tape.watch(arguments)
        results = f(*arguments)
    return tuple(
        tape.gradient(
            results,
            arguments,
            output_gradients=upstream,
            unconnected_gradients=tf.UnconnectedGradients.ZERO,
        )
    )


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

    # The first states may be of a known batch and the inputs of any: what a retracing that is
    # reduced takes for something that varies, it takes so one by one.
    shapes = tuple(
        first.shape.most_specific_compatible_shape(later.shape)
        for first, later in zip(carry, seen.structured_outputs[0], strict=True)
    )
    # XLA can allot the arrays of a loop only if it knows how often the loop runs at most.
    _, carry, write = tf.while_loop(
        lambda k, *_: k < T,
        body,
        (0, carry, write),
        shape_invariants=(tf.TensorShape([]), shapes, [tf.TensorShape([])] * len(write)),
        maximum_iterations=T,
    )
    return carry, tuple(w.stack() for w in write)
