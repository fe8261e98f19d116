"""Framed values over a socket, and other sides that are slow, silent, gone or greedy."""

from __future__ import annotations

import socket
import struct
import threading
import time
import tracemalloc
from collections.abc import Iterator

import numpy as np
import pytest

from autograder.wire import WireError, receive, send


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def test_frames_follow_each_other(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = pair
    send(theirs, [1, np.arange(3.0)])
    send(theirs, "second")
    number, array = receive(ours, 5)
    assert number == 1
    np.testing.assert_array_equal(array, [0.0, 1.0, 2.0])
    assert receive(ours, 5) == "second"


def test_a_frame_larger_than_any_buffer(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = pair
    array = np.arange(2.0**20)
    sender = threading.Thread(target=send, args=(theirs, array))
    sender.start()
    got = receive(ours, 30)
    sender.join()
    np.testing.assert_array_equal(got, array)


@pytest.mark.parametrize("length", [2**63, 2**64 - 1, 64 * 2**20 + 1])
def test_an_oversize_frame_is_refused_unread(
    pair: tuple[socket.socket, socket.socket], length: int
) -> None:
    ours, theirs = pair
    theirs.sendall(struct.pack(">Q", length))
    tracemalloc.start()
    try:
        with pytest.raises(WireError):
            receive(ours, 5)
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


def test_memory_is_taken_for_what_came_not_for_what_was_announced(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    ours, theirs = pair
    theirs.sendall(struct.pack(">Q", 60 * 2**20) + b"x" * 100)
    theirs.close()
    tracemalloc.start()
    try:
        with pytest.raises(EOFError):
            receive(ours, 5)
        assert tracemalloc.get_traced_memory()[1] < 8 * 2**20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("before", [b"", b"\0\0\0", struct.pack(">Q", 10) + b"12345"])
def test_silence(pair: tuple[socket.socket, socket.socket], before: bytes) -> None:
    ours, theirs = pair
    theirs.sendall(before)
    with pytest.raises(TimeoutError):
        receive(ours, 0.05)


def test_a_trickle_does_not_put_the_end_off(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = pair
    over = threading.Event()

    def trickle() -> None:
        # A byte every 10 ms: the whole frame would take 10 seconds.
        for byte in struct.pack(">Q", 992) + bytes(992):
            if over.wait(0.01):
                return
            theirs.sendall(bytes([byte]))

    sender = threading.Thread(target=trickle)
    started = time.monotonic()
    sender.start()
    try:
        with pytest.raises(TimeoutError):
            receive(ours, 0.2)
        assert time.monotonic() - started < 5
    finally:
        over.set()
        sender.join()


@pytest.mark.parametrize("before", [b"", b"\0\0\0", struct.pack(">Q", 10) + b"12345"])
def test_hang_up(pair: tuple[socket.socket, socket.socket], before: bytes) -> None:
    ours, theirs = pair
    theirs.sendall(before)
    theirs.close()
    with pytest.raises(EOFError):
        receive(ours, 5)


def test_hang_up_without_having_listened(pair: tuple[socket.socket, socket.socket]) -> None:
    # The kernel then tells the reader of a reset connection, not of its end.
    ours, theirs = pair
    send(ours, "never read")
    theirs.close()
    with pytest.raises(EOFError):
        receive(ours, 5)


def test_a_reader_who_does_not_read_cannot_hold_the_sender(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    ours, _ = pair
    ours.settimeout(0.1)
    with pytest.raises(TimeoutError):
        send(ours, np.zeros(2**20))


def test_nothing_is_written_of_what_cannot_be_sent(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    ours, theirs = pair
    with pytest.raises(WireError):
        send(theirs, object())
    send(theirs, "after")
    assert receive(ours, 5) == "after"
