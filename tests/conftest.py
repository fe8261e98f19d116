"""What tests of several files share."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

if TYPE_CHECKING:
    from autograder.course.config import Course

ROOT = Path(__file__).parent.parent

# Before NumPy: tests run side by side, one a core, and small products on all cores wait for each
# other far longer than they compute.
os.environ.setdefault("OMP_NUM_THREADS", "1")


class GradedClass(NamedTuple):
    """A course folder in which hw3's sample class has been graded."""

    root: Path
    wrong: list[str]


@pytest.fixture(scope="session")
def graded_class(tmp_path_factory: pytest.TempPathFactory) -> GradedClass:
    """Graded once, end to end, for all tests that look at what came of it."""
    from autograder.course.demo import demo
    from autograder.course.nbgrader_course import find_course

    root = tmp_path_factory.mktemp("class") / "demo"
    wrong = demo(find_course(ROOT), "hw3_rnn_bptt", root, jobs=2)
    return GradedClass(root, wrong)


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A folder for temporary files with a short path: Unix sockets live in it."""
    folder = Path(tempfile.mkdtemp(prefix="k-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def course(tmp_path: Path) -> "Course":
    """A course that has handed out the small homework."""
    import nbformat  # here: what students use is tested without all this
    from small_homework import NAME, SHEET

    from autograder.course.config import Course
    from lmkit.files import write_atomically

    course = Course(tmp_path / "course")
    write_atomically(course.release(NAME), nbformat.writes(SHEET.notebook))
    return course


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """An empty folder."""
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


@pytest.fixture
def eager() -> Iterator[None]:
    """TensorFlow without XLA: to compile takes seconds, for every shape and model again."""
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)
