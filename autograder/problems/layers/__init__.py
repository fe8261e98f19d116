"""The student's own cells as Keras layers. One file a problem.

The judge sends weights and inputs and gets arrays back. References and known mistakes are in NumPy:
what a wrong layer computes is known without building it, and the judge need not import Keras.
"""

from autograder.problems.layers.bidirectional_lstm import BIDIRECTIONAL_LSTM
from autograder.problems.layers.count_parameters import COUNT_PARAMETERS
from autograder.problems.layers.lstm_cell import LSTM_CELL
from autograder.problems.layers.lstm_weights import LSTM_WEIGHTS
from autograder.problems.layers.mut1_cell import MUT1_CELL
from autograder.problems.layers.stacked_lstm import STACKED_LSTM

__all__ = [
    "BIDIRECTIONAL_LSTM",
    "COUNT_PARAMETERS",
    "LSTM_CELL",
    "LSTM_WEIGHTS",
    "MUT1_CELL",
    "STACKED_LSTM",
]
