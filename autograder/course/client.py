"""What a submission's kernel says of its cells, taken with doubt and within limits."""

from __future__ import annotations

import asyncio
import json
import logging
from contextlib import suppress
from queue import Empty
from typing import Any

from jupyter_core.utils import run_sync
from nbclient import NotebookClient
from nbclient.client import CellExecutionComplete
from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_output

from autograder.kernel.provisioner import kernel_manager

log = logging.getLogger(__name__)
log.setLevel(logging.CRITICAL)  # what nbclient would warn of is told in the cell and the report

MOST_OUTPUT_OF_A_CELL, MOST_OUTPUT = 4 * 2**20, 20 * 2**20
"""Characters of output that are kept, of one cell and of all."""

NOT_KEPT = "\n... and more than is kept\n"


class Client(NotebookClient):  # type: ignore[misc]
    """nbclient, with the kernel manager of a submission.

    Its resources name the folder of the connection file and the sockets: metadata.folder.
    """

    def create_kernel_manager(self) -> Any:
        """A manager for this submission's kernel."""
        self.km = kernel_manager(self.resources["metadata"]["folder"])
        self.context = self.km.context
        self.kept: dict[int, int] = {}  # index of a cell -> characters of output
        return self.km

    async def async_start_new_kernel_client(self) -> Any:
        """Connect to the kernel. Jupyter's own way waits for 0.2 seconds at the end."""
        self.kc = self.km.client()
        try:
            self.kc.start_channels()
            await asyncio.wait_for(self._ready(), self.startup_timeout)
        except TimeoutError as error:
            await self._async_cleanup_kernel()
            raise RuntimeError(f"no kernel within {self.startup_timeout} seconds") from error
        except Exception:
            await self._async_cleanup_kernel()
            raise
        self.kc.allow_stdin = False
        return self.kc

    start_new_kernel_client = run_sync(async_start_new_kernel_client)

    async def _async_cleanup_kernel(self) -> None:
        try:
            await super()._async_cleanup_kernel()
        finally:
            self.context.destroy(linger=0)

    _cleanup_kernel = run_sync(_async_cleanup_kernel)

    async def _ready(self) -> None:
        """Ask for the kernel's info until it replies, and is heard to be idle again."""
        while True:
            asked = self.kc.kernel_info()
            with suppress(Empty):
                await self.kc.shell_channel.get_msg(timeout=1)
                while True:
                    heard = await self.kc.iopub_channel.get_msg(timeout=0.1)
                    ours = heard["parent_header"].get("msg_id") == asked
                    if ours and heard["content"].get("execution_state") == "idle":
                        return
            if not await self.km.is_alive():
                raise RuntimeError("the kernel ended while it started")

    def process_message(self, msg: dict[str, Any], cell: NotebookNode, cell_index: int) -> Any:
        """Take a message in. One that is forged and makes no sense is passed over."""
        taken = None
        try:
            if msg["msg_type"] != "update_display_data" or self._fits(msg, cell_index):
                taken = super().process_message(msg, cell, cell_index)
        except CellExecutionComplete:
            raise
        except Exception:
            log.debug("passed over: %s", msg)
        if not isinstance(cell.execution_count, int):
            cell.execution_count = None
        return taken

    def output(
        self, outs: list[NotebookNode], msg: dict[str, Any], display_id: str | None, cell_index: int
    ) -> Any:
        """Keep an output while there is room, and the beginning of what goes beyond it."""
        room = self._room(cell_index)
        if self._fits(msg, cell_index):
            return super().output(outs, msg, display_id, cell_index)
        if not (outs and outs[-1].get("text", "").endswith(NOT_KEPT)):
            text = msg["content"].get("text")
            shown = text[:room] if isinstance(text, str) else ""
            outs.append(new_output("stream", name="stderr", text=f"{shown}{NOT_KEPT}"))
        return None

    def _fits(self, msg: dict[str, Any], cell_index: int) -> bool:
        size, room = len(json.dumps(msg["content"])), self._room(cell_index)
        self.kept[cell_index] = self.kept.get(cell_index, 0) + min(size, room)
        return size <= room

    def _room(self, cell_index: int) -> int:
        of_a_cell = MOST_OUTPUT_OF_A_CELL - self.kept.get(cell_index, 0)
        return min(of_a_cell, MOST_OUTPUT - sum(self.kept.values()))
