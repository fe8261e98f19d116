"""`RNN`: any cell, over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import keras
from keras import ops

from lmkit.cells import Cell
from lmkit.cells.base import as_maps
from lmkit.layers import cudnn, fast, general
from lmkit.layers.general import Ran
from lmkit.layers.noise import Noise

Tensor = Any


@keras.saving.register_keras_serializable(package="lmkit")
class RNN(keras.layers.RNN):  # type: ignore[misc]
    """Runs a cell over time: x (N, T, D) in, h_1 ... h_T (N, T, H) or h_T (N, H) out.

    Takes what `keras.layers.RNN` takes, calls and all (`initial_state`, `mask`, `training`), any
    Keras cell, and the noise of language models. Several cells are a stack. `layer.path` says how
    the last call was run, and why so.

    Args:
        cell: an `lmkit.cells.Cell`, a Keras cell of your own, or a list of cells, lowest first.
        return_sequences: return every h_t, not the last one alone.
        return_state: return the last states too.
        go_backwards: read the sequence from its end; outputs are in the order of reading.
        stateful: begin a batch with the last states of the batch before.
        unroll: a step after step, without a loop: slow to build, for short sequences.
        zero_output_for_mask: zeros where a step is masked, not the output before.
        dropout: rate on the inputs (in a stack, on every cell's).
        locked: one dropout mask for all steps ("variational"); False: a new one each step.
        recurrent_dropout: rate on h_{t-1} where it meets a recurrent matrix, one mask for all
            steps.
        weight_drop: rate on the entries of the recurrent matrices (DropConnect, AWD-LSTM).
        zoneout: rate with which a unit keeps its state; or one rate for each state, (h, c).
        seed: of the noise.
        use_cudnn: "auto" for cuDNN where there is a GPU and the equations are its own; False for
            never; True for Keras's layer also where there is no GPU.
        **kwargs: Keras's name, dtype, trainable, activity_regularizer.

    Raises:
        ValueError: if a rate is not in [0, 1), or reaches into a cell that is not an lmkit Cell;
            if use_cudnn is anything else.
    """

    def __init__(
        self,
        cell: Any,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        zero_output_for_mask: bool = False,
        *,
        dropout: float = 0.0,
        locked: bool = True,
        recurrent_dropout: float = 0.0,
        weight_drop: float = 0.0,
        zoneout: float | Sequence[float] = 0.0,
        seed: int | None = None,
        use_cudnn: bool | str = "auto",
        **kwargs: Any,
    ) -> None:
        if isinstance(cell, (list, tuple)):
            cell = keras.layers.StackedRNNCells(cell, dtype=kwargs.get("dtype"))
        super().__init__(
            cell,
            return_sequences=return_sequences,
            return_state=return_state,
            go_backwards=go_backwards,
            stateful=stateful,
            unroll=unroll,
            zero_output_for_mask=zero_output_for_mask,
            **kwargs,
        )
        rates = zoneout if isinstance(zoneout, (int, float)) else tuple(zoneout)
        self.noise = Noise(dropout, locked, recurrent_dropout, weight_drop, rates)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        if use_cudnn not in ("auto", True, False):
            raise ValueError(f'use_cudnn is "auto", True or False; not {use_cudnn!r}')
        self.use_cudnn = use_cudnn
        self._ran: tuple[str, ...] = ()
        for each in self.cells:
            if self.noise.inside and not isinstance(each, Cell):
                raise ValueError(
                    f"{' and '.join(self.noise.inside)} reaches into the cell's equations, and "
                    f"{type(each).__name__} is not an lmkit.cells.Cell: derive it from Cell, or "
                    "put the noise into the cell"
                )
        calls = [cudnn.call_of(cell, self.noise, unroll, training=True) for cell in self.cells]
        if any(c.backend == "tensorflow" and cudnn.runs(c, use_cudnn) for c in calls):
            self.supports_jit = False  # XLA cannot compile what cuDNN is called by

    def build(self, sequences_shape: Any, initial_state_shape: Any = None) -> None:
        """Make the weights for inputs (N, T, D)."""
        super().build(sequences_shape, initial_state_shape)
        # Built in a step that XLA compiles, it may be called outside of it later.
        calls = [
            replace(cudnn.call_of(cell, self.noise, self.unroll), compiled=False)
            for cell in self.cells
        ]
        kept: Any = vars(self)  # past Keras, which would count their weights to the model's
        kept["_in_keras"] = [
            None if cudnn.why_not(call, self.use_cudnn) else cudnn.keras_layer(cell)
            for call, cell in zip(calls, self.cells, strict=True)
        ]

    @property
    def path(self) -> str:
        """How the last call was run, and why so (Keras's own `path` is the place in a model)."""
        return "; ".join(dict.fromkeys(self._ran)) or "not called yet"

    @property
    def cells(self) -> list[Any]:
        """The cells, lowest first; one unless it is a stack."""
        stacked = isinstance(self.cell, keras.layers.StackedRNNCells)
        return list(self.cell.cells) if stacked else [self.cell]

    def inner_loop(
        self, sequences: Tensor, initial_state: Any, mask: Tensor | None, training: bool = False
    ) -> tuple[Tensor, Tensor, Any]:
        """Every cell over all of time, the lowest first; Keras calls this."""
        stacked = isinstance(self.cell, keras.layers.StackedRNNCells)
        if self.go_backwards:
            sequences = ops.flip(sequences, axis=1)
            mask = None if mask is None else ops.flip(mask, axis=1)
        states: list[Any] = []
        self._ran = ()
        for k in range(len(self.cells)):
            before = initial_state[k] if stacked else initial_state
            flat = list(before) if isinstance(before, (list, tuple)) else [before]
            top = k == len(self.cells) - 1
            last, sequences, after = self._run(
                k, sequences, flat, mask, bool(training), self.return_sequences or not top
            )
            states.append(after)
        return last, sequences, states if stacked else states[0]

    def _run(
        self,
        level: int,
        x: Tensor,
        states: list[Tensor],
        mask: Tensor | None,
        training: bool,
        return_all_outputs: bool,
    ) -> Ran:
        cell, noise, seed = self.cells[level], self.noise, self.seed_generator
        if training:
            x = noise.on_inputs(x, seed)
        keeps = noise.keeps(x, [int(s.shape[-1]) for s in states], training, seed)
        options = {
            "unroll": self.unroll,
            "zero_output_for_mask": self.zero_output_for_mask,
            "return_all_outputs": return_all_outputs,
        }
        call = cudnn.call_of(cell, noise, self.unroll, training, mask)
        without = cudnn.why_not(call, self.use_cudnn)
        reason = fast.why_not(mask, keeps, self.unroll, cell)
        self._ran += (_said(cell, call, without, reason),)
        if not isinstance(cell, Cell):
            return general.run(self._step_of(cell, training), [x], keeps, states, mask, **options)

        weights = cell.recurrent_weights()
        drop = None
        if training:
            weights = noise.on_weights(weights, seed)
            drop = noise.on_state(states[0], seed)
        if not without:
            return cudnn.run(self._in_keras[level], cell, x, states, weights)
        if not reason:
            return fast.run(cell, x, states, weights, drop)
        a = cell.project(x)
        maps = as_maps(weights, drop)

        def step(parts: Sequence[Tensor], old: Sequence[Tensor]) -> Any:
            new = cell.step(parts if isinstance(a, tuple) else parts[0], old, *maps)
            return new[0], new

        sequences = a if isinstance(a, tuple) else (a,)
        return general.run(step, sequences, keeps, states, mask, **options)

    def _step_of(self, cell: Any, training: bool) -> general.Step:
        wants_training = getattr(cell, "_call_has_training_arg", False)
        options = {"training": training} if wants_training else {}

        def step(parts: Sequence[Tensor], old: Sequence[Tensor]) -> Any:
            output, new = cell(parts[0], old, **options)
            return output, list(new) if isinstance(new, (list, tuple)) else [new]

        return step

    def get_config(self) -> dict[str, Any]:
        """The arguments that make the same layer again."""
        noise = {name: getattr(self.noise, name) for name in self.noise.__dataclass_fields__}
        return {**super().get_config(), **noise, "seed": self.seed, "use_cudnn": self.use_cudnn}


def _said(cell: Any, call: cudnn.Call, without: str, reason: str) -> str:
    """How a cell is run; what stands against cuDNN and against the fast path is given."""
    if not without:
        return cudnn.how(call)
    how = f"general: {reason}" if reason else fast.how(cell)
    # What stands against the fast path stands against cuDNN, but where a backend has none.
    told = reason and (call.backend in fast.ENGINES or not call.equations)
    return how if told else f"{how} (no cuDNN: {without})"
