"""What of a thumbnail is compared: its local structure, in the head, in the head's own frame."""

from functools import lru_cache

import numpy as np
from scipy.ndimage import gaussian_filter1d

#: Scale, in pixels of a 64 x 64 thumbnail, over which the edge of the foreground is softened.
EDGE = 2.0


def smooth(images: np.ndarray, sigma: float) -> np.ndarray:
    """Gaussian smoothing.

    Args:
        images: `(n, h, h)` float32.
        sigma: In pixels.

    Returns:
        `(n, h, h)` float32; beyond the border the nearest pixel goes on.
    """
    side = images.shape[1]
    kernel = _smoothing_matrix(side, sigma)
    # All rows of all images at once: one large product is faster than many small ones.
    along_rows = (images.reshape(-1, side) @ kernel.T).reshape(images.shape)
    smoothed: np.ndarray = kernel @ along_rows
    return smoothed


@lru_cache(maxsize=32)
def _smoothing_matrix(side: int, sigma: float) -> np.ndarray:
    # On images this small two products of matrices are faster than a filter.
    matrix = gaussian_filter1d(np.eye(side), sigma, axis=0, mode="nearest")
    return np.ascontiguousarray(matrix, dtype=np.float32)


def halve(images: np.ndarray) -> np.ndarray:
    """Average blocks of 2 x 2 pixels of images, `(n, h, h)` to `(n, h / 2, h / 2)`."""
    rows = images[:, 0::2] + images[:, 1::2]
    halved: np.ndarray = (rows[:, :, 0::2] + rows[:, :, 1::2]) * np.float32(0.25)
    return halved


def normalize_locally(images: np.ndarray, sigma: float, floor: float) -> np.ndarray:
    """Take brightness and contrast of every neighborhood out of images.

    Args:
        images: `(n, h, h)` float32, 0 to 255.
        sigma: Size of the neighborhood, in pixels.
        floor: Added to the local deviation, in gray values, so that flat regions stay flat.

    Returns:
        `(n, h, h)` float32, around 0 with a deviation of about 1 where there is structure.
    """
    detail = images - smooth(images, sigma)
    deviation = np.sqrt(np.maximum(smooth(detail * detail, sigma), 0.0))
    deviation += np.float32(floor)
    normalized: np.ndarray = np.divide(detail, deviation, out=detail)
    return normalized


def find_foreground(images: np.ndarray) -> np.ndarray:
    """Weight of every pixel: 1 in the head, 0 in the empty background.

    Pixels above the image's mean are the head's, and what lies close to them. Brightness, contrast
    and gamma hardly move that line, and noise that an equalized histogram brings up lies below.

    Args:
        images: `(n, h, h)` float32.

    Returns:
        `(n, h, h)` float32, 0 to 1.
    """
    bright = (images > images.mean(axis=(1, 2), keepdims=True)).astype(np.float32)
    weight: np.ndarray = np.minimum(2.0 * smooth(bright, EDGE * images.shape[1] / 64), 1.0)
    return weight


def find_frame(images: np.ndarray) -> np.ndarray:
    """Where the bright part of an image lies, and how far it reaches.

    Args:
        images: `(n, h, h)` float32.

    Returns:
        `(n, 4)` float32: horizontal spread and center, vertical spread and center, in units in
        which the image reaches from -1 to 1. The spread is the standard deviation of the gray
        values above the image's mean. A flat image has spread 1 and center 0.
    """
    weight = np.maximum(images - images.mean(axis=(1, 2), keepdims=True), 0.0)
    total = weight.sum(axis=(1, 2))
    flat = total < 1e-3
    place = coordinates(images.shape[1])
    frame = np.empty((len(images), 4), np.float32)
    for first, axis in ((0, 1), (2, 2)):
        profile = weight.sum(axis=axis) / np.where(flat, 1.0, total)[:, None]
        center = profile @ place
        spread = np.sqrt(np.maximum(profile @ place**2 - center**2, 1e-4))
        frame[:, first], frame[:, first + 1] = spread, center
    frame[flat] = (1.0, 0.0, 1.0, 0.0)
    return frame


def coordinates(side: int) -> np.ndarray:
    """Centers of the pixels of an image that reaches from -1 to 1, `(side,)` float32."""
    return ((np.arange(side, dtype=np.float32) + 0.5) / side) * 2 - 1


def resample(images: np.ndarray, placement: np.ndarray, side: int | None = None) -> np.ndarray:
    """Look at images through another frame, scaled and shifted along both axes.

    Args:
        images: `(n, h, h)` float32; or `(k, n, h, h)`, k kinds of each.
        placement: `(n, 4)` float32: horizontal scale and shift, vertical scale and shift; what is
            seen at x lies at scale * x + shift of the image, which reaches from -1 to 1.
        side: Pixels a side of the result; that of the images unless given.

    Returns:
        `(n, side, side)` or `(k, n, side, side)` float32, interpolated linearly, 0 outside.
    """
    size = images.shape[-1]
    side = side or size
    across = _interpolation(placement[:, 0], placement[:, 1], size, side)
    down = _interpolation(placement[:, 2], placement[:, 3], size, side)
    seen: np.ndarray = down @ images @ across.transpose(0, 2, 1)
    return seen


def _interpolation(scale: np.ndarray, shift: np.ndarray, size: int, side: int) -> np.ndarray:
    """Matrices `(n, side, size)` that interpolate along one axis."""
    place = scale[:, None] * coordinates(side) + shift[:, None]
    pixel = (place + 1) * np.float32(size / 2) - np.float32(0.5)
    weight = pixel[:, :, None] - np.arange(size, dtype=np.float32)
    np.abs(weight, out=weight)
    np.subtract(np.float32(1), weight, out=weight)
    matrices: np.ndarray = np.maximum(weight, 0, out=weight)
    return matrices
