"""Submissions damaged on their way: what each still holds, and what the report says was mended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attacks import Attack
from mending import as_json, cell_of, grade_id_of
from small_homework import RIGHT, STUBS, raw, raw_json, submission

from autograder.course.sample_class import saved_by_colab

WHOLE = raw(submission())
LOUD = """
import sys, warnings

def softmax(logits):
    warnings.warn("deprecated")
    print("100%|#####| 10/10", file=sys.stderr)
"""


def _changed(change: Callable[[dict[str, Any]], None]) -> bytes:
    data = as_json()
    change(data)
    return raw_json(data)


def _without(*grade_ids: str) -> bytes:
    data = as_json()
    data["cells"] = [c for c in data["cells"] if grade_id_of(c) not in grade_ids]
    return raw_json(data)


def _doubled(data: dict[str, Any]) -> None:
    data["cells"].append(cell_of(data, "softmax_grade"))


def _moved(data: dict[str, Any]) -> None:
    data["cells"].append(data["cells"].pop(3))


def _retyped(data: dict[str, Any]) -> None:
    cell_of(data, "softmax_grade")["cell_type"] = "markdown"


def _unmarked(data: dict[str, Any]) -> None:
    for cell in data["cells"]:
        cell["metadata"] = {}


def _conflict() -> bytes:
    lines = WHOLE.decode().splitlines()
    lines[4:4] = ["<<<<<<< HEAD", "=======", "{", ">>>>>>> theirs"]
    return "\n".join(lines).encode()


def _softmax(body: str) -> bytes:
    return raw(submission(softmax=body))


DAMAGES: dict[str, Attack] = {
    "colab": Attack(1, "saved by Colab", saved_by_colab(submission()), 10, ""),
    "deleted": Attack(3, "a graded cell deleted", _without("softmax_grade"), 10, "put back"),
    "lost": Attack(3, "a solution deleted", _without("softmax"), 8, "put back"),
    "doubled": Attack(3, "a graded cell doubled", _changed(_doubled), 10, "was there 2 times"),
    "moved": Attack(3, "a cell moved to the end", _changed(_moved), 10, ""),
    "retyped": Attack(3, "a graded cell retyped as text", _changed(_retyped), 10, "code again"),
    "unmarked": Attack(4, "all metadata lost", _changed(_unmarked), 10, "recognised"),
    "conflict": Attack(5, "a merge conflict in the file", _conflict(), 10, "merge conflict"),
    "cut": Attack(5, "cut off in the middle", WHOLE[: WHOLE.index(b"exp_s")], 8, "cut off"),
    "empty": Attack(5, "empty", b"", 0, "the file is empty"),
    "script": Attack(5, "a script", "\n".join(RIGHT.values()).encode(), 10, "a script"),
    "pdf": Attack(5, "a PDF", b"%PDF-1.7", 0, "not a notebook"),
    "loud": Attack(
        6, "warnings and a progress bar on stderr",
        _softmax(LOUD + RIGHT["softmax"].partition(":\n")[2]), 10, "",
    ),
    "leftovers": Attack(
        7, "%pip, drive.mount, !nvidia-smi above a solution",
        _softmax("%pip install x\n!nvidia-smi\ndrive.mount('/x')\n" + RIGHT["softmax"]), 10,
        "3 lines for Colab or a shell",
    ),
    "syntax": Attack(
        8, "a syntax error in one cell", _softmax("def softmax(logits) return 1"), 8, "SyntaxError"
    ),
    "endless": Attack(
        9, "an endless loop in one function", _softmax(STUBS["softmax"] + "    while True: pass"),
        8, "loop for ever",
    ),
    "followed": Attack(
        10, "a wrong step under a right sequence",
        raw(submission(rnn_step=STUBS["rnn_step"] + "    return h_prev")), 7, "rnn_step",
    ),
    "은지 🙂": Attack(11, "Korean and an emoji in the name", WHOLE, 10, ""),
}  # fmt: skip
"""By student; `line` is the kind of damage. What needs no mending is not spoken of."""
