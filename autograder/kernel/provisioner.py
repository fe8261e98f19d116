"""How a kernel for a submission is started: reached over ipc, forked from a warm parent.

Registered as the Jupyter kernel provisioner `lmkit-grading`. Where there is no warm parent to fork
from (no Linux), it starts a process.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from typing import Any

import zmq
import zmq.asyncio
from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from autograder.kernel.environment import clean_environment
from autograder.kernel.fork import Fork
from autograder.kernel.sandbox import Allowance
from autograder.kernel.warm import WarmParent

KERNEL_NAME = "lmkit-grading"

LARGEST_MESSAGE, MOST_MESSAGES = 32 * 2**20, 100
"""Bytes of one message that a kernel may send, and messages that wait to be read. What sends more
is not heard any more: it cannot fill the grader's memory."""


class GradingProvisioner(LocalProvisioner):
    """Starts the kernel of one submission in a folder of its own.

    `start_kernel` takes an argument more than Jupyter's: `parent`, the warm parent to fork from;
    None to start a process. The grader's own runs go without Jupyter (process.py).
    """

    process: Any

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Replace the environment and the home folder before the process starts."""
        kwargs = await super().pre_launch(**kwargs)
        kwargs["env"] = clean_environment(home=kwargs["cwd"])
        kwargs["stdout"] = kwargs["stderr"] = subprocess.DEVNULL  # what cells print goes over ipc
        return kwargs

    async def launch_kernel(
        self,
        cmd: list[str],
        *,
        parent: WarmParent | None = None,
        allowed: Allowance = Allowance(),
        **kwargs: Any,
    ) -> KernelConnectionInfo:
        """Have a kernel forked, or start one."""
        if parent is None:
            return await super().launch_kernel(cmd, **kwargs)
        work = kwargs["cwd"]
        info = {
            k: v.decode() if isinstance(v, bytes) else v for k, v in self.connection_info.items()
        }
        nobody, judge = socket.socketpair()
        with nobody, judge:
            self.process = parent.fork(
                os.path.dirname(work), work, judge.fileno(), allowed, connection=info
            )
        self.pid, self.pgid = self.process.pid, None
        return self.connection_info

    async def wait(self) -> int | None:
        """Wait until it has ended; not in tenths of a second, as others do."""
        while self.process and self.process.poll() is None:
            await asyncio.sleep(0.002)
        return await super().wait()

    async def kill(self, restart: bool = False) -> None:
        """End it. A forked one has ended on return: Jupyter would look every tenth of a second."""
        await super().kill(restart=restart)
        if isinstance(self.process, Fork):
            self.process.wait()

    async def cleanup(self, restart: bool = False) -> None:
        """End what the kernel started, also when it died before it was killed."""
        group, self.pgid = self.pgid, None
        if group is not None:
            with suppress(OSError):
                os.killpg(group, signal.SIGKILL)
        if isinstance(self.process, Fork):
            self.process.kill()
            self.process.wait()
        await super().cleanup(restart=restart)


class GradingKernels(KernelSpecManager):
    """Knows one kernel, so that nothing needs to be installed into Jupyter's folders."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """The grading kernel, whichever name a notebook asks for."""
        return KernelSpec(
            # -P: a file of the submission's must not stand in for a module of ours.
            argv=[sys.executable, "-P", "-m", "autograder.kernel", "{connection_file}"],
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
    context = zmq.asyncio.Context()
    context.setsockopt(zmq.RECONNECT_IVL, 5)  # ms: we connect before the kernel listens
    context.setsockopt(zmq.MAXMSGSIZE, LARGEST_MESSAGE)
    context.setsockopt(zmq.RCVHWM, MOST_MESSAGES)
    manager = AsyncKernelManager(
        context=context,
        kernel_name=KERNEL_NAME,
        kernel_spec_manager=GradingKernels(),
        connection_file=os.path.join(folder, "kernel.json"),
        transport="ipc",
        ip=os.path.join(folder, "kernel"),
    )
    return manager
