"""What a submission says that its cells have shown: taken with doubt and within limits."""

from __future__ import annotations

import json
import re
from typing import Any

from nbformat.notebooknode import NotebookNode, from_dict
from nbformat.v4 import new_output

MOST_OUTPUT_OF_A_CELL, MOST_OUTPUT = 4 * 2**20, 20 * 2**20
"""Bytes of output that are kept, of one cell and of all."""

NOT_KEPT = "\n... and more than is kept\n"
DEEPEST = 20
"""Lists and objects within each other in an output."""

JSON_TYPE = re.compile(r"application/(?:.*\+)?json\Z")


class Forged(ValueError):
    """A message that our part of the process would not have written."""


class Outputs:
    """The outputs of a notebook's cells, as they come in."""

    def __init__(self) -> None:
        self._kept: dict[int, int] = {}  # index of a cell -> bytes
        self._handles: dict[str, list[NotebookNode]] = {}  # display id -> its outputs
        self._runs = 0
        self._clear = False

    def begin(self, cell: NotebookNode, index: int) -> None:
        """A cell is run, anew."""
        self._runs += 1
        self._clear = False
        cell.outputs, cell.execution_count = [], self._runs
        self._cell, self._index = cell, index
        self._kept[index] = 0

    def take(self, raw: bytes) -> None:
        """Take a message in. One that makes no sense, as it is forged, is passed over, and one
        that is longer than what is kept of a cell is not read: as objects it takes many times the
        memory, and ours has no limit.
        """
        try:
            if len(raw) > MOST_OUTPUT_OF_A_CELL:
                self._take({"stream": "stderr", "text": ""}, len(raw))
                return
            self._take(_message(raw), len(raw))
        except Forged:
            return

    def _take(self, message: dict[str, Any], size: int) -> None:
        if "clear" in message:
            self._clear = bool(message["clear"])
            if not self._clear:
                self._cell.outputs.clear()
        elif "update" in message:
            if self._fits(size):
                self._update(message)
        else:
            output = _output(message, self._runs)
            room = self._room()
            if not self._fits(size):
                text = str(output.get("text", ""))[:room]
                output = _stream("stderr", f"{text}{NOT_KEPT}")
                if self._has_said_so():
                    return
            self._add(output, message.get("id"))

    def _add(self, output: NotebookNode, handle: object) -> None:
        outputs = self._cell.outputs
        if self._clear:
            outputs.clear()
            self._clear = False
        last = outputs[-1] if outputs else {}
        if output.output_type == "stream" and last.get("name") == output.name:
            last["text"] += output.text
            return
        outputs.append(output)
        if isinstance(handle, str):
            self._handles.setdefault(handle, []).append(output)

    def _update(self, message: dict[str, Any]) -> None:
        data, metadata = _data(message["update"]), _mapping(message.get("metadata"))
        for output in self._handles.get(str(message.get("id")), []):
            output["data"], output["metadata"] = from_dict(data), from_dict(metadata)

    def _has_said_so(self) -> bool:
        outputs = self._cell.outputs
        return bool(outputs) and str(outputs[-1].get("text", "")).endswith(NOT_KEPT)

    def _fits(self, size: int) -> bool:
        room = self._room()
        self._kept[self._index] += min(size, room)
        return size <= room

    def _room(self) -> int:
        of_a_cell = MOST_OUTPUT_OF_A_CELL - self._kept[self._index]
        return max(0, min(of_a_cell, MOST_OUTPUT - sum(self._kept.values())))


def _message(raw: bytes) -> dict[str, Any]:
    try:
        message = json.loads(raw.decode("utf-8"), parse_constant=_no_constant)
        raw_again = json.dumps(message, ensure_ascii=False)
        raw_again.encode("utf-8")  # JSON can spell half a surrogate pair, which no file can hold
    except (ValueError, RecursionError) as error:
        raise Forged(str(error)) from error
    if not isinstance(message, dict) or _is_deep(message):
        raise Forged("no message")
    return message


def _no_constant(name: str) -> float:
    raise Forged(f"{name} is no JSON")


def _is_deep(value: Any) -> bool:
    """Are lists and objects in it within more than DEEPEST others? Level by level: what JSON takes
    may be nested deeper than functions may call each other.
    """
    level = [value]
    for _ in range(DEEPEST):
        mappings = (v.values() for v in level if isinstance(v, dict))
        lists = (v for v in level if isinstance(v, list))
        level = [inner for values in (*mappings, *lists) for inner in values]
    return any(isinstance(v, (dict, list)) for v in level)


def _output(message: dict[str, Any], count: int) -> NotebookNode:
    if "stream" in message:
        return _stream(message["stream"], message.get("text"))
    if "error" in message:
        said = [message["error"], message.get("said")]
        traceback = message.get("traceback")
        if not all(isinstance(part, str) for part in said) or not _are_texts(traceback):
            raise Forged("no error")
        return _new("error", ename=said[0], evalue=said[1], traceback=traceback)
    metadata = _mapping(message.get("metadata"))
    if "result" in message:
        data = _data(message["result"])
        return _new("execute_result", data=data, metadata=metadata, execution_count=count)
    if "display" in message:
        return _new("display_data", data=_data(message["display"]), metadata=metadata)
    raise Forged("of no kind")


def _stream(name: Any, text: Any) -> NotebookNode:
    if name not in ("stdout", "stderr") or not isinstance(text, str):
        raise Forged("no stream")
    return _new("stream", name=name, text=text)


def _new(kind: str, **parts: Any) -> NotebookNode:
    output: NotebookNode = new_output(kind, **parts)
    return output


def _data(value: Any) -> dict[str, Any]:
    """By MIME type: texts, or JSON where the type says so."""
    for kind, content in _mapping(value).items():
        if not (isinstance(content, str) or JSON_TYPE.match(kind)):
            raise Forged(f"no {kind}")
    return dict(value)


def _mapping(value: Any) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Forged("no mapping")
    return value


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(part, str) for part in value)
