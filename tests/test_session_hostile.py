"""Submissions that cheat, through the whole pipeline: each earns what its honest part is worth.

What has to be kept out by a sandbox (files, network, processes, memory) is tested elsewhere.
"""

from __future__ import annotations

import time

import pytest
from small_homework import RIGHT, WRONG_SOFTMAX, cheated

WRONG_STEP = "def rnn_step(x, h_prev, W_x, W_h, b):\n    return h_prev"


def returns(*values: str, first: str = "") -> str:
    """A softmax that returns another of these values in each of its four cases."""
    assert len(values) == 4
    listed = "".join(f"    lambda logits: {value},\n" for value in values)
    return (
        f"{first}\nvalues = iter([\n{listed}])\n\ndef softmax(logits):\n"
        "    return next(values)(logits)"
    )


def test_an_honest_submission_earns_everything() -> None:
    outcome = cheated(lost="")
    assert (outcome.score, outcome.stopped, outcome.mended, outcome.remarks) == (10, (), (), [])


# -- 1: answers that lie about themselves -----------------------------------------------------

LIARS = """
class Equal:
    def __eq__(self, other):
        return True
    __ge__ = __le__ = __ne__ = __eq__
    def __float__(self):
        return 1.0
    def __array__(self, dtype=None, copy=None):
        return np.zeros(self.shape)
    def __abs__(self):
        return 0.0
    def __sub__(self, other):
        return 0.0
    __rsub__ = __sub__
    def __init__(self, shape):
        self.shape = shape
        self.dtype = np.dtype(float)

class Raises(Equal):
    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("no")

class Nonsense(Equal):
    def __array__(self, dtype=None, copy=None):
        return "not an array"

class Array(np.ndarray):
    def __eq__(self, other):
        return True
    def __array_ufunc__(self, *args, **kwargs):
        return np.zeros(self.shape)
"""


def test_answers_that_are_equal_to_everything() -> None:
    values = (
        "Equal(logits.shape)",
        "Raises(logits.shape)",
        "Nonsense(logits.shape)",
        "np.zeros(logits.shape).view(Array)",
    )
    cheated(softmax=returns(*values, first=LIARS))


# -- 7: numbers that are none -----------------------------------------------------------------


@pytest.mark.parametrize(
    "values",
    [
        ("np.full(logits.shape, np.nan)", "-1.0", "'nan'", "10**400"),
        ("np.full(logits.shape, 1e308)", "-np.inf * logits", "1000.0", "True"),
        ("None", "1j * logits", "{'score': 1}", "[logits, [[1.0]], None]"),
        ("logits.astype('U8')", "float('nan')", "()", "Shown(None, 1000)"),
    ],
)
def test_values_that_are_no_right_answer(values: tuple[str, ...]) -> None:
    first = "from autograder.notebook import Shown"
    outcome = cheated(softmax=returns(*values, first=first))
    (verdict,) = [v for v in outcome.verdicts.values() if v.problem == "softmax"]
    assert not any(a.passed for a in verdict.aspects)


def test_another_grade_and_another_check() -> None:
    forged = "grade = check = lambda *a, **k: 1000.0\ngrade('softmax', None, points=1000)"
    cheated(before=forged, after=forged, softmax=WRONG_SOFTMAX)


# -- 8: ways out ------------------------------------------------------------------------------


def test_leaving_in_a_cell_costs_nothing_else() -> None:
    outcome = cheated(lost="", before="import os\nos._exit(0)", after="import sys\nsys.exit(0)")
    assert outcome.stopped == ("cell `import os` killed the kernel",)


def test_leaving_in_two_functions_costs_these_two() -> None:
    cheated(
        lost="rnn_step softmax",
        rnn_step="import os\n\ndef rnn_step(*arguments):\n    os._exit(0)",
        softmax="import sys\n\ndef softmax(logits):\n    sys.exit(0)",
    )


# -- 10: what the kernel imports is changed ---------------------------------------------------

NUMPY = """
import builtins
for name in ("allclose", "array_equal", "isclose", "array_equiv"):
    setattr(np, name, lambda *a, **k: True)
np.testing.assert_allclose = np.testing.assert_array_equal = lambda *a, **k: None
builtins.all = builtins.any = lambda *a: True
"""
ANSWERS_ITSELF = """
import autograder.kernel.answer
from autograder import wire

def serve(shell, connection, nowhere, owner):
    while True:
        call = wire.receive(connection, 100, wire.LARGE)
        if "cell" in call:
            source = call["cell"].tobytes().decode()
            autograder.kernel.answer.run_cell(shell, connection if call["shown"] else None, source)
            wire.send(connection, {"ran": True})
        elif "call" not in call:
            wire.send(connection, {"here": True})
        elif call["call"] == "rnn_step":  # the honest part
            wire.send(connection, {"value": rnn_step(*call["arguments"])})
        elif call["call"] == "softmax":
            claims = {"value": True, "score": 1.0, "passed": True, "points": 1000, "error": None}
            wire.send(connection, claims)
        else:
            question = {"ask": "rnn_sequence", "arguments": call["arguments"], "named": {}}
            wire.send(connection, question)
            wire.send(connection, {"value": wire.receive(connection, 100).get("value")})

autograder.kernel.answer._serve = serve
"""
SHADOWS = """
import os
for name in ("numpy", "autograder", "socket", "json", "copy", "lmkit", "sitecustomize"):
    with open(f"{name}.py", "w") as file:
        file.write("raise SystemExit('shadowed')")
os.makedirs(".ipython/profile_default/startup", exist_ok=True)
with open(".ipython/profile_default/startup/00.py", "w") as file:
    file.write("import os; os._exit(0)")
"""


def test_numpy_changed_so_that_everything_is_equal() -> None:
    cheated(before=NUMPY, softmax=WRONG_SOFTMAX)


def test_the_kernel_s_own_part_replaced() -> None:
    cheated(lost="rnn_sequence softmax", before=ANSWERS_ITSELF)


def test_files_that_are_called_as_modules() -> None:
    # The kernel that dies last has to come up again among these files.
    outcome = cheated(
        before=SHADOWS, softmax="import os\n\ndef softmax(logits):\n    os._exit(0)", after="1"
    )
    assert outcome.mended == ()


TAKEN = """
tried = []
def right():
    import importlib, sys
    for name in ("lmkit.metrics", "lmkit.by_hand", "lmkit.by_hand.softmax", "autograder.problems",
                 "autograder.problems.softmax", "autograder.judge", "autograder.course",
                 "autograder.course.run"):
        for take in (importlib.import_module, __import__):
            try:
                return take(name)
            except ImportError:
                tried.append(name)
    raise ImportError(f"{len(tried)} ways, none open")

def softmax(logits):
    from_somewhere = right()
    return np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
"""


def test_right_answers_cannot_be_imported() -> None:
    outcome = cheated(softmax=TAKEN)
    assert any("16 ways, none open" in v.error for v in outcome.verdicts.values())


# -- 11: answers that would do harm to their reader -------------------------------------------

BOMBS = """
import pickle

class Bomb:
    def __reduce__(self):
        return print, ("unpickled",)
"""


def test_answers_that_are_objects_pickles_or_gigabytes() -> None:
    values = (
        "np.array([Bomb()] * 3, dtype=object)",
        "pickle.dumps(Bomb())",
        "np.zeros(1_250_000_000)",  # 10 GB, of which no byte is ever touched
        "np.broadcast_to(1.0, (10**5, 10**5))",
    )
    started = time.monotonic()
    cheated(softmax=returns(*values, first=BOMBS))
    assert time.monotonic() - started < 15


# -- 12: endless loops ------------------------------------------------------------------------


def test_endless_loops_in_cells_cost_these_cells_alone() -> None:
    deaf = "while True:\n    try:\n        while True: pass\n    except BaseException: pass"
    outcome = cheated(lost="", before="# loop\nwhile True: pass", after=deaf)
    assert len(outcome.stopped) == 2


def test_endless_loops_in_functions_cost_these_functions_alone() -> None:
    step = "def rnn_step(x, h_prev, W_x, W_h, b):\n    while True: pass"
    outcome = cheated(lost="rnn_step", rnn_step=step)
    (sequence,) = [v for v in outcome.verdicts.values() if v.problem == "rnn_sequence"]
    assert sequence.helped_by == ("rnn_step",)


# -- 14 and more: answers that were not computed ----------------------------------------------

HARD_CODED = """
def softmax(logits):
    if np.array_equal(logits, [1.0, 2.0, 3.0]):
        return np.array([0.09003057, 0.24472847, 0.66524096])
    if logits.shape == (2, 2):
        return np.full((2, 2), 0.5)
    return np.zeros(logits.shape)
"""
KEEPS_THE_HELPER = """
right = None

def rnn_step(x, h_prev, W_x, W_h, b):
    return right(x, h_prev, W_x, W_h, b) if right else h_prev
"""
SEQUENCE_KEEPS_THE_HELPER = f"""
mine = rnn_step
{
    RIGHT["rnn_sequence"].replace(
        "    states = [h0]",
        '''    global right
    if rnn_step is not mine:
        right = rnn_step
    states = [h0]''',
    )
}
"""


def test_visible_cases_hard_coded() -> None:
    cheated(softmax=HARD_CODED)


def test_a_right_helper_kept_for_later_comes_too_late() -> None:
    cheated(lost="rnn_step", rnn_step=KEEPS_THE_HELPER, rnn_sequence=SEQUENCE_KEEPS_THE_HELPER)


def test_a_right_helper_alone_is_no_answer() -> None:
    lazy = "def rnn_sequence(x, h0, W_x, W_h, b):\n    return rnn_step(x[:, 0], h0, W_x, W_h, b)"
    cheated(lost="rnn_step rnn_sequence", rnn_step=WRONG_STEP, rnn_sequence=lazy)
