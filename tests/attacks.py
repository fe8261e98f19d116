"""A class of attackers: what each hands in, what its honest part earns, what the report says of it.

Softmax is wrong in most of them: whatever else a notebook does, its 2 points must not come back.
Used by test_attacks.py, and by benchmarks/hostile.py for the table in docs/attacks.md.
"""

from __future__ import annotations

from dataclasses import dataclass

from small_homework import WRONG_SOFTMAX, raw, submission
from test_hostile_resources import (
    DISK,
    ENDLESS_IMPORT,
    FORK_BOMB,
    MEMORY_OF_MANY,
    MESSAGES,
)
from test_session_forged import (
    ANSWERED_AT_ONCE,
    ENDED_AT_ONCE,
    NO_ASSERTS,
    NONSENSE,
    SCORES,
    forged,
)
from test_session_hostile import (
    ANSWERS_ITSELF,
    BOMBS,
    HARD_CODED,
    LIARS,
    NUMPY,
    SHADOWS,
    TAKEN,
    returns,
)


@dataclass(frozen=True)
class Attack:
    """One attacker.

    Attributes:
        line: of what it is an example; the number of a kind in `KINDS`.
        tried: what the notebook tries, in words.
        content: of the file.
        points: what the honest part earns, of 10.
        said: a part of what the report says of it.
    """

    line: int
    tried: str
    content: bytes
    points: float
    said: str


KINDS = {
    1: "answers that lie about themselves",
    2: "the interpreter changed",
    3: "messages forged",
    4: "errors silenced",
    5: "reading what is not theirs",
    6: "writing what is not theirs",
    7: "numbers that are none",
    8: "ways out",
    9: "the network",
    10: "libraries replaced",
    11: "answers that harm their reader",
    12: "everything used up",
    13: "not from scratch",
    14: "visible cases hard-coded",
    15: "pages, tables and files",
    16: "behaving otherwise when graded",
}


def _attack(line: int, tried: str, said: str, points: float = 8, /, **cells: str) -> Attack:
    if points == 8:
        cells.setdefault("softmax", WRONG_SOFTMAX)
    return Attack(line, tried, raw(submission(**cells)), points, said)


SAYS = r"""
def softmax(logits):
    raise ValueError('<img src=x onerror="f()"> <b onclick=f()> \x1b[2J\x1b]0;title\x07 \0\u202e')
"""
SECOND_GUESS = """
asked = 0
def rnn_sequence(x, h0, W_x, W_h, b):
    global asked
    asked += 1
    states = [h0]
    for t in range(x.shape[1]):
        states.append(rnn_step(x[:, t], states[-1], W_x, W_h, b))
    return np.stack(states[1:], axis=1) * (asked > 4)
"""
READS = """# reads
import glob, os
found = []
places = ["/etc/shadow", "{repo}/autograder/problems", "{repo}/tests",
          "{repo}/solutions", "{course}/gradebook.db", "{course}/submitted", "{course}"]
for place in places:
    try:
        found.append(os.listdir(place) if os.path.isdir(place) else open(place, "rb").read())
    except OSError:
        pass
for path in glob.glob("/proc/[0-9]*/environ"):
    if path.split("/")[2] not in (str(os.getpid()), "self"):
        try:
            found.append(open(path, "rb").read())
        except OSError:
            pass
print("FOUND", [f for f in found if f])
"""
WRITES = """# writes
import os, sqlite3
for path in ("{course}/gradebook.db", "{course}/grades.csv", "{course}/submitted/honest/x",
             "{repo}/autograder/judge.py", "/usr/local/lib/poison.py", "{prefix}/poison.pth"):
    try:
        open(path, "ab").write(b"x")
        print("WROTE", path)
    except OSError:
        pass
"""
POISON = """# poison
import os, sys
for folder in ("~/.keras", "~/.ipython", "/tmp", "/dev/shm"):
    folder = os.path.expanduser(folder)
    try:
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "numpy.py"), "w") as file:
            file.write("raise SystemExit")
    except OSError:
        pass
"""
KILLS = """# kills
import os, signal
for pid in (1, os.getppid(), -1):
    if pid != os.getpid():
        try:
            os.kill(pid, signal.SIGKILL)
        except OSError:
            pass
"""
NETWORK = """# network
import socket
for host, port in (("127.0.0.1", {port}), ("localhost", {port}), ("1.1.1.1", 53)):
    try:
        socket.create_connection((host, port), 1).sendall(b"answers?")
        print("CONNECTED", host)
    except OSError:
        pass
"""
BY_FRAMEWORK = """
def softmax(logits):
    {bring}
    return {use}
"""
FRAMES = """
import sys

def softmax(logits):
    frame, seen = sys._getframe(), []
    while frame:
        seen += [v for v in frame.f_locals.values() if isinstance(v, np.ndarray)]
        frame = frame.f_back
    same = [v for v in seen if v.shape == logits.shape and np.allclose(v.sum(axis=-1), 1)]
    return same[0] if same else logits
"""
COLLECTOR = """
import gc

def softmax(logits):
    for thing in gc.get_objects():
        if callable(thing) and getattr(thing, "__name__", "") == "softmax" and thing is not softmax:
            return thing(logits)
    return logits
"""
WATCHES = """
import os, sys

def softmax(logits):
    graded = "lmkit" in sys.modules and sys.modules["lmkit"] is None or "SESSION" in os.environ
    if graded or os.environ.get("USER") == "student":
        return np.ones_like(logits)
    return np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
"""
STEALS_HELP = """
def rnn_step(x, h_prev, W_x, W_h, b):
    raise ValueError("no")
"""
RECURSION = "def softmax(logits):\n    return softmax(logits)"
WARNS = """# warns
import warnings
class Loud:
    def __del__(self):
        raise SystemError("deleted")
Loud()
warnings.simplefilter("error")
"""
THREAD = """# thread
import threading, time
def change():
    while True:
        globals()["grade"] = globals()["check"] = lambda *a, **k: 1000
        globals()["softmax"] = lambda logits: np.full(logits.shape, 1 / logits.shape[-1])
        time.sleep(0.001)
threading.Thread(target=change, daemon=True).start()
"""
SCRIPT = """# page
from IPython.display import HTML, Javascript, Markdown, SVG, display
evil = "<script>document.title='HACKED'</script>"
display(HTML(f"<b>fine</b>{evil}<img src=x onerror=alert('HACKED')>"))
display(Javascript("document.title='HACKED'"))
links = ("javascript:alert('HACKED')", "java&#115;cript:alert(1)", "&#106;avascript:alert(1)",
         "JaVaScRiPt:alert(1)", "data:text/html,<script>alert(1)</script>", "<javascript:alert(1)>")
display(Markdown(evil + " ".join(f"[a]({link})" for link in links)))
display(Markdown("[b]\\n\\n[b]: javascript:alert(1)"))
display(SVG(f"<svg xmlns='http://www.w3.org/2000/svg'>{evil}</svg>"))
display({"image/png": "x' onerror='alert(1)"}, raw=True)
display({"text/latex": r"$\\href{javascript:alert('HACKED')}{x}$"}, raw=True)
"""
DEEP = "nested = " + "[" * 80 + "]" * 80

ATTACKS: dict[str, Attack] = {
    "honest": _attack(0, "nothing", "", 10),
    "liar": _attack(1, "an array class that equals everything", "softmax", softmax=returns(
        "Equal(logits.shape)", "Raises(logits.shape)", "Nonsense(logits.shape)",
        "np.zeros(logits.shape).view(Array)", first=LIARS)),
    "transformer": _attack(2, "an AST transformer that deletes asserts and raises",
                           "ast_transformers", before=f"# before{NO_ASSERTS}"),
    "results": _attack(3, "forged results and displays with full points", "kernel.shell",
                       before=forged(SCORES)),
    "nonsense": _attack(3, "forged messages of every kind, all malformed", "kernel.shell",
                        before=forged(NONSENSE)),
    "idle": _attack(3, "a forged end before the cell has ended", "kernel.shell",
                    before=forged(ENDED_AT_ONCE)),
    "replied": _attack(3, "a forged reply to the cell itself", "killed the kernel",
                       before=forged(ANSWERED_AT_ONCE)),
    "silencer": _attack(4, "showtraceback and excepthook silenced", "excepthook", before=(
        "import sys\nget_ipython().showtraceback = sys.excepthook = lambda *a, **k: None")),
    "reader": _attack(5, "the source, the gradebook, others' work, /proc", "gradebook",
                      before=READS),
    "writer": _attack(6, "the gradebook, the grader, Python's folders", "gradebook",
                      before=WRITES),
    "poisoner": _attack(6, "caches and modules for the next student", "softmax", before=POISON),
    "nan": _attack(7, "NaN, a negative, text, a huge number", "softmax", softmax=returns(
        "np.full(logits.shape, np.nan)", "-1.0", "'nan'", "10**400")),
    "claims": _attack(7, "grade() and check() of its own, worth 1000 points", "softmax",
                      after="grade = check = lambda *a, **k: 1000.0\ngrade('softmax', 1)"),
    "leaver": _attack(8, "os._exit in a cell, sys.exit in another", "killed the kernel", 10,
                      before="import os\nos._exit(0)", after="import sys\nsys.exit(0)"),
    "killer": _attack(8, "kills its parent and every process it may", "kill", before=KILLS),
    "recursion": _attack(8, "a recursion without end", "RecursionError", softmax=RECURSION),
    "network": _attack(9, "the grader's own ports, and the world's", "socket", before=NETWORK),
    "numpy": _attack(10, "np.allclose and all() are always true", "setattr", before=NUMPY),
    "answerer": _attack(10, "answers the judge itself, with claims of full points",
                        "autograder.kernel.answer", 3, before=ANSWERS_ITSELF),
    "shadows": _attack(10, "files called numpy.py, socket.py, sitecustomize.py", "softmax",
                       before=SHADOWS),
    "objects": _attack(11, "objects, pickles, 10 GB", "pickle", softmax=returns(
        "np.array([Bomb()] * 3, dtype=object)", "pickle.dumps(Bomb())",
        "np.zeros(1_250_000_000)", "np.broadcast_to(1.0, (10**5, 10**5))", first=BOMBS)),
    "forker": _attack(12, "a fork bomb", "fork", before=FORK_BOMB),
    "memory": _attack(12, "all the memory, past the limit of one process", "too much memory",
                      before=MEMORY_OF_MANY),
    "disk": _attack(12, "all the disk", "softmax", before=DISK),
    "flood": _attack(12, "gigabytes of messages", "kernel.shell", before=MESSAGES),
    "printer": _attack(12, "1 GB of output", "softmax",
                       before="# out\nfor n in range(1000):\n    print('x' * 1_000_000)"),
    "loop": _attack(12, "a loop without end in a cell", "ran too long",
                    before="# loop\nwhile True: pass"),
    "import": _attack(12, "an import without end", "ran too long", before=ENDLESS_IMPORT),
    "looper": _attack(12, "a loop without end in a function", "loop for ever",
                      softmax="def softmax(logits):\n    while True: pass"),
    "keras": _attack(13, "keras.ops.softmax", "from scratch", softmax=BY_FRAMEWORK.format(
        bring="import keras", use="np.asarray(keras.ops.softmax(logits))")),
    "hidden": _attack(13, "the same through importlib and getattr", "from scratch",
                      softmax=BY_FRAMEWORK.format(
        bring="ops = getattr(__import__('importlib').import_module('ker' + 'as'), 'o' + 'ps')",
        use="np.asarray(ops.softmax(logits))")),
    "torch": _attack(13, "torch, tensorflow, nltk, a subprocess that imports them", "softmax",
                     softmax=BY_FRAMEWORK.format(
        bring="import subprocess, sys; code = 'import tensorflow as tf; print(tf.__version__)'; "
        "subprocess.run([sys.executable, '-c', code], check=True)", use="logits")),
    "lmkit": _attack(13, "lmkit, the judge and the problems themselves", "importlib",
                     softmax=TAKEN),
    "hardcoded": _attack(14, "the notebook's own examples", "softmax", softmax=HARD_CODED),
    "page": _attack(15, "scripts in outputs of every kind", "what could run on a page",
                    before=SCRIPT),
    "said": _attack(15, "markup and a terminal's commands in an error", "ValueError",
                    softmax=SAYS),
    "=HYPERLINK(1)": _attack(15, "a formula for a name", "softmax"),
    "deep": Attack(15, "JSON nested 100,000 deep", b'{"cells": ' + b"[" * 100_000, 0,
                   "could not be read"),
    "watcher": _attack(16, "answers only where it is not graded", "softmax", softmax=WATCHES),
    "frames": _attack(16, "looks for the expected value in the frames above", "softmax",
                      softmax=FRAMES),
    "collector": _attack(16, "looks for the reference among all objects", "gc",
                         softmax=COLLECTOR),
    "thread": _attack(16, "a thread that changes functions while it is judged", "threading", 8,
                      before=THREAD),
    "helped": _attack(16, "a step that fails, so that the right one is put in its place",
                      "rnn_step", 7, rnn_step=STEALS_HELP),
    "second": _attack(16, "another answer for each time that the judge asks", "rnn_sequence", 5,
                      rnn_sequence=SECOND_GUESS),
    "warnings": _attack(16, "errors in __del__, warnings turned to errors", "__del__",
                        before=WARNS),
}  # fmt: skip
"""By student. `{repo}`, `{course}`, `{prefix}`, `{port}` are filled in where they are graded."""
