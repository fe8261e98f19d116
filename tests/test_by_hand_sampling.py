"""From logits to a text: by hand, by counting draws, and against lmkit's own models."""

from __future__ import annotations

import numpy as np
import pytest

from lmkit.by_hand import (
    char_lstm,
    draw_character,
    generate,
    nucleus,
    softmax,
    temperature_softmax,
    top_k,
)

P = np.array([0.1, 0.5, 0.1, 0.3])


@pytest.mark.parametrize(
    ("temperature", "right"),
    [
        # e^(2/t) : e^(1/t) : 1
        (0.5, [0.867, 0.117, 0.016]),
        (1.0, [0.665, 0.245, 0.090]),
        (2.0, [0.506, 0.307, 0.186]),
        (0.0, [1.0, 0.0, 0.0]),
    ],
)
def test_temperature_by_hand(temperature: float, right: list[float]) -> None:
    p = temperature_softmax(np.array([2.0, 1.0, 0.0]), temperature)
    np.testing.assert_allclose(p, right, atol=5e-4)


def test_the_limits_of_the_temperature() -> None:
    logits = np.random.default_rng(0).standard_normal((3, 5))
    cold = temperature_softmax(logits, 1e-3)
    np.testing.assert_allclose(temperature_softmax(logits, 0), cold, atol=1e-6)
    np.testing.assert_allclose(temperature_softmax(logits, 1e6), 0.2, atol=1e-5)
    np.testing.assert_allclose(temperature_softmax(logits, 1), softmax(logits))


@pytest.mark.parametrize(
    ("cut", "right"),
    [
        # 0.5 + 0.3 = 0.8, and 0.5 / 0.8 = 0.625
        (top_k(P, 2), [0, 0.625, 0, 0.375]),
        (top_k(P, 1), [0, 1, 0, 0]),
        (top_k(P, 9), P),
        (nucleus(P, 0.7), [0, 0.625, 0, 0.375]),
        (nucleus(P, 0.8), [0, 0.625, 0, 0.375]),
        (nucleus(P, 0.4), [0, 1, 0, 0]),
    ],
)
def test_cuts_by_hand(cut: np.ndarray, right: list[float]) -> None:
    np.testing.assert_allclose(cut, right)


@pytest.mark.parametrize("seed", range(5))
def test_a_nucleus_has_its_mass_and_no_character_to_spare(seed: int) -> None:
    rng = np.random.default_rng(seed)
    p, mass = rng.dirichlet(np.ones(12)), float(rng.uniform(0.2, 0.95))
    inside = nucleus(p, mass) > 0
    assert p[inside].sum() >= mass > p[inside].sum() - p[inside].min()
    assert p[inside].min() > p[~inside].max(initial=0)


def test_draws_come_as_often_as_they_should() -> None:
    # 4,000 u's laid evenly: each character gets its share to a draw.
    drawn = [draw_character(P, u) for u in (np.arange(4000) + 0.5) / 4000]
    np.testing.assert_allclose(np.bincount(drawn, minlength=4) / 4000, P, atol=1e-3)


def test_a_text_is_what_its_own_probabilities_say() -> None:
    # Whatever is written, read as a whole, leads to the same draws: what was drawn is fed back, and
    # the state carried.
    rng = np.random.default_rng(3)
    V, D, H = 6, 4, 5
    shapes = ((V, D), (D, 4 * H), (H, 4 * H), (4 * H,), (H, V), (V,))
    weights = tuple(rng.standard_normal(shape) for shape in shapes)
    prompt, u = np.array([2, 0, 5]), rng.random(20)
    text = generate(prompt, u, 0.7, *weights)
    zeros = np.zeros((1, H))
    logits, _, _ = char_lstm(np.array([[*prompt, *text]]), zeros, zeros, *weights)
    p = softmax(logits[0, 2:-1] / 0.7)
    assert text == [draw_character(row, u_t) for row, u_t in zip(p, u, strict=True)]
    assert len(set(text)) > 2
