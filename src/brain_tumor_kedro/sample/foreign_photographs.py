"""Parts of the photographs that come with scikit-learn and matplotlib."""

from functools import cache

import numpy as np
from matplotlib import cbook
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image
from sklearn.datasets import load_sample_image

Pixels = NDArray[np.uint8]

#: A temple, a flower and a portrait.
PHOTOGRAPHS = ("china", "flower", "portrait")


def photograph(rng: Generator, source: str, color: bool = False) -> Pixels:
    """Take a part of a photograph, a fifth to the whole of either side, mirrored or not.

    Args:
        rng: Source of chance.
        source: One of `PHOTOGRAPHS`.
        color: Whether it stays in color.

    Returns:
        uint8 (height, width), or (height, width, 3) in color.
    """
    whole = _load(source)
    scale = rng.uniform(0.2, 1)
    height, width = (max(48, int(side * scale)) for side in whole.shape[:2])
    y = int(rng.integers(0, whole.shape[0] - height + 1))
    x = int(rng.integers(0, whole.shape[1] - width + 1))
    part = whole[y : y + height, x : x + width]
    part = part[:, ::-1] if rng.random() < 0.5 else part
    picture = Image.fromarray(np.ascontiguousarray(part))
    return np.asarray(picture if color else picture.convert("L"))


@cache
def _load(source: str) -> Pixels:
    if source != "portrait":
        return np.asarray(load_sample_image(f"{source}.jpg"))
    path = cbook.get_sample_data("grace_hopper.jpg", asfileobj=False)
    with Image.open(str(path)) as picture:
        return np.asarray(picture.convert("RGB"))
