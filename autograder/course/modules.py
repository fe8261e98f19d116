"""What a notebook imports, and takes long to be: a warm parent does it once for a class."""

from __future__ import annotations

import re
from collections.abc import Iterable

IMPORTS = re.compile(r"^\s*(?:import|from)\s+(\w+)", re.MULTILINE)
WARM = {"keras": ("keras",), "tensorflow": ("tensorflow", "keras"), "nltk": ("nltk",)}
"""What a warm parent imports for a notebook that names it. They start no threads."""


def modules_in(cells: Iterable[str]) -> tuple[str, ...]:
    """What a warm parent imports for these cells of code."""
    named = (name for source in cells for name in IMPORTS.findall(source))
    return tuple(sorted({module for name in named for module in WARM.get(name, ())}))
