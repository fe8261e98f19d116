"""autograder: release, collect, grade, report. Parses, calls, prints; nothing else."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EACCES, EDQUOT, ENOSPC, EPERM, EROFS
from pathlib import Path
from typing import Annotated, Any

try:
    import typer
except ModuleNotFoundError:  # a student's installation
    raise SystemExit(
        "autograder: the grading half is not installed: clone the course's repository, "
        "and there pip install --editable '.[grade]'"
    ) from None

LONGEST_EXTENSION = 10_000
"""Days, or hours, that a student may have longer."""

app = typer.Typer(
    help=(
        "Grades a class. The way of an assignment: release it, collect what "
        "comes back, grade it, and report. Try it first on a made-up class: "
        "autograder demo."
    ),
    rich_markup_mode=None,  # rich takes as long to import as everything else together
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

CourseOption = Annotated[
    Path, typer.Option("--course", help="The course's folder, with nbgrader_config.py in it.")
]
Assignment = Annotated[str, typer.Argument(help="The assignment's name: hw3_rnn_bptt.")]
CellTimeout = Annotated[
    int | None,
    typer.Option(min=1, help="Seconds that one cell may take; else nbgrader_config.py's."),
]
AnswerTimeout = Annotated[
    int | None,
    typer.Option(min=1, help="Seconds that a function may take to answer one call; else likewise."),
]
Unsafe = Annotated[
    bool,
    typer.Option(
        "--unsafe",
        help="Grade also where there is no sandbox: student code can then do all that you can.",
    ),
]
Jobs = Annotated[int, typer.Option(min=0, help="Submissions run at once; 0 for one a core.")]
Database = Annotated[
    str,
    typer.Option(
        "--db",
        envvar="AUTOGRADER_DB",
        help="The gradebook's SQLAlchemy URL, if not gradebook.db: postgresql://USER@HOST/NAME.",
    ),
]
Students = Annotated[
    list[str] | None, typer.Option("--student", help="Only this student's; may be given again.")
]


@contextmanager
def plain_errors() -> Iterator[None]:
    """An error that we foresaw is one line and exit code 2; others keep their traceback."""
    try:
        from autograder.course.errors import CourseError
    except ModuleNotFoundError as error:
        if error.name and error.name.startswith("autograder"):
            _fail("the grading half is not in the students' package: clone the course's repository")
        _fail(f"{error.name} is not installed: pip install --editable '.[grade]' brings it")
    try:
        yield
    except ModuleNotFoundError as error:
        _fail(f"{error.name} is not installed: pip install --editable '.[grade]' brings it")
    except CourseError as error:
        _fail(str(error))
    except OSError as error:
        if error.errno not in (EACCES, EPERM, EROFS, ENOSPC, EDQUOT):
            raise
        _fail(f"{error.filename or 'the course'}: {error.strerror}")


def _fail(said: str) -> None:
    typer.echo(f"autograder: {said}", err=True)
    raise typer.Exit(2)


@app.command()
def release(assignment: Assignment, course: CourseOption = Path()) -> None:
    """Make the students' notebook, and prove it.

    Reads solutions/HW/HW.py, writes assignments/HW/HW.ipynb. Proved: nothing of the solution is
    in it, as released it scores 0, and the solution gets full marks.
    """
    with plain_errors():
        from autograder.course.nbgrader_course import find_course
        from autograder.course.progress import console
        from autograder.course.release import release as make

        out = console()
        proof = make(find_course(course), assignment, note=lambda s: out.print(f"  {s}"))
        out.print(
            f"[green]released[/] assignments/{assignment}/{assignment}.ipynb: "
            f"{len(proof.solution.out_of)} exercises, {proof.solution.max_score:g} points; "
            f"the solution runs and is judged in {proof.solution.seconds:.1f} s"
        )


@app.command()
def collect(
    assignment: Assignment,
    source: Annotated[Path, typer.Argument(help="A folder or a .zip of what students sent in.")],
    course: CourseOption = Path(),
    roster: Annotated[
        Path | None,
        typer.Option(help="A CSV of the class: id, first_name, last_name, email, lms_user_id."),
    ] = None,
) -> None:
    """Bring submissions in: to submitted/STUDENT/HW/.

    Takes what Canvas, Moodle and Google Classroom hand out, as it is, and folders called by the
    students. With a roster students are called by their ids, and who is missing is said. A
    student's notebook is told by its content, whatever it is called; of several the one counts in
    which most is written, of those the newest, and the others are named.

    Exit code 1 if it is unclear whose something is: it is named, and not taken.
    """
    with plain_errors():
        from autograder.course.nbgrader_course import find_course
        from autograder.course.progress import collect_with_progress
        from autograder.course.roster import read_roster

        the_class = read_roster(roster) if roster else None
        found = collect_with_progress(find_course(course), assignment, source, the_class)
        for student in found.taken:
            typer.echo(f"  {student}: {found.told(student)}")
        typer.echo(f"{len(found.taken)} submissions of {assignment} are in submitted/")
        if found.missing:
            typer.echo(f"nothing from {len(found.missing)} of {len(the_class.students)}:")  # type: ignore[union-attr]
        for missing in found.missing:
            typer.echo(f"  {missing}")
        for unclear in found.unclear:
            typer.echo(f"not taken: {unclear}", err=True)
        raise typer.Exit(1 if found.unclear else 0)


@app.command()
def grade(
    assignment: Assignment,
    course: CourseOption = Path(),
    student: Students = None,
    jobs: Jobs = 0,
    cell_timeout: CellTimeout = None,
    answer_timeout: AnswerTimeout = None,
    force: Annotated[bool, typer.Option(help="Grade also what has not changed.")] = False,
    feedback: Annotated[bool, typer.Option(help="Write feedback pages, too.")] = True,
    db: Database = "",
    unsafe: Unsafe = False,
    cluster: Annotated[
        str,
        typer.Option(metavar="ADDRESS", help="Grade on a Dask cluster: tcp://HOST:8786."),
    ] = "",
    gpus: Annotated[
        str,
        typer.Option(metavar="WHICH", help="GPUs for submissions to train on: all, or 0,1."),
    ] = "",
) -> None:
    """Grade what is in submitted/, and record it as nbgrader does.

    Writes the gradebook, autograded/, feedback/ and grades.csv. Only what has changed is graded:
    what was handed in again, or all when the exercises, the grader or the installed versions are
    others. The old grades stay in the history (autograder report --history), and what a new one
    changes is said.

    Stop it or kill it at any time: run again, it goes on from there. A submission that cannot be
    read, or that ends the process grading it three times, gets 0 points and is marked for a human;
    the others are graded.

    Exit code 1 if there was such a submission.
    """
    with plain_errors():
        from autograder.course.begin import begin
        from autograder.course.nbgrader_course import find_course, limits_of

        found = find_course(course, db)
        if not cluster:
            begin(found, assignment, unsafe, gpus)
        from autograder.course.grade import histories
        from autograder.course.progress import grade_with_progress
        from autograder.course.report import changed_lines
        from autograder.course.state import now

        since = now()
        limits = limits_of(found, cell_timeout, answer_timeout, unsafe)
        outcomes = grade_with_progress(
            found,
            assignment,
            limits=limits,
            jobs=jobs or None,
            cluster=cluster,
            students=student or (),
            force=force,
            feedback=feedback,
            gpus=gpus,
        )
        _print_class(outcomes, assignment)
        for line in changed_lines(histories(found, assignment), since):
            typer.echo(f"changed: {line}")
        made = ["autograded/", *(["feedback/"] if feedback else []), "grades.csv"]
        where = "in the database" if db else f"in {found.root / 'gradebook.db'}"
        typer.echo(f"the grades are {where}; {', '.join(made)} are in {found.root}")
        raise typer.Exit(1 if any(o.unreadable for o in outcomes) else 0)


@app.command()
def report(
    assignment: Assignment,
    course: CourseOption = Path(),
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV, not a table.")] = False,
    history: Annotated[
        bool, typer.Option("--history", help="Print every grading of every student.")
    ] = False,
    student: Students = None,
) -> None:
    """Show what has been graded so far."""
    with plain_errors():
        from autograder.course.grade import chosen, histories
        from autograder.course.nbgrader_course import find_course
        from autograder.course.report import grades_csv, history_lines

        gradings = chosen(dict(histories(find_course(course), assignment)), student or ())
        if history:
            for name, its in gradings.items():
                typer.echo("\n".join(history_lines(name, its)))
            return
        outcomes = [its[-1].outcome for its in gradings.values()]
        if as_csv:
            typer.echo(grades_csv(outcomes), nl=False)
        else:
            _print_class(outcomes, assignment)


@app.command()
def due(
    assignment: Assignment,
    when: Annotated[
        str,
        typer.Argument(
            help="2026-11-20 23:59 (by this machine's clock), or 2026-11-20 23:59 Asia/Seoul; "
            "`never` takes the date away; leave it out to see it."
        ),
    ] = "",
    course: CourseOption = Path(),
    student: Annotated[str, typer.Option(help="Give this student longer.")] = "",
    days: Annotated[
        float | None, typer.Option(min=0, max=LONGEST_EXTENSION, help="By so many days.")
    ] = None,
    hours: Annotated[
        float | None,
        typer.Option(min=0, max=LONGEST_EXTENSION, help="And so many hours; 0 takes it back."),
    ] = None,
    db: Database = "",
) -> None:
    """See or set when an assignment is due, and who has longer.

    What being late costs is set in nbgrader_config.py, and taken off by the next autograder grade:
    nothing of what was graded is graded again for it.
    """
    with plain_errors():
        from datetime import timedelta

        from autograder.course import late
        from autograder.course.nbgrader_course import find_course

        found = find_course(course, db)
        if when:
            late.set_due(found, assignment, when)
        if days is not None or hours is not None:
            if not student:
                _fail("longer for whom? name the --student, or set another date for all")
            longer = timedelta(days=days or 0, hours=hours or 0)
            late.extend(found, assignment, student, longer)
        is_due = late.due(found, assignment)
        typer.echo(f"{assignment} is due {f'{is_due.date} UTC' if is_due.date else 'at no date'}")
        for name, longer in sorted(is_due.extensions.items()):
            typer.echo(f"  {name} has {longer} longer")


@app.command()
def demo(
    into: Annotated[Path, typer.Option(help="The folder to do it in; made anew.")] = Path("demo"),
    assignment: Annotated[str, typer.Option(help="Of which assignment.")] = "hw3_rnn_bptt",
    jobs: Jobs = 0,
    course: CourseOption = Path(),
) -> None:
    """Grade a made-up class of 12.

    Its notebooks are made from the solution and the known mistakes, so what each has to earn is
    known, and compared with what came out.

    Exit code 0 only if every score is the one that was to come out.
    """
    with plain_errors():
        from autograder.course.demo import demo as show
        from autograder.course.nbgrader_course import find_course

        wrong = show(find_course(course), assignment, into, jobs or None)
        raise typer.Exit(1 if wrong else 0)


def _print_class(outcomes: Any, assignment: str) -> None:
    from autograder.course.progress import console
    from autograder.course.report import grades_table

    out = console()
    out.print(grades_table(outcomes, assignment, out.width))


def main() -> None:
    """The entry point."""
    gc.set_threshold(100_000)  # what is imported stays: do not look through it after every 700
    try:
        app()
    finally:
        gc.freeze()  # nor at the end, which takes a second


if __name__ == "__main__":
    main()
