"""Running a step over time, and backpropagation through time (BPTT) for any such step.

A step is h_t = f(x_t, h_{t-1}); the LSTM carries a second state, c. Both are "states" here,
h first. Source: deck 1, "Backpropagation for RNNs"; deck 5, "Backpropagation through time"
and "Truncated backpropagation through time" (after Werbos, 1988).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from lmkit.by_hand.types import Array


def unroll(
    step: Callable[..., Array | tuple[Array, ...]],
    x: Array,
    initial: Sequence[Array],
    weights: Sequence[Array],
) -> tuple[Array, ...]:
    """The same step, with the same weights, at every time.

    Args:
        step: (x_t, *states, *weights) -> the new state, or a tuple of the new states.
        x: inputs x_1 ... x_T, (N, T, D).
        initial: the states before the first input, each (N, H).
        weights: passed to every step.

    Returns:
        For each state its values after steps 1 ... T, (N, T, H).
    """
    N, T, _ = x.shape
    history = tuple(np.empty((N, T, s.shape[1])) for s in initial)
    states = tuple(initial)
    for t in range(T):
        new = step(x[:, t], *states, *weights)
        states = new if isinstance(new, tuple) else (new,)
        for values, s in zip(history, states, strict=True):
            values[:, t] = s
    return history


def backward_through_time(
    step_backward: Callable[..., tuple[Array, ...]],
    dh: Array,
    x: Array,
    initial: Sequence[Array],
    history: Sequence[Array],
    weights: Sequence[Array],
    k: int | None = None,
) -> tuple[Array, ...]:
    """dL/dW = sum over t of dL/dW at step t, from the last step to the first.

    What reaches h_t is what its own output asks for, dh[:, t], plus what step t + 1 hands back.
    Truncated to chunks of k steps, the states go on across a border and the gradients do not.

    Args:
        step_backward: (*dstates, x_t, *states, *weights) -> dx, *dstates_prev, *dweights.
        dh: dL/dh_t from the outputs alone, (N, T, H).
        x: inputs, (N, T, D).
        initial: the states before the first input, each (N, H).
        history: the states after each step, as `unroll` returns them, each (N, T, H).
        weights: passed to every step.
        k: steps per chunk; None for one chunk, that is no truncation.

    Returns:
        dx (N, T, D), the gradient of each initial state (N, H) (from the first chunk alone),
        and the gradient of each weight.

    Raises:
        ValueError: if k is less than 1.
    """
    if k is not None and k < 1:
        raise ValueError(f"k = {k}: a chunk has at least one step")
    dx = np.empty(x.shape)
    dweights = [np.zeros_like(w) for w in weights]
    dstates = [np.zeros_like(s) for s in initial]
    for t in reversed(range(x.shape[1])):
        if k is not None and (t + 1) % k == 0:  # a chunk ends here: nothing from beyond it
            dstates = [np.zeros_like(s) for s in initial]
        previous = [s[:, t - 1] for s in history] if t > 0 else list(initial)
        from_above = [dh[:, t] + dstates[0], *dstates[1:]]
        dx[:, t], *gradients = step_backward(*from_above, x[:, t], *previous, *weights)
        dstates = gradients[: len(dstates)]
        for total, at_t in zip(dweights, gradients[len(dstates) :], strict=True):
            total += at_t
    return (dx, *dstates, *dweights)
