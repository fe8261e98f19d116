"""One recipe for each row of the lectures' Penn Treebank tables that can be had, and some more.

lmkit recipes                                    what there is, and where it comes from
lmkit train zaremba-small ptb --out runs/small   one of them
lmkit table ptb                                  published beside measured
"""

from __future__ import annotations

import difflib

from lmkit.recipes import any_text, first_table, jozefowicz, second_table
from lmkit.recipes.recipe import Recipe

__all__ = ["RECIPES", "TABLES", "Recipe", "find"]

RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        *first_table.RECIPES,
        *second_table.RECIPES,
        *jozefowicz.RECIPES,
        *any_text.RECIPES,
    )
}

TABLES = {
    first_table.TABLE: "Progress on language models, part 1 (deck 5)",
    second_table.TABLE: "Progress on language models, part 2 (deck 5)",
    jozefowicz.SMALL: "Is LSTM architecture optimal? 5 million weights (deck 5, column 5M-tst)",
    jozefowicz.LARGE: "Is LSTM architecture optimal? 20 million weights (deck 5, column 20M-tst)",
}


def find(name: str) -> Recipe:
    """The recipe of this name.

    Raises:
        ValueError: if there is none.
    """
    if name in RECIPES:
        return RECIPES[name]
    near = difflib.get_close_matches(name, RECIPES, n=2)
    meant = f"did you mean {' or '.join(near)}?" if near else "`lmkit recipes` lists them"
    raise ValueError(f"there is no recipe {name!r}: {meant}")
