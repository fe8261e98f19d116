"""Dynamic evaluation: the model goes on learning from the text that it is tested on.

A segment is scored, then the weights take a step down its gradient, then the next is scored. No
word is learned from before it has been scored.

    theta <- theta - rate * gradient / (RMS + epsilon) + decay * RMS_norm * (theta_g - theta)

theta_g are the weights as trained, RMS the root of the mean square of each weight's gradient over
the training text: weights with small gradients may move further. RMS_norm is RMS divided by its
mean (of the means of the weight arrays), so that these decay more slowly too; decay * RMS_norm is
at most 1. Without RMS, plain gradient descent:

    theta <- theta - rate * gradient + decay * (theta_g - theta)

Source: Krause, Kahembwe, Murray and Renals (2018), "Dynamic evaluation of neural sequence models",
sections 3 and 4; "AWD-LSTM + dynamic evaluation" in deck 5.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from lmkit.batching import borders, side_by_side
from lmkit.by_hand.types import Array, IntArray
from lmkit.losses import log_likelihood
from lmkit.predictor import State, as_array, scorer
from lmkit.progress import Bar
from lmkit.training.compiled import Step
from lmkit.vocabulary import Vocabulary

Tensor = Any
Arrays = list[Any]

RATES = (0.0, 3e-5, 5e-5, 1e-4)
DECAYS = (1e-3, 2e-3, 5e-3)
"""The grid of Krause et al. for the rule with RMS, thinned out, for steps of 5 words; and rate 0,
as each of theirs may harm a model that is not like theirs."""


class DynamicEvaluation:
    """Scores texts with a model that adapts; the model is as trained again afterwards.

    Args:
        model: a `lmkit.models.LanguageModel`.
        rms: RMS of each of the model's trainable variables, from `gradient_rms`; None for
            gradient descent without it.
        rate: the learning rate; 0 is the model as trained, read without gradients.
        decay: how strongly the weights are drawn back to the trained ones, from 0 to 1.
        epsilon: what keeps rate / RMS finite.
        words: T, so many words are one segment, and as far the gradient goes back.

    Raises:
        ValueError: if a number is out of its range.
    """

    def __init__(
        self,
        model: Any,
        rms: Sequence[Array] | None = None,
        *,
        rate: float = 5e-5,
        decay: float = 2e-3,
        epsilon: float = 2e-5,
        words: int = 5,
    ) -> None:
        if rate < 0 or not 0 <= decay <= 1 or words < 1:
            raise ValueError(
                f"rate is at least 0 ({rate}), decay between 0 and 1 ({decay}), words at least 1 "
                f"({words})"
            )
        self.model, self.rate, self.decay, self.words = model, rate, decay, words
        self._rule = _Rule(rms, epsilon)
        self._step = Step(model, lambda *args: _objective(model, *args), self._rule)
        self._static = scorer(model)

    @property
    def vocabulary(self) -> Vocabulary | None:
        """The model's."""
        known: Vocabulary | None = self.model.vocabulary
        return known

    def score(self, ids: IntArray) -> Array:
        """log p of each word of a text but the first, (T,); see `lmkit.predictor.score`."""
        row = np.asarray(ids, np.int32)[None]
        length = row.shape[1] - 1
        if length < 1:
            raise ValueError(f"a text of {length + 1} words has none to predict")
        if not self.rate:
            return self._static(row[0])
        trained = [ops.convert_to_numpy(v) for v in self.model.trainable_variables]
        self._rule.begin(trained, self.rate, self.decay)
        state = self.model.start(1)
        log_p = []
        try:
            label = f"adapting, rate {self.rate:g}, decay {self.decay:g}"
            with Bar(label, length, "words") as bar:
                for start, stop in borders(length, self.words):
                    tokens, targets = row[:, start:stop], row[:, start + 1 : stop + 1]
                    scores, state = self._step(tokens, targets, state)
                    log_p.append(as_array(scores)[0])
                    bar.show(stop)
        finally:
            for variable, value in zip(self.model.trainable_variables, trained, strict=True):
                variable.assign(value)
        return np.concatenate(log_p)

    def tune(
        self,
        ids: IntArray,
        rates: Sequence[float] = RATES,
        decays: Sequence[float] = DECAYS,
    ) -> float:
        """Choose rate and decay on held-out text: never the training text, never the test's.

        Args:
            ids: the text in one row, (T + 1,), as `score` takes it. It is read once for each pair.
            rates: the rates to try; with 0 among them nothing can become worse on this text.
            decays: the decays to try with each rate but 0, where none matters.

        Returns:
            The mean of log p with the best of them.
        """
        pairs = [(rate, decay) for rate in rates for decay in (decays if rate else decays[:1])]
        found = []
        for self.rate, self.decay in pairs:
            found.append((float(self.score(ids).mean()), self.rate, self.decay))
        best, self.rate, self.decay = max(found)
        return best


def gradient_rms(
    model: Any, ids: IntArray, *, rows: int = 100, words: int = 5, steps: int | None = None
) -> Arrays:
    """The root of the mean square of each weight's gradient over the training text.

    Args:
        model: a `lmkit.models.LanguageModel`; nothing is changed.
        ids: the training text in one row.
        rows: N, so many parts of the text are read side by side.
        words: T, how many words of each make a gradient.
        steps: how many gradients; None for the whole text.

    Returns:
        For each of the model's trainable variables an array of its shape.
    """
    x, y = side_by_side(ids, rows)
    squares = _Squares()
    step = Step(model, lambda *args: _objective(model, *args), squares)
    state = model.start(rows)
    # A shorter gradient at the end would count as much as the others: it is left out.
    places = [(a, b) for a, b in borders(x.shape[1], words) if b - a == words][:steps]
    if not places:
        raise ValueError(
            f"the text has {len(ids)} words, too few for {rows} rows of {words}: take fewer rows"
        )
    with Bar("gradients", len(places), "steps") as bar:
        for a, b in bar.over(places):
            _, state = step(x[:, a:b], y[:, a:b], state)
    return [np.sqrt(as_array(s) / len(places)) for s in squares.sums]


def _objective(
    model: Any, tokens: Tensor, targets: Tensor, state: State
) -> tuple[Tensor, tuple[Tensor, State]]:
    """The mean cross entropy of a segment; log p (N, T) of its words, and the state behind it."""
    logits, state = model.forward(tokens, state)
    log_p = log_likelihood(logits, targets)
    return -ops.mean(log_p), (log_p, state)


class _Rule(keras.optimizers.Optimizer):  # type: ignore[misc]
    """The update; theta_g and RMS are the optimizer's own variables."""

    def __init__(self, rms: Sequence[Array] | None, epsilon: float) -> None:
        super().__init__(learning_rate=0.0, name="rule")
        self.rms, self.epsilon = rms, epsilon

    def build(self, variables: Sequence[Any]) -> None:
        """A place for theta_g, RMS and decay * RMS_norm of each variable."""
        super().build(variables)
        self.trained = [self._beside(v, "trained") for v in variables]
        self.decays = [self._beside(v, "decay") for v in variables]
        self.scales = [self._beside(v, "rms") for v in variables]
        for scale, rms in zip(self.scales, self.rms or [], strict=bool(self.rms)):
            scale.assign(rms)

    def _beside(self, variable: Any, name: str) -> Any:
        return self.add_variable_from_reference(variable, name=name)

    def begin(self, trained: Sequence[Array], rate: float, decay: float) -> None:
        """The weights to be drawn back to, and the two strengths."""
        self.learning_rate = rate
        rms = [np.ones(1)] * len(trained) if self.rms is None else self.rms
        mean = np.mean([r.mean() for r in rms])
        for i, value in enumerate(trained):
            self.trained[i].assign(value)
            self.decays[i].assign(
                np.broadcast_to(np.minimum(1, decay * rms[i] / mean), value.shape)
            )

    def update_step(self, gradient: Tensor, variable: Any, learning_rate: Tensor) -> None:
        """theta, one step further."""
        i = self._get_variable_index(variable)
        rate = ops.cast(learning_rate, variable.dtype)
        if self.rms is not None:
            gradient = gradient / (self.scales[i] + self.epsilon)
        back = self.decays[i] * (self.trained[i] - variable)
        self.assign(variable, variable - rate * gradient + back)


class _Squares(keras.optimizers.Optimizer):  # type: ignore[misc]
    """Leaves the weights, and adds up the squares of their gradients."""

    def __init__(self) -> None:
        super().__init__(learning_rate=0.0, name="squares")

    def build(self, variables: Sequence[Any]) -> None:
        """A place for each variable's sum."""
        super().build(variables)
        self.sums = [self.add_variable_from_reference(v, name="sum") for v in variables]

    def update_step(self, gradient: Tensor, variable: Any, learning_rate: Tensor) -> None:
        """One gradient more."""
        sum_ = self.sums[self._get_variable_index(variable)]
        self.assign(sum_, sum_ + ops.square(gradient))
