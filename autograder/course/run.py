"""One submission in, one outcome out. Nothing is written: the same function serves one machine
and many.
"""

from __future__ import annotations

import copy
import hashlib
import secrets
import time
from dataclasses import dataclass, field, replace

import nbformat
from nbformat.notebooknode import NotebookNode, from_dict
from nbformat.v4 import new_markdown_cell

from autograder import render
from autograder.calling import LONGEST_MESSAGE
from autograder.course.cleaning import clean
from autograder.course.config import Limits
from autograder.course.errors import CourseError, Unreadable
from autograder.course.fingerprint import code_digest, environment
from autograder.course.matching import name_of
from autograder.course.outcome import Outcome
from autograder.course.plain import in_markdown, printable, said
from autograder.course.quotients import by_differences
from autograder.course.repair import Repaired, repair
from autograder.course.runs import Runs
from autograder.course.sheet import Sheet
from autograder.course.shown import is_too_much
from autograder.course.suspicion import suspicious
from autograder.judge import judge_first, judge_helped
from autograder.kernel.sandbox import NONE
from autograder.problem import Problem
from autograder.problems import find_helpers, find_problem
from autograder.verdict import Verdict

STOPPED = {
    "timeout": "was stopped: it ran too long",
    "died": "killed the kernel",
    "memory": "was stopped: it took too much memory",
    "disk": "was stopped: it wrote too much",
    "processes": "was stopped: it started too many processes",
    "late": "was not run: the cells before it took all the time there is",
}
MOST_REMARKS = 30
"""Cells of one submission that are named as worth a look."""

NO_SANDBOX = "ran without a sandbox (--unsafe): what it did to this machine is not known"

KERNEL_DIED = ("the kernel died in this call", "the notebook's kernel kept on dying")
"""How an answer's error begins (session.py). An exception of a student's begins with its class."""


@dataclass(frozen=True)
class Job:
    """A submission to be graded.

    Attributes:
        student: whose it is.
        sheet: the assignment.
        raw: the submitted file; None if there is none.
        missing: what is there instead, when `raw` is None.
        limits: on its run.
        all_cells: run all of the course's own cells, too, whether or not a point depends on it.
    """

    student: str
    sheet: Sheet
    raw: bytes | None
    missing: str = ""
    limits: Limits = field(default_factory=Limits)
    all_cells: bool = False

    @property
    def follows(self) -> dict[str, str]:
        """What the outcome follows from, part by part, each as a digest or in words."""
        submission = self.missing.encode() if self.raw is None else self.raw
        return {
            "submission": hashlib.sha256(submission).hexdigest(),
            "assignment": self.sheet.digest,
            "limits": repr(self.limits),
            "grader": code_digest([e.problem for e in self.sheet.exercises]),
            "environment": environment(),
        }


def grade_submission(job: Job) -> Outcome:
    """Repair, run, judge.

    Where a kernel died or did not come up, once more: it may have been killed from outside. What
    kills itself does so again, and the first outcome counts: nobody has two throws of the dice.
    No submission stops the class.

    Raises:
        CourseError: if no submission could be graded here.
    """
    outcome = _grade_once(job)
    if outcome.follows and not _a_kernel_died(outcome):
        return outcome
    again = _grade_once(job)
    return outcome if outcome.follows and _a_kernel_died(again) else again


def _a_kernel_died(outcome: Outcome) -> bool:
    errors = (verdict.error for verdict in outcome.verdicts.values())
    return any(said.endswith(STOPPED["died"]) for said in outcome.stopped) or any(
        said.startswith(KERNEL_DIED) for said in errors
    )


def _grade_once(job: Job) -> Outcome:
    started = time.monotonic()
    try:
        if job.raw is None:
            raise Unreadable(job.missing)
        repaired = repair(job.raw, job.sheet)
    except Unreadable as error:
        return unreadable(job, str(error), time.monotonic() - started)
    try:
        return judge_notebook(job, repaired, started)
    except CourseError:
        raise
    except Exception as error:
        return set_aside(job, f"grading it failed with {type(error).__name__}: {error}")


def judge_notebook(job: Job, repaired: Repaired, started: float) -> Outcome:
    """Run a whole notebook and judge what it defines. The notebook gets its outputs in place."""
    notebook, sheet = repaired.notebook, job.sheet
    with Runs(notebook, sheet, job.limits, job.all_cells) as runs:
        runs.run_cells()
        seed = secrets.randbits(64)  # only now: nothing that has run could have known it
        verdicts = _verdicts(runs, sheet, seed)
        verdicts = _with_cell_errors(notebook, sheet, verdicts)
        stopped = tuple(
            f"{name_of(notebook.cells[index])} {STOPPED[why]}"
            for index, why in sorted(runs.stopped.items())
        )
        if runs.sandbox == NONE:
            stopped = (*stopped, NO_SANDBOX)
    noticed = _noticed(notebook, sheet)
    _show(notebook, sheet, verdicts)
    outcome = Outcome(
        student=job.student,
        assignment=sheet.assignment,
        follows=job.follows,
        verdicts=verdicts,
        points={e.grade_id: _points(verdicts[e.grade_id], e.points) for e in sheet.exercises},
        out_of={e.grade_id: e.points for e in sheet.exercises},
        notebook="",
        mended=tuple(map(printable, repaired.mended)),
        stopped=stopped,
        noticed=noticed,
        seed=seed,
    )
    notebook.cells.insert(0, new_markdown_cell(summary(outcome), id="summary"))
    seconds = time.monotonic() - started
    return replace(outcome, notebook=nbformat.writes(notebook), seconds=seconds)


def _points(verdict: Verdict, worth: float) -> float:
    """0.9 of 3 points is 2.7, and not a little less."""
    return round(verdict.score * worth, 9)


def summary(outcome: Outcome) -> str:
    """What a student reads first: the score, then each thing to look at."""
    lines = [f"**{render.points(outcome.score)} of {render.points(outcome.max_score)} points.**"]
    lines += [f"* {in_markdown(remark)}" for remark in outcome.remarks]
    return "\n".join([lines[0], "", *lines[1:]])


def _verdicts(runs: Runs, sheet: Sheet, seed: int) -> dict[str, Verdict]:
    """Every problem alone first; only then with helpers, which answer right by themselves.

    But a layer of Keras that has been found right is put in at once, as `judge_first` says.
    """
    problems = {e.grade_id: find_problem(e.problem) for e in sheet.exercises}
    alone: dict[str, Verdict] = {}

    def helped(problem: Problem, verdict: Verdict) -> Verdict:
        right = {v.problem for v in alone.values() if v.score == 1}
        helpers = {n: h for n, h in find_helpers(problem).items() if n not in right}
        return judge_helped(problem, runs.of(problem.name), seed, helpers, verdict)

    def judged(grade_id: str) -> Verdict:
        problem = problems[grade_id]
        asked = problem, runs.of(problem.name), seed, find_helpers(problem)
        return judge_first(*asked, alone.values())

    for grade_id in problems:
        alone[grade_id] = judged(grade_id)
    for session in runs.sessions:
        lacking = [
            grade_id
            for grade_id, verdict in alone.items()
            if runs.of(verdict.problem) is session and _lacks(problems[grade_id], verdict)
        ]
        if lacking and runs.run_whole(session):
            alone |= {grade_id: judged(grade_id) for grade_id in lacking}
    runs.show()
    return {grade_id: helped(problem, alone[grade_id]) for grade_id, problem in problems.items()}


def _lacks(problem: Problem, verdict: Verdict) -> bool:
    """May the rest of the course's cells make a difference: a name, a model that they train?"""
    own = f"NameError: {problem.name} "  # its own cell stopped, or is gone
    if verdict.unwritten or verdict.error.startswith(own):
        return False
    missing = verdict.error.startswith("NameError")
    return missing or bool(problem.frameworks and verdict.score < 1)


def _with_cell_errors(
    notebook: NotebookNode, sheet: Sheet, verdicts: dict[str, Verdict]
) -> dict[str, Verdict]:
    """A function that is not there says why: its cell stopped, most often with a SyntaxError."""
    cells = {c.metadata.get("nbgrader", {}).get("grade_id"): c for c in notebook.cells}
    told = dict(verdicts)
    for exercise in sheet.exercises:
        verdict = verdicts[exercise.grade_id]
        cell = cells.get(exercise.solution_id, {})
        errors = [o for o in cell.get("outputs", []) if o.output_type == "error"]
        if verdict.error.startswith("NameError") and errors:
            said = printable(f"{errors[0].get('ename')}: {errors[0].get('evalue')}")
            said = said[:LONGEST_MESSAGE]
            told[exercise.grade_id] = replace(verdict, error=f"its cell stopped with {said}")
    return told


def _noticed(notebook: NotebookNode, sheet: Sheet) -> tuple[str, ...]:
    """Make the notebook safe to be shown, and say what in it is worth a look."""
    released = {cell.source for cell in sheet.notebook.cells}
    cut = [
        f"{name_of(cell)}: too long to be shown whole"
        for cell in notebook.cells
        if cell.cell_type != "code" and cell.source not in released and is_too_much(cell.source)
    ]
    shown = [
        f"{name_of(notebook.cells[position])}: what could run on a page was taken out"
        for position in clean(notebook, released)
    ]
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    used = [
        f"{name_of(cell)} uses {said(names)}: worth a look"
        for cell in code
        if cell.source not in released and (names := suspicious(cell.source))
    ]
    measured = [  # the course's own cells may define what measures
        f"{name} divides by a small step, as finite differences do: worth a look"
        for name in by_differences((c.source for c in code), (e.problem for e in sheet.exercises))
    ]
    told = (*cut, *shown, *used, *measured)
    more = (f"and {len(told) - MOST_REMARKS} more cells",) * (len(told) > MOST_REMARKS)
    return (*told[:MOST_REMARKS], *more)


def _show(notebook: NotebookNode, sheet: Sheet, verdicts: dict[str, Verdict]) -> None:
    """Put each verdict under its graded cell, where feedback pages and formgrader show it."""
    points = {e.grade_id: e.points for e in sheet.exercises}
    for cell in notebook.cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        if grade_id in verdicts:
            shown = verdicts[grade_id], points[grade_id]
            data = {"text/html": render.html(*shown), "text/plain": render.text(*shown)}
            # Not by new_output, which validates it alone; the whole notebook is, in the end.
            shown_as = {"output_type": "display_data", "data": data, "metadata": {}}
            cell.outputs = [from_dict(shown_as)]


def unreadable(job: Job, why: str, seconds: float) -> Outcome:
    """Zero points that say so: the released notebook, with the reason on top."""
    why = printable(why)
    notebook = copy.deepcopy(job.sheet.notebook)
    said = f"**This submission could not be read:** {in_markdown(why)}"
    notebook.cells.insert(0, new_markdown_cell(said, id="summary"))
    exercises = job.sheet.exercises
    return Outcome(
        student=job.student,
        assignment=job.sheet.assignment,
        follows=job.follows,
        verdicts={
            e.grade_id: Verdict(e.problem, 0.0, error="could not be read") for e in exercises
        },
        points={e.grade_id: 0.0 for e in exercises},
        out_of={e.grade_id: e.points for e in exercises},
        notebook=nbformat.writes(notebook),
        unreadable=why,
        seconds=seconds,
    )


def set_aside(job: Job, why: str) -> Outcome:
    """Zero points for now, and for a human to look at. The next run tries again."""
    return replace(unreadable(job, why, 0.0), follows={})
