"""Checks what students wrote, and grades a class of them.

Students use `check` and `grade`, and their notebooks `at_home`. All else is imported from its own
module.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograder.notebook import at_home, check, grade

__all__ = ["at_home", "check", "grade"]

GRADED_OUTSIDE = "LMKIT_GRADED_OUTSIDE"
"""Set in the environment of a kernel whose functions a judge outside it asks."""


def __getattr__(name: str) -> Any:
    if name in __all__:
        from autograder import notebook

        return getattr(notebook, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
