"""The noise that a recurrent layer is trained with, drawn before the loop over time begins.

A rate is the probability with which something is dropped or kept still; what is left of a dropped
array is scaled by 1 / (1 - rate).

    dropout on x           Zaremba et al. (2014), a new mask each step; Gal and Ghahramani (2016),
                           one mask for all steps ("locked", "variational")
    dropout on h           Gal and Ghahramani (2016): one mask for all steps, where h meets W_h
    dropout on W_h         "weight drop", DropConnect: Merity et al. (2018), AWD-LSTM
    zoneout                Krueger et al. (2017): a state's unit keeps its value of the step before
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import keras
from keras import ops

Tensor = Any


@dataclass(frozen=True)
class Noise:
    """The rates, each at least 0 and less than 1.

    Attributes:
        dropout: of the inputs.
        locked: one mask for all steps of a sequence; False for a new one each step.
        recurrent_dropout: of h_{t-1}, where it is multiplied by a recurrent matrix.
        weight_drop: of the recurrent matrices' entries, one mask for the whole batch.
        zoneout: of the states: one rate, or one for each state.
    """

    dropout: float = 0.0
    locked: bool = True
    recurrent_dropout: float = 0.0
    weight_drop: float = 0.0
    zoneout: float | tuple[float, ...] = 0.0

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            for rate in value if isinstance(value, (tuple, list)) else (value,):
                if name != "locked" and not 0 <= rate < 1:
                    raise ValueError(f"{name} is a rate, at least 0 and less than 1; not {rate!r}")

    @property
    def inside(self) -> list[str]:
        """What there is that reaches into a cell's equations."""
        return [name for name in ("recurrent_dropout", "weight_drop") if getattr(self, name)]

    def over_time(self, training: bool) -> list[str]:
        """What there is that only the loop over time can put on."""
        rates = self.zoneout if isinstance(self.zoneout, tuple) else (self.zoneout,)
        recurrent = ["recurrent dropout"] if training and self.recurrent_dropout else []
        return [*recurrent, *(["zoneout"] if any(rates) else [])]

    def zoneouts(self, states: int) -> tuple[float, ...]:
        """A rate for each state.

        Raises:
            ValueError: if there are not as many rates as states.
        """
        rates = self.zoneout
        if isinstance(rates, (int, float)):
            rates = (float(rates),) * states
        if len(rates) != states:
            raise ValueError(f"zoneout has {len(rates)} rates, and the cell {states} states")
        return rates

    def on_inputs(self, x: Tensor, seed: Any) -> Tensor:
        """x (N, T, ...), with dropout."""
        if not self.dropout:
            return x
        like = x[:, :1] if self.locked else x
        return x * keras.random.dropout(ops.ones_like(like), self.dropout, seed=seed)

    def on_state(self, h: Tensor, seed: Any) -> Tensor | None:
        """The mask (N, H) that h_{t-1} is multiplied by at every step, if there is one."""
        if not self.recurrent_dropout:
            return None
        return keras.random.dropout(ops.ones_like(h), self.recurrent_dropout, seed=seed)

    def on_weights(self, weights: Sequence[Tensor], seed: Any) -> tuple[Tensor, ...]:
        """The recurrent matrices with entries dropped; vectors as they are."""
        if not self.weight_drop:
            return tuple(weights)
        return tuple(
            keras.random.dropout(W, self.weight_drop, seed=seed) if len(W.shape) == 2 else W
            for W in weights
        )

    def keeps(self, x: Tensor, sizes: Sequence[int], training: bool, seed: Any) -> list[Tensor]:
        """How much of its old value each state keeps, (N, T, size): 0 or 1, at test the rate."""
        N, T = ops.shape(x)[:2]
        rates = self.zoneouts(len(sizes))
        if not any(rates):
            return []
        if not training:
            return [ops.full((N, T, 1), rate, dtype=x.dtype) for rate in rates]
        drawn = [keras.random.uniform((N, T, size), seed=seed) for size in sizes]
        return [ops.cast(u < rate, x.dtype) for u, rate in zip(drawn, rates, strict=True)]
