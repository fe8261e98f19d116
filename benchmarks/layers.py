"""Layers beside keras.layers and torch.nn: a training step, in one run, in turns.

    python benchmarks/layers.py --part recurrent|model|noise|cells|length|all [--torch PYTHON]

A step is the forward pass and all gradients, and in the model the weights' update. "ours" in the
model is `lmkit.models` with `lmkit.training`'s step; "layer" is our layer between Keras's embedding
and softmax, with Keras's loss. What is compared takes turns, and the median of each is printed.
PYTHON is an interpreter that imports torch; it runs by itself before the rest, as its threads
cannot bear company.
Prints the tables that stand in docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from typing import Any

import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["KERAS_BACKEND"] = "tensorflow"

SHAPES = ((32, 64, 128, 256), (20, 20, 200, 200), (20, 35, 650, 650), (64, 128, 64, 128))
LENGTHS = tuple(64 * 4**k for k in range(4))
UNROLLED = 35
"""Keras's unrolled layer is measured up to this T: beyond, it takes minutes to trace."""
V = 5000
LEAST = 1.0
"""Seconds, on average, that each step is measured for: a short one has many turns."""
COLUMNS = ("ours", "Keras", "Keras jit", "Keras unrolled", "layer")
Step = Callable[[], Any]

TORCH = """
import json, statistics, sys, time, torch
from torch import nn
jobs, V, rounds = json.loads(sys.argv[1])
times = []
for part, kind, (N, T, E, H) in jobs:
    layer = getattr(nn, {"SimpleRNN": "RNN"}.get(kind, kind))(E, H, batch_first=True)
    if part == "model":
        embed, out = nn.Embedding(V, E), nn.Linear(H, V)
        ids = torch.randint(V, (N, T))
        sgd = torch.optim.SGD([p for m in (embed, layer, out) for p in m.parameters()], 0.01)
        def step():
            sgd.zero_grad()
            logits = out(layer(embed(ids))[0]).reshape(-1, V)
            nn.functional.cross_entropy(logits, ids.reshape(-1)).backward()
            sgd.step()
    else:
        x = torch.randn(N, T, E, requires_grad=True)
        def step():
            layer.zero_grad()
            x.grad = None
            (layer(x)[0] ** 2).mean().backward()
    taken = []
    for _ in range(rounds + 2):
        started = time.perf_counter()
        step()
        taken.append(time.perf_counter() - started)
    times.append(statistics.median(taken[2:]))
print(json.dumps({"version": torch.__version__, "times": times}))
"""


def main() -> None:
    """Run the parts that were asked for, or a child's measurement."""
    if sys.argv[1:2] == ["--child"]:
        seconds = one_length(sys.argv[2], int(sys.argv[3]))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
        print(json.dumps({"seconds": seconds, "MB": peak}))
        return
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parts = {"recurrent": steps, "model": steps, "noise": noise, "cells": cells, "length": length}
    parser.add_argument("--part", choices=[*parts, "all"], default="all")
    parser.add_argument("--kind", nargs="+", default=["LSTM", "GRU", "SimpleRNN"])
    parser.add_argument("--rounds", type=int, default=10, help="turns of each, or more if short")
    parser.add_argument("--torch", help="an interpreter that imports torch")
    options = parser.parse_args()
    names = ", ".join(f"{name} {version(name)}" for name in ("tensorflow", "keras", "numpy"))
    load = os.getloadavg()[0]
    print(f"`python {' '.join(sys.argv)}`\n")
    print(f"Python {platform.python_version()}, {names}; {os.cpu_count()} cores, load {load:.1f}\n")
    for name, run in parts.items():
        if options.part in (name, "all"):
            run(options, name)
            print()


def steps(options: argparse.Namespace, part: str) -> None:
    """A training step of the recurrent layer alone, or of a language model around it."""
    import keras

    import lmkit.layers

    jobs = [(part, kind, shape) for kind in options.kind for shape in SHAPES]
    torch = beside_torch(options, jobs)
    columns = COLUMNS if part == "model" else COLUMNS[:-1]
    head(f"{part}, ms", "batch, T, E, H", *columns, "torch", "ours / Keras")
    make = model_step if part == "model" else recurrent_step
    for (_, kind, shape), theirs in zip(jobs, torch, strict=True):
        _, T, _, H = shape
        ours, keras_kind = getattr(lmkit.layers, kind), getattr(keras.layers, kind)
        layer = make(ours(H, return_sequences=True, **like_keras(kind)), shape)
        several = {
            "ours": our_model_step(kind, shape) if part == "model" else layer,
            **({"layer": layer} if part == "model" else {}),
            "Keras": make(keras_kind(H, return_sequences=True), shape),
            "Keras jit": make(keras_kind(H, return_sequences=True), shape, jit=True),
        }
        if T <= UNROLLED:
            unrolled = keras_kind(H, return_sequences=True, unroll=True)
            several["Keras unrolled"] = make(unrolled, shape)
        took = in_turns(several, options.rounds)
        row(kind, shape, *(took.get(name) for name in columns), theirs)


def noise(options: argparse.Namespace, part: str) -> None:
    """A step of the fixed-window model, with and without dropout, compiled by XLA and not."""
    from lmkit.models import WindowLanguageModel

    head("model, ms", "dropout", "XLA", "graph", "XLA / graph")
    for rates in ((0.0, 0.0), (0.2, 0.4)):
        several = {}
        for xla in (True, False):
            model = WindowLanguageModel(
                10_001, embedding=150, units=250, dropout_input=rates[0], dropout_output=rates[1]
            )
            several[str(xla)] = step_of(model, (20, 20), by_xla=xla)
        took = in_turns(several, options.rounds)
        row("fixed window", rates, took["True"], took["False"])


def cells(options: argparse.Namespace, part: str) -> None:
    """Other cells than Keras has, in our RNN and in Keras's."""
    import keras

    from lmkit.cells import LSTMCell, MUT1Cell, RHNCell
    from lmkit.layers import RNN

    kinds: dict[str, Callable[[int], Any]] = {
        "MUT1": MUT1Cell,
        "LSTM without forget gate": lambda H: LSTMCell(H, forget_gate=False),
        "recurrent highway, depth 3": lambda H: RHNCell(H, depth=3),
    }
    head("cells, ms", "batch, T, E, H", "ours", "keras.layers.RNN", "ours / Keras")
    for name, make in kinds.items():
        for shape in SHAPES:
            layers = {"ours": RNN, "Keras": keras.layers.RNN}
            took = in_turns(
                {
                    who: recurrent_step(layer(make(shape[3]), return_sequences=True), shape)
                    for who, layer in layers.items()
                },
                options.rounds,
            )
            row(name, shape, took["ours"], took["Keras"])


def length(options: argparse.Namespace, part: str) -> None:
    """Time and memory of an LSTM's training step as T grows, each in a process of its own."""
    head("LSTM, batch 8, E = H = 128", *(f"T = {T}" for T in LENGTHS))
    for who in ("ours", "Keras"):
        found = [child(who, T) for T in LENGTHS]
        cells = [f"{each['seconds'] * 1e3:.0f} ms, {each['MB']:.0f} MB" for each in found]
        print(f"| {who} | {' | '.join(cells)} |", flush=True)


def child(who: str, T: int) -> dict[str, float]:
    """What a process of its own measured."""
    command = [sys.executable, __file__, "--child", who, str(T)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def one_length(who: str, T: int) -> float:
    """Median seconds of a step with T time steps."""
    import keras

    import lmkit.layers

    kind = {"ours": lmkit.layers.LSTM, "Keras": keras.layers.LSTM}[who]
    step = recurrent_step(kind(128, return_sequences=True), (8, T, 128, 128))
    return in_turns({who: step}, 5)[who]


def recurrent_step(layer: Any, shape: tuple[int, ...], jit: bool = False) -> Step:
    """The gradients of the outputs' mean square, for the inputs and the weights."""
    import tensorflow as tf

    tf.get_logger().setLevel("ERROR")  # every step here is a new function, and it warns of that
    N, T, E, _ = shape
    x = tf.constant(np.random.default_rng(0).standard_normal((N, T, E)), tf.float32)
    layer.build(x.shape)

    @tf.function(jit_compile=jit)  # type: ignore[untyped-decorator]
    def step(x: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_mean(tf.square(layer(x, training=True)))
        return tape.gradient(loss, [x, *(w.value for w in layer.trainable_variables)])

    return lambda: [g.numpy() for g in step(x)]


def model_step(layer: Any, shape: tuple[int, ...], jit: bool = False) -> Step:
    """A step of stochastic gradient descent of embedding, layer and softmax over V words."""
    import keras
    import tensorflow as tf

    tf.get_logger().setLevel("ERROR")
    N, T, E, _ = shape
    ids = tf.constant(np.random.default_rng(0).integers(V, size=(N, T)))
    model = keras.Sequential([keras.layers.Embedding(V, E), layer, keras.layers.Dense(V)])
    model.build((N, T))
    sgd = keras.optimizers.SGD(0.01)
    sgd.build(model.trainable_variables)

    @tf.function(jit_compile=jit)  # type: ignore[untyped-decorator]
    def step(ids: Any) -> Any:
        with tf.GradientTape() as tape:
            logits = model(ids, training=True)
            losses = keras.losses.sparse_categorical_crossentropy(ids, logits, from_logits=True)
            loss = tf.reduce_mean(losses)
        wanted = [w.value for w in model.trainable_variables]
        sgd.apply(tape.gradient(loss, wanted), model.trainable_variables)
        return loss

    return lambda: step(ids).numpy()


def our_model_step(kind: str, shape: tuple[int, ...]) -> Step:
    """The same step by our model and our trainer's step, the state's carrying included."""
    from lmkit.models import RecurrentLanguageModel

    N, T, E, H = shape
    cell = {"SimpleRNN": "rnn"}.get(kind, kind.lower())
    options = like_keras(kind)
    model = RecurrentLanguageModel(V, cell=cell, units=(H,), embedding=E, cell_options=options)
    return step_of(model, (N, T))


def step_of(model: Any, shape: tuple[int, int], by_xla: bool | None = None) -> Step:
    """A step of `lmkit.training` over N rows of T words. XLA: where the trainer would; or not."""
    import keras
    import tensorflow as tf
    from keras import ops

    from lmkit.losses import log_likelihood
    from lmkit.training import compiled

    ids = tf.constant(np.random.default_rng(0).integers(model.V, size=shape))

    def objective(ids: Any, state: Any) -> Any:
        logits, state = model.forward(ids, state, training=True)
        J = -ops.mean(log_likelihood(logits, ids))
        return J, (J, state)

    state = model.start(shape[0])
    step: Any = compiled.Step(model, objective, keras.optimizers.SGD(0.01))
    if by_xla is not None:
        share = tf.constant(0.0)
        step = partial(tf.function(step._run.python_function, jit_compile=by_xla), share)
    return lambda: [value.numpy() for value in keras.tree.flatten(step(ids, state))]


def like_keras(kind: str) -> dict[str, Any]:
    """The arguments that give our layer Keras's equations."""
    return {"reset_after": True} if kind == "GRU" else {}


def in_turns(several: dict[str, Step], rounds: int) -> dict[str, float]:
    """Median seconds of each."""
    for step in several.values():
        step()
        step()
    took: dict[str, list[float]] = {name: [] for name in several}
    begun, done = time.perf_counter(), 0
    while done < rounds or time.perf_counter() - begun < LEAST * len(several):
        done += 1
        for name, step in several.items():
            started = time.perf_counter()
            step()
            took[name].append(time.perf_counter() - started)
    return {name: statistics.median(seconds) for name, seconds in took.items()}


def beside_torch(options: argparse.Namespace, jobs: list[Any]) -> list[float | None]:
    """Median seconds of PyTorch's steps; nothing where there is no PyTorch."""
    if not options.torch:
        return [None] * len(jobs)
    arguments = json.dumps([jobs, V, options.rounds])
    command = [options.torch, "-c", TORCH, arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found = json.loads(done.stdout)
    print(f"torch {found['version']}\n")
    times: list[float | None] = found["times"]
    return times


def head(*names: str) -> None:
    """A table's first two lines."""
    print(f"| {' | '.join(names)} |\n|---|{'--:|' * (len(names) - 1)}", flush=True)


def row(kind: str, shape: tuple[float, ...], *seconds: float | None) -> None:
    """A line: milliseconds, and the first by the second."""
    ours, theirs = seconds[:2]
    ratio = "" if ours is None or theirs is None else f"{ours / theirs:.2f}"
    cells = [f"{s * 1e3:.1f}" if s is not None else "" for s in seconds]
    print(f"| {kind} | {', '.join(map(str, shape))} | {' | '.join(cells)} | {ratio} |", flush=True)


if __name__ == "__main__":
    main()
