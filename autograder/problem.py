"""What a problem is: how inputs are drawn, what is right, which mistakes are known.

A problem knows nothing of points, notebooks or kernels. The points are the notebook's (nbgrader
keeps them); here stands which share of them each aspect is worth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Function = Callable[..., Any]
Draw = Callable[[np.random.Generator], tuple[Any, ...]]


class Keyed(tuple[Any, ...]):
    """A case's arguments with a key to them: what the judge knows and the function is not told.

    Whoever answers gets the arguments alone; `Problem.observe` gets both.

    Attributes:
        key: the words that came next, say, where the arguments are the words before.
    """

    key: Any

    def __new__(cls, arguments: Iterable[Any], key: Any = None) -> Keyed:
        """The arguments in order, and the key."""
        made = super().__new__(cls, arguments)
        made.key = key
        return made


@dataclass(frozen=True)
class Bounds:
    """What a measured number earns, where lower is better and no one value is right.

    Attributes:
        full: up to this number all is earned.
        none: from this number on nothing; between the two, in proportion.
    """

    full: float
    none: float

    def credit(self, measured: float) -> float:
        """The share that is earned, 0 to 1; 0 for NaN."""
        share = (self.none - measured) / (self.none - self.full)
        return min(share, 1.0) if share > 0 else 0.0


@dataclass(frozen=True)
class Case:
    """One kind of input on which the function is called.

    Attributes:
        name: what is special about it, as a student reads it: "a random batch".
        draw: makes the positional arguments from a random generator. Random and asymmetric:
            N, T, D and H all different, no constant weights (they hide the order of gates).
            `Keyed` if the judge has to know more than the function is told.
        weight: its share among the cases.
    """

    name: str
    draw: Draw
    weight: float = 1.0


@dataclass(frozen=True)
class Output:
    """One of the things that the function returns.

    Attributes:
        name: the lecture's letter: "h", "dW_h".
        weight: its share among the outputs.
    """

    name: str
    weight: float = 1.0


@dataclass(frozen=True)
class Mistake:
    """A wrong implementation that students really write.

    Attributes:
        name: completes "your output is exactly what you get when ...".
        hint: points at the lecture without giving the line away.
        wrong: the wrong implementation; takes what the reference takes. Self-contained but for
            numpy and the names that the notebook defines, so that its source can stand in one.
        convention: right elsewhere, not here; the name then says where.
    """

    name: str
    hint: str
    wrong: Function
    convention: bool = False


@dataclass
class Problem:
    """A function that a student writes.

    Attributes:
        name: of the problem and of the function.
        reference: the right implementation.
        outputs: what it returns, in order. With one, the function returns that value itself;
            with more, a tuple of them.
        cases: the inputs on which it is judged.
        source: the lecture it comes from: "Deck 3, Long short-term memory".
        uses: other problems' functions that this one calls. If the answer is wrong, it is
            judged again with the right ones in their place.
        frameworks: what it may be written with besides NumPy: "keras". Where it is to be written
            from scratch, none is there.
        observe: (arguments, value) -> value: what is compared instead of the raw return value,
            for problems with more than one right answer. Runs on the trusted side.
        rtol: relative tolerance; inputs are float64.
        atol: absolute tolerance.
        bounds: what is observed is a number that need not be the reference's but low enough: the
            perplexity of a model that the student has trained.
        mistakes: the known ones, most telling first; filled by `mistake`.
    """

    name: str
    reference: Function
    outputs: tuple[Output, ...]
    cases: tuple[Case, ...]
    source: str
    uses: tuple[str, ...] = ()
    frameworks: tuple[str, ...] = ()
    observe: Callable[[tuple[Any, ...], Any], Any] | None = None
    rtol: float = 1e-6
    atol: float = 1e-9
    bounds: Bounds | None = None
    mistakes: list[Mistake] = field(default_factory=list)

    def values(self, arguments: tuple[Any, ...], returned: Any) -> tuple[Any, ...]:
        """What is compared of a return value: one entry for each output, if it is well-formed.

        Raises:
            ValueError: from `observe`, when there is nothing to be observed in it.
        """
        if self.observe:
            returned = self.observe(arguments, returned)
        if len(self.outputs) > 1 and (
            isinstance(returned, (tuple, list))
            or (isinstance(returned, np.ndarray) and returned.shape[:1] == (len(self.outputs),))
        ):
            return tuple(returned)
        return (returned,)

    def mistake(
        self, name: str, *, hint: str, convention: bool = False
    ) -> Callable[[Function], Function]:
        """Decorate a wrong implementation to make it one of the known mistakes."""

        def register(wrong: Function) -> Function:
            self.mistakes.append(Mistake(name, hint, wrong, convention))
            return wrong

        return register
