"""The LSTM, forward. One file a problem: each has a long list of known mistakes."""

from autograder.problems.lstm.gates import LSTM_GATES
from autograder.problems.lstm.keep_cell import KEEP_CELL
from autograder.problems.lstm.sequence import LSTM_SEQUENCE
from autograder.problems.lstm.step import LSTM_STEP

__all__ = ["KEEP_CELL", "LSTM_GATES", "LSTM_SEQUENCE", "LSTM_STEP"]
