"""Random changes of training images, in the graph but outside the saved classifier."""

from collections.abc import Iterator, Sequence
from typing import Any

import keras

from brain_tumor_kedro.modelling.augmentation_settings import Augmentation


class RandomBrightnessFactor(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """Multiply each image by a random factor, as Pillow's brightness enhancer does.

    Keras's own `RandomBrightness` adds instead, which lifts the black background too.
    """

    def __init__(self, factors: tuple[float, float], *, seed: int, **kwargs: Any) -> None:
        """Set the lowest and highest factor."""
        super().__init__(**kwargs)
        self._factors = factors
        self._generator = keras.random.SeedGenerator(seed)

    def call(self, images: keras.KerasTensor, training: bool | None = None) -> keras.KerasTensor:
        """Change `(n, h, w, c)` in training, else nothing."""
        if not training:
            return images
        shape = (keras.ops.shape(images)[0], 1, 1, 1)
        factor = keras.random.uniform(shape, *self._factors, seed=self._generator)
        return images * factor


def with_augmentation(
    classifier: keras.Model,
    augmentation: Augmentation,
    image_shape: Sequence[int],
    seed: int,
) -> keras.Model:
    """Put random changes before a classifier, whose weights are shared.

    Changed images are rounded to `uint8` again, so that the classifier sees what it would see in
    a file.

    Args:
        classifier: Takes `uint8` images.
        augmentation: What changes.
        image_shape: `(h, w)` or `(h, w, 3)`.
        seed: Of the random changes.

    Returns:
        The same classifier for training; outside of training it changes nothing.
    """
    if not augmentation.active:
        return classifier
    images = keras.Input(tuple(image_shape), dtype="uint8")
    gray = len(image_shape) == 2
    pixels = keras.ops.cast(images, "float32")
    pixels = keras.ops.expand_dims(pixels, -1) if gray else pixels
    for layer in _layers(augmentation, seed):
        pixels = layer(pixels)
    pixels = keras.ops.clip(keras.ops.round(pixels), 0, 255)
    pixels = keras.ops.squeeze(pixels, -1) if gray else pixels
    return keras.Model(images, classifier(keras.ops.cast(pixels, "uint8")))


def _layers(augmentation: Augmentation, seed: int) -> Iterator[keras.layers.Layer]:
    """Geometry first: what comes into view at the border is black, as around a head."""
    border: dict[str, Any] = {"fill_mode": "constant", "fill_value": 0.0, "dtype": "float32"}
    if augmentation.horizontal_flip:
        yield keras.layers.RandomFlip("horizontal", seed=seed, dtype="float32")
    if augmentation.rotation:
        yield keras.layers.RandomRotation(augmentation.rotation / 360, seed=seed + 1, **border)
    if augmentation.translation:
        shift = augmentation.translation
        yield keras.layers.RandomTranslation(shift, shift, seed=seed + 2, **border)
    if augmentation.zoom:
        yield keras.layers.RandomZoom(augmentation.zoom, seed=seed + 3, **border)
    if augmentation.brightness:
        yield RandomBrightnessFactor(augmentation.brightness, seed=seed + 4, dtype="float32")
