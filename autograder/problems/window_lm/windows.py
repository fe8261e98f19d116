"""Windows over a text: what stands before each word."""

from __future__ import annotations

import numpy as np

from autograder.problem import Case, Output, Problem
from autograder.problems.window_lm.draws import text
from lmkit.by_hand.window_lm import windows

WINDOWS = Problem(
    name="windows",
    reference=windows,
    outputs=(Output("contexts"), Output("targets")),
    cases=(
        Case("windows of three words, n = 4", text(4, 3, 5, 6, 9), weight=2),
        Case("windows of one word, n = 2", text(2, 2, 4, 7)),
        Case("a single sentence, n = 3", text(3, 8)),
        Case("sentences that are shorter than the window, n = 6", text(6, 1, 2, 4)),
    ),
    source="Deck 2, Fixed-window Neural Language Model",
)


@WINDOWS.mistake(
    "</s> is never asked for",
    hint="A model has to know when a sentence is over. What comes after its last word?",
)
def end_not_predicted(sentences, n, start, end):
    contexts, targets = [], []
    for sentence in sentences:
        padded = [start] * (n - 1) + sentence
        for t in range(n - 1, len(padded)):
            contexts.append(padded[t - n + 1 : t])
            targets.append(padded[t])
    return np.array(contexts), np.array(targets)


@WINDOWS.mistake(
    "one <s> stands in front of a sentence, whatever n is",
    hint="The first word has a window of n - 1 words, too. What fills it?",
)
def one_start(sentences, n, start, end):
    contexts, targets = [], []
    for sentence in sentences:
        padded = [start, *sentence, end]
        for t in range(n - 1, len(padded)):
            contexts.append(padded[t - n + 1 : t])
            targets.append(padded[t])
    return np.array(contexts), np.array(targets)


@WINDOWS.mistake(
    "no <s> stands in front, so that the first words of a sentence are not asked for",
    hint="The first word has to be predicted, too. What stands before it?",
)
def no_start(sentences, n, start, end):
    contexts, targets = [], []
    for sentence in sentences:
        padded = [*sentence, end]
        for t in range(n - 1, len(padded)):
            contexts.append(padded[t - n + 1 : t])
            targets.append(padded[t])
    return np.array(contexts), np.array(targets)


@WINDOWS.mistake(
    "a window has n words, not n - 1",
    hint="n counts the word that is predicted, as in hw1: a bigram model looks at one word.",
)
def window_of_n(sentences, n, start, end):
    contexts, targets = [], []
    for sentence in sentences:
        padded = [start] * n + sentence + [end]
        for t in range(n, len(padded)):
            contexts.append(padded[t - n : t])
            targets.append(padded[t])
    return np.array(contexts), np.array(targets)


@WINDOWS.mistake(
    "windows run from one sentence into the next",
    hint="Each sentence begins anew, after <s>.",
)
def across_sentences(sentences, n, start, end):
    padded = [start] * (n - 1)
    for sentence in sentences:
        padded += [*sentence, end]
    places = range(n - 1, len(padded))
    contexts = np.array([padded[t - n + 1 : t] for t in places])
    return contexts, np.array([padded[t] for t in places])


@WINDOWS.mistake(
    "the target is the last word of the window, which the model has read",
    hint="Deck 1: predict what word comes *next*.",
)
def not_shifted(sentences, n, start, end):
    contexts, targets = [], []
    for sentence in sentences:
        padded = [start] * (n - 1) + sentence + [end]
        for t in range(n - 1, len(padded)):
            contexts.append(padded[t - n + 1 : t])
            targets.append(padded[t - 1])
    return np.array(contexts), np.array(targets)


@WINDOWS.mistake(
    "the window ends with the target itself",
    hint="Then the model sees the answer before it is asked. Where does the window end?",
)
def target_in_window(sentences, n, start, end):
    contexts, targets = [], []
    for sentence in sentences:
        padded = [start] * (n - 1) + sentence + [end]
        for t in range(n - 1, len(padded)):
            contexts.append(padded[t - n + 2 : t + 1])
            targets.append(padded[t])
    return np.array(contexts), np.array(targets)


@WINDOWS.mistake(
    "the newest word of a window comes first",
    hint="Deck 2's picture: the words stand in the order of the text.",
)
def newest_first(sentences, n, start, end):
    contexts, targets = [], []
    for sentence in sentences:
        padded = [start] * (n - 1) + sentence + [end]
        for t in range(n - 1, len(padded)):
            contexts.append(padded[t - n + 1 : t][::-1])
            targets.append(padded[t])
    return np.array(contexts), np.array(targets)


@WINDOWS.mistake(
    "n - 1 times </s> stand behind a sentence, and each is asked for",
    hint="A sentence is over once.",
)
def many_ends(sentences, n, start, end):
    contexts, targets = [], []
    for sentence in sentences:
        padded = [start] * (n - 1) + sentence + [end] * (n - 1)
        for t in range(n - 1, len(padded)):
            contexts.append(padded[t - n + 1 : t])
            targets.append(padded[t])
    return np.array(contexts), np.array(targets)


@WINDOWS.mistake(
    "<s> is asked for like a word",
    hint="<s> is given, not predicted. Which is the first word to be asked for?",
)
def start_predicted(sentences, n, start, end):
    contexts, targets = [], []
    for sentence in sentences:
        padded = [start] * n + sentence + [end]
        for t in range(n - 1, len(padded)):
            contexts.append(padded[t - n + 1 : t])
            targets.append(padded[t])
    return np.array(contexts), np.array(targets)


@WINDOWS.mistake(
    "the windows do not overlap: each begins where the last one has ended",
    hint="Every word is asked for once. By how much does the window move?",
)
def no_overlap(sentences, n, start, end):
    contexts, targets = [], []
    for sentence in sentences:
        padded = [start] * (n - 1) + sentence + [end]
        for t in range(n - 1, len(padded), n):
            contexts.append(padded[t - n + 1 : t])
            targets.append(padded[t])
    return np.array(contexts), np.array(targets)


@WINDOWS.mistake(
    "sentences are filled up with </s> in front, where <s> belongs",
    hint="Two marks, two ids: which one says that a sentence begins?",
)
def filled_with_end(sentences, n, start, end):
    contexts, targets = [], []
    for sentence in sentences:
        padded = [end] * (n - 1) + sentence + [end]
        for t in range(n - 1, len(padded)):
            contexts.append(padded[t - n + 1 : t])
            targets.append(padded[t])
    return np.array(contexts), np.array(targets)


@WINDOWS.mistake(
    "the last window of each sentence is lost: the loop ends one too early",
    hint="A sentence of T words gives T + 1 windows. Count yours for a short one.",
)
def last_lost(sentences, n, start, end):
    contexts, targets = [], []
    for sentence in sentences:
        padded = [start] * (n - 1) + sentence + [end]
        for t in range(len(padded) - n):
            contexts.append(padded[t : t + n - 1])
            targets.append(padded[t + n])
    return np.array(contexts), np.array(targets)


@WINDOWS.mistake(
    "the targets are a column, (N, 1)",
    hint="One id for each window: a row of N numbers.",
)
def targets_a_column(sentences, n, start, end):
    contexts, targets = [], []
    for sentence in sentences:
        padded = [start] * (n - 1) + sentence + [end]
        for t in range(n - 1, len(padded)):
            contexts.append(padded[t - n + 1 : t])
            targets.append([padded[t]])
    return np.array(contexts), np.array(targets)
