"""What runs inside a submission's process: takes a cell and runs it, takes a call, calls the
student's function, and sends arrays.

It holds nothing worth stealing: no reference, no expected value, no score. A student who
replaces it answers in its stead, and is judged by the arrays all the same.
"""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout, suppress
from typing import Any, TextIO

from autograder import wire
from autograder.calling import Answer, StudentError, call
from autograder.kernel.environment import JUDGE
from autograder.kernel.line import LINE
from autograder.kernel.shell import Shell, run_cell
from autograder.notebook import substituted

FOREVER = 10.0**9


def serve(shell: Shell) -> None:
    """Run cells and answer calls until the grader is gone.

    It sends one line after the other, and hangs up on one before the next: what is still on its
    way then is heard by nobody.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with socket.socket(fileno=os.dup(JUDGE)) as lines, open(os.devnull, "w") as nowhere:
        while True:
            _, handed, _, _ = socket.recv_fds(lines, 1, 1)
            if not handed:
                return
            # An interrupt may come as what it was meant for ends: that line has been hung up on.
            gone = EOFError, OSError, KeyboardInterrupt
            with socket.socket(fileno=handed[0]) as line, suppress(*gone):
                _serve(shell, line, nowhere, os.getpid())


def _serve(shell: Shell, line: socket.socket, nowhere: TextIO, owner: int) -> None:
    while True:
        request = wire.receive(line, FOREVER, wire.LARGE)
        if "cell" in request:
            shown = line if request["shown"] else None
            try:
                run_cell(shell, shown, request["cell"].tobytes().decode())
            finally:
                _end_if_forked(owner)
            wire.send(line, {"ran": True})
        elif "call" in request:
            with redirect_stdout(nowhere), redirect_stderr(nowhere):
                try:
                    answer = _interruptible(line, request, shell.user_ns)
                finally:
                    _end_if_forked(owner)
            _reply(line, answer)
        else:
            wire.send(line, {"here": True})


def _end_if_forked(owner: int) -> None:
    """A process that a student's code has forked, and that comes back, is not to answer as well."""
    if os.getpid() != owner:
        os._exit(0)


def _interruptible(line: socket.socket, request: dict[str, Any], names: dict[str, Any]) -> Answer:
    LINE.listen()
    try:
        return _answer(line, request, names)
    finally:
        LINE.end()


def _answer(
    connection: socket.socket, request: dict[str, Any], namespace: dict[str, Any]
) -> Answer:
    name = request["call"]
    function = namespace.get(name)
    if not callable(function):
        said = "is not defined: did its cell stop with an error?"
        if name in namespace:
            kind = type(function).__name__
            said = f"is of type {kind} in the end, not a function: some cell gives its name away"
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
