"""Models in files: npz and ARPA."""

import json
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from nltk.lm.preprocessing import padded_everygram_pipeline
from test_ngram_estimators import PROPER, zipf_text

from lmkit.ngram import (
    MLE,
    Cache,
    Counts,
    KneserNeyInterpolated,
    ModifiedKneserNey,
    StupidBackoff,
    load,
    read_arpa,
    save,
    write_arpa,
)

TEST = [["w0", "w1", "w30", "never seen"], [], ["w8", "w17"]]
ARPA = [name for name in PROPER if name not in ("laplace", "lidstone") and "cache" not in name]


@pytest.mark.parametrize(
    "make", [*PROPER.values(), MLE, lambda n: StupidBackoff(0.3, n)], ids=[*PROPER, "mle", "stupid"]
)
def test_a_loaded_model_is_the_saved_one(make: Any, tmp_path: Path) -> None:
    model = make(3)
    model.fit_sentences(zipf_text(1), min_count=2)
    save(model, tmp_path / "model.npz")
    again = load(tmp_path / "model.npz")
    assert type(again) is type(model) and again.parameters() == model.parameters()
    np.testing.assert_array_equal(again.log_probabilities(TEST), model.log_probabilities(TEST))
    assert again.vocab == model.vocab and len(again.vocab) == len(model.vocab)
    assert again.generate(9, random_seed=1) == model.generate(9, random_seed=1)


def test_a_model_fitted_as_nltk_does_is_kept_too(tmp_path: Path) -> None:
    model = KneserNeyInterpolated(2, discount=0.4)
    model.fit(*padded_everygram_pipeline(2, zipf_text(2)))
    save(model, tmp_path / "model.npz")
    again = load(tmp_path / "model.npz")
    assert again.score("w8", ["w1"]) == model.score("w8", ["w1"]) > 0
    assert again.score("never seen", ["w1"]) == 0
    again.fit([[("w1", "w8")] * 50])
    assert again.score("w8", ["w1"]) > model.score("w8", ["w1"])


def test_words_of_any_kind_are_kept(tmp_path: Path) -> None:
    model = MLE(1)
    model.fit_sentences([["코퍼스", "two words", "a\nb", ""]])
    save(model, tmp_path / "m.npz")
    assert load(tmp_path / "m.npz").words.list == model.words.list


def test_the_file_holds_no_pickle(tmp_path: Path) -> None:
    model = ModifiedKneserNey(2)
    model.fit_sentences(zipf_text(1))
    save(model, tmp_path / "model.npz")
    with zipfile.ZipFile(tmp_path / "model.npz") as archive:
        for name in archive.namelist():
            assert b"'O'" not in archive.read(name)[:128]


def test_a_file_of_somebody_else_or_of_tomorrow_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "other.npz", a=np.zeros(3))
    with pytest.raises(ValueError, match="saved"):
        load(tmp_path / "other.npz")
    header = np.frombuffer(json.dumps({"format": 99}).encode(), np.uint8)
    np.savez(tmp_path / "tomorrow.npz", header=header)
    with pytest.raises(ValueError, match="99"):
        load(tmp_path / "tomorrow.npz")
    objects = np.empty(1, object)
    np.savez(tmp_path / "pickle.npz", header=objects)
    with pytest.raises(ValueError, match="pickle"):
        load(tmp_path / "pickle.npz")


def test_a_write_that_fails_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = MLE(2)
    model.fit_sentences(zipf_text(1))
    path = tmp_path / "model.npz"
    path.write_bytes(b"old")

    def fail(*args: Any, **kwargs: Any) -> None:
        args[0].write(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(np, "savez", fail)
    with pytest.raises(OSError, match="full"):
        save(model, path)
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["model.npz"]


@pytest.mark.parametrize("name", ARPA)
def test_arpa_there_and_back(name: str, tmp_path: Path) -> None:
    model: Any = PROPER[name](3)  # type: ignore[no-untyped-call]
    model.fit_sentences(zipf_text(4))
    write_arpa(model, tmp_path / "model.arpa")
    again = read_arpa(tmp_path / "model.arpa")
    text = TEST + zipf_text(5, sentences=50)
    np.testing.assert_allclose(
        again.log_probabilities(text), model.log_probabilities(text), rtol=0, atol=1e-6
    )
    assert sum(again.score(w, ["w1", "w8"]) for w in again.vocab) == pytest.approx(1, abs=1e-6)
    assert again.generate(20, text_seed=["<s>", "<s>"], random_seed=3)[-1] in again.vocab
    save(again, tmp_path / "again.npz")
    np.testing.assert_array_equal(
        load(tmp_path / "again.npz").log_probabilities(TEST), again.log_probabilities(TEST)
    )


def test_kneser_ney_in_arpa_names_no_ngram_with_two_sentence_starts(tmp_path: Path) -> None:
    """kenlm puts one <s> in front."""
    model = ModifiedKneserNey(4)
    model.fit_sentences(zipf_text(4))
    write_arpa(model, tmp_path / "model.arpa")
    text = (tmp_path / "model.arpa").read_text(encoding="utf-8")
    assert "<s> <s>" not in text and "\t<s> w0 " in text
    assert isinstance(model.counts, Counts)


def test_arpa_written_by_hand(tmp_path: Path) -> None:
    """p(b | a) = 10^-0.5; p(a | a) = gamma(a) p(a) = 10^-(0.25 + 1)."""
    (tmp_path / "hand.arpa").write_text(
        "made by hand\n\n\\data\\\nngram 1=4\nngram 2=2\n\n\\1-grams:\n-1\ta\t-0.25\n"
        "-0.4\tb\n-99\t<s>\t-0.1\n-0.8\t</s>\n\n\\2-grams:\n-0.5\ta b\n-0.3\t<s> a\n\n\\end\\\n",
        encoding="utf-8",
    )
    model = read_arpa(tmp_path / "hand.arpa")
    assert model.score("b", ["a"]) == pytest.approx(10**-0.5)
    assert model.score("a", ["a"]) == pytest.approx(10**-1.25)
    assert model.score("a", ["b"]) == pytest.approx(10**-1)
    assert model.score("never seen", ["a"]) == 0
    # a b </s>: <s> a -0.3, a b -0.5, then b has no weight: </s> -0.8.
    log_p = model.log_probabilities([["a", "b"]]) / np.log(10)
    np.testing.assert_allclose(log_p, [-0.3, -0.5, -0.8])


@pytest.mark.parametrize("lines", [0, 3, 8, 15, -1])
def test_arpa_that_is_cut_off_is_refused(lines: int, tmp_path: Path) -> None:
    model = ModifiedKneserNey(2)
    model.fit_sentences([["a", "b"], ["a", "c"], ["a", "b"]])
    write_arpa(model, tmp_path / "whole.arpa")
    whole = (tmp_path / "whole.arpa").read_text(encoding="utf-8").splitlines()
    (tmp_path / "cut.arpa").write_text("\n".join(whole[:lines]) + "\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"cut off|no ARPA|should come"):
        read_arpa(tmp_path / "cut.arpa")


def test_what_arpa_cannot_hold_is_refused(tmp_path: Path) -> None:
    for model in (MLE(2), StupidBackoff(order=2), Cache(ModifiedKneserNey(2))):
        model.fit_sentences([["a"]])
        with pytest.raises(TypeError, match="ARPA"):
            write_arpa(model, tmp_path / "model.arpa")
    model = ModifiedKneserNey(2)
    model.fit_sentences([["two words"]])
    with pytest.raises(ValueError, match="white space"):
        write_arpa(model, tmp_path / "model.arpa")
    assert os.listdir(tmp_path) == []
