"""Losses on the way from the scanner to the reader: blur, windows, compression, small pictures."""

import io

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter


def blur(image: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Smooth with a Gaussian.

    Args:
        image: Float32, shape (h, w), gray values 0 to 255.
        share: Its standard deviation, as a share of the longer side.
        rng: Not used.

    Returns:
        Float32, shape (h, w).
    """
    del rng
    smoothed: np.ndarray = gaussian_filter(image, share * max(image.shape), truncate=3.0)
    return smoothed


def lower_contrast(image: np.ndarray, factor: float, rng: np.random.Generator) -> np.ndarray:
    """Bring all gray values nearer to their mean.

    Args:
        image: Float32, shape (h, w), gray values 0 to 255.
        factor: What is left of the difference from the mean, 0 to 1.
        rng: Not used.

    Returns:
        Float32, shape (h, w).
    """
    del rng
    mean = image.mean()
    nearer: np.ndarray = mean + np.float32(factor) * (image - mean)
    return nearer


def brighten(image: np.ndarray, gray: float, rng: np.random.Generator) -> np.ndarray:
    """Add to all gray values.

    Args:
        image: Float32, shape (h, w), gray values 0 to 255.
        gray: What is added, in gray values.
        rng: Not used.

    Returns:
        Float32, shape (h, w).
    """
    del rng
    return image + np.float32(gray)


def compress(image: np.ndarray, quality: float, rng: np.random.Generator) -> np.ndarray:
    """Save as JPEG, and read again.

    Args:
        image: Float32, shape (h, w), gray values 0 to 255.
        quality: Pillow's, 1 to 100.
        rng: Not used.

    Returns:
        Float32, shape (h, w).
    """
    del rng
    file = io.BytesIO()
    Image.fromarray(np.rint(image).astype(np.uint8)).save(file, "JPEG", quality=int(quality))
    with Image.open(file) as picture:
        return np.asarray(picture, np.float32)


def lower_resolution(image: np.ndarray, factor: float, rng: np.random.Generator) -> np.ndarray:
    """Average over larger pixels, and enlarge again.

    Args:
        image: Float32, shape (h, w), gray values 0 to 255.
        factor: How many times larger the pixels are, at least 1.
        rng: Not used.

    Returns:
        Float32, shape (h, w), interpolated linearly between the larger pixels.
    """
    del rng
    height, width = image.shape
    small = max(1, round(width / factor)), max(1, round(height / factor))
    reduced = Image.fromarray(image).resize(small, Image.Resampling.BOX)
    return np.asarray(reduced.resize((width, height), Image.Resampling.BILINEAR))
