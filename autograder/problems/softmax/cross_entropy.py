"""The loss of a language model: the mean negative log probability of the words that came."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.problem import Case, Output, Problem
from autograder.problems.draws import Rng, distinct_sizes, in_float32, normal
from lmkit.by_hand.softmax import cross_entropy, softmax


def scores_and_targets(rng: Rng, depth: float, N: int, T: int, V: int) -> tuple[Any, ...]:
    """Scores (N, T, V) and the words that came, (N, T).

    Every third word lies `depth` below the others. None of those came.
    """
    logits, words = normal(rng, N, T, V, scale=2), np.arange(V)
    low = (words % 3 == 0) & (depth > 0)
    return logits - depth * low, rng.choice(words[~low], size=(N, T))


def draw_batch(rng: Rng) -> tuple[Any, ...]:
    """A random batch."""
    return scores_and_targets(rng, 0.0, *distinct_sizes(rng, 3, low=3))


def draw_one_sentence(rng: Rng) -> tuple[Any, ...]:
    """N = 1, and exp overflows even if the mean of the scores is taken off."""
    return scores_and_targets(rng, rng.uniform(3e3, 5e3), 1, *distinct_sizes(rng, 2, low=3))


def draw_huge(rng: Rng) -> tuple[Any, ...]:
    """All scores some thousands away from zero, and so far apart that e^725 would overflow.

    No probability is zero, for e^-725 is not.
    """
    logits, targets = scores_and_targets(rng, 725.0, *distinct_sizes(rng, 3, low=3))
    N = len(logits)
    level = rng.uniform(6e3, 1e4, size=N) * np.where(np.arange(N) % 2, -1, 1)
    return in_float32(logits + level[:, None, None]), targets


def draw_surprise(rng: Rng) -> tuple[Any, ...]:
    """The words that came had probabilities of e^-10 ... e^-50, one of them of e^-900.

    That is zero, as are those of other words: its logarithm has to be taken on paper.
    """
    logits, targets = scores_and_targets(rng, 900.0, *distinct_sizes(rng, 3, low=3))
    y = np.eye(logits.shape[-1])[targets]
    off = rng.permutation([900, *np.linspace(10, 45, targets.size - 1)]).reshape(*targets.shape, 1)
    return logits - off * y, targets


CASES = (
    Case("a random batch", draw_batch, weight=2),
    Case("a single sentence, N = 1, with scores far apart", draw_one_sentence),
    Case("huge scores, some thousands above or below zero", draw_huge),
    Case("words that the model held for almost impossible", draw_surprise),
)

CROSS_ENTROPY = Problem(
    name="cross_entropy",
    reference=cross_entropy,
    outputs=(Output("J"),),
    cases=CASES,
    source="Deck 1, Training a RNN LM",
    uses=("softmax",),
)


@CROSS_ENTROPY.mistake(
    "the losses are summed, not averaged",
    hint="Deck 2 has a factor in front of the sum over time. The batch wants one as well.",
)
def summed(logits, targets):
    log_y_hat = logits - np.logaddexp.reduce(logits, axis=-1, keepdims=True)
    log_p = np.take_along_axis(log_y_hat, targets[..., None], axis=-1)
    return -log_p.sum()


@CROSS_ENTROPY.mistake(
    "the sum is divided by the N sentences only",
    hint="The loss is per predicted token. How many are there in a batch?",
)
def divided_by_N(logits, targets):
    log_y_hat = logits - np.logaddexp.reduce(logits, axis=-1, keepdims=True)
    log_p = np.take_along_axis(log_y_hat, targets[..., None], axis=-1)
    return -log_p.sum() / targets.shape[0]


@CROSS_ENTROPY.mistake(
    "the sum is divided by the T time steps only",
    hint="Deck 2 has one sentence and divides by T. How many tokens are there in a batch?",
)
def divided_by_T(logits, targets):
    log_y_hat = logits - np.logaddexp.reduce(logits, axis=-1, keepdims=True)
    log_p = np.take_along_axis(log_y_hat, targets[..., None], axis=-1)
    return -log_p.sum() / targets.shape[1]


@CROSS_ENTROPY.mistake(
    "the mean is taken over the vocabulary too",
    hint="J^(t) is a sum over the words w, in which one term is left. Over what is the mean?",
)
def divided_by_V_too(logits, targets):
    y = np.eye(logits.shape[-1])[targets]
    log_y_hat = logits - np.logaddexp.reduce(logits, axis=-1, keepdims=True)
    return -(y * log_y_hat).mean()


@CROSS_ENTROPY.mistake(
    "exp overflows in the softmax, or a whole row vanishes in it",
    hint="exp(1000) is not a number that a computer holds. Call your own softmax.",
)
def softmax_overflows(logits, targets):
    exp_s = np.exp(logits)
    p = np.take_along_axis(exp_s / exp_s.sum(-1, keepdims=True), targets[..., None], axis=-1)
    return -np.log(p).mean()


@CROSS_ENTROPY.mistake(
    "the smallest score is taken off in the softmax, not the largest, and exp overflows",
    hint="What is left after the subtraction should be no number that exp cannot take. Call your "
    "own softmax.",
)
def smallest_taken_off(logits, targets):
    exp_s = np.exp(logits - logits.min(axis=-1, keepdims=True))
    p = np.take_along_axis(exp_s / exp_s.sum(-1, keepdims=True), targets[..., None], axis=-1)
    return -np.log(p).mean()


@CROSS_ENTROPY.mistake(
    "the mean score is taken off in the softmax, not the largest, and exp overflows",
    hint="What is left after the subtraction should be no number that exp cannot take. Call your "
    "own softmax.",
)
def mean_taken_off(logits, targets):
    exp_s = np.exp(logits - logits.mean(axis=-1, keepdims=True))
    p = np.take_along_axis(exp_s / exp_s.sum(-1, keepdims=True), targets[..., None], axis=-1)
    return -np.log(p).mean()


@CROSS_ENTROPY.mistake(
    "the logarithm is taken of all words' probabilities, and 0 times log 0 is not a number",
    hint="In the sum over the words w one term is left. Must the others be computed at all?",
)
def zero_times_infinity(logits, targets):
    y = np.eye(logits.shape[-1])[targets]
    return -(y * np.log(softmax(logits))).sum() / targets.size


@CROSS_ENTROPY.mistake(
    "a small number (1e-8) is added to the probabilities before the logarithm",
    hint="It hides how wrong the model is where it is most wrong. When is a logarithm infinite?",
)
def small_number_added(logits, targets):
    p = np.take_along_axis(softmax(logits), targets[..., None], axis=-1)
    return -np.log(p + 1e-8).mean()


@CROSS_ENTROPY.mistake(
    "probabilities below 1e-8 are lifted to it before the logarithm",
    hint="It hides how wrong the model is where it is most wrong. When is a logarithm infinite?",
)
def small_probabilities_lifted(logits, targets):
    p = np.take_along_axis(softmax(logits), targets[..., None], axis=-1)
    return -np.log(np.maximum(p, 1e-8)).mean()


@CROSS_ENTROPY.mistake(
    "the minus sign is missing",
    hint="The logarithm of a probability is negative. A loss gets smaller as the model improves.",
)
def no_minus(logits, targets):
    log_y_hat = logits - np.logaddexp.reduce(logits, axis=-1, keepdims=True)
    log_p = np.take_along_axis(log_y_hat, targets[..., None], axis=-1)
    return log_p.mean()


@CROSS_ENTROPY.mistake(
    "the logarithm has base 2 (bits, as in information theory)",
    hint="The lectures' perplexity is exp(J). Which logarithm does exp undo?",
    convention=True,
)
def in_bits(logits, targets):
    log_y_hat = logits - np.logaddexp.reduce(logits, axis=-1, keepdims=True)
    log_p = np.take_along_axis(log_y_hat, targets[..., None], axis=-1)
    return -log_p.mean() / np.log(2)


@CROSS_ENTROPY.mistake(
    "the logarithm is missing: minus the mean probability",
    hint="The loss of a token is its negative log probability.",
)
def no_logarithm(logits, targets):
    return -np.take_along_axis(softmax(logits), targets[..., None], axis=-1).mean()


@CROSS_ENTROPY.mistake(
    "the logarithm is taken of the mean probability",
    hint="Read deck 2 from the inside: what is averaged, probabilities or losses?",
)
def logarithm_of_mean(logits, targets):
    return -np.log(np.take_along_axis(softmax(logits), targets[..., None], axis=-1).mean())


@CROSS_ENTROPY.mistake(
    "softmax is applied twice",
    hint="Softmax turns scores into probabilities. What does it make of probabilities?",
)
def softmax_twice(logits, targets):
    p = np.take_along_axis(softmax(softmax(logits)), targets[..., None], axis=-1)
    return -np.log(p).mean()


@CROSS_ENTROPY.mistake(
    "softmax runs over time, not over the words",
    hint="The probabilities of the V words at one time sum to one. On which axis do words lie?",
)
def softmax_over_time(logits, targets):
    exp_s = np.exp(logits - logits.max(axis=1, keepdims=True))
    p = np.take_along_axis(exp_s / exp_s.sum(1, keepdims=True), targets[..., None], axis=-1)
    return -np.log(p).mean()


@CROSS_ENTROPY.mistake(
    "the targets are shifted once more",
    hint="targets[:, t] already is the word that came after step t. Who has shifted them?",
)
def shifted_once_more(logits, targets):
    log_y_hat = logits - np.logaddexp.reduce(logits, axis=-1, keepdims=True)
    return -np.take_along_axis(log_y_hat[:, :-1], targets[:, 1:, None], axis=-1).mean()


@CROSS_ENTROPY.mistake(
    "each place is scored with the targets of all places",
    hint="`a[..., ids]` takes all the ids at every place. You want one id at each.",
)
def targets_of_all_places(logits, targets):
    log_y_hat = logits - np.logaddexp.reduce(logits, axis=-1, keepdims=True)
    return -log_y_hat[..., targets].mean()


@CROSS_ENTROPY.mistake(
    "all words are scored, whatever came",
    hint="y is one-hot: in the sum over w a single term is left. Which one?",
)
def all_words_scored(logits, targets):
    log_y_hat = logits - np.logaddexp.reduce(logits, axis=-1, keepdims=True)
    return -log_y_hat.sum(axis=-1).mean()


@CROSS_ENTROPY.mistake(
    "the model's favourite is scored in place of the target",
    hint="The loss is about the word that came, not about the one that the model would choose.",
)
def favourite_scored(logits, targets):
    return -np.log(softmax(logits).max(axis=-1)).mean()


@CROSS_ENTROPY.mistake(
    "only the last time step is scored",
    hint="A classifier speaks once, at the end. A language model predicts at every step.",
)
def last_step_only(logits, targets):
    log_y_hat = logits - np.logaddexp.reduce(logits, axis=-1, keepdims=True)
    return -np.take_along_axis(log_y_hat[:, -1], targets[:, -1, None], axis=-1).mean()


@CROSS_ENTROPY.mistake(
    "each word is taken for a yes-or-no question (binary cross entropy)",
    hint="Softmax has coupled the words already. Does deck 1's sum have a term with 1 - y?",
)
def binary_cross_entropy(logits, targets):
    p, y = softmax(logits), np.eye(logits.shape[-1])[targets]
    return -np.where(y == 1, np.log(p), np.log(1 - p)).sum() / targets.size


@CROSS_ENTROPY.mistake(
    "the perplexity is returned",
    hint="Perplexity is exp(J). J itself is asked.",
)
def perplexity_returned(logits, targets):
    log_y_hat = logits - np.logaddexp.reduce(logits, axis=-1, keepdims=True)
    log_p = np.take_along_axis(log_y_hat, targets[..., None], axis=-1)
    return np.exp(-log_p.mean())


@CROSS_ENTROPY.mistake(
    "the losses of the tokens are returned one by one",
    hint="J^(t) is the loss of one token; J is one number for all of them.",
)
def not_averaged(logits, targets):
    log_y_hat = logits - np.logaddexp.reduce(logits, axis=-1, keepdims=True)
    log_p = np.take_along_axis(log_y_hat, targets[..., None], axis=-1)
    return -log_p[..., 0]


@CROSS_ENTROPY.mistake(
    "the scores are changed in place",
    hint="`s -= ...` changes the array of whoever called you. `s = s - ...` makes a new one.",
)
def scores_changed(logits, targets):
    logits -= logits.max(axis=-1, keepdims=True)
    log_y_hat = logits - np.logaddexp.reduce(logits, axis=-1, keepdims=True)
    log_p = np.take_along_axis(log_y_hat, targets[..., None], axis=-1)
    return -log_p.mean()


@CROSS_ENTROPY.mistake(
    "the logarithm is taken of a probability that is rounded to 0",
    hint="The trap of this exercise: which form has no probability in it that can become 0?",
)
def log_of_zero(logits, targets):
    p = np.take_along_axis(softmax(logits), targets[..., None], axis=-1)
    return -np.log(p).mean()


@CROSS_ENTROPY.mistake(
    "the largest score of the whole array is taken off, and rows far below it vanish",
    hint="exp(-1000) is rounded to 0, and so is the sum of a row. Whose largest score is safe for "
    "it?",
)
def largest_of_all(logits, targets):
    s = logits - logits.max()
    log_y_hat = s - np.log(np.exp(s).sum(axis=-1, keepdims=True))
    return -np.take_along_axis(log_y_hat, targets[..., None], axis=-1).mean()


@CROSS_ENTROPY.mistake(
    "a tiny number (1e-12) is added to the probabilities before the logarithm",
    hint="It hides how surprised the model was. Which form of log y_hat needs no such number?",
)
def tiny_number_added(logits, targets):
    p = np.take_along_axis(softmax(logits), targets[..., None], axis=-1)
    return -np.log(p + 1e-12).mean()
