"""What is kept of each submission: its last grade, and those that it had before.

One file a student, replaced as a whole: whoever is killed at any moment leaves the old file or the
new one. It holds verdicts and no notebook; the executed notebook is in autograded/.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from autograder.course.config import Course
from autograder.course.outcome import Outcome
from autograder.render import points
from lmkit.files import write_atomically

SAID_OF = {
    "submission": "handed in again",
    "assignment": "the assignment was released anew",
    "limits": "other limits",
    "grader": "the grader has changed",
    "environment": "another environment",
}
"""How each part that a grade follows from is named when it is another than before."""


@dataclass(frozen=True)
class Grading:
    """One time that a submission was graded.

    Attributes:
        when: UTC, "2026-11-26 12:00:00 UTC".
        why: "graded", or what was other than the time before: "handed in again".
        outcome: without its notebook.
    """

    when: str
    why: str
    outcome: Outcome

    def changes(self, before: Grading) -> list[str]:
        """Which points are other than before: "rnn_step 0 -> 3"."""
        old, new = before.outcome.points, self.outcome.points
        return [
            f"{grade_id.removesuffix('_grade')} "
            f"{points(old.get(grade_id, 0.0))} -> {points(new.get(grade_id, 0.0))}"
            for grade_id in dict.fromkeys([*old, *new])
            if abs(old.get(grade_id, 0.0) - new.get(grade_id, 0.0)) > 1e-9
        ]


def now() -> str:
    """The time as Grading.when has it."""
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


class States:
    """The state files of one assignment, .autograder/<assignment>/<student>.json.

    Args:
        course: where the folders are.
        assignment: its name.
    """

    def __init__(self, course: Course, assignment: str) -> None:
        self.folder = course.root / ".autograder" / assignment

    def history(self, student: str) -> list[Grading]:
        """Every grading of a student's submissions, the last one last; empty if there is none.

        A file that is no state (an older version's, or damaged with the disk) counts as none:
        the submission is graded anew.
        """
        path = self.folder / f"{student}.json"
        try:
            entries = json.loads(path.read_text(encoding="utf-8"))["gradings"]
            return [Grading(e["when"], e["why"], Outcome.from_json(e["outcome"])) for e in entries]
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return []

    def is_there(self, student: str) -> bool:
        """Has a student been graded?"""
        return (self.folder / f"{student}.json").is_file()

    def known(self, student: str, follows: dict[str, str]) -> Outcome | None:
        """The outcome of the last grading, if it follows from the same."""
        history = self.history(student)
        return history[-1].outcome if history and history[-1].outcome.follows == follows else None

    def add(self, outcome: Outcome) -> None:
        """Keep a new outcome; the one before it becomes history.

        The same grade from the same submission, grader and environment takes its place instead.
        """
        history = self.history(outcome.student)
        outcome = replace(outcome, notebook="")
        why = _why(history[-1].outcome, outcome) if history else "graded"
        if history and not why:
            if history[-1].outcome.points == outcome.points:
                history.pop()
            why = "graded once more"
        if not history:
            why = "graded"
        self._write(outcome.student, [*history, Grading(now(), why, outcome)])

    def correct(self, outcome: Outcome) -> None:
        """Put the last outcome right in what does not come from grading: when it was due."""
        *history, last = self.history(outcome.student)
        self._write(
            outcome.student, [*history, replace(last, outcome=replace(outcome, notebook=""))]
        )

    def __iter__(self) -> Iterator[tuple[str, list[Grading]]]:
        """Students who have been graded, and their gradings."""
        for path in sorted(self.folder.glob("*.json")):
            history = self.history(path.stem)
            if history:
                yield path.stem, history

    def _write(self, student: str, history: list[Grading]) -> None:
        entries = [{"when": g.when, "why": g.why, "outcome": g.outcome.to_json()} for g in history]
        path = self.folder / f"{student}.json"
        write_atomically(path, json.dumps({"gradings": entries}))


def _why(before: Outcome, after: Outcome) -> str:
    """What the later outcome follows from that the earlier did not."""
    if not before.follows or not after.follows:
        was, is_now = (not o.follows for o in (before, after))
        return "" if was and is_now else "set aside" if is_now else "it had been set aside"
    changed = [n for n in after.follows if after.follows[n] != before.follows.get(n)]
    if changed == ["environment"]:
        return f"another environment ({after.follows['environment']})"
    return ", ".join(SAID_OF.get(name, name) for name in changed)
