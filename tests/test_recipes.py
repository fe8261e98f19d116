"""Recipes: what the lectures' tables say, sizes, results; the long ones on a slice, killed."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lmkit import recipes, results, runs
from lmkit.cli import main
from lmkit.grammar import toy
from lmkit.models.storage import size_of
from lmkit.recipes import RECIPES
from lmkit.vocabulary import Vocabulary

PRINTED = {  # deck 5
    "kn5": 141.2, "kn5-cache": 125.7, "nnlm": 140.2, "rnnlm": 124.7,
    "zaremba-medium": 82.7, "variational-lstm": 78.6, "lstm-cache": 72.1,
    "tied-variational-lstm": 73.2, "rhn": 65.4, "awd-lstm": 58.8, "awd-lstm-finetuned": 57.3,
    "awd-lstm-mos": 55.97, "awd-lstm-mos-finetuned": 54.44, "awd-lstm-cache": 52.8,
    "awd-lstm-dynamic": 51.1, "awd-lstm-mos-dynamic": 47.69,
    "jozefowicz-tanh-20m": 97.7, "jozefowicz-lstm-b-20m": 79.83, "jozefowicz-mut3-20m": 89.47,
}  # fmt: skip
LONG = [
    "zaremba-medium", "zaremba-large", "variational-lstm", "tied-variational-lstm", "grave-lstm",
    "rhn", "awd-lstm", "awd-lstm-mos", "jozefowicz-mut1-20m",
]  # fmt: skip


def test_the_published_numbers_are_those_of_the_lecture() -> None:
    assert {name: RECIPES[name].published for name in PRINTED} == PRINTED


@pytest.mark.parametrize("name", [name for name, r in RECIPES.items() if r.plan])
def test_every_recipe_has_a_plan_and_a_source(name: str) -> None:
    recipe = RECIPES[name]
    plan = recipe.make_plan()

    assert plan.schedule.rate_for([]) > 0 and plan.epochs >= 9
    assert recipe.source and recipe.row
    assert not recipe.begins_from or recipe.begins_from in RECIPES


def test_the_zaremba_recipes_are_the_papers() -> None:
    # Section 4.1: 200, 650 and 1500 units; unrolled for 20 and 35 steps; clipped at 5 and 10.
    small, medium, large = (RECIPES[f"zaremba-{s}"] for s in ("small", "medium", "large"))

    assert [r.model["units"] for r in (small, medium, large)] == [
        (200, 200), (650, 650), (1500, 1500),
    ]  # fmt: skip
    assert [r.plan["clip"] for r in (small, medium, large)] == [5, 5, 10]
    # The learning rate is 1 for 6 epochs, then divided by 1.2 each.
    rates = [medium.make_plan().schedule.rate_for([1.0] * done) for done in (0, 5, 6, 7)]
    assert rates == pytest.approx([1, 1, 1 / 1.2, 1 / 1.44])


@pytest.mark.parametrize("size", [4.65e6, 19.8e6])
def test_the_ten_cells_of_a_size_have_as_many_weights(size: Any) -> None:
    vocabulary = Vocabulary(f"w{i}" for i in range(9998))
    names = [name for name in RECIPES if name.startswith("jozefowicz")]
    large = size > 1e7
    sizes = {
        name: size_of(RECIPES[name].make_model(vocabulary, 1))
        for name in names
        if name.endswith("-20m") == large
    }

    assert len(sizes) == 10
    assert all(weights == pytest.approx(size, rel=0.01) for weights in sizes.values()), sizes


def test_a_name_that_is_nearly_right_is_helped() -> None:
    with pytest.raises(ValueError, match="did you mean zaremba-small"):
        recipes.find("zaremba-smal")


def test_a_table_has_published_beside_measured_and_says_what_was_not_run(tmp_path: Path) -> None:
    recipe = RECIPES["kn5"]
    results.write(tmp_path / "a.json", recipe, "ptb", {"test": 141.186, "seconds": 2.5})
    lines = results.table([recipe, RECIPES["rhn"]], results.read(tmp_path))

    assert lines[2].startswith("| KN5 | `kn5` | 141.2 | 141.19 | ")
    assert "2.5 s" in lines[2] and " cores" in lines[2]
    assert lines[3].startswith("| Zilly et al. (2016) - Variational RHN | `rhn` | 65.4 | not run |")
    (tmp_path / "b.json").write_text("{}")
    with pytest.raises(ValueError, match=r"b\.json is not a result"):
        results.read(tmp_path)


class Killed(Exception):
    pass


@pytest.mark.slow
@pytest.mark.parametrize("name", LONG)
def test_a_long_recipe_is_killed_and_goes_on_with_a_slice(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _run_killed(name, tmp_path, monkeypatch)


def test_the_small_recipe_is_killed_and_goes_on_with_a_slice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _run_killed("zaremba-small", tmp_path, monkeypatch)


def _run_killed(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from lmkit.training import checkpoints

    def run(place: Path) -> Any:
        # Two chunks of T words an epoch, or of about T: one shape is compiled, or few.
        words = 2 * RECIPES[name].plan["rows"] * RECIPES[name].plan["steps"]
        return runs.train(runs.Run(name, "toy", place, slice=words, epochs=2), lambda line: None)

    whole = run(folder / "whole")
    saved = checkpoints.save
    times = []

    def dies(path: Any, kinds: Any, facts: Any) -> None:
        saved(path, kinds, facts)
        times.append(path)
        if len(times) == 2:  # best.npz and checkpoint.npz of the first epoch
            raise Killed

    monkeypatch.setattr(checkpoints, "save", dies)
    with pytest.raises(Killed):
        run(folder / "killed")
    again = run(folder / "killed")

    assert again["test"] == whole["test"] and again["valid"] == whole["valid"]
    assert json.loads((folder / "killed" / "result.json").read_text())["slice"] == again["slice"]


@pytest.mark.parametrize(
    ("base", "how"),
    [
        ("awd-lstm", "cache"),
        pytest.param("awd-lstm", "dynamic", marks=pytest.mark.slow),
        pytest.param("awd-lstm-mos", "dynamic", marks=pytest.mark.slow),
    ],
)
def test_what_begins_with_another_run_begins_with_its_weights(
    base: str,
    how: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Training, finetuning and what adapts, each from the folder of the one before; all small."""
    finetuned, adapted = f"{base}-finetuned", f"{base}-{how}"
    for name in (base, finetuned, adapted):
        recipe = RECIPES[name]
        model = {**recipe.model, "units": (8,), "embedding": 8}
        plan = {**recipe.plan, "steps": 10, "varied": False} if recipe.plan else {}
        schedule = ("Decay", {"rate": 2.0})
        small = replace(recipe, model=model, plan=plan, schedule=schedule)
        monkeypatch.setitem(RECIPES, name, small)

    def run(name: str, begin: str | None, folder: str = "", epochs: int = 2) -> Any:
        place = tmp_path / (folder or name)
        options = ["--slice", "3000", "--epochs", str(epochs), "--out", str(place)]
        begins = ["--begin", str(tmp_path / begin)] if begin else []
        assert main(["train", name, "toy", *options, *begins]) == 0
        return json.loads((place / "result.json").read_text())

    trained = run(base, None)
    tuned = run(finetuned, base)
    assert [epoch["averaged"] for epoch in tuned["curve"]] == [True, True]
    assert tuned["curve"][0]["train"] < trained["curve"][0]["train"]
    result = run(adapted, finetuned)
    assert result["test_as_trained"] == pytest.approx(tuned["test"], rel=1e-4)
    assert result["test"] < 1.02 * tuned["test"] and "curve" not in result

    still = replace(RECIPES[finetuned], schedule=("Decay", {"rate": 0.0}))
    monkeypatch.setitem(RECIPES, finetuned, still)
    same = run(finetuned, base, "still", epochs=1)
    assert same["valid"] == pytest.approx(trained["valid"], rel=1e-5)

    capsys.readouterr()
    assert main(["train", finetuned, "toy", "--out", str(tmp_path / "none")]) == 2
    assert f"begins with a trained {base}: name its folder with --begin" in capsys.readouterr().err


@pytest.mark.slow
def test_on_toy_an_lstm_comes_near_to_the_best_possible(tmp_path: Path) -> None:
    best = toy().best_perplexity
    result = runs.train(runs.Run("lstm", "toy", tmp_path, epochs=4, slice=100_000), print)

    # No model can be better; on a sample of text it may seem so by a little.
    assert 0.98 * best < result["test"] < 1.1 * best
