"""One short vector per image, near that of every copy of it, by which copies are looked for."""

import numpy as np
from scipy.fft import dctn

from brain_tumor_kedro.imaging.normalization import (
    find_foreground,
    find_frame,
    halve,
    normalize_locally,
    resample,
    smooth,
)
from brain_tumor_kedro.imaging.views import turn_frequencies

#: Lowest frequencies that are kept along each axis.
FREQUENCIES = 10
#: Numbers in a descriptor: the constant frequency says nothing and is left out.
LENGTH = FREQUENCIES**2 - 1
#: Pixels a side of the view in the head's own frame.
CANONICAL_SIDE = 16
#: How far that view reaches, in spreads of the head; a disk of even brightness reaches 2.
REACH = 1.9
#: Local normalization and smoothing before, at 32 x 32 pixels: coarse, so that a small error of the
#: frame does not matter.
SIGMA, FLOOR, BLUR = 3.0, 6.0, 1.0
IMAGES_AT_ONCE = 1024


def describe(thumbnails: np.ndarray) -> np.ndarray:
    """Describe images by the low frequencies of their local structure in the head's own frame.

    As perceptual hashes do (Zauner 2010), the lowest coefficients of a discrete cosine transform
    are taken; but of a locally normalized image, so that contrast does not matter, within the head,
    so that background does not, and in the frame of the head's center and spread, so that margins
    do not. They are kept as numbers: one bit each is too little to tell slices of brains apart.

    Args:
        thumbnails: `(n, 64, 64)` uint8.

    Returns:
        `(n, 10, 10)` float32; as vectors of length 1, but for flat images, which are 0.
    """
    result = np.empty((len(thumbnails), FREQUENCIES, FREQUENCIES), np.float32)
    for start in range(0, len(thumbnails), IMAGES_AT_ONCE):
        part = slice(start, start + IMAGES_AT_ONCE)
        result[part] = _describe_block(thumbnails[part].astype(np.float32))
    return result


def _describe_block(images: np.ndarray) -> np.ndarray:
    small = halve(images)
    structure = smooth(normalize_locally(small, SIGMA, FLOOR) * find_foreground(small), BLUR)
    placement = find_frame(images) * np.array([REACH, 1, REACH, 1], np.float32)
    canonical = resample(structure, placement, CANONICAL_SIDE)
    low = dctn(canonical, axes=(1, 2), norm="ortho")[:, :FREQUENCIES, :FREQUENCIES]
    low[:, 0, 0] = 0
    length = np.linalg.norm(low, axis=(1, 2), keepdims=True)
    unit: np.ndarray = np.divide(low, length, out=np.zeros_like(low), where=length > 1e-3)
    return unit


def as_vectors(frequencies: np.ndarray, view: int = 0) -> np.ndarray:
    """Descriptors as the images would have them in another view.

    Args:
        frequencies: `(n, 10, 10)`, as `describe` makes them.
        view: Position in `VIEWS`.

    Returns:
        `(n, 99)` float32 unit vectors; the inner product of two says how alike the images are.
    """
    turned = turn_frequencies(frequencies, view)
    return np.ascontiguousarray(turned.reshape(len(turned), LENGTH + 1)[:, 1:])
