"""From scores to probabilities to a loss, and its gradient. One file a problem."""

from autograder.problems.softmax.cross_entropy import CROSS_ENTROPY
from autograder.problems.softmax.cross_entropy_backward import CROSS_ENTROPY_BACKWARD
from autograder.problems.softmax.softmax import SOFTMAX

__all__ = ["CROSS_ENTROPY", "CROSS_ENTROPY_BACKWARD", "SOFTMAX"]
