"""The character model of "hello", whole: one-hot input, RNN, softmax, and its gradients."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.problem import Case, Output, Problem
from autograder.problems.draws import FLOAT32, Rng, cell_weights, distinct_sizes, normal
from lmkit.by_hand.char_lm import char_lm_gradients
from lmkit.by_hand.rnn import rnn_sequence, rnn_sequence_backward
from lmkit.by_hand.softmax import cross_entropy, cross_entropy_backward
from lmkit.by_hand.types import IntArray


def model(rng: Rng, ids: IntArray, V: int, H: int) -> tuple[Any, ...]:
    """The arguments for ids (N, T + 1): all but the last are read, all but the first asked."""
    h0 = normal(rng, len(ids), H)
    hidden = cell_weights(rng, V, H, gates=1)
    return ids[:, :-1], ids[:, 1:], h0, *hidden, normal(rng, H, V), normal(rng, V)


def draw_batch(rng: Rng) -> tuple[Any, ...]:
    """A random batch."""
    N, T, V, H = distinct_sizes(rng, 4, low=3)
    return model(rng, rng.integers(V, size=(N, T + 1)), V, H)


def draw_hello(rng: Rng) -> tuple[Any, ...]:
    """Deck 3's example: h, e, l, o are 0, 1, 2, 3. The model is so wrong that gradients explode.

    Whoever clips them to -5 ... 5 inside, or to a global norm of 5, has to be found wrong.
    """
    while True:
        *rest, W_y, b_y = model(rng, np.array([[0, 1, 2, 2, 3]]), V=4, H=3)
        arguments = *rest, 30 * W_y, b_y
        _, *gradients = char_lm_gradients(*arguments)
        if max(np.abs(gradient).max() for gradient in gradients) > 10:
            return arguments


def draw_one_step(rng: Rng) -> tuple[Any, ...]:
    """T = 1."""
    N, V, H = distinct_sizes(rng, 3, low=3)
    return model(rng, rng.integers(V, size=(N, 2)), V, H)


def draw_few_characters(rng: Rng) -> tuple[Any, ...]:
    """Two characters of nine, so that both are read again and again."""
    return model(rng, rng.choice(rng.permutation(9)[:2], size=(5, 9)), V=9, H=4)


CHAR_LM_GRADIENTS = Problem(
    name="char_lm_gradients",
    reference=char_lm_gradients,
    outputs=(
        Output("loss", weight=2),
        Output("dW_x"),
        Output("dW_h"),
        Output("db"),
        Output("dW_y"),
        Output("db_y"),
    ),
    cases=(
        Case("a random batch", draw_batch, weight=2),
        Case('deck 3\'s "hello"', draw_hello),
        Case("a single step, T = 1", draw_one_step, weight=0.5),
        Case("a text of two characters that repeat", draw_few_characters),
    ),
    source="Deck 3, Character-level Language Model",
    uses=("rnn_sequence", "cross_entropy", "cross_entropy_backward", "rnn_sequence_backward"),
    rtol=FLOAT32,
)


@CHAR_LM_GRADIENTS.mistake(
    "the targets are not shifted: the model is asked for the character that it reads",
    hint='Deck 3: when the model reads "h" of "hello", which character should come out?',
)
def targets_not_shifted(inputs, targets, h0, W_x, W_h, b, W_y, b_y):
    x = np.eye(len(W_x))[inputs]
    h = rnn_sequence(x, h0, W_x, W_h, b)
    logits = h @ W_y + b_y
    ds = cross_entropy_backward(logits, inputs)
    _, _, dW_x, dW_h, db = rnn_sequence_backward(ds @ W_y.T, x, h0, W_x, W_h, b)
    dW_y, db_y = np.einsum("nth,ntv->hv", h, ds), ds.sum(axis=(0, 1))
    return cross_entropy(logits, inputs), dW_x, dW_h, db, dW_y, db_y


@CHAR_LM_GRADIENTS.mistake(
    "the targets are fed to the network, not the inputs",
    hint="Then the network sees the answer before it is asked. What does it read in deck 3?",
)
def targets_fed(inputs, targets, h0, W_x, W_h, b, W_y, b_y):
    x = np.eye(len(W_x))[targets]
    h = rnn_sequence(x, h0, W_x, W_h, b)
    logits = h @ W_y + b_y
    ds = cross_entropy_backward(logits, targets)
    _, _, dW_x, dW_h, db = rnn_sequence_backward(ds @ W_y.T, x, h0, W_x, W_h, b)
    dW_y, db_y = np.einsum("nth,ntv->hv", h, ds), ds.sum(axis=(0, 1))
    return cross_entropy(logits, targets), dW_x, dW_h, db, dW_y, db_y


@CHAR_LM_GRADIENTS.mistake(
    "h0 is ignored and zeros are taken in its place",
    hint="Deck 5: h_0 is an initial state. It is an argument here, and need not be zero.",
)
def h0_ignored(inputs, targets, h0, W_x, W_h, b, W_y, b_y):
    x, zeros = np.eye(len(W_x))[inputs], np.zeros(h0.shape)
    h = rnn_sequence(x, zeros, W_x, W_h, b)
    logits = h @ W_y + b_y
    ds = cross_entropy_backward(logits, targets)
    _, _, dW_x, dW_h, db = rnn_sequence_backward(ds @ W_y.T, x, zeros, W_x, W_h, b)
    dW_y, db_y = np.einsum("nth,ntv->hv", h, ds), ds.sum(axis=(0, 1))
    return cross_entropy(logits, targets), dW_x, dW_h, db, dW_y, db_y


@CHAR_LM_GRADIENTS.mistake(
    "the output bias is left out",
    hint="Deck 3: Logit = W_hy h_t + b.",
)
def no_output_bias(inputs, targets, h0, W_x, W_h, b, W_y, b_y):
    x = np.eye(len(W_x))[inputs]
    h = rnn_sequence(x, h0, W_x, W_h, b)
    logits = h @ W_y
    ds = cross_entropy_backward(logits, targets)
    _, _, dW_x, dW_h, db = rnn_sequence_backward(ds @ W_y.T, x, h0, W_x, W_h, b)
    dW_y, db_y = np.einsum("nth,ntv->hv", h, ds), ds.sum(axis=(0, 1))
    return cross_entropy(logits, targets), dW_x, dW_h, db, dW_y, db_y


@CHAR_LM_GRADIENTS.mistake(
    "the hidden bias is left out",
    hint="Deck 3: h_t = tanh(... + b).",
)
def no_hidden_bias(inputs, targets, h0, W_x, W_h, b, W_y, b_y):
    x, zeros = np.eye(len(W_x))[inputs], np.zeros(b.shape)
    h = rnn_sequence(x, h0, W_x, W_h, zeros)
    logits = h @ W_y + b_y
    ds = cross_entropy_backward(logits, targets)
    _, _, dW_x, dW_h, db = rnn_sequence_backward(ds @ W_y.T, x, h0, W_x, W_h, zeros)
    dW_y, db_y = np.einsum("nth,ntv->hv", h, ds), ds.sum(axis=(0, 1))
    return cross_entropy(logits, targets), dW_x, dW_h, db, dW_y, db_y


@CHAR_LM_GRADIENTS.mistake(
    "probabilities are handed to the loss, which applies softmax again",
    hint="cross_entropy wants logits. What does it do with them first?",
)
def softmax_twice(inputs, targets, h0, W_x, W_h, b, W_y, b_y):
    x = np.eye(len(W_x))[inputs]
    h = rnn_sequence(x, h0, W_x, W_h, b)
    exp_s = np.exp(h @ W_y + b_y)
    p = exp_s / exp_s.sum(axis=-1, keepdims=True)
    ds = cross_entropy_backward(p, targets)
    _, _, dW_x, dW_h, db = rnn_sequence_backward(ds @ W_y.T, x, h0, W_x, W_h, b)
    dW_y, db_y = np.einsum("nth,ntv->hv", h, ds), ds.sum(axis=(0, 1))
    return cross_entropy(p, targets), dW_x, dW_h, db, dW_y, db_y


@CHAR_LM_GRADIENTS.mistake(
    "the loss is summed over the characters, while the gradients belong to the mean",
    hint="J is a mean over all predicted characters.",
)
def loss_summed(inputs, targets, h0, W_x, W_h, b, W_y, b_y):
    x = np.eye(len(W_x))[inputs]
    h = rnn_sequence(x, h0, W_x, W_h, b)
    logits = h @ W_y + b_y
    ds = cross_entropy_backward(logits, targets)
    _, _, dW_x, dW_h, db = rnn_sequence_backward(ds @ W_y.T, x, h0, W_x, W_h, b)
    dW_y, db_y = np.einsum("nth,ntv->hv", h, ds), ds.sum(axis=(0, 1))
    return cross_entropy(logits, targets) * targets.size, dW_x, dW_h, db, dW_y, db_y


@CHAR_LM_GRADIENTS.mistake(
    "the loss is in bits per character (base 2)",
    hint="Character models are often measured so. Here the loss is in nats, as its gradient is.",
    convention=True,
)
def loss_in_bits(inputs, targets, h0, W_x, W_h, b, W_y, b_y):
    x = np.eye(len(W_x))[inputs]
    h = rnn_sequence(x, h0, W_x, W_h, b)
    logits = h @ W_y + b_y
    ds = cross_entropy_backward(logits, targets)
    _, _, dW_x, dW_h, db = rnn_sequence_backward(ds @ W_y.T, x, h0, W_x, W_h, b)
    dW_y, db_y = np.einsum("nth,ntv->hv", h, ds), ds.sum(axis=(0, 1))
    return cross_entropy(logits, targets) / np.log(2), dW_x, dW_h, db, dW_y, db_y


@CHAR_LM_GRADIENTS.mistake(
    "the gradients are not divided by the number of characters",
    hint="The loss is a mean, and so is its gradient. Call your own cross_entropy_backward.",
)
def not_divided(inputs, targets, h0, W_x, W_h, b, W_y, b_y):
    x = np.eye(len(W_x))[inputs]
    h = rnn_sequence(x, h0, W_x, W_h, b)
    logits = h @ W_y + b_y
    ds = cross_entropy_backward(logits, targets) * targets.size
    _, _, dW_x, dW_h, db = rnn_sequence_backward(ds @ W_y.T, x, h0, W_x, W_h, b)
    dW_y, db_y = np.einsum("nth,ntv->hv", h, ds), ds.sum(axis=(0, 1))
    return cross_entropy(logits, targets), dW_x, dW_h, db, dW_y, db_y


@CHAR_LM_GRADIENTS.mistake(
    "db_y is averaged over the characters, not summed",
    hint="cross_entropy_backward has divided already. What is left is the sum.",
)
def db_y_averaged(inputs, targets, h0, W_x, W_h, b, W_y, b_y):
    x = np.eye(len(W_x))[inputs]
    h = rnn_sequence(x, h0, W_x, W_h, b)
    logits = h @ W_y + b_y
    ds = cross_entropy_backward(logits, targets)
    _, _, dW_x, dW_h, db = rnn_sequence_backward(ds @ W_y.T, x, h0, W_x, W_h, b)
    dW_y, db_y = np.einsum("nth,ntv->hv", h, ds), ds.mean(axis=(0, 1))
    return cross_entropy(logits, targets), dW_x, dW_h, db, dW_y, db_y


@CHAR_LM_GRADIENTS.mistake(
    "the gradients are divided by the number of characters twice",
    hint="cross_entropy_backward has divided already. A mean divides once.",
)
def divided_twice(inputs, targets, h0, W_x, W_h, b, W_y, b_y):
    x = np.eye(len(W_x))[inputs]
    h = rnn_sequence(x, h0, W_x, W_h, b)
    logits = h @ W_y + b_y
    ds = cross_entropy_backward(logits, targets) / targets.size
    _, _, dW_x, dW_h, db = rnn_sequence_backward(ds @ W_y.T, x, h0, W_x, W_h, b)
    dW_y, db_y = np.einsum("nth,ntv->hv", h, ds), ds.sum(axis=(0, 1))
    return cross_entropy(logits, targets), dW_x, dW_h, db, dW_y, db_y


@CHAR_LM_GRADIENTS.mistake(
    "dW_y and db_y come from the last step alone",
    hint="W_y is used at every step. Look at the sum over i in deck 1: it holds for W_y too.",
)
def output_layer_of_last_step(inputs, targets, h0, W_x, W_h, b, W_y, b_y):
    x = np.eye(len(W_x))[inputs]
    h = rnn_sequence(x, h0, W_x, W_h, b)
    logits = h @ W_y + b_y
    ds = cross_entropy_backward(logits, targets)
    _, _, dW_x, dW_h, db = rnn_sequence_backward(ds @ W_y.T, x, h0, W_x, W_h, b)
    dW_y, db_y = h[:, -1].T @ ds[:, -1], ds[:, -1].sum(axis=0)
    return cross_entropy(logits, targets), dW_x, dW_h, db, dW_y, db_y


@CHAR_LM_GRADIENTS.mistake(
    "dW_y pairs the gradient of step t with h_{t-1}",
    hint="The gradient of a weight is its input times what comes back. What did W_y multiply?",
)
def dW_y_with_old_state(inputs, targets, h0, W_x, W_h, b, W_y, b_y):
    x = np.eye(len(W_x))[inputs]
    h = rnn_sequence(x, h0, W_x, W_h, b)
    logits = h @ W_y + b_y
    ds = cross_entropy_backward(logits, targets)
    _, _, dW_x, dW_h, db = rnn_sequence_backward(ds @ W_y.T, x, h0, W_x, W_h, b)
    before = np.concatenate([h0[:, None], h[:, :-1]], axis=1)
    dW_y, db_y = np.einsum("nth,ntv->hv", before, ds), ds.sum(axis=(0, 1))
    return cross_entropy(logits, targets), dW_x, dW_h, db, dW_y, db_y


@CHAR_LM_GRADIENTS.mistake(
    "only the last prediction is learnt from by the hidden layer",
    hint="Every step has a loss, and each sends a gradient to its own h_t.",
)
def last_loss_only(inputs, targets, h0, W_x, W_h, b, W_y, b_y):
    x = np.eye(len(W_x))[inputs]
    h = rnn_sequence(x, h0, W_x, W_h, b)
    logits = h @ W_y + b_y
    ds = cross_entropy_backward(logits, targets)
    dh = ds @ W_y.T
    dh[:, :-1] = 0
    _, _, dW_x, dW_h, db = rnn_sequence_backward(dh, x, h0, W_x, W_h, b)
    dW_y, db_y = np.einsum("nth,ntv->hv", h, ds), ds.sum(axis=(0, 1))
    return cross_entropy(logits, targets), dW_x, dW_h, db, dW_y, db_y


@CHAR_LM_GRADIENTS.mistake(
    "nothing goes back from one step to the step before",
    hint="Backpropagation *through time*: h_t matters for all later predictions too.",
)
def not_through_time(inputs, targets, h0, W_x, W_h, b, W_y, b_y):
    x = np.eye(len(W_x))[inputs]
    h = rnn_sequence(x, h0, W_x, W_h, b)
    logits = h @ W_y + b_y
    ds = cross_entropy_backward(logits, targets)
    da = (ds @ W_y.T) * (1 - h**2)
    before = np.concatenate([h0[:, None], h[:, :-1]], axis=1)
    dW_x, dW_h = np.einsum("ntv,nth->vh", x, da), np.einsum("ntk,nth->kh", before, da)
    dW_y, db_y = np.einsum("nth,ntv->hv", h, ds), ds.sum(axis=(0, 1))
    return cross_entropy(logits, targets), dW_x, dW_h, da.sum(axis=(0, 1)), dW_y, db_y


@CHAR_LM_GRADIENTS.mistake(
    "a character that occurs more than once counts once in dW_x: dW_x[inputs] += ...",
    hint='"l" is read twice in "hello", and both times add to its row. NumPy\'s `a[ids] += ...` '
    "writes a repeated id only once.",
)
def repeats_counted_once(inputs, targets, h0, W_x, W_h, b, W_y, b_y):
    x = np.eye(len(W_x))[inputs]
    h = rnn_sequence(x, h0, W_x, W_h, b)
    logits = h @ W_y + b_y
    ds = cross_entropy_backward(logits, targets)
    _, _, _, dW_h, db = rnn_sequence_backward(ds @ W_y.T, x, h0, W_x, W_h, b)
    da, dh_next = np.zeros(h.shape), 0
    for t in reversed(range(h.shape[1])):
        da[:, t] = (ds[:, t] @ W_y.T + dh_next) * (1 - h[:, t] ** 2)
        dh_next = da[:, t] @ W_h.T
    dW_x = np.zeros(W_x.shape)
    dW_x[inputs] += da
    dW_y, db_y = np.einsum("nth,ntv->hv", h, ds), ds.sum(axis=(0, 1))
    return cross_entropy(logits, targets), dW_x, dW_h, db, dW_y, db_y


@CHAR_LM_GRADIENTS.mistake(
    "every gradient is clipped to -5 ... 5, as in min-char-rnn",
    hint="Clipping comes after this, and is an exercise of its own. Return what the loss gives.",
    convention=True,
)
def clipped_by_value(inputs, targets, h0, W_x, W_h, b, W_y, b_y):
    x = np.eye(len(W_x))[inputs]
    h = rnn_sequence(x, h0, W_x, W_h, b)
    logits = h @ W_y + b_y
    ds = cross_entropy_backward(logits, targets)
    _, _, dW_x, dW_h, db = rnn_sequence_backward(ds @ W_y.T, x, h0, W_x, W_h, b)
    dW_y, db_y = np.einsum("nth,ntv->hv", h, ds), ds.sum(axis=(0, 1))
    gradients = [np.clip(gradient, -5, 5) for gradient in (dW_x, dW_h, db, dW_y, db_y)]
    return cross_entropy(logits, targets), *gradients


@CHAR_LM_GRADIENTS.mistake(
    "the gradients are clipped to a global norm of 5",
    hint="Clipping comes after this, and is an exercise of its own. Return what the loss gives.",
)
def clipped_by_norm(inputs, targets, h0, W_x, W_h, b, W_y, b_y):
    x = np.eye(len(W_x))[inputs]
    h = rnn_sequence(x, h0, W_x, W_h, b)
    logits = h @ W_y + b_y
    ds = cross_entropy_backward(logits, targets)
    _, _, dW_x, dW_h, db = rnn_sequence_backward(ds @ W_y.T, x, h0, W_x, W_h, b)
    dW_y, db_y = np.einsum("nth,ntv->hv", h, ds), ds.sum(axis=(0, 1))
    gradients = dW_x, dW_h, db, dW_y, db_y
    norm = np.sqrt(sum((gradient**2).sum() for gradient in gradients))
    return cross_entropy(logits, targets), *(g * min(1, 5 / norm) for g in gradients)


@CHAR_LM_GRADIENTS.mistake(
    "the weights are updated inside, in place",
    hint="The function measures loss and gradients. The step of SGD belongs to whoever called you.",
)
def weights_updated(inputs, targets, h0, W_x, W_h, b, W_y, b_y):
    x = np.eye(len(W_x))[inputs]
    h = rnn_sequence(x, h0, W_x, W_h, b)
    logits = h @ W_y + b_y
    ds = cross_entropy_backward(logits, targets)
    _, _, dW_x, dW_h, db = rnn_sequence_backward(ds @ W_y.T, x, h0, W_x, W_h, b)
    dW_y, db_y = np.einsum("nth,ntv->hv", h, ds), ds.sum(axis=(0, 1))
    for w, dw in ((W_x, dW_x), (W_h, dW_h), (b, db), (W_y, dW_y), (b_y, db_y)):
        w -= 0.1 * dw
    return cross_entropy(logits, targets), dW_x, dW_h, db, dW_y, db_y


@CHAR_LM_GRADIENTS.mistake(
    "the slope of tanh is taken twice: once before rnn_sequence_backward, and once in it",
    hint="rnn_sequence_backward is given the gradient at h_t. Which side of tanh is that?",
)
def slope_twice(inputs, targets, h0, W_x, W_h, b, W_y, b_y):
    x = np.eye(len(W_x))[inputs]
    h = rnn_sequence(x, h0, W_x, W_h, b)
    logits = h @ W_y + b_y
    ds = cross_entropy_backward(logits, targets)
    dh = (ds @ W_y.T) * (1 - h**2)
    _, _, dW_x, dW_h, db = rnn_sequence_backward(dh, x, h0, W_x, W_h, b)
    dW_y, db_y = np.einsum("nth,ntv->hv", h, ds), ds.sum(axis=(0, 1))
    return cross_entropy(logits, targets), dW_x, dW_h, db, dW_y, db_y


@CHAR_LM_GRADIENTS.mistake(
    "the perplexity is returned, not the loss",
    hint="The loss of a model that knows nothing is log V. What do you get?",
)
def perplexity_returned(inputs, targets, h0, W_x, W_h, b, W_y, b_y):
    x = np.eye(len(W_x))[inputs]
    h = rnn_sequence(x, h0, W_x, W_h, b)
    logits = h @ W_y + b_y
    ds = cross_entropy_backward(logits, targets)
    _, _, dW_x, dW_h, db = rnn_sequence_backward(ds @ W_y.T, x, h0, W_x, W_h, b)
    dW_y, db_y = np.einsum("nth,ntv->hv", h, ds), ds.sum(axis=(0, 1))
    return np.exp(cross_entropy(logits, targets)), dW_x, dW_h, db, dW_y, db_y
