"""What the pages on language models print runs: Python as it stands, on fewer sentences; commands
are such as the command line takes."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from lmkit import cli, texts

ROOT = Path(__file__).parent.parent
PAGES = [*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md"]
SENTENCES = {"train": 500, "valid": 50, "test": 40}


def blocks(page: Path) -> list[str]:
    """Its Python, block by block."""
    return re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S)


def commands(page: Path) -> list[str]:
    """Every line that calls `lmkit`, in blocks of any kind, without its comment."""
    return re.findall(r"^(?:    |\$ )?lmkit (.*)$", page.read_text(encoding="utf-8"), re.M)


@pytest.fixture
def short_toy(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = texts.read("toy")

    def read(text: str, **options: Any) -> texts.Parts:
        assert text == "toy"
        return whole._replace(**{part: getattr(whole, part)[:n] for part, n in SENTENCES.items()})

    monkeypatch.setattr(texts, "read", read)


@pytest.mark.usefixtures("short_toy")
def test_python_of_the_page_on_language_models(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    found = blocks(ROOT / "docs" / "language-models.md")
    names: dict[str, Any] = {}
    for block in found:
        exec(block, names)
    assert len(found) == 1
    assert 10 < float(capsys.readouterr().out.split()[-1]) < 140  # V = 149
    assert (tmp_path / "runs" / "mine" / "best.npz").exists()


@pytest.mark.usefixtures("short_toy")
def test_python_of_the_page_on_generation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    page = ROOT / "docs" / "generation.md"
    (training,) = [c for c in commands(page) if c.startswith("train lstm toy")]
    options = ["--slice", "2000", "--epochs", "1"]
    assert cli.main([*shlex.split(training), *options]) == 0

    found = blocks(page)
    names: dict[str, Any] = {}
    written = []
    for block in found:
        capsys.readouterr()
        exec(block, names)
        written.append(capsys.readouterr().out.splitlines())
    assert [len(lines) for lines in written] == [4, 4, 3]
    assert all(line.startswith("the dog ") for line in written[0])
    cached, dynamic, both = map(float, written[2])
    assert both < min(cached, dynamic) < 149


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_of_a_page_is_one_that_the_cli_takes(page: Path) -> None:
    for command in commands(page):
        arguments = shlex.split(command, comments=True)
        options = cli._parser().parse_args(arguments)  # exits if there is no such option
        assert "command" in options, command
