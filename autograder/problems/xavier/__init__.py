"""Xavier initialisation, from normal and from uniform random numbers."""

from autograder.problems.xavier.normal import XAVIER_NORMAL
from autograder.problems.xavier.uniform import XAVIER_UNIFORM

__all__ = ["XAVIER_NORMAL", "XAVIER_UNIFORM"]
