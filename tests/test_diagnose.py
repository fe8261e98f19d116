"""Which known mistakes are named, and which outputs they explain."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from judged_code import named, verdicts
from small_problems import (
    Arguments,
    diagnosed,
    gates,
    i_and_g_linear,
    i_linear,
    judged,
    scales_x,
)

from autograder.problem import Case, Output, Problem


def test_two_mistakes_in_two_outputs_are_both_named() -> None:
    def both(x: Any, W: Any) -> Any:
        a = x @ W
        return a, np.sin(a), np.cos(a), 2 * a

    verdict = judged(both)
    assert verdict.score == 0.25
    assert diagnosed(verdict) == {
        "f and o stand in each other's place": ("f", "o"),
        "i is left as it is": ("i",),
    }
    assert verdict.summary == "f and o stand in each other's place; i is left as it is"
    swapped, linear = verdict.diagnoses
    assert (swapped.hint, swapped.convention) == ("In which order?", True)
    assert (linear.hint, linear.convention) == ("Look for a curve.", False)
    assert str(linear) == "i: exactly what you get when i is left as it is"


def test_one_mistake_that_explains_all_is_better_than_two() -> None:
    verdict = judged(lambda x, W: i_and_g_linear(x, W))
    assert diagnosed(verdict) == {"i and g are not doubled or squashed": ("i", "g")}


def test_the_first_of_equals_is_named() -> None:
    assert diagnosed(judged(lambda x, W: i_linear(x, W))) == {"i is left as it is": ("i",)}


def test_an_output_that_no_mistake_explains_is_left_open() -> None:
    def partly(x: Any, W: Any) -> Any:
        a = x @ W
        return a, np.cos(a), np.sin(a), 7 * a

    verdict = judged(partly)
    assert diagnosed(verdict) == {"i is left as it is": ("i",)}
    assert {a.output for a in verdict.aspects if not a.passed} == {"i", "g"}


def test_a_mistake_explains_only_what_it_gives_in_every_case() -> None:
    # Linear for a batch alone: not what one gets from the mistake for N = 1.
    assert diagnosed(judged(lambda x, W: i_linear(x, W) if len(x) > 1 else gates(x, W))) == {}


def test_a_mistake_that_gives_nan_is_recognised() -> None:
    problem = Problem("root", lambda x: np.abs(x), (Output("y"),), (Case("a batch", draw_one),), "")

    @problem.mistake("the square is forgotten", hint="-")
    def root(x):  # type: ignore[no-untyped-def]
        return np.sqrt(x)

    with np.errstate(invalid="ignore"):
        verdict = judged(root, problem)
    assert verdict.score == 0
    assert diagnosed(verdict) == {"the square is forgotten": ("y",)}


def draw_one(rng: np.random.Generator) -> Arguments:
    return (rng.standard_normal((6, 5)),)


def test_an_exchange_explains_both_outputs_or_none() -> None:
    def twice(x: Any, W: Any) -> Any:  # f is o's value, and o is o's
        i, _, o, g = gates(x, W)
        return i, o, o, g

    def half(x: Any, W: Any) -> Any:  # the same, and o is wrong for another reason
        i, _, o, g = gates(x, W)
        return i, o, o / 3, g

    assert diagnosed(judged(twice)) == {}
    assert diagnosed(judged(half)) == {}


@pytest.mark.parametrize("order", [(1, 2, 3, 0), (3, 2, 1, 0), (1, 0, 2, 3)])
def test_right_outputs_in_another_order(order: tuple[int, ...]) -> None:
    verdict = judged(lambda x, W: tuple(gates(x, W)[place] for place in order))
    wrong = tuple("ifog"[n] for n in range(4) if order[n] != n)
    assert diagnosed(verdict) == {
        "every output is right, but they are returned in another order": wrong
    }


def test_a_known_exchange_has_its_own_name() -> None:
    verdict = judged(lambda x, W: [gates(x, W)[place] for place in (0, 2, 1, 3)])
    assert diagnosed(verdict) == {"f and o stand in each other's place": ("f", "o")}


def test_one_wrong_output_is_no_other_order() -> None:
    def nearly(x: Any, W: Any) -> Any:
        i, f, o, g = gates(x, W)
        return f, i, g, 7 * o

    assert diagnosed(judged(nearly)) == {}


def test_a_change_in_place_is_diagnosed_by_what_it_changes() -> None:
    verdict = judged(lambda x, W: scales_x(x, W))
    assert verdict.score == pytest.approx(0.9)
    assert diagnosed(verdict) == {"x is scaled in place": tuple("ifog")}
    assert verdict.changed == ("x",)


@pytest.mark.parametrize("error", [NotImplementedError, NameError, ValueError])
def test_a_function_that_is_not_there_is_compared_with_no_mistake(error: type[Exception]) -> None:
    asked = []
    problem = Problem(
        name="double",
        reference=lambda x: 2 * x,
        outputs=(Output("y"),),
        cases=(Case("a vector", lambda rng: (rng.standard_normal(3),)),),
        source="Deck 1",
    )

    @problem.mistake("x is cubed", hint="Twice.")
    def cubes(x: Any) -> Any:
        asked.append(x)
        return x**3

    def raises(x: Any) -> Any:
        raise error("not yet")

    assert not judged(raises, problem).diagnoses
    assert bool(asked) == (error is ValueError)  # a mistake may well raise that


LOSS = """
def cross_entropy(logits, targets):
    p = np.take_along_axis(softmax(logits), targets[..., None], axis=-1)[..., 0]
    return {returned}
"""


@pytest.mark.parametrize(
    ("returned", "name"),
    [
        ("-np.log(p).sum()", "the losses are summed, not averaged"),
        ("-np.log(p).sum() / len(p)", "the sum is divided by the N sentences only"),
        ("-np.log2(p).mean()", "the logarithm has base 2 (bits, as in information theory)"),
        ("np.exp(-np.log(p).mean())", "the perplexity is returned"),
    ],
)
@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning")
def test_what_an_overflow_hides_is_named_with_it(returned: str, name: str) -> None:
    for told in named("cross_entropy", LOSS.format(returned=returned)):
        assert told == (
            f"{name}, and where it is no finite number, the logarithm is taken of a probability "
            "that is rounded to 0"
        )


@pytest.mark.parametrize("returned", ["-2 * np.log(p).mean()", "-np.log(p).mean() * np.nan"])
@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning")
def test_an_overflow_alone_does_not_stand_for_what_nobody_knows(returned: str) -> None:
    judged = verdicts("cross_entropy", LOSS.format(returned=returned))
    assert {(verdict.score, verdict.diagnoses) for verdict in judged} == {(0, ())}
