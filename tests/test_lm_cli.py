"""`lmkit train, eval, generate, recipes, table`: on any text, with an error that helps."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from lmkit.cli import main
from lmkit.grammar import toy


def text_of(sentences: Any, seed: Any = 7) -> Any:
    return "".join(" ".join(words) + "\n" for words in toy().sample(sentences, seed=seed))


@pytest.fixture(scope="module")
def trained(tmp_path_factory: Any) -> Any:
    """A fixed-window model of a file: (its folder, the file)."""
    folder = tmp_path_factory.mktemp("lm")
    file = folder / "text.txt"
    file.write_text(text_of(300), encoding="utf-8")
    assert main(["train", "window", str(file), "--out", str(folder / "run"), "--epochs", "2"]) == 0
    return folder / "run", file


def said(capsys: pytest.CaptureFixture[str], *arguments: Any) -> Any:
    code = main(list(map(str, arguments)))
    out, err = capsys.readouterr()
    return code, out, err


def test_a_file_is_learned_and_scored(trained: Any, capsys: pytest.CaptureFixture[str]) -> None:
    run, file = trained
    result = json.loads((run / "result.json").read_text())
    assert result["recipe"] == "window" and len(result["curve"]) == 2
    assert (run / "log.csv").read_text().count("\n") == 3

    code, out, _ = said(capsys, "eval", run, file, "--part", "test")
    assert code == 0 and out.startswith(f"perplexity {result['test']:.2f} over ")
    code, out, _ = said(capsys, "eval", run, file)
    tokens = sum(len(line.split()) + 1 for line in file.read_text().splitlines())
    assert code == 0 and f"over {tokens:,} tokens, </s> counted" in out


def test_tensorflow_is_not_heard_greeting_and_all_else_is(trained: Any) -> None:
    run, file = trained
    env = {k: v for k, v in os.environ.items() if k != "TF_CPP_MIN_LOG_LEVEL"}
    code = "import sys; from lmkit.cli import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", code, "eval", str(run), str(file)]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("perplexity ")
    assert not re.search("oneDNN|CPU instructions|cuInit", done.stderr)


def test_what_else_is_said_while_tensorflow_is_imported_is_passed_on(tmp_path: Path) -> None:
    said = "I0000 00:00: hello\\nE0000 00:00: no driver\\n"
    (tmp_path / "tensorflow.py").write_text(f"import os; os.write(2, b'{said}'); raise ImportError")
    code = "from lmkit.greetings import without_greetings\nwith without_greetings():\n    import "
    env = {**os.environ, "PYTHONPATH": str(tmp_path)}
    command = [sys.executable, "-c", code + "tensorflow"]
    done = subprocess.run(command, env=env, capture_output=True, text=True)
    assert done.stderr.startswith("E0000 00:00: no driver\nTraceback") and done.returncode == 1


def test_the_same_command_again_goes_on_from_the_end(
    trained: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    run, file = trained
    before = json.loads((run / "result.json").read_text())["curve"]
    code, out, _ = said(capsys, "train", "window", file, "--out", run, "--epochs", 3)

    assert code == 0 and out.count("epoch ") == 3
    assert json.loads((run / "result.json").read_text())["curve"][:2] == before


def test_texts_are_written(trained: Any, capsys: pytest.CaptureFixture[str]) -> None:
    run, _ = trained
    code, out, _ = said(capsys, "generate", run, "--samples", 3, "--seed", 1, "--prompt", "the dog")
    assert code == 0
    assert [line.startswith("the dog ") for line in out.splitlines()] == [True] * 3
    assert (
        said(capsys, "generate", run, "--samples", 3, "--seed", 1, "--prompt", "the dog")[1] == out
    )
    code, out, _ = said(capsys, "generate", run, "--beam", 2, "--log-p")
    assert code == 0 and "[log p = -" in out


def test_what_is_wrong_is_said_in_one_line(
    trained: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, file = trained
    empty, latin, korean = (tmp_path / name for name in ("empty.txt", "latin.txt", "korean.txt"))
    empty.write_text("\n \n")
    latin.write_bytes("caf\u00e9\n".encode("latin1") * 9)
    korean.write_text("안녕 세상 안녕\n" * 20, encoding="utf-8")
    out = ("--out", tmp_path / "other")
    cases = [
        (("train", "window", empty, *out), "empty.txt is empty"),
        (("train", "window", latin, *out), "latin.txt is not UTF-8 (byte 3: "),
        (("train", "window", tmp_path / "none.txt", *out), "neither a file nor a corpus"),
        (("train", "windw", file, *out), "did you mean window"),
        (("train", "awd-lstm-cache", file, *out), "begins with a trained awd-lstm-finetuned"),
        (("train", "window", file, "--out", run, "--seed", 9), "was begun with seed 1, not 9"),
        (("eval", run, korean), "75% of"),
        (("eval", tmp_path, file), "model.json is not there: `lmkit train"),
        (("eval", run, file, "--cache", 9, "--dynamic"), "do not go together"),
        (("eval", run, file, "--samples", 3), "locked=True"),
        (("generate", run, "--temperature", -1), "temperature"),
        (("table", "ptb", "--results", tmp_path / "none"), "name the results with --results"),
    ]
    for arguments, expected in cases:
        code, _, err = said(capsys, *arguments)
        assert (code, err.count("\n")) == (2, 1), (arguments, err)
        assert err.startswith("lmkit: ") and expected in err, (arguments, err)


def test_files_that_are_damaged_or_of_another_model_are_named(
    trained: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, file = trained
    copy = tmp_path / "copy"
    copy.mkdir()
    for path in run.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    words = json.loads((copy / "vocabulary.json").read_text())
    words["words"] = words["words"][:-2]
    (copy / "vocabulary.json").write_text(json.dumps(words))
    code, _, err = said(capsys, "eval", copy, file)
    assert code == 2 and "does not fit model.json and vocabulary.json" in err

    best = copy / "best.npz"
    best.write_bytes(best.read_bytes()[: best.stat().st_size // 2])
    (copy / "vocabulary.json").write_bytes((run / "vocabulary.json").read_bytes())
    code, _, err = said(capsys, "eval", copy, file)
    assert code == 2 and "best.npz is no checkpoint, or was cut off" in err


def test_an_ngram_recipe_is_a_run_like_any_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = said(capsys, "train", "kn5", "toy", "--out", tmp_path, "--slice", 5000)
    assert code == 0 and "the best possible, by the grammar that wrote the text" in out
    code, out, _ = said(capsys, "generate", tmp_path, "--samples", 1, "--seed", 2)
    assert code == 0 and out.strip()


def test_recipes_and_tables_are_listed_without_waiting(capsys: pytest.CaptureFixture[str]) -> None:
    began = time.perf_counter()
    code, out, _ = said(capsys, "recipes")
    assert code == 0 and "zaremba-small" in out and "program salesforce/awd-lstm-lm" in out
    code, out, _ = said(capsys, "table", "ptb")
    assert code == 0 and "| KN5 | `kn5` | 141.2 | 141.19 |" in out
    assert time.perf_counter() - began < 2


def test_tensorboard_that_is_not_there_is_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    monkeypatch.setitem(sys.modules, "tensorboard.summary", None)
    options = ("--slice", 200, "--epochs", 1, "--tensorboard")
    code, _, err = said(capsys, "train", "window", "toy", "--out", tmp_path, *options)
    assert code == 2 and "TensorBoard is not installed: `pip install tensorboard`" in err


def test_tensorboard_is_told_every_epoch(tmp_path: Path) -> None:
    """Its own reader finds the numbers of result.json, of a run taken up again each once."""
    for epochs in ("2", "3"):
        options = ["--slice", "200", "--epochs", epochs, "--tensorboard"]
        assert main(["train", "window", "toy", "--out", str(tmp_path), *options]) == 0
    curve = json.loads((tmp_path / "result.json").read_text())["curve"]
    assert len(curve) == 3
    events = EventAccumulator(str(tmp_path / "tensorboard")).Reload()
    for name in ("train", "valid", "rate"):
        points = events.Tensors(name)
        assert [point.step for point in points] == [1, 2, 3]
        told = [point.tensor_proto.float_val[0] for point in points]
        assert told == pytest.approx([epoch[name] for epoch in curve], rel=1e-6)


@pytest.mark.slow
def test_killed_outright_it_goes_on_to_the_same_result(tmp_path: Path) -> None:
    """kill -9 as soon as there is a checkpoint, twice; then to the end."""
    options = ["train", "lstm", "toy", "--slice", "20000", "--epochs", "3", "--out"]

    def start(name: str) -> Any:
        command = [sys.executable, "-m", "lmkit.cli", *options, str(tmp_path / name)]
        return subprocess.Popen(command, env=os.environ, stderr=subprocess.DEVNULL)

    assert start("whole").wait() == 0
    checkpoint = tmp_path / "killed" / "checkpoint.npz"
    for _ in range(2):
        seen = checkpoint.stat().st_mtime if checkpoint.exists() else 0.0
        process = start("killed")
        while process.poll() is None and not (
            checkpoint.exists() and checkpoint.stat().st_mtime > seen
        ):
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert start("killed").wait() == 0

    whole, killed = (
        json.loads((tmp_path / name / "result.json").read_text()) for name in ("whole", "killed")
    )
    assert killed["test"] == whole["test"]
    assert [e["valid"] for e in killed["curve"]] == [e["valid"] for e in whole["curve"]]
