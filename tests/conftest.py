"""What tests of several files share."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent


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
