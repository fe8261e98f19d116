"""What a grade follows from: the code that grades, all of it and no other."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from autograder.course import fingerprint
from autograder.course.fingerprint import code_digest, environment


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The source of both packages, to be changed."""
    for name, folder in fingerprint.PACKAGES.items():
        for path in folder.rglob("*.py"):
            copy = tmp_path / name / path.relative_to(folder)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    packages = {name: tmp_path / name for name in fingerprint.PACKAGES}
    monkeypatch.setattr(fingerprint, "PACKAGES", packages)
    return tmp_path


def digest(*problems: str) -> str:
    fingerprint._digest.cache_clear()
    return code_digest(problems)


@pytest.mark.parametrize(
    "path",
    [
        "autograder/problems/rnn/sequence.py",
        "autograder/problems/rnn/step.py",  # rnn_sequence is judged with its help
        "lmkit/by_hand/rnn.py",  # the reference
        "autograder/judge.py",
        "autograder/compare.py",
        "autograder/wire.py",
        "autograder/course/repair.py",
        "autograder/course/session.py",
        "autograder/kernel/answer.py",
        "autograder/kernel/process.py",
        "autograder/__init__.py",
    ],
)
def test_what_grades_counts(copied: Path, path: str) -> None:
    before = digest("rnn_sequence")
    (copied / path).write_text((copied / path).read_text() + "\n# changed\n")
    assert digest("rnn_sequence") != before


@pytest.mark.parametrize(
    "path",
    [
        "autograder/problems/gru/step.py",
        "lmkit/by_hand/gru.py",
        "lmkit/ngram/arpa.py",
        "autograder/cli.py",
        "autograder/course/collect.py",
        "autograder/course/demo.py",
        "autograder/course/report.py",
        "autograder/course/grade.py",
    ],
)
def test_what_does_not_grade_may_change(copied: Path, path: str) -> None:
    before = digest("rnn_sequence")
    (copied / path).write_text((copied / path).read_text() + "\n# changed\n")
    assert digest("rnn_sequence") == before


def test_the_copy_is_taken_for_the_original(copied: Path) -> None:
    ours = digest("rnn_sequence")
    fingerprint._digest.cache_clear()
    assert ours == digest("rnn_sequence") and ours != digest("gru_step")


def test_the_environment_names_versions() -> None:
    assert environment().startswith("Python 3.")
    assert ", numpy " in environment() and ", tensorflow " in environment()


def imported(path: Path) -> set[str]:
    """What a file imports, by Python's own grammar."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def test_imports_are_found_in_the_text_as_python_finds_them() -> None:
    many = more = 0
    for folder in fingerprint.PACKAGES.values():
        for path in folder.rglob("*.py"):
            parts = path.relative_to(folder.parent).with_suffix("").parts
            module = ".".join(p for p in parts if p != "__init__")
            ours = {name for name in fingerprint._imported(module) if fingerprint._file(name)}
            theirs = {name for name in imported(path) if fingerprint._file(name)}
            assert theirs <= ours, module
            many, more = many + len(theirs), more + len(ours - theirs)
    assert many > 300 and more < 10  # an example in a docstring
