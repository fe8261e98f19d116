"""What the judge says: plain data, from the judge to the gradebook, the page and the table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Aspect:
    """One output in one case: right, or what is wrong with it.

    Attributes:
        case: the case's name.
        output: the output's name.
        share: its share of the problem, 0 to 1; all shares of a problem sum to one.
        passed: whether it is right.
        expected: the shape that is right: "(3, 4)"; of a measured number, its bound: "at most 9".
        got: the shape that came: "(4, 3)", or the number; "" when nothing came.
        said: what is wrong, in a few words; "" when it is right.
        part: what is earned of the share though it is not all right, 0 to 1.
    """

    case: str
    output: str
    share: float
    passed: bool
    expected: str
    got: str
    said: str = ""
    part: float = 0.0


@dataclass(frozen=True)
class Diagnosis:
    """A known mistake that gives exactly this output.

    Attributes:
        name: completes "your output is exactly what you get when ...".
        hint: where in the lecture to look.
        convention: right elsewhere, not in this course.
        outputs: the outputs that it explains.
    """

    name: str
    hint: str
    convention: bool
    outputs: tuple[str, ...]

    def __str__(self) -> str:
        return f"{' and '.join(self.outputs)}: exactly what you get when {self.name}"


@dataclass(frozen=True)
class Verdict:
    """The judgement of one problem.

    Attributes:
        problem: its name.
        score: the share of its points that is earned, 0 to 1.
        source: the lecture that it comes from.
        aspects: every output in every case.
        diagnoses: the known mistakes recognised.
        error: what kept the function from answering; "" when it answered everywhere.
        unwritten: the function is still the stub.
        changed: names of the arguments that the function changed in place.
        helped_by: functions that it was judged with instead of the student's own.
    """

    problem: str
    score: float
    source: str = ""
    aspects: tuple[Aspect, ...] = ()
    diagnoses: tuple[Diagnosis, ...] = ()
    error: str = ""
    unwritten: bool = False
    changed: tuple[str, ...] = ()
    helped_by: tuple[str, ...] = field(default=())

    @property
    def summary(self) -> str:
        """One line for a table: the first thing that a reader wants to know."""
        if self.unwritten:
            return "not written yet"
        if self.diagnoses:
            return "; ".join(d.name for d in self.diagnoses)
        if self.error:
            return self.error
        if self.changed:
            return f"changes {', '.join(self.changed)} in place"
        in_part = [f"{a.output} {a.said}" for a in self.aspects if a.part]
        if in_part:
            return in_part[0]
        wrong = dict.fromkeys(a.output for a in self.aspects if not a.passed)
        return f"{', '.join(wrong)} wrong" if wrong else "right"

    def to_json(self) -> dict[str, Any]:
        """Plain dictionaries and lists."""
        return {  # not by asdict, which copies all that is in it
            **vars(self),
            "aspects": [dict(vars(aspect)) for aspect in self.aspects],
            "diagnoses": [dict(vars(diagnosis)) for diagnosis in self.diagnoses],
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Verdict:
        """The verdict that `to_json` wrote."""
        return cls(
            **{
                **data,
                "aspects": tuple(Aspect(**a) for a in data["aspects"]),
                "diagnoses": tuple(
                    Diagnosis(**{**d, "outputs": tuple(d["outputs"])}) for d in data["diagnoses"]
                ),
                "changed": tuple(data["changed"]),
                "helped_by": tuple(data["helped_by"]),
            }
        )
