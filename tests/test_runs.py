"""Which cells are run: the student's; of the course's own what they define, and all if need be."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output
from small_homework import NAME, POINTS, QUICK, RIGHT, points_of, raw, released, submission

from autograder.course import run
from autograder.course.definitions import definitions, needed
from autograder.course.outcome import Outcome
from autograder.course.run import Job, _lacks, grade_submission, set_aside
from autograder.course.sheet import Sheet, sheet_of
from autograder.problems import find_problem
from autograder.verdict import Verdict

DRAWS = "print('drawn')\n\n\ndef shift():\n    return 1.0"
COUNTS = "offset = shift() - 1.0\nprint('counted')"


def with_cells(notebook: Any, *sources: str) -> Any:
    cells = [new_code_cell(source, id=f"own-{n}") for n, source in enumerate(sources)]
    notebook.cells[2:2] = cells
    return notebook


SHEET: Sheet = sheet_of(NAME, with_cells(released(), DRAWS, COUNTS))


def graded(*sources: str, softmax: str = RIGHT["softmax"], all_cells: bool = False) -> Outcome:
    notebook = with_cells(submission(softmax=softmax), *sources)
    for cell in notebook.cells[2 : 2 + len(sources)]:
        cell.outputs = [new_output("stream", text="as sent\n")]
    return grade_submission(Job("ada", SHEET, raw(notebook), limits=QUICK, all_cells=all_cells))


def shown(outcome: Outcome) -> dict[str, str]:
    cells = nbformat.reads(outcome.notebook, as_version=4).cells
    return {
        cell.source: "".join(o.get("text", "") for o in cell.outputs)
        for cell in cells
        if cell.cell_type == "code"
    }


def test_what_the_course_draws_is_shown_as_it_was_sent_in() -> None:
    outcome = graded(DRAWS, COUNTS)
    assert points_of(outcome) == POINTS
    assert shown(outcome)[DRAWS] == shown(outcome)[COUNTS] == "as sent\n"


def test_what_the_student_wrote_or_changed_is_run() -> None:
    changed, own = DRAWS.replace("drawn", "changed"), "print('mine')"
    outcome = graded(changed, own)
    assert shown(outcome)[changed] == "changed\n" and shown(outcome)[own] == "mine\n"


def test_what_the_course_s_cells_define_is_there() -> None:
    outcome = graded(
        DRAWS, COUNTS, softmax=RIGHT["softmax"].replace("logits -", "shift() + logits -")
    )
    assert points_of(outcome) == POINTS
    assert shown(outcome)[DRAWS] == "as sent\n"


def test_what_a_function_misses_is_run_after_all() -> None:
    outcome = graded(
        DRAWS, COUNTS, softmax=RIGHT["softmax"].replace("logits -", "offset + logits -")
    )
    assert points_of(outcome) == POINTS
    assert shown(outcome)[COUNTS] == "counted\n"


def test_what_a_student_s_own_cell_misses_is_run_before_it() -> None:
    mine, later = "print('mine', offset)", "print('later')"
    outcome = graded(DRAWS, COUNTS, mine, later)
    assert shown(outcome)[mine] == "mine 0.0\n" and shown(outcome)[COUNTS] == "counted\n"
    assert shown(outcome)[later] == "later\n"


def test_a_student_s_own_cell_that_misses_a_name_from_below_stays_an_error() -> None:
    mine = "print('mine', offset)"
    outcome = graded(mine, DRAWS, COUNTS)
    assert shown(outcome)[mine] == "" and shown(outcome)[COUNTS] == "as sent\n"


def test_a_name_that_is_nowhere_stays_an_error() -> None:
    outcome = graded(DRAWS, COUNTS, softmax=RIGHT["softmax"].replace("logits -", "nowhere -"))
    assert points_of(outcome)["softmax"] == 0
    assert any("nowhere" in v.error for v in outcome.verdicts.values())


def test_a_release_is_proved_with_all_cells() -> None:
    outcome = graded(DRAWS, COUNTS, all_cells=True)
    assert shown(outcome)[DRAWS] == "drawn\n" and shown(outcome)[COUNTS] == "counted\n"


@pytest.mark.parametrize(
    ("problem", "verdict", "lacks"),
    [
        ("lstm_cell", Verdict("lstm_cell", 0.5), True),  # it may be a model that they train
        ("lstm_cell", Verdict("lstm_cell", 1.0), False),
        ("lstm_cell", Verdict("lstm_cell", 0.0, unwritten=True), False),
        (
            "lstm_cell",
            Verdict("lstm_cell", 0.0, error="NameError: lstm_cell is not defined"),
            False,
        ),
        ("lstm_cell", Verdict("lstm_cell", 0.0, error="NameError: name 'rng' is not"), True),
        ("lstm_step", Verdict("lstm_step", 0.5), False),
        ("lstm_step", Verdict("lstm_step", 0.0, error="NameError: name 'rng' is not"), True),
        ("lstm_step", Verdict("lstm_step", 0.0, error="NameError: lstm_step is not"), False),
    ],
)
def test_the_course_s_cells_are_run_only_where_that_can_help(
    problem: str, verdict: Verdict, lacks: bool
) -> None:
    assert _lacks(find_problem(problem), verdict) == lacks


@pytest.mark.parametrize("mention", ["HELPER", 'f"{HELPER}"', 'eval("HEL" + "PER")'])
def test_of_the_course_s_definitions_those_are_run_that_are_needed(mention: str) -> None:
    """And what nobody could see is needed all the same."""
    course = "import math\n\nINNER = math.inf\nHELPER = 1 / INNER\n\nUNSEEN = 5"
    outcome = grade_submission(
        Job(
            "ada",
            sheet_of(NAME, with_cells(released(), course)),
            raw(
                with_cells(
                    submission(
                        softmax=RIGHT["softmax"].replace("logits -", f"float({mention}) + logits -")
                    ),
                    course,
                    "print('INNER' in globals(), 'UN' 'SEEN' in globals())",
                )
            ),
            limits=QUICK,
        )
    )
    assert points_of(outcome) == POINTS
    assert "True False\n" in shown(outcome).values()


@pytest.mark.parametrize(
    ("source", "kept"),
    [
        ("import numpy as np\nplot()", {"import numpy as np": {"np"}}),
        ("import os.path, re", {"import os.path, re": {"os", "re"}}),
        ("from a import *", {"from a import *": set()}),
        ("a, b = 5, np.zeros(3)\nc = train(a)", {"a, b = (5, np.zeros(3))": {"a", "b"}}),
        ("os.environ['A'] = 'b'", {"os.environ['A'] = 'b'": set()}),
        ("def f():\n    return 1\n\n\nf()", {"def f():\n    return 1": {"f"}}),
        ("@known\nclass A:\n    b = 1", {"@known\nclass A:\n    b = 1": set()}),
        ("for x in y:\n    plot(x)", {}),
    ],
)
def test_definitions(source: str, kept: dict[str, set[str]]) -> None:
    found = definitions(source)
    assert found is not None
    assert {definition.source: set(definition.names) for definition in found} == kept


def test_a_cell_with_lines_for_ipython_is_not_taken_apart() -> None:
    assert definitions("%matplotlib inline\nplot()") is None


@pytest.mark.parametrize(
    ("mentioned", "kept"),
    [
        (set(), ["from x import *"]),
        ({"f"}, ["A = 1", "def f():\n    return g(A)", "from x import *", "g = max"]),
        ({"B", "h"}, ["A = 1", "B = 2 * A", "from x import *"]),
    ],
)
def test_what_is_needed_needs_more(mentioned: set[str], kept: list[str]) -> None:
    sources = ["from x import *\nA = 1", "def f():\n    return g(A)\n", "g = max\nB = 2 * A"]
    cells = [d for s in sources if (d := definitions(s)) is not None]
    assert sorted(d.source for d in needed(cells, mentioned)) == kept


def test_a_text_that_is_cut_on_the_page_is_told() -> None:
    notebook = submission()
    notebook.cells.append(new_markdown_cell("\\begin{a}" * 1000))
    (told,) = grade_submission(Job("ada", SHEET, raw(notebook), limits=QUICK)).noticed
    assert told.endswith("too long to be shown whole")


@pytest.mark.parametrize(
    ("first", "second", "counts"),
    [
        ((3.0, True), (9.0, True), 3.0),  # what kills itself has no second throw
        ((9.0, True), (3.0, True), 9.0),
        ((3.0, True), (9.0, False), 9.0),  # killed from outside
        ((9.0, True), (3.0, False), 3.0),
        ((3.0, False), (9.0, False), 3.0),
    ],
)
def test_who_is_graded_twice_cannot_choose(
    monkeypatch: pytest.MonkeyPatch,
    first: tuple[float, bool],
    second: tuple[float, bool],
    counts: float,
) -> None:
    job = Job("ada", SHEET, raw(submission()))
    outcomes = (
        replace(
            set_aside(job, ""),
            follows=job.follows,
            points={"softmax": points},
            stopped=("cell a killed the kernel",) * died,
        )
        for points, died in (first, second)
    )
    monkeypatch.setattr(run, "_grade_once", lambda _: next(outcomes))
    assert grade_submission(job).score == counts


@pytest.mark.parametrize(
    ("stopped", "error", "twice"),
    [
        ("cell a killed the kernel", "", True),
        ("", "the kernel died in this call", True),
        ("", "the notebook's kernel kept on dying", True),
        ("cell `# killed the kernel` was stopped: it ran too long", "", False),
        ("", "ValueError: the kernel died in this call (line 2)", False),
    ],
)
def test_only_a_kernel_that_died_has_a_notebook_run_again(
    monkeypatch: pytest.MonkeyPatch, stopped: str, error: str, twice: bool
) -> None:
    job = Job("ada", SHEET, raw(submission()))
    verdicts = {"softmax": Verdict("softmax", 0.0, error=error)}
    told = (stopped,) if stopped else ()
    once = replace(set_aside(job, ""), follows=job.follows, verdicts=verdicts, stopped=told)
    runs = iter([once] * 3)
    monkeypatch.setattr(run, "_grade_once", lambda _: next(runs))
    grade_submission(job)
    assert len(list(runs)) == 2 - twice
