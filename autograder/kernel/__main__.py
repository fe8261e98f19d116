"""A submission's process, where there is no warm parent to fork from (zygote.py), as without Linux.

python -m autograder.kernel                   runs cells, and answers the judge's calls
python -m autograder.kernel CONNECTION_FILE   is a Jupyter kernel
"""

from __future__ import annotations

import os
import sys

from autograder.kernel.answer import serve
from autograder.kernel.shell import make_shell, take_streams
from autograder.kernel.start import close_names, make_kernel

if __name__ == "__main__":
    close_names()
    if len(sys.argv) > 1:
        make_kernel(sys.argv[1]).start()
    else:
        shell = make_shell()
        take_streams(os.getcwd())
        serve(shell)
