"""What a cell is turned into before it runs: exactly what IPython makes of it."""

from __future__ import annotations

import ast
import re

import numpy as np
import pytest
from IPython.core.inputtransformer2 import TransformerManager
from student_code import solution_cells

from autograder.kernel.shell import _parses, _stays_as_it_is, make_shell

TRICKY = [
    "x = 1\n?x", "x?\ny", "a = '''\n!ls\n%time\n'''\nb = a", "ls\nls", "ls", "x = 1", "",
    "In [1]: x\ny = 2", "x\nIn [2]: y", "In[1]: x\ny = 2", "%time x\ny", "%%time\nx = 1", "x\n  ",
    "\n\nx = 1\ny = 2\n", "  # indented\nx = 1", "\\\nx = 1", "await f()\nx", "x\r\ny", "x\f\ny",
    "x = 1;\ny;", "\ufeffx = 1\ny = 2", ">>> x\ny", "def f():\n\treturn 1\nf()", "files = !ls\nx",
    "x = %pwd\ny", "  x = 1\n  y = 2", "a = 1\n\\\n\nb = 2", "$ ls\nx", "x = '\n'", "x = (\ny",
    "f x\ny",    "# only\n# comments", "x = '\\d'\ny = 1", "/f x\ny", ",f a b\nx", "\x00\nx",
]  # fmt: skip


FRAGMENTS = [
    "x", "y", "f", " ", "  ", "\n", "\n", "\n    ", "\t", "=", " = ", "==", "?", "??", "!", "%",
    "%%", ",", ";", "/", ".", "...", ">>> ", "In [1]: ", "(", ")", "[", "]", "'''", "'", "#", "\\",
    "\\\n", ":", "if x:", "def f():", "await f()", "@", "$", "1", "\r", "\f", "\0", "ls", "pwd",
    "%time x", "!ls",
]  # fmt: skip


def random_cells(many: int = 4000) -> list[str]:
    """Pieces of Python and of IPython one after another. Few of them are one or the other."""
    rng = np.random.default_rng(5)
    lengths = rng.integers(2, 12, many)
    return ["x\n" * (n % 2) + "".join(rng.choice(FRAGMENTS, n)) for n in lengths]


def cells() -> list[str]:
    """The solutions' cells, and what is read otherwise than it looks."""
    return [cell.strip() for cell in solution_cells()] + TRICKY


def test_what_is_taken_for_python_ipython_leaves_as_it_is() -> None:
    ipython, plain = TransformerManager(), 0  # type: ignore[no-untyped-call]
    for source in cells():
        if _stays_as_it_is(source):
            plain += 1
            assert ipython.transform_cell(source).rstrip("\n") == source.rstrip("\n"), source
    assert plain > 100


@pytest.mark.parametrize("source", TRICKY)
def test_a_cell_becomes_what_ipython_makes_of_it(source: str) -> None:
    shell = make_shell()
    theirs = super(type(shell), shell).transform_cell(source)  # type: ignore[no-untyped-call]
    assert shell.transform_cell(source) == theirs


@pytest.mark.filterwarnings("ignore:invalid escape")
def test_a_random_cell_becomes_what_ipython_makes_of_it() -> None:
    ipython, alike = TransformerManager(), 0  # type: ignore[no-untyped-call]
    for source in random_cells():
        if not _stays_as_it_is(source):
            continue
        source += "\n"
        try:
            theirs = ipython.transform_cell(source)
        except SyntaxError:
            theirs = None
        alike += theirs == source
        if not _parses(source):  # then both are wrong, and Python says so
            assert theirs is None or not _parses(theirs), source
        else:
            # IPython empties a line of blanks, within a text, too. That is left as it is.
            emptied = re.sub(r"^[ \t]+$", "", source, flags=re.MULTILINE)
            assert theirs is not None
            assert ast.dump(ast.parse(theirs)) in [
                ast.dump(ast.parse(s)) for s in (source, emptied)
            ]
    assert alike > 500


def test_code_that_warns_is_looked_at_without_a_word(recwarn: pytest.WarningsRecorder) -> None:
    assert _stays_as_it_is("x = '\\d'\ny = 1")
    assert not recwarn.list
