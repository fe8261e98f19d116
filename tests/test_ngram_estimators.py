"""The estimators: they sum to one, and they are the papers' equations."""

import random
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmkit.metrics import perplexity
from lmkit.ngram import (
    MLE,
    AbsoluteDiscounting,
    Cache,
    JelinekMercer,
    Katz,
    KneserNey,
    Laplace,
    Lidstone,
    ModifiedKneserNey,
    StupidBackoff,
    WittenBell,
)
from lmkit.ngram.katz import good_turing
from lmkit.ngram.kneser_ney import three_discounts

PROPER = {
    "laplace": Laplace,
    "lidstone": lambda n: Lidstone(0.05, n),
    "katz": Katz,
    "katz, k = 1": lambda n: Katz(n, k=1),
    "jelinek-mercer": lambda n: JelinekMercer(n, weights=[0.9, 0.7, 0.4, 0.2][:n]),
    "witten-bell": WittenBell,
    "absolute": AbsoluteDiscounting,
    "absolute, D = 0.3": lambda n: AbsoluteDiscounting(n, discount=0.3),
    "kneser-ney": KneserNey,
    "kneser-ney, D = 0.9": lambda n: KneserNey(n, discount=0.9),
    "modified kneser-ney": ModifiedKneserNey,
    "modified kneser-ney + cache": lambda n: Cache(ModifiedKneserNey(n), 3, 0.3),
}
SENTENCES = st.lists(st.lists(st.sampled_from("abcd"), max_size=6), min_size=1, max_size=12)


def zipf_text(seed: int, sentences: Any = 300) -> list[list[str]]:
    rng = random.Random(seed)
    words = [f"w{i}" for i in range(40)]
    weights = [1 / (i + 1) for i in range(40)]
    text = []
    for _ in range(sentences):
        sentence = rng.choices(words, weights, k=rng.randint(1, 9))
        # Half of the words depend on the one before, so that contexts say something.
        for i in range(1, len(sentence)):
            if rng.random() < 0.5:
                sentence[i] = words[(words.index(sentence[i - 1]) * 7 + 1) % 40]
        text.append(sentence)
    return text


def sums(model: Any, contexts: Any) -> list[float]:
    words = [*model.vocab]
    assert len(words) == model.size and "<s>" not in words
    return [sum(model.unmasked_score(w, c) for w in words) for c in contexts]


@pytest.mark.parametrize("make", PROPER.values(), ids=PROPER)
@settings(max_examples=15, deadline=None)
@given(text=SENTENCES, order=st.integers(1, 4), data=st.data())
def test_probabilities_sum_to_one_after_every_context(
    make: Any, text: Any, order: int, data: Any
) -> None:
    """Seen, unseen, at the start of a sentence, with unknown words; and `<s>` has none."""
    model = make(order)
    model.fit_sentences(text)
    word = st.sampled_from(["a", "b", "c", "d", "<s>", "<unk>", "</s>", "never seen"])
    contexts = [data.draw(st.lists(word, max_size=order)) for _ in range(6)]
    contexts += [["<s>"] * (order - 1), ["<s>", "a"], []]
    np.testing.assert_allclose(sums(model, contexts), 1, atol=1e-9)
    assert [model.unmasked_score("<s>", c) for c in contexts] == [0] * len(contexts)


@pytest.mark.parametrize("make", PROPER.values(), ids=PROPER)
def test_probabilities_sum_to_one_on_a_text_with_good_counts_of_counts(make: Any) -> None:
    model = make(3)
    model.fit_sentences(zipf_text(1))
    rng = random.Random(2)
    words = [f"w{i}" for i in range(40)]
    contexts = [rng.choices(words, k=2) for _ in range(40)] + [["<s>", "<s>"], ["<s>", "w1"]]
    np.testing.assert_allclose(sums(model, contexts), 1, atol=1e-9)
    assert all(0 <= model.unmasked_score(w, ["w1", "w8"]) <= 1 for w in words)


@pytest.mark.parametrize("make", PROPER.values(), ids=PROPER)
def test_no_word_of_a_test_text_is_impossible(make: Any) -> None:
    model = make(3)
    model.fit_sentences(zipf_text(3))
    log_p = model.log_probabilities([["w0", "never seen", "w39", "w0"], ["w1"]])
    assert log_p.shape == (7,)
    assert np.isfinite(log_p).all() and (log_p < 0).all()


@pytest.mark.parametrize("make", [*PROPER.values(), MLE, lambda n: StupidBackoff(order=n)])
def test_whole_texts_and_single_scores_agree(make: Any) -> None:
    model = make(3)
    model.fit_sentences(zipf_text(5))
    sentence = ["w0", "w1", "w3", "never seen", "w8", "w0"]
    padded = ["<s>", "<s>", *sentence, "</s>"]
    if isinstance(model, Cache):  # whose history is all that came, so not cut to n - 1 words
        scores = [model.score(padded[i], padded[:i]) for i in range(2, len(padded))]
    else:
        scores = [model.score(padded[i], padded[i - 2 : i]) for i in range(2, len(padded))]
    np.testing.assert_allclose(np.exp(model.log_probabilities([sentence])), scores, rtol=1e-12)
    ngrams = [tuple(padded[i - 2 : i + 1]) for i in range(2, len(padded))]
    assert model.entropy(ngrams) == pytest.approx(
        -np.mean([model.logscore(g[-1], g[:-1]) for g in ngrams])
    )


def test_mle_is_the_share_and_nothing_after_a_context_never_seen() -> None:
    """a b / a c / a b: c(a b) = 2, c(a) = 3; c(<s> a) = 3 of 3."""
    model = MLE(2)
    model.fit_sentences([["a", "b"], ["a", "c"], ["a", "b"]])
    assert model.score("b", ["a"]) == pytest.approx(2 / 3)
    assert model.score("a", ["<s>"]) == 1
    assert model.score("</s>", ["c"]) == 1
    assert model.score("a") == pytest.approx(3 / 9)
    assert model.score("b", ["never seen"]) == 0
    assert model.size == 5  # a b c </s> <unk>


def test_lidstone_by_hand() -> None:
    """(2 + 1/2) / (3 + 5/2) with V = a b c </s> <unk> = 5; 1/5 after the unseen."""
    model = Lidstone(0.5, 2)
    model.fit_sentences([["a", "b"], ["a", "c"], ["a", "b"]])
    assert model.score("b", ["a"]) == pytest.approx(2.5 / 5.5)
    assert model.score("b", ["never seen"]) == pytest.approx(1 / 5)


def test_stupid_backoff_by_hand_and_does_not_sum_to_one() -> None:
    """c(b c) = 0, so S(c | b) = 0.4 c(c) / 9 = 0.4 / 9."""
    model = StupidBackoff(order=2)
    model.fit_sentences([["a", "b"], ["a", "c"], ["a", "b"]])
    assert model.score("b", ["a"]) == pytest.approx(2 / 3)
    assert model.score("c", ["b"]) == pytest.approx(0.4 / 9)
    assert sum(model.score(w, ["a"]) for w in model.vocab) > 1.01
    assert "does not sum to one" in " ".join((StupidBackoff.__doc__ or "").split())


def test_witten_bell_by_hand() -> None:
    """After a: b 2, c 1; gamma = 2/5. Unigrams: b 2 of 9, 4 types; gamma = 4/13; V = 5.

    p_1(b) = 9/13 * 2/9 + 4/13 * 1/5 = 14/65; p(b | a) = 3/5 * 2/3 + 2/5 * 14/65 = 158/325.
    """
    model = WittenBell(2)
    model.fit_sentences([["a", "b"], ["a", "c"], ["a", "b"]])
    assert model.score("b", ["a"]) == pytest.approx(158 / 325)


def test_absolute_discounting_by_hand() -> None:
    """D = 1/2. p_1(b) = (2 - 1/2)/9 + (1/2 * 4/9)/5 = 19/90; p(b|a) = 1/2 + 1/3 * 19/90."""
    model = AbsoluteDiscounting(2, discount=0.5)
    model.fit_sentences([["a", "b"], ["a", "c"], ["a", "b"]])
    assert model.score("b", ["a"]) == pytest.approx(1 / 2 + 1 / 3 * 19 / 90)


def kneser_ney_by_dictionary(
    text: Any, order: int, discounts: Any
) -> Callable[[str, tuple[str, ...]], float]:
    """Chen and Goodman's equations as they stand, recursive, over sets of n-grams."""
    raw: list[dict[tuple[str, ...], int]] = [{} for _ in range(order + 1)]
    for sentence in text:
        s = ["<s>", *sentence, "</s>"]
        for i in range(1, len(s)):
            for k in range(1, min(order, i + 1) + 1):
                g = tuple(s[i - k + 1 : i + 1])
                raw[k][g] = raw[k].get(g, 0) + 1
    adjusted = [dict(r) for r in raw]
    for k in range(1, order):
        for g in adjusted[k]:
            if g[0] != "<s>":
                adjusted[k][g] = sum(h[1:] == g for h in raw[k + 1])
    vocabulary = {w for s in text for w in s} | {"</s>", "<unk>"}

    def p(word: Any, context: Any) -> float:
        lower = p(word, context[1:]) if context else 1 / len(vocabulary)
        counts = {g: c for g, c in adjusted[len(context) + 1].items() if g[:-1] == context}
        total = sum(counts.values())
        if not total:
            return lower
        D = discounts(len(context) + 1, adjusted)
        c = counts.get((*context, word), 0)
        gamma = sum(D[min(c, 3)] for c in counts.values()) / total
        return float((c - D[min(c, 3)]) / total + gamma * lower)

    return p


def chen_and_goodman(k: Any, adjusted: Any) -> list[float]:
    n = [0, *(list(adjusted[k].values()).count(r) for r in (1, 2, 3, 4))]
    Y = n[1] / (n[1] + 2 * n[2])
    return [0, *(r - (r + 1) * Y * n[r + 1] / n[r] for r in (1, 2, 3))]


@pytest.mark.parametrize("order", [2, 3, 4])
def test_modified_kneser_ney_is_the_papers(order: int) -> None:
    text = zipf_text(7, sentences=120)
    p = kneser_ney_by_dictionary(text, order, chen_and_goodman)
    model = ModifiedKneserNey(order)
    model.fit_sentences(text)
    every = product(["w0", "w1", "w7", "w9"], repeat=order - 1)
    contexts = [*every, ("<s>", "w0")[-(order - 1) :], ("w39",), ("<s>",)]
    for context in contexts:
        for word in ("w0", "w1", "w8", "w30", "<unk>", "</s>"):
            assert model.score(word, context) == pytest.approx(p(word, context), rel=1e-10)


def test_kneser_ney_with_one_discount_is_the_papers() -> None:
    text = zipf_text(8, sentences=100)
    p = kneser_ney_by_dictionary(text, 3, lambda k, _: [0, 0.6, 0.6, 0.6])
    model = KneserNey(3, discount=0.6)
    model.fit_sentences(text)
    for context in [("w0", "w1"), ("w1", "w8"), ("<s>", "w0"), ("w5",), ()]:
        for word in ("w0", "w8", "w22", "</s>", "<unk>"):
            assert model.score(word, context) == pytest.approx(p(word, context), rel=1e-10)


def test_a_tiny_text_gets_discounts_that_can_be_used() -> None:
    model = ModifiedKneserNey(2)
    model.fit_sentences([["a"]])
    assert model.counts is not None
    (level, _) = model._levels(model.counts)
    assert three_discounts(level).tolist() == [0, 0.5, 1, 1.5]


def test_good_turing_discounts_by_hand() -> None:
    """n = 10, 4, 2 and k = 2: A = 3 * 2 / 10 = 0.6; 1*/1 = 2 * 4 / 10, 2*/2 = 3 * 2 / (2 * 4).

    d(1) = (0.8 - 0.6) / 0.4 = 0.5, d(2) = (0.75 - 0.6) / 0.4 = 0.375.
    """
    np.testing.assert_allclose(good_turing([0, 10, 4, 2], 2), [1, 0.5, 0.375, 1])
    np.testing.assert_allclose(good_turing([0, 10, 0, 2], 2), [1, 0.5, 0.75, 1])


def test_katz_by_hand() -> None:
    """k = 1, too small a text for Good and Turing: d(1) = 1/2.

    a b / a c / a b, all words but <unk> seen. Unigrams: 3, 2, 1, 3 of 9; c gives up 1/18, <unk>
    gets it. After a: b 2/3, c 1/2 * 1/3 = 1/6; left 1/6 over 1 - 2/9 - 1/18 = 13/18: gamma 3/13.
    """
    model = Katz(2, k=1)
    model.fit_sentences([["a", "b"], ["a", "c"], ["a", "b"]])
    assert model.score("<unk>") == pytest.approx(1 / 18)
    assert model.score("b", ["a"]) == pytest.approx(2 / 3)
    assert model.score("c", ["a"]) == pytest.approx(1 / 6)
    assert model.score("a", ["a"]) == pytest.approx(3 / 13 * 3 / 9)


def test_em_never_gets_worse_and_finds_the_best_weights() -> None:
    model = JelinekMercer(2)
    model.fit_sentences(zipf_text(10))
    held_out = zipf_text(11, sentences=60)
    history = model.tune(held_out, steps=500, tolerance=1e-12)
    assert (np.diff(history) > -1e-12).all() and history[-1] > history[0]
    best = perplexity(model.log_probabilities(held_out))
    assert best == pytest.approx(np.exp(-history[-1]), rel=1e-6)
    for i, step in product((0, 1), (-0.02, 0.02)):
        weights = list(model.weights)
        weights[i] = min(max(weights[i] + step, 0), 1)
        other = JelinekMercer(2, weights=weights)
        other.fit_sentences(zipf_text(10))
        assert perplexity(other.log_probabilities(held_out)) > best


def test_wrong_arguments_are_refused() -> None:
    for wrong in (
        lambda: MLE(0),
        lambda: Lidstone(0.0, 2),
        lambda: KneserNey(2, discount=1.5),
        lambda: AbsoluteDiscounting(2, discount=-0.1),
        lambda: JelinekMercer(2, weights=[0.5]),
        lambda: Cache(MLE(1), length=0),
        lambda: MLE(1).fit_sentences([]),
        lambda: MLE(1).log_probabilities([["a"]]),
    ):
        with pytest.raises(ValueError):
            wrong()


def test_ids_do_as_well_as_words() -> None:
    words = ["b", "</s>", "a", "c"]
    model = ModifiedKneserNey(3)
    model.fit_ids(np.array([2, 0, 1, 2, 3, 1, 1, 0, 2, 0, 1]), words)
    same = ModifiedKneserNey(3)
    same.fit_sentences([["a", "b"], ["a", "c"], [], ["b", "a", "b"]])
    text = [["a", "b", "never seen"], ["c"], []]
    np.testing.assert_allclose(model.log_probabilities(text), same.log_probabilities(text))
    assert model.size == same.size == 5


def test_seen_says_whether_the_whole_ngram_came() -> None:
    model = MLE(2)
    model.fit_sentences([["a", "b"], ["c"]])
    # <s> a yes, a b yes, b c no, c </s> yes; <s> b no, b </s> yes.
    assert model.seen([["a", "b", "c"], ["b"]]).tolist() == [True, True, False, True, False, True]


def test_the_size_in_memory_grows_with_the_order_and_counts_the_probabilities() -> None:
    sizes = []
    for model in (MLE(1), MLE(3), ModifiedKneserNey(3), Cache(ModifiedKneserNey(3))):
        model.fit_sentences(zipf_text(1))
        sizes.append(model.nbytes)
    assert sizes[0] < sizes[1] < sizes[2] == sizes[3]
