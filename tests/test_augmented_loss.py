"""The augmented loss of Inan et al., against its equations in NumPy and finite differences."""

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from lmkit.losses import augmented_loss
from lmkit.models import MixtureLanguageModel, RecurrentLanguageModel, WindowLanguageModel
from lmkit.training import Decay, Plan, Trainer, checkpoints
from lmkit.vocabulary import Vocabulary

N, T, V, E = 2, 3, 7, 4
TAU, ALPHA = 2.5, 1.7
TEXT = np.random.default_rng(2).integers(0, V, 25).astype(np.int32)


def softmax(a: Any) -> Any:
    e = np.exp(a - a.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def apart_by_hand(logits: Any, vectors: Any, words: Any, tau: float) -> Any:
    """Section 3, word by word, float64: (N, T)."""
    J = np.zeros(words.shape)
    for place in np.ndindex(words.shape):
        u = vectors[words[place]]
        soft, predicted = softmax(vectors @ u / tau), softmax(logits[place] / tau)
        J[place] = sum(y * np.log(y / p) for y, p in zip(soft, predicted, strict=True))
    return J


def drawn() -> Any:
    """Logits (N, T, V), word vectors (V, E), the words that came (N, T)."""
    rng = np.random.default_rng(11)
    return rng.normal(0, 2, (N, T, V)), rng.normal(size=(V, E)), rng.integers(0, V, (N, T))


def test_it_is_its_equation() -> None:
    logits, vectors, words = drawn()
    for tau in (0.5, 1.0, 20.0):
        found = augmented_loss(logits, vectors[words] @ vectors.T, tau)
        np.testing.assert_allclose(found, apart_by_hand(logits, vectors, words, tau), atol=1e-6)


def test_its_gradient_is_that_of_finite_differences_and_leaves_the_target_alone() -> None:
    logits, vectors, words = drawn()
    z, likeness = tf.constant(logits), tf.constant(vectors[words] @ vectors.T)
    with tf.GradientTape() as tape:
        tape.watch([z, likeness])
        J = keras.ops.sum(augmented_loss(z, likeness, TAU))
    by_logits, by_target = tape.gradient(J, [z, likeness])
    assert by_target is None

    step, numeric = 1e-5, np.zeros_like(logits)
    for place in np.ndindex(logits.shape):
        changed = logits.copy()
        changed[place] += step
        above = apart_by_hand(changed, vectors, words, TAU).sum()
        changed[place] -= 2 * step
        numeric[place] = (above - apart_by_hand(changed, vectors, words, TAU).sum()) / (2 * step)
    np.testing.assert_allclose(by_logits, numeric, atol=1e-6)


def test_a_prediction_that_is_the_soft_target_costs_nothing() -> None:
    _, vectors, words = drawn()
    likeness = vectors[words] @ vectors.T
    np.testing.assert_allclose(augmented_loss(likeness + 3.0, likeness, TAU), 0, atol=1e-6)


@pytest.mark.parametrize("kind", ["recurrent", "window", "mixture"])
def test_every_model_knows_how_alike_its_words_are(kind: str) -> None:
    vocabulary = Vocabulary(["a", "b", "c", "d"])
    kinds: dict[str, Any] = {
        "recurrent": lambda: RecurrentLanguageModel(vocabulary, units=(E,)),
        "window": lambda: WindowLanguageModel(vocabulary, order=3, embedding=E, units=5),
        "mixture": lambda: MixtureLanguageModel(vocabulary, units=(5,), embedding=E, softmaxes=2),
    }
    model = kinds[kind]()
    words = np.array([[1, 3, 6], [5, 4, 2]], np.int32)
    vectors = np.asarray(model.E, np.float64)
    found = np.asarray(model.likeness(words))
    np.testing.assert_allclose(found[..., 1:], (vectors[words] @ vectors.T)[..., 1:], atol=1e-5)
    assert found[..., 0].max() < -1e3  # <s>, which is never predicted

    logits, _ = model.forward(words, model.start(2))
    every = apart_by_hand(
        np.asarray(logits, np.float64)[..., 1:], vectors[1:], words - 1, TAU
    )  # as if there were no <s>
    np.testing.assert_allclose(augmented_loss(logits, found, TAU), every, atol=1e-5)


@pytest.mark.parametrize("summed", [False, True])
def test_a_step_of_training_goes_down_the_sum_of_both(summed: bool) -> None:
    """theta - rate * gradient of J + alpha J_aug, as TensorFlow has it of the equations."""
    keras.utils.set_random_seed(4)
    model = RecurrentLanguageModel(V, cell="rnn", units=(E,), embedding=E, tied=True, init=0.8)
    before = checkpoints.copies(model.trainable_variables)
    x, y = TEXT[None, :-1], TEXT[None, 1:]
    vectors = tf.constant(np.asarray(model.E))
    soft = tf.nn.softmax(tf.gather(vectors, y) @ tf.transpose(vectors) / TAU)
    with tf.GradientTape() as tape:
        logits = model(x)
        J = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, logits))
        cross = tf.nn.softmax_cross_entropy_with_logits(soft, logits / TAU)
        # The target's entropy is what cross entropy has more than D_KL; it has no gradient.
        loss = (J + ALPHA * tf.reduce_mean(cross)) * (24 if summed else 1)
    gradients = tape.gradient(loss, [v.value for v in model.trainable_variables])

    plan = Plan(
        rows=1, steps=24, epochs=1, schedule=Decay(0.01), clip=None, sum_over_time=summed,
        augmented=ALPHA, temperature=TAU,
    )  # fmt: skip
    (epoch,) = Trainer(model, plan, TEXT, TEXT).fit()

    after = checkpoints.copies(model.trainable_variables)
    for w, now, g in zip(before, after, gradients, strict=True):
        np.testing.assert_allclose(now, w - 0.01 * tf.convert_to_tensor(g), atol=2e-6)
    assert epoch.train == pytest.approx(float(np.exp(J)), rel=1e-4)  # J alone is what is told


def test_a_temperature_of_0_is_refused() -> None:
    with pytest.raises(ValueError, match="above 0, not 0"):
        Plan(temperature=0)
