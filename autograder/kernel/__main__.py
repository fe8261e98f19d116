"""Starts an IPython kernel for one submission: python -m autograder.kernel CONNECTION_FILE.

For machines on which there is no warm parent to fork from (zygote.py): those without Linux.
"""

from __future__ import annotations

import sys

from autograder.kernel.start import close_names, make_kernel

if __name__ == "__main__":
    close_names()
    make_kernel(sys.argv[1]).start()
