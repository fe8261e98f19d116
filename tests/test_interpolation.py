"""Interpolation: the weighted mean of several models, its weights by EM."""

from typing import Any

import numpy as np
import pytest
from small_models import WORDS, make_model, make_text

from lmkit.adapting import ContinuousCache, Interpolation
from lmkit.em import mixture_weights
from lmkit.generation import sample
from lmkit.ngram import MLE, KneserNey, NgramPredictor
from lmkit.predictor import score
from lmkit.vocabulary import Vocabulary


def n_gram(order: int, estimator: Any = KneserNey) -> Any:
    rng = np.random.default_rng(order)
    model = estimator(order)
    model.fit_sentences([list(rng.choice(WORDS, 6)) for _ in range(40)])
    return NgramPredictor(model, Vocabulary(WORDS))


def test_interpolation_is_the_weighted_mean() -> None:
    both, ids = [make_model(), n_gram(3)], make_text(40)
    mixed = Interpolation(both, [0.7, 0.3])
    p = [np.exp(score(model, ids)) for model in both]
    np.testing.assert_allclose(np.exp(mixed.score(ids)), 0.7 * p[0] + 0.3 * p[1], rtol=1e-5)
    first, state = mixed.log_probabilities(ids[None, :17], mixed.start(1))
    second, _ = mixed.log_probabilities(ids[None, 17:-1], state)
    every = np.concatenate([first[0], second[0]])
    np.testing.assert_allclose(np.exp(every).sum(-1), 1, rtol=1e-5)
    np.testing.assert_allclose(every[np.arange(40), ids[1:]], mixed.score(ids), atol=1e-5)


def test_all_of_it_in_one() -> None:
    """A cache over a neural model, with an n-gram model: it can be tuned, and can generate."""
    ids = make_text(60)
    mixed = Interpolation([ContinuousCache(make_model(), 9), n_gram(2)])
    assert mixed.tune(ids) == pytest.approx(mixed.score(ids).mean())
    texts = sample(mixed, ["a"], samples=3, length=6, seed=1)
    for text in texts:
        words = [*text.words, "</s>"] if text.ended else text.words
        row = mixed.vocabulary.encode(["</s>", "a", *words])
        np.testing.assert_allclose(text.log_p, mixed.score(row)[1:], atol=1e-4)


def test_the_weights_are_the_best_of_all() -> None:
    rng = np.random.default_rng(7)
    p = rng.dirichlet([0.3] * 5, size=(3, 200))[..., 0]
    p[:, 11] = 0.0  # no model thinks it possible
    weights = mixture_weights(p)
    possible = np.delete(p, 11, axis=1)
    best = np.log(weights @ possible).mean()
    assert weights.sum() == pytest.approx(1) and (weights > 0).all()
    for _ in range(300):
        other = rng.dirichlet([1, 1, 1])
        assert np.log(other @ possible).mean() <= best + 1e-9
        near = np.abs(weights + rng.normal(0, 0.01, 3))
        assert np.log(near / near.sum() @ possible).mean() <= best + 1e-7


def test_weights_by_hand() -> None:
    """Models that share no word: the weights are the shares of the words, 3 of 4 and 1 of 4."""
    p = np.array([[0.2, 0.5, 0.1, 0.0], [0.0, 0.0, 0.0, 0.9]])
    np.testing.assert_allclose(mixture_weights(p), [0.75, 0.25])
    with pytest.raises(ValueError, match="held-out"):
        mixture_weights(np.zeros((2, 5)))


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda m: Interpolation([m, n_gram(2)], [0.5, 0.6]), "sum 1"),
        (lambda m: Interpolation([m, n_gram(2)], [1.0]), "2 numbers"),
        (lambda m: Interpolation([]), "model"),
        (lambda m: Interpolation([m, NgramPredictor(other_words())]), "same ids"),
    ],
)
def test_what_makes_no_sense_is_refused(call: Any, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        call(make_model())


def other_words() -> Any:
    model = MLE(1)
    model.fit_sentences([["b", "a", "c"]])
    return model
