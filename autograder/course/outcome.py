"""What came of one submission: plain data, from the process that ran it to the one that records."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from autograder import render
from autograder.verdict import Verdict


@dataclass(frozen=True)
class Outcome:
    """A submission, graded.

    Attributes:
        student: whose it is.
        assignment: of which assignment.
        follows: what the outcome follows from (the submission, the released notebook, the grader,
            ...), part by part; what follows from the same is not graded twice.
        verdicts: of every exercise, by grade_id.
        points: earned, by grade_id.
        out_of: points that could be earned, by grade_id.
        notebook: the executed notebook, as JSON text.
        unreadable: why it could not be read; "" if it could.
        mended: what was made whole.
        stopped: cells that were stopped or killed the kernel: in words.
        noticed: what an instructor may want to look at; not told to the student.
        seed: from which the judge drew its inputs, made after the student's cells had run.
        seconds: from reading to verdict.
        late: seconds by which it came after it was due, extension and all.
        penalty: points that this costs, by the method that nbgrader_config.py names.
        by_hand: points that a human has given in nbgrader, over and above the judge's.
    """

    student: str
    assignment: str
    follows: dict[str, str]
    verdicts: dict[str, Verdict]
    points: dict[str, float]
    out_of: dict[str, float]
    notebook: str
    unreadable: str = ""
    mended: tuple[str, ...] = ()
    stopped: tuple[str, ...] = ()
    noticed: tuple[str, ...] = ()
    seed: int = 0
    seconds: float = field(default=0.0, compare=False)
    late: float = 0.0
    penalty: float = 0.0
    by_hand: float = 0.0

    @property
    def score(self) -> float:
        """The judge's points, before a penalty for being late."""
        return sum(self.points.values())

    @property
    def final(self) -> float:
        """Points that count: a human's put on, the penalty for being late taken off."""
        return max(0.0, self.score + self.by_hand - self.penalty)

    @property
    def max_score(self) -> float:
        """Points that could be earned."""
        return sum(self.out_of.values())

    @property
    def remarks(self) -> list[str]:
        """What there is to say of it, to the student, too."""
        late = [f"{duration(self.late)} late"] if self.late else []
        if self.penalty:
            late = [f"{late[0]}: {render.points(self.penalty)} points off"]
        if self.by_hand:
            late.append(f"{'+' * (self.by_hand > 0)}{render.points(self.by_hand)} points by hand")
        if self.unreadable:
            return [f"could not be read: {self.unreadable}", *late]
        verdicts = self.verdicts.values()
        unwritten = sum(v.unwritten for v in verdicts)
        said = [f"{v.problem}: {v.summary}" for v in verdicts if v.score < 1 and not v.unwritten]
        if unwritten:
            said.append(
                "nothing written" if unwritten == len(verdicts) else f"{unwritten} not written"
            )
        return [*late, *said, *self.stopped, *self.mended]

    def to_json(self) -> dict[str, Any]:
        """Plain dictionaries and lists."""
        return {**self.__dict__, "verdicts": {k: v.to_json() for k, v in self.verdicts.items()}}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Outcome:
        """The outcome that `to_json` wrote."""
        data = dict(data)
        data["verdicts"] = {k: Verdict.from_json(v) for k, v in data["verdicts"].items()}
        for name in ("mended", "stopped", "noticed"):
            data[name] = tuple(data.get(name, ()))
        return cls(**data)


def duration(seconds: float) -> str:
    """A length of time as one says it: "2 days 3 h", "4 min"."""
    minutes = max(1, round(seconds / 60))
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        said = f"{days} day{'s' if days > 1 else ''}"
        return f"{said} {hours} h" if hours else said
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
