"""One update of each optimiser of deck 2."""

from autograder.problems.optimisers.adagrad import ADAGRAD_UPDATE
from autograder.problems.optimisers.adam import ADAM_UPDATE
from autograder.problems.optimisers.adamw import ADAMW_UPDATE
from autograder.problems.optimisers.momentum import MOMENTUM_UPDATE
from autograder.problems.optimisers.rmsprop import RMSPROP_UPDATE
from autograder.problems.optimisers.sgd import SGD_UPDATE

__all__ = [
    "ADAGRAD_UPDATE",
    "ADAMW_UPDATE",
    "ADAM_UPDATE",
    "MOMENTUM_UPDATE",
    "RMSPROP_UPDATE",
    "SGD_UPDATE",
]
