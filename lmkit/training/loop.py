"""Truncated backpropagation through time over a text, epoch after epoch.

    state = 0                                          at the text's beginning
    for each chunk of T words (N rows side by side):
        h, state = model(chunk, state)                 the state is carried on, gradients are not
        w <- w - rate * clipped gradient of J

Source: deck 5, "Truncated backpropagation through time".
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import ArrayLike, NDArray

from lmkit import batching, metrics
from lmkit.files import DamagedFileError
from lmkit.losses import augmented_loss, log_likelihood
from lmkit.models import LanguageModel
from lmkit.progress import Bar
from lmkit.training import checkpoints
from lmkit.training.compiled import Step
from lmkit.training.evaluation import Evaluation, leaves
from lmkit.training.plan import Epoch, Plan
from lmkit.training.schedules import begins_to_average

Tensor = Any
SAVE_EVERY = 120.0  # seconds


class Trainer:
    """Trains a model on a text.

        epochs = Trainer(model, Plan(), train_ids, valid_ids, folder=Path("run")).fit()

    Afterwards the model has the weights that did best on the validation text. With a folder, the
    run's place is kept in it; the same call goes on from there.

    Args:
        model: the language model; its weights are changed.
        plan: how.
        train: ids (length,), the first only read.
        valid: ids likewise, to choose by.
        folder: for checkpoints and the best weights; None keeps nothing.
        seed: of the chunks' lengths, where they vary.
        save_every: seconds between checkpoints within an epoch; there is one behind each.
        on_epoch: functions that are told of every epoch, those of a run that is taken up too.

    Raises:
        ValueError: if a text is too short.
        DamagedFileError: from `fit`, if the folder's checkpoint is damaged or of another run.
    """

    def __init__(
        self,
        model: LanguageModel,
        plan: Plan,
        train: ArrayLike,
        valid: ArrayLike,
        *,
        folder: Path | None = None,
        seed: int = 0,
        save_every: float = SAVE_EVERY,
        on_epoch: Sequence[Callable[[Epoch], None]] = (),
    ) -> None:
        self.model, self.plan, self.folder, self.seed = model, plan, folder, seed
        self.x, self.y = batching.side_by_side(train, plan.rows)
        self.valid = np.asarray(valid, dtype=np.int32)
        self.save_every, self.on_epoch = save_every, on_epoch
        self.optimizer = plan.make_optimizer()
        self.optimizer.build(model.trainable_variables)
        self.evaluate = Evaluation(model)
        self.epochs: list[Epoch] = []
        self.chunk = 0  # how many chunks of this epoch are done
        self.state = model.start(plan.rows)
        self.loss = self.words = 0.0  # of this epoch so far
        self.averaged_steps = 0
        self.busy = self.total = 0.0  # seconds: training in this epoch; all in all
        self.means: list[Any] = []
        self.best: list[NDArray[Any]] = []  # the weights that did best on `valid`
        self._step: Step | None = None

    # The run

    def fit(self) -> list[Epoch]:
        """Train to the end, from the checkpoint if there is one."""
        self._take_up()
        for epoch in self.epochs:
            self._tell(epoch)
        while not self._is_over():
            self._train_epoch()
            self._close_epoch()
        if self.folder is not None:
            self.best = checkpoints.load(self._best)[0]["weights"]
        checkpoints.restore(self.model.variables, self.best, "best weights")
        return self.epochs

    @property
    def perplexities(self) -> list[float]:
        """Of the validation text after each epoch."""
        return [epoch.valid for epoch in self.epochs]

    def _is_over(self) -> bool:
        plan, seen = self.plan, self.perplexities
        stop = plan.stop_patience is not None and begins_to_average(seen, plan.stop_patience)
        return len(seen) >= plan.epochs or bool(stop) or plan.schedule.is_over(seen)

    @property
    def averaging(self) -> bool:
        """Whether the weights are averaged by now."""
        patience = self.plan.patience
        if patience is None:
            return False
        return patience == 0 or begins_to_average(self.perplexities, patience) is not None

    def _train_epoch(self) -> None:
        plan, number, length = self.plan, len(self.epochs) + 1, self.x.shape[1]
        random = np.random.default_rng([self.seed, number])
        places = (
            batching.varied_borders(length, plan.steps, random)
            if plan.varied
            else batching.borders(length, plan.steps)
        )
        if self.averaging and not self.means:
            self._begin_to_average()
        step = self._step = self._step or Step(
            self.model, self._objective, self.optimizer, plan.clip, self.means
        )
        rate = plan.schedule.rate_for(self.perplexities)
        saved = clock = time.perf_counter()
        label = f"epoch {number} of {plan.epochs}"
        with Bar(label, self.x.size, "words") as bar:
            pieces = batching.chunks(self.x, self.y, places[self.chunk :])
            for tokens, targets in pieces:
                T = tokens.shape[1]
                self.optimizer.learning_rate = rate * (T / plan.steps if plan.varied else 1.0)
                self.averaged_steps += bool(self.means)
                J, self.state = step(
                    ops.convert_to_tensor(tokens),
                    ops.convert_to_tensor(targets),
                    self.state,
                    share=1.0 / max(1, self.averaged_steps),
                )
                self.loss += float(J) * tokens.size
                self.words += tokens.size
                self.chunk += 1
                now = time.perf_counter()
                self.busy += now - clock
                self.total += now - clock
                clock = now
                bar.label = (
                    f"{label}: perplexity {self._train_perplexity:8.2f}, {self._speed:,.0f} words/s"
                )
                bar.show(int(self.words))
                if self.folder is not None and now - saved > self.save_every:
                    self._save()
                    saved = clock = time.perf_counter()

    def _objective(self, tokens: Tensor, targets: Tensor, state: Any) -> tuple[Tensor, Any]:
        """What is minimised; and J with the state behind the chunk."""
        plan, model = self.plan, self.model
        h, state = model.hidden(tokens, state, training=True)
        dropped = model.drop(h, training=True)
        logits = model.read_out(dropped, training=True)
        loss = J = -ops.mean(log_likelihood(logits, targets))
        if plan.augmented:
            apart = augmented_loss(logits, model.likeness(targets), plan.temperature)
            loss = J + plan.augmented * ops.mean(apart)
        if plan.sum_over_time:
            loss = loss * tokens.shape[1]
        if plan.activation:
            loss = loss + plan.activation * ops.mean(ops.square(dropped))
        if plan.temporal and tokens.shape[1] > 1:
            loss = loss + plan.temporal * ops.mean(ops.square(h[:, 1:] - h[:, :-1]))
        return loss, (J, state)

    @property
    def _train_perplexity(self) -> float:
        return math.exp(min(700.0, self.loss / self.words))

    @property
    def _speed(self) -> float:
        return self.words / max(1e-9, self.busy)

    def _close_epoch(self) -> None:
        began = time.perf_counter()
        rate = self.plan.schedule.rate_for(self.perplexities)
        own = checkpoints.copies(self.model.trainable_variables)
        if self.means:
            _assign(self.model.trainable_variables, [m.value for m in self.means])
        with Bar("validation", self.valid.size - 1, "words") as bar:
            valid = metrics.perplexity(self.evaluate(self.valid, bar.show))
        best = not self.epochs or valid < min(self.perplexities)
        if best:
            self.best = checkpoints.copies(self.model.variables)
            if self.folder is not None:
                checkpoints.save(self._best, {"weights": self.best}, {"valid": valid})
        _assign(self.model.trainable_variables, own)
        self.total += time.perf_counter() - began
        self.epochs.append(
            Epoch(
                len(self.epochs) + 1,
                rate,
                self._train_perplexity,
                valid,
                self._speed,
                self.total,
                bool(self.means),
            )
        )
        self.chunk, self.loss, self.words, self.busy = 0, 0.0, 0.0, 0.0
        self.state = self.model.start(self.plan.rows)
        if self.folder is not None:
            self._save()
        self._tell(self.epochs[-1])

    def _tell(self, epoch: Epoch) -> None:
        for log in self.on_epoch:
            log(epoch)

    def _begin_to_average(self) -> None:
        self.means = [
            keras.Variable(value, trainable=False, name=f"mean_{i}")
            for i, value in enumerate(checkpoints.copies(self.model.trainable_variables))
        ]
        self._step = None  # compiled without averaging

    # The checkpoint

    @property
    def _path(self) -> Path:
        return self._in_folder("checkpoint.npz")

    @property
    def _best(self) -> Path:
        return self._in_folder("best.npz")

    def _in_folder(self, name: str) -> Path:
        assert self.folder is not None
        return self.folder / name

    _counters = ("chunk", "loss", "words", "averaged_steps", "busy", "total")

    def _save(self) -> None:
        kinds = {
            "weights": self.model.variables,
            "moments": self.optimizer.variables,
            "means": self.means,
        }
        arrays = {kind: checkpoints.copies(each) for kind, each in kinds.items()}
        facts = {
            "epochs": [asdict(epoch) for epoch in self.epochs],
            "text": [*self.x.shape, self.plan.steps],
            **{name: getattr(self, name) for name in self._counters},
        }
        checkpoints.save(self._path, {**arrays, "state": leaves(self.state)}, facts)

    def _take_up(self) -> None:
        if self.folder is None:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        if not self._path.exists():
            return
        kinds, facts = checkpoints.load(self._path)
        if facts["text"] != [*self.x.shape, self.plan.steps]:
            raise DamagedFileError(
                f"{self._path} is of another text or other settings: give those it was begun "
                "with, or another folder"
            )
        checkpoints.restore(self.model.variables, kinds["weights"], "weights")
        checkpoints.restore(self.optimizer.variables, kinds["moments"], "moments")
        if "means" in kinds:
            self._begin_to_average()
            checkpoints.restore(self.means, kinds["means"], "means")
        arrays = [ops.convert_to_tensor(a) for a in kinds["state"]]
        self.state = keras.tree.pack_sequence_as(self.state, arrays)
        self.epochs = [Epoch(**epoch) for epoch in facts["epochs"]]
        for name in self._counters:
            setattr(self, name, facts[name])


def _assign(variables: Any, values: Any) -> None:
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)
