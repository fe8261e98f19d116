"""Beam search: the likeliest text, looked for with several half-written ones at a time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from lmkit.by_hand.types import Array, IntArray
from lmkit.generation.reading import LENGTH, Generated, Reader
from lmkit.predictor import Predictor, take


class _Ended(NamedTuple):
    """A text that is done, its score and log p of its words."""

    score: float
    ids: IntArray
    log_p: Array


def beam_search(
    model: Predictor,
    prompt: Iterable[str] = (),
    *,
    beams: int = 5,
    length: int = LENGTH,
    alpha: float = 0.0,
    unknown: bool = True,
    ends: bool = True,
) -> list[Generated]:
    """The texts with the highest score = log p(w_1 ... w_T) / T^alpha that the beams come across.

    After every word the B most probable beginnings are kept, whatever their end. It goes on until
    no beginning can become better than the B best texts that have ended.

    Without length normalisation (alpha = 0) short texts win: each further word costs. alpha = 1
    compares the mean log p of a word.

    Args:
        model: neural, or an `NgramPredictor`.
        prompt: the words that are there already; for a model of characters, a str.
        beams: B, and how many texts are returned at most.
        length: how many words a text has at most, `</s>` among them.
        alpha: from 0 (none) to 1 (the mean), the power of T in the score.
        unknown: whether `<unk>` may come.
        ends: whether `</s>` may come; if not, all texts have `length` words.

    Returns:
        The texts that have ended, the best first. If they are fewer than B, the best of those that
        were cut off follow.

    Raises:
        ValueError: if a number is out of its range, or no text is possible.
    """
    if alpha < 0:
        raise ValueError(f"alpha is at least 0, not {alpha}")
    reader = Reader(model, prompt, length, unknown=unknown, ends=ends)
    log_p, state = reader.begin(beams)
    total = np.full(beams, -np.inf)
    total[0] = 0.0  # all beams are the same yet: one is enough
    ids = np.empty((beams, 0), np.int32)
    each = np.empty((beams, 0))
    done: list[_Ended] = []
    for T in range(1, length + 1):
        scores = total[:, None] + np.where(reader.allowed, log_p, -np.inf)
        done += [
            _Ended(float(scores[b, reader.end]) / T**alpha, np.append(ids[b], reader.end),
                   np.append(each[b], log_p[b, reader.end]))
            for b in np.flatnonzero(np.isfinite(scores[:, reader.end]))
        ]  # fmt: skip
        done = sorted(done, key=lambda text: -text.score)[:beams]
        scores[:, reader.end] = -np.inf
        best = np.argsort(-scores, axis=None, kind="stable")[:beams]
        total = scores.flat[best]
        parent, word = np.divmod(best, scores.shape[1])
        ids = np.column_stack([ids[parent], word.astype(np.int32)])
        each = np.column_stack([each[parent], log_p[parent, word]])
        # The score of a longer text is at most this, as log p only falls.
        if length == T or (len(done) == beams and total[0] / length**alpha <= done[-1].score):
            break
        if not np.isfinite(total[0]):
            break
        log_p, state = reader.read(ids[:, -1:], take(state, parent))
    cut = np.flatnonzero(np.isfinite(total))[: beams - len(done)]
    texts = [reader.generated(text.ids, text.log_p) for text in done]
    texts += [reader.generated(ids[b], each[b]) for b in cut]
    if not texts:
        raise ValueError(f"the model gives no text of {length} words at most a probability above 0")
    return texts
