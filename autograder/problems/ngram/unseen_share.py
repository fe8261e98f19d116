"""How sparse is it: which share of a text's n-grams never came in training?"""

from __future__ import annotations

from typing import Any

from autograder.problem import Case, Draw, Output, Problem
from autograder.problems.draws import Rng
from autograder.problems.ngram.texts import some_sentences, some_text
from lmkit.by_hand.ngram import count_ngrams, ngrams, unseen_share


def of_text(n: int) -> Draw:
    """A test text some of whose n-grams came in training, some twice in itself, some with </s>."""

    def draw(rng: Rng) -> tuple[Any, ...]:
        while True:
            text = some_text(rng, words=8, count=20)
            words = [w for w in text.vocabulary if w != "</s>"]
            test = some_sentences(rng, words, 6, low=3, high=8)
            test += [list(test[0]), list(text.sentences[0]), [*test[1], text.stranger]]
            counts = count_ngrams(text.sentences, n)
            if _telling(test, n, counts):
                return test, n, counts

    return draw


def _telling(test: Any, n: int, counts: Any) -> bool:
    """Is no other way of counting the same?"""
    asked = [ngram for sentence in test for ngram in ngrams(sentence, n)]
    shares = [
        sum(ngram not in counts for ngram in some) / len(some)
        for some in (
            asked,
            sorted(set(asked)),
            [ngram for ngram in asked if ngram[-1] != "</s>"],
            [ngram for ngram in asked if "<s>" not in ngram] if n > 1 else [("</s>",)],
        )
    ]
    return len(set(shares)) == len(shares) and 0 < shares[0] < 1 and shares[0] != 0.5


UNSEEN_SHARE = Problem(
    name="unseen_share",
    reference=unseen_share,
    outputs=(Output("share"),),
    cases=(
        Case("bigrams", of_text(2)),
        Case("trigrams", of_text(3), weight=2),
        Case("unigrams", of_text(1)),
    ),
    source="Deck 2, N-gram, problem 1",
    uses=("ngrams",),
)


@UNSEEN_SHARE.mistake(
    "each different n-gram is counted once, however often it comes",
    hint="An n-gram that comes twice in the test text is asked for twice.",
)
def types_counted(sentences, n, counts):
    asked = {ngram for sentence in sentences for ngram in ngrams(sentence, n)}
    return sum(ngram not in counts for ngram in asked) / len(asked)


@UNSEEN_SHARE.mistake(
    "the share that *did* come is returned",
    hint="Sparsity is about the n-grams that the model has never seen.",
)
def seen_share(sentences, n, counts):
    asked = [ngram for sentence in sentences for ngram in ngrams(sentence, n)]
    return sum(ngram in counts for ngram in asked) / len(asked)


@UNSEEN_SHARE.mistake(
    "the number of unseen n-grams is returned, not their share",
    hint="A share lies between 0 and 1. How many n-grams does the test text have?",
)
def number_returned(sentences, n, counts):
    asked = [ngram for sentence in sentences for ngram in ngrams(sentence, n)]
    return sum(ngram not in counts for ngram in asked)


@UNSEEN_SHARE.mistake(
    "a percentage is returned",
    hint="A share lies between 0 and 1.",
)
def percentage(sentences, n, counts):
    asked = [ngram for sentence in sentences for ngram in ngrams(sentence, n)]
    return 100 * sum(ngram not in counts for ngram in asked) / len(asked)


@UNSEEN_SHARE.mistake(
    "the number is divided by the number of different n-grams of the training text",
    hint="A share of what? The n-grams of the test text are asked for.",
)
def training_types_below(sentences, n, counts):
    asked = [ngram for sentence in sentences for ngram in ngrams(sentence, n)]
    return sum(ngram not in counts for ngram in asked) / len(counts)


@UNSEEN_SHARE.mistake(
    "the number is divided by the number of sentences",
    hint="A share of what? The n-grams of the test text are asked for.",
)
def per_sentence(sentences, n, counts):
    asked = [ngram for sentence in sentences for ngram in ngrams(sentence, n)]
    return sum(ngram not in counts for ngram in asked) / len(sentences)


@UNSEEN_SHARE.mistake(
    "the mean of the sentences' shares is taken",
    hint="All n-grams of the text weigh the same, also those of a long sentence.",
)
def mean_of_shares(sentences, n, counts):
    shares = []
    for sentence in sentences:
        asked = ngrams(sentence, n)
        shares.append(sum(ngram not in counts for ngram in asked) / len(asked))
    return sum(shares) / len(shares)


@UNSEEN_SHARE.mistake(
    "the n-grams that end in </s> are left out",
    hint="The end of a sentence is predicted like a word.",
)
def end_left_out(sentences, n, counts):
    asked = [ngram for sentence in sentences for ngram in ngrams(sentence, n)[:-1]]
    return sum(ngram not in counts for ngram in asked) / len(asked)


@UNSEEN_SHARE.mistake(
    "the n-grams with <s> in them are left out",
    hint="The first words of a sentence are predicted, too.",
)
def start_left_out(sentences, n, counts):
    asked = [ngram for sentence in sentences for ngram in ngrams(sentence, n)]
    inside = [ngram for ngram in asked if "<s>" not in ngram]
    return sum(ngram not in counts for ngram in inside) / len(inside)


@UNSEEN_SHARE.mistake(
    "</s> is missing from the number of n-grams",
    hint="How many n-grams has a sentence of three words? One for each word, and one for the end.",
)
def end_not_counted(sentences, n, counts):
    asked = [ngram for sentence in sentences for ngram in ngrams(sentence, n)]
    return sum(ngram not in counts for ngram in asked) / sum(map(len, sentences))


@UNSEEN_SHARE.mistake(
    "n-grams run across sentences",
    hint="A new sentence knows nothing of the one before it.",
)
def across_sentences(sentences, n, counts):
    asked = ngrams([w for sentence in sentences for w in sentence], n)
    return sum(ngram not in counts for ngram in asked) / len(asked)


@UNSEEN_SHARE.mistake(
    "it is asked whether the context came, not the n-gram",
    hint="Problem 1 of deck 2 is the numerator: the n-gram with its last word.",
)
def contexts_asked(sentences, n, counts):
    seen = {ngram[:-1] for ngram in counts}
    asked = [ngram[:-1] for sentence in sentences for ngram in ngrams(sentence, n)]
    return sum(context not in seen for context in asked) / len(asked)


@UNSEEN_SHARE.mistake(
    "it is asked whether the last word came at all",
    hint="A word can be known, and its n-gram new. What are the keys of counts?",
)
def words_asked(sentences, n, counts):
    known = {ngram[-1] for ngram in counts}
    asked = [ngram[-1] for sentence in sentences for ngram in ngrams(sentence, n)]
    return sum(w not in known for w in asked) / len(asked)


@UNSEEN_SHARE.mistake(
    "the share of the training n-grams that do not come in the test text is returned",
    hint="The test text asks, the training text answers. Which way round is yours?",
)
def turned_round(sentences, n, counts):
    asked = {ngram for sentence in sentences for ngram in ngrams(sentence, n)}
    return sum(ngram not in asked for ngram in counts) / len(counts)
