"""A class is graded: many processes run and judge, one writes."""

from __future__ import annotations

import fcntl
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from multiprocessing.util import get_temp_dir
from pathlib import Path
from typing import TypeVar

from autograder.course.config import Course, Limits
from autograder.course.errors import CourseError
from autograder.course.mapping import Mapping, Processes, begin_processes, default_width, outcomes
from autograder.course.outcome import Outcome
from autograder.course.repair import LARGEST, too_large
from autograder.course.report import grades_csv
from autograder.course.run import Job
from autograder.course.runs import runs_of
from autograder.course.sheet import Sheet, read_sheet
from autograder.course.stamp import NAME
from autograder.course.state import Grading, States
from autograder.kernel.gpus import NoGPU, chosen_gpus, hand_round, handed_round
from autograder.kernel.remove import remove
from autograder.kernel.sandbox import NoSandbox
from autograder.kernel.warm import WarmParent, begin_warm_parents, warm_parent
from lmkit.files import write_atomically

Progress = Callable[[Outcome], None]
T = TypeVar("T")

TEMPORARY = "lmkit-"  # short: Unix sockets live in such folders, and their paths are limited
MULTIPROCESSING = "pymp-"  # the folder of its own sockets, which only a process not killed removes


def submissions_of(course: Course, assignment: str) -> list[Path]:
    """The folders of an assignment in submitted/, by student.

    Raises:
        CourseError: if there are none.
    """
    submitted = course.root / "submitted"
    folders = sorted(p for p in submitted.glob(f"*/{assignment}") if p.is_dir())
    if not folders:
        raise CourseError(
            f"{submitted} holds no submission of {assignment}: "
            f"`autograder collect {assignment} FOLDER` brings them in"
        )
    return folders


def job_of(folder: Path, sheet: Sheet, limits: Limits) -> Job:
    """The job of grading what a student has handed in.

    Args:
        folder: submitted/<student>/<assignment>.
        sheet: the assignment.
        limits: on its run.
    """
    student = folder.parent.name
    there = sorted(p for p in folder.iterdir() if p.name != NAME)
    files = [p for p in there if p.is_file() and not p.is_symlink()]  # a link leads elsewhere
    notebooks = [p for p in files if p.suffix.lower() == ".ipynb"]
    notebooks = notebooks or [p for p in files if p.suffix == ".py"]  # repair makes one of it
    if not notebooks:
        names = ", ".join(p.name for p in there)
        missing = f"there is no notebook, only {names}" if names else "the folder is empty"
        return Job(student, sheet, None, missing, limits)
    named = [p for p in notebooks if p.stem == sheet.assignment]
    notebook = max(named or notebooks, key=lambda p: p.stat().st_mtime)  # "Copy of hw3.ipynb"
    size = notebook.stat().st_size
    if size > LARGEST:
        return Job(student, sheet, None, too_large(size), limits)
    return Job(student, sheet, notebook.read_bytes(), limits=limits)


@contextmanager
def only_writer(course: Course) -> Iterator[str]:
    """Hold the course's gradebook and folders for as long as this process lives, or less.

    Yields:
        A folder for temporary files. If this process is killed, the next one removes it.

    Raises:
        CourseError: if another process holds them.
    """
    path = course.root / ".autograder" / "lock"
    path.parent.mkdir(exist_ok=True)
    with open(path, "a+", encoding="utf-8") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CourseError(
                f"{course.root} is being graded by another process: wait for it, or end it"
            ) from None
        stream.seek(0)
        left_behind = [line for line in stream.read().split("\n") if line]
        if left_behind:  # the last one was killed
            _remove(left_behind)
            for step in (".autograder", "autograded", "feedback"):
                for part in course.root.joinpath(step).rglob(".*.part"):
                    part.unlink(missing_ok=True)
        folder = tempfile.mkdtemp(prefix=TEMPORARY)
        stream.write(f"\n{folder}\n{get_temp_dir()}")  # behind the others, which stay noted
        stream.flush()
        try:
            yield folder
        finally:
            remove(folder)
            left = _remove(left_behind)  # what a process of the killed one still wrote into
            stream.truncate(0)
            stream.write("\n".join(left))


def _remove(folders: list[str]) -> list[str]:
    """Remove folders for temporary files. Returns those that are still there."""
    for folder in folders:
        if Path(folder).name.startswith((TEMPORARY, MULTIPROCESSING)):
            remove(folder)
    return [folder for folder in folders if Path(folder).exists()]


def grade_class(
    course: Course,
    assignment: str,
    *,
    limits: Limits = Limits(),
    jobs: int | None = None,
    cluster: str = "",
    students: Sequence[str] = (),
    force: bool = False,
    feedback: bool = True,
    gpus: str = "",
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
        jobs: how many run at once; None for one a core, fewer where there is little memory.
        cluster: address of a Dask scheduler whose workers are to grade, instead of this machine.
        students: only theirs; all when empty.
        force: grade also what has not changed.
        feedback: write feedback pages, too.
        gpus: of this machine, for submissions to train on: "all", or their numbers; "" for none.
        started: called with the number of submissions.
        progress: called with each outcome when it has been recorded.

    Returns:
        The outcomes of the whole class by student, without their notebooks.

    Raises:
        CourseError: if the assignment has not been released, nobody submitted it, or another
            process is grading.
    """
    sheet = read_sheet(course.release(assignment))
    folders = chosen({f.parent.name: f for f in submissions_of(course, assignment)}, students)
    states = States(course, assignment)
    with only_writer(course) as folder, ExitStack() as stack:
        started(len(folders))
        known, fresh = [], []
        for student, submitted in folders.items():
            follows = job_of(submitted, sheet, limits).follows
            before = None if force else states.known(student, follows)
            if before and is_filed(course, assignment, student):
                known.append(before)
            else:
                fresh.append(submitted)
        if fresh and not cluster:
            _begin(sheet, limits, gpus)

        # Here, not above: nbgrader takes a second to be imported, and as long for a new gradebook.
        from autograder.course.feedback import FeedbackWriter
        from autograder.course.record import Recorder

        recorder = stack.enter_context(Recorder(course, sheet))
        pages = FeedbackWriter(course, assignment) if feedback else None
        coming: Iterator[Outcome] = iter(())
        if fresh:
            todo = (job_of(submitted, sheet, limits) for submitted in fresh)
            width = min(jobs or default_width(), len(fresh))
            mapping = stack.enter_context(_mapping(sheet, limits, folder, width, cluster))
            coming = outcomes(mapping, todo)

        def finish(outcome: Outcome, fresh: bool) -> None:
            """What has a state is not graded again: first the notebook, then the state, then all
            that can be made from them.
            """
            if fresh:
                recorder.file(outcome)
                states.add(outcome)
            outcome = replace(outcome, notebook="")
            recorded = recorder.record(outcome, anew=fresh)
            if recorded != outcome:
                states.correct(recorded)
            stale = fresh or recorded.penalty != outcome.penalty
            if pages and (stale or not pages.is_there(outcome.student)):
                pages.write(recorded)
            progress(recorded)

        for outcome in known:
            finish(outcome, fresh=False)
        for outcome in coming:
            finish(outcome, fresh=True)
        ordered = graded(course, assignment)
        write_atomically(course.root / "grades.csv", grades_csv(ordered))
        return ordered


def is_filed(course: Course, assignment: str, student: str) -> bool:
    """Is a student's executed notebook there?"""
    folder = course.folder("autograded", student, assignment)
    return (folder / f"{assignment}.ipynb").is_file()


def _begin(sheet: Sheet, limits: Limits, gpus: str) -> None:
    """Start what grades on this machine; it gets ready meanwhile."""
    try:
        hand_round(chosen_gpus(gpus))
        begin_processes()
        begin_warm_parents(runs_of(sheet), limits.unsafe)
    except (NoSandbox, NoGPU) as error:
        raise CourseError(str(error)) from error


def _mapping(
    sheet: Sheet, limits: Limits, folder: str, width: int, cluster: str
) -> AbstractContextManager[Mapping]:
    if cluster:
        from autograder.course.cluster import Cluster  # Dask takes a second to import

        return Cluster(cluster, tuple(e.problem for e in sheet.exercises))
    try:
        parents = [warm_parent(modules, limits.unsafe) for modules in runs_of(sheet)]
    except NoSandbox as error:
        raise CourseError(str(error)) from error
    shared = (WarmParent(p.folder, p.sandbox, p.modules) for p in parents if p)
    return Processes(width, folder, parents=tuple(shared), gpus=handed_round())


def chosen(by_student: dict[str, T], students: Sequence[str]) -> dict[str, T]:
    """Those of some students; of all when none is named.

    Raises:
        CourseError: if one of them is not there.
    """
    unknown = sorted(set(students) - by_student.keys())
    if unknown:
        there = [*list(by_student)[:5], *(["..."] if len(by_student) > 5 else [])]
        raise CourseError(f"{', '.join(unknown)} has handed in nothing; {', '.join(there)} have")
    return {s: of for s, of in by_student.items() if not students or s in students}


def graded(course: Course, assignment: str) -> list[Outcome]:
    """What has been graded so far, by student.

    Raises:
        CourseError: if nothing has.
    """
    return [gradings[-1].outcome for _, gradings in histories(course, assignment)]


def histories(course: Course, assignment: str) -> list[tuple[str, list[Grading]]]:
    """Every grading of every student who is in submitted/, the last one last.

    Raises:
        CourseError: if nothing has been graded.
    """
    found = [
        (student, gradings)
        for student, gradings in States(course, assignment)
        if course.folder("submitted", student, assignment).is_dir()
    ]
    if not found:
        raise CourseError(
            f"{assignment} has not been graded in {course.root}: "
            f"`autograder grade {assignment}` does it"
        )
    return found
