"""Heads in three planes: which structures there are, where they lie, and how they are painted."""

from dataclasses import dataclass

from brain_tumor_kedro.sample.geometry import Ellipse


@dataclass(frozen=True)
class Part:
    """A structure inside the head.

    Attributes:
        tissue: What it is made of.
        shape: Where it lies.
        paired: Whether its mirror image across the midline exists too.
        softness: Width of its edge, head units.
        low: Whether it is seen near the skull base only.
    """

    tissue: str
    shape: Ellipse
    paired: bool = False
    softness: float = 0.03
    low: bool = False


@dataclass(frozen=True)
class Plane:
    """The anatomy of an average head, cut in one plane.

    Attributes:
        brain: Ellipses whose union is the inside of the skull.
        face: Ellipses outside the skull: face and neck.
        parts: Structures, in the order in which they are painted.
        midline: Rows (from, to) in which the fissure between the hemispheres is seen.
        sella: Where the pituitary gland sits.
        convexity: Angles (from, to) in degrees, clockwise from the viewer's right, at which the
            skull vault can be reached from the brain's center.
    """

    brain: tuple[Ellipse, ...]
    face: tuple[Ellipse, ...]
    parts: tuple[Part, ...]
    midline: tuple[tuple[float, float], ...]
    sella: tuple[float, float]
    convexity: tuple[float, float]


AXIAL = Plane(
    brain=(Ellipse(0, 0.06, 0.66, 0.74), Ellipse(0, -0.22, 0.53, 0.56)),
    face=(Ellipse(0, -0.72, 0.3, 0.24),),
    parts=(
        Part("air", Ellipse(0, -0.82, 0.09, 0.13), low=True),
        Part("fat", Ellipse(0.27, -0.72, 0.17, 0.17), paired=True, low=True),
        Part("fluid", Ellipse(0.28, -0.78, 0.11, 0.11), paired=True, low=True),
        Part("gray", Ellipse(0.29, 0.0, 0.09, 0.19, 0.25), paired=True),
        Part("gray", Ellipse(0.12, 0.14, 0.09, 0.12, -0.4), paired=True),
        Part("white", Ellipse(0.0, 0.2, 0.13, 0.12), low=True),
        Part("fluid", Ellipse(0.1, -0.2, 0.05, 0.16, -0.35), paired=True),
        Part("fluid", Ellipse(0.27, 0.38, 0.055, 0.17, -0.45), paired=True),
        Part("fluid", Ellipse(0.0, 0.06, 0.02, 0.12)),
        Part("fluid", Ellipse(0.0, -0.13, 0.13, 0.08), low=True),
        Part("vessel", Ellipse(0.16, -0.1, 0.1, 0.012, 0.2), paired=True, low=True),
        Part("gray", Ellipse(0.0, 0.55, 0.36, 0.2), low=True, softness=0.08),
        Part("fluid", Ellipse(0.0, 0.38, 0.05, 0.04), low=True),
        Part("vessel", Ellipse(0.0, 0.77, 0.035, 0.03)),
        Part("vessel", Ellipse(0.0, 0.33, 0.012, 0.05)),
    ),
    midline=((-0.8, -0.3), (0.42, 0.8)),
    sella=(0.0, -0.15),
    convexity=(-150.0, 210.0),
)

CORONAL = Plane(
    brain=(
        Ellipse(0, -0.26, 0.66, 0.56),
        Ellipse(0.37, 0.08, 0.26, 0.25),
        Ellipse(-0.37, 0.08, 0.26, 0.25),
    ),
    face=(Ellipse(0, 0.4, 0.62, 0.5), Ellipse(0, 0.9, 0.52, 0.45)),
    parts=(
        Part("air", Ellipse(0, 0.42, 0.13, 0.09)),
        Part("fat", Ellipse(0.42, 0.5, 0.08, 0.2, -0.2), paired=True),
        Part("air", Ellipse(0.24, 0.6, 0.07, 0.12), paired=True, low=True),
        Part("muscle", Ellipse(0.28, 0.52, 0.12, 0.14), paired=True),
        Part("gray", Ellipse(0.0, 0.8, 0.2, 0.16), softness=0.08),
        Part("air", Ellipse(0, 0.6, 0.05, 0.08)),
        Part("gray", Ellipse(0.27, -0.14, 0.09, 0.15, -0.2), paired=True),
        Part("fluid", Ellipse(0.1, -0.28, 0.045, 0.13, 0.7), paired=True),
        Part("fluid", Ellipse(0.0, -0.06, 0.018, 0.1)),
        Part("fluid", Ellipse(0.48, -0.06, 0.12, 0.018, -0.5), paired=True),
        Part("fluid", Ellipse(0.3, 0.12, 0.025, 0.06, 0.3), paired=True),
        Part("white", Ellipse(0.0, 0.12, 0.1, 0.13), low=True),
        Part("fluid", Ellipse(0.0, 0.21, 0.2, 0.05)),
        Part("vessel", Ellipse(0.17, 0.27, 0.035, 0.05), paired=True),
        Part("vessel", Ellipse(0.0, -0.79, 0.035, 0.03)),
    ),
    midline=((-0.85, -0.42),),
    sella=(0.0, 0.22),
    convexity=(-185.0, 5.0),
)

SAGITTAL = Plane(
    brain=(Ellipse(0.02, -0.25, 0.74, 0.54), Ellipse(0.36, 0.12, 0.32, 0.24)),
    face=(
        Ellipse(-0.42, 0.42, 0.34, 0.52, 0.2),
        Ellipse(0.22, 0.65, 0.46, 0.45),
        Ellipse(0.1, 0.98, 0.42, 0.36),
    ),
    parts=(
        Part("air", Ellipse(-0.56, 0.12, 0.09, 0.08)),
        Part("air", Ellipse(-0.22, 0.36, 0.13, 0.09)),
        Part("air", Ellipse(-0.45, 0.48, 0.24, 0.03, 0.1)),
        Part("gray", Ellipse(-0.42, 0.7, 0.2, 0.15), softness=0.08),
        Part("air", Ellipse(-0.1, 0.75, 0.03, 0.22, 0.1)),
        Part("fat", Ellipse(0.5, 0.62, 0.1, 0.22, 0.3)),
        Part("white", Ellipse(-0.02, -0.2, 0.33, 0.2)),
        Part("fluid", Ellipse(-0.02, -0.14, 0.26, 0.15), softness=0.05),
        Part("gray", Ellipse(0.0, -0.02, 0.22, 0.13), softness=0.05),
        Part("fluid", Ellipse(0.16, 0.22, 0.2, 0.24), softness=0.05),
        Part("white", Ellipse(0.1, 0.2, 0.11, 0.16, 0.3)),
        Part("white", Ellipse(0.19, 0.48, 0.065, 0.35, -0.1)),
        Part("gray", Ellipse(0.4, 0.17, 0.2, 0.17), softness=0.05),
        Part("fluid", Ellipse(0.24, 0.2, 0.03, 0.07)),
        Part("fluid", Ellipse(-0.14, 0.19, 0.16, 0.05)),
        Part("vessel", Ellipse(0.44, -0.06, 0.16, 0.014, 0.5)),
    ),
    midline=(),
    sella=(-0.17, 0.22),
    convexity=(-175.0, -15.0),
)

PLANES = {"axial": AXIAL, "coronal": CORONAL, "sagittal": SAGITTAL}
