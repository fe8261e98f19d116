"""What every cell has in common: a size, an input part, a step.

Letters: N sequences, T time steps, D inputs, H hidden units. Rows are vectors: x W_x + h W_h + b.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import ops

Tensor = Any  # a tensor of whichever backend Keras runs on
Map = Callable[[Tensor], Tensor]


class Cell(keras.layers.Layer):  # type: ignore[misc]
    """One step of a recurrent network, in two parts.

    `project(x)` is what the step needs of the input, for one step (N, D) or for all of them at
    once (N, T, D). `step(a, states, *weights)` is the recurrence; `a` is what `project` returned.
    A recurrent matrix arrives there as the function h -> h W, so that a layer can put dropout on h
    or on W, and vectors arrive as they are. The first state is the output.

    Args:
        units: H, how many hidden units.
        kernel_initializer: of the input's matrices.
        recurrent_initializer: of the recurrent matrices.
        bias_initializer: of the biases.
        **kwargs: Keras's name, dtype, trainable.

    Raises:
        ValueError: if units is not a positive whole number.
    """

    def __init__(
        self,
        units: int,
        *,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        **kwargs: Any,
    ) -> None:
        if isinstance(units, bool) or not isinstance(units, int) or units < 1:
            raise ValueError(f"units is how many hidden units there are, at least 1; not {units!r}")
        super().__init__(**kwargs)
        self.units = units
        self.state_size: int | list[int] = units
        self.output_size = units
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.recurrent_initializer = keras.initializers.get(recurrent_initializer)
        self.bias_initializer = keras.initializers.get(bias_initializer)

    def project(self, x: Tensor) -> Any:
        """What the step needs of x: a tensor, or a tuple of them, with x's leading sizes."""
        raise NotImplementedError

    def step(self, a: Any, states: Sequence[Tensor], *weights: Any) -> tuple[Tensor, ...]:
        """The new states; a comes from `project`, the weights from `recurrent_weights`."""
        raise NotImplementedError

    def recurrent_weights(self) -> tuple[Tensor, ...]:
        """What `step` multiplies states by, as tensors in its order; vectors after matrices."""
        raise NotImplementedError

    def call(
        self, x: Tensor, states: Sequence[Tensor], training: bool = False
    ) -> tuple[Tensor, list[Tensor]]:
        """One step as Keras has it: x (N, D) and the states in; the output and the states out."""
        new = self.step(self.project(x), states, *as_maps(self.recurrent_weights()))
        return new[0], list(new)

    def get_initial_state(self, batch_size: int | None = None) -> list[Tensor]:
        """Zeros, (N, H) for each state."""
        sizes = self.state_size if isinstance(self.state_size, list) else [self.state_size]
        return [ops.zeros((batch_size, size), dtype=self.compute_dtype) for size in sizes]

    def get_config(self) -> dict[str, Any]:
        """The arguments that make the same cell again."""
        serialize = keras.initializers.serialize
        return {
            **super().get_config(),
            "units": self.units,
            "kernel_initializer": serialize(self.kernel_initializer),
            "recurrent_initializer": serialize(self.recurrent_initializer),
            "bias_initializer": serialize(self.bias_initializer),
        }

    def kernel(self, name: str, inputs: int, outputs: int) -> Any:
        """A matrix that the input is multiplied by."""
        return self.add_weight((inputs, outputs), self.kernel_initializer, name=name)

    def recurrent(self, name: str, outputs: int) -> Any:
        """A matrix that a state is multiplied by, (H, outputs)."""
        return self.add_weight((self.units, outputs), self.recurrent_initializer, name=name)

    def bias(self, name: str, size: int) -> Any:
        """A vector that is added."""
        return self.add_weight((size,), self.bias_initializer, name=name)


def as_maps(weights: Sequence[Tensor], drop: Tensor | None = None) -> list[Any]:
    """Matrices as the functions h -> h W, or h -> (h * drop) W; vectors as they are."""
    return [_times(W, drop) if len(W.shape) == 2 else W for W in weights]


def _times(W: Tensor, drop: Tensor | None) -> Map:
    if drop is None:
        return lambda h: ops.matmul(h, W)
    return lambda h: ops.matmul(h * drop, W)
