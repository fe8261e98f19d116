"""Language models: the state is carried, the equations are the lecture's, the noise is where it
belongs."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from lmkit.by_hand.lstm import lstm_step
from lmkit.losses import Perplexity, cross_entropy
from lmkit.metrics import perplexity
from lmkit.models import MixtureLanguageModel, RecurrentLanguageModel, WindowLanguageModel
from lmkit.vocabulary import Vocabulary

V, N, T = 11, 3, 8
TOKENS = np.random.default_rng(5).integers(0, V, (N, T)).astype(np.int32)

MODELS: dict[str, Any] = {
    "lstm": lambda: RecurrentLanguageModel(V, units=(6, 7), embedding=5),
    "tied": lambda: RecurrentLanguageModel(V, cell="gru", units=(4, 5), embedding=5, tied=True),
    "rhn": lambda: RecurrentLanguageModel(V, cell="rhn", units=(5,), cell_options={"depth": 2}),
    "mut2": lambda: RecurrentLanguageModel(V, cell="mut2", units=(5,), embedding=4),
    "window": lambda: WindowLanguageModel(V, order=4, embedding=5, units=6),
    "mixture": lambda: MixtureLanguageModel(V, softmaxes=3, units=(6, 7), embedding=5),
}


def softmax(a: Any) -> Any:
    e = np.exp(a - a.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def sigma(a: Any) -> Any:
    return 1 / (1 + np.exp(-a))


def values(model: Any) -> Any:
    """The weights by their names."""
    return {v.path.split("/", 1)[-1]: np.asarray(v, np.float64) for v in model.trainable_variables}


@pytest.mark.parametrize("name", MODELS)
def test_a_text_in_pieces_is_the_text_in_one(name: str) -> None:
    model = MODELS[name]()
    whole, end = model.log_probabilities(TOKENS, model.start(N))
    state, pieces = model.start(N), []
    for a, b in [(0, 1), (1, 6), (6, 8)]:
        log_p, state = model.log_probabilities(TOKENS[:, a:b], state)
        pieces.append(log_p)

    np.testing.assert_allclose(np.concatenate(pieces, axis=1), whole, atol=1e-5)
    np.testing.assert_allclose(np.exp(whole).sum(axis=-1), 1, atol=1e-5)
    for one, other in zip(keras.tree.flatten(state), keras.tree.flatten(end), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


@pytest.mark.parametrize("name", MODELS)
def test_its_arguments_make_the_same_model_again(name: str) -> None:
    model = MODELS[name]()
    again = type(model).from_config(model.get_config())
    again.set_weights(model.get_weights())

    np.testing.assert_allclose(again(TOKENS), model(TOKENS), atol=1e-6)


def test_the_lstm_is_the_one_by_hand() -> None:
    model = RecurrentLanguageModel(V, units=(6,), embedding=5, init=0.7)
    w = values(model)
    W_x, W_h, b = (next(w[k] for k in w if k.endswith(end)) for end in ("W_x", "W_h", "/b"))
    h, c = np.zeros((N, 6)), np.zeros((N, 6))
    for t in range(T):
        h, c = lstm_step(w["E"][TOKENS[:, t]], h, c, W_x, W_h, b)[:2]

    logits = np.asarray(model(TOKENS))[:, -1]
    np.testing.assert_allclose(logits, h @ w["W_o"] + w["b_o"], atol=1e-5)


def test_the_window_sees_its_words_and_no_other() -> None:
    model = WindowLanguageModel(V, order=4, embedding=5, units=6, init=0.9)
    w = values(model)
    x = np.concatenate([w["E"][TOKENS[:, t]] for t in (5, 6, 7)], axis=-1)
    expected = softmax(np.tanh(x @ w["W"] + w["b"]) @ w["W_o"] + w["b_o"])

    log_p, _ = model.log_probabilities(TOKENS, model.start(N))
    np.testing.assert_allclose(np.exp(log_p)[:, -1], expected, atol=1e-5)


def test_the_mixture_is_the_mean_of_its_softmaxes() -> None:
    model = MixtureLanguageModel(V, softmaxes=3, units=(7,), embedding=5, init=0.8)
    w = values(model)
    h, _ = model.hidden(TOKENS, model.start(N))
    pi = softmax(np.asarray(h) @ w["W_pi"])
    z = np.tanh(np.asarray(h) @ w["W_z"] + w["b_z"]).reshape(N, T, 3, 5)
    expected = (pi[..., None] * softmax(z @ w["E"].T + w["b_o"])).sum(axis=-2)

    log_p, _ = model.log_probabilities(TOKENS, model.start(N))
    np.testing.assert_allclose(np.exp(log_p), expected, atol=1e-5)


def test_the_start_of_a_sentence_is_never_predicted() -> None:
    vocabulary = Vocabulary(["a", "b", "c"])
    model = RecurrentLanguageModel(vocabulary, units=(4,))
    log_p, _ = model.log_probabilities(np.array([[1, 3, 4]]), model.start(1))

    assert np.exp(log_p)[..., 0].max() == 0
    np.testing.assert_allclose(np.exp(log_p).sum(axis=-1), 1, atol=1e-5)


def test_dropped_words_are_the_same_ones_in_the_whole_batch() -> None:
    model = RecurrentLanguageModel(V, units=(6,), dropout_words=0.5, seed=3)
    x = np.asarray(model.embed(TOKENS, training=True))
    gone = {int(w) for w in TOKENS[(x == 0).all(axis=-1)]}
    kept = {int(w) for w in TOKENS[(x != 0).any(axis=-1)]}

    assert gone and kept and not gone & kept
    E = np.asarray(model.E)
    np.testing.assert_allclose(x[(x != 0).any(axis=-1)][0], 2 * E[_first(kept, TOKENS)], rtol=1e-5)


def _first(kept: Any, tokens: Any) -> Any:
    return next(int(w) for w in tokens.ravel() if int(w) in kept)


@pytest.mark.parametrize("locked", [True, False])
def test_the_outputs_mask_is_locked_or_new_each_step(locked: bool) -> None:
    model = RecurrentLanguageModel(V, units=(40,), dropout_output=0.5, locked=locked, seed=1)
    gone = np.asarray(model.drop(np.ones((2, 6, 40), np.float32), training=True)) == 0

    assert 0.3 < gone.mean() < 0.7
    assert (gone == gone[:, :1]).all() == locked
    assert (gone[0] != gone[1]).any()


def test_what_does_not_fit_says_so() -> None:
    with pytest.raises(ValueError, match=r"tied: .* \(4\) must be the embedding's \(5\)"):
        RecurrentLanguageModel(V, units=(4,), embedding=5, tied=True)
    with pytest.raises(ValueError, match="no cell 'lsmt': there is rnn, lstm"):
        RecurrentLanguageModel(V, cell="lsmt")
    with pytest.raises(ValueError, match="order is n"):
        WindowLanguageModel(V, order=1)


def test_keras_fits_it_with_callbacks_and_the_perplexity_is_that_of_lmkit_metrics(
    tmp_path: Path,
) -> None:
    keras.utils.set_random_seed(1)
    model = RecurrentLanguageModel(V, units=(6,))
    model.compile(
        keras.optimizers.Adam(0.05), loss=cross_entropy, metrics=[Perplexity()], run_eagerly=True
    )
    x, y = TOKENS[:, :-1], TOKENS[:, 1:]
    log = keras.callbacks.CSVLogger(tmp_path / "log.csv")
    history = model.fit(x, y, epochs=3, batch_size=2, verbose=0, callbacks=[log]).history

    assert history["perplexity"][-1] < history["perplexity"][0]
    assert (tmp_path / "log.csv").read_text().count("\n") == 4
    log_p, _ = model.log_probabilities(x, model.start(N))
    of_y = np.take_along_axis(np.asarray(log_p), y[..., None], axis=-1)
    told = model.evaluate(x, y, batch_size=2, verbose=0, return_dict=True)
    assert told["perplexity"] == pytest.approx(perplexity(of_y), rel=1e-5)
