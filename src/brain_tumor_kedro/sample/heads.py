"""One patient's head: the average anatomy made individual, and painted slice by slice."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from brain_tumor_kedro.sample.anatomy import PLANES, Part, Plane
from brain_tumor_kedro.sample.geometry import Ellipse, Floats, Points, coverage, union_distance
from brain_tumor_kedro.sample.textures import Texture

#: How often a patient was cut in each plane.
PLANE_SHARES = {"axial": 0.5, "coronal": 0.25, "sagittal": 0.25}

#: Range of each tissue's brightness after contrast, air 0 and the brightest fat 1.
TISSUES = {
    "air": (0.0, 0.03),
    "bone": (0.03, 0.1),
    "marrow": (0.2, 0.45),
    "fat": (0.35, 0.75),
    "muscle": (0.2, 0.38),
    "fluid": (0.06, 0.15),
    "gray": (0.29, 0.36),
    "white": (0.39, 0.5),
    "vessel": (0.5, 0.65),
}

#: How much faster the cortex's folds change from slice to slice than the shape of the head. Real
#: neighbors are alike at a glance, and differ in almost every fold.
FOLDING = 4.0


@dataclass(frozen=True)
class Head:
    """One patient's anatomy, the same in all of the patient's slices.

    Attributes:
        plane: The plane, its structures moved and scaled to this patient.
        growth: How much each part grows per unit of depth, (parts,).
        swelling: How much the brain grows per unit of depth.
        tissues: Brightness by tissue, [0, 1].
        level: Height above the skull base, 0 to 1; structures of the base fade with it.
        bone: Thickness of the skull, head units.
        scalp: Thickness of the scalp, head units.
        folds: Where the cortex folds.
        grain: Uneven brightness of the tissues.
    """

    plane: Plane
    growth: NDArray[np.float64]
    swelling: float
    tissues: dict[str, float]
    level: float
    bone: float
    scalp: float
    folds: Texture
    grain: Texture

    def brain_distance(self, points: Points, depth: float) -> Floats:
        """Measure the signed distance to the skull's inner edge, negative inside the brain."""
        scale = 1 + self.swelling * depth
        brain = tuple(replace(e, a=e.a * scale, b=e.b * scale) for e in self.plane.brain)
        return union_distance(brain, points)


def draw_head(rng: Generator) -> Head:
    """Draw a patient's head.

    Args:
        rng: Source of chance.

    Returns:
        The head.
    """
    name = str(rng.choice(list(PLANE_SHARES), p=list(PLANE_SHARES.values())))
    plane = _varied(PLANES[name], rng)
    return Head(
        plane=plane,
        growth=rng.uniform(-0.5, 0.5, len(plane.parts)),
        swelling=rng.uniform(-0.15, 0.15),
        tissues={tissue: rng.uniform(*span) for tissue, span in TISSUES.items()},
        level=rng.uniform(0, 1),
        bone=rng.uniform(0.04, 0.09),
        scalp=rng.uniform(0.03, 0.11),
        folds=Texture.drawn(rng, int(rng.integers(17, 26))),
        grain=Texture.drawn(rng, 9),
    )


def paint_head(head: Head, points: Points, depth: float) -> Floats:
    """Paint one slice of a head, without lesion and before the scanner.

    Args:
        head: The patient's head.
        points: Head coordinates of the pixels, two arrays (size, size).
        depth: Slice position, 0 in the middle of the patient's slices.

    Returns:
        float32 (size, size), brightness in [0, 1].
    """
    size = points.x.shape[0]
    grain = head.grain.at(FOLDING * depth, size)
    distance = head.brain_distance(points, depth)
    image = _paint_outside(head, points, distance, grain)
    brain = _paint_brain(head, points, distance, head.folds.at(FOLDING * depth, size), grain)
    _blend(image, brain, coverage(distance, 0.02))
    return _paint_parts(head, image, points, depth, inside=distance < 0)


def _varied(plane: Plane, rng: Generator) -> Plane:
    """Move and scale every structure of a plane a little, the ventricles together."""
    ventricles = rng.uniform(0.6, 1.6)

    def vary(shape: Ellipse, scale: float, spread: float) -> Ellipse:
        dx, dy = rng.normal(0, spread, 2).tolist()
        a, b = (scale * rng.uniform(0.85, 1.15, 2)).tolist()
        moved = shape.x + dx * (abs(shape.x) > 0.01)
        return Ellipse(moved, shape.y + dy, shape.a * a, shape.b * b, shape.angle)

    parts = tuple(
        replace(p, shape=vary(p.shape, ventricles if p.tissue == "fluid" else 1, 0.02))
        for p in plane.parts
    )
    face = tuple(vary(e, 1, 0.04) for e in plane.face)
    return replace(plane, parts=parts, face=face)


def _paint_outside(head: Head, points: Points, distance: Floats, grain: Floats) -> Floats:
    """Paint scalp, skull, face and neck."""
    tissues = head.tissues
    shell = distance - (head.bone + head.scalp)
    face = union_distance(head.plane.face, points)
    surface = np.minimum(shell, face)
    image = np.full_like(distance, tissues["air"])
    flesh = tissues["muscle"] * (1 + 0.35 * grain)
    _blend(image, flesh, coverage(surface, 0.02))
    skin = surface + head.scalp
    _blend(image, tissues["fat"], coverage(surface, 0.02) * (1 - coverage(skin, 0.03)))
    _blend(image, tissues["bone"], coverage(distance - head.bone, 0.02))
    marrow = np.abs(distance - (head.bone / 2)) - (head.bone / 6)
    _blend(image, tissues["marrow"], coverage(marrow, 0.03))
    return image


def _paint_brain(
    head: Head, points: Points, distance: Floats, folds: Floats, grain: Floats
) -> Floats:
    """Paint fluid, cortex and white matter from the skull inwards, and the fissure."""
    tissues = head.tissues
    image = np.full_like(distance, tissues["fluid"])
    _blend(image, tissues["gray"], coverage(distance + 0.02, 0.03))
    wavy = distance + 0.1 + 0.06 * folds
    _blend(image, tissues["white"], coverage(wavy, 0.05))
    sulci = np.abs(folds) - 0.12 - 0.5 * (distance + 0.16)
    _blend(image, tissues["fluid"], 0.7 * coverage(sulci, 0.2) * (distance > -0.3))
    for start, end in head.plane.midline:
        line = np.abs(points.x) - 0.008
        rows = (points.y > start) & (points.y < end)
        _blend(image, tissues["fluid"], 0.8 * coverage(line, 0.02) * rows)
    return image * (1 + 0.06 * grain + 0.1 * folds)


def _paint_parts(
    head: Head, image: Floats, points: Points, depth: float, inside: NDArray[np.bool_]
) -> Floats:
    """Paint the structures in their order; air, fat and muscle stay out of the brain."""
    for part, growth in zip(head.plane.parts, head.growth.tolist(), strict=True):
        opacity = 1 - 1.6 * (head.level + 0.3 * depth) if part.low else 1.0
        if opacity <= 0:
            continue
        alpha = min(opacity, 1.0) * _part_coverage(part, points, 1 + growth * depth)
        if part.tissue in {"air", "fat", "muscle"}:
            alpha *= ~inside
        _blend(image, head.tissues[part.tissue], alpha)
    return image


def _part_coverage(part: Part, points: Points, scale: float) -> Floats:
    shape = replace(part.shape, a=part.shape.a * scale, b=part.shape.b * scale)
    alpha = coverage(shape.distance(points), part.softness)
    if part.paired:
        mirrored = replace(shape, x=-shape.x, angle=-shape.angle)
        alpha = np.maximum(alpha, coverage(mirrored.distance(points), part.softness))
    return alpha


def _blend(image: Floats, value: Floats | float, alpha: Floats) -> None:
    """Lay a value over an image, in place."""
    image += (np.asarray(value, dtype=np.float32) - image) * alpha
