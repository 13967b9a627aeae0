"""Phantoms of other body parts, and of heads: simple shapes that resemble the real thing.

Real radiographs and CTs differ from these more than these from each other: a guard that knows them
as foreign has passed the easier half of the test.
"""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.special import expit

from brain_tumor_kedro.sample.foreign_patterns import SIDE, Gray, plane, stretched
from brain_tumor_kedro.sample.phantoms import Patient, draw_slice
from brain_tumor_kedro.tasks import PHANTOM, TUMOR_TYPE

Field = NDArray[np.float64]


def chest(rng: Generator) -> Gray:
    """Something like a radiograph of a chest."""
    y, x = plane()
    values = 150 - 40 * np.abs(x) + 30 * y
    for center in (-1, 1):
        across = (x - center * rng.uniform(0.35, 0.45)) / rng.uniform(0.24, 0.3)
        along = (y + 0.05) / rng.uniform(0.5, 0.65)
        values = values - 110 * np.exp(-((across**2 + along**2) ** 2))
    ribs = rng.uniform(10, 18)
    values += 34 * np.sin(ribs * np.hypot(x, y - 0.4 - 0.3 * np.abs(x))) * (np.abs(x) < 0.8)
    values += 60 * np.exp(-((x / 0.08) ** 2)) + 70 * _blob(y - 0.25, x - 0.12, 0.3, 0.25)
    values[np.abs(x) > 0.93 - 0.15 * (y < -0.5)] *= 0.3
    return _scanned(values, rng)


def abdomen(rng: Generator) -> Gray:
    """Something like a CT of an abdomen: liver, spleen, kidneys, a vertebra, gut."""
    y, x = plane()
    body = (x / rng.uniform(0.82, 0.92)) ** 2 + (y / rng.uniform(0.6, 0.7)) ** 2
    values = 60.0 * (body < 1) + 60 * (body < 0.86)
    values += 45 * _blob(y + 0.05, x + 0.38, 0.38, 0.36) + 40 * _blob(y + 0.05, x - 0.55, 0.2, 0.14)
    for side in (-1, 1):
        values += 70 * _blob(y - 0.22, x - 0.33 * side, 0.14, 0.09)
    values += 150 * _blob(y - 0.33, x, 0.12, 0.13) - 60 * _blob(y - 0.3, x, 0.05, 0.05)
    for _ in range(int(rng.integers(3, 8))):
        place, size = rng.uniform(-0.35, 0.35, 2), rng.uniform(0.03, 0.1)
        values -= 110 * _blob(y - place[0] * 0.7 + 0.15, x - place[1], size, size)
    return _scanned(values, rng)


def spine(rng: Generator) -> Gray:
    """Something like a sagittal MRI of a spine: vertebrae, discs, the canal."""
    y, x = plane()
    bend = rng.uniform(0.05, 0.2) * np.sin(2.5 * y + rng.uniform(-0.5, 0.5))
    step = rng.uniform(0.24, 0.36)
    phase = (y + rng.uniform(0, step)) % step / step
    column = np.abs(x - bend) < 0.17
    values = 70 + 25 * gaussian_filter(rng.normal(size=y.shape), 8) * 20
    values += 60 * column * (phase < 0.72) - 40 * column * (phase >= 0.72)
    canal = x - bend - 0.27
    values += 130 * np.exp(-((canal / 0.06) ** 2)) - 60 * np.exp(-((canal / 0.025) ** 2))
    values += 110 * (x - bend > rng.uniform(0.62, 0.75))
    return _scanned(values * (np.abs(x) < 0.95), rng)


def knee(rng: Generator) -> Gray:
    """Something like a sagittal MRI of a knee: two bones, a gap, the kneecap."""
    y, x = plane()
    tilt = rng.uniform(-0.2, 0.2)
    leg = np.abs(x + tilt * y) < 0.62 + 0.05 * np.cos(4 * y)
    values = 55.0 * leg + 25 * leg * np.abs(x + tilt * y)
    gap = rng.uniform(-0.05, 0.1)
    for side in (-1, 1):
        shaft = np.abs(x + tilt * y) < 0.26 + 0.2 * np.exp(-((y - gap) ** 2) / 0.08)
        values += 110 * (shaft & (side * (y - gap) > 0.05) & (np.abs(y) < 0.97))
    values += 100 * _blob(y + 0.18, x + 0.52, 0.2, 0.08)
    return _scanned(values, rng)


def head(rng: Generator) -> Gray:
    """A phantom slice of a brain, as the sample has them: near to MRI, but none."""
    seed = int(rng.integers(2**31))
    label = TUMOR_TYPE.classes[seed % len(TUMOR_TYPE.classes)]
    drawn = draw_slice(Patient(f"{PHANTOM}_stranger", label, seed), 0.0, SIDE)
    return np.rint(255 * drawn.image).astype(np.uint8)


def _blob(y: Field, x: Field, high: float, wide: float) -> Field:
    return np.asarray(expit(12 * (1 - (y / high) ** 2 - (x / wide) ** 2)))


def _scanned(values: Field, rng: Generator) -> Gray:
    blurred = gaussian_filter(values, rng.uniform(0.8, 1.8))
    return stretched(np.maximum(blurred + rng.normal(0, 3, values.shape), 0))
