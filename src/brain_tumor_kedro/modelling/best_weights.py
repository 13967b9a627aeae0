"""The best weights so far, over phases that watch the same quantity."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np

logger = logging.getLogger(__name__)


class BestWeights:
    """What the phases have reached, and the weights that reached it.

    Early stopping goes back to the best weights of a phase; a later phase can still end worse than
    an earlier one did. Where both monitor the same quantity, the earlier weights come back then.

    Attributes:
        epoch: The epoch, from 0 and across phases, whose weights the classifier has.
    """

    def __init__(self, classifier: keras.Model) -> None:
        """Begin with nothing reached."""
        self.epoch = -1
        self._classifier = classifier
        self._monitor = ""
        self._value = float("nan")
        self._weights: list[np.ndarray] = []

    def end_phase(self, first_epoch: int, stopping: keras.callbacks.EarlyStopping) -> None:
        """Compare a phase that has ended with those before, and keep the better weights.

        Args:
            first_epoch: Of the phase.
            stopping: Its callback, which has restored the phase's best weights.
        """
        value = float(stopping.best)
        better = value < self._value if stopping.mode == "min" else value > self._value
        if self._monitor == stopping.monitor and not better:
            logger.info(
                "The best %s is still %.4g, of epoch %d: its weights are restored",
                self._monitor, self._value, self.epoch,
            )  # fmt: skip
            self._classifier.set_weights(self._weights)
            return
        self.epoch = first_epoch + stopping.best_epoch
        self._monitor, self._value = stopping.monitor, value
        self._weights = self._classifier.get_weights()

    def take_last(self, epoch: int) -> None:
        """Keep what the classifier has after a phase that watched nothing."""
        self.epoch, self._monitor = epoch, ""

    def state(self) -> tuple[dict[str, Any], list[np.ndarray]]:
        """Return what has been reached as JSON can hold it, and the weights that reached it."""
        values = {"epoch": self.epoch, "monitor": self._monitor, "value": self._value}
        return values, list(self._weights)

    def restore(self, values: Mapping[str, Any], weights: Sequence[np.ndarray]) -> None:
        """Take back what `state` returned; the classifier's weights stay."""
        self.epoch, self._monitor = values["epoch"], values["monitor"]
        self._value, self._weights = values["value"], list(weights)
