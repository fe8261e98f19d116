"""Vanishing and exploding gradients. One file a problem."""

from autograder.problems.vanishing.gradient_norms import GRADIENT_NORMS
from autograder.problems.vanishing.toy_rnn import TOY_RNN

__all__ = ["GRADIENT_NORMS", "TOY_RNN"]
