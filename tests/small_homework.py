"""A homework of three exercises, small enough to be graded in a second, and students' versions."""

from __future__ import annotations

import json
from typing import Any

from nbformat import NotebookNode
from nbformat import writes as write_notebook
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.course.config import Limits
from autograder.course.outcome import Outcome
from autograder.course.run import Job, grade_submission
from autograder.course.sheet import Sheet, sheet_of

NAME = "hw_small"
QUICK = Limits(cell=2, answer=2, grace=1)

RIGHT = {
    "rnn_step": """
def rnn_step(x, h_prev, W_x, W_h, b):
    return np.tanh(x @ W_x + h_prev @ W_h + b)
""",
    "rnn_sequence": """
def rnn_sequence(x, h0, W_x, W_h, b):
    states = [h0]
    for t in range(x.shape[1]):
        states.append(rnn_step(x[:, t], states[-1], W_x, W_h, b))
    return np.stack(states[1:], axis=1)
""",
    "softmax": """
def softmax(logits):
    exp_s = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return exp_s / exp_s.sum(axis=-1, keepdims=True)
""",
}
POINTS = {"rnn_step": 3, "rnn_sequence": 5, "softmax": 2}
WRONG_SOFTMAX = "def softmax(logits):\n    return logits"
STUBS = {
    "rnn_step": "def rnn_step(x, h_prev, W_x, W_h, b):\n",
    "rnn_sequence": "def rnn_sequence(x, h0, W_x, W_h, b):\n",
    "softmax": "def softmax(logits):\n",
}
BODY = "    # YOUR CODE HERE\n    raise NotImplementedError()"


def marked(source: str, grade_id: str, **mark: Any) -> NotebookNode:
    """A cell with nbgrader's metadata."""
    nbgrader = {
        "grade": False,
        "grade_id": grade_id,
        "locked": True,
        "schema_version": 3,
        "solution": False,
        "task": False,
        **mark,
    }
    return new_code_cell(source, id=grade_id, metadata={"nbgrader": nbgrader})


def released() -> NotebookNode:
    """The notebook as it is handed out."""
    cells = [
        new_markdown_cell("# A small homework", id="title"),
        marked("import numpy as np\n\nfrom autograder import check, grade", "imports"),
    ]
    for problem, stub in STUBS.items():
        cells += [
            new_markdown_cell(f"## {problem}", id=f"{problem}_text"),
            marked(stub + BODY, problem, locked=False, solution=True),
            marked(f'check("{problem}", {problem})', f"{problem}_check"),
            marked(
                f'grade("{problem}", {problem}, points={POINTS[problem]})',
                f"{problem}_grade",
                grade=True,
                points=POINTS[problem],
            ),
        ]
    kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernelspec})


SHEET: Sheet = sheet_of(NAME, released())


def submission(before: str = "", after: str = "", **answers: str) -> NotebookNode:
    """A student's notebook, right where nothing else is said.

    Args:
        before: a cell of the student's own behind the imports.
        after: a cell of the student's own at the end.
        answers: what stands in the solution cells, by problem.
    """
    notebook = released()
    for cell in notebook.cells:
        if cell.id in RIGHT:
            cell.source = answers.get(cell.id, RIGHT[cell.id]).strip()
    if before:
        notebook.cells.insert(2, new_code_cell(before, id="before"))
    if after:
        notebook.cells.append(new_code_cell(after, id="after"))
    return notebook


def raw(notebook: NotebookNode) -> bytes:
    """The notebook as a file."""
    text: str = write_notebook(notebook)
    return text.encode()


def raw_json(data: Any) -> bytes:
    """Anything as JSON."""
    return json.dumps(data).encode()


def graded(notebook: NotebookNode | bytes, limits: Limits = QUICK) -> Outcome:
    """What the whole pipeline makes of a submission."""
    content = notebook if isinstance(notebook, bytes) else raw(notebook)
    return grade_submission(Job("ada", SHEET, content, limits=limits))


def points_of(outcome: Outcome) -> dict[str, float]:
    """Points by problem."""
    return {v.problem: outcome.points[g] for g, v in outcome.verdicts.items()}


def cheated(lost: str = "softmax", **cells: str) -> Outcome:
    """The outcome, once it is known that the points of `lost`, and no others, are lost."""
    outcome = graded(submission(**cells))
    expected = {p: 0.0 if p in lost.split() else float(n) for p, n in POINTS.items()}
    assert points_of(outcome) == expected
    return outcome
