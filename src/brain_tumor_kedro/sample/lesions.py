"""The three tumors as contrast-enhanced T1 shows them: where they sit and how they look."""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.random import Generator

from brain_tumor_kedro.sample.geometry import Floats, Outline, Points, coverage, outline_angles
from brain_tumor_kedro.sample.heads import Head
from brain_tumor_kedro.sample.textures import Texture

#: Depth, from its middle on, at which a tumor has shrunk to almost nothing.
REACH = 1.2


@dataclass(frozen=True)
class Lesion:
    """A tumor and what surrounds it, the same in all slices of a patient.

    Attributes:
        outline: The tumor's edge in its largest slice.
        brightness: Brightness of the part that takes up contrast, [0, 1].
        core: Brightness of the middle, [0, 1].
        rim: Where the core ends, as a share of the radius; -1 for no core.
        edema: How far the swelling reaches, as a multiple of the radius; 0 for none.
        unevenness: How much the brightness varies, as a share.
        texture: Where it varies.
    """

    outline: Outline
    brightness: float
    core: float
    rim: float
    edema: float
    unevenness: float
    texture: Texture

    def outline_at(self, depth: float) -> Outline:
        """Cut the tumor at a depth: smaller away from its middle."""
        share = math.sqrt(max(0.05, 1 - (depth / REACH) ** 2))
        return replace(self.outline, radii=self.outline.radii * share)


def draw_lesion(label: str, head: Head, rng: Generator) -> Lesion | None:
    """Draw the tumor that a label asks for.

    Args:
        label: `glioma`, `meningioma`, `pituitary` or `no_tumor`.
        head: The head it grows in.
        rng: Source of chance.

    Returns:
        The tumor; None for `no_tumor`.

    Raises:
        ValueError: For any other label.
    """
    if label == "no_tumor":
        return None
    if label not in _GROWERS:
        raise ValueError(f"Expected one of {[*_GROWERS, 'no_tumor']}, received {label!r}.")
    return _GROWERS[label](head, rng)


def paint_lesion(lesion: Lesion, image: Floats, points: Points, outline: Outline) -> Floats:
    """Lay a tumor over a painted head.

    Args:
        lesion: The tumor.
        image: float32 (size, size), brightness in [0, 1].
        points: Head coordinates of the pixels.
        outline: The tumor's edge in this slice.

    Returns:
        float32 (size, size), a new image.
    """
    near = _window(points, outline, 1.1 + lesion.edema)
    region = Points(points.x[near], points.y[near])
    out = outline.scaled_radius(region)
    uneven = lesion.texture.at(0.0, points.x.shape[0])[near]
    result = image.copy()
    patch = result[near]
    if lesion.edema > 1:
        swelling = coverage(out - lesion.edema + 0.25 * uneven, 0.7)
        patch = patch - 0.45 * swelling * np.maximum(patch - 0.14, 0)
    solid = lesion.brightness * (1 + lesion.unevenness * uneven)
    core = coverage(out + 0.12 * uneven - lesion.rim, 0.25)
    mass = solid + (lesion.core - solid) * core
    result[near] = patch + (mass - patch) * coverage(out - 1, 0.15)
    return result


def _grow_glioma(head: Head, rng: Generator) -> Lesion:
    """Grow a mass inside the brain: enhancing ring, dark necrotic core, edema around."""
    size = rng.uniform(0.17, 0.27)
    center = _place_inside(head, rng, margin=0.9 * size)
    return Lesion(
        Outline(*center, _wavy_radii(size, 0.13, rng)),
        brightness=rng.uniform(0.78, 1.0),
        core=rng.uniform(0.1, 0.2),
        rim=rng.uniform(0.5, 0.78),
        edema=rng.uniform(1.4, 2.0),
        unevenness=0.12,
        texture=Texture.drawn(rng, 40),
    )


def _grow_meningioma(head: Head, rng: Generator) -> Lesion:
    """Grow an even bright mass with a broad base on the skull's inner edge."""
    size = rng.uniform(0.17, 0.27)
    center = _place_at_vault(head, rng, inset=0.55 * size)
    radii = np.minimum(_wavy_radii(size, 0.05, rng), _room(head, center))
    return Lesion(
        Outline(*center, radii),
        brightness=rng.uniform(0.78, 1.0),
        core=0.0,
        rim=-1.0,
        edema=float(rng.choice([0.0, 1.25])),
        unevenness=0.03,
        texture=Texture.drawn(rng, 40),
    )


def _grow_pituitary(head: Head, rng: Generator) -> Lesion:
    """Grow a small bright mass in the midline, out of the sella."""
    size = rng.uniform(0.11, 0.17)
    x, y = head.plane.sella
    center = (x + rng.normal(0, 0.015), y + rng.normal(0, 0.02))
    taller = 1 + rng.uniform(0, 0.35) * np.sin(outline_angles()) ** 2
    return Lesion(
        Outline(*center, _wavy_radii(size, 0.06, rng) * taller.astype(np.float32)),
        brightness=rng.uniform(0.78, 1.0),
        core=0.0,
        rim=-1.0,
        edema=0.0,
        unevenness=0.08,
        texture=Texture.drawn(rng, 40),
    )


_GROWERS = {
    "glioma": _grow_glioma,
    "meningioma": _grow_meningioma,
    "pituitary": _grow_pituitary,
}


def _wavy_radii(size: float, waviness: float, rng: Generator) -> Floats:
    """Draw the radii of a blob; the longer the wave, the higher."""
    angles = outline_angles()
    waves = np.arange(2, 7)
    heights = rng.normal(0, waviness, waves.size) * 2 / waves
    phases = rng.uniform(0, 2 * np.pi, waves.size)
    bumps = (heights * np.sin(np.outer(angles, waves) + phases)).sum(axis=1)
    radii: Floats = (size * np.clip(1 + bumps, 0.6, 1.5)).astype(np.float32)
    return radii


def _place_inside(head: Head, rng: Generator, margin: float) -> tuple[float, float]:
    """Find a place in the brain that keeps a margin to the skull and avoids the sella.

    The first place that lacks nothing is taken, or the one that lacks least.
    """
    tries = rng.uniform((-0.6, -0.8), (0.6, 0.7), (400, 2)).astype(np.float32)
    depth = -head.brain_distance(Points(tries[:, 0], tries[:, 1]), 0.0)
    from_sella = np.hypot(*(tries - head.plane.sella).T)
    lacking = np.maximum(margin - depth, 0) + np.maximum(0.2 + margin - from_sella, 0)
    x, y = tries[np.argmin(lacking)].tolist()
    return x, y


def _place_at_vault(head: Head, rng: Generator, inset: float) -> tuple[float, float]:
    """Find a place just inside the skull vault."""
    angle = np.deg2rad(rng.uniform(*head.plane.convexity))
    middle = (0.0, head.plane.brain[0].y)
    radius = _reach(head, middle, np.array([angle]))[0] - inset
    return float(middle[0] + radius * np.cos(angle)), float(middle[1] + radius * np.sin(angle))


def _room(head: Head, center: tuple[float, float]) -> Floats:
    """Measure how far the skull's inner edge is, in every direction of an outline."""
    return np.maximum(_reach(head, center, outline_angles()), 0.02).astype(np.float32)


def _reach(head: Head, center: tuple[float, float], angles: Floats) -> Floats:
    """Measure how far the skull's inner edge is from a point, along rays."""
    steps: Floats = np.linspace(0, 2, 401, dtype=np.float32)
    x = center[0] + np.outer(np.cos(angles), steps).astype(np.float32)
    y = center[1] + np.outer(np.sin(angles), steps).astype(np.float32)
    outside = head.brain_distance(Points(x, y), 0.0) > 0
    reached: Floats = steps[np.argmax(outside, axis=1)]
    return reached


def _window(points: Points, outline: Outline, reach: float) -> tuple[slice, slice]:
    """Find the rows and columns that a tumor can touch; what lies outside need not be painted."""
    radius = max(1.1, reach) * outline.radii.max()
    close = (np.abs(points.x - outline.x) < radius) & (np.abs(points.y - outline.y) < radius)
    rows, columns = np.flatnonzero(close.any(axis=1)), np.flatnonzero(close.any(axis=0))
    if rows.size == 0 or columns.size == 0:
        return slice(0, 0), slice(0, 0)
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
