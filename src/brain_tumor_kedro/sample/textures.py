"""Smooth random fields that change slowly from one slice of a patient to the next."""

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.random import Generator
from PIL import Image

from brain_tumor_kedro.sample.geometry import Floats


@dataclass(frozen=True)
class Texture:
    """A random field over the picture and the slice position.

    Attributes:
        layers: float32 (2, cells, cells), standard normal.
    """

    layers: Floats

    @classmethod
    def drawn(cls, rng: Generator, cells: int) -> Self:
        """Draw a field whose grain is about 1 / cells of the picture."""
        return cls(rng.standard_normal((2, cells, cells), dtype=np.float32))

    def at(self, depth: float, size: int) -> Floats:
        """Cut the field at a depth.

        Args:
            depth: Slice position; the field is forgotten over about one unit.
            size: Side of the result in pixels.

        Returns:
            float32 (size, size), mean about 0, standard deviation below 1 everywhere alike.
        """
        angle = depth * math.pi / 2
        grid = self.layers[0] * math.cos(angle) + self.layers[1] * math.sin(angle)
        return resized(grid, size, size)


def resized(
    image: Floats, width: int, height: int, how: Image.Resampling = Image.Resampling.BICUBIC
) -> Floats:
    """Resample a float image, (rows, columns) to (height, width)."""
    picture = Image.fromarray(np.ascontiguousarray(image, dtype=np.float32))
    return np.asarray(picture.resize((width, height), how), dtype=np.float32)
