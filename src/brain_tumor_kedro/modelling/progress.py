"""Progress bars of long computations, on a terminal only."""

from typing import Any

import keras
from tqdm import tqdm


class ProgressBar(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
    """A bar per epoch or prediction.

    It counts batches as they begin: Keras waits for the device before it says that one has ended.
    """

    def __init__(self, description: str, batches: int) -> None:
        """Say what is going on, and in how many batches."""
        super().__init__()
        self._description = description
        self._batches = batches
        self._bar: tqdm[Any] | None = None

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Open a bar for an epoch."""
        self._open(f"{self._description}, epoch {epoch + 1}")

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Remove it."""
        self._close()

    def on_predict_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Open a bar for a prediction."""
        self._open(self._description)

    def on_predict_end(self, logs: dict[str, Any] | None = None) -> None:
        """Remove it."""
        self._close()

    def on_train_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Count up to a batch: Keras may hand several to the device at once."""
        self._count(batch)

    def on_predict_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Count up to a batch: Keras may hand several to the device at once."""
        self._count(batch)

    def _open(self, description: str) -> None:
        # disable=None: off where the output is no terminal
        self._bar = tqdm(
            total=self._batches, desc=description, unit="batch", leave=False, disable=None
        )

    def _count(self, batch: int) -> None:
        if self._bar is not None:
            self._bar.update(batch + 1 - self._bar.n)

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None
