"""The layers on JAX and PyTorch: processes of their own, as Keras has one backend for a process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

TESTS = Path(__file__).parent
BACKENDS = ["jax", pytest.param("torch", marks=pytest.mark.torch)]


def told(script: str, backend: str) -> Any:
    done = subprocess.run(
        [sys.executable, TESTS / script],
        env={
            **os.environ,
            "KERAS_BACKEND": backend,
            "JAX_PLATFORMS": "cpu",
            "PYTHONPATH": str(TESTS.parent),
        },
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["backend"] == backend
    return found


@pytest.mark.slow
def test_on_jax_the_fast_path_is_the_general_one() -> None:
    found = told("on_jax.py", "jax")
    assert len(found["layers"]) == 6
    for name, layer in found["layers"].items():
        assert layer["off"] < 1e-5, name
        assert layer["path"].startswith("general" if name == "zoneout" else "fast"), name


@pytest.mark.parametrize("backend", BACKENDS)
def test_layers_are_by_hands_and_kerass(backend: str) -> None:
    layers = told("layers_on_backend.py", backend)["layers"]
    assert len(layers) == 12
    for name, layer in layers.items():
        # Keras computes tanh and sigma in float32 on JAX and PyTorch, whatever the layer's type.
        assert layer["off"] < 1e-5, name
        forced = not any(word in name for word in ("auto", "recurrent", "zoneout", "mask"))
        assert layer["path"].startswith("keras.layers") == forced, name


@pytest.mark.torch
def test_on_pytorch_models_learn_write_and_score_as_on_tensorflow() -> None:
    got, want = (told("models_on_backend.py", b)["models"] for b in ("torch", "tensorflow"))
    assert got.keys() == want.keys() and len(got) == 8
    for name, model in want.items():
        for what, expected in model.items():
            found = got[name][what]
            if isinstance(expected, list) and not isinstance(expected[0], str):
                expected = pytest.approx(expected, rel=1e-3, abs=1e-4)
            assert found == expected, (name, what)
        assert got[name].get("loaded") == got[name].get("score"), name
