"""The GRU, forward. One file a problem: each has a long list of known mistakes."""

from autograder.problems.gru.from_keras import GRU_FROM_KERAS
from autograder.problems.gru.sequence import GRU_SEQUENCE
from autograder.problems.gru.step import GRU_STEP

__all__ = ["GRU_FROM_KERAS", "GRU_SEQUENCE", "GRU_STEP"]
