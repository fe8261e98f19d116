"""What is no notebook is refused in a sentence; nothing else can come of any file."""

from __future__ import annotations

import ast
import copy
import json
import time
from collections.abc import Callable
from typing import Any

import nbformat
import numpy as np
import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st
from mending import (
    RELEASED,
    as_json,
    assert_answers_kept,
    assert_whole,
    grade_id_of,
    mended,
    sources,
)
from nbconvert import HTMLExporter
from small_homework import RIGHT, SHEET, WRONG_SOFTMAX, marked, raw, raw_json, submission

from autograder.course import repair as repair_module
from autograder.course.errors import Unreadable
from autograder.course.repair import Repaired, repair
from autograder.course.sheet import read_sheet
from autograder.course.suspicion import suspicious

REAL = sorted(p.name for p in (ROOT / "assignments").iterdir())

COLAB_LINES = (
    "!nvidia-smi",
    "%pip install keras",
    "from google.colab import drive",
    "import google.colab",
    "drive.mount('/content/drive')",
    "files.download('hw.ipynb')",
)


def softmax_of(repaired: Repaired) -> Any:
    """The function that its cell defines, where it runs to its end."""
    namespace: dict[str, Any] = {"np": np}
    exec(sources(repaired)["softmax"], namespace)
    return namespace["softmax"]


# -- no notebook ------------------------------------------------------------------------------


def conflicting(one: list[str], other: list[str]) -> bytes:
    """A submission in whose fifth line a merge conflict begins."""
    lines = raw(submission()).decode().splitlines()
    lines[4:4] = ["<<<<<<< HEAD", *one, "=======", *other, ">>>>>>> theirs"]
    return "\n".join(lines).encode()


@pytest.mark.parametrize(
    ("one", "other", "side"), [([], [], "first"), ([], ["{"], "first"), (["{"], [], "second")]
)
def test_of_a_merge_conflict_the_side_that_is_a_notebook_is_taken(
    one: list[str], other: list[str], side: str
) -> None:
    repaired = mended(conflicting(one, other))
    said = f"the file holds a merge conflict (line 5); its {side} side was graded"
    assert repaired.mended == [said]
    assert_answers_kept(repaired)


def test_a_merge_conflict_of_two_that_are_none() -> None:
    with pytest.raises(Unreadable, match=r"merge conflict \(line 5\): keep one side"):
        repair(conflicting(["{"], ["}"]), SHEET)


def test_a_merge_conflict_with_the_common_ancestor_between_the_sides() -> None:
    content = conflicting([], ["{"]).replace(b"=======", b"||||||| base\n]]\n=======")
    assert_answers_kept(mended(content))


@pytest.mark.parametrize("markers", ["<<<<<<<\n", "<<<<<<<\n=======\n", "<<<<<<<\n|||||||\n"])
def test_conflicts_without_an_end_take_no_time(markers: str) -> None:
    """Each beginning was looked through to the end of the file: 160 KB took minutes."""
    began = time.process_time()
    with pytest.raises(Unreadable, match="merge conflict"):
        repair(b"{\n" + markers.encode() * 20_000, SHEET)
    assert time.process_time() - began < 5


def test_a_title_underlined_in_a_script_is_no_conflict() -> None:
    script = '"""\nHomework\n========\n"""\nimport numpy as np\n' + "".join(RIGHT.values())
    repaired = repair(script.encode(), SHEET)
    assert_answers_kept(repaired)


def test_a_conflict_that_a_cell_shows_is_none() -> None:
    assert mended(raw(submission(before="<<<<<<< HEAD\n=======\n>>>>>>> b"))).mended == []


def test_cut_off_at_the_end() -> None:
    whole = raw(submission())
    repaired = mended(whole[:-30])
    assert repaired.mended == ["the file is damaged or cut off; 14 whole cells were found in it"]
    assert_answers_kept(repaired)


def test_cut_off_in_the_middle_keeps_what_stands_before() -> None:
    whole = raw(submission())
    repaired = mended(whole[: whole.index(b"exp_s")])
    kept = sources(repaired)
    assert kept["rnn_step"] == RIGHT["rnn_step"].strip()
    assert kept["rnn_sequence"] == RIGHT["rnn_sequence"].strip()
    assert kept["softmax"].startswith("# This cell was missing")


def test_cut_off_before_the_first_cell() -> None:
    with pytest.raises(Unreadable, match="damaged or cut off"):
        repair(raw(submission())[:20], SHEET)


def test_a_script_in_its_place_is_graded_by_its_functions() -> None:
    head = '# -*- coding: utf-8 -*-\n"""hw_small.ipynb\n"""\n\n!pip install x\nimport numpy as np\n'
    repaired = mended((head + "\n".join(RIGHT.values())).encode())
    assert repaired.mended[0] == ("the file is a script, not a notebook; its functions were graded")
    assert_answers_kept(repaired)


@pytest.mark.parametrize("line", COLAB_LINES)
def test_lines_for_colab_are_left_out_and_what_stands_below_runs(line: str) -> None:
    repaired = mended(raw(submission(softmax=f"{line}\n{RIGHT['softmax'].strip()}")))
    assert repaired.mended == ["cell softmax: 1 line for Colab or a shell left out"]
    assert softmax_of(repaired)(np.zeros(4)) == pytest.approx([0.25] * 4)


@pytest.mark.parametrize(
    "line", ["%matplotlib inline", "x = 5 != 4", "text = '''\n!pip install\n'''", "%time f()"]
)
def test_other_lines_stay(line: str) -> None:
    repaired = mended(raw(submission(before=line)))
    assert repaired.mended == [] and repaired.notebook.cells[2].source == line


def test_a_line_for_colab_under_an_if_leaves_a_statement() -> None:
    cell = "if True:\n    !nvidia-smi\nfor x in []:\n    from google.colab import drive"
    repaired = mended(raw(submission(before=cell)))
    ast.parse(repaired.notebook.cells[2].source)
    assert repaired.mended == ["cell `if True:`: 2 lines for Colab or a shell left out"]


WRAPPED = [
    lambda data: {"notebook": data, "user": "x"},
    lambda data: {"name": "hw.ipynb", "type": "notebook", "format": "json", "content": data},
    lambda data: {"metadata": {"id": 1}, "blob": {"source": json.dumps(data)}},
    lambda data: data["cells"],
    json.dumps,
]


@pytest.mark.parametrize("wrap", WRAPPED)
def test_a_notebook_in_other_json_is_taken_out(wrap: Callable[[Any], Any]) -> None:
    repaired = mended(raw_json(wrap(as_json())))
    assert repaired.mended == ["the notebook was wrapped in other JSON, and was taken out of it"]
    assert_answers_kept(repaired)


@pytest.mark.parametrize("behind", [b"\0" * 4096, b",", b"\n" + raw(submission()), b"\n]]"])
def test_something_behind_the_notebook(behind: bytes) -> None:
    repaired = mended(raw(submission()) + behind)
    said = "something stood behind the notebook in the file, and was left out"
    assert repaired.mended == [said]
    assert_answers_kept(repaired)


PARTS = "# %%\nimport numpy as np\n# %% [markdown]\n# Text\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize(
    "broken", ["    retrun exp_s", "    exp_s = (1,", "%matplotlib inline\nx ="]
)
def test_a_script_that_is_wrong_somewhere_keeps_its_other_functions(
    broken: str, encoding: str
) -> None:
    softmax = f"@known\ndef softmax(logits):\n{broken}\n"
    script = "\n".join([PARTS, softmax, RIGHT["rnn_step"], "# In[3]:", RIGHT["rnn_sequence"]])
    repaired = mended(script.encode(encoding))
    kept = sources(repaired)
    assert kept["rnn_step"] == RIGHT["rnn_step"].strip()
    assert kept["rnn_sequence"] == RIGHT["rnn_sequence"].strip()
    assert kept["softmax"] == softmax.strip()


def test_a_script_with_a_line_for_ipython() -> None:
    script = "%matplotlib inline\n# a\u2028b\n" + "\n".join(RIGHT.values())
    assert_answers_kept(mended(script.encode()))


@pytest.mark.parametrize(
    "written",
    [
        RIGHT["softmax"].replace("    ", "\u00a0\u00a0\u00a0\u00a0"),
        RIGHT["softmax"].replace("exp_s =", "exp_s\u200b\u00a0="),
        RIGHT["softmax"].replace("    exp_s", "    m = {“a”: ‘it’}\n    exp_s"),
    ],
)
def test_letters_of_a_word_processor(written: str) -> None:
    repaired = mended(raw(submission(softmax=written)))
    said = "cell softmax: blanks or quotation marks that Python does not know were replaced"
    assert repaired.mended == [said]
    assert softmax_of(repaired)(np.zeros(4)) == pytest.approx([0.25] * 4)


@pytest.mark.parametrize("written", ["print('“a”\u00a0b')", "x = “a” +"])
def test_letters_that_may_stay_or_do_not_help(written: str) -> None:
    repaired = mended(raw(submission(before=written)))
    assert repaired.mended == [] and repaired.notebook.cells[2].source == written


@pytest.mark.parametrize("nothing", [b"", b"  \n\t ", b"\xef\xbb\xbf"])
def test_empty(nothing: bytes) -> None:
    with pytest.raises(Unreadable, match="empty"):
        repair(nothing, SHEET)


@pytest.mark.parametrize(
    "other",
    [
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj",
        b"PK\x03\x04\x14\x00\x00\x00",
        b"<!DOCTYPE html><html></html>",
        b"Text\n\n```python\ndef softmax(logits):\n    return 1\n```\n",
        b"\n<?xml version='1.0'?><HTML lang='en'>",
        b"\x00" * 100,
        b"!\x01\x80",
        b"# a remark",
    ],
)
def test_another_file_in_its_place(other: bytes) -> None:
    with pytest.raises(Unreadable, match=r"send in the \.ipynb"):
        repair(other, SHEET)


def test_a_page_made_of_a_notebook_is_said_to_be_one() -> None:
    page, _ = HTMLExporter().from_notebook_node(submission())
    with pytest.raises(Unreadable, match="a web page made of a notebook, not the notebook: send"):
        repair(page.encode(), SHEET)


@pytest.mark.parametrize("value", [[], 5, "text", None, True, [{"cells": []}]])
def test_json_that_is_no_object(value: Any) -> None:
    with pytest.raises(Unreadable, match="not a notebook"):
        repair(raw_json(value), SHEET)


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"cells": None},
        {"cells": {}},
        {"cells": 5},
        {"worksheets": 5},
        {"worksheets": []},
        {"worksheets": [{"cells": 5}, {"cells": "text"}, 5]},
        {"cells": []},
        {"cells": [{"cell_type": "code", "source": "x = 1"}]},
    ],
)
def test_json_without_a_cell_of_the_assignment(value: Any) -> None:
    with pytest.raises(Unreadable):
        repair(raw_json(value), SHEET)


@pytest.mark.parametrize("deep", [b"[" * 100_000, b'{"cells":' * 100_000, b'{"a":[' * 50_000])
def test_deeply_nested(deep: bytes) -> None:
    with pytest.raises(Unreadable):
        repair(deep, SHEET)


@pytest.mark.parametrize("depth", [500, 800, *range(900, 1000, 5)])
def test_a_source_that_is_nested_nearly_too_deep(depth: int) -> None:
    nested = b"[" * depth + b"]" * depth
    text = raw_json(as_json()).replace(b'"source": ["# A small homework"]', b'"source": ' + nested)
    assert nested in text
    try:
        mended(text)
    except Unreadable as error:
        assert "recursion" in str(error)


NESTED = {
    "minus": "x = " + "-" * 1500 + "1",
    "sum": "x = " + "+".join(["1"] * 1500),
    "calls": "x = f" + "()" * 1500,
    "lambda": "x = " + "lambda: " * 1500 + "1",
    "elif": "if 1: pass\n" + "elif 1: pass\n" * 1500,
}


@pytest.mark.parametrize("code", NESTED.values(), ids=NESTED)
def test_code_that_is_nested_deep_stops_nothing(code: str) -> None:
    """It was a RecursionError, which ended the collecting of a whole class."""
    notebook = submission(
        before=f"import google.colab\n!ls\n{code}", softmax=f"{WRONG_SOFTMAX}\n{code}"
    )
    (imports,) = (cell for cell in notebook.cells if cell.id == "imports")
    imports.source += f"\n{code}"
    began = time.process_time()
    repaired = repair(raw(notebook), SHEET)
    assert any(c.source.endswith(code) for c in repaired.notebook.cells)
    for cell in repaired.notebook.cells:
        suspicious(cell.source)
    assert time.process_time() - began < 5


def test_very_long_code_is_left_as_it_is() -> None:
    """As a tree it would take gigabytes, and minutes."""
    long = "import google.colab\n" + "a;" * 4_000_000
    notebook = submission(before=long)
    (imports,) = (cell for cell in notebook.cells if cell.id == "imports")
    imports.source += f"\n{long}"
    began = time.process_time()
    repaired = repair(raw(notebook), SHEET)
    assert [c.source for c in repaired.notebook.cells if c.source == long] == [long]
    assert suspicious(f"eval(x)\n{long}") == ["eval"]
    with pytest.raises(Unreadable, match="not a notebook"):
        repair(f"def softmax(x):\n    return x\n{long}".encode(), SHEET)
    assert time.process_time() - began < 10


def test_a_number_too_long_for_python() -> None:
    with pytest.raises(Unreadable):
        repair(b'{"cells": ' + b"9" * 5000 + b"}", SHEET)


def test_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repair_module, "LARGEST", 10_000)
    with pytest.raises(Unreadable, match="MB"):
        repair(b" " * 10_001, SHEET)
    with pytest.raises(Unreadable, match="empty"):
        repair(b" " * 10_000, SHEET)


def test_too_many_cells() -> None:
    data = as_json()
    many = {**data, "cells": data["cells"] + [{}] * 5_000}
    with pytest.raises(Unreadable, match=r"5,014 cells, and 5,000 are taken"):
        repair(raw_json(many), SHEET)
    mended({**many, "cells": many["cells"][:200]})


def another(*cells: Any) -> bytes:
    """Another assignment's notebook, with the cell of imports that every one has."""
    other = [RELEASED["imports"], marked("x = 1", "lstm_step", solution=True), *cells]
    return raw(nbformat.v4.new_notebook(cells=other))


def test_another_assignment() -> None:
    with pytest.raises(Unreadable, match="another assignment"):
        repair(another(), SHEET)
    heading = nbformat.v4.new_markdown_cell("Hello\n\n# hw4: LSTM\n")
    with pytest.raises(Unreadable, match="none of the exercises of hw_small; it is called 'hw4: L"):
        repair(another(heading), SHEET)


def test_another_assignment_that_has_a_function_of_the_same_name() -> None:
    given = nbformat.v4.new_code_cell(RIGHT["softmax"])
    asked = marked('grade("lstm_step", lstm_step, points=1)', "lstm_step_grade")
    with pytest.raises(Unreadable, match="none of the exercises"):
        repair(another(given, asked), SHEET)
    assert repair(another(given), SHEET).written == {"softmax"}


@pytest.mark.parametrize("one", REAL)
def test_no_homework_is_taken_for_another(one: str) -> None:
    content = (ROOT / "assignments" / one / f"{one}.ipynb").read_bytes()
    for other in REAL:
        sheet = read_sheet(ROOT / "assignments" / other / f"{other}.ipynb")
        if one == other:
            repaired = repair(content, sheet)
            assert (repaired.mended, repaired.written) == ([], frozenset())
            continue
        with pytest.raises(Unreadable, match=f"none of the exercises of {other}; it is called"):
            repair(content, sheet)


# -- anything at all --------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
MARKS = st.fixed_dictionaries(
    {},
    optional={"grade_id": st.sampled_from([*RELEASED, "x"]) | JSON, "points": JSON, "locked": JSON},
)
SOURCES = st.sampled_from([c.source for c in RELEASED.values()]) | st.text() | JSON
CELLS = st.fixed_dictionaries(
    {},
    optional={
        "cell_type": st.sampled_from(["code", "markdown", "raw"]) | JSON,
        "source": SOURCES | st.lists(SOURCES, max_size=3),
        "metadata": st.fixed_dictionaries({}, optional={"nbgrader": MARKS | JSON}) | JSON,
        "outputs": JSON,
        "id": JSON,
        "attachments": JSON
        | st.dictionaries(st.text(), st.just({"image/png": "iVBO"}), max_size=2),
    },
)
NOTEBOOKS = st.fixed_dictionaries(
    {"cells": st.lists(CELLS | JSON, max_size=8)}, optional={"metadata": JSON, "nbformat": JSON}
)


def whole_or_unreadable(content: bytes) -> Repaired | None:
    try:
        repaired = repair(content, SHEET)
    except Unreadable as error:
        assert str(error)
        return None
    assert_whole(repaired)
    return repaired


@settings(max_examples=80, deadline=None)
@given(NOTEBOOKS)
def test_any_notebook_is_made_whole_or_refused(data: Any) -> None:
    whole_or_unreadable(raw_json(data))


@settings(max_examples=60, deadline=None)
@given(JSON | st.fixed_dictionaries({}, optional={"cells": JSON, "worksheets": JSON}))
def test_any_json_is_refused(data: Any) -> None:
    assert whole_or_unreadable(raw_json(data)) is None


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_refused(content: bytes) -> None:
    assert whole_or_unreadable(content) is None


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_submission_damaged_anywhere_is_made_whole(draw: st.DataObject) -> None:
    """Cells dropped, doubled, shuffled and overwritten; the student's other answers survive."""
    data = as_json()
    count = len(data["cells"])
    kept = draw.draw(st.lists(st.integers(0, count - 1), min_size=1, max_size=2 * count))
    cells = [copy.deepcopy(data["cells"][i]) for i in kept]
    answers = {grade_id_of(cell) for cell in cells} & set(RIGHT)
    for cell in cells:
        field = draw.draw(st.sampled_from(["", "source", "metadata", "cell_type"]))
        if field and grade_id_of(cell) not in RIGHT:
            cell[field] = draw.draw(JSON)
    repaired = whole_or_unreadable(raw_json({**data, "cells": cells}))
    kept_answers = sources(repaired) if repaired else {}
    assert {p: kept_answers.get(p) for p in answers} == {p: RIGHT[p].strip() for p in answers}


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.binary(max_size=6))
def test_a_few_bytes_overwritten(place: int, noise: bytes) -> None:
    content = raw(submission())
    at = place % len(content)
    whole_or_unreadable(content[:at] + noise + content[at + len(noise) :])
