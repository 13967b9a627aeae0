"""Random changes of gray values: brightness, contrast and noise."""

from typing import Any

import keras
from keras import ops


class _RandomChange(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """What the layers here share: draws of their own, and rest outside of training."""

    def __init__(self, *, seed: int, **kwargs: Any) -> None:
        super().__init__(dtype="float32", **kwargs)
        self._generator = keras.random.SeedGenerator(seed)

    def call(self, images: keras.KerasTensor, training: bool | None = None) -> keras.KerasTensor:
        """Change `float32` `(n, h, w, c)` in training, else nothing."""
        return self._change(images) if training else images

    def _change(self, images: keras.KerasTensor) -> keras.KerasTensor:
        raise NotImplementedError


class _RandomFactor(_RandomChange):
    """A random factor for every image."""

    def __init__(self, factors: tuple[float, float], *, seed: int, **kwargs: Any) -> None:
        """Set the lowest and highest factor."""
        super().__init__(seed=seed, **kwargs)
        self._factors = factors

    def _draw(self, images: keras.KerasTensor) -> keras.KerasTensor:
        shape = (ops.shape(images)[0], 1, 1, 1)
        return keras.random.uniform(shape, *self._factors, seed=self._generator)


class RandomBrightnessFactor(_RandomFactor):
    """Multiply each image by a random factor, as Pillow's brightness enhancer does.

    Keras's own `RandomBrightness` adds instead, which lifts the black background too.
    """

    def _change(self, images: keras.KerasTensor) -> keras.KerasTensor:
        return images * self._draw(images)


class RandomContrastFactor(_RandomFactor):
    """Multiply each pixel's distance from the image's mean, as Pillow's contrast enhancer does.

    Keras's own `RandomContrast` takes a mean per channel and only ranges that include 1. A factor
    below 1 lifts the black background toward the mean, in all three.
    """

    def _change(self, images: keras.KerasTensor) -> keras.KerasTensor:
        mean = ops.round(ops.mean(images, axis=(1, 2, 3), keepdims=True))
        return mean + self._draw(images) * (images - mean)


class RandomNoise(_RandomChange):
    """Add Gaussian noise to every pixel.

    Keras's own `GaussianNoise` refuses standard deviations above 1, which is less than a gray
    value.
    """

    def __init__(self, deviation: float, *, seed: int, **kwargs: Any) -> None:
        """Set the standard deviation, in gray values of 255."""
        super().__init__(seed=seed, **kwargs)
        self._deviation = deviation

    def _change(self, images: keras.KerasTensor) -> keras.KerasTensor:
        shape = ops.shape(images)
        return images + keras.random.normal(shape, stddev=self._deviation, seed=self._generator)
