"""How a training went, as a picture."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lmkit.files import replacing


def training_curve(result: Mapping[str, Any]) -> Any:
    """Perplexity and learning rate over the epochs.

    Args:
        result: what `lmkit.runs.train` returns and `lmkit train` writes to result.json.

    Returns:
        A `matplotlib.figure.Figure`: the text that was learned from (with dropout, where there is
        any), the validation text, and as lines what was measured on the test text, what was
        published, and the best possible.

    Raises:
        ValueError: if the result has no epochs, as that of an n-gram model.
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator, ScalarFormatter

    epochs = result.get("curve", [])
    if not epochs:
        raise ValueError(f"{result['row']} was not trained in epochs: there is no curve to draw")
    figure = Figure(figsize=(7, 6), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    number = [epoch["epoch"] for epoch in epochs]
    above.plot(number, [e["train"] for e in epochs], "o-", color="tab:gray", label="training text")
    above.plot(number, [e["valid"] for e in epochs], "o-", color="tab:blue", label="validation")
    of_a_slice = bool(result.get("slice")) or result["text"] != "ptb"
    levels = {
        "test": (result["test"], "tab:red", "-"),
        "test, published": (None if of_a_slice else result["published"], "tab:red", ":"),
        "best possible": (result["best_possible"], "tab:green", "--"),
    }
    for name, (level, color, style) in levels.items():
        if level:
            above.axhline(level, color=color, linestyle=style, label=f"{name}: {level:.2f}")
    above.set(title=f"{result['row']}, {result['text']}", ylabel="perplexity", yscale="log")
    for axis in (above.yaxis.set_major_formatter, above.yaxis.set_minor_formatter):
        axis(ScalarFormatter())
    above.legend()
    borders = [number[0] - 0.5, *(n + 0.5 for n in number)]
    below.stairs([epoch["rate"] for epoch in epochs], borders, baseline=None, color="tab:gray")
    below.set(xlim=(borders[0], borders[-1]), ylim=(0, None))
    below.set(xlabel="epoch", ylabel="learning rate")
    below.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    return figure


def save(figure: Any, path: Path) -> None:
    """Write a figure to a file, whole or not at all; the name's ending says how (.png, .pdf).

    Raises:
        ValueError: if matplotlib does not know the ending.
    """
    with replacing(path) as part:
        figure.savefig(part, format=path.suffix[1:] or "png", dpi=120)
