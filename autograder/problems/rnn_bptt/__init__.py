"""The simple RNN, backward through time. One file a problem."""

from autograder.problems.rnn_bptt.sequence import RNN_SEQUENCE_BACKWARD
from autograder.problems.rnn_bptt.step import RNN_STEP_BACKWARD
from autograder.problems.rnn_bptt.truncated import RNN_TRUNCATED_BACKWARD

__all__ = ["RNN_SEQUENCE_BACKWARD", "RNN_STEP_BACKWARD", "RNN_TRUNCATED_BACKWARD"]
