"""What is nearly right earns less than all, with any seed, and what is right in its own way, all.

A problem's known mistakes are tried with two seeds in test_problems.py. Here are those that depend
on what is drawn, and wrong functions that no mistake describes.
"""

from __future__ import annotations

import numpy as np
import pytest
from judged_code import SEEDS, named, verdicts

from autograder.judge import judge
from autograder.notebook import InProcess
from autograder.problems import find_problem
from autograder.problems.ngram import TUNE_DELTA
from lmkit.by_hand.ngram import ngram_perplexity

# Some overflow: that is what is wrong with them.
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


# -- scores that are far apart ---------------------------------------------------------------------

SOFTMAX = """
def softmax(logits):
    e = np.exp(logits - {taken_off})
    return e / e.sum(axis=-1, keepdims=True)
"""
CROSS_ENTROPY = """
def cross_entropy(logits, targets):
    e = np.exp(logits - {taken_off})
    p = e / e.sum(axis=-1, keepdims=True)
    return -np.log(np.take_along_axis(p, targets[..., None], axis=-1)).mean()
"""
TEMPERATURE_SOFTMAX = """
def temperature_softmax(logits, temperature):
    if temperature == 0:
        return np.eye(logits.shape[-1])[logits.argmax(axis=-1)]
    logits = logits / temperature
    e = np.exp(logits - {taken_off})
    return e / e.sum(axis=-1, keepdims=True)
"""
WINDOW_FORWARD = """
def window_forward(contexts, E, W, b_1, U, b_2):
    h = np.tanh(embed(contexts, E) @ W + b_1)
    logits = h @ U + b_2
    e = np.exp(logits - {taken_off})
    return h, e / e.sum(axis=-1, keepdims=True)
"""
WITH_SOFTMAX = {
    "softmax": SOFTMAX,
    "cross_entropy": CROSS_ENTROPY,
    "temperature_softmax": TEMPERATURE_SOFTMAX,
    "window_forward": WINDOW_FORWARD,
}
TAKEN_OFF = {
    "the smallest": "logits.min(axis=-1, keepdims=True)",
    "the mean": "logits.mean(axis=-1, keepdims=True)",
    "the first": "logits[..., :1]",
    "nothing": "0",
}


@pytest.mark.parametrize("taken_off", TAKEN_OFF)
@pytest.mark.parametrize("problem", WITH_SOFTMAX)
def test_only_the_largest_score_saves_exp(problem: str, taken_off: str) -> None:
    names = named(problem, WITH_SOFTMAX[problem].format(taken_off=TAKEN_OFF[taken_off]))
    (name,) = set(names)
    assert "overflow" in name
    if problem == "softmax" and taken_off != "nothing":
        assert name.startswith(taken_off)


RIGHT_WITH_SOFTMAX = [
    *(
        (name, code.format(taken_off="logits.max(-1)[..., None]"))
        for name, code in WITH_SOFTMAX.items()
        if name != "cross_entropy"
    ),
    (
        "softmax",
        """
        def softmax(logits):
            return np.exp(logits - np.logaddexp.reduce(logits, axis=-1, keepdims=True))
        """,
    ),
    (
        "cross_entropy",
        """
        def cross_entropy(logits, targets):
            largest = logits.max(-1)
            total = largest + np.log(np.exp(logits - largest[..., None]).sum(-1))
            return (total - np.take_along_axis(logits, targets[..., None], -1)[..., 0]).mean()
        """,
    ),
    (
        "temperature_softmax",
        """
        def temperature_softmax(logits, temperature):
            if temperature == 0:
                return (logits == logits.max(-1, keepdims=True)).astype(float)
            p = softmax(logits) ** (1 / temperature)
            return p / p.sum(-1, keepdims=True)
        """,
    ),
]


@pytest.mark.parametrize(("problem", "source"), RIGHT_WITH_SOFTMAX)
def test_right_ways_to_keep_exp_small(problem: str, source: str) -> None:
    assert {verdict.score for verdict in verdicts(problem, source)} == {1}


def test_the_largest_of_a_row_does_not_save_the_logarithm() -> None:
    source = CROSS_ENTROPY.format(taken_off="logits.max(axis=-1, keepdims=True)")
    (name,) = set(named("cross_entropy", source))
    assert name.startswith("the logarithm is taken of a probability that is rounded to 0")


@pytest.mark.parametrize("problem", WITH_SOFTMAX)
def test_the_largest_of_all_is_too_large_for_most_rows(problem: str) -> None:
    (name,) = set(named(problem, WITH_SOFTMAX[problem].format(taken_off="logits.max()")))
    assert "vanish" in name


def test_zero_times_the_logarithm_of_zero() -> None:
    source = """
    def cross_entropy(logits, targets):
        y = np.eye(logits.shape[-1])[targets]
        return -np.sum(y * np.log(softmax(logits))) / targets.size
    """
    (name,) = set(named("cross_entropy", source))
    assert "0 times log 0" in name


# -- weights to start from -------------------------------------------------------------------------

LSTM_WEIGHTS = """
def lstm_weights(D, H):
    b = np.zeros(4 * H)
    b[H : 2 * H] = 1
    return {W_x}, {W_h}, b
"""


def lstm_weights(entries: str) -> str:
    """The function with each matrix made by this code from its number of `rows`."""
    W_x, W_h = (entries.replace("rows", rows) for rows in ("D", "H"))
    return LSTM_WEIGHTS.format(W_x=W_x, W_h=W_h)


@pytest.mark.parametrize(
    ("entries", "name"),
    [
        ("np.random.randn(rows, 4 * H)", "the weights are not small"),
        ("np.random.rand(rows, 4 * H) / 10", "no weight is negative"),
        ("np.arange(rows * 4 * H).reshape(rows, 4 * H) / 10000", "no weight is negative"),
    ],
)
def test_weights_not_to_start_from(entries: str, name: str) -> None:
    source = lstm_weights(entries)
    assert all(told.startswith(name) for told in named("lstm_weights", source))
    assert len({verdict.score for verdict in verdicts("lstm_weights", source)}) == 1


@pytest.mark.parametrize(
    "entries",
    [
        "np.random.randn(rows, 4 * H) * 0.01",
        "np.random.randn(rows, 4 * H) / np.sqrt(rows)",
        "np.random.randn(rows, 4 * H) * np.sqrt(2 / rows)",
        "np.random.uniform(-1, 1, (rows, 4 * H)) / np.sqrt(H)",
        "(np.random.rand(rows, 4 * H) - 0.5).astype(np.float32)",
    ],
)
def test_weights_to_start_from(entries: str) -> None:
    assert {verdict.score for verdict in verdicts("lstm_weights", lstm_weights(entries))} == {1}


def test_a_large_weight_costs_its_own_matrix_alone() -> None:
    large, small = "np.random.randn(D, 4 * H) * 9", "np.random.randn(H, 4 * H) / 9"
    source = LSTM_WEIGHTS.format(W_x=large, W_h=small)
    assert {round(verdict.score, 3) for verdict in verdicts("lstm_weights", source)} == {0.667}


# -- gradients -------------------------------------------------------------------------------------

BACK_THROUGH_TIME = """
def rnn_sequence_backward(dh, x, h0, W_x, W_h, b):
    h = rnn_sequence(x, h0, W_x, W_h, b)
    dx, back = np.zeros_like(x), np.zeros_like(h0)
    dW_x, dW_h, db = 0 * W_x, 0 * W_h, 0 * b
    for t in {steps}:
        da = (dh[:, t] + back) * (1 - h[:, t] ** 2)
        before = h[:, t - 1] if t > 0 else h0
        dx[:, t], back = da @ W_x.T, {back}
        dW_x, dW_h, db = dW_x + x[:, t].T @ da, dW_h + before.T @ da, db + da.sum(axis=0)
    return dx, back, {weights}
"""
WRONG_BACK_THROUGH_TIME = {
    "what step t + 1 hands back is clipped": {"back": "np.clip(da @ W_h.T, -5, 5)"},
    "the gradients of the weights are clipped": {
        "weights": "*[np.clip(g, -5, 5) for g in (dW_x, dW_h, db)]"
    },
    "the gradients of the weights are averaged over the batch": {
        "weights": "*[g / len(x) for g in (dW_x, dW_h, db)]"
    },
    "the loop ends before the first step": {"steps": "range(x.shape[1] - 1, 0, -1)"},
}


def back_through_time(**parts: str) -> str:
    """The function, right but for the parts that are given."""
    right = {"steps": "reversed(range(x.shape[1]))", "back": "da @ W_h.T"}
    return BACK_THROUGH_TIME.format(**{**right, "weights": "dW_x, dW_h, db", **parts})


def test_back_through_time() -> None:
    assert {v.score for v in verdicts("rnn_sequence_backward", back_through_time())} == {1}


@pytest.mark.parametrize("name", WRONG_BACK_THROUGH_TIME)
def test_wrong_ways_back_through_time(name: str) -> None:
    source = back_through_time(**WRONG_BACK_THROUGH_TIME[name])
    assert all(told.startswith(name) for told in named("rnn_sequence_backward", source))


@pytest.mark.parametrize(
    ("gradients", "name"),
    [
        ("[np.clip(g, -5, 5) for g in gradients]", "every gradient is clipped"),
        ("clip_by_global_norm(gradients, 5.0)", "the gradients are clipped to a global norm"),
        ("gradients", ""),
    ],
)
def test_gradients_are_not_clipped_inside(gradients: str, name: str) -> None:
    source = f"""
    right = char_lm_gradients

    def char_lm_gradients(*arguments):
        loss, *gradients = right(*arguments)
        return loss, *{gradients}
    """
    if name:
        assert all(told.startswith(name) for told in named("char_lm_gradients", source))
    else:
        assert {verdict.score for verdict in verdicts("char_lm_gradients", source)} == {1}


# -- delta -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("delta", "name"),
    [
        ("max(deltas)", "the largest delta"),
        ("min(deltas)", "the smallest delta"),
        ("sorted(deltas)[len(deltas) // 2]", "the delta in the middle"),
        ("deltas[-1]", "the last delta"),
        ("deltas[0]", "the first delta"),
    ],
)
def test_a_delta_is_not_chosen_without_a_text(delta: str, name: str) -> None:
    source = f"""
    def tune_delta(deltas, n, counts, vocabulary, held_out, test):
        return {delta}, ngram_perplexity(test, n, counts, vocabulary, {delta})
    """
    assert all(told.startswith(name) for told in named("tune_delta", source))


@pytest.mark.parametrize("seed", SEEDS)
def test_no_place_among_the_deltas_is_always_right(seed: int) -> None:
    places = []
    for number, case in enumerate(TUNE_DELTA.cases):
        deltas, n, counts, words, held_out, _ = case.draw(np.random.default_rng([seed, number]))
        found = [ngram_perplexity(held_out, n, counts, words, d) for d in deltas]
        best = int(np.argmin(found))
        assert any(found[i] < found[i + 1] for i in range(best))  # none may stop at a rise
        places.append((sorted(deltas).index(deltas[best]), best))
    (low, first), (high, second) = places
    assert low in (1, 2) and high in (4, 5)
    assert {first, second}.isdisjoint({0, 6})


# -- known mistakes that depend on what is drawn ---------------------------------------------------

KNOWN = [
    ("ngrams", "the words are put into small letters"),
    ("generate_sentence", "a word is taken when the sum reaches u"),
    ("sentence_log_probability", "the sum is divided by the number of words"),
    ("rnn_step_backward", "the derivative of tanh is written 1 - 2h"),
    ("rnn_step_backward", "the derivative of tanh is written (1 - h)^2"),
    ("rnn_truncated_backward", "the gradient is cut one step off"),
    ("adam_update", "both corrections take beta_1"),
    ("adam_update", "t is one too small"),
    ("lstm_step", "the forget and the output gate are swapped"),
    ("lstm_step", "1 - f stands in the place of i"),
    ("lstm_sequence_backward", "the loop ends before the first step"),
    ("lstm_sequence_backward", "the gradients of the weights are averaged over the batch"),
    ("window_backward", "one is subtracted in every row"),
    ("window_backward", "the slope of tanh is written (1 - h)^2"),
    ("batch_stream", "a row is len(ids) // N long"),
]


@pytest.mark.parametrize(("problem", "name"), KNOWN)
def test_a_known_mistake_is_wrong_with_any_seed(problem: str, name: str) -> None:
    found = find_problem(problem)
    (mistake,) = [known for known in found.mistakes if known.name.startswith(name)]
    for seed in SEEDS:
        verdict = judge(found, InProcess(mistake.wrong), seed, {})
        assert verdict.score < 1
        assert [diagnosis.name for diagnosis in verdict.diagnoses] == [mistake.name]


def test_c_in_the_place_of_h_is_no_exchange() -> None:
    source = """
    def lstm_sequence(x, h0, c0, W_x, W_h, b):
        h, c = np.zeros((*x.shape[:2], h0.shape[1])), np.zeros((*x.shape[:2], h0.shape[1]))
        for t in range(x.shape[1]):
            h0, c0 = lstm_step(x[:, t], h0, c0, W_x, W_h, b)
            h[:, t] = c[:, t] = c0
        return h, c
    """
    assert {verdict.score for verdict in verdicts("lstm_sequence", source)} == {0.5}
    (name,) = set(named("lstm_sequence", source))
    assert name.startswith("c stands in h, too")


def test_gradients_in_another_order() -> None:
    source = """
    right = rnn_step_backward

    def rnn_step_backward(dh, x, h_prev, W_x, W_h, b):
        dx, dh_prev, *weights = right(dh, x, h_prev, W_x, W_h, b)
        return *weights, dx, dh_prev
    """
    assert set(named("rnn_step_backward", source)) == {
        "every output is right, but they are returned in another order"
    }
