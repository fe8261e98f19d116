"""What is right to the last digit of float32 is right, with any seed."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

import numpy as np
import pytest

from autograder.judge import judge
from autograder.notebook import InProcess
from autograder.problems import find_problem
from lmkit import by_hand

SEEDS = range(10)
MODULES = [
    module
    for found in pkgutil.iter_modules(by_hand.__path__)
    if hasattr(module := importlib.import_module(f"lmkit.by_hand.{found.name}"), "np")
]

NUMPY_PROBLEMS = [
    *("window_forward", "window_loss", "window_backward", "adam_update", "rmsprop_update"),
    *("softmax", "cross_entropy", "cross_entropy_backward", "temperature_softmax"),
    *("rnn_step", "rnn_sequence", "rnn_step_backward", "rnn_sequence_backward"),
    *("rnn_truncated_backward", "toy_rnn", "gradient_norms", "char_lm_gradients"),
    *("lstm_gates", "lstm_step", "lstm_sequence", "lstm_step_backward", "lstm_sequence_backward"),
    *("gru_step", "gru_sequence", "dropout", "xavier_uniform"),
]


def in_float32(value: Any) -> Any:
    if isinstance(value, (tuple, list)):
        return type(value)(in_float32(entry) for entry in value)
    if isinstance(value, np.ndarray) and value.dtype == np.float64:
        return value.astype(np.float32)
    return value


class Float32:
    """NumPy, but for the arrays that are made in float64 if nothing else is said."""

    def __getattr__(self, name: str) -> Any:
        found = getattr(np, name)
        if name in {"zeros", "ones", "empty", "eye"}:
            return lambda *arguments: found(*arguments, dtype=np.float32)
        return found


@pytest.mark.parametrize("name", NUMPY_PROBLEMS)
def test_what_is_right_in_float32_is_right(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    problem = find_problem(name)

    def student(*arguments: Any) -> Any:
        with monkeypatch.context() as patched:
            for module in MODULES:
                patched.setattr(module, "np", Float32())
            return problem.reference(*in_float32(arguments))

    for seed in SEEDS:
        verdict = judge(problem, InProcess(student), seed, {})
        assert verdict.score == 1, verdict.aspects
