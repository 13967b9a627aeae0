"""Predictions of images of which a part is hidden."""

import keras
import numpy as np

from brain_tumor_kedro.modelling.occlusion import NEIGHBORHOOD, blur, predict_stream
from brain_tumor_kedro.modelling.parts import fold_parts


def predict_hidden(
    model: keras.Model,
    images: np.ndarray,
    rows: np.ndarray,
    hidden: list[np.ndarray | None],
    *,
    patch: float,
    batch_size: int = 64,
) -> list[np.ndarray]:
    """Predict images with parts of them replaced as `compute_occlusion` replaces patches.

    Args:
        model: A classifier, fresh or loaded.
        images: `uint8` `(n, side, side)` or `(n, side, side, 3)`; may be a memory map.
        rows: Row numbers `(m,)`.
        hidden: What is hidden, each bool `(m, side, side)`; None for nothing.
        patch: Half of the side of the neighborhood whose mean is put in a pixel's place, as a
            share of the image's side.
        batch_size: Images per step; no more are ever in memory.

    Returns:
        For each of `hidden` the probabilities `float32` `(m, classes)`.
    """
    fast, width = fold_parts(model), NEIGHBORHOOD * max(1, round(patch * images.shape[1]))
    found = []
    for masks in hidden:
        changed = (
            image if masks is None else _hide(image, masks[place], width)
            for place, image in enumerate(np.asarray(images[row]) for row in rows)
        )
        found.append(predict_stream(fast, changed, len(rows), batch_size, "Hiding tumors"))
    return found


def _hide(image: np.ndarray, mask: np.ndarray, width: int) -> np.ndarray:
    hidden: np.ndarray = image.copy()
    hidden[mask] = blur(image, width)[mask]
    return hidden
