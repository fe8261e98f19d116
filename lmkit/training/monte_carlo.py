"""Monte Carlo dropout: the mean of the probabilities that many thinned networks give.

    p(w_{t+1} | ...) = 1/K sum_k p(w_{t+1} | ..., mask_k)

Each of the K networks keeps its masks from the first word of the text to its last. Source: Gal and
Ghahramani (2016), section 5.1; the row "Variational LSTM (MC)" of deck 5.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from keras import ops
from numpy.typing import ArrayLike, NDArray

from lmkit.batching import borders
from lmkit.losses import log_likelihood
from lmkit.models import LanguageModel
from lmkit.progress import Bar
from lmkit.training import checkpoints
from lmkit.training.compiled import look

Tensor = Any


def monte_carlo(
    model: LanguageModel, ids: ArrayLike, samples: int = 100, *, rows: int = 20, batch: int = 50
) -> NDArray[np.float64]:
    """log of the mean p of every word but the first, (length - 1,).

    Args:
        model: a model with locked dropout.
        ids: the text, (length,).
        samples: K, how many networks.
        rows: how many of them read the text side by side; they share the dropout of whole words
            and of weights, and have masks of their own otherwise.
        batch: how many words are scored at a time; the result is the same for any number.

    Raises:
        ValueError: if there is no network to draw, the text has no word to predict, or the masks
            would change with every word.
    """
    row = np.asarray(ids, dtype=np.int32)[None]
    length = row.shape[1] - 1
    if samples < 1 or length < 1:
        raise ValueError(f"samples is at least 1 ({samples}), the text two words ({length + 1})")
    if not getattr(model, "locked", False):
        raise ValueError("Monte Carlo dropout needs masks that are locked in time: locked=True")
    seeds = [v for v in model.non_trainable_variables if "seed" in v.path]

    def scored(tokens: Tensor, targets: Tensor, state: Any) -> Any:
        logits, state = model.forward(tokens, state, training=True)
        return log_likelihood(logits, targets), state

    score = look(model, scored, training=True)
    first = checkpoints.copies(seeds)
    total = np.full(length, -np.inf)
    with Bar("Monte Carlo dropout", samples * length, "words") as bar:
        for done in range(0, samples, rows):
            N = min(rows, samples - done)
            state = model.start(N)
            # The same numbers are drawn for every piece of the text, other ones for the next rows.
            drawn = [seed + np.array([0, done], np.uint32) for seed in first]
            for start, stop in borders(length, min(batch, length)):
                for seed, value in zip(seeds, drawn, strict=True):
                    seed.assign(value)
                piece = np.tile(row[:, start : stop + 1], (N, 1))
                log_p, state = score(
                    ops.convert_to_tensor(piece[:, :-1]), ops.convert_to_tensor(piece[:, 1:]), state
                )
                those = ops.convert_to_numpy(log_p).astype(np.float64)
                total[start:stop] = np.logaddexp.reduce([total[start:stop], *those])
                bar.show(done * length + N * stop)
    checkpoints.restore(seeds, first, "seeds")  # the model is as it was
    mean: NDArray[np.float64] = total - np.log(samples)
    return mean
