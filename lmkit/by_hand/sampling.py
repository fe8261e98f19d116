"""From logits to a text, a character at a time.

Sources: deck 3, "At test-time, sample characters one at a time, feed back to model"; deck 5,
"Application: text generation"; top-k of Fan, Lewis and Dauphin (2018); the nucleus of Holtzman et
al. (2020). `lmkit.generation` has these for whole batches and any model.
"""

from __future__ import annotations

import numpy as np

from lmkit.by_hand.char_lstm import char_lstm
from lmkit.by_hand.softmax import softmax
from lmkit.by_hand.types import Array, IntArray


def temperature_softmax(logits: Array, temperature: float) -> Array:
    """softmax(logits / temperature); at temperature 0 all mass is on the largest logit.

    Args:
        logits: (..., V).
        temperature: 0 or more. Below 1 the likely becomes likelier, above 1 all become alike.

    Returns:
        Probabilities, (..., V).
    """
    if temperature == 0:
        greedy: Array = np.eye(logits.shape[-1])[logits.argmax(axis=-1)]
        return greedy
    return softmax(logits / temperature)


def top_k(p: Array, k: int) -> Array:
    """Only the k most likely, with their probabilities brought back to sum 1.

    Args:
        p: probabilities, (V,).
        k: how many are kept, at least 1; V and more keep all.

    Returns:
        (V,), in the order of p.
    """
    kept: Array = np.zeros_like(p)
    likeliest = np.argsort(-p)[:k]
    kept[likeliest] = p[likeliest]
    kept /= kept.sum()
    return kept


def nucleus(p: Array, mass: float) -> Array:
    """The fewest characters, the likeliest first, that have at least this mass together.

    Args:
        p: probabilities, (V,).
        mass: above 0 and below 1.

    Returns:
        (V,), in the order of p, with sum 1.
    """
    likeliest = np.argsort(-p)
    cumulative = np.cumsum(p[likeliest])
    size = int(np.argmax(cumulative >= mass)) + 1  # the one that crosses the mass is in
    kept: Array = np.zeros_like(p)
    kept[likeliest[:size]] = p[likeliest[:size]]
    kept /= kept.sum()
    return kept


def draw_character(p: Array, u: float) -> int:
    """The first id at which the probabilities, added up, exceed u.

    Args:
        p: probabilities, (V,).
        u: from 0 to below 1, where chance comes from.

    Returns:
        The id.
    """
    return int(np.argmax(np.cumsum(p) > u))


def generate(
    prompt: IntArray,
    u: Array,
    temperature: float,
    E: Array,
    kernel: Array,
    recurrent_kernel: Array,
    bias: Array,
    W_y: Array,
    b_y: Array,
) -> list[int]:
    """Read the prompt, then write: draw, feed back, draw.

    Args:
        prompt: ids that are read first, (P,), at least one.
        u: one number from 0 to below 1 for each character to be written.
        temperature: see `temperature_softmax`.
        E: embedding and the other weights, as in `char_lstm`.
        kernel: (D, 4H).
        recurrent_kernel: (H, 4H).
        bias: (4H,).
        W_y: (H, V).
        b_y: (V,).

    Returns:
        The ids that were written, without the prompt.
    """
    weights = E, kernel, recurrent_kernel, bias, W_y, b_y
    h = c = np.zeros((1, len(recurrent_kernel)))
    logits, h, c = char_lstm(prompt[None, :], h, c, *weights)
    written: list[int] = []
    for u_t in u:
        character = draw_character(temperature_softmax(logits[0, -1], temperature), u_t)
        written.append(character)
        logits, h, c = char_lstm(np.array([[character]]), h, c, *weights)
    return written
