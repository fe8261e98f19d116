"""Training of language models: truncated BPTT with the state carried, from a plan.

from lmkit.training import Plan, Trainer

epochs = Trainer(model, Plan(rows=20, steps=20), train_ids, valid_ids).fit()
"""

from __future__ import annotations

from lmkit.training.checkpoints import CheckpointError
from lmkit.training.evaluation import Evaluation
from lmkit.training.loop import Epoch, Trainer
from lmkit.training.plan import Plan
from lmkit.training.schedules import Decay, Halving, begins_to_average

__all__ = [
    "CheckpointError",
    "Decay",
    "Epoch",
    "Evaluation",
    "Halving",
    "Plan",
    "Trainer",
    "begins_to_average",
]
