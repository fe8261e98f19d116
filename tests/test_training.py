"""Truncated BPTT with the state carried: its gradients, its borders, its clipping, its averages."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from lmkit.files import DamagedFileError
from lmkit.metrics import perplexity
from lmkit.models import RecurrentLanguageModel, WindowLanguageModel
from lmkit.training import Decay, Evaluation, Plan, Trainer, checkpoints
from lmkit.training.compiled import Step, averaged, clip, look
from lmkit.training.monte_carlo import monte_carlo

V = 9
TEXT = np.random.default_rng(2).integers(0, V, 62).astype(np.int32)
STILL = Decay(0.0)


def small(**options: Any) -> Any:
    keras.utils.set_random_seed(4)
    return RecurrentLanguageModel(V, **{"units": (6,), "embedding": 4, "init": 0.5, **options})


def weights(model: Any) -> Any:
    return checkpoints.copies(model.trainable_variables)


def test_with_T_the_whole_text_it_is_one_long_backward_pass() -> None:
    model = small(units=(6, 5))
    before = weights(model)
    x, y = TEXT[None, :-1], TEXT[None, 1:]
    with tf.GradientTape() as tape:
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(y, model(x))
        J = tf.reduce_mean(losses)
    gradients = tape.gradient(J, [v.value for v in model.trainable_variables])

    plan = Plan(rows=1, steps=61, epochs=1, schedule=Decay(0.3), clip=None)
    Trainer(model, plan, TEXT, TEXT).fit()

    for w, now, g in zip(before, weights(model), gradients, strict=True):
        np.testing.assert_allclose(now, w - 0.3 * tf.convert_to_tensor(g), atol=2e-6)


def test_no_words_loss_is_left_out_at_a_border_and_the_state_goes_across() -> None:
    model = small()
    J = [
        Trainer(model, Plan(rows=1, steps=T, epochs=1, schedule=STILL), TEXT, TEXT).fit()[0].train
        for T in (7, 61)
    ]
    log_p, _ = model.log_probabilities(TEXT[None, :-1], model.start(1))
    of_y = np.take_along_axis(np.asarray(log_p)[0], TEXT[1:, None], axis=-1)

    np.testing.assert_allclose(J, perplexity(of_y), rtol=1e-5)


@pytest.mark.parametrize("kind", ["recurrent", "window"])
def test_a_text_is_evaluated_to_the_same_in_batches_of_any_size(kind: str) -> None:
    model = small() if kind == "recurrent" else WindowLanguageModel(V, order=3, init=0.5)
    scores = [Evaluation(model, batch)(TEXT) for batch in (7, 500)]

    log_p, _ = model.log_probabilities(TEXT[None, :-1], model.start(1))
    expected = np.take_along_axis(np.asarray(log_p)[0], TEXT[1:, None], axis=-1)[:, 0]
    for each in scores:
        np.testing.assert_allclose(each, expected, atol=1e-5)


def test_the_norm_is_that_of_all_gradients_together() -> None:
    # ||(3, 0), (4)|| = 5; at most 2.5: halved. At most 6: as they are.
    gradients = [np.array([3.0, 0.0], np.float32), np.array([4.0], np.float32)]

    assert [g.numpy().tolist() for g in clip(gradients, 2.5)] == [[1.5, 0.0], [2.0]]
    assert [g.numpy().tolist() for g in clip(gradients, 6.0)] == [[3.0, 0.0], [4.0]]


def test_a_word_that_comes_twice_counts_once_in_the_norm() -> None:
    # Keras's global_clipnorm takes the two slices of an embedding's gradient for two gradients.
    # E[3] is read twice with gradient 1 each: the gradient is (2,), not (1, 1): norm 2, not 1.41.
    model = keras.Sequential([keras.layers.Embedding(5, 1)])
    model.build((None, 2))
    before = weights(model)[0]

    def objective(tokens: Any) -> Any:
        total = keras.ops.sum(model(tokens))
        return total, total

    step = Step(model, objective, keras.optimizers.SGD(1.0), most=1.0)
    step(np.array([[3, 3]], np.int32))

    moved = before - weights(model)[0]
    np.testing.assert_allclose(moved[:, 0], [0, 0, 0, 1, 0], atol=1e-6)


@pytest.mark.parametrize("gpu", [True, False])
def test_training_is_left_to_xla_on_a_gpu_alone(monkeypatch: pytest.MonkeyPatch, gpu: bool) -> None:
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [kind] * gpu)
    model = small(dropout_output=0.2)
    step: Any = Step(model, lambda x: (keras.ops.sum(model(x)),) * 2, keras.optimizers.SGD(0.1))
    assert step._run._jit_compile == gpu
    step(np.array([[3, 3]], np.int32))  # and both ways train
    assert look(model, model.forward)._jit_compile  # type: ignore[attr-defined]
    assert look(model, model.forward, training=True)._jit_compile == gpu  # type: ignore[attr-defined]


def test_the_running_mean_is_the_mean_of_the_weights_after_each_step() -> None:
    # 4, 8 and 3 come in: 4, then 4 + (8 - 4) / 2 = 6, then 6 + (3 - 6) / 3 = 5 = (4 + 8 + 3) / 3.
    mean = np.zeros(1)
    seen = []
    for k, w in enumerate([4.0, 8.0, 3.0], start=1):
        (mean,) = averaged([mean], [np.array([w])], 1 / k)
        seen.append(float(mean[0]))
    assert seen == pytest.approx([4, 6, 5])


def test_averaged_training_validates_the_mean_of_its_weights() -> None:
    model = small()
    plan = Plan(rows=1, steps=20, epochs=1, schedule=Decay(0.5), clip=None, patience=0)
    trainer = Trainer(model, plan, TEXT, TEXT)
    (epoch,) = trainer.fit()

    plain = small()
    after = []
    state = plain.start(1)
    for start in range(0, 61, 20):
        x, y = TEXT[None, start : min(start + 20, 61)], TEXT[None, start + 1 : start + 21]
        with tf.GradientTape() as tape:
            logits, state = plain.forward(x, state)
            J = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, logits))
        for v, g in zip(
            plain.trainable_variables,
            tape.gradient(J, [v.value for v in plain.trainable_variables]),
            strict=True,
        ):
            v.assign(v - 0.5 * tf.convert_to_tensor(g))
        after.append(weights(plain))
    for got, *each in zip(weights(model), *after, strict=True):
        np.testing.assert_allclose(got, np.mean(each, axis=0), atol=1e-5)
    assert epoch.averaged and epoch.valid == pytest.approx(
        perplexity(trainer.evaluate(TEXT)), rel=1e-5
    )


NOISY = Plan(
    rows=2, steps=10, epochs=3, varied=True, clip=0.5, schedule=Decay(1.0), weight_decay=1e-3,
    patience=0, activation=2.0, temporal=1.0, sum_over_time=True,
)  # fmt: skip


class Killed(Exception):
    pass


@pytest.mark.usefixtures("eager")
def test_taken_up_from_any_checkpoint_it_ends_as_if_nothing_had_been(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def trainer(folder: Path) -> Any:
        model = small(
            dropout_words=0.1, dropout_input=0.2, weight_drop=0.3, recurrent_dropout=0.1, seed=3
        )
        return Trainer(model, NOISY, TEXT, TEXT, folder=folder, save_every=0.0)

    undisturbed = trainer(tmp_path / "whole")
    expected = undisturbed.fit()

    saved = checkpoints.save
    steps = []

    def dies(path: Any, kinds: Any, facts: Any) -> None:
        saved(path, kinds, facts)
        if path.name == "checkpoint.npz":
            steps.append(path)
            if len(steps) in (2, 6):
                raise Killed

    monkeypatch.setattr(checkpoints, "save", dies)
    for _ in range(2):
        with pytest.raises(Killed):
            trainer(tmp_path / "killed").fit()
    last = trainer(tmp_path / "killed")
    epochs = last.fit()

    assert [(e.train, e.valid) for e in epochs] == [(e.train, e.valid) for e in expected]
    for one, other in zip(weights(last.model), weights(undisturbed.model), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_checkpoint_cut_in_half_or_of_another_run_is_refused(tmp_path: Path) -> None:
    plan = Plan(rows=1, steps=61, epochs=1, schedule=STILL)
    Trainer(small(), plan, TEXT, TEXT, folder=tmp_path).fit()
    path = tmp_path / "checkpoint.npz"

    with pytest.raises(DamagedFileError, match="another text or other settings"):
        Trainer(small(), plan, TEXT[:40], TEXT, folder=tmp_path).fit()
    with pytest.raises(DamagedFileError, match="not of this model"):
        Trainer(small(units=(7,)), plan, TEXT, TEXT, folder=tmp_path).fit()
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(DamagedFileError, match=r"checkpoint\.npz .* cut off"):
        Trainer(small(), plan, TEXT, TEXT, folder=tmp_path).fit()


def test_a_chunk_of_one_word_has_nothing_to_be_slow_between() -> None:
    plan = Plan(rows=1, steps=60, epochs=1, schedule=Decay(0.1), temporal=1.0)
    (epoch,) = Trainer(small(), plan, TEXT, TEXT).fit()  # 61 words: 60 and 1

    assert np.isfinite(epoch.valid)


@pytest.mark.usefixtures("eager")
def test_monte_carlo_dropout_keeps_its_masks_from_the_first_word_to_the_last() -> None:
    model = small(dropout_input=0.3, dropout_output=0.4, recurrent_dropout=0.2, locked=True, seed=1)
    pieces, whole = (monte_carlo(model, TEXT, 3, rows=2, batch=b) for b in (13, 100))
    np.testing.assert_allclose(pieces, whole, atol=1e-5)

    plain = small(locked=True)  # no noise: the mean is the model itself
    np.testing.assert_allclose(
        monte_carlo(plain, TEXT, 3, rows=2), Evaluation(plain)(TEXT), atol=1e-5
    )
    assert np.abs(whole - Evaluation(model)(TEXT)).max() > 1e-3
    with pytest.raises(ValueError, match="locked=True"):
        monte_carlo(small(dropout_input=0.3), TEXT)
