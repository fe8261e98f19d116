"""How many numbers an RNN, an LSTM, a GRU, and layers of them learn."""

from __future__ import annotations

from autograder.problem import Case, Output, Problem
from autograder.problems.draws import Rng, distinct_sizes
from lmkit.by_hand.layers import count_parameters


def draw_sizes(rng: Rng) -> tuple[int, int]:
    """D and H, no two alike."""
    D, H = distinct_sizes(rng, 2, high=40)
    return D, H


def draw_square(rng: Rng) -> tuple[int, int]:
    """D = H, as deck 4 counts."""
    (H,) = distinct_sizes(rng, 1, low=50, high=200)
    return H, H


COUNT_PARAMETERS = Problem(
    name="count_parameters",
    reference=count_parameters,
    outputs=(
        Output("RNN"),
        Output("LSTM"),
        Output("GRU"),
        Output("bidirectional"),
        Output("stacked"),
    ),
    cases=(
        Case("D and H differ", draw_sizes),
        Case("D = H, as deck 4 counts", draw_square, weight=0.5),
    ),
    source="Deck 4, LSTM: W is 4h x 2h",
)


@COUNT_PARAMETERS.mistake(
    "the biases are not counted",
    hint="Deck 4's 4h x 2h is the size of W alone. Each block has a b of its own.",
)
def biases_not_counted(D, H):
    block = H * (D + H)
    return block, 4 * block, 3 * block, 8 * block, 4 * block + 8 * H * H


@COUNT_PARAMETERS.mistake(
    "the input is taken to have H numbers, as in deck 4's 4h x 2h",
    hint="Deck 4 takes x_t and h_t to be of one size. Here x_t has D numbers. What are W_x's rows?",
)
def input_as_wide_as_the_state(D, H):
    block = H * (2 * H + 1)
    return block, 4 * block, 3 * block, 8 * block, 8 * block


@COUNT_PARAMETERS.mistake(
    "the GRU has two biases for each block (Keras's default, reset_after=True)",
    hint="Keras adds one bias before and one after the reset gate. The lectures' GRU has one b.",
    convention=True,
)
def two_biases_in_the_gru(D, H):
    block, upper = H * (D + H + 1), H * (2 * H + 1)
    return block, 4 * block, 3 * H * (D + H + 2), 8 * block, 4 * block + 4 * upper


@COUNT_PARAMETERS.mistake(
    "every block has two biases, one with x and one with h (PyTorch)",
    hint="Here one b serves both products. What would a second one add?",
    convention=True,
)
def two_biases_everywhere(D, H):
    block, upper = H * (D + H + 2), H * (2 * H + 2)
    return block, 4 * block, 3 * block, 8 * block, 4 * block + 4 * upper


@COUNT_PARAMETERS.mistake(
    "a block has a single bias for all its units",
    hint="b is a vector: every unit has an entry of its own.",
)
def one_bias_a_block(D, H):
    block, upper = H * (D + H) + 1, 2 * H * H + 1
    return block, 4 * block, 3 * block, 8 * block, 4 * block + 4 * upper


@COUNT_PARAMETERS.mistake(
    "the recurrent weights are left out",
    hint="Every block looks at x_t and at h_{t-1}. Which matrix is the second one's?",
)
def recurrent_weights_forgotten(D, H):
    block, upper = H * (D + 1), H * (H + 1)
    return block, 4 * block, 3 * block, 8 * block, 4 * block + 4 * upper


@COUNT_PARAMETERS.mistake(
    "the input weights are left out",
    hint="Every block looks at x_t and at h_{t-1}. Which matrix is the first one's?",
)
def input_weights_forgotten(D, H):
    block = H * (H + 1)
    return block, 4 * block, 3 * block, 8 * block, 8 * block


@COUNT_PARAMETERS.mistake(
    "the LSTM has three blocks: one for each gate, and none for g",
    hint="Deck 5 lists three gates. But what is written has weights too: deck 3's stack has one "
    "more row.",
)
def g_not_counted(D, H):
    block, upper = H * (D + H + 1), H * (2 * H + 1)
    return block, 3 * block, 3 * block, 6 * block, 3 * block + 3 * upper


@COUNT_PARAMETERS.mistake(
    "the GRU has two blocks: one for each gate, and none for h~",
    hint="z and r decide how much. What they decide about has weights of its own.",
)
def candidate_not_counted(D, H):
    block, upper = H * (D + H + 1), H * (2 * H + 1)
    return block, 4 * block, 2 * block, 8 * block, 4 * block + 4 * upper


@COUNT_PARAMETERS.mistake(
    "the GRU is counted like an LSTM",
    hint="The GRU is lighter. Which of the LSTM's four blocks has it not?",
)
def gru_like_lstm(D, H):
    block, upper = H * (D + H + 1), H * (2 * H + 1)
    return block, 4 * block, 4 * block, 8 * block, 4 * block + 4 * upper


@COUNT_PARAMETERS.mistake(
    "both directions share their weights",
    hint="Deck 1: the forward and the backward RNN are two separate modules.",
)
def directions_share(D, H):
    block, upper = H * (D + H + 1), H * (2 * H + 1)
    return block, 4 * block, 3 * block, 4 * block, 4 * block + 4 * upper


@COUNT_PARAMETERS.mistake(
    "the bidirectional LSTM is one LSTM with 2H units",
    hint="Its output has 2H numbers. But do the forward states ever meet the backward weights?",
)
def one_wide_lstm(D, H):
    block, upper = H * (D + H + 1), H * (2 * H + 1)
    return block, 4 * block, 3 * block, 8 * H * (D + 2 * H + 1), 4 * block + 4 * upper


@COUNT_PARAMETERS.mistake(
    "the upper LSTM is counted like the lower one",
    hint="Deck 5: the hidden states of one layer are the inputs of the next. How many are that?",
)
def upper_like_lower(D, H):
    block = H * (D + H + 1)
    return block, 4 * block, 3 * block, 8 * block, 8 * block


@COUNT_PARAMETERS.mistake(
    "the upper LSTM reads x_t beside the lower one's state",
    hint="That would be a shortcut past the lower layer. What does deck 5's picture hand up?",
)
def upper_reads_x_too(D, H):
    block, upper = H * (D + H + 1), H * (D + 2 * H + 1)
    return block, 4 * block, 3 * block, 8 * block, 4 * block + 4 * upper


@COUNT_PARAMETERS.mistake(
    "two layers are counted as one LSTM with 2H units",
    hint="Two layers of H units are no layer of 2H: what is between them?",
)
def stack_as_one_wide_lstm(D, H):
    block = H * (D + H + 1)
    return block, 4 * block, 3 * block, 8 * block, 8 * H * (D + 2 * H + 1)
