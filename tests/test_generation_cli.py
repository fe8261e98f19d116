"""`lmkit generate` and `lmkit eval`, on a small model in a folder."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
import pytest
import tensorflow as tf

from lmkit import texts
from lmkit.cli import main
from lmkit.grammar import toy
from lmkit.models import RecurrentLanguageModel
from lmkit.models.storage import describe
from lmkit.ngram import ModifiedKneserNey, save
from lmkit.training import checkpoints

Capture = pytest.CaptureFixture[str]


class Trained(NamedTuple):
    folder: Path
    text: Path
    model: Any
    parts: texts.Parts


@pytest.fixture(autouse=True)
def eager() -> Iterator[None]:
    """Without XLA: to compile takes longer than all that is done here."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


def kept(model: Any, folder: Path) -> None:
    describe(model, folder)
    weights = [keras.ops.convert_to_numpy(v) for v in model.variables]
    checkpoints.save(folder / "best.npz", {"weights": weights}, {})


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """Not trained in truth: what is asked here holds for any weights."""
    folder = tmp_path_factory.mktemp("run")
    text = folder / "text.txt"
    text.write_text("\n".join(" ".join(s) for s in toy().sample(120, seed=4)) + "\n")
    parts = texts.read(str(text))
    keras.utils.set_random_seed(7)
    model = RecurrentLanguageModel(parts.vocabulary(60, 1), cell="rnn", units=(6,), init=0.7)
    kept(model, folder / "model")
    return Trained(folder / "model", text, model, parts)


def p_of(model: Any, ids: Any) -> Any:
    """p of each word but the first, read at once."""
    log_p, _ = model.log_probabilities(ids[None, :-1], model.start(1))
    return np.exp(np.asarray(log_p[0], np.float64))[np.arange(len(ids) - 1), ids[1:]]


def perplexities(output: str) -> list[float]:
    return [float(found) for found in re.findall(r"^perplexity +([\d.]+)", output, re.M)]


@pytest.mark.parametrize(
    "options", [["--samples", "4", "--nucleus", "0.9", "--temperature", "0.7"], ["--greedy"],
                ["--beams", "3", "--alpha", "0.5"]]
)  # fmt: skip
def test_each_text_stands_behind_its_log_p(
    trained: Trained, capsys: Capture, options: list[str]
) -> None:
    command = ["generate", str(trained.folder), "--prompt", "the dog", "--length", "6", "--seed",
               "3", "--no-unk", *options]  # fmt: skip
    assert main(command) == 0
    output = capsys.readouterr().out
    assert len(output.splitlines()) == {"--samples": 4, "--greedy": 1, "--beams": 3}[options[0]]
    for line in output.splitlines():
        log_p, *words = line.split()
        assert words[:2] == ["the", "dog"] and "<unk>" not in words and len(words) <= 8
        ends = ["</s>"] if len(words) < 8 else []
        ids = trained.model.vocabulary.encode(["</s>", *words, *ends])
        logs = np.log(p_of(trained.model, ids))[2:].sum()
        assert float(log_p) == pytest.approx(logs, abs=0.006)
    main(command)
    assert capsys.readouterr().out == output


def test_an_n_gram_model_and_words_it_does_not_know(
    trained: Trained, tmp_path: Path, capsys: Capture
) -> None:
    model = ModifiedKneserNey(3)
    model.fit_sentences(trained.parts.train)
    path = tmp_path / "model.npz"
    save(model, path)
    assert main(["generate", str(path), "--prompt", "the zebra", "--samples", "2"]) == 0
    output = capsys.readouterr()
    assert "zebra" in output.err and output.out.count("the zebra") == 2
    assert main(["eval", str(path), str(trained.text), "--part", "valid"]) == 0
    log_p = model.log_probabilities(trained.parts.valid)
    assert perplexities(capsys.readouterr().out) == [pytest.approx(np.exp(-log_p.mean()), 1e-3)]


def test_the_perplexity_of_a_part_and_of_the_whole_file(trained: Trained, capsys: Capture) -> None:
    vocabulary = trained.model.vocabulary
    whole = [*trained.parts.train, *trained.parts.valid, *trained.parts.test]
    for part, sentences in (("test", trained.parts.test), ("whole", whole)):
        assert main(["eval", str(trained.folder), str(trained.text), "--part", part]) == 0
        ids = texts.as_ids(sentences, vocabulary)
        p = p_of(trained.model, ids)
        output = capsys.readouterr().out
        assert perplexities(output) == [pytest.approx(np.exp(-np.log(p).mean()), abs=0.006)]
        assert f"({len(ids) - 1:,} tokens, </s> counted)" in output


def test_cache_and_n_grams_are_mixed_in(trained: Trained, capsys: Capture) -> None:
    command = ["eval", str(trained.folder), str(trained.text), "--cache", "30", "--interpolate"]
    assert main([*command, "2"]) == 0
    output = capsys.readouterr().out
    alone, cached, ngram, both = perplexities(output)
    assert cached < alone and both <= min(cached, ngram)
    known = trained.model.vocabulary
    bigrams = ModifiedKneserNey(2)
    bigrams.fit_sentences([[w if w in known else "<unk>" for w in s] for s in trained.parts.train])
    test = [[w if w in known else "<unk>" for w in s] for s in trained.parts.test]
    expected = np.exp(-bigrams.log_probabilities(test).mean())
    assert ngram == pytest.approx(expected, abs=0.006)


@pytest.mark.parametrize("rule", [[], ["sgd"]])
def test_dynamic_evaluation_learns_from_what_it_reads(
    trained: Trained, capsys: Capture, rule: list[str]
) -> None:
    assert main(["eval", str(trained.folder), str(trained.text), "--dynamic", *rule]) == 0
    alone, adapted = perplexities(capsys.readouterr().out)
    assert adapted < alone  # weights that were never trained have much to learn


def test_a_model_of_characters(trained: Trained, tmp_path: Path, capsys: Capture) -> None:
    parts = texts.read(str(trained.text), characters=True)
    model = RecurrentLanguageModel(parts.vocabulary(None, 1), cell="rnn", units=(5,))
    kept(model, tmp_path)
    assert main(["eval", str(tmp_path), str(trained.text), "--interpolate", "4"]) == 0
    output = capsys.readouterr().out
    alone, ngram, both = perplexities(output)
    bits = [float(b) for b in re.findall(r"([\d.]+) bits a character", output)]
    np.testing.assert_allclose(2.0 ** np.array(bits), [alone, ngram, both], rtol=3e-3)
    assert both < alone
    assert main(["generate", str(tmp_path), "--prompt", "the d", "--samples", "1",
                 "--length", "9", "--seed", "0", "--no-unk"]) == 0  # fmt: skip
    assert re.fullmatch(r" *-[\d.]+  the d[^<]{9}", capsys.readouterr().out[:-1], re.S)


@pytest.mark.parametrize(
    ("command", "named"),
    [
        ("generate {nothing}", "lmkit train RECIPE"),
        ("generate {empty}", "model.json"),
        ("generate {run} --temperature 0", "temperature"),
        ("generate {run} --top-k 0", "k is at least 1"),
        ("eval {run} {nothing}", "neither a file nor a corpus"),
        ("eval {run} toy --part whole", "for a file"),
        ("eval {run} {text} --cache --part valid", "validation part"),
        ("eval {ngram} {text} --dynamic", "n-gram model"),
        ("eval {text} {text}", "damaged"),
    ],
)
def test_an_error_is_one_line_that_says_what_to_do(
    trained: Trained, tmp_path: Path, capsys: Capture, command: str, named: str
) -> None:
    model = ModifiedKneserNey(2)
    model.fit_sentences(trained.parts.train)
    save(model, tmp_path / "ngram.npz")
    (tmp_path / "empty").mkdir()
    places = {"run": trained.folder, "text": trained.text, "nothing": tmp_path / "nothing",
              "empty": tmp_path / "empty", "ngram": tmp_path / "ngram.npz"}  # fmt: skip
    assert main([word.format(**places) for word in command.split()]) == 2
    error = capsys.readouterr().err
    assert named in error and error.count("\n") == 1 and error.startswith("lmkit: ")
