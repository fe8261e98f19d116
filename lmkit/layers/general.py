"""The general path: Keras's own loop over time, for any cell, on any backend."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from keras import ops
from keras.src.backend import rnn as _over_time  # what keras.layers.RNN runs on; no public name

Tensor = Any
Step = Callable[[Any, Sequence[Tensor]], tuple[Tensor, Sequence[Tensor]]]
Ran = tuple[Tensor, Tensor, list[Tensor]]  # the last output, all of them, the last states


def run(
    step: Step,
    sequences: Sequence[Tensor],
    keeps: Sequence[Tensor],
    states: Sequence[Tensor],
    mask: Tensor | None,
    **options: Any,
) -> Ran:
    """Run a step over time.

    Args:
        step: takes what the sequences hold for one step, and the states; returns the output and
            the new states.
        sequences: arrays (N, T, ...).
        keeps: for zoneout, how much of its old value each state keeps, (N, T, H); or none.
        states: the states before the first step, (N, H) each.
        mask: (N, T), True where there is a step; None for everywhere.
        **options: unroll, zero_output_for_mask and return_all_outputs, as in `keras.layers.RNN`.
    """
    together = [*sequences, *keeps]
    widths = [int(s.shape[-1]) for s in together]
    borders = [sum(widths[:k]) for k in range(1, len(widths))]

    def zoned(inputs: Tensor, old: Sequence[Tensor]) -> tuple[Tensor, list[Tensor]]:
        parts = ops.split(inputs, borders, axis=-1) if borders else [inputs]
        output, new = step(parts[: len(sequences)], old)
        kept = (
            [
                keep * before + (1 - keep) * after
                for keep, before, after in zip(parts[len(sequences) :], old, new, strict=True)
            ]
            if keeps
            else list(new)
        )
        return (kept[0] if output is new[0] else output), kept

    joined = ops.concatenate(together, axis=-1) if borders else together[0]
    last, outputs, new = _over_time(
        zoned, joined, list(states), mask=mask, input_length=joined.shape[1], **options
    )
    return last, outputs, list(new)
