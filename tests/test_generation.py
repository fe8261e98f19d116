"""Generation, against every text that a small model can write."""

import re
from itertools import product
from typing import Any

import keras
import numpy as np
import pytest

from lmkit.generation import beam_search, greedy, sample
from lmkit.models import RecurrentLanguageModel
from lmkit.ngram import MLE, Cache, KneserNey, NgramPredictor, StupidBackoff
from lmkit.predictor import score, take
from lmkit.vocabulary import Vocabulary

WORDS = ("a", "b", "c")
TEXT = [["a", "b"], ["b", "c", "a"], ["c"], ["a", "a", "b", "zzz"], ["b", "a"]]


def ngram(order: Any = 2) -> Any:
    model = KneserNey(order)
    model.fit_sentences([[w if w in WORDS else "<unk>" for w in s] for s in TEXT * 3 + TEXT[:2]])
    return NgramPredictor(model)


def neural(seed: Any = 5, words: Any = WORDS, **options: Any) -> Any:
    """Weights large enough for p to depend on all that came before."""
    keras.utils.set_random_seed(seed)
    return RecurrentLanguageModel(Vocabulary(words), units=(4, 3), init=1.5, **options)


MODELS: dict[str, Any] = {"n-gram": ngram, "neural": neural}


@pytest.fixture(params=MODELS, scope="module")
def model(request: Any) -> Any:
    return MODELS[request.param]()


def log_p_of(model: Any, words: Any, prompt: Any = ()) -> Any:
    """log p of each of these words behind the prompt, from one reading of the whole text."""
    ids = model.vocabulary.encode([*prompt, *words])
    return score(model, ids)[len(prompt) :]


def every_text(length: Any, words: Any = WORDS) -> Any:
    """Every text of at most so many words, </s> among them."""
    for T in range(length):
        for text in product([*words, "<unk>"], repeat=T):
            yield (*text, "</s>")


def of(text: Any) -> Any:
    """What was written, </s> with it."""
    return (*text.words, "</s>") if text.ended else text.words


@pytest.mark.parametrize("alpha", [0.0, 0.6, 1.0])
@pytest.mark.parametrize("prompt", [(), ("c", "a")])
def test_wide_beams_find_the_best_texts_of_all(model: Any, prompt: Any, alpha: Any) -> None:

    def score_of(text: Any) -> Any:
        return log_p_of(model, text, prompt).sum() / len(text) ** alpha

    ranked = sorted((score_of(text) for text in every_text(4)), reverse=True)
    found = beam_search(model, prompt, beams=4**3, length=4, alpha=alpha)
    assert len({text.words for text in found}) == 4**3
    assert all(text.prompt == prompt and text.ended for text in found)
    # Texts may tie: it is their scores that are the same.
    np.testing.assert_allclose([score_of(of(text)) for text in found], ranked[: 4**3], atol=1e-5)


@pytest.mark.parametrize("beams", [1, 2, 3])
def test_narrow_beams_are_the_algorithm_step_by_step(model: Any, beams: Any) -> None:
    """Kept: the best B beginnings; done: whatever of them ends. Nothing else is looked at."""
    live: list[Any] = [()]
    done: list[Any] = []
    for _ in range(5):
        done += [(*text, "</s>") for text in live]
        longer = [(*text, w) for text in live for w in (*WORDS, "<unk>")]
        live = sorted(longer, key=lambda w: -log_p_of(model, w).sum())[:beams]
    ranked = sorted(done, key=lambda w: -log_p_of(model, w).sum() / len(w))[:beams]
    assert [of(text) for text in beam_search(model, beams=beams, length=5, alpha=1.0)] == ranked


def test_the_likeliest_words_do_not_make_the_likeliest_text() -> None:
    """p(a) = 0.5, p(b) = 0.4 first; then after a 4 words have 1/4 each, b goes on with c alone."""
    model = MLE(2)
    rows = [["a", w] for w in ("a1", "a2", "a3", "a4", "a1")] + [["b", "c"]] * 4 + [["d"]]
    model.fit_sentences(rows)
    predictor = NgramPredictor(model)
    first = greedy(predictor)
    best = beam_search(predictor, beams=2)[0]
    assert first.words == ("a", "a1") and first.log_probability == pytest.approx(np.log(0.2))
    assert best.words == ("b", "c") and best.log_probability == pytest.approx(np.log(0.4))


def test_greedy_takes_the_likeliest_word_each_time(model: Any) -> None:
    text = greedy(model, ["b"], length=6)
    for t, word in enumerate(of(text)):
        before = ("b", *text.words[:t])
        rivals = [log_p_of(model, (w,), before)[0] for w in (*WORDS, "<unk>", "</s>")]
        assert log_p_of(model, (word,), before)[0] == pytest.approx(max(rivals))


def test_texts_are_drawn_as_often_as_they_are_probable(model: Any) -> None:
    """Chi squared over the texts of at most 2 words, and all longer ones together."""
    N = 4000
    drawn = [of(text) for text in sample(model, samples=N, length=3, seed=8)]
    short = [text for text in every_text(2)]
    p = np.array([np.exp(log_p_of(model, text).sum()) for text in short])
    seen = np.array([drawn.count(text) for text in short])
    p, seen = np.append(p, 1 - p.sum()), np.append(seen, N - seen.sum())
    chi_squared = ((seen - N * p) ** 2 / (N * p)).sum()
    assert chi_squared < 20.5  # of 5 degrees of freedom, p = 0.001


@pytest.mark.parametrize("options", [{"temperature": 0.4}, {"k": 2}, {"mass": 0.5}])
def test_what_is_drawn_from_is_the_changed_distribution(model: Any, options: Any) -> None:
    from lmkit.generation import nucleus, top_k, with_temperature

    words = ("<s>", "</s>", "<unk>", *WORDS)
    p: Any = np.array([0.0] + [np.exp(log_p_of(model, (w,), ("c",))[0]) for w in words[1:]])
    p = with_temperature(p, options.get("temperature", 1.0))
    p = top_k(p, options.get("k", 9))
    p = nucleus(p, options.get("mass", 1.0))
    N = 3000
    texts = sample(model, ["c"], samples=N, length=1, seed=4, **options)
    seen = np.array([sum(of(t) == (w,) for t in texts) for w in words])
    assert (seen[p == 0] == 0).all()
    deviation = np.sqrt(N * p * (1 - p))
    assert (np.abs(seen - N * p) <= 4 * deviation + 1e-9).all()


def test_the_log_p_is_the_models_own(model: Any) -> None:
    for text in sample(model, ["b", "a"], samples=5, length=7, temperature=0.5, k=3, seed=2):
        np.testing.assert_allclose(text.log_p, log_p_of(model, of(text), ("b", "a")), atol=2e-6)
        assert text.log_probability == pytest.approx(text.log_p.sum())
    for text in beam_search(model, ["b"], beams=3, length=4):
        np.testing.assert_allclose(text.log_p, log_p_of(model, of(text), ("b",)), atol=2e-6)


def test_the_seed_decides(model: Any) -> None:
    def drawn(seed: Any) -> Any:
        return [text.words for text in sample(model, samples=6, length=9, seed=seed)]

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)


def test_texts_stop_at_their_end_and_at_the_length(model: Any) -> None:
    texts = sample(model, samples=60, length=3, seed=0)
    assert {text.ended for text in texts} == {True, False}
    for text in texts:
        assert "</s>" not in text.words and "<s>" not in text.words
        assert len(of(text)) <= 3 and (text.ended or len(text.words) == 3)
        assert len(text.log_p) == len(of(text))


def test_unk_and_the_end_can_be_ruled_out(model: Any) -> None:
    assert any("<unk>" in t.words for t in sample(model, samples=60, length=9, seed=0))
    texts = sample(model, samples=60, length=9, seed=0, unknown=False, ends=False)
    texts += beam_search(model, beams=4, length=9, unknown=False, ends=False)
    texts.append(greedy(model, length=9, unknown=False, ends=False))
    for text in texts:
        assert set(text.words) <= set(WORDS) and len(text.words) == 9 and not text.ended


def test_a_model_of_characters_takes_and_gives_text() -> None:
    vocabulary = Vocabulary("abc ", characters=True)
    keras.utils.set_random_seed(0)
    model = RecurrentLanguageModel(vocabulary, cell="gru", units=(3,), init=1.0)
    text = sample(model, "ab c", length=5, seed=3, unknown=False, ends=False)[0]
    assert re.fullmatch("ab c[abc ]{5}", str(text))
    by_words = ngram()
    assert str(greedy(by_words, ["a", "b"], length=1, ends=False)).startswith("a b ")
    with pytest.raises(TypeError, match="words"):
        greedy(by_words, "a b")


def test_a_cache_of_an_n_gram_model_sees_the_whole_text() -> None:
    cached = Cache(ngram(3).model, length=4, weight=0.3)
    predictor = NgramPredictor(cached)
    text = [["a", "c", "c"], ["b"], ["c", "a"]]
    ids = predictor.vocabulary.encode_sentences(text, starts=0)
    every, state = predictor.log_probabilities(ids[None, :2], predictor.start(1))
    rest, _ = predictor.log_probabilities(ids[None, 2:-1], state)
    log_p = np.concatenate([every[0], rest[0]])
    expected = cached.log_probabilities(text)
    np.testing.assert_allclose(log_p[np.arange(len(ids) - 1), ids[1:]], expected[1:])
    np.testing.assert_allclose(np.exp(log_p).sum(-1), 1)
    np.testing.assert_allclose(score(predictor, ids), expected)
    np.testing.assert_allclose(score(predictor, ids[:-3]), expected[:-3])


def test_n_gram_ids_can_be_those_of_another_vocabulary() -> None:
    model = ngram(3).model
    vocabulary = Vocabulary(["c", "a", "b"])
    other, own = NgramPredictor(model, vocabulary), NgramPredictor(model)
    text = [["c", "a"], ["b", "zzz"]]
    ids = [p.vocabulary.encode_sentences(text, starts=0) for p in (other, own)]
    assert ids[0].tolist() != ids[1].tolist()
    np.testing.assert_allclose(score(other, ids[0]), score(own, ids[1]))
    np.testing.assert_allclose(score(other, ids[0]), model.log_probabilities(text))
    with pytest.raises(ValueError, match=r"'d'.*the same text"):
        NgramPredictor(model, Vocabulary(["a", "b", "c", "d"]))


def test_scores_that_do_not_sum_to_one_can_be_drawn_from() -> None:
    model = StupidBackoff(0.4, 2)
    model.fit_sentences(TEXT)
    texts = sample(NgramPredictor(model), samples=20, seed=1)
    assert {w for text in texts for w in text.words} <= {"a", "b", "c", "zzz", "<unk>"}


def test_rows_of_a_state() -> None:
    state = {"h": [np.arange(6).reshape(3, 2)], "c": (keras.ops.arange(3),)}
    taken = take(state, np.array([2, 0, 2, 1]))
    np.testing.assert_array_equal(taken["h"][0], [[4, 5], [0, 1], [4, 5], [2, 3]])
    np.testing.assert_array_equal(taken["c"][0], [2, 0, 2, 1])


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda m: sample(m, samples=0), "at least one text"),
        (lambda m: sample(m, length=0), "length is at least 1"),
        (lambda m: sample(m, k=0), "k is at least 1"),
        (lambda m: beam_search(m, beams=0), "at least one text"),
        (lambda m: beam_search(m, alpha=-1.0), "alpha"),
    ],
)
def test_what_makes_no_sense_is_refused(call: Any, named: Any) -> None:
    with pytest.raises(ValueError, match=named):
        call(ngram())


def test_where_nothing_is_possible_it_is_said() -> None:
    model = MLE(2)
    model.fit_sentences([["a", "b"]])
    predictor = NgramPredictor(model)
    for call in (sample, greedy, beam_search):
        with pytest.raises(ValueError, match="probability"):
            call(predictor, ["never seen"])
    assert greedy(predictor).words == ("a", "b")
    with pytest.raises(ValueError, match="Vocabulary"):
        greedy(RecurrentLanguageModel(7, units=(2,)))
