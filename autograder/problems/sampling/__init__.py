"""From logits to a text. One file a problem: each has a list of known mistakes."""

from autograder.problems.sampling.draw_character import DRAW_CHARACTER
from autograder.problems.sampling.generate import GENERATE
from autograder.problems.sampling.nucleus import NUCLEUS
from autograder.problems.sampling.temperature_softmax import TEMPERATURE_SOFTMAX
from autograder.problems.sampling.top_k import TOP_K

__all__ = ["DRAW_CHARACTER", "GENERATE", "NUCLEUS", "TEMPERATURE_SOFTMAX", "TOP_K"]
