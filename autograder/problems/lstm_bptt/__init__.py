"""The LSTM, backward. One file a problem: each has a long list of known mistakes."""

from autograder.problems.lstm_bptt.sequence import LSTM_SEQUENCE_BACKWARD
from autograder.problems.lstm_bptt.step import LSTM_STEP_BACKWARD

__all__ = ["LSTM_SEQUENCE_BACKWARD", "LSTM_STEP_BACKWARD"]
