"""Grad-CAM: which places of the last feature map speak for a class.

Selvaraju et al., Grad-CAM: Visual explanations from deep networks via gradient-based localization,
ICCV 2017, https://arxiv.org/abs/1610.02391
"""

from collections.abc import Iterator

import keras
import numpy as np
from tqdm import tqdm

from brain_tumor_kedro.modelling.gradients import Tensor, differentiate
from brain_tumor_kedro.modelling.last_map import Halves, cut_at_last_map, to_grid
from brain_tumor_kedro.modelling.parts import is_mirrored, plain_classifier


def compute_grad_cam(
    model: keras.Model,
    images: np.ndarray,
    rows: np.ndarray,
    targets: np.ndarray,
    batch_size: int = 32,
) -> np.ndarray:
    """Compute the Grad-CAM of some rows of the packed images.

    The features of the last spatial map are weighted by the mean gradient of the class's logit and
    summed; what speaks against the class is cut off. Where the classifier averages over an image
    and its mirror image, so does the map, the mirrored one turned back.

    Args:
        model: A classifier, fresh or loaded.
        images: `uint8` `(n, side, side)` or `(n, side, side, 3)`; may be a memory map.
        rows: Row numbers `(m,)`, at least one.
        targets: Index of the class that each map is about, `(m,)`.
        batch_size: Images per step, at most.

    Returns:
        `float32` `(m, rows, columns)`, not negative, in the order of `rows`. The grid is that of
        the feature map, and covers the image from edge to edge.

    Raises:
        ValueError: Where the model is none of this project, or the images are not square.
    """
    require_square(images)
    halves, mirrored = cut_at_last_map(plain_classifier(model)), is_mirrored(model)
    return map_rows(halves, images, rows, targets, mirrored=mirrored, batch_size=batch_size)


def map_rows(
    halves: Halves,
    images: np.ndarray,
    rows: np.ndarray,
    targets: np.ndarray,
    *,
    mirrored: bool,
    batch_size: int = 32,
    description: str = "Computing Grad-CAM",
) -> np.ndarray:
    """Compute maps with a classifier that is cut already; see `compute_grad_cam`."""
    batch_size = min(batch_size, len(rows))
    # A last batch of another size would be compiled for, which costs more than a few images do.
    filled = -(-len(rows) // batch_size) * batch_size
    rows, targets, wanted = np.resize(rows, filled), np.resize(targets, filled), len(rows)
    maps = [
        _map_sides(halves, np.asarray(images[rows[part]]), targets[part], mirrored)
        for part in _parts(filled, batch_size, description)
    ]
    return np.concatenate(maps)[:wanted]


def require_square(images: np.ndarray) -> None:
    """Refuse images that the classifier would pad: maps would not lie on them.

    Raises:
        ValueError: Says which shape was found.
    """
    if images.ndim not in (3, 4) or images.shape[1] != images.shape[2]:
        raise ValueError(
            "Expected square images (n, side, side) or (n, side, side, 3), as they are packed, "
            f"received shape {images.shape}."
        )


def _parts(number: int, size: int, description: str) -> Iterator[slice]:
    starts = range(0, number, size)
    for start in tqdm(starts, desc=description, unit="batch", leave=False, disable=None):
        yield slice(start, start + size)


def _map_sides(
    halves: Halves, batch: np.ndarray, targets: np.ndarray, mirrored: bool
) -> np.ndarray:
    maps = _map(halves, batch, targets)
    if not mirrored:
        return maps
    averaged: np.ndarray = (maps + _map(halves, batch[:, :, ::-1], targets)[:, :, ::-1]) / 2
    return averaged


def _map(halves: Halves, batch: np.ndarray, targets: np.ndarray) -> np.ndarray:
    features = keras.ops.cast(halves.below.predict_on_batch(batch), "float32")
    classes = keras.ops.convert_to_tensor(targets[:, None].astype("int32"))

    def choose(values: Tensor) -> Tensor:
        return keras.ops.take_along_axis(halves.above(values), classes, axis=1)

    gradient = to_grid(differentiate(choose, features))
    weights = keras.ops.mean(gradient, axis=(1, 2), keepdims=True)
    maps = keras.ops.relu(keras.ops.sum(weights * to_grid(features), axis=-1))
    return np.asarray(keras.ops.convert_to_numpy(maps), np.float32)
