"""Gradient clipping by the global norm."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from lmkit.by_hand import clip_by_global_norm, global_norm
from lmkit.by_hand.types import Array

GRADIENTS = st.lists(
    arrays(
        np.float64,
        array_shapes(min_dims=0, max_dims=3, max_side=4),
        elements=st.floats(-1e6, 1e6),
    ),
    min_size=1,
    max_size=4,
)
THRESHOLDS = st.floats(1e-3, 1e4)


def flat(gradients: list[Array]) -> Array:
    return np.concatenate([g.ravel() for g in gradients])


def test_norm_by_hand() -> None:
    # 3^2 + 4^2 + 12^2 = 169 = 13^2, over all the arrays together.
    assert global_norm([np.array([[3.0, -4.0]]), np.array(12.0)]) == pytest.approx(13.0)


def test_norm_of_nothing_is_zero() -> None:
    assert global_norm([]) == 0.0


def test_clipping_by_hand() -> None:
    # The norm is 13; cut to 6.5, everything is halved. Each array by its own norm (5 and 12)
    # or each entry by value would give something else.
    clipped = clip_by_global_norm([np.array([[3.0, -4.0]]), np.array([12.0])], 6.5)
    np.testing.assert_allclose(clipped[0], [[1.5, -2.0]])
    np.testing.assert_allclose(clipped[1], [6.0])


@settings(deadline=None)
@given(GRADIENTS, THRESHOLDS)
def test_norm_is_never_above_the_threshold(gradients: list[Array], threshold: float) -> None:
    clipped = clip_by_global_norm(gradients, threshold)
    assert global_norm(clipped) <= threshold * (1 + 1e-12)
    assert [c.shape for c in clipped] == [g.shape for g in gradients]


@settings(deadline=None)
@given(GRADIENTS, THRESHOLDS)
def test_direction_stays(gradients: list[Array], threshold: float) -> None:
    before, after = flat(gradients), flat(clip_by_global_norm(gradients, threshold))
    norm = float(np.linalg.norm(before))
    length = min(norm, threshold)
    np.testing.assert_allclose(after * norm, before * length, rtol=1e-9, atol=1e-9)


@settings(deadline=None)
@given(GRADIENTS, st.floats(1.0, 3.0))
def test_unchanged_up_to_the_threshold(gradients: list[Array], slack: float) -> None:
    threshold = max(global_norm(gradients), 1e-3) * slack
    for after, before in zip(clip_by_global_norm(gradients, threshold), gradients, strict=True):
        np.testing.assert_array_equal(after, before)


@pytest.mark.parametrize("threshold", [0.5, 3.0, 100.0])
def test_clipping_is_tensorflows(threshold: float) -> None:
    rng = np.random.default_rng(0)
    gradients = [rng.standard_normal((4, 3)), rng.standard_normal(5), rng.standard_normal((2, 6))]
    expected, norm = tf.clip_by_global_norm([tf.constant(g) for g in gradients], threshold)
    assert global_norm(gradients) == pytest.approx(float(norm), abs=1e-10)
    for ours, theirs in zip(clip_by_global_norm(gradients, threshold), expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-10)


@pytest.mark.parametrize("threshold", [1.0, 1e3])
def test_the_gradients_given_stay_as_they_are(threshold: float) -> None:
    gradient = np.array([3.0, -4.0])
    (clipped,) = clip_by_global_norm([gradient], threshold)
    clipped[:] = 99.0
    np.testing.assert_array_equal(gradient, [3.0, -4.0])


@pytest.mark.parametrize("threshold", [0.0, -1.0, float("nan")])
def test_threshold_not_above_zero_is_refused(threshold: float) -> None:
    with pytest.raises(ValueError, match=f"threshold = {threshold}"):
        clip_by_global_norm([np.array([3.0, 4.0])], threshold)
