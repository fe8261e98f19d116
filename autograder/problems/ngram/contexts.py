"""Contexts that came, contexts that never came, and what lies between: for backing off."""

from __future__ import annotations

from typing import Any

from autograder.problems.draws import Rng
from autograder.problems.ngram.texts import (
    Text,
    busy_context,
    followers,
    some_text,
    tables_of,
)
from lmkit.by_hand.ngram import Counts


def training(rng: Rng, n: int) -> tuple[Text, list[Counts]]:
    """A text and its tables up to the order n."""
    text = some_text(rng, words=7, count=24)
    return text, tables_of(text, n)


def draw_seen(rng: Rng) -> tuple[Any, ...]:
    """A context of two words after which several came, though not all."""
    text, tables = training(rng, 3)
    return busy_context(rng, tables[2]), tables, text.vocabulary


def draw_word_seen(rng: Rng) -> tuple[Any, ...]:
    """A context of three words: only the last of them came."""
    text, tables = training(rng, 4)
    (word,) = busy_context(rng, tables[1])
    return (text.stranger, text.stranger, word), tables, text.vocabulary


def draw_seen_later(rng: Rng) -> tuple[Any, ...]:
    """A context of three words: the last two came together, but never after the first."""
    text, tables = training(rng, 4)
    after = followers(tables[3])
    later = busy_context(rng, tables[2])
    first = [w for (w,) in followers(tables[1]) if w != "<s>" and (w, *later) not in after]
    first = first or [text.stranger]
    return (first[int(rng.integers(len(first)))], *later), tables, text.vocabulary


def draw_nothing_seen(rng: Rng) -> tuple[Any, ...]:
    """A context of two words that never came."""
    text, tables = training(rng, 3)
    return (text.stranger, text.stranger), tables, text.vocabulary


def draw_unigrams(rng: Rng) -> tuple[Any, ...]:
    """The empty context, and tables of orders that it does not need."""
    text, tables = training(rng, 3)
    return (), tables, text.vocabulary
