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
# # hw4: LSTM and GRU, from the gates up
#
# You build the two cells that made recurrent networks remember: first the LSTM, forward and
# backward, then the GRU, in NumPy and nothing else. An LSTM learns to remember something over 40
# steps, **with your gradients**. Then the same cell becomes a Keras layer, and runs a race.
#
# | | you write | what it is | points | minutes |
# |:--|:--|:--|--:|--:|
# | 1 | `lstm_gates` | the four gates | 4 | 10 |
# | 2 | `lstm_step` | one step: a new cell, a new hidden state | 4 | 10 |
# | 3 | `lstm_sequence` | the same step over time | 3 | 10 |
# | 4 | `keep_cell` | weights of an LSTM that never forgets | 3 | 10 |
# | 5 | `lstm_step_backward` | the gradients of one step | 6 | 35 |
# | 6 | `lstm_sequence_backward` | backpropagation through time | 5 | 20 |
# | 7 | `gru_step` | one step of the GRU | 4 | 15 |
# | 8 | `gru_sequence` | the same step over time | 2 | 5 |
# | 9 | `gru_from_keras` | from Keras's convention to ours | 3 | 10 |
# | 10 | `count_parameters` | how many numbers are learned | 2 | 10 |
# | 11 | `lstm_weights` | where training starts from | 2 | 10 |
# | 12 | `lstm_cell` | your LSTM as a Keras cell | 5 | 25 |
# | 13 | `mut1_cell` | a cell that a search has found | 4 | 20 |
# | 14 | `bidirectional_lstm` | one from each end | 3 | 10 |
# | 15 | `stacked_lstm` | one above the other | 3 | 10 |
# | | | **total** | **53** | **210** |
#
# Exercises 1 to 9 need no Keras, and make a good first evening.
#
# **How it works.** Replace each `raise NotImplementedError()` by your code. Then run the two
# cells below it:
#
# * `check` tries your function at once, as often as you like, and tells you what is wrong.
# * `grade` shows the points on this machine. For your mark the course calls your functions again
#   with fresh inputs. Only the functions count, not what the cells print.
#
# Keep the functions' names and the order of their arguments. A function must leave the arrays
# that it is given as they are.
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

# %% [markdown]
# ## Letters and shapes
#
# Come back to this table whenever a shape does not fit.
#
# | letter | what it is | shape, LSTM | shape, GRU |
# |:--|:--|:--|:--|
# | $N$, $T$ | sequences in the batch, time steps | | |
# | $D$, $H$ | numbers in one input, hidden units | | |
# | $x_t$ | `x`: the input at step $t$ | `(N, D)` | `(N, D)` |
# | $x_1 \dots x_T$ | `x` of a whole sequence | `(N, T, D)` | `(N, T, D)` |
# | $h_t$ | `h`: the hidden state, what the cell shows | `(N, H)` | `(N, H)` |
# | $c_t$ | `c`: the cell state, what the cell keeps | `(N, H)` | there is none |
# | $W_x$ | `W_x`: input weights | `(D, 4H)` | `(D, 3H)` |
# | $W_h$ | `W_h`: recurrent weights | `(H, 4H)` | `(H, 3H)` |
# | $b$ | `b`: biases | `(4H,)` | `(3H,)` |
# | | the blocks, from left to right | $i, f, o, g$ | $z, r, \tilde h$ |
# | $\partial L / \partial x_t$ | `dx`: a gradient | that of `x` | that of `x` |
#
# Two conventions hold throughout:
#
# * **Vectors are rows, the batch comes first.** The lectures write $W h$. We write `h @ W`.
# * $\odot$ multiplies entry by entry. In NumPy it is `*`.
#
# **Given: the sigmoid $\sigma$.** It turns any number into one between 0 and 1:
# $\sigma(-2) = 0.12$, $\sigma(0) = 0.5$, $\sigma(2) = 0.88$. This is what a *gate* needs: 0 is
# shut, 1 is open. Use it everywhere below.


# %% nbgrader={"grade": false, "grade_id": "sigmoid", "locked": true, "schema_version": 3, "solution": false, "task": false}
def sigmoid(a):
    """1 / (1 + exp(-a)), any shape; written with tanh because exp(-a) overflows at a = -1000."""
    return 0.5 * (1 + np.tanh(0.5 * a))


# %% [markdown]
# # Part 1: the LSTM
#
# ## The idea: a line that goes straight through
#
# A simple RNN computes $h_t = \tanh(x_t W_x + h_{t-1} W_h + b)$. To get from step 1 to step 100,
# a gradient has to pass $W_h$ and $\tanh'$ ninety-nine times. It vanishes or it explodes (hw3).
#
# The LSTM has a second state, the **cell** $c_t$. Deck 3 gives its core idea: *pass cell state
# information straightly without any transformation*. From $c_{t-1}$ to $c_t$ there is no matrix
# and no $\tanh$. There is one multiplication, and then one **addition**:
#
# $$c_t = f_t \odot c_{t-1} + i_t \odot g_t$$
#
# Run the next cell to see it drawn. The thick line on top is the cell. Three *gates* watch over
# it: **f** multiplies what is there, **i** lets in what is new, **o** decides what is shown.
# (After Christopher Olah's [Understanding LSTM
# Networks](https://colah.github.io/posts/2015-08-Understanding-LSTMs/), as in decks 3 and 5.)

# %% cellView="form" jupyter={"source_hidden": true}
# @title The LSTM cell, drawn (you need not read this code)
COLOUR = {"i": "#8ecae6", "f": "#ffb4a2", "o": "#b7e4c7", "g": "#ffe066"}


def canvas(title, width=12, height=6.6):
    _, ax = plt.subplots(figsize=(0.8 * width, 0.8 * height))
    ax.set(xlim=(-0.3, width + 0.3), ylim=(0, height), aspect="equal", title=title)
    ax.axis("off")
    return ax


def path(ax, *points, width=1.6, head=True):
    """A line through the points, with an arrow head at the last one."""
    if len(points) > 2:
        ax.plot(*zip(*points[:-1], strict=True), color="0.25", lw=width, zorder=1)
    style = {"arrowstyle": "-|>" if head else "-", "color": "0.25", "lw": width}
    style |= {"shrinkA": 0, "shrinkB": 0, "mutation_scale": 14}
    ax.annotate("", points[-1], points[-2], arrowprops=style, zorder=1)


def node(ax, x, y, text, colour="white", shape="circle"):
    look = {"boxstyle": f"{shape},pad=0.35", "facecolor": colour, "edgecolor": "0.25"}
    ax.text(x, y, text, ha="center", va="center", fontsize=12, bbox=look, zorder=3)


def draw_lstm():
    ax = canvas("One step of the LSTM")
    ax.add_patch(plt.Rectangle((1, 0.9), 10, 5.4, facecolor="#f6f6f6", edgecolor="0.6", zorder=0))
    path(ax, (0.4, 5.4), (2.65, 5.4), width=4)
    path(ax, (3.35, 5.4), (5.65, 5.4), width=4)
    path(ax, (6.35, 5.4), (11.6, 5.4), width=4)
    path(ax, (0.4, 1.5), (8, 1.5), head=False)
    path(ax, (1.6, 0.3), (1.6, 1.5), head=False)
    for x, gate in ((3, "f"), (4.8, "i"), (7, "g"), (8, "o")):
        path(ax, (x, 1.5), (x, 2.2))
        node(ax, x, 2.5, r"$\tanh$" if gate == "g" else r"$\sigma$", COLOUR[gate], "round")
    path(ax, (3, 2.8), (3, 5.05))
    path(ax, (4.8, 2.8), (4.8, 4.0), (5.65, 4.0))
    path(ax, (7, 2.8), (7, 4.0), (6.35, 4.0))
    path(ax, (6, 4.35), (6, 5.05))
    path(ax, (8, 2.8), (8, 3.3), (9.65, 3.3))
    path(ax, (10, 5.4), (10, 4.75))
    path(ax, (10, 4.15), (10, 3.65))
    path(ax, (10, 2.95), (10, 1.5), (11.6, 1.5))
    for x, y, sign in ((3, 5.4, r"\times"), (6, 5.4, "+"), (6, 4, r"\times"), (10, 3.3, r"\times")):
        node(ax, x, y, f"${sign}$")
    node(ax, 10, 4.45, r"$\tanh$", shape="round")
    labels = {(0, 5.4): "c_{t-1}", (12, 5.4): "c_t", (0, 1.5): "h_{t-1}", (12, 1.5): "h_t"}
    labels |= {(1.6, 0.1): "x_t", (2.8, 3.3): "f_t", (4.6, 3.3): "i_t", (7.2, 3.3): "g_t"}
    labels |= {(8.25, 3.05): "o_t"}
    for (x, y), letter in labels.items():
        ax.text(x, y, f"${letter}$", ha="center", va="center", fontsize=14)
    for x, y, remark in (
        (2.1, 4.5, "keep\nhow much?"),
        (4.95, 4.45, "write?"),
        (7.1, 4.45, "write what?"),
        (9.0, 3.65, "reveal\nhow much?"),
    ):
        ax.text(x, y, remark, ha="center", va="center", fontsize=9, style="italic", color="0.35")
    plt.show()


draw_lstm()

# %% [markdown]
# ## Exercise 1: `lstm_gates` (4 points, about 10 minutes)
#
# *Deck 3, Long short-term memory.* At every step the cell is asked four questions. Each of its
# $H$ units answers for itself.
#
# | gate | the question | from | to | |
# |:--|:--|--:|--:|:--|
# | $i$, input gate | **whether to write** to the cell | 0: no | 1: yes | $\sigma$ |
# | $f$, forget gate | **whether to erase** or to keep it | 0: erase | 1: keep | $\sigma$ |
# | $o$, output gate | **how much to reveal** of it | 0: hide | 1: show | $\sigma$ |
# | $g$, the candidate | **what to write** | $-1$ | $1$ | $\tanh$ |
#
# The first three are shares, so they lie between 0 and 1. The fourth is content, so it has a
# sign. Beware of $f$: an *open* forget gate, $f = 1$, *keeps*.
#
# All four look at the same $x_t$ and $h_{t-1}$, each with weights of its own. So we put the
# weights side by side and need one product only:
#
# $$a = x_t W_x + h_{t-1} W_h + b, \qquad a = [\,a_i \mid a_f \mid a_o \mid a_g\,]$$
# $$i = \sigma(a_i), \quad f = \sigma(a_f), \quad o = \sigma(a_o), \quad g = \tanh(a_g)$$


# %% cellView="form" jupyter={"source_hidden": true}
# @title Where each gate has its columns (you need not read this code)
def draw_columns():
    _, ax = plt.subplots(figsize=(9.5, 4.6))
    ax.set(xlim=(-5.2, 13.6), ylim=(-4.4, 7.2), aspect="equal")
    ax.set_title("One product makes all four gates")
    ax.axis("off")
    for name, low, height, left, right in (
        ("W_x", 3.2, 2.0, "$x_t$  @", "D rows"),
        ("W_h", -0.4, 3.0, r"$+\;\; h_{t-1}$  @", "H rows"),
        ("b", -2.0, 1.0, "$+$", "one row"),
        ("a", -4.0, 1.0, r"$a\;\; =$", "N rows"),
    ):
        for k, gate in enumerate("ifog"):
            face = plt.Rectangle((3 * k, low), 3, height, facecolor=COLOUR[gate], edgecolor="white")
            ax.add_patch(face)
            text = f"$a_{gate}$" if name == "a" else f"${name}$, block ${gate}$"
            ax.text(3 * k + 1.5, low + height / 2, text, ha="center", va="center", fontsize=9)
        ax.text(-0.5, low + height / 2, left, ha="right", va="center", fontsize=13)
        ax.text(12.2, low + height / 2, right, va="center", fontsize=9, color="0.35")
    for k, gate in enumerate("ifog"):
        ax.text(3 * k + 1.5, 6.2, f"${gate}$", ha="center", fontsize=14)
        ax.text(3 * k + 1.5, 5.5, "H columns", ha="center", fontsize=8, color="0.35")
    plt.show()


draw_columns()

# %% [markdown]
# **How many parameters?** Deck 4 counts: if $x_t$ and $h_t$ have $h$ entries each, the matrix $W$
# is $4h \times 2h$. Ours is the same matrix, transposed and cut in two: $W_x$ on top of $W_h$ is
# $2h \times 4h$. With $h = 100$ these are 80,000 weights. The biases add 400.
#
# **Example** with $N = 1$, $D = 2$, $H = 1$. Take `x = [[1, 2]]` and `h_prev = [[0.5]]`.
#
# | | $i$ | $f$ | $o$ | $g$ |
# |:--|--:|--:|--:|--:|
# | `W_x`, first row | 0 | 1 | 2 | 0.5 |
# | `W_x`, second row | 1 | 0 | -1 | 0.25 |
# | `W_h` | 2 | -2 | 0 | 1 |
# | `b` | -1 | 1 | 0 | -0.5 |
# | $a$ | **2** | **1** | **0** | **1** |
# | the gate | 0.881 | 0.731 | 0.5 | 0.762 |
#
# The first column in full: $a_i = 1 \cdot 0 + 2 \cdot 1 + 0.5 \cdot 2 - 1 = 2$, and
# $\sigma(2) = 0.881$. Compare the last line: $f$ and $g$ have the same $a = 1$, but
# $\sigma(1) = 0.731$ and $\tanh(1) = 0.762$.


# %% nbgrader={"grade": false, "grade_id": "lstm_gates", "locked": false, "schema_version": 3, "solution": true, "task": false}
def lstm_gates(x, h_prev, W_x, W_h, b):
    """The four gates of one step.

    x: input x_t, (N, D)
    h_prev: hidden state h_{t-1}, (N, H)
    W_x: (D, 4H), W_h: (H, 4H), b: (4H,), the blocks in the order i, f, o, g

    Returns i, f, o, g, in this order, each (N, H).
    """
    ### BEGIN SOLUTION
    H = h_prev.shape[1]
    a = x @ W_x + h_prev @ W_h + b
    i = sigmoid(a[:, :H])
    f = sigmoid(a[:, H : 2 * H])
    o = sigmoid(a[:, 2 * H : 3 * H])
    g = np.tanh(a[:, 3 * H :])
    return i, f, o, g
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "lstm_gates_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("lstm_gates", lstm_gates)

# %% nbgrader={"grade": true, "grade_id": "lstm_gates_grade", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
grade("lstm_gates", lstm_gates, points=4)

# %% [markdown]
# ## Exercise 2: `lstm_step` (4 points, about 10 minutes)
#
# *Deck 3, Long short-term memory; deck 4, Forget gate.* Now the gates do their work.
#
# $$c_t = f \odot c_{t-1} + i \odot g \qquad\qquad h_t = o \odot \tanh(c_t)$$
#
# **Example**, with deck 4's $f$ and $c_{t-1}$. One sequence, $H = 3$; follow one column down.
#
# | | | unit 1 | unit 2 | unit 3 |
# |:--|:--|--:|--:|--:|
# | the old cell | $c_{t-1}$ | 3 | 5 | -2 |
# | keep 70 %, 40 %, 80 % of it | $f$ | 0.7 | 0.4 | 0.8 |
# | what is left | $f \odot c_{t-1}$ | **2.1** | **2.0** | **-1.6** |
# | what to write | $g$ | 0.8 | -0.5 | 0.4 |
# | how much of that | $i$ | 0.5 | 0.8 | 0.25 |
# | what is written | $i \odot g$ | **0.4** | **-0.4** | **0.1** |
# | the new cell | $c_t$ | **2.5** | **1.6** | **-1.5** |
# | squashed | $\tanh(c_t)$ | 0.987 | 0.922 | -0.905 |
# | how much to reveal | $o$ | 0.9 | 0.5 | 0.1 |
# | the new hidden state | $h_t$ | **0.888** | **0.461** | **-0.091** |
#
# Unit 3 keeps most of its cell and shows hardly any of it. It can show it later.
#
# Mind one slip: deck 5 prints $h_t = o \odot c_t$, without $\tanh$. Then unit 1 would show
# $0.9 \cdot 2.5 = 2.25$. With $\tanh$, as in decks 1, 3 and 4, $h$ stays between $-1$ and $1$.
# We use $\tanh$.


# %% nbgrader={"grade": false, "grade_id": "lstm_step", "locked": false, "schema_version": 3, "solution": true, "task": false}
def lstm_step(x, h_prev, c_prev, W_x, W_h, b):
    """One step of the LSTM.

    x: input x_t, (N, D)
    h_prev: hidden state h_{t-1}, (N, H)
    c_prev: cell state c_{t-1}, (N, H)
    W_x: (D, 4H), W_h: (H, 4H), b: (4H,), the blocks in the order i, f, o, g

    Returns h_t (N, H) and c_t (N, H), in this order.
    """
    ### BEGIN SOLUTION
    i, f, o, g = lstm_gates(x, h_prev, W_x, W_h, b)
    c = f * c_prev + i * g
    h = o * np.tanh(c)
    return h, c
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "lstm_step_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("lstm_step", lstm_step)

# %% nbgrader={"grade": true, "grade_id": "lstm_step_grade", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
grade("lstm_step", lstm_step, points=4)

# %% [markdown]
# **Try it** on the small example of exercise 1, with $c_{t-1} = 2$. By hand:
# $c_t = 0.731 \cdot 2 + 0.881 \cdot 0.762 = 2.133$ and $h_t = 0.5 \cdot \tanh(2.133) = 0.486$.


# %%
def small_example():
    weights_x = np.array([[0, 1, 2, 0.5], [1, 0, -1, 0.25]])
    weights_h = np.array([[2.0, -2, 0, 1]])
    biases = np.array([-1, 1, 0, -0.5])
    return np.array([[1.0, 2]]), np.array([[0.5]]), weights_x, weights_h, biases


def try_step():
    x, h_before, *weights = small_example()
    for gate, value in zip("ifog", lstm_gates(x, h_before, *weights), strict=True):
        print(f"{gate} = {value[0, 0]:.3f}")
    h_after, c_after = lstm_step(x, h_before, np.array([[2.0]]), *weights)
    print(f"c = {c_after[0, 0]:.3f}\nh = {h_after[0, 0]:.3f}")


try_step()

# %% [markdown]
# ## Exercise 3: `lstm_sequence` (3 points, about 10 minutes)
#
# *Deck 3: the same function and the same parameters at every step.* Start from $h_0$ and $c_0$.
# At every step hand **both** states on to the next.
#
# ```
#           x_1            x_2                  x_T
#            |              |                    |
#   h_0 --> step -- h_1 -> step -- h_2 -> ... -> step --> h_T
#   c_0 -->      -- c_1 ->      -- c_2 -> ... ->      --> c_T
# ```
#
# The input at step $t$ is `x[:, t]`, of shape `(N, D)`. Python counts from 0, so $x_1$ is
# `x[:, 0]`. You return all the states: $h_1 \dots h_T$ and $c_1 \dots c_T$, each `(N, T, H)`.
# $h_0$ and $c_0$ are not among them.
#
# **Example: a cell that halves.** $D = H = 1$. All weights are 0, but for the one from $x$ to
# $g$, which is 1. No biases. So $i = f = o = \sigma(0) = 0.5$ at every step and
# $g = \tanh(x_t)$. Start from $h_0 = c_0 = 0$.
#
# | $t$ | $x_t$ | $g$ | $c_t = 0.5\,c_{t-1} + 0.5\,g$ | $h_t = 0.5 \tanh(c_t)$ |
# |--:|--:|--:|--:|--:|
# | 1 | 1 | 0.7616 | 0.3808 | 0.1817 |
# | 2 | 0 | 0 | 0.1904 | 0.0941 |
# | 3 | 0 | 0 | 0.0952 | 0.0475 |
#
# The cell loses half of what it knows at every step. That is what $f = 0.5$ means.


# %% nbgrader={"grade": false, "grade_id": "lstm_sequence", "locked": false, "schema_version": 3, "solution": true, "task": false}
def lstm_sequence(x, h0, c0, W_x, W_h, b):
    """The same step at every time; both states are carried on.

    x: inputs x_1 ... x_T, (N, T, D)
    h0: hidden state before the first input, (N, H)
    c0: cell state before the first input, (N, H)
    W_x: (D, 4H), W_h: (H, 4H), b: (4H,), the blocks in the order i, f, o, g

    Returns h_1 ... h_T (N, T, H) and c_1 ... c_T (N, T, H), in this order.
    """
    ### BEGIN SOLUTION
    N, T, _ = x.shape
    H = h0.shape[1]
    h, c = np.zeros((N, T, H)), np.zeros((N, T, H))
    h_t, c_t = h0, c0
    for t in range(T):
        h_t, c_t = lstm_step(x[:, t], h_t, c_t, W_x, W_h, b)
        h[:, t] = h_t
        c[:, t] = c_t
    return h, c
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "lstm_sequence_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("lstm_sequence", lstm_sequence)

# %% nbgrader={"grade": true, "grade_id": "lstm_sequence_grade", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
grade("lstm_sequence", lstm_sequence, points=3)

# %% [markdown]
# **Try it** on the cell that halves. You should see the numbers of the table.


# %%
def halving_example():
    x = np.array([1.0, 0, 0]).reshape(1, 3, 1)
    nothing = np.zeros((1, 1))
    return x, nothing, nothing, np.array([[0.0, 0, 0, 1]]), np.zeros((1, 4)), np.zeros(4)


def try_sequence():
    h_all, c_all = lstm_sequence(*halving_example())
    for step in range(3):
        print(f"t = {step + 1}   c = {c_all[0, step, 0]:.4f}   h = {h_all[0, step, 0]:.4f}")


try_sequence()

# %% [markdown]
# ## Exercise 4: `keep_cell` (3 points, about 10 minutes)
#
# *Deck 1, How does LSTM solve vanishing gradients?* The deck makes a claim: if the forget gate
# is set to 1 for a cell and the input gate to 0, then *the information of that cell is preserved
# indefinitely*. Make it come true. Choose weights of an LSTM whose cell stays as it is, for
# **every** start $h_0, c_0$ and through **any** inputs, however noisy:
#
# $$f_t = 1 \text{ and } i_t = 0 \text{ at every step, so that } c_t = c_{t-1} = \dots = c_0$$
#
# A sigmoid never quite reaches 1. Does that matter? Suppose that the forget gate's sum is $a_f$
# at each of 500 steps, and nothing is written:
#
# | $a_f$ | $f = \sigma(a_f)$ | left after 500 steps: $f^{500}$ |
# |--:|--:|--:|
# | 1 | 0.7311 | $10^{-68}$ |
# | 5 | 0.9933 | 0.035 |
# | 10 | 0.99995 | 0.978 |
# | 20 | 0.999999998 | 0.999999 |
#
# The input gate is as strict: with $i = 0.0067$, which is $\sigma(-5)$, 500 small writes can add
# up to more than 3.
#
# Two questions lead to an answer. Which of $W_x$, $W_h$ and $b$ let inputs and states move a
# gate? Which sets a gate whatever comes in? What $o$ and $g$ do is up to you. There are many
# right answers, and `check` takes each of them.


# %% nbgrader={"grade": false, "grade_id": "keep_cell", "locked": false, "schema_version": 3, "solution": true, "task": false}
def keep_cell(D, H):
    """Weights of an LSTM that keeps its cell as it is, whatever the inputs.

    D: numbers in one input
    H: hidden units

    Returns W_x (D, 4H), W_h (H, 4H), b (4H,), the blocks in the order i, f, o, g.
    """
    ### BEGIN SOLUTION
    W_x = np.zeros((D, 4 * H))  # no input can move a gate
    W_h = np.zeros((H, 4 * H))  # nor can the hidden state
    b = np.zeros(4 * H)
    b[:H] = -100.0  # i = 0: nothing is written
    b[H : 2 * H] = 100.0  # f = 1: nothing is erased
    return W_x, W_h, b
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "keep_cell_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("keep_cell", keep_cell)

# %% nbgrader={"grade": true, "grade_id": "keep_cell_grade", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
grade("keep_cell", keep_cell, points=3)

# %% [markdown]
# **See it.** Both LSTMs below start from deck 4's cell, $c_0 = [3, 5, -2]$, and read the same
# 500 noisy inputs. On the left stand your weights. On the right stand small random weights and
# no biases, as one would start training: $f$ is near 0.5.


# %%
def show_kept_cell(steps=500):
    rng = np.random.default_rng(4)
    x = 2 * rng.standard_normal((1, steps, 4))
    start = np.array([[3.0, 5.0, -2.0]])
    random = 0.2 * rng.standard_normal((4, 12)), 0.2 * rng.standard_normal((3, 12)), np.zeros(12)
    cells = []
    for weights in (keep_cell(4, 3), random):
        cells.append(lstm_sequence(x, np.zeros((1, 3)), start, *weights)[1][0])

    _, axes = plt.subplots(1, 2, figsize=(10, 3.4), sharey=True)
    titles = ("keep_cell: kept for 500 steps", "random weights: gone within 10 steps")
    for ax, values, title in zip(axes, cells, titles, strict=True):
        with_start = np.concatenate([start, values])
        for unit, colour in enumerate(("tab:blue", "tab:orange", "tab:green")):
            ax.plot(with_start[:, unit], color=colour, lw=1.2, label=f"unit {unit + 1}")
        ax.set(title=title, xlabel="step t")
        ax.grid(alpha=0.3)
    axes[0].set_ylabel("cell state $c_t$")
    axes[0].legend(loc="center right")
    plt.tight_layout()
    plt.show()
    print("largest change of your cell:", np.abs(cells[0] - start).max())


show_kept_cell()

# %% [markdown]
# Your cell remembers for ever, but it learns nothing new: its gates never move. A useful LSTM
# opens and closes them **depending on what it reads**. To find such weights it has to be trained,
# and for that we need gradients.

# %% [markdown]
# # Part 2: the way back
#
# ## Given: a gradient check
#
# How do you know that a gradient is right? Measure it. Move one number $p$ a little up and a
# little down, and see how much the loss moves:
#
# $$\frac{\partial L}{\partial p} \approx \frac{L(p + \epsilon) - L(p - \epsilon)}{2 \epsilon}$$
#
# Example: $L(p) = p^2$ at $p = 3$ with $\epsilon = 0.1$. Then $(9.61 - 8.41) / 0.2 = 6$, and
# $2p = 6$. This is slow, as it needs two forward passes for every number. But it needs no
# calculus, so it makes a good judge. The two functions below are given; you use them after
# exercises 5 and 6. (They are no answer to these: under a loss of $10^{11}$ a slope of 1 drowns in
# rounding, and one of the grader's cases is like that.)


# %% nbgrader={"grade": false, "grade_id": "gradient_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
def numerical_gradient(loss, parameter, epsilon=1e-5):
    """dL/dp for every entry of `parameter`; loss() must read `parameter` anew at each call."""
    gradient = np.zeros_like(parameter)
    for index in np.ndindex(parameter.shape):
        value = parameter[index]
        parameter[index] = value + epsilon
        above = loss()
        parameter[index] = value - epsilon
        below = loss()
        parameter[index] = value
        gradient[index] = (above - below) / (2 * epsilon)
    return gradient


def compare_gradients(loss, parameters, gradients):
    """For each name: is your gradient the measured one?"""
    for name, parameter in parameters.items():
        yours, measured = gradients[name], numerical_gradient(loss, parameter)
        if yours.shape != measured.shape:
            print(f"d{name}: the shape is {yours.shape}, it should be {measured.shape}")
            continue
        error = np.abs(yours - measured).max() / max(np.abs(measured).max(), 1e-8)
        print(f"d{name:7s} relative error {error:.0e}   {'fine' if error < 1e-6 else 'WRONG'}")


# %% [markdown]
# ## Exercise 5: `lstm_step_backward` (6 points, about 35 minutes)
#
# *Deck 3, Backpropagation in LSTM: uninterrupted gradient flow. Deck 4: an addition copies the
# gradient.* You are given what the loss $L$ wants from this step's results. You work out what it
# wants from everything that went in. We write $dy$ for $\partial L / \partial y$.
#
# These rules are all that you need:
#
# | forward | backward, when $dy$ (or $da$) arrives |
# |:--|:--|
# | $y = u + v$ | $du = dy$ and $dv = dy$ |
# | $y = u \odot v$ | $du = dy \odot v$ and $dv = dy \odot u$ |
# | $y = \sigma(a)$ | $da = dy \odot y \odot (1 - y)$ |
# | $y = \tanh(a)$ | $da = dy \odot (1 - y^2)$ |
# | $a = u W + b$ | $du = da\, W^\top$, $dW = u^\top da$, $db$ = the sum of the $N$ rows of $da$ |
# | $y$ is used in two places | add what comes back from both |
#
# Walk through the step from its last line to its first:
#
# | | forward | going backward, ask |
# |--:|:--|:--|
# | 4 | $h_t = o \odot \tanh(c_t)$ | what do $o$ and $c_t$ get? |
# | 3 | $c_t = f \odot c_{t-1} + i \odot g$ | what do $f$, $c_{t-1}$, $i$ and $g$ get? |
# | 2 | $\sigma$ of $a_i, a_f, a_o$ and $\tanh$ of $a_g$ | what does each block of $a$ get? |
# | 1 | $a = x_t W_x + h_{t-1} W_h + b$ | put the blocks side by side; the rest is the fifth rule |
#
# Three things to mind:
#
# * **$c_t$ is used twice**: in $h_t$, and by step $t + 1$. The argument `dc` is only what comes
#   back from step $t + 1$. Finish $c_t$'s gradient before you go on to line 3.
# * **On the way from $c_t$ to $c_{t-1}$ there is one multiplication.** No matrix, no $\tanh$.
#   This is the whole secret of the LSTM.
# * The gates are not among the arguments. Work them out again with `lstm_gates`.
#
# **Example**, one unit: $i = 0.4$, $f = 0.8$, $o = 0.5$, $g = 0.5$ and $c_{t-1} = 1$. So
# $c_t = 0.8 + 0.2 = 1$ and $\tanh(c_t) = 0.762$. There arrive $dh = 2$ and $dc = 0.1$.
#
# | gradient of | $o$ | $c_t$, in full | $c_{t-1}$ | $i$ | $f$ | $g$ |
# |:--|--:|--:|--:|--:|--:|--:|
# | is | 1.523 | 0.520 | 0.416 | 0.260 | 0.520 | 0.208 |
#
# | gradient of | $a_i$ | $a_f$ | $a_o$ | $a_g$ |
# |:--|--:|--:|--:|--:|
# | is | 0.062 | 0.083 | 0.381 | 0.156 |
#
# Check some of these by hand before you write code. For instance, $o$ gets
# $2 \cdot 0.762 = 1.523$.


# %% nbgrader={"grade": false, "grade_id": "lstm_step_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def lstm_step_backward(dh, dc, x, h_prev, c_prev, W_x, W_h, b):
    """The gradients of one step.

    dh: dL/dh_t, (N, H)
    dc: dL/dc_t, only the part that comes back from step t + 1, (N, H)
    x, h_prev, c_prev, W_x, W_h, b: what lstm_step was given

    Returns dx (N, D), dh_prev (N, H), dc_prev (N, H), dW_x (D, 4H), dW_h (H, 4H), db (4H,).
    """
    ### BEGIN SOLUTION
    i, f, o, g = lstm_gates(x, h_prev, W_x, W_h, b)
    tanh_c = np.tanh(f * c_prev + i * g)

    # h = o * tanh(c)
    do = dh * tanh_c
    dc_full = dc + dh * o * (1 - tanh_c**2)

    # c = f * c_prev + i * g
    df = dc_full * c_prev
    dc_prev = dc_full * f
    di = dc_full * g
    dg = dc_full * i

    # i, f, o = sigmoid(a), g = tanh(a)
    da_i = di * i * (1 - i)
    da_f = df * f * (1 - f)
    da_o = do * o * (1 - o)
    da_g = dg * (1 - g**2)
    da = np.concatenate([da_i, da_f, da_o, da_g], axis=1)

    # a = x @ W_x + h_prev @ W_h + b
    dx = da @ W_x.T
    dh_prev = da @ W_h.T
    dW_x = x.T @ da
    dW_h = h_prev.T @ da
    db = da.sum(axis=0)
    return dx, dh_prev, dc_prev, dW_x, dW_h, db
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "lstm_step_backward_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("lstm_step_backward", lstm_step_backward)

# %% nbgrader={"grade": true, "grade_id": "lstm_step_backward_grade", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
grade("lstm_step_backward", lstm_step_backward, points=6)

# %% [markdown]
# **Measure it.** We need a loss whose gradients at $h_t$ and $c_t$ are just `dh` and `dc`. This
# one will do: $L = \sum dh \odot h_t + \sum dc \odot c_t$.


# %%
def measure_step(N=3, D=4, H=2):
    rng = np.random.default_rng(0)
    shapes = {"x": (N, D), "h_prev": (N, H), "c_prev": (N, H)}
    shapes |= {"W_x": (D, 4 * H), "W_h": (H, 4 * H), "b": (4 * H,)}
    given = {name: rng.standard_normal(shape) for name, shape in shapes.items()}
    wish_h, wish_c = rng.standard_normal((2, N, H))

    def loss():
        h_after, c_after = lstm_step(**given)
        return (wish_h * h_after).sum() + (wish_c * c_after).sum()

    gradients = lstm_step_backward(wish_h, wish_c, **given)
    compare_gradients(loss, given, dict(zip(given, gradients, strict=True)))


measure_step()

# %% [markdown]
# ## Exercise 6: `lstm_sequence_backward` (5 points, about 20 minutes)
#
# *Deck 1, Backpropagation for RNNs; deck 5, Backpropagation through time.* Walk back from step
# $T$ to step 1 and call `lstm_step_backward` at each.
#
# ```
#         dh[:, 0]          dh[:, 1]                 dh[:, T-1]     from the outputs
#            |                 |                         |
#   dh0 <-- step 1 <-- dh -- step 2 <-- dh -- ... <-- step T <-- 0
#   dc0 <--        <-- dc --        <-- dc -- ... <--        <-- 0
# ```
#
# Four things to mind:
#
# * What arrives at $h_t$ is a sum: what its own output asks for, `dh[:, t]`, and what step
#   $t + 1$ hands back. `dc` arrives from step $t + 1$ alone. After the last step nothing comes.
# * Step $t$ started from $h_{t-1}$ and $c_{t-1}$. Run `lstm_sequence` first to have them. Step 1
#   started from $h_0$ and $c_0$.
# * All the steps share $W_x$, $W_h$ and $b$. So their gradients are **summed** over the steps.
# * Do not write into the `dh` that you are given.
#
# **Example**: the cell that halves, from exercise 3. Only the last hidden state counts,
# $L = h_3$, so `dh` is 0, 0, 1. Read the table from the bottom to the top, as the gradient does.
#
# | $t$ | `dh[:, t-1]` | $c_t$ gets, in full | and hands back to $c_{t-1}$ | $dx_t$ |
# |--:|--:|--:|--:|--:|
# | 1 | 0 | 0.1239 | **0.0619** = `dc0` | 0.0260 |
# | 2 | 0 | 0.2477 | 0.1239 | 0.1239 |
# | 3 | 1 | 0.4955 | 0.2477 | 0.2477 |
#
# At $t = 3$: $o\,(1 - \tanh^2 c_3) = 0.5 \cdot 0.991 = 0.4955$. From there on each step back
# multiplies by $f = 0.5$, and by nothing else.


# %% nbgrader={"grade": false, "grade_id": "lstm_sequence_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def lstm_sequence_backward(dh, x, h0, c0, W_x, W_h, b):
    """Backpropagation through time, through h and through c.

    dh: dL/dh_t from the outputs alone, (N, T, H)
    x, h0, c0, W_x, W_h, b: what lstm_sequence was given

    Returns dx (N, T, D), dh0 (N, H), dc0 (N, H), dW_x (D, 4H), dW_h (H, 4H), db (4H,).
    """
    ### BEGIN SOLUTION
    T = x.shape[1]
    h, c = lstm_sequence(x, h0, c0, W_x, W_h, b)
    dx = np.zeros_like(x)
    dW_x, dW_h, db = np.zeros_like(W_x), np.zeros_like(W_h), np.zeros_like(b)
    dh_next, dc_next = np.zeros_like(h0), np.zeros_like(c0)
    for t in reversed(range(T)):
        if t > 0:
            h_prev, c_prev = h[:, t - 1], c[:, t - 1]
        else:
            h_prev, c_prev = h0, c0
        dx[:, t], dh_next, dc_next, dW_x_t, dW_h_t, db_t = lstm_step_backward(
            dh[:, t] + dh_next, dc_next, x[:, t], h_prev, c_prev, W_x, W_h, b
        )
        dW_x += dW_x_t
        dW_h += dW_h_t
        db += db_t
    return dx, dh_next, dc_next, dW_x, dW_h, db
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "lstm_sequence_backward_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("lstm_sequence_backward", lstm_sequence_backward)

# %% nbgrader={"grade": true, "grade_id": "lstm_sequence_backward_grade", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
grade("lstm_sequence_backward", lstm_sequence_backward, points=5)

# %% [markdown]
# **Try it** on the cell that halves, then **measure it** on a random LSTM.


# %%
def try_sequence_backward():
    last_only = np.array([0.0, 0, 1]).reshape(1, 3, 1)
    dx, _, dc0, *_ = lstm_sequence_backward(last_only, *halving_example())
    print("dx  =", dx[0, :, 0].round(4))
    print("dc0 =", dc0[0].round(4), "\n")


def measure_sequence(N=3, T=5, D=4, H=2):
    rng = np.random.default_rng(0)
    shapes = {"x": (N, T, D), "h0": (N, H), "c0": (N, H)}
    shapes |= {"W_x": (D, 4 * H), "W_h": (H, 4 * H), "b": (4 * H,)}
    given = {name: rng.standard_normal(shape) for name, shape in shapes.items()}
    wish_h = rng.standard_normal((N, T, H))

    def loss():
        return (wish_h * lstm_sequence(**given)[0]).sum()

    gradients = lstm_sequence_backward(wish_h, **given)
    compare_gradients(loss, given, dict(zip(given, gradients, strict=True)))


try_sequence_backward()
measure_sequence()

# %% [markdown]
# ## See it: does the gradient arrive?
#
# *Deck 5, Vanishing/Exploding Gradients.* The loss looks at the last hidden state only. How much
# of its gradient comes back to the state before step 1, after $T$ steps? For a simple RNN deck 5
# has the formula: a product of $T$ factors $\mathrm{diag}(1 - h_j^2)\,W$. For the LSTM we ask
# your `lstm_sequence_backward` for `dc0`.


# %%
def rnn_gradient_norms(x, weights_x, weights_h, direction):
    """||dL/dh_0|| after 1, 2, ... T steps of a simple RNN: deck 5's product, factor by factor."""
    state, product, norms = np.zeros(len(weights_h)), np.eye(len(weights_h)), []
    for now in x:
        state = np.tanh(now @ weights_x + state @ weights_h)
        product = product @ (weights_h * (1 - state**2))
        norms.append(np.linalg.norm(product @ direction))
    return norms


def lstm_gradient_norms(x, lengths, weights, direction):
    """||dL/dc_0|| after so many steps of an LSTM, by your lstm_sequence_backward."""
    start, norms = np.zeros((1, len(direction))), []
    for length in lengths:
        last_only = np.zeros((1, length, len(direction)))
        last_only[0, -1] = direction
        dc0 = lstm_sequence_backward(last_only, x[None, :length], start, start, *weights)[2]
        norms.append(np.linalg.norm(dc0))
    return norms


def show_gradient_flow(D=4, H=16):
    rng = np.random.default_rng(0)
    lengths = [1, 2, 5, 10, 20, 30, 40, 60, 80, 100]
    x = 0.5 * rng.standard_normal((lengths[-1], D))
    direction = np.ones(H) / np.sqrt(H)
    lines = {}
    for bias in (5, 0):
        weights = 0.3 * rng.standard_normal((D, 4 * H)), 0.05 * rng.standard_normal((H, 4 * H))
        gates_bias = np.repeat([0.0, bias, 0.0, 0.0], H)
        share = sigmoid(np.array(bias))
        label = f"LSTM, $f$ near {share:.2f} (forget bias {bias})"
        lines[label] = lstm_gradient_norms(x, lengths, (*weights, gates_bias), direction)
    for largest in (0.9, 0.5):
        random = rng.standard_normal((H, H))
        random *= largest / np.abs(np.linalg.eigvals(random)).max()
        norms = rnn_gradient_norms(x, 0.3 * rng.standard_normal((D, H)), random, direction)
        label = f"RNN, largest eigenvalue of $W$ {largest}"
        lines[label] = [norms[length - 1] for length in lengths]

    plt.figure(figsize=(8, 4.2))
    for (label, norms), style in zip(lines.items(), ("o-", "o--", "s-", "s--"), strict=True):
        plt.semilogy(lengths, norms, style, label=label, ms=4)
    plt.ylim(1e-24, 10)
    plt.xlabel("number of steps T")
    plt.ylabel("length of the gradient at the start")
    plt.title("What is left of the gradient after T steps")
    plt.grid(alpha=0.3)
    plt.legend(loc="lower left")
    plt.tight_layout()
    plt.show()


show_gradient_flow()

# %% [markdown]
# The axis is logarithmic, so a straight line down is exponential decay. What you see:
#
# * The RNN's gradient vanishes, and the faster, the smaller the largest eigenvalue of $W$. (Deck 5:
#   below 1 it shrinks exponentially.)
# * The LSTM with $f$ near 1 still has its gradient after 100 steps.
# * The LSTM with $f$ near 0.5 has lost it too: $0.5^{100} = 8 \cdot 10^{-31}$. Deck 5 says so: an
#   LSTM *doesn't guarantee* that gradients do not vanish. It makes it *easy* for a model to keep
#   them.
#
# ## See it: an LSTM learns to remember
#
# The task: the first input is $+1$ or $-1$. Then come 39 steps of noise. At the end, say what
# the first input was. We train two LSTMs with your gradients. They differ in one number, the
# bias of the forget gate at the start: 0 or 3. (In deck 5's tables the row LSTM-b is an LSTM with
# a forget bias of 1. It beats the plain LSTM there in every column.)


# %%
# @title Train two LSTMs with your gradients (takes a few seconds)
def recall_batch(rng, N=32, T=40):
    """Input 1 is +1 or -1 at the first step, then 0; input 2 is noise at every step."""
    answer = rng.choice([-1.0, 1.0], N)
    x = np.zeros((N, T, 2))
    x[:, 0, 0] = answer
    x[:, :, 1] = rng.standard_normal((N, T))
    return x, answer


def train_recall(forget_bias, H=8, updates=60, rate=0.02):
    """Returns the share of right answers before each update, and the trained weights."""
    rng = np.random.default_rng(1)
    weights = [0.3 * rng.standard_normal(shape) for shape in ((2, 4 * H), (H, 4 * H))]
    weights += [np.repeat([0.0, forget_bias, 0.0, 0.0], H), 0.3 * rng.standard_normal(H)]
    mean, square = ([np.zeros_like(w) for w in weights] for _ in range(2))
    right = []
    for update in range(1, updates + 1):
        x, answer = recall_batch(rng)
        start = np.zeros((len(x), H))
        h_all, _ = lstm_sequence(x, start, start, *weights[:3])
        score = h_all[:, -1] @ weights[3]
        right.append(np.mean(np.sign(score) == answer))

        # The loss is the mean of -log sigmoid(answer * score).
        d_score = -answer * sigmoid(-answer * score) / len(x)
        d_hidden = np.zeros_like(h_all)
        d_hidden[:, -1] = np.outer(d_score, weights[3])
        gradients = [*lstm_sequence_backward(d_hidden, x, start, start, *weights[:3])[3:]]
        gradients.append(h_all[:, -1].T @ d_score)

        for w, gradient, m, s in zip(weights, gradients, mean, square, strict=True):  # Adam
            m += 0.1 * (gradient - m)
            s += 0.001 * (gradient**2 - s)
            w -= rate * (m / (1 - 0.9**update)) / (np.sqrt(s / (1 - 0.999**update)) + 1e-8)
    return np.array(right), weights


def show_memory():
    runs = {bias: train_recall(bias) for bias in (3.0, 0.0)}
    x, answer = recall_batch(np.random.default_rng(2), N=20)
    weights = runs[3.0][1]
    start = np.zeros((len(x), len(weights[3])))
    _, cells = lstm_sequence(x, start, start, *weights[:3])
    gap = cells[answer > 0, -1].mean(axis=0) - cells[answer < 0, -1].mean(axis=0)
    unit = np.argmax(np.abs(gap))

    _, (left, right) = plt.subplots(1, 2, figsize=(11, 3.8))
    for (bias, (share, _)), style in zip(runs.items(), ("-", "--"), strict=True):
        smooth = np.convolve(share, np.ones(10) / 10, mode="valid")
        left.plot(np.arange(10, 10 + len(smooth)), smooth, style, label=f"forget bias {bias:.0f}")
    left.axhline(0.5, color="0.7", lw=1)
    left.text(59, 0.42, "guessing gives 0.5", color="0.5", ha="right", fontsize=8)
    left.set(xlabel="updates", ylabel="right answers", ylim=(0.3, 1.05))
    left.set_title("Recall after 40 steps (mean of 10 batches)")
    left.legend(loc="center right")
    for cell, sign in zip(cells[:, :, unit], answer, strict=True):
        right.plot(np.arange(1, 41), cell, color="tab:red" if sign > 0 else "tab:blue", lw=0.9)
    right.set(xlabel="step t", ylabel=f"$c_t$ of unit {unit + 1}")
    right.set_title("What one cell keeps (red: first input +1, blue: -1)")
    for ax in (left, right):
        ax.grid(alpha=0.3)
    plt.tight_layout()
    plt.show()


show_memory()

# %% [markdown]
# On the left: with $f$ near 0.95 at the start the LSTM learns the task. With $f$ near 0.5 it goes
# on guessing. Some weights would solve the task for it, too. But the gradient that points to them
# has been halved at each of 39 steps: $0.5^{39} = 2 \cdot 10^{-12}$ is left.
#
# On the right: 20 new sequences, and the cell that knows the answer. Through all the noise red and
# blue stay apart. They even draw further apart: the cell tells itself, by $h_{t-1}$, to write the
# same answer again. Deck 3 calls this an *interpretable cell*.
#
# # Part 3: the GRU
#
# ## The idea: one state, two gates
#
# *Deck 1, GRU; deck 4, Gated Recurrent Unit.* The GRU is a lighter LSTM.
#
# | | LSTM | GRU |
# |:--|:--|:--|
# | states | $h_t$ and $c_t$ | $h_t$ alone; it is more like the LSTM's $c_t$ |
# | what to keep | $f$ | $1 - z$ |
# | what to let in | $i$ | $z$ |
# | what to reveal | $o$ | everything |
# | what of the past the candidate sees | all of $h_{t-1}$ | $r \odot h_{t-1}$ |
# | blocks | 4: $i, f, o, g$ | 3: $z, r, \tilde h$ |
# | weights with $D = H = 100$ | $200 \times 400 = 80{,}000$ | $200 \times 300 = 60{,}000$ |
#
# The LSTM has two taps, $f$ and $i$. The GRU has one tap that mixes: what it lets in it must
# erase. With deck 4's numbers: if $z = [0.6, 0.3, 0.8]$, then $1 - z = [0.4, 0.7, 0.2]$. In every
# unit the two add up to 1.


# %% cellView="form" jupyter={"source_hidden": true}
# @title The GRU cell, drawn (you need not read this code; it uses the LSTM drawing's tools)
def draw_gru():
    ax = canvas("One step of the GRU", width=10.5)
    ax.add_patch(plt.Rectangle((1, 0.6), 8.6, 5.7, facecolor="#f6f6f6", edgecolor="0.6", zorder=0))
    path(ax, (0.4, 5.4), (4.95, 5.4), width=4)
    path(ax, (5.65, 5.4), (7.65, 5.4), width=4)
    path(ax, (8.35, 5.4), (10.1, 5.4), width=4)
    path(ax, (2, 5.4), (2, 1.6), (5.3, 1.6), head=False)
    path(ax, (2, 4.1), (3.15, 4.1))
    path(ax, (1.5, 0.4), (1.5, 0.95), (8, 0.95), (8, 2.2))
    path(ax, (1.5, 0.95), (1.5, 1.6), (2, 1.6), head=False)
    for x, gate, act, colour in ((3.5, "r_t", "sigma", "o"), (5.3, "z_t", "sigma", "i")):
        path(ax, (x, 1.6), (x, 2.2))
        node(ax, x, 2.5, rf"$\{act}$", COLOUR[colour], "round")
        ax.text(x + 0.3, 3.05, f"${gate}$", ha="center", va="center", fontsize=14)
    node(ax, 8, 2.5, r"$\tanh$", COLOUR["g"], "round")
    ax.text(8.35, 3.1, r"$\tilde{h}_t$", ha="center", va="center", fontsize=14)
    path(ax, (3.5, 2.8), (3.5, 3.75))
    path(ax, (3.85, 4.1), (4.4, 4.1), (4.4, 0.95))
    path(ax, (5.3, 2.8), (5.3, 4.15))
    path(ax, (5.3, 4.75), (5.3, 5.05))
    path(ax, (5.3, 3.7), (7.65, 3.7))
    path(ax, (8, 2.8), (8, 3.35))
    path(ax, (8, 4.05), (8, 5.05))
    node(ax, 5.3, 4.45, r"$1-$", shape="round")
    for x, y in ((5.3, 5.4), (8, 3.7), (3.5, 4.1)):
        node(ax, x, y, r"$\times$")
    node(ax, 8, 5.4, "$+$")
    for x, y, letter in ((0, 5.4, "h_{t-1}"), (10.5, 5.4, "h_t"), (1.5, 0.02, "x_t")):
        ax.text(x, y, f"${letter}$", ha="center", va="bottom" if y < 1 else "center", fontsize=14)
    for x, y, remark in ((6.3, 5.75, "keep"), (8.7, 4.5, "let in"), (2.7, 4.35, "look back")):
        ax.text(x, y, remark, ha="center", va="center", fontsize=9, style="italic", color="0.35")
    plt.show()


draw_gru()

# %% [markdown]
# ## Exercise 7: `gru_step` (4 points, about 15 minutes)
#
# *Deck 1, GRU; deck 3, What is GRU?* The decks leave out the biases, we have them.
#
# $$z = \sigma(x_t W_{xz} + h_{t-1} W_{hz} + b_z) \qquad \text{update gate: how much to let in}$$
# $$r = \sigma(x_t W_{xr} + h_{t-1} W_{hr} + b_r) \qquad \text{reset gate: how far to look back}$$
# $$\tilde h = \tanh(x_t W_{xh} + (r \odot h_{t-1})\, W_{hh} + b_h) \qquad \text{the candidate}$$
# $$h_t = (1 - z) \odot h_{t-1} + z \odot \tilde h$$
#
# `W_x` is $[\,W_{xz} \mid W_{xr} \mid W_{xh}\,]$, and `W_h` and `b` are in the same order.
#
# **Example for the last line**, with deck 4's $z$:
#
# | | | unit 1 | unit 2 | unit 3 |
# |:--|:--|--:|--:|--:|
# | old state | $h_{t-1}$ | 0.5 | -0.4 | 0.9 |
# | its share | $1 - z$ | 0.4 | 0.7 | 0.2 |
# | candidate | $\tilde h$ | -0.5 | 0.8 | 0.1 |
# | its share | $z$ | 0.6 | 0.3 | 0.8 |
# | what is kept | $(1 - z) \odot h_{t-1}$ | 0.20 | -0.28 | 0.18 |
# | what is let in | $z \odot \tilde h$ | -0.30 | 0.24 | 0.08 |
# | new state | $h_t$ | **-0.10** | **-0.04** | **0.26** |
#
# **Example for the candidate.** Here $r$ comes *before* the product with $W_{hh}$. It makes a
# difference. Take $h_{t-1} = [0.8, -0.6]$, $r = [0.5, 0.1]$ and
# $W_{hh} = \begin{bmatrix} 1 & 2 \\ 3 & -1 \end{bmatrix}$:
#
# | | is | |
# |:--|--:|:--|
# | $(r \odot h_{t-1})\,W_{hh}$ | $[0.22,\ 0.86]$ | the lectures' GRU, and ours |
# | $r \odot (h_{t-1} W_{hh})$ | $[-0.50,\ 0.22]$ | Keras's default, `reset_after=True` |


# %% nbgrader={"grade": false, "grade_id": "gru_step", "locked": false, "schema_version": 3, "solution": true, "task": false}
def gru_step(x, h_prev, W_x, W_h, b):
    """One step of the GRU.

    x: input x_t, (N, D)
    h_prev: hidden state h_{t-1}, (N, H)
    W_x: (D, 3H), W_h: (H, 3H), b: (3H,), the blocks in the order z, r, h~

    Returns h_t, (N, H).
    """
    ### BEGIN SOLUTION
    W_xz, W_xr, W_xh = np.split(W_x, 3, axis=1)
    W_hz, W_hr, W_hh = np.split(W_h, 3, axis=1)
    b_z, b_r, b_h = np.split(b, 3)
    z = sigmoid(x @ W_xz + h_prev @ W_hz + b_z)
    r = sigmoid(x @ W_xr + h_prev @ W_hr + b_r)
    h_tilde = np.tanh(x @ W_xh + (r * h_prev) @ W_hh + b_h)
    return (1 - z) * h_prev + z * h_tilde
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "gru_step_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("gru_step", gru_step)

# %% nbgrader={"grade": true, "grade_id": "gru_step_grade", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
grade("gru_step", gru_step, points=4)

# %% [markdown]
# ## Exercise 8: `gru_sequence` (2 points, about 5 minutes)
#
# *Deck 3: the same function and the same parameters at every step.* As in exercise 3, with one
# state in place of two. For `x` of shape `(N, T, D)` = `(2, 5, 3)` and $H = 4$ you return
# `(2, 5, 4)`. The last entry along $T$, `h[:, -1]`, is $h_5$.
#
# **Example: a state that halves its distance.** $D = H = 1$, all weights are 0, and the only
# bias is $b_h = 100$. So $z = 0.5$ and $\tilde h = 1$ at every step. From $h_0 = 0$ you get
# $0.5,\ 0.75,\ 0.875, \dots$


# %% nbgrader={"grade": false, "grade_id": "gru_sequence", "locked": false, "schema_version": 3, "solution": true, "task": false}
def gru_sequence(x, h0, W_x, W_h, b):
    """The same step at every time.

    x: inputs x_1 ... x_T, (N, T, D)
    h0: hidden state before the first input, (N, H)
    W_x: (D, 3H), W_h: (H, 3H), b: (3H,), the blocks in the order z, r, h~

    Returns h_1 ... h_T, (N, T, H).
    """
    ### BEGIN SOLUTION
    N, T, _ = x.shape
    h = np.zeros((N, T, h0.shape[1]))
    h_t = h0
    for t in range(T):
        h_t = gru_step(x[:, t], h_t, W_x, W_h, b)
        h[:, t] = h_t
    return h
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "gru_sequence_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("gru_sequence", gru_sequence)

# %% nbgrader={"grade": true, "grade_id": "gru_sequence_grade", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("gru_sequence", gru_sequence, points=2)

# %% [markdown]
# **Try it** on the state that halves its distance to 1.


# %%
def try_gru():
    nothing = np.zeros((1, 3))
    biases = np.array([0, 0, 100.0])
    h_all = gru_sequence(np.zeros((1, 4, 1)), np.zeros((1, 1)), nothing, nothing, biases)
    print(h_all[0, :, 0])


try_gru()

# %% [markdown]
# ## Exercise 9: `gru_from_keras` (3 points, about 10 minutes)
#
# Books, papers and programs disagree about $z$. Both of these are called GRU:
#
# | | the new state | $z = 1$ means |
# |:--|:--|:--|
# | the lectures, and we | $h_t = (1 - z) \odot h_{t-1} + z \odot \tilde h$ | take the new |
# | Keras | $h_t = z \odot h_{t-1} + (1 - z) \odot \tilde h$ | keep the old |
#
# Somebody gives you the weights of a trained `keras.layers.GRU(reset_after=False)`. Its `kernel`
# is our `W_x`, its `recurrent_kernel` our `W_h`, its `bias` our `b`. Shapes and the order
# $z, r, \tilde h$ are the same as ours, and so are $r$ and $\tilde h$. Return weights with which
# **your** `gru_step` computes the same $h_t$ as Keras does with its own.
#
# So our $z$ has to be 1 minus Keras's $z$, at every step and for every input. You cannot change
# `gru_step`; you can only change weights. One property of the sigmoid makes it possible:
#
# $$1 - \sigma(a) = \sigma(-a)$$
#
# **Example.** $\sigma(0.4) = 0.599$, and $1 - 0.599 = 0.401 = \sigma(-0.4)$. Which numbers have to
# change, and how, so that $a$ becomes $-a$ for $z$ and nothing else changes?


# %% nbgrader={"grade": false, "grade_id": "gru_from_keras", "locked": false, "schema_version": 3, "solution": true, "task": false}
def gru_from_keras(kernel, recurrent_kernel, bias):
    """Weights with which gru_step does what keras.layers.GRU(reset_after=False) does.

    kernel: (D, 3H), recurrent_kernel: (H, 3H), bias: (3H,), the blocks in the order z, r, h~

    Returns W_x (D, 3H), W_h (H, 3H), b (3H,).
    """
    ### BEGIN SOLUTION
    H = recurrent_kernel.shape[0]
    W_x, W_h, b = kernel.copy(), recurrent_kernel.copy(), bias.copy()
    W_x[:, :H] *= -1
    W_h[:, :H] *= -1
    b[:H] *= -1
    return W_x, W_h, b
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "gru_from_keras_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("gru_from_keras", gru_from_keras)

# %% nbgrader={"grade": true, "grade_id": "gru_from_keras_grade", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
grade("gru_from_keras", gru_from_keras, points=3)

# %% [markdown]
# # Part 4: your cell becomes a Keras layer
#
# ## The idea: a cell is a step, a layer runs it
#
# What you wrote in `lstm_step` is a *cell*, what `lstm_sequence` does around it is a *layer*. Keras
# cuts it in the same place. `keras.layers.RNN(cell)` takes **any** cell and does the rest: the loop
# over time, BPTT by automatic differentiation, the GPU. It wants five things of a cell:
#
# | a cell has | and Keras needs it for |
# |:--|:--|
# | `state_size` | how many states go from step to step, and how wide each is: a list |
# | `output_size` | how wide the output is |
# | `build(input_shape)` | making the weights, once, when it sees how wide $x_t$ is |
# | `call(x, states)` | **one step**: the output, and the new states as a list |
# | `get_initial_state(batch_size)` | what the states are before the first step |
#
# Run the next cell. It makes float64 Keras's usual type, as NumPy has it, so that your numbers can
# be compared to the last digit. (For training one takes float32, or less.)

# %% nbgrader={"grade": false, "grade_id": "imports_keras", "locked": true, "schema_version": 3, "solution": false, "task": false}
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
from keras import ops

from autograder import at_home

keras.config.set_dtype_policy("float64")

# %% [markdown]
# ## Exercise 10: `count_parameters` (2 points, about 10 minutes)
#
# *Deck 4, LSTM: how large is W?* Before you build something, know how large it is. How many numbers
# are learned, weights **and** biases, by
#
# 1. a simple RNN with $D$ inputs and $H$ units,
# 2. an LSTM,
# 3. the lectures' GRU,
# 4. a bidirectional LSTM with $H$ units each way (deck 1: *two separate modules*),
# 5. two LSTMs one above the other, $H$ units each (deck 5: *the hidden states of layer $i$ are the
#    inputs of layer $i + 1$*)?
#
# **Example**, $D = 3$ and $H = 2$. The simple RNN has $W_x$ with $3 \cdot 2$ numbers, $W_h$ with
# $2 \cdot 2$ and $b$ with $2$: 12 in all. The five numbers are 12, 48, 36, 96 and 88.


# %% nbgrader={"grade": false, "grade_id": "count_parameters", "locked": false, "schema_version": 3, "solution": true, "task": false}
def count_parameters(D, H):
    """How many numbers are learned, biases included.

    D: numbers in one input
    H: hidden units

    Returns five numbers: RNN, LSTM, GRU, bidirectional LSTM, two LSTMs stacked.
    """
    ### BEGIN SOLUTION
    one_block = D * H + H * H + H
    one_block_above = H * H + H * H + H
    lstm = 4 * one_block
    return one_block, lstm, 3 * one_block, 2 * lstm, lstm + 4 * one_block_above
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "count_parameters_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("count_parameters", count_parameters)

# %% nbgrader={"grade": true, "grade_id": "count_parameters_grade", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("count_parameters", count_parameters, points=2)

# %% [markdown]
# ## Exercise 11: `lstm_weights` (2 points, about 10 minutes)
#
# *Deck 4, LSTM; deck 5's tables, the row LSTM-b.* The numbers that training starts from:
#
# * $W_x$ and $W_h$: **small random numbers on both sides of zero, all different**. If two units had
#   the same weights, they would compute the same, get the same gradient, and stay the same for ever.
#   Between $-0.1$ and $0.1$ will do. (Better is what Glorot and Bengio found: between $-s$ and $s$ with
#   $s = \sqrt{6 / (n_{in} + n_{out})}$, where $n_{in}$ and $n_{out}$ are the matrix's rows and
#   columns.)
# * $b$: 0, but **1 for the forget gate**. You have seen why: with $f = \sigma(0) = 0.5$ nothing
#   is left after a few steps, with $\sigma(1) = 0.73$ a little longer.
#
# **Example.** For $D = 3$ and $H = 2$ the shapes are `(3, 8)`, `(2, 8)` and `(8,)`, and
# `b = [0, 0, 1, 1, 0, 0, 0, 0]`.


# %% nbgrader={"grade": false, "grade_id": "lstm_weights", "locked": false, "schema_version": 3, "solution": true, "task": false}
def lstm_weights(D, H):
    """Weights to start training from: small, random, and with a forget bias of 1.

    D: numbers in one input
    H: hidden units

    Returns W_x (D, 4H), W_h (H, 4H), b (4H,), the blocks in the order i, f, o, g.
    """
    ### BEGIN SOLUTION
    rng = np.random.default_rng()
    limit_x, limit_h = np.sqrt(6 / (D + 4 * H)), np.sqrt(6 / (H + 4 * H))
    W_x = rng.uniform(-limit_x, limit_x, (D, 4 * H))
    W_h = rng.uniform(-limit_h, limit_h, (H, 4 * H))
    b = np.zeros(4 * H)
    b[H : 2 * H] = 1.0
    return W_x, W_h, b
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "lstm_weights_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("lstm_weights", lstm_weights)

# %% nbgrader={"grade": true, "grade_id": "lstm_weights_grade", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("lstm_weights", lstm_weights, points=2)

# %% [markdown]
# ## Exercise 12: `lstm_cell` (5 points, about 25 minutes)
#
# *Deck 3, Long short-term memory.* Write the LSTM as a Keras cell, and a function that runs it.
#
# **The class** `LSTMCell`. Some of it is given; you fill in
#
# * `state_size` and `output_size`. The order of the states is yours: `call` gets them in the order
#   in which it has returned them the step before. Take $h$ first, then $c$.
# * the rest of `build`: `W_h` and `b`, as `W_x` is made.
# * `call`: exercises 1 and 2 once more, in `ops` instead of `np`. The names are the same: `ops.matmul`,
#   `ops.split`, `ops.sigmoid`, `ops.tanh`. It returns the output, and the list of the new states.
# * `get_initial_state`: zeros, `(batch_size, H)` for each state (`ops.zeros`).
#
# **The function** `lstm_cell` makes a layer of your cell, puts the given weights into it, and runs
# it. This is how it goes with a cell that Keras has, of one state:
#
# ```python
# layer = keras.layers.RNN(keras.layers.SimpleRNNCell(4), return_sequences=True, return_state=True)
# layer.build(x.shape)                           # it learns D, and your build makes the weights
# layer.set_weights([kernel, recurrent, bias])   # in the order in which build made them
# h, h_T = layer(x, initial_state=[h0])          # every h_t, and then the last states
# h = ops.convert_to_numpy(h)
# ```
#
# Without `return_sequences` you would get $h_T$ alone, without `return_state` no last states. With
# two states the layer returns $h_1 \dots h_T$, $h_T$ and $c_T$. Where no start is given (`h0` is
# `None`), leave `initial_state` out or pass `None`: the layer asks your cell for one.


# %% nbgrader={"grade": false, "grade_id": "lstm_cell", "locked": false, "schema_version": 3, "solution": true, "task": false}
@keras.saving.register_keras_serializable("hw4")  # so that Keras can make copies of it
class LSTMCell(keras.layers.Layer):
    """The LSTM as a Keras cell. States: h, c. Weights: W_x (D, 4H), W_h (H, 4H), b (4H,)."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        ### BEGIN SOLUTION
        self.state_size = [units, units]
        self.output_size = units
        ### END SOLUTION

    def build(self, input_shape):
        """Make the weights for inputs (N, D)."""
        W_x, W_h, b = lstm_weights(input_shape[-1], self.units)
        self.W_x = self.add_weight(W_x.shape, lambda shape, dtype: W_x, name="W_x")
        ### BEGIN SOLUTION
        self.W_h = self.add_weight(W_h.shape, lambda shape, dtype: W_h, name="W_h")
        self.b = self.add_weight(b.shape, lambda shape, dtype: b, name="b")
        ### END SOLUTION

    def call(self, x, states):
        """One step: x (N, D) and the states [h, c] in; h and [h, c] out."""
        ### BEGIN SOLUTION
        h, c = states
        a = ops.matmul(x, self.W_x) + ops.matmul(h, self.W_h) + self.b
        a_i, a_f, a_o, a_g = ops.split(a, 4, axis=-1)
        i, f, o, g = ops.sigmoid(a_i), ops.sigmoid(a_f), ops.sigmoid(a_o), ops.tanh(a_g)
        c = f * c + i * g
        h = o * ops.tanh(c)
        return h, [h, c]
        ### END SOLUTION

    def get_initial_state(self, batch_size=None):
        """The states before the first step: zeros, each (batch_size, H)."""
        ### BEGIN SOLUTION
        return [ops.zeros((batch_size, self.units)), ops.zeros((batch_size, self.units))]
        ### END SOLUTION


def lstm_cell(x, h0, c0, W_x, W_h, b):
    """An LSTMCell in keras.layers.RNN, with these weights, over these inputs.

    x: inputs x_1 ... x_T, (N, T, D)
    h0, c0: states before the first input, each (N, H); both None: the cell's own
    W_x: (D, 4H), W_h: (H, 4H), b: (4H,), the blocks in the order i, f, o, g

    Returns h_1 ... h_T (N, T, H) and c_T (N, H), as NumPy arrays.
    """
    ### BEGIN SOLUTION
    cell = LSTMCell(W_h.shape[0])
    layer = keras.layers.RNN(cell, return_sequences=True, return_state=True)
    layer.build(x.shape)
    layer.set_weights([W_x, W_h, b])
    h, _, c = layer(x, initial_state=None if h0 is None else [h0, c0])
    return ops.convert_to_numpy(h), ops.convert_to_numpy(c)
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "lstm_cell_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("lstm_cell", lstm_cell)

# %% nbgrader={"grade": true, "grade_id": "lstm_cell_grade", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
grade("lstm_cell", lstm_cell, points=5)

# %% [markdown]
# **Try it.** Does your layer have as many numbers as you have counted? Does Keras find the same
# gradient as your `lstm_sequence_backward`, without being told any formula?


# %%
def try_layer(N=3, T=5, D=4, H=2):
    layer = keras.layers.RNN(LSTMCell(H), return_sequences=True)
    layer.build((N, T, D))
    print("parameters:", layer.count_params(), "   you counted:", count_parameters(D, H)[1])

    import tensorflow as tf

    rng = np.random.default_rng(0)
    x, wish, start = (
        rng.standard_normal((N, T, D)),
        rng.standard_normal((N, T, H)),
        np.zeros((N, H)),
    )
    with tf.GradientTape() as tape:
        loss = ops.sum(wish * layer(x))
    keras_says = tape.gradient(loss, layer.trainable_weights)
    weights = [ops.convert_to_numpy(w) for w in layer.trainable_weights]
    yours = lstm_sequence_backward(wish, x, start, start, *weights)[3:]
    for name, one, other in zip(("W_x", "W_h", "b"), yours, keras_says, strict=True):
        print(f"d{name}: largest difference {np.abs(one - other.numpy()).max():.0e}")


try_layer()

# %% [markdown]
# ## Exercise 13: `mut1_cell` (4 points, about 20 minutes)
#
# *Deck 5, Is LSTM architecture optimal?* Jozefowicz, Zaremba and Sutskever (2015) asked whether there
# is a better cell than the LSTM, and let a program try more than ten thousand. MUT1 is the winner on
# two of their tasks. Nobody would have thought of it: its update gate does not look at the state.
#
# $$z = \sigma(x_t W_{xz} + b_z) \qquad\qquad r = \sigma(x_t W_{xr} + h_{t-1} W_{hr} + b_r)$$
# $$h_t = \tanh\big((r \odot h_{t-1})\, W_{hh} + \tanh(x_t W_{in}) + b_h\big) \odot z
# + h_{t-1} \odot (1 - z)$$
#
# Deck 5 writes $\tanh(x_t)$. That can only be added if $x_t$ has $H$ entries; $W_{in}$, `(D, H)`,
# brings it there. The deck counts the new state as $h_{t+1}$, we count it as $h_t$.
#
# With `keras.layers.RNN` a new cell is four methods. There is one state. Make the weights in this
# order, which is that of the arguments: $W_{in}$, $W_{xz}$, $W_{xr}$, each `(D, H)`; $W_{hr}$,
# $W_{hh}$, each `(H, H)`; $b_z$, $b_r$, $b_h$, each `(H,)`. A weight of any start will do:
# `self.add_weight((D, H), name="W_in")` draws it as Glorot has it; for a bias add
# `initializer="zeros"`.
#
# **Example for one unit**, $D = H = 1$: $x_t = 0$, $h_{t-1} = 2$, all biases 0, $W_{hr} = 0$ and
# $W_{hh} = 0.5$. Then $z = r = 0.5$, the candidate is $\tanh(0.5 \cdot 2 \cdot 0.5) = 0.462$, and
# $h_t = 0.462 \cdot 0.5 + 2 \cdot 0.5 = 1.231$.


# %% nbgrader={"grade": false, "grade_id": "mut1_cell", "locked": false, "schema_version": 3, "solution": true, "task": false}
@keras.saving.register_keras_serializable("hw4")
class MUT1Cell(keras.layers.Layer):
    """MUT1 as a Keras cell. One state: h."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.state_size = [units]
        self.output_size = units

    def build(self, input_shape):
        """Make W_in, W_xz, W_xr (D, H), W_hr, W_hh (H, H), b_z, b_r, b_h (H,), in this order."""
        D, H = input_shape[-1], self.units
        ### BEGIN SOLUTION
        self.W_in = self.add_weight((D, H), name="W_in")
        self.W_xz = self.add_weight((D, H), name="W_xz")
        self.W_xr = self.add_weight((D, H), name="W_xr")
        self.W_hr = self.add_weight((H, H), name="W_hr")
        self.W_hh = self.add_weight((H, H), name="W_hh")
        self.b_z = self.add_weight((H,), initializer="zeros", name="b_z")
        self.b_r = self.add_weight((H,), initializer="zeros", name="b_r")
        self.b_h = self.add_weight((H,), initializer="zeros", name="b_h")
        ### END SOLUTION

    def call(self, x, states):
        """One step: x (N, D) and the states [h] in; h and [h] out."""
        ### BEGIN SOLUTION
        (h,) = states
        z = ops.sigmoid(ops.matmul(x, self.W_xz) + self.b_z)
        r = ops.sigmoid(ops.matmul(x, self.W_xr) + ops.matmul(h, self.W_hr) + self.b_r)
        squashed = ops.tanh(ops.matmul(x, self.W_in))
        h_tilde = ops.tanh(ops.matmul(r * h, self.W_hh) + squashed + self.b_h)
        h = h_tilde * z + h * (1 - z)
        return h, [h]
        ### END SOLUTION

    def get_initial_state(self, batch_size=None):
        """The state before the first step."""
        return [ops.zeros((batch_size, self.units))]


def mut1_cell(x, h0, W_in, W_xz, W_xr, W_hr, W_hh, b_z, b_r, b_h):
    """A MUT1Cell in keras.layers.RNN, with these weights, over these inputs.

    x: inputs x_1 ... x_T, (N, T, D)
    h0: hidden state before the first input, (N, H)
    W_in, W_xz, W_xr: (D, H), W_hr, W_hh: (H, H), b_z, b_r, b_h: (H,)

    Returns h_1 ... h_T, (N, T, H), as a NumPy array.
    """
    ### BEGIN SOLUTION
    mut1 = keras.layers.RNN(MUT1Cell(h0.shape[1]), return_sequences=True)
    mut1.build(x.shape)
    mut1.set_weights([W_in, W_xz, W_xr, W_hr, W_hh, b_z, b_r, b_h])
    return ops.convert_to_numpy(mut1(x, initial_state=[h0]))
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "mut1_cell_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("mut1_cell", mut1_cell)

# %% nbgrader={"grade": true, "grade_id": "mut1_cell_grade", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
grade("mut1_cell", mut1_cell, points=4)

# %% [markdown]
# ## Exercise 14: `bidirectional_lstm` (3 points, about 10 minutes)
#
# *Deck 1, Bidirectional RNNs; deck 5: in "the movie was terribly exciting!" the left context says
# bad, the right one says good.* Two LSTMs with weights of their own read the same sentence, one from
# each end. At every $t$ their states stand side by side, $2H$ numbers:
#
# ```
#     forward    -->  h_1 --> h_2 --> h_3        h at t = 2:  [ forward h_2 | backward h_2 ]
#                      x_1     x_2     x_3                      knows x_1 x_2   knows x_3 x_2
#     backward   <--  h_1 <-- h_2 <-- h_3
# ```
#
# Deck 5 writes the backward half first; deck 1 and Keras put the forward half first, and so do we.
#
# Your `lstm_cell` is all that you need. Reading from the right is reading `x[:, ::-1]` from the
# left. Mind the way back: the backward reader's *first* state has seen $x_T$ alone, and belongs to
# $t = T$. (`keras.layers.Bidirectional` does the same; you compare the two below.)


# %% nbgrader={"grade": false, "grade_id": "bidirectional_lstm", "locked": false, "schema_version": 3, "solution": true, "task": false}
def bidirectional_lstm(x, W_x, W_h, b, W_x_back, W_h_back, b_back):
    """Two LSTMs read x, one from each end; both start from zeros.

    x: inputs x_1 ... x_T, (N, T, D)
    W_x: (D, 4H), W_h: (H, 4H), b: (4H,), of the forward LSTM, in the order i, f, o, g
    W_x_back, W_h_back, b_back: those of the backward LSTM

    Returns at every t the forward and then the backward state, (N, T, 2H), as a NumPy array.
    """
    ### BEGIN SOLUTION
    from_left, _ = lstm_cell(x, None, None, W_x, W_h, b)
    from_right, _ = lstm_cell(x[:, ::-1], None, None, W_x_back, W_h_back, b_back)
    return np.concatenate([from_left, from_right[:, ::-1]], axis=-1)
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "bidirectional_lstm_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("bidirectional_lstm", bidirectional_lstm)

# %% nbgrader={"grade": true, "grade_id": "bidirectional_lstm_grade", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
grade("bidirectional_lstm", bidirectional_lstm, points=3)

# %% [markdown]
# **Compare it** with Keras's own wrapper around a layer of your cell. It makes the second reader
# itself, as a copy that reads backwards.


# %%
def compare_with_keras(N=2, T=5, D=3, H=4):
    both = keras.layers.Bidirectional(keras.layers.RNN(LSTMCell(H), return_sequences=True))
    both.build((N, T, D))
    x = np.random.default_rng(0).standard_normal((N, T, D))
    weights = [ops.convert_to_numpy(w) for w in both.weights]
    difference = np.abs(ops.convert_to_numpy(both(x)) - bidirectional_lstm(x, *weights)).max()
    print(f"largest difference from keras.layers.Bidirectional: {difference:.0e}")


compare_with_keras()

# %% [markdown]
# Deck 5 asks: text generation with a bidirectional network? *No. Why?* Look at what the backward
# half knows at $t$, and at what a language model is asked there.
#
# ## Exercise 15: `stacked_lstm` (3 points, about 10 minutes)
#
# *Deck 5, Multi-layer RNNs: the hidden states from RNN layer $i$ are the inputs to layer $i + 1$.*
#
# ```
#     upper    u_1 --> u_2 --> u_3        what you return
#               ^       ^       ^
#     lower    h_1 --> h_2 --> h_3
#               ^       ^       ^
#              x_1     x_2     x_3
# ```
#
# Both start from zeros. The upper layer has $U$ units: its $W_x$ is `(H, 4U)`, since it reads the
# lower one's $h$. Again `lstm_cell` is all that you need. In Keras a stack is one layer after the
# other, the lower ones with `return_sequences=True`: the upper one needs something to read at every
# step.


# %% nbgrader={"grade": false, "grade_id": "stacked_lstm", "locked": false, "schema_version": 3, "solution": true, "task": false}
def stacked_lstm(x, W_x, W_h, b, W_x_up, W_h_up, b_up):
    """Two LSTMs, one above the other; both start from zeros.

    x: inputs x_1 ... x_T, (N, T, D)
    W_x: (D, 4H), W_h: (H, 4H), b: (4H,), of the lower LSTM, in the order i, f, o, g
    W_x_up: (H, 4U), W_h_up: (U, 4U), b_up: (4U,), of the upper LSTM

    Returns the upper LSTM's states at every t, (N, T, U), as a NumPy array.
    """
    ### BEGIN SOLUTION
    lower, _ = lstm_cell(x, None, None, W_x, W_h, b)
    upper, _ = lstm_cell(lower, None, None, W_x_up, W_h_up, b_up)
    return upper
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "stacked_lstm_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("stacked_lstm", stacked_lstm)

# %% nbgrader={"grade": true, "grade_id": "stacked_lstm_grade", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
grade("stacked_lstm", stacked_lstm, points=3)

# %% [markdown]
# ## See it: which gate does the work?
#
# *Deck 5, Is LSTM architecture optimal?* The paper took one gate after the other away: LSTM-f has no
# forget gate ($f = 1$, as in 1997), LSTM-i no input gate, LSTM-o no output gate. LSTM-b has them all
# and a forget bias of 1: that is **your** `LSTMCell`. And **your** `MUT1Cell` runs against them.
#
# The task: now and then a $+1$ or a $-1$ appears among noise. At every step, say what the last one
# was. So the cell has to keep something, **and** to replace it when something new comes. Six cells
# with 8 units are trained side by side, on the same sequences.


# %%
# @title Train six cells side by side (about 10 seconds; skipped where your work is graded)
def last_sign_batch(rng, N=800, T=25):
    """Input 1 is +1 or -1 at the first step and at one step in ten; input 2 is noise."""
    sign, noise = rng.choice([-1.0, 1.0], (N, T)), rng.standard_normal((N, T))
    appears = rng.random((N, T)) < 0.1
    appears[:, 0] = True
    when = np.maximum.accumulate(np.where(appears, np.arange(T), 0), axis=1)
    last = np.take_along_axis(sign, when, axis=1)
    return np.stack([sign * appears, noise], axis=-1), (last > 0)[..., None].astype(float)


def show_ablations(units=8, epochs=8):
    import lmkit.cells

    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    lmkit_lstm = lmkit.cells.LSTMCell
    cells = {
        "LSTM": lmkit_lstm(units, forget_bias=0.0),
        "LSTM-f": lmkit_lstm(units, forget_gate=False),
        "LSTM-i": lmkit_lstm(units, input_gate=False, forget_bias=0.0),
        "LSTM-o": lmkit_lstm(units, output_gate=False, forget_bias=0.0),
        "LSTM-b": LSTMCell(units),
        "MUT1": MUT1Cell(units),
    }
    x = keras.Input((25, 2))
    answers = []
    for name, cell in cells.items():
        h = keras.layers.RNN(cell, return_sequences=True)(x)
        answers.append(keras.layers.Dense(1, activation="sigmoid", name=name)(h))
    model = keras.Model(x, answers)
    model.compile(
        keras.optimizers.Adam(0.01),
        loss=["binary_crossentropy"] * len(cells),
        metrics=["accuracy"] * len(cells),
    )
    sequences, last = last_sign_batch(rng)
    history = model.fit(
        sequences, [last] * len(cells), batch_size=32, epochs=epochs, verbose=0
    ).history

    _, (left, right) = plt.subplots(1, 2, figsize=(11, 3.8), width_ratios=(3, 2))
    colours = dict(zip(cells, plt.get_cmap("tab10").colors, strict=False))
    for name, colour in colours.items():
        wrong = 1 - np.array(history[f"{name}_accuracy"])
        style = "--" if name == "LSTM-f" else "-"
        left.semilogy(25 * np.arange(1, epochs + 1), wrong, style, color=colour, label=name)
    left.set(xlabel="updates", ylabel="share of wrong answers", title="While training")
    left.legend(ncols=2, fontsize=8)
    fresh, truth = last_sign_batch(rng)
    errors = {
        name: np.mean((answer > 0.5) != truth)
        for name, answer in zip(cells, model.predict(fresh, verbose=0), strict=True)
    }
    right.barh(list(errors), list(errors.values()), color=list(colours.values()))
    right.invert_yaxis()
    right.set(xlabel="share of wrong answers", title="On 800 new sequences")
    for ax in (left, right):
        ax.grid(alpha=0.3)
    plt.tight_layout()
    plt.show()


if at_home():
    show_ablations()

# %% [markdown]
# The cell without a forget gate is the worst, as in every table of deck 5 (LSTM-f: 0.23 on XML, where
# the LSTM has 0.42; perplexity 100.8 on PTB, where the LSTM has 81.4). Without $f$ the cell can only
# add up. To replace a $+1$ by a $-1$ it has to write $-2$: it must know what it holds before it writes.
# The input and the output gate are missed much less, in the tables as here.
#
# # What you have shown
#
# | the lectures say | you saw it in |
# |:--|:--|
# | $f = 1$, $i = 0$: the cell is preserved indefinitely (deck 1) | exercise 4: 500 noisy steps |
# | uninterrupted gradient flow (decks 3, 5) | exercise 5: from $c_t$ to $c_{t-1}$ only $f$ stands |
# | an RNN's gradient vanishes (decks 1, 5) | the plot after exercise 6 |
# | an LSTM is no guarantee against it (decks 1, 5) | the same plot, with $f$ near 0.5 |
# | cells can be interpreted (deck 3) | the cell that holds the first input for 40 steps |
# | the GRU is lighter: 3 blocks, one state (decks 1, 4) | exercises 7, 8 and 10 |
# | $W$ is $4h \times 2h$ (deck 4) | exercise 10, and what Keras counts |
# | is the LSTM optimal? The forget gate is what matters (deck 5) | the race of six cells |
#
# **Before you send it in:** restart and run everything from the top. On Colab that is *Runtime >
# Restart session and run all*. Then *File > Download > Download .ipynb*.
