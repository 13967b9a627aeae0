"""Where the head lies in a slice, and what is left of the slice without it, or without the rest."""

import numpy as np
from PIL import Image
from scipy.ndimage import (
    binary_closing,
    binary_dilation,
    binary_fill_holes,
    binary_opening,
    gaussian_filter,
    label,
)

#: Side, in pixels, of the small picture on which the head is found.
SIDE = 96

#: Smoothing of that picture, in its pixels: noise of the background must not reach the threshold.
SMOOTHING = 1.0

#: Where the threshold lies between the background's gray value, 0, and Otsu's threshold, 1. Otsu's
#: parts bright tissue from the rest; skull and fluid lie below.
THRESHOLD = 0.4

#: Gray values that the threshold lies above the background at least.
LEAST_STEP = 6.0

#: Radius, in pixels of the small picture, over which gaps in the outline are closed; and that by
#: which the mask is widened, so that no rim of the scalp is left outside.
CLOSING = 3
MARGIN = 2

#: Where what lies outside has more than this of the brightness of what lies inside, it is head as
#: well: the image shows no background. Of 523 real slices of two collections all but three of that
#: kind have less than 0.45.
NO_BACKGROUND = 0.5

_INNER = slice(CLOSING + 1, -CLOSING - 1)


def find_head(image: np.ndarray) -> np.ndarray:
    """Find the head: the largest thing brighter than the background, with all that lies in it.

    Otsu, "A threshold selection method from gray-level histograms", IEEE Transactions on Systems,
    Man, and Cybernetics 1979, on a small smoothed picture.

    Args:
        image: Packed, uint8, shape (h, w) or (h, w, channels).

    Returns:
        Bool, shape (h, w), a little wider than the head; all False where the image is flat, all
        True where it shows no background.
    """
    gray = image if image.ndim == 2 else image.max(axis=-1)
    small = Image.fromarray(gray).resize((SIDE, SIDE), Image.Resampling.BOX)
    smooth = gaussian_filter(np.asarray(small, np.float32), SMOOTHING)
    mask = _fill(_keep_largest(smooth > _find_threshold(smooth)))
    if mask.any() and not mask.all():
        inside, outside = np.median(smooth[mask]), np.median(smooth[~mask])
        mask |= bool(outside > NO_BACKGROUND * inside)
    large = Image.fromarray(mask).resize(gray.shape[::-1], Image.Resampling.NEAREST)
    return np.asarray(large, bool)


def remove_head(image: np.ndarray, head: np.ndarray) -> np.ndarray:
    """Replace the head by the background's median gray value, or by black where there is none.

    Args:
        image: Packed, uint8, shape (h, w) or (h, w, channels).
        head: Bool, shape (h, w).

    Returns:
        Uint8, the image's shape.
    """
    if head.all():
        return np.zeros_like(image)
    level = np.median(image[~head], axis=0).astype(np.uint8)
    return np.where(_over_channels(head, image), level, image)


def remove_background(image: np.ndarray, head: np.ndarray) -> np.ndarray:
    """Make everything outside the head black.

    Args:
        image: Packed, uint8, shape (h, w) or (h, w, channels).
        head: Bool, shape (h, w).

    Returns:
        Uint8, the image's shape.
    """
    return np.where(_over_channels(head, image), image, np.uint8(0))


def _over_channels(head: np.ndarray, image: np.ndarray) -> np.ndarray:
    return head if image.ndim == 2 else head[..., None]


def _find_threshold(image: np.ndarray) -> float:
    counts, edges = np.histogram(image, 256, (0, 256))
    values = (edges[:-1] + edges[1:]) / 2
    below = counts.cumsum()
    above = below[-1] - below
    total = (counts * values).cumsum()
    mean_below = total / np.maximum(below, 1)
    mean_above = (total[-1] - total) / np.maximum(above, 1)
    otsu = values[np.argmax(below * above * (mean_below - mean_above) ** 2)]
    background = float(np.median(image[image <= max(otsu, image.min())]))
    return max(background + THRESHOLD * (float(otsu) - background), background + LEAST_STEP)


def _fill(mask: np.ndarray) -> np.ndarray:
    """Close gaps in the outline, fill what lies within, drop thin parts, and widen."""
    # As if it went on beyond the border: a head that is cut off there is filled as well.
    padded = np.pad(mask, CLOSING + 1, mode="edge")
    closed = binary_closing(padded, _disk(CLOSING))[_INNER, _INNER]
    thick = binary_opening(binary_fill_holes(closed | mask), _disk(1))
    wide: np.ndarray = binary_dilation(_keep_largest(thick), _disk(MARGIN))
    return wide


def _keep_largest(mask: np.ndarray) -> np.ndarray:
    parts, number = label(mask)
    if number == 0:
        return mask
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    largest: np.ndarray = parts == sizes.argmax()
    return largest


def _disk(radius: int) -> np.ndarray:
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    inside: np.ndarray = x**2 + y**2 <= radius**2 + 0.5
    return inside
