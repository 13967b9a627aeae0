"""Near neighbors by pixels: whether an evaluated image shows the head of a training image.

A second look at the search for copies and relatives, by another measure: correlation of small
pictures without their coarse shape, which all heads share.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd
from PIL import Image
from scipy.ndimage import gaussian_filter

Pictures = npt.NDArray[np.float32]

#: Side of the pictures that are compared, in pixels.
SIDE = 48

#: What is coarser than this is taken away, in pixels of the small picture.
COARSE = 1.5

#: From this correlation on two images may show the same head. Of Figshare's slices, 38% have one of
#: the same patient above it; across patients 16 pairs do, 14 of which curation holds for one head.
SAME_HEAD = 0.8

#: Evaluated images compared at a time.
CHUNK = 512

#: Splits whose images are compared with those of train.
EVALUATED = ("val", "test", "external")


def describe_pictures(images: np.ndarray, rows: np.ndarray) -> Pictures:
    """Make small pictures whose dot product is their correlation.

    Args:
        images: Packed, uint8, (n, h, w) or (n, h, w, 3); only the rows asked for are read.
        rows: Row numbers, shape (m,).

    Returns:
        Float32, shape (m, SIDE * SIDE): mean 0 and length 1, or all 0 for a picture without
        structure.
    """
    small = np.zeros((len(rows), SIDE, SIDE), np.float32)
    for place, row in enumerate(rows):
        picture = Image.fromarray(np.asarray(images[row])).convert("L")
        small[place] = np.asarray(picture.resize((SIDE, SIDE), Image.Resampling.BOX))
    fine = small - gaussian_filter(small, (0, COARSE, COARSE))
    flat = fine.reshape(len(rows), SIDE * SIDE)
    flat -= flat.mean(axis=1, keepdims=True)
    length = np.linalg.norm(flat, axis=1, keepdims=True)
    described: Pictures = np.divide(flat, length, out=np.zeros_like(flat), where=length > 1e-3)
    return described


def find_near_neighbors(images: np.ndarray, manifest: pd.DataFrame) -> pd.DataFrame:
    """Find the training image most like each evaluated one.

    Args:
        images: Packed, uint8, (n, h, w) or (n, h, w, 3).
        manifest: Kept images: `image_id`, `source`, `label`, `split`, `row`.

    Returns:
        A row for every image of val, test and held-out sources, the most alike first: `split`,
        `image_id`, `label`, `source`, the same of the `neighbor`, `correlation` in [-1, 1] and
        `suspicious` where that is at least `SAME_HEAD`. Nothing where there is nothing to
        compare.
    """
    evaluated = manifest[manifest["split"].isin(EVALUATED)].reset_index(drop=True)
    train = manifest[manifest["split"] == "train"].reset_index(drop=True)
    if train.empty:
        evaluated = evaluated.head(0)
    pictures = [
        describe_pictures(images, part["row"].to_numpy(dtype=int)) for part in (evaluated, train)
    ]
    best = list(_best(*pictures)) or [(np.zeros(0, int), np.zeros(0))]
    places, correlation = (np.concatenate(part) for part in zip(*best, strict=True))
    neighbors = train.iloc[places].reset_index(drop=True)
    table = evaluated[["split", "image_id", "label", "source"]].assign(
        neighbor=neighbors["image_id"],
        neighbor_label=neighbors["label"],
        neighbor_source=neighbors["source"],
        correlation=correlation.astype(float),
        suspicious=correlation >= SAME_HEAD,
    )
    return table.sort_values(
        ["correlation", "image_id"], ascending=[False, True], ignore_index=True
    )


def _best(evaluated: Pictures, train: Pictures) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Place and correlation of the best match, chunk by chunk."""
    for start in range(0, len(evaluated), CHUNK):
        products = evaluated[start : start + CHUNK] @ train.T
        places = products.argmax(axis=1)
        yield places, products[np.arange(len(places)), places]
