"""Is this the value that was expected, and what is said when it is not?"""

from __future__ import annotations

import re
import warnings
from collections import Counter, defaultdict
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograder.compare import Comparison
from autograder.compare import compare as compare_within

RTOL, ATOL = 1e-6, 1e-9

MATRIX = np.array([[1.25, -2.5, 4.0], [0.5, 8.0, -16.0]])

FLOATS = hnp.arrays(
    np.float64,
    hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
    elements=st.floats(width=64),
)


def compare(expected: Any, got: Any) -> Comparison:
    return compare_within(expected, got, RTOL, ATOL)


@given(FLOATS)
@settings(max_examples=60, deadline=None)
def test_every_value_agrees_with_itself(array: Any) -> None:
    assert compare(array, array.copy()).said == ""
    assert compare([array, array], [array, array]).said == ""


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_wrong_entries_are_counted(data: st.DataObject) -> None:
    shape = data.draw(hnp.array_shapes(min_dims=1, max_dims=3, min_side=2, max_side=4))
    right = np.random.default_rng(0).uniform(-1, 1, shape)
    places = data.draw(st.sets(st.integers(0, right.size - 1), min_size=1))
    got = right.copy()
    got.flat[list(places)] += 1e-4
    said = f"{len(places)} of {right.size} entries wrong, by up to 0.0001"
    assert compare(right, got).said == said


def test_the_tolerance_is_of_the_largest_entry() -> None:
    # rtol * 1000 + atol = 1e-3 + 1e-9: so much may each entry be off, the tiny one too.
    right = np.array([1000.0, 1e-9, -3.0])
    for place in range(3):
        for off, agrees in ((9.9e-4, True), (-9.9e-4, True), (1.01e-3, False), (-1.01e-3, False)):
            got = right.copy()
            got[place] += off
            assert (compare(right, got).said == "") == agrees


def test_around_zero_the_tolerance_is_absolute() -> None:
    assert compare(np.zeros(3), np.full(3, 0.9e-9)).said == ""
    assert compare(np.zeros(3), np.full(3, 1.1e-9)).said != ""


def test_an_infinite_entry_does_not_make_the_others_free() -> None:
    right = np.array([np.inf, 1.0])
    assert compare(right, np.array([np.inf, 1.0])).said == ""
    assert compare(right, np.array([np.inf, 1.1])).said.startswith("1 of 2 entries wrong")
    assert compare(right, np.array([-np.inf, 1.0])).said.startswith("1 of 2 entries wrong")
    assert compare(right, np.array([1e300, 1.0])).said.startswith("1 of 2 entries wrong")


def test_not_a_number_agrees_with_itself_alone() -> None:
    # A reference never gives NaN, but a known mistake may, and is recognised by it.
    nan = np.array([np.nan, 1.0])
    assert compare(nan, nan.copy()).said == ""
    assert compare(nan, np.array([1.0, 1.0])).said != ""
    assert compare(nan, np.array([np.inf, 1.0])).said != ""


@pytest.mark.parametrize(
    ("got", "said"),
    [
        (np.where(MATRIX > 3, np.nan, MATRIX), "2 of 6 entries not a number (NaN)"),
        (np.where(MATRIX > 3, np.inf, MATRIX), "2 of 6 entries infinite"),
        (np.where(MATRIX > 3, -np.inf, np.nan), "4 of 6 entries not a number (NaN)"),
        (MATRIX.T, "shape (2, 3) expected, got (3, 2), transposed"),
        (MATRIX[:, :2], "shape (2, 3) expected, got (2, 2)"),
        (MATRIX[None], "shape (2, 3) expected, got (1, 2, 3)"),
        (MATRIX.ravel(), "shape (2, 3) expected, got (6,)"),
        (1.25, "shape (2, 3) expected, got a number"),
        (None, "None came back: is a `return` missing?"),
        (MATRIX.T.tolist(), "a list came back, not an array"),
        ([[1.0, 2.0], [3.0]], "a list came back, not an array"),
        ((MATRIX,), "a tuple came back, not an array"),
        ({"h": MATRIX}, "a dict came back, not an array"),
        ("(2, 3)", "a str came back, not an array"),
        (MATRIX.astype(complex), "dtype complex128: numbers were expected"),
        (MATRIX.astype(object), "dtype object: numbers were expected"),
        (MATRIX.astype("U8"), "dtype <U8: numbers were expected"),
        (MATRIX + 1, "6 of 6 entries wrong, by up to 1"),
    ],
)
def test_what_is_said(got: Any, said: str) -> None:
    assert compare(MATRIX, got).said == said


def test_shapes_are_shown() -> None:
    assert compare(MATRIX, MATRIX.T) == Comparison(
        "(2, 3)", "(3, 2)", "shape (2, 3) expected, got (3, 2), transposed"
    )
    assert compare(MATRIX, MATRIX) == Comparison("(2, 3)", "(2, 3)")
    assert compare(2.0, 2.0) == Comparison("a number", "a number")
    assert compare(MATRIX, None).got == "None"


def test_only_a_matrix_is_called_transposed() -> None:
    cube = np.zeros((2, 3, 4))
    assert "transposed" not in compare(cube, np.zeros((4, 3, 2))).said


def test_a_square_transposed_is_wrong() -> None:
    square = MATRIX[:, :2]
    assert compare(square, square.T).said == "2 of 4 entries wrong, by up to 3"


@pytest.mark.parametrize("got", [2.5, np.float32(2.5), np.array(2.5), np.array([2.5]), [[2.5]]])
def test_a_number_may_come_in_an_array(got: Any) -> None:
    said = compare(2.5, np.array(got)).said
    assert said == ""
    assert compare(2.6, np.array(got)).said == "the value is wrong"


def test_an_array_of_one_may_not_come_as_a_number() -> None:
    assert compare(np.array([2.5]), 2.5).said == "shape (1,) expected, got a number"


@pytest.mark.parametrize(
    ("got", "said"),
    [
        (np.nan, "the value is not a number (NaN)"),
        (-np.inf, "the value is infinite"),
        (3.0, "the value is wrong"),
        (2**70, "dtype object: numbers were expected"),
        ([2.5, 2.5], "a list came back, not an array"),
    ],
)
def test_what_is_said_of_a_number(got: Any, said: str) -> None:
    assert compare(2.5, got).said == said


@pytest.mark.parametrize("dtype", ["f4", "f8", ">f8", "i4", "u1", "longdouble"])
def test_numbers_of_any_type(dtype: str) -> None:
    right = np.array([[1.0, 2.0, 200.0]])
    assert compare(right, right.astype(dtype)).said == ""
    assert compare(right + 1, right.astype(dtype)).said != ""


def test_unsigned_numbers_do_not_wrap_around() -> None:
    assert compare(np.array([2.0, 1.0]), np.array([3, 1], dtype="u1")).said == (
        "1 of 2 entries wrong, by up to 1"
    )


def test_float32_is_enough_and_float16_is_not() -> None:
    # Half the distance between neighbours, relative: 6e-8 in float32, 5e-4 in float16.
    right = np.random.default_rng(1).standard_normal((5, 7))
    assert compare(right, right.astype(np.float32)).said == ""
    assert "entries wrong" in compare(right, right.astype(np.float16)).said


def test_lists_of_arrays() -> None:
    right = [MATRIX, np.arange(3.0)]
    assert compare(right, (MATRIX, np.arange(3.0))).said == ""
    assert compare(right, [MATRIX, np.arange(3.0) + 1]).said == (
        "array 1: 3 of 3 entries wrong, by up to 1"
    )
    assert compare(right, [MATRIX.T, None]).said == (
        "array 0: shape (2, 3) expected, got (3, 2), transposed"
    )
    assert compare(right, [MATRIX]).said == "2 arrays expected, 1 came back"
    assert compare(right, []).said == "2 arrays expected, 0 came back"
    assert compare(right, None).said == "2 arrays expected, None came back"
    assert compare(right, MATRIX).said == "array 0: shape (2, 3) expected, got (3,)"


def test_a_list_of_numbers_is_an_array() -> None:
    assert compare(MATRIX, MATRIX.tolist()).said == ""
    assert compare(MATRIX, list(MATRIX)).said == ""
    assert compare(MATRIX, (MATRIX + 1).tolist()).said == "6 of 6 entries wrong, by up to 1"
    assert compare(MATRIX, [["1"] * 3] * 2).said == "dtype <U1: numbers were expected"


def test_an_array_is_a_list_of_its_rows() -> None:
    assert compare(list(MATRIX), MATRIX).said == ""
    assert compare(list(MATRIX), MATRIX[::-1]).said == "array 0: 3 of 3 entries wrong, by up to 20"
    assert compare(["a", "b"], np.array(["a", "b"])).said == ""
    assert compare(list(MATRIX), np.array(1.0)).said == "2 arrays expected, a ndarray came back"


def test_no_expected_value_is_named() -> None:
    right = np.array([[0.123456, 98.7654], [3.14159, 2.71828]])
    for got in (right * 2, right.T, right[:1], right * np.nan, None, "x", [1]):
        comparison = compare(right, got)
        assert comparison.said
        told = " ".join((comparison.expected, comparison.got, comparison.said))
        assert not re.search("0.123|98.7|3.14|2.71", told)


def test_huge_values_warn_of_nothing() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert compare(np.array([1e308, 1.0]), np.array([-1e308, 1.0])).said
        assert compare(np.array([np.inf]), np.array([np.inf])).said == ""


# -- words and counts -----------------------------------------------------------------------------

COUNTS = {("the", "cat"): 3, ("cat", "</s>"): 2, ("<s>", "the"): 5}


@pytest.mark.parametrize(
    ("got", "said"),
    [
        (Counter(COUNTS), ""),
        (defaultdict(int, {k: float(v) for k, v in COUNTS.items()}), ""),
        (dict(reversed(COUNTS.items())), ""),
        ({k: np.array(v) for k, v in COUNTS.items()}, ""),
        ({**COUNTS, ("<s>", "the"): 4}, "1 of 3 entries wrong; ('<s>', 'the'): the value is wrong"),
        (
            {k: [v, v] for k, v in COUNTS.items()},
            "3 of 3 entries wrong; ('the', 'cat'): a list came back, not an array",
        ),
        ({**COUNTS, ("the", "<s>"): 0}, "keys: 1 too many"),
        ({k: COUNTS[k] for k in list(COUNTS)[:1]}, "keys: 2 missing"),
        ({("the", "cat"): 3, ("cat",): 2}, "keys: 2 missing and 1 too many"),
        ({}, "keys: 3 missing"),
        ({" ".join(k): v for k, v in COUNTS.items()}, "the keys are of type str, not tuple"),
        (None, "a dict expected, None came back"),
        (list(COUNTS), "a dict expected, a list came back"),
        (MATRIX, "a dict expected, a ndarray came back"),
    ],
)
def test_what_is_said_of_counts(got: Any, said: str) -> None:
    assert compare(COUNTS, got).said == said


def test_an_entry_has_a_tolerance_of_its_own() -> None:
    right = {"rare": 1e-3, "frequent": 1e6}
    assert compare(right, {"rare": 1e-3 * (1 + 9e-7), "frequent": 1e6}).said == ""
    assert compare(right, {"rare": 1.1e-3, "frequent": 1e6}).said.startswith("1 of 2 entries wrong")


@pytest.mark.parametrize(
    ("got", "said"),
    [
        (["the", "cat", "sat"], ""),
        (("the", "cat", np.str_("sat")), ""),
        (["the", "cat", "sits"], "text 2: another text was expected"),
        (["the", 1.0, "sat"], "text 1: a text expected, a float came back"),
        (["the", "cat"], "3 texts expected, 2 came back"),
        ("the cat sat", "3 texts expected, a str came back"),
    ],
)
def test_what_is_said_of_words(got: Any, said: str) -> None:
    assert compare(["the", "cat", "sat"], got).said == said


def test_what_is_said_of_ngrams() -> None:
    right = [("<s>", "the"), ("the", "cat")]
    assert compare(right, list(right)).said == ""
    assert compare(right, [("<s>", "the"), ("cat", "the")]).said == (
        "tuple 1: text 0: another text was expected"
    )
    assert compare(right, ["<s> the", "the cat"]).said == (
        "tuple 0: 2 texts expected, a str came back"
    )


def test_an_infinite_entry_of_a_dict() -> None:
    assert compare({"a": -np.inf}, {"a": -np.inf}).said == ""
    assert compare({"a": -np.inf}, {"a": -1e300}).said != ""


class AgreeingText(str):
    """Says that it is equal to everything."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = str.__hash__


def test_a_text_that_lies_is_wrong() -> None:
    assert compare("the", AgreeingText("cat")).said == "another text was expected"
    assert compare({"the": 1}, {AgreeingText("cat"): 1}).said != ""


# -- values that lie ------------------------------------------------------------------------------


class Agrees:
    """Claims to be equal to everything and within every bound."""

    def __eq__(self, other: object) -> bool:
        return True

    def __le__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]

    def __float__(self) -> float:
        return 2.5

    def __rsub__(self, other: object) -> float:
        return 0.0


class AgreeingArray(np.ndarray[Any, Any]):
    """An array whose every operation claims that all is right."""

    def __array_ufunc__(self, *arguments: Any, **named: Any) -> Any:
        return np.zeros(MATRIX.shape)

    def __eq__(self, other: object) -> Any:
        return np.ones(MATRIX.shape, dtype=bool)

    __hash__ = None

    def astype(self, *arguments: Any, **named: Any) -> Any:
        return MATRIX


class GivesObjects:
    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return np.full(MATRIX.shape, Agrees(), dtype=object)


class GivesAgreeingArray:
    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return np.zeros(MATRIX.shape).view(AgreeingArray)


class GivesNoArray:
    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return "none"


class Raises:
    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        raise RuntimeError("no array today")


class EndlessSequence:
    def __len__(self) -> int:
        return 2**60

    def __getitem__(self, place: int) -> float:
        return 1.0


class EmptyList(list[Any]):
    """Says that it is as long as it should be."""

    def __len__(self) -> int:
        return 2

    def __eq__(self, other: object) -> bool:
        return True


LIARS = [
    Agrees(),
    np.full(MATRIX.shape, Agrees(), dtype=object),
    np.zeros(MATRIX.shape).view(AgreeingArray),
    GivesObjects(),
    GivesAgreeingArray(),
    GivesNoArray(),
    Raises(),
    EndlessSequence(),
    EmptyList(),
    object(),
    {1.25},
    len,
]


@pytest.mark.parametrize("liar", LIARS, ids=lambda liar: type(liar).__name__)
@pytest.mark.parametrize(
    "right",
    [MATRIX, 2.5, [MATRIX, MATRIX], {"a": MATRIX}, "the"],
    ids=["array", "number", "list", "dict", "text"],
)
def test_liars_are_wrong(right: Any, liar: Any) -> None:
    comparison = compare(right, liar)
    assert comparison.said
    assert type(comparison.said) is type(comparison.got) is str
    if isinstance(right, list):
        assert compare(right, [liar, liar]).said
    if isinstance(right, dict):
        assert compare(right, {"a": liar}).said
