"""Slices that were changed until they are none any more, or lie as no slice should."""

from collections.abc import Callable

import numpy as np
from PIL import Image

from brain_tumor_kedro.imaging.harmless import HARMLESS

#: Share of the side that a patch of skin or brain keeps, and that a part of the head keeps.
PATCH = 0.2
PART = 0.5

#: How dark the mean of a patch must be before it counts as empty, 0 to 255.
EMPTY = 8


def take_patch(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Cut a small patch from the middle: brain without any shape."""
    return _cut(image, PATCH, rng.uniform(-0.1, 0.1, 2))


def take_skin(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Cut a small patch at the edge of the head: skin, skull and background."""
    for _ in range(20):
        angle = rng.uniform(0, 2 * np.pi)
        way = np.array([np.sin(angle), np.cos(angle)])
        for reach in np.linspace(0.45, 0.25, 9):
            patch = _cut(image, PATCH, reach * way)
            if patch.mean() > EMPTY:
                return patch
    return _cut(image, PATCH, np.zeros(2))


def shuffle(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Deal all pixels to new places."""
    flat = image.reshape(-1, *image.shape[2:])
    return np.ascontiguousarray(rng.permutation(flat).reshape(image.shape))


def take_part(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Cut out the half of each side, near the middle: the head without its outline."""
    return _cut(image, PART, rng.uniform(-0.1, 0.1, 2))


def turn_quarter(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Turn by 90 degrees to one side or the other."""
    return np.ascontiguousarray(np.rot90(image, int(rng.choice([1, 3]))))


def turn_half(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Turn by 180 degrees."""
    return np.ascontiguousarray(np.rot90(image, 2))


def invert(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Swap black and white."""
    return 255 - image


Change = Callable[[np.ndarray, np.random.Generator], np.ndarray]

#: Nobody could tell any more that these were slices.
RUINED: dict[str, Change] = {
    "mri_patch": take_patch,
    "mri_skin": take_skin,
    "mri_shuffled": shuffle,
}

#: These are slices still, of the wrong orientation, polarity or extent.
CHANGED: dict[str, Change] = {
    "mri_turned_90": turn_quarter,
    "mri_turned_180": turn_half,
    "mri_inverted": invert,
    "mri_part": take_part,
}


def change(image: np.ndarray, kind: str, seed: tuple[int, ...]) -> np.ndarray:
    """Change a packed slice.

    Args:
        image: uint8 (side, side) or (side, side, channels).
        kind: A key of `RUINED`, `CHANGED` or `HARMLESS`.
        seed: Of what is random.

    Returns:
        The same shape and type.
    """
    step = (RUINED | CHANGED | HARMLESS)[kind]
    return step(np.asarray(image), np.random.default_rng(seed))


def _cut(image: np.ndarray, share: float, offset: np.ndarray) -> np.ndarray:
    """Cut a square around a point that lies so far from the middle, and enlarge it."""
    side = image.shape[0]
    size = max(2, round(share * side))
    y, x = np.clip(np.rint((0.5 + offset) * side - size / 2), 0, side - size).astype(int)
    part = np.ascontiguousarray(image[y : y + size, x : x + size])
    planes = part[..., None] if part.ndim == 2 else part
    grown = [
        np.asarray(Image.fromarray(np.ascontiguousarray(planes[..., at])).resize((side, side)))
        for at in range(planes.shape[-1])
    ]
    return grown[0] if image.ndim == 2 else np.stack(grown, axis=-1)
