"""What the scanner adds: position, contrast, shading, blur and noise."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.random import Generator
from scipy import ndimage

from brain_tumor_kedro.sample.geometry import Floats, View, pixel_grid


@dataclass(frozen=True)
class Scanner:
    """The look of one patient's scan.

    Attributes:
        gamma: Exponent of the brightness curve.
        shading: float32 (5,), weights of x, y, x^2, xy and y^2 in the coil's sensitivity.
        blur: Standard deviation in pixels of a 256-pixel picture.
        noise: Standard deviation of the noise, of a brightness range of 1.
        peak: Brightest value of the 12-bit picture.
    """

    gamma: float
    shading: Floats
    blur: float
    noise: float
    peak: int


def draw_scanner(rng: Generator) -> Scanner:
    """Draw the look of a scan, whatever the disease."""
    return Scanner(
        gamma=rng.uniform(0.85, 1.2),
        shading=rng.normal(0, (0.1, 0.1, 0.1, 0.07, 0.1)).astype(np.float32),
        blur=rng.uniform(0.0, 1.1),
        noise=rng.uniform(0.008, 0.035),
        peak=int(rng.integers(900, 4000)),
    )


def draw_view(rng: Generator) -> View:
    """Draw how the patient lies in the picture, whatever the disease."""
    waves = np.empty((2, 3, 4), dtype=np.float32)
    waves[..., 0] = rng.normal(0, 0.018, (2, 3))
    waves[..., 1:3] = rng.uniform(-4, 4, (2, 3, 2))
    waves[..., 3] = rng.uniform(0, 2 * np.pi, (2, 3))
    return View(
        shift_x=rng.normal(0, 0.05),
        shift_y=rng.normal(0, 0.05),
        zoom=rng.uniform(0.8, 1.0),
        aspect=rng.uniform(0.9, 1.12),
        angle=rng.normal(0, 0.12),
        waves=waves,
    )


def moved(view: View, depth: float) -> View:
    """Deform a view as the head's shape changes from slice to slice."""
    waves = view.waves.copy()
    waves[..., 3] += 1.2 * depth
    return replace(view, waves=waves)


def scan(scanner: Scanner, image: Floats, rng: Generator | None = None) -> Floats:
    """Turn a painted slice into what the scanner would show.

    Args:
        scanner: The scan's look.
        image: float32 (size, size), brightness in [0, 1].
        rng: Source of this slice's noise; None for a scan without noise.

    Returns:
        float32 (size, size), in [0, 1].
    """
    x, y = pixel_grid(image.shape[0])
    terms = (x, y, x * x, x * y, y * y)
    shading = sum(weight * term for weight, term in zip(scanner.shading, terms, strict=True))
    bright = np.power(np.clip(image, 0, 1), scanner.gamma) * (1 + shading)
    soft: Floats = ndimage.gaussian_filter(
        bright, scanner.blur * image.shape[0] / 256, truncate=2.5
    )
    shown = soft if rng is None else add_noise(soft, scanner.noise, rng)
    return np.clip(shown, 0, 1, out=shown)


def add_noise(image: Floats, sigma: float, rng: Generator) -> Floats:
    """Add the noise of a magnitude image, which is never negative (Rician).

    Args:
        image: float32 of any shape, brightness.
        sigma: Standard deviation of the noise in each of the two parts of the signal.
        rng: Source of chance.

    Returns:
        float32 of the same shape.
    """
    real, imaginary = sigma * rng.standard_normal((2, *image.shape), dtype=np.float32)
    magnitude: Floats = np.hypot(image + real, imaginary)
    return magnitude
