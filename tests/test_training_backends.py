"""The same training on JAX, in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lmkit.models import RecurrentLanguageModel
from lmkit.training import Decay, Plan, Trainer, checkpoints

TEXT = np.random.default_rng(2).integers(0, 9, 62).astype(np.int32)
MAKE = "RecurrentLanguageModel(9, units=(6,), embedding=4, init=0.5)"
PLAN = """Plan(
    rows=2, steps=10, epochs=2, schedule=Decay(0.5), clip=1.0, weight_decay=1e-3, patience=0,
    augmented=0.5, temperature=2.0,
)"""

ON_JAX = f"""
import sys
import numpy as np
from lmkit.models import RecurrentLanguageModel
from lmkit.training import Decay, Plan, Trainer

file = np.load(sys.argv[1])
model = {MAKE}
for variable, value in zip(model.trainable_variables, [file[f"arr_{{i}}"] for i in range(6)]):
    variable.assign(value)
epochs = Trainer(model, {PLAN}, file["arr_6"], file["arr_6"]).fit()
noisy = RecurrentLanguageModel(9, units=(6,), dropout_input=0.5, weight_drop=0.3, seed=1)
Trainer(noisy, Plan(rows=2, steps=10, epochs=1), file["arr_6"], file["arr_6"]).fit()
print(*[f"{{e.train:.5f}} {{e.valid:.5f}}" for e in epochs])
"""


def run(code: Any, *arguments: Any, **environment: Any) -> Any:
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return [[float(number) for number in line.split()] for line in done.stdout.splitlines()]


def test_on_jax_the_same_weights_learn_the_same(tmp_path: Path) -> None:
    model = RecurrentLanguageModel(9, units=(6,), embedding=4, init=0.5)
    np.savez(tmp_path / "a.npz", *checkpoints.copies(model.trainable_variables), TEXT)
    plan = Plan(
        rows=2, steps=10, epochs=2, schedule=Decay(0.5), clip=1.0, weight_decay=1e-3, patience=0,
        augmented=0.5, temperature=2.0,
    )  # fmt: skip
    epochs = Trainer(model, plan, TEXT, TEXT).fit()

    (told,) = run(ON_JAX, tmp_path / "a.npz", KERAS_BACKEND="jax")
    expected = [value for e in epochs for value in (e.train, e.valid)]
    assert told == pytest.approx(expected, rel=1e-4)
