"""Kneser-Ney, step 3: the two put together."""

from __future__ import annotations

from autograder.problem import Case, Output, Problem
from autograder.problems.ngram.absolute_discount import context_and_discount
from lmkit.by_hand.ngram import absolute_discount, continuation_probability, kneser_ney

KNESER_NEY = Problem(
    name="kneser_ney",
    reference=kneser_ney,
    outputs=(Output("P_KN"),),
    cases=(
        Case("a context that came", context_and_discount("busy"), weight=2),
        Case("the discount 0.75", context_and_discount("busy", 0.75, 0.75)),
        Case("the start of a sentence", context_and_discount("start")),
        Case("a context that never came", context_and_discount("unseen")),
    ),
    source="Deck 1, Evaluating LM - Perplexity (Kneser-Ney)",
    uses=("continuation_probability", "absolute_discount"),
)


@KNESER_NEY.mistake(
    "raw unigram counts stand where continuation counts belong (interpolated absolute discounting)",
    hint="What makes it Kneser-Ney: a word is likely here if it came after many different words.",
)
def raw_counts(context, bigrams, vocabulary, d):
    discounted, weight = absolute_discount(context, bigrams, vocabulary, d)
    found = dict.fromkeys(vocabulary, 0)
    for (_, w), count in bigrams.items():
        found[w] += count
    total = sum(found.values())
    return {w: discounted[w] + weight * found[w] / total for w in vocabulary}


@KNESER_NEY.mistake(
    "the mass that is set free is shared equally by all words",
    hint="Some words follow everywhere, some in one place only. What did you compute for that?",
)
def uniform_continuation(context, bigrams, vocabulary, d):
    discounted, weight = absolute_discount(context, bigrams, vocabulary, d)
    return {w: discounted[w] + weight / len(vocabulary) for w in vocabulary}


@KNESER_NEY.mistake(
    "the mass of a context that never came is lost: all its words get 0",
    hint="lambda is 1 there. What does the equation say then?",
)
def unseen_mass_lost(context, bigrams, vocabulary, d):
    if not any((*context, w) in bigrams for w in vocabulary):
        return dict.fromkeys(vocabulary, 0.0)
    discounted, weight = absolute_discount(context, bigrams, vocabulary, d)
    continuation = continuation_probability(bigrams, vocabulary)
    return {w: discounted[w] + weight * continuation[w] for w in vocabulary}


@KNESER_NEY.mistake(
    "after a context that never came all words are equally likely",
    hint="lambda is 1 there. What does the equation say then?",
)
def unseen_uniform(context, bigrams, vocabulary, d):
    if not any((*context, w) in bigrams for w in vocabulary):
        return dict.fromkeys(vocabulary, 1 / len(vocabulary))
    discounted, weight = absolute_discount(context, bigrams, vocabulary, d)
    continuation = continuation_probability(bigrams, vocabulary)
    return {w: discounted[w] + weight * continuation[w] for w in vocabulary}


@KNESER_NEY.mistake(
    "the continuation probability is used only for words that never came after the context "
    "(backoff, not interpolation)",
    hint="In the interpolated form every word gets its share of lambda, seen or not.",
    convention=True,
)
def backed_off(context, bigrams, vocabulary, d):
    discounted, weight = absolute_discount(context, bigrams, vocabulary, d)
    continuation = continuation_probability(bigrams, vocabulary)
    return {w: discounted[w] or weight * continuation[w] for w in vocabulary}


@KNESER_NEY.mistake(
    "lambda is left out: the continuation probability is added whole",
    hint="Only what the discount has set free may be given away. Do your numbers sum to one?",
)
def no_lambda(context, bigrams, vocabulary, d):
    discounted, _ = absolute_discount(context, bigrams, vocabulary, d)
    continuation = continuation_probability(bigrams, vocabulary)
    return {w: discounted[w] + continuation[w] for w in vocabulary}


@KNESER_NEY.mistake(
    "lambda counts tokens, not types: it is d",
    hint="d is taken once from each *different* word that came. How many are these?",
)
def lambda_of_tokens(context, bigrams, vocabulary, d):
    discounted, weight = absolute_discount(context, bigrams, vocabulary, d)
    continuation = continuation_probability(bigrams, vocabulary)
    share = d if any(discounted.values()) else weight
    return {w: discounted[w] + share * continuation[w] for w in vocabulary}


@KNESER_NEY.mistake(
    "the discounted part is multiplied by 1 - lambda once more",
    hint="The discount has made room for lambda already. Do your numbers sum to one?",
)
def mixed_twice(context, bigrams, vocabulary, d):
    discounted, weight = absolute_discount(context, bigrams, vocabulary, d)
    continuation = continuation_probability(bigrams, vocabulary)
    return {w: (1 - weight) * discounted[w] + weight * continuation[w] for w in vocabulary}


@KNESER_NEY.mistake(
    "the weights are exchanged: 1 - lambda for the continuation probability",
    hint="lambda is what the discount has set free. To which part does it go?",
)
def weights_exchanged(context, bigrams, vocabulary, d):
    discounted, weight = absolute_discount(context, bigrams, vocabulary, d)
    continuation = continuation_probability(bigrams, vocabulary)
    return {w: discounted[w] + (1 - weight) * continuation[w] for w in vocabulary}


@KNESER_NEY.mistake(
    "the two parts are multiplied, not added",
    hint="A word that never came after the context must get something all the same.",
)
def multiplied(context, bigrams, vocabulary, d):
    discounted, weight = absolute_discount(context, bigrams, vocabulary, d)
    continuation = continuation_probability(bigrams, vocabulary)
    return {w: discounted[w] * weight * continuation[w] for w in vocabulary}


@KNESER_NEY.mistake(
    "nothing is taken from the counts before lambda is given away",
    hint="What lambda gives away must be taken from somewhere. Do your numbers sum to one?",
)
def no_discount(context, bigrams, vocabulary, d):
    found = {w: bigrams.get((*context, w), 0) for w in vocabulary}
    total = sum(found.values())
    _, weight = absolute_discount(context, bigrams, vocabulary, d)
    continuation = continuation_probability(bigrams, vocabulary)
    return {w: (found[w] / total if total else 0) + weight * continuation[w] for w in vocabulary}


@KNESER_NEY.mistake(
    "there is no max(0, ...): words that never came get less than their share",
    hint="From 0 nothing can be taken. What is the smallest value that the first part can have?",
)
def no_max(context, bigrams, vocabulary, d):
    found = {w: bigrams.get((*context, w), 0) for w in vocabulary}
    total = sum(found.values())
    _, weight = absolute_discount(context, bigrams, vocabulary, d)
    continuation = continuation_probability(bigrams, vocabulary)
    first = {w: (found[w] - d) / total if total else 0.0 for w in vocabulary}
    return {w: first[w] + weight * continuation[w] for w in vocabulary}


@KNESER_NEY.mistake(
    "the discounted part alone is returned",
    hint="It sums to less than one. Where does the rest go?",
)
def discounted_only(context, bigrams, vocabulary, d):
    return absolute_discount(context, bigrams, vocabulary, d)[0]


@KNESER_NEY.mistake(
    "the continuation probability alone is returned",
    hint="It does not know the context. Where do the bigram's counts come in?",
)
def continuation_only(context, bigrams, vocabulary, d):
    return continuation_probability(bigrams, vocabulary)


@KNESER_NEY.mistake(
    "d is taken to be 0.75, whatever the argument says",
    hint="The worked example has 0.75. What does the last argument say?",
)
def always_three_quarters(context, bigrams, vocabulary, d):
    kept, free = absolute_discount(context, bigrams, vocabulary, 0.75)
    continuation = continuation_probability(bigrams, vocabulary)
    return {w: kept[w] + free * continuation[w] for w in vocabulary}
