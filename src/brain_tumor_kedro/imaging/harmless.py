"""Slices that were changed as they are on their way through viewers, slides and messengers.

A reader would take each of them for the same slice: a guard that flags them costs work.
"""

from collections.abc import Callable

import numpy as np
from PIL import Image

from brain_tumor_kedro.imaging.degradations import compress
from brain_tumor_kedro.imaging.displacements import rotate
from brain_tumor_kedro.imaging.mr_artifacts import add_noise

#: Standard deviation of the noise in gray values, as in the mildest corruption by noise.
NOISE = 6

#: Of the side, what a wide border and a thin frame take on each of the four sides.
BORDER, FRAME = 0.25, 0.01

#: What is left of the side of a small picture: of 299 pixels 96.
SMALLER = 96 / 299

#: Exponent of the gray values from 0 to 1: below 1 brightens.
GAMMA = 0.6

#: Of a JPEG, Pillow's.
QUALITY = 30

#: Degrees by which a head is tilted.
TILT = 10


def make_noisy(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Add the noise of a quick sequence."""
    return _each(image, lambda plane: add_noise(plane, NOISE, rng))


def border(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Shrink to the middle of a black square, as slides and viewers do."""
    del rng
    return _frame(image, BORDER, 0)


def frame(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Leave a thin white frame, as a screenshot does."""
    del rng
    return _frame(image, FRAME, 255)


def coarsen(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Show the slice at the size of a thumbnail, and enlarge it again."""
    del rng
    side = image.shape[0]
    small = max(1, round(SMALLER * side))
    return _each(image, lambda plane: _resize(_resize(plane, small), side))


def brighten_middle(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Brighten all but black and white, as another window or screen does."""
    del rng
    return _each(image, lambda plane: np.asarray(255 * (plane / 255) ** GAMMA))


def save_as_jpeg(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Compress as a messenger does."""
    return _each(image, lambda plane: compress(plane, QUALITY, rng))


def mirror(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Swap left and right."""
    del rng
    return np.ascontiguousarray(image[:, ::-1])


def tilt(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Turn a little, to one side or the other."""
    way = TILT * float(rng.choice((-1, 1)))
    return _each(image, lambda plane: rotate(plane, way, np.random.default_rng(0)))


HARMLESS: dict[str, Callable[[np.ndarray, np.random.Generator], np.ndarray]] = {
    "mri_noise": make_noisy,
    "mri_black_border": border,
    "mri_white_frame": frame,
    "mri_low_resolution": coarsen,
    "mri_brightened": brighten_middle,
    "mri_as_jpeg": save_as_jpeg,
    "mri_mirrored": mirror,
    "mri_tilted": tilt,
}


def _each(image: np.ndarray, step: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Change each channel as a float32 image of shape (side, side)."""
    planes = image[..., None] if image.ndim == 2 else image
    made = [step(planes[..., at].astype(np.float32)) for at in range(planes.shape[-1])]
    pixels = np.clip(np.rint(np.stack(made, axis=-1)), 0, 255).astype(np.uint8)
    return np.asarray(pixels[..., 0] if image.ndim == 2 else pixels)


def _frame(image: np.ndarray, share: float, gray: int) -> np.ndarray:
    """Shrink an image, and fill what is left on every side with a gray."""
    side = image.shape[0]
    edge = max(1, round(share * side))
    inner = max(1, side - 2 * edge)

    def shrink(plane: np.ndarray) -> np.ndarray:
        around = np.full((side, side), gray, np.float32)
        around[edge : edge + inner, edge : edge + inner] = _resize(plane, inner)
        return around

    return _each(image, shrink)


def _resize(plane: np.ndarray, side: int) -> np.ndarray:
    picture = Image.fromarray(plane).resize((side, side), Image.Resampling.BILINEAR)
    return np.asarray(picture)
