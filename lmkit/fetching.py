"""A file of a corpus, from where it lies or from the network, never half and never another one."""

from __future__ import annotations

import hashlib
import http.client
import os
import sys
import urllib.request
from io import BufferedReader
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from lmkit.files import replacing
from lmkit.progress import Bar

BLOCK = 1 << 16
PATIENCE = 30.0
"""Seconds without an answer after which a server is given up."""

OR_TOY = "or use load('toy')"


class CorpusError(Exception):
    """A corpus cannot be had; the message is one line and says what to do."""


class Source(NamedTuple):
    """One file of a corpus: where it lies under a data folder, what it holds, where it is from."""

    path: Path
    size: int | None = None
    sha256: str | None = None
    urls: tuple[str, ...] = ()


def cache_folder() -> Path:
    """Where this system keeps what can be downloaded again, with a folder of ours in it."""
    home = Path.home()
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local"
        return Path(local) / "lmkit" / "Cache"
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "lmkit"
    given = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(given) if os.path.isabs(given) else home / ".cache") / "lmkit"


def fetch(name: str, source: Source) -> Path:
    """The path of a checked file: in $LMKIT_DATA, else in the cache, else downloaded there.

    Args:
        name: the corpus it belongs to, for messages.
        source: which file.

    Returns:
        Where it lies.

    Raises:
        CorpusError: if it is nowhere and cannot be downloaded, or is not what it should be.
    """
    given = os.environ.get("LMKIT_DATA")
    folders = [Path(given).expanduser()] if given else []
    if folders and not folders[0].is_dir():
        raise CorpusError(f"LMKIT_DATA is {given}, which is no folder: correct it, {OR_TOY}")
    for folder in (*folders, cache_folder()):
        path = folder / source.path
        if path.is_file():
            with _readable(path) as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
                fault = _fault(source, file.tell(), digest)
            if fault:
                raise CorpusError(f"{path} {fault}: delete it and load({name!r}) again, {OR_TOY}")
            return path
    if not source.urls:
        raise CorpusError(
            f"{name} is not downloaded for you: put {source.path.as_posix()} into a folder and "
            f"set LMKIT_DATA to it, {OR_TOY}"
        )
    return _download(name, source, cache_folder() / source.path)


def _readable(path: Path) -> BufferedReader:
    try:
        return path.open("rb")
    except OSError as error:
        raise CorpusError(f"cannot read {path} ({error.strerror}), {OR_TOY}") from None


def _fault(source: Source, size: int, digest: str) -> str:
    """What is wrong with a file of this size and checksum; nothing, if nothing is."""
    if source.size is not None and size < source.size:
        return f"is cut off, {size:,} of {source.size:,} bytes"
    if source.sha256 is not None and digest != source.sha256:
        return f"is another file, SHA-256 {digest[:12]}..., expected {source.sha256[:12]}..."
    return "is empty" if size == 0 else ""


def _download(name: str, source: Source, path: Path) -> Path:
    """Try each address; the file gets its name only when it is whole and checked."""
    faults = []
    for url in source.urls:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with replacing(path) as part:
                size, digest = _receive(url, part, Bar(path.name, source.size or 0, "bytes"))
                fault = _fault(source, size, digest)
                if fault:
                    raise CorpusError(f"what it sends {fault}")
            return path
        except (OSError, http.client.HTTPException, CorpusError) as error:
            faults.append(f"{urlsplit(url).hostname}: {getattr(error, 'reason', None) or error}")
    raise CorpusError(
        f"cannot download {path.name} ({'; '.join(dict.fromkeys(faults))}): go online, set "
        f"LMKIT_DATA to a folder that holds {source.path.as_posix()}, {OR_TOY}"
    )


def _receive(url: str, path: Path, bar: Bar) -> tuple[int, str]:
    """Write what an address sends; how many bytes it was, and their SHA-256."""
    size, digest = 0, hashlib.sha256()
    with urllib.request.urlopen(url, timeout=PATIENCE) as answer, path.open("xb") as file, bar:
        while block := answer.read(BLOCK):
            file.write(block)
            digest.update(block)
            size += len(block)
            bar.show(size)
    return size, digest.hexdigest()
