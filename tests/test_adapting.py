"""Continuous cache, dynamic evaluation and interpolation, against their equations in NumPy."""

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from lmkit.adapting import (
    ContinuousCache,
    DynamicEvaluation,
    Interpolation,
    continuous_cache,
    gradient_rms,
)
from lmkit.em import mixture_weights
from lmkit.generation import sample
from lmkit.models import RecurrentLanguageModel
from lmkit.ngram import MLE, KneserNey, NgramPredictor
from lmkit.ngram.cache import recent_share
from lmkit.predictor import score
from lmkit.progress import Bar
from lmkit.vocabulary import Vocabulary

WORDS = ("a", "b", "c", "d", "e")
END = 1


@pytest.fixture
def eager() -> Iterator[None]:
    """Without XLA: to compile takes seconds, for every shape again."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


def make_model(units: Any = (4,)) -> Any:
    keras.utils.set_random_seed(3)
    return RecurrentLanguageModel(Vocabulary(WORDS), cell="rnn", units=units, init=1.0)


def make_text(length: int, seed: int = 0) -> Any:
    """</s>, and words with </s> now and then."""
    drawn = np.random.default_rng(seed).choice([1, 2, 3, 4, 5, 6, 7], size=length)
    return np.concatenate([[END], drawn]).astype(np.int32)


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


def adapted_by_hand(
    model: Any, ids: Any, T: int, rate: float, decay: float, rms: Any, epsilon: float
) -> Any:
    """The rule of Krause et al. on NumPy's arrays; only the gradient is TensorFlow's."""
    variables = model.trainable_variables
    trained = [v.numpy().astype(np.float64) for v in variables]
    theta = [w.copy() for w in trained]
    mean = 1.0 if rms is None else np.mean([r.mean() for r in rms])
    state, log_p = model.start(1), []
    for start in range(0, len(ids) - 1, T):
        tokens = ids[None, start : start + T][:, : len(ids) - 1 - start]
        targets = ids[start + 1 : start + 1 + T]
        with tf.GradientTape() as tape:
            logits, state = model.forward(tokens, state)
            each = tf.gather(tf.nn.log_softmax(logits[0]), targets, axis=1, batch_dims=1)
            loss = -tf.reduce_mean(each)
        log_p.extend(each.numpy())
        gradients = tape.gradient(loss, [v.value for v in variables])
        for i, g in enumerate(tf.convert_to_tensor(g).numpy() for g in gradients):
            if rms is None:
                step, norm = rate * g, np.ones(1)
            else:
                step, norm = rate * g / (rms[i] + epsilon), rms[i] / mean
            theta[i] += np.minimum(decay * norm, 1.0) * (trained[i] - theta[i]) - step
            variables[i].assign(theta[i])
    for variable, value in zip(variables, trained, strict=True):
        variable.assign(value)
    return np.array(log_p)


@pytest.mark.parametrize(
    ("rms", "rate", "decay", "words"),
    [(False, 0.5, 0.0, 4), (False, 0.25, 0.3, 5), (True, 0.01, 0.05, 3), (True, 0.02, 0.9, 7)],
)
@pytest.mark.usefixtures("eager")
def test_dynamic_evaluation_is_its_equation(
    rms: bool, rate: float, decay: float, words: int
) -> None:
    model, ids = make_model((5, 4)), make_text(31)
    rng = np.random.default_rng(2)
    sizes = [rng.gamma(1.0, 0.1, v.shape) for v in model.trainable_variables] if rms else None
    before = [v.numpy() for v in model.trainable_variables]
    adapting = DynamicEvaluation(model, sizes, rate=rate, decay=decay, epsilon=0.01, words=words)
    expected = adapted_by_hand(model, ids, words, rate, decay, sizes, 0.01)
    static = score(model, ids)
    for _ in range(2):  # the second time like the first: nothing is left of it
        found = adapting.score(ids)
        np.testing.assert_allclose(found, expected, atol=2e-4)
        for variable, value in zip(model.trainable_variables, before, strict=True):
            np.testing.assert_array_equal(variable.numpy(), value)
    np.testing.assert_allclose(found[:words], static[:words], atol=1e-5)
    assert np.abs(found[words:] - static[words:]).max() > 0.05


@pytest.mark.usefixtures("eager")
def test_a_rate_of_0_is_static_evaluation() -> None:
    model, ids = make_model(), make_text(29)
    rms = [np.ones(v.shape) for v in model.trainable_variables]
    for sizes in (None, rms):
        found = DynamicEvaluation(model, sizes, rate=0.0, decay=0.1, words=6).score(ids)
        np.testing.assert_allclose(found, score(model, ids), atol=1e-5)


def test_compiled_it_is_the_same() -> None:
    model, ids = make_model(), make_text(20)
    expected = adapted_by_hand(model, ids, 5, 0.25, 0.3, None, 0.0)
    found = DynamicEvaluation(model, rate=0.25, decay=0.3, words=5).score(ids)
    np.testing.assert_allclose(found, expected, atol=2e-4)


@pytest.mark.usefixtures("eager")
def test_weights_are_restored_when_it_is_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    model = make_model()
    before = [v.numpy() for v in model.trainable_variables]
    seen = []

    def interrupt(bar: Any, done: int) -> None:
        changed = [
            np.abs(v.numpy() - w).max()
            for v, w in zip(model.trainable_variables, before, strict=True)
        ]
        seen.append(max(changed))
        if done > 10:
            raise KeyboardInterrupt

    monkeypatch.setattr(Bar, "show", interrupt)
    with pytest.raises(KeyboardInterrupt):
        DynamicEvaluation(model, rate=0.5, decay=0.0, words=4).score(make_text(40))
    assert seen[-1] > 0.01
    for variable, value in zip(model.trainable_variables, before, strict=True):
        np.testing.assert_array_equal(variable.numpy(), value)


def test_the_gradients_root_mean_square() -> None:
    """Three rows side by side, the state carried, T = 4; what is left at the end is left out."""
    model, ids = make_model(), make_text(3 * 14 + 1)
    rows = ids[:-2].reshape(3, 14)
    following = ids[1:-1].reshape(3, 14)
    state = model.start(3)
    squares = [np.zeros(v.shape) for v in model.trainable_variables]
    for t in (0, 4, 8):
        with tf.GradientTape() as tape:
            logits, state = model.forward(rows[:, t : t + 4], state)
            loss = tf.reduce_mean(
                tf.nn.sparse_softmax_cross_entropy_with_logits(following[:, t : t + 4], logits)
            )
        gradients = tape.gradient(loss, [v.value for v in model.trainable_variables])
        for s, g in zip(squares, gradients, strict=True):
            s += tf.convert_to_tensor(g).numpy() ** 2
    found = gradient_rms(model, ids, rows=3, words=4)
    for r, s in zip(found, squares, strict=True):
        np.testing.assert_allclose(r, np.sqrt(s / 3), atol=1e-6)
    with pytest.raises(ValueError, match="fewer rows"):
        gradient_rms(model, ids, rows=20, words=4)


def test_dynamic_evaluation_is_tuned_and_helps_a_text_that_repeats_itself() -> None:
    model = make_model()
    ids = np.append(np.tile(make_text(7), 10), END)
    adapting = DynamicEvaluation(model, decay=0.0, words=4)
    mean = adapting.tune(ids, rates=(0.0, 0.125, 0.5), decays=(0.0, 0.5))
    assert adapting.rate > 0 and adapting.score(ids).mean() == pytest.approx(mean)
    assert mean > score(model, ids).mean() + 0.3
    assert score(adapting, ids).mean() == pytest.approx(mean)


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
        (lambda m: ContinuousCache(m, window=0), "window"),
        (lambda m: ContinuousCache(m, weight=1.5), "1.5"),
        (lambda m: ContinuousCache(m).score(np.array([1])), "none to predict"),
        (lambda m: DynamicEvaluation(m, rate=-1.0), "rate"),
        (lambda m: DynamicEvaluation(m, decay=2.0), "decay"),
        (lambda m: DynamicEvaluation(m, words=0), "words"),
        (lambda m: DynamicEvaluation(m).score(np.array([1])), "none to predict"),
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
