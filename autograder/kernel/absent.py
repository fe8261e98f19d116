"""Frameworks that are not there where an exercise is written from scratch.

What is hidden from a submission's process cannot be called in it, whichever way its name is put
together. An import does not fail all the same: a notebook that brings NumPy and Keras in by one
cell has NumPy then. What fails is the first use.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

FRAMEWORKS = (
    "keras", "tensorflow", "tf_keras", "torch", "torchvision", "torchtext", "jax", "jaxlib", "flax",
    "haiku", "mxnet", "nltk", "sklearn", "gensim", "transformers", "kenlm",
)  # fmt: skip
"""Packages that hold what the exercises ask for."""


def framework_folders() -> list[str]:
    """Where they lie on this machine."""
    return [str(f) for base in sys.path if base for name in FRAMEWORKS
            if (f := Path(base, name)).is_dir()]  # fmt: skip


class Missing:
    """Stands for anything of a framework that is not there; says so when it is used."""

    def __init__(self, name: str, *_: object) -> None:
        if not isinstance(name, str) or _:  # a class statement calls its base like this
            _say(str(name))
        self.__dict__["name"] = name

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Missing(f"{self.name}.{name}")

    def __call__(self, *_: object, **__: object) -> NoReturn:
        """Raise what the use of a framework raises."""
        _say(self.name)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        _say(f"{self.name}.{name}")


class _MissingModule(ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Missing(f"{self.__name__}.{name}")


def _say(name: str) -> NoReturn:
    raise ModuleNotFoundError(f"{name} is not there: this exercise is written from scratch")


class Absent:
    """Finds a module of a framework, with nothing in it. Goes into sys.meta_path."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """A specification that makes an empty module, for frameworks alone."""
        if name.partition(".")[0] not in FRAMEWORKS:
            return None
        return ModuleSpec(name, self, is_package=True)  # type: ignore[arg-type]

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """The empty module."""
        return _MissingModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing is in it."""


def make_absent() -> None:
    """From now on the frameworks are not there in this process."""
    sys.meta_path.insert(0, Absent())
