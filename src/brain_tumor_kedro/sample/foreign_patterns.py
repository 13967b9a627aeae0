"""Noise of several spectra, and patterns: nothing that anyone photographed."""

from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Gray = NDArray[np.uint8]

#: Side of the pictures in pixels.
SIDE = 256


def stretched(values: NDArray[Any]) -> Gray:
    """Scale values to the whole range of 8 bits."""
    low, range_ = float(values.min()), max(float(np.ptp(values)), 1e-9)
    return np.rint(255 * (values - low) / range_).astype(np.uint8)


def plane() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The rows and columns of a picture, each (side, side) from -1 to 1."""
    y, x = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
    return y, x


def white_noise(rng: Generator) -> Gray:
    """Every pixel for itself, of even or of bell-shaped chance, coarse or fine."""
    grain = int(rng.choice([1, 1, 2, 4]))
    small = (SIDE // grain, SIDE // grain)
    values = rng.random(small) if rng.random() < 0.5 else rng.normal(size=small)
    return stretched(np.kron(values, np.ones((grain, grain))))


def pink_noise(rng: Generator) -> Gray:
    """Noise whose amplitude falls as one over the frequency."""
    return _fall(rng, 1.0)


def texture(rng: Generator) -> Gray:
    """Noise whose amplitude falls as in natural images, more or less."""
    return _fall(rng, rng.uniform(0.7, 1.9))


def salt_noise(rng: Generator) -> Gray:
    """White and black pixels on gray."""
    picture = np.full((SIDE, SIDE), int(rng.integers(0, 200)), np.uint8)
    share = rng.uniform(0.03, 0.3)
    chance = rng.random(picture.shape)
    picture[chance < share / 2] = 0
    picture[chance > 1 - share / 2] = 255
    return picture


def gradient(rng: Generator) -> Gray:
    """A ramp in any direction, or from a point."""
    y, x = plane()
    angle = rng.uniform(0, 2 * np.pi)
    ramp = x * np.cos(angle) + y * np.sin(angle)
    if rng.random() < 0.5:
        ramp = np.hypot(x - rng.uniform(-1, 1), y - rng.uniform(-1, 1))
    return stretched(ramp + 0.02 * rng.normal(size=x.shape))


def checkerboard(rng: Generator) -> Gray:
    """Squares or stripes of two shades."""
    cell = int(rng.integers(6, 48))
    rows, columns = np.indices((SIDE, SIDE)) // cell
    odd = (rows + columns) % 2 if rng.random() < 0.6 else rows % 2
    dark, bright = sorted(rng.integers(0, 256, 2).tolist())
    shades = np.array([dark, min(255, bright + 40)], np.uint8)
    return shades[odd]


def _fall(rng: Generator, exponent: float) -> Gray:
    frequency = np.hypot(np.fft.fftfreq(SIDE)[:, None], np.fft.rfftfreq(SIDE))
    frequency[0, 0] = 1
    waves = rng.normal(size=frequency.shape) + 1j * rng.normal(size=frequency.shape)
    return stretched(np.fft.irfft2(waves / frequency**exponent, s=(SIDE, SIDE)))
