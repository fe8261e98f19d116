"""The same training on JAX, and on two devices: in processes of their own."""

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

MIRRORED = """
import tensorflow as tf

cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)

from typing import Any

import keras
import numpy as np
from lmkit.losses import Perplexity, cross_entropy
from lmkit.models import RecurrentLanguageModel

def losses(strategy: Any) -> Any:
    keras.utils.set_random_seed(1)
    with strategy.scope():
        model = RecurrentLanguageModel(7, units=(5,), embedding=4)
        model.compile(keras.optimizers.SGD(0.5), loss=cross_entropy, metrics=[Perplexity()])
    ids = np.random.default_rng(0).integers(0, 7, (8, 7)).astype("int32")
    fitted = model.fit(
        ids[:, :-1], ids[:, 1:], batch_size=4, epochs=3, shuffle=False, verbose=0
    )
    return fitted.history["loss"]

print(*losses(tf.distribute.OneDeviceStrategy("/cpu:0")))
print(*losses(tf.distribute.MirroredStrategy(["/cpu:0", "/cpu:1"])))
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


@pytest.mark.slow
def test_on_two_devices_the_loss_is_that_on_one() -> None:
    one, two = run(MIRRORED)

    assert len(one) == 3 and two == pytest.approx(one, rel=1e-4)
