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
# # hw2: a neural language model with a fixed window
#
# You build the first language model that learns what words have in common: the last four words go in,
# a distribution over the next word comes out. First forward and backward in NumPy, then what makes it
# learn (initialisation, dropout, optimisers), and at the end the same model in Keras, which has to beat
# the n-grams of hw1.
#
# | part | what you write | exercises | points | minutes |
# |:--|:--|:--|--:|--:|
# | A. What goes in | windows over a text, embeddings | 1, 2 | 4 | 20 |
# | B. The model | forward, loss, backward | 3 to 6 | 14 | 75 |
# | C. How to begin | Xavier initialisation | 7, 8 | 4 | 20 |
# | D. How not to overfit | inverted dropout | 9, 10 | 5 | 20 |
# | E. How to go downhill | six optimisers | 11 to 16 | 14 | 60 |
# | F. The same in Keras | a trained model | 17 | 6 | 25 |
# | | | **total** | **47** | **220** |
#
# **How it works.** Replace each `raise NotImplementedError()` by your code. Then run the two cells below
# it:
#
# * `check` tries your function at once, as often as you like, and tells you what is wrong.
# * `grade` shows the points on this machine. For your mark the course calls your functions again with
#   fresh inputs. Only the functions count, not what the cells print.
#
# Keep the functions' names and the order of their arguments. A function must leave the arrays that it
# is given as they are.
#
# **To send in:** run everything once more from the top, then *File > Download > Download .ipynb*.

# %%
# On Colab this installs the course's package. Elsewhere it does nothing.
import importlib.util

if importlib.util.find_spec("autograder") is None:
    from IPython import get_ipython

    get_ipython().run_line_magic("pip", "install --quiet lmkit-course")

# %% nbgrader={"grade": false, "grade_id": "imports", "locked": true, "schema_version": 3, "solution": false, "task": false}
import matplotlib.pyplot as plt
import numpy as np

from autograder import check, grade
from lmkit.grammar import toy

# %% [markdown]
# ## Letters and shapes
#
# Come back to this table whenever a shape does not fit.
#
# | letter | what it is | shape |
# |:--|:--|:--|
# | $N$ | windows in the batch | |
# | $n$ | words in an n-gram, **the predicted one included**: $n - 1$ are read | |
# | $V$, $D$, $H$ | ids of words, numbers in one embedding, hidden units | |
# | `contexts` | the words that are read, as ids | `(N, n - 1)` |
# | `targets` | the words that came next, as ids | `(N,)` |
# | $E$ | `E`: embeddings, row $v$ belongs to word $v$ | `(V, D)` |
# | $e = [e_1; \dots; e_{n-1}]$ | `e`: the embeddings of a window, side by side | `(N, (n - 1) D)` |
# | $W$, $b_1$ | `W`, `b_1`: the hidden layer | `((n - 1) D, H)`, `(H,)` |
# | $h = \tanh(e W + b_1)$ | `h`: hidden units; deck 2's $f$ is $\tanh$ here | `(N, H)` |
# | $U$, $b_2$ | `U`, `b_2`: the output layer | `(H, V)`, `(V,)` |
# | $\hat y = \text{softmax}(h U + b_2)$ | `y_hat`: how likely is each word to be the next? | `(N, V)` |
# | $\partial J / \partial W$ | `dW`: a gradient | that of `W` |
#
# * **Vectors are rows, the batch comes first.** Deck 2 writes $We$. We write `e @ W`.
# * $\odot$ multiplies entry by entry. In NumPy it is `*`.


# %% cellView="form" jupyter={"source_hidden": true}
# @title The model, drawn (you need not read this code)
def draw_model():
    _, ax = plt.subplots(figsize=(9, 4.6))
    ax.set(xlim=(-0.6, 11.2), ylim=(-0.3, 6.3), aspect="equal")
    ax.axis("off")
    ax.set_title("The fixed-window neural language model (deck 2)")
    words = ("the", "students", "opened", "their")
    box = {"boxstyle": "round,pad=0.3", "edgecolor": "0.25"}
    arrow = {"arrowstyle": "-|>", "color": "0.4"}
    for k, word in enumerate(words):
        x = 1 + 2 * k
        ax.text(x, 0, word, ha="center", va="center", fontsize=12)
        ax.annotate("", (x, 1.15), (x, 0.3), arrowprops=arrow)
        ax.add_patch(
            plt.Rectangle((x - 0.95, 1.2), 1.9, 0.6, facecolor="#8ecae6", edgecolor="white")
        )
        ax.text(x, 1.5, f"$e_{k + 1}$", ha="center", va="center", fontsize=12)
        ax.annotate("", (4, 2.75), (x, 1.85), arrowprops=arrow)
    ax.text(
        4,
        3.05,
        r"$h = \tanh(e\,W + b_1)$",
        ha="center",
        va="center",
        fontsize=12,
        bbox=box | {"facecolor": "#ffe066"},
    )
    ax.annotate("", (4, 4.1), (4, 3.45), arrowprops=arrow)
    ax.text(
        4,
        4.4,
        r"$\hat y = \mathrm{softmax}(h\,U + b_2)$",
        ha="center",
        va="center",
        fontsize=12,
        bbox=box | {"facecolor": "#b7e4c7"},
    )
    for k, (word, share) in enumerate(
        (("books", 0.95), ("minds", 0.55), ("zoo", 0.1), ("a", 0.05))
    ):
        ax.add_patch(plt.Rectangle((2.1 + k, 5.1), 0.6, share, facecolor="#2a9d8f"))
        ax.text(2.4 + k, 4.97, word, ha="center", va="top", fontsize=8)
    for y, said in (
        (0, "words, as ids"),
        (1.5, "look up in E, side by side"),
        (3.05, "hidden layer"),
        (4.4, "output distribution"),
    ):
        ax.text(8.4, y, said, va="center", fontsize=10, color="0.35")
    plt.show()


draw_model()

# %% [markdown]
# **The text** of this homework is written by a small grammar: 146 words of simple English. A grammar
# has two advantages over real text. It needs no download. And we know exactly how good a model can
# become: no model in the world has a perplexity below 7.53 on it, in the long run.

# %% nbgrader={"grade": false, "grade_id": "text", "locked": true, "schema_version": 3, "solution": false, "task": false}
GRAMMAR = toy()
START, END = 0, 1
WORDS = ["<s>", "</s>", *GRAMMAR.words]
IDS = {word: number for number, word in enumerate(WORDS)}
V = len(WORDS)


def in_ids(sentences):
    """Lists of words as lists of ids."""
    return [[IDS[word] for word in sentence] for sentence in sentences]


TRAIN_WORDS = GRAMMAR.sample(5000, seed=1)
VALID_WORDS = GRAMMAR.sample(1000, seed=2)
TRAIN, VALID = in_ids(TRAIN_WORDS), in_ids(VALID_WORDS)

for sentence in TRAIN_WORDS[:6]:
    print(" ".join(sentence))
print(f"V = {V}; the best possible perplexity is {GRAMMAR.best_perplexity:.2f}")

# %% [markdown]
# # Part A. What goes in
#
# ## Exercise 1: `windows` (2 points, about 10 minutes)
#
# *Deck 2, Fixed-window Neural Language Model.* A window of $n - 1$ words moves over each sentence. It
# reads them, and predicts the one behind. As in hw1, $n - 1$ times `<s>` stands in front of a sentence
# and one `</s>` behind it, nothing crosses a sentence, and `</s>` is predicted like a word.
#
# **Worked example**: "the cat sat" with $n = 3$.
#
# | window | the | cat | sat | `</s>` |
# |:--|:--|:--|:--|:--|
# | `contexts` | `<s>` `<s>` | `<s>` the | the cat | cat sat |
# | `targets` | the | cat | sat | `</s>` |
#
# A sentence of $T$ words gives $T + 1$ windows.


# %% nbgrader={"grade": false, "grade_id": "windows", "locked": false, "schema_version": 3, "solution": true, "task": false}
def windows(sentences, n, start, end):
    """Every word of a text with the n - 1 words before it.

    sentences: a list of lists of ids, without marks
    n: words in a window and the one behind it, at least 2
    start, end: the ids of <s> and </s>

    Returns contexts (N, n - 1) and targets (N,), arrays, in the order of the text.
    """
    ### BEGIN SOLUTION
    contexts, targets = [], []
    for sentence in sentences:
        padded = [start] * (n - 1) + sentence + [end]
        for t in range(n - 1, len(padded)):
            contexts.append(padded[t - n + 1 : t])
            targets.append(padded[t])
    return np.array(contexts), np.array(targets)
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "windows_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("windows", windows)

# %% nbgrader={"grade": true, "grade_id": "windows_grade", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("windows", windows, points=2)

# %% [markdown]
# **Try it** on the worked example, with the ids the = 7, cat = 5, sat = 6, `<s>` = 0, `</s>` = 1.

# %%
print(*windows([[7, 5, 6]], 3, START, END), sep="\n")

# %% [markdown]
# ## Exercise 2: `embed` (2 points, about 10 minutes)
#
# *Deck 1: one-hot, embedding, concat.* Each word is looked up in $E$, and the embeddings of a window are
# put side by side, **the oldest word first**. (A one-hot row times $E$ is a row of $E$. So nobody
# multiplies: one takes the row.)
#
# **Worked example**: $V = 4$, $D = 2$, one window of three words: `contexts = [[1, 3, 1]]`.
#
# | word | 0 | 1 | 2 | 3 |
# |:--|:--|:--|:--|:--|
# | its row of $E$ | 0 0 | 1 2 | 3 4 | 5 6 |
#
# $$e = [\,\underbrace{1 \;\; 2}_{\text{word } 1} \;\; \underbrace{5 \;\; 6}_{\text{word } 3} \;\;
# \underbrace{1 \;\; 2}_{\text{word } 1}\,]$$


# %% nbgrader={"grade": false, "grade_id": "embed", "locked": false, "schema_version": 3, "solution": true, "task": false}
def embed(contexts, E):
    """The embeddings of each window, side by side.

    contexts: ids, (N, n - 1)
    E: embeddings, (V, D)

    Returns e, (N, (n - 1) D).
    """
    ### BEGIN SOLUTION
    return E[contexts].reshape(len(contexts), -1)
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "embed_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("embed", embed)

# %% nbgrader={"grade": true, "grade_id": "embed_grade", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("embed", embed, points=2)

# %% [markdown]
# # Part B. The model
#
# ## Exercise 3: `window_forward` (4 points, about 15 minutes)
#
# *Deck 2, Fixed-window Neural Language Model.*
#
# $$h = \tanh(e W + b_1) \qquad \hat y = \text{softmax}(h U + b_2) \qquad
# \text{softmax}(s)_w = \frac{\exp(s_w)}{\sum_{v} \exp(s_v)}$$
#
# Every row of $\hat y$ is a distribution over the $V$ words: it sums to one.
#
# **Worked example**: one window of one word, $D = H = 2$ and $V = 3$.
#
# | | | |
# |:--|:--|:--|
# | $e$ | $[1,\ 2]$ | |
# | $W$, $b_1$ | $\begin{bmatrix} 0.5 & -1 \\ 0 & 1 \end{bmatrix}$, $[0.5,\ -1]$ | |
# | $e W + b_1$ | $[0.5,\ 1] + [0.5,\ -1]$ | $= [1,\ 0]$ |
# | $h$ | $\tanh$ of it | $= [\mathbf{0.762},\ \mathbf{0}]$ |
# | $U$, $b_2$ | $\begin{bmatrix} 1 & 0 & -1 \\ 2 & 2 & 2 \end{bmatrix}$, $[0,\ 0,\ 0]$ | |
# | $s = h U + b_2$ | | $= [0.762,\ 0,\ -0.762]$ |
# | $\exp(s)$ | sum 3.609 | $= [2.142,\ 1,\ 0.467]$ |
# | $\hat y$ | | $= [\mathbf{0.593},\ \mathbf{0.277},\ \mathbf{0.129}]$ |
#
# **Mind large scores.** $\exp(1000)$ is `inf`, and `inf / inf` is not a number. A number that is
# subtracted from all scores of a row cancels in the fraction. Which one makes every exponent safe?


# %% nbgrader={"grade": false, "grade_id": "window_forward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def window_forward(contexts, E, W, b_1, U, b_2):
    """The hidden layer, and the probability of every word to be the next.

    contexts: ids, (N, n - 1)
    E: (V, D), W: ((n - 1) D, H), b_1: (H,), U: (H, V), b_2: (V,)

    Returns h (N, H) and y_hat (N, V), in this order.
    """
    ### BEGIN SOLUTION
    h = np.tanh(embed(contexts, E) @ W + b_1)
    s = h @ U + b_2
    exp_s = np.exp(s - s.max(axis=1, keepdims=True))
    return h, exp_s / exp_s.sum(axis=1, keepdims=True)
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "window_forward_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("window_forward", window_forward)

# %% nbgrader={"grade": true, "grade_id": "window_forward_grade", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
grade("window_forward", window_forward, points=4)

# %% [markdown]
# **Try it** on the worked example.


# %%
def small_model():
    embeddings = np.array([[0.0, 0], [1, 2], [3, 4]])
    hidden = np.array([[0.5, -1], [0, 1]]), np.array([0.5, -1])
    output = np.array([[1.0, 0, -1], [2, 2, 2]]), np.zeros(3)
    return embeddings, *hidden, *output


for name, value in zip(
    ("h    ", "y_hat"), window_forward(np.array([[1]]), *small_model()), strict=True
):
    print(name, value.round(3))

# %% [markdown]
# ## Exercise 4: `window_loss` (2 points, about 10 minutes)
#
# *Deck 2, $J(\theta)$.* The loss of one window is $-\log$ of the probability that the model gave to the
# word that came. $J$ is the mean over all $N$ windows, with natural logarithms:
#
# $$J = \frac{1}{N} \sum_{i=1}^{N} -\log \hat y_{i,\, \text{target}_i} \qquad\qquad
# \text{perplexity} = \exp(J)$$
#
# **Worked example**: the model of exercise 3 reads the same word twice. First word 0 comes, then word 2.
#
# | window | $\hat y$ | target | its probability | $-\log$ |
# |:--|:--|--:|--:|--:|
# | 1 | 0.593 0.277 0.129 | 0 | 0.593 | 0.522 |
# | 2 | 0.593 0.277 0.129 | 2 | 0.129 | 2.045 |
# | | | | mean: $J =$ | **1.283** |
#
# The perplexity is $\exp(1.283) = 3.61$: worse than guessing among three words, as word 2 was a surprise.


# %% nbgrader={"grade": false, "grade_id": "window_loss", "locked": false, "schema_version": 3, "solution": true, "task": false}
def window_loss(contexts, targets, E, W, b_1, U, b_2):
    """The mean cross entropy, in nats per word.

    contexts: ids of the words that are read, (N, n - 1)
    targets: ids of the words that came, (N,)
    E: (V, D), W: ((n - 1) D, H), b_1: (H,), U: (H, V), b_2: (V,)

    Returns J, one number.
    """
    ### BEGIN SOLUTION
    _, y_hat = window_forward(contexts, E, W, b_1, U, b_2)
    return -np.log(y_hat[np.arange(len(targets)), targets]).mean()
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "window_loss_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("window_loss", window_loss)

# %% nbgrader={"grade": true, "grade_id": "window_loss_grade", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("window_loss", window_loss, points=2)

# %%
print(f"J = {window_loss(np.array([[1], [1]]), np.array([0, 2]), *small_model()):.3f}")

# %% [markdown]
# ## Exercise 5: `embed_backward` (3 points, about 20 minutes)
#
# *Decks 1 and 2, Multivariable Chain Rule.* On the way back a gradient $\partial J / \partial e$ arrives
# at the embeddings, `de`. Each window used $n - 1$ rows of $E$. A row that was used twice gets **both**
# gradients: the chain rule sums over all places at which a parameter is used.
#
# **Worked example**: $V = 4$, $D = 2$, two windows of three words.
#
# | | first word | second word | third word |
# |:--|:--|:--|:--|
# | `contexts[0]` | 1 | 0 | 1 |
# | `de[0]` | 1 2 | 3 4 | 5 6 |
# | `contexts[1]` | 2 | 0 | 2 |
# | `de[1]` | 7 8 | 9 10 | 11 12 |
#
# | row of `dE` | from | |
# |:--|:--|:--|
# | 0 | (3 4) + (9 10) | **12 14** |
# | 1 | (1 2) + (5 6) | **6 8** |
# | 2 | (7 8) + (11 12) | **18 20** |
# | 3 | it does not come | **0 0** |
#
# **Beware:** `dE[contexts] += ...` does not add up. With an array of indices NumPy writes each row once,
# and the last one wins. A loop adds up, and so does `np.add.at`.


# %% nbgrader={"grade": false, "grade_id": "embed_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def embed_backward(de, contexts, V):
    """The gradient of the embeddings.

    de: gradient that arrives, (N, (n - 1) D)
    contexts: ids, (N, n - 1)
    V: rows of E

    Returns dE, (V, D).
    """
    ### BEGIN SOLUTION
    D = de.shape[1] // contexts.shape[1]
    dE = np.zeros((V, D))
    np.add.at(dE, contexts, de.reshape(*contexts.shape, D))
    return dE
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "embed_backward_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("embed_backward", embed_backward)

# %% nbgrader={"grade": true, "grade_id": "embed_backward_grade", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
grade("embed_backward", embed_backward, points=3)

# %%
print(embed_backward(np.arange(1.0, 13).reshape(2, 6), np.array([[1, 0, 1], [2, 0, 2]]), 4))

# %% [markdown]
# ## Exercise 6: `window_backward` (5 points, about 30 minutes)
#
# All gradients of $J$. Go from the loss back to the words. Softmax and cross entropy together have a
# gradient that is simpler than either's: what the model said, minus what came. With $y$ the one-hot
# targets, $s = hU + b_2$ and $a = eW + b_1$:
#
# | from | to | |
# |:--|:--|:--|
# | the loss | the scores | $\frac{\partial J}{\partial s} = \frac{1}{N} (\hat y - y)$ |
# | the scores | $U$, $b_2$, $h$ | $\frac{\partial J}{\partial U} = h^\top \frac{\partial J}{\partial s}$, $\quad \frac{\partial J}{\partial b_2} = \sum_{i} \frac{\partial J}{\partial s_i}$, $\quad \frac{\partial J}{\partial h} = \frac{\partial J}{\partial s} U^\top$ |
# | $h$ | before $\tanh$ | $\frac{\partial J}{\partial a} = \frac{\partial J}{\partial h} \odot (1 - h \odot h)$ |
# | before $\tanh$ | $W$, $b_1$, $e$ | as from the scores |
# | $e$ | $E$ | exercise 5 |
#
# **Worked example**: the second window of exercise 4 alone, $N = 1$, target 2.
#
# | | |
# |:--|:--|
# | $\partial J / \partial s$ | $[0.593,\ 0.277,\ 0.129 - 1] = [0.593,\ 0.277,\ -0.871]$ |
# | $\partial J / \partial h$ | $[0.593 + 0.871,\ 2 \cdot 0] = [1.464,\ 0]$ |
# | $\partial J / \partial a$ | $[1.464 \cdot (1 - 0.762^2),\ 0] = [\mathbf{0.615},\ \mathbf{0}]$, which is also $\partial J / \partial b_1$ |
#
# The sum over a row of $\partial J / \partial s$ is always zero: what one word gains, others lose.


# %% nbgrader={"grade": false, "grade_id": "window_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def window_backward(contexts, targets, E, W, b_1, U, b_2):
    """The gradients of window_loss.

    contexts: ids of the words that are read, (N, n - 1)
    targets: ids of the words that came, (N,)
    E: (V, D), W: ((n - 1) D, H), b_1: (H,), U: (H, V), b_2: (V,)

    Returns dE, dW, db_1, dU, db_2, in this order, each of the shape of its weight.
    """
    ### BEGIN SOLUTION
    N = len(targets)
    h, y_hat = window_forward(contexts, E, W, b_1, U, b_2)
    ds = y_hat.copy()
    ds[np.arange(N), targets] -= 1
    ds /= N
    dU, db_2 = h.T @ ds, ds.sum(axis=0)
    da = (ds @ U.T) * (1 - h**2)
    dW, db_1 = embed(contexts, E).T @ da, da.sum(axis=0)
    dE = embed_backward(da @ W.T, contexts, len(E))
    return dE, dW, db_1, dU, db_2
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "window_backward_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("window_backward", window_backward)

# %% nbgrader={"grade": true, "grade_id": "window_backward_grade", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
grade("window_backward", window_backward, points=5)

# %% [markdown]
# **See it: are the gradients right?** Move one weight a little to either side and look at how much $J$
# changes: $\frac{J(w + \epsilon) - J(w - \epsilon)}{2 \epsilon}$. It has to be the gradient.


# %%
def gradient_check():
    rng = np.random.default_rng(0)
    shapes = (6, 4), (3 * 4, 5), (5,), (5, 6), (6,)
    weights = [rng.standard_normal(shape) for shape in shapes]
    contexts, targets = rng.integers(6, size=(8, 3)), rng.integers(6, size=8)
    gradients = window_backward(contexts, targets, *weights)
    for name, w, gradient in zip(("E", "W", "b_1", "U", "b_2"), weights, gradients, strict=True):
        place = tuple(rng.integers(size) for size in w.shape)
        kept, losses = w[place], []
        for moved in (kept + 1e-5, kept - 1e-5):
            w[place] = moved
            losses.append(window_loss(contexts, targets, *weights))
        w[place] = kept
        print(
            f"{name:3}  yours {gradient[place]:+.8f}   measured {(losses[0] - losses[1]) / 2e-5:+.8f}"
        )


gradient_check()

# %% [markdown]
# # Part C. How to begin
#
# *Deck 2, Parameter initialization.* If all weights begin with the same value, all hidden units compute
# the same and learn the same for ever. So they begin with random numbers. But how large?
#
# A unit adds up $n_{in}$ products. If inputs and weights are independent with mean 0,
#
# $$\text{Var}(\text{output}) = n_{in} \, \text{Var}(W) \, \text{Var}(\text{input})$$
#
# On the way forward the variance stays if $\text{Var}(W) = 1 / n_{in}$. On the way back a unit adds up
# $n_{out}$ gradients, and the same thought asks for $1 / n_{out}$. Xavier Glorot takes the mean of both
# sizes:
#
# $$\text{Var}(W_i) = \frac{2}{n_{in} + n_{out}}$$
#
# ## Exercise 7: `xavier_normal` (2 points, about 10 minutes)
#
# You get standard normal random numbers `z` (mean 0, variance **1**) of shape $(n_{in}, n_{out})$. Make
# weights of deck 2's variance of them.
#
# **Worked example**: $n_{in} = 3$, $n_{out} = 5$. Then $\text{Var}(W) = 2/8 = 0.25$. If $z$ has variance 1,
# $c\,z$ has variance $c^2$. So $z = 1.6$ becomes $W = 0.5 \cdot 1.6 = 0.8$.


# %% nbgrader={"grade": false, "grade_id": "xavier_normal", "locked": false, "schema_version": 3, "solution": true, "task": false}
def xavier_normal(z):
    """Normally distributed weights.

    z: standard normal random numbers, (n_in, n_out)

    Returns W, (n_in, n_out), a multiple of z.
    """
    ### BEGIN SOLUTION
    n_in, n_out = z.shape
    return np.sqrt(2 / (n_in + n_out)) * z
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "xavier_normal_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("xavier_normal", xavier_normal)

# %% nbgrader={"grade": true, "grade_id": "xavier_normal_grade", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("xavier_normal", xavier_normal, points=2)

# %% [markdown]
# ## Exercise 8: `xavier_uniform` (2 points, about 10 minutes)
#
# The same variance, with uniform random numbers: this is what Keras does (`glorot_uniform`). On the
# interval from $-a$ to $a$ the variance is $a^2 / 3$. Set it equal to deck 2's and solve for $a$.
#
# You get numbers `u` between 0 and 1. The number 0 becomes $-a$, the number 1 would become $a$.
#
# **Worked example**: $n_{in} = 2$, $n_{out} = 4$. Then $a^2 / 3 = 2/6$ and $a = 1$.
#
# | $u$ | 0 | 0.25 | 0.5 | 0.75 |
# |:--|--:|--:|--:|--:|
# | $W$ | -1 | -0.5 | 0 | 0.5 |


# %% nbgrader={"grade": false, "grade_id": "xavier_uniform", "locked": false, "schema_version": 3, "solution": true, "task": false}
def xavier_uniform(u):
    """Uniformly distributed weights.

    u: random numbers between 0 and 1, (n_in, n_out)

    Returns W, (n_in, n_out), between -a and a.
    """
    ### BEGIN SOLUTION
    n_in, n_out = u.shape
    a = np.sqrt(6 / (n_in + n_out))
    return a * (2 * u - 1)
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "xavier_uniform_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("xavier_uniform", xavier_uniform)

# %% nbgrader={"grade": true, "grade_id": "xavier_uniform_grade", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("xavier_uniform", xavier_uniform, points=2)

# %% [markdown]
# **See it.** Is the variance right? And what becomes of a signal in ten $\tanh$ layers if the weights
# begin ten times too small, or five times too large?


# %%
# @title Ten layers with your weights
def show_initialisation(n=200, layers=10):
    rng = np.random.default_rng(0)
    for name, W in (
        ("normal", xavier_normal(rng.standard_normal((300, 100)))),
        ("uniform", xavier_uniform(rng.random((300, 100)))),
    ):
        print(f"{name:8} variance {W.var():.6f}, and 2 / (300 + 100) is {2 / 400:.6f}")
    x = rng.standard_normal((500, n))
    fig, axes = plt.subplots(1, 3, figsize=(11, 3.2))
    for factor, style, name in (
        (0.1, ":", "10 times too small"),
        (1, "-", "Xavier"),
        (5, "--", "5 times too large"),
    ):
        h, weights, states = x, [], []
        for _ in range(layers):
            weights.append(factor * xavier_normal(rng.standard_normal((n, n))))
            h = np.tanh(h @ weights[-1])
            states.append(h)
        g, norms = rng.standard_normal(h.shape), []
        for W, h in zip(reversed(weights), reversed(states), strict=True):
            g = (g * (1 - h**2)) @ W.T
            norms.append(g.std())
        axes[0].semilogy(range(1, layers + 1), [h.std() for h in states], style, label=name)
        axes[1].semilogy(range(layers, 0, -1), norms, style, label=name)
        axes[2].hist(
            states[-1].ravel(),
            bins=50,
            range=(-1, 1),
            density=True,
            histtype="step",
            linestyle=style,
            label=name,
        )
    axes[0].set(title="Forward: size of h", xlabel="layer", ylabel="standard deviation")
    axes[1].set(title="Backward: size of the gradient", xlabel="layer")
    axes[2].set(title=f"Values of h in layer {layers}", xlabel="h", ylim=(0, 8))
    axes[0].legend(fontsize=8)
    for ax in axes:
        ax.grid(alpha=0.3)
    plt.tight_layout()
    plt.show()


show_initialisation()

# %% [markdown]
# * **Too small**: the signal is divided by ten in every layer. At the end all inputs look alike, and so
#   hardly any gradient comes back.
# * **Too large**: $\tanh$ is saturated. Nearly all $h$ are $-1$ or $1$, where its slope is zero: look at
#   the histogram. Only the few units between pass a gradient on, and through weights that are five
#   times too large: on the way back it explodes. (hw3 meets both again, over time.)
# * **Xavier**: forward and backward the size stays nearly the same. ($\tanh$ takes a little in every
#   layer: its slope is below one.)
#
# # Part D. How not to overfit
#
# *Deck 2, Dropout.* In training every hidden unit is set to 0 with probability $p$, anew for each window
# and each update. No unit can rely on another one to be there.
#
# At test time nothing is dropped. Then the next layer gets more than it is used to. There are two ways
# to make up for that:
#
# | | in training | at test time |
# |:--|:--|:--|
# | deck 2 | $\text{mask} \odot x$ | $(1 - p)\, x$ |
# | **inverted dropout**, ours and Keras's | $\dfrac{\text{mask} \odot x}{1 - p}$ | $x$ |
#
# A unit stays with probability $1 - p$. So $E[\text{mask}] = 1 - p$, and in expectation both are right:
# $E[\text{mask} \odot x] = (1 - p)\,x$, and $E[\text{mask} \odot x / (1 - p)] = x$.
#
# ## Exercise 9: `dropout` (3 points, about 10 minutes)
#
# You get random numbers `u` between 0 and 1, one for each unit. **A unit with $u < p$ is dropped**; that
# happens with probability $p$.
#
# **Worked example**: $p = 0.25$, so what stays is multiplied by $1 / 0.75 = 4/3$.
#
# | | unit 1 | unit 2 | unit 3 |
# |:--|--:|--:|--:|
# | $x$ | 3 | 6 | -9 |
# | $u$ | 0.1 | 0.25 | 0.9 |
# | stays? | no | yes | yes |
# | $y$ in training | **0** | **8** | **-12** |
# | $y$ at test time | 3 | 6 | -9 |


# %% nbgrader={"grade": false, "grade_id": "dropout", "locked": false, "schema_version": 3, "solution": true, "task": false}
def dropout(x, u, p, training):
    """Inverted dropout.

    x: hidden units, (N, H)
    u: random numbers between 0 and 1, (N, H)
    p: the share that is dropped, 0 <= p < 1
    training: True in training, False at test time

    Returns y, (N, H).
    """
    ### BEGIN SOLUTION
    if not training:
        return x
    mask = u >= p
    return mask * x / (1 - p)
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "dropout_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("dropout", dropout)

# %% nbgrader={"grade": true, "grade_id": "dropout_grade", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
grade("dropout", dropout, points=3)

# %% [markdown]
# ## Exercise 10: `dropout_backward` (2 points, about 10 minutes)
#
# A unit that was dropped has not changed the loss. One that stayed was multiplied by a number. What is
# $\partial J / \partial x$, if $\partial J / \partial y$ arrives?
#
# **Worked example**: the mask of exercise 9, and `dy = [6, 6, 6]`. The answer is **`[0, 8, 8]`**.


# %% nbgrader={"grade": false, "grade_id": "dropout_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def dropout_backward(dy, u, p):
    """The gradient through dropout.

    dy: gradient that arrives, (N, H)
    u: the random numbers of the way forward, (N, H)
    p: the share that is dropped

    Returns dx, (N, H).
    """
    ### BEGIN SOLUTION
    return (u >= p) * dy / (1 - p)
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "dropout_backward_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("dropout_backward", dropout_backward)

# %% nbgrader={"grade": true, "grade_id": "dropout_backward_grade", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("dropout_backward", dropout_backward, points=2)

# %% [markdown]
# **See it: both ways agree in expectation.** A small layer with four inputs $x$ and weights $w$ is asked
# again and again with a new mask, as in deck 2's pictures. On average inverted dropout gives what the
# network gives at test time. Without the factor the average is what deck 2 gives at test time.


# %%
# @title The mean over many masks
def show_expectation(p=0.4, masks=3000):
    rng = np.random.default_rng(1)
    x, w = np.array([[1.0, 2.0, -1.0, 3.0]]), np.array([0.5, 1.0, -1.0, 0.5])
    ours, deck_2 = [], []
    for _ in range(masks):
        y = dropout(x, rng.random(x.shape), p, training=True)
        ours.append((y @ w)[0])
        deck_2.append(((1 - p) * y @ w)[0])
    counts = np.arange(1, masks + 1)
    plt.figure(figsize=(7.5, 3.4))
    for name, values, test, colour in (
        ("inverted: mask x / (1 - p)", ours, (dropout(x, x, p, training=False) @ w)[0], "tab:blue"),
        ("deck 2: mask x", deck_2, ((1 - p) * x @ w)[0], "tab:orange"),
    ):
        plt.plot(counts, np.cumsum(values) / counts, color=colour, label=name)
        plt.axhline(test, color=colour, linestyle="--", label=f"at test time: {test:.2f}")
    plt.xscale("log")
    plt.xlabel("masks")
    plt.ylabel("mean of the output so far")
    plt.title(f"Dropout with p = {p}, in expectation")
    plt.legend(fontsize=8)
    plt.grid(alpha=0.3)
    plt.tight_layout()
    plt.show()


show_expectation()

# %% [markdown]
# # Part E. How to go downhill
#
# *Deck 2, Optimizer.* All of these go downhill along the gradient $g$. They differ in how far, and in
# what they remember. Each function gets weights $w$ and a gradient $g$ of the same shape, what the
# optimiser remembers, and its settings. It returns the **new** weights and the new memory.
#
# All worked examples take $w = 1$, $g = 2$ and the learning rate 0.1.
#
# ## Exercise 11: `sgd_update` (2 points, about 5 minutes)
#
# Stochastic gradient descent: $w \leftarrow w - \text{rate} \cdot g$.
#
# **Worked example**: $1 - 0.1 \cdot 2 = \mathbf{0.8}$.


# %% nbgrader={"grade": false, "grade_id": "sgd_update", "locked": false, "schema_version": 3, "solution": true, "task": false}
def sgd_update(w, g, rate):
    """One step of gradient descent.

    w, g: weights and gradient, any shape
    rate: the learning rate

    Returns the new w.
    """
    ### BEGIN SOLUTION
    return w - rate * g
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "sgd_update_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("sgd_update", sgd_update)

# %% nbgrader={"grade": true, "grade_id": "sgd_update_grade", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("sgd_update", sgd_update, points=2)

# %% [markdown]
# ## Exercise 12: `momentum_update` (2 points, about 10 minutes)
#
# A ball rolls downhill and does not stop at once. Where gradients keep their direction it gets faster,
# where they change it they cancel.
#
# $$v \leftarrow \beta v + g \qquad\qquad w \leftarrow w - \text{rate} \cdot v$$
#
# **Worked example**: $v = 3$, $\beta = 0.9$. New $v = 0.9 \cdot 3 + 2 = \mathbf{4.7}$, new
# $w = 1 - 0.1 \cdot 4.7 = \mathbf{0.53}$. (Keras has the rate and the minus sign in its $v$. We do not.)


# %% nbgrader={"grade": false, "grade_id": "momentum_update", "locked": false, "schema_version": 3, "solution": true, "task": false}
def momentum_update(w, v, g, rate, beta):
    """One step with momentum.

    w, v, g: weights, velocity and gradient, of one shape; v is zero before the first update
    rate: the learning rate
    beta: what is kept of the velocity

    Returns the new w and v.
    """
    ### BEGIN SOLUTION
    v = beta * v + g
    return w - rate * v, v
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "momentum_update_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("momentum_update", momentum_update)

# %% nbgrader={"grade": true, "grade_id": "momentum_update_grade", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("momentum_update", momentum_update, points=2)

# %% [markdown]
# ## Exercise 13: `adagrad_update` (2 points, about 10 minutes)
#
# Deck 2: *simplest member of the family, but tends to "stall early"*. Every weight has a learning rate
# of its own: it is divided by how large its gradients have been so far. Rare words have few gradients,
# and so make large steps.
#
# $$s \leftarrow s + g \odot g \qquad\qquad w \leftarrow w - \text{rate} \, \frac{g}{\sqrt{s} + \epsilon}$$
#
# $\epsilon$ is tiny. It is there for words that have not come yet: without it they would get $0 / 0$.
#
# **Worked example**: $s = 5$. New $s = 5 + 4 = \mathbf{9}$, new
# $w = 1 - 0.1 \cdot 2 / 3 = \mathbf{0.933}$. As $s$ can only grow, the steps can only shrink: that is why
# it stalls.


# %% nbgrader={"grade": false, "grade_id": "adagrad_update", "locked": false, "schema_version": 3, "solution": true, "task": false}
def adagrad_update(w, s, g, rate, epsilon):
    """One step of Adagrad.

    w, s, g: weights, sum of squared gradients and gradient, of one shape
    rate: the learning rate
    epsilon: added to the root

    Returns the new w and s.
    """
    ### BEGIN SOLUTION
    s = s + g**2
    return w - rate * g / (np.sqrt(s) + epsilon), s
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "adagrad_update_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("adagrad_update", adagrad_update)

# %% nbgrader={"grade": true, "grade_id": "adagrad_update_grade", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("adagrad_update", adagrad_update, points=2)

# %% [markdown]
# ## Exercise 14: `rmsprop_update` (2 points, about 10 minutes)
#
# RMSprop forgets. The sum becomes a running mean: Root of the Mean of Squares.
#
# $$s \leftarrow \rho\, s + (1 - \rho)\, g \odot g \qquad\qquad
# w \leftarrow w - \text{rate} \, \frac{g}{\sqrt{s} + \epsilon}$$
#
# **Worked example**: $s = 9$, $\rho = 0.9$. New $s = 0.9 \cdot 9 + 0.1 \cdot 4 = \mathbf{8.5}$, new
# $w = 1 - 0.1 \cdot 2 / 2.915 = \mathbf{0.931}$.


# %% nbgrader={"grade": false, "grade_id": "rmsprop_update", "locked": false, "schema_version": 3, "solution": true, "task": false}
def rmsprop_update(w, s, g, rate, rho, epsilon):
    """One step of RMSprop.

    w, s, g: weights, running mean of squared gradients and gradient, of one shape
    rate: the learning rate
    rho: what is kept of the old mean
    epsilon: added to the root

    Returns the new w and s.
    """
    ### BEGIN SOLUTION
    s = rho * s + (1 - rho) * g**2
    return w - rate * g / (np.sqrt(s) + epsilon), s
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "rmsprop_update_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("rmsprop_update", rmsprop_update)

# %% nbgrader={"grade": true, "grade_id": "rmsprop_update_grade", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("rmsprop_update", rmsprop_update, points=2)

# %% [markdown]
# ## Exercise 15: `adam_update` (4 points, about 15 minutes)
#
# Deck 2: *a fairly good, safe place to begin in many cases*. Adam is momentum (a running mean $m$ of the
# gradients) over RMSprop (a running mean $s$ of their squares):
#
# $$m \leftarrow \beta_1 m + (1 - \beta_1)\, g \qquad\qquad s \leftarrow \beta_2 s + (1 - \beta_2)\, g \odot g$$
#
# Both begin with zero, and so they are too small at first. After $t$ updates the share of that zero in
# them is $\beta^t$. The **bias correction** takes it out:
#
# $$\hat m = \frac{m}{1 - \beta_1^t} \qquad \hat s = \frac{s}{1 - \beta_2^t} \qquad\qquad
# w \leftarrow w - \text{rate} \, \frac{\hat m}{\sqrt{\hat s} + \epsilon}$$
#
# The number $t$ of the first update is 1. What is remembered is $m$ and $s$, **without** the correction.
#
# **Worked example**: the first update, $\beta_1 = 0.9$, $\beta_2 = 0.999$.
#
# | | $m$ | $s$ | $\hat m$ | $\hat s$ | step | new $w$ |
# |:--|--:|--:|--:|--:|--:|--:|
# | with correction | **0.2** | **0.004** | 2 | 4 | $0.1 \cdot 2/2 = 0.1$ | **0.9** |
# | without | 0.2 | 0.004 | | | $0.1 \cdot 0.2 / 0.063 = 0.316$ | 0.684 |
#
# Without the correction the first step would be three times too long.


# %% nbgrader={"grade": false, "grade_id": "adam_update", "locked": false, "schema_version": 3, "solution": true, "task": false}
def adam_update(w, m, s, g, t, rate, beta_1, beta_2, epsilon):
    """One step of Adam.

    w, m, s, g: weights, running means of gradients and of their squares, gradient, of one shape
    t: number of this update; the first is 1
    rate: the learning rate
    beta_1, beta_2: what is kept of m and of s
    epsilon: added to the root

    Returns the new w, m and s.
    """
    ### BEGIN SOLUTION
    m = beta_1 * m + (1 - beta_1) * g
    s = beta_2 * s + (1 - beta_2) * g**2
    m_hat = m / (1 - beta_1**t)
    s_hat = s / (1 - beta_2**t)
    return w - rate * m_hat / (np.sqrt(s_hat) + epsilon), m, s
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "adam_update_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("adam_update", adam_update)

# %% nbgrader={"grade": true, "grade_id": "adam_update_grade", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
grade("adam_update", adam_update, points=4)

# %% [markdown]
# ## Exercise 16: `adamw_update` (2 points, about 10 minutes)
#
# Small weights generalise better, and so one draws them towards zero. If the decay is added to the
# gradient, Adam divides it by $\sqrt{\hat s}$ like all else, and weights with large gradients hardly
# decay. AdamW keeps it out of that (*decoupled* weight decay): a step of Adam, and beside it, **from the
# same $w$**, a step of $\text{rate} \cdot \text{decay} \cdot w$ towards zero. $m$ and $s$ know nothing of it.
#
# **Worked example**: as in exercise 15, with decay 0.5. New
# $w = 0.9 - 0.1 \cdot 0.5 \cdot 1 = \mathbf{0.85}$.


# %% nbgrader={"grade": false, "grade_id": "adamw_update", "locked": false, "schema_version": 3, "solution": true, "task": false}
def adamw_update(w, m, s, g, t, rate, beta_1, beta_2, epsilon, decay):
    """One step of AdamW.

    w, m, s, g, t, rate, beta_1, beta_2, epsilon: as in adam_update
    decay: the strength of the decay

    Returns the new w, m and s.
    """
    ### BEGIN SOLUTION
    stepped, m, s = adam_update(w, m, s, g, t, rate, beta_1, beta_2, epsilon)
    return stepped - rate * decay * w, m, s
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "adamw_update_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("adamw_update", adamw_update)

# %% nbgrader={"grade": true, "grade_id": "adamw_update_grade", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("adamw_update", adamw_update, points=2)

# %% [markdown]
# **See it: a narrow valley.** $J(w) = \frac{1}{2}(w_1^2 + 50\, w_2^2)$ is steep across and gentle along.
# All begin at the same point. How far do they come in 80 updates?


# %%
# @title Five optimisers in a valley
def optimisers():
    """By name: an update (w, memory, g, t) -> (w, memory), and how many memories it has."""
    return {
        "SGD": (lambda w, s, g, t: (sgd_update(w, g, 0.037), s), 0),
        "momentum": (lambda w, s, g, t: pack(momentum_update(w, *s, g, 0.01, 0.9)), 1),
        "Adagrad": (lambda w, s, g, t: pack(adagrad_update(w, *s, g, 0.3, 1e-8)), 1),
        "RMSprop": (lambda w, s, g, t: pack(rmsprop_update(w, *s, g, 0.06, 0.9, 1e-8)), 1),
        "Adam": (lambda w, s, g, t: pack(adam_update(w, *s, g, t, 0.15, 0.9, 0.99, 1e-8)), 2),
    }


def pack(updated):
    w, *memory = updated
    return w, memory


def show_valley(updates=80):
    steep = np.array([1.0, 50.0])
    fig, (left, right) = plt.subplots(1, 2, figsize=(11, 3.8), width_ratios=(1.4, 1))
    x, y = np.meshgrid(np.linspace(-3.4, 1.2, 100), np.linspace(-0.8, 1.1, 100))
    left.contour(x, y, (x**2 + 50 * y**2) / 2, levels=np.logspace(-1.5, 1.5, 10), colors="0.8")
    for name, (update, memories) in optimisers().items():
        w, memory, path = np.array([-3.0, 0.8]), [np.zeros(2)] * memories, []
        for t in range(1, updates + 2):
            path.append(w)
            w, memory = update(w, memory, steep * w, t)
        path = np.array(path)
        left.plot(*path.T, ".-", lw=1, ms=3, label=name)
        right.semilogy((steep * path**2).sum(axis=1) / 2, label=name)
    left.plot(0, 0, "k*", ms=10)
    left.set(title="The way (star: the minimum)", xlabel="$w_1$", ylabel="$w_2$")
    right.set(title="The height", xlabel="updates", ylabel="J")
    right.legend(fontsize=8)
    right.grid(alpha=0.3)
    plt.tight_layout()
    plt.show()


show_valley()

# %% [markdown]
# SGD jumps from side to side, and its rate cannot be larger, or it would jump out: $2/50 = 0.04$ is the
# limit. Along the valley it is slow. Momentum swings, and is fast. Adagrad and RMSprop divide by the size
# of the gradient, weight by weight: to them the valley is round, and they go straight for the star. But
# Adagrad's steps become shorter and shorter. RMSprop's do not, and so it trembles around the star in the
# end: $g / \sqrt{s}$ is of size 1 even where $g$ is tiny. Adam has both, momentum and the division.
#
# **See it: your model, with your gradients and your optimisers**, on the first 1,000 sentences. Everything
# that you wrote so far is at work here.


# %%
# @title Train with each optimiser (takes a few seconds)
def train_by_hand(update, memories, contexts, targets, D=12, H=32, batch=256, epochs=2):
    """Returns the loss of every batch before its update, and the weights."""
    rng = np.random.default_rng(3)
    shapes = (V, D), (contexts.shape[1] * D, H), (H, V)
    embeddings, hidden, output = (xavier_uniform(rng.random(shape)) for shape in shapes)
    weights = [embeddings, hidden, np.zeros(H), output, np.zeros(V)]
    memory, losses = [[np.zeros_like(w)] * memories for w in weights], []
    for _ in range(epochs):
        for rows in np.array_split(rng.permutation(len(targets)), len(targets) // batch):
            losses.append(window_loss(contexts[rows], targets[rows], *weights))
            gradients = window_backward(contexts[rows], targets[rows], *weights)
            for i, g in enumerate(gradients):
                weights[i], memory[i] = update(weights[i], memory[i], g, len(losses))
    return losses, weights


def show_training():
    contexts, targets = windows(TRAIN[:1000], 5, START, END)
    unseen = windows(VALID, 5, START, END)
    updates = {
        "SGD, rate 0.5": (lambda w, s, g, t: (sgd_update(w, g, 0.5), s), 0),
        "momentum, 0.2": (lambda w, s, g, t: pack(momentum_update(w, *s, g, 0.2, 0.9)), 1),
        "Adagrad, 0.1": (lambda w, s, g, t: pack(adagrad_update(w, *s, g, 0.1, 1e-8)), 1),
        "RMSprop, 0.01": (lambda w, s, g, t: pack(rmsprop_update(w, *s, g, 0.01, 0.9, 1e-8)), 1),
        "Adam, 0.01": (
            lambda w, s, g, t: pack(adam_update(w, *s, g, t, 0.01, 0.9, 0.999, 1e-8)),
            2,
        ),
    }
    plt.figure(figsize=(8, 3.8))
    for name, (update, memories) in updates.items():
        losses, weights = train_by_hand(update, memories, contexts, targets)
        perplexity = np.exp(window_loss(*unseen, *weights))
        smooth = np.convolve(losses, np.ones(8) / 8, mode="valid")
        plt.plot(
            np.arange(8, 8 + len(smooth)), smooth, label=f"{name}: perplexity {perplexity:.1f}"
        )
    plt.axhline(
        np.log(GRAMMAR.best_perplexity), color="0.6", linestyle=":", label="the best possible"
    )
    plt.xlabel("updates")
    plt.ylabel("J (mean of 8 batches)")
    plt.title("Two epochs; the perplexity is that on 1,000 unseen sentences")
    plt.legend(fontsize=8)
    plt.grid(alpha=0.3)
    plt.tight_layout()
    plt.show()


show_training()

# %% [markdown]
# All of them get a learning rate that suits them. SGD and momentum move every row of $E$ by its gradient,
# and the row of a rare word has hardly any. The others divide by its size, and a rare word learns as fast
# as "the". Adagrad is ahead here because the training is short. RMSprop and Adam come closer the longer it
# goes on, and Adam's usual settings are good for nearly everything: deck 2's *safe place to begin*.
#
# # Part F. The same in Keras
#
# ## Exercise 17: `next_word_probabilities` (6 points, about 25 minutes)
#
# *Deck 1, Evaluating LM.* Now you build the same model with Keras, train it on all 5,000 sentences, and it
# is **measured on sentences that nobody has seen**. The course sends your function 8,000 windows of four
# words each ($n = 5$) from new sentences of the grammar, in random order. You return a distribution over
# the $V = 148$ ids for each. The words that came next stay with the course. It checks that every
# row sums to one, and computes the perplexity itself.
#
# | perplexity | | points |
# |--:|:--|:--|
# | 148 | guessing among all ids | 0 |
# | 15 or more | | 0 |
# | between | the lower, the more | a share of 6 |
# | 11.3 | Kneser-Ney trigrams, the best n-grams of hw1 on these 5,000 sentences | 4.9 |
# | **10.5 or less** | | **6** |
# | about 9.3 | this model after a few seconds of training | 6 |
# | 7.5 | the grammar itself: nothing can be better | |
#
# First, `train_model` (no points of its own): the five lines of the lecture's model.
#
# | layer | does | in Keras |
# |:--|:--|:--|
# | 1 | look up | `keras.layers.Embedding(V, D)` |
# | 2 | side by side | `keras.layers.Flatten()` |
# | 3 | $\tanh(eW + b_1)$ | `keras.layers.Dense(H, activation="tanh")` |
# | (4) | dropout, if you like | `keras.layers.Dropout(p)` |
# | 5 | $\text{softmax}(hU + b_2)$ | `keras.layers.Dense(V, activation="softmax")` |
#
# `keras.Sequential([...])` stacks them. `compile(optimizer=..., loss="sparse_categorical_crossentropy")`
# names an optimiser (`keras.optimizers.Adam(0.005)`) and the loss of exercise 4 for targets that are ids.
# `fit(contexts, targets, batch_size=256, epochs=...)` trains. $D = 16$, $H = 64$ and three or four epochs
# are enough.


# %% nbgrader={"grade": false, "grade_id": "train_model", "locked": false, "schema_version": 3, "solution": true, "task": false}
def train_model(contexts, targets):
    """Build and train the fixed-window model.

    contexts: ids of the words that are read, (N, 4)
    targets: ids of the words that came, (N,)

    Returns the trained Keras model: from ids (N, 4) to probabilities (N, V).
    """
    ### BEGIN SOLUTION
    model = keras.Sequential(
        [
            keras.Input((contexts.shape[1],), dtype="int32"),
            keras.layers.Embedding(V, 16),
            keras.layers.Flatten(),
            keras.layers.Dense(64, activation="tanh"),
            keras.layers.Dense(V, activation="softmax"),
        ]
    )
    model.compile(optimizer=keras.optimizers.Adam(0.005), loss="sparse_categorical_crossentropy")
    model.fit(contexts, targets, batch_size=256, epochs=3, verbose=0)
    return model
    ### END SOLUTION


# %% [markdown]
# Train it. (`windows` is yours: what it gets wrong the model learns wrong. Here its `check` pays off.)

# %%
import keras

keras.utils.set_random_seed(0)
MODEL = train_model(*windows(TRAIN, 5, START, END))


# %% nbgrader={"grade": false, "grade_id": "next_word_probabilities", "locked": false, "schema_version": 3, "solution": true, "task": false}
def next_word_probabilities(contexts):
    """What your trained MODEL says.

    contexts: ids of the four words before, (N, 4)

    Returns the probability of every id to be the next, (N, V), an array; every row sums to one.
    """
    ### BEGIN SOLUTION
    return MODEL.predict(contexts, batch_size=1024, verbose=0)
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "next_word_probabilities_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("next_word_probabilities", next_word_probabilities)

# %% nbgrader={"grade": true, "grade_id": "next_word_probabilities_grade", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
grade("next_word_probabilities", next_word_probabilities, points=6)

# %% [markdown]
# **See it: is Keras's model yours?** Take its weights out and put them into your `window_forward`. Then
# compare with the n-grams of hw1 (Kneser-Ney, from the course's library) and with the grammar.


# %%
# @title Your model, n-grams, and the best possible
def kneser_ney_perplexity():
    """Of trigrams with Kneser-Ney smoothing, from lmkit.ngram."""
    if importlib.util.find_spec("lmkit.ngram") is None:  # it is closed where the course grades
        return 11.28
    from lmkit.metrics import perplexity
    from lmkit.ngram import KneserNey

    model = KneserNey(3)
    model.fit_sentences(TRAIN_WORDS)
    return perplexity(model.log_probabilities(VALID_WORDS))


def show_perplexities():
    contexts, targets = windows(VALID, 5, START, END)
    keras_says = next_word_probabilities(contexts)
    _, yours_says = window_forward(contexts, *MODEL.get_weights())
    print(
        f"largest difference between Keras and your window_forward: {abs(keras_says - yours_says).max():.1e}"
    )
    mine = np.exp(-np.log(keras_says[np.arange(len(targets)), targets]).mean())
    rows = {
        "the grammar itself": GRAMMAR.best_perplexity,
        "your neural model, n = 5": mine,
        "Kneser-Ney, n = 3": kneser_ney_perplexity(),
        "guessing among V ids": V,
    }
    plt.figure(figsize=(7.5, 2.4))
    bars = plt.barh(list(rows), list(rows.values()), color=["0.6", "tab:blue", "tab:orange", "0.8"])
    plt.bar_label(bars, fmt="%.2f", padding=3)
    plt.xscale("log")
    plt.xlim(5, 300)
    plt.xlabel("perplexity on 1,000 unseen sentences (log scale)")
    plt.gca().invert_yaxis()
    plt.tight_layout()
    plt.show()


show_perplexities()

# %% [markdown]
# Why does it win? To the n-gram "the dog sees" and "the cat sees" have nothing in common: what it learned
# of one it does not know of the other. The network has put both words at places of their own in a space
# of 16 dimensions. Words that are used alike end up close together.


# %%
# @title What comes next, and which words are close to each other?
def show_what_it_knows():
    for text in ("the dogs are", "the dog that the", "every small child"):
        window = ([START] * 4 + [IDS[word] for word in text.split()])[-4:]
        p = next_word_probabilities(np.array([window]))[0]
        likely = np.argsort(-p)[:5]
        print(f"{text} ...", *(f"{WORDS[i]} {p[i]:.2f}" for i in likely), sep="  ")
    print()
    embeddings = MODEL.get_weights()[0]
    unit = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)
    for word in ("dog", "dogs", "sees", "see", "big", "garden", "says", "peter"):
        closest = np.argsort(-unit @ unit[IDS[word]])[1:6]
        print(f"{word:8}", *(WORDS[i] for i in closest))


show_what_it_knows()

# %% [markdown]
# Nobody told it what a noun, a plural or a verb is.
#
# # What you have shown
#
# | the lectures say | you saw it in |
# |:--|:--|
# | sparsity is solved: every word gets a probability (decks 1, 2) | exercise 17: no smoothing, and no infinity |
# | no need to store all n-grams (decks 1, 2) | the model has 16,000 numbers, whatever the text |
# | $\text{Var}(W) = 2 / (n_{in} + n_{out})$ (deck 2) | ten layers, forward and backward |
# | dropout: $1 - p$ at test time (deck 2) | the mean over many masks, both ways |
# | Adagrad tends to stall early (deck 2) | its steps in the valley |
# | perplexity is $\exp(J)$, lower is better (deck 1) | a model against n-grams and the best possible |
#
# **What it cannot do.** Decks 1 and 2 name it: the window is fixed. "the dogs in the neighborhood near the
# river ... **are**" needs a word that left the window long ago, so no window of four words comes down to 7.5.
# A larger window means a larger $W$, and each position has weights of its own. hw3 builds the network that
# reads a sentence of any length.
#
# **Before you send it in:** restart and run everything from the top. On Colab that is *Runtime > Restart
# session and run all*. Then *File > Download > Download .ipynb*.
#
