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
# # Homework 3: recurrent networks and backpropagation through time
#
# You build a recurrent network with nothing but NumPy: forward, loss, and every gradient by hand.
# Then you see why its gradients vanish or explode. At the end your own functions learn to spell
# "hello".
#
# | part | what you write | exercises | points | minutes |
# |---|---|---|---|---|
# | A. Forward | one step, then a whole sequence | 1, 2 | 6 | 15 |
# | B. From scores to a loss | softmax, cross entropy, perplexity, a gradient | 3 to 6 | 9 | 30 |
# | C. Backward through time | one step back, all steps, only k steps | 7 to 9 | 13 | 70 |
# | D. Exploding and vanishing | clipping, a toy network, eigenvalues | 10 to 12 | 9 | 40 |
# | E. "hello" | all gradients of a character model, then training | 13 | 5 | 40 |
# | | | | **42** | about 3 hours |
#
# **How it works.** Each exercise has an equation, a worked example with small numbers, and a
# function to fill in. The cell below it runs the worked example, so that you can compare with the
# table.
#
# **How it is graded.** `check(...)` gives you feedback at once; run it as often as you like.
# `grade(...)` shows your points on this machine; the course asks your functions again with fresh
# inputs, so only the functions count, not what the cells print. If a function calls an earlier one
# of yours that is wrong, you do not lose the same points twice. A function must not change the
# arrays that it is given.
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
# ## Letters and shapes
#
# Keep this table open. Most bugs in this homework are shape bugs.
#
# | letter | meaning | | array | shape | meaning |
# |---|---|---|---|---|---|
# | $N$ | sequences in a batch | | `x` | (N, T, D) | inputs $x_1 \dots x_T$ |
# | $T$ | time steps | | `h` | (N, T, H) | hidden states $h_1 \dots h_T$ |
# | $D$ | numbers in one input | | `h0` | (N, H) | the state before the first input |
# | $H$ | hidden units | | `W_x` | (D, H) | input weights |
# | $V$ | words (or characters) | | `W_h` | (H, H) | recurrent weights |
# | | | | `b` | (H,) | bias |
# | | | | `logits` | (N, T, V) | scores of the next word |
# | | | | `targets` | (N, T) | ids of the words that came next |
#
# Two conventions:
#
# * **Rows are vectors.** The decks write a column $W h$. With the batch first, a row times a matrix
#   is easier: $h\,W$. So each matrix here is the transpose of the one on the slides.
# * **`dA` means $\partial L / \partial A$**, the gradient of the loss. It always has the shape of
#   `A`. That one fact finds half of all bugs.
#
# The decks use different letters for the same things:
#
# | here | `W_x` | `W_h` | `W_y` |
# |---|---|---|---|
# | deck 1 | $W_e$ | $W_h$ | $U$ |
# | deck 3 and 4 | $W_{xh}$ | $W_{hh}$ | $W_{hy}$ |
# | deck 5 | $U$ | $W$ | $W_o$ |

# %% [markdown]
# # Part A. Forward
#
# ## Exercise 1. One step: `rnn_step` (3 points)
#
# *Deck 3, "How to calculate the hidden state of RNNs". About 5 minutes.*
#
# $$h_t = \tanh(x_t W_x + h_{t-1} W_h + b)$$
#
# The new state mixes what is read now, $x_t$, with what is remembered, $h_{t-1}$.
#
# **Worked example**, with $N = 1$, $D = 3$, $H = 2$:
#
# $$x_t = (1, 0, 2) \qquad h_{t-1} = (0.5, -1) \qquad b = (1, -0.2)$$
#
# $$W_x = \begin{pmatrix} 0.5 & -1 \\ 0.3 & 0.2 \\ -0.5 & 0.5 \end{pmatrix} \qquad
# W_h = \begin{pmatrix} 1 & 0 \\ 0.5 & -0.5 \end{pmatrix}$$
#
# | piece | shapes | unit 1 | unit 2 |
# |---|---|---|---|
# | $x_t W_x$ | (1, 3) times (3, 2) | -0.5 | 0.0 |
# | $h_{t-1} W_h$ | (1, 2) times (2, 2) | 0.0 | 0.5 |
# | $b$ | (2,) | 1.0 | -0.2 |
# | sum | (1, 2) | 0.5 | 0.3 |
# | $h_t = \tanh(\text{sum})$ | (1, 2) | **0.4621** | **0.2913** |


# %% nbgrader={"grade": false, "grade_id": "rnn_step", "locked": false, "schema_version": 3, "solution": true, "task": false}
def rnn_step(x, h_prev, W_x, W_h, b):
    """One step of the RNN.

    Args:
        x: the input x_t, (N, D).
        h_prev: the state h_{t-1}, (N, H).
        W_x: input weights, (D, H).
        W_h: recurrent weights, (H, H).
        b: bias, (H,).

    Returns:
        The new state h_t, (N, H).
    """
    ### BEGIN SOLUTION
    return np.tanh(x @ W_x + h_prev @ W_h + b)
    ### END SOLUTION


# %% [markdown]
# Run the worked example. It should print `[[0.4621 0.2913]]`.

# %%
print(
    rnn_step(
        x=np.array([[1.0, 0.0, 2.0]]),
        h_prev=np.array([[0.5, -1.0]]),
        W_x=np.array([[0.5, -1.0], [0.3, 0.2], [-0.5, 0.5]]),
        W_h=np.array([[1.0, 0.0], [0.5, -0.5]]),
        b=np.array([1.0, -0.2]),
    ).round(4)
)

# %% nbgrader={"grade": false, "grade_id": "rnn_step_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("rnn_step", rnn_step)

# %% nbgrader={"grade": true, "grade_id": "rnn_step_grade", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
grade("rnn_step", rnn_step, points=3)

# %% [markdown]
# ## Exercise 2. The same step again and again: `rnn_sequence` (3 points)
#
# *Deck 3, "The same function and the same set of parameters are used at every time step". About 10
# minutes.*
#
# ```
#           x_1            x_2            x_3
#            |              |              |
#           W_x            W_x            W_x          the same three weights
#            v              v              v           at every step
# h_0 -W_h-> h_1 ---W_h---> h_2 ---W_h---> h_3
# ```
#
# The state that comes out of one step goes into the next. The first step gets $h_0$.
#
# **Worked example.** To do it by hand, take numbers instead of matrices: $N = D = H = 1$, $T = 3$.
# Let $w_x = 0.5$, $w_h = 0.8$, $b = 0.1$, $h_0 = 0.5$ and $x = (1, -1, 2)$.
#
# | $t$ | $x_t$ | $h_{t-1}$ | $0.5\,x_t + 0.8\,h_{t-1} + 0.1$ | $h_t$ |
# |---|---|---|---|---|
# | 1 | 1 | 0.5 | 0.5 + 0.4 + 0.1 = 1 | **0.7616** |
# | 2 | -1 | 0.7616 | -0.5 + 0.6093 + 0.1 = 0.2093 | **0.2063** |
# | 3 | 2 | 0.2063 | 1 + 0.1650 + 0.1 = 1.2650 | **0.8524** |
#
# Keep this table. Exercise 8 runs it backward.


# %% nbgrader={"grade": false, "grade_id": "rnn_sequence", "locked": false, "schema_version": 3, "solution": true, "task": false}
def rnn_sequence(x, h0, W_x, W_h, b):
    """The RNN over a whole sequence.

    Args:
        x: inputs x_1 ... x_T, (N, T, D).
        h0: the state before the first input, (N, H).
        W_x: input weights, (D, H).
        W_h: recurrent weights, (H, H).
        b: bias, (H,).

    Returns:
        The states h_1 ... h_T, (N, T, H). h0 is not among them.
    """
    ### BEGIN SOLUTION
    N, T, _ = x.shape
    h = np.zeros((N, T, h0.shape[1]))
    h_t = h0
    for t in range(T):
        h_t = rnn_step(x[:, t], h_t, W_x, W_h, b)
        h[:, t] = h_t
    return h
    ### END SOLUTION


# %% [markdown]
# Run the worked example. It should print `[0.7616 0.2063 0.8524]`.

# %%
print(
    rnn_sequence(
        x=np.array([[[1.0], [-1.0], [2.0]]]),
        h0=np.array([[0.5]]),
        W_x=np.array([[0.5]]),
        W_h=np.array([[0.8]]),
        b=np.array([0.1]),
    )
    .round(4)
    .ravel()
)

# %% nbgrader={"grade": false, "grade_id": "rnn_sequence_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("rnn_sequence", rnn_sequence)

# %% nbgrader={"grade": true, "grade_id": "rnn_sequence_grade", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
grade("rnn_sequence", rnn_sequence, points=3)

# %% [markdown]
# # Part B. From scores to a loss
#
# ## Exercise 3. Scores become probabilities: `softmax` (2 points)
#
# *Deck 1, "Training a RNN LM". About 5 minutes.*
#
# $$\hat y_w = \frac{\exp(s_w)}{\sum_{v} \exp(s_v)}$$
#
# The sum runs over the last axis: each row of scores becomes one distribution.
#
# **Worked example** with three words:
#
# | | word 0 | word 1 | word 2 | sum |
# |---|---|---|---|---|
# | score $s$ | 0 | 1 | 2 | |
# | $\exp(s)$ | 1 | 2.7183 | 7.3891 | 11.1073 |
# | $\hat y$ | **0.0900** | **0.2447** | **0.6652** | 1 |
#
# **A trap.** $\exp(1000)$ is too large for a float: the result is `inf`, and `inf / inf` is `nan`.
# But if you subtract the same number from every score of a row, $\hat y$ stays the same. (Why? Look
# at the fraction.) So the scores (1000, 1001, 1002) have the same softmax as (0, 1, 2). Choose what
# you subtract so that no exponent is above 0.


# %% nbgrader={"grade": false, "grade_id": "softmax", "locked": false, "schema_version": 3, "solution": true, "task": false}
def softmax(logits):
    """Probabilities from scores.

    Args:
        logits: scores, any number of axes, (..., V).

    Returns:
        Probabilities, (..., V). Each row over the last axis sums to 1, also for huge scores.
    """
    ### BEGIN SOLUTION
    exp_s = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return exp_s / exp_s.sum(axis=-1, keepdims=True)
    ### END SOLUTION


# %% [markdown]
# Run the worked example. Both rows should be `0.09 0.2447 0.6652`.

# %%
print(softmax(np.array([[0.0, 1.0, 2.0], [1000.0, 1001.0, 1002.0]])).round(4))

# %% nbgrader={"grade": false, "grade_id": "softmax_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("softmax", softmax)

# %% nbgrader={"grade": true, "grade_id": "softmax_grade", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("softmax", softmax, points=2)

# %% [markdown]
# ## Exercise 4. How wrong is the model? `cross_entropy` (3 points)
#
# *Deck 1, "Training a RNN LM"; deck 2, $J(\theta)$. About 10 minutes.*
#
# $$J = \frac{1}{NT} \sum_{n} \sum_{t} -\log \hat y_{n,t}[\,\text{target}_{n,t}\,]$$
#
# At each step look up one probability: the one that the model gave to the word that really came.
# Take minus its natural log. Then take the mean over *all* $N T$ steps.
#
# The target at step $t$ is the *next* word. For the text "hello":
#
# | $t$ | 1 | 2 | 3 | 4 |
# |---|---|---|---|---|
# | input | h | e | l | l |
# | target | e | l | l | o |
#
# **Worked example**, $N = 1$, $T = 2$, $V = 4$:
#
# | $t$ | logits | $\hat y$ | target | $-\log \hat y[\text{target}]$ |
# |---|---|---|---|---|
# | 1 | 0, 0, 0, 0 | 0.25, 0.25, **0.25**, 0.25 | 2 | 1.3863 |
# | 2 | 3, 1, 0, 2 | **0.6439**, 0.0871, 0.0321, 0.2369 | 0 | 0.4402 |
# | | | | mean | **0.9132** |
#
# At $t = 1$ the model knows nothing. Its loss is $\log 4 = 1.3863$. Remember that number.
#
# **A trap.** If a score is very low, its probability is rounded to 0 and $\log 0$ is `-inf`.
# Take the log on paper first: $\log \hat y_w = s_w - \log \sum_v \exp(s_v)$, with the row's maximum
# subtracted from $s$ as before.
#
# *NumPy tip:* `np.take_along_axis(a, ids[..., None], axis=-1)` picks one entry per row. Two
# loops over `n` and `t` are fine, too.


# %% nbgrader={"grade": false, "grade_id": "cross_entropy", "locked": false, "schema_version": 3, "solution": true, "task": false}
def cross_entropy(logits, targets):
    """Mean cross entropy, in nats per predicted token.

    Args:
        logits: scores of the next token, (N, T, V). These are scores, not probabilities.
        targets: ids of the tokens that came next, integers, (N, T).

    Returns:
        One number.
    """
    ### BEGIN SOLUTION
    s = logits - logits.max(axis=-1, keepdims=True)
    log_y_hat = s - np.log(np.exp(s).sum(axis=-1, keepdims=True))
    N, T = targets.shape
    total = 0.0
    for n in range(N):
        for t in range(T):
            total -= log_y_hat[n, t, targets[n, t]]
    return total / (N * T)
    ### END SOLUTION


# %% [markdown]
# Run the worked example. It should print `0.9132`.

# %%
print(
    np.round(
        cross_entropy(
            logits=np.array([[[0.0, 0.0, 0.0, 0.0], [3.0, 1.0, 0.0, 2.0]]]),
            targets=np.array([[2, 0]]),
        ),
        4,
    )
)

# %% nbgrader={"grade": false, "grade_id": "cross_entropy_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("cross_entropy", cross_entropy)

# %% nbgrader={"grade": true, "grade_id": "cross_entropy_grade", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
grade("cross_entropy", cross_entropy, points=3)

# %% [markdown]
# ## Exercise 5. Among how many words does it hesitate? `perplexity` (2 points)
#
# *Deck 1, "Evaluating LM - Perplexity". About 5 minutes.*
#
# $$\text{perplexity} = \exp(J) = \exp\Big(\frac{1}{\text{number of counted tokens}}
# \sum_{\text{counted}} -\log p\Big)$$
#
# Sentences in a batch have different lengths. The short ones are padded. The mask is True
# for a real token and False for padding. Padding must change nothing.
#
# **Worked example.** Two real tokens and one of padding:
#
# | | token 1 | token 2 | token 3 |
# |---|---|---|---|
# | $p$ | 1/2 | 1/8 | 1 |
# | $-\log p$ | 0.6931 | 2.0794 | 0 |
# | mask | True | True | False |
#
# The mean over the two real tokens is $(0.6931 + 2.0794) / 2 = 1.3863$, and $\exp(1.3863) = 4$.
# The model hesitates as if among **4** equally likely words.
#
# Three results that look reasonable and are wrong:
#
# | value | what went wrong |
# |---|---|
# | 2.52 | the padding was counted: $\exp(2.7726 / 3)$ |
# | 3.2 | one over the mean of the probabilities: the mean must be taken of the logs |
# | 5 | the mean of 2 and 8, that is, of $1/p$: again not of the logs |


# %% nbgrader={"grade": false, "grade_id": "perplexity", "locked": false, "schema_version": 3, "solution": true, "task": false}
def perplexity(log_p, mask):
    """Perplexity from log probabilities.

    Args:
        log_p: natural log of the probability that each token was given, any shape.
        mask: same shape, True for a token that counts, False for padding.

    Returns:
        One number, at least 1.
    """
    ### BEGIN SOLUTION
    # Selecting is safer than multiplying by the mask: padding may hold -inf, and -inf * 0 is nan.
    return np.exp(-log_p[mask].mean())
    ### END SOLUTION


# %% [markdown]
# Run the worked example. It should print `4.0`.

# %%
print(np.round(perplexity(np.log([[1 / 2, 1 / 8, 1.0]]), np.array([[True, True, False]])), 4))

# %% nbgrader={"grade": false, "grade_id": "perplexity_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("perplexity", perplexity)

# %% nbgrader={"grade": true, "grade_id": "perplexity_grade", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("perplexity", perplexity, points=2)

# %% [markdown]
# ## Exercise 6. The gradient of the loss: `cross_entropy_backward` (2 points)
#
# *Deck 1, "Training a RNN LM". About 10 minutes.*
#
# Softmax and cross entropy together have a beautiful gradient:
#
# $$\frac{\partial J}{\partial s_{n,t}} = \frac{\hat y_{n,t} - y_{n,t}}{N T}$$
#
# Here $y$ is one-hot: 1 at the target, 0 elsewhere. In words: *what the model said minus what was
# true*, divided by the number of tokens, because $J$ is a mean.
#
# **Worked example.** The same numbers as in exercise 4, so $N T = 2$:
#
# | $t$ | | word 0 | word 1 | word 2 | word 3 | sum |
# |---|---|---|---|---|---|---|
# | 1 | $\hat y$ | 0.25 | 0.25 | 0.25 | 0.25 | 1 |
# | | $y$ | 0 | 0 | 1 | 0 | 1 |
# | | gradient | **0.125** | **0.125** | **-0.375** | **0.125** | 0 |
# | 2 | $\hat y$ | 0.6439 | 0.0871 | 0.0321 | 0.2369 | 1 |
# | | $y$ | 1 | 0 | 0 | 0 | 1 |
# | | gradient | **-0.1780** | **0.0436** | **0.0160** | **0.1184** | 0 |
#
# Each row sums to 0. Gradient descent subtracts the gradient. So the target's score goes up, and
# all the others go down.


# %% nbgrader={"grade": false, "grade_id": "cross_entropy_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def cross_entropy_backward(logits, targets):
    """Gradient of the mean cross entropy with respect to the scores.

    Args:
        logits: scores of the next token, (N, T, V).
        targets: ids of the tokens that came next, integers, (N, T).

    Returns:
        dlogits, (N, T, V).
    """
    ### BEGIN SOLUTION
    N, T, V = logits.shape
    y = np.eye(V)[targets]
    return (softmax(logits) - y) / (N * T)
    ### END SOLUTION


# %% [markdown]
# Run the worked example and compare it with the two rows called "gradient".

# %%
print(
    cross_entropy_backward(
        logits=np.array([[[0.0, 0.0, 0.0, 0.0], [3.0, 1.0, 0.0, 2.0]]]),
        targets=np.array([[2, 0]]),
    ).round(4)
)

# %% nbgrader={"grade": false, "grade_id": "cross_entropy_backward_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("cross_entropy_backward", cross_entropy_backward)

# %% nbgrader={"grade": true, "grade_id": "cross_entropy_backward_grade", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("cross_entropy_backward", cross_entropy_backward, points=2)

# %% [markdown]
# # A tool: check a gradient yourself
#
# A derivative is a slope. So you can measure it: move one number a little up, a little down, and
# see how the loss changes.
#
# $$\frac{\partial L}{\partial a} \approx \frac{L(a + \epsilon) - L(a - \epsilon)}{2 \epsilon}$$
#
# This is slow: two losses for each entry. But it needs no calculus, so it cannot make the mistakes
# that you make. The two functions below are given. Nothing to fill in.
#
# It is a tool for checking, and no answer to the exercises below: under a loss of $10^{11}$ a slope of 1
# drowns in rounding. One of the judge's cases is like that.
#
# Example: $L(a) = a_1^3 + a_2^3$ has the gradient $3a^2$. At $a = (1, 2)$ that is $(3, 12)$.


# %%
def numerical_gradient(loss, a, epsilon=1e-5):
    """Measure dL/da by central differences. loss: array -> number; a: any shape, float."""
    gradient = np.zeros_like(a)
    for index in np.ndindex(a.shape):
        up, down = a.copy(), a.copy()
        up[index] += epsilon
        down[index] -= epsilon
        gradient[index] = (loss(up) - loss(down)) / (2 * epsilon)
    return gradient


def compare_gradients(loss, arguments, gradients):
    """Print, for each argument, how far its gradient is from the measured one.

    Args:
        loss: called as loss(**arguments), returns a number.
        arguments: dict from a name to an array.
        gradients: dict from the same names to the gradients you computed.
    """
    for name, value in arguments.items():
        if np.shape(gradients[name]) != value.shape:
            print(f"d{name:7s} has shape {np.shape(gradients[name])}, needs {value.shape}")
            continue
        measured = numerical_gradient(lambda a, n=name: loss(**{**arguments, n: a}), value)
        distance = np.linalg.norm(measured - gradients[name])
        scale = np.linalg.norm(measured) + np.linalg.norm(gradients[name])
        error = distance / max(scale, 1e-12)
        print(f"d{name:7s} relative error {error:.0e}  {'fine' if error < 1e-6 else 'WRONG'}")


print(numerical_gradient(lambda a: (a**3).sum(), np.array([1.0, 2.0])).round(4))

# %% [markdown]
# # Part C. Backward through time
#
# ## Exercise 7. One step backward: `rnn_step_backward` (4 points)
#
# *Deck 5, "Backpropagation through time". About 20 minutes.*
#
# Split the step in two: $a = x_t W_x + h_{t-1} W_h + b$, then $h_t = \tanh(a)$. Go through it from
# the end. You are given $dh = \partial L / \partial h_t$.
#
# **First the tanh.** Its slope can be written with its own output, $\tanh'(a) = 1 - h_t^2$. So
#
# $$da = dh \odot (1 - h_t^2) \qquad \text{(entry by entry)}$$
#
# **Then the matrix products.** One rule does it all. If $A = X W$, then
#
# $$dX = dA\; W^\top \qquad dW = X^\top dA$$
#
# You need not learn it by heart. The shapes leave no choice: `dX` must have the shape of `X`.
#
# | gradient | shape | made from |
# |---|---|---|
# | `dx` | (N, D) | `da` (N, H) and `W_x` (D, H) |
# | `dh_prev` | (N, H) | `da` (N, H) and `W_h` (H, H) |
# | `dW_x` | (D, H) | `x` (N, D) and `da` (N, H) |
# | `dW_h` | (H, H) | `h_prev` (N, H) and `da` (N, H) |
# | `db` | (H,) | `da` (N, H): the same `b` is added in all $N$ rows, so their gradients add up |
#
# Careful with `W_h`: it is square, so a forgotten transpose raises no error.
#
# **Worked example.** The numbers of exercise 1, with $dh = (1, -2)$:
#
# | | unit 1 | unit 2 |
# |---|---|---|
# | $h_t$ | 0.4621 | 0.2913 |
# | $1 - h_t^2$ | 0.7864 | 0.9151 |
# | $da$, and also $db$, since $N = 1$ | 0.7864 | -1.8303 |
# | $dh_{t-1}$ | 0.7864 | 1.3084 |
# | first row of $dW_h$ | 0.3932 | -0.9151 |
# | second row of $dW_h$ | -0.7864 | 1.8303 |
#
# and $dx = (2.2235, -0.1301, -1.3084)$. The rows of $dW_x$ are $1\,da$, $0\,da$ and $2\,da$,
# because $x_t = (1, 0, 2)$. A weight whose input is 0 gets no gradient.


# %% nbgrader={"grade": false, "grade_id": "rnn_step_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def rnn_step_backward(dh, x, h_prev, W_x, W_h, b):
    """Gradients of one step. h_t itself is not given: compute it again.

    Args:
        dh: dL/dh_t, (N, H).
        x: the input x_t, (N, D).
        h_prev: the state h_{t-1}, (N, H).
        W_x: input weights, (D, H).
        W_h: recurrent weights, (H, H).
        b: bias, (H,).

    Returns:
        dx (N, D), dh_prev (N, H), dW_x (D, H), dW_h (H, H), db (H,).
    """
    ### BEGIN SOLUTION
    h = rnn_step(x, h_prev, W_x, W_h, b)
    da = dh * (1 - h**2)
    dx = da @ W_x.T
    dh_prev = da @ W_h.T
    dW_x = x.T @ da
    dW_h = h_prev.T @ da
    db = da.sum(axis=0)
    return dx, dh_prev, dW_x, dW_h, db
    ### END SOLUTION


# %% [markdown]
# Run the worked example.

# %%
for letter, gradient in zip(
    ("dx", "dh_prev", "dW_x", "dW_h", "db"),
    rnn_step_backward(
        dh=np.array([[1.0, -2.0]]),
        x=np.array([[1.0, 0.0, 2.0]]),
        h_prev=np.array([[0.5, -1.0]]),
        W_x=np.array([[0.5, -1.0], [0.3, 0.2], [-0.5, 0.5]]),
        W_h=np.array([[1.0, 0.0], [0.5, -0.5]]),
        b=np.array([1.0, -0.2]),
    ),
    strict=True,
):
    print(f"{letter:8s}{gradient.round(4).tolist()}")

# %% [markdown]
# Now measure all five. The loss is $L = \sum c \odot h_t$ with some fixed numbers $c$. Then
# $dh = c$.


# %%
def measure_step():
    """Compare rnn_step_backward with slopes, on random numbers with N = 4, D = 3, H = 2."""
    rng = np.random.default_rng(0)
    c = rng.normal(size=(4, 2))
    shapes = {"x": (4, 3), "h_prev": (4, 2), "W_x": (3, 2), "W_h": (2, 2), "b": (2,)}
    arguments = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    gradients = dict(zip(arguments, rnn_step_backward(c, **arguments), strict=True))
    compare_gradients(lambda **a: (c * rnn_step(**a)).sum(), arguments, gradients)


measure_step()

# %% nbgrader={"grade": false, "grade_id": "rnn_step_backward_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("rnn_step_backward", rnn_step_backward)

# %% nbgrader={"grade": true, "grade_id": "rnn_step_backward_grade", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
grade("rnn_step_backward", rnn_step_backward, points=4)

# %% [markdown]
# ## Exercise 8. The whole way back: `rnn_sequence_backward` (5 points)
#
# *Deck 1, "Backpropagation for RNNs"; deck 5, "Backpropagation through time". About 30 minutes.*
#
# The same $W$ is used at every step. So its gradient is a sum over all steps:
#
# $$\frac{\partial L}{\partial W} = \sum_{t} \frac{\partial L}{\partial W}\Big|_{(t)}$$
#
# Deck 5 writes this as a double sum: each loss $L_t$, sent back to each earlier step $k$.
#
# $$\frac{\partial L}{\partial W} = \frac{1}{n} \sum_{t=1}^{n} \sum_{k=1}^{t}
# \frac{\partial L_t}{\partial h_t}
# \Big( \prod_{j=k+1}^{t} \frac{\partial h_j}{\partial h_{j-1}} \Big)
# \frac{\partial h_k}{\partial W}$$
#
# (The slide has a minus sign in front. But $L_t = -\log \hat y_t$ already contains it. Leave it
# out.)
#
# Done term by term, that is about $n^2 / 2$ products. **Walk from the last step to the first
# instead, and carry one gradient with you.** A state $h_t$ is used in two places, so two gradients
# meet there. Add them:
#
# ```
#                 own output's gradient
#                       dh[:, t]
#                          |
#                          v
#    to step t-1  <------ (+) <------  what step t+1 hands back (its dh_prev)
#                                      nothing, at the last step
# ```
#
# The sum goes into `rnn_step_backward`. Its `dh_prev` is what you carry to step $t - 1$. Its
# `dW_x`, `dW_h`, `db` are added to the totals.
#
# **Worked example.** The table of exercise 2 ($w_x = 0.5$, $w_h = 0.8$), run backward. The loss is
# $L = h_1 + h_2 + h_3$, so each own gradient is 1. Read it from the top:
#
# | $t$ | own | from $t+1$ | total | $1 - h_t^2$ | $da$ | $x_t da$ | $h_{t-1} da$ | back: $0.8 da$ |
# |---|---|---|---|---|---|---|---|---|
# | 3 | 1 | 0 | 1 | 0.2733 | 0.2733 | 0.5467 | 0.0564 | 0.2187 |
# | 2 | 1 | 0.2187 | 1.2187 | 0.9575 | 1.1668 | -1.1668 | 0.8886 | 0.9335 |
# | 1 | 1 | 0.9335 | 1.9335 | 0.4200 | 0.8120 | 0.8120 | 0.4060 | 0.6496 |
# | sum | | | | | **2.2522** | **0.1919** | **1.3510** | |
# | is | | | | | `db` | `dW_x` | `dW_h` | last one: `dh0` = **0.6496** |
#
# And `dx` is $0.5\,da$ at each step: 0.4060, 0.5834, 0.1367 for $t = 1, 2, 3$.
#
# Three places to slip: $h_{t-1}$ at the first step is $h_0$; the totals need `+=`, not `=`; and
# `dh` belongs to the caller, so do not write into it.


# %% nbgrader={"grade": false, "grade_id": "rnn_sequence_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def rnn_sequence_backward(dh, x, h0, W_x, W_h, b):
    """Backpropagation through time.

    Args:
        dh: dL/dh_t that comes from the output of step t alone, (N, T, H).
        x: inputs x_1 ... x_T, (N, T, D).
        h0: the state before the first input, (N, H).
        W_x: input weights, (D, H).
        W_h: recurrent weights, (H, H).
        b: bias, (H,).

    Returns:
        dx (N, T, D), dh0 (N, H), dW_x (D, H), dW_h (H, H), db (H,).
    """
    ### BEGIN SOLUTION
    h = rnn_sequence(x, h0, W_x, W_h, b)
    dx = np.zeros_like(x)
    dW_x, dW_h, db = np.zeros_like(W_x), np.zeros_like(W_h), np.zeros_like(b)
    from_next = np.zeros_like(h0)
    for t in reversed(range(x.shape[1])):
        h_prev = h[:, t - 1] if t > 0 else h0
        dx[:, t], from_next, dW_x_t, dW_h_t, db_t = rnn_step_backward(
            dh[:, t] + from_next, x[:, t], h_prev, W_x, W_h, b
        )
        dW_x += dW_x_t
        dW_h += dW_h_t
        db += db_t
    return dx, from_next, dW_x, dW_h, db
    ### END SOLUTION


# %% [markdown]
# Run the worked example.

# %%
for letter, gradient in zip(
    ("dx", "dh0", "dW_x", "dW_h", "db"),
    rnn_sequence_backward(
        dh=np.ones((1, 3, 1)),
        x=np.array([[[1.0], [-1.0], [2.0]]]),
        h0=np.array([[0.5]]),
        W_x=np.array([[0.5]]),
        W_h=np.array([[0.8]]),
        b=np.array([0.1]),
    ),
    strict=True,
):
    print(f"{letter:6s}{gradient.round(4).ravel()}")

# %% [markdown]
# Measure them, too. If something is WRONG, start small. With `measure_sequence(T=1)` there is only
# one step. With `T=2` one gradient is handed back. Where does it begin to fail?


# %%
def measure_sequence(T=5):
    """Compare rnn_sequence_backward with slopes: N = 2, D = 3, H = 4."""
    rng = np.random.default_rng(0)
    c = rng.normal(size=(2, T, 4))
    shapes = {"x": (2, T, 3), "h0": (2, 4), "W_x": (3, 4), "W_h": (4, 4), "b": (4,)}
    arguments = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    gradients = dict(zip(arguments, rnn_sequence_backward(c, **arguments), strict=True))
    compare_gradients(lambda **a: (c * rnn_sequence(**a)).sum(), arguments, gradients)


measure_sequence()

# %% nbgrader={"grade": false, "grade_id": "rnn_sequence_backward_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("rnn_sequence_backward", rnn_sequence_backward)

# %% nbgrader={"grade": true, "grade_id": "rnn_sequence_backward_grade", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
grade("rnn_sequence_backward", rnn_sequence_backward, points=5)

# %% [markdown]
# ## Exercise 9. Only k steps back: `rnn_truncated_backward` (4 points)
#
# *Deck 3, "Run forward and backward through chunks of the sequence"; deck 5, "Truncated
# backpropagation through time". About 20 minutes.*
#
# A book has a million characters. Full BPTT would have to keep a million states before the first
# update. So the sequence is cut into chunks of $k$ steps:
#
# ```
#                 chunk 1              chunk 2            chunk 3 (may be shorter)
# forward    h0 -> 1 -> 2 -> 3  --->  4 -> 5 -> 6  --->  7 -> 8
#                                                                 the state goes on
# backward   dh0 <-1 <- 2 <- 3   ||   4 <- 5 <- 6   ||   7 <- 8
#                                                                 the gradient stops at ||
# ```
#
# * **Forward:** a chunk starts from the state in which the one before ended. It does *not* start
#   from zero.
# * **Backward:** each chunk is done for itself. Nothing crosses a border.
# * `dW_x`, `dW_h`, `db` are summed over the chunks. `dx` is put together from the pieces. `dh0`
#   comes from the first chunk alone.
#
# **Worked example.** Exercise 8 again, now with $k = 2$: the chunks are {1, 2} and {3}.
#
# | $t$ | own | from $t+1$ | total | $da$ | $x_t da$ | $h_{t-1} da$ | back: $0.8 da$ |
# |---|---|---|---|---|---|---|---|
# | 3 | 1 | 0 | 1 | 0.2733 | 0.5467 | 0.0564 | stopped at the border |
# | 2 | 1 | **0** | 1 | 0.9575 | -0.9575 | 0.7292 | 0.7660 |
# | 1 | 1 | 0.7660 | 1.7660 | 0.7417 | 0.7417 | 0.3708 | 0.5933 |
# | sum | | | | **1.9725** | **0.3309** | **1.1564** | `dh0` = **0.5933** |
#
# Compare: full BPTT found `dW_h` = 1.3510. What is missing is what $h_3$ knows about steps 1 and 2.
# With $k \ge T$ there is one chunk, and the two agree.


# %% nbgrader={"grade": false, "grade_id": "rnn_truncated_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def rnn_truncated_backward(dh, x, h0, W_x, W_h, b, k):
    """Truncated BPTT: the state crosses the borders between chunks, the gradient does not.

    Args:
        dh: dL/dh_t that comes from the output of step t alone, (N, T, H).
        x: inputs x_1 ... x_T, (N, T, D).
        h0: the state before the first input, (N, H).
        W_x: input weights, (D, H).
        W_h: recurrent weights, (H, H).
        b: bias, (H,).
        k: steps in a chunk, at least 1. The last chunk may be shorter.

    Returns:
        dx (N, T, D), dh0 (N, H), dW_x (D, H), dW_h (H, H), db (H,).
    """
    ### BEGIN SOLUTION
    dx, dh0 = np.zeros_like(x), np.zeros_like(h0)
    dW_x, dW_h, db = np.zeros_like(W_x), np.zeros_like(W_h), np.zeros_like(b)
    state = h0
    for start in range(0, x.shape[1], k):
        chunk = slice(start, start + k)
        dx[:, chunk], dstate, dW_x_c, dW_h_c, db_c = rnn_sequence_backward(
            dh[:, chunk], x[:, chunk], state, W_x, W_h, b
        )
        if start == 0:
            dh0 = dstate
        dW_x += dW_x_c
        dW_h += dW_h_c
        db += db_c
        state = rnn_sequence(x[:, chunk], state, W_x, W_h, b)[:, -1]
    return dx, dh0, dW_x, dW_h, db
    ### END SOLUTION


# %% [markdown]
# Run the worked example.

# %%
for letter, gradient in zip(
    ("dx", "dh0", "dW_x", "dW_h", "db"),
    rnn_truncated_backward(
        dh=np.ones((1, 3, 1)),
        x=np.array([[[1.0], [-1.0], [2.0]]]),
        h0=np.array([[0.5]]),
        W_x=np.array([[0.5]]),
        W_h=np.array([[0.8]]),
        b=np.array([0.1]),
        k=2,
    ),
    strict=True,
):
    print(f"{letter:6s}{gradient.round(4).ravel()}")

# %% nbgrader={"grade": false, "grade_id": "rnn_truncated_backward_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("rnn_truncated_backward", rnn_truncated_backward)

# %% nbgrader={"grade": true, "grade_id": "rnn_truncated_backward_grade", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
grade("rnn_truncated_backward", rnn_truncated_backward, points=4)

# %% [markdown]
# ## Interlude: which step learns from which? (deck 5's quiz)
#
# Deck 5 asks: how does the double sum of exercise 8 change if you go back only $m$ steps?
#
# Try it before you read on.
#
# **Answer.** Only the lower end of the inner sum moves. With a *window* of $m$ steps, each loss
# $L_t$ looks at the $m$ steps that end at $t$:
#
# $$\frac{\partial L}{\partial W} \approx \frac{1}{n} \sum_{t=1}^{n} \;\sum_{k=\max(1,\; t-m+1)}^{t}
# \frac{\partial L_t}{\partial h_t}
# \Big( \prod_{j=k+1}^{t} \frac{\partial h_j}{\partial h_{j-1}} \Big)
# \frac{\partial h_k}{\partial W}$$
#
# (Here $m$ counts the steps that are visited, the step $t$ itself included. Count the arrows
# between them instead, and the sum begins at $t - m$.)
#
# With *chunks*, as in exercise 9, the sum begins where the chunk of $t$ begins:
# $k = m \lfloor (t-1)/m \rfloor + 1$. That is cheaper. Each chunk is walked once. But the first
# step of a chunk sees only itself.
#
# The next cell measures it, with your functions. It puts a loss on one step $t$ at a time and looks
# how much arrives at each input $x_k$. White means exactly nothing.


# %%
def plot_reach(T=9, k=3, H=5):
    """Draw ||dL_t/dx_k|| for full BPTT, for chunks of k steps, and for a window of k steps."""
    rng = np.random.default_rng(1)
    x, h0 = rng.normal(size=(1, T, H)), np.zeros((1, H))
    W_x, b = 0.3 * rng.normal(size=(H, H)), np.zeros(H)
    W_h = 0.95 * np.linalg.qr(rng.normal(size=(H, H)))[0]

    def reach(chunk):
        sizes = np.zeros((T, T))
        for t in range(T):
            dh = np.zeros((1, T, H))
            dh[0, t] = 1.0
            dx = rnn_truncated_backward(dh, x, h0, W_x, W_h, b, chunk)[0]
            sizes[t] = np.linalg.norm(dx[0], axis=-1)
        return sizes

    full, chunks = reach(T), reach(k)
    t, step = np.indices((T, T))
    window = np.where(t - step < k, full, 0)

    titles = ("full BPTT", f"chunks of k = {k}", f"window of m = {k} (the quiz)")
    figure, axes = plt.subplots(1, 3, figsize=(11, 3.6), layout="constrained")
    for axis, sizes, title in zip(axes, (full, chunks, window), titles, strict=True):
        extent = (0.5, T + 0.5, T + 0.5, 0.5)
        masked = np.ma.masked_equal(sizes, 0)
        image = axis.imshow(masked, extent=extent, vmin=0, vmax=full.max(), cmap="viridis_r")
        axis.set_title(f"{title}: {np.count_nonzero(sizes)} pairs")
        axis.set_xlabel("input step k")
        axis.set_xticks(range(1, T + 1))
        axis.set_yticks(range(1, T + 1))
    axes[0].set_ylabel("loss at step t")
    figure.colorbar(image, ax=axes, label=r"$\|\partial L_t / \partial x_k\|$")
    plt.show()


plot_reach()

# %% [markdown]
# Look at row $t = 4$ in the middle: the first step of a chunk. It learns from itself alone.
#
# One warning. A truncated gradient is *not* the gradient of the loss any more. If you measure it
# with `numerical_gradient`, the two will differ, and that is right.
#
# > **Think about it** (not graded). The network reads 'the **dogs** in the neighborhood are ...'
# > and has to predict 'barking'. You train with $k = 3$. The *state* still carries the word 'dogs'
# > forward. Then why may the network never learn to keep it there?

# %% [markdown]
# # Part D. Exploding and vanishing
#
# ## Exercise 10. Cut a step that is too long: `clip_by_global_norm` (3 points)
#
# *Deck 1, "Exploding Gradients", algorithm 1. About 10 minutes.*
#
# Put all gradients into one long vector $g$. Its length is the *global norm*:
#
# $$\|g\| = \sqrt{\textstyle\sum \text{of the squares of all entries of all arrays}}$$
#
# $$\text{if } \|g\| > \text{threshold:} \qquad g \leftarrow \frac{\text{threshold}}{\|g\|}\; g$$
#
# Every array is scaled by the *same* factor. So the step keeps its direction and only gets shorter.
#
# **Worked example.** Two gradients, $(3)$ and $(0, 4)$. The global norm is $\sqrt{9 + 0 + 16} = 5$.
#
# | threshold | factor | result |
# |---|---|---|
# | 2.5 | 2.5 / 5 = 0.5 | **(1.5)** and **(0, 2)** |
# | 10 | none: 5 is not above 10 | (3) and (0, 4) |
#
# Clipping *by value* at 2.5 would give (2.5) and (0, 2.5). That points elsewhere: 3 : 4 has become
# 1 : 1. And clipping each array *by its own norm* is wrong in the same way.


# %% nbgrader={"grade": false, "grade_id": "clip_by_global_norm", "locked": false, "schema_version": 3, "solution": true, "task": false}
def clip_by_global_norm(gradients, threshold):
    """Shorten all gradients together if their global norm is above the threshold.

    Args:
        gradients: a list of arrays of any shapes.
        threshold: the largest global norm allowed, above 0.

    Returns:
        A list of new arrays of the same shapes.
    """
    ### BEGIN SOLUTION
    norm = np.sqrt(sum((g**2).sum() for g in gradients))
    factor = threshold / norm if norm > threshold else 1.0
    return [g * factor for g in gradients]
    ### END SOLUTION


# %% [markdown]
# Run the worked example.

# %%
for limit in (2.5, 10.0):
    clipped = clip_by_global_norm([np.array([3.0]), np.array([0.0, 4.0])], limit)
    print(f"threshold {limit:4.1f}:", [g.tolist() for g in clipped])

# %% nbgrader={"grade": false, "grade_id": "clip_by_global_norm_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("clip_by_global_norm", clip_by_global_norm)

# %% nbgrader={"grade": true, "grade_id": "clip_by_global_norm_grade", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
grade("clip_by_global_norm", clip_by_global_norm, points=3)

# %% [markdown]
# ## Exercise 11. One unit under the microscope: `toy_rnn` (3 points)
#
# *Deck 3, "Toy Example". About 10 minutes.*
#
# One hidden unit, three numbers:
#
# $$h_t = \tanh(w_{xh}\, x_t + w_{hh}\, h_{t-1} + b)$$
#
# How much does $h_t$ still depend on $h_0$? By the chain rule each step multiplies one more factor:
#
# $$\frac{\partial h_t}{\partial h_0} = \prod_{j=1}^{t} \frac{\partial h_j}{\partial h_{j-1}}
# = \prod_{j=1}^{t} w_{hh}\,(1 - h_j^2)$$
#
# **Worked example** with the deck's numbers, $w_{hh} = 3$, $w_{xh} = 2$, $b = 1$. Let $h_0 = 0$ and
# $x = (-0.5, 0, 1)$.
#
# | $t$ | $2 x_t + 3 h_{t-1} + 1$ | $h_t$ | factor $3 (1 - h_t^2)$ | $\partial h_t / \partial h_0$ |
# |---|---|---|---|---|
# | 1 | -1 + 0 + 1 = 0 | **0** | 3 | **3** |
# | 2 | 0 + 0 + 1 = 1 | **0.7616** | 1.2599 | **3.7798** |
# | 3 | 2 + 2.2848 + 1 = 5.2848 | **0.9999** | 0.0003 | **0.0012** |
#
# Look at $t = 3$. One saturated step, and almost nothing is left.
#
# Mind the order of the arguments below: `w_xh` comes before `w_hh`.


# %% nbgrader={"grade": false, "grade_id": "toy_rnn", "locked": false, "schema_version": 3, "solution": true, "task": false}
def toy_rnn(x, h0, w_xh, w_hh, b):
    """One hidden unit over time, and its derivative with respect to h0.

    Args:
        x: inputs x_1 ... x_T, (T,).
        h0: the state before the first input, a number.
        w_xh: input weight, a number.
        w_hh: recurrent weight, a number.
        b: bias, a number.

    Returns:
        h_1 ... h_T, (T,), and dh_1/dh_0 ... dh_T/dh_0, (T,).
    """
    ### BEGIN SOLUTION
    T = len(x)
    h, dh_dh0 = np.zeros(T), np.zeros(T)
    h_t, derivative = h0, 1.0
    for t in range(T):
        h_t = np.tanh(w_xh * x[t] + w_hh * h_t + b)
        derivative = derivative * w_hh * (1 - h_t**2)
        h[t], dh_dh0[t] = h_t, derivative
    return h, dh_dh0
    ### END SOLUTION


# %% [markdown]
# Run the worked example.

# %%
for numbers in toy_rnn(x=np.array([-0.5, 0.0, 1.0]), h0=0.0, w_xh=2.0, w_hh=3.0, b=1.0):
    print(np.round(numbers, 4))

# %% nbgrader={"grade": false, "grade_id": "toy_rnn_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("toy_rnn", toy_rnn)

# %% nbgrader={"grade": true, "grade_id": "toy_rnn_grade", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
grade("toy_rnn", toy_rnn, points=3)

# %% [markdown]
# ## Interlude: does $w_{hh} = 3$ explode?
#
# You may have read: "if $w_{hh}$ is above 1 the gradient explodes, below 1 it vanishes". For a
# *linear* unit that is true. With a tanh, the factor of each step is not $w_{hh}$. It is
# $3\,(1 - h_t^2)$:
#
# | state $h_t$ | 0 | 0.5 | 0.8165 | 0.9 | 0.99 |
# |---|---|---|---|---|---|
# | slope $1 - h_t^2$ | 1 | 0.75 | 0.3333 | 0.19 | 0.0199 |
# | factor $3\,(1 - h_t^2)$ | 3 | 2.25 | **1** | 0.57 | 0.0597 |
#
# The gradient grows while $|h_t| < \sqrt{2/3} = 0.8165$. It shrinks beyond. Three runs of the same
# network, with the same $w_{hh} = 3$:
#
# * **saturated**: $x_t = 0$ and $h_0 = 0$. The bias alone pushes the state to almost 1.
# * **unsaturated**: $x_t = -0.5$, which cancels the bias, and $h_0 = 0$. The state stays at 0.
# * **escaping**: also $x_t = -0.5$, but $h_0 = 0.000001$. At first the state is almost 0.


# %%
def plot_toy(T=20):
    """Draw dh_t/dh_0 and the state for three runs of the deck's toy RNN."""
    runs = {
        "unsaturated: x = -0.5, h0 = 0": (-0.5, 0.0),
        "escaping: x = -0.5, h0 = 1e-6": (-0.5, 1e-6),
        "saturated: x = 0, h0 = 0": (0.0, 0.0),
    }
    results = {
        label: toy_rnn(np.full(T, x_t), h0, w_xh=2.0, w_hh=3.0, b=1.0)
        for label, (x_t, h0) in runs.items()
    }
    steps = np.arange(1, T + 1)
    _, (left, right) = plt.subplots(1, 2, figsize=(11, 3.8), layout="constrained")
    for label, (h, dh_dh0) in results.items():
        left.semilogy(steps, dh_dh0, marker=".", label=label)
        right.plot(steps, h, marker=".", label=label)
        print(f"{label:30s}  dh_T/dh_0: largest {dh_dh0.max():.1e}, last {dh_dh0[-1]:.1e}")
    left.axhline(1, color="gray", linewidth=0.8)
    left.set(title="What is left of $h_0$", xlabel="T", ylabel=r"$\partial h_T / \partial h_0$")
    left.legend(fontsize=8)
    right.axhline(np.sqrt(2 / 3), color="gray", linestyle="--", linewidth=0.8)
    right.text(T, 0.75, "factor = 1", ha="right", va="top", color="gray")
    left.set_xticks(range(0, T + 1, 5))
    right.set_xticks(range(0, T + 1, 5))
    right.set(title="The state itself", xlabel="T", ylabel=r"$h_T$")
    plt.show()


plot_toy()

# %% [markdown]
# The same weights give $3^{20} \approx 3.5 \cdot 10^9$ in one run, and next to nothing in another.
# The escaping run does both. Its derivative grows like $3^T$ until the state leaves the
# neighbourhood of 0. Then the unit saturates, and the derivative collapses.
#
# So: **a large $w_{hh}$ makes exploding possible, not certain. It also drives the unit into
# saturation, and there the gradient vanishes.**
#
# > **Think about it** (not graded). In the saturated run, change $h_0$ from 0 to 0.3. What happens
# > to $h_{20}$? What does that say about what this unit can remember?

# %% [markdown]
# ## Exercise 12. The eigenvalue argument: `gradient_norms` (3 points)
#
# *Deck 1, "Gradients Vanishing (linear case)". About 10 minutes.*
#
# Leave out the tanh for a moment. Then each step back multiplies by the same matrix:
#
# $$\frac{\partial J}{\partial h_{t-\ell}} = \frac{\partial J}{\partial h_t}\,(W_h^\top)^\ell
# \qquad \ell = 0, 1, 2, \dots$$
#
# (The transpose is there because our vectors are rows. It has the same eigenvalues.)
#
# Write the gradient in the basis of the eigenvectors $q_i$. Each part is multiplied by its own
# eigenvalue, again and again:
#
# $$\frac{\partial J}{\partial h_{t-\ell}} = \sum_i c_i\, \lambda_i^{\,\ell}\, q_i$$
#
# The largest $|\lambda_i|$ wins. Below 1, everything goes to zero, exponentially fast. Above 1, it
# explodes. Exactly 1 is a knife's edge.
#
# | $\lambda$ | 0.5 | 0.9 | 1.0 | 1.1 | 1.5 |
# |---|---|---|---|---|---|
# | $\lambda^{50}$ | $9 \cdot 10^{-16}$ | 0.005 | 1 | 117 | $6 \cdot 10^8$ |
#
# **Worked example.** $\partial J / \partial h_t = (3, 4)$ and
# $W_h = \begin{pmatrix} 0.5 & 0 \\ 2 & 0.4 \end{pmatrix}$, whose eigenvalues are 0.5 and 0.4.
#
# | steps back $\ell$ | gradient | norm |
# |---|---|---|
# | 0 | (3, 4) | **5** |
# | 1 | (1.5, 7.6) | **7.7466** |
# | 2 | (0.75, 6.04) | **6.0864** |
# | 3 | (0.375, 3.916) | **3.9339** |
#
# The norm *grows* at first, although both eigenvalues are below 1. Eigenvalues tell what happens in
# the long run. (If you get 9.6338 after one step, you multiplied by $W_h$ and not by $W_h^\top$.)


# %% nbgrader={"grade": false, "grade_id": "gradient_norms", "locked": false, "schema_version": 3, "solution": true, "task": false}
def gradient_norms(dh, W_h, steps):
    """How long is the gradient after 0, 1, ..., steps steps back, without the tanh?

    Args:
        dh: the gradient dJ/dh_t at the last step, (H,).
        W_h: recurrent weights, (H, H), used forward as h_{t-1} @ W_h.
        steps: how many steps back.

    Returns:
        The Euclidean norms, (steps + 1,). The first is that of dh itself.
    """
    ### BEGIN SOLUTION
    norms = np.zeros(steps + 1)
    for distance in range(steps + 1):
        norms[distance] = np.linalg.norm(dh)
        dh = dh @ W_h.T
    return norms
    ### END SOLUTION


# %% [markdown]
# Run the worked example. It should print `[5.     7.7466 6.0864 3.9339]`.

# %%
print(gradient_norms(np.array([3.0, 4.0]), np.array([[0.5, 0.0], [2.0, 0.4]]), steps=3).round(4))

# %% nbgrader={"grade": false, "grade_id": "gradient_norms_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("gradient_norms", gradient_norms)

# %% nbgrader={"grade": true, "grade_id": "gradient_norms_grade", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
grade("gradient_norms", gradient_norms, points=3)

# %% [markdown]
# **Now the picture.** Five recurrent matrices that differ only in their largest eigenvalue. On a
# log axis, $\lambda^\ell$ is a straight line. The printed ratio is how much the last step
# multiplied the norm. Compare it with the eigenvalue.


# %%
def recurrent_matrix(largest, H=10, seed=0):
    """A symmetric matrix with eigenvalues 0.1, 0.2, ..., 1 (for H = 10), times `largest`."""
    Q, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(H, H)))
    return Q @ np.diag(largest * np.arange(1, H + 1) / H) @ Q.T


def plot_norms(steps=50):
    """Draw the norm of the gradient over the steps back, for five largest eigenvalues."""
    dh = np.random.default_rng(1).normal(size=10)
    eigenvalues = (1.5, 1.1, 1.0, 0.9, 0.5)
    curves = [gradient_norms(dh, recurrent_matrix(value), steps) for value in eigenvalues]
    _, axis = plt.subplots(figsize=(7, 4), layout="constrained")
    for value, norms in zip(eigenvalues, curves, strict=True):
        axis.semilogy(norms, label=f"largest eigenvalue {value}")
        print(f"largest eigenvalue {value}: last ratio {norms[-1] / norms[-2]:.4f}")
    axis.set(
        title="Linear case: one matrix, again and again",
        xlabel=r"steps back $\ell$",
        ylabel=r"norm of $\partial J / \partial h_{t-\ell}$",
    )
    axis.legend()
    plt.show()


plot_norms()

# %% [markdown]
# ## Interlude: why the tanh makes vanishing worse
#
# With the tanh, one step back is
#
# $$\frac{\partial J}{\partial h_{t-1}} =
# \Big( \frac{\partial J}{\partial h_t} \odot (1 - h_t^2) \Big) W_h^\top$$
#
# The new factor $1 - h_t^2 = \tanh'(a_t)$ is **never above 1**. It is 1 only at $a_t = 0$. At
# $a_t = 2$ it is 0.07. So the tanh can only take away, entry by entry:
#
# $$\Big\| \frac{\partial J}{\partial h_{t-1}} \Big\| \;\le\; \max(1 - h_t^2) \cdot \|W_h\| \cdot
# \Big\| \frac{\partial J}{\partial h_t} \Big\|$$
#
# Here $\|W_h\|$ is the largest singular value. (Deck 5 says "eigenvalue". For the symmetric
# matrices above the two are the same. In general the singular value is the safe one: remember the
# worked example of exercise 12, which grew at first.) Two things follow:
#
# * If $\|W_h\| < 1$, the gradient *must* vanish. The tanh only speeds it up.
# * If $\|W_h\| > 1$, it *may* explode. But large weights saturate the units, and then $1 - h_t^2$
#   is small. That is what the toy example did.
#
# The right-hand plot compares: dashed lines are the linear case, solid lines a real tanh network
# with the same matrix and random inputs. It uses your `rnn_sequence`, `rnn_step_backward` and
# `gradient_norms`.


# %%
def plot_tanh(steps=50, H=10):
    """Draw the slope of tanh, and gradients with and without it for the same matrices."""
    rng = np.random.default_rng(1)
    dh, x, h0 = rng.normal(size=H), rng.normal(size=(1, steps, H)), np.zeros((1, H))
    W_x, b = np.eye(H), np.zeros(H)

    def tanh_norms(W_h):
        before = np.concatenate([h0[:, None], rnn_sequence(x, h0, W_x, W_h, b)], axis=1)
        gradient, norms = dh[None], [np.linalg.norm(dh)]
        for t in reversed(range(steps)):
            _, gradient, *_ = rnn_step_backward(gradient, x[:, t], before[:, t], W_x, W_h, b)
            norms.append(np.linalg.norm(gradient))
        return norms

    matrices = {value: recurrent_matrix(value) for value in (1.5, 1.1, 0.9)}
    linear = {value: gradient_norms(dh, W_h, steps) for value, W_h in matrices.items()}
    real = {value: tanh_norms(W_h) for value, W_h in matrices.items()}

    _, (left, right) = plt.subplots(1, 2, figsize=(11, 3.8), layout="constrained")
    a = np.linspace(-4, 4, 201)
    left.plot(a, np.tanh(a), label=r"$\tanh(a)$")
    left.plot(a, 1 - np.tanh(a) ** 2, label=r"$\tanh'(a) = 1 - \tanh^2(a)$")
    left.axhline(1, color="gray", linewidth=0.8)
    left.set(title="The slope is never above 1", xlabel="a", ylabel="value")
    left.legend(loc="lower right")
    for number, value in enumerate(matrices):
        right.semilogy(linear[value], color=f"C{number}", linestyle="--")
        right.semilogy(real[value], color=f"C{number}", label=f"largest eigenvalue {value}")
    right.set(
        title="Dashed: linear. Solid: with tanh",
        xlabel=r"steps back $\ell$",
        ylabel=r"norm of $\partial J / \partial h_{t-\ell}$",
    )
    right.legend()
    plt.show()


plot_tanh()

# %% [markdown]
# Even with the largest eigenvalue 1.5 the gradient of the tanh network vanishes here.
#
# Clipping cures exploding: a step that is too long is cut. Vanishing has no such cure. The gradient
# of a weight is a *sum* over steps, and the far steps are drowned by the near ones. Scaling up
# scales both. It takes another cell: the LSTM of homework 4.
#
# > **Think about it** (not graded). Deck 5 says: if the gradient vanishes over a long distance, we
# > cannot tell two explanations apart. Which two?

# %% [markdown]
# # Part E. A character model learns "hello"
#
# ## Exercise 13. All gradients of the model: `char_lm_gradients` (5 points)
#
# *Deck 3, "Character-level Language Model". About 25 minutes.*
#
# Now put your functions together. Characters go in as ids. A one-hot vector stands for each:
#
# $$h_t = \tanh(x_t W_x + h_{t-1} W_h + b) \qquad \text{logits}_t = h_t W_y + b_y$$
#
# ```
# forward                                                               your functions
#   inputs (N, T)
#     -> x (N, T, V)         one-hot: row i of the V x V identity for id i
#     -> h (N, T, H)                                                    rnn_sequence
#     -> logits (N, T, V)    h W_y + b_y
#     -> loss                                                           cross_entropy
# backward
#   dlogits (N, T, V)                                                   cross_entropy_backward
#     -> dW_y (H, V)         the rule of exercise 7, summed over all n and t
#     -> db_y (V,)           summed over all n and t
#     -> dh (N, T, H)        the rule of exercise 7
#     -> dW_x, dW_h, db                                                 rnn_sequence_backward
# ```
#
# `cross_entropy_backward` has already divided by $N T$. Do not divide again.
#
# **Worked example.** The vocabulary is h, e, l, o, with the ids 0, 1, 2, 3. "hello" becomes
#
# | | $t=1$ | $t=2$ | $t=3$ | $t=4$ |
# |---|---|---|---|---|
# | input | h = 0 | e = 1 | l = 2 | l = 2 |
# | target | e = 1 | l = 2 | l = 2 | o = 3 |
#
# Let *all* weights be zero. Then all logits are 0, and each character gets 1/4.
#
# * The loss is $\log 4 = 1.3863$.
# * `db_y` is the mean of $\hat y - y$ over the four steps. Among the targets, e comes once, l
#   twice, o once, h never:
#
# | | h | e | l | o |
# |---|---|---|---|---|
# | mean of $\hat y$ | 0.25 | 0.25 | 0.25 | 0.25 |
# | mean of $y$ | 0 | 0.25 | 0.5 | 0.25 |
# | `db_y` | **0.25** | **0** | **-0.25** | **0** |
#
# * All other gradients are **0**: `dW_y` because $h = 0$, the rest because $W_y = 0$ lets nothing
#   through. A network that starts at zero stays there, but for `b_y`. So start at random.


# %% nbgrader={"grade": false, "grade_id": "char_lm_gradients", "locked": false, "schema_version": 3, "solution": true, "task": false}
def char_lm_gradients(inputs, targets, h0, W_x, W_h, b, W_y, b_y):
    """Loss of the character model, and its gradient with respect to every weight.

    Args:
        inputs: ids of the characters that are read, integers, (N, T).
        targets: ids of the characters that follow them, integers, (N, T).
        h0: the state before the first character, (N, H).
        W_x: input weights, (V, H).
        W_h: recurrent weights, (H, H).
        b: bias of the hidden layer, (H,).
        W_y: output weights, (H, V).
        b_y: bias of the output, (V,).

    Returns:
        The loss (a number), dW_x (V, H), dW_h (H, H), db (H,), dW_y (H, V), db_y (V,).
    """
    ### BEGIN SOLUTION
    x = np.eye(W_x.shape[0])[inputs]
    h = rnn_sequence(x, h0, W_x, W_h, b)
    logits = h @ W_y + b_y
    loss = cross_entropy(logits, targets)

    dlogits = cross_entropy_backward(logits, targets)
    dW_y, db_y = np.zeros_like(W_y), np.zeros_like(b_y)
    for t in range(inputs.shape[1]):
        dW_y += h[:, t].T @ dlogits[:, t]
        db_y += dlogits[:, t].sum(axis=0)
    dh = dlogits @ W_y.T
    _, _, dW_x, dW_h, db = rnn_sequence_backward(dh, x, h0, W_x, W_h, b)
    return loss, dW_x, dW_h, db, dW_y, db_y
    ### END SOLUTION


# %% [markdown]
# Run the worked example with all weights zero, then measure the gradients with random weights.


# %%
def measure_char_lm():
    """The worked example, then slopes: N = 2, T = 5, V = 4, H = 3."""
    shapes = {"W_x": (4, 3), "W_h": (3, 3), "b": (3,), "W_y": (3, 4), "b_y": (4,)}
    zeros = {name: np.zeros(shape) for name, shape in shapes.items()}
    loss, *_, db_y = char_lm_gradients(
        np.array([[0, 1, 2, 2]]), np.array([[1, 2, 2, 3]]), np.zeros((1, 3)), **zeros
    )
    print(f"all zero: loss {loss:.4f}, db_y {db_y}")

    rng = np.random.default_rng(0)
    inputs, targets = rng.integers(4, size=(2, 2, 5))
    h0 = rng.normal(size=(2, 3))
    weights = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    _, *gradients = char_lm_gradients(inputs, targets, h0, **weights)
    compare_gradients(
        lambda **w: char_lm_gradients(inputs, targets, h0, **w)[0],
        weights,
        dict(zip(weights, gradients, strict=True)),
    )


measure_char_lm()

# %% nbgrader={"grade": false, "grade_id": "char_lm_gradients_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("char_lm_gradients", char_lm_gradients)

# %% nbgrader={"grade": true, "grade_id": "char_lm_gradients_grade", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
grade("char_lm_gradients", char_lm_gradients, points=5)

# %% [markdown]
# ## Train it
#
# The functions below are given. Read `train_hello`: it is all there is to training. Ask for the
# gradients, clip them, take a small step against them.
#
# Two levels to compare with:
#
# | model | loss in nats | perplexity |
# |---|---|---|
# | knows nothing: each of 4 characters has 1/4 | $\log 4 = 1.3863$ | 4 |
# | best that looks only at the *last* character | 0.3466 | 1.4142 |
#
# The second line: after h comes e, after e comes l, always. But after l comes l once and o once. So
# the best that a bigram model can do is 1/2 for each, and its loss is
# $(0 + 0 + \log 2 + \log 2) / 4 = 0.3466$. **A model below this line must remember something.**

# %%
CHARACTERS = "helo"


def train_hello(steps=200, learning_rate=0.1, threshold=0.5, H=8, seed=0):
    """Stochastic gradient descent on the one text "hello".

    Returns:
        The weights W_x, W_h, b, W_y, b_y; the loss and the global norm before clipping, per step.
    """
    ids = np.array([[CHARACTERS.index(character) for character in "hello"]])
    inputs, targets = ids[:, :-1], ids[:, 1:]
    rng, V = np.random.default_rng(seed), len(CHARACTERS)
    weights = [
        0.5 * rng.normal(size=(V, H)),
        0.5 * rng.normal(size=(H, H)),
        np.zeros(H),
        0.5 * rng.normal(size=(H, V)),
        np.zeros(V),
    ]
    losses, norms = [], []
    for _ in range(steps):
        loss, *gradients = char_lm_gradients(inputs, targets, np.zeros((1, H)), *weights)
        losses.append(loss)
        norms.append(np.sqrt(sum((g**2).sum() for g in gradients)))
        clipped = clip_by_global_norm(gradients, threshold)
        weights = [w - learning_rate * g for w, g in zip(weights, clipped, strict=True)]
    return weights, losses, norms


def generate(weights, first="h", length=4, carry_state=True):
    """Greedy: always take the most probable character, and feed it back."""
    W_x, W_h, b, W_y, b_y = weights
    text, h = first, np.zeros((1, W_h.shape[0]))
    for _ in range(length):
        if not carry_state:
            h = np.zeros_like(h)
        x = np.eye(len(CHARACTERS))[[CHARACTERS.index(text[-1])]]
        h = rnn_step(x, h, W_x, W_h, b)
        text += CHARACTERS[int(np.argmax(h @ W_y + b_y))]
    return text


# %%
def plot_training(threshold=0.5):
    """Train, then draw loss, perplexity and gradient norm over the steps."""
    _, losses, norms = train_hello(threshold=threshold)
    curves = (losses, np.exp(losses), norms)
    titles = ("Loss", "Perplexity", "Gradients")
    labels = ("nats per character", "exp(loss)", "global norm before clipping")
    levels = (
        {"log 4": np.log(4), "best bigram": np.log(2) / 2},
        {"4": 4, "best bigram": np.sqrt(2)},
        {"threshold": threshold},
    )
    _, axes = plt.subplots(1, 3, figsize=(12, 3.6), layout="constrained")
    panels = zip(axes, curves, titles, labels, levels, strict=True)
    for axis, curve, title, label, lines in panels:
        axis.plot(curve)
        for name, level in lines.items():
            axis.axhline(level, color="gray", linestyle="--", linewidth=0.8)
            axis.text(len(losses), level, name, ha="right", va="bottom", color="gray")
        axis.set(title=title, xlabel="step", ylabel=label, ylim=(0, None))
    plt.show()
    below = int(np.argmax(np.array(losses) < np.log(2) / 2))
    print(f"loss {losses[0]:.3f} -> {losses[-1]:.3f}, below the best bigram from step {below}")
    print(f"clipped in {sum(norm > threshold for norm in norms)} of {len(norms)} steps")


plot_training()

# %% [markdown]
# ## Let it write
#
# Give it an "h". It predicts a character, reads it, predicts the next one.


# %%
def let_it_write():
    """Generate with and without memory, and show what the model believes at each step."""
    weights, _, _ = train_hello()
    print(generate(weights))
    print(generate(weights, carry_state=False), " <- the same weights, without the memory")

    W_x, W_h, b, W_y, b_y = weights
    ids = np.array([[CHARACTERS.index(character) for character in "hello"]])
    x = np.eye(len(CHARACTERS))[ids[:, :-1]]
    y_hat = softmax(rnn_sequence(x, np.zeros((1, W_h.shape[0])), W_x, W_h, b) @ W_y + b_y)
    print("\nread   " + "".join(f"P({character})   " for character in CHARACTERS))
    for character, row in zip("hell", y_hat[0], strict=True):
        print(f"{character}      " + "  ".join(f"{p:.3f}" for p in row))
    log_p = np.log(np.take_along_axis(y_hat, ids[:, 1:, None], axis=-1))[..., 0]
    print(f"\nperplexity {perplexity(log_p, np.ones_like(log_p, dtype=bool)):.3f}")


let_it_write()

# %% [markdown]
# Compare the last two rows of the table. Both times the network reads "l". The first time it says
# l, the second time o. The input is the same. Only the state $h_{t-1}$ differs: that is the memory.
#
# Without the memory, "l" always gets the same answer, so "hello" cannot come out. The answer need
# not even be l or o: in training the network never read "l" with a state of zero.
#
# > **Think about it** (not graded).
# >
# > 1. Train with `threshold=0.01` and look at the loss. Clipping keeps the direction of the step.
# >    Why is it so slow all the same?
# > 2. In `char_lm_gradients`, use `rnn_truncated_backward` with `k=1`. Does the model still learn
# >    "hello"? Which gradient was cut, and why can the state help nevertheless?
# > 3. Suppose the text were "hello" with a hundred l's. Which of the pictures of part D tells you
# >    what will happen?
#
# If you changed a function to try this, change it back before you send the notebook in. Then:
# Runtime > Restart session and run all, see that every `grade` cell shows what you expect, and
# File > Download > Download .ipynb.
