"""The layers on JAX: a process of its own, as Keras has one backend for a process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any


def told(script: str) -> Any:
    done = subprocess.run(
        [sys.executable, Path(__file__).parent / script],
        env={**os.environ, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["backend"] == "jax"
    return found


def test_on_jax_the_fast_path_is_the_general_one() -> None:
    found = told("on_jax.py")
    assert len(found["layers"]) == 6
    for name, layer in found["layers"].items():
        assert layer["off"] < 1e-5, name
        assert layer["path"].startswith("general" if name == "zoneout" else "fast"), name


def test_on_jax_layers_are_by_hands_and_kerass() -> None:
    layers = told("on_backend.py")["layers"]
    assert len(layers) == 12
    for name, layer in layers.items():
        # Keras computes tanh and sigma in float32 on JAX, whatever the layer's type.
        assert layer["off"] < 1e-5, name
        forced = not any(word in name for word in ("auto", "recurrent", "zoneout", "mask"))
        assert layer["path"].startswith("keras.layers") == forced, name
