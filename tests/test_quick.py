"""TensorFlow in a graded process: as right as ever, without a function around every operation."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from sessions import ask, run_all, texts

from autograder.course.config import Limits
from autograder.course.session import Session

CELL = """
import sys

import tensorflow as tf
from tensorflow.python.eager import context


def slope(a, b):
    a, b = tf.Variable(a), tf.constant(b)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.tanh(a @ b))
    return tape.gradient(loss, a).numpy()


@tf.function
def product_and_sum(a, b):
    return tf.reduce_sum(a @ b)


def compiled(a, b):
    return float(product_and_sum(tf.constant(a), tf.constant(b)))


def wrappers():
    return [name for name in context.context().list_function_names() if "__wrapped__" in name]


def with_jax():
    there = "jax" in sys.modules
    import jax.numpy as jnp

    return [there, float(jnp.arange(4).sum())]
"""


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    notebook = new_notebook(cells=[new_code_cell(CELL)])
    limits = Limits(cell=60, answer=60)
    with Session(notebook, limits, modules=("keras", "tensorflow")) as made:
        yield run_all(made)


def test_gradients_and_compiled_functions_are_those_of_numpy(session: Session) -> None:
    assert texts(session, 0) == []
    rng = np.random.default_rng(5)
    a, b = rng.standard_normal((3, 2)), rng.standard_normal((2, 4))
    by_hand = (1 - np.tanh(a @ b) ** 2) @ b.T
    np.testing.assert_allclose(ask(session, "slope", a, b), by_hand, rtol=1e-12)
    np.testing.assert_allclose(ask(session, "compiled", a, b), (a @ b).sum(), rtol=1e-12)


def test_no_function_is_made_around_an_operation(session: Session) -> None:
    # Elsewhere there is one for each: __wrapped__MatMul_device_/job:localhost/...
    a = np.ones((2, 2))
    ask(session, "slope", a, a)
    assert ask(session, "wrappers") == []


def test_jax_is_imported_when_a_notebook_does_so(session: Session) -> None:
    assert ask(session, "with_jax") == [False, 6.0]
