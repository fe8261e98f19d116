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
kernel = get_ipython().kernel

def forge(kind, content, socket=None, ident=None):
    parent = kernel.get_parent("shell")
    kernel.session.send(socket or kernel.iopub_socket, kind, content, parent=parent, ident=ident)
"""
SCORES = """
data = {"text/plain": "10.0", "text/html": "<b>10 of 10 points</b>"}
for kind in ("execute_result", "display_data"):
    forge(kind, {"data": data, "metadata": {}, "execution_count": 1})
print("softmax: 2 of 2 points")
"""
NONSENSE = """
kinds = ("execute_result", "display_data", "stream", "error", "update_display_data", "status",
         "comm_open", "comm_msg", "clear_output", "unheard_of")
contents = ({}, {"data": 5}, {"transient": {"display_id": "x"}}, {"transient": 5},
            {"execution_count": "many"}, {"comm_id": [], "data": {"state": 5}})
for kind in kinds:
    for content in contents:
        forge(kind, content)
print("after")
"""
IDLE_AT_ONCE = """
forge("status", {"execution_state": "idle"})
print("after")
"""
ANSWERED_AT_ONCE = """
forge("execute_reply", {}, kernel.shell_stream, kernel._parent_ident["shell"])
"""


def forged(code: str, name: str = "before") -> str:
    return FORGED.format(name=name) + code


def test_forged_results_are_outputs_and_nothing_more() -> None:
    outcome = cheated(before=forged(SCORES), softmax=WRONG_SOFTMAX)
    kinds = sorted(o.output_type for o in outputs(outcome, "before"))
    assert kinds == ["display_data", "execute_result", "stream"]


def test_forged_messages_that_make_no_sense_are_passed_over() -> None:
    outcome = cheated(before=forged(NONSENSE), softmax=WRONG_SOFTMAX)
    assert "after\n" in [o.get("text") for o in outputs(outcome, "before")]
    assert outcome.stopped == ()


def test_a_forged_end_of_a_cell_ends_only_its_outputs() -> None:
    outcome = cheated(before=forged(IDLE_AT_ONCE), softmax=WRONG_SOFTMAX)
    assert outcome.stopped == ()


def test_a_forged_answer_to_a_cell_costs_this_cell_alone() -> None:
    outcome = cheated(before=forged(ANSWERED_AT_ONCE), softmax=WRONG_SOFTMAX)
    assert [o.ename for o in outputs(outcome, "before")] == ["KernelError"]
    assert len(outcome.stopped) == 1


def test_an_error_that_calls_itself_a_timeout_stops_only_its_own_cell() -> None:
    cell = "class CellTimeoutError(Exception):\n    pass\n\nraise CellTimeoutError()"
    outcome = cheated(lost="", before=cell)
    assert len(outcome.stopped) == 1
