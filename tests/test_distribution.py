"""A language model on two devices: in a process of its own for each backend."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parent


@pytest.mark.parametrize("backend", ["tensorflow", pytest.param("jax", marks=pytest.mark.slow)])
def test_on_two_devices_a_model_becomes_what_it_becomes_on_one(backend: str) -> None:
    two_devices = {
        "KERAS_BACKEND": backend,
        "JAX_PLATFORMS": "cpu",
        "PYTHONPATH": str(TESTS.parent),
        "XLA_FLAGS": "--xla_force_host_platform_device_count=2",
    }
    done = subprocess.run(
        [sys.executable, TESTS / "on_devices.py"],
        env={**os.environ, **two_devices},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    one, two = json.loads(done.stdout)
    assert (one["devices"], two["devices"]) == (1, 2)
    assert two["path"].startswith("fast: its equations' own")
    assert two["before"] == one["before"]
    assert two["after"] == pytest.approx(one["after"], abs=2e-5)
    assert two["perplexities"] == pytest.approx(one["perplexities"], rel=1e-5)
    assert one["after"] != pytest.approx(one["before"], abs=0.1)
