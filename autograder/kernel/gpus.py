"""GPUs for submissions: which one each gets, and through which files it is reached.

The warm parent sees none, so none is touched before a fork. A submission's process is told of its
own by the environment, before anything in it can ask. Several submissions may share one: memory is
taken as it is needed. TF32 is off, as functions are judged there, too.
"""

from __future__ import annotations

import re
from pathlib import Path

SHARED = ("nvidiactl", "nvidia-uvm", "nvidia-uvm-tools")
"""Files of NVIDIA's driver besides one for each GPU."""

DEV = Path("/dev")


class NoGPU(ValueError):
    """A GPU that was asked for is not here."""


def gpus_here(dev: Path = DEV) -> tuple[str, ...]:
    """The numbers of the GPUs that this machine has."""
    found = (re.fullmatch(r"nvidia(\d+)", path.name) for path in dev.glob("nvidia*"))
    return tuple(sorted((match[1] for match in found if match), key=int))


def chosen_gpus(asked: str, dev: Path = DEV) -> tuple[str, ...]:
    """The GPUs that are to be handed round.

    Args:
        asked: "all", numbers with commas between them ("0,1"), or "" for none.
        dev: where device files are.

    Raises:
        NoGPU: if one of them is not here.
    """
    here = gpus_here(dev)
    wanted = here if asked == "all" else tuple(n for n in re.split(r"[,\s]+", asked) if n)
    missing = [number for number in wanted if number not in here]
    if missing or (asked and not wanted):
        has = f"has {', '.join(here)}" if here else "has none that NVIDIA's driver shows in /dev"
        raise NoGPU(
            f"there is no GPU {', '.join(missing) or 'here'}: this machine {has}; "
            "without --gpus everything runs on the CPU"
        )
    return wanted


def device_files(gpus: tuple[str, ...], dev: Path = DEV) -> tuple[str, ...]:
    """What a submission has to be able to open."""
    names = [*(f"nvidia{number}" for number in gpus), *(SHARED if gpus else ())]
    return tuple(str(dev / name) for name in names if (dev / name).exists())


def gpu_environment(gpu: str) -> dict[str, str]:
    """The variables that give a process this GPU; "" gives it none."""
    if not gpu:
        return {}
    return {
        "CUDA_VISIBLE_DEVICES": gpu,
        "TF_FORCE_GPU_ALLOW_GROWTH": "true",
        "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
        "NVIDIA_TF32_OVERRIDE": "0",
    }


_handed_round: tuple[str, ...] = ()
_own = ""


def hand_round(gpus: tuple[str, ...], own: str = "") -> None:
    """From now on this process's warm parents let submissions reach these GPUs.

    Args:
        gpus: all that are handed round.
        own: the one that this process gives to its submissions; "" gives none.
    """
    global _handed_round, _own
    _handed_round, _own = gpus, own


def handed_round() -> tuple[str, ...]:
    """The GPUs that submissions may reach."""
    return _handed_round


def own_gpu() -> str:
    """The one that this process gives to its submissions; "" if none."""
    return _own
