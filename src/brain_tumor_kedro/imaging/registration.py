"""Laying one image on another: scale and shift along both axes, found by Gauss-Newton steps."""

from typing import NamedTuple

import numpy as np

from brain_tumor_kedro.imaging.normalization import (
    coordinates,
    find_foreground,
    halve,
    normalize_locally,
    resample,
    smooth,
)

#: Limits of what is a small change: 0.6 to 1.67 times the size, 30% of a side away.
LEAST_SCALE, MOST_SCALE, MOST_SHIFT = 0.6, 1.67, 0.6
#: Largest change of scale or shift in one step.
MOST_STEP = 0.15
#: Regularization of a step, relative to the mean curvature.
DAMPING = 1e-3
#: Local normalization of the verdict, in pixels of 64 and gray values. The smaller, the better
#: a neighboring slice is told from a copy, and the more a sharpened copy loses.
FINE_SIGMA, FINE_FLOOR = 2.0, 2.0


class Structure(NamedTuple):
    """What of images is laid on one another at one level of detail.

    Attributes:
        detail: `(n, h, h)` float32, normalized locally.
        weight: `(n, h, h)` float32, 1 in the head and 0 in the background.
    """

    detail: np.ndarray
    weight: np.ndarray

    def at(self, rows: np.ndarray) -> "Structure":
        """The structure of some of the images."""
        return Structure(self.detail[rows], self.weight[rows])


def extract_coarse(images: np.ndarray) -> Structure:
    """Large structures, from `(n, 64, 64)` float32 at 32 x 32: far from fitting, still a way in."""
    small = halve(images)
    head = find_foreground(small)
    return Structure(smooth(normalize_locally(small, 3.0, 6.0) * head, 1.0), head)


def extract_middle(images: np.ndarray) -> Structure:
    """Smaller ones, from `(n, 64, 64)` float32 at 32 x 32."""
    small = halve(images)
    return Structure(normalize_locally(small, 3.0, 4.0), find_foreground(small))


def extract_fine(images: np.ndarray) -> Structure:
    """All that a thumbnail shows, from `(n, 64, 64)` float32 at 64 x 64."""
    weight = find_foreground(halve(images)).repeat(2, axis=1).repeat(2, axis=2)
    return Structure(normalize_locally(images, FINE_SIGMA, FINE_FLOOR), weight)


def place_frames(template: np.ndarray, moving: np.ndarray) -> np.ndarray:
    """The placement that lays the frame of one image on that of the other.

    Args:
        template: `(n, 4)`, as `find_frame` gives it.
        moving: `(n, 4)`, of the images to be laid on them.

    Returns:
        `(n, 4)` float32 as `resample` takes it.
    """
    placement = np.empty_like(template)
    for spread, center in ((0, 1), (2, 3)):
        scale = moving[:, spread] / template[:, spread]
        placement[:, spread] = scale
        placement[:, center] = moving[:, center] - scale * template[:, center]
    return _limit(placement)


def refine(template: Structure, moving: Structure, placement: np.ndarray, steps: int) -> np.ndarray:
    """Improve placements by inverse compositional Gauss-Newton steps.

    Source: S. Baker, I. Matthews: Lucas-Kanade 20 Years On, IJCV 56 (2004).

    Args:
        template: What the images are laid on.
        moving: The images that are laid on it.
        placement: `(n, 4)` float32, where to begin.
        steps: How many.

    Returns:
        `(n, 4)` float32.
    """
    pixels = template.detail.shape[1] * template.detail.shape[2]
    shape = (len(placement), pixels)
    seen, weight = resample(np.stack(moving), placement)
    weight *= template.weight
    slopes = _slopes(template.detail) * weight[:, None]
    slopes = slopes.reshape(len(placement), 4, pixels)
    inverse = _invert(slopes @ slopes.transpose(0, 2, 1))
    aim, weight = (template.detail * weight).reshape(shape), weight.reshape(shape)
    for step_number in range(steps):
        if step_number:
            seen = resample(moving.detail, placement)
        seen = seen.reshape(shape) * weight
        gain = _dot(seen, aim) / np.maximum(_dot(seen, seen), 1e-6)
        error = seen * np.clip(gain, 0.5, 2.0)[:, None] - aim
        step = (inverse @ (slopes @ error[:, :, None]))[:, :, 0]
        placement = _undo(placement, np.clip(step, -MOST_STEP, MOST_STEP))
    return placement


def _slopes(images: np.ndarray) -> np.ndarray:
    """Change with horizontal scale and shift and vertical scale and shift, `(n, 4, h, h)`."""
    side = images.shape[1]
    place = coordinates(side)
    slopes = np.zeros((len(images), 4, side, side), np.float32)
    # Central differences; a pixel is 2 / side wide.
    slopes[:, 1, :, 1:-1] = (images[:, :, 2:] - images[:, :, :-2]) * np.float32(side / 4)
    slopes[:, 3, 1:-1, :] = (images[:, 2:, :] - images[:, :-2, :]) * np.float32(side / 4)
    np.multiply(slopes[:, 1], place[None, None, :], out=slopes[:, 0])
    np.multiply(slopes[:, 3], place[None, :, None], out=slopes[:, 2])
    return slopes


def _invert(curvature: np.ndarray) -> np.ndarray:
    mean = np.trace(curvature, axis1=1, axis2=2) / 4
    damping = (DAMPING * mean + 1e-3)[:, None, None] * np.eye(4, dtype=np.float32)
    inverse: np.ndarray = np.linalg.inv(curvature + 4 * damping)
    return inverse


def _undo(placement: np.ndarray, step: np.ndarray) -> np.ndarray:
    """A placement after the inverse of a small step of the template."""
    moved = np.empty_like(placement)
    for spread, center in ((0, 1), (2, 3)):
        moved[:, spread] = placement[:, spread] / (1 + step[:, spread])
        moved[:, center] = placement[:, center] - moved[:, spread] * step[:, center]
    return _limit(moved)


def _limit(placement: np.ndarray) -> np.ndarray:
    low = np.array([LEAST_SCALE, -MOST_SHIFT] * 2, np.float32)
    high = np.array([MOST_SCALE, MOST_SHIFT] * 2, np.float32)
    limited: np.ndarray = np.clip(placement, low, high)
    return limited


def _dot(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    product: np.ndarray = np.einsum("ij,ij->i", first, second)
    return product


def correlate(template: Structure, moving: Structure, placement: np.ndarray) -> np.ndarray:
    """Correlation of images laid on one another, where both show the head.

    Args:
        template: What the images are laid on.
        moving: The images that are laid on it.
        placement: `(n, 4)` float32.

    Returns:
        `(n,)` float32, -1 to 1.
    """
    detail, weight = resample(np.stack(moving), placement)
    return correlate_weighted(template.detail, detail, template.weight * weight)


def correlate_weighted(first: np.ndarray, second: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Pearson correlation of images with weights, all `(n, h, h)`; 0 where nothing varies."""
    shape = (len(weight), weight.shape[1] * weight.shape[2])
    first, second, weight = (array.reshape(shape) for array in (first, second, weight))
    weight = weight / np.maximum(weight.sum(axis=1, keepdims=True), 1e-6)
    first = first - _dot(weight, first)[:, None]
    second = second - _dot(weight, second)[:, None]
    weighted = weight * first
    variance = _dot(weighted, first) * _dot(weight * second, second)
    correlation: np.ndarray = _dot(weighted, second) / np.sqrt(np.maximum(variance, 1e-12))
    return correlation


def judge(
    template: Structure, moving: Structure, images: np.ndarray, placement: np.ndarray
) -> np.ndarray:
    """The verdict: as `correlate`, but of images brought to one scale before normalization.

    Args:
        template: The fine structure of what the images are laid on.
        moving: The fine structure of the images that are laid on it.
        images: `(n, 64, 64)` float32, the gray values of the same.
        placement: `(n, 4)` float32.

    Returns:
        `(n,)` float32, -1 to 1.
    """
    seen, laid = resample(np.stack([moving.weight, images]), placement)
    weight = template.weight * seen * _inside(placement, images.shape[1])
    laid = normalize_locally(laid, FINE_SIGMA, FINE_FLOOR)
    return correlate_weighted(template.detail, laid, weight)


def _inside(placement: np.ndarray, side: int) -> np.ndarray:
    """1 where a neighborhood lies whole in the image that is looked at, `(n, side, side)`."""
    place = coordinates(side)
    margin = 1 - 2 * FINE_SIGMA / side
    across = np.abs(placement[:, 0:1] * place + placement[:, 1:2]) < margin
    down = np.abs(placement[:, 2:3] * place + placement[:, 3:4]) < margin
    inside: np.ndarray = (down[:, :, None] & across[:, None, :]).astype(np.float32)
    return inside
