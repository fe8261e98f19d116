"""Inverted dropout, forward and backward."""

from autograder.problems.dropout.backward import DROPOUT_BACKWARD
from autograder.problems.dropout.forward import DROPOUT

__all__ = ["DROPOUT", "DROPOUT_BACKWARD"]
