"""The grammar: what it writes, and what it knows about it, against enumeration and NLTK."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise, product
from random import Random

import nltk
import numpy as np
import pytest

from lmkit.grammar import Grammar, Rule, toy, zipf
from lmkit.metrics import perplexity

Words = tuple[str, ...]
Item = tuple[int, int]
Equations = Callable[[Callable[[str], set[str]]], list[tuple[str, set[str]]]]

FINITE = Grammar.parse("""
S -> A B [0.6] | 'x' A A [0.3] | B [0.06] | A [0.04]
A -> 'a' [0.7] | 'b' 'a' [0.2] | B [0.1]
B -> 'b' [0.5] | "it's" 'b' 'c' [0.5]
""")
BRACKETS = Grammar.parse("""
S -> '(' S ')' [0.2] | '(' S ')' S [0.1] | 'x' [0.7]
""")
AMBIGUOUS = Grammar.parse("S -> S S [0.3] | 'a' [0.6] | 'b' [0.1]")


def derivations(
    grammar: Grammar, symbol: str, least: float = 0.0, p: float = 1.0
) -> Iterator[tuple[float, Words]]:
    """Every derivation from a symbol, (probability, words), the slow way."""
    if symbol not in grammar.rules:
        yield 1.0, (symbol,)
        return
    for rule in grammar.rules[symbol]:
        if p * rule.probability < least:
            continue
        parts = [list(derivations(grammar, s, least, p * rule.probability)) for s in rule.symbols]
        for choice in product(*parts):
            q = rule.probability * math.prod(part for part, _ in choice)
            if p * q >= least:
                yield q, sum((words for _, words in choice), ())


def by_sentence(grammar: Grammar) -> dict[Words, float]:
    """The probability of each sentence of a finite grammar."""
    found: dict[Words, float] = defaultdict(float)
    for p, words in derivations(grammar, grammar.nonterminals[0]):
        found[words] += p
    return found


# What follows from the rules


def test_closed_forms_by_hand() -> None:
    # S -> 'aa' S [1/4] | 'b' [3/4]. The number of 'aa' is geometric with mean (1/4) / (3/4) = 1/3,
    # so a sentence has 4/3 words and (1/3) * 2 + 1 + 4/3 = 3 characters, one behind each word.
    # Each of the 4/3 choices has entropy h = log 4 - (3/4) log 3, so h * 4/3 in all = 0.7498, over
    # 7/3 tokens with </s>: exp(0.32135) = 1.3790.
    grammar = Grammar.parse("S -> 'aa' S [0.25] | 'b' [0.75]")
    h = math.log(4) - 0.75 * math.log(3)
    assert grammar.expected_length == pytest.approx(4 / 3, rel=1e-14)
    assert grammar.entropy == pytest.approx(4 / 3 * h, rel=1e-14)
    assert grammar.best_perplexity == pytest.approx(1.3790, abs=5e-5)
    assert grammar.best_bits_per_character == pytest.approx(4 / 9 * h / math.log(2), rel=1e-14)


def test_closed_forms_against_enumeration_of_a_finite_grammar() -> None:
    every = list(derivations(FINITE, "S"))
    assert math.fsum(p for p, _ in every) == pytest.approx(1, rel=1e-14)
    entropy = -math.fsum(p * math.log(p) for p, _ in every)
    length = math.fsum(p * len(words) for p, words in every)
    characters = math.fsum(p * len(" ".join(words) + "\n") for p, words in every)
    assert FINITE.entropy == pytest.approx(entropy, rel=1e-13)
    assert FINITE.expected_length == pytest.approx(length, rel=1e-13)
    assert FINITE.best_perplexity == pytest.approx(math.exp(entropy / (length + 1)), rel=1e-13)
    bits = entropy / math.log(2) / characters
    assert FINITE.best_bits_per_character == pytest.approx(bits, rel=1e-13)


def test_closed_forms_against_enumeration_of_a_recursive_grammar() -> None:
    every = list(derivations(BRACKETS, "S", least=1e-6))
    mass = math.fsum(p for p, _ in every)
    assert 0.997 < mass < 1
    entropy = -math.fsum(p * math.log(p) for p, _ in every)
    length = math.fsum(p * len(words) for p, words in every)
    # What is left out is long and improbable: at least -log 1e-6 nats each.
    assert entropy + (1 - mass) * 6 * math.log(10) < BRACKETS.entropy < entropy * 1.05
    assert length < BRACKETS.expected_length < length * 1.05


def test_entropy_is_that_of_the_derivations() -> None:
    # "a" twice: as sentences nothing is left to chance, but two rules write it.
    grammar = Grammar({"S": [Rule(0.5, ("A",)), Rule(0.5, ("a",))], "A": [Rule(1.0, ("a",))]})
    assert grammar.entropy == pytest.approx(math.log(2), rel=1e-14)
    assert grammar.log_probability(["a"]) == pytest.approx(0.0, abs=1e-15)


# The probability of a sentence


def test_log_probability_sums_over_derivations() -> None:
    sentences = by_sentence(FINITE)
    assert len(sentences) < len(list(derivations(FINITE, "S")))  # some have several derivations
    for words, p in sentences.items():
        assert FINITE.log_probability(words) == pytest.approx(math.log(p), rel=1e-12)


def test_log_probability_counts_every_bracketing() -> None:
    # "aab" has two derivations, each with two S -> S S and one rule a word; four words have five.
    assert AMBIGUOUS.log_probability("aab") == pytest.approx(math.log(2 * 0.3**2 * 0.6**2 * 0.1))
    assert AMBIGUOUS.log_probability("aaaa") == pytest.approx(math.log(5 * 0.3**3 * 0.6**4))


@pytest.mark.parametrize("words", [[], ["c"], ["b", "x"], ["a", "a"], ["nothing"], ["x", "a", "A"]])
def test_what_the_grammar_cannot_write_has_probability_zero(words: list[str]) -> None:
    assert FINITE.log_probability(words) == -math.inf


def test_unit_rules_in_a_circle_are_followed_for_ever() -> None:
    # S -> T -> S -> ...: P(s) = sum over k of (0.5 * 0.4)^k * 0.5 = 0.5 / 0.8.
    grammar = Grammar.parse("S -> T [0.5] | 's' [0.5]\nT -> S [0.4] | 't' [0.6]")
    assert math.exp(grammar.log_probability(["s"])) == pytest.approx(0.625, rel=1e-14)
    assert math.exp(grammar.log_probability(["t"])) == pytest.approx(0.375, rel=1e-14)


def test_a_rule_that_is_there_twice_counts_twice() -> None:
    grammar = Grammar.parse("""
    S -> T [0.05] | T [0.2] | 'a' [0.15] | 'a' [0.25] | 'a' 'b' [0.1] | 'a' 'b' [0.25]
    T -> 't' [1.0]
    """)
    found = [math.exp(grammar.log_probability(words)) for words in ("t", "a", "ab")]
    assert found == pytest.approx([0.25, 0.4, 0.35], rel=1e-14)


def test_long_sentences_do_not_underflow() -> None:
    grammar = Grammar.parse("S -> 'a' S [0.001] | 'b' [0.999]")
    expected = 149 * math.log(0.001) + math.log(0.999)  # e^-1029: below the smallest float
    assert grammar.log_probability("a" * 149 + "b") == pytest.approx(expected, rel=1e-13)


def test_agrees_with_nltk() -> None:
    parser = nltk.InsideChartParser(nltk.PCFG.fromstring(str(toy())))
    short = [words for words in toy().sample(60, seed=5) if len(words) < 8][:12]
    for words in short:
        trees = list(parser.parse(words))
        assert len(trees) == 1
        assert toy().log_probability(words) == pytest.approx(trees[0].logprob() * math.log(2))


# Text


def test_derive_says_how_probable_the_sentence_was() -> None:
    random = Random(11)
    for _ in range(300):
        words, log_p = toy().derive(random)
        assert toy().log_probability(words) == pytest.approx(log_p, rel=1e-12)


def test_sentences_come_as_often_as_they_should() -> None:
    sentences, n = by_sentence(FINITE), 40_000
    found: dict[Words, int] = defaultdict(int)
    for drawn in FINITE.sample(n, seed=3):
        found[tuple(drawn)] += 1
    assert found.keys() <= sentences.keys()
    for words, p in sentences.items():
        assert abs(found[words] / n - p) < 5 * math.sqrt(p * (1 - p) / n)


def test_a_large_sample_has_the_entropy_and_length_of_the_closed_form() -> None:
    random, n = Random(7), 40_000
    drawn = [toy().derive(random) for _ in range(n)]
    cost = np.array([-log_p for _, log_p in drawn])
    length = np.array([len(words) for words, _ in drawn])
    assert abs(cost.mean() - toy().entropy) < 4 * cost.std() / math.sqrt(n)
    assert abs(length.mean() - toy().expected_length) < 4 * length.std() / math.sqrt(n)
    assert np.exp(cost.sum() / (length + 1).sum()) == pytest.approx(
        toy().best_perplexity, rel=0.005
    )
    characters = sum(len(" ".join(words)) + 1 for words, _ in drawn)
    bits = cost.sum() / characters / math.log(2)
    assert bits == pytest.approx(toy().best_bits_per_character, rel=0.005)


def test_the_same_seed_gives_the_same_text_everywhere() -> None:
    assert toy().sample(50, seed=1) == toy().sample(60, seed=1)[:50]
    assert toy().sample(50, seed=1) != toy().sample(50, seed=2)
    # By hand: Random(0) gives 0.844, between 0.6 and 0.9: 'x' A A; 0.758, between 0.7 and 0.9:
    # 'b' 'a'; and 0.421, below 0.7: 'a'.
    assert FINITE.sample(1, seed=0) == [["x", "b", "a", "a"]]


# The toy grammar


def test_no_other_model_is_better_on_average() -> None:
    sentences = toy().sample(400, seed=9)
    tokens = sum(len(words) + 1 for words in sentences)
    nats = -sum(map(toy().log_probability, sentences))
    assert toy().perplexity(sentences) == pytest.approx(math.exp(nats / tokens), rel=1e-12)
    other: dict[str, Sequence[Rule]] = dict(toy().rules)
    other["DET_SG"] = zipf("this no a every")
    other["NP_PL"] = [Rule(1 / 4, rule.symbols) for rule in other["NP_PL"]]
    assert Grammar(other).perplexity(sentences) > 1.02 * toy().perplexity(sentences)


def test_perplexity_is_that_of_metrics() -> None:
    sentences = [["b"], ["x", "a", "b"]]
    # Both in one row: as many tokens as words and </s>, whose log probabilities sum to log P.
    total = sum(map(FINITE.log_probability, sentences))
    assert FINITE.perplexity(sentences) == pytest.approx(perplexity([total, 0, 0, 0, 0, 0]))
    with pytest.raises(ValueError, match="no sentence"):
        FINITE.perplexity([])


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("the dogs in the neighborhood are barking .", "the dogs in the neighborhood is barking ."),
        ("the dog near the cats is happy .", "the dog near the cats are happy ."),
        ("the dogs that the cat sees chase anna .", "the dogs that the cat see chase anna ."),
        ("the dogs ( anna is tired ) are happy .", "the dogs ( anna is tired ) is happy ."),
        ("anna says , `` the dogs are big '' .", "anna says , `` the dogs are big ."),
        ("no dog ( anna is big ) sees peter .", "no dog ( anna is big sees peter ."),
        ("a dog ( anna is big ) is tired .", "a dog ( anna is big '' is tired ."),
    ],
)
def test_agreement_quotations_and_brackets(right: str, wrong: str) -> None:
    assert toy().log_probability(right.split()) > -math.inf
    assert toy().log_probability(wrong.split()) == -math.inf


def test_text_has_distance_quotations_and_brackets_closed_in_order() -> None:
    closes = {")": "(", "''": "``"}
    nested = 0
    for words in toy().sample(3000, seed=4):
        waiting = []
        for word in words:
            if word in closes.values():
                waiting.append(word)
                nested += len(waiting) > 1
            elif word in closes:
                assert waiting.pop() == closes[word]
        assert not waiting
    assert nested > 10
    text = [" ".join(words) for words in toy().sample(3000, seed=4)]
    assert sum("dogs in the neighborhood are" in line for line in text) > 0


def test_no_sentence_of_the_toy_grammar_has_two_derivations() -> None:
    assert conflicts(toy()) == []


@pytest.mark.parametrize(
    "text",
    [
        "S -> S S [0.3] | 'a' [0.7]",
        "S -> A [0.5] | B [0.5]\nA -> 'a' 'b' [1.0]\nB -> 'a' 'b' [1.0]",
        "S -> 'if' S [0.2] | 'if' S 'else' S [0.2] | 'x' [0.6]",
    ],
)
def test_the_proof_would_notice_an_ambiguous_grammar(text: str) -> None:
    assert conflicts(Grammar.parse(text))


def conflicts(grammar: Grammar) -> list[tuple[list[Item], str]]:
    """Where an SLR(1) parser of this grammar would not know what to do.

    A grammar whose SLR table has no conflict has one derivation a sentence.
    """
    rules: list[tuple[str, Words]] = [("S'", ("S",))]
    rules += [(a, rule.symbols) for a, choices in grammar.rules.items() for rule in choices]
    assert grammar.nonterminals[0] == "S"
    first = fixed_point(rules, lambda first: [(a, first(s[0])) for a, s in rules])
    follow = fixed_point(
        rules,
        lambda follow: (
            [("S'", {"end"})]
            + [(s[-1], follow(a)) for a, s in rules]
            + [(x, first.get(y, {y})) for _, s in rules for x, y in pairwise(s)]
        ),
    )

    def closed(kernel: set[Item]) -> frozenset[Item]:
        items, fresh = set(kernel), list(kernel)
        while fresh:
            r, dot = fresh.pop()
            if dot < len(rules[r][1]):
                for new, (a, _) in enumerate(rules):
                    if a == rules[r][1][dot] and (new, 0) not in items:
                        items.add((new, 0))
                        fresh.append((new, 0))
        return frozenset(items)

    found: list[tuple[list[Item], str]] = []
    states: set[frozenset[Item]] = set()
    fresh = [closed({(0, 0)})]
    while fresh:
        state = fresh.pop()
        if state in states:
            continue
        states.add(state)
        moves: dict[str, set[Item]] = defaultdict(set)
        actions: dict[str, set[int | str]] = defaultdict(set)
        for r, dot in state:
            a, symbols = rules[r]
            if dot < len(symbols):
                moves[symbols[dot]].add((r, dot + 1))
                if symbols[dot] not in first:
                    actions[symbols[dot]].add("shift")
            else:
                for word in follow[a]:
                    actions[word].add(r)
        found += [(sorted(state), word) for word, todo in actions.items() if len(todo) > 1]
        fresh += map(closed, moves.values())
    return found


def fixed_point(rules: list[tuple[str, Words]], equations: Equations) -> dict[str, set[str]]:
    """The smallest sets, one a nonterminal, that hold all that the equations put into them."""
    sets: dict[str, set[str]] = {a: set() for a, _ in rules}

    def look(symbol: str) -> set[str]:
        return sets.get(symbol, {symbol})

    grown = True
    while grown:
        grown = False
        for a, more in equations(look):
            if a in sets and not more <= sets[a]:
                sets[a] |= more
                grown = True
    return sets


# Notation


def test_notation_there_and_back() -> None:
    again = Grammar.parse(str(FINITE))
    assert again.rules.keys() == FINITE.rules.keys()
    assert again.words == FINITE.words == ("a", "b", "c", "it's", "x")
    assert again.entropy == pytest.approx(FINITE.entropy, rel=1e-14)
    assert again.log_probability(["it's", "b", "c"]) == FINITE.log_probability(["it's", "b", "c"])


def test_lines_may_be_broken_before_a_bar() -> None:
    assert Grammar.parse("S -> 'a' [0.5]\n  | 'b' [0.25]\n  | 'c' [0.25]").words == ("a", "b", "c")


def test_zipf() -> None:
    # 1 + 1/2 + 1/3 = 11/6, so 6/11, 3/11, 2/11.
    assert [rule.symbols for rule in zipf("a b c")] == [("a",), ("b",), ("c",)]
    assert [rule.probability for rule in zipf("a b c")] == pytest.approx([6 / 11, 3 / 11, 2 / 11])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("S -> 'a' [0.5] | 'b' [0.4]", "sum to 1, not 0.9"),
        ("S -> 'a' [1.5] | 'b' [-0.5]", "must be positive"),
        ("S -> 'a' [0.5] | [0.5]", "a rule of S is empty"),
        ("S -> S S [0.5] | 'a' [0.5]", "grow without end"),
        ("S -> 'a' | 'b' [0.5]", "no probability"),
        ("S -> 'a' [0.5] | 'b'", "no probability"),
        ("S ->", "no probability"),
        ("S 'a' [1.0]", "no arrow"),
        ("| 'a' [1.0]", "no arrow"),
        ("", "at least one rule"),
    ],
)
def test_errors(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Grammar.parse(text)
