"""Random changes of training images, in the graph but outside the saved classifier."""

from collections.abc import Iterator, Sequence

import keras
import numpy as np
from keras import ops

from brain_tumor_kedro.modelling.affine import RandomAffine
from brain_tumor_kedro.modelling.augmentation_settings import Augmentation
from brain_tumor_kedro.modelling.photometric import (
    RandomBrightnessFactor,
    RandomContrastFactor,
    RandomNoise,
)


def with_augmentation(
    classifier: keras.Model,
    augmentation: Augmentation,
    image_shape: Sequence[int],
    seed: int,
) -> keras.Model:
    """Put random changes before a classifier, whose weights are shared.

    Args:
        classifier: Takes `uint8` images.
        augmentation: What changes.
        image_shape: `(h, w)` or `(h, w, 3)`.
        seed: Of the random changes. How far they have come is part of the model's `variables`, so
            that whoever restores those goes on with the same changes.

    Returns:
        The same classifier for training; outside of training it changes nothing.
    """
    if not augmentation.active:
        return classifier
    images = keras.Input(tuple(image_shape), dtype="uint8")
    return keras.Model(images, classifier(_change(images, augmentation, seed)))


def draw_views(images: np.ndarray, augmentation: Augmentation, views: int, seed: int) -> np.ndarray:
    """Draw what training shows of some images, through the same layers.

    Args:
        images: `uint8` `(n, h, w)` or `(n, h, w, 3)`.
        augmentation: What changes.
        views: How many to draw of each image.
        seed: Of the random changes.

    Returns:
        `uint8` `(n, views, h, w)` or `(n, views, h, w, 3)`.
    """
    repeated = np.repeat(images[:, None], views, axis=1)
    if not augmentation.active:
        return repeated
    batch = ops.convert_to_tensor(np.concatenate(list(repeated)))
    changed: np.ndarray = ops.convert_to_numpy(_change(batch, augmentation, seed, training=True))
    return changed.reshape(repeated.shape)


def _change(
    images: keras.KerasTensor, augmentation: Augmentation, seed: int, training: bool | None = None
) -> keras.KerasTensor:
    """Change images; round them to `uint8` again, which is what a classifier sees of a file."""
    gray = len(images.shape) == 3
    pixels = ops.expand_dims(images, -1) if gray else images
    pixels = pixels if augmentation.moves else ops.cast(pixels, "float32")
    for layer in _layers(augmentation, seed):
        pixels = layer(pixels, training=training)
    pixels = ops.saturate_cast(ops.round(pixels), "uint8")
    return ops.squeeze(pixels, -1) if gray else pixels


def _layers(augmentation: Augmentation, seed: int) -> Iterator[keras.layers.Layer]:
    """Geometry first, which takes integers; noise last, which nothing then smooths."""
    if augmentation.moves:
        others = {"brightness", "contrast", "noise"}
        yield RandomAffine(**augmentation.model_dump(exclude=others), seed=seed)
    if augmentation.contrast:
        yield RandomContrastFactor(augmentation.contrast, seed=seed + 1)
    if augmentation.brightness:
        yield RandomBrightnessFactor(augmentation.brightness, seed=seed + 2)
    if augmentation.noise:
        yield RandomNoise(augmentation.noise, seed=seed + 3)
