"""Whatever a kernel answers, the session makes an answer of it or refuses it; it never fails."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_notebook
from small_homework import QUICK

from autograder import wire
from autograder.calling import NO_ANSWER, Answer
from autograder.course.asking import LARGEST_QUESTION
from autograder.course.session import Session
from autograder.kernel.process import Started


class Wired(Session):
    """A session whose kernel is this test: what it answers has been written beforehand."""

    def __init__(self) -> None:
        super().__init__(new_notebook(), QUICK)
        self._process = Started(["true"])
        self.judge, self.kernel = socket.socketpair()
        self.begun_again = 0

    def _connected(self) -> socket.socket:
        self.judge.settimeout(1)
        return self.judge

    def _restart(self) -> bool:
        self.begun_again += 1
        return True

    def hear(self, *replies: Any, **substitutes: Callable[..., Any]) -> Answer:
        """Ask with two arguments; these are the replies (bytes as they are), then silence."""
        for reply in replies:
            if isinstance(reply, bytes):
                self.kernel.sendall(reply)
            else:
                wire.send(self.kernel, reply)
        self.kernel.shutdown(socket.SHUT_WR)
        return self.ask("f", (1.5, 2.5), substitutes)


@pytest.fixture
def session() -> Iterator[Wired]:
    session = Wired()
    yield session
    session.judge.close()
    session.kernel.close()


def frame(tree: Any, behind: bytes = b"") -> bytes:
    """A frame with any tree, also one that `wire.encode` would not write."""
    head = json.dumps(tree).encode()
    message = struct.pack(">I", len(head)) + head + behind
    return struct.pack(">Q", len(message)) + message


def refused(answer: Answer) -> bool:
    return answer.error is not None and answer.error.type == NO_ANSWER


def test_a_value(session: Wired) -> None:
    answer = session.hear({"value": np.arange(3.0), "changed": [1]})
    np.testing.assert_array_equal(answer.value, [0, 1, 2])
    assert answer.changed == (1,)
    assert answer.error is None
    assert session.begun_again == 0


def test_an_error(session: Wired) -> None:
    answer = session.hear({"error": ["ValueError", "x" * 10_000, 7]})
    assert answer.error
    assert (answer.error.type, len(answer.error.message), answer.error.where) == (
        "ValueError",
        500,
        "7",
    )


@pytest.mark.parametrize(
    "reply",
    [
        5,
        None,
        "value",
        [],
        {"error": 5},
        {"error": None},
        {"error": {}},
        {"error": "text"},
        {"error": []},
        {"error": ["ValueError"]},
        {"error": ["ValueError", "a", "b", "c"]},
        {"value": 1, "changed": 5},
        {"value": 1, "changed": None},
        {"ask": "rnn_step"},
        {"ask": "rnn_step", "arguments": [1.0], "named": {}},
        {"ask": "rnn_step", "arguments": (1.0,), "named": []},
        {"ask": "lstm_step", "arguments": (1.0,), "named": {}},
        {"ask": ["rnn_step"], "arguments": (1.0,), "named": {}},
        {"ask": None, "arguments": (), "named": {}},
        b"\xff" * 8,  # a frame of 2^64 bytes
        struct.pack(">Q", 2**40),
        struct.pack(">Q", 3) + b"abc",
        struct.pack(">Q", 100) + b"and no more",
        b"abc",
        frame({"x": []}),
        frame({"d": [["value", {"a": ["<f8", [10**9]]}]]}),
        frame({"d": [["value", {"a": ["<f8", [0, 2**39, 2**39, 2**39]]}]]}),
        frame({"d": [["value", {"a": ["<f8", [-1]]}]]}),
        frame({"d": [["value", {"a": ["|O", [1]]}]]}, b"12345678"),
        frame({"d": [["value", {"a": ["<f8", [True]]}]]}, b"12345678"),
        frame({"d": [["value", {"a": ["<f8", [1]]}]]}, b"1234567812345678"),
    ],
)
def test_what_is_no_answer_is_refused_and_the_kernel_replaced(session: Wired, reply: Any) -> None:
    assert refused(session.hear(reply, rnn_step=lambda x: x))
    assert session.begun_again == 1


def test_silence_is_refused(session: Wired) -> None:
    assert refused(session.hear())


def test_positions_that_are_none_are_passed_over(session: Wired) -> None:
    reply = {"value": 1, "changed": [-1, 0, 2, 10**9, "1", None, 0.5]}
    assert session.hear(reply).changed == (0,)


def test_a_question_is_answered_before_the_answer_comes(session: Wired) -> None:
    question = {"ask": "double", "arguments": (3.0,), "named": {}}
    answer = session.hear(question, question, {"value": 7.0}, double=lambda x: 2 * x)
    assert answer.value == 7.0
    wire.receive(session.kernel, 1)  # the call
    assert [wire.receive(session.kernel, 1) for _ in range(2)] == [{"value": 6.0}] * 2


def question_of(size: int) -> dict[str, Any]:
    """Four ways to hide numbers: in an array, a long empty one, a list, a named argument."""
    quarter = size // 4
    arguments = (np.zeros(quarter), np.zeros((0, quarter)), [0.0] * quarter)
    return {"ask": "f", "arguments": arguments, "named": {"x": [0.0] * quarter}}


@pytest.mark.parametrize(("size", "asked"), [(LARGEST_QUESTION, 1), (LARGEST_QUESTION + 4, 0)])
def test_a_question_that_is_too_large_does_not_reach_the_right_function(
    session: Wired, size: int, asked: int
) -> None:
    calls = []

    def right(*arguments: Any, x: Any) -> float:
        calls.append(arguments)
        return 0.0

    assert session.hear(question_of(size), {"value": 1}, f=right).value == 1
    assert len(calls) == asked


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["f", np.zeros((2, 0)), np.array(True), np.arange(3)]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.sampled_from(["value", "error", "changed", "ask", "x"]), inner)
    ),
    max_leaves=8,
)
REPLIES = st.dictionaries(
    st.sampled_from(["value", "error", "changed", "ask", "arguments", "named"]), VALUES
)
TREES = st.recursive(
    st.none() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["a", "l", "t", "d"]), inner, max_size=1)
    ),
    max_leaves=10,
).map(frame)


@settings(max_examples=300, deadline=None)
@given(st.lists(REPLIES | VALUES | TREES | st.binary(max_size=30), max_size=4))
def test_any_reply(replies: list[Any]) -> None:
    session = Wired()
    with session.judge, session.kernel:
        answer = session.hear(*replies, f=lambda x: x)
    assert set(answer.changed) <= {0, 1}
    if answer.error:
        parts = (answer.error.type, answer.error.message, answer.error.where)
        assert all(type(part) is str and len(part) <= 500 for part in parts)
        assert answer.value is None
    assert session.begun_again == refused(answer)
