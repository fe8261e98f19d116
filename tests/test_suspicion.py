"""What is worth a look in a student's code, however it is written."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from attacks import ATTACKS
from student_code import solution_cells

from autograder.course import suspicion
from autograder.course.suspicion import suspicious


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import os\nos._exit(0)", ["_exit"]),
        ("import socket as s", ["socket"]),
        ("import urllib.request", ["urllib.request"]),
        ("from os import fork as f", ["fork"]),
        ("from autograder.judge import judge", ["autograder.judge"]),
        ("class A:\n    def __eq__(self, other):\n        return True", ["__eq__"]),
        ("class A:\n    def __init__(self):\n        self.b = __name__", []),
        ("open('/pr' 'oc/1/environ')", ["/proc/"]),
        ('open("/pr"\n  # a comment\n  "oc/1")', ["/proc/"]),
        ('open("""/pr""" """oc/1""")', ["/proc/"]),
        ("open('/pr' f'oc/{1}')", ["/proc/"]),
        ("open('\\x2fproc/1')", ["/proc/"]),
        ("open('\\N{SOLIDUS}proc/1')", ["/proc/"]),
        ("ｅｘｅｃ('1')", ["exec"]),
        ("getattr(x, '__cla' 'ss__')", ["__class__"]),
        ("getattr(x, 'sys' 'tem')", ["system"]),
        ("# exec, /proc/, __class__ and os.system in a comment", []),
        ("%run x\nexec('1')", ["exec"]),
        ("def f(:", []),
        ('"""A text."""\nx = "a" + "b"\n', []),
    ],
)
def test_what_is_worth_a_look(source: str, found: list[str]) -> None:
    assert suspicious(source) == found


def test_a_first_look_misses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    cells = solution_cells()
    for attack in ATTACKS.values():
        with suppress(ValueError, RecursionError):  # some are no notebooks
            cells += [cell["source"] for cell in json.loads(attack.content)["cells"]]
    cells = ["".join(cell) for cell in cells]
    first = [suspicious(cell) for cell in cells]
    passed = sum(not suspicion._may_be_suspicious(cell) for cell in cells)
    monkeypatch.setattr(suspicion, "_may_be_suspicious", lambda source: True)
    assert first == [suspicious(cell) for cell in cells]
    assert passed > 100 and any(first)
