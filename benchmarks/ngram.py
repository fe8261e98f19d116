"""N-gram models on the Penn Treebank: perplexities, and time and memory beside NLTK and kenlm.

    LMKIT_DATA=... python benchmarks/ngram.py [penn] [nltk] [kenlm] [growth]

LMKIT_DATA is the folder that holds ptb/ptb.train.txt and its two companions. Every measurement is
a process of its own; its seconds leave out the imports, its memory is the peak of the process.
kenlm is built from its source package (`pip download --no-binary :all: kenlm==0.3.0`; CMake and
boost's headers are needed): give `--lmplz` the program, `--kenlm-python` an interpreter that
imports `kenlm`. Prints the tables that stand in docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from math import exp, log, log2
from pathlib import Path
from typing import Any

import numpy as np

ORDER = 5
SAMPLE = 30
SIZES = (100_000, 300_000, 1_000_000, 3_000_000, 10_000_000)
RENAMED = "UNKNOWN"
"""kenlm keeps `<unk>` for itself, so the word has another name in its input and in ours beside."""

KENLM_SCORES = """
import json, kenlm, sys, time
model = kenlm.Model(sys.argv[1])
lines = [line.strip() for line in open(sys.argv[2], encoding="utf-8")]
started = time.perf_counter()
total = sum(model.score(line) for line in lines)
print(json.dumps({"seconds": time.perf_counter() - started, "log10": total}))
"""


def main() -> None:
    """Run the parts that were asked for, or a child's measurement."""
    if sys.argv[1:2] == ["--child"]:
        name, *arguments = sys.argv[2:]
        started = time.perf_counter()
        result = CHILDREN[name](*arguments)
        result.setdefault("seconds", time.perf_counter() - started)
        usage = max(resource.getrusage(w).ru_maxrss for w in WHO)
        print(json.dumps({**result, "MB": usage / 1000}))
        return
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parts = {"penn": penn, "nltk": beside_nltk, "kenlm": beside_kenlm, "growth": growth}
    parser.add_argument("parts", nargs="*", help=f"{', '.join(parts)}; all if none is named")
    parser.add_argument("--lmplz", default=shutil.which("lmplz"), help="kenlm's program")
    parser.add_argument("--lmplz-memory", default="1G", help="its option -S")
    parser.add_argument("--kenlm-python", default=sys.executable)
    options = parser.parse_args()
    if "LMKIT_DATA" not in os.environ:
        parser.error("set LMKIT_DATA to the folder that holds ptb/")
    if unknown := set(options.parts) - set(parts):
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    names = ", ".join(f"{name} {version(name)}" for name in ("numpy", "nltk"))
    print(f"Python {platform.python_version()}, {names}; {os.cpu_count()} cores\n")
    with tempfile.TemporaryDirectory() as folder:
        for name in options.parts or parts:
            parts[name](options, Path(folder))
            print()


# What is measured, each in a process of its own.


def child_fit(path: str, estimator: str = "ModifiedKneserNey", order: str = "5") -> dict[str, Any]:
    """From a text file to a model."""
    from lmkit import ngram

    started = time.perf_counter()
    model = getattr(ngram, estimator)(int(order))
    with open(path, encoding="utf-8") as file:
        model.fit_sentences(map(str.split, file))
    return {"seconds": time.perf_counter() - started, "arrays": model.nbytes / 1e6}


def child_score(train: str, test: str, estimator: str, order: str) -> dict[str, Any]:
    """The perplexity of a test text, and how long it took from its sentences."""
    from lmkit import ngram
    from lmkit.metrics import perplexity

    model = getattr(ngram, estimator)(int(order))
    model.fit_sentences(read(train))
    text = read(test)
    seconds, log_p = fastest(partial(model.log_probabilities, text))
    return {"seconds": seconds, "perplexity": perplexity(log_p), "tokens": len(log_p)}


def child_cache(train: str, valid: str, test: str) -> dict[str, Any]:
    """KN5 + cache, its length and weight from the validation text."""
    from lmkit.metrics import perplexity
    from lmkit.ngram import Cache, ModifiedKneserNey

    model = ModifiedKneserNey(ORDER)
    model.fit_sentences(read(train))
    cache = Cache(model)
    cache.tune(read(valid))
    value = perplexity(cache.log_probabilities(read(test)))
    return {"perplexity": value, "length": cache.length, "weight": cache.weight}


def child_ours_simple(train: str, test: str) -> dict[str, Any]:
    """MLE and Lidstone, through NLTK's interface and over sentences."""
    from lmkit.metrics import perplexity
    from lmkit.ngram import MLE, Lidstone

    text = read(test)
    ngrams = padded_ngrams(text)
    result: dict[str, Any] = {}
    for name, model in (("MLE", MLE(ORDER)), ("Lidstone", Lidstone(0.1, ORDER))):
        model.fit_sentences(read(train))
        result[name], _ = fastest(partial(model.perplexity, ngrams))
        seconds, log_p = fastest(partial(model.log_probabilities, text))
        result[f"{name} over sentences"] = seconds + fastest(partial(perplexity, log_p))[0]
    return result


def child_nltk(train: str, test: str) -> dict[str, Any]:
    """NLTK: fit, score a sample by Kneser-Ney and the whole text by MLE and Lidstone."""
    from nltk.lm import MLE, KneserNeyInterpolated, Lidstone
    from nltk.lm.preprocessing import padded_everygram_pipeline

    started = time.perf_counter()
    model = KneserNeyInterpolated(ORDER)
    model.fit(*padded_everygram_pipeline(ORDER, read(train)))
    fitted = time.perf_counter() - started
    usage = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    text = read(test)
    making, ngrams = fastest(partial(padded_ngrams, text))
    chosen = np.random.default_rng(0).choice(len(ngrams), SAMPLE, replace=False)
    started = time.perf_counter()
    for i in chosen:
        model.score(ngrams[i][-1], ngrams[i][:-1])
    kneser_ney = (time.perf_counter() - started) / SAMPLE * len(ngrams)
    result = {"seconds": fitted, "fit MB": usage / 1000, "Kneser-Ney": kneser_ney}
    result["n-grams"] = making
    kept = {"vocabulary": model.vocab, "counter": model.counts}
    for name, other in (("MLE", MLE(ORDER, **kept)), ("Lidstone", Lidstone(0.1, ORDER, **kept))):
        result[name], _ = fastest(partial(other.perplexity, ngrams))
    return result


def child_lmplz(program: str, memory: str, source: str, target: str) -> dict[str, Any]:
    """kenlm's estimation, from a text file to an ARPA file."""

    options = ["-o", str(ORDER), "-S", memory, "--discount_fallback", "--arpa", target]
    with open(source, "rb") as file:
        subprocess.run([program, *options], stdin=file, stderr=subprocess.DEVNULL, check=True)
    return {}


def child_write(source: str, size: str, target: str) -> dict[str, Any]:
    """A text of so many tokens, made of pieces of another, so that it has n-grams of its own."""
    words = np.array([w for s in read(source) for w in [*s, "\n"]], object)
    rng = np.random.default_rng(0)
    lengths = rng.integers(4, 13, int(size) // 7 + 100)
    starts = rng.integers(0, len(words) - 13, len(lengths))
    first = np.cumsum(lengths) - lengths
    place = np.repeat(starts - first, lengths) + np.arange(lengths.sum())
    with open(target, "w", encoding="utf-8") as file:
        file.write(" ".join(words[place[: int(size)]]))
    return {}


CHILDREN: dict[str, Callable[..., dict[str, Any]]] = {
    "fit": child_fit,
    "score": child_score,
    "cache": child_cache,
    "ours_simple": child_ours_simple,
    "nltk": child_nltk,
    "lmplz": child_lmplz,
    "write": child_write,
}
WHO = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)


def measure(name: str, *arguments: object) -> dict[str, Any]:
    """Run a child and take its numbers, with the seconds of the whole process."""
    command = [sys.executable, __file__, "--child", name, *map(str, arguments)]
    started = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    seconds = time.perf_counter() - started
    numbers: dict[str, Any] = json.loads(done.stdout)
    return {**numbers, "whole process": seconds}


def fastest(run: Callable[[], Any], times: int = 5) -> tuple[float, Any]:
    """The seconds of the fastest of several runs, and what the last gave."""
    best = float("inf")
    for _ in range(times):
        started = time.perf_counter()
        value = run()
        best = min(best, time.perf_counter() - started)
    return best, value


def read(path: str | Path) -> list[list[str]]:
    """The sentences of a text file, one a line."""
    return [line.split() for line in Path(path).read_text(encoding="utf-8").splitlines()]


def padded_ngrams(sentences: list[list[str]]) -> list[tuple[str, ...]]:
    """The n-gram of every word and every `</s>`."""
    ngrams = []
    for sentence in sentences:
        padded = ["<s>"] * (ORDER - 1) + sentence + ["</s>"]
        ngrams += [tuple(padded[i : i + ORDER]) for i in range(len(sentence) + 1)]
    return ngrams


def ptb(name: str) -> Path:
    """A part of the Penn Treebank."""
    return Path(os.environ["LMKIT_DATA"], "ptb", f"ptb.{name}.txt")


# The tables.


def penn(options: argparse.Namespace, folder: Path) -> None:
    """The numbers that the lectures' tables start with."""
    print("| Penn Treebank, test | perplexity | published |\n|---|--:|--:|")
    for label, estimator, order, published in (
        ("5-gram modified Kneser-Ney", "ModifiedKneserNey", 5, "141.2"),
        ("5-gram Kneser-Ney, one discount an order", "KneserNey", 5, ""),
        ("3-gram modified Kneser-Ney", "ModifiedKneserNey", 3, ""),
    ):
        numbers = measure("score", ptb("train"), ptb("test"), estimator, order)
        print(f"| {label} | {numbers['perplexity']:.4f} | {published} |")
    cache = measure("cache", ptb("train"), ptb("valid"), ptb("test"))
    setting = f"the last {cache['length']} words, weight {cache['weight']:.3f}"
    print(f"| KN5 + cache ({setting}, tuned on the validation text) ", end="")
    print(f"| {cache['perplexity']:.2f} | 125.7 |\n")
    print("The setting is the published one: no cut-offs, `<unk>` scored as a word, `</s>` too.")


def beside_nltk(options: argparse.Namespace, folder: Path) -> None:
    """NLTK and ours in one run."""
    theirs = measure("nltk", ptb("train"), ptb("test"))
    fit = measure("fit", ptb("train"))
    score = measure("score", ptb("train"), ptb("test"), "ModifiedKneserNey", ORDER)
    simple = measure("ours_simple", ptb("train"), ptb("test"))
    print(f"| beside NLTK, {ORDER}-grams | NLTK | lmkit | times |\n|---|--:|--:|--:|")
    rows = [
        ("from text to model, s", theirs["seconds"], fit["seconds"]),
        ("memory of that, MB", theirs["fit MB"], fit["MB"]),
        ("Kneser-Ney perplexity of the test text, s *", theirs["Kneser-Ney"], score["seconds"]),
    ]
    for name in ("MLE", "Lidstone"):
        his, mine = theirs["n-grams"] + theirs[name], simple[f"{name} over sentences"]
        rows.append((f"{name} perplexity, from sentences, s", his, mine))
        rows.append((f"{name} perplexity(n-grams), s", theirs[name], simple[name]))
    for label, his, mine in rows:
        print(f"| {label} | {his:,.4g} | {mine:.3g} | {his / mine:,.0f} |")
    print(
        f"\n\\* NLTK's is extrapolated from {SAMPLE} n-grams drawn at random. From sentences NLTK's"
    )
    print("time has the making of the n-grams in it, which perplexity(n-grams) is given.")


def beside_kenlm(options: argparse.Namespace, folder: Path) -> None:
    """kenlm and ours in one run, on the same text."""
    if not options.lmplz or not Path(options.lmplz).exists():
        print("kenlm is left out: its program lmplz is not here (see --help).")
        return
    if subprocess.run([options.kenlm_python, "-c", "import kenlm"], capture_output=True).returncode:
        print("kenlm is left out: its Python module is not here (see --help).")
        return
    small, test, large = (folder / f"{name}.txt" for name in ("train", "test", "large"))
    for name, path in (("train", small), ("test", test)):
        path.write_text(ptb(name).read_text(encoding="utf-8").replace("<unk>", RENAMED))
    measure("write", small, 10_000_000, large)
    print("| beside kenlm, 5-grams | kenlm | lmkit | lmkit / kenlm |\n|---|--:|--:|--:|")
    for label, path in (("1 million tokens", small), ("10 million tokens", large)):
        arpa = folder / f"{path.stem}.arpa"
        his = measure("lmplz", options.lmplz, options.lmplz_memory, path, arpa)
        mine = measure("fit", path)
        row(f"from text to model, {label}, s", his["seconds"], mine["seconds"])
        row(f"the same, the whole process, {label}, s", his["seconds"], mine["whole process"])
        row(f"memory of that, {label}, MB", his["MB"], mine["MB"])
    command = [options.kenlm_python, "-c", KENLM_SCORES, folder / "train.arpa", test]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    his = json.loads(done.stdout)
    mine = measure("score", small, test, "ModifiedKneserNey", ORDER)
    row("scoring the test text, s", his["seconds"], mine["seconds"])
    perplexity = exp(-his["log10"] * log(10) / mine["tokens"])
    print(f"| perplexity | {perplexity:.4f} | {mine['perplexity']:.4f} | |")


def row(label: str, his: float, mine: float) -> None:
    """One line of the table beside kenlm."""
    print(f"| {label} | {his:,.3g} | {mine:,.3g} | {mine / his:.2f} |")


def growth(options: argparse.Namespace, folder: Path) -> None:
    """How time and memory grow with the text."""
    print("| tokens | from text to model, s | ns / (n log2 n) | memory, MB | bytes a token |")
    print("|--:|--:|--:|--:|--:|")
    for size in SIZES:
        path = folder / "grown.txt"
        measure("write", ptb("train"), size, path)
        numbers = measure("fit", path)
        unit = numbers["seconds"] * 1e9 / (size * log2(size))
        share = numbers["MB"] * 1e6 / size
        print(f"| {size:,} | {numbers['seconds']:.2f} | {unit:.1f} | {numbers['MB']:.0f} ", end="")
        print(f"| {share:.0f} |")
    print("\nThe text is made of pieces of the training text, 4 to 12 words each, drawn at random.")


if __name__ == "__main__":
    main()
