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
        ("np?\nimport socket, ctypes, subprocess", ["ctypes", "socket", "subprocess"]),
        ("out = !id\nimport ctypes", ["!id", "ctypes"]),
        ("%%bash\nid; cat /etc/passwd", ["%%bash"]),
        ("%%sh\nid", ["%%sh"]),
        ("%%script python3\nimport x", ["%%script"]),
        ("%sx id", ["!id"]),
        ("!!id", ["!id"]),
        ("if True:\n    !/bin/id -u", ["!/bin/id"]),
        ("!pip install numpy; id", ["!pip"]),
        ("!pip install numpy $(id)", ["!pip"]),
        ("!pip install -q 'numpy>=2' keras==3.1 > /dev/null 2>&1", []),
        ("%pip install -q numpy", []),
        ("!apt-get -y install graphviz", []),
        ("!nvidia-smi\n%matplotlib inline\nx = 1", []),
        ("%%time\nx = exec('1')", ["exec"]),
        ("%time exec('1')", ["exec"]),
        ("%%capture\n%%bash\nid", ["%%bash"]),
        ("import socket\ndef f(:", ["socket"]),
        ("import socket\nx = " + "-" * 200_000 + "1", ["socket"]),
        ("import socket\n" + "!a\n" * 100_000, ["!a", "socket"]),
        ("np.array_equal = lambda a, b: True", ["a new np.array_equal"]),
        ("import numpy.linalg as la\nla.norm, x = f, 1", ["a new la.norm"]),
        ("np.linalg.norm: object = f", ["a new np.linalg.norm"]),
        ("for np.pi in [3]: pass", ["a new np.pi"]),
        ("del np.pi", ["a new np.pi"]),
        ("(np.pi\n) = 3", ["a new np.pi"]),
        ("self.w = np.zeros(3)\nmodel.layer.w += 1", []),
        ("x = np.array([1])\nnp.random.seed(0)", []),
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
