"""Every problem: its reference is right, each known mistake is wrong and told from the others."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest

from autograder.calling import call
from autograder.judge import judge
from autograder.notebook import InProcess
from autograder.problem import Mistake, Problem
from autograder.problems import TOPICS, find_helpers, find_problem, problem_names
from autograder.verdict import Verdict

NAMES = problem_names()
SEEDS = (0, 1)

# Some mistakes overflow or divide by zero: that is what is wrong with them.
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def sigmoid(a: Any) -> Any:
    return 1 / (1 + np.exp(-a))


def judged(problem: Problem, function: Callable[..., Any], seed: int) -> Verdict:
    return judge(problem, InProcess(function), seed, find_helpers(problem))


def drawn(problem: Problem, seed: int) -> list[tuple[Any, ...]]:
    return [case.draw(np.random.default_rng([seed, n])) for n, case in enumerate(problem.cases)]


@cache
def notebook_names() -> dict[str, Any]:
    """What a notebook in which all exercises are done defines."""
    references = {name: find_problem(name).reference for name in NAMES}
    return {"np": np, "sigmoid": sigmoid, **references}


def in_a_notebook(problem: Problem, mistake: Mistake) -> Callable[..., Any]:
    """The mistake as a student's cell would define it, under the exercise's name."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(mistake.wrong)))
    (function,) = tree.body
    assert isinstance(function, ast.FunctionDef)
    function.name, function.decorator_list = problem.name, []
    namespace = dict(notebook_names())
    exec(ast.unparse(tree), namespace)
    written: Callable[..., Any] = namespace[problem.name]
    return written


def assert_same(one: Any, other: Any) -> None:
    assert isinstance(one, (tuple, list)) == isinstance(other, (tuple, list))
    if isinstance(one, (tuple, list)):
        assert len(one) == len(other)
        for left, right in zip(one, other, strict=True):
            assert_same(left, right)
    elif isinstance(one, dict):
        assert one.keys() == other.keys()
        for key in one:
            assert_same(one[key], other[key])
    elif one is None or isinstance(one, str):
        assert one == other
    else:
        # The last digits may differ: a notebook's sigmoid need not be the library's.
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)


# -- names ----------------------------------------------------------------------------------------


def test_names_are_unique_and_found() -> None:
    assert NAMES and len(set(NAMES)) == len(NAMES)
    assert [name for names in TOPICS.values() for name in names] == NAMES
    assert [find_problem(name).name for name in NAMES] == NAMES
    assert [find_problem(name).reference.__name__ for name in NAMES] == NAMES


def test_the_nearest_names_are_told() -> None:
    with pytest.raises(KeyError, match=re.escape("'rnn_stp'; there is rnn_step")):
        find_problem("rnn_stp")
    with pytest.raises(KeyError, match=", ".join(NAMES)):
        find_problem("zzzzzzzz")


@pytest.mark.parametrize("name", NAMES)
def test_a_helper_is_taught_before_it_is_used(name: str) -> None:
    helpers = find_helpers(find_problem(name))
    assert list(helpers) == list(find_problem(name).uses)
    assert all(NAMES.index(helper) < NAMES.index(name) for helper in helpers)


@pytest.mark.parametrize("name", NAMES)
def test_outputs_cases_and_weights(name: str) -> None:
    problem = find_problem(name)
    for parts in (problem.outputs, problem.cases):
        names = [part.name for part in parts]
        assert names and all(names) and len(set(names)) == len(names)
        assert all(part.weight > 0 for part in parts)
    assert problem.source.startswith("Deck ")


# -- the reference --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("seed", range(5))
def test_the_reference_is_right(name: str, seed: int) -> None:
    problem = find_problem(name)
    verdict = judged(problem, problem.reference, seed)
    assert verdict.score == 1
    assert all(aspect.passed for aspect in verdict.aspects)
    assert (verdict.error, verdict.changed, verdict.diagnoses) == ("", (), ())
    assert verdict.summary == "right"
    assert sum(aspect.share for aspect in verdict.aspects) == pytest.approx(1)


@pytest.mark.parametrize("name", NAMES)
def test_the_reference_takes_what_is_drawn_and_two_seeds_draw_differently(name: str) -> None:
    problem = find_problem(name)
    parameters = list(inspect.signature(problem.reference).parameters)
    for seed in SEEDS:
        for arguments in drawn(problem, seed):
            assert len(arguments) == len(parameters)
    first, second = (repr(drawn(problem, seed)) for seed in (10, 11))
    assert first != second


@pytest.mark.parametrize("name", NAMES)
def test_a_stub_earns_nothing(name: str) -> None:
    def stub(*arguments: Any) -> Any:
        raise NotImplementedError

    verdict = judged(find_problem(name), stub, 0)
    assert (verdict.score, verdict.unwritten, verdict.diagnoses) == (0, True, ())


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("constant", [None, 0.0, 1.0, "right"])
def test_a_constant_earns_nothing(name: str, constant: Any) -> None:
    problem = find_problem(name)
    value = (constant,) * len(problem.outputs) if len(problem.outputs) > 1 else constant
    for answer in (constant, value):
        assert judged(problem, lambda *arguments, answer=answer: answer, 0).score == 0


def transposed(value: Any) -> Any:
    if isinstance(value, (tuple, list)):
        return type(value)(map(transposed, value))
    return np.swapaxes(value, 0, 1) if np.ndim(value) >= 2 else value


def matrices(name: str) -> set[str]:
    """The outputs in which the first two axes can be exchanged."""
    problem = find_problem(name)
    if problem.bounds:  # a number is measured, and the reference would have to be trained
        return set()
    arguments = drawn(problem, 0)[0]
    values = problem.values(arguments, problem.reference(*arguments))
    lists = [value if isinstance(value, list) else [value] for value in values]
    return {
        output.name
        for output, arrays in zip(problem.outputs, lists, strict=True)
        if any(np.ndim(array) >= 2 for array in arrays)
    }


def axes(shape: str) -> int:
    """How many numbers stand in "(3, 4)"; 0 for a list of arrays."""
    return len(re.findall(r"\d+", shape)) if shape.startswith("(") else 0


WITH_MATRICES = [name for name in NAMES if matrices(name)]


@pytest.mark.parametrize("name", WITH_MATRICES)
@pytest.mark.parametrize("seed", range(5))
def test_what_is_transposed_is_wrong(name: str, seed: int) -> None:
    # With N = T or D = H throughout, a shape could not tell; with symmetric weights, no value.
    problem = find_problem(name)
    verdict = judged(problem, lambda *arguments: transposed(problem.reference(*arguments)), seed)
    turned = [a for a in verdict.aspects if a.output in matrices(name) and axes(a.expected) != 1]
    assert {aspect.output for aspect in turned} == matrices(name)
    assert [aspect for aspect in turned if aspect.passed] == []


COMPARED = [name for name in NAMES if not find_problem(name).observe]


@pytest.mark.parametrize("name", COMPARED)
def test_what_is_nearly_right_is_wrong(name: str) -> None:
    # Each output by itself is off by a thousandth.
    problem = find_problem(name)

    def off(value: Any) -> Any:
        if isinstance(value, (list, tuple)):
            return type(value)(off(entry) for entry in value)
        if isinstance(value, dict):
            return {key: off(entry) for key, entry in value.items()}
        return value + "s" if isinstance(value, str) else value * 1.001

    for position, output in enumerate(problem.outputs):

        def nearly(*arguments: Any, position: int = position) -> Any:
            returned = problem.reference(*arguments)
            if len(problem.outputs) == 1:
                return off(returned)
            return *returned[:position], off(returned[position]), *returned[position + 1 :]

        aspects = judged(problem, nearly, 0).aspects
        usual = problem.cases[0].name  # in others the right value may be infinite, or zero
        assert not any(a.passed for a in aspects if (a.case, a.output) == (usual, output.name))
        assert all(a.passed for a in aspects if a.output != output.name)


# -- the known mistakes ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_mistakes_have_names_and_hints(name: str) -> None:
    mistakes = find_problem(name).mistakes
    assert mistakes
    assert all(m.name.strip() and m.hint.strip() for m in mistakes)
    assert len({m.name for m in mistakes}) == len(mistakes)
    for mistake in mistakes:
        # "your output is exactly what you get when <name>": a clause; the hint is a sentence.
        assert not re.search(r"[^.][.?!]$", mistake.name)
        assert re.search(r"[.?!][\")]?$", mistake.hint)


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def lines_of(function: Callable[..., Any]) -> list[str]:
    """The statements of a function, and what stands to the right of their equals signs."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    lines = []
    for node in ast.walk(tree):
        if isinstance(node, (ast.Assign, ast.AugAssign, ast.Return, ast.Expr)) and node.value:
            if isinstance(node.value, ast.Constant):  # the docstring
                continue
            lines += [squeezed(ast.unparse(node)), squeezed(ast.unparse(node.value))]
    return [line for line in lines if len(line) >= 6]


@pytest.mark.parametrize("name", NAMES)
def test_hints_do_not_give_the_answer_away(name: str) -> None:
    problem = find_problem(name)
    lines = lines_of(problem.reference)
    assert lines
    for mistake in problem.mistakes:
        told = squeezed(mistake.hint)
        assert [line for line in lines if line in told] == [], mistake.name


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_every_mistake_is_wrong_and_recognised(name: str, seed: int) -> None:
    problem = find_problem(name)
    for mistake in problem.mistakes:
        verdict = judged(problem, mistake.wrong, seed)
        assert verdict.score < 1, mistake.name
        # The first one named is this one, and no second is needed to explain the output.
        assert [d.name for d in verdict.diagnoses] == [mistake.name]
        (diagnosis,) = verdict.diagnoses
        assert (diagnosis.hint, diagnosis.convention) == (mistake.hint, mistake.convention)
        wrong = {aspect.output for aspect in verdict.aspects if not aspect.passed}
        assert set(diagnosis.outputs) >= wrong
        assert wrong or verdict.changed


@pytest.mark.parametrize("name", NAMES)
def test_the_source_of_a_mistake_stands_alone_in_a_notebook(name: str) -> None:
    problem = find_problem(name)
    for mistake in problem.mistakes:
        written = in_a_notebook(problem, mistake)
        for arguments in drawn(problem, seed=0):
            ours, theirs = call(mistake.wrong, arguments), call(written, arguments)
            if ours.error or theirs.error:
                assert ours.error and theirs.error, (mistake.name, theirs.error)
                assert ours.error.type == theirs.error.type
                assert ours.error.message == theirs.error.message
            assert ours.changed == theirs.changed
            assert_same(ours.value, theirs.value)


@pytest.mark.parametrize("name", NAMES)
def test_a_mistake_takes_what_the_reference_takes(name: str) -> None:
    problem = find_problem(name)
    expected = list(inspect.signature(problem.reference).parameters)
    for mistake in problem.mistakes:
        assert list(inspect.signature(mistake.wrong).parameters) == expected, mistake.name
