"""TensorFlow's greetings: lines on standard error, half a dozen of which no setting keeps away.

Our command line leaves them out, so that what it says itself is not overlooked. All else that is
said while TensorFlow is imported is passed on; what is said later goes by TF_CPP_MIN_LOG_LEVEL.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

GREETING = re.compile(
    rb"WARNING: All log messages before absl::InitializeLog\(\) |To enable the following |I0000 |"
    rb"\d{4}-\d\d-\d\d [\d:.]+: I "  # as before TensorFlow 2.21
)


@contextmanager
def without_greetings() -> Iterator[None]:
    """If TensorFlow is imported in here, it is without its greetings, and quiet unless asked."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    finder = _Finder()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


class _Finder(MetaPathFinder):
    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        spec = PathFinder.find_spec(name, path) if name == "tensorflow" else None
        if spec is not None and spec.loader is not None:
            run = spec.loader.exec_module

            def run_without(module: ModuleType) -> None:
                with _left_out(GREETING):
                    run(module)

            spec.loader.exec_module = run_without  # type: ignore[method-assign]
        return spec


@contextmanager
def _left_out(unwanted: re.Pattern[bytes]) -> Iterator[None]:
    """Lines on standard error are passed on afterwards, but for those that begin like this."""
    with tempfile.TemporaryFile() as said:
        sys.stderr.flush()
        standard_error = os.dup(2)
        os.dup2(said.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(standard_error, 2)
            os.close(standard_error)
            said.seek(0)
            for line in said:
                if not unwanted.match(line):
                    os.write(2, line)
