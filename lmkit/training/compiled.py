"""One training step, and one look at a text, compiled: XLA on TensorFlow and JAX, none on PyTorch.

On TensorFlow XLA is left out where a layer has cuDNN (`supports_jit`), which it cannot compile, and
in training without a GPU: it draws random numbers slowly there (docs/benchmarks.md). Keras has no
public way to do this with a state that is handed in and out. It is here and nowhere else that the
backends differ.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import ops

Tensor = Any
Objective = Callable[..., tuple[Tensor, Any]]  # what is minimised, and what else is wanted


def clip(gradients: Sequence[Tensor], most: float | None) -> list[Tensor]:
    """Gradients scaled so that their global norm is at most `most`; None leaves them.

    g <- g * most / ||g|| if ||g|| > most, with ||g|| over all gradients together. Source: deck
    5, "Gradient clipping"; Pascanu et al. (2013). Keras's `global_clipnorm` is not used: on
    TensorFlow it counts a word that came twice as two gradients.
    """
    if most is None:
        return list(gradients)
    squares = [ops.sum(ops.square(ops.cast(g, "float32"))) for g in gradients]
    norm = ops.sqrt(sum(squares[1:], squares[0]))
    scale = most / ops.maximum(norm, most)
    return [g * ops.cast(scale, g.dtype) for g in gradients]


def averaged(means: Sequence[Tensor], weights: Sequence[Tensor], share: Tensor) -> list[Tensor]:
    """mean <- mean + share (w - mean); with share = 1 / k, the mean of k weights."""
    return [mean + share * (w - mean) for mean, w in zip(means, weights, strict=True)]


class Step:
    """A step of training: `step(*args)` minimises, and returns the objective's second value.

    Args:
        model: its variables are changed in place.
        objective: makes of args the loss, a scalar, and whatever else is wanted of it.
        optimizer: of Keras.
        most: the global norm to clip at; None for none.
        means: variables for the running mean of the weights; None for no averaging.
    """

    def __init__(
        self,
        model: Any,
        objective: Objective,
        optimizer: Any,
        most: float | None = None,
        means: Sequence[Any] | None = None,
    ) -> None:
        self.model, self.objective, self.optimizer = model, objective, optimizer
        self.most, self.means = most, list(means or [])
        if not optimizer.built:
            optimizer.build(model.trainable_variables)
        makers = {"tensorflow": self._tensorflow, "jax": self._jax, "torch": self._torch}
        self._run = makers[keras.backend.backend()]()

    def __call__(self, *args: Any, share: float = 0.0) -> Any:
        """One step; `share` is how much the running means move towards the new weights."""
        return self._run(ops.convert_to_tensor(share, "float32"), *args)

    def _tensorflow(self) -> Callable[..., Any]:
        import tensorflow as tf

        variables = self.model.trainable_variables

        @tf.function(jit_compile=_by_xla(self.model, training=True))  # type: ignore[untyped-decorator]
        def run(share: Tensor, *args: Any) -> Any:
            with tf.GradientTape() as tape:
                loss, wanted = self.objective(*args)
            gradients = tape.gradient(loss, [v.value for v in variables])
            # An embedding's gradient comes as slices, a word twice if it came twice: sum them.
            dense = [tf.convert_to_tensor(g) for g in gradients]
            self.optimizer.apply(clip(dense, self.most), variables)
            new = averaged(self.means, [v.value for v in variables], share) if self.means else []
            for mean, value in zip(self.means, new, strict=True):
                mean.assign(value)
            return wanted

        return run  # type: ignore[no-any-return]

    def _jax(self) -> Callable[..., Any]:
        import jax

        model, optimizer = self.model, self.optimizer

        def loss(weights: Any, others: Any, *args: Any) -> Any:
            pairs = [*zip(model.trainable_variables, weights, strict=True)]
            pairs += zip(model.non_trainable_variables, others, strict=True)
            with keras.StatelessScope(state_mapping=pairs) as scope:
                value, wanted = self.objective(*args)
            after = [scope.get_current_value(v) for v in model.non_trainable_variables]
            return value, (wanted, after)

        def run(values: Any, share: Tensor, *args: Any) -> Any:
            weights, others, moments, means = values
            (_, (wanted, others)), gradients = jax.value_and_grad(loss, has_aux=True)(
                weights, others, *args
            )
            weights, moments = optimizer.stateless_apply(
                moments, clip(gradients, self.most), weights
            )
            if means:
                means = averaged(means, weights, share)
            return (weights, others, moments, means), wanted

        compiled = jax.jit(run, donate_argnums=0)
        kinds = (
            model.trainable_variables,
            model.non_trainable_variables,
            optimizer.variables,
            self.means,
        )

        def in_place(share: Tensor, *args: Any) -> Any:
            values, wanted = compiled([[v.value for v in kind] for kind in kinds], share, *args)
            for kind, new in zip(kinds, values, strict=True):
                for variable, value in zip(kind, new, strict=True):
                    variable.assign(value)
            return wanted

        return in_place

    def _torch(self) -> Callable[..., Any]:
        import torch

        variables = self.model.trainable_variables

        def run(share: Tensor, *args: Any) -> Any:
            loss, wanted = self.objective(*args)
            gradients = torch.autograd.grad(loss, [v.value for v in variables])
            with torch.no_grad():
                self.optimizer.apply(clip(gradients, self.most), variables)
                weights = [v.value for v in variables]
                new = averaged(self.means, weights, share) if self.means else []
                for mean, value in zip(self.means, new, strict=True):
                    mean.assign(value)
            return keras.tree.map_structure(lambda t: t.detach(), wanted)

        return run


def _by_xla(model: Any, training: bool) -> bool:
    """Does XLA compile what this model does, on TensorFlow?"""
    import tensorflow as tf

    on_gpu = bool(tf.config.list_physical_devices("GPU"))
    return model.supports_jit and (on_gpu or not training)


def look(model: Any, function: Callable[..., Any], training: bool = False) -> Callable[..., Any]:
    """A function that reads the model's variables and changes nothing, compiled.

    Args:
        model: whose variables.
        function: of tensors.
        training: whether it runs the model as in training, with its dropout.
    """
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        return tf.function(function, jit_compile=_by_xla(model, training))  # type: ignore[no-any-return]
    if backend == "jax":
        import jax

        def pure(values: Any, *args: Any) -> Any:
            mapping = list(zip(model.variables, values, strict=True))
            with keras.StatelessScope(state_mapping=mapping):
                return function(*args)

        compiled = jax.jit(pure)
        return lambda *args: compiled([v.value for v in model.variables], *args)
    import torch

    return torch.no_grad()(function)  # type: ignore[no-any-return]
