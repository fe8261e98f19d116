"""Cross entropy, perplexity and bits per character, from log probabilities."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import ArrayLike

from lmkit import by_hand
from lmkit.by_hand.types import Array
from lmkit.metrics import bits_per_character, cross_entropy, perplexity

METRICS = pytest.mark.parametrize("metric", [cross_entropy, perplexity, bits_per_character])
Metric = Callable[..., float]
LOG_P = arrays(np.float64, array_shapes(max_dims=3, max_side=5), elements=st.floats(-50.0, 0.0))


def test_by_hand() -> None:
    # Probabilities 1/2, 1/4, 1/8, 1/4: 1 + 2 + 3 + 2 = 8 bits for 4 characters, 2 bits each.
    # In nats 2 log 2 = 1.386294; the perplexity is 2^2 = 4.
    log_p = np.log([[0.5, 0.25], [0.125, 0.25]])
    assert bits_per_character(log_p) == pytest.approx(2.0, rel=1e-14)
    assert cross_entropy(log_p) == pytest.approx(1.3862943611, abs=1e-10)
    assert perplexity(log_p) == pytest.approx(4.0, rel=1e-14)


def test_mean_is_over_tokens_not_over_sentences() -> None:
    # One token at 1/2, then three at 1/16: (1 + 3 * 4) / 4 = 3.25 bits. The mean of the sentences'
    # means would be (1 + 4) / 2 = 2.5 bits.
    log_p = np.log([[1 / 2, 1.0, 1.0], [1 / 16, 1 / 16, 1 / 16]])
    mask = [[1, 0, 0], [1, 1, 1]]
    assert bits_per_character(log_p, mask) == pytest.approx(3.25, rel=1e-14)
    assert perplexity(log_p, mask) == pytest.approx(2**3.25, rel=1e-13)


@settings(deadline=None)
@given(st.integers(1, 10**6), st.integers(1, 40))
def test_uniform_model_has_perplexity_V(V: int, tokens: int) -> None:
    log_p = np.full(tokens, -np.log(V))
    assert perplexity(log_p) == pytest.approx(V, rel=1e-12)
    assert bits_per_character(log_p) == pytest.approx(np.log2(V), rel=1e-12)


@settings(deadline=None)
@given(LOG_P)
def test_the_three_are_one(log_p: Array) -> None:
    nats = cross_entropy(log_p)
    assert nats == pytest.approx(float(-np.mean(log_p)), rel=1e-12)
    assert perplexity(log_p) == pytest.approx(np.exp(nats), rel=1e-12)
    assert 2 ** bits_per_character(log_p) == pytest.approx(perplexity(log_p), rel=1e-10)


@settings(deadline=None)
@given(LOG_P, st.data())
def test_a_mask_is_the_selection_of_what_counts(log_p: Array, data: st.DataObject) -> None:
    mask = data.draw(arrays(np.bool_, log_p.shape).filter(lambda m: bool(m.any())))
    for metric in (cross_entropy, perplexity, bits_per_character):
        expected = metric(log_p[mask])
        assert metric(log_p, mask) == expected
        assert metric(log_p, mask.astype(np.int32)) == expected
        assert metric(log_p.tolist(), mask.astype(np.float64).tolist()) == expected


@METRICS
def test_what_is_masked_out_may_be_anything(metric: Metric) -> None:
    padded = [[-1.0, -2.0, np.nan], [-3.0, 7.0, -np.inf]]
    mask = [[1, 1, 0], [1, 0, 0]]
    assert metric(padded, mask) == metric([-1.0, -2.0, -3.0])


def test_cross_entropy_is_the_loss_of_the_logits() -> None:
    rng = np.random.default_rng(0)
    logits, targets = rng.standard_normal((3, 4, 6)), rng.integers(0, 6, size=(3, 4))
    log_p = np.take_along_axis(by_hand.log_softmax(logits), targets[..., None], axis=-1)
    assert cross_entropy(log_p) == pytest.approx(by_hand.cross_entropy(logits, targets), rel=1e-14)


@METRICS
def test_probability_zero_costs_infinitely_much(metric: Metric) -> None:
    with np.errstate(all="raise"):
        assert metric([-1.0, -np.inf]) == np.inf


def test_certainty_costs_nothing() -> None:
    assert cross_entropy([0.0, 0.0]) == 0.0
    assert perplexity([0.0, 0.0]) == 1.0
    assert bits_per_character([0.0, 0.0]) == 0.0


@METRICS
@pytest.mark.parametrize(
    ("log_p", "mask", "message"),
    [
        ([], None, "no token is counted"),
        ([-1.0, -2.0], [0, 0], "no token is counted"),
        (np.full((2, 3), -1.0), np.ones((3, 2)), r"\(3, 2\), log_p \(2, 3\)"),
        ([-1.0, -2.0], [1], r"\(1,\), log_p \(2,\)"),  # would broadcast
        ([-1.0, 0.5], None, "0.5: pass log p, not p"),
        ([-1.0, -2.0, 3.0], [1, 0, 1], "3.0: pass log p, not p"),
        ([-1.0, np.inf], None, "between -inf and 0"),
        ([-1.0, np.nan], None, "between -inf and 0, this one is nan"),
    ],
)
def test_errors(metric: Metric, log_p: ArrayLike, mask: ArrayLike | None, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        metric(log_p, mask)
