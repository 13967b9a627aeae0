"""The moving average of the weights: which weights a model has at which moment."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np


class AveragedWeights(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
    """Validate and keep the average of the weights, go on training from the weights themselves.

    For optimizers with `use_ema`. The model has

    | when | weights |
    |---|---|
    | while batches are trained on | trained |
    | in validation | averaged |
    | in `on_epoch_end` of callbacks before this one | trained |
    | in `on_epoch_end` of callbacks after this one, such as early stopping | averaged |
    | after `fit` (Keras sees to that) | averaged |

    So this one comes before whatever compares or keeps epochs. What is to be trained on after an
    interruption is the trained weights, with the optimizer, which has the averages: save them
    inside `with averaging.trained_weights():`.

    Only what an optimizer trains is averaged; statistics of batch normalization are averages
    themselves. Loss and metrics of training are those of the trained weights.

    Keras has `SwapEMAWeights`. With `swap_on_epoch` it leaves the trained weights where early
    stopping ends a training, and on TensorFlow it swaps by adding and subtracting, which rounds
    the weights twice an epoch.
    """

    def __init__(self) -> None:
        """Begin with the trained weights in the model."""
        super().__init__()
        self._trained: list[np.ndarray] | None = None

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Go on from the trained weights."""
        self._put_trained()

    def on_test_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Validate the average."""
        self._put_averaged()

    def on_test_end(self, logs: dict[str, Any] | None = None) -> None:
        """Give the trained weights back."""
        self._put_trained()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Show the average to the callbacks that follow."""
        self._put_averaged()

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Forget the trained weights: the average is what the model keeps."""
        self._trained = None

    @contextmanager
    def trained_weights(self) -> Iterator[None]:
        """Have the trained weights in the model during `fit`, and put back what it had.

        Yields:
            Nothing.
        """
        averaged = self._trained is not None
        self._put_trained()
        try:
            yield
        finally:
            if averaged:
                self._put_averaged()

    def _put_averaged(self) -> None:
        if self._trained is None:
            variables = self.model.trainable_variables
            self._trained = [variable.numpy().copy() for variable in variables]
            self.model.optimizer.finalize_variable_values(variables)
            # On JAX, model and optimizer would share arrays now, and validation frees the model's.
            for variable in variables:
                variable.assign(variable.numpy().copy())

    def _put_trained(self) -> None:
        if self._trained is not None:
            for variable, value in zip(self.model.trainable_variables, self._trained, strict=True):
                variable.assign(value)
            self._trained = None
