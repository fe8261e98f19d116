"""A text as a stream, a character model over it, its measures: against Keras and by hand."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from lmkit.by_hand import (
    batch_stream,
    bits_and_perplexity,
    char_lstm,
    next_character,
    stream_losses,
    word_perplexity,
)
from lmkit.by_hand.char_ngram import text_ids
from lmkit.by_hand.types import Array
from lmkit.grammar import toy
from lmkit.metrics import bits_per_character, perplexity
from lmkit.ngram import WittenBell

N, T, V, D, H = 3, 4, 7, 5, 6


def weights(rng: np.random.Generator) -> tuple[Array, ...]:
    shapes = ((V, D), (D, 4 * H), (H, 4 * H), (4 * H,), (H, V), (V,))
    return tuple(rng.standard_normal(shape) for shape in shapes)


def keras_model(arrays: tuple[Array, ...]) -> keras.Model:
    ids = keras.Input((None,), dtype="int32")
    h0, c0 = keras.Input((H,), dtype="float64"), keras.Input((H,), dtype="float64")
    options = {"dtype": "float64"}
    e = keras.layers.Embedding(V, D, **options)(ids)
    lstm = keras.layers.LSTM(H, return_sequences=True, return_state=True, **options)
    h, h_T, c_T = lstm(e, initial_state=[h0, c0])
    model = keras.Model([ids, h0, c0], [keras.layers.Dense(V, **options)(h), h_T, c_T])
    model.set_weights(list(arrays))
    return model


def test_the_stream_of_the_lecture_by_hand() -> None:
    # 15 letters, two rows: L = 7, and with T = 3 two batches; g and n begin what is left over.
    ids = np.arange(15)
    x, y = batch_stream(ids, N=2, T=3)
    np.testing.assert_array_equal(x[0], [[0, 1, 2], [7, 8, 9]])
    np.testing.assert_array_equal(x[1], [[3, 4, 5], [10, 11, 12]])
    np.testing.assert_array_equal(y, x + 1)


@pytest.mark.parametrize(("length", "rows", "steps"), [(200, 4, 7), (113, 7, 4), (41, 1, 8)])
def test_rows_read_on_and_no_target_is_lost(length: int, rows: int, steps: int) -> None:
    ids = np.arange(length)
    x, y = batch_stream(ids, rows, steps)
    assert x.shape == y.shape == ((length - 1) // rows // steps, rows, steps)
    for row in range(rows):
        read = x[:, row].ravel()
        np.testing.assert_array_equal(read, read[0] + np.arange(read.size))
        np.testing.assert_array_equal(y[:, row].ravel(), read + 1)


def test_the_model_is_keras_own() -> None:
    rng = np.random.default_rng(0)
    arrays, ids = weights(rng), rng.integers(V, size=(N, T))
    h0, c0 = rng.standard_normal((2, N, H))
    right = keras_model(arrays)([ids, h0, c0])
    for ours, theirs in zip(char_lstm(ids, h0, c0, *arrays), right, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-12)


def test_reading_in_batches_is_reading_at_once() -> None:
    # Truncation changes gradients, and no loss.
    rng = np.random.default_rng(1)
    arrays, ids = weights(rng), rng.integers(V, size=N * T * 5 + 1)
    losses, h, c = stream_losses(*batch_stream(ids, N, T), *arrays)
    whole, h_whole, c_whole = stream_losses(*batch_stream(ids, N, T * 5), *arrays)
    assert losses.shape == (5,)
    assert losses.mean() == pytest.approx(whole.item(), abs=1e-12)
    np.testing.assert_allclose([h, c], [h_whole, c_whole], atol=1e-12)


def test_bits_and_perplexity_by_hand_and_against_the_metrics() -> None:
    # 1, 1, 2 and 3 bits: 1.75 on average, and 2^1.75 = 3.363586.
    log_p = np.log([[0.5, 0.5], [0.25, 0.125]])
    nats, bits, per_character = bits_and_perplexity(log_p)
    assert bits == pytest.approx(1.75)
    assert per_character == pytest.approx(3.363586, abs=1e-6)
    assert nats == pytest.approx(1.75 * np.log(2))
    assert bits == pytest.approx(bits_per_character(log_p))
    assert per_character == pytest.approx(perplexity(log_p))


def test_word_perplexity_is_that_of_the_same_total() -> None:
    rng = np.random.default_rng(2)
    log_p = -rng.gamma(2.0, 0.5, size=60)  # 12 words of 5 characters
    bits = bits_and_perplexity(log_p)[1]
    per_word = perplexity(log_p.reshape(12, 5).sum(axis=1))
    assert word_perplexity(bits, 60, 12) == pytest.approx(per_word)


def test_the_counted_model_is_witten_bell() -> None:
    # lmkit.ngram's own, of order 9, over the text as one line.
    ids = text_ids(toy().sample(6000, 1))
    model = WittenBell(9)
    model.fit_ids(np.append(ids, 34), [*map(str, range(34)), "</s>"])
    unseen = text_ids(toy().sample(3, 5))
    places = np.arange(20, len(unseen), 7)
    P = next_character(unseen[places[:, None] + np.arange(-20, 0)])
    np.testing.assert_allclose(P.sum(axis=1), 1)
    theirs = [
        model.score(str(unseen[t]), [str(v) for v in unseen[t - 8 : t]]) for t in places.tolist()
    ]
    # Theirs gives </s> and <unk> a share of the uniform distribution, too.
    np.testing.assert_allclose(P[np.arange(len(places)), unseen[places]], theirs, rtol=2e-2)


def test_the_grammar_s_characters() -> None:
    characters = toy().characters
    assert (len(characters), *characters[:3]) == (34, "\n", " ", "'")
    text = "".join(" ".join(words) + "\n" for words in toy().sample(300, 4))
    assert set(text) <= set(characters)
    ids = text_ids(toy().sample(300, 4))
    assert "".join(characters[i] for i in ids) == text
