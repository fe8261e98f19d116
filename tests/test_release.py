"""What is committed in assignments/ is what a release makes now, and it is right."""

import re
import shutil
from pathlib import Path

import nbformat
import pytest
from conftest import ROOT

from autograder.course.config import Course
from autograder.course.errors import CourseError
from autograder.course.nbgrader_course import find_course
from autograder.course.release import Proof, build, errors_in, generate, notebook_of, release
from autograder.course.sheet import read_sheet
from autograder.problems import find_problem, problem_names
from lmkit.files import write_atomically

ASSIGNMENTS = sorted(p.name for p in (ROOT / "solutions").iterdir() if p.is_dir())


TAKES_MINUTES = "hw5_char_lm"
"""Its solution trains a model for long."""


def with_source(root: Path, name: str) -> Course:
    """A fresh course that has the source of one assignment."""
    shutil.copyfile(ROOT / "nbgrader_config.py", root / "nbgrader_config.py")
    source = root / "solutions" / name
    source.mkdir(parents=True)
    shutil.copy(Course(ROOT).source(name), source)
    return find_course(root)


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(name, marks=pytest.mark.slow if name == TAKES_MINUTES else ())
        for name in ASSIGNMENTS
    ],
)
def released(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Course, Proof]:
    """An assignment, released into a fresh course."""
    course = with_source(tmp_path_factory.mktemp("release"), request.param)
    return request.param, course, release(course, request.param)


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_the_committed_notebook_is_what_a_release_makes_now(tmp_path: Path, name: str) -> None:
    course = with_source(tmp_path, name)
    build(course, name)
    generate(course, name)
    made = course.release(name).read_text()
    assert made == Course(ROOT).release(name).read_text(), f"run `autograder release {name}`"


def test_the_solution_scores_full_marks_and_runs_without_an_error(
    released: tuple[str, Course, Proof],
) -> None:
    proof = released[2]
    assert proof.solution.score == proof.solution.max_score > 30
    assert errors_in(proof.solution.notebook) == []


def test_as_released_it_scores_0_with_nothing_but_stubs(
    released: tuple[str, Course, Proof],
) -> None:
    proof = released[2]
    assert proof.stub.score == 0
    errors = errors_in(proof.stub.notebook)
    assert errors and all(e.startswith("NotImplementedError") for e in errors)


def test_no_solution_output_or_bytecode_is_in_it(released: tuple[str, Course, Proof]) -> None:
    name, course, _ = released
    source = course.source(name).read_text()
    solutions = re.findall(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", source, re.DOTALL)
    notebook = nbformat.read(course.release(name), as_version=4)
    text = "\n".join(c.source for c in notebook.cells)
    # Beside the exercises a student may have to write what is not judged by itself: a training.
    assert len(solutions) >= len(read_sheet(course.release(name)).exercises) > 0
    for solution in solutions:
        assert solution.strip() not in text
    code = "\n".join(c.source for c in notebook.cells if c.cell_type == "code")
    assert code.count("raise NotImplementedError()") == len(solutions)
    assert all(not c.get("outputs") and not c.get("execution_count") for c in notebook.cells)
    assert [p.name for p in course.release(name).parent.iterdir()] == [f"{name}.ipynb"]
    nbformat.validate(notebook)


def test_every_exercise_has_a_stub_a_check_and_points(released: tuple[str, Course, Proof]) -> None:
    name, course, _ = released
    notebook = nbformat.read(course.release(name), as_version=4)
    by_id = {c.id: c for c in notebook.cells}
    for exercise in read_sheet(course.release(name)).exercises:
        problem = exercise.problem
        assert exercise.solution_id == problem and problem in problem_names()
        assert by_id[f"{problem}_check"].source == f'check("{problem}", {problem})'
        points = f"{exercise.points:g}"
        graded = f'grade("{problem}", {problem}, points={points})'
        assert by_id[exercise.grade_id].source == graded
        stub = by_id[problem].source
        assert '"""' in stub  # a docstring with the shapes
        names = find_problem(problem).reference.__code__.co_varnames
        count = find_problem(problem).reference.__code__.co_argcount
        assert f"def {problem}({', '.join(names[:count])})" in " ".join(stub.split())


def test_every_exercise_says_how_long_it_takes() -> None:
    for name in ASSIGNMENTS:
        notebook = notebook_of(Course(ROOT).source(name).read_text())
        text = "\n".join(c.source for c in notebook.cells if c.cell_type == "markdown")
        exercises = len(read_sheet(Course(ROOT).release(name)).exercises)
        assert len(re.findall(r"[Aa]bout\s+\d+\s+minutes", text)) >= exercises


def test_a_notebook_is_built_the_same_every_time() -> None:
    source = Course(ROOT).source(ASSIGNMENTS[0]).read_text()
    assert nbformat.writes(notebook_of(source)) == nbformat.writes(notebook_of(source))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("    return np.tanh(x @ W_x + h_prev @ W_h + b)\n", "    return x @ W_x\n", "full marks"),
        (
            "### BEGIN SOLUTION\n    return np.tanh(x",
            "return np.tanh(x",
            "could not make|as released",
        ),
        ('grade("rnn_step", rnn_step, points=3)', "assert rnn_step", "names no problem"),
        (
            'grade("rnn_step", rnn_step, points=3)',
            'grade("rnn_stp", rnn_step, points=3)',
            "rnn_step",
        ),
        (", points=3)", ", points=9)", "says points=9, and is worth 3"),
    ],
)
def test_a_release_that_is_not_right_is_refused(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    name = "hw3_rnn_bptt"
    text = Course(ROOT).source(name).read_text()
    assert old in text
    shutil.copyfile(ROOT / "nbgrader_config.py", tmp_path / "nbgrader_config.py")
    source = tmp_path / "solutions" / name / f"{name}.py"
    source.parent.mkdir(parents=True)
    # The exercise that is tampered with, and no other: a short notebook is proved faster.
    source.write_text(text.replace(old, new, 1).partition("# %% [markdown]\n# ## Exercise 2")[0])
    course = find_course(tmp_path)
    path = course.release(name)
    write_atomically(path, b"the former release")
    with pytest.raises(CourseError, match=said):
        release(course, name)
    assert path.read_bytes() == b"the former release"  # what is not proved is not handed out


def test_build_names_the_assignments_there_are(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="hw3_rnn_bptt"):
        build(Course(ROOT), "hw99")
