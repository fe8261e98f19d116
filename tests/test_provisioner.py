"""The kernel for Jupyter itself: nbclient runs a notebook in one that is forked and held."""

from __future__ import annotations

import os
import tempfile
from importlib.metadata import entry_points

import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from autograder.kernel.provisioner import GradingProvisioner, kernel_manager
from autograder.kernel.warm import warm_parent
from autograder.kernel.zygote import JUPYTER

CELLS = (
    "import os\nprint(os.environ['USER'], 'API_TOKEN' in os.environ)",
    "import numpy as np\nnp.arange(3) + 1",
    "import socket\nsocket.create_connection(('127.0.0.1', 1))",
)


@pytest.mark.parametrize("warm", [True, False], ids=["forked", "started"])
def test_nbclient_runs_a_notebook_in_it(warm: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    (found,) = entry_points(group="jupyter_client.kernel_provisioners", name="lmkit-grading")
    assert found.load() is GradingProvisioner
    monkeypatch.setenv("API_TOKEN", "secret")
    parent = warm_parent(JUPYTER) if warm else None
    notebook = new_notebook(cells=[new_code_cell(source) for source in CELLS])
    folder = parent.folder if parent else None
    with tempfile.TemporaryDirectory(prefix="lmkit-", dir=folder) as session:
        work = os.path.join(session, "work")
        os.mkdir(work)
        manager = kernel_manager(session)
        client = NotebookClient(
            notebook, km=manager, allow_errors=True, resources={"metadata": {"path": work}}
        )
        client.execute(parent=parent)
        assert isinstance(manager.provisioner, GradingProvisioner | None)
    said = [cell.outputs[-1] for cell in notebook.cells]
    assert said[0].text == "student False\n"
    assert said[1].data["text/plain"] == "array([1, 2, 3])"
    assert (said[2].ename == "ConnectionRefusedError") is not warm  # there, nothing listens
