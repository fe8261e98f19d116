"""What is minimised, and what is looked at, as Keras takes them.

J = - mean over all words of log p(w_{t+1} | w_1 ... w_t),   perplexity = exp(J)
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

Tensor = Any


def log_likelihood(logits: Tensor, targets: Tensor) -> Tensor:
    """log p of the words that came: (N, T), from logits z (N, T, V) and their ids y (N, T).

    log p_y = z_y - log sum_w exp(z_w)          d log p_y / dz_w = 1[w = y] - p_w

    The gradient is written out, as in `lmkit.by_hand.cross_entropy_backward`: exp(z) is kept from
    the way there, where automatic differentiation makes it again. One-hot vectors are not made.
    Source: deck 2, the loss J(theta) of a recurrent language model.
    """
    shape, V = ops.shape(targets), logits.shape[-1]
    y = ops.cast(ops.reshape(targets, (-1, 1)), "int32")
    place = ops.concatenate([ops.expand_dims(ops.arange(ops.shape(y)[0], dtype="int32"), 1), y], 1)

    @ops.custom_gradient  # type: ignore[untyped-decorator]
    def of(z: Tensor) -> tuple[Tensor, Any]:
        z = z - ops.max(z, axis=-1, keepdims=True)
        e = ops.exp(z)
        total = ops.sum(e, axis=-1)
        log_p = ops.squeeze(ops.take_along_axis(z, y, axis=-1), -1) - ops.log(total)

        def gradient(*given: Tensor, upstream: Tensor = None) -> Tensor:
            up = given[0] if upstream is None else upstream
            dz = e * ops.expand_dims(-up / total, -1)
            return ops.scatter_update(dz, place, -up * ops.expm1(log_p))

        return log_p, gradient

    double = keras.backend.standardize_dtype(logits.dtype) == "float64"
    z = ops.cast(ops.reshape(logits, (-1, V)), "float64" if double else "float32")
    return ops.reshape(of(z), shape)


def augmented_loss(logits: Tensor, likeness: Tensor, tau: float) -> Tensor:
    """How far the prediction is from a soft target, in which words like the one that came count.

    y~ = softmax(E u / tau), u = E[w_{t+1}]     y^ = softmax(logits / tau)
    J_aug = D_KL(y~ || y^) = sum_w y~(w) (log y~(w) - log y^(w))

    E learns through both: the target moves towards the prediction, too. Source: Inan, Khosravi and
    Socher (2017), "Tying word vectors and word classifiers", section 3.

    Args:
        logits: of the prediction, (N, T, V).
        likeness: E u, of the words that came, (N, T, V); `LanguageModel.likeness`.
        tau: the temperature, above 0; the higher it is, the more the less likely words count.

    Returns:
        J_aug of each word, (N, T).
    """
    log_y = ops.log_softmax(ops.cast(logits, "float32") / tau, axis=-1)
    log_soft = ops.log_softmax(ops.cast(likeness, "float32") / tau, axis=-1)
    return ops.sum(ops.exp(log_soft) * (log_soft - log_y), axis=-1)


@keras.saving.register_keras_serializable(package="lmkit")  # type: ignore[untyped-decorator]
def cross_entropy(targets: Tensor, logits: Tensor) -> Tensor:
    """- log p of each word, (N, T), in Keras's order of arguments: `compile(loss=cross_entropy)`.

    Args:
        targets: the words that came, (N, T).
        logits: (N, T, V).
    """
    return -log_likelihood(logits, ops.cast(targets, "int32"))


@keras.saving.register_keras_serializable(package="lmkit")
class Perplexity(keras.metrics.Mean):  # type: ignore[misc]
    """exp of the mean cross entropy over all words of all batches: `compile(metrics=[...])`.

    The mean is over words, so a short batch weighs less. Equal to `lmkit.metrics.perplexity`.
    """

    def __init__(self, name: str = "perplexity", **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)

    def update_state(self, y_true: Tensor, y_pred: Tensor, sample_weight: Any = None) -> Any:
        """Take in ids (N, T), logits (N, T, V) and, for padding, weights (N, T) of 0."""
        return super().update_state(cross_entropy(y_true, y_pred), sample_weight)

    def result(self) -> Tensor:
        """The perplexity so far."""
        return ops.exp(super().result())
