"""Run on TensorFlow or JAX: fits a language model on one device and on two, prints its weights."""

from __future__ import annotations

import json
import sys
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import keras
import numpy as np

from lmkit.losses import Perplexity, cross_entropy
from lmkit.models import RecurrentLanguageModel

V, N, T = 7, 8, 6


def tensorflow_scopes() -> list[Any]:
    import tensorflow as tf

    (cpu,) = tf.config.list_physical_devices("CPU")
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
    return [nullcontext, tf.distribute.MirroredStrategy(["/cpu:0", "/cpu:1"]).scope]


def jax_scopes() -> list[Any]:
    devices = keras.distribution.list_devices()
    assert len(devices) == 2

    def spread() -> AbstractContextManager[None]:
        keras.distribution.set_distribution(keras.distribution.DataParallel(devices=devices))
        return nullcontext()

    return [nullcontext, spread]


def fitted(scope: Any) -> dict[str, Any]:
    """Three epochs of Adam; the starting weights are the same on any number of devices."""
    rng = np.random.default_rng(0)
    ids = rng.integers(0, V, (3 * N, T + 1)).astype("int32")
    with scope():
        model = RecurrentLanguageModel(V, units=(5,), embedding=4)
        for variable in model.trainable_variables:
            variable.assign(0.5 * rng.standard_normal(variable.shape))
        model.compile(keras.optimizers.Adam(0.05), loss=cross_entropy, metrics=[Perplexity()])
    before = numbers(model)
    options = {"batch_size": N, "epochs": 3, "shuffle": False, "verbose": 0}
    perplexities = model.fit(ids[:, :-1], ids[:, 1:], **options).history["perplexity"]
    (layer,) = model.over_time
    on_jax = keras.backend.backend() == "jax"
    value = layer.cell.W_h.value
    return {
        "path": layer.path,
        "before": before,
        "after": numbers(model),
        "perplexities": perplexities,
        "devices": len(value.devices() if on_jax else getattr(value, "values", [value])),
    }


def numbers(model: Any) -> list[float]:
    arrays = [keras.ops.convert_to_numpy(v) for v in model.trainable_variables]
    return [float(number) for array in arrays for number in array.ravel()]


def main() -> None:
    scopes = {"tensorflow": tensorflow_scopes, "jax": jax_scopes}[keras.backend.backend()]()
    json.dump([fitted(scope) for scope in scopes], sys.stdout)


if __name__ == "__main__":
    main()
