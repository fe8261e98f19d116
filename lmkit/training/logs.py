"""Where the epochs of a run are told: on the screen, in log.csv, in TensorBoard."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from lmkit.files import write_atomically
from lmkit.training.plan import Epoch

Log = Callable[[Epoch], None]


def line_of(epoch: Epoch) -> str:
    """An epoch in one line."""
    averaged = ", averaged" if epoch.averaged else ""
    return (
        f"epoch {epoch.epoch}: rate {epoch.rate:g}, perplexity {epoch.train:.2f} in training, "
        f"{epoch.valid:.2f} on the validation text{averaged}; {epoch.words_per_second:,.0f} words/s"
    )


class CsvLog:
    """A table with a row for each epoch, whole after each.

    Args:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows: list[str] = []

    def __call__(self, epoch: Epoch) -> None:
        """Add a row."""
        facts = asdict(epoch)
        self.rows.append(",".join(map(str, facts.values())))
        write_atomically(self.path, "\n".join([",".join(facts), *self.rows]) + "\n")


class TensorBoardLog:
    """Curves for TensorBoard: `tensorboard --logdir FOLDER`.

    Args:
        folder: for the events; what an interrupted run left there is written anew.

    Raises:
        ModuleNotFoundError: if TensorBoard is not installed.
    """

    def __init__(self, folder: Path) -> None:
        from tensorboard.summary import Writer

        shutil.rmtree(folder, ignore_errors=True)
        self.writer = Writer(str(folder))

    def __call__(self, epoch: Epoch) -> None:
        """Add a point to each curve."""
        for name in ("train", "valid", "rate", "words_per_second"):
            self.writer.add_scalar(name, getattr(epoch, name), epoch.epoch)
        self.writer.flush()
