"""Calling a student's function, and what is said of its errors."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
from student_code import defined

from autograder.calling import LONGEST_MESSAGE, NO_ANSWER, Answer, StudentError, call


def arguments() -> tuple[Any, ...]:
    return np.array([[1.0, np.nan], [3.0, 4.0]]), [np.arange(3.0), np.arange(2)], 5, None


def test_the_value_comes_back() -> None:
    answer = call(lambda a, b: a + b, (np.array([1.0]), 2))
    np.testing.assert_array_equal(answer.value, [3.0])
    assert answer.changed == () and answer.error is None


def test_the_arguments_stay_as_they_are() -> None:
    def destroy(x: Any, grads: Any, n: Any, nothing: Any) -> None:
        x[:] = 0
        grads[0][:] = 0
        grads.clear()

    given = arguments()
    before = copy.deepcopy(given)
    assert call(destroy, given).changed == (0, 1)
    np.testing.assert_array_equal(given[0], before[0])
    assert len(given[1]) == 2
    np.testing.assert_array_equal(given[1][0], [0.0, 1.0, 2.0])


@pytest.mark.parametrize(
    ("body", "changed"),
    [
        ("pass", ()),
        ("x = x * 2; grads = []; n += 1", ()),
        ("x.sort(); grads[0] += 0", ()),
        ("x += 0", ()),
        ("x += 1", (0,)),
        ("x[1, 1] = np.nan", (0,)),
        ("x[0, 1] = 2", (0,)),
        ("x.shape = (4,)", (0,)),
        ("x.shape = (4, 1)", (0,)),
        ("x.dtype = np.int64", (0,)),
        ("grads[1] += 1", (1,)),
        ("grads[1][0] = 7", (1,)),
        ("grads.append(x)", (1,)),
        ("grads.pop()", (1,)),
        ("grads.reverse()", (1,)),
        ("grads[0] = grads[0].copy()", ()),
        ("grads[0] = None", (1,)),
        ("grads[0] = 0.0", (1,)),
        ("grads[0] = np.array(['a', 'b', 'c'])", (1,)),
        ("grads[0] = grads[0].astype(np.float32)", (1,)),
        ("x *= 2; grads[0] *= 2", (0, 1)),
    ],
)
def test_which_arguments_were_changed_in_place(body: str, changed: tuple[int, ...]) -> None:
    function = defined("f", f"def f(x, grads, n, nothing):\n    {body}")
    assert call(function, arguments()) == Answer(None, changed)


COUNTS = {("the", "cat"): 2, ("cat", "</s>"): 1}


@pytest.mark.parametrize(
    ("body", "changed"),
    [
        ("return {**counts, ('a', 'b'): 1}", ()),
        ("counts[('the', 'cat')] = 2", ()),
        ("counts.get(('a', 'b'), 0)", ()),
        ("counts[('the', 'cat')] += 1", (0,)),
        ("counts[('the', 'cat')] = 2.0", (0,)),
        ("counts[('the', 'cat')] = np.array([2, 2])", (0,)),
        ("counts.setdefault(('a', 'b'), 0)", (0,)),
        ("counts.pop(('the', 'cat'))", (0,)),
    ],
)
def test_which_dicts_were_changed_in_place(body: str, changed: tuple[int, ...]) -> None:
    function = defined("f", f"def f(counts):\n    {body}")
    assert call(function, (COUNTS,)).changed == changed


def test_an_error_is_told_with_the_students_line() -> None:
    function = defined(
        "rnn_step",
        """
        def multiply(x, W):
            return x @ W


        def rnn_step(x, W):
            a = multiply(x, W)
            return a
        """,
    )
    error = call(function, (np.ones((2, 3)), np.ones((2, 3)))).error
    assert error is not None
    assert error.type == "ValueError"
    assert "matmul" in error.message
    assert error.where == "in multiply, line 3: `return x @ W`"
    assert str(error) == f"ValueError: {error.message} (in multiply, line 3: `return x @ W`)"


def test_the_line_is_the_students_even_if_a_library_raises() -> None:
    function = defined(
        "f",
        """
        def f(x):
            y = 1
            return np.stack([], axis=y)
        """,
    )
    error = call(function, (1,)).error
    assert error is not None
    assert error.where == "in f, line 4: `return np.stack([], axis=y)`"


def test_the_notebooks_own_machinery_is_not_the_students_line() -> None:
    source = "def write(text):\n    raise OSError('gone')\n"
    library: dict[str, Any] = {}
    exec(compile(source, "/usr/lib/python3/site-packages/ipykernel/iostream.py", "exec"), library)
    function = defined("f", "def f(x):\n    write(x)", write=library["write"])
    error = call(function, (1,)).error
    assert error is not None
    assert error.where == "in f, line 2: `write(x)`"


def test_a_line_of_no_cell_is_not_told() -> None:
    def fails() -> None:
        raise ValueError("here")

    assert call(fails, ()).error == StudentError("ValueError", "here", "")


def test_a_wrong_number_of_arguments() -> None:
    error = call(defined("f", "def f(x):\n    return x"), (1, 2)).error
    assert error is not None
    assert error.type == "TypeError" and "takes 1 positional argument" in error.message


@pytest.mark.parametrize(
    "raised",
    [
        "SystemExit(0)",
        "KeyboardInterrupt()",
        "GeneratorExit()",
        "BaseException()",
        "NotImplementedError()",
        "RecursionError()",
        "MemoryError()",
        "StopIteration()",
    ],
)
def test_whatever_is_raised_is_caught(raised: str) -> None:
    error = call(defined("f", f"def f():\n    raise {raised}"), ()).error
    assert error is not None
    assert error.type == raised.partition("(")[0]
    assert error.where == f"in f, line 2: `raise {raised}`"


def test_endless_recursion_is_caught() -> None:
    error = call(defined("f", "def f():\n    return f()"), ()).error
    assert error is not None and error.type == "RecursionError"


def test_long_messages_are_cut() -> None:
    source = (
        f"def f():\n    raise type('E' * 10_000, (Exception,), {{}})('m' * 10_000) # {'c' * 500}"
    )
    error = call(defined("f", source), ()).error
    assert error is not None
    assert error.message == "m" * LONGEST_MESSAGE
    assert error.type == "E" * LONGEST_MESSAGE
    assert len(error.where) < 200


def test_an_error_that_cannot_speak() -> None:
    function = defined(
        "f",
        """
        class Mute(Exception):
            def __str__(self):
                raise RuntimeError


        def f():
            raise Mute
        """,
    )
    error = call(function, ()).error
    assert error is not None
    assert (error.type, error.message) == ("Mute", "")
    assert str(error) == "Mute (in f, line 8: `raise Mute`)"


def test_an_error_as_text() -> None:
    assert str(StudentError("ValueError", "")) == "ValueError"
    assert str(StudentError("", "three arrays expected")) == "three arrays expected"
    assert (
        str(StudentError(NO_ANSWER, "no answer within 5 seconds")) == "no answer within 5 seconds"
    )
