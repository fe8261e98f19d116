"""`lmkit ngram ...` as somebody types it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from lmkit.cli import ESTIMATORS, main
from lmkit.corpora import load
from lmkit.grammar import toy
from lmkit.ngram import commands


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_command_line_knows_every_estimator() -> None:
    assert tuple(commands.estimators()) == ESTIMATORS


@pytest.mark.parametrize("file", ["model.npz", "model.arpa"])
def test_train_then_score_then_generate(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ngram", "train", "toy", "--order", "3", "--out", file]) == 0
    capsys.readouterr()
    assert main(["ngram", "perplexity", file, "toy"]) == 0
    said = capsys.readouterr().out
    found = re.match(r"perplexity (\d+\.\d+) over ([\d,]+) tokens", said)
    assert found
    test = load("toy").test
    assert int(found[2].replace(",", "")) == sum(len(s) + 1 for s in test)
    # No model can do better than the grammar that wrote the text; a trigram comes near.
    best = toy().perplexity(test)
    assert best < float(found[1]) < 1.5 * best
    texts = []
    for seed in ("1", "1", "2"):
        assert main(["ngram", "generate", file, "--sentences", "3", "--seed", seed]) == 0
        texts.append(capsys.readouterr().out)
    assert texts[0] == texts[1] != texts[2]
    assert texts[0].count("\n") == 3 and "</s>" not in texts[0]


def test_a_file_of_one_s_own(capsys: pytest.CaptureFixture[str]) -> None:
    Path("text.txt").write_text("a b a\n\nb a\n")
    assert main(["ngram", "train", "text.txt", "--order", "1", "--estimator", "mle"]) == 0
    assert main(["ngram", "perplexity", "model.npz", "text.txt"]) == 0
    # a 3, b 2, </s> 2 of 7: exp(-(3 ln 3/7 + 4 ln 2/7) / 7) = exp(1.07899) = 2.9417
    assert "perplexity 2.9417 over 7 tokens" in capsys.readouterr().out


def test_zero_probabilities_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    Path("train.txt").write_text("a b\n")
    Path("test.txt").write_text("b a\n")
    assert main(["ngram", "train", "train.txt", "--order", "2", "--estimator", "mle"]) == 0
    assert main(["ngram", "perplexity", "model.npz", "test.txt"]) == 0
    said = capsys.readouterr().out
    assert "perplexity inf" in said and "3 tokens have probability zero" in said


def test_the_table_and_its_plot(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ngram", "table", "toy", "--max-order", "2", "--plot", "table.png"]) == 0
    rows = [line for line in capsys.readouterr().out.splitlines() if line.startswith("| ")]
    assert len(rows) == 1 + 2 * len(ESTIMATORS)
    assert Path("table.png").read_bytes().startswith(b"\x89PNG")
    best = [float(r.split("|")[3]) for r in rows if r.startswith("| modified-kneser-ney | 2")]
    assert best[0] > toy().best_perplexity
    assert all("no perplexity" in r for r in rows if r.startswith("| stupid-backoff"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["train", "nothing"], "neither a file nor a corpus"),
        (["train", "empty.txt"], "no sentence"),
        (["train", "latin1.txt"], "not UTF-8"),
        (["train", "toy", "--order", "0"], "at least 1"),
        (["train", "toy", "--estimator", "mle", "--out", "m.arpa"], "cannot hold it"),
        (["train", "toy", "--order", "2", "--out", "no/folder/m.npz"], "no/folder"),
        (["perplexity", "nothing.npz", "toy"], "lmkit ngram train"),
        (["perplexity", "damaged.npz", "toy"], "damaged"),
        (["table", "text.txt"], "a corpus"),
    ],
)
def test_what_is_wrong_gets_one_line(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("empty.txt").write_text("\n")
    Path("latin1.txt").write_bytes(b"caf\xe9\n")
    Path("damaged.npz").write_bytes(b"PK\x03\x04 cut off")
    Path("text.txt").write_text("a b\n")
    assert main(["ngram", *arguments]) == 2
    shown = capsys.readouterr()
    assert said in shown.err and shown.err.count("\n") == 1


def test_a_sentence_has_so_many_words_at_most(capsys: pytest.CaptureFixture[str]) -> None:
    main(["ngram", "train", "toy", "--order", "2"])
    capsys.readouterr()
    assert main(["ngram", "generate", "model.npz", "--words", "2", "--sentences", "20"]) == 0
    lengths = [len(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert len(lengths) == 20 and max(lengths) == 2
    with pytest.raises(SystemExit, match="2"):
        main(["ngram", "generate", "model.npz", "--words", "0"])
    assert "0 is too few" in capsys.readouterr().err


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    main(["ngram", "train", "toy", "--order", "2"])
    command = "set -o pipefail; {} -m lmkit.cli ngram generate model.npz --sentences 9999 | head -1"
    done = subprocess.run(
        ["bash", "-c", command.format(sys.executable)], capture_output=True, text=True
    )
    assert done.returncode == 0 and done.stderr == "" and done.stdout.count("\n") == 1
