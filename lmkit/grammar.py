"""A probabilistic context-free grammar that writes text and knows its own entropy.

The perplexity of a model on real text can always be lower: nobody knows by how much. Text that
a known grammar wrote has a floor. No model can do better than the grammar itself, and what the
grammar does follows from its rules, without a sample:

    entropy of A = sum over rules r of A:  p_r (-log p_r + entropy of the symbols of r)

is a linear system, one equation for each nonterminal, and so is the expected length. Entropy
per sentence over tokens per sentence (`</s>` counted) is the best cross entropy per token.

    python -c "from lmkit.grammar import toy; print(toy().best_perplexity)"
    python -c "from lmkit.grammar import toy; print(*map(' '.join, toy().sample(5)), sep='\\n')"

Source: deck 5, "the dogs in the neighborhood are ___"; Booth and Thompson 1973 for the system.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, cached_property
from itertools import accumulate, islice
from random import Random
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lmkit.inside import Inside

Vector = NDArray[np.float64]

MARK = re.compile(r"""'[^']*'|"[^"]*"|\[[^\]]*\]|->|\||[^\s|\[]+""")


class Rule(NamedTuple):
    """One way to rewrite a nonterminal: with probability p, by these symbols."""

    probability: float
    symbols: tuple[str, ...]


class Grammar:
    """Rules with probabilities, the text they write, and what is known of it exactly.

    A symbol that has rules of its own is a nonterminal, any other is a word.

    The entropies are those of the derivations. They are those of the sentences too if no
    sentence has two derivations, as in `toy()`; else the sentences' entropy is lower.

    Args:
        rules: for each nonterminal its rules, whose probabilities sum to 1; the first
            nonterminal is the start.

    Raises:
        ValueError: if probabilities do not sum to 1, a rule is empty, or sentences would grow
            without end.
    """

    def __init__(self, rules: Mapping[str, Sequence[Rule]]) -> None:
        self.rules = {symbol: tuple(choices) for symbol, choices in rules.items()}
        self.nonterminals = tuple(self.rules)
        if not self.rules:
            raise ValueError("a grammar needs at least one rule")
        for symbol, choices in self.rules.items():
            total = math.fsum(rule.probability for rule in choices)
            if abs(total - 1) > 1e-9 or any(rule.probability <= 0 for rule in choices):
                raise ValueError(
                    f"the probabilities of {symbol} must be positive and sum to 1, not {total:g}"
                )
            if any(not rule.symbols for rule in choices):
                raise ValueError(f"a rule of {symbol} is empty: write the longer rules out instead")
        if max(abs(np.linalg.eigvals(self._children))) >= 1:
            raise ValueError("sentences would grow without end: make the recursive rules rarer")
        self._steps = {
            symbol: (
                list(accumulate(rule.probability for rule in choices))[:-1],
                [tuple(reversed(rule.symbols)) for rule in choices],
                [math.log(rule.probability) for rule in choices],
            )
            for symbol, choices in self.rules.items()
        }

    @classmethod
    def parse(cls, text: str) -> Grammar:
        """Read rules in NLTK's notation: `S -> NP VP [0.9] | 'hello' [0.1]`.

        Args:
            text: one nonterminal a line, words in quotation marks, each probability in square
                brackets behind its rule; a line that starts with `|` goes on with the one before.

        Returns:
            The grammar; its start is the nonterminal of the first line.

        Raises:
            ValueError: if a rule has no arrow or no probability, or as the class says.
        """
        return cls(read_rules(text))

    def __str__(self) -> str:
        """The rules in NLTK's notation."""
        return "\n".join(
            f"{symbol} -> " + " | ".join(self._written(rule) for rule in choices)
            for symbol, choices in self.rules.items()
        )

    def _written(self, rule: Rule) -> str:
        quoted = (f'"{s}"' if "'" in s else f"'{s}'" for s in rule.symbols)
        marks = (s if s in self.rules else q for s, q in zip(rule.symbols, quoted, strict=True))
        return f"{' '.join(marks)} [{rule.probability:.17f}]"

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Every word that the grammar can write, in alphabetical order."""
        symbols = {s for choices in self.rules.values() for rule in choices for s in rule.symbols}
        return tuple(sorted(symbols - self.rules.keys()))

    @cached_property
    def characters(self) -> tuple[str, ...]:
        """Every character of its text, the space and the line's end among them, in order."""
        return tuple(sorted({" ", "\n", *"".join(self.words)}))

    # What follows from the rules alone

    @cached_property
    def _children(self) -> Vector:
        """M[A, B]: how many B one rewriting of A makes, on average."""
        M = np.zeros((len(self.rules), len(self.rules)))
        place = {symbol: i for i, symbol in enumerate(self.rules)}
        for symbol, choices in self.rules.items():
            for p, symbols in choices:
                for child in symbols:
                    if child in place:
                        M[place[symbol], place[child]] += p
        return M

    def _expected(self, own: Sequence[float]) -> float:
        """The expected sum of `own` over all nonterminals in a derivation: (I - M)^-1 own."""
        return float(np.linalg.solve(np.eye(len(self.rules)) - self._children, np.array(own))[0])

    def _expected_over_words(self, worth: Mapping[str, int]) -> float:
        return self._expected(
            [
                sum(p * sum(worth.get(s, 0) for s in symbols) for p, symbols in choices)
                for choices in self.rules.values()
            ]
        )

    @cached_property
    def entropy(self) -> float:
        """Nats per sentence: the expected -log probability of a sentence."""
        return self._expected(
            [-sum(p * math.log(p) for p, _ in choices) for choices in self.rules.values()]
        )

    @cached_property
    def expected_length(self) -> float:
        """Words per sentence, without `</s>`."""
        return self._expected_over_words({word: 1 for word in self.words})

    @cached_property
    def best_perplexity(self) -> float:
        """exp(entropy / tokens), `</s>` counted: in the long run no model can have a lower one."""
        return math.exp(self.entropy / (self.expected_length + 1))

    @cached_property
    def best_bits_per_character(self) -> float:
        """The same floor for a model of characters, a space or a line's end behind each word."""
        characters = self._expected_over_words({word: len(word) + 1 for word in self.words})
        return self.entropy / characters / math.log(2)

    # Text

    def derive(self, random: Random) -> tuple[list[str], float]:
        """Write one sentence, the leftmost nonterminal first.

        Args:
            random: where chance comes from; only its `random()` is used, which gives the same
                numbers in every version of Python.

        Returns:
            The words, and the natural-log probability of the rules that wrote them.
        """
        words: list[str] = []
        log_p = 0.0
        waiting = [self.nonterminals[0]]
        while waiting:
            symbol = waiting.pop()
            step = self._steps.get(symbol)
            if step is None:
                words.append(symbol)
            else:
                bounds, choices, log_ps = step
                choice = bisect_right(bounds, random.random())
                log_p += log_ps[choice]
                waiting.extend(choices[choice])
        return words, log_p

    def stream(self, seed: int = 0) -> Iterator[list[str]]:
        """Sentences without end, the same ones for the same seed."""
        random = Random(seed)
        while True:
            yield self.derive(random)[0]

    def sample(self, sentences: int, seed: int = 0) -> list[list[str]]:
        """The first so many sentences of `stream(seed)`."""
        return list(islice(self.stream(seed), sentences))

    # The probability of a given sentence

    @cached_property
    def _inside(self) -> Inside:
        return Inside(self.rules)

    def log_probability(self, sentence: Sequence[str]) -> float:
        """The natural-log probability that the grammar writes just this, summed over derivations.

        Args:
            sentence: its words, without `<s>` and `</s>`; that the sentence ends here is part of
                the probability.

        Returns:
            log P(sentence); -inf if the grammar cannot write it.
        """
        return self._inside.log_probability(sentence)

    def perplexity(self, sentences: Sequence[Sequence[str]]) -> float:
        """The grammar's own perplexity on a text, `</s>` counted: the floor for just this text.

        Raises:
            ValueError: if there is no sentence.
        """
        if not sentences:
            raise ValueError("no sentence: the mean over nothing is not defined")
        tokens = sum(len(sentence) + 1 for sentence in sentences)
        return math.exp(-math.fsum(map(self.log_probability, sentences)) / tokens)


def read_rules(text: str) -> dict[str, list[Rule]]:
    """The rules that a text in the notation of `Grammar.parse` holds."""
    rules: dict[str, list[Rule]] = {}
    symbol = ""
    for line in filter(None, map(str.strip, text.splitlines())):
        marks = MARK.findall(line)
        if len(marks) > 1 and marks[1] == "->":
            symbol, marks = marks[0], marks[2:]
        elif marks[0] != "|" or not symbol:
            raise ValueError(f"no arrow in {line!r}: write A -> B C [0.5] | 'word' [0.5]")
        symbols: list[str] = []
        for mark in marks:
            if mark.startswith("["):
                rules.setdefault(symbol, []).append(Rule(float(mark[1:-1]), tuple(symbols)))
                symbols = []
            elif mark != "|":
                symbols.append(mark[1:-1] if mark[0] in "'\"" else mark)
            elif symbols:
                break
        if symbols or symbol not in rules:
            raise ValueError(f"a rule has no probability in {line!r}: write A -> B C [0.5] | ...")
    return rules


def zipf(words: str) -> list[Rule]:
    """One rule a word; the k-th word gets a probability in proportion to 1 / k, as Zipf saw."""
    listed = words.split()
    total = math.fsum(1 / k for k in range(1, len(listed) + 1))
    return [Rule(1 / k / total, (word,)) for k, word in enumerate(listed, start=1)]


# No sentence has two derivations (the tests prove it: there is no LR conflict). A place ("in the
# neighborhood") belongs to the noun or the -ing form just before it, a noun has one addition at
# most, and "and" joins only whole sentences. Singular and plural never share a rule, so that the
# verb agrees with its noun however far away it is.
STRUCTURE = """
S -> CLAUSE '.' [0.85] | CLAUSE ',' AND CLAUSE '.' [0.15]
CLAUSE -> NP_SG VP_SG [0.55] | NP_PL VP_PL [0.45]
NP_SG -> NAME [0.18] | HEAD_SG [0.51] | HEAD_SG PLACE [0.18] | HEAD_SG THAT_SG [0.09]
    | HEAD_SG ASIDE [0.04]
NP_PL -> HEAD_PL [0.64] | HEAD_PL PLACE [0.22] | HEAD_PL THAT_PL [0.10] | HEAD_PL ASIDE [0.04]
HEAD_SG -> 'the' NOUN_SG [0.45] | DET_SG NOUN_SG [0.32] | 'the' ADJ NOUN_SG [0.13]
    | DET_SG ADJ NOUN_SG [0.10]
HEAD_PL -> 'the' NOUN_PL [0.42] | DET_PL NOUN_PL [0.38] | 'the' ADJ NOUN_PL [0.12]
    | DET_PL ADJ NOUN_PL [0.08]
PLACE -> IN SPOT [0.55] | IN SPOT PLACE [0.10] | NEAR NP_SG [0.20] | NEAR NP_PL [0.15]
SPOT -> 'the' SPOT_SG [0.60] | 'the' SPOT_PL [0.20] | DET_SG SPOT_SG [0.12] | DET_PL SPOT_PL [0.08]
THAT_SG -> 'that' VP_SG [0.60] | 'that' NP_SG SEES_SG [0.22] | 'that' NP_PL SEE_PL [0.18]
THAT_PL -> 'that' VP_PL [0.60] | 'that' NP_SG SEES_SG [0.22] | 'that' NP_PL SEE_PL [0.18]
ASIDE -> '(' CLAUSE ')' [1.0]
VP_SG -> SEES_SG NP_SG [0.25] | SEES_SG NP_PL [0.20] | 'is' GOING [0.22] | 'is' GOING PLACE [0.07]
    | 'is' ADJ [0.14] | SAYS_SG 'that' CLAUSE [0.05] | SAYS_SG ',' '``' CLAUSE "''" [0.07]
VP_PL -> SEE_PL NP_SG [0.25] | SEE_PL NP_PL [0.20] | 'are' GOING [0.22] | 'are' GOING PLACE [0.07]
    | 'are' ADJ [0.14] | SAY_PL 'that' CLAUSE [0.05] | SAY_PL ',' '``' CLAUSE "''" [0.07]
"""

LEXICON = {
    "AND": "and but so",
    "NAME": "anna peter maria john minho clara robert yuna",
    "DET_SG": "a this every no",
    "DET_PL": "some these two many few",
    "ADJ": "big small hungry tired young quiet happy clever lazy brave noisy strange",
    "IN": "in behind under",
    "NEAR": "near beside",
    "NOUN_SG": "dog child cat farmer teacher bird student friend horse baker doctor fox sailor "
    "girl boy neighbor monkey king queen rabbit",
    "NOUN_PL": "dogs children cats birds farmers students friends teachers horses boys girls "
    "doctors bakers foxes rabbits sailors neighbors monkeys kings queens",
    "SPOT_SG": "neighborhood house park garden street river village market kitchen bridge school",
    "SPOT_PL": "houses trees gardens streets villages bridges parks markets rivers schools",
    "SEES_SG": "sees likes chases hears knows follows finds helps watches fears",
    "SEE_PL": "see like chase hear know follow find help watch fear",
    "SAYS_SG": "says thinks believes shouts",
    "SAY_PL": "say think believe shout",
    "GOING": "barking sleeping running waiting singing playing eating laughing hiding dreaming",
}


@cache
def toy() -> Grammar:
    """The grammar of `load("toy")`: a small English whose sentences have one derivation each.

    It has what an n-gram cannot see: verbs that agree with a noun many words back ("the dogs in
    the neighborhood are barking"), and quotation marks and brackets that must be closed.
    """
    return Grammar(read_rules(STRUCTURE) | {name: zipf(words) for name, words in LEXICON.items()})
