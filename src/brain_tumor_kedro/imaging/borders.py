"""The border of an image: its outermost strip, where a slice has nothing to tell."""

import numpy as np


def border_level(image: np.ndarray) -> float:
    """The median gray value of the outermost pixels.

    Args:
        image: Any number type, shape (h, w).

    Returns:
        In the image's unit.
    """
    edges = (image[0], image[-1], image[1:-1, 0], image[1:-1, -1])
    return float(np.median(np.concatenate(edges)))
