"""The three best cells that a search over ten thousand of them found.

Source: Jozefowicz, Zaremba and Sutskever (2015), "An empirical exploration of recurrent network
architectures"; deck 5, "Is LSTM architecture optimal?". MUT1 and MUT2 add x_t to a state as it is.
Where D is not H that is impossible, and x_t is brought to H by a matrix of its own first, W_in.
"""

from __future__ import annotations

from collections.abc import Sequence

import keras
from keras import ops

from lmkit.cells.base import Cell, Map, Tensor


class _Mutant(Cell):
    """What MUT1, MUT2 and MUT3 share: their biases, and x as wide as a state."""

    def build(self, input_shape: Sequence[int | None]) -> None:
        """Make the weights for inputs (N, D)."""
        D, H = int(input_shape[-1] or 0), self.units
        for name in self._matrices:
            if name.startswith("W_x"):
                setattr(self, name, self.kernel(name, D, H))
            else:
                setattr(self, name, self.recurrent(name, H))
        self.b_z, self.b_r, self.b_h = (self.bias(name, H) for name in ("b_z", "b_r", "b_h"))
        self.W_in = self.kernel("W_in", D, H) if self._adds_x and D != H else None

    _matrices: tuple[str, ...]
    _adds_x = True

    def recurrent_weights(self) -> tuple[Tensor, ...]:
        """The matrices W_h*, in the order in which `step` takes them."""
        names = [name for name in self._matrices if name.startswith("W_h")]
        return tuple(ops.convert_to_tensor(getattr(self, name)) for name in names)

    def _as_wide(self, x: Tensor) -> Tensor:
        return x if self.W_in is None else ops.matmul(x, self.W_in)


@keras.saving.register_keras_serializable(package="lmkit")
class MUT1Cell(_Mutant):
    """The update gate sees the input alone. One state: h (N, H).

    z = sigma(x_t W_xz + b_z)
    r = sigma(x_t W_xr + h_{t-1} W_hr + b_r)
    h_t = tanh((r * h_{t-1}) W_hh + tanh(x_t) + b_h) * z + h_{t-1} * (1 - z)
    """

    _matrices = ("W_xz", "W_xr", "W_hr", "W_hh")

    def project(self, x: Tensor) -> tuple[Tensor, ...]:
        """z, and what x adds to r and to the candidate."""
        z = ops.sigmoid(ops.matmul(x, self.W_xz) + self.b_z)
        return z, ops.matmul(x, self.W_xr) + self.b_r, ops.tanh(self._as_wide(x)) + self.b_h

    def step(
        self, a: tuple[Tensor, ...], states: Sequence[Tensor], W_hr: Map, W_hh: Map
    ) -> tuple[Tensor, ...]:
        """h_t (N, H)."""
        z, a_r, a_h = a
        (h,) = states
        r = ops.sigmoid(a_r + W_hr(h))
        return (ops.tanh(W_hh(r * h) + a_h) * z + h * (1.0 - z),)


@keras.saving.register_keras_serializable(package="lmkit")
class MUT2Cell(_Mutant):
    """The reset gate adds the input as it is. One state: h (N, H).

    z = sigma(x_t W_xz + h_{t-1} W_hz + b_z)
    r = sigma(x_t + h_{t-1} W_hr + b_r)
    h_t = tanh((r * h_{t-1}) W_hh + x_t W_xh + b_h) * z + h_{t-1} * (1 - z)
    """

    _matrices = ("W_xz", "W_xh", "W_hz", "W_hr", "W_hh")

    def project(self, x: Tensor) -> tuple[Tensor, ...]:
        """What x adds to z, to r and to the candidate."""
        a_z = ops.matmul(x, self.W_xz) + self.b_z
        return a_z, self._as_wide(x) + self.b_r, ops.matmul(x, self.W_xh) + self.b_h

    def step(
        self, a: tuple[Tensor, ...], states: Sequence[Tensor], W_hz: Map, W_hr: Map, W_hh: Map
    ) -> tuple[Tensor, ...]:
        """h_t (N, H)."""
        a_z, a_r, a_h = a
        (h,) = states
        z = ops.sigmoid(a_z + W_hz(h))
        r = ops.sigmoid(a_r + W_hr(h))
        return (ops.tanh(W_hh(r * h) + a_h) * z + h * (1.0 - z),)


@keras.saving.register_keras_serializable(package="lmkit")
class MUT3Cell(_Mutant):
    """The update gate sees tanh(h). One state: h (N, H).

    z = sigma(x_t W_xz + tanh(h_{t-1}) W_hz + b_z)
    r = sigma(x_t W_xr + h_{t-1} W_hr + b_r)
    h_t = tanh((r * h_{t-1}) W_hh + x_t W_xh + b_h) * z + h_{t-1} * (1 - z)
    """

    _matrices = ("W_xz", "W_xr", "W_xh", "W_hz", "W_hr", "W_hh")
    _adds_x = False

    def project(self, x: Tensor) -> tuple[Tensor, ...]:
        """What x adds to z, to r and to the candidate."""
        return (
            ops.matmul(x, self.W_xz) + self.b_z,
            ops.matmul(x, self.W_xr) + self.b_r,
            ops.matmul(x, self.W_xh) + self.b_h,
        )

    def step(
        self, a: tuple[Tensor, ...], states: Sequence[Tensor], W_hz: Map, W_hr: Map, W_hh: Map
    ) -> tuple[Tensor, ...]:
        """h_t (N, H)."""
        a_z, a_r, a_h = a
        (h,) = states
        z = ops.sigmoid(a_z + W_hz(ops.tanh(h)))
        r = ops.sigmoid(a_r + W_hr(h))
        return (ops.tanh(W_hh(r * h) + a_h) * z + h * (1.0 - z),)
