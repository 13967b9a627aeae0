"""What an image shows around the head, in numbers: traces of where it comes from."""

from collections.abc import Sequence

import numpy as np
from joblib import Parallel, delayed
from tqdm import tqdm

from brain_tumor_kedro.imaging.head_mask import find_head

#: Gray values at which the histogram of the background is cut: dark ones finely, as noise and the
#: compression of a black background change those.
GRAYS = (0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 256)

#: The same for differences between neighboring pixels.
STEPS = (0, 1, 2, 3, 5, 8, 13, 256)

#: Width of the border, as a share of the side, and the parts that each of its four sides is cut in.
BORDER = 0.04
PARTS = 8

#: Share of the image that the background has at least; with less there is nothing to measure.
LEAST_BACKGROUND = 0.005

#: How many numbers describe a background.
BACKGROUND_NUMBERS = 6 + len(GRAYS) - 1 + 2 * (len(STEPS) - 1)


def describe_surroundings(images: np.ndarray, rows: Sequence[int]) -> dict[str, np.ndarray]:
    """Measure the background and the border of images.

    Args:
        images: Packed, uint8, shape (n, h, w) or (n, h, w, channels); may be a memory map.
        rows: Which of them, m row numbers.

    Returns:
        `background` and `border`: float32, shape (m, numbers), in the order of `rows`.
    """
    pool = Parallel(n_jobs=-1, backend="threading", return_as="generator")
    jobs = (delayed(_describe)(images, row) for row in rows)
    # disable=None: off where the output is no terminal
    found = list(tqdm(pool(jobs), "Measuring surroundings", len(rows), leave=False, disable=None))
    background, border = (np.stack(numbers) for numbers in zip(*found, strict=True))
    return {"background": background, "border": border}


def _describe(images: np.ndarray, row: int) -> tuple[np.ndarray, np.ndarray]:
    image = np.asarray(images[row])
    gray = image if image.ndim == 2 else image.max(axis=-1)
    return describe_background(gray, find_head(gray)), describe_border(gray)


def describe_background(image: np.ndarray, head: np.ndarray) -> np.ndarray:
    """Measure gray values, noise and texture of what lies outside the head.

    Nothing is measured that would tell the head's shape or size.

    Args:
        image: Packed, uint8, shape (h, w).
        head: Bool, shape (h, w).

    Returns:
        Float32, shape (BACKGROUND_NUMBERS,): whether there is a background; its quartiles, mean and
        deviation; shares of its pixels between `GRAYS`; shares of differences to the right and
        downward between `STEPS`. Zeros where there is none.
    """
    outside = ~head
    values = image[outside].astype(np.float32)
    if values.size < LEAST_BACKGROUND * image.size:
        return np.zeros(BACKGROUND_NUMBERS, np.float32)
    quartiles = np.percentile(values, [25, 50, 75])
    steps = [_histogram(_differences(image, outside, axis), STEPS) for axis in (0, 1)]
    level = [1.0, *quartiles, values.mean(), values.std()]
    return np.concatenate([level, _histogram(values, GRAYS), *steps]).astype(np.float32)


def describe_border(image: np.ndarray) -> np.ndarray:
    """Measure the outermost strip of an image, padding included.

    Args:
        image: Packed, uint8, shape (h, w).

    Returns:
        Float32, shape (4 * PARTS * 3 + 4,): mean, deviation and largest value of every part of the
        strip, side by side, and on each side the share of the image that is blank.
    """
    sides = [np.rot90(image, turn) for turn in range(4)]
    measures = []
    for side in sides:
        strip = side[: max(1, round(BORDER * len(side)))].astype(np.float32)
        for part in np.array_split(strip, PARTS, axis=1):
            measures += [part.mean(), part.std(), part.max()]
    blank = [_count_blank(side) / len(side) for side in sides]
    return np.array([*measures, *blank], np.float32)


def _differences(image: np.ndarray, outside: np.ndarray, axis: int) -> np.ndarray:
    rows, mask = np.moveaxis(image, axis, 0).astype(np.int16), np.moveaxis(outside, axis, 0)
    chosen: np.ndarray = np.abs(np.diff(rows, axis=0))[mask[1:] & mask[:-1]]
    return chosen


def _histogram(values: np.ndarray, edges: tuple[int, ...]) -> np.ndarray:
    counts, _ = np.histogram(values, edges)
    shares: np.ndarray = counts / max(values.size, 1)
    return shares


def _count_blank(side: np.ndarray) -> int:
    """Lines at the top that are of one gray value."""
    blank = (side == side[0, 0]).all(axis=1)
    return len(side) if blank.all() else int(np.argmin(blank))
