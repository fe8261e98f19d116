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


def apart_by_hand(logits: Any, likeness: Any, tau: float) -> Any:
    """Section 3, word by word, float64: (N, T)."""
    J = np.zeros(logits.shape[:2])
    for place in np.ndindex(J.shape):
        soft, predicted = softmax(likeness[place] / tau), softmax(logits[place] / tau)
        J[place] = sum(y * np.log(y / p) for y, p in zip(soft, predicted, strict=True))
    return J


def drawn() -> Any:
    """Logits (N, T, V), and E u of the words that came (N, T, V)."""
    rng = np.random.default_rng(11)
    vectors, words = rng.normal(size=(V, E)), rng.integers(0, V, (N, T))
    return rng.normal(0, 2, (N, T, V)), vectors[words] @ vectors.T


def test_it_is_its_equation() -> None:
    logits, likeness = drawn()
    for tau in (0.5, 1.0, 20.0):
        found = augmented_loss(logits, likeness, tau)
        np.testing.assert_allclose(found, apart_by_hand(logits, likeness, tau), atol=1e-6)


def test_its_gradients_are_those_of_finite_differences() -> None:
    both = drawn()
    tensors = [tf.constant(array) for array in both]
    with tf.GradientTape() as tape:
        tape.watch(tensors)
        J = keras.ops.sum(augmented_loss(tensors[0], tensors[1], TAU))
    for which, gradient in enumerate(tape.gradient(J, tensors)):
        step, numeric = 1e-5, np.zeros((N, T, V))
        for place in np.ndindex(numeric.shape):
            sides = []
            for change in (step, -step):
                changed = [array.copy() for array in both]
                changed[which][place] += change
                sides.append(apart_by_hand(changed[0], changed[1], TAU).sum())
            numeric[place] = (sides[0] - sides[1]) / (2 * step)
        np.testing.assert_allclose(gradient, numeric, atol=1e-6)


def test_a_prediction_that_is_the_soft_target_costs_nothing() -> None:
    _, likeness = drawn()
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
        np.asarray(logits, np.float64)[..., 1:], found[..., 1:].astype(np.float64), TAU
    )  # as if there were no <s>
    np.testing.assert_allclose(augmented_loss(logits, found, TAU), every, atol=1e-5)


@pytest.mark.parametrize("summed", [False, True])
def test_a_step_of_training_goes_down_the_sum_of_both(summed: bool) -> None:
    """theta - rate * gradient of J + alpha J_aug, as TensorFlow has it of the equations."""
    keras.utils.set_random_seed(4)
    model = RecurrentLanguageModel(V, cell="rnn", units=(E,), embedding=E, tied=True, init=0.8)
    before = checkpoints.copies(model.trainable_variables)
    x, y = TEXT[None, :-1], TEXT[None, 1:]
    with tf.GradientTape() as tape:
        logits = model(x)
        J = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, logits))
        E_u = tf.gather(model.E.value, y) @ tf.transpose(model.E.value)
        soft, predicted = tf.nn.softmax(E_u / TAU), tf.nn.softmax(logits / TAU)
        apart = tf.reduce_sum(soft * tf.math.log(soft / predicted), axis=-1)
        loss = (J + ALPHA * tf.reduce_mean(apart)) * (24 if summed else 1)
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
