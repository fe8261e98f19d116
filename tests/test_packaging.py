"""What is declared in one place agrees with what is said in the others."""

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
DECLARED = [*PROJECT["dependencies"], *EXTRAS["grade"], *EXTRAS["dev"], *EXTRAS["postgresql"]]


def listed(path: str) -> list[str]:
    """The entries of a requirements-like list, without comments."""
    lines = (ROOT / path).read_text().splitlines()
    return [line.strip().removeprefix("- ") for line in lines if not line.lstrip().startswith("#")]


def name(requirement: str) -> str:
    return re.split(r"[\[<>=!~ ;]", requirement, maxsplit=1)[0].lower().replace("_", "-")


def version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text)[:3])


def test_environment_yml_says_what_pyproject_says() -> None:
    lines = listed("environment.yml")
    pip = lines[lines.index("pip:") + 1 :]
    assert sorted(pip) == sorted([*PROJECT["dependencies"], *EXTRAS["grade"], "--editable ."])
    assert f"python{PROJECT['requires-python']}" in lines


@pytest.mark.parametrize("file", ["constraints.txt", "constraints-colab.txt"])
def test_pins_are_within_the_declared_bounds(file: str) -> None:
    pins = dict(line.split("==") for line in listed(file) if "==" in line)
    pins = {name(k): v for k, v in pins.items()}
    checked = 0
    for requirement in DECLARED:
        if ">=" not in requirement:
            continue
        if name(requirement) in pins:
            lowest = requirement.split(">=")[1]
            assert version(pins[name(requirement)]) >= version(lowest), requirement
            checked += 1
    assert checked >= 5


def test_constraints_pin_everything_that_is_declared() -> None:
    pinned = {name(line) for line in listed("constraints.txt") if "==" in line}
    declared = {name(r) for r in DECLARED}
    assert declared - {"lmkit-course"} <= pinned


def test_nothing_has_an_upper_bound_but_python() -> None:
    for requirement in DECLARED:
        assert "<" not in requirement and "==" not in requirement, requirement


def test_the_wheel_holds_what_students_need_and_nothing_of_the_instructors(tmp_path: Path) -> None:
    project = tmp_path / "project"  # a build leaves files beside its source
    for part in ("pyproject.toml", "README.md", "LICENSE", "lmkit", "autograder"):
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
        project.mkdir(exist_ok=True)
        copy(ROOT / part, project / part)
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir"]
    subprocess.run([*build, str(tmp_path), str(project)], check=True, capture_output=True)
    (wheel,) = tmp_path.glob("lmkit_course-*.whl")
    files = zipfile.ZipFile(wheel).namelist()
    assert "autograder/notebook.py" in files
    assert "autograder/problems/lstm/step.py" in files
    assert "lmkit/by_hand/lstm.py" in files
    not_theirs = ("autograder/course", "autograder/kernel", "solutions", "assignments", "tests")
    assert not [f for f in files if f.startswith(not_theirs)]


@pytest.mark.parametrize("module", ["lmkit", "lmkit.cli", "autograder", "autograder.cli"])
def test_imports_are_light(module: str) -> None:
    heavy = ("keras", "tensorflow", "nbgrader", "matplotlib", "nltk", "jupyter_client", "numpy")
    code = f"import sys, {module}; print(*[m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.split() == []


@pytest.mark.parametrize("command", ["lmkit", "autograder"])
def test_help_teaches_and_is_light(command: str) -> None:
    code = (
        f"import sys; sys.argv = ['{command}', '--help']\n"
        f"from {command}.cli import main\n"
        "try:\n    main()\nexcept SystemExit as e:\n    assert not e.code\n"
        "print('HEAVY', [m for m in ('keras', 'tensorflow', 'nbgrader') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert "HEAVY []" in done.stdout
    assert "grade" in done.stdout


def test_lmkit_never_imports_autograder() -> None:
    for path in (ROOT / "lmkit").rglob("*.py"):
        assert not re.search(r"^\s*(from|import) autograder", path.read_text(), re.MULTILINE), path


def test_nothing_tells_anyone_to_install_the_other_lmkit() -> None:
    for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("solutions/*/*.py")]:
        assert not re.search(r"pip install [^\n]*\blmkit(?!-course)\b", path.read_text()), path
