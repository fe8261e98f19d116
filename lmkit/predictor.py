"""What can predict the next word: the one interface of neural and n-gram models.

Generation and adaptation see no more of a model than this. `lmkit.models.LanguageModel` has it,
`lmkit.ngram.NgramPredictor` gives it to an n-gram model.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

import numpy as np

from lmkit.by_hand.types import Array, IntArray
from lmkit.vocabulary import Vocabulary

State = Any  # nested lists, tuples or dicts of arrays, each with N rows


class Predictor(Protocol):
    """p(w_{t+1} | w_1 ... w_t) for N texts side by side, with a state carried between pieces."""

    @property
    def vocabulary(self) -> Vocabulary | None:
        """The words of the ids, if they are known."""

    def start(self, N: int) -> State:
        """The state before the first word of N texts."""

    def log_probabilities(self, tokens: Any, state: State) -> tuple[Any, State]:
        """log p (N, T, V) of the word after each of `tokens` (N, T), and the state behind them.

        V counts every id of the vocabulary here, that of `<s>` among them.
        """


@runtime_checkable
class Scorer(Protocol):
    """A predictor that has a way of its own to score a text, as a faster one."""

    def score(self, ids: IntArray) -> Array:
        """See `score`."""


def score(model: Any, ids: IntArray) -> Array:
    """log p of each word of a text but the first, given all the words before it.

    Args:
        model: a `Scorer`, as an `NgramPredictor`, or a `lmkit.models.LanguageModel`.
        ids: the text in one row, (T + 1,), as `lmkit.texts.as_ids` makes it: the first word is
            read alone and is `</s>` as a rule, `</s>` stands behind each sentence, `<s>` nowhere.

    Returns:
        (T,), natural logarithm. `lmkit.metrics.perplexity` of it is the text's perplexity.
    """
    return scorer(model)(ids)


def scorer(model: Any) -> Callable[[IntArray], Array]:
    """`score` for one model, compiled once for any number of texts."""
    if isinstance(model, Scorer):
        return model.score
    from lmkit.training import Evaluation

    evaluate = Evaluation(model)
    return lambda ids: np.asarray(evaluate(ids), np.float64)


def words_of(model: Predictor) -> Vocabulary:
    """The model's vocabulary.

    Raises:
        ValueError: if the model was made without one.
    """
    if model.vocabulary is None:
        raise ValueError("the model knows ids and no words: make it with a Vocabulary")
    return model.vocabulary


def take(state: State, rows: IntArray) -> State:
    """The state of these rows among the N, in this order; a row may come more than once."""
    if isinstance(state, dict):
        return {name: take(part, rows) for name, part in state.items()}
    if isinstance(state, list | tuple):
        return type(state)(take(part, rows) for part in state)
    if isinstance(state, np.ndarray):
        return state[rows]
    from keras import ops

    return ops.take(state, rows, axis=0)


def as_array(tensor: Any) -> Array:
    """A tensor of any of Keras's backends as NumPy's, in float64."""
    if not isinstance(tensor, np.ndarray):
        from keras import ops

        tensor = ops.convert_to_numpy(tensor)
    return np.asarray(tensor, np.float64)
