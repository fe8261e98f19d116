"""What every neural language model has in common: words in, log probabilities and a state out.

Letters: N texts side by side, T words of each, H hidden units, V entries of the vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, ClassVar

import keras
import numpy as np
from keras import ops

from lmkit.vocabulary import MARKS, START, Vocabulary

Tensor = Any  # a tensor of whichever backend Keras runs on
State = list[Any]  # nested lists of arrays, as `start` makes them

NEVER = -1e4
"""Added to the logit of `<s>`, which is never predicted: exp of it is zero, in float16 too."""


class LanguageModel(keras.Model):  # type: ignore[misc]
    """p(w_{t+1} | w_1 ... w_t) for a text that comes in pieces, with a state carried between them.

        state = model.start(N)
        log_p, state = model.log_probabilities(tokens, state)    # the first T words of N texts
        log_p, state = model.log_probabilities(following, state)   # it goes on where it was

    Two steps make a model: `hidden` (words to h_t) and `read_out` (h_t to logits over V). In
    between is dropout, while training. `model(tokens)` starts from zeros and returns logits alone,
    so that `model.fit` trains it.

    Args:
        vocabulary: the words, or how many ids there are; ids go from 0 to V - 1. With a
            vocabulary, `<s>` is never predicted.
        seed: of the noise.
        **kwargs: Keras's name, dtype.

    Raises:
        ValueError: if there are fewer than two words.
    """

    arguments: ClassVar[tuple[str, ...]] = ()
    """What the class takes beside the vocabulary; each is an attribute, all are plain values."""

    E: Any
    """The words' vectors, (V, embedding)."""

    def __init__(
        self, vocabulary: Vocabulary | int, *, seed: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.seed = seed
        self.noise_seed = keras.random.SeedGenerator(seed)
        self.vocabulary = vocabulary if isinstance(vocabulary, Vocabulary) else None
        self.V = vocabulary if isinstance(vocabulary, int) else len(vocabulary)
        if self.V < 2:
            raise ValueError(f"a language model needs two words at least, not {self.V}")
        never = np.zeros(self.V, np.float32)
        if self.vocabulary is not None:
            never[self.vocabulary.encode([START])] = NEVER
        self._never = never

    # What each kind of model says for itself

    def start(self, N: int) -> State:
        """The state before the first word of N texts: nested lists of zeros."""
        raise NotImplementedError

    def hidden(self, tokens: Tensor, state: State, training: bool = False) -> tuple[Tensor, State]:
        """The top layer's h_t for every word.

        Args:
            tokens: ids (N, T), int32.
            state: from `start`, or from the call before.
            training: with dropout.

        Returns:
            h (N, T, H) before the dropout on the output, and the state behind the last word.
        """
        raise NotImplementedError

    def read_out(self, h: Tensor, training: bool = False) -> Tensor:
        """Logits (..., V) of the word after each h (..., H); their softmax is p."""
        raise NotImplementedError

    def drop(self, h: Tensor, training: bool = False) -> Tensor:
        """h (N, T, H) with the dropout on the output, if there is any and `training`."""
        return h

    # What follows

    def likeness(self, words: Tensor) -> Tensor:
        """E[w] . E[v] of each of `words` (N, T) and every word v, (N, T, V); `<s>` is like none."""
        E = ops.convert_to_tensor(self.E)
        return ops.matmul(ops.take(E, words, axis=0), ops.transpose(E)) + self._never

    def dropped(
        self, x: Tensor, rate: float, training: bool = True, *, locked: bool = False
    ) -> Tensor:
        """x (N, T, ...) with dropout while training; locked: the same mask for all T."""
        if not training or not rate:
            return x
        ones = ops.ones_like(x[:, :1] if locked else x)
        return x * keras.random.dropout(ones, rate, seed=self.noise_seed)

    def forward(self, tokens: Tensor, state: State, training: bool = False) -> tuple[Tensor, State]:
        """Logits (N, T, V) of the word after each of `tokens` (N, T), and the state."""
        h, state = self.hidden(tokens, state, training=training)
        return self.read_out(self.drop(h, training=training), training=training), state

    def log_probabilities(self, tokens: Tensor, state: State) -> tuple[Tensor, State]:
        """log p (N, T, V), natural logarithm, of the word after each of `tokens`, and the state."""
        logits, state = self.forward(tokens, state)
        return ops.log_softmax(logits, axis=-1), state

    @cached_property
    def quick(self) -> Callable[[Tensor, State], tuple[Tensor, State]]:
        """`log_probabilities`, compiled for each shape (N, T) and kept: to go word by word."""
        from lmkit.training.compiled import look

        return look(self, self.log_probabilities)

    def call(self, tokens: Tensor, state: State | None = None, training: bool = False) -> Any:
        """Logits (N, T, V) from the beginning of a text; with a state, what `forward` returns."""
        if state is not None:
            return self.forward(tokens, state, training=training)
        start = self.start(ops.shape(tokens)[0])
        return self.forward(tokens, start, training=training)[0]

    def get_config(self) -> dict[str, Any]:
        """The arguments that make the same model again, all of them plain values."""
        own = {name: getattr(self, name) for name in self.arguments}
        words: dict[str, Any] = {"vocabulary": self.V}
        if self.vocabulary is not None:
            words = {
                "words": list(self.vocabulary.words[len(MARKS) :]),
                "characters": self.vocabulary.characters,
            }
        return {"name": self.name, **words, **own}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """The model that `get_config` describes."""
        config = dict(config)
        if "words" in config:
            words, characters = config.pop("words"), config.pop("characters")
            config["vocabulary"] = Vocabulary(words, characters=characters)
        return cls(**config)

    def compute_output_shape(self, tokens: Sequence[int | None]) -> tuple[int | None, ...]:
        """(N, T, V)."""
        return (*tokens, self.V)


def uniform(init: float | None) -> Any:
    """Keras's initializer between -init and init; None for None."""
    return None if init is None else keras.initializers.RandomUniform(-init, init)
