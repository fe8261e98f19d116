"""The words that a model knows."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.problem import Case, Draw, Output, Problem
from autograder.problems.draws import Rng
from autograder.problems.ngram.texts import Sentence, some_words
from lmkit.by_hand.ngram import build_vocabulary


def with_counts(rng: Rng, counts: list[int]) -> tuple[list[Sentence], Sentence]:
    """Sentences of five words in which the words come as often as told, and the words."""
    words = some_words(rng, len(counts))
    row = [str(w) for w in rng.permutation(np.repeat(words, counts))]
    return [row[start : start + 5] for start in range(0, len(row), 5)], words


def cut_at(min_count: int) -> Draw:
    """Words that come once to seven times, one of them several times in one sentence only."""

    def draw(rng: Rng) -> tuple[Any, ...]:
        sentences, _ = with_counts(rng, [1, 1, 2, 2, 3, 3, 4, 4, 5, 7])
        repeated = str(rng.choice(some_words(rng, 1)))
        return [*sentences, [repeated] * 6], min_count

    return draw


def draw_marked(rng: Rng) -> tuple[Any, ...]:
    """A text in which rare words have become <unk> already, as in the Penn Treebank."""
    sentences, words = with_counts(rng, [2, 3, 4, 5])
    gone = words[int(rng.integers(len(words)))]
    return [["<unk>" if w == gone else w for w in sentence] for sentence in sentences], 2


BUILD_VOCABULARY = Problem(
    name="build_vocabulary",
    reference=build_vocabulary,
    outputs=(Output("vocabulary"),),
    cases=(
        Case("words that come at least twice", cut_at(2), weight=2),
        Case("words that come at least four times", cut_at(4)),
        Case("every word, min_count = 1", cut_at(1)),
        Case("a text that holds <unk> already", draw_marked, weight=0.5),
    ),
    source="Deck 2, N-gram",
)


@BUILD_VOCABULARY.mistake(
    "words that come exactly min_count times are left out",
    hint='"At least" min_count times: is that > or >=?',
)
def more_than_min_count(sentences, min_count):
    row = [w for sentence in sentences for w in sentence]
    return sorted({w for w in row if row.count(w) > min_count} | {"</s>", "<unk>"})


@BUILD_VOCABULARY.mistake(
    "the rare words are kept and the frequent ones left out",
    hint="Which words become <unk>: the ones that come often, or the others?",
)
def rare_kept(sentences, min_count):
    row = [w for sentence in sentences for w in sentence]
    return sorted({w for w in row if row.count(w) < min_count} | {"</s>", "<unk>"})


@BUILD_VOCABULARY.mistake(
    "min_count is ignored",
    hint="A word that came once is hardly known. What has min_count to do with it?",
)
def min_count_ignored(sentences, min_count):
    return sorted({w for sentence in sentences for w in sentence} | {"</s>", "<unk>"})


@BUILD_VOCABULARY.mistake(
    "the sentences are counted in which a word comes, not how often it comes",
    hint="A word can come six times in one sentence. How often is that?",
)
def sentences_counted(sentences, min_count):
    words = {w for sentence in sentences for w in sentence}
    often = {w for w in words if sum(w in sentence for sentence in sentences) >= min_count}
    return sorted(often | {"</s>", "<unk>"})


@BUILD_VOCABULARY.mistake(
    "<s> is in the vocabulary",
    hint="The vocabulary holds what can be predicted. Is the start of a sentence ever predicted?",
)
def start_in_it(sentences, min_count):
    row = [w for sentence in sentences for w in sentence]
    often = {w for w in row if row.count(w) >= min_count}
    return sorted(often | {"<s>", "</s>", "<unk>"})


@BUILD_VOCABULARY.mistake(
    "<s> stands in the place of </s>",
    hint="The vocabulary holds what can be predicted: the start of a sentence, or its end?",
)
def start_for_end(sentences, min_count):
    row = [w for sentence in sentences for w in sentence]
    return sorted({w for w in row if row.count(w) >= min_count} | {"<s>", "<unk>"})


@BUILD_VOCABULARY.mistake(
    "</s> is missing",
    hint="The vocabulary holds what can be predicted. The end of a sentence is.",
)
def no_end(sentences, min_count):
    row = [w for sentence in sentences for w in sentence]
    return sorted({w for w in row if row.count(w) >= min_count} | {"<unk>"})


@BUILD_VOCABULARY.mistake(
    "<unk> is missing",
    hint="What shall the model read when a word comes that it does not know?",
)
def no_unknown(sentences, min_count):
    row = [w for sentence in sentences for w in sentence]
    return sorted({w for w in row if row.count(w) >= min_count} | {"</s>"})


@BUILD_VOCABULARY.mistake(
    "</s> and <unk> are both missing",
    hint="The vocabulary holds what can be predicted: not words alone.",
)
def bare_words(sentences, min_count):
    row = [w for sentence in sentences for w in sentence]
    return sorted({w for w in row if row.count(w) >= min_count})


@BUILD_VOCABULARY.mistake(
    "<unk> is there twice when the text holds it already",
    hint="Each word stands in a vocabulary once. Which kind of collection sees to that?",
)
def unknown_twice(sentences, min_count):
    row = [w for sentence in sentences for w in sentence]
    often = {w for w in row if row.count(w) >= min_count}
    return sorted(["</s>", "<unk>", *often])


@BUILD_VOCABULARY.mistake(
    "the words are not sorted, but stand in the order in which they come",
    hint="Sorted, so that the same text always gives the same list.",
)
def in_order_of_coming(sentences, min_count):
    row = [w for sentence in sentences for w in sentence]
    often = [w for w in dict.fromkeys(row) if row.count(w) >= min_count]
    return list(dict.fromkeys(["</s>", "<unk>", *often]))


@BUILD_VOCABULARY.mistake(
    "</s> and <unk> are put behind the sorted words",
    hint="Sort last: < comes before the letters.",
)
def marks_behind(sentences, min_count):
    row = [w for sentence in sentences for w in sentence]
    often = sorted({w for w in row if row.count(w) >= min_count} - {"<unk>"})
    return [*often, "</s>", "<unk>"]


@BUILD_VOCABULARY.mistake(
    "a word stands in the list once for each time that it comes",
    hint="Each word stands in a vocabulary once. Which kind of collection sees to that?",
)
def with_repetitions(sentences, min_count):
    row = [w for sentence in sentences for w in sentence]
    return sorted([w for w in row if row.count(w) >= min_count] + ["</s>", "<unk>"])


@BUILD_VOCABULARY.mistake(
    "min_count is taken for the number of words to keep",
    hint="min_count says how often a word must come, not how many words there may be.",
)
def so_many_words(sentences, min_count):
    row = [w for sentence in sentences for w in sentence]
    often = sorted(set(row), key=lambda w: (-row.count(w), w))[:min_count]
    return sorted({*often, "</s>", "<unk>"})


@BUILD_VOCABULARY.mistake(
    "<unk> and </s> are put in front of the sorted words, <unk> first",
    hint="The whole list is sorted, with the two marks in it. Which of them comes first then?",
)
def marks_in_front(sentences, min_count):
    counts = {}
    for sentence in sentences:
        for w in sentence:
            counts[w] = counts.get(w, 0) + 1
    known = sorted(w for w, count in counts.items() if count >= min_count)
    return ["<unk>", "</s>", *[w for w in known if w not in ("<unk>", "</s>")]]
