"""The fixed-window neural language model, forward and backward."""

from autograder.problems.window_lm.backward import WINDOW_BACKWARD
from autograder.problems.window_lm.embed import EMBED
from autograder.problems.window_lm.embed_backward import EMBED_BACKWARD
from autograder.problems.window_lm.forward import WINDOW_FORWARD
from autograder.problems.window_lm.loss import WINDOW_LOSS
from autograder.problems.window_lm.windows import WINDOWS

__all__ = [
    "EMBED",
    "EMBED_BACKWARD",
    "WINDOWS",
    "WINDOW_BACKWARD",
    "WINDOW_FORWARD",
    "WINDOW_LOSS",
]
