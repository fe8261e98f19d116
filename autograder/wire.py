"""Arrays to bytes and back, between the judge and a process that is not trusted.

No pickle: a message is a JSON tree of plain values in which an array is a reference to raw bytes
behind it. The reader checks every size before it allocates anything, so the worst that a hostile
sender can do is to have its message refused.

    frame   = length (8 bytes, big-endian) + message
    message = length of tree (4 bytes) + tree (JSON, UTF-8) + raw bytes of the arrays, in order
"""

from __future__ import annotations

import json
import math
import socket
import struct
import time
from dataclasses import dataclass
from typing import Any

import numpy as np

DTYPES = ("|b1", "|i1", "|u1", "<i2", "<i4", "<i8", "<u2", "<u4", "<u8", "<f2", "<f4", "<f8")

DEEPEST_KEY = 4
"""Tuples within tuples in a dict's key."""


class WireError(ValueError):
    """A message that cannot be sent, or that is refused."""


@dataclass(frozen=True)
class Limits:
    """What a reader accepts.

    Attributes:
        message: bytes in all.
        tree: bytes of the JSON tree.
        items: values in the tree, arrays and containers counted.
        depth: containers within containers.
        ndim: axes of an array.
    """

    message: int = 64 * 2**20
    tree: int = 2**20
    items: int = 20_000
    depth: int = 8
    ndim: int = 8


LARGE = Limits(message=32 * 2**20)
"""For a cell's source, or what it shows, which go as bytes."""


def encode(value: Any, limits: Limits = Limits()) -> bytes:
    """The message for a value made of None, bool, int, float, str, list, tuple, dict and arrays.

    A dict's keys are texts, integers, or tuples of these.
    What has an `__array__` (a tensor, a NumPy scalar) goes as an array; texts in one as a list.

    Raises:
        WireError: for anything else, or beyond the limits.
    """
    writer = _Writer(limits)
    tree = writer.tree(value)
    head = json.dumps(tree, ensure_ascii=False).encode("utf-8", "replace")
    size = 4 + len(head) + writer.size
    if size > limits.message or len(head) > limits.tree:
        raise WireError(f"{size:,} bytes to send, and at most {limits.message:,} are taken")
    return struct.pack(">I", len(head)) + head + b"".join(writer.chunks)


class _Writer:
    """Takes one value apart into its tree and the bytes of its arrays, in order."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.chunks: list[bytes] = []
        self.size = 0
        self.items = 0

    def tree(self, value: Any, depth: int = 0) -> Any:
        self.items += 1
        if self.items > self.limits.items or depth > self.limits.depth:
            raise WireError(
                f"more than {self.limits.items:,} values, or more than {self.limits.depth} deep"
            )
        if value is None or type(value) in (bool, float):
            return value
        if isinstance(value, str):  # NumPy's, too
            return str(value)
        if type(value) is int:
            if not -(2**63) <= value < 2**63:
                raise WireError("an integer of more than 64 bits")
            return value
        if isinstance(value, dict):
            return {
                "d": [
                    [self.tree(_plain_key(k), depth + 1), self.tree(v, depth + 1)]
                    for k, v in value.items()
                ]
            }
        if isinstance(value, (list, tuple)):
            items = [self.tree(v, depth + 1) for v in value]
            return {"t" if isinstance(value, tuple) else "l": items}
        if isinstance(value, np.ndarray) and value.dtype.kind == "U":
            return self.tree(value.tolist(), depth)
        return {"a": self.array(value)}

    def array(self, value: Any) -> list[Any]:
        array = _as_array(value)
        dtype = array.dtype.newbyteorder("<").str
        if dtype not in DTYPES:
            raise WireError(f"an array of dtype {array.dtype}, where numbers were expected")
        self.size += array.nbytes
        if self.size > self.limits.message or array.ndim > self.limits.ndim:
            raise WireError(f"an array of {array.nbytes:,} bytes (shape {array.shape})")
        self.chunks.append(np.ascontiguousarray(array, dtype=dtype).tobytes())
        return [dtype, list(array.shape)]


def _plain_key(key: Any, depth: int = 0) -> Any:
    """A dict's key as it is sent: a text, an integer, or a tuple of such (an n-gram)."""
    if isinstance(key, str):
        return str(key)
    if isinstance(key, (int, np.integer)) and not isinstance(key, bool):
        return int(key)
    if isinstance(key, tuple) and depth < DEEPEST_KEY:
        return tuple(_plain_key(part, depth + 1) for part in key)
    raise WireError(
        f"a dict with a {type(key).__name__} in a key, where texts, integers and tuples are taken"
    )


def _is_key(value: Any) -> bool:
    if isinstance(value, tuple):
        return all(map(_is_key, value))
    return type(value) in (str, int)


def _as_array(value: Any) -> np.ndarray[Any, np.dtype[Any]]:
    kind = type(value).__name__
    try:
        if hasattr(value, "__array__"):
            return np.asarray(value)
    except Exception as error:  # whatever a student's own class may raise
        raise WireError(f"a {kind} that cannot be made an array") from error
    raise WireError(f"a {kind}, where an array or a number was expected")


class _Reader:
    """Rebuilds one value from its tree, taking arrays from the bytes behind it in order."""

    def __init__(self, raw: memoryview, limits: Limits) -> None:
        self.raw, self.limits = raw, limits
        self.offset = 0
        self.items = 0

    def value(self, tree: Any, depth: int = 0) -> Any:
        self.items += 1
        if self.items > self.limits.items or depth > self.limits.depth:
            raise WireError("too many values, or nested too deep")
        if isinstance(tree, str):
            return _text(tree)
        if isinstance(tree, int) and not -(2**63) <= tree < 2**63:
            raise WireError("an integer of more than 64 bits")
        if tree is None or isinstance(tree, (bool, int, float)):
            return tree
        if not isinstance(tree, dict):
            raise WireError("not a tree of this format")
        ((tag, body),) = tree.items()
        if not isinstance(body, list):
            raise WireError("not a tree of this format")
        if tag == "a":
            return self.array(body)
        if tag == "l":
            return [self.value(v, depth + 1) for v in body]
        if tag == "t":
            return tuple(self.value(v, depth + 1) for v in body)
        if tag == "d":
            return self.mapping(body, depth)
        raise WireError("not a tree of this format")

    def mapping(self, body: list[Any], depth: int) -> dict[Any, Any]:
        if not all(isinstance(pair, list) and len(pair) == 2 for pair in body):
            raise WireError("not a tree of this format")
        pairs = [(self.value(k, depth + 1), self.value(v, depth + 1)) for k, v in body]
        if not all(_is_key(key) for key, _ in pairs):
            raise WireError("a key of a type that is not taken")
        value = dict(pairs)
        if len(value) < len(pairs):
            raise WireError("a key that comes twice")
        return value

    def array(self, body: list[Any]) -> np.ndarray[Any, np.dtype[Any]]:
        dtype, shape = _dtype_and_shape(body, self.limits)
        size = math.prod(shape) * dtype.itemsize
        if size > len(self.raw) - self.offset:
            raise WireError("an array that is longer than its message")
        flat = np.frombuffer(self.raw[self.offset : self.offset + size], dtype=dtype)
        self.offset += size
        try:
            return flat.reshape(shape).copy()
        except ValueError as error:  # no entries, but axes so long that NumPy cannot count them
            raise WireError("an array of a shape that is not taken") from error


def _one_pair(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object of the tree; as a dict it would hide that a key came twice."""
    if len(pairs) != 1:
        raise WireError("not a tree of this format")
    return dict(pairs)


def _text(text: str) -> str:
    # JSON can spell half a surrogate pair. Whoever prints or stores such a text would crash.
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise WireError("a text that is not Unicode") from error
    return text


def _dtype_and_shape(body: list[Any], limits: Limits) -> tuple[np.dtype[Any], tuple[int, ...]]:
    if len(body) != 2 or body[0] not in DTYPES or not isinstance(body[1], list):
        raise WireError("an array of a type that is not taken")
    shape = body[1]
    if len(shape) > limits.ndim or not all(type(n) is int and 0 <= n < 2**40 for n in shape):
        raise WireError("an array of a shape that is not taken")
    return np.dtype(body[0]), tuple(shape)


def decode(message: bytes, limits: Limits = Limits()) -> Any:
    """The value of a message.

    Raises:
        WireError: for anything that `encode` under the same limits would not have written.
    """
    if not 4 <= len(message) <= limits.message:
        raise WireError(f"a message of {len(message):,} bytes is not taken")
    (head,) = struct.unpack(">I", message[:4])
    if head > min(limits.tree, len(message) - 4):
        raise WireError("a tree that is longer than its message, or too long")
    try:
        tree = json.loads(message[4 : 4 + head].decode("utf-8"), object_pairs_hook=_one_pair)
    except (ValueError, RecursionError) as error:
        raise WireError(f"not JSON: {error}") from error
    reader = _Reader(memoryview(message)[4 + head :], limits)
    value = reader.value(tree)
    if reader.offset != len(reader.raw):
        raise WireError("bytes behind the last array")
    return value


def send(connection: socket.socket, value: Any, limits: Limits = Limits()) -> None:
    """Write one framed value.

    Raises:
        TimeoutError: when the connection has a timeout, and the other side reads too slowly.
        WireError: when the value cannot be sent.
    """
    message = encode(value, limits)
    connection.sendall(struct.pack(">Q", len(message)) + message)


def receive(connection: socket.socket, seconds: float, limits: Limits = Limits()) -> Any:
    """Read one framed value.

    Args:
        connection: a connected stream socket.
        seconds: for the whole frame, however slowly it trickles in.
        limits: what is accepted.

    Raises:
        TimeoutError: when the time is over.
        EOFError: when the other side has hung up.
        WireError: when the frame is refused.
    """
    return Frames(connection).receive(seconds, limits)


class Frames:
    """The framed values that come in over a connection. One that is cut off by the end of the
    time is read on from there the next time.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._length: int | None = None
        self._part = bytearray()

    def receive(self, seconds: float, limits: Limits = Limits()) -> Any:
        """Read one framed value, as `receive` does."""
        deadline = time.monotonic() + seconds
        if self._length is None:
            (length,) = struct.unpack(">Q", self._read(8, deadline))
            if length > limits.message:
                raise WireError(f"a message of {length:,} bytes is not taken")
            self._length = length
        message = self._read(self._length, deadline)
        self._length = None
        return decode(message, limits)

    def _read(self, count: int, deadline: float) -> bytes:
        while len(self._part) < count:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError("no answer in time")
            self._connection.settimeout(left)
            try:
                part = self._connection.recv(min(count - len(self._part), 2**20))
            except ConnectionError as error:  # hung up without reading what was sent to it
                raise EOFError("the other side hung up") from error
            if not part:
                raise EOFError("the other side hung up")
            self._part += part
        whole, self._part = bytes(self._part), bytearray()
        return whole
