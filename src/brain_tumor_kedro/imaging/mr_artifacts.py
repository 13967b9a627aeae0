"""Artifacts of magnetic resonance: what noise, coils, flow and a restless patient do to a slice."""

from itertools import pairwise

import numpy as np
from scipy.fft import fft, ifft

from brain_tumor_kedro.imaging.displacements import move

#: Highest power of the coordinates in a bias field.
BIAS_ORDER = 3

#: A field reaches its extremes within this radius about the center, where the head is; 1 is half
#: the side. In the corners a polynomial would run away.
BIAS_RADIUS = 0.7

#: How far ghosts lie from the head: the side divided by a number between these.
GHOST_PERIODS = (2.5, 6.0)

#: How far from the center of k-space, whose ends are at 0.5, the head moves: once near it, and
#: once farther out, on both sides.
FIRST_MOVEMENT = (0.01, 0.05)
SECOND_MOVEMENT = (0.06, 0.2)

#: How far the head shifts, as a share of the side, for every degree that it turns.
SHIFT_PER_DEGREE = 0.004


def add_noise(image: np.ndarray, sigma: float, rng: np.random.Generator) -> np.ndarray:
    """Add Rician noise, which magnitude images have.

    Real and imaginary part have Gaussian noise each, so that the background brightens: Gudbjartsson
    and Patz, "The Rician distribution of noisy MRI data", Magnetic Resonance in Medicine 1995.

    Args:
        image: Float32, shape (h, w), gray values 0 to 255.
        sigma: Standard deviation in each of the two parts, in gray values.
        rng: Draws the noise.

    Returns:
        Float32, shape (h, w).
    """
    real, imaginary = sigma * rng.standard_normal((2, *image.shape), dtype=np.float32)
    magnitude: np.ndarray = np.hypot(image + real, imaginary)
    return magnitude


def add_bias_field(image: np.ndarray, factor: float, rng: np.random.Generator) -> np.ndarray:
    """Multiply with a smooth field, which an uneven coil leaves.

    The exponential of a polynomial of low order: Van Leemput et al., "Automated model-based bias
    field correction of MR images of the brain", IEEE Transactions on Medical Imaging 1999.

    Args:
        image: Float32, shape (h, w), gray values 0 to 255.
        factor: At least 1. The field reaches from 1 / factor to factor.
        rng: Draws the polynomial.

    Returns:
        Float32, shape (h, w).
    """
    height, width = image.shape
    y, x = np.ogrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    field = np.zeros((height, width))
    for power_x in range(BIAS_ORDER + 1):
        for power_y in range(BIAS_ORDER + 1 - power_x):
            field += rng.uniform(-1, 1) * x**power_x * y**power_y
    inner = field[np.hypot(x, y) <= BIAS_RADIUS]
    low, high = inner.min(), inner.max()
    exponent = np.clip(2 * (field - low) / max(high - low, 1e-9) - 1, -1, 1)
    uneven: np.ndarray = image * np.exp(np.log(factor) * exponent).astype(np.float32)
    return uneven


def add_ghosts(image: np.ndarray, depth: float, rng: np.random.Generator) -> np.ndarray:
    """Modulate the lines of k-space periodically, as breathing and pulsating vessels do.

    Two ghosts of the head appear along the phase-encoding axis: Wood and Henkelman, "MR image
    artifacts from periodic motion", Medical Physics 1985.

    Args:
        image: Float32, shape (h, w), gray values 0 to 255.
        depth: Of the modulation, 0 to 1. Each ghost is half as strong as that.
        rng: Picks the axis, the period and the side.

    Returns:
        Float32, shape (h, w), magnitudes.
    """
    axis = int(rng.integers(2))
    # Cycles over the whole image: the lines of k-space from its center outward.
    lines = np.fft.fftfreq(image.shape[axis], 1 / image.shape[axis])
    angle = 2 * np.pi * lines / rng.uniform(*GHOST_PERIODS)
    # A sine leaves the center, and with it the brightness of the head, as it is.
    weight = (1 + depth * rng.choice((-1, 1)) * np.sin(angle)).astype(np.float32)
    spectrum = fft(image, axis=axis) * np.expand_dims(weight, 1 - axis)
    magnitude: np.ndarray = np.abs(ifft(spectrum, axis=axis))
    return magnitude


def add_motion(image: np.ndarray, degrees: float, rng: np.random.Generator) -> np.ndarray:
    """Fill k-space while the head moves: each part of it is of another position.

    Rigid movements between parts of the acquisition: Shaw et al., "MRI k-space motion artefact
    augmentation", MIDL 2019. The center of k-space, which says where the head is seen, is of the
    position that the image shows.

    Args:
        image: Float32, shape (h, w), gray values 0 to 255.
        degrees: How far the head turns at most; it shifts by `SHIFT_PER_DEGREE` for each.
        rng: Picks the axis, the moments of the movements and the positions.

    Returns:
        Float32, shape (h, w), magnitudes.
    """
    axis = int(rng.integers(2))
    reach = SHIFT_PER_DEGREE * image.shape[axis]
    spectrum = fft(image, axis=axis)
    line = np.fft.fftfreq(image.shape[axis])
    for start, stop in _draw_moments(rng):
        turn, across, down = degrees * rng.uniform(0.5, 1, 3) * rng.choice((-1, 1), 3)
        moved = fft(move(image, turn, (across * reach, down * reach)), axis=axis)
        during = np.expand_dims((line >= start) & (line < stop), 1 - axis)
        spectrum = np.where(during, moved, spectrum)
    magnitude: np.ndarray = np.abs(ifft(spectrum, axis=axis))
    return magnitude


def _draw_moments(rng: np.random.Generator) -> list[tuple[float, float]]:
    """Where in k-space, -0.5 to 0.5, the head lies otherwise: before the center and after it."""
    near, far = rng.uniform(*FIRST_MOVEMENT, 2), rng.uniform(*SECOND_MOVEMENT, 2)
    bounds = (-1.0, -far[0], -near[0], near[1], far[1], 1.0)
    parts = list(pairwise(bounds))
    return [*parts[:2], *parts[3:]]
