"""Whatever comes back becomes the notebook that was handed out."""

from __future__ import annotations

import copy
import json
from typing import Any

import nbformat
import pytest
from mending import (
    RELEASED,
    as_json,
    assert_answers_kept,
    cell_of,
    grade_id_of,
    marks,
    mended,
    sources,
)
from small_homework import NAME, RIGHT, SHEET, marked, raw, raw_json, submission

from autograder.course.repair import read_cells, repair
from autograder.course.sample_class import saved_by_colab
from autograder.course.sheet import sheet_of

# -- nothing to mend --------------------------------------------------------------------------


def test_a_whole_submission_stays_as_it_is() -> None:
    sent = submission(before="x = 1")
    repaired = mended(raw(sent))
    assert repaired.mended == []
    assert [c.source for c in repaired.notebook.cells] == [c.source for c in sent.cells]


def test_repair_leaves_the_sheet_alone() -> None:
    before = copy.deepcopy(SHEET.notebook)
    repaired = mended(as_json())
    repaired.notebook.cells[1].metadata["nbgrader"]["points"] = 1000
    repaired.notebook.metadata["kernelspec"]["name"] = "other"
    assert SHEET.notebook == before


def test_what_was_mended_is_repaired_without_a_word() -> None:
    data = as_json()
    data["cells"] = [c for c in data["cells"] if grade_id_of(c) != "softmax_grade"][::-1]
    once = mended(data)
    assert once.mended
    twice = mended(raw(once.notebook))
    assert twice.mended == []
    assert [c.source for c in twice.notebook.cells] == [c.source for c in once.notebook.cells]


# -- how other programs save ------------------------------------------------------------------


def test_colab() -> None:
    repaired = mended(saved_by_colab(submission()))
    assert repaired.mended == []
    assert_answers_kept(repaired)


def test_notebook_format_3() -> None:
    data = as_json()
    for cell in data["cells"]:
        if cell["cell_type"] == "code":
            cell["input"] = cell.pop("source")
            cell["language"] = "python"
    cells = data.pop("cells")
    data["worksheets"] = [{"cells": cells[:5]}, {"metadata": {}}, None, {"cells": cells[5:]}]
    data |= {"nbformat": 3, "nbformat_minor": 0}
    assert_answers_kept(mended(data))


def test_a_release_from_before_cells_had_ids() -> None:
    old = copy.deepcopy(SHEET.notebook)
    old.nbformat_minor = 4
    for cell in old.cells:
        del cell["id"]
    data = as_json()
    data["cells"] = [c for c in data["cells"] if grade_id_of(c) != "imports"]
    repaired = repair(raw_json(data), sheet_of(NAME, old))
    assert len({c.get("id") for c in repaired.notebook.cells} - {None}) == len(RELEASED) + 4
    nbformat.validate(repaired.notebook)


def test_byte_order_mark() -> None:
    assert_answers_kept(mended(b"\xef\xbb\xbf" + raw(submission())))


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("cp1252", "Windows-1252"),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"),
    ],
)
def test_another_encoding_is_read_and_told(encoding: str, said: str) -> None:
    sent = submission(before="# naïve")
    repaired = mended(nbformat.writes(sent).encode(encoding))
    assert_answers_kept(repaired)
    assert repaired.mended == [f"the file is written in {said}, not in UTF-8; it was read as that"]
    assert repaired.notebook.cells[2].source == "# naïve"


def test_a_damaged_letter_costs_itself_and_nothing_else() -> None:
    text = nbformat.writes(submission(before="# 은지, 은지, naïve"))
    repaired = mended(text.encode().replace("ï".encode(), b"\xff"))
    assert_answers_kept(repaired)
    assert repaired.notebook.cells[2].source == "# 은지, 은지, na\N{REPLACEMENT CHARACTER}ve"


def test_half_a_surrogate_pair_can_be_written_again() -> None:
    data = as_json()
    cell_of(data, "softmax")["source"] += "\n# \ud83d"
    assert sources(mended(data))["softmax"].endswith("# ?")


def test_an_emoji_stays() -> None:
    data = as_json()
    cell_of(data, "softmax")["source"] += "\n# 은지 🙂"
    assert b"\\ud83d\\ude42" in raw_json(data)  # as a surrogate pair in the JSON
    assert sources(mended(data))["softmax"].endswith("# 은지 🙂")


@pytest.mark.parametrize(
    ("source", "kept"),
    [
        (["a = 1\n", "b = 2"], "a = 1\nb = 2"),
        (["a = 1\n", 7, None, ["x"], "b = 2"], "a = 1\nb = 2"),
        (7, ""),
        (None, ""),
        ({"a": 1}, ""),
        ("c = 3", "c = 3"),
    ],
)
def test_source_of_any_kind(source: Any, kept: str) -> None:
    data = as_json()
    cell_of(data, "softmax")["source"] = source
    assert sources(mended(data))["softmax"] == kept


def test_source_missing() -> None:
    data = as_json()
    del cell_of(data, "softmax")["source"]
    del cell_of(data, "softmax_grade")["source"]
    assert sources(mended(data))["softmax"] == ""


def test_cells_that_are_none() -> None:
    data = as_json()
    data["cells"][1:1] = [None, 3, "text", [], True, {}]
    repaired = mended(data)
    assert_answers_kept(repaired)
    assert len(repaired.notebook.cells) == len(SHEET.notebook.cells) + 1  # {} is an empty cell


# -- cells deleted, doubled, split, moved, retyped --------------------------------------------


@pytest.mark.parametrize("gone", sorted(RELEASED))
def test_a_deleted_cell_is_put_back_in_its_place(gone: str) -> None:
    data = as_json()
    data["cells"] = [c for c in data["cells"] if grade_id_of(c) != gone]
    repaired = mended(data)
    assert marks(repaired) == list(RELEASED)
    assert repaired.mended == [f"the cell {gone} was missing and was put back"]
    # A stub in place of a solution would hide a function that another cell defines.
    assert "def " not in sources(repaired)[gone] or gone not in RIGHT


def test_everything_deleted_but_one_cell() -> None:
    data = as_json()
    data["cells"] = [cell_of(data, "softmax")]
    repaired = mended(data)
    assert sources(repaired)["softmax"] == RIGHT["softmax"].strip()
    (said,) = repaired.mended
    assert said.startswith(f"{len(RELEASED) - 1} cells were missing and were put back: imports, ")


def test_a_graded_cell_twice_is_graded_once() -> None:
    data = as_json()
    data["cells"].append(copy.deepcopy(cell_of(data, "softmax_grade")))
    repaired = mended(data)
    assert repaired.mended == ["the cell softmax_grade was there 2 times; one of them was kept"]


def test_of_two_solutions_the_one_that_was_written_is_kept() -> None:
    data = as_json()
    stub = copy.deepcopy(cell_of(data, "softmax"))
    stub["source"] = RELEASED["softmax"].source
    data["cells"].append(stub)
    repaired = mended(data)
    assert_answers_kept(repaired)
    assert any("softmax was there 2 times" in said for said in repaired.mended)


def test_of_two_written_solutions_the_last_is_kept_and_both_run() -> None:
    data = as_json()
    first = cell_of(data, "softmax")
    second = copy.deepcopy(first)
    second["source"] = "def softmax(logits):\n    return 'second'"
    data["cells"].insert(data["cells"].index(first) + 1, second)
    repaired = mended(data)
    assert sources(repaired)["softmax"] == second["source"]
    assert RIGHT["softmax"].strip() in [c.source for c in repaired.notebook.cells]


def test_a_split_cell_keeps_both_halves_in_their_order() -> None:
    data = as_json()
    whole = cell_of(data, "softmax")
    half = copy.deepcopy(whole)
    half["source"] = "helper = np.exp"
    data["cells"].insert(data["cells"].index(whole), half)
    whole["source"] = "def softmax(logits):\n    return helper(logits)"
    texts = [c.source for c in mended(data).notebook.cells]
    assert texts.index(half["source"]) + 1 == texts.index(whole["source"])


def test_moved_cells_keep_the_student_s_order() -> None:
    data = as_json()
    step = cell_of(data, "rnn_step")
    data["cells"].remove(step)
    data["cells"].append(step)
    repaired = mended(data)
    assert marks(repaired)[-1] == "rnn_step"
    assert repaired.mended == []


@pytest.mark.parametrize("kind", ["markdown", "raw", "heading", "", 5])
@pytest.mark.parametrize("grade_id", ["softmax", "softmax_grade"])
def test_a_retyped_cell_is_code_again(grade_id: str, kind: Any) -> None:
    data = as_json()
    cell_of(data, grade_id)["cell_type"] = kind
    repaired = mended(data)
    assert_answers_kept(repaired)
    assert [f"{grade_id} had become" in said for said in repaired.mended] == [True]


def test_changed_locked_cells_are_restored() -> None:
    data = as_json()
    cell_of(data, "softmax_grade")["source"] = 'grade("softmax", lambda s: s, points=1000)'
    cell_of(data, "imports")["source"] += "\nnp.tanh = np.sin"
    cell_of(data, "softmax_check")["source"] = "# checked"
    repaired = mended(data)
    assert repaired.mended == [
        "the locked cell imports had been changed and was restored; "
        "what was written into it stands in a cell behind it",
        "2 cells were locked, had been changed, and were restored: softmax_check, softmax_grade",
    ]
    assert repaired.notebook.cells[2].source == "np.tanh = np.sin"


@pytest.mark.parametrize(
    ("source", "kept"),
    [
        ("from math import pi\n{released}\n# mine\nx = 1", "from math import pi\n\n# mine\nx = 1"),
        ("{released}; x = 1", "pass; x = 1"),
        ("{released}\n!ls\nx = 1\ncheck('softmax', softmax)", "pass  # left out: !ls\nx = 1"),
        ("import numpy as np\nx = (", "import numpy as np\nx = ("),
        ("import numpy as np", None),
        ("# only a remark\n{released}", None),
        ("", None),
    ],
)
def test_what_was_added_to_a_locked_cell_stands_behind_it(source: str, kept: str | None) -> None:
    data = as_json()
    cell = cell_of(data, "imports")
    cell["source"] = source.replace("{released}", "".join(cell["source"]))
    cells = mended(data).notebook.cells
    place = next(i for i, c in enumerate(cells) if grade_id_of(c) == "imports")
    assert cells[place + 1].source == (kept if kept is not None else "## rnn_step")


@pytest.mark.parametrize("asks", ["softmax_check", "softmax_grade"])
def test_what_was_written_into_a_cell_that_asks_the_judge_stands_before_it(asks: str) -> None:
    data = as_json()
    data["cells"].remove(cell_of(data, "softmax"))
    cell = cell_of(data, asks)
    cell["source"] = RIGHT["softmax"] + "\nshown = " + "".join(cell["source"])
    repaired = mended(data)
    cells = repaired.notebook.cells
    place = next(i for i, c in enumerate(cells) if grade_id_of(c) == asks)
    assert cells[place - 1].source == RIGHT["softmax"].strip()
    assert "softmax" in repaired.written
    assert any("stands in a cell before it" in said for said in repaired.mended)


def test_what_was_written_into_a_locked_text_stays() -> None:
    handed_out = copy.deepcopy(SHEET.notebook)
    text = nbformat.v4.new_markdown_cell("Read this.", id="text")
    text.metadata["nbgrader"] = {**RELEASED["imports"].metadata.nbgrader, "grade_id": "text"}
    handed_out.cells.append(text)
    data: dict[str, Any] = json.loads(raw(handed_out))
    data["cells"][-1]["source"] = "I have."
    cells = repair(raw_json(data), sheet_of(NAME, handed_out)).notebook.cells
    assert [(c.cell_type, c.source) for c in cells[-2:]] == [
        ("markdown", "Read this."),
        ("markdown", "I have."),
    ]


def test_all_in_the_imports_cell() -> None:
    data = as_json()
    code = ["".join(c["source"]) for c in data["cells"] if c["cell_type"] == "code"]
    data["cells"] = [{**cell_of(data, "imports"), "source": "\n\n".join(code)}]
    repaired = mended(data)
    kept = repaired.notebook.cells[-1].source
    assert all(its.strip() in kept for its in RIGHT.values()) and "grade(" not in kept
    assert repaired.written == set(RIGHT)


def test_blanks_and_line_ends_are_no_change() -> None:
    data = as_json()
    for cell in data["cells"]:
        cell["source"] = "".join(cell["source"]).replace("\n", "\r\n") + "\n\n"
    assert mended(data).mended == []


# -- metadata lost or forged ------------------------------------------------------------------


def strip_marks(data: dict[str, Any]) -> dict[str, Any]:
    for cell in data["cells"]:
        cell["metadata"] = {}
    return data


def test_all_marks_lost() -> None:
    repaired = mended(strip_marks(as_json()))
    assert_answers_kept(repaired)
    assert marks(repaired) == list(RELEASED)
    (said,) = repaired.mended
    assert said == (
        f"{len(RELEASED)} cells had lost their marks and were recognised by their content: "
        "imports, rnn_step, rnn_step_check, rnn_step_grade and 6 more"
    )


def test_marks_lost_and_a_helper_in_front_of_the_function() -> None:
    data = strip_marks(as_json())
    place = next(i for i, c in enumerate(data["cells"]) if "def softmax" in "".join(c["source"]))
    source = "import math\n\ndef helper(s):\n    return s\n\n" + RIGHT["softmax"]
    data["cells"][place]["source"] = source
    assert sources(mended(data))["softmax"] == source


def test_a_function_that_was_renamed_cannot_be_recognised() -> None:
    data = strip_marks(as_json(softmax="def my_softmax(s):\n    return s"))
    repaired = mended(data)
    assert "the cell softmax was missing and was put back" in repaired.mended
    assert "def my_softmax(s):\n    return s" in [c.source for c in repaired.notebook.cells]


@pytest.mark.parametrize(
    "mark", ["rnn_step", 5, None, [], {}, {"grade_id": ["a"]}, {"grade_id": {}}]
)
def test_a_mark_that_is_no_mark(mark: Any) -> None:
    data = as_json()
    for cell in data["cells"]:
        cell["metadata"] = {"nbgrader": mark}
    assert_answers_kept(mended(data))


@pytest.mark.parametrize("metadata", [None, "text", [], 5])
def test_metadata_that_is_none(metadata: Any) -> None:
    data = as_json()
    data["metadata"] = metadata
    for cell in data["cells"]:
        cell["metadata"] = metadata
    assert_answers_kept(mended(data))


def test_forged_points_and_flags_are_the_released_ones_again() -> None:
    data = as_json()
    cell_of(data, "softmax_grade")["metadata"]["nbgrader"] |= {
        "points": 1000,
        "locked": False,
        "solution": True,
    }
    cell_of(data, "softmax")["metadata"]["nbgrader"] |= {"grade": True, "points": 1000}
    repaired = mended(data)
    assert sheet_of(NAME, repaired.notebook).max_score == SHEET.max_score == 10


def test_a_graded_cell_of_the_student_s_own_is_not_graded() -> None:
    data = as_json()
    data["cells"].append(marked("1000", "bonus", grade=True, points=1000))
    assert sheet_of(NAME, mended(data).notebook).exercises == SHEET.exercises


def test_a_solution_under_another_cell_s_name() -> None:
    data = as_json()
    step, softmax = cell_of(data, "rnn_step"), cell_of(data, "softmax")
    step["metadata"], softmax["metadata"] = softmax["metadata"], step["metadata"]
    texts = [c.source for c in mended(data).notebook.cells]
    # Both still run, in the student's order.
    assert texts.index(RIGHT["rnn_step"].strip()) < texts.index(RIGHT["softmax"].strip())


def test_a_cell_that_calls_itself_a_graded_one_is_an_ordinary_one() -> None:
    data = as_json()
    data["cells"].append({**cell_of(data, "softmax_grade"), "source": "cheat()"})
    repaired = mended(data)
    (cheating,) = [c for c in repaired.notebook.cells if c.source == "cheat()"]
    assert cheating.metadata == {}
    assert sheet_of(NAME, repaired.notebook).exercises == SHEET.exercises


# -- images in the text -----------------------------------------------------------------------

PIXEL = {"image/png": "iVBORw0KGgo="}


def test_a_pasted_image_stays() -> None:
    data = as_json()
    data["cells"][0] |= {"source": "![](attachment:a.png)", "attachments": {"a.png": PIXEL}}
    cell = mended(data).notebook.cells[0]
    assert cell.source == "![](attachment:a.png)"
    assert cell.attachments == {"a.png": PIXEL}


def test_a_pasted_image_stays_in_an_answer_that_a_human_grades() -> None:
    essay = nbformat.v4.new_markdown_cell("Why?", id="why")
    mark = {"grade": True, "solution": True, "locked": False, "task": False, "points": 1}
    essay.metadata["nbgrader"] = {**mark, "grade_id": "why", "schema_version": 3}
    handed_out = copy.deepcopy(SHEET.notebook)
    handed_out.cells.append(essay)
    data: dict[str, Any] = json.loads(raw(handed_out))
    data["cells"][-1] |= {"source": "![](attachment:a.png)", "attachments": {"a.png": PIXEL}}
    last = repair(raw_json(data), sheet_of(NAME, handed_out)).notebook.cells[-1]
    assert (last.source, last.attachments) == ("![](attachment:a.png)", {"a.png": PIXEL})


@pytest.mark.parametrize(
    "attachments",
    [
        None,
        "text",
        {"a.png": None},
        {"a.png": {}},
        {"a.png": {"image/png": 5}},
        {"a.png": {"text/html": "PGI+"}},
        {"a.png": {"image/png": '"><script>'}},
    ],
)
def test_an_image_that_is_none_is_not_named(attachments: Any) -> None:
    data = as_json()
    data["cells"][0] |= {"source": "![](attachment:a.png)", "attachments": attachments}
    cell = mended(data).notebook.cells[0]
    assert cell.source == "![](lost-attachment:a.png)"
    assert not cell.attachments


def test_an_image_that_is_not_there_stops_no_page() -> None:
    from nbconvert import HTMLExporter

    data = as_json()
    data["cells"][0]["source"] = "![](attachment:a.png)"
    page, _ = HTMLExporter().from_notebook_node(mended(data).notebook)
    assert "lost-attachment:a.png" in page


def test_read_cells_takes_type_and_text_alone() -> None:
    data = as_json()
    data["cells"][1] |= {"execution_count": 7, "evil": 1}
    data["cells"][1]["metadata"]["tags"] = ["skip-execution"]
    cell = read_cells(raw_json(data), [])[1]
    assert cell.outputs == []
    assert cell.execution_count is None
    assert set(cell.metadata) == {"claimed_id"}
    assert "evil" not in cell
