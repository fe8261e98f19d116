"""AdamW: Adam, with the weight decay beside it."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.problem import Case, Draw, Output, Problem
from autograder.problems.draws import Rng
from autograder.problems.optimisers.draws import a_shape, adam_memory, adam_settings
from lmkit.by_hand.optimisers import adam_update, adamw_update


def draw(ndim: int, first: bool = False) -> Draw:
    """The arguments of the first update, or of one of the next."""

    def update(rng: Rng) -> tuple[Any, ...]:
        t = 1 if first else int(rng.integers(3, 9))
        memory = adam_memory(rng, a_shape(rng, ndim), t)
        return *memory, *adam_settings(rng), float(rng.uniform(0.1, 0.3))

    return update


ADAMW_UPDATE = Problem(
    name="adamw_update",
    reference=adamw_update,
    outputs=(Output("w", weight=2), Output("m"), Output("s")),
    cases=(
        Case("a matrix, an update in the middle", draw(2), weight=2),
        Case("the first update, t = 1", draw(1, first=True)),
    ),
    source="Deck 2, Optimizer",
    uses=("adam_update",),
)


@ADAMW_UPDATE.mistake(
    "the decay is put into the gradient, where Adam divides it away (Adam with L2)",
    hint="The W in AdamW: the decay is *decoupled*. Which of the two terms goes through m and s?",
)
def in_gradient(w, m, s, g, t, rate, beta_1, beta_2, epsilon, decay):
    return adam_update(w, m, s, g + decay * w, t, rate, beta_1, beta_2, epsilon)


@ADAMW_UPDATE.mistake(
    "the decay is not multiplied by the learning rate",
    hint="The paper has it so, with a schedule in its place. Here, as in Keras and PyTorch, a "
    "smaller rate also means a smaller decay.",
    convention=True,
)
def without_rate(w, m, s, g, t, rate, beta_1, beta_2, epsilon, decay):
    stepped, m, s = adam_update(w, m, s, g, t, rate, beta_1, beta_2, epsilon)
    return stepped - decay * w, m, s


@ADAMW_UPDATE.mistake(
    "the weights grow: the decay is added",
    hint="Decay draws weights towards zero. Does yours?",
)
def weights_grow(w, m, s, g, t, rate, beta_1, beta_2, epsilon, decay):
    stepped, m, s = adam_update(w, m, s, g, t, rate, beta_1, beta_2, epsilon)
    return stepped + rate * decay * w, m, s


@ADAMW_UPDATE.mistake(
    "the decay is taken of the weights after Adam's step, not of those before",
    hint="Both steps start from the same w.",
)
def after_the_step(w, m, s, g, t, rate, beta_1, beta_2, epsilon, decay):
    stepped, m, s = adam_update(w, m, s, g, t, rate, beta_1, beta_2, epsilon)
    return stepped - rate * decay * stepped, m, s


@ADAMW_UPDATE.mistake(
    "there is no decay: this is Adam",
    hint="What does the last argument say?",
)
def no_decay(w, m, s, g, t, rate, beta_1, beta_2, epsilon, decay):
    return adam_update(w, m, s, g, t, rate, beta_1, beta_2, epsilon)


@ADAMW_UPDATE.mistake(
    "every weight moves by the same amount towards zero (the gradient of |w|)",
    hint="That is L1. A weight decay takes the same *share* of every weight.",
)
def same_amount(w, m, s, g, t, rate, beta_1, beta_2, epsilon, decay):
    stepped, m, s = adam_update(w, m, s, g, t, rate, beta_1, beta_2, epsilon)
    return stepped - rate * decay * np.sign(w), m, s


@ADAMW_UPDATE.mistake(
    "the decay is divided by the root of s, too",
    hint="Then weights with large gradients decay less. The W in AdamW keeps it out of that.",
)
def scaled_like_gradient(w, m, s, g, t, rate, beta_1, beta_2, epsilon, decay):
    stepped, m, s = adam_update(w, m, s, g, t, rate, beta_1, beta_2, epsilon)
    s_hat = s / (1 - beta_2**t)
    return stepped - rate * decay * w / (np.sqrt(s_hat) + epsilon), m, s


@ADAMW_UPDATE.mistake(
    "the weights are multiplied by decay",
    hint="decay is the share that goes, not the share that stays.",
)
def share_kept(w, m, s, g, t, rate, beta_1, beta_2, epsilon, decay):
    stepped, m, s = adam_update(w, m, s, g, t, rate, beta_1, beta_2, epsilon)
    return stepped - w + decay * w, m, s


@ADAMW_UPDATE.mistake(
    "the learning rate is squared in the decay",
    hint="adam_update has made its step already. How often does rate multiply the decay?",
)
def rate_squared(w, m, s, g, t, rate, beta_1, beta_2, epsilon, decay):
    stepped, m, s = adam_update(w, m, s, g, t, rate, beta_1, beta_2, epsilon)
    return stepped - rate**2 * decay * w, m, s


@ADAMW_UPDATE.mistake(
    "the decay is halved",
    hint="The half of w squared has the gradient w. Here the decay is said directly.",
)
def halved(w, m, s, g, t, rate, beta_1, beta_2, epsilon, decay):
    stepped, m, s = adam_update(w, m, s, g, t, rate, beta_1, beta_2, epsilon)
    return stepped - rate * decay * w / 2, m, s


@ADAMW_UPDATE.mistake(
    "the new weights shrink, but Adam's step is lost",
    hint="Two steps from the same w: Adam's, and the decay's.",
)
def step_lost(w, m, s, g, t, rate, beta_1, beta_2, epsilon, decay):
    _, m, s = adam_update(w, m, s, g, t, rate, beta_1, beta_2, epsilon)
    return w - rate * decay * w, m, s
