"""A mixture of softmaxes: what one product h W_o cannot express, several together can.

    pi_t = softmax(h_t W_pi)                         K weights
    z_tk = tanh(h_t W_zk + b_zk)                     K vectors, as long as an embedding
    p_t = sum_k pi_tk softmax(z_tk E^T + b_o)

Source: Yang, Dai, Salakhutdinov and Cohen (2018), "Breaking the softmax bottleneck", equation 2
and their program; deck 5, the Penn Treebank table.
"""

from __future__ import annotations

from typing import Any, ClassVar

import keras
from keras import ops

from lmkit.models.language_model import Tensor
from lmkit.models.recurrent import RecurrentLanguageModel
from lmkit.vocabulary import Vocabulary


@keras.saving.register_keras_serializable(package="lmkit")
class MixtureLanguageModel(RecurrentLanguageModel):
    """A recurrent language model whose read-out mixes softmaxes over the tied embedding.

    `read_out` returns log p itself, which are logits too: their softmax is p.

    Args:
        vocabulary: the words, or how many ids there are.
        softmaxes: K.
        dropout_latent: rate on z, locked in time where the other masks are.
        **options: of `RecurrentLanguageModel`, but for `tied`; the highest layer may have any size.

    Raises:
        ValueError: if K is less than 1.
    """

    arguments: ClassVar[tuple[str, ...]] = (
        "softmaxes",
        "dropout_latent",
        *RecurrentLanguageModel.arguments,
    )

    def __init__(
        self,
        vocabulary: Vocabulary | int,
        *,
        softmaxes: int = 15,
        dropout_latent: float = 0.0,
        **options: Any,
    ) -> None:
        if softmaxes < 1:
            raise ValueError(f"softmaxes is K, at least 1; not {softmaxes}")
        self.K = softmaxes
        super().__init__(vocabulary, **options)
        self.softmaxes, self.dropout_latent = softmaxes, dropout_latent

    def _make_read_out(self, begin: Any) -> None:
        H, E = self.units[-1], self.embedding
        glorot = begin or "glorot_uniform"
        self.W_pi = self.add_weight((H, self.K), glorot, name="W_pi")
        self.W_z = self.add_weight((H, self.K * E), glorot, name="W_z")
        self.b_z = self.add_weight((self.K * E,), begin or "zeros", name="b_z")
        self.b_o = self.add_weight((self.V,), begin or "zeros", name="b_o")

    def read_out(self, h: Tensor, training: bool = False) -> Tensor:
        """log p (..., V)."""
        z = ops.tanh(ops.matmul(h, self.W_z) + self.b_z)
        z = self.dropped(z, self.dropout_latent, training, locked=self.locked)
        z = ops.reshape(z, (*ops.shape(h)[:-1], self.K, self.embedding))
        logits = ops.matmul(z, ops.transpose(self.E)) + (self.b_o + self._never)
        log_pi = ops.log_softmax(ops.matmul(h, self.W_pi), axis=-1)
        return ops.logsumexp(
            ops.expand_dims(log_pi, -1) + ops.log_softmax(logits, axis=-1), axis=-2
        )
