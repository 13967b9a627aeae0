"""Pictures that are no brain MRI, to try a guard on: generated, or of the libraries installed.

Nothing is downloaded. Body parts are phantoms: simple shapes, which say little of real radiographs
and CTs. The photographs are parts of three that come with scikit-learn and matplotlib.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from brain_tumor_kedro.sample.foreign_bodies import abdomen, chest, head, knee, spine
from brain_tumor_kedro.sample.foreign_deceptions import DECEPTIONS
from brain_tumor_kedro.sample.foreign_pages import chart, page, screenshot
from brain_tumor_kedro.sample.foreign_patterns import (
    checkerboard,
    gradient,
    pink_noise,
    salt_noise,
    texture,
    white_noise,
)
from brain_tumor_kedro.sample.foreign_photographs import PHOTOGRAPHS, photograph

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Stranger:
    """One picture that is no brain MRI.

    Attributes:
        kind: What it shows, such as `page`.
        name: Of this very picture.
        group: Pictures of one group are not independent, such as parts of one photograph.
        pixels: uint8 (height, width), or (height, width, 3) in color.
    """

    kind: str
    name: str
    group: str
    pixels: Pixels


#: By kind, how pictures of it are drawn.
DRAWN: dict[str, Callable[[Generator], Pixels]] = {
    "page": page,
    "dark_page": partial(page, dark=True),
    "screenshot": screenshot,
    "color_screenshot": partial(screenshot, color=True),
    "chart": chart,
    "white_noise": white_noise,
    "pink_noise": pink_noise,
    "salt_noise": salt_noise,
    "texture": texture,
    "gradient": gradient,
    "checkerboard": checkerboard,
    "chest_phantom": chest,
    "abdomen_phantom": abdomen,
    "spine_phantom": spine,
    "knee_phantom": knee,
    "head_phantom": head,
}

#: Photographs in gray and in color.
PHOTOS = ("photograph", "color_photograph")

#: Kinds in the order in which they are reported.
KINDS = (*DRAWN, *PHOTOS, *DECEPTIONS)


def draw_stranger(kind: str, number: int, seed: int = 0) -> Stranger:
    """Draw a picture that is no brain MRI.

    Args:
        kind: One of `KINDS`.
        number: Which one of its kind, from 0.
        seed: Of all of them.

    Returns:
        The picture, the same for the same arguments.

    Raises:
        ValueError: There is no such kind.
    """
    if kind not in KINDS:
        raise ValueError(f"Expected one of {', '.join(KINDS)}, received {kind!r}.")
    rng = np.random.default_rng([seed, KINDS.index(kind), number])
    name = f"{kind}/{number}"
    if kind in DRAWN:
        return Stranger(kind, name, name, DRAWN[kind](rng))
    source = PHOTOGRAPHS[number % len(PHOTOGRAPHS)]
    if kind in DECEPTIONS:
        pixels = DECEPTIONS[kind](rng, source)
    else:
        pixels = photograph(rng, source, color=kind.startswith("color"))
    return Stranger(kind, name, f"photograph/{source}", pixels)
