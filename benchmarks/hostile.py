"""What a class of attackers tries, what it earns, what the report says: docs/attacks.md.

    python benchmarks/hostile.py > docs/attacks.md

The same class as in tests/test_attacks.py, through the same pipeline.
"""

from __future__ import annotations

import html
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from attacked import Attacked, grade_attackers  # noqa: E402
from attacks import ATTACKS, KINDS, Attack  # noqa: E402
from damages import DAMAGES  # noqa: E402


def main() -> None:
    """Grade the attackers and print what came of it."""
    with tempfile.TemporaryDirectory(prefix="k-") as folder:
        attacked = grade_attackers(Path(folder, "course"))
    print("# Attacks and damages\n")
    print("A class of attackers through the real pipeline: `python benchmarks/hostile.py`. Of 10")
    print("points softmax is worth 2; it is wrong wherever it is not right by itself.\n")
    print("| | what was tried | earned | honest part | what the report said |")
    print("|---|---|--:|--:|---|")
    _print_rows(attacked, ATTACKS, KINDS)
    print("\nDamaged on their way, and what they still hold:\n")
    print("| | what happened | earned | held | what the report said |")
    print("|---|---|--:|--:|---|")
    _print_rows(attacked, DAMAGES, {})


def _print_rows(attacked: Attacked, students: dict[str, Attack], kinds: dict[int, str]) -> None:
    for student, attack in students.items():
        score = attacked.outcomes[student].score
        said = attacked.remarks[student].replace("|", "\\|") or "nothing"
        said = html.escape(said.replace(sys.executable, "python"), quote=False)
        kind = kinds.get(attack.line, "")
        print(f"| {kind} | {attack.tried} | {score:g} | {attack.points:g} | {said} |")


if __name__ == "__main__":
    main()
