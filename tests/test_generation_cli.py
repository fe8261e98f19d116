"""`lmkit generate` and `lmkit eval`, on a small model in a folder."""

import re
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
import pytest

from lmkit import texts
from lmkit.cli import main
from lmkit.grammar import toy
from lmkit.models import RecurrentLanguageModel
from lmkit.models.storage import describe
from lmkit.ngram import ModifiedKneserNey, save
from lmkit.training import checkpoints

pytestmark = pytest.mark.usefixtures("eager")

Capture = pytest.CaptureFixture[str]


class Trained(NamedTuple):
    folder: Path
    text: Path
    model: Any
    parts: texts.Parts


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
    return [float(found) for found in re.findall(r"^perplexity ([\d.]+)", output, re.M)]


@pytest.mark.parametrize(
    "options", [["--samples", "4", "--nucleus", "0.9", "--temperature", "0.7"], ["--greedy"],
                ["--beam", "3", "--alpha", "0.5"]]
)  # fmt: skip
def test_each_text_stands_behind_its_log_p(
    trained: Trained, capsys: Capture, options: list[str]
) -> None:
    command = ["generate", str(trained.folder), "--prompt", "the dog", "--length", "6", "--seed",
               "3", "--no-unknown", "--log-p", *options]  # fmt: skip
    assert main(command) == 0
    output = capsys.readouterr().out
    assert len(output.splitlines()) == {"--samples": 4, "--greedy": 1, "--beam": 3}[options[0]]
    for line in output.splitlines():
        text, log_p = re.fullmatch(r"(.*)    \[log p = (.*)\]", line).groups()  # type: ignore[union-attr]
        words = text.split()
        assert words[:2] == ["the", "dog"] and "<unk>" not in words and len(words) <= 8
        ends = ["</s>"] if len(words) < 8 else []
        ids = trained.model.vocabulary.encode(["</s>", *words, *ends])
        logs = np.log(p_of(trained.model, ids))[2:].sum()
        assert float(log_p) == pytest.approx(logs, abs=0.006)
    main(command)
    assert capsys.readouterr().out == output


def ngrams(trained: Trained, folder: Path) -> ModifiedKneserNey:
    model = ModifiedKneserNey(3)
    model.fit_sentences(trained.parts.train)
    save(model, folder / "model.npz")
    return model


def test_an_n_gram_model_and_words_it_does_not_know(
    trained: Trained, tmp_path: Path, capsys: Capture
) -> None:
    model = ngrams(trained, tmp_path)
    assert main(["generate", str(tmp_path), "--prompt", "the zebra", "--samples", "2"]) == 0
    output = capsys.readouterr()
    assert "zebra" in output.err and output.out.count("the zebra") == 2
    assert main(["eval", str(tmp_path), str(trained.text), "--part", "valid"]) == 0
    log_p = model.log_probabilities(trained.parts.valid)
    assert perplexities(capsys.readouterr().out) == [pytest.approx(np.exp(-log_p.mean()), 1e-3)]


def test_the_perplexity_of_a_part_and_of_the_whole_file(trained: Trained, capsys: Capture) -> None:
    vocabulary = trained.model.vocabulary
    whole = [*trained.parts.train, *trained.parts.valid, *trained.parts.test]
    for part, sentences in ((["--part", "test"], trained.parts.test), ([], whole)):
        assert main(["eval", str(trained.folder), str(trained.text), *part]) == 0
        ids = texts.as_ids(sentences, vocabulary)
        p = p_of(trained.model, ids)
        output = capsys.readouterr().out
        assert perplexities(output) == [pytest.approx(np.exp(-np.log(p).mean()), abs=0.006)]
        assert f"over {len(ids) - 1:,} tokens, </s> counted" in output


def perplexity_of(trained: Trained, capsys: Capture, *options: str) -> float:
    assert main(["eval", str(trained.folder), str(trained.text), "--part", "test", *options]) == 0
    return perplexities(capsys.readouterr().out)[0]


def test_cache_and_n_grams_are_mixed_in(trained: Trained, capsys: Capture) -> None:
    alone = perplexity_of(trained, capsys)
    cached = perplexity_of(trained, capsys, "--cache", "30")
    both = perplexity_of(trained, capsys, "--cache", "30", "--interpolate", "2")
    known = trained.model.vocabulary
    bigrams = ModifiedKneserNey(2)
    bigrams.fit_sentences([[w if w in known else "<unk>" for w in s] for s in trained.parts.train])
    test = [[w if w in known else "<unk>" for w in s] for s in trained.parts.test]
    ngram = np.exp(-bigrams.log_probabilities(test).mean())
    assert cached < alone
    # Weights that were never trained add nothing to bigrams: these get all the weight.
    assert both == pytest.approx(ngram, abs=0.02)


def test_dynamic_evaluation_learns_from_what_it_reads(trained: Trained, capsys: Capture) -> None:
    assert perplexity_of(trained, capsys, "--dynamic") < perplexity_of(trained, capsys)


def test_a_cache_that_does_not_help_is_left_out(trained: Trained, capsys: Capture) -> None:
    """A cache of one state votes for the word that has just been; none comes twice in a row."""
    alone = perplexity_of(trained, capsys)
    command = ["eval", str(trained.folder), str(trained.text), "--part", "test", "--cache", "1"]
    assert main(command) == 0
    output = capsys.readouterr().out
    assert "cache: nothing that was tried helps on the validation text" in output
    assert perplexities(output) == [alone]


def test_a_model_of_characters(trained: Trained, tmp_path: Path, capsys: Capture) -> None:
    parts = texts.read(str(trained.text), characters=True)
    model = RecurrentLanguageModel(parts.vocabulary(None, 1), cell="rnn", units=(5,))
    kept(model, tmp_path)
    command = ["eval", str(tmp_path), str(trained.text), "--part", "test"]
    assert main(command) == 0 and main([*command, "--interpolate", "4"]) == 0
    output = capsys.readouterr().out
    alone, both = perplexities(output)
    bits = [float(b) for b in re.findall(r"([\d.]+) bits per character", output)]
    np.testing.assert_allclose(2.0 ** np.array(bits), [alone, both], rtol=3e-3)
    assert both < alone / 2
    assert main(["generate", str(tmp_path), "--prompt", "the d", "--samples", "1",
                 "--length", "9", "--seed", "0", "--no-unknown"]) == 0  # fmt: skip
    assert re.fullmatch(r"the d[^<]{9}", capsys.readouterr().out[:-1], re.S)


@pytest.mark.parametrize(
    ("command", "named"),
    [
        ("generate {nothing}", "lmkit train"),
        ("generate {empty}", "model.json"),
        ("generate {run} --temperature 0", "temperature"),
        ("generate {run} --nucleus 2", "mass"),
        ("eval {run} {nothing}", "neither a file nor a corpus"),
        ("eval {run} {text} --cache 5 --part valid", "--part test"),
        ("eval {run} {text} --interpolate 2", "--part test"),
        ("eval {run} {text} --samples 2 --interpolate 2", "do not go together"),
        ("eval {ngram} {text} --dynamic --part test", "neural"),
    ],
)
def test_an_error_is_one_line_that_says_what_to_do(
    trained: Trained, tmp_path: Path, capsys: Capture, command: str, named: str
) -> None:
    (tmp_path / "empty").mkdir()
    ngrams(trained, tmp_path)
    places = {"run": trained.folder, "text": trained.text, "nothing": tmp_path / "nothing",
              "empty": tmp_path / "empty", "ngram": tmp_path}  # fmt: skip
    assert main([word.format(**places) for word in command.split()]) == 2
    error = capsys.readouterr().err
    assert named in error and error.count("\n") == 1 and error.startswith("lmkit: ")
