# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Homework 1: n-gram language models
#
# You build the language models that came before neural networks, with nothing but dictionaries: count,
# divide, smooth, measure, generate. Then you measure the three problems for which the lecture leaves
# them: sparsity, storage, incoherence.
#
# | part | what you write | exercises | points | minutes |
# |---|---|---|---|---|
# | A. Counting | n-grams, counts, a vocabulary | 1 to 3 | 7 | 30 |
# | B. Probabilities | maximum likelihood, the chain rule | 4, 5 | 5 | 30 |
# | C. Smoothing and perplexity | add-delta, perplexity, choosing delta | 6 to 8 | 8 | 45 |
# | D. Shorter contexts | backoff, stupid backoff, interpolation | 9 to 12 | 10 | 55 |
# | E. Kneser-Ney | three small steps | 13 to 15 | 7 | 40 |
# | F. Three problems | generation, sparsity; then the plots | 16, 17 | 5 | 30 |
# | | | | **42** | under 4 hours |
#
# **How it works.** Each exercise has an equation, a worked example with small numbers, and a function
# to fill in. The cell below it runs the worked example, so that you can compare with the table.
#
# **How it is graded.** `check(...)` gives you feedback at once; run it as often as you like.
# `grade(...)` shows your points on this machine; the course asks your functions again with fresh
# inputs, so only the functions count, not what the cells print. If a function calls an earlier one
# of yours that is wrong, you do not lose the same points twice. A function must not change the
# lists and dictionaries that it is given.
#
# **How to send it in.** File > Download > Download .ipynb, then upload that file.

# %%
import importlib.util

if importlib.util.find_spec("autograder") is None:
    from IPython import get_ipython

    get_ipython().run_line_magic("pip", "install --quiet lmkit-course")

# %% nbgrader={"grade": false, "grade_id": "imports", "locked": true, "schema_version": 3, "solution": false, "task": false}
import matplotlib.pyplot as plt
import numpy as np

from autograder import check, grade

# %% [markdown]
# ## Letters and types
#
# | letter or name | meaning | in Python |
# |---|---|---|
# | $w$ | a word | a text: `"cat"` |
# | `sentence` | words in order | a list: `["the", "cat", "sat"]` |
# | `sentences` | a text | a list of such lists |
# | $n$ | words in an n-gram, the predicted one included | 1, 2, 3, ... |
# | n-gram | $n$ words that follow one another | a tuple: `("the", "cat")` |
# | `context` | the $n - 1$ words before $w$ | a tuple: `("the",)`; for unigrams `()` |
# | `counts` | how often each n-gram of *one* order came | a dict: `{("the", "cat"): 2, ...}` |
# | `tables` | the counts of all orders | a list: `tables[0]` unigrams, `tables[1]` bigrams, ... |
# | `vocabulary` | the words that can be predicted; $V$ is their number | a sorted list |
# | a distribution | a probability for every word of the vocabulary | a dict: `{"cat": 0.5, ...}` |
#
# Three marks that are not words:
#
# | mark | meaning | predicted? | in the vocabulary? |
# |---|---|---|---|
# | `<s>` | stands before the first word | **no**, it is given | no |
# | `</s>` | the sentence is over | **yes**, like a word | yes |
# | `<unk>` | any word that the model does not know | yes | yes |
#
# *Python tips.* `context + (w,)` puts a word behind a tuple; so does `(*context, w)`.
# `counts.get(ngram, 0)` looks up a count and gives 0 for what never came. `counts[ngram]` would raise
# a KeyError.
#
# **The text of all worked examples:**
#
# | | | | |
# |---|---|---|---|
# | sentence 1 | the | cat | sat |
# | sentence 2 | the | cat | ran |
# | sentence 3 | the | dog | sat |

# %% nbgrader={"grade": false, "grade_id": "tiny", "locked": true, "schema_version": 3, "solution": false, "task": false}
TINY = [["the", "cat", "sat"], ["the", "cat", "ran"], ["the", "dog", "sat"]]
TINY_WORDS = ["</s>", "<unk>", "cat", "dog", "ran", "sat", "the"]


def show(distribution, digits=4):
    """Print a distribution on one line, and its sum."""
    row = "  ".join(f"{w} {p:.{digits}f}" for w, p in distribution.items())
    print(f"{row}   sum {sum(distribution.values()):.{digits}f}")


# %% [markdown]
# # Part A. Counting

# %% [markdown]
# ## Exercise 1. A window over a sentence: `ngrams` (3 points)
#
# *Deck 2, "N-gram". About 10 minutes.*
#
# Deck 2's bigrams are "the students", "students opened", "opened their": a window of two words that
# moves on by one. Every n-gram ends in a word that the model has to predict. The first word needs a
# context, too, and the end of the sentence has to be predicted. So the sentence is padded:
#
# $$\underbrace{\texttt{<s>} \cdots \texttt{<s>}}_{n-1} \; w_1 \; w_2 \cdots w_T \; \texttt{</s>}$$
#
# $n - 1$ times `<s>` in front, **one** `</s>` behind. A sentence of $T$ words always has $T + 1$
# n-grams: one for each word, and one for `</s>`.
#
# **Worked example**: "the cat sat".
#
# | $n$ | n-grams |
# |---|---|
# | 1 | (the) (cat) (sat) (`</s>`) |
# | 2 | (`<s>` the) (the cat) (cat sat) (sat `</s>`) |
# | 3 | (`<s>` `<s>` the) (`<s>` the cat) (the cat sat) (cat sat `</s>`) |


# %% nbgrader={"grade": false, "grade_id": "ngrams", "locked": false, "schema_version": 3, "solution": true, "task": false}
def ngrams(sentence, n):
    """The n-grams of one sentence, padded.

    Args:
        sentence: a list of words.
        n: words in an n-gram, at least 1.

    Returns:
        A list of len(sentence) + 1 tuples of n words, in the order of the sentence.
    """
    ### BEGIN SOLUTION
    padded = ["<s>"] * (n - 1) + list(sentence) + ["</s>"]
    return [tuple(padded[t : t + n]) for t in range(len(sentence) + 1)]
    ### END SOLUTION


# %% [markdown]
# Run the worked example.

# %%
for order in (1, 2, 3):
    print(order, *ngrams(["the", "cat", "sat"], order))

# %% nbgrader={"grade": false, "grade_id": "ngrams_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("ngrams", ngrams)

# %% nbgrader={"grade": true, "grade_id": "ngrams_grade", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
grade("ngrams", ngrams, points=3)

# %% [markdown]
# ## Exercise 2. How often? `count_ngrams` (2 points)
#
# *Deck 2, "N-gram". About 5 minutes.*
#
# Count the n-grams of all sentences. No n-gram runs from one sentence into the next: each sentence is
# padded by itself.
#
# **Worked example**: the bigrams of the tiny text.
#
# | bigram | count | | bigram | count |
# |---|---|---|---|---|
# | `<s>` the | **3** | | dog sat | **1** |
# | the cat | **2** | | cat ran | **1** |
# | the dog | **1** | | sat `</s>` | **2** |
# | cat sat | **1** | | ran `</s>` | **1** |
#
# Eight different bigrams, twelve in all. (sat the) is not among them.


# %% nbgrader={"grade": false, "grade_id": "count_ngrams", "locked": false, "schema_version": 3, "solution": true, "task": false}
def count_ngrams(sentences, n):
    """How often each n-gram comes in a text.

    Args:
        sentences: a list of lists of words.
        n: words in an n-gram.

    Returns:
        A dict from the n-gram, a tuple, to its count. Nothing but what came is in it.
    """
    ### BEGIN SOLUTION
    counts = {}
    for sentence in sentences:
        for ngram in ngrams(sentence, n):
            counts[ngram] = counts.get(ngram, 0) + 1
    return counts
    ### END SOLUTION


# %% [markdown]
# Run the worked example.

# %%
for bigram, count in count_ngrams(TINY, 2).items():
    print(count, *bigram)

# %% nbgrader={"grade": false, "grade_id": "count_ngrams_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("count_ngrams", count_ngrams)

# %% nbgrader={"grade": true, "grade_id": "count_ngrams_grade", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("count_ngrams", count_ngrams, points=2)

# %% [markdown]
# ## Exercise 3. Which words are known? `build_vocabulary` (2 points)
#
# *Deck 2, "N-gram". About 10 minutes.*
#
# A word that came once is hardly known. So only words that come **at least** `min_count` times get
# into the vocabulary. All others will be read as `<unk>`. The vocabulary holds what can be
# predicted: these words, `</s>` and `<unk>`. It is sorted, and each entry stands in it once.
#
# **Worked example**: the tiny text with `min_count = 2`.
#
# | word | the | cat | sat | ran | dog |
# |---|---|---|---|---|---|
# | comes | 3 | 2 | 2 | 1 | 1 |
# | in the vocabulary | yes | yes | yes | no | no |
#
# Result: **`</s>`, `<unk>`, `cat`, `sat`, `the`**, so $V = 5$. (Python sorts `<` before letters.)
#
# Mind a text that holds `<unk>` already, like the Penn Treebank.


# %% nbgrader={"grade": false, "grade_id": "build_vocabulary", "locked": false, "schema_version": 3, "solution": true, "task": false}
def build_vocabulary(sentences, min_count):
    """The words that a model can predict.

    Args:
        sentences: a list of lists of words.
        min_count: how often a word must come to be known.

    Returns:
        A sorted list: the known words, "</s>" and "<unk>", each once.
    """
    ### BEGIN SOLUTION
    counts = {}
    for sentence in sentences:
        for w in sentence:
            counts[w] = counts.get(w, 0) + 1
    known = {w for w, count in counts.items() if count >= min_count}
    return sorted(known | {"</s>", "<unk>"})
    ### END SOLUTION


# %% [markdown]
# Run the worked example.

# %%
print(build_vocabulary(TINY, min_count=2))

# %% nbgrader={"grade": false, "grade_id": "build_vocabulary_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("build_vocabulary", build_vocabulary)

# %% nbgrader={"grade": true, "grade_id": "build_vocabulary_grade", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("build_vocabulary", build_vocabulary, points=2)

# %% [markdown]
# # Part B. Probabilities

# %% [markdown]
# ## Exercise 4. Count and divide: `mle` (2 points)
#
# *Deck 2, "N-gram"; deck 1, "N-gram LM". About 10 minutes.*
#
# The Markov assumption: only the $n - 1$ words before $w$ matter. The maximum likelihood estimate
# (MLE) counts how often $w$ came after them:
#
# $$P(w \mid \text{context}) = \frac{\text{count}(\text{context}, w)}{\text{count}(\text{context})}
# \qquad \text{count}(\text{context}) = \sum_{v} \text{count}(\text{context}, v)$$
#
# The sum runs over the vocabulary. It is how often the context came with something behind it.
#
# **Worked example**, deck 2's. "students opened their" came 1000 times, followed by
#
# | $w$ | books | exams | minds |
# |---|---|---|---|
# | count | 400 | 600 | 0 |
# | $P(w \mid \text{students opened their})$ | **0.4** | **0.6** | **0** |
#
# **What if the context never came?** Then the fraction is 0 / 0: problem 2 of deck 2. Let your
# function return 0 for every word. That is no distribution, and says so: its sum is 0. Part D knows
# what to do.


# %% nbgrader={"grade": false, "grade_id": "mle", "locked": false, "schema_version": 3, "solution": true, "task": false}
def mle(context, counts, vocabulary):
    """P(w | context) for every word, by counting.

    Args:
        context: a tuple of n - 1 words; () for unigrams.
        counts: of the n-grams, as count_ngrams gives them.
        vocabulary: a list of words.

    Returns:
        A dict from each word of the vocabulary to its probability, words that never came after
        the context included. All zeros if the context never came.
    """
    ### BEGIN SOLUTION
    found = {w: counts.get((*context, w), 0) for w in vocabulary}
    total = sum(found.values())
    if total == 0:
        return dict.fromkeys(vocabulary, 0.0)
    return {w: found[w] / total for w in vocabulary}
    ### END SOLUTION


# %% [markdown]
# Run the worked example. Then the tiny text: after "the", cat has 2/3 and dog 1/3.

# %%
opened = {
    ("students", "opened", "their", "books"): 400,
    ("students", "opened", "their", "exams"): 600,
}
show(mle(("students", "opened", "their"), opened, ["books", "exams", "minds"]))
show(mle(("the",), count_ngrams(TINY, 2), TINY_WORDS))
show(mle(("zebra",), count_ngrams(TINY, 2), TINY_WORDS))

# %% nbgrader={"grade": false, "grade_id": "mle_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("mle", mle)

# %% nbgrader={"grade": true, "grade_id": "mle_grade", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("mle", mle, points=2)

# %% [markdown]
# ## Exercise 5. The chain rule: `sentence_log_probability` (3 points)
#
# *Deck 2, "Language Modeling". About 20 minutes.*
#
# $$P(w_1 \dots w_T) = \prod_{t=1}^{T+1} P(w_t \mid \text{the } n-1 \text{ words before})
# \qquad w_{T+1} = \texttt{</s>}$$
#
# A product of hundreds of small factors is zero in floating point. So take logarithms (natural ones):
#
# $$\log P(w_1 \dots w_T) = \sum_{t=1}^{T+1} \log P(w_t \mid \text{the } n-1 \text{ words before})$$
#
# **Worked example**: "the cat sat" under the bigrams of the tiny text.
#
# | predicted | the | cat | sat | `</s>` | product |
# |---|---|---|---|---|---|
# | context | `<s>` | the | cat | sat | |
# | $P$ | 1 | 2/3 | 1/2 | 1 | 1/3 |
# | $\log P$ | 0 | -0.4055 | -0.6931 | 0 | sum **-1.0986** |
#
# "the dog ran" has a bigram that never came. One factor is 0, so the product is 0, and its logarithm
# is **-inf**: problem 1 of deck 2. Return that, and do not stop. `np.log(0.0)` is `-inf` (with a
# warning); `math.log(0.0)` is an error.


# %% nbgrader={"grade": false, "grade_id": "sentence_log_probability", "locked": false, "schema_version": 3, "solution": true, "task": false}
def sentence_log_probability(sentence, n, counts, vocabulary):
    """log P(sentence) under the maximum likelihood estimate.

    Args:
        sentence: a list of words, all in the vocabulary.
        n: the order of the model.
        counts: of its n-grams.
        vocabulary: a list of words.

    Returns:
        The natural logarithm, one number; -inf for a sentence of probability zero.
    """
    ### BEGIN SOLUTION
    log_p = 0.0
    for *context, w in ngrams(sentence, n):
        p = mle(tuple(context), counts, vocabulary)[w]
        log_p += np.log(p) if p > 0 else -np.inf
    return log_p
    ### END SOLUTION


# %% [markdown]
# Run the worked example. Also "the dog sat": its probability is 1/3, too. What is left for all other
# sentences in the world?

# %%
for words in ("the cat sat", "the dog sat", "the dog ran"):
    log_p = sentence_log_probability(words.split(), 2, count_ngrams(TINY, 2), TINY_WORDS)
    print(f"{words}: {log_p:.4f}")

# %% nbgrader={"grade": false, "grade_id": "sentence_log_probability_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("sentence_log_probability", sentence_log_probability)

# %% nbgrader={"grade": true, "grade_id": "sentence_log_probability_grade", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
grade("sentence_log_probability", sentence_log_probability, points=3)

# %% [markdown]
# # Part C. Smoothing and perplexity

# %% [markdown]
# ## Exercise 6. A little for everyone: `add_delta` (2 points)
#
# *Deck 2, "N-gram", problem 1. About 10 minutes.*
#
# Deck 2's cure for zeros: add a small $\delta$ (there 0.25) to the count of *every* word. Then the
# denominator has to grow, too, so that the sum stays one. By how much? Each of $V$ words gets
# $\delta$:
#
# $$P(w \mid \text{context}) = \frac{\text{count}(\text{context}, w) + \delta}
# {\text{count}(\text{context}) + \delta V}$$
#
# **Worked example**: after "the", with $\delta = 0.25$ and $V = 7$. The denominator is
# $3 + 0.25 \cdot 7 = 4.75$.
#
# | $w$ | cat | dog | each of the other five | sum |
# |---|---|---|---|---|
# | count + $\delta$ | 2.25 | 1.25 | 0.25 | 4.75 |
# | $P$ | **0.4737** | **0.2632** | **0.0526** | 1 |
#
# More than a quarter of the mass went to words that never came. And a context that never came? Put
# zeros into the equation: every word gets $\delta / (\delta V) = 1/V$.


# %% nbgrader={"grade": false, "grade_id": "add_delta", "locked": false, "schema_version": 3, "solution": true, "task": false}
def add_delta(context, counts, vocabulary, delta):
    """P(w | context) with delta added to every count.

    Args:
        context: a tuple of n - 1 words.
        counts: of the n-grams.
        vocabulary: a list of words.
        delta: above 0.

    Returns:
        A dict from each word of the vocabulary to its probability. The sum is one.
    """
    ### BEGIN SOLUTION
    found = {w: counts.get((*context, w), 0) for w in vocabulary}
    total = sum(found.values()) + delta * len(vocabulary)
    return {w: (found[w] + delta) / total for w in vocabulary}
    ### END SOLUTION


# %% [markdown]
# Run the worked example. The second line is a context that never came.

# %%
show(add_delta(("the",), count_ngrams(TINY, 2), TINY_WORDS, delta=0.25))
show(add_delta(("zebra",), count_ngrams(TINY, 2), TINY_WORDS, delta=0.25))

# %% nbgrader={"grade": false, "grade_id": "add_delta_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("add_delta", add_delta)

# %% nbgrader={"grade": true, "grade_id": "add_delta_grade", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("add_delta", add_delta, points=2)

# %% [markdown]
# ## Exercise 7. How surprised is it? `ngram_perplexity` (4 points)
#
# *Deck 1, "Evaluating LM - Perplexity". About 25 minutes.*
#
# $$\text{perplexity} = \exp\Big( \frac{1}{T} \sum_{t} -\log P(w_t \mid \text{context}_t) \Big)$$
#
# The sum runs over everything that is predicted in *all* sentences, and $T$ is how many predictions
# that are. `</s>` is predicted, so it is summed and counted. `<s>` is not.
#
# A word that is not in the vocabulary is read as `<unk>`, as a predicted word and in a context.
#
# **Worked example**: "the dog ran" under the bigrams of the tiny text, $\delta = 0.25$.
#
# | predicted | the | dog | ran | `</s>` | |
# |---|---|---|---|---|---|
# | context | `<s>` | the | dog | ran | |
# | $P$ | 3.25/4.75 | 1.25/4.75 | 0.25/2.75 | 1.25/2.75 | |
# | $-\log P$ | 0.3795 | 1.3350 | 2.3979 | 0.7885 | sum 4.9008 |
#
# $T = 4$, and $\exp(4.9008 / 4) =$ **3.4049**. The model hesitates as if among 3.4 equally likely words.
#
# Three results that look reasonable and are wrong:
#
# | value | what went wrong |
# |---|---|
# | 5.1232 | $T = 3$: `</s>` was not counted |
# | 2.6651 | $T = 5$: `<s>` was counted |
# | 2.6791 | one over the mean of the probabilities: the mean must be taken of the logs |


# %% nbgrader={"grade": false, "grade_id": "ngram_perplexity", "locked": false, "schema_version": 3, "solution": true, "task": false}
def ngram_perplexity(sentences, n, counts, vocabulary, delta):
    """Perplexity of a text under the add-delta model.

    Args:
        sentences: the test text, a list of lists of words; some may be unknown.
        n: the order of the model.
        counts: of the n-grams of the training text.
        vocabulary: of the training text.
        delta: what is added to every count.

    Returns:
        One number, at least 1.
    """
    ### BEGIN SOLUTION
    log_p = []
    for sentence in sentences:
        known = [w if w in vocabulary else "<unk>" for w in sentence]
        for *context, w in ngrams(known, n):
            p = add_delta(tuple(context), counts, vocabulary, delta)[w]
            log_p.append(np.log(p))
    return np.exp(-np.mean(log_p))
    ### END SOLUTION


# %% [markdown]
# Run the worked example. Then a sentence with an unknown word: it should print 4.5475.

# %%
for words in ("the dog ran", "the zebra ran"):
    print(f"{ngram_perplexity([words.split()], 2, count_ngrams(TINY, 2), TINY_WORDS, 0.25):.4f}")

# %% nbgrader={"grade": false, "grade_id": "ngram_perplexity_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("ngram_perplexity", ngram_perplexity)

# %% nbgrader={"grade": true, "grade_id": "ngram_perplexity_grade", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
grade("ngram_perplexity", ngram_perplexity, points=4)

# %% [markdown]
# ## Exercise 8. Which delta? `tune_delta` (2 points)
#
# *Deck 2, "N-gram", problem 1. About 10 minutes.*
#
# 0.25 is one choice among many. Three texts, three jobs:
#
# | text | job |
# |---|---|
# | training | gives the counts |
# | held-out | **chooses** $\delta$: the one with the lowest perplexity |
# | test | **reports** how good the finished model is, once |
#
# If the test text chooses, its perplexity is no honest report any more.
#
# **Worked example** with the tiny text's bigrams. Held-out: "the cat sat". Test: "the dog ran".
#
# | $\delta$ | 0.01 | 0.1 | 1 | 4 |
# |---|---|---|---|---|
# | held-out perplexity | **1.3466** | 1.6050 | 3.2568 | 5.1186 |
# | test perplexity | 4.3297 | 3.2047 | 4.4721 | 5.8292 |
#
# Returned: **0.01** and its test perplexity **4.3297**. The test text would have liked 0.1 better.
# It is not asked.


# %% nbgrader={"grade": false, "grade_id": "tune_delta", "locked": false, "schema_version": 3, "solution": true, "task": false}
def tune_delta(deltas, n, counts, vocabulary, held_out, test):
    """The delta that suits the held-out text best, and how it does on the test text.

    Args:
        deltas: a list of numbers to choose from.
        n: the order of the model.
        counts: of the n-grams of the training text.
        vocabulary: of the training text.
        held_out: sentences to choose with.
        test: sentences to report on.

    Returns:
        The chosen delta, and the perplexity of the test text with it.
    """
    ### BEGIN SOLUTION
    best, lowest = None, np.inf
    for delta in deltas:
        found = ngram_perplexity(held_out, n, counts, vocabulary, delta)
        if found < lowest:
            best, lowest = delta, found
    return best, ngram_perplexity(test, n, counts, vocabulary, best)
    ### END SOLUTION


# %% [markdown]
# Run the worked example.

# %%
print(
    tune_delta(
        deltas=[0.01, 0.1, 1.0, 4.0],
        n=2,
        counts=count_ngrams(TINY, 2),
        vocabulary=TINY_WORDS,
        held_out=[["the", "cat", "sat"]],
        test=[["the", "dog", "ran"]],
    )
)

# %% nbgrader={"grade": false, "grade_id": "tune_delta_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("tune_delta", tune_delta)

# %% nbgrader={"grade": true, "grade_id": "tune_delta_grade", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("tune_delta", tune_delta, points=2)

# %% [markdown]
# # Part D. Shorter contexts
#
# From here on a model has the counts of all orders, `tables = [unigrams, bigrams, trigrams, ...]`. A
# context of $k$ words belongs to `tables[k]`: the unigrams have no context, so they are `tables[0]`.

# %% [markdown]
# ## Exercise 9. Deck 2's backoff: `backoff` (2 points)
#
# *Deck 2, "N-gram", problem 2. About 10 minutes.*
#
# If "students opened their" never came, ask "opened their" instead. If that never came, ask "their".
# At last ask without any context: that always came.
#
# $$P(w \mid \text{context}) = \text{the MLE of the longest end of the context that came}$$
#
# **Worked example** with tables up to trigrams.
#
# | context | came? | next | came? | distribution |
# |---|---|---|---|---|
# | (the cat) | yes | | | ran **1/2**, sat **1/2** |
# | (zebra cat) | no | (cat) | yes | ran **1/2**, sat **1/2** |
# | (dog zebra) | no | (zebra) | no | unigrams: the **3/12**, `</s>` **3/12**, cat **2/12**, ... |
#
# This *is* a distribution: it sums to one. But it cures problem 2 alone. A word that never came after
# a context that did still has probability 0.


# %% nbgrader={"grade": false, "grade_id": "backoff", "locked": false, "schema_version": 3, "solution": true, "task": false}
def backoff(context, tables, vocabulary):
    """P(w | the longest end of the context that came), by counting.

    Args:
        context: a tuple of words.
        tables: tables[k] holds the counts of the n-grams whose contexts have k words.
        vocabulary: a list of words.

    Returns:
        A dict from each word of the vocabulary to its probability.
    """
    ### BEGIN SOLUTION
    p = mle(context, tables[len(context)], vocabulary)
    while context and sum(p.values()) == 0:
        context = context[1:]
        p = mle(context, tables[len(context)], vocabulary)
    return p
    ### END SOLUTION


# %% [markdown]
# Run the worked example.

# %%
tiny_tables = [count_ngrams(TINY, order) for order in (1, 2, 3)]
show(backoff(("the", "cat"), tiny_tables, TINY_WORDS))
show(backoff(("zebra", "cat"), tiny_tables, TINY_WORDS))
show(backoff(("dog", "zebra"), tiny_tables, TINY_WORDS))

# %% nbgrader={"grade": false, "grade_id": "backoff_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("backoff", backoff)

# %% nbgrader={"grade": true, "grade_id": "backoff_grade", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("backoff", backoff, points=2)

# %% [markdown]
# ## Exercise 10. Word by word: `stupid_backoff` (3 points)
#
# *Deck 2, "N-gram", problems 1 and 2. About 15 minutes.*
#
# Let every *word* back off by itself. It costs a factor $\alpha$ at each step:
#
# $$S(w \mid \text{context}) = \begin{cases}
# \dfrac{\text{count}(\text{context}, w)}{\text{count}(\text{context})} & \text{if } \text{count}(\text{context}, w) > 0 \\[2ex]
# \alpha \, S(w \mid \text{context without its first word}) & \text{otherwise}
# \end{cases}$$
#
# With the empty context, $S$ is the unigram MLE, even if that is 0.
#
# **Worked example**: after "cat", $\alpha = 0.4$. There are 12 unigrams.
#
# | $w$ | sat | ran | the | `</s>` | cat | dog | `<unk>` | sum |
# |---|---|---|---|---|---|---|---|---|
# | count after "cat" | 1 | 1 | 0 | 0 | 0 | 0 | 0 | |
# | $S$ | 1/2 | 1/2 | 0.4 · 3/12 | 0.4 · 3/12 | 0.4 · 2/12 | 0.4 · 1/12 | 0 | |
# | | **0.5** | **0.5** | **0.1** | **0.1** | **0.0667** | **0.0333** | **0** | **1.3** |
#
# The sum is 1.3. **This is not a distribution**, so it has scores, not probabilities, and a perplexity
# made of them means nothing. Its inventors (Brants and others, 2007) called it *stupid* for that, and
# used it all the same: with a trillion words of text nothing is simpler, and it works.


# %% nbgrader={"grade": false, "grade_id": "stupid_backoff", "locked": false, "schema_version": 3, "solution": true, "task": false}
def stupid_backoff(context, tables, vocabulary, alpha):
    """Scores of all words after a context.

    Args:
        context: a tuple of words.
        tables: tables[k] holds the counts of the n-grams whose contexts have k words.
        vocabulary: a list of words.
        alpha: the price of one step back.

    Returns:
        A dict from each word of the vocabulary to its score. The scores do not sum to one.
    """
    ### BEGIN SOLUTION
    p = mle(context, tables[len(context)], vocabulary)
    if len(context) == 0:
        return p
    shorter = stupid_backoff(context[1:], tables, vocabulary, alpha)
    return {w: p[w] if p[w] > 0 else alpha * shorter[w] for w in vocabulary}
    ### END SOLUTION


# %% [markdown]
# Run the worked example.

# %%
show(
    stupid_backoff(("cat",), [count_ngrams(TINY, order) for order in (1, 2)], TINY_WORDS, alpha=0.4)
)

# %% nbgrader={"grade": false, "grade_id": "stupid_backoff_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("stupid_backoff", stupid_backoff)

# %% nbgrader={"grade": true, "grade_id": "stupid_backoff_grade", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
grade("stupid_backoff", stupid_backoff, points=3)

# %% [markdown]
# ## Exercise 11. All orders at once: `interpolate` (3 points)
#
# *Deck 2, "N-gram", problems 1 and 2. About 15 minutes.*
#
# Do not choose between the orders: mix them. With weights $\lambda_0 \dots \lambda_n$ that sum to one,
#
# $$P(w \mid \text{context}) = \frac{\lambda_0}{V} + \sum_{k=1}^{n} \lambda_k \,
# P_{\text{MLE}}(w \mid \text{the last } k - 1 \text{ words of the context})$$
#
# $\lambda_0$ belongs to the uniform distribution: with it no word has probability 0.
#
# **A trap.** If the context of an order never came, its MLE is all zeros, and its weight is lost: the
# sum drops below one. So leave that order out, and divide by the sum of the weights that are left.
#
# **Worked example**: $\lambda = (0.1, 0.3, 0.6)$, $V = 7$, the word "sat".
#
# | context | uniform | unigram | bigram | $P(\text{sat} \mid \text{context})$ |
# |---|---|---|---|---|
# | (cat) | 0.1 / 7 | 0.3 · 2/12 | 0.6 · 1/2 | **0.3643** |
# | (zebra) | 0.1 / 7 | 0.3 · 2/12 | never came | (0.0143 + 0.05) / 0.4 = **0.1607** |
#
# `weights[0]` is $\lambda_0$, and `len(weights)` is `len(context) + 2`.


# %% nbgrader={"grade": false, "grade_id": "interpolate", "locked": false, "schema_version": 3, "solution": true, "task": false}
def interpolate(context, tables, vocabulary, weights):
    """A weighted mean of the uniform distribution and the MLE of every order.

    Args:
        context: a tuple of words.
        tables: tables[k] holds the counts of the n-grams whose contexts have k words. There may be
            more of them than the context needs.
        vocabulary: a list of words.
        weights: lambda_0 ... lambda_n, an array of len(context) + 2 numbers that sum to one.

    Returns:
        A dict from each word of the vocabulary to its probability. The sum is one.
    """
    ### BEGIN SOLUTION
    mixed = {w: weights[0] / len(vocabulary) for w in vocabulary}
    used = weights[0]
    for length in range(len(context) + 1):
        end = context[len(context) - length :]
        p = mle(end, tables[length], vocabulary)
        if sum(p.values()) > 0:
            mixed = {w: mixed[w] + weights[length + 1] * p[w] for w in vocabulary}
            used += weights[length + 1]
    return {w: mixed[w] / used for w in vocabulary}
    ### END SOLUTION


# %% [markdown]
# Run the worked example.

# %%
for last in ("cat", "zebra"):
    tiny_tables = [count_ngrams(TINY, order) for order in (1, 2)]
    show(interpolate((last,), tiny_tables, TINY_WORDS, np.array([0.1, 0.3, 0.6])))

# %% nbgrader={"grade": false, "grade_id": "interpolate_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("interpolate", interpolate)

# %% nbgrader={"grade": true, "grade_id": "interpolate_grade", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
grade("interpolate", interpolate, points=3)

# %% [markdown]
# ## Exercise 12. Which weights? `tune_weights` (2 points)
#
# *Deck 2, "N-gram", problems 1 and 2. About 10 minutes.*
#
# The weights are chosen as delta was: by the perplexity of a text that is neither the training text nor
# the test text. On the training text the longest n-grams would win: it holds each of them.
#
# For every word of a text, and every `</s>`, `interpolate` gives a probability. The perplexity of these
# is deck 1's, as in exercise 7. The order of the model is `len(tables)`.
#
# **Worked example** with the tiny text's unigrams and bigrams. Held-out: "the cat sat". Test: "the dog
# ran".
#
# | $\lambda$ | (0.2, 0.6, 0.2) | (0.1, 0.3, 0.6) | (0.02, 0.08, 0.9) |
# |---|---|---|---|
# | held-out perplexity | 3.2858 | 1.8782 | **1.4219** |
# | test perplexity | 4.9727 | 3.8682 | 4.4674 |
#
# Returned: **(0.02, 0.08, 0.9)** and its test perplexity **4.4674**. The test text would have liked the
# weights in the middle better. It is not asked.


# %% nbgrader={"grade": false, "grade_id": "tune_weights", "locked": false, "schema_version": 3, "solution": true, "task": false}
def tune_weights(candidates, tables, vocabulary, held_out, test):
    """The weights that suit the held-out text best, and how they do on the test text.

    Args:
        candidates: a list of weights to choose from, each an array as `interpolate` takes it.
        tables: the counts of the orders 1 ... n of the training text, len(tables) = n.
        vocabulary: of the training text.
        held_out: sentences of known words to choose with.
        test: sentences of known words to report on.

    Returns:
        The chosen weights, and the perplexity of the test text with them.
    """

    ### BEGIN SOLUTION
    def perplexity(sentences, weights):
        log_p = []
        for sentence in sentences:
            for *context, w in ngrams(sentence, len(tables)):
                p = interpolate(tuple(context), tables, vocabulary, weights)[w]
                log_p.append(np.log(p))
        return np.exp(-np.mean(log_p))

    best = candidates[int(np.argmin([perplexity(held_out, w) for w in candidates]))]
    return best, perplexity(test, best)
    ### END SOLUTION


# %% [markdown]
# Run the worked example.

# %%
print(
    tune_weights(
        candidates=[np.array(w) for w in ((0.2, 0.6, 0.2), (0.1, 0.3, 0.6), (0.02, 0.08, 0.9))],
        tables=[count_ngrams(TINY, order) for order in (1, 2)],
        vocabulary=TINY_WORDS,
        held_out=[["the", "cat", "sat"]],
        test=[["the", "dog", "ran"]],
    )
)

# %% nbgrader={"grade": false, "grade_id": "tune_weights_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("tune_weights", tune_weights)

# %% nbgrader={"grade": true, "grade_id": "tune_weights_grade", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("tune_weights", tune_weights, points=2)

# %% [markdown]
# # Part E. Kneser-Ney
#
# Deck 1's table of perplexities begins with an "Interpolated Kneser-Ney 5-gram". It was the model to
# beat for twenty years. You build it for bigrams, in three steps.
#
# The idea: interpolation asks the unigrams for help when the bigram does not know. But the unigram
# count answers the wrong question. "Francisco" is frequent, so its unigram probability is high. Yet it
# comes only after "San". After any other word it is a bad guess.

# %% [markdown]
# ## Exercise 13. After how many words? `continuation_probability` (3 points)
#
# *Deck 1, "Evaluating LM - Perplexity". About 15 minutes.*
#
# Do not ask how *often* $w$ came. Ask after how many *different* words it came:
#
# $$P_{\text{cont}}(w) = \frac{|\{ v : \text{count}(v, w) > 0 \}|}{\text{number of different bigrams}}$$
#
# In words: of all different bigrams, the share that ends in $w$.
#
# **Worked example**: the eight different bigrams of the tiny text.
#
# | $w$ | the | cat | dog | sat | ran | `</s>` | `<unk>` | sum |
# |---|---|---|---|---|---|---|---|---|
# | came | 3 times | 2 | 1 | 2 | 1 | 3 | 0 | 12 |
# | after | `<s>` | the | the | cat, dog | cat | sat, ran | | |
# | $P_{\text{cont}}$ | **1/8** | **1/8** | **1/8** | **2/8** | **1/8** | **2/8** | **0** | 1 |
#
# "the" is the most frequent word, but it only ever comes first. So it is an unlikely continuation.


# %% nbgrader={"grade": false, "grade_id": "continuation_probability", "locked": false, "schema_version": 3, "solution": true, "task": false}
def continuation_probability(bigrams, vocabulary):
    """The share of all different bigrams that end in each word.

    Args:
        bigrams: their counts, a dict from (v, w) to a number above 0.
        vocabulary: a list of words; all that end a bigram are in it.

    Returns:
        A dict from each word of the vocabulary to its continuation probability.
    """
    ### BEGIN SOLUTION
    before = dict.fromkeys(vocabulary, 0)
    for _, w in bigrams:
        before[w] += 1
    return {w: before[w] / len(bigrams) for w in vocabulary}
    ### END SOLUTION


# %% [markdown]
# Run the worked example.

# %%
show(continuation_probability(count_ngrams(TINY, 2), TINY_WORDS))

# %% nbgrader={"grade": false, "grade_id": "continuation_probability_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("continuation_probability", continuation_probability)

# %% nbgrader={"grade": true, "grade_id": "continuation_probability_grade", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
grade("continuation_probability", continuation_probability, points=3)

# %% [markdown]
# ## Exercise 14. Take d from every count: `absolute_discount` (2 points)
#
# *Deck 1, "Evaluating LM - Perplexity". About 15 minutes.*
#
# Something must be taken from the words that came, to be given to those that did not. Take the same
# $d$ from each count, but never below 0:
#
# $$\text{discounted}(w) = \frac{\max(\text{count}(v, w) - d,\; 0)}{\text{count}(v)}$$
#
# What is set free? $d$ from each *different* word that came after $v$:
#
# $$\lambda(v) = \frac{d}{\text{count}(v)} \cdot |\{ w : \text{count}(v, w) > 0 \}|$$
#
# If $v$ never came, nothing is handed out: all words get 0, and $\lambda(v) = 1$, all is free.
#
# **Worked example**: after "the", $d = 0.75$.
#
# | $w$ | cat | dog | all others | $\lambda$ | sum |
# |---|---|---|---|---|---|
# | count | 2 | 1 | 0 | | 3 |
# | | 1.25 / 3 | 0.25 / 3 | 0 | 0.75 · 2 / 3 | |
# | | **0.4167** | **0.0833** | **0** | **0.5** | 1 |


# %% nbgrader={"grade": false, "grade_id": "absolute_discount", "locked": false, "schema_version": 3, "solution": true, "task": false}
def absolute_discount(context, bigrams, vocabulary, d):
    """Discounted probabilities after a word, and the mass that the discount sets free.

    Args:
        context: a tuple of one word, (v,).
        bigrams: their counts.
        vocabulary: a list of words.
        d: the discount, between 0 and 1.

    Returns:
        A dict from each word of the vocabulary to its discounted probability, and lambda, a number.
        Together they sum to one.
    """
    ### BEGIN SOLUTION
    found = {w: bigrams.get((*context, w), 0) for w in vocabulary}
    total = sum(found.values())
    if total == 0:
        return dict.fromkeys(vocabulary, 0.0), 1.0
    types = len([w for w in vocabulary if found[w] > 0])
    return {w: max(found[w] - d, 0) / total for w in vocabulary}, d * types / total
    ### END SOLUTION


# %% [markdown]
# Run the worked example.

# %%
for last in ("the", "zebra"):
    kept, free = absolute_discount((last,), count_ngrams(TINY, 2), TINY_WORDS, d=0.75)
    show(kept)
    print("lambda", round(free, 4))

# %% nbgrader={"grade": false, "grade_id": "absolute_discount_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("absolute_discount", absolute_discount)

# %% nbgrader={"grade": true, "grade_id": "absolute_discount_grade", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("absolute_discount", absolute_discount, points=2)

# %% [markdown]
# ## Exercise 15. Put it together: `kneser_ney` (2 points)
#
# *Deck 1, "Evaluating LM - Perplexity". About 10 minutes.*
#
# $$P_{\text{KN}}(w \mid v) = \text{discounted}(w) + \lambda(v) \, P_{\text{cont}}(w)$$
#
# **Worked example**: after "the", $d = 0.75$, so $\lambda = 0.5$.
#
# | $w$ | cat | dog | sat | `</s>` | ran | the | `<unk>` | sum |
# |---|---|---|---|---|---|---|---|---|
# | discounted | 0.4167 | 0.0833 | 0 | 0 | 0 | 0 | 0 | 0.5 |
# | $\lambda\, P_{\text{cont}}$ | 0.0625 | 0.0625 | 0.125 | 0.125 | 0.0625 | 0.0625 | 0 | 0.5 |
# | $P_{\text{KN}}$ | **0.4792** | **0.1458** | **0.125** | **0.125** | **0.0625** | **0.0625** | **0** | 1 |
#
# After "zebra", which never came, $P_{\text{KN}} = P_{\text{cont}}$: nothing of the mass is lost. You
# need no `if` for that.


# %% nbgrader={"grade": false, "grade_id": "kneser_ney", "locked": false, "schema_version": 3, "solution": true, "task": false}
def kneser_ney(context, bigrams, vocabulary, d):
    """P(w | v), Kneser-Ney smoothing for bigrams, interpolated.

    Args:
        context: a tuple of one word, (v,).
        bigrams: their counts.
        vocabulary: a list of words.
        d: the discount, between 0 and 1.

    Returns:
        A dict from each word of the vocabulary to its probability. The sum is one.
    """
    ### BEGIN SOLUTION
    kept, free = absolute_discount(context, bigrams, vocabulary, d)
    continuation = continuation_probability(bigrams, vocabulary)
    return {w: kept[w] + free * continuation[w] for w in vocabulary}
    ### END SOLUTION


# %% [markdown]
# Run the worked example.

# %%
show(kneser_ney(("the",), count_ngrams(TINY, 2), TINY_WORDS, d=0.75))
show(kneser_ney(("zebra",), count_ngrams(TINY, 2), TINY_WORDS, d=0.75))

# %% nbgrader={"grade": false, "grade_id": "kneser_ney_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("kneser_ney", kneser_ney)

# %% nbgrader={"grade": true, "grade_id": "kneser_ney_grade", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("kneser_ney", kneser_ney, points=2)

# %% [markdown]
# # Part F. Generation, and the three problems

# %% [markdown]
# ## Exercise 16. Let it write: `generate_sentence` (3 points)
#
# *Deck 2, "text generating". About 20 minutes.*
#
# Start with $n - 1$ times `<s>`. Draw a word from $P(w \mid \text{context})$. Feed it back: it becomes
# the newest word of the context, and the oldest leaves. Stop when `</s>` is drawn.
#
# How to draw with a random number $u$ between 0 and 1? Lay the probabilities side by side on a line,
# in the order of the vocabulary, and see in whose part $u$ falls:
#
# ```
# after "the":      0                          0.667            1
#                   |----------- cat -----------|----- dog -----|
#                                                    ^
#                                                  u = 0.7         ->  dog
# ```
#
# So take the first word at which the probabilities, added up, exceed $u$.
#
# **Worked example**: bigrams of the tiny text, $u = (0.5, 0.7, 0.2, 0.9, 0.1)$.
#
# | step | context | $u_t$ | added up | drawn |
# |---|---|---|---|---|
# | 1 | `<s>` | 0.5 | the 1 | **the** |
# | 2 | the | 0.7 | cat 0.667, dog 1 | **dog** |
# | 3 | dog | 0.2 | sat 1 | **sat** |
# | 4 | sat | 0.9 | `</s>` 1 | `</s>`: stop |
#
# Returned: **the dog sat**. The last number is not used. If `u` is used up before `</s>` comes, return
# what there is.


# %% nbgrader={"grade": false, "grade_id": "generate_sentence", "locked": false, "schema_version": 3, "solution": true, "task": false}
def generate_sentence(u, n, counts, vocabulary):
    """A sentence drawn from the maximum likelihood estimate.

    Args:
        u: random numbers between 0 and 1, one for each step, (T,).
        n: the order of the model.
        counts: of its n-grams.
        vocabulary: a list of words; probabilities are added up in its order.

    Returns:
        The words, a list of at most T, without <s> and </s>.
    """
    ### BEGIN SOLUTION
    words = []
    context = ("<s>",) * (n - 1)
    for u_t in u:
        p = mle(context, counts, vocabulary)
        added = 0.0
        for w in vocabulary:
            added += p[w]
            if added > u_t:
                break
        if w == "</s>":
            break
        words.append(w)
        context = (*context, w)[1:]
    return words
    ### END SOLUTION


# %% [markdown]
# Run the worked example.

# %%
print(generate_sentence(np.array([0.5, 0.7, 0.2, 0.9, 0.1]), 2, count_ngrams(TINY, 2), TINY_WORDS))

# %% nbgrader={"grade": false, "grade_id": "generate_sentence_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("generate_sentence", generate_sentence)

# %% nbgrader={"grade": true, "grade_id": "generate_sentence_grade", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
grade("generate_sentence", generate_sentence, points=3)

# %% [markdown]
# ## Exercise 17. How much is new? `unseen_share` (2 points)
#
# *Deck 2, "N-gram", problem 1. About 5 minutes.*
#
# Sparsity, as a number: of all n-grams of the test text, the share that never came in training. An
# n-gram that comes twice in the test text counts twice.
#
# **Worked example**: the bigrams of "the dog ran".
#
# | bigram | `<s>` the | the dog | dog ran | ran `</s>` |
# |---|---|---|---|---|
# | came in training? | yes | yes | **no** | yes |
#
# One of four: **0.25**.


# %% nbgrader={"grade": false, "grade_id": "unseen_share", "locked": false, "schema_version": 3, "solution": true, "task": false}
def unseen_share(sentences, n, counts):
    """The share of a text's n-grams that never came in training.

    Args:
        sentences: the test text.
        n: words in an n-gram.
        counts: of the n-grams of the training text.

    Returns:
        A number between 0 and 1.
    """
    ### BEGIN SOLUTION
    unseen, asked = 0, 0
    for sentence in sentences:
        for ngram in ngrams(sentence, n):
            asked += 1
            if ngram not in counts:
                unseen += 1
    return unseen / asked
    ### END SOLUTION


# %% [markdown]
# Run the worked example.

# %%
print(unseen_share([["the", "dog", "ran"]], 2, count_ngrams(TINY, 2)))

# %% nbgrader={"grade": false, "grade_id": "unseen_share_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("unseen_share", unseen_share)

# %% nbgrader={"grade": true, "grade_id": "unseen_share_grade", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("unseen_share", unseen_share, points=2)

# %% [markdown]
# # A text to measure on
#
# The cell below is given. It writes as much text as you ask for, from a small grammar of ours, so
# that nothing has to be downloaded. Two things in it matter:
#
# * **Agreement across distance.** "the *dogs* in the garden *are* barking": the verb looks back to the
#   subject, over whatever stands between.
# * **Rare words.** Some subjects are names. A few names come often, most almost never.

# %% nbgrader={"grade": false, "grade_id": "toy_text", "locked": true, "schema_version": 3, "solution": false, "task": false}
WORDS = {
    "who": "dog cat bird horse student teacher child farmer singer doctor sailor baker",
    "where": "garden school street river kitchen library harbour mountain",
    "like": "old young quiet happy tired clever small famous",
    "near": "in near behind beyond",
    "did": "saw followed called painted forgot remembered",
    "doing": "sleeping singing waiting laughing working running dreaming arriving",
    "how": "today slowly again together outside",
}
WORDS = {kind: words.split() for kind, words in WORDS.items()}
NAMES = [a + b for a in ("an", "ber", "car", "dor", "el", "fan", "gil") for b in "aeiou"]
PLURALS = {"child": "children", "library": "libraries"}


def plural(noun):
    return PLURALS.get(noun, noun + "s")


def toy_sentence(rng):
    """One sentence of the grammar; a frequent word stands early in its list."""

    def pick(words):
        return words[int((len(words) + 1) ** rng.random()) - 1]

    def noun_phrase(nouns, many):
        adjective = [pick(WORDS["like"])] if rng.random() < 0.3 else []
        article = pick(["the", "some"]) if many else pick(["the", "this", "one"])
        return [article, *adjective, plural(pick(nouns)) if many else pick(nouns)]

    many = bool(rng.random() < 0.5)
    if rng.random() < 0.2:
        many, subject = False, [pick(NAMES)]
    else:
        subject = noun_phrase(WORDS["who"], many)
        kind = rng.random()
        if kind < 0.4:
            subject += [pick(WORDS["near"]), *noun_phrase(WORDS["where"], rng.random() < 0.5)]
        elif kind < 0.6:
            subject += ["that", pick(WORDS["did"]), *noun_phrase(WORDS["who"], rng.random() < 0.5)]
    how = [pick(WORDS["how"])] if rng.random() < 0.4 else []
    return [*subject, "are" if many else "is", pick(WORDS["doing"]), *how]


def toy_text(count, seed):
    """`count` sentences; the same seed writes the same text."""
    rng = np.random.default_rng(seed)
    return [toy_sentence(rng) for _ in range(count)]


def replace_unknown(sentences, vocabulary):
    """Read every word that is not in the vocabulary as <unk>."""
    known = set(vocabulary)
    return [[w if w in known else "<unk>" for w in sentence] for sentence in sentences]


def toy_data(count=2000):
    """Training, held-out and test text with rare words replaced, and the vocabulary."""
    texts = toy_text(count, seed=1), toy_text(200, seed=2), toy_text(300, seed=3)
    vocabulary = build_vocabulary(texts[0], min_count=2)
    return *(replace_unknown(text, vocabulary) for text in texts), vocabulary


for sentence in toy_text(6, seed=0):
    print(*sentence)

# %% [markdown]
# ## Problem 1: sparsity
#
# The longer the n-gram, the fewer of them have been seen. More text helps, but slowly: every line of
# the plot has twice the text of the one above it.


# %%
def plot_sparsity(sizes=(250, 500, 1000, 2000, 4000), orders=(1, 2, 3, 4, 5)):
    """Draw the share of unseen test n-grams over n, for growing training texts."""
    curves = {}
    for size in sizes:
        train, _, test, _ = toy_data(size)
        curves[size] = [unseen_share(test, n, count_ngrams(train, n)) for n in orders]
    _, axis = plt.subplots(figsize=(7, 4), layout="constrained")
    for number, (size, shares) in enumerate(curves.items()):
        color = plt.cm.viridis(number / len(sizes))
        axis.plot(orders, shares, marker="o", color=color, label=f"{size} sentences")
        print(f"{size:5d} sentences:", "  ".join(f"{share:5.1%}" for share in shares))
    axis.set(
        title="Sparsity: test n-grams that never came in training",
        xlabel="n",
        ylabel="share of the test n-grams",
        xticks=orders,
        ylim=(0, 1),
    )
    axis.legend(title="training text")
    plt.show()


plot_sparsity()

# %% [markdown]
# ## Problem 2: storage
#
# The model *is* its table of counts. How many different n-grams does it have to store?


# %%
def plot_storage(sizes=(250, 500, 1000, 2000, 4000), orders=(1, 2, 3, 4, 5)):
    """Draw the number of different n-grams over the size of the training text."""
    texts = [toy_data(size)[0] for size in sizes]
    tokens = [sum(len(sentence) + 1 for sentence in text) for text in texts]
    curves = {n: [len(count_ngrams(text, n)) for text in texts] for n in orders}
    _, axis = plt.subplots(figsize=(7, 4), layout="constrained")
    for n, types in curves.items():
        axis.loglog(tokens, types, marker="o", label=f"n = {n}")
        print(f"n = {n}:", "  ".join(f"{count:6d}" for count in types))
    axis.loglog(tokens, tokens, color="gray", linestyle="--", linewidth=0.8, label="every one new")
    axis.set(
        title="Storage: different n-grams to keep",
        xlabel="tokens in the training text",
        ylabel="different n-grams",
    )
    axis.legend()
    plt.show()


plot_storage()

# %% [markdown]
# Unigrams soon stop growing: the vocabulary is finished. Five-grams grow with the text, and go on:
# almost every second one that comes is new, and most are stored to be never seen again.
#
# ## Problem 3: incoherence
#
# Let the models write. The larger $n$, the better it reads, and the more of it is copied.


# %%
def let_them_write(orders=(1, 2, 3, 4), sentences=4):
    """Print sentences that the models of each order write."""
    train, _, _, vocabulary = toy_data()
    rng = np.random.default_rng(5)
    for n in orders:
        counts = count_ngrams(train, n)
        print(f"n = {n}")
        for _ in range(sentences):
            print("   ", *generate_sentence(rng.random(25), n, counts, vocabulary))


let_them_write()

# %% [markdown]
# We can measure it. In a sentence of our grammar the first noun is the subject, and the first "is" or
# "are" is its verb. Do they agree? And how many sentences were copied whole from the training text?


# %%
def agrees(sentence):
    """True or False: do subject and verb agree? None if the sentence lacks one of them."""
    nouns = WORDS["who"] + WORDS["where"]
    singular, several = {*nouns, *NAMES, "<unk>"}, {plural(noun) for noun in nouns}
    subjects = [w for w in sentence if w in singular | several]
    verbs = [w for w in sentence if w in ("is", "are")]
    return (subjects[0] in several) == (verbs[0] == "are") if subjects and verbs else None


def plot_incoherence(orders=(1, 2, 3, 4, 5, 6), sentences=300):
    """Draw how many generated sentences disagree, or are copied, over n."""
    train, _, _, vocabulary = toy_data()
    known = {tuple(sentence) for sentence in train}
    rng = np.random.default_rng(6)
    wrong, copied = [], []
    for n in orders:
        counts = count_ngrams(train, n)
        texts = [generate_sentence(rng.random(30), n, counts, vocabulary) for _ in range(sentences)]
        judged = [agreement for agreement in map(agrees, texts) if agreement is not None]
        wrong.append(judged.count(False) / len(judged))
        copied.append(np.mean([tuple(text) in known for text in texts]))
        print(f"n = {n}: {wrong[-1]:.0%} disagree, {copied[-1]:.0%} are copied whole")
    _, axis = plt.subplots(figsize=(7, 4), layout="constrained")
    axis.plot(orders, wrong, marker="o", label="subject and verb disagree")
    axis.plot(orders, copied, marker="s", label="copied whole from the training text")
    axis.set(
        title="Incoherence: what the models write",
        xlabel="n",
        ylabel="share of the generated sentences",
        xticks=orders,
        ylim=(0, 1),
    )
    axis.legend()
    plt.show()


plot_incoherence()

# %% [markdown]
# A bigram model does not know the subject when it writes the verb. A larger $n$ reaches it, but by
# then the model has seen so few continuations that it repeats what it has read. That is deck 2's
# dilemma: **increasing $n$ cures incoherence and feeds sparsity.** Networks, in later homeworks,
# share what they learn between contexts.
#
# ## Which model is best?
#
# Perplexity of the test text for every estimator of yours. The helper `remember` keeps the
# distribution after each context, so that nothing is computed twice.


# %%
def remember(model):
    """The same function of a context, computed once for each."""
    known = {}

    def distribution(context):
        if context not in known:
            known[context] = model(context)
        return known[context]

    return distribution


def measure(model, n, sentences):
    """Perplexity of a text of known words under a function from a context to a distribution."""
    pairs = [(ngram[:-1], ngram[-1]) for sentence in sentences for ngram in ngrams(sentence, n)]
    probabilities = np.array([model(context)[w] for context, w in pairs])
    if (probabilities == 0).any():
        return np.inf
    return np.exp(np.mean(-np.log(probabilities)))


def compare_models(orders=(1, 2, 3, 4)):
    """Print and draw the test perplexity of every estimator over n."""
    train, held_out, test, vocabulary = toy_data()
    tables = [count_ngrams(train, n) for n in orders]
    curves = {"add-delta, 0.25": [], "add-delta, tuned": [], "interpolation": []}
    for n in orders:
        counts = tables[n - 1]
        weights = np.append(0.02, np.full(n, 0.98 / n))
        mixed = remember(lambda c, w=weights: interpolate(c, tables, vocabulary, w))
        tuned, perplexity = tune_delta(
            [0.0003, 0.003, 0.03, 0.3], n, counts, vocabulary, held_out[:60], test
        )
        curves["add-delta, 0.25"].append(ngram_perplexity(test, n, counts, vocabulary, 0.25))
        curves["add-delta, tuned"].append(perplexity)
        curves["interpolation"].append(measure(mixed, n, test))
        plain = measure(remember(lambda c, n=n: backoff(c, tables, vocabulary)), n, test)
        print(f"n = {n}: tuned delta {tuned}, backoff by counting alone {plain:.1f}")
    smoothed = remember(lambda c: kneser_ney(c, tables[1], vocabulary, 0.75))
    bigram = measure(smoothed, 2, test)

    _, axis = plt.subplots(figsize=(7, 4), layout="constrained")
    for label, curve in curves.items():
        axis.plot(orders, curve, marker="o", label=label)
        print(f"{label:18s}", "  ".join(f"{value:6.2f}" for value in curve))
    axis.plot([2], [bigram], marker="*", markersize=12, linestyle="", label="Kneser-Ney bigrams")
    print(f"Kneser-Ney bigrams {bigram:.2f}")
    axis.set(title="Perplexity of the test text", xlabel="n", ylabel="perplexity", xticks=orders)
    axis.set_ylim(0, None)
    axis.legend()
    plt.show()


compare_models()

# %% [markdown]
# Backoff by counting alone gives `inf` as soon as one test n-gram follows a context that came, and is
# new itself: one impossible word is enough. Adding 0.25 to every count is worse the longer the
# context: most of the mass goes to words that never follow.
#
# > **Think about it** (not graded).
# >
# > 1. With one delta for all, which n has the lowest perplexity, and why is it not the largest?
# > 2. Stupid backoff is missing in the plot. What would you have to do first?
# > 3. The interpolation mixes all orders with equal weights. Choose better ones, by `tune_weights`.
# > 4. On this text Kneser-Ney gains little over the other bigrams. Which words of a real text come
# >    often, and after one word alone?
#
# ## If you like: a real text
#
# This cell uses the Brown corpus if NLTK and its data are on this machine, and says what to do
# otherwise. It is not graded.


# %%
def brown_text(count=5000):
    """Sentences of the Brown corpus in lower case, or None where it is not there."""
    try:
        from nltk.corpus import brown

        return [[w.lower() for w in sentence] for sentence in brown.sents()[:count]]
    except (ImportError, LookupError):
        print("The Brown corpus is not here. With a network: import nltk; nltk.download('brown')")
        return None


def measure_brown():
    """Sparsity, storage and a few sentences, as above."""
    text = brown_text()
    if text is None:
        return
    train, test = text[: len(text) * 9 // 10], text[len(text) * 9 // 10 :]
    vocabulary = build_vocabulary(train, min_count=2)
    train, test = replace_unknown(train, vocabulary), replace_unknown(test, vocabulary)
    print(f"V = {len(vocabulary)}")
    rng = np.random.default_rng(0)
    for n in (1, 2, 3, 4):
        counts = count_ngrams(train, n)
        print(
            f"n = {n}: {len(counts)} different, {unseen_share(test, n, counts):.1%} of the test new"
        )
        print("   ", *generate_sentence(rng.random(25), n, counts, vocabulary))


measure_brown()

# %% [markdown]
# Now: Runtime > Restart session and run all, see that every `grade` cell shows what you expect, and
# File > Download > Download .ipynb.
