"""The record of a training: one row per epoch, across phases."""

import logging
import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import keras
import pandas as pd

from brain_tumor_kedro.modelling.batches import Batches
from brain_tumor_kedro.modelling.phase_settings import METRICS, POSITIVE_METRIC

logger = logging.getLogger(__name__)

#: Called with the epoch, from 0 and across phases, and its numbers.
OnEpoch = Callable[[int, dict[str, float]], None]


def name_columns(metrics: Sequence[str]) -> tuple[str, ...]:
    """Name the columns of a history.

    Args:
        metrics: What every epoch logs of training and, with `val_` before it, of validation.

    Returns:
        Their names, in order.
    """
    validated = (f"val_{metric}" for metric in metrics)
    return ("epoch", "phase", *metrics, *validated, "learning_rate", "seconds")


COLUMNS = name_columns(METRICS)


class TrainingDivergedError(RuntimeError):
    """The loss is no number any more."""


@dataclass
class History:
    """Epochs as they come.

    Attributes:
        on_epoch: Called at the end of each epoch.
        rows: One dictionary per epoch with `COLUMNS` as keys.
    """

    on_epoch: OnEpoch | None = None
    rows: list[dict[str, Any]] = field(default_factory=list)

    def add(self, phase: str, numbers: dict[str, float]) -> None:
        """Take an epoch in, log it and pass it on.

        Args:
            phase: Its phase.
            numbers: Loss, metrics, learning rate and seconds.

        Raises:
            TrainingDivergedError: Where a loss is not finite.
        """
        epoch = len(self.rows)
        _check_finite(phase, epoch, numbers)
        text = ", ".join(f"{key} {value:.4g}" for key, value in numbers.items())
        logger.info("Epoch %d (%s): %s", epoch, phase, text)
        self._take_in({"epoch": epoch, "phase": phase, **numbers})

    def restore(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Take in what a training had reached before it was interrupted, and pass it on.

        Args:
            rows: As they were in `rows` then.
        """
        for row in rows:
            self._take_in(dict(row))

    def count(self, phase: str) -> int:
        """Count a phase's epochs.

        Args:
            phase: Its name.

        Returns:
            How many there are so far.
        """
        return sum(row["phase"] == phase for row in self.rows)

    def table(self) -> pd.DataFrame:
        """Return the epochs as a table.

        Returns:
            One row per epoch with the columns `COLUMNS`, and what else the epochs log.
        """
        logged = any(POSITIVE_METRIC in row for row in self.rows)
        columns = name_columns((*METRICS, POSITIVE_METRIC) if logged else METRICS)
        return pd.DataFrame(self.rows, columns=list(columns))

    def _take_in(self, row: dict[str, Any]) -> None:
        self.rows.append(row)
        if self.on_epoch is not None:
            numbers = {key: row[key] for key in row if key not in ("epoch", "phase")}
            self.on_epoch(row["epoch"], numbers)


class EpochRecorder(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
    """Shuffle at the start of an epoch, and record it at its end."""

    def __init__(self, history: History, phase: str, batches: Batches) -> None:
        """Name the history and the phase that epochs are recorded under."""
        super().__init__()
        self._history = history
        self._phase = phase
        self._batches = batches
        self._started = 0.0

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Shuffle the batches anew."""
        self._batches.start_epoch(len(self._history.rows))
        self._started = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Record loss, metrics, time, and the learning rate that the epoch ended with.

        Under a schedule within epochs that is the one of the next batch. With layer-wise decay it
        is the head's.
        """
        numbers = {key: float(value) for key, value in (logs or {}).items()}
        rate = self.model.optimizer.learning_rate
        numbers["learning_rate"] = float(keras.ops.convert_to_numpy(rate))
        numbers["seconds"] = time.perf_counter() - self._started
        self._history.add(self._phase, numbers)


def _check_finite(phase: str, epoch: int, numbers: dict[str, float]) -> None:
    for name in ("loss", "val_loss"):
        if not math.isfinite(numbers.get(name, 0.0)):
            raise TrainingDivergedError(
                f"{name} is {numbers[name]} in epoch {epoch}, phase {phase!r}: the training "
                "diverged. Lower the phase's learning_rate, or set precision: float32."
            )
