"""How fast packed images become batches."""

import time

import keras
import numpy as np
from curated import Data
from plain_training import BRIGHTNESS
from timing import timed

from brain_tumor_kedro.modelling.augmentation import with_augmentation
from brain_tumor_kedro.modelling.augmentation_settings import Augmentation
from brain_tumor_kedro.modelling.batches import Batches
from brain_tumor_kedro.modelling.features import in_mode


def read_packed(data: Data, rows: np.ndarray) -> list[float]:
    batches = Batches(data.images, rows, batch_size=32, seed=0)
    rates = []
    for epoch in range(5):
        batches.start_epoch(epoch)
        rates.append(read_all(batches, len(rows)))
    return rates


def read_changed(data: Data, rows: np.ndarray) -> float:
    shape = data.images.shape[1:]
    inputs = keras.Input(shape, dtype="uint8")
    changes = Augmentation(brightness=BRIGHTNESS)
    augment = with_augmentation(keras.Model(inputs, inputs), changes, shape, seed=0)
    model = in_mode(augment, training=True)
    chosen = rows[:960]
    batches = Batches(data.images, chosen, batch_size=32, seed=0)
    model.predict(batches, verbose=0)
    run = timed(lambda: model.predict(batches, verbose=0))
    return len(chosen) / run.seconds


def read_all(batches: keras.utils.PyDataset, images: int) -> float:
    started = time.perf_counter()
    for index in range(len(batches)):
        batches[index]
    return images / (time.perf_counter() - started)
