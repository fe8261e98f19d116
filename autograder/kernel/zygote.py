"""The warm parent: imports once what notebooks import, then forks a kernel whenever it is asked.

    python -P -m autograder.kernel.zygote < SETTINGS

It has a single thread, holds nothing worth stealing, and never touches a GPU or runs TensorFlow
itself: a process that has done so cannot be forked. Its settings are the first line of its
standard input, and it ends when that does.
"""

from __future__ import annotations

import gc
import importlib
import io
import json
import os
import select
import signal
import socket
import sys

from autograder.kernel import keeper
from autograder.kernel.absent import make_absent
from autograder.kernel.quick import import_without_jax, run_operations_bare
from autograder.kernel.settings import READY, SOCKET, Settings
from autograder.kernel.shell import make_shell
from autograder.kernel.start import close_names

ALWAYS = (
    "numpy", "numpy.random", "matplotlib.pyplot", "matplotlib_inline.backend_inline",
    "IPython.core.completerlib", "IPython.display",
)  # fmt: skip
"""What every submission or nearly every notebook imports."""

JUPYTER = ("ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.debugger")
"""What a Jupyter kernel imports. The grader's own runs need none."""


def main(settings: Settings) -> None:
    """Warm up, say so, and fork until standard input ends."""
    warm_up(settings.modules, settings.absent)
    threads = len(os.listdir("/proc/self/task"))
    if threads != 1:
        sys.exit(f"an import has started {threads - 1} threads; a process with threads cannot fork")
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listener.bind(os.path.join(settings.folder, SOCKET))
    listener.listen(64)
    alone = keeper.can_be_alone(settings)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the keepers
    os.write(1, json.dumps({READY: alone}).encode() + b"\n")
    os.dup2(2, 1)
    while True:
        ready, _, _ = select.select([sys.stdin, listener], [], [])
        if sys.stdin in ready and not os.read(0, 1):
            return
        if listener in ready:
            connection, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                keeper.main(connection, settings)
            connection.close()


def warm_up(modules: tuple[str, ...], absent: bool) -> None:
    """Import everything, draw a plot, and keep the memory shared with all children."""
    gc.disable()  # what is imported stays; to look through it is a third of TensorFlow's import
    close_names()
    if absent:
        make_absent()
    for name in (*ALWAYS, *modules):
        try:
            if name in ("keras", "tensorflow"):
                import_without_jax()
            importlib.import_module(name)
        except ImportError as error:
            sys.stderr.write(f"not warm: {name}: {error}\n")
    if "tensorflow" in sys.modules:
        run_operations_bare()
    make_shell()
    if not absent:  # where nothing is shown
        draw_once()
    gc.freeze()  # with the little garbage in it: to look for that takes longer than a submission
    gc.enable()


def draw_once() -> None:
    """A small plot. Fonts are found and read now, not by every student's first.

    Nothing is left of it but matplotlib's own caches. What larger plots need besides (formulas,
    layouts) takes longer here than it saves a class in which few draw anything.
    """
    pyplot = sys.modules["matplotlib.pyplot"]
    figure, axes = pyplot.subplots()
    axes.plot([1, 2], [1, 3], "o-", label="h")
    axes.set(title="Title", xlabel="x", ylabel="y")
    axes.legend()
    figure.savefig(io.BytesIO(), format="png")
    pyplot.close("all")


if __name__ == "__main__":
    main(Settings.from_json(sys.stdin.readline()))
    os._exit(0)  # at once: to take TensorFlow down in good order takes long, and nothing is left
