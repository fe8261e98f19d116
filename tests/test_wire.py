"""The bytes between the judge and a process that is not trusted."""

from __future__ import annotations

import json
import math
import struct
import tracemalloc
from collections import Counter
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograder.wire import DTYPES, Limits, WireError, decode, encode

QUICK = settings(max_examples=60, deadline=None)


def array_of(kind: Any, order: str, shape: tuple[int, ...]) -> st.SearchStrategy[Any]:
    return hnp.arrays(np.dtype(kind).newbyteorder(order), shape)


ARRAYS = st.builds(
    lambda kind, order, shape: (kind, order, shape),
    st.sampled_from(DTYPES),
    st.sampled_from("<>"),
    hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
).flatmap(lambda drawn: array_of(*drawn))

PLAIN = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(width=64)
    | st.text(max_size=10)
)


WORDS = st.text(max_size=3) | st.integers(-(2**63), 2**63 - 1)
KEYS = WORDS | st.lists(WORDS, max_size=3).map(tuple) | st.tuples(st.tuples(WORDS), WORDS)


def within(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    several = st.lists(values, max_size=3)
    return several | several.map(tuple) | st.dictionaries(KEYS, values, max_size=3)


LEAVES = PLAIN | ARRAYS
VALUES = LEAVES | within(LEAVES) | within(within(LEAVES))


def assert_same(sent: Any, got: Any) -> None:
    if isinstance(sent, np.ndarray):
        assert type(got) is np.ndarray
        assert got.shape == sent.shape
        assert got.dtype == sent.dtype.newbyteorder("<")
        np.testing.assert_array_equal(got, sent)
    elif isinstance(sent, dict):
        assert type(got) is dict and repr(list(got)) == repr(list(sent))
        for key in sent:
            assert_same(sent[key], got[key])
    elif isinstance(sent, (list, tuple)):
        assert type(got) is type(sent) and len(got) == len(sent)
        for ours, theirs in zip(sent, got, strict=True):
            assert_same(ours, theirs)
    else:
        assert type(got) is type(sent) and repr(got) == repr(sent)  # repr: NaN, and -0.0 is not 0.0


def message(tree: Any, raw: bytes = b"") -> bytes:
    """What a hostile sender writes: any text for a tree, any bytes behind it."""
    head = tree if isinstance(tree, bytes) else json.dumps(tree).encode()
    return struct.pack(">I", len(head)) + head + raw


# -- round trips ----------------------------------------------------------------------------------


@given(VALUES)
@QUICK
def test_what_is_sent_arrives(value: Any) -> None:
    assert_same(value, decode(encode(value)))


def test_a_message_byte_by_byte() -> None:
    # Length of the tree in four bytes, the tree, then 1 and 258 = 1 * 256 + 2, low byte first.
    tree = b'{"a": ["<i2", [2]]}'
    expected = b"\x00\x00\x00\x13" + tree + b"\x01\x00\x02\x01"
    assert len(tree) == 0x13
    assert encode(np.array([1, 258], dtype=">i2")) == expected
    np.testing.assert_array_equal(decode(expected), [1, 258])


@pytest.mark.parametrize(
    "array",
    [
        np.arange(24.0).reshape(2, 3, 4).transpose(2, 0, 1),
        np.arange(12.0)[::-3],
        np.arange(6.0).reshape(2, 3)[:, 1],
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.broadcast_to(np.arange(3.0), (4, 3)),
        np.array(2.5),
        np.zeros((3, 0, 2)),
        np.array([True, False]),
    ],
    ids=["transposed", "strided", "column", "fortran", "broadcast", "0-d", "empty", "bool"],
)
def test_arrays_of_any_layout(array: Any) -> None:
    got = decode(encode(array))
    assert_same(np.array(array), got)
    assert got.flags.writeable and got.flags.c_contiguous


def test_arrays_keep_their_order_in_a_tree() -> None:
    first, second, third = np.arange(3.0), np.arange(4, dtype="i2"), np.arange(5.0)
    assert_same(
        {"x": first, "rest": [second, (third, 1)]},
        decode(encode({"x": first, "rest": [second, (third, 1)]})),
    )


def test_what_has_an_array_goes_as_an_array() -> None:
    class Tensor:
        def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
            return np.array([1.0, 2.0])

    assert_same(np.array([1.0, 2.0]), decode(encode(Tensor())))
    assert_same(np.array(0.1), decode(encode(np.float64(0.1))))


def test_the_keys_of_counts_stay_what_they_are() -> None:
    # A text, an integer and an n-gram that read the same are three keys.
    counts = Counter({("the", "cat"): 2, "1": 3, 1: 4, ("1",): 5, (): 6})
    assert_same(dict(counts), decode(encode(counts)))
    assert_same({"a": 1, 2: 3}, decode(encode({np.str_("a"): 1, np.int64(2): 3})))


def test_half_a_surrogate_pair_does_not_stop_a_message() -> None:
    assert decode(encode("a\ud800b")) == "a?b"


# -- what is not sent -----------------------------------------------------------------------------


class Breaks:
    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        raise RuntimeError("no array today")


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


def test_texts_of_numpy_come_as_texts() -> None:
    words = np.array([["an", "arch"], ["a", "barn"]])
    got = decode(encode({"word": words[0, 1], "list": [words[1, 0]], "words": words}))
    assert got == {"word": "arch", "list": ["a"], "words": [["an", "arch"], ["a", "barn"]]}
    assert {type(got["word"]), type(got["list"][0]), type(got["words"][0][0])} == {str}


@pytest.mark.parametrize(
    "value",
    [
        np.array([{}, None], dtype=object),
        np.array(["text"], dtype="S4"),
        np.array([1j]),
        np.array([1], dtype="M8[s]"),
        np.zeros(2, dtype=[("x", "f8")]),
        np.zeros(2, dtype=np.longdouble),
        np.zeros((1,) * 9),
        Breaks(),
        object(),
        {1, 2},
        b"bytes",
        1j,
        (n for n in range(3)),
        2**63,
        nested(9),
        [0] * 20_001,
        {1.0: "one"},
        {True: "one"},
        {None: "one"},
        {("the", 2.0): "one"},
        {((((("deep",),),),),): "one"},
        {2**63: "one"},
    ],
    ids=lambda value: type(value).__name__,
)
def test_refused_by_the_sender(value: Any) -> None:
    with pytest.raises(WireError):
        encode(value)
    with pytest.raises(WireError):
        encode({"value": [value]})


def test_a_list_within_itself_is_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(WireError):
        encode(endless)


def test_the_sender_keeps_to_the_limit_in_all() -> None:
    kilobyte = np.zeros(128)
    limits = Limits(message=4000)
    assert len(decode(encode([kilobyte] * 3, limits), limits)) == 3
    with pytest.raises(WireError):
        encode([kilobyte] * 4, limits)
    with pytest.raises(WireError):
        encode("x" * 5000, limits)


def test_a_huge_broadcast_is_refused_before_it_is_written_out() -> None:
    huge = np.broadcast_to(np.zeros(1), (2**30, 2**10))
    tracemalloc.start()
    try:
        with pytest.raises(WireError):
            encode(huge)
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


# -- what is refused ------------------------------------------------------------------------------

EIGHT = b"\0" * 8

REFUSED = {
    "nothing": b"",
    "three bytes": b"\0\0\0",
    "no tree": message(b""),
    "not JSON": message(b"{'a': 1}"),
    "two trees": message(b"1 2"),
    "invalid UTF-8": message(b'"\xff\xfe"'),
    "half a surrogate pair": message(b'"\\ud800"'),
    "half a surrogate pair in a key": message(b'{"d": [["\\udfff", 1]]}'),
    "tree longer than the message": struct.pack(">I", 100) + b"null",
    "tree of 4 GB": struct.pack(">I", 2**32 - 1) + b"null",
    "a bare list": message([1, 2]),
    "an empty object": message({}),
    "an unknown tag": message({"x": []}),
    "two tags": message({"l": [], "t": []}),
    "a tag twice": message(b'{"l": [1], "l": [2]}'),
    "a key twice": message({"d": [["x", 1], ["x", 2]]}),
    "an n-gram twice": message({"d": [[{"t": ["x", 2]}, 1], [{"t": ["x", 2]}, 1]]}),
    "a key that is a bool": message({"d": [[True, 1]]}),
    "a key that is a float": message({"d": [[1.0, 1]]}),
    "a key that is nothing": message({"d": [[None, 1]]}),
    "a key that is a list": message({"d": [[{"l": ["x"]}, 1]]}),
    "a key that is an array": message({"d": [[{"a": ["<f8", [1]]}, 1]]}, EIGHT),
    "an array in a key": message({"d": [[{"t": [{"a": ["<f8", [1]]}]}, 1]]}, EIGHT),
    "a key of 65 bits": message(b'{"d": [[9223372036854775808, 1]]}'),
    "a key without a value": message({"d": [["x"]]}),
    "pairs that are none": message({"d": ["xy"]}),
    "a list that is none": message({"l": {"l": []}}),
    "a list that is a text": message({"l": "abc"}),
    "nested too deep": message(b'{"l": [' * 9 + b"1" + b"]}" * 9),
    "nested beyond recursion": message(b"[" * 100_000),
    "too many values": message({"l": [1] * 20_001}),
    "an integer of 65 bits": message(b"9223372036854775808"),
    "a negative integer of 65 bits": message(b"-9223372036854775809"),
    "an integer of 10,000 digits": message(b"1" * 10_000),
    "object array": message({"a": ["|O", [1]]}, EIGHT),
    "text array": message({"a": ["<U2", [1]]}, EIGHT),
    "void array": message({"a": ["|V8", [1]]}, EIGHT),
    "structured array": message({"a": [[["x", "<f8"]], [1]]}, EIGHT),
    "big-endian array": message({"a": [">f8", [1]]}, EIGHT),
    "pickle for a dtype": message({"a": ["cos\nsystem\n(S'true'\ntR.", [1]]}, EIGHT),
    "a pickle": b"\x80\x04\x95\x1a\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x94\x8c\x06system\x94",
    "no shape": message({"a": ["<f8"]}, EIGHT),
    "a shape that is a number": message({"a": ["<f8", 1]}, EIGHT),
    "negative shape": message({"a": ["<f8", [-1]]}, EIGHT),
    "two negative axes": message({"a": ["<f8", [-1, -1]]}, EIGHT),
    "bool shape": message({"a": ["<f8", [True]]}, EIGHT),
    "float shape": message({"a": ["<f8", [1.0]]}, EIGHT),
    "NaN shape": message(b'{"a": ["<f8", [NaN]]}', EIGHT),
    "infinite shape": message(b'{"a": ["<f8", [Infinity]]}', EIGHT),
    "null shape": message({"a": ["<f8", [None]]}, EIGHT),
    "text shape": message({"a": ["<f8", ["1"]]}, EIGHT),
    "huge shape": message({"a": ["<f8", [2**39]]}, EIGHT),
    "huger shape": message({"a": ["<f8", [2**62]]}, EIGHT),
    "a product of 2**64": message({"a": ["|u1", [2**32, 2**32]]}),
    "a product of 2**64 and 8": message({"a": ["<f8", [2**30, 2**31]]}, EIGHT),
    "huge axes and an empty one": message({"a": ["<f8", [2**39, 2**39, 0]]}),
    "nine axes": message({"a": ["<f8", [1] * 9]}, EIGHT),
    "array longer than the message": message({"a": ["<f8", [2]]}, EIGHT),
    "array one byte short": message({"a": ["<f8", [1]]}, EIGHT[:-1]),
    "the same bytes twice": message({"l": [{"a": ["<f8", [1]]}] * 2}, EIGHT),
    "trailing bytes": message({"a": ["<f8", [1]]}, EIGHT + b"x"),
    "trailing bytes behind no array": message(None, b"x"),
}


@pytest.mark.parametrize("hostile", REFUSED.values(), ids=REFUSED)
def test_refused_by_the_reader(hostile: bytes) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(WireError):
            decode(hostile)
        assert tracemalloc.get_traced_memory()[1] < 16 * 2**20
    finally:
        tracemalloc.stop()


def test_the_reader_keeps_to_its_limits() -> None:
    value = [np.zeros((2, 2)), "text"]
    sent = encode(value)
    assert_same(value, decode(sent, Limits(message=len(sent), tree=60, items=3, depth=1, ndim=2)))
    for tighter in (
        Limits(message=len(sent) - 1),
        Limits(tree=20),
        Limits(items=2),
        Limits(depth=0),
        Limits(ndim=1),
    ):
        with pytest.raises(WireError):
            decode(sent, tighter)


def test_a_number_that_is_none_is_a_value_like_others() -> None:
    # A student's function may well return it; the judge says what is wrong with it.
    assert math.isnan(decode(encode(math.nan)))
    assert decode(encode(-math.inf)) == -math.inf


# -- fuzz -----------------------------------------------------------------------------------------


def decodes_or_refuses(hostile: bytes) -> None:
    with suppress(WireError):
        decode(hostile)


@given(st.binary(max_size=200))
@QUICK
def test_any_bytes(hostile: bytes) -> None:
    decodes_or_refuses(hostile)
    decodes_or_refuses(message(hostile))


@given(VALUES, st.data())
@settings(max_examples=150, deadline=None)
def test_any_change_of_a_message(value: Any, data: st.DataObject) -> None:
    hostile = bytearray(encode(value))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(hostile)))
        until = at + data.draw(st.integers(0, 3))
        hostile[at:until] = data.draw(st.binary(max_size=3))
    decodes_or_refuses(bytes(hostile))


NUMBERS = st.sampled_from([0, 1, 2, -1, 2**20, 2**39, 2**40, 2**63, 1.0, True, None, "x", math.nan])
SPEC = st.tuples(st.sampled_from([*DTYPES, "|O", ""]), st.lists(NUMBERS, max_size=4)).map(list)
TREES = st.recursive(
    NUMBERS | SPEC.map(lambda spec: {"a": spec}),
    lambda trees: st.dictionaries(
        st.sampled_from("altd"), st.lists(trees | st.tuples(st.text(max_size=2), trees))
    ),
    max_leaves=8,
)


@given(TREES, st.binary(max_size=32))
@settings(max_examples=150, deadline=None)
def test_any_tree(tree: Any, raw: bytes) -> None:
    decodes_or_refuses(message(tree, raw))
