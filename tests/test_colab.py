"""What only Colab or a shell understands is left out; what stands below it runs."""

from __future__ import annotations

import time

import pytest

from autograder.course.colab import Colab

TRIED = """try:
    import google.colab
    IN_COLAB = True
except ImportError:
    IN_COLAB = False
if IN_COLAB:
    from google.colab import drive
    drive.mount('/content/drive')
    import os
    os.chdir('/content/drive/MyDrive/hw3')"""


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("from google.colab import (\n    drive,\n    files,\n)", 4),
        ("from google import colab", 1),
        ("drive.mount(\n    '/content/drive',\n    force_remount=True,\n)", 4),
        ("from google.colab import drive as gd; gd.mount('/content/drive')", 2),
        ("if True: drive.mount('/content/drive')", 1),
        ("drive.mount(\n    '/content/drive'\n); x = 1", 3),
        ("!pip install -q numpy \\\n    matplotlib \\\n    tqdm", 3),
        ("from google.colab import files\nuploaded = files.upload()", 2),
        ("uploaded = files.upload()\nfor name in uploaded:\n    print(name)", 3),
        ("uploaded = files.upload()\nif uploaded:\n    !ls -la \\\n  über", 4),
        ("from google.colab import output\noutput.enable_custom_widget_manager()", 2),
        ("from google.colab import userdata\nkey = userdata.get('x')\nprint(key)", 3),
        ("import google.colab as gc\ngc.drive.mount('/x')", 2),
        ("def fetch():\n    from google.colab import files as f\n    f.upload()\nfetch()", 2),
        ("%load_ext autoreload\n%autoreload 2", 2),
        ("%matplotlib widget", 1),
        ("%matplotlib notebook\n%config a.b = 1", 1),
        ("import os\nos.chdir('/content/drive/MyDrive/hw3')", 1),
        ("import os\nHERE = '/content/drive/MyDrive'\nos.chdir(HERE + '/hw3')", 1),
        ("%cd /content/drive/MyDrive", 1),
        (TRIED, 3),
    ],
)
def test_the_cell_runs_to_its_end(source: str, lines: int) -> None:
    left, count = Colab().without(f"{source}\ndef after():\n    return 1")
    assert count == lines
    left = left.replace("%config", "# %config")
    namespace: dict[str, object] = {}
    exec(left, namespace)
    assert "after" in namespace and left.count("\n") == source.count("\n") + 2


def test_an_import_that_is_tried_fails_here() -> None:
    left, _ = Colab().without(TRIED)
    namespace: dict[str, object] = {}
    exec(left, namespace)
    assert namespace["IN_COLAB"] is False


@pytest.mark.parametrize(
    "source",
    [
        "%matplotlib inline",
        "%matplotlib inline\nx = 5",
        "x = '''\n!pip install\n'''",
        "x = (5\n    %drive)",
        "%%bash\n!ls\nfrom google.colab import drive",
        "try:\n    from google.colab import drive\n    drive.mount(1)\nexcept Exception:\n    pass",
        "output = files = 5\nprint(output, files)",
        "import os\nos.chdir('data')",
        "google = 5\nprint(google)",
    ],
)
def test_the_rest_stays(source: str) -> None:
    assert Colab().without(source) == (source, 0)


def test_from_one_cell_to_the_next() -> None:
    colab = Colab()
    assert colab.without("from google.colab import output as shown")[1] == 1
    assert colab.without("shown.clear()")[1] == 1
    assert colab.without("shown = [1]\nshown.clear()")[1] == 0
    assert colab.without("shown.clear()")[1] == 0


@pytest.mark.parametrize("line", ["drive.mount('ä'); ", "!ls\n", "x = drive.mount(1)\n"])
def test_very_many_cost_no_time(line: str) -> None:
    started = time.monotonic()
    Colab().without(line * 20_000)
    assert time.monotonic() - started < 10
