"""Cells are run and functions asked in a real kernel."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from nbformat import writes as write_notebook
from nbformat.v4 import new_code_cell
from sessions import PID, ask, run_all, session_of, texts
from small_homework import RIGHT

from autograder.course.config import Limits
from autograder.course.outputs import MOST_OUTPUT_OF_A_CELL, Outputs
from autograder.course.session import Session
from lmkit.by_hand import rnn_sequence, rnn_step

# -- a session in which nothing goes wrong, shared --------------------------------------------

FUNCTIONS = """
import sys
import numpy as np

state = []

def affine(x, W, b):
    return x @ W + b

def several(n):
    return np.arange(n), [n, n / 2], {"n": n}, None, True, "text"

def changes(a, b, c):
    b += 1
    return a

def raises(x):
    raise ValueError(f"wrong: {x}")

def exits():
    sys.exit(3)

def interrupts():
    raise KeyboardInterrupt

def unwritten():
    raise NotImplementedError()

def talks():
    print("a" * 10**6)
    print("b", file=sys.stderr)
    return 1

def rnn_step(x, h_prev, W_x, W_h, b):
    return np.zeros_like(h_prev)

def by_name(x, h0, W_x, W_h, b):
    return rnn_step(x=x[:, 0], h_prev=h0, W_x=W_x, W_h=W_h, b=b)

def badly(x, h0, W_x, W_h, b):
    return rnn_step(x, W_x, h0)

def far_too_large(n):
    return rnn_step(np.ones((n, 1)), np.ones((n, n * 0)), np.ones((1, n)), 0, 0)

def for_a_long_time(n):
    return rnn_step(np.ones((n, 0)), 0, 0, 0, 0)

def for_a_long_count(n):
    return rnn_step(0, 0, 0, 0, n * n)

def for_a_long_count_of_numpy(n):
    return rnn_step([np.int64(n * n)], 0, 0, 0, 0)

def helper_there():
    return "helper" in globals()

def objects():
    return np.array([print, object()])

def pickled():
    import pickle
    return pickle.dumps(print)

def gigabytes():
    return np.zeros(1_250_000_000)  # no byte of it is touched

def spread():
    return np.broadcast_to(1.0, (100_000, 12_500))

def peak_in_megabytes():
    import resource
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2 ** (20 if sys.platform == "darwin" else 10)
"""


@pytest.fixture(scope="module")
def shared() -> Iterator[Session]:
    cells = (
        "x = 6\nprint('hello')\nx * 7",
        "print('before')\nraise ValueError('wrong')",
        "import sys\nprint(x + 1)\nprint('warning', file=sys.stderr)",
        "def broken(:\n    pass",
        "None",
        FUNCTIONS,
        RIGHT["rnn_sequence"],
        PID,
    )
    limits = Limits(cell=20, answer=20, memory=16_000)  # so that 10 GB can be asked for
    with session_of(*cells, limits=limits) as session:
        yield run_all(session)


def test_a_plot_is_kept_as_a_picture_once() -> None:
    plot = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()"
    # Not the two seconds of other tests: it is what is shown that is tested, and others may hog.
    with session_of(plot, limits=Limits(cell=30)) as session:
        (output,) = run_all(session).notebook.cells[0].outputs
    assert output.data["image/png"].startswith("iVBORw0KGgo")  # PNG's first bytes


def test_outputs_stand_under_their_cells(shared: Session) -> None:
    assert texts(shared, 0) == ["stream: hello\n", "execute_result: 42"]
    assert shared.notebook.cells[0].execution_count == 1
    assert texts(shared, 4) == []


def test_an_error_in_a_cell_is_an_output_and_the_next_cell_runs(shared: Session) -> None:
    assert texts(shared, 1) == ["stream: before\n", "error: ValueError"]
    assert sorted(texts(shared, 2)) == ["stream: 7\n", "stream: warning\n"]
    assert texts(shared, 3) == ["error: SyntaxError"]
    assert shared.stopped == {}


def test_arrays_there_and_back(shared: Session) -> None:
    rng = np.random.default_rng(0)
    x, W, b = rng.normal(size=(3, 5)), rng.normal(size=(5, 2)), rng.normal(size=2)
    np.testing.assert_array_equal(ask(shared, "affine", x, W, b), x @ W + b)


def test_values_of_many_kinds(shared: Session) -> None:
    numbers, *others = ask(shared, "several", 5)
    np.testing.assert_array_equal(numbers, [0, 1, 2, 3, 4])
    assert others == [[5, 2.5], {"n": 5}, None, True, "text"]


def test_arguments_changed_in_place_are_told(shared: Session) -> None:
    answer = shared.ask("changes", (np.ones(2), np.ones(3), np.ones(4)), {})
    assert answer.changed == (1,)


def test_what_is_not_defined_is_told(shared: Session) -> None:
    assert ask(shared, "nobody").type == "NameError"
    assert str(ask(shared, "state")) == (  # cannot be called
        "NameError: state is of type list in the end, not a function: some cell gives its name away"
    )
    assert ask(shared, "broken").type == "NameError"


def test_errors_come_with_the_student_s_own_line(shared: Session) -> None:
    error = ask(shared, "raises", 5)
    assert (error.type, error.message) == ("ValueError", "wrong: 5")
    assert 'raise ValueError(f"wrong: {x}")' in error.where


@pytest.mark.parametrize(
    ("function", "kind"),
    [
        ("exits", "SystemExit"),
        ("interrupts", "KeyboardInterrupt"),
        ("unwritten", "NotImplementedError"),
    ],
)
def test_what_ends_a_program_does_not_end_the_session(
    shared: Session, function: str, kind: str
) -> None:
    before = ask(shared, "pid")
    assert ask(shared, function).type == kind
    assert ask(shared, "pid") == before


def test_prints_of_a_function_are_dropped(shared: Session) -> None:
    assert ask(shared, "talks") == 1
    assert texts(shared, 5) == []


@pytest.mark.parametrize(
    ("function", "said"),
    [
        ("objects", "dtype object, where numbers were expected"),
        ("pickled", "a bytes, where an array or a number was expected"),
        ("gigabytes", "an array of 10,000,000,000 bytes"),
        ("spread", "an array of 10,000,000,000 bytes"),
    ],
)
def test_what_is_too_large_or_no_number_is_refused_and_not_copied(
    shared: Session, function: str, said: str
) -> None:
    before = ask(shared, "peak_in_megabytes")
    error = ask(shared, function)
    assert error.type == "TypeError"
    assert said in error.message
    assert ask(shared, "peak_in_megabytes") < before + 1_000


def sequence(seed: int = 1) -> tuple[Any, ...]:
    rng = np.random.default_rng(seed)
    shapes = (3, 5, 4), (3, 2), (4, 2), (2, 2), (2,)
    return tuple(rng.normal(size=shape) for shape in shapes)


def test_a_right_helper_stands_in_and_goes_again(shared: Session) -> None:
    arguments, zeros = sequence(), np.zeros((3, 5, 2))
    np.testing.assert_array_equal(ask(shared, "rnn_sequence", *arguments), zeros)
    helped = ask(shared, "rnn_sequence", *arguments, rnn_step=rnn_step)
    np.testing.assert_array_equal(helped, rnn_sequence(*arguments))
    np.testing.assert_array_equal(ask(shared, "rnn_sequence", *arguments), zeros)


def test_a_right_helper_takes_arguments_by_name(shared: Session) -> None:
    x, *others = sequence()
    helped = ask(shared, "by_name", x, *others, rnn_step=rnn_step)
    np.testing.assert_array_equal(helped, rnn_step(x[:, 0], *others))


def test_a_right_helper_that_is_called_wrongly_says_so(shared: Session) -> None:
    error = ask(shared, "badly", *sequence(), rnn_step=rnn_step)
    assert error.type == "ValueError"
    assert "missing 2 required positional arguments" in error.message


def test_a_helper_whose_cell_stopped_is_there_for_a_while(shared: Session) -> None:
    assert ask(shared, "helper_there", helper=rnn_step) is True
    assert ask(shared, "helper_there") is False


@pytest.mark.parametrize(
    "function",
    ["far_too_large", "for_a_long_time", "for_a_long_count", "for_a_long_count_of_numpy"],
)
def test_a_question_back_cannot_take_the_grader_s_memory_or_time(
    shared: Session, function: str
) -> None:
    called = []

    def spied(*arguments: Any) -> int:
        called.append(arguments)
        return 1

    assert "larger than any" in ask(shared, function, 20_000, rnn_step=spied).message
    assert called == []
    assert ask(shared, function, 30, rnn_step=spied) == 1


def test_the_environment_is_clean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_TOKEN", "secret")
    cells = (
        "import os\nfrom autograder import check",
        "shown = [name for name in os.listdir() if name[0] != '.']\n"
        "print('API_TOKEN' in os.environ, os.environ['HOME'] == os.getcwd(), shown)",
        "check('softmax', None)",
    )
    with session_of(*cells) as session:
        run_all(session)
    # Nothing but what IPython and others keep in their home folder.
    assert texts(session, 1)[0] == "stream: False True []\n"
    assert texts(session, 2) == ["execute_result: judged outside this notebook"]


def test_what_programs_write_stands_under_the_cell_that_started_them() -> None:
    cells = ("!echo from a shell", "import os\nprint(os.system('echo from a program >&2'))", "1")
    with session_of(*cells, limits=Limits(cell=30)) as session:
        run_all(session)
    assert texts(session, 0) == ["stream: from a shell\n"]
    assert texts(session, 1) == ["stream: 0\nfrom a program\n"]
    assert texts(session, 2) == ["execute_result: 1"]


# -- output -----------------------------------------------------------------------------------


UPDATES = """
from IPython.display import display
for handle in [display({"text/plain": "b"}, raw=True, display_id=True) for _ in range(4)]:
    handle.update({"text/plain": "z" * 1_500_000}, raw=True)
"""


def test_a_message_longer_than_what_is_kept_is_not_read() -> None:
    """As objects, 30 MB of it took over a gigabyte of the grader's memory, and most of a minute."""
    cell = new_code_cell("")
    outputs = Outputs()
    outputs.begin(cell, 0)
    outputs.take(b'{"stream": "stdout", "text": "a"}')
    began = time.process_time()
    for _ in range(3):
        forged = b'{"stream": "stdout", "text": "b", "x": [' + b"{}," * 9_000_000 + b"{}]}"
        outputs.take(forged)
    assert time.process_time() - began < 2
    assert [o.text for o in cell.outputs] == ["a", "\n... and more than is kept\n"]


def test_a_flood_of_output_is_kept_up_to_a_limit() -> None:
    cells = (
        "print('begin', 'x' * 50_000_000)",
        "for n in range(60_000):\n    print(n, 'x' * 100)",
        UPDATES,
        "print('still here')",
    )
    with session_of(*cells, limits=Limits(cell=30)) as session:
        run_all(session)
    for index, begin in ((0, "begin xxx"), (1, "0 xxx")):
        text = "".join(o.text for o in session.notebook.cells[index].outputs)
        assert text.startswith(begin)
        assert text.endswith("... and more than is kept\n")
        assert MOST_OUTPUT_OF_A_CELL / 2 < len(text) < MOST_OUTPUT_OF_A_CELL + 100
    shown = [o.data["text/plain"][:1] for o in session.notebook.cells[2].outputs]
    assert shown == ["z", "z", "b", "b"]  # two updates of 1.5 MB fit into 4 MB
    assert texts(session, 3) == ["stream: still here\n"]
    assert len(write_notebook(session.notebook)) < 3 * MOST_OUTPUT_OF_A_CELL


def test_a_cell_runs_after_a_question_and_its_functions_are_asked() -> None:
    with session_of(
        "def first():\n    return 1", "def second():\n    return first() + 1"
    ) as session:
        session.run_cell(0)
        assert ask(session, "first") == 1
        assert ask(session, "second").type == "NameError"
        session.run_cell(1)
        assert (ask(session, "second"), session.stopped) == (2, {})
