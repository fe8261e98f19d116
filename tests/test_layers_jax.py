"""The layers on JAX: a process of its own, as Keras has one backend for a process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path


def test_on_jax_the_fast_path_is_the_general_one() -> None:
    done = subprocess.run(
        [sys.executable, Path(__file__).parent / "on_jax.py"],
        env={**os.environ, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["backend"] == "jax"
    assert len(found["layers"]) == 6
    for name, layer in found["layers"].items():
        assert layer["off"] < 1e-5, name
        assert layer["path"].startswith("general" if name == "zoneout" else "fast"), name
