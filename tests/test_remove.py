"""Folders are removed however deep they are, and whatever their modes; links are not followed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from autograder.kernel.remove import remove

DEEP, NAME = 1100, "folder"
"""Folders in one another: more than Python calls itself, and a longer path than there can be."""


def nest(folder: Path, mode: int = 0o777) -> None:
    """Nest folders, with a file in each."""
    here = os.open(folder, os.O_RDONLY)
    for _ in range(DEEP):
        os.mkdir(NAME, dir_fd=here)
        os.close(os.open("file", os.O_CREAT | os.O_WRONLY, dir_fd=here))
        below = os.open(NAME, os.O_RDONLY, dir_fd=here)
        os.chmod(here, mode)
        os.close(here)
        here = below
    os.close(here)


@pytest.mark.parametrize("mode", [0o777, 0o300, 0o000])
def test_a_folder_however_deep(tmp_path: Path, mode: int) -> None:
    nest(tmp_path, mode)
    assert remove(tmp_path)
    assert not tmp_path.exists()


def test_links_are_removed_and_not_followed(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").write_text("kept")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "link").symlink_to(kept)
    (folder / "broken").symlink_to("nowhere")
    assert remove(folder)
    assert (kept / "file").read_text() == "kept"
    (tmp_path / "itself").symlink_to(kept)
    assert not remove(tmp_path / "itself")
    assert (kept / "file").read_text() == "kept"


def test_what_is_not_there_needs_no_removing(tmp_path: Path) -> None:
    assert remove(tmp_path / "nowhere")


def test_what_cannot_be_removed_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise OSError("this disk is broken")

    monkeypatch.setattr(os, "scandir", broken)
    assert not remove(tmp_path)
    assert f"{tmp_path} could not be removed: this disk is broken" in capsys.readouterr().err
