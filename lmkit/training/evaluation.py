"""A whole text, scored in order with the state carried from its first word to its last."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import ArrayLike, NDArray

from lmkit.batching import borders
from lmkit.losses import log_likelihood
from lmkit.models import LanguageModel
from lmkit.training.compiled import look

Tensor = Any


class Evaluation:
    """Scores texts with a model as it stands: compiled once, used after every epoch.

    Args:
        model: the language model.
        batch: how many words are scored at a time. The result is the same for any number: the
            text is one row, and every word is predicted from all that come before it.
    """

    def __init__(self, model: LanguageModel, batch: int = 200) -> None:
        if batch < 1:
            raise ValueError(f"batch is how many words are scored at a time, not {batch}")
        self.model, self.batch = model, batch
        self._score = look(model, self._scored)

    def _scored(self, tokens: Tensor, targets: Tensor, state: Any) -> Any:
        logits, state = self.model.forward(tokens, state)
        return log_likelihood(logits, targets), state

    def __call__(
        self, ids: ArrayLike, show: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        """log p of every word but the first, (length - 1,).

        Args:
            ids: the text, (length,). The first word is only read; `</s>` stands there as a rule.
            show: told how many words have been scored.
        """
        row = np.asarray(ids, dtype=np.int32)[None]
        length = row.shape[1] - 1
        if length < 1:
            raise ValueError(f"a text of {length + 1} words has none to predict")
        batch = min(self.batch, length)
        state = self.model.start(1)
        log_p = np.empty(length, np.float32)
        for start, stop in borders(length, batch):
            # Behind the end the row is filled up with anything, and the scores left out: one
            # shape is compiled, not two.
            piece = np.zeros((1, batch + 1), np.int32)
            piece[:, : stop + 1 - start] = row[:, start : stop + 1]
            scores, state = self._score(
                ops.convert_to_tensor(piece[:, :-1]), ops.convert_to_tensor(piece[:, 1:]), state
            )
            log_p[start:stop] = ops.convert_to_numpy(scores)[0, : stop - start]
            if show is not None:
                show(stop)
        return log_p


def leaves(state: Any) -> list[NDArray[Any]]:
    """The arrays of a state, in order."""
    return [ops.convert_to_numpy(leaf) for leaf in keras.tree.flatten(state)]
