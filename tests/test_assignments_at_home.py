"""The notebooks as a student runs them: a plain kernel, check() and grade() on the spot."""

import re

import pytest
from conftest import ROOT
from nbclient import NotebookClient

from autograder.course.release import notebook_of

ASSIGNMENTS = sorted(p.stem for p in ROOT.glob("solutions/*/*.py"))


# One of them always; how the solutions of the others run, test_release sees, too.
@pytest.mark.parametrize(
    "assignment",
    [
        pytest.param(name, marks=() if name == "hw3_rnn_bptt" else pytest.mark.slow)
        for name in ASSIGNMENTS
    ],
)
def test_a_solved_notebook_earns_all_points_at_home(assignment: str) -> None:
    source = (ROOT / "solutions" / assignment / f"{assignment}.py").read_text()
    notebook = notebook_of(source)
    NotebookClient(notebook, timeout=120).execute()  # raises at the first error in a cell
    shown = {
        cell.id: output["data"]
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.output_type == "execute_result" and "text/html" in output["data"]
    }
    checks = [data["text/plain"] for name, data in shown.items() if name.endswith("_check")]
    grades = [data["text/plain"] for name, data in shown.items() if name.endswith("_grade")]
    assert len(checks) == len(grades) == source.count('"grade": true')
    assert all(text.startswith("✓") for text in checks + grades)
    earned = [re.search(r": (\S+) of (\S+) points", text) for text in grades]
    assert all(m and m[1] == m[2] for m in earned)
    points = sum(int(p) for p in re.findall(r'"points": (\d+)', source))
    assert sum(float(m[1]) for m in earned if m) == points


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_the_points_in_the_text_are_the_points_in_the_cells(assignment: str) -> None:
    source = (ROOT / "solutions" / assignment / f"{assignment}.py").read_text()
    in_cells = dict(re.findall(r'^grade\("(\w+)", \w+, points=(\d+)\)$', source, re.MULTILINE))
    in_marks = dict(
        re.findall(r'"grade_id": "(\w+)_grade", "locked": true, "points": (\d+)', source)
    )
    in_titles = dict(re.findall(r"^# ## .*`(\w+)` \((\d+) points", source, re.MULTILINE))
    assert in_cells == in_marks == in_titles
    total = sum(int(p) for p in in_marks.values())
    assert re.search(rf"\*\*{total}\*\*", source)
