"""Corruptions: images made worse, each kind in five severities.

The scheme is that of Hendrycks and Dietterich, "Benchmarking neural network robustness to common
corruptions and perturbations", ICLR 2019; the kinds are those that a slice meets between the
scanner and the reader. Severity 1 is hardly seen, at 5 a reader would ask for another image.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from brain_tumor_kedro.imaging.degradations import (
    blur,
    brighten,
    compress,
    lower_contrast,
    lower_resolution,
)
from brain_tumor_kedro.imaging.displacements import rotate, shift
from brain_tumor_kedro.imaging.mr_artifacts import (
    add_bias_field,
    add_ghosts,
    add_motion,
    add_noise,
)

#: Of every corruption; 0 is the clean image.
SEVERITIES = (1, 2, 3, 4, 5)


@dataclass(frozen=True)
class Corruption:
    """A way to make an image worse.

    Attributes:
        apply: From a float32 image of shape (h, w), gray values 0 to 255, an amount, and a
            generator, to one of that shape.
        amounts: One for each severity.
        neutral: The amount that changes nothing, or next to nothing.
        unit: Of the amounts.
    """

    apply: Callable[[np.ndarray, float, np.random.Generator], np.ndarray]
    amounts: tuple[float, float, float, float, float]
    neutral: float
    unit: str


CORRUPTIONS: Mapping[str, Corruption] = {
    "noise": Corruption(add_noise, (6, 12, 20, 30, 42), 0, "standard deviation in gray values"),
    "blur": Corruption(blur, (0.003, 0.005, 0.008, 0.012, 0.017), 0, "sigma / side"),
    "contrast": Corruption(lower_contrast, (0.75, 0.55, 0.4, 0.28, 0.18), 1, "contrast left"),
    "brightness": Corruption(brighten, (20, 40, 65, 90, 120), 0, "gray values added"),
    "bias_field": Corruption(add_bias_field, (1.2, 1.4, 1.7, 2.1, 2.6), 1, "largest factor"),
    "ghosting": Corruption(add_ghosts, (0.2, 0.4, 0.6, 0.8, 1.0), 0, "depth of the modulation"),
    "motion": Corruption(add_motion, (0.7, 1.5, 2.8, 4.5, 6.5), 0, "degrees at most"),
    "jpeg": Corruption(compress, (35, 22, 14, 9, 5), 100, "quality"),
    "resolution": Corruption(lower_resolution, (2, 3, 4, 5.5, 7.5), 1, "pixel size"),
    "rotation": Corruption(rotate, (7, 15, 25, 40, 60), 0, "degrees"),
    "shift": Corruption(shift, (0.03, 0.07, 0.11, 0.15, 0.2), 0, "share of the side"),
}


def corrupt(
    image: np.ndarray, name: str, severity: int, seed: int | Sequence[int] = 0
) -> np.ndarray:
    """Make an image worse.

    What is drawn depends on the seed alone, so that one image meets the same noise, or turns to the
    same side, in all severities.

    Args:
        image: Packed, uint8, shape (h, w) or (h, w, channels); it is not changed.
        name: One of `CORRUPTIONS`.
        severity: 0, a copy, to 5.
        seed: Of what is drawn at random; the same for all channels.

    Returns:
        Uint8, the image's shape.

    Raises:
        ValueError: There is no such corruption or severity, or the image is no packed one.
    """
    _check(image, name, severity)
    if severity == 0:
        return image.copy()
    kind = CORRUPTIONS[name]
    return apply_corruption(image, kind, kind.amounts[severity - 1], seed)


def apply_corruption(
    image: np.ndarray, kind: Corruption, amount: float, seed: int | Sequence[int]
) -> np.ndarray:
    """Make an image worse by an amount of one's own; see `corrupt`."""
    if image.ndim == 3:
        channels = np.moveaxis(image, -1, 0)
        changed = [apply_corruption(channel, kind, amount, seed) for channel in channels]
        return np.stack(changed, axis=-1)
    corrupted = kind.apply(image.astype(np.float32), amount, np.random.default_rng(seed))
    rounded: np.ndarray = np.rint(np.clip(corrupted, 0, 255)).astype(np.uint8)
    return rounded


def _check(image: np.ndarray, name: str, severity: int) -> None:
    if name not in CORRUPTIONS:
        raise ValueError(f"Expected one of {', '.join(CORRUPTIONS)}, received {name!r}.")
    if severity not in (0, *SEVERITIES):
        raise ValueError(f"Expected a severity from 0 to 5, received {severity!r}.")
    if image.dtype != np.uint8 or image.ndim not in (2, 3):
        raise ValueError(
            "Expected a packed image, uint8 of shape (h, w) or (h, w, channels), received "
            f"{image.dtype} of shape {image.shape}."
        )
