"""Submissions that change their interpreter or speak in its name: only their functions count."""

from __future__ import annotations

from typing import Any

import nbformat
from small_homework import WRONG_SOFTMAX, cheated

from autograder.course.outcome import Outcome


def outputs(outcome: Outcome, comment: str) -> list[Any]:
    """The outputs of the cell that begins with this comment."""
    cells = nbformat.reads(outcome.notebook, as_version=4).cells
    (cell,) = [c for c in cells if c.source.startswith(f"# {comment}")]
    return list(cell.outputs)


# -- 2 and 4: the interpreter is changed ------------------------------------------------------

NO_ASSERTS = """
import ast, sys

class NoAsserts(ast.NodeTransformer):
    def visit_Assert(self, node):
        return None
    def visit_Raise(self, node):
        return None
    def visit_Call(self, node):
        return ast.Constant(1000) if getattr(node.func, "id", "") == "grade" else node

ip = get_ipython()
ip.ast_transformers.append(NoAsserts())
ip.showtraceback = lambda *a, **k: None
sys.excepthook = lambda *a: None
print("ready")
"""


def test_a_transformer_that_takes_asserts_and_errors_away() -> None:
    outcome = cheated(before=f"# before{NO_ASSERTS}", softmax=WRONG_SOFTMAX)
    assert [o.text for o in outputs(outcome, "before")] == ["ready\n"]


# -- 3: forged messages -----------------------------------------------------------------------

FORGED = """# {name}
import numpy as np
from autograder import wire
from autograder.kernel.shell import LINE

def send(message):
    wire.send(LINE._connection, message)

def show(raw):
    send({{"shown": np.frombuffer(raw, np.uint8)}})
"""
SCORES = """
data = {"text/plain": "10.0", "text/html": "<b>10 of 10 points</b>"}
LINE.show(result=data, metadata={})
LINE.show(display=data, metadata={"score": 10})
print("softmax: 2 of 2 points")
"""
NONSENSE = """
nothing = [b"", b"[", b"5", b"null", b'"text"', b"[]", b"{}", b"\\xff", b'{"result": {"a": NaN}}',
           *(b'{"result": ' + b"[" * n + b"]" * n + b"}" for n in (20, 500, 900, 5000)),
           b'{"stream": "stdout"}',
           b'{"stream": "elsewhere", "text": "x"}', b'{"stream": "stdout", "text": ["x"]}',
           b'{"result": 5}', b'{"result": {"text/plain": {}}}', b'{"display": ["text/plain"]}',
           b'{"display": {"text/plain": "x"}, "metadata": 5}', b'{"error": "E", "said": 5}',
           b'{"error": "E", "said": "", "traceback": "x"}', b'{"update": 5, "id": "x"}',
           b'{"update": {"text/plain": "x"}, "id": [5]}', b'{"unheard": "of"}',
           b'{"stream": "stdout", "text": "\\\\ud800"}', b'{"result": {"text/plain": "\\\\ud800"}}']
for raw in nothing:
    show(raw)
print("after")
"""
ENDED_AT_ONCE = """
send({"ran": True})
print("after")
"""
ANSWERED_AT_ONCE = """
send({"value": 1.0})
"""


def forged(code: str, name: str = "before") -> str:
    return FORGED.format(name=name) + code


def test_forged_results_are_outputs_and_nothing_more() -> None:
    outcome = cheated(before=forged(SCORES), softmax=WRONG_SOFTMAX)
    kinds = sorted(o.output_type for o in outputs(outcome, "before"))
    assert kinds == ["display_data", "execute_result", "stream"]


def test_forged_messages_that_make_no_sense_are_passed_over() -> None:
    outcome = cheated(before=forged(NONSENSE), softmax=WRONG_SOFTMAX)
    assert [o.get("text") for o in outputs(outcome, "before")] == ["after\n"]
    assert outcome.stopped == ()


def test_a_forged_end_of_a_cell_ends_only_its_outputs() -> None:
    outcome = cheated(before=forged(ENDED_AT_ONCE), softmax=WRONG_SOFTMAX)
    assert outcome.stopped == ()


def test_a_forged_answer_to_a_cell_costs_this_cell_alone() -> None:
    outcome = cheated(before=forged(ANSWERED_AT_ONCE), softmax=WRONG_SOFTMAX)
    assert [o.ename for o in outputs(outcome, "before")] == ["KernelError"]
    assert len(outcome.stopped) == 1


def test_an_error_that_calls_itself_a_timeout_is_an_error_like_any_other() -> None:
    cell = "class CellTimeoutError(Exception):\n    pass\n\nraise CellTimeoutError()"
    outcome = cheated(lost="", before=cell)
    assert outcome.stopped == ()
