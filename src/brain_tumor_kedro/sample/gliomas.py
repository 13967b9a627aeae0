"""Gliomas of both grades in three dimensions, outlined as BraTS outlines them."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy import ndimage

from brain_tumor_kedro.sample.brains import SPACING, Brain, grid, smooth_field
from brain_tumor_kedro.sample.geometry import Floats

#: Labels of BraTS: necrosis and tumor that takes up no contrast, edema, tumor that takes it up.
CORE, EDEMA, ENHANCING = 1, 2, 4


@dataclass(frozen=True)
class Growth:
    """How a glioma grows.

    Attributes:
        radius: Of the tumor without edema, mm.
        core: Where the part that takes up no contrast ends, as a share of the radius.
        patchy: How unevenly contrast is taken up beyond: 0 everywhere, 2 almost nowhere.
        uptake: How bright contrast makes it, 0 not at all, 1 fully.
        necrotic: How far the core is necrosis, 0 solid tumor, 1 fluid.
        edema: How far the swelling reaches, as a multiple of the radius.
    """

    radius: float
    core: float
    patchy: float
    uptake: float
    necrotic: float
    edema: float


@dataclass(frozen=True)
class Glioma:
    """A tumor in its place.

    Attributes:
        labels: uint8 `(x, y, z)`: 0, `CORE`, `EDEMA` or `ENHANCING`.
        growth: How it grows.
    """

    labels: NDArray[np.uint8]
    growth: Growth

    def share(self, label: int) -> Floats:
        """Tell what share of each voxel is tumor of a label, edges soft, float32 in [0, 1]."""
        there = (self.labels == label).astype(np.float32)
        share: Floats = ndimage.gaussian_filter(there, 0.5)
        return share


def draw_glioma(grade: str, brain: Brain, rng: Generator) -> Glioma:
    """Draw a tumor.

    High grade: a ring takes up contrast around necrosis, with wide edema. Low grade: mostly solid
    tumor that takes up none, with little edema. Some of each look like the other.

    Args:
        grade: `LGG` or `HGG`.
        brain: The brain it grows in.
        rng: Source of chance.

    Returns:
        The tumor.
    """
    growth = _draw_high(rng) if grade == "HGG" else _draw_low(rng)
    center = _place(brain, growth.radius, rng)
    away = (grid() - center[:, None, None, None]) / rng.uniform(0.8, 1.25, 3)[:, None, None, None]
    out = np.sqrt((away * away).sum(axis=0)) / growth.radius
    out = out + 0.13 * smooth_field(rng, 3.0) + 0.06 * smooth_field(rng, 1.2)
    return Glioma(_outline(out, growth, brain, rng), growth)


def _draw_high(rng: Generator) -> Growth:
    faint = rng.random() < 0.15
    return Growth(
        radius=rng.uniform(15, 27),
        core=rng.uniform(0.45, 0.75),
        patchy=rng.uniform(0.6, 1.2) if faint else rng.uniform(0, 0.4),
        uptake=rng.uniform(0.2, 0.45) if faint else rng.uniform(0.5, 1.0),
        necrotic=rng.uniform(0.3, 1.0),
        edema=rng.uniform(1.3, 1.9),
    )


def _draw_low(rng: Generator) -> Growth:
    enhances = rng.random() < 0.3
    return Growth(
        radius=rng.uniform(16, 30),
        core=rng.uniform(0.5, 0.8) if enhances else rng.uniform(0.85, 1.1),
        patchy=rng.uniform(0.3, 1.0) if enhances else rng.uniform(1.2, 2.5),
        uptake=rng.uniform(0.2, 0.5) if enhances else rng.uniform(0.0, 0.2),
        necrotic=rng.uniform(0.0, 0.35),
        edema=rng.uniform(1.15, 1.5),
    )


def _place(brain: Brain, radius: float, rng: Generator) -> Floats:
    """Find a place, mm from the middle, where most of the tumor has room in the brain.

    Ventricles and the brain stem are spared; the place that fits best of some is taken.
    """
    room = brain.depth - 40 * brain.tissues["fluid"]
    candidates = np.flatnonzero((room > 0.6 * radius) & (np.abs(grid()[0]) > 12))
    tries = candidates if candidates.size else np.flatnonzero(room == room.max())
    place = grid().reshape(3, -1)[:, int(rng.choice(tries))]
    return np.asarray(place + rng.uniform(-0.5, 0.5, 3) * SPACING, dtype=np.float32)


def _outline(out: Floats, growth: Growth, brain: Brain, rng: Generator) -> NDArray[np.uint8]:
    """Label every voxel by how far out it lies, 1 on the tumor's edge."""
    uneven = smooth_field(rng, 1.5)
    labels = np.zeros(out.shape, dtype=np.uint8)
    # Edema follows the white matter and stops at the cortex and at fluid.
    swollen = out < growth.edema - 0.35 * brain.tissues["gray"]
    labels[swollen & (brain.tissues["fluid"] < 0.5)] = EDEMA
    labels[out < 1] = CORE
    labels[(out < 1) & (out > growth.core) & (uneven > growth.patchy - 2)] = ENHANCING
    takes = growth.patchy - 2 + 2 * max(0.0, growth.patchy - 1)
    labels[(labels == ENHANCING) & (uneven < takes)] = CORE
    return np.where(brain.inside, labels, 0).astype(np.uint8)
