"""What makes TensorFlow start and answer small questions sooner."""

from __future__ import annotations

import importlib
import sys
from typing import Any

SWITCH = "TFE_ContextOptionsSetRunEagerOpAsFunction"


def import_without_jax() -> None:
    """Import TensorFlow, and not JAX, which TensorFlow Lite would import where it is there.

    That is a seventh of the time and of the memory. A notebook that imports JAX gets it.

    Raises:
        ImportError: if TensorFlow is not there.
    """
    hidden = "jax" not in sys.modules
    if hidden:
        sys.modules["jax"] = None  # type: ignore[assignment]
    try:
        importlib.import_module("tensorflow")
    finally:
        if hidden:
            del sys.modules["jax"]


def run_operations_bare() -> None:
    """Outside of a tf.function, let TensorFlow run an operation itself, not a function around it.

    It makes such a function for every operation that a process has not run yet, and takes
    milliseconds for each: a third of what a submission's first calls take. Results are the same.
    To be called before TensorFlow's context is made, which the first operation does.
    """
    from tensorflow.python import pywrap_tfe

    settle = getattr(pywrap_tfe, SWITCH, None)
    if settle is None:  # TensorFlow's own affair, which it may drop: then nothing is gained
        return

    def bare(options: Any, _: bool) -> None:
        settle(options, False)

    setattr(pywrap_tfe, SWITCH, bare)
