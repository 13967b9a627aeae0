"""Predictions of a trained classifier."""

from collections.abc import Sequence

import keras
import numpy as np
import pandas as pd

from brain_tumor_kedro.modelling.batches import Batches
from brain_tumor_kedro.modelling.callbacks import EpochCallbacks
from brain_tumor_kedro.modelling.progress import ProgressBar
from brain_tumor_kedro.tasks import SCORED


def predict(
    model: keras.Model, images: np.ndarray, rows: np.ndarray, batch_size: int = 64
) -> np.ndarray:
    """Predict some rows of the packed images.

    Args:
        model: A classifier, fresh or loaded.
        images: `uint8` `(n, h, w)` or `(n, h, w, 3)`; may be a memory map.
        rows: Row numbers `(m,)`.
        batch_size: Images per step.

    Returns:
        Probabilities `float32` `(m, classes)` in the order of `rows`.
    """
    if not len(rows):
        return np.zeros((0, model.output_shape[-1]), np.float32)
    batches = Batches(images, np.asarray(rows), batch_size=batch_size)
    callbacks = EpochCallbacks([ProgressBar("Predicting", len(batches))], model=model)
    return np.asarray(model.predict(batches, verbose=0, callbacks=callbacks), dtype=np.float32)


def predict_table(
    model: keras.Model,
    images: np.ndarray,
    manifest: pd.DataFrame,
    classes: Sequence[str],
    batch_size: int = 64,
) -> pd.DataFrame:
    """Predict every image that lies in a split or in a held-out source.

    Args:
        model: A classifier with one output per class.
        images: `uint8` `(n, h, w)` or `(n, h, w, 3)`; may be a memory map.
        manifest: Columns `image_id`, `split`, `label`, `row`.
        classes: Class labels in the order of the outputs.
        batch_size: Images per step.

    Returns:
        `image_id`, `split`, `label`, `predicted` and `p_<class>` for every class, in the
        manifest's order.

    Raises:
        ValueError: Where the model's outputs are not as many as the classes.
    """
    if model.output_shape[-1] != len(classes):
        raise ValueError(
            f"Expected a classifier for {len(classes)} classes ({', '.join(classes)}), received "
            f"one with {model.output_shape[-1]} outputs."
        )
    chosen = manifest[manifest["split"].isin(SCORED)].reset_index(drop=True)
    probabilities = predict(model, images, chosen["row"].to_numpy(dtype=np.int64), batch_size)
    table = chosen[["image_id", "split", "label"]].copy()
    table["predicted"] = np.asarray(classes, dtype=object)[probabilities.argmax(axis=1)]
    for number, label in enumerate(classes):
        table[f"p_{label}"] = probabilities[:, number]
    return table
