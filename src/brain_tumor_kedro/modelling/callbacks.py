"""How callbacks are called: without waiting for the device after every batch."""

from typing import Any

import keras


class EpochCallbacks(keras.callbacks.CallbackList):  # type: ignore[misc]  # Keras has no types
    """Callbacks that are told the numbers of epochs, but not those of batches.

    To tell what a batch's loss was, Keras waits for the device after every batch (on TensorFlow,
    whether or not a callback asks): then the device waits in turn for the next batch. Callbacks
    still hear that a batch has ended, with no numbers.
    """

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Say that a batch was trained on."""
        super().on_train_batch_end(batch)

    def on_test_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Say that a batch was validated on."""
        super().on_test_batch_end(batch)

    def on_predict_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Say that a batch was predicted."""
        super().on_predict_batch_end(batch)
