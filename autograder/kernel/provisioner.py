"""How a kernel for a submission is started: reached over ipc, with a clean environment.

Registered as the Jupyter kernel provisioner `lmkit-grading`. The sandbox and the warm parent that
it forks from will stand here; today it starts a fresh process.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from typing import Any

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from autograder.notebook import GRADED_OUTSIDE

KERNEL_NAME = "lmkit-grading"

KEPT = ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "VIRTUAL_ENV", "LMKIT_DATA", "NLTK_DATA")
"""What of the grader's environment a submission sees; passwords and tokens are not among it."""


class GradingProvisioner(LocalProvisioner):
    """Starts the kernel of one submission in a folder of its own."""

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Replace the environment and the home folder before the process starts."""
        kwargs = await super().pre_launch(**kwargs)
        kwargs["env"] = clean_environment(home=kwargs["cwd"])
        kwargs["stdout"] = kwargs["stderr"] = subprocess.DEVNULL  # what cells print goes over ipc
        return kwargs

    async def cleanup(self, restart: bool = False) -> None:
        """End what the kernel started, also when it died before it was killed."""
        group, self.pgid = self.pgid, None
        if group is not None:
            with suppress(OSError):
                os.killpg(group, signal.SIGKILL)
        await super().cleanup(restart=restart)


def clean_environment(home: str) -> dict[str, str]:
    """The environment of a submission's kernel.

    Args:
        home: the submission's own folder.
    """
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return {
        **kept,
        "HOME": home,
        "IPYTHONDIR": os.path.join(home, ".ipython"),
        "MPLCONFIGDIR": os.path.join(home, ".matplotlib"),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "PYTHONPATH": os.pathsep.join(p for p in sys.path if p and os.path.isdir(p)),
        "PYTHONDONTWRITEBYTECODE": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "-1",  # correctness is judged on the CPU
        "OMP_NUM_THREADS": "1",
        GRADED_OUTSIDE: "1",
    }


class GradingKernels(KernelSpecManager):
    """Knows one kernel, so that nothing needs to be installed into Jupyter's folders."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """The grading kernel, whichever name a notebook asks for."""
        return KernelSpec(
            # -P: a file of the submission's must not stand in for a module of ours.
            argv=[sys.executable, "-P", "-m", "autograder.kernel", "-f", "{connection_file}"],
            display_name="lmkit grading",
            language="python",
            metadata={"kernel_provisioner": {"provisioner_name": KERNEL_NAME}},
        )


def kernel_manager(folder: str) -> AsyncKernelManager:
    """A manager for one submission's kernel.

    Args:
        folder: holds the connection file and the sockets. Its path is short, as a Unix socket's
            must be (104 characters on macOS).
    """
    manager = AsyncKernelManager(
        kernel_name=KERNEL_NAME,
        kernel_spec_manager=GradingKernels(),
        connection_file=os.path.join(folder, "kernel.json"),
        transport="ipc",
        ip=os.path.join(folder, "kernel"),
    )
    return manager
