"""The unigram cache."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmkit.metrics import perplexity
from lmkit.ngram import MLE, Cache, ModifiedKneserNey, WittenBell
from lmkit.ngram.cache import recent_share


@given(st.lists(st.integers(0, 4), min_size=1, max_size=40), st.integers(1, 10))
def test_the_share_is_that_of_the_last_words(ids: Any, length: int) -> None:
    share = recent_share(np.array(ids, np.int32), length)
    for i, word in enumerate(ids):
        recent = ids[max(i - length, 0) : i]
        assert share[i] == pytest.approx(recent.count(word) / max(len(recent), 1))


def test_by_hand() -> None:
    """a a b of 4 words with </s>: p(a) = 2/4, p(b) = p(</s>) = 1/4; cache of 2, weight 1/2.

    a: nothing in the cache, 1/2. a: after a, (1/2 + 1)/2. b: after a a, (1/4 + 0)/2.
    </s>: after a b, (1/4 + 0)/2. Next sentence, b: after b </s>, (1/4 + 1/2)/2.
    """
    model = MLE(1)
    model.fit_sentences([["a", "a", "b"]])
    p = np.exp(Cache(model, length=2, weight=0.5).log_probabilities([["a", "a", "b"], ["b"]]))
    np.testing.assert_allclose(p[:5], [1 / 2, 3 / 4, 1 / 8, 1 / 8, 3 / 8])


def test_weight_0_is_the_model() -> None:
    model = ModifiedKneserNey(2)
    model.fit_sentences([["a", "b"], ["b", "c", "a"]])
    text = [["c", "a"], ["b"]]
    cached = Cache(model, weight=0.0)
    np.testing.assert_allclose(cached.log_probabilities(text), model.log_probabilities(text))


def test_tuning_finds_the_best_and_helps_a_text_that_repeats_itself() -> None:
    rng = np.random.default_rng(6)
    model = WittenBell(2)
    topics = [rng.integers(0, 60, 6) for _ in range(40)]
    text = [[f"w{w}" for w in rng.choice(t, 8)] for t in topics for _ in range(4)]
    model.fit_sentences(text)
    held_out = text[::-1]
    cached = Cache(model, 1000, 0.01)
    worse = perplexity(cached.log_probabilities(held_out))
    mean = cached.tune(held_out)
    best = perplexity(cached.log_probabilities(held_out))
    assert best < worse and best == pytest.approx(np.exp(-mean))
    for weight in (cached.weight - 0.02, cached.weight + 0.02):
        other = Cache(model, cached.length, weight)
        assert perplexity(other.log_probabilities(held_out)) > best


def test_it_can_be_fitted_itself() -> None:
    cached = Cache(MLE(1))
    cached.fit_sentences([["a", "b"]])
    assert cached.score("a") == pytest.approx(1 / 3)
    assert cached.score("a", ["a"]) == pytest.approx(0.9 / 3 + 0.1)
