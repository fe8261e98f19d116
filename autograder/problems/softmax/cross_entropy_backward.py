"""The gradient of the loss with respect to the scores."""

from __future__ import annotations

import numpy as np

from autograder.problem import Output, Problem
from autograder.problems.softmax.cross_entropy import CASES
from lmkit.by_hand.softmax import cross_entropy_backward, softmax

CROSS_ENTROPY_BACKWARD = Problem(
    name="cross_entropy_backward",
    reference=cross_entropy_backward,
    outputs=(Output("dlogits"),),
    cases=CASES,
    source="Deck 1, Training a RNN LM",
    uses=("softmax",),
)


@CROSS_ENTROPY_BACKWARD.mistake(
    "the target is not subtracted",
    hint="Differentiate log sum exp(s) - s_target: there are two terms.",
)
def target_not_subtracted(logits, targets):
    return softmax(logits) / targets.size


@CROSS_ENTROPY_BACKWARD.mistake(
    "the gradient is not divided by the number of tokens",
    hint="J is a mean over all predicted tokens, and so is its gradient.",
)
def not_divided(logits, targets):
    return softmax(logits) - np.eye(logits.shape[-1])[targets]


@CROSS_ENTROPY_BACKWARD.mistake(
    "the gradient is divided by the N sentences only",
    hint="J is a mean over all predicted tokens. How many are there in a batch?",
)
def gradient_divided_by_N(logits, targets):
    return (softmax(logits) - np.eye(logits.shape[-1])[targets]) / targets.shape[0]


@CROSS_ENTROPY_BACKWARD.mistake(
    "the gradient is divided by the T time steps only",
    hint="J is a mean over all predicted tokens. How many are there in a batch?",
)
def gradient_divided_by_T(logits, targets):
    return (softmax(logits) - np.eye(logits.shape[-1])[targets]) / targets.shape[1]


@CROSS_ENTROPY_BACKWARD.mistake(
    "the gradient is divided by the number of tokens twice",
    hint="A mean divides once. Count the divisions on the way to your result.",
)
def divided_twice(logits, targets):
    return (softmax(logits) - np.eye(logits.shape[-1])[targets]) / targets.size**2


@CROSS_ENTROPY_BACKWARD.mistake(
    "the gradient is divided by the size of the vocabulary too",
    hint="J is a mean over tokens, not over words of the vocabulary.",
)
def gradient_divided_by_V_too(logits, targets):
    return (softmax(logits) - np.eye(logits.shape[-1])[targets]) / logits.size


@CROSS_ENTROPY_BACKWARD.mistake(
    "the sign is turned round",
    hint="To lower the loss, a step against the gradient must raise the target's score.",
)
def gradient_sign_turned(logits, targets):
    return (np.eye(logits.shape[-1])[targets] - softmax(logits)) / targets.size


@CROSS_ENTROPY_BACKWARD.mistake(
    "the target is added, not subtracted",
    hint="To lower the loss, a step against the gradient must raise the target's score.",
)
def target_added(logits, targets):
    return (softmax(logits) + np.eye(logits.shape[-1])[targets]) / targets.size


@CROSS_ENTROPY_BACKWARD.mistake(
    "the ids of the targets are subtracted, not one-hot vectors",
    hint="The id of a word is only its name. In y there is a one at that place, and zeros.",
)
def ids_subtracted(logits, targets):
    return (softmax(logits) - targets[..., None]) / targets.size


@CROSS_ENTROPY_BACKWARD.mistake(
    "one is subtracted at every place for every word that is a target anywhere",
    hint="`a[..., ids]` takes all the ids at every place. You want one id at each.",
)
def subtracted_at_all_places(logits, targets):
    gradient = softmax(logits)
    gradient[..., targets] -= 1
    return gradient / targets.size


@CROSS_ENTROPY_BACKWARD.mistake(
    "the gradient stops at y_hat: softmax is not differentiated",
    hint="-1 / y_hat is the derivative by the probability. The scores lie one step further back.",
)
def stops_at_probabilities(logits, targets):
    return -np.eye(logits.shape[-1])[targets] / softmax(logits) / targets.size


@CROSS_ENTROPY_BACKWARD.mistake(
    "softmax is differentiated a second time, by the factor y_hat (1 - y_hat)",
    hint="In y_hat - y the derivative of softmax is contained already.",
)
def softmax_differentiated_twice(logits, targets):
    p = softmax(logits)
    return (p - np.eye(logits.shape[-1])[targets]) * p * (1 - p) / targets.size


@CROSS_ENTROPY_BACKWARD.mistake(
    "the scores stand where the probabilities belong",
    hint="In y_hat - y both are distributions over the vocabulary.",
)
def softmax_forgotten(logits, targets):
    return (logits - np.eye(logits.shape[-1])[targets]) / targets.size


@CROSS_ENTROPY_BACKWARD.mistake(
    "the log probabilities stand where the probabilities belong",
    hint="In y_hat - y both are distributions over the vocabulary.",
)
def log_probabilities_taken(logits, targets):
    return (np.log(softmax(logits)) - np.eye(logits.shape[-1])[targets]) / targets.size


@CROSS_ENTROPY_BACKWARD.mistake(
    "softmax runs over time, not over the words",
    hint="The probabilities of the V words at one time sum to one. On which axis do words lie?",
)
def gradient_softmax_over_time(logits, targets):
    exp_s = np.exp(logits - logits.max(axis=1, keepdims=True))
    p = exp_s / exp_s.sum(axis=1, keepdims=True)
    return (p - np.eye(logits.shape[-1])[targets]) / targets.size


@CROSS_ENTROPY_BACKWARD.mistake(
    "exp overflows in the softmax",
    hint="exp(1000) is not a number that a computer holds. Call your own softmax.",
)
def gradient_softmax_overflows(logits, targets):
    exp_s = np.exp(logits)
    p = exp_s / exp_s.sum(axis=-1, keepdims=True)
    return (p - np.eye(logits.shape[-1])[targets]) / targets.size


@CROSS_ENTROPY_BACKWARD.mistake(
    "only the last time step gets a gradient",
    hint="Every prediction is part of J, so each of them has a gradient.",
)
def gradient_of_last_step_only(logits, targets):
    gradient = (softmax(logits) - np.eye(logits.shape[-1])[targets]) / targets.size
    gradient[:, :-1] = 0
    return gradient


@CROSS_ENTROPY_BACKWARD.mistake(
    "the scores are changed in place",
    hint="`s -= ...` changes the array of whoever called you. `s = s - ...` makes a new one.",
)
def gradient_scores_changed(logits, targets):
    logits -= logits.max(axis=-1, keepdims=True)
    return (softmax(logits) - np.eye(logits.shape[-1])[targets]) / targets.size


@CROSS_ENTROPY_BACKWARD.mistake(
    "the largest score of the whole array is taken off, and rows far below it vanish",
    hint="exp(-1000) is rounded to 0, and so is the sum of a row. Whose largest score is safe for "
    "it?",
)
def largest_of_all(logits, targets):
    exp_s = np.exp(logits - logits.max())
    y_hat = exp_s / exp_s.sum(axis=-1, keepdims=True)
    return (y_hat - np.eye(logits.shape[-1])[targets]) / targets.size
