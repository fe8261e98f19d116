"""The training curve shows the numbers of the result."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lmkit import plots

RESULT: dict[str, Any] = {
    "row": "LSTM", "text": "ptb", "test": 118.5, "published": 114.5, "best_possible": None,
    "curve": [{"epoch": e, "rate": r, "train": t, "valid": v} for e, r, t, v in
              ((1, 1.0, 270.0, 190.0), (2, 1.0, 150.0, 140.0), (3, 0.5, 110.0, 125.0))],
}  # fmt: skip


def lines(figure: Any) -> dict[str, list[float]]:
    return {line.get_label(): list(line.get_ydata()) for line in figure.axes[0].get_lines()}


def test_curves_and_levels_are_those_of_the_result() -> None:
    drawn = lines(plots.training_curve(RESULT))
    assert drawn["training text"] == [270.0, 150.0, 110.0]
    assert drawn["validation"] == [190.0, 140.0, 125.0]
    assert drawn["test: 118.50"] == [118.5, 118.5]
    assert drawn["test, published: 114.50"] == [114.5, 114.5]
    assert len(drawn) == 4


def test_a_rate_is_drawn_over_its_whole_epoch_even_if_there_is_one() -> None:
    for curve in (RESULT["curve"], RESULT["curve"][:1]):
        below = plots.training_curve({**RESULT, "curve": curve}).axes[1]
        ((rates, borders, _),) = (patch.get_data() for patch in below.patches)
        assert list(rates) == [epoch["rate"] for epoch in curve]
        assert list(borders) == [0.5 + n for n in range(len(curve) + 1)]
        assert below.get_xlim() == (0.5, len(curve) + 0.5)


def test_what_was_published_is_not_drawn_beside_another_text_or_a_slice() -> None:
    for change in ({"text": "toy", "best_possible": 7.53}, {"slice": 1000}):
        drawn = lines(plots.training_curve({**RESULT, **change}))
        assert not any("published" in name for name in drawn)
    toy = lines(plots.training_curve({**RESULT, "text": "toy", "best_possible": 7.53}))
    assert toy["best possible: 7.53"] == [7.53, 7.53]


def test_the_file_is_a_picture_and_whole(tmp_path: Path) -> None:
    from matplotlib.image import imread

    path = tmp_path / "curve.png"
    plots.save(plots.training_curve(RESULT), path)
    picture = imread(path)
    assert picture.shape[:2] == (720, 840) and np.ptp(picture) > 0
    assert [p.name for p in tmp_path.iterdir()] == ["curve.png"]


def test_what_cannot_be_drawn_is_said(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no curve"):
        plots.training_curve({**RESULT, "curve": []})
    with pytest.raises(ValueError, match="xyz"):
        plots.save(plots.training_curve(RESULT), tmp_path / "curve.xyz")
    assert list(tmp_path.iterdir()) == []
