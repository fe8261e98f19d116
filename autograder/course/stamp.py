"""When a submission came: the moment in its timestamp.txt, as nbgrader keeps it.

nbgrader's own way to read it ends the program at what is no moment.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from lmkit.files import write_atomically

NAME = "timestamp.txt"


class NoMoment(ValueError):
    """The file is there, and holds no moment."""


def read_stamp(folder: Path) -> datetime | None:
    """When what is in a folder came, UTC and without a zone; None if that is not known.

    Args:
        folder: submitted/<student>/<assignment>.

    Raises:
        NoMoment: saying what stands there.
    """
    from nbgrader.utils import parse_utc  # takes a second to be imported

    path = folder / NAME
    if not path.is_file():
        return None
    said = path.read_bytes()[:100].decode("utf-8", "replace").strip()
    try:
        moment: datetime | None = parse_utc(said) if said else None
    except (ValueError, OverflowError) as error:
        raise NoMoment(f"{said!r} is no moment such as 2026-11-20 23:59:00 UTC") from error
    return moment


def write_stamp(folder: Path, moment: datetime) -> None:
    """Note when what is in a folder came."""
    said = moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    write_atomically(folder / NAME, said)
