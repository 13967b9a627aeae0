"""Random flips, rotation, shear, zoom and shift, as one affine map that is interpolated once.

Keras has a layer for each, but a chain of them blurs an image once per layer, and with TensorFlow
they rest on an operation that XLA cannot compile, which leaves the whole training step
uncompiled on a GPU. What stands here is arithmetic and one gather, on any backend.
"""

import math
from typing import Any, NamedTuple

import keras
from keras import ops

#: Bits of the four neighbors in a packed pixel: here, right, below, below right.
_SHIFTS = (0, 8, 16, 24)


class Moves(NamedTuple):
    """How each of n images moves, in this order; each a `float32` tensor `(n,)`.

    Attributes:
        mirror_x: -1 mirrors left and right, 1 does not.
        mirror_y: -1 mirrors top and bottom, 1 does not.
        rotation: Counterclockwise, in radians.
        shear: How many pixels to the right a row moves per row below the center.
        zoom: Magnification.
        shift_x: To the right, in pixels.
        shift_y: Downward, in pixels.
    """

    mirror_x: keras.KerasTensor
    mirror_y: keras.KerasTensor
    rotation: keras.KerasTensor
    shear: keras.KerasTensor
    zoom: keras.KerasTensor
    shift_x: keras.KerasTensor
    shift_y: keras.KerasTensor


class RandomAffine(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """Move each image by a random affine map about its center; what comes into view is black.

    Every kind of move is drawn uniformly, of every image on its own. The same seed draws the same
    rotation whether or not there is a shift beside it.

    Example:
        >>> move = RandomAffine(rotation=10, horizontal_flip=True, seed=0)
        >>> move(np.zeros((2, 8, 8, 1), np.uint8), training=True).shape
        (2, 8, 8, 1)
    """

    def __init__(
        self,
        *,
        rotation: float = 0.0,
        translation: float = 0.0,
        shear: float = 0.0,
        zoom: float = 0.0,
        horizontal_flip: bool = False,
        vertical_flip: bool = False,
        seed: int,
        **kwargs: Any,
    ) -> None:
        """Set the largest moves.

        Args:
            rotation: Either way, in degrees.
            translation: Either way, as a fraction of height and width.
            shear: Either way, as the tangent of its angle.
            zoom: In and out, as a fraction; the aspect stays.
            horizontal_flip: Half of the time.
            vertical_flip: Half of the time.
            seed: Of the draws.
            kwargs: Of every Keras layer.
        """
        super().__init__(dtype="float32", **kwargs)
        self._angle = math.radians(rotation)
        self._translation = translation
        self._shear = shear
        self._zoom = zoom
        self._flips = (horizontal_flip, vertical_flip)
        self._generator = keras.random.SeedGenerator(seed)

    def call(self, images: keras.KerasTensor, training: bool | None = None) -> keras.KerasTensor:
        """Move `uint8` `(n, h, w, c)` in training, else nothing; returns `float32` of 0 to 255."""
        if not training:
            return ops.cast(images, "float32")
        _, height, width, _ = images.shape
        moves = self._draw(ops.shape(images)[0], height, width)
        if not any((self._angle, self._translation, self._shear, self._zoom)):
            return ops.cast(mirror(images, moves), "float32")  # the same, several times faster
        return resample(images, inverse_maps(moves, height, width))

    def _draw(self, n: int, height: int, width: int) -> Moves:
        draws = keras.random.uniform((7, n), -1.0, 1.0, seed=self._generator)
        mirrors = [
            ops.where(draw < 0, -1.0, 1.0) if wanted else ops.ones_like(draw)
            for wanted, draw in zip(self._flips, (draws[0], draws[1]), strict=True)
        ]
        return Moves(
            mirror_x=mirrors[0],
            mirror_y=mirrors[1],
            rotation=self._angle * draws[2],
            shear=self._shear * draws[3],
            zoom=1.0 + self._zoom * draws[4],
            shift_x=self._translation * width * draws[5],
            shift_y=self._translation * height * draws[6],
        )


def mirror(images: keras.KerasTensor, moves: Moves) -> keras.KerasTensor:
    """Flip images as their moves say, and nothing else.

    Args:
        images: `(n, h, w, c)`.
        moves: Only `mirror_x` and `mirror_y` count.

    Returns:
        Images of the same shape and type.
    """
    for axis, mirrors in ((2, moves.mirror_x), (1, moves.mirror_y)):
        flipped = ops.reshape(mirrors, (-1, 1, 1, 1)) < 0
        images = ops.where(flipped, ops.flip(images, axis=axis), images)
    return images


def inverse_maps(moves: Moves, height: int, width: int) -> keras.KerasTensor:
    """Say where each pixel of the moved images comes from.

    Args:
        moves: About the center of the image.
        height: In pixels.
        width: In pixels.

    Returns:
        `float32` `(n, 2, 3)`: the rows of `a` give x and y of the source, in pixels, as
        `a[:, 0] * x + a[:, 1] * y + a[:, 2]`.
    """
    # Written out: a product of matrices may be rounded to 10 bits on a GPU (TF32).
    cosine, sine = ops.cos(moves.rotation), ops.sin(moves.rotation)
    across, down = moves.mirror_x / moves.zoom, moves.mirror_y / moves.zoom
    rows = (
        (across * cosine, -across * (moves.shear * cosine + sine), (width - 1) / 2),
        (down * sine, down * (cosine - moves.shear * sine), (height - 1) / 2),
    )
    x, y = (width - 1) / 2 + moves.shift_x, (height - 1) / 2 + moves.shift_y
    return ops.stack(
        [ops.stack([a, b, center - a * x - b * y], axis=-1) for a, b, center in rows], axis=1
    )


def resample(images: keras.KerasTensor, maps: keras.KerasTensor) -> keras.KerasTensor:
    """Interpolate images bilinearly at the places that maps say; outside of them all is black.

    Gathering single values is what takes the time where nothing is compiled, so the four
    neighbors of a place are packed into one integer and gathered at once.

    Args:
        images: `uint8` `(n, h, w, c)`; h, w and c are known.
        maps: `float32` `(n, 2, 3)`, see `inverse_maps`.

    Returns:
        `float32` `(n, h, w, c)` of 0 to 255.

    Raises:
        ValueError: Where images are not `uint8`.
    """
    if keras.backend.standardize_dtype(images.dtype) != "uint8":
        raise ValueError(f"Expected images as uint8, received {images.dtype}.")
    n, (_, height, width, channels) = ops.shape(images)[0], images.shape
    x, y = (ops.clip(place, -1.0, size) for place, size in _places(maps, height, width))
    left, top = ops.floor(x), ops.floor(y)
    # There is a black pixel before the first row and column, and two behind the last.
    first = ops.reshape(ops.arange(n, dtype="int32") * ((height + 2) * (width + 2)), (-1, 1, 1))
    index = ops.cast((top + 1) * (width + 2) + (left + 1), "int32") + first
    packed = ops.take(ops.reshape(_pack_neighbors(images), (-1, channels)), index, axis=0)
    here, right, below, across = (
        ops.cast(ops.bitwise_and(ops.right_shift(packed, shift), 255), "float32")
        for shift in _SHIFTS
    )
    x, y = ops.expand_dims(x - left, -1), ops.expand_dims(y - top, -1)
    upper, lower = here + x * (right - here), below + x * (across - below)
    return upper + y * (lower - upper)


def _places(
    maps: keras.KerasTensor, height: int, width: int
) -> tuple[tuple[keras.KerasTensor, int], tuple[keras.KerasTensor, int]]:
    """Apply the maps to every pixel: x with the width, y with the height, each `(n, h, w)`."""
    maps = ops.reshape(maps, (-1, 2, 3, 1, 1))
    column = ops.reshape(ops.arange(width, dtype="float32"), (1, 1, width))
    row = ops.reshape(ops.arange(height, dtype="float32"), (1, height, 1))
    x, y = (maps[:, i, 0] * column + (maps[:, i, 1] * row + maps[:, i, 2]) for i in (0, 1))
    return (x, width), (y, height)


def _pack_neighbors(images: keras.KerasTensor) -> keras.KerasTensor:
    """Put each pixel and its neighbors into an `int32`, `(n, h + 2, w + 2, c)`."""
    padded = ops.cast(ops.pad(images, [[0, 0], [1, 2], [1, 2], [0, 0]]), "int32")
    rows = padded[:, :-1] + ops.left_shift(padded[:, 1:], 16)
    return rows[:, :, :-1] + ops.left_shift(rows[:, :, 1:], 8)
