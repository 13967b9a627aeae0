"""What an image shows, as far as it decides whether the image is of use: checks with reasons.

Every limit lies well beyond what any of the 7,828 images of three public collections reaches; the
extremes are printed by tests/benchmarks/quality.py.
"""

import numpy as np
from PIL import Image

#: Fewest pixels a side. Real slices: at least 150.
MIN_SIDE = 32
#: Longer side by shorter side. Real slices: at most 1.8.
MAX_ASPECT = 3.0
#: Standard deviation of the gray values (0 to 255) under which an image shows nothing. Real
#: slices: at least 20.9.
BLANK_DEVIATION = 2.0
#: Largest number that has a gray value, that of 32-bit floats.
LARGEST = float(np.finfo(np.float32).max)
#: Share of pixels that differ from the commonest gray value by more than `NEAR` under which next
#: to nothing is to be seen. Real slices: at least 0.149.
MIN_CONTENT = 0.02
NEAR = 16
#: Mean difference between color channels (0 to 255) over which an image is a color photograph.
#: Real slices: at most 5.7.
MAX_COLOR = 12.0
#: Share of colored pixels, whose channels differ by more than `COLORED`, over which an image is a
#: screenshot or a drawing. Real slices, with marks drawn on them: at most 0.040.
MAX_COLORED = 0.12
COLORED = 40
#: A page has at least this share of paper, the commonest gray value, and no solid part: fewer
#: than `MAX_SOLID` of its blocks, a `BLOCKS`th of the shorter side each, are covered whole. Real
#: slices have at least 0.051 of such blocks, whatever their background.
MIN_PAPER = 0.6
MAX_SOLID = 0.01
BLOCKS = 48


def find_fault(pixels: np.ndarray, gray: np.ndarray) -> tuple[str, str] | None:
    """Why an image cannot be used, as a reason of the manifest and a sentence, or None.

    Args:
        pixels: The image as decoded, `(h, w)` or `(h, w, c)`.
        gray: The same as `to_gray` makes it, `(h, w)` uint8.
    """
    return _check_shape(gray) or _check_color(pixels) or _check_content(pixels, gray)


def _check_shape(gray: np.ndarray) -> tuple[str, str] | None:
    short, long = sorted(gray.shape)
    if short < MIN_SIDE:
        width, height = gray.shape[::-1]
        return "too_small", f"{width} x {height} pixels, expected at least {MIN_SIDE} a side"
    if long > MAX_ASPECT * short:
        return "extreme_aspect", f"1 : {long / short:.1f}, expected at most 1 : {MAX_ASPECT:g}"
    return None


def _check_color(pixels: np.ndarray) -> tuple[str, str] | None:
    if pixels.ndim < 3:
        return None
    mean, colored = measure_color(pixels)
    if mean > MAX_COLOR:
        return "not_gray", f"color channels differ by {mean:.1f}, expected {MAX_COLOR:g}"
    if colored > MAX_COLORED:
        return "not_gray", f"{colored:.0%} of the pixels are colored, expected {MAX_COLORED:.0%}"
    return None


def _check_content(pixels: np.ndarray, gray: np.ndarray) -> tuple[str, str] | None:
    histogram = count_grays(gray)
    deviation = measure_deviation(histogram)
    if deviation < BLANK_DEVIATION or pixels.min() == pixels.max():
        said = f"gray values deviate by {deviation:.2f}, expected {BLANK_DEVIATION:g}"
        return "blank", said + _say_lost(pixels)
    content = measure_content(histogram)
    if content < MIN_CONTENT:
        return "nearly_blank", f"{content:.1%} differs from the rest, expected {MIN_CONTENT:.0%}"
    # Only a page is worth the look at its blocks.
    if content < 1 - MIN_PAPER and (solid := measure_solid(gray, histogram)) < MAX_SOLID:
        return "text_only", f"{solid:.1%} is covered by more than lines, expected {MAX_SOLID:.0%}"
    return None


def _say_lost(pixels: np.ndarray) -> str:
    """Why an image may be blank though its file is not: numbers that no gray value stands for."""
    lost = 0.0 if pixels.dtype.kind != "f" else float(np.mean(~(np.abs(pixels) <= LARGEST)))
    return f" ({lost:.0%} of the pixels are not finite, or beyond {LARGEST:.0e})" if lost else ""


def measure_color(pixels: np.ndarray) -> tuple[float, float]:
    """How far an image is from gray.

    Args:
        pixels: `(h, w, c)`, any number type; a fourth channel is left out.

    Returns:
        The mean difference between the largest and the smallest color channel, 0 to 255, and the
        share of pixels where it is more than `COLORED`.
    """
    channels = [pixels[..., channel] for channel in range(min(3, pixels.shape[-1]))]
    # Two channels at a time: NumPy is slow along an axis as short as the third.
    high, low = channels[0], channels[0]
    for channel in channels[1:]:
        high, low = np.maximum(high, channel), np.minimum(low, channel)
    if pixels.dtype != np.uint8:
        scale = 255.0 / max(float(high.max()) - float(low.min()), 1e-9)
        difference = (high.astype(np.float32) - low.astype(np.float32)) * scale
    else:
        difference = high - low
    return float(difference.mean()), float((difference > COLORED).mean())


def count_grays(gray: np.ndarray) -> np.ndarray:
    """How many pixels have each of the 256 gray values; `(256,)` int64."""
    return np.array(Image.fromarray(gray).histogram(), np.int64)


def measure_deviation(histogram: np.ndarray) -> float:
    """Standard deviation of the gray values."""
    values = np.arange(256.0)
    mean = np.average(values, weights=histogram)
    return float(np.sqrt(np.average((values - mean) ** 2, weights=histogram)))


def measure_content(histogram: np.ndarray) -> float:
    """Share of the pixels that differ from the commonest gray value by more than `NEAR`."""
    common = int(histogram.argmax())
    near = histogram[max(common - NEAR, 0) : common + NEAR + 1].sum()
    return float(1 - near / histogram.sum())


def measure_solid(gray: np.ndarray, histogram: np.ndarray) -> float:
    """Share of blocks of which every pixel differs from the background.

    Lines of text are thinner than a block, so that each block has some paper in it.

    Args:
        gray: `(h, w)` uint8.
        histogram: As `count_grays` makes it.
    """
    cumulated = histogram.cumsum()
    low, high = np.searchsorted(cumulated, np.array([0.001, 0.999]) * cumulated[-1])
    ink = np.abs(gray.astype(np.int16) - int(histogram.argmax())) > max(NEAR, 0.1 * (high - low))
    block = max(2, min(gray.shape) // BLOCKS)
    rows, columns = (side // block for side in gray.shape)
    blocks = ink[: rows * block, : columns * block].reshape(rows, block, columns, block)
    return float(blocks.all(axis=(1, 3)).mean())
