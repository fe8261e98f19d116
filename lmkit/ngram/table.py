"""The lectures' problems of n-grams, and what helps, as one table and one plot."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lmkit import metrics
from lmkit.ngram.commands import Text, estimators, fitted
from lmkit.ngram.simple import StupidBackoff


@dataclass(frozen=True)
class Row:
    """One estimator at one order.

    Attributes:
        estimator: its name on the command line.
        order: n.
        perplexity: of the test text; None where the scores do not sum to one.
        megabytes: in memory.
        seconds: from text to model.
        unseen: share of the test text's n-grams that never came in training.
    """

    estimator: str
    order: int
    perplexity: float | None
    megabytes: float
    seconds: float
    unseen: float


def measure(train: Text, valid: Text, test: Text, orders: Sequence[int]) -> Iterator[Row]:
    """Every estimator at every order, one row as soon as it is known."""
    for name in estimators():
        for order in orders:
            started = time.perf_counter()
            model = fitted(name, order, train, valid)
            seconds = time.perf_counter() - started
            perplexity = None
            if not isinstance(model, StupidBackoff):
                perplexity = metrics.perplexity(model.log_probabilities(test))
            unseen = 1 - float(model.seen(test).mean())
            yield Row(name, order, perplexity, model.nbytes / 2**20, seconds, unseen)


def title_of(text: str, train: Text, valid: Text, test: Text) -> str:
    """The head of the table, in Markdown."""
    tokens = [sum(len(s) + 1 for s in part) for part in (train, valid, test)]
    return (
        f"{text}: {tokens[0]:,} tokens to train, {tokens[1]:,} to tune, {tokens[2]:,} to test "
        "(</s> counted)\n\n"
        "| estimator | n | perplexity | MB | seconds | test n-grams never seen |\n"
        "|---|--:|--:|--:|--:|--:|"
    )


def row_of(row: Row) -> str:
    """A row of the table, in Markdown."""
    perplexity = "no perplexity" if row.perplexity is None else f"{row.perplexity:.2f}"
    return (
        f"| {row.estimator} | {row.order} | {perplexity} | {row.megabytes:.1f} "
        f"| {row.seconds:.2f} | {row.unseen:.1%} |"
    )


def plot(rows: Sequence[Row], text: str, path: Path) -> None:
    """Perplexity, share never seen and size over n, side by side, written to a picture file."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(13, 4), layout="constrained")
    left, middle, right = figure.subplots(1, 3)
    for name in dict.fromkeys(r.estimator for r in rows):
        mine = [r for r in rows if r.estimator == name]
        known = {r.order: r.perplexity for r in mine if r.perplexity is not None}
        finite = {n: p for n, p in known.items() if p < float("inf")}
        label = name if len(finite) == len(known) else f"{name} (infinite for n > 1)"
        if finite:
            left.plot(list(finite), list(finite.values()), "o-", label=label)
    one = [r for r in rows if r.estimator == rows[0].estimator]
    orders = [r.order for r in one]
    middle.bar(orders, [100 * r.unseen for r in one])
    right.bar(orders, [r.megabytes for r in one])
    left.set(title=f"{text}: perplexity on the test text", ylabel="perplexity", yscale="log")
    left.legend(fontsize="small")
    middle.set(title="Sparsity: test n-grams never seen", ylabel="%", ylim=(0, 100))
    right.set(title="Storage: the counts in memory", ylabel="MB")
    for axes in (left, middle, right):
        axes.set(xlabel="n", xticks=orders)
    figure.savefig(path, dpi=120)
