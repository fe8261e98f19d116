"""Which mistakes the sample class makes, and what each costs: worked out by hand."""

from __future__ import annotations

from dataclasses import dataclass

from autograder.course.config import Limits

LIMITS = Limits(cell=5, answer=3)
"""Short: one of the class loops for ever, and nobody should have to wait a minute for it."""


@dataclass(frozen=True)
class SampleMistake:
    """One mistake of one student.

    Attributes:
        problem: where it is made.
        name: of the mistake, or how its name begins.
        costs: points. What follows from it in later exercises costs nothing.
    """

    problem: str
    name: str
    costs: float


@dataclass(frozen=True)
class Sample:
    """What the class gets wrong in one assignment.

    Attributes:
        mistakes: of four students.
        loop: the function in which a fifth loops for ever.
        limits: on each submission; where a model is trained, longer than usual.
    """

    mistakes: tuple[SampleMistake, SampleMistake, SampleMistake, SampleMistake]
    loop: str
    limits: Limits = LIMITS


SAMPLE = {
    "hw1_ngram": Sample(
        mistakes=(
            # Wrong in every case.
            SampleMistake("ngrams", "</s> is missing behind", 3),
            # Likewise.
            SampleMistake("ngram_perplexity", "the natural logarithm is undone", 4),
            # Right for unigrams alone, and that case weighs 0.5 of 5.5.
            SampleMistake("stupid_backoff", "alpha is left out", 3 * 5 / 5.5),
            # lambda is a third of it, and right for the context that was never seen, 1 of 5.
            SampleMistake("absolute_discount", "lambda counts tokens", 2 * (1 / 3) * (4 / 5)),
        ),
        loop="generate_sentence",
    ),
    "hw2_neural_lm": Sample(
        mistakes=(
            # h is right, half of it; y_hat is wrong where scores are large, 1 of 5.
            SampleMistake("window_forward", "exp overflows", 4 * (1 / 2) * (1 / 5)),
            # Right where all words are different, 1 of 4.
            SampleMistake("embed_backward", "a word that comes again keeps", 3 * 3 / 4),
            # Right at test time and for p = 0, which weigh 1.5 of 4.5.
            SampleMistake("dropout", "the units that stay are not made larger", 3 * 3 / 4.5),
            # m and s are right, and w weighs 2 of 4.
            SampleMistake("adam_update", "the bias correction is left out", 4 * 2 / 4),
        ),
        loop="dropout_backward",  # no cell calls it: only the judge waits for it
        limits=Limits(cell=120, answer=10),
    ),
    "hw3_rnn_bptt": Sample(
        mistakes=(
            # Wrong in every case. The sequence, BPTT and the character model follow from it.
            SampleMistake("rnn_step", "tanh is left out", 3),
            # Right when T = 1 alone, and that case weighs 0.5 of 6.
            SampleMistake(
                "rnn_sequence_backward", "what step t + 1 hands back to h_t is", 5 * 5.5 / 6
            ),
            # Right where nothing is to be clipped, 2 of 6: two thirds of 3.
            SampleMistake("clip_by_global_norm", "each entry is cut to the threshold", 2),
            # 2^inf is inf as well: right for the word of probability zero, 1 of 6.5.
            SampleMistake("perplexity", "the natural logarithm is undone", 2 * 5.5 / 6.5),
        ),
        loop="gradient_norms",
    ),
    "hw4_lstm_gru": Sample(
        mistakes=(
            # i and f are wrong, o and g are right: half of 4.
            SampleMistake("lstm_gates", "the input and the forget gate stand in each other's", 2),
            # h is wrong, c is right: half of 4.
            SampleMistake("lstm_step", "tanh is left out of h", 2),
            # Right when T = 1, and that case weighs 0.5 of 3: five sixths of 5.
            SampleMistake("lstm_sequence_backward", "dc is not passed on", 5 * 2.5 / 3),
            SampleMistake("gru_step", "z and 1 - z are the other way round", 4),
        ),
        loop="gru_from_keras",
    ),
    "hw5_char_lm": Sample(
        mistakes=(
            # nats and bits are right, two thirds of 2.
            SampleMistake("bits_and_perplexity", "the perplexity is 2 to the nats", 2 / 3),
            # Right at temperature 0, 1 of 3.5. What is generated from it follows.
            SampleMistake("temperature_softmax", "the logits are multiplied", 3 * 2.5 / 3.5),
            # Right where all are kept, 0.5 of 3.5.
            SampleMistake("top_k", "what is kept is not brought back", 2 * 3 / 3.5),
            # Right where the likeliest is enough, 1 of 3.
            SampleMistake("nucleus", "the character that crosses the mass is left out, but", 2),
        ),
        loop="top_k",  # no cell calls it where work is graded: only the judge waits for it
        limits=Limits(cell=120, answer=10),
    ),
}
