"""The continuous cache, against its equations in NumPy."""

from typing import Any

import keras
import numpy as np
import pytest
from small_models import END, make_model, make_text

from lmkit.adapting import ContinuousCache, continuous_cache
from lmkit.ngram.cache import recent_share
from lmkit.predictor import score


def read(model: Any, ids: Any) -> Any:
    """p (T, V) and h (T, H), of the whole text at once."""
    h, _ = model.hidden(ids[None, :-1], model.start(1))
    p = keras.ops.softmax(model.read_out(h), axis=-1)
    return np.asarray(p[0], np.float64), np.asarray(h[0], np.float64)


def cached_by_hand(model: Any, ids: Any, window: int, theta: float, weight: float) -> Any:
    """Equations 2 and 3 of Grave et al., word by word: p (T, V)."""
    p, h = read(model, ids)
    mixed = p.copy()
    for t in range(1, len(p)):
        p_cache = np.zeros(p.shape[1])
        for i in range(max(t - window, 0), t):
            p_cache[ids[i + 1]] += np.exp(theta * h[t] @ h[i])
        mixed[t] = (1 - weight) * p[t] + weight * p_cache / p_cache.sum()
    return mixed


@pytest.mark.parametrize(
    ("window", "piece", "theta"), [(1, 4, 0.5), (3, 7, 1.0), (5, 5, 2.0), (50, 6, 0.3), (9, 99, 0)]
)
def test_the_cache_is_its_equation_across_every_border(
    window: int, piece: int, theta: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(continuous_cache, "PIECE", piece)
    model, ids = make_model(), make_text(23)
    expected = cached_by_hand(model, ids, window, theta, 0.4)
    cached = ContinuousCache(model, window, theta, 0.4)
    of_words = expected[np.arange(23), ids[1:]]
    np.testing.assert_allclose(cached.score(ids), np.log(of_words), atol=2e-5)

    state = cached.start(1)
    parts = []
    for a, b in ((0, 1), (1, 2), (2, 12), (12, 13), (13, 23)):
        log_p, state = cached.log_probabilities(ids[None, a:b], state)
        parts.append(np.exp(log_p[0]))
    np.testing.assert_allclose(np.concatenate(parts), expected, atol=1e-5)
    np.testing.assert_allclose(np.concatenate(parts).sum(-1), 1, atol=1e-6)


def test_texts_side_by_side_have_caches_of_their_own() -> None:
    model = make_model()
    texts = np.stack([make_text(11, seed) for seed in (1, 2, 3)])
    cached = ContinuousCache(model, 4, 0.7, 0.5)
    first, state = cached.log_probabilities(texts[:, :4], cached.start(3))
    second, _ = cached.log_probabilities(texts[:, 4:-1], state)
    for n, ids in enumerate(texts):
        expected = cached_by_hand(model, ids, 4, 0.7, 0.5)
        found = np.exp(np.concatenate([first[n], second[n]]))
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_with_theta_0_it_is_the_unigram_cache() -> None:
    """A share, as `lmkit.ngram.Cache` counts it, of the words behind the first."""
    model, ids = make_model(), make_text(300)
    p, _ = read(model, ids)
    p_model = p[np.arange(300), ids[1:]]
    share = recent_share(ids[1:], 20)
    share[0] = p_model[0]
    found = ContinuousCache(model, 20, theta=0.0, weight=0.25).score(ids)
    np.testing.assert_allclose(np.exp(found), 0.75 * p_model + 0.25 * share, atol=1e-5)


def test_weight_0_is_the_model() -> None:
    model, ids = make_model(), make_text(50)
    np.testing.assert_allclose(
        ContinuousCache(model, weight=0.0).score(ids), score(model, ids), atol=1e-5
    )


def test_the_cache_is_tuned_to_the_best_of_its_grid() -> None:
    model = make_model()
    ids = np.concatenate([np.tile(make_text(9, s), 6) for s in range(5)])
    cached = ContinuousCache(model, window=15, theta=9.0, weight=0.9)
    mean = cached.tune(ids, thetas=(0.0, 1.0, 3.0))
    assert cached.score(ids).mean() == pytest.approx(mean, abs=1e-6)
    assert mean > score(model, ids).mean() + 0.2
    around = (cached.weight - 0.02, cached.weight + 0.02)
    for cached.theta in (0.0, 1.0, 3.0):
        for cached.weight in (0.05, 0.3, 0.6, 0.9, *around):
            assert cached.score(ids).mean() < mean + 1e-6


def test_where_no_cache_helps_the_model_is_left_alone() -> None:
    """A text without a word that comes again soon: every vote is for a wrong one."""
    model = make_model()
    ids = np.array([END, *[3, 4, 5, 6, 7] * 12], np.int32)
    cached = ContinuousCache(model, window=3, theta=2.0, weight=0.3)
    assert cached.score(ids).mean() < score(model, ids).mean() - 0.2
    mean = cached.tune(ids)
    assert cached.weight == 0
    assert mean == pytest.approx(score(model, ids).mean(), abs=1e-6)
    np.testing.assert_allclose(cached.score(ids), score(model, ids), atol=1e-5)


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda m: ContinuousCache(m, window=0), "window"),
        (lambda m: ContinuousCache(m, weight=1.5), "1.5"),
        (lambda m: ContinuousCache(m).score(np.array([1])), "none to predict"),
    ],
)
def test_what_makes_no_sense_is_refused(call: Any, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        call(make_model())
