"""A gradient is derived, and not measured by finite differences: the answers tell."""

from __future__ import annotations

from typing import Any

import pytest
from student_code import defined

from autograder.judge import judge
from autograder.notebook import InProcess
from autograder.problems import find_problem
from autograder.problems.draws import FAINT_CASE
from lmkit.by_hand.lstm import lstm_sequence, lstm_step
from lmkit.by_hand.rnn import rnn_sequence, rnn_step

# As hw3 gives it to students, to check themselves.
MEASURED = """
def numerical_gradient(loss, a, epsilon=1e-5):
    gradient = np.zeros_like(a)
    for index in np.ndindex(a.shape):
        up, down = a.copy(), a.copy()
        up[index] += epsilon
        down[index] -= epsilon
        gradient[index] = (loss(up) - loss(down)) / (2 * epsilon)
    return gradient

def NAME(*arguments):
    upstream, inputs = arguments[:ABOVE], list(arguments[ABOVE:])

    def gradient(k):
        def loss(a):
            states = forward(*inputs[:k], a, *inputs[k + 1 :])
            states = states if isinstance(states, tuple) else (states,)
            return sum((s * ds).sum() for s, ds in zip(states, upstream))

        return numerical_gradient(loss, inputs[k])

    return tuple(gradient(k) for k in range(len(inputs)))
"""


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("name", "forward", "above"),
    [
        ("rnn_step_backward", rnn_step, 1),
        ("rnn_sequence_backward", rnn_sequence, 1),
        ("lstm_step_backward", lstm_step, 2),
        ("lstm_sequence_backward", lambda *a: lstm_sequence(*a)[0], 1),
    ],
)
def test_a_gradient_is_derived_and_not_measured(
    name: str, forward: Any, above: int, seed: int
) -> None:
    source = MEASURED.replace("NAME", name).replace("ABOVE", str(above))
    verdict = judge(find_problem(name), InProcess(defined(name, source, forward=forward)), seed, {})
    wrong = {(a.case, a.output) for a in verdict.aspects if not a.passed}
    assert {case for case, _ in wrong} == {FAINT_CASE}
    assert {"dx", "dW_x"} <= {output for _, output in wrong}
