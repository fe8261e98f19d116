"""Trained models: probabilities in, a perplexity that the judge computes, marks by bounds."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from small_problems import Answers

from autograder import render, wire
from autograder.calling import Answer
from autograder.judge import judge
from autograder.notebook import InProcess
from autograder.problem import Bounds, Case, Keyed, Output, Problem
from autograder.problems.held_out import held_out_perplexity, one_window_a_sentence, with_held_out
from autograder.verdict import Verdict

V = 3
NEXT = np.array([[0.5, 0.25, 0.25], [0.125, 0.75, 0.125], [0.1, 0.1, 0.8]])


def draw_chain(rng: np.random.Generator) -> Keyed:
    """400 words before, and 400 behind them, of a chain with the transitions above."""
    contexts = rng.integers(V, size=(400, 1))
    targets = (NEXT[contexts[:, 0]].cumsum(axis=1) < rng.random((400, 1))).sum(axis=1)
    return with_held_out(contexts, targets, V)


def next_word(contexts: Any) -> Any:
    return NEXT[contexts[:, -1]]


MODEL = Problem(
    name="next_word",
    reference=next_word,
    outputs=(Output("perplexity"),),
    cases=(Case("words that the model has not seen", draw_chain),),
    source="Deck 1, Evaluating LM - Perplexity",
    observe=held_out_perplexity,
    bounds=Bounds(full=2.4, none=2.8),
)


@MODEL.mistake("every word gets 1 / V", hint="What has the model learned?")
def uniform(contexts):  # type: ignore[no-untyped-def]
    return np.full((len(contexts), 3), 1 / 3)


def judged(function: Callable[..., Any]) -> Verdict:
    return judge(MODEL, InProcess(function), 0, {})


def mixed(share: float) -> Callable[..., Any]:
    """The right model, with a share of the uniform one."""
    return lambda contexts: (1 - share) * next_word(contexts) + share / V


# -- perplexity -----------------------------------------------------------------------------------


def test_the_judge_computes_the_perplexity_itself() -> None:
    # exp of the mean of -log 1/2, -log 1/8 and -log 1/4: (2 * 8 * 4)^(1/3) = 4.
    arguments = with_held_out(np.array([[0], [1], [2]]), np.array([0, 2, 1]), V)
    P = np.array([[0.5, 0.5, 0], [0.5, 0.375, 0.125], [0.75, 0.25, 0]])
    assert held_out_perplexity(arguments, P) == pytest.approx(4)
    assert held_out_perplexity(arguments, P.astype(np.float32)) == pytest.approx(4)
    assert held_out_perplexity(arguments, P[:, ::-1]) == np.inf  # the second word was given 0.5


def test_a_good_model_gets_full_marks() -> None:
    verdict = judged(next_word)
    (aspect,) = verdict.aspects
    assert (verdict.score, aspect.passed, aspect.said) == (1, True, "")
    assert aspect.expected == "at most 2.4"
    assert 2 < float(aspect.got) < 2.4


def test_between_the_bounds_marks_are_in_proportion_and_both_are_named() -> None:
    verdict = judged(mixed(0.6))
    (aspect,) = verdict.aspects
    assert 2.4 < float(aspect.got) < 2.8
    assert verdict.score == pytest.approx((2.8 - float(aspect.got)) / 0.4, abs=2e-3)
    assert aspect.said == f"{aspect.got}: full marks up to 2.4, none from 2.8 on"
    assert verdict.summary == f"perplexity {aspect.said}"
    assert aspect.said in render.text(verdict, 4)
    assert Verdict.from_json(verdict.to_json()) == verdict


def test_marks_fall_with_the_perplexity() -> None:
    scores = [judged(mixed(share)).score for share in (0.0, 0.6, 0.7, 0.8)]
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == 4


@pytest.mark.parametrize(
    ("measured", "credit"),
    [(1.0, 1), (2.0, 1), (2.5, 0.5), (2.75, 0.25), (3.0, 0), (1e9, 0), (np.inf, 0), (np.nan, 0)],
)
def test_credit(measured: float, credit: float) -> None:
    assert Bounds(full=2.0, none=3.0).credit(measured) == credit


def test_a_known_mistake_is_recognised_by_its_perplexity() -> None:
    verdict = judged(lambda contexts: np.ones((len(contexts), V), np.float32) / V)
    assert [d.name for d in verdict.diagnoses] == ["every word gets 1 / V"]
    assert verdict.score == 0


# -- what are no distributions --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda c: None, "None came back"),
        (lambda c: "right", "an array of numbers"),
        (lambda c: [[0.5, 0.5], [1.0]], "an array of "),
        (lambda c: np.full((len(c), 3), 1j), "an array of numbers"),
        (lambda c: next_word(c).T, "the shape is (3, 400)"),
        (lambda c: next_word(c)[:, :2], "the shape is (400, 2)"),
        (lambda c: np.full((len(c), 3), np.nan), "NaN or infinite"),
        (lambda c: np.full((len(c), 3), np.inf), "NaN or infinite"),
        (lambda c: np.log(next_word(c)), "are these logarithms?"),
        (lambda c: np.log(next_word(c)) + 1, "are these logits"),
        (lambda c: 1.001 * next_word(c), "do not sum to one"),
        (lambda c: np.ones((len(c), 3)), "do not sum to one"),  # 1 for the right word, whichever
        (lambda c: next_word(c) + np.array([1, -1, 0]), "some probabilities are negative"),
        (lambda c: np.ones((len(c), 3), bool), "do not sum to one"),
    ],
)
def test_what_is_no_distribution_earns_nothing_and_is_told_why(function: Any, said: str) -> None:
    with np.errstate(all="ignore"):
        verdict = judged(function)
    assert verdict.score == 0
    assert said in verdict.error
    assert (verdict.aspects[0].expected, verdict.aspects[0].part) == ("at most 2.4", 0)


def test_a_float32_softmax_over_many_words_sums_to_one() -> None:
    rng = np.random.default_rng(0)
    exp_s = np.exp(rng.standard_normal((50, 10_000)).astype(np.float32))
    P = exp_s / exp_s.sum(axis=1, keepdims=True)
    arguments = with_held_out(np.zeros((50, 1), int), rng.integers(10_000, size=50), 10_000)
    assert P.dtype == np.float32
    assert 10_000 < held_out_perplexity(arguments, P) < 30_000


def test_a_word_of_probability_zero_is_infinitely_surprising() -> None:
    verdict = judged(lambda c: np.eye(3)[c[:, -1]])
    assert verdict.aspects[0].said == "inf: full marks up to 2.4, none from 2.8 on"
    assert verdict.score == 0


# -- what the function is told --------------------------------------------------------------------


def test_the_words_that_came_stay_with_the_judge() -> None:
    respondent = Answers(Answer(None))
    judge(MODEL, respondent, 0, {})
    (asked,) = respondent.asked
    sent = wire.decode(wire.encode({"call": "next_word", "arguments": asked}))["arguments"]
    assert type(sent) is tuple
    (contexts,) = sent
    assert contexts.shape == (400, 1)


def test_keyed_arguments_are_copied_with_their_key() -> None:
    arguments = with_held_out(np.array([[1], [2]]), np.array([2, 0]), V)
    copied = copy.deepcopy(arguments)
    assert isinstance(copied, Keyed)
    assert copied[0] is not arguments[0]
    np.testing.assert_array_equal(copied.key.targets, [2, 0])


def test_windows_come_from_different_sentences_with_the_word_behind() -> None:
    # Each sentence has numbers of its own, so a window tells from where it is: sentence s counts
    # 100 s + 1, 100 s + 2, ... after <s> = -1, and ends with -2.
    rng = np.random.default_rng(0)
    sentences = [100 * s + np.arange(1, 3 + s % 5) for s in range(60)]
    contexts, targets = one_window_a_sentence(rng, sentences, start=-1, end=-2, words=3, count=40)
    assert (contexts.shape, targets.shape) == ((40, 3), (40,))
    seen = []
    for context, target in zip(contexts, targets, strict=True):
        words = [w for w in (*context, target) if w >= 0]
        assert len({w // 100 for w in words}) == 1
        sentence = sentences[words[0] // 100]
        padded = [-1, -1, -1, *sentence, -2]
        starts = [t for t in range(len(sentence) + 1) if padded[t : t + 3] == [*context]]
        assert [padded[t + 3] for t in starts] == [target]
        seen.append(words[0] // 100)
    assert len(set(seen)) == 40
    assert seen != sorted(seen)
    assert -2 in targets
    assert -2 not in contexts


def test_every_token_is_about_as_likely_to_be_asked() -> None:
    # One sentence in ten has 40 tokens, the others 4: the long one's share is 40 / (40 + 36).
    rng = np.random.default_rng(1)
    sentences = [np.full(39 if s % 10 == 0 else 3, s % 10) for s in range(5000)]
    contexts, _ = one_window_a_sentence(rng, sentences, start=-1, end=-2, words=1, count=400)
    inside = contexts[contexts[:, 0] >= 0, 0]
    # Without <s> in front of the first word: 39 / (39 + 27) of the contexts; sigma is 0.026.
    assert np.mean(inside == 0) == pytest.approx(39 / 66, abs=0.1)
