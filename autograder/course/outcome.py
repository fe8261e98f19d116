"""What came of one submission: plain data, from the process that ran it to the one that records."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from autograder.verdict import Verdict


@dataclass(frozen=True)
class Outcome:
    """A submission, graded.

    Attributes:
        student: whose it is.
        assignment: of which assignment.
        digest: of everything that the outcome follows from; the same digest is not graded twice.
        verdicts: of every exercise, by grade_id.
        points: earned, by grade_id.
        out_of: points that could be earned, by grade_id.
        notebook: the executed notebook, as JSON text.
        unreadable: why it could not be read; "" if it could.
        mended: what was made whole.
        stopped: cells that were stopped or killed the kernel: in words.
        seed: from which the judge drew its inputs, made after the student's cells had run.
        seconds: from reading to verdict.
    """

    student: str
    assignment: str
    digest: str
    verdicts: dict[str, Verdict]
    points: dict[str, float]
    out_of: dict[str, float]
    notebook: str
    unreadable: str = ""
    mended: tuple[str, ...] = ()
    stopped: tuple[str, ...] = ()
    seed: int = 0
    seconds: float = field(default=0.0, compare=False)

    @property
    def score(self) -> float:
        """Points in all."""
        return sum(self.points.values())

    @property
    def max_score(self) -> float:
        """Points that could be earned."""
        return sum(self.out_of.values())

    @property
    def remarks(self) -> list[str]:
        """What an instructor wants to know at a glance."""
        if self.unreadable:
            return [f"could not be read: {self.unreadable}"]
        verdicts = self.verdicts.values()
        unwritten = sum(v.unwritten for v in verdicts)
        said = [f"{v.problem}: {v.summary}" for v in verdicts if v.score < 1 and not v.unwritten]
        if unwritten:
            said.append(
                "nothing written" if unwritten == len(verdicts) else f"{unwritten} not written"
            )
        return [*said, *self.stopped, *self.mended]

    def to_json(self) -> str:
        """JSON text."""
        data = {**self.__dict__, "verdicts": {k: v.to_json() for k, v in self.verdicts.items()}}
        return json.dumps(data)

    @classmethod
    def from_json(cls, text: str) -> Outcome:
        """The outcome that `to_json` wrote."""
        data: dict[str, Any] = json.loads(text)
        data["verdicts"] = {k: Verdict.from_json(v) for k, v in data["verdicts"].items()}
        data["mended"], data["stopped"] = tuple(data["mended"]), tuple(data["stopped"])
        return cls(**data)
