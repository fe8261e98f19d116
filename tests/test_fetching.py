"""Where a corpus's file comes from, and what is said when it does not.

The network is a server on this machine, the files are small ones made here.
"""

import hashlib
import io
import re
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from lmkit import corpora, fetching
from lmkit.corpora import CorpusError, load
from lmkit.fetching import Source, cache_folder
from lmkit.progress import Bar


class Server:
    """What is at which path, and what was asked for."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.url = ""


@pytest.fixture
def server() -> Iterator[Server]:
    ours = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            ours.asked.append(self.path)
            content = ours.files.get(self.path)
            self.send_response(404 if content is None else 200)
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        ours.url = f"http://127.0.0.1:{listening.server_port}"
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield ours
        listening.shutdown()


Folders = tuple[Path, Path]


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folders:
    """$LMKIT_DATA and the cache, both empty."""
    data, cache = tmp_path / "data", tmp_path / "cache"
    data.mkdir()
    monkeypatch.setenv("LMKIT_DATA", str(data))
    monkeypatch.setattr(fetching, "cache_folder", lambda: cache)
    return data, cache


PTB = {
    "train": b" a <unk> N \n b a \n\n a b c \n",
    "valid": b" b b \n",
    "test": " the café \n".encode(),
}


@pytest.fixture
def small_ptb(server: Server, folders: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
    sources = []
    for part, content in PTB.items():
        urls = tuple(f"{server.url}/{mirror}/{part}" for mirror in ("one", "two"))
        name = Path("ptb", f"ptb.{part}.txt")
        sources.append(Source(name, len(content), hashlib.sha256(content).hexdigest(), urls))
    monkeypatch.setattr(corpora, "PTB", sources)


def put(folder: Path, contents: dict[str, bytes] = PTB) -> None:
    (folder / "ptb").mkdir(parents=True)
    for part, content in contents.items():
        (folder / "ptb" / f"ptb.{part}.txt").write_bytes(content)


def fails(name: str) -> str:
    with pytest.raises(CorpusError) as caught:
        load(name)
    message = str(caught.value)
    assert "\n" not in message
    return message


# Where a file comes from


def test_from_the_data_folder_first(small_ptb: None, server: Server, folders: Folders) -> None:
    data, cache = folders
    put(data)
    put(cache, dict.fromkeys(PTB, b"not looked at"))
    corpus = load("ptb")
    assert corpus.train == [["a", "<unk>", "N"], ["b", "a"], ["a", "b", "c"]]
    assert corpus.valid == [["b", "b"]]
    assert corpus.test == [["the", "café"]]
    assert corpus.text.train == PTB["train"].decode()
    assert not server.asked


@pytest.mark.parametrize("given", [True, False])
def test_then_from_the_cache(
    small_ptb: None, server: Server, folders: Folders, monkeypatch: pytest.MonkeyPatch, given: bool
) -> None:
    if not given:
        monkeypatch.delenv("LMKIT_DATA")
    put(folders[1])
    assert load("ptb").valid == [["b", "b"]]
    assert not server.asked


def test_then_from_the_network_once(small_ptb: None, server: Server, folders: Folders) -> None:
    server.files = {f"/one/{part}": content for part, content in PTB.items()}
    for _ in range(2):
        assert load("ptb").train[1] == ["b", "a"]
    assert server.asked == ["/one/train", "/one/valid", "/one/test"]
    found = {p.name: p.read_bytes() for p in (folders[1] / "ptb").iterdir()}
    assert found == {f"ptb.{part}.txt": content for part, content in PTB.items()}


def test_then_from_the_next_address(small_ptb: None, server: Server, folders: Folders) -> None:
    server.files = {f"/two/{part}": content for part, content in PTB.items()}
    server.files["/one/train"] = PTB["train"][:-1]
    server.files["/one/valid"] = b"x" * len(PTB["valid"])
    assert load("ptb").valid == [["b", "b"]]
    assert server.asked[:2] == ["/one/train", "/two/train"]


# What goes wrong


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        (None, r"127.0.0.1: Not Found"),
        (PTB["train"][:-3], r"127.0.0.1: what it sends is cut off, 24 of 27 bytes"),
        (b"x" * 27, r"127.0.0.1: what it sends is another file, SHA-256 \w{12}\.\.\., expected"),
        (PTB["train"] + b"x", r"127.0.0.1: what it sends is another file"),
    ],
)
def test_a_bad_answer_leaves_nothing_behind(
    small_ptb: None, server: Server, folders: Folders, sent: bytes | None, message: str
) -> None:
    if sent is not None:
        server.files = dict.fromkeys(("/one/train", "/two/train"), sent)
    found = fails("ptb")
    assert re.match(rf"cannot download ptb.train.txt \({message}", found)
    assert found.endswith(
        "set LMKIT_DATA to a folder that holds ptb/ptb.train.txt, or use load('toy')"
    )
    assert server.asked == ["/one/train", "/two/train"]
    assert not list(folders[1].rglob("*.*"))


def test_no_network(small_ptb: None, folders: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    url = f"http://127.0.0.1:{closed.server_port}/x"
    closed.server_close()
    monkeypatch.setattr(corpora, "SHAKESPEARE", Source(Path("s.txt"), 3, "0" * 64, (url,)))
    found = fails("shakespeare")
    assert "cannot download s.txt (127.0.0.1: " in found and "refused" in found
    assert found.endswith(
        "go online, set LMKIT_DATA to a folder that holds s.txt, or use load('toy')"
    )


def test_an_interrupted_download_leaves_nothing_behind(
    small_ptb: None, server: Server, folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.files = {"/one/train": PTB["train"]}

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Bar, "show", stop)
    with pytest.raises(KeyboardInterrupt):
        load("ptb")
    assert not list(folders[1].rglob("*.*"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (PTB["train"][:20], "is cut off, 20 of 27 bytes"),
        (b"", "is cut off, 0 of 27 bytes"),
        (b"y" * 27, "is another file"),
        (PTB["train"].replace(b"\n", b"\r\n"), "is another file"),
    ],
)
@pytest.mark.parametrize("place", [0, 1])
def test_a_bad_file_is_not_read_and_not_passed_over(
    small_ptb: None, server: Server, folders: Folders, content: bytes, message: str, place: int
) -> None:
    put(folders[place], PTB | {"train": content})
    server.files = {f"/one/{part}": content for part, content in PTB.items()}
    found = fails("ptb")
    assert found.startswith(f"{folders[place] / 'ptb' / 'ptb.train.txt'} {message}")
    assert found.endswith("delete it and load('ptb') again, or use load('toy')")


def test_a_data_folder_that_is_none(
    small_ptb: None, folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LMKIT_DATA", "/no/such/folder")
    assert fails("ptb").startswith(
        "LMKIT_DATA is /no/such/folder, which is no folder: correct it, or"
    )


# Where things are kept


@pytest.mark.skipif(sys.platform != "linux", reason="the folders of Linux")
def test_cache_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/minho")
    for given, folder in [
        ("/scratch/c", "/scratch/c/lmkit"),
        ("", "/home/minho/.cache/lmkit"),
        ("relative", "/home/minho/.cache/lmkit"),
    ]:
        monkeypatch.setenv("XDG_CACHE_HOME", given)
        assert cache_folder() == Path(folder)


# The progress bar


def test_the_bar_is_drawn_when_it_has_grown() -> None:
    stream = io.StringIO()
    with Bar("x.txt", 1000, "bytes", stream) as bar:
        for done in range(0, 1001, 5):
            bar.show(done)
    drawn = stream.getvalue().split("\r")[1:]
    assert len(drawn) == 101
    assert drawn[0] == "x.txt [..............................]   0 % of 1,000 bytes"
    assert drawn[50] == "x.txt [###############...............]  50 % of 1,000 bytes"
    assert drawn[100] == "x.txt [##############################] 100 % of 1,000 bytes\n"


def test_a_bar_makes_room_for_a_line() -> None:
    stream = io.StringIO()
    with Bar("x", 4, "rows", stream) as bar:
        for item in bar.over("abcd"):
            bar.wipe()
            stream.write(f"{item}\n")
    shown = [re.sub(r".*\r\x1b\[K", "", line) for line in stream.getvalue().split("\n")]
    assert shown == ["a", "b", "c", "d", f"\rx [{'#' * 30}] 100 % of 4 rows", ""]


def test_no_bar_in_a_log(
    small_ptb: None, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    import ipykernel  # noqa: F401 - it has been imported, but none of its kernels runs this

    server.files = {f"/one/{part}": content for part, content in PTB.items()}
    load("ptb")
    assert capsys.readouterr() == ("", "")


def test_a_bar_on_stdout_in_a_notebook() -> None:
    code = "from lmkit.progress import Bar\nwith Bar('x', 4, 'rows') as bar:\n    bar.show(4)"
    notebook = new_notebook(cells=[new_code_cell(code)])
    NotebookClient(notebook, kernel_name="python3").execute()
    outputs = notebook.cells[0].outputs
    assert {output.name for output in outputs} == {"stdout"}
    assert "".join(output.text for output in outputs) == f"\rx [{'#' * 30}] 100 % of 4 rows\n"
