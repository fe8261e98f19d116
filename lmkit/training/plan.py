"""How a model is trained, everything but the model and the text; and what an epoch came to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import keras

from lmkit.training.schedules import Decay, Schedule


@dataclass(frozen=True)
class Plan:
    """The settings of a training.

    Attributes:
        rows: N, how many parts of the text are read side by side.
        steps: T, over how many words gradients flow back.
        epochs: how many at most.
        schedule: the learning rates.
        optimizer: "sgd", "adam" or "adagrad".
        clip: the global norm at which gradients are clipped; None for none.
        sum_over_time: minimise the sum of J over the T words of a chunk (and the mean over its
            rows), as Zaremba et al. do, not the mean over all its words. It is a matter of scale:
            the learning rate and the norm at which is clipped are T times those of the mean.
        varied: chunks of about T words, not of T; the rate follows their length.
        weight_decay: w <- w - rate * weight_decay * w at each step.
        activation: alpha, times the mean square of the dropped h_t ("AR").
        temporal: beta, times the mean square of h_{t+1} - h_t ("TAR"). Source of both: Merity et
            al. (2017), "Revisiting activation regularization".
        augmented: alpha, times the augmented loss of Inan et al. (2017): see
            `lmkit.losses.augmented_loss`. In their paper alpha is in proportion to tau.
        temperature: tau of the augmented loss.
        patience: NT-ASGD's n; None never averages, 0 averages from the first step.
        stop_patience: stop when NT-ASGD's condition holds with this n: the validation perplexity
            is above the best of all epochs but the last few; None never.

    Raises:
        ValueError: if the temperature is not above 0.
    """

    rows: int = 20
    steps: int = 20
    epochs: int = 13
    schedule: Schedule = field(default_factory=lambda: Decay(1.0, 4, 0.5))
    optimizer: str = "sgd"
    clip: float | None = 5.0
    sum_over_time: bool = False
    varied: bool = False
    weight_decay: float = 0.0
    activation: float = 0.0
    temporal: float = 0.0
    augmented: float = 0.0
    temperature: float = 1.0
    patience: int | None = None
    stop_patience: int | None = None

    def __post_init__(self) -> None:
        if self.temperature <= 0:
            raise ValueError(f"the temperature is above 0, not {self.temperature}")

    def make_optimizer(self) -> Any:
        """Keras's optimizer, without clipping: see `lmkit.training.compiled.clip`.

        Raises:
            ValueError: if there is none of that name.
        """
        kinds = keras.optimizers
        makers = {"sgd": kinds.SGD, "adam": kinds.Adam, "adagrad": kinds.Adagrad}
        if self.optimizer not in makers:
            raise ValueError(f"there is no optimizer {self.optimizer!r}: {', '.join(makers)}")
        return makers[self.optimizer](
            self.schedule.rate_for([]), weight_decay=self.weight_decay or None
        )


@dataclass(frozen=True)
class Epoch:
    """What an epoch came to.

    Attributes:
        epoch: its number, from 1.
        rate: the learning rate.
        train: the perplexity of the training text, while it was learned from.
        valid: the perplexity of the validation text afterwards.
        words_per_second: in training.
        seconds: since the beginning of the training, evaluations among them.
        averaged: whether `valid` is that of the averaged weights.
    """

    epoch: int
    rate: float
    train: float
    valid: float
    words_per_second: float
    seconds: float
    averaged: bool = False
