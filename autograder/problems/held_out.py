"""A trained model, graded by its perplexity on text that it has not seen.

The judge sends contexts and takes back one distribution for each. The words that came next stay
with it, and it computes the perplexity itself. A context tells nothing about another one's next
word: no two of them are cut from one sentence, or overlap.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from autograder.problem import Keyed
from autograder.problems.draws import Rng
from lmkit.by_hand.types import Array, IntArray
from lmkit.metrics import perplexity

LARGEST_GAP = 1e-4
"""By how much the sum of a row may miss one: a float32 softmax over 10,000 words stays below."""


class HeldOut(NamedTuple):
    """What the judge keeps to itself.

    Attributes:
        targets: the word that came after each context, (N,).
        V: how many words a distribution is over.
    """

    targets: IntArray
    V: int


def with_held_out(contexts: IntArray, targets: IntArray, V: int) -> Keyed:
    """Arguments of a function that takes contexts (N, ...) and returns probabilities (N, V)."""
    return Keyed((contexts,), HeldOut(targets, V))


def one_window_a_sentence(
    rng: Rng, sentences: Sequence[IntArray], start: int, end: int, words: int, count: int
) -> tuple[IntArray, IntArray]:
    """Contexts and the words behind them, no two from the same sentence, in random order.

    Every token of the text is about as likely to be asked, so that the perplexity over them is
    that of the text.

    Args:
        rng: the judge's.
        sentences: ids of each sentence, without marks; several times `count` of them.
        start: the id of `<s>`, which stands in front of a sentence as often as is needed.
        end: the id of `</s>`, which is asked like a word.
        words: in a context.
        count: N.

    Returns:
        Contexts (N, words) and targets (N,).
    """
    lengths = np.array([len(sentence) + 1 for sentence in sentences])
    chosen = rng.choice(len(sentences), size=count, replace=False, p=lengths / lengths.sum())
    contexts = np.empty((count, words), dtype=np.int64)
    targets = np.empty(count, dtype=np.int64)
    for row, sentence in enumerate(chosen):
        padded = np.concatenate([np.full(words, start), sentences[sentence], [end]])
        t = int(rng.integers(lengths[sentence]))
        contexts[row], targets[row] = padded[t : t + words], padded[t + words]
    return contexts, targets


def held_out_perplexity(arguments: tuple[Any, ...], value: Any) -> float:
    """The perplexity that probabilities give to the words that came; `Problem.observe`.

    Args:
        arguments: as `with_held_out` makes them.
        value: what the student's function returned for them.

    Returns:
        The perplexity; inf if a word that came was given probability zero.

    Raises:
        ValueError: if these are no distributions, in a sentence for the student.
    """
    assert isinstance(arguments, Keyed)
    targets, V = arguments.key
    P = distributions(value, len(targets), V)
    with np.errstate(divide="ignore"):
        return perplexity(np.log(P[np.arange(len(targets)), targets]))


def distributions(value: Any, N: int, V: int) -> Array:
    """The value as N probability distributions over V words.

    Raises:
        ValueError: if it is anything else, in a sentence for the student.
    """
    if value is None:
        raise ValueError("None came back: is a `return` missing?")
    shape = f"({N}, {V}), a distribution for each context"
    try:
        P = np.asarray(value)
    except Exception:  # whatever a student's own class may raise
        raise ValueError(f"an array of shape {shape} is expected") from None
    if P.dtype.kind not in "biuf":
        raise ValueError(f"an array of numbers is expected, of shape {shape}")
    if P.shape != (N, V):
        raise ValueError(f"the shape is {P.shape}, and should be {shape}")
    P = P.astype(np.float64)
    if not np.isfinite(P).all():
        raise ValueError("some probabilities are NaN or infinite")
    if (P < 0).any():
        raise ValueError(
            "every probability is negative or 0: are these logarithms?"
            if (P <= 0).all()
            else "some probabilities are negative: are these logits, before the softmax?"
        )
    if np.abs(P.sum(axis=1) - 1).max() > LARGEST_GAP:
        raise ValueError("the probabilities of the V words after a context do not sum to one")
    return P
