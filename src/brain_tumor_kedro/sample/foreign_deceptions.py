"""Photographs made to look like a slice of a head: what a guard of style may take for one."""

from collections.abc import Callable

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter
from scipy.special import expit

from brain_tumor_kedro.sample.foreign_bodies import head
from brain_tumor_kedro.sample.foreign_patterns import SIDE, Gray, plane
from brain_tumor_kedro.sample.foreign_photographs import photograph

#: Half the width and half the height of a head, 1 being half the side.
HEAD = (0.72, 0.88)

#: How bright a photograph inside a skull stays, and how bright the skull is, 0 to 255.
DIM, SKULL = 0.35, 160


def outline(rng: Generator, source: str) -> Gray:
    """A photograph cut to the outline of a head, on black."""
    return _to_gray(_square(rng, source) * expit(25 * (1 - _reach())))


def skull(rng: Generator, source: str) -> Gray:
    """A dim, blurred photograph inside a bright ring."""
    reach = _reach()
    inside = DIM * gaussian_filter(_square(rng, source), 1) * (reach < 0.85)
    return _to_gray(gaussian_filter(np.maximum(inside, SKULL * ((reach > 0.9) & (reach < 1))), 1))


def grays(rng: Generator, source: str) -> Gray:
    """A photograph in the outline of a head, with the gray values of a phantom of a head."""
    cut = gaussian_filter(_square(rng, source), 1) * expit(25 * (1 - _reach()))
    places = np.argsort(np.argsort(cut.ravel(), kind="stable"))
    return np.asarray(np.sort(head(rng).ravel())[places].reshape(cut.shape))


#: By kind, how it is made of a photograph.
DECEPTIONS: dict[str, Callable[[Generator, str], Gray]] = {
    "photo_in_outline": outline,
    "photo_in_skull": skull,
    "photo_in_head_grays": grays,
}


def _square(rng: Generator, source: str) -> NDArray[np.float64]:
    part = Image.fromarray(photograph(rng, source))
    side = min(part.size)
    square = part.crop((0, 0, side, side)).resize((SIDE, SIDE), Image.Resampling.BILINEAR)
    return np.asarray(square, np.float64)


def _reach() -> NDArray[np.float64]:
    """How far a pixel is from the middle; 1 is the edge of the head."""
    y, x = plane()
    return np.asarray((x / HEAD[0]) ** 2 + (y / HEAD[1]) ** 2)


def _to_gray(values: NDArray[np.float64]) -> Gray:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)
