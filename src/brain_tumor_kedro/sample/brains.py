"""Skull-stripped brains in three dimensions: which tissue fills each voxel of a phantom volume."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy import ndimage

from brain_tumor_kedro.sample.geometry import Floats, coverage

#: Voxels along the axes, which run to the right, front and top (RAS+).
SHAPE = (48, 48, 24)

#: mm between voxels: with `SHAPE` about the field of view of BraTS, 240 x 240 x 155 mm.
SPACING = (5.0, 5.0, 6.0)

#: Half axes of an average brain in mm.
HALF_AXES = (64.0, 82.0, 60.0)

#: Structures inside: tissue, center and half axes in mm, softness of the edge in mm. Those off the
#: midline have a mirror image.
PARTS = (
    ("gray", (25.0, 6.0, 0.0), (10.0, 18.0, 13.0), 5.0),
    ("gray", (10.0, -8.0, -2.0), (8.0, 12.0, 9.0), 5.0),
    ("white", (0.0, -16.0, -34.0), (13.0, 14.0, 26.0), 6.0),
    ("gray", (22.0, -44.0, -38.0), (24.0, 24.0, 15.0), 8.0),
    ("fluid", (9.0, 16.0, 9.0), (6.0, 20.0, 9.0), 5.0),
    ("fluid", (19.0, -24.0, 4.0), (7.0, 20.0, 10.0), 5.0),
    ("fluid", (0.0, -4.0, -4.0), (3.0, 12.0, 10.0), 5.0),
    ("fluid", (0.0, -32.0, -30.0), (7.0, 6.0, 8.0), 5.0),
    ("vessel", (0.0, -70.0, 18.0), (4.0, 9.0, 26.0), 5.0),
)


@dataclass(frozen=True)
class Brain:
    """One patient's brain.

    Attributes:
        tissues: What share of each voxel is `white`, `gray`, `fluid` and `vessel`, each float32
            of shape `SHAPE`; together 1.
        depth: How far below the brain's surface a voxel lies, mm; negative outside.
    """

    tissues: dict[str, Floats]
    depth: Floats

    @property
    def inside(self) -> NDArray[np.bool_]:
        """Where the brain is; a skull-stripped volume is 0 elsewhere."""
        return self.depth > 0


def draw_brain(rng: Generator) -> Brain:
    """Draw a patient's brain, whatever the disease.

    Args:
        rng: Source of chance.

    Returns:
        The brain.
    """
    points = _turned(rng)
    axes = np.asarray(HALF_AXES) * rng.uniform(0.92, 1.08, 3)
    depth: Floats = 3 * smooth_field(rng, 5.0)
    depth = depth - _ellipsoid(points, (0.0, 0.0, 0.0), axes)
    # The base of a brain is flatter than its top.
    depth = np.minimum(depth, points[2] + rng.uniform(46, 54) + 3 * smooth_field(rng, 4.0))
    tissues = _fold_cortex(points, depth, rng)
    _lay_parts(tissues, points, rng)
    return Brain(tissues, depth.astype(np.float32))


def smooth_field(rng: Generator, grain: float) -> Floats:
    """Draw a random field.

    Args:
        rng: Source of chance.
        grain: Width of its bumps, voxels.

    Returns:
        float32 of shape `SHAPE`, mean about 0 and standard deviation 1.
    """
    noise = rng.standard_normal(SHAPE, dtype=np.float32)
    field: Floats = ndimage.gaussian_filter(noise, grain, mode="wrap", truncate=2.5)
    return np.asarray((field - field.mean()) / field.std())


def grid() -> Floats:
    """List the voxels' places: mm from the middle, right, front and top, float32 (3, x, y, z)."""
    ticks = [
        (np.arange(n, dtype=np.float32) - (n - 1) / 2) * step
        for n, step in zip(SHAPE, SPACING, strict=True)
    ]
    return np.stack(np.meshgrid(*ticks, indexing="ij"))


def _turned(rng: Generator) -> Floats:
    """The voxels' places as a head sees them that lies a little askew."""
    x, y, z = grid() - rng.normal(0, (3, 4, 3)).astype(np.float32)[:, None, None, None]
    roll, yaw = rng.normal(0, 0.05, 2).tolist()
    x, y = x * np.cos(yaw) - y * np.sin(yaw), x * np.sin(yaw) + y * np.cos(yaw)
    x, z = x * np.cos(roll) - z * np.sin(roll), x * np.sin(roll) + z * np.cos(roll)
    return np.stack([x, y, z])


def _ellipsoid(points: Floats, center: tuple[float, float, float], axes: Floats) -> Floats:
    """Measure the signed distance to an ellipsoid in mm, to first order, negative inside."""
    scaled = [(p - c) / a for p, c, a in zip(points, center, axes, strict=True)]
    level = np.sqrt(sum(s * s for s in scaled)) + 1e-6
    slope = np.sqrt(sum((s / a) ** 2 for s, a in zip(scaled, axes, strict=True))) + 1e-6
    return np.asarray(level * (level - 1) / slope, dtype=np.float32)


def _fold_cortex(points: Floats, depth: Floats, rng: Generator) -> dict[str, Floats]:
    """Fill the brain with white matter below folded cortex, and the furrows with fluid."""
    folds = smooth_field(rng, 1.3)
    gray = 1 - coverage(10 + 4 * folds - depth, 6.0)
    furrows = coverage(np.abs(folds) - 0.3, 0.3) * coverage(depth - 14, 10.0)
    fissure = coverage(np.abs(points[0]) - 1.5, 5.0) * coverage(8 - points[2], 20.0)
    fluid = 0.7 * np.maximum(furrows, fissure)
    tissues = {"white": 1 - gray, "gray": gray, "fluid": np.zeros_like(gray)}
    tissues["vessel"] = np.zeros_like(gray)
    _lay(tissues, "fluid", fluid)
    return tissues


def _lay_parts(tissues: dict[str, Floats], points: Floats, rng: Generator) -> None:
    """Lay every structure into the brain, moved and scaled a little, the ventricles together."""
    ventricles = rng.uniform(0.7, 1.4)
    for tissue, (x, y, z), half_axes, softness in PARTS:
        scale = ventricles if tissue == "fluid" else 1.0
        axes = np.asarray(half_axes) * rng.uniform(0.85, 1.15, 3) * scale
        dy, dz = rng.normal(0, 2, 2).tolist()
        share = coverage(_ellipsoid(points, (x, y + dy, z + dz), axes), softness)
        if x > 0:
            mirrored = coverage(_ellipsoid(points, (-x, y + dy, z + dz), axes), softness)
            share = np.maximum(share, mirrored)
        _lay(tissues, tissue, share)


def _lay(tissues: dict[str, Floats], tissue: str, share: Floats) -> None:
    """Put a tissue into a share of each voxel, in place of what was there."""
    for value in tissues.values():
        value *= 1 - share
    tissues[tissue] += share
