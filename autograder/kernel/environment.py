"""What a submission's process finds: environment variables, and the way to the judge."""

from __future__ import annotations

import os

from autograder import GRADED_OUTSIDE
from autograder.kernel.sandbox import package_folders, repository

JUDGE = 100
"""The file descriptor on which lines to the judge come in. A sandbox need not let a submission
connect to anything by itself."""

KEPT = ("PATH", "LANG", "LC_ALL", "TZ", "VIRTUAL_ENV", "LMKIT_DATA", "NLTK_DATA")
"""What of the grader's environment a submission sees; passwords and tokens are not among it."""


def clean_environment(home: str) -> dict[str, str]:
    """The environment of a submission's kernel.

    Args:
        home: the submission's own folder.
    """
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return {
        **kept,
        "HOME": home,
        "USER": "student",
        "LOGNAME": "student",
        "TMPDIR": home,
        "IPYTHONDIR": os.path.join(home, ".ipython"),
        "MPLCONFIGDIR": os.path.join(home, ".matplotlib"),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "PYTHONPATH": os.pathsep.join([*package_folders(), str(repository())]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TF_ENABLE_ONEDNN_OPTS": "0",  # its first calls take long, and what is asked is small
        "CUDA_VISIBLE_DEVICES": "-1",  # correctness is judged on the CPU
        "OMP_NUM_THREADS": "1",
        GRADED_OUTSIDE: "1",
    }
