"""The language model with a fixed window: n - 1 words in, the next one out.

    x_t = [E[w_{t-n+2}]; ...; E[w_t]]         the n - 1 last words, side by side
    h_t = tanh(x_t W + b)
    logits_t = h_t W_o + b_o

Source: deck 1, "A fixed-window neural language model"; Bengio et al. (2003), without the direct
connections from x to the logits, which they found to hurt.
"""

from __future__ import annotations

from typing import Any, ClassVar

import keras
from keras import ops

from lmkit.models.language_model import LanguageModel, State, Tensor, uniform
from lmkit.vocabulary import Vocabulary


@keras.saving.register_keras_serializable(package="lmkit")
class WindowLanguageModel(LanguageModel):
    """An n-gram model that learns: it forgets all but n - 1 words. Its state is these words' ids.

    Args:
        vocabulary: the words, or how many ids there are.
        order: n, at least 2.
        embedding: E, how long a word's vector is.
        units: H.
        dropout_input: rate on x_t.
        dropout_output: rate on h_t.
        init: weights begin uniformly between -init and init; None leaves each its own beginning.
        seed: of the noise.
        **kwargs: Keras's name, dtype.

    Raises:
        ValueError: if the order is less than 2.
    """

    arguments: ClassVar[tuple[str, ...]] = (
        "order", "embedding", "units", "dropout_input", "dropout_output", "init", "seed",
    )  # fmt: skip

    def __init__(
        self,
        vocabulary: Vocabulary | int,
        *,
        order: int = 5,
        embedding: int = 100,
        units: int = 200,
        dropout_input: float = 0.0,
        dropout_output: float = 0.0,
        init: float | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(vocabulary, seed=seed, **kwargs)
        if order < 2:
            raise ValueError(f"order is n, the window's n - 1 words and the next; not {order}")
        self.order, self.embedding, self.units = order, embedding, units
        self.dropout_input, self.dropout_output, self.init = dropout_input, dropout_output, init
        begin = uniform(init)
        D = (order - 1) * embedding
        self.E = self.add_weight((self.V, embedding), begin or "uniform", name="E")
        self.W = self.add_weight((D, units), begin or "glorot_uniform", name="W")
        self.b = self.add_weight((units,), begin or "zeros", name="b")
        self.W_o = self.add_weight((units, self.V), begin or "glorot_uniform", name="W_o")
        self.b_o = self.add_weight((self.V,), begin or "zeros", name="b_o")
        self.built = True

    def start(self, N: int) -> State:
        """As if n - 1 `<s>` had come: zeros (N, n - 1)."""
        return [ops.zeros((N, self.order - 1), dtype="int32")]

    def hidden(self, tokens: Tensor, state: State, training: bool = False) -> tuple[Tensor, State]:
        """h_t (N, T, H), and the last n - 1 words."""
        T, reach = tokens.shape[1], self.order - 1
        words = ops.concatenate([state[0], ops.cast(tokens, "int32")], axis=1)
        vectors = ops.take(ops.convert_to_tensor(self.E), words, axis=0)
        x = ops.concatenate([vectors[:, k : k + T] for k in range(1, reach + 1)], axis=-1)
        x = self.dropped(x, self.dropout_input, training)
        return ops.tanh(ops.matmul(x, self.W) + self.b), [words[:, -reach:]]

    def drop(self, h: Tensor, training: bool = False) -> Tensor:
        """h with the output's dropout."""
        return self.dropped(h, self.dropout_output, training)

    def read_out(self, h: Tensor, training: bool = False) -> Tensor:
        """h W_o + b_o, (..., V)."""
        return ops.matmul(h, self.W_o) + (self.b_o + self._never)
