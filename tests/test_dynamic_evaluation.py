"""Dynamic evaluation, against the rule of Krause et al. in NumPy."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from small_models import END, make_model, make_text

from lmkit.adapting import DynamicEvaluation, gradient_rms
from lmkit.adapting.dynamic_evaluation import RATES
from lmkit.predictor import score
from lmkit.progress import Bar


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
    [
        (False, 0.25, 0.3, 5),
        (True, 0.01, 0.05, 3),
        pytest.param(False, 0.5, 0.0, 4, marks=pytest.mark.slow),
        pytest.param(True, 0.02, 0.9, 7, marks=pytest.mark.slow),
    ],
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
def test_a_rate_of_0_or_nearly_is_static_evaluation() -> None:
    model, ids = make_model(), make_text(29)
    rms = [np.ones(v.shape) for v in model.trainable_variables]
    for sizes, rate in ((None, 0.0), (rms, 0.0), (None, 1e-9), (rms, 1e-9)):
        found = DynamicEvaluation(model, sizes, rate=rate, decay=0.1, words=6).score(ids)
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


@pytest.mark.usefixtures("eager")
def test_where_every_rate_harms_nothing_is_adapted() -> None:
    """Weights that hardly had a gradient in training are thrown far by any of the usual rates."""
    model, ids = make_model(), make_text(30)
    still = [np.full(v.shape, 1e-9) for v in model.trainable_variables]
    adapting = DynamicEvaluation(model, still, epsilon=1e-6)
    static = score(model, ids).mean()
    for adapting.rate in RATES[1:]:
        assert adapting.score(ids).mean() < static - 0.1
    assert adapting.tune(ids) == pytest.approx(static, abs=1e-6)
    assert adapting.rate == 0


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda m: DynamicEvaluation(m, rate=-1.0), "rate"),
        (lambda m: DynamicEvaluation(m, decay=2.0), "decay"),
        (lambda m: DynamicEvaluation(m, words=0), "words"),
        (lambda m: DynamicEvaluation(m).score(np.array([1])), "none to predict"),
    ],
)
def test_what_makes_no_sense_is_refused(call: Any, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        call(make_model())
