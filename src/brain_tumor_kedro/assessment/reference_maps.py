"""Maps that no classifier made, to compare with: the middle of the head, and chance."""

import numpy as np
from PIL import Image

#: Random maps of each image, whose scores are averaged.
RANDOM_MAPS = 4


def draw_references(images: np.ndarray, grid: tuple[int, int], seed: int) -> dict[str, np.ndarray]:
    """Draw the maps that those of a classifier are compared with.

    Args:
        images: Packed, uint8 `(n, side, side)` or `(n, side, side, 3)`.
        grid: Rows and columns of the feature map from which the classifier's maps are enlarged.
        seed: Of the random maps.

    Returns:
        `center`, `(n, side, side)`, and `random`, `(n, RANDOM_MAPS, side, side)`.
    """
    number, size = images.shape[:2]
    rng = np.random.default_rng(seed)
    drawn = draw_random_maps(number * RANDOM_MAPS, grid, size, rng)
    random = drawn.reshape(number, RANDOM_MAPS, size, size)
    return {"center": draw_center_prior(images), "random": random}


def enlarge_maps(maps: np.ndarray, size: int) -> np.ndarray:
    """Enlarge maps to the size of the packed images.

    Args:
        maps: `(n, rows, columns)`, covering the image from edge to edge.
        size: Side of the images, in pixels.

    Returns:
        `float32` `(n, size, size)`, interpolated bilinearly between the middles of the cells.
    """
    large = np.zeros((len(maps), size, size), np.float32)
    for place, values in enumerate(maps):
        picture = Image.fromarray(np.ascontiguousarray(values, np.float32))
        large[place] = np.asarray(picture.resize((size, size), Image.Resampling.BILINEAR))
    return large


def draw_center_prior(images: np.ndarray) -> np.ndarray:
    """Guess that the tumor is in the middle of the head, whatever the image shows.

    Tumors, and what photographs show, tend to the middle; a map that does no better than this has
    found nothing. Judd et al., Learning to predict where humans look, ICCV 2009.

    Args:
        images: Packed, uint8 `(n, side, side)` or `(n, side, side, 3)`.

    Returns:
        `float32` `(n, side, side)`: for each image a Gaussian with the center and the spread, down
        and across, of the pixels that are brighter than the image's mean, 1 at its top.
    """
    size = images.shape[1]
    maps = [_gaussian_over(image) for image in images]
    return np.stack(maps) if maps else np.zeros((0, size, size), np.float32)


def draw_random_maps(
    number: int, grid: tuple[int, int], size: int, rng: np.random.Generator
) -> np.ndarray:
    """Draw maps by chance, as smooth as those of a classifier.

    Args:
        number: How many.
        grid: Rows and columns of the feature map from which the classifier's maps are enlarged.
        size: Side of the images, in pixels.
        rng: Source of chance.

    Returns:
        `float32` `(number, size, size)`, 0 to 1.
    """
    return enlarge_maps(rng.random((number, *grid), dtype=np.float32), size)


def _gaussian_over(image: np.ndarray) -> np.ndarray:
    gray = image if image.ndim == 2 else image.mean(axis=2)
    bright = gray > gray.mean()
    down, across = (_profile(bright.sum(axis=axis)) for axis in (1, 0))
    values: np.ndarray = np.outer(down, across).astype(np.float32)
    return values


def _profile(counts: np.ndarray) -> np.ndarray:
    """A Gaussian with the mean and the standard deviation of a histogram; of all where empty."""
    weight = counts if counts.any() else np.ones(len(counts))
    place = np.arange(len(counts))
    center = np.average(place, weights=weight)
    spread = max(1.0, float(np.sqrt(np.average((place - center) ** 2, weights=weight))))
    values: np.ndarray = np.exp(-((place - center) ** 2) / (2 * spread**2))
    return values
