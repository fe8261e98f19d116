"""Starts an IPython kernel for one submission: python -m autograder.kernel -f CONNECTION_FILE."""

from __future__ import annotations

import importlib
import sys

NOT_FOR_STUDENTS = ("lmkit", "autograder.problems", "autograder.judge", "autograder.course")
"""Modules that hold right answers, or write grades. Their names are closed here; that they cannot
be read either is the sandbox's task."""


def main() -> None:
    """Close the names, then run the kernel until it is told to stop."""
    sys.modules.update(dict.fromkeys(NOT_FOR_STUDENTS))  # type: ignore[arg-type]
    # Now, before a file numpy.py beside the notebook could be taken for NumPy.
    importlib.import_module("autograder.kernel.answer")
    from ipykernel.kernelapp import IPKernelApp

    IPKernelApp.launch_instance(argv=sys.argv[1:])


if __name__ == "__main__":
    main()
