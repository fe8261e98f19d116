"""The course as nbgrader sees it: its configuration, its folders, its gradebook."""

from __future__ import annotations

import logging
import os
import re
import sys
import warnings
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from traitlets import TraitError

from autograder.course.config import Course, Limits
from autograder.course.errors import CourseError

CONFIG = "nbgrader_config.py"


POSTGRESQL = re.compile(r"^postgres(ql)?://")


def find_course(root: Path, db: str = "") -> Course:
    """The course in a folder.

    Args:
        root: the folder.
        db: the gradebook's URL, if not nbgrader_config.py's (else gradebook.db in the folder).

    Raises:
        CourseError: if nbgrader_config.py is not there.
    """
    root = root.resolve()
    if not (root / CONFIG).is_file():
        raise CourseError(
            f"{root} is not a course: it has no {CONFIG}; "
            "go to the course's folder, or name it with --course"
        )
    return Course(root, POSTGRESQL.sub("postgresql+psycopg://", db))


def nbgrader_app(course: Course) -> Any:
    """nbgrader's application object, configured by the course's nbgrader_config.py.

    Raises:
        CourseError: if that file cannot be read. nbgrader would go on without it.
    """
    # Gradebook() looks for `alembic` on PATH; it is installed beside this Python.
    here = os.path.dirname(sys.executable)
    if here not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([here, os.environ.get("PATH", "")])
    # nbgrader 0.9.6 touches objects before they are in the session; SQLAlchemy 2 remarks on it.
    warnings.filterwarnings("ignore", message="Object of type <Submitted", module="nbgrader")
    from nbgrader.apps import NbGrader
    from nbgrader.coursedir import CourseDirectory
    from traitlets.config import Application

    app = NbGrader()
    app.raise_config_file_errors = True
    try:
        # Not app.load_config_file(): that looks in the current folder, not in the course's.
        Application.load_config_file(app, CONFIG, str(course.root))
    except (Exception, SystemExit) as error:
        said = f"{type(error).__name__}: {error}"
        raise CourseError(f"{course.root / CONFIG} cannot be read: {said}") from error
    app.config.CourseDirectory.root = str(course.root)
    if course.db:
        app.config.CourseDirectory.db_url = course.db
    app.log.setLevel(logging.ERROR)
    app.coursedir = CourseDirectory(parent=app)
    return app


def limits_of(
    course: Course, cell: int | None = None, answer: int | None = None, unsafe: bool = False
) -> Limits:
    """The limits that nbgrader_config.py sets, or others for this time.

    Args:
        course: whose.
        cell: seconds that one cell may take, instead of c.JudgedRun.cell_timeout.
        answer: seconds to answer one call, instead of c.JudgedRun.answer_timeout.
        unsafe: run submissions also without a sandbox; likewise c.JudgedRun.unsafe.

    Raises:
        CourseError: if it sets one to what is none, or one that there is not.
    """
    from autograder.course.plugin import JudgedRun  # which needs this module

    app = nbgrader_app(course)
    _check_names(app, JudgedRun)
    try:
        configured = JudgedRun(config=app.config)
    except TraitError as error:
        raise CourseError(f"{CONFIG}: {error}") from error
    return Limits(
        cell=cell or configured.cell_timeout,
        answer=answer or configured.answer_timeout,
        memory=configured.memory,
        unsafe=unsafe or configured.unsafe,
    )


def late_penalties(app: Any) -> Any:
    """nbgrader's step that takes points off, with the plugin that nbgrader_config.py names.

    Raises:
        CourseError: if there is none of that name, or none of its settings.
    """
    from nbgrader.preprocessors import AssignLatePenalties

    try:
        penalties = AssignLatePenalties(parent=app)
        plugin = penalties.plugin_class
    except TraitError as error:
        raise CourseError(f"{CONFIG}: c.AssignLatePenalties: {error}") from error
    _check_names(app, AssignLatePenalties)
    _check_names(app, plugin)
    return penalties


def _check_names(app: Any, kind: Any) -> None:
    """Refuse settings of a class that it does not have, which traitlets would pass over."""
    known = kind.class_trait_names(config=True)
    for name in app.config[kind.__name__]:
        if name not in known:
            near = ", ".join(get_close_matches(name, known) or sorted(known))
            raise CourseError(f"{CONFIG}: there is no c.{kind.__name__}.{name}; there is {near}")


def converter(kind: type, course: Course, assignment: str, **traits: Any) -> Any:
    """One of nbgrader's converters (GenerateAssignment, GenerateFeedback) for one assignment."""
    app = nbgrader_app(course)
    app.coursedir.assignment_id = assignment
    made = kind(coursedir=app.coursedir, parent=app)
    for name, value in traits.items():
        setattr(made, name, value)
    return made
