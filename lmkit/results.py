"""What a run came to, as a file, and the lectures' tables with it: published beside measured.

A result is written by `lmkit train` and by nothing else: command, versions, hardware, seed and the
whole curve are in it. `docs/results/` holds those that the documentation shows.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lmkit import __version__
from lmkit.files import write_atomically

if TYPE_CHECKING:
    from lmkit.recipes import Recipe

FORMAT = "lmkit result 1"


def hardware() -> str:
    """The processor and how many cores of it may be used; GPUs, if Keras's backend sees any."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    name = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        models = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        name = models[0].split(":", 1)[1].strip() if models else name
    return f"{name}, {cores} cores" + "".join(f", {gpu}" for gpu in _gpus())


def _gpus() -> list[str]:
    if "keras" not in sys.modules:
        return []
    import keras

    return [device for device in keras.distribution.list_devices() if "gpu" in device.lower()]


def versions() -> dict[str, str]:
    """Of everything that a number depends on."""
    found = {"python": platform.python_version(), "lmkit": __version__}
    for name in ("numpy", "keras", "tensorflow", "tensorflow-cpu", "jax", "torch"):
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    if "keras" in sys.modules:
        import keras

        found["backend"] = keras.backend.backend()
    return found


def command() -> str:
    """The command line of this process, as one would type it."""
    return shlex.join(["lmkit", *sys.argv[1:]])


def write(
    path: Path,
    recipe: Recipe,
    text: str,
    facts: Mapping[str, Any],
) -> dict[str, Any]:
    """Write a result.

    Args:
        path: the file.
        recipe: what was run.
        text: on which text.
        facts: test and valid (perplexities), seconds, seed, curve, and whatever else there is.
    """
    content = {
        "format": FORMAT,
        "recipe": recipe.name,
        "row": recipe.row,
        "source": recipe.source,
        "published": recipe.published,
        "text": text,
        "command": command(),
        "hardware": hardware(),
        "versions": versions(),
        **facts,
    }
    write_atomically(path, json.dumps(content, indent=2, ensure_ascii=False) + "\n")
    return content


def read(folder: Path) -> dict[str, dict[str, Any]]:
    """All results in a folder, by recipe.

    Raises:
        ValueError: if a file there is not a result.
    """
    found = {}
    for path in sorted(folder.glob("*.json")):
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            if content["format"] != FORMAT:
                raise KeyError(content["format"])
        except (ValueError, KeyError, TypeError):
            raise ValueError(f"{path} is not a result of `lmkit train`") from None
        found[content["recipe"]] = content
    return found


def table(recipes: Sequence[Recipe], results: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The table's lines, in Markdown: published beside measured; "not run" where it was not."""
    lines = [
        "| model | recipe | published | measured | epochs | time | hardware |",
        "|---|---|---|---|---|---|---|",
    ]
    for recipe in recipes:
        result = results.get(recipe.name)
        published = f"{recipe.published:g}" if recipe.published else ""
        cells = _measured(result) if result else "not run | | |"
        lines.append(f"| {recipe.row} | `{recipe.name}` | {published} | {cells} |")
    return lines


def _measured(result: Mapping[str, Any]) -> str:
    curve, planned = result.get("curve", []), result.get("epochs_planned")
    epochs = f"{len(curve)} of {planned}" if planned else ""
    part = f" ({result['slice']:,} words only)" if result.get("slice") else ""
    return (
        f"{result['test']:.2f}{part} | {epochs} | {duration(result['seconds'])} | "
        f"{result['hardware']}"
    )


def duration(seconds: float) -> str:
    """As one says it: 12.3 s, 29 min, 3.4 h."""
    if seconds < 120:
        return f"{seconds:.1f} s"
    if seconds < 7200:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
