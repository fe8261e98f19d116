"""N-gram models with dictionaries, against NLTK and arithmetic by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from nltk.lm import MLE, Lidstone, StupidBackoff
from nltk.util import ngrams as nltk_ngrams

from lmkit.by_hand import ngram as by_hand

TINY = [["the", "cat", "sat"], ["the", "cat", "ran"], ["the", "dog", "sat"]]
TINY_WORDS = ["</s>", "<unk>", "cat", "dog", "ran", "sat", "the"]
WORDS = ["ant", "bee", "cow", "doe", "elk"]


def some_text(seed: int) -> list[list[str]]:
    rng = np.random.default_rng(seed)
    p = np.array([0.4, 0.25, 0.2, 0.1, 0.05])
    return [[str(w) for w in rng.choice(WORDS, int(rng.integers(1, 8)), p=p)] for _ in range(30)]


def padded(sentence: list[str], n: int) -> list[tuple[str, ...]]:
    marks = {"left_pad_symbol": "<s>", "right_pad_symbol": "</s>"}
    left = list(nltk_ngrams(sentence, n, pad_left=True, **marks)) if n > 1 else []
    # NLTK pads both sides with n - 1 marks: here one </s> stands behind.
    whole: list[str] = ["<s>"] * (n - 1) + sentence + ["</s>"]
    assert left == [tuple(whole[t : t + n]) for t in range(len(sentence))] or n == 1
    return list(nltk_ngrams(whole, n))


def fitted(model: Any, text: list[list[str]], n: int) -> Any:
    model.fit([padded(s, k) for s in text for k in range(1, n + 1)], [*WORDS, "</s>"])
    return model


VOCABULARY = sorted([*WORDS, "</s>", "<unk>"])


@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("seed", [0, 1])
def test_counts_and_estimates_are_nltks(n: int, seed: int) -> None:
    text = some_text(seed)
    counts = by_hand.count_ngrams(text, n)
    assert [g for s in text for g in by_hand.ngrams(s, n)] == [
        g for s in text for g in padded(s, n)
    ]
    mle, lidstone = fitted(MLE(n), text, n), fitted(Lidstone(0.3, n), text, n)
    assert len(lidstone.vocab) == len(VOCABULARY)
    for context in {gram[:-1] for gram in counts}:
        p = by_hand.mle(context, counts, VOCABULARY)
        smooth = by_hand.add_delta(context, counts, VOCABULARY, 0.3)
        for w in VOCABULARY:
            assert p[w] == pytest.approx(mle.score(w, context), abs=1e-12)
            assert smooth[w] == pytest.approx(lidstone.score(w, context), abs=1e-12)


def test_perplexity_is_nltks() -> None:
    text, test = some_text(2), some_text(3)
    model = fitted(Lidstone(0.3, 3), text, 3)
    grams = [gram for sentence in test for gram in padded(sentence, 3)]
    ours = by_hand.ngram_perplexity(test, 3, by_hand.count_ngrams(text, 3), VOCABULARY, 0.3)
    assert ours == pytest.approx(model.perplexity(grams), rel=1e-9)


def test_stupid_backoff_is_nltks() -> None:
    text = some_text(4)
    model = fitted(StupidBackoff(0.35, 2), text, 2)
    tables = [by_hand.count_ngrams(text, n) for n in (1, 2)]
    for context in [("ant",), ("elk",), ("<s>",)]:
        ours = by_hand.stupid_backoff(context, tables, VOCABULARY, 0.35)
        for w in [*WORDS, "</s>"]:
            assert ours[w] == pytest.approx(model.score(w, context), abs=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_distributions_sum_to_one_for_seen_and_unseen_contexts(seed: int) -> None:
    text = some_text(seed)
    tables = [by_hand.count_ngrams(text, n) for n in (1, 2, 3)]
    weights = np.random.default_rng(seed).dirichlet(np.ones(4))
    for context in [("ant", "bee"), ("zebra", "ant"), ("ant", "zebra"), ("<s>", "<s>")]:
        for p in (
            by_hand.add_delta(context, tables[2], VOCABULARY, 0.1),
            by_hand.backoff(context, tables, VOCABULARY),
            by_hand.interpolate(context, tables, VOCABULARY, weights),
            by_hand.kneser_ney(context[1:], tables[1], VOCABULARY, 0.6),
        ):
            assert list(p) == VOCABULARY
            assert min(p.values()) >= 0
            assert sum(p.values()) == pytest.approx(1, abs=1e-12)


def test_by_hand_on_the_tiny_text() -> None:
    # the: 3 times, then cat, cat, dog. 8 different bigrams; sat comes after cat and dog.
    bigrams = by_hand.count_ngrams(TINY, 2)
    assert bigrams[("the", "cat")] == 2 and len(bigrams) == 8 and sum(bigrams.values()) == 12
    assert by_hand.build_vocabulary(TINY, 2) == ["</s>", "<unk>", "cat", "sat", "the"]
    assert by_hand.mle(("zebra",), bigrams, TINY_WORDS) == dict.fromkeys(TINY_WORDS, 0.0)
    assert by_hand.continuation_probability(bigrams, TINY_WORDS)["sat"] == 2 / 8
    discounted, free = by_hand.absolute_discount(("the",), bigrams, TINY_WORDS, 0.75)
    assert discounted["cat"] == pytest.approx(1.25 / 3) and free == pytest.approx(0.75 * 2 / 3)
    p = by_hand.kneser_ney(("the",), bigrams, TINY_WORDS, 0.75)
    assert p["sat"] == pytest.approx(0.5 * 2 / 8) and p["dog"] == pytest.approx(0.25 / 3 + 0.5 / 8)
    log_p = by_hand.sentence_log_probability(["the", "cat", "sat"], 2, bigrams, TINY_WORDS)
    assert log_p == pytest.approx(math.log(2 / 3 * 1 / 2))
    never = by_hand.sentence_log_probability(["the", "dog", "ran"], 2, bigrams, TINY_WORDS)
    assert never == -math.inf
    assert by_hand.unseen_share([["the", "dog", "ran"]], 2, bigrams) == 1 / 4


def test_generation_follows_the_numbers_given() -> None:
    # After "the": cat up to 2/3, dog above. The last number is not used: </s> came.
    bigrams = by_hand.count_ngrams(TINY, 2)
    for second, words in ((0.66, "the cat ran"), (0.67, "the dog sat")):
        u = np.array([0.5, second, 0.3, 0.9, 0.1])
        assert by_hand.generate_sentence(u, 2, bigrams, TINY_WORDS) == words.split()
    assert by_hand.generate_sentence(np.array([0.5, 0.1]), 2, bigrams, TINY_WORDS) == ["the", "cat"]


def test_words_are_drawn_as_often_as_they_are_likely() -> None:
    counts = by_hand.count_ngrams(some_text(6), 1)
    p = by_hand.mle((), counts, VOCABULARY)
    u = np.random.default_rng(0).random(4000)
    drawn = [by_hand.generate_sentence(np.array([u_t]), 1, counts, VOCABULARY) for u_t in u]
    for w in WORDS:
        # Three and a half standard deviations of a binomial share.
        off = 3.5 * math.sqrt(p[w] * (1 - p[w]) / len(u))
        assert drawn.count([w]) / len(u) == pytest.approx(p[w], abs=off)


def test_delta_is_chosen_by_the_held_out_text() -> None:
    counts = by_hand.count_ngrams(TINY, 2)
    held_out, test = [["the", "cat", "sat"]], [["the", "dog", "ran"]]
    deltas = [1.0, 0.01, 0.1]
    best, perplexity = by_hand.tune_delta(deltas, 2, counts, TINY_WORDS, held_out, test)
    assert best == 0.01  # the held-out sentence came in training; the test would take 0.1
    found = {d: by_hand.ngram_perplexity(test, 2, counts, TINY_WORDS, d) for d in deltas}
    assert min(found, key=lambda d: found[d]) == 0.1 and perplexity == found[0.01]


def test_the_weights_are_chosen_on_the_held_out_text() -> None:
    tables = [by_hand.count_ngrams(TINY, n) for n in (1, 2)]
    held_out, test = [["the", "cat", "sat"]], [["the", "dog", "ran"]]
    candidates = [np.array(w) for w in ((0.2, 0.6, 0.2), (0.1, 0.3, 0.6), (0.02, 0.08, 0.9))]
    best, perplexity = by_hand.tune_weights(candidates, tables, TINY_WORDS, held_out, test)
    assert best is candidates[2]
    # "the dog ran </s>": P = l0 / 7 + l1 c(w) / 12 + l2 P(w | v)
    #   the | <s>   0.02/7 + 0.08 * 3/12 + 0.9 * 1
    #   dog | the   0.02/7 + 0.08 * 1/12 + 0.9 * 1/3
    #   ran | dog   0.02/7 + 0.08 * 1/12 + 0
    #   </s> | ran  0.02/7 + 0.08 * 3/12 + 0.9 * 1
    u = 0.02 / 7
    p = [u + 0.02 + 0.9, u + 0.08 / 12 + 0.3, u + 0.08 / 12, u + 0.02 + 0.9]
    assert perplexity == pytest.approx(np.prod(p) ** -0.25, rel=1e-12)
    # The test text itself would choose otherwise.
    assert by_hand.tune_weights(candidates, tables, TINY_WORDS, test, held_out)[0] is candidates[1]
