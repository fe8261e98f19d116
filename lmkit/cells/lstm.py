"""The LSTM, and what is left of it when a gate is taken away.

    (i, f, o, g) = (sigma, sigma, sigma, tanh)(x_t W_x + h_{t-1} W_h + b)
    c_t = f * c_{t-1} + i * g
    h_t = o * tanh(c_t)

Sources: deck 3, "Long short-term memory" (after Hochreiter and Schmidhuber, 1997); the ablations
are those of Jozefowicz, Zaremba and Sutskever (2015), deck 5; the peepholes are those of Gers and
Schmidhuber (2000); coupled gates, i = 1 - f, are those of Greff et al. (2017).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from lmkit.cells.base import Cell, Map, Tensor


@keras.saving.register_keras_serializable(package="lmkit")
class LSTMCell(Cell):
    """c_t = f * c_{t-1} + i * g, h_t = o * tanh(c_t). States: h, c, each (N, H).

    Weights: W_x (D, 4H), W_h (H, 4H), b (4H,), blocks in the order i, f, o, g. A gate that is left
    out leaves its block out, and is 1: "LSTM-i", "LSTM-f" and "LSTM-o" of Jozefowicz et al.

    Args:
        units: H.
        input_gate: False for i = 1.
        forget_gate: False for f = 1.
        output_gate: False for o = 1.
        coupled: i = 1 - f; the input gate has no weights then.
        peepholes: i and f also see c_{t-1}, and o sees c_t, each through a vector p (H,).
        forget_bias: what b starts with for f. 1 ("LSTM-b") keeps the cell at first, 0 forgets half.
        **kwargs: see `Cell`.

    Raises:
        ValueError: if coupled gates are asked for and one of the two is left out.
    """

    def __init__(
        self,
        units: int,
        *,
        input_gate: bool = True,
        forget_gate: bool = True,
        output_gate: bool = True,
        coupled: bool = False,
        peepholes: bool = False,
        forget_bias: float = 1.0,
        **kwargs: Any,
    ) -> None:
        if coupled and not (input_gate and forget_gate):
            raise ValueError(
                "coupled=True makes i = 1 - f and needs both gates: leave input_gate and "
                "forget_gate True"
            )
        super().__init__(units, **kwargs)
        self.state_size = [units, units]
        self.input_gate, self.forget_gate, self.output_gate = input_gate, forget_gate, output_gate
        self.coupled, self.peepholes, self.forget_bias = coupled, peepholes, forget_bias
        there = {"i": input_gate and not coupled, "f": forget_gate, "o": output_gate, "g": True}
        self.gates = "".join(gate for gate in "ifog" if there[gate])

    @property
    def ablated(self) -> bool:
        """Whether these are other equations than the lecture's."""
        return self.gates != "ifog" or self.peepholes

    def build(self, input_shape: Sequence[int | None]) -> None:
        """Make the weights for inputs (N, D)."""
        columns = len(self.gates) * self.units
        self.W_x = self.kernel("W_x", int(input_shape[-1] or 0), columns)
        self.W_h = self.recurrent("W_h", columns)
        self.b = self.add_weight((columns,), self._first_bias, name="b")
        self.p = [self.bias(f"p_{gate}", self.units) for gate in self._seeing]

    @property
    def _seeing(self) -> str:
        """The gates that have a peephole."""
        return self.gates[:-1] if self.peepholes else ""

    def _first_bias(self, shape: Sequence[int], dtype: Any = None) -> Tensor:
        blocks = [self.bias_initializer((self.units,), dtype=dtype) for _ in self.gates]
        if "f" in self.gates:
            blocks[self.gates.index("f")] += self.forget_bias
        return ops.concatenate(blocks)

    def project(self, x: Tensor) -> Tensor:
        """x W_x + b, (..., 4H)."""
        return ops.matmul(x, self.W_x) + self.b

    def recurrent_weights(self) -> tuple[Tensor, ...]:
        """W_h, and the peepholes' vectors."""
        return tuple(ops.convert_to_tensor(w) for w in [self.W_h, *self.p])

    def step(self, a: Tensor, states: Sequence[Tensor], W_h: Map, *p: Tensor) -> tuple[Tensor, ...]:
        """h_t and c_t, each (N, H)."""
        h, c = states
        gate = dict(zip(self.gates, ops.split(a + W_h(h), len(self.gates), axis=-1), strict=True))
        peep = dict(zip(self._seeing, p, strict=True))

        def sigma(name: str, c: Tensor) -> Tensor:
            return ops.sigmoid(gate[name] + peep[name] * c if name in peep else gate[name])

        f = sigma("f", c) if "f" in gate else 1.0
        i = 1.0 - f if self.coupled else sigma("i", c) if "i" in gate else 1.0
        c = f * c + i * ops.tanh(gate["g"])
        o = sigma("o", c) if "o" in gate else 1.0
        return o * ops.tanh(c), c

    def get_config(self) -> dict[str, Any]:
        """The arguments that make the same cell again."""
        names = ("input_gate", "forget_gate", "output_gate", "coupled", "peepholes", "forget_bias")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
