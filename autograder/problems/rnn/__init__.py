"""The simple RNN, forward. One file a problem: each has a long list of known mistakes."""

from autograder.problems.rnn.sequence import RNN_SEQUENCE
from autograder.problems.rnn.step import RNN_STEP

__all__ = ["RNN_SEQUENCE", "RNN_STEP"]
