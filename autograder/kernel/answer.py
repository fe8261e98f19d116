"""What runs inside a submission's kernel: takes a call, calls the student's function, sends arrays.

It holds nothing worth stealing: no reference, no expected value, no score. A student who
replaces it answers in its stead, and is judged by the arrays all the same.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

from autograder import wire
from autograder.calling import Answer, StudentError, call
from autograder.notebook import substituted

FOREVER = 10.0**9

JUDGE = 100
"""The file descriptor on which lines to the judge come in. A sandbox need not let a submission
connect to anything by itself."""


def serve(namespace: dict[str, Any]) -> None:
    """Answer the judge's calls, on the line that it has sent last, until it hangs up.

    Args:
        namespace: the notebook's global names.
    """
    with socket.socket(fileno=os.dup(JUDGE)) as lines:
        _, (line,), _, _ = socket.recv_fds(lines, 1, 1)
    with socket.socket(fileno=line) as connection, open(os.devnull, "w") as nowhere:
        while True:
            try:
                request = wire.receive(connection, FOREVER)
            except EOFError:
                return
            except KeyboardInterrupt:  # meant for a call that had just ended
                continue
            with redirect_stdout(nowhere), redirect_stderr(nowhere):
                answer = _answer(connection, request, namespace)
            _reply(connection, answer)


def _answer(
    connection: socket.socket, request: dict[str, Any], namespace: dict[str, Any]
) -> Answer:
    name = request["call"]
    function = namespace.get(name)
    if not callable(function):
        said = "is not defined: did its cell stop with an error?"
        return Answer(error=StudentError("NameError", f"{name} {said}"))
    substitutes = {n: _ask_back(connection, n) for n in request["substitutes"]}
    with substituted(namespace, substitutes):
        return call(function, request["arguments"])


def _ask_back(connection: socket.socket, name: str) -> Callable[..., Any]:
    """A function whose right values come from the judge: its source never comes here."""

    def ask(*arguments: Any, **named: Any) -> Any:
        wire.send(connection, {"ask": name, "arguments": arguments, "named": named})
        reply = wire.receive(connection, FOREVER)
        if "error" in reply:
            raise ValueError(reply["error"])
        return reply["value"]

    ask.__name__ = name
    return ask


def _reply(connection: socket.socket, answer: Answer) -> None:
    if answer.error is None:
        try:
            wire.send(connection, {"value": answer.value, "changed": list(answer.changed)})
            return
        except Exception as reason:  # the value's own __array__ can raise anything
            answer = Answer(error=StudentError("TypeError", f"returned {reason}"))
    error = answer.error or StudentError("TypeError", "returned what cannot be sent")
    wire.send(connection, {"error": [error.type, error.message, error.where]})
