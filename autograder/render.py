"""A verdict as a page shows it (HTML) and as a terminal shows it (text)."""

from __future__ import annotations

from html import escape

from autograder.verdict import Diagnosis, Verdict

GREEN, RED, AMBER = "#1a7f37", "#cf222e", "#9a6700"


def points(value: float) -> str:
    """A number of points, without needless digits: 3, 1.5, 0.67."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def rows(verdict: Verdict) -> list[tuple[str, str, str, str]]:
    """One row for each output: its name, what is expected, what came, what is wrong.

    The first case that fails speaks for the output; the last column is empty when all pass.
    """
    table = []
    for output in dict.fromkeys(a.output for a in verdict.aspects):
        aspects = [a for a in verdict.aspects if a.output == output]
        failed = [a for a in aspects if not a.passed]
        shown = failed[0] if failed else aspects[0]
        said = ""
        if failed:
            cases = "" if len(failed) == len(aspects) else _only(failed[0].case, len(failed))
            said = failed[0].said + cases
        table.append((output, shown.expected, shown.got, said))
    return table


def _only(case: str, count: int) -> str:
    return f" (for {case})" if count == 1 else f" (for {case} and {count - 1} more)"


def notes(verdict: Verdict) -> list[tuple[str, str]]:
    """What is to be said besides the table: (kind, sentence), kind one of error, hint, note."""
    said = []
    if verdict.unwritten:
        return [("note", "Not written yet: the function still raises NotImplementedError.")]
    if verdict.error:
        said.append(("error", f"Your function stopped: {verdict.error}"))
    for d in verdict.diagnoses:
        what = " and ".join(d.outputs)
        said.append(
            ("hint", f"{what}: exactly what you get when {d.name}. {_elsewhere(d)}{d.hint}")
        )
    if verdict.changed:
        names = ", ".join(verdict.changed)
        said.append(
            (
                "error",
                f"Your function changes {names} in place; whoever passed it in would be surprised.",
            )
        )
    if verdict.helped_by:
        names = ", ".join(verdict.helped_by)
        said.append(
            (
                "note",
                f"Judged with the course's {names} in place of yours, "
                "so that an earlier mistake costs once.",
            )
        )
    if verdict.source and verdict.score < 1:
        said.append(("note", f"See {verdict.source}."))
    return said


def _elsewhere(diagnosis: Diagnosis) -> str:
    return "Elsewhere that is right; this course has another convention. " * diagnosis.convention


def title(verdict: Verdict, out_of: float | None = None) -> str:
    """The headline: the problem and what it earns."""
    if out_of is not None:
        return f"{verdict.problem}: {points(verdict.score * out_of)} of {points(out_of)} points"
    if verdict.score == 1:
        return f"{verdict.problem}: right"
    if verdict.unwritten:
        return f"{verdict.problem}: not written yet"
    return (
        f"{verdict.problem}: {verdict.score:.0%} right"
        if verdict.score
        else f"{verdict.problem}: not right yet"
    )


def text(verdict: Verdict, out_of: float | None = None) -> str:
    """The verdict for a terminal."""
    lines = [f"{'✓' if verdict.score == 1 else '✗'} {title(verdict, out_of)}"]
    if not verdict.unwritten:
        for output, expected, got, said in rows(verdict):
            mark = "✗" if said else "✓"
            lines.append(f"  {mark} {output:<10} {got or expected:<14} {said}".rstrip())
    lines += [f"  → {sentence}" for _, sentence in notes(verdict)]
    return "\n".join(lines)


def html(verdict: Verdict, out_of: float | None = None) -> str:
    """The verdict for a page. Everything that came from a student is escaped."""
    color = GREEN if verdict.score == 1 else RED if verdict.score == 0 else AMBER
    mark = "✓" if verdict.score == 1 else "✗"
    headline = f"{mark} {escape(title(verdict, out_of))}"
    parts = [
        f'<div class="tex2jax_ignore" '  # MathJax is to leave a student's words alone
        f'style="border-left:4px solid {color};padding:2px 12px;margin:4px 0">',
        f'<div style="color:{color};font-weight:bold">{headline}</div>',
    ]
    if not verdict.unwritten:
        parts.append(_table(verdict))
    parts += [f'<div style="margin:4px 0">{_note(kind, s)}</div>' for kind, s in notes(verdict)]
    return "".join([*parts, "</div>"])


def _note(kind: str, sentence: str) -> str:
    color = {"error": RED, "hint": AMBER}.get(kind)
    said = escape(sentence)
    return f'<span style="color:{color}">{said}</span>' if color else said


def _table(verdict: Verdict) -> str:
    cell = '<td style="text-align:left;padding:1px 12px 1px 0">{}</td>'
    head = "".join(
        f'<th style="text-align:left;padding:1px 12px 1px 0">{name}</th>'
        for name in ("", "output", "expected", "got", "")
    )
    body = []
    for output, expected, got, said in rows(verdict):
        mark = f'<span style="color:{RED if said else GREEN}">{"✗" if said else "✓"}</span>'
        cells = (
            mark,
            f"<code>{escape(output)}</code>",
            escape(expected),
            escape(got),
            escape(said),
        )
        body.append("<tr>" + "".join(cell.format(c) for c in cells) + "</tr>")
    return f'<table style="margin:2px 0"><tr>{head}</tr>{"".join(body)}</table>'
