"""How a process becomes a submission's: names closed, and IPython or a Jupyter kernel in it."""

from __future__ import annotations

import importlib
import sys
from typing import Any

from autograder.kernel.shell import BACKEND, Shell

NOT_FOR_STUDENTS = ("autograder.problems", "autograder.judge", "autograder.course")
"""Modules that hold right answers, or write grades. Their names are closed here; that they cannot
be read either is the sandbox's task."""

FOR_STUDENTS = ("lmkit.grammar",)
"""What is open of lmkit; all else of it is closed. The grammar writes texts to train on, and no
right answers."""


def close_names() -> None:
    """Import what answers the judge, and let the names of what holds right answers lead nowhere."""
    for name in FOR_STUDENTS:
        importlib.import_module(name)
    sys.modules["lmkit"].__path__ = []  # no other part of it is found from now on
    sys.modules.update(dict.fromkeys(NOT_FOR_STUDENTS))  # type: ignore[arg-type]
    # Now, before a file numpy.py beside the notebook could be taken for NumPy.
    for name in ("autograder.kernel.answer", "autograder.notebook", "autograder.render"):
        importlib.import_module(name)


def make_kernel(connection_file: str) -> Any:
    """A Jupyter kernel, listening. It is run by its `start()`."""
    Shell.clear_instance()  # the kernel has one of its own
    from ipykernel.iostream import IOPubThread
    from ipykernel.kernelapp import IPKernelApp

    # It would listen on 127.0.0.1 for what subprocesses print. In a sandbox there is no network.
    IOPubThread._setup_pipe_in = lambda thread: setattr(thread, "_pipe_flag", False)
    app = IPKernelApp.instance()
    # A plot is drawn once, not twice to cut its margins off, and packed quickly.
    kwargs = "{'bbox_inches': None, 'pil_kwargs': {'compress_level': 1}}"
    app.initialize(
        [
            "-f",
            connection_file,
            "--HistoryManager.enabled=False",
            f"--InlineBackend.print_figure_kwargs={kwargs}",
        ]
    )
    if BACKEND in sys.modules:
        # It was imported in the warm parent, where there was no shell to show plots in.
        sys.modules[BACKEND].configure_inline_support(app.shell, f"module://{BACKEND}")
    return app
