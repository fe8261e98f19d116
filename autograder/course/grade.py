"""A class is graded: many processes run and judge, one writes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path

from autograder.course.config import Course, Limits
from autograder.course.errors import CourseError
from autograder.course.feedback import FeedbackWriter
from autograder.course.outcome import Outcome
from autograder.course.record import Recorder
from autograder.course.report import grades_csv
from autograder.course.run import Job, grade_submission, modules_of
from autograder.course.sheet import Sheet, read_sheet
from autograder.kernel.sandbox import NoSandbox
from autograder.kernel.warm import WarmParent, share, warm_parent
from lmkit.files import write_atomically

Progress = Callable[[Outcome], None]


def jobs_of(course: Course, sheet: Sheet, limits: Limits) -> list[Job]:
    """A job for every student who has a folder for the assignment in submitted/.

    Raises:
        CourseError: if nobody has.
    """
    submitted = course.root / "submitted"
    folders = sorted(p for p in submitted.glob(f"*/{sheet.assignment}") if p.is_dir())
    if not folders:
        raise CourseError(
            f"{submitted} holds no submission of {sheet.assignment}: "
            f"`autograder collect {sheet.assignment} FOLDER` brings them in"
        )
    return [_job(folder, sheet, limits) for folder in folders]


def _job(folder: Path, sheet: Sheet, limits: Limits) -> Job:
    student = folder.parent.name
    notebook = folder / f"{sheet.assignment}.ipynb"
    others = sorted(folder.glob("*.ipynb"))
    if not notebook.is_file() and others:  # "Copy of hw3.ipynb"
        notebook = max(others, key=lambda p: p.stat().st_mtime)
    if notebook.is_file():
        return Job(student, sheet, notebook.read_bytes(), limits=limits)
    names = ", ".join(sorted(p.name for p in folder.iterdir() if p.name != "timestamp.txt"))
    missing = f"there is no notebook, only {names}" if names else "the folder is empty"
    return Job(student, sheet, None, missing, limits)


def grade_class(
    course: Course,
    assignment: str,
    *,
    limits: Limits = Limits(),
    jobs: int | None = None,
    force: bool = False,
    feedback: bool = True,
    started: Callable[[int], None] = lambda total: None,
    progress: Progress = lambda outcome: None,
) -> list[Outcome]:
    """Grade every submission, record it, write its feedback; then grades.csv.

    A submission that was graded before and has not changed is taken from the last run. Killed at
    any point and started again, this goes on from there.

    Args:
        course: where the folders are.
        assignment: its name.
        limits: on each submission.
        jobs: how many run at once; None for one a core.
        force: grade also what has not changed.
        feedback: write feedback pages, too.
        started: called with the number of submissions.
        progress: called with each outcome when it has been recorded.

    Returns:
        The outcomes by student.

    Raises:
        CourseError: if the assignment has not been released or nobody submitted it.
    """
    sheet = read_sheet(course.release(assignment))
    todo = jobs_of(course, sheet, limits)
    started(len(todo))
    outcomes = {}
    pages = FeedbackWriter(course, assignment) if feedback else None
    with Recorder(course, sheet) as recorder:
        for outcome, fresh in _outcomes(course, todo, jobs or os.cpu_count() or 1, force):
            recorder.record(outcome)
            if pages and (fresh or not pages.is_there(outcome.student)):
                pages.write(outcome)
            if fresh:  # last: what has a state file has been recorded
                write_atomically(_state(course, assignment, outcome.student), outcome.to_json())
            outcomes[outcome.student] = outcome
            progress(outcome)
    ordered = [outcomes[student] for student in sorted(outcomes)]
    write_atomically(course.root / "grades.csv", grades_csv(ordered))
    return ordered


def graded(course: Course, assignment: str) -> list[Outcome]:
    """What has been graded so far.

    Raises:
        CourseError: if nothing has.
    """
    files = sorted(_state(course, assignment, "x").parent.glob("*.json"))
    if not files:
        raise CourseError(
            f"{assignment} has not been graded in {course.root}: "
            f"`autograder grade {assignment}` does it"
        )
    return [Outcome.from_json(f.read_text(encoding="utf-8")) for f in files]


def _state(course: Course, assignment: str, student: str) -> Path:
    return course.root / ".autograder" / assignment / f"{student}.json"


def _known(course: Course, job: Job) -> Outcome | None:
    """The outcome of the last run, if nothing that it follows from has changed."""
    path = _state(course, job.sheet.assignment, job.student)
    if not path.is_file():
        return None
    outcome = Outcome.from_json(path.read_text(encoding="utf-8"))
    return outcome if outcome.digest == job.digest else None


def _shared_parent(job: Job) -> WarmParent | None:
    """The one warm parent that all processes have their kernels forked from."""
    try:
        parent = warm_parent(modules_of(job.sheet), job.limits.unsafe)
    except NoSandbox as error:
        raise CourseError(str(error)) from error
    return parent and WarmParent(parent.folder, parent.sandbox)


def _outcomes(
    course: Course, todo: list[Job], workers: int, force: bool
) -> Iterator[tuple[Outcome, bool]]:
    """Each outcome as it becomes known, and whether it is new."""
    fresh = []
    for job in todo:
        known = None if force else _known(course, job)
        if known:
            yield known, False
        else:
            fresh.append(job)
    if not fresh:
        return
    parent = _shared_parent(fresh[0])
    # forkserver: children start from a clean process, not from one that holds a database open.
    context = get_context("forkserver")
    context.set_forkserver_preload(["autograder.course.run"])
    with ProcessPoolExecutor(
        min(workers, len(fresh)), mp_context=context, initializer=share, initargs=(parent,)
    ) as pool:
        futures: dict[Future[Outcome], Job] = {pool.submit(grade_submission, j): j for j in fresh}
        for future in as_completed(futures):
            try:
                yield future.result(), True
            except BrokenProcessPool as error:
                raise CourseError(
                    f"a grading process died while {futures[future].student} was graded "
                    "(out of memory?); run the command again with --jobs 1 to go on from here"
                ) from error
