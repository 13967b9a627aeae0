"""Predictions of images that are made on the way: no more than a few batches are ever in memory."""

import os
from collections.abc import Callable

import keras
import numpy as np

from brain_tumor_kedro.modelling.callbacks import EpochCallbacks
from brain_tumor_kedro.modelling.folded import fold_backbone
from brain_tumor_kedro.modelling.progress import ProgressBar

#: Threads that make images at once, at most; the device needs the other cores.
MAX_WORKERS = 4

#: Batches that may wait for the device.
WAITING = 4


class Stream(keras.utils.PyDataset):  # type: ignore[misc]  # Keras has no types
    """Batches of images that a function makes, in several threads, in order."""

    def __init__(
        self, make: Callable[[int], np.ndarray], count: int, *, batch_size: int = 64
    ) -> None:
        """Say how an image is made; none is yet.

        Args:
            make: From its number, from 0, to an image, uint8, shape (h, w) or (h, w, 3). It is
                called from several threads, and must return the same whenever it is called.
            count: How many images there are.
            batch_size: Images per batch; the last may be smaller.
        """
        workers = min(MAX_WORKERS, os.cpu_count() or 1)
        super().__init__(workers=workers, use_multiprocessing=False, max_queue_size=WAITING)
        self._make = make
        self._count = count
        self._batch_size = batch_size

    def __len__(self) -> int:
        """Count the batches."""
        return -(-self._count // self._batch_size)

    def __getitem__(self, index: int) -> tuple[np.ndarray]:
        """Make a batch.

        Args:
            index: From 0.

        Returns:
            Its images alone.
        """
        start = index * self._batch_size
        numbers = range(start, min(start + self._batch_size, self._count))
        return (np.stack([self._make(number) for number in numbers]),)


def predict_stream(
    model: keras.Model,
    make: Callable[[int], np.ndarray],
    count: int,
    *,
    batch_size: int = 64,
    title: str = "Predicting",
) -> np.ndarray:
    """Predict images that are made on the way.

    Args:
        model: A classifier, fresh or loaded.
        make: See `Stream`.
        count: How many images there are.
        batch_size: Images per step.
        title: What the progress bar says.

    Returns:
        Probabilities `float32` `(count, classes)`.
    """
    if not count:
        return np.zeros((0, model.output_shape[-1]), np.float32)
    model = fold_backbone(model)
    stream = Stream(make, count, batch_size=batch_size)
    callbacks = EpochCallbacks([ProgressBar(title, len(stream))], model=model)
    return np.asarray(model.predict(stream, verbose=0, callbacks=callbacks), dtype=np.float32)
