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
# # hw5: a language model of characters
#
# *Deck 3, Character-level language model.* You train an LSTM that reads a text a character at a time
# and says what comes next. You cut a long text into batches that go on where they stopped, carry the
# state across their borders, measure in bits and perplexity, and let the model write. **The trained
# model itself is graded**: by its perplexity on text that it has never seen.
#
# | | you write | what it is | points | minutes |
# |:--|:--|:--|--:|--:|
# | 1 | `batch_stream` | a text as batches | 4 | 20 |
# | 2 | `char_lstm` | the model, in Keras | 5 | 20 |
# | 3 | `stream_losses` | reading with the state carried | 4 | 15 |
# | 4 | `bits_and_perplexity` | three ways to be surprised | 2 | 5 |
# | 5 | `word_perplexity` | from characters to words | 2 | 5 |
# | 6 | `next_character` | the training, and the trained model | 8 | 35 |
# | 7 | `temperature_softmax` | bolder, or more careful | 3 | 10 |
# | 8 | `top_k` | only the k likeliest | 2 | 10 |
# | 9 | `nucleus` | only the likeliest that have a mass | 3 | 10 |
# | 10 | `draw_character` | chance | 2 | 5 |
# | 11 | `generate` | the model writes | 5 | 20 |
# | | | **total** | **40** | **155** |
#
# **How it works.** Replace each `raise NotImplementedError()` by your code. Then run the two
# cells below it:
#
# * `check` tries your function at once, as often as you like, and tells you what is wrong.
# * `grade` shows the points on this machine. For your mark the course runs your notebook on a CPU,
#   **trains your model there**, and asks it. So keep the training of exercise 6 under a minute.
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
import functools
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf

from autograder import at_home, check, grade
from lmkit.grammar import toy

# %% [markdown]
# ## Letters and shapes
#
# | letter | what it is | shape |
# |:--|:--|:--|
# | $N$, $T$ | rows that are read side by side; characters of a row in one batch | |
# | $B$ | batches | |
# | $V$, $D$, $H$ | characters in the vocabulary; numbers in an embedding; hidden units | |
# | | `ids`: characters as numbers $0 \dots V - 1$ | `(N, T)` |
# | $E$ | `E`: the embedding, a row for each character | `(V, D)` |
# | $h_t$, $c_t$ | `h`, `c`: the LSTM's two states | `(N, H)` |
# | $W_y$, $b_y$ | `W_y`, `b_y`: from $h_t$ to the logits | `(H, V)`, `(V,)` |
# | $p$ | `p`: a distribution over the characters | `(V,)` |
#
# ## The text
#
# The model that is graded learns a small English that a **grammar** writes. It has what makes language
# hard: *the dogs in the neighborhood **are** barking*, quotation marks that have to be closed. And it
# has one thing that Shakespeare has not: the grammar knows its own entropy. No model in the world can
# have fewer bits per character than it has. So you will see how far you are from perfect. (Shakespeare
# comes at the end.)

# %% nbgrader={"grade": false, "grade_id": "text", "locked": true, "schema_version": 3, "solution": false, "task": false}
CHARACTERS = toy().characters
PLACES = {character: place for place, character in enumerate(CHARACTERS)}
V = len(CHARACTERS)


def grammar_text(sentences, seed):
    """So many sentences, a line each."""
    return "".join(" ".join(words) + "\n" for words in toy().sample(sentences, seed))


def encode(text):
    """A text as ids, (length,)."""
    return np.array([PLACES[character] for character in text])


def decode(ids):
    """Ids as a text."""
    return "".join(CHARACTERS[place] for place in ids)


text, held_out = grammar_text(6000, seed=1), grammar_text(600, seed=2)
print(text[:300])
print(f"... {len(text):,} characters, {V} different ones: {''.join(CHARACTERS)!r}")
print("its first ten as ids:", encode(text[:10]))

# %% [markdown]
# # Part 1: a stream
#
# ## Exercise 1: `batch_stream` (4 points, about 20 minutes)
#
# *Deck 3, Backpropagation through time: run forward and backward through chunks of the sequence; carry
# hidden states forward in time forever.* A GPU wants many rows at once, an LSTM wants to read one after
# the other. Both can be had. Cut the text into $N$ long rows, lay them below each other, and read all of
# them from left to right, $T$ characters at a time:
#
# ```
# the text      a b c d e f g h i j k l m n o      N = 2, T = 3
#
#                first batch   second batch
# x    row 1      a b c         d e f              y    b c d    e f g
#      row 2      h i j         k l m                   i j k    l m n
# ```
#
# So in every batch, **row $n$ goes on where row $n$ of the batch before has stopped**: the state behind
# `a b c` is just what the reader of `d e f` needs. And $y_t$ is the character after $x_t$, at a batch's
# end too: after `c` comes `d`.
#
# How long is a row? Each character that is read has one behind it, so the text has `len(ids) - 1`
# characters to read. A row gets $L = \lfloor (\mathrm{length} - 1) / N \rfloor$ of them, and row $n$ begins
# at $n L$. It holds $B = \lfloor L / T \rfloor$ whole batches; what is left over at its end is not read.
# Above, $L = 7$ and $B = 2$: `g` is read by nobody, and neither is `n`.
#
# `np.stack(list_of_rows, axis=1)` and `reshape` are useful.


# %% nbgrader={"grade": false, "grade_id": "batch_stream", "locked": false, "schema_version": 3, "solution": true, "task": false}
def batch_stream(ids, N, T):
    """A text as batches, each of which goes on where the one before has stopped.

    ids: the text, (length,)
    N: rows that are read side by side
    T: characters of a row in one batch

    Returns x and y, (B, N, T) each; y is the character after x.
    """
    ### BEGIN SOLUTION
    L = (len(ids) - 1) // N
    B = L // T
    rows = [ids[n * L : n * L + B * T + 1] for n in range(N)]
    x = np.stack([row[:-1].reshape(B, T) for row in rows], axis=1)
    y = np.stack([row[1:].reshape(B, T) for row in rows], axis=1)
    return x, y
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "batch_stream_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("batch_stream", batch_stream)

# %% nbgrader={"grade": true, "grade_id": "batch_stream_grade", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
grade("batch_stream", batch_stream, points=4)

# %% [markdown]
# **Try it** on the text, with two rows of twelve characters. Read each row on into the next batch.


# %%
def try_stream():
    x, y = batch_stream(encode(text[:80]), N=2, T=12)
    for batch, (inputs, targets) in enumerate(zip(x, y, strict=True), start=1):
        for row in range(2):
            print(
                f"batch {batch}, row {row + 1}   x {decode(inputs[row])!r:18} y {decode(targets[row])!r}"
            )


try_stream()

# %% [markdown]
# # Part 2: the model
#
# ## Exercise 2: `char_lstm` (5 points, about 20 minutes)
#
# *Deck 3, Character-level language model*, with an LSTM in the RNN's place.
#
# $$e_t = E_{x_t} \qquad h_t, c_t = \mathrm{LSTM}(e_t, h_{t-1}, c_{t-1}) \qquad \mathrm{logits}_t = h_t W_y + b_y$$
#
# Build it as a Keras model with **three inputs**, the ids and both states, and **three outputs**, the
# logits and both states. Then you decide where the states come from and where they go. The layers:
#
# * `keras.layers.Embedding(V, D)`
# * `keras.layers.LSTM(H, return_sequences=True, return_state=True)`. Called with
#   `initial_state=[h, c]` it returns every $h_t$, then $h_T$, then $c_T$.
# * `keras.layers.Dense(V)`, with no activation: we want logits.
#
# `build_model` makes it. `char_lstm` is given: it puts weights into a model of the right size and calls
# it. Arrays go in, arrays come out. The weights are in the order in which Keras has them, gates i, f, g, o.


# %% nbgrader={"grade": false, "grade_id": "char_lstm", "locked": false, "schema_version": 3, "solution": true, "task": false}
def build_model(V, D, H):
    """A keras.Model: [ids (N, T), h (N, H), c (N, H)] -> [logits (N, T, V), h (N, H), c (N, H)]."""
    ids = keras.Input((None,), dtype="int32")
    h0, c0 = keras.Input((H,)), keras.Input((H,))
    ### BEGIN SOLUTION
    e = keras.layers.Embedding(V, D)(ids)
    lstm = keras.layers.LSTM(H, return_sequences=True, return_state=True)
    h, h_T, c_T = lstm(e, initial_state=[h0, c0])
    logits = keras.layers.Dense(V)(h)
    return keras.Model([ids, h0, c0], [logits, h_T, c_T])
    ### END SOLUTION


model_of_size = functools.cache(build_model)  # each size is built once


def char_lstm(ids, h0, c0, E, kernel, recurrent_kernel, bias, W_y, b_y):
    """Logits of the next character at every place, and the states behind the last one.

    ids: (N, T), h0 and c0: (N, H)
    E: (V, D), kernel: (D, 4H), recurrent_kernel: (H, 4H), bias: (4H,), W_y: (H, V), b_y: (V,)

    Returns logits (N, T, V), h_T (N, H), c_T (N, H), as NumPy arrays.
    """
    model = model_of_size(*E.shape, len(recurrent_kernel))
    model.set_weights([E, kernel, recurrent_kernel, bias, W_y, b_y])
    return [keras.ops.convert_to_numpy(output) for output in model([ids, h0, c0])]


# %% nbgrader={"grade": false, "grade_id": "char_lstm_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("char_lstm", char_lstm)

# %% nbgrader={"grade": true, "grade_id": "char_lstm_grade", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
grade("char_lstm", char_lstm, points=5)

# %% [markdown]
# ## Exercise 3: `stream_losses` (4 points, about 15 minutes)
#
# *Deck 5, Truncated backpropagation through time: carry hidden state forward forever.* Read a stream,
# batch by batch, with `char_lstm`. Before the first batch both states are zero. Every later batch starts
# from the states that the one before has returned. The loss of a batch is the mean over its
# $N \cdot T$ characters, in nats:
#
# $$J_b = - \frac{1}{N T} \sum_{n, t} \log \hat y_{n, t}[y_{n, t}] \qquad \hat y = \mathrm{softmax}(\mathrm{logits})$$
#
# **Example.** With all weights zero, all logits are zero. Then every character gets $1 / V$, and every
# loss is $\log V$: for $V = 34$ that is 3.526.
#
# `log_softmax` and `softmax` below are given. With `np.take_along_axis(log_p, y[..., None], axis=-1)` you pick the
# $\log \hat y$ of the characters that came.


# %% nbgrader={"grade": false, "grade_id": "log_softmax", "locked": true, "schema_version": 3, "solution": false, "task": false}
def log_softmax(logits):
    """log of the softmax over the last axis, without overflow."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def softmax(logits):
    """Probabilities over the last axis."""
    return np.exp(log_softmax(logits))


# %% nbgrader={"grade": false, "grade_id": "stream_losses", "locked": false, "schema_version": 3, "solution": true, "task": false}
def stream_losses(x, y, E, kernel, recurrent_kernel, bias, W_y, b_y):
    """The loss of every batch of a stream, read in order, with the state carried.

    x, y: from batch_stream, (B, N, T)
    E, kernel, recurrent_kernel, bias, W_y, b_y: as in char_lstm

    Returns the losses (B,), in nats per character, and h and c behind the last batch, (N, H) each.
    """
    weights = E, kernel, recurrent_kernel, bias, W_y, b_y
    ### BEGIN SOLUTION
    h = c = np.zeros((x.shape[1], len(recurrent_kernel)))
    losses = []
    for x_b, y_b in zip(x, y, strict=True):
        logits, h, c = char_lstm(x_b, h, c, *weights)
        log_p = np.take_along_axis(log_softmax(logits), y_b[..., None], axis=-1)
        losses.append(-log_p.mean())
    return np.array(losses), h, c
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "stream_losses_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("stream_losses", stream_losses)

# %% nbgrader={"grade": true, "grade_id": "stream_losses_grade", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
grade("stream_losses", stream_losses, points=4)

# %% [markdown]
# # Part 3: how good is it?
#
# ## Exercise 4: `bits_and_perplexity` (2 points, about 5 minutes)
#
# *Deck 1, Evaluating LM - Perplexity.* Models of words are compared by perplexity, models of characters
# by **bits per character**. It is the same number, said in three ways:
#
# $$\text{nats} = -\frac{1}{T} \sum_t \log p_t \qquad \text{bits} = \frac{\text{nats}}{\log 2}
# \qquad \text{perplexity} = e^{\text{nats}} = 2^{\text{bits}}$$
#
# **Example.** Four characters came, to which the model gave $\frac12, \frac12, \frac14, \frac18$. That is 1, 1, 2 and
# 3 bits, 1.75 on average. The perplexity is $2^{1.75} = 3.36$, and 1.75 bits are 1.213 nats.


# %% nbgrader={"grade": false, "grade_id": "bits_and_perplexity", "locked": false, "schema_version": 3, "solution": true, "task": false}
def bits_and_perplexity(log_p):
    """How surprised a model was by a text.

    log_p: natural logarithm of the probability of every character that came, any shape

    Returns nats per character, bits per character, perplexity per character.
    """
    ### BEGIN SOLUTION
    nats = -log_p.mean()
    return nats, nats / np.log(2), np.exp(nats)
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "bits_and_perplexity_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("bits_and_perplexity", bits_and_perplexity)

# %% nbgrader={"grade": true, "grade_id": "bits_and_perplexity_grade", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("bits_and_perplexity", bits_and_perplexity, points=2)

# %% [markdown]
# ## Exercise 5: `word_perplexity` (2 points, about 5 minutes)
#
# A model of characters has a perplexity of 2, one of words has 100. Which is better? A text has the same
# probability, however it is cut. All its bits together are `bits * characters`. So how many are that
# **per word**, and what is the perplexity then?
#
# **Example.** 0.7 bits per character on a text of 1,200 characters (spaces and line ends are among them,
# they were predicted too) and 200 words. These are 840 bits, 4.2 for each word, and $2^{4.2} = 18.4$.


# %% nbgrader={"grade": false, "grade_id": "word_perplexity", "locked": false, "schema_version": 3, "solution": true, "task": false}
def word_perplexity(bits, characters, words):
    """The perplexity per word of a model of characters.

    bits: per character, on some text
    characters, words: how many the text has

    Returns a number.
    """
    ### BEGIN SOLUTION
    return 2 ** (bits * characters / words)
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "word_perplexity_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("word_perplexity", word_perplexity)

# %% nbgrader={"grade": true, "grade_id": "word_perplexity_grade", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("word_perplexity", word_perplexity, points=2)

# %% [markdown]
# # Part 4: training
#
# ## Exercise 6: `next_character` (8 points, about 35 minutes)
#
# *Deck 5, Truncated backpropagation through time.* Two things are missing in `train`:
#
# * **`update`**, one step of training on one batch. Under a `tf.GradientTape()` call the model on
#   `[x, h, c]` and compute the loss with `loss_of(y, logits)`. Then ask the tape for the gradients of
#   `model.trainable_weights`, and hand them to `optimizer.apply_gradients(zip(gradients, weights))`. Return
#   the loss and **both new states**.
# * **the loop** over the batches of an epoch: start from zero states, and hand the states that `update`
#   returns to the next `update`. Put each loss, as a float, into `curve`.
#
# Where is the truncation? Every batch has a tape of its own. A state that comes in from outside is a
# number for it, like the input. So the state goes on, the gradient does not.
#
# The optimiser clips the gradients by their global norm, as in hw3. (Keras takes the norm before it adds
# up what a character's vector gets from all the places where the character came. That is another
# number than hw3's, and clips as well.)
#
# Then **`next_character`**: for contexts of some length, the distribution of the next character. Start
# from zero states, read the whole context, and return the softmax of the **last** logits. The weights
# are in `trained`, which the cell below the exercise fills.
#
# *What earns what:* the course asks your trained model for the next character in 1,500 places of a new
# text, with 100 characters before each. Perplexity up to 1.95: full marks; 3.0, which a model reaches
# that knows two characters: none; between them, in proportion.


# %% nbgrader={"grade": false, "grade_id": "next_character", "locked": false, "schema_version": 3, "solution": true, "task": false}
def train(ids, V, epochs=3, N=32, T=40, D=32, H=128, rate=0.004):
    """Train a model on a text. Returns its weights and the loss of every batch, in nats."""
    model = build_model(V, D, H)
    optimizer = keras.optimizers.Adam(rate, global_clipnorm=1.0)
    loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    @tf.function
    def update(x, y, h, c):
        ### BEGIN SOLUTION
        with tf.GradientTape() as tape:
            logits, h, c = model([x, h, c])
            loss = loss_of(y, logits)
        gradients = tape.gradient(loss, model.trainable_weights)
        optimizer.apply_gradients(zip(gradients, model.trainable_weights, strict=True))
        return loss, h, c
        ### END SOLUTION

    x, y = batch_stream(ids, N, T)
    curve = []
    for _ in range(epochs):
        ### BEGIN SOLUTION
        h = c = np.zeros((N, H), np.float32)
        for x_b, y_b in zip(x, y, strict=True):
            loss, h, c = update(x_b, y_b, h, c)
            curve.append(float(loss))
        ### END SOLUTION
    return model.get_weights(), curve


def next_character(contexts):
    """The distribution of the next character, by the model whose weights are in `trained`.

    contexts: ids, (N, L)

    Returns probabilities, (N, V).
    """
    ### BEGIN SOLUTION
    zeros = np.zeros((len(contexts), len(trained[2])))
    logits, _, _ = char_lstm(contexts, zeros, zeros, *trained)
    return softmax(logits[:, -1].astype(np.float64))
    ### END SOLUTION


# %% [markdown]
# Train it: about 20 seconds on two CPU cores. While you work on your code, `epochs=1` is enough.

# %%
trained, curve = train(encode(text), V)

# %% nbgrader={"grade": false, "grade_id": "next_character_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("next_character", next_character)

# %% nbgrader={"grade": true, "grade_id": "next_character_grade", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
grade("next_character", next_character, points=8)

# %% [markdown]
# ## See it: against Kneser-Ney, and against the best possible
#
# *Deck 1's table: interpolated Kneser-Ney 67.6, LSTMs down to 30.* The rival is hw1's best: modified
# Kneser-Ney, here over characters, with up to 8 of them. And there is a line below which nobody gets:
# the entropy of the grammar itself.


# %%
def compare():
    from lmkit.ngram import ModifiedKneserNey

    lines = [list(line) for line in text.splitlines()]
    unseen = [list(line) for line in held_out.splitlines()]
    x, y = batch_stream(encode(held_out), N=32, T=40)
    losses, _, _ = stream_losses(x, y, *trained)
    characters, words = len(held_out), len(held_out.split()) + held_out.count("\n")
    rows = {"LSTM": losses.mean() / np.log(2)}
    for order in (2, 4, 6, 8):
        rival = ModifiedKneserNey(order)
        rival.fit_sentences(lines)
        rows[f"Kneser-Ney, n = {order}"] = bits_and_perplexity(rival.log_probabilities(unseen))[1]
    best = toy().best_bits_per_character
    rows["the grammar itself"] = best
    print(f"{'':20}bits   perplexity   per word")
    for name, bits in rows.items():
        print(
            f"{name:18} {bits:5.3f} {2**bits:12.3f} {word_perplexity(bits, characters, words):10.1f}"
        )

    _, (left, right) = plt.subplots(1, 2, figsize=(11, 3.6), width_ratios=(3, 2))
    smooth = np.convolve(curve, np.ones(20) / 20, mode="valid") / np.log(2)
    left.plot(np.arange(20, 20 + len(smooth)), smooth, label="LSTM, training (mean of 20)")
    left.axhline(rows["Kneser-Ney, n = 8"], color="tab:orange", ls="--", label="Kneser-Ney, n = 8")
    left.axhline(best, color="0.4", ls=":", label="the grammar: nobody can be better")
    left.set(xlabel="updates", ylabel="bits per character", title="Training", ylim=(0.5, 3))
    left.legend(fontsize=8)
    colours = ["tab:blue", *["tab:orange"] * 4, "0.6"]
    right.barh(list(rows), list(rows.values()), color=colours)
    right.invert_yaxis()
    right.set(xlabel="bits per character", title="On text that was not seen")
    for ax in (left, right):
        ax.grid(alpha=0.3)
    plt.tight_layout()
    plt.show()


if at_home():
    compare()

# %% [markdown]
# An n-gram of 8 characters sees a word and a half. It cannot know that *dogs*, ten words back, want
# *are*. Your LSTM can: it reads on with the state. With more training (`epochs=10`) it comes closer to
# the grammar; try it on a GPU.
#
# ## See it: what carrying the state is worth
#
# The same trained model reads the same unseen text twice: with the state carried, and with zeros at the
# start of each batch. How much worse is it without, and where?


# %%
def show_carried_state(T=40, N=32):
    x, y = batch_stream(encode(held_out), N, T)
    nats = {"carried": [], "zero at each batch": []}
    h = c = zeros = np.zeros((N, len(trained[2])))
    for x_b, y_b in zip(x, y, strict=True):
        logits, h, c = char_lstm(x_b, h, c, *trained)
        forgetful, _, _ = char_lstm(x_b, zeros, zeros, *trained)
        for name, scores in zip(nats, (logits, forgetful), strict=True):
            nats[name].append(-np.take_along_axis(log_softmax(scores), y_b[..., None], axis=-1))
    plt.figure(figsize=(8, 3.4))
    for (name, values), style in zip(nats.items(), ("-", "--"), strict=True):
        bits = np.mean(values, axis=(0, 1, 3)) / np.log(2)
        print(f"{name:20} {bits.mean():.3f} bits per character")
        plt.plot(np.arange(1, T + 1), bits, style, label=name)
    plt.xlabel("place t in the batch")
    plt.ylabel("bits per character")
    plt.title("What the first characters of a batch cost")
    plt.legend()
    plt.grid(alpha=0.3)
    plt.tight_layout()
    plt.show()


if at_home():
    show_carried_state()

# %% [markdown]
# # Part 5: the model writes
#
# *Deck 3: at test-time, sample characters one at a time, feed back to model. Deck 5: you can generate
# text by repeated sampling.*
#
# ## Exercise 7: `temperature_softmax` (3 points, about 10 minutes)
#
# $$p = \mathrm{softmax}(\mathrm{logits} / \tau)$$
#
# The temperature $\tau$ makes a model bolder or more careful. At $\tau = 1$ it says what it has learned.
# Above, all characters become alike. Below, the likely becomes likelier, until at $\tau \to 0$ the
# likeliest has everything: **greedy**. At $\tau = 0$ itself you cannot divide. Return what it goes to: 1
# for the largest logit, 0 for the others.
#
# **Example**, logits $[2, 1, 0]$:
#
# | $\tau$ | | | |
# |--:|--:|--:|--:|
# | 0 | 1 | 0 | 0 |
# | 0.5 | 0.867 | 0.117 | 0.016 |
# | 1 | 0.665 | 0.245 | 0.090 |
# | 2 | 0.506 | 0.307 | 0.186 |


# %% nbgrader={"grade": false, "grade_id": "temperature_softmax", "locked": false, "schema_version": 3, "solution": true, "task": false}
def temperature_softmax(logits, temperature):
    """softmax(logits / temperature) over the last axis.

    logits: (V,) or (N, V)
    temperature: 0 or more; at 0 all mass is on the largest logit

    Returns probabilities of the same shape.
    """
    ### BEGIN SOLUTION
    if temperature == 0:
        return np.eye(logits.shape[-1])[np.argmax(logits, axis=-1)]
    return softmax(logits / temperature)
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "temperature_softmax_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("temperature_softmax", temperature_softmax)

# %% nbgrader={"grade": true, "grade_id": "temperature_softmax_grade", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
grade("temperature_softmax", temperature_softmax, points=3)

# %% [markdown]
# ## Exercise 8: `top_k` (2 points, about 10 minutes)
#
# A model gives every character some probability, nonsense too. A thousand draws, and one is nonsense.
# **Top-k** keeps the $k$ likeliest and sets the rest to 0. What is kept is divided by its sum, so that it
# sums to 1 again. If $k$ is larger than $V$, everything is kept.
#
# **Example.** $p = [0.1, 0.5, 0.1, 0.3]$ and $k = 2$: what is kept sums to 0.8, and you return
# $[0, 0.625, 0, 0.375]$. Mind the order: it is that of the vocabulary.


# %% nbgrader={"grade": false, "grade_id": "top_k", "locked": false, "schema_version": 3, "solution": true, "task": false}
def top_k(p, k):
    """Only the k likeliest characters, with sum 1.

    p: probabilities, (V,)
    k: at least 1

    Returns (V,), in the order of p.
    """
    ### BEGIN SOLUTION
    likeliest = np.argsort(p)[::-1][:k]
    kept = np.zeros_like(p)
    kept[likeliest] = p[likeliest]
    return kept / kept.sum()
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "top_k_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("top_k", top_k)

# %% nbgrader={"grade": true, "grade_id": "top_k_grade", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("top_k", top_k, points=2)

# %% [markdown]
# ## Exercise 9: `nucleus` (3 points, about 10 minutes)
#
# In the middle of a word one character is sure, at its start twenty are possible. No $k$ suits both. The
# **nucleus** (Holtzman et al. 2020, also called top-p) has no fixed size: it is the *fewest* characters,
# the likeliest first, that have **at least** a given mass together. The one with which the mass is
# reached belongs to it.
#
# **Example.** $p = [0.1, 0.5, 0.1, 0.3]$, mass 0.7. The likeliest has 0.5: not enough. With the second it
# is 0.8: enough. You return $[0, 0.625, 0, 0.375]$. With mass 0.4 the likeliest alone is enough:
# $[0, 1, 0, 0]$.


# %% nbgrader={"grade": false, "grade_id": "nucleus", "locked": false, "schema_version": 3, "solution": true, "task": false}
def nucleus(p, mass):
    """The fewest characters, the likeliest first, that have at least this mass; with sum 1.

    p: probabilities, (V,)
    mass: above 0 and below 1

    Returns (V,), in the order of p.
    """
    ### BEGIN SOLUTION
    likeliest = np.argsort(p)[::-1]
    before = np.cumsum(p[likeliest]) - p[likeliest]
    inside = likeliest[before < mass]
    kept = np.zeros_like(p)
    kept[inside] = p[inside]
    return kept / kept.sum()
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "nucleus_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("nucleus", nucleus)

# %% nbgrader={"grade": true, "grade_id": "nucleus_grade", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
grade("nucleus", nucleus, points=3)

# %% [markdown]
# ## Exercise 10: `draw_character` (2 points, about 5 minutes)
#
# Chance comes from outside: a number $u$, $0 \le u < 1$. Lay the probabilities side by side, in the order of
# the vocabulary, and see into whose share $u$ falls. It is the first character at which the sum **exceeds** $u$.
#
# **Example.** $p = [0.1, 0.5, 0.4]$ has the sums $[0.1, 0.6, 1]$. With $u = 0.05$ it is character 0, with
# $u = 0.3$ character 1, with $u = 0.6$ character 2.


# %% nbgrader={"grade": false, "grade_id": "draw_character", "locked": false, "schema_version": 3, "solution": true, "task": false}
def draw_character(p, u):
    """The first id at which the probabilities, added up, exceed u.

    p: probabilities, (V,)
    u: a number from 0 to below 1

    Returns an int.
    """
    ### BEGIN SOLUTION
    return int(np.argmax(np.cumsum(p) > u))
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "draw_character_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("draw_character", draw_character)

# %% nbgrader={"grade": true, "grade_id": "draw_character_grade", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("draw_character", draw_character, points=2)

# %% [markdown]
# ## Exercise 11: `generate` (5 points, about 20 minutes)
#
# *Deck 5: the sampled output is the next step's input.*
#
# ```
#   prompt   "the "                 draw "d"      draw "o"
#               |                    |    |        |
#   h, c --> char_lstm -- h, c --> char_lstm -- h, c --> char_lstm -- ...
# ```
#
# 1. From zero states, read the whole prompt with one call of `char_lstm`, as a batch of one row.
# 2. The logits behind its **last** character are those of the first new one. Make probabilities of them
#    (`temperature_softmax`) and draw (`draw_character`), with the first number in `u`.
# 3. Feed the character that was drawn back, as ids of shape `(1, 1)`, together with the states. Go on
#    until the numbers in `u` are used up.


# %% nbgrader={"grade": false, "grade_id": "generate", "locked": false, "schema_version": 3, "solution": true, "task": false}
def generate(prompt, u, temperature, E, kernel, recurrent_kernel, bias, W_y, b_y):
    """Read the prompt, then write as many characters as there are numbers in u.

    prompt: ids, (P,), at least one
    u: numbers from 0 to below 1, one for each new character
    temperature: of temperature_softmax
    E, kernel, recurrent_kernel, bias, W_y, b_y: as in char_lstm

    Returns the new ids, a list of ints, without the prompt.
    """
    weights = E, kernel, recurrent_kernel, bias, W_y, b_y
    ### BEGIN SOLUTION
    h = c = np.zeros((1, len(recurrent_kernel)))
    logits, h, c = char_lstm(prompt[None, :], h, c, *weights)
    written = []
    for u_t in u:
        p = temperature_softmax(logits[0, -1], temperature)
        character = draw_character(p, u_t)
        written.append(character)
        logits, h, c = char_lstm(np.array([[character]]), h, c, *weights)
    return written
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "generate_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
check("generate", generate)

# %% nbgrader={"grade": true, "grade_id": "generate_grade", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
grade("generate", generate, points=5)

# %% [markdown]
# ## See it: three temperatures
#
# Read what your model writes. Greedy text goes in circles. At 2 words fall apart. Do the verbs agree with
# their nouns?


# %%
def show_texts(characters=120):
    u = np.random.default_rng(0).random(characters)
    for temperature in (0, 1, 2):
        written = generate(encode(".\nthe dogs in the "), u, temperature, *trained)
        print(f"--- temperature {temperature}\nthe dogs in the {decode(written)}\n")


def show_cuts(context=".\nthe dogs in the neighborhood a"):
    """What the next character is drawn from: all, the five likeliest, the nucleus."""
    zeros = np.zeros((1, len(trained[2])))
    plt.figure(figsize=(11, 2.8))
    for place, prompt in enumerate((context, context[:-1])):
        logits, _, _ = char_lstm(encode(prompt)[None], zeros, zeros, *trained)
        p = temperature_softmax(logits[0, -1].astype(np.float64), 1.0)
        ax = plt.subplot(1, 2, place + 1)
        cuts = {"all": p, "top 5": top_k(p, 5), "nucleus 0.9": nucleus(p, 0.9)}
        for shift, (name, kept) in enumerate(cuts.items()):
            ax.bar(np.arange(V) + 0.28 * (shift - 1), kept, width=0.28, label=name)
        ax.set_xticks(
            np.arange(V), [{" ": "_", "\n": "\\n"}.get(ch, ch) for ch in CHARACTERS], fontsize=7
        )
        ax.set_title(f"after {prompt[-22:]!r}", fontsize=10)
        ax.legend(fontsize=8)
    plt.tight_layout()
    plt.show()


if at_home():
    show_texts()
    show_cuts()

# %% [markdown]
# On the left one character is nearly sure, and the nucleus has one or two. On the right a word begins, and
# it has more. A fixed $k$ is too many for the one, or too few for the other.
#
# # Part 6: Shakespeare
#
# *Deck 3, Training a RNN on Shakespeare's plays.* The same functions, another text. On a GPU (on Colab:
# *Runtime > Change runtime type*) set `minutes = 5`; on a CPU half a minute gives words that nearly are
# some. The deck shows what you will see as you train longer.

# %%
minutes = 0  # how long to train; 0 leaves it out


def shakespeare(minutes):
    import time

    from lmkit.corpora import load
    from lmkit.ngram import ModifiedKneserNey

    parts = load("shakespeare").text
    letters = sorted(set(parts.train))
    places = {letter: place for place, letter in enumerate(letters)}

    def as_ids(part):
        return np.array([places[letter] for letter in part if letter in places])

    on_gpu = bool(tf.config.list_physical_devices("GPU"))
    size = {"N": 16, "T": 32, "D": 64, "H": 128, "rate": 0.004}
    if on_gpu:
        size = {"N": 64, "T": 100, "D": 64, "H": 512, "rate": 0.002}
    x, y = batch_stream(as_ids(parts.valid), N=8, T=100)
    started = time.monotonic()
    epochs = 1
    while True:
        weights, losses = train(as_ids(parts.train), len(letters), epochs=epochs, **size)
        seconds = time.monotonic() - started
        bits = stream_losses(x, y, *weights)[0].mean() / np.log(2)
        print(
            f"{epochs} epochs, {seconds:.0f} s: {bits:.3f} bits per character on the validation text"
        )
        if seconds * 3 > 60 * minutes:
            break
        epochs *= 2
    rival = ModifiedKneserNey(8)
    rival.fit_sentences([list(line) for line in parts.train.splitlines()])
    lines = [list(line) for line in parts.valid.splitlines()]
    print(f"Kneser-Ney, n = 8: {bits_and_perplexity(rival.log_probabilities(lines))[1]:.3f}")
    u = np.random.default_rng(0).random(400)
    written = generate(as_ids("ROMEO:\n"), u, 0.8, *weights)
    print("ROMEO:\n" + "".join(letters[place] for place in written))


if minutes and at_home():
    shakespeare(minutes)

# %% [markdown]
# # What you have shown
#
# | the lectures say | you saw it in |
# |:--|:--|
# | carry hidden states forward forever, backpropagate for some steps (decks 3, 5) | exercises 3 and 6 |
# | perplexity is the exponential of the cross entropy (deck 1) | exercises 4 and 5 |
# | LSTMs are better than Kneser-Ney (deck 1) | the comparison after exercise 6, and the floor below both |
# | sparsity and storage: n-grams cannot look far (deck 1) | the same comparison |
# | sample, feed back (decks 3, 5) | exercise 11 |
#
# **Before you send it in:** restart and run everything from the top. On Colab that is *Runtime >
# Restart session and run all*. Then *File > Download > Download .ipynb*.
