"""Recurrent language models: an embedding, layers over time, a softmax.

    x_t = E[w_t]                           h_t^0 = x_t
    h_t^l = layer_l(h_t^{l-1}, h_{t-1}^l)     l = 1 ... L
    logits_t = h_t^L W_o + b_o            tied: W_o = E^T

Sources: deck 1, "RNN Language Model"; deck 5, "Recurrent neural language models"; Mikolov et al.
(2010); Zaremba et al. (2014) for the dropout; Inan et al. (2017) and Press and Wolf (2017) for tied
embeddings; Gal and Ghahramani (2016) and Merity et al. (2018) for what is locked in time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import keras
from keras import ops

from lmkit import cells
from lmkit.layers import RNN
from lmkit.models.language_model import LanguageModel, State, Tensor, uniform
from lmkit.vocabulary import Vocabulary

CELLS = {
    "rnn": cells.SimpleRNNCell,
    "lstm": cells.LSTMCell,
    "gru": cells.GRUCell,
    "mut1": cells.MUT1Cell,
    "mut2": cells.MUT2Cell,
    "mut3": cells.MUT3Cell,
    "rhn": cells.RHNCell,
}


@keras.saving.register_keras_serializable(package="lmkit")
class RecurrentLanguageModel(LanguageModel):
    """Layers of one kind of cell, with the noise of the papers.

    Every rate is the probability of being dropped, and 0 by default. A locked mask is the same at
    all T steps of a call.

    Args:
        vocabulary: the words, or how many ids there are.
        cell: a name of `CELLS`.
        units: H of each layer, the lowest first.
        embedding: E, how long a word's vector is; None for the lowest layer's H.
        tied: W_o = E^T; the highest layer's H must be E then.
        dropout_words: rate at which words lose their vector, the same words for the whole batch.
        dropout_input: rate on x_t.
        dropout_between: rate on what one layer hands to the next.
        dropout_output: rate on the highest layer's h_t before the softmax.
        locked: whether these three masks are locked.
        recurrent_dropout: rate on h_{t-1}, locked.
        weight_drop: rate on the entries of the recurrent matrices.
        init: weights begin uniformly between -init and init, biases among them; None leaves
            each its own beginning.
        cell_options: what the cell takes beside its units: {"forget_bias": 0.0}.
        seed: of the noise.
        **kwargs: Keras's name, dtype.

    Raises:
        ValueError: if there is no such cell, or sizes do not fit.
    """

    arguments: ClassVar[tuple[str, ...]] = (
        "cell", "units", "embedding", "tied", "dropout_words", "dropout_input", "dropout_between",
        "dropout_output", "locked", "recurrent_dropout", "weight_drop", "init", "cell_options",
        "seed",
    )  # fmt: skip

    def __init__(
        self,
        vocabulary: Vocabulary | int,
        *,
        cell: str = "lstm",
        units: Sequence[int] = (200, 200),
        embedding: int | None = None,
        tied: bool = False,
        dropout_words: float = 0.0,
        dropout_input: float = 0.0,
        dropout_between: float = 0.0,
        dropout_output: float = 0.0,
        locked: bool = False,
        recurrent_dropout: float = 0.0,
        weight_drop: float = 0.0,
        init: float | None = None,
        cell_options: dict[str, Any] | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(vocabulary, seed=seed, **kwargs)
        if cell not in CELLS:
            raise ValueError(f"there is no cell {cell!r}: there is {', '.join(CELLS)}")
        self.cell, self.units, self.embedding = cell, list(units), embedding or units[0]
        self.tied = tied
        if tied and self.units[-1] != self.embedding:
            raise ValueError(
                f"tied: the highest layer's units ({self.units[-1]}) must be the embedding's "
                f"({self.embedding})"
            )
        self.dropout_words, self.dropout_input = dropout_words, dropout_input
        self.dropout_between, self.dropout_output = dropout_between, dropout_output
        self.locked, self.recurrent_dropout = locked, recurrent_dropout
        self.weight_drop, self.init = weight_drop, init
        self.cell_options = dict(cell_options or {})
        begin = uniform(init)
        every = {} if begin is None else dict.fromkeys(_INITIALIZERS, begin)
        self.over_time = [
            RNN(
                CELLS[cell](H, **every, **self.cell_options),
                return_sequences=True,
                return_state=True,
                dropout=dropout_between if level else dropout_input,
                locked=locked,
                recurrent_dropout=recurrent_dropout,
                weight_drop=weight_drop,
                seed=seed,
                name=f"layer_{level + 1}",
            )
            for level, H in enumerate(self.units)
        ]
        self.supports_jit = all(layer.supports_jit for layer in self.over_time)
        self.E = self.add_weight((self.V, self.embedding), begin or "uniform", name="E")
        self._make_read_out(begin)
        D = self.embedding
        for layer in self.over_time:
            layer.build((None, None, D))
            D = layer.cell.units
        self.built = True

    def _make_read_out(self, begin: Any) -> None:
        if not self.tied:
            shape = (self.units[-1], self.V)
            self.W_o = self.add_weight(shape, begin or "glorot_uniform", name="W_o")
        self.b_o = self.add_weight((self.V,), begin or "zeros", name="b_o")

    def start(self, N: int) -> State:
        """Zeros (N, H) for every state of every layer."""
        return [list(layer.cell.get_initial_state(N)) for layer in self.over_time]

    def hidden(self, tokens: Tensor, state: State, training: bool = False) -> tuple[Tensor, State]:
        """The top layer's h_t (N, T, H), and the state behind the last word."""
        h = self.embed(tokens, training)
        after = []
        for layer, before in zip(self.over_time, state, strict=True):
            h, *new = layer(h, initial_state=list(before), training=training)
            after.append(new)
        return h, after

    def embed(self, tokens: Tensor, training: bool = False) -> Tensor:
        """x (N, T, E), the words' vectors."""
        tokens = ops.cast(tokens, "int32")  # Keras tries a model with float32 before it fits it
        x = ops.take(ops.convert_to_tensor(self.E), tokens, axis=0)
        if training and self.dropout_words:
            ones = ops.ones((self.V, 1), dtype=x.dtype)
            kept = keras.random.dropout(ones, self.dropout_words, seed=self.noise_seed)
            x = x * ops.take(kept, tokens, axis=0)
        return x

    def drop(self, h: Tensor, training: bool = False) -> Tensor:
        """h with the output's dropout."""
        return self.dropped(h, self.dropout_output, training, locked=self.locked)

    def read_out(self, h: Tensor, training: bool = False) -> Tensor:
        """h W_o + b_o, (..., V)."""
        W_o = ops.transpose(self.E) if self.tied else self.W_o
        return ops.matmul(h, W_o) + (self.b_o + self._never)


_INITIALIZERS = ("kernel_initializer", "recurrent_initializer", "bias_initializer")
